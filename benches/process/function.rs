//! One of the two programs, running, and what it does and uses.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::processors::Processors;
use crate::programs;
use crate::quota::Quota;
use crate::support::PATIENCE;
use crate::support::events;
use crate::support::fake_runtime::{FakeRuntime, Fault};
use crate::support::fake_slack::{Certificate, FakeSlack, Reply};
use crate::support::forwarder::Setup;
use crate::support::usage::Usage;

/// Whom distributions trust: Debian, Amazon Linux and Fedora, SUSE, Alpine.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// How often it is looked whether something has happened. When it happened is written down by those who see it, so this makes
/// nothing later; to be woken up each time would take the processor from what is measured.
const GLANCE: Duration = Duration::from_micros(500);

/// Between the end of a limited program's start and its first event: more than two periods of its quota.
const GAP: Duration = Duration::from_millis(50);

/// What both programs meet.
#[derive(Debug)]
pub(crate) struct Place {
    slack: FakeSlack,
    /// Stands for Parameter Store, with a webhook of that Slack in it.
    parameters: FakeSlack,
    /// What the system trusts, and the Slack: reading them costs what it costs on Lambda.
    roots: NamedTempFile,
    system_roots: Option<&'static str>,
    /// `None` when the system does not let us choose.
    processors: Option<Processors>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let processors = Processors::parted();
        if let Err(why) = &processors {
            println!("skipped: a processor for the programs alone: {why}");
        }
        let slack = FakeSlack::start_tls(Certificate::Good);
        // To every request, and without a look at it, which would take time here.
        let ok = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok";
        slack.whenever("", Reply::raw(ok));
        let parameters = FakeSlack::start_tls(Certificate::Good);
        let parameter = json!({"Parameter": {"Value": by_name(&slack)}});
        parameters.whenever("", Reply::answer(200, &parameter.to_string()));
        let system_roots = BUNDLES.into_iter().find(|path| Path::new(path).exists());
        let mut roots = NamedTempFile::new().unwrap();
        let own = [slack.roots(), parameters.roots()];
        for path in system_roots
            .map(Path::new)
            .into_iter()
            .chain(own.into_iter().flatten())
        {
            roots.write_all(&fs::read(path).unwrap()).unwrap();
            roots.write_all(b"\n").unwrap();
        }
        Self {
            slack,
            parameters,
            roots,
            system_roots,
            processors: processors.ok(),
        }
    }

    /// From now on programs run on the processor of the fakes.
    pub(crate) fn share_processor(&mut self) {
        if let Some(processors) = &mut self.processors {
            processors.share();
        }
    }

    fn spawn(&self, mut command: Command) -> Child {
        let spawned = match &self.processors {
            Some(processors) => processors.start(|| command.spawn()),
            None => command.spawn(),
        };
        spawned.unwrap()
    }

    /// What a program writes that needs nothing of this.
    pub(crate) fn output(&self, mut command: Command) -> String {
        command.stdout(Stdio::piped());
        let output = self.spawn(command).wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Whose roots are read at start, in words.
    pub(crate) fn roots(&self) -> String {
        match self.system_roots {
            Some(path) => format!("roots of {path}"),
            None => "no roots of this system found, so they cost nothing at start".to_owned(),
        }
    }
}

/// A running program.
#[derive(Debug)]
pub(crate) struct Function<'a> {
    child: Child,
    runtime: FakeRuntime,
    place: &'a Place,
    spawned: SystemTime,
    handed_out: usize,
}

impl<'a> Function<'a> {
    /// Starts it, and waits until it asks for an event. From then on it has the quota, if there is one.
    pub(crate) fn start(program: &Path, place: &'a Place, quota: Option<&Quota>) -> Self {
        let setup = posting_to(&place.slack).running(program);
        Self::started(setup, place, quota, &[])
    }

    /// The same with a webhook that is kept in Parameter Store.
    pub(crate) fn start_with_parameter(program: &Path, place: &'a Place) -> Self {
        let settings = json!({
            "receivers": {"default": {"webhook": "ssm:/slack/default"}},
            "route": {"receivers": ["default"]},
        });
        let setup = Setup::with_settings(&settings)
            .calling(&place.parameters.url())
            .with("AWS_SESSION_TOKEN", &"TOKEN-EXAMPLE".repeat(40))
            .running(program);
        Self::started(setup, place, None, &[])
    }

    /// The same with a variable more.
    pub(crate) fn start_with(
        program: &Path,
        place: &'a Place,
        (name, value): (&str, &str),
    ) -> Self {
        let setup = posting_to(&place.slack).running(program).with(name, value);
        Self::started(setup, place, None, &[])
    }

    /// The same within another program, which takes these arguments before it.
    pub(crate) fn start_within(
        outer: &Path,
        arguments: &[&OsStr],
        program: &Path,
        place: &'a Place,
    ) -> Self {
        let arguments = [arguments, &[program.as_os_str()]].concat();
        let setup = posting_to(&place.slack).running(outer);
        Self::started(setup, place, None, &arguments)
    }

