//! The built Lambda as a process of its own.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use serde_json::Value;

use super::fake_runtime::{Answer, FakeRuntime};
use super::fake_slack::{CANARY, FakeSlack};
use super::usage::Usage;
use super::{PATIENCE, events, outcome};

pub(crate) const FUNCTION_NAME: &str = "sns-to-slack-under-test";

/// How the function is set up: its environment, in which nothing else is set.
#[derive(Debug)]
pub(crate) struct Setup {
    variables: BTreeMap<String, String>,
    program: PathBuf,
}

impl Setup {
    /// As on AWS, and nothing of our own settings.
    pub(crate) fn empty() -> Self {
        let variables = [
            ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION_NAME),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            (
                "AWS_LAMBDA_LOG_GROUP_NAME",
                "/aws/lambda/sns-to-slack-under-test",
            ),
            (
                "AWS_LAMBDA_LOG_STREAM_NAME",
                "2026/05/17/[$LATEST]0123456789abcdef",
            ),
            ("AWS_REGION", "eu-central-1"),
            ("LANG", "en_US.UTF-8"),
            ("TZ", ":UTC"),
            ("_HANDLER", "bootstrap"),
        ];
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            // Another build of it, such as the one that is deployed.
            program: env::var_os("FORWARDER").map_or_else(
                || PathBuf::from(env!("CARGO_BIN_EXE_forwarder")),
                PathBuf::from,
            ),
        }
    }

    /// One webhook, of a Slack on this machine.
    pub(crate) fn posting_to(slack: &FakeSlack) -> Self {
        Self::empty()
            .with("SLACK_WEBHOOK_URL", &slack.webhook())
            .with("ALLOW_LOOPBACK_WEBHOOK", "1")
            .trusting(slack)
    }

    /// With settings as the function reads them.
    pub(crate) fn with_settings(settings: &Value) -> Self {
        Self::empty()
            .with("SETTINGS", &settings.to_string())
            .with("ALLOW_LOOPBACK_WEBHOOK", "1")
    }

    /// With an AWS at this URL, and credentials for it, which it shows to nobody.
    pub(crate) fn calling(self, aws: &str) -> Self {
        self.with("AWS_ENDPOINT_URL", aws)
            .with("AWS_ACCESS_KEY_ID", "ID-EXAMPLE")
            .with("AWS_SECRET_ACCESS_KEY", &format!("KEY-{CANARY}"))
    }

    /// Told whom to trust for a Slack with TLS, and nobody else.
    pub(crate) fn trusting(self, slack: &FakeSlack) -> Self {
        match slack.roots() {
            Some(roots) => self.with("SSL_CERT_FILE", roots.to_str().unwrap()),
            None => self,
        }
    }

    /// With one more variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With the program in a folder, which is on the file system of the built one. A link, not a copy: a file that has just
    /// been written cannot always be run.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        let program = folder.join("forwarder");
        fs::hard_link(&self.program, &program).unwrap();
        self.program = program;
        self
    }

    /// With another program in the place of the function.
    #[allow(dead_code, reason = "for the benchmark, which compares two")]
    pub(crate) fn running(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// What starts the function.
    pub(crate) fn command(self, runtime: &FakeRuntime) -> Command {
        let mut command = Command::new(self.program);
        command
            .env_clear()
            .envs(self.variables)
            .env("AWS_LAMBDA_RUNTIME_API", runtime.address().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts the function.
    pub(crate) fn start(self) -> Forwarder {
        let runtime = FakeRuntime::start();
        Forwarder {
            process: Process::spawn(self, &runtime),
            runtime,
            secrets: BTreeSet::from([CANARY.to_owned()]),
            message_ids: HashSet::new(),
            stopped: false,
            output: Output::default(),
        }
    }

    /// Starts the function and waits until it has given up before it asked for an event.
    pub(crate) fn refused(self) -> Refusal {
        let runtime = FakeRuntime::start();
        let mut process = Process::spawn(self, &runtime);
        let (stdout, stderr) = process.output();
        let status = process.child.wait().unwrap();
        assert_eq!(runtime.connections(), 0, "it asked for an event");
        let refusal = Refusal {
            status,
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        };
        assert!(!format!("{refusal:?}").contains(CANARY), "{refusal:?}");
        refusal
    }
}

/// How the function gave up.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A function that runs. When it goes, everything that it has written is searched for secrets, also when no test asks for it.
#[derive(Debug)]
pub(crate) struct Forwarder {
    process: Process,
    runtime: FakeRuntime,
    secrets: BTreeSet<String>,
    message_ids: HashSet<String>,
    stopped: bool,
    output: Output,
}

/// What a function has written, as the lines that it consists of.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// One for each outcome.
    pub(crate) outcomes: Vec<Value>,
    /// The rest.
    pub(crate) others: Vec<Value>,
}

impl Forwarder {
    /// Hands over an event, with time enough.
    pub(crate) fn invoke(&mut self, event: &Value) -> Answer {
        self.invoke_within(PATIENCE, event)
    }

    /// Hands over an event whose invocation may take so long.
    pub(crate) fn invoke_within(&mut self, time: Duration, event: &Value) -> Answer {
        let id = self.hand_out(time, event);
        self.answer(&id)
    }

    /// What has become of an event, once that is known.
    pub(crate) fn answer(&self, id: &str) -> Answer {
        self.runtime.answer(id)
    }

    /// How many events it has answered.
    pub(crate) fn answers(&self) -> usize {
        self.runtime.posted().len()
    }

    /// What it has used of the machine so far; `None` where the system does not tell.
    pub(crate) fn usage(&self) -> Option<Usage> {
        Usage::of(self.process.child.id())
    }

    /// Where it asks for events.
    pub(crate) fn runtime(&self) -> &FakeRuntime {
        &self.runtime
    }

    /// Waits until it has ended by itself. The result says how.
    pub(crate) fn ended(mut self) -> Refusal {
        self.stopped = true;
        let (stdout, stderr) = self.process.output();
        Refusal {
            status: self.process.child.wait().unwrap(),
            stdout: String::from_utf8(stdout).unwrap(),
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Hands over something that need not be JSON.
    pub(crate) fn invoke_raw(&mut self, event: &[u8]) -> Answer {
        let id = self.runtime.hand_out(event.to_vec(), PATIENCE);
        self.runtime.answer(&id)
    }

    /// Stands still, as AWS makes a function do between two events; hands over the next event after something happened
    /// meanwhile.
    pub(crate) fn invoke_after_a_freeze(
        &mut self,
        meanwhile: impl FnOnce(),
        event: &Value,
    ) -> Answer {
        self.runtime.wait_until_idle();
        self.process.signal("STOP");
        meanwhile();
        let id = self.hand_out(PATIENCE, event);
        // So that it finds both at once when it wakes up.
        self.runtime.wait_until_sent(&id);
        self.process.signal("CONT");
        self.runtime.answer(&id)
    }

    /// Hands over the same delivery as before, as AWS does with an event whose invocation failed, and sometimes without a
    /// reason.
    pub(crate) fn invoke_again(&mut self, event: &Value) -> Answer {
        let id = self.hand_out_again(PATIENCE, event);
        self.answer(&id)
    }

    /// Hands over an event and does not wait. The result names it for [`Self::answer`].
    ///
    /// It is a new delivery, also when the event is the same: message ids that were there before are replaced.
    pub(crate) fn hand_out(&mut self, time: Duration, event: &Value) -> String {
        let ids = events::message_ids(event);
        let mut text = event.to_string();
        for id in &ids {
            if self.message_ids.contains(id) {
                let fresh = format!("{:08x}{}", self.message_ids.len(), &id[8..]);
                text = text.replace(id.as_str(), &fresh);
                self.message_ids.insert(fresh);
            }
        }
        self.message_ids.extend(ids);
        self.hand_out_again(time, &serde_json::from_str(&text).unwrap())
    }

    /// As [`Self::hand_out`], with the message ids as they are.
    pub(crate) fn hand_out_again(&mut self, time: Duration, event: &Value) -> String {
        self.secrets.extend(events::secrets(event));
        self.runtime.hand_out(event.to_string().into_bytes(), time)
    }

    /// Ends it; see [`Self`] for what is checked.
    pub(crate) fn finish(mut self) -> Output {
        self.stop();
        std::mem::take(&mut self.output)
    }

    fn stop(&mut self) {
        if self.stopped {
            return;
        }
        self.stopped = true;
        let died = self.process.child.try_wait().unwrap();
        let _ = self.process.child.kill();
        let (stdout, stderr) = self.process.output();
        let stdout = String::from_utf8_lossy(&stdout).into_owned();
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        if thread::panicking() {
            eprintln!("--- standard output\n{stdout}--- standard error\n{stderr}---");
            return;
        }
        assert_eq!(died, None, "it has ended: {stderr}");
        assert_eq!(
            stderr, "",
            "only a start that fails writes to standard error"
        );
        let posted = self.runtime.posted();
        for secret in &self.secrets {
            assert!(!stdout.contains(secret), "{secret} is in the log: {stdout}");
            for request in &posted {
                let text = request.text();
                assert!(!text.contains(secret), "{secret} is in the answer: {text}");
            }
        }
        for line in stdout.lines() {
            let line: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("a line that is no JSON, {error}: {line}"));
            assert!(line.is_object(), "{line}");
            if line.get("_aws").is_some() {
                outcome::check(&line);
                self.output.outcomes.push(line);
            } else {
                self.output.others.push(line);
            }
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.stop();
    }
}

#[derive(Debug)]
struct Process {
    child: Child,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
}

impl Process {
    fn spawn(setup: Setup, runtime: &FakeRuntime) -> Self {
        let mut child = setup.command(runtime).spawn().unwrap();
        let stdout = capture(child.stdout.take().unwrap());
        let stderr = capture(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
        }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Standard output and standard error, once both are closed: when the process ends.
    fn output(&self) -> (Vec<u8>, Vec<u8>) {
        let wait =
            |pipe: &Receiver<Vec<u8>>| pipe.recv_timeout(PATIENCE).expect("it goes on and on");
        (wait(&self.stdout), wait(&self.stderr))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn capture(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}
