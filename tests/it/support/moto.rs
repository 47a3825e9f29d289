//! moto, the server that behaves as AWS: an implementation of Parameter Store, Secrets Manager, SNS and SQS that is not ours.

mod alarm;
mod lambda;
mod messaging;

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::{env, thread};

use serde_json::{Value, json};

use super::PATIENCE;
pub(crate) use messaging::{Queue, REGION};

/// Runs for as long as it lives. Everything in it is in memory.
#[derive(Debug)]
pub(crate) struct Moto {
    /// None of ours when somebody else has started it.
    process: Option<Child>,
    address: String,
}

impl Moto {
    /// Starts the `moto_server` that the environment variable `MOTO_SERVER` names, on loopback.
    pub(crate) fn start() -> Self {
        Self::start_with(&mut Command::new(program()))
    }

    /// The same with what the Terraform module needs besides: `tests/moto_server.py`, run by the Python beside `MOTO_SERVER`.
    pub(crate) fn start_for_terraform() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/moto_server.py");
        Self::start_with(Command::new(Path::new(&program()).with_file_name("python")).arg(script))
    }

    /// What somebody else has started, such as LocalStack, which speaks the same.
    pub(crate) fn at(address: &str) -> Self {
        Self {
            process: None,
            address: address.to_owned(),
        }
    }

    fn start_with(command: &mut Command) -> Self {
        let mut process = command
            .args(["--host", "127.0.0.1", "--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (sender, receiver) = mpsc::channel();
        // It writes a line for each request, and would stop if nobody read them.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some((_, address)) = line.split_once("Running on http://") {
                    let _ = sender.send(address.trim().to_owned());
                }
            }
        });
        let address = receiver.recv_timeout(PATIENCE);
        let moto = Self {
            process: Some(process),
            address: address.as_ref().cloned().unwrap_or_default(),
        };
        address.expect("moto_server says where it listens");
        moto
    }

    /// For `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Writes an encrypted parameter, also over one that is there.
    pub(crate) fn put_parameter(&self, region: &str, name: &str, value: &str) {
        let parameter =
            json!({"Name": name, "Value": value, "Type": "SecureString", "Overwrite": true});
        self.ask(region, "ssm", "AmazonSSM.PutParameter", &parameter);
    }

    /// Creates a secret. The result is its ARN.
    pub(crate) fn create_secret(&self, region: &str, name: &str, value: &str) -> String {
        let secret = json!({"Name": name, "SecretString": value});
        let created = self.ask(
            region,
            "secretsmanager",
            "secretsmanager.CreateSecret",
            &secret,
        );
        created["ARN"].as_str().unwrap().to_owned()
    }

    /// Gives a secret a new value.
    pub(crate) fn put_secret(&self, region: &str, id: &str, value: &str) {
        let secret = json!({"SecretId": id, "SecretString": value});
        self.ask(
            region,
            "secretsmanager",
            "secretsmanager.PutSecretValue",
            &secret,
        );
    }

    /// Deletes a secret at once, or marks it for deletion.
    pub(crate) fn delete_secret(&self, region: &str, id: &str, at_once: bool) {
        let secret = json!({"SecretId": id, "ForceDeleteWithoutRecovery": at_once});
        self.ask(
            region,
            "secretsmanager",
            "secretsmanager.DeleteSecret",
            &secret,
        );
    }

    fn ask(&self, region: &str, service: &str, target: &str, body: &Value) -> Value {
        let target = format!("X-Amz-Target: {target}\r\n");
        let content_type = "application/x-amz-json-1.1";
        let answer = self.exchange(region, service, content_type, &target, &body.to_string());
        // Some operations have nothing to say.
        serde_json::from_str(&answer).unwrap_or_default()
    }
}

fn program() -> OsString {
    env::var_os("MOTO_SERVER").expect("MOTO_SERVER is the path of moto_server")
}

impl Drop for Moto {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