    fn started(
        setup: Setup,
        place: &'a Place,
        quota: Option<&Quota>,
        arguments: &[&OsStr],
    ) -> Self {
        let runtime = FakeRuntime::start();
        let roots = place.roots.path().to_str().unwrap();
        let (name, value) = programs::tunables();
        let setup = setup.with("SSL_CERT_FILE", roots).with(name, value);
        let mut command = setup.command(&runtime);
        command.args(arguments);
        let spawned = SystemTime::now();
        let mut child = place.spawn(command);
        if let Some(quota) = quota {
            quota.admit(child.id());
        }
        drain(child.stdout.take().unwrap());
        drain(child.stderr.take().unwrap());
        let function = Self {
            child,
            runtime,
            place,
            spawned,
            handed_out: 0,
        };
        function.settle();
        if let Some(quota) = quota {
            quota.limit();
            // As on AWS, where the first event does not come at once. A period now begins with it, and how much of one is left
            // is no matter of luck.
            thread::sleep(GAP);
        }
        function
    }

    /// From the birth of the process until it asked for an event.
    pub(crate) fn init(&self) -> Duration {
        between(self.spawned, self.runtime.first_asked().unwrap())
    }

    /// Hands over an event and waits for the answer and for silence. How long the answer took.
    pub(crate) fn invoke(&mut self, event: Vec<u8>) -> Duration {
        self.invoke_all(vec![event])
    }

    /// The same for several, one after the other: from the first to the answer to the last.
    pub(crate) fn invoke_all(&mut self, events: Vec<Vec<u8>>) -> Duration {
        let first = self.handed_out;
        self.handed_out += events.len();
        for event in events {
            self.runtime.hand_out(event, PATIENCE);
        }
        let mut glances = 0;
        while self.runtime.answers() < self.handed_out {
            glances += 1;
            assert!(GLANCE * glances < PATIENCE, "nothing became of an event");
            thread::sleep(GLANCE);
        }
        self.settle();
        let posted = self.runtime.posted();
        for answer in &posted[first..] {
            assert!(succeeded(&answer.path, &answer.json()), "{answer:?}");
        }
        // Nobody looks at them here.
        self.place.slack.take_channel();
        between(self.runtime.sent()[first], posted.last().unwrap().at)
    }

    /// Time that processors worked for it so far, in all its threads.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        tasks
            .map(|task| {
                let text = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap();
                // In nanoseconds (the kernel's page "Scheduler Statistics").
                Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
            })
            .sum()
    }

    /// Bytes of memory that it held at most.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub(crate) fn peak(&self) -> f64 {
        Usage::of(self.child.id()).unwrap().peak as f64
    }

    /// Asks it to end, and waits until it has: whoever watches it writes down then what it has seen.
    pub(crate) fn end(mut self) {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(asked.unwrap().success());
        self.child.wait().unwrap();
    }

    /// Lets it end by itself, for want of a Runtime API.
    pub(crate) fn abandon(mut self) {
        self.runtime.fail(Fault::Hangup);
        self.child.wait().unwrap();
    }

    /// Waits until it has asked for an event and sleeps: what it has used is only then counted to the end.
    fn settle(&self) {
        self.runtime.wait_until_idle();
        for _ in 0..1000 {
            let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
            let (_, words) = stat.rsplit_once(") ").unwrap();
            if words.starts_with('S') {
                return;
            }
            thread::sleep(GLANCE);
        }
    }
}

impl Drop for Function<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn posting_to(slack: &FakeSlack) -> Setup {
    Setup::posting_to(slack).with("SLACK_WEBHOOK_URL", &by_name(slack))
}

/// The webhook with a name in it that has to be resolved, as Slack's has.
fn by_name(slack: &FakeSlack) -> String {
    slack.webhook().replace("127.0.0.1", "localhost")
}

/// The floor answers null, the forwarder how many it has posted.
fn succeeded(path: &str, answer: &Value) -> bool {
    path.ends_with("/response") && (answer.is_null() || answer["posted"] == 1)
}

fn between(start: SystemTime, end: SystemTime) -> Duration {
    end.duration_since(start).unwrap_or_default()
}

/// Reads what nobody needs, so that the writer need not wait.
fn drain(mut pipe: impl Read + Send + 'static) {
    thread::spawn(move || io::copy(&mut pipe, &mut io::sink()));
}

/// The same event again and again, each time a new delivery: the forwarder remembers what it has posted.
#[derive(Debug)]
pub(crate) struct Deliveries {
    text: String,
    message_id: String,
    count: u32,
}

impl Deliveries {
    /// Of an alarm.
    pub(crate) fn of_an_alarm() -> Self {
        Self::of_fixture("cloudwatch_alarm-alb-4xx")
    }

    /// Of the event of a fixture.
    pub(crate) fn of_fixture(name: &str) -> Self {
        Self::of(&events::case(name))
    }

    /// Of a record with this body.
    pub(crate) fn of_body(body: &str) -> Self {
        Self::of(&events::sns(&[body]))
    }

    fn of(event: &Value) -> Self {
        assert_eq!(event["Records"].as_array().map(Vec::len), Some(1));
        assert_ne!(event["Records"][0]["Sns"], json!(null));
        Self {
            text: event.to_string(),
            message_id: events::message_ids(event).remove(0),
            count: 0,
        }
    }
}

impl Iterator for Deliveries {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        self.count += 1;
        let fresh = format!("{:08x}{}", self.count, &self.message_id[8..]);
        Some(self.text.replace(&self.message_id, &fresh).into_bytes())
    }
}
