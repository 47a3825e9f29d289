//! An SQS that answers as it is told, for what moto does not know and for answers that it never gives.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};

use serde_json::{Value, json};

use super::PATIENCE;
use super::http;
use super::server::Server;

/// The account that its queues are in.
const ACCOUNT: &str = "123456789012";

/// Listens for as long as it lives.
#[derive(Debug)]
pub(crate) struct FakeSqs {
    server: Server<State>,
}

#[derive(Debug, Default)]
struct State {
    scripts: BTreeMap<String, VecDeque<Reply>>,
    requests: Vec<(String, Value)>,
}

#[derive(Debug, Clone)]
enum Reply {
    Answer(u16, Value),
    HangUp,
    Silence,
}

impl FakeSqs {
    /// With an answer for the questions whether there is a queue of a name, and what it is like.
    pub(crate) fn start() -> Self {
        let server = Server::<State>::start(|shared, mut stream| {
            while let Some(request) = http::read(&mut stream)? {
                let target = request.header("X-Amz-Target").unwrap_or_default();
                let operation = target.trim_start_matches("AmazonSQS.").to_owned();
                assert_eq!(
                    request.header("Content-Type"),
                    Some("application/x-amz-json-1.0")
                );
                let body = request.json();
                let host = request.header("Host").unwrap_or_default().to_owned();
                let reply = shared.with(|state| {
                    state.requests.push((operation.clone(), body.clone()));
                    state.reply(&operation)
                });
                let (status, answer) = match reply {
                    Some(Reply::Answer(status, answer)) => (status, answer),
                    Some(Reply::HangUp) => return Ok(()),
                    Some(Reply::Silence) => return stream.read_to_end(&mut Vec::new()).map(drop),
                    None => usual(&host, &operation, &body),
                };
                let headers = ["Content-Type: application/x-amz-json-1.0".to_owned()];
                stream.write_all(&http::answer(
                    status,
                    &headers,
                    answer.to_string().as_bytes(),
                ))?;
            }
            Ok(())
        });
        Self { server }
    }

    /// For `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The URL of a queue here.
    pub(crate) fn queue_url(&self, name: &str) -> String {
        format!("{}/{ACCOUNT}/{name}", self.url())
    }

    /// Scripts the next answer to an operation. The last one stays.
    pub(crate) fn answers(&self, operation: &str, answer: Value) {
        self.script(operation, Reply::Answer(200, answer));
    }

    /// Scripts a refusal, in AWS's words.
    pub(crate) fn refuses(&self, operation: &str, status: u16, code: &str) {
        let error =
            json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": "A sentence."});
        self.script(operation, Reply::Answer(status, error));
    }

    /// Scripts the end of the connection in place of an answer.
    pub(crate) fn hangs_up(&self, operation: &str) {
        self.script(operation, Reply::HangUp);
    }

    /// Scripts that nothing at all is said.
    pub(crate) fn is_silent(&self, operation: &str) {
        self.script(operation, Reply::Silence);
    }

    /// Waits until it has been asked for an operation.
    pub(crate) fn wait_for(&self, operation: &str) {
        let asked = self.server.shared.wait(PATIENCE, |state| {
            let mut requests = state.requests.iter();
            requests.any(|(other, _)| other == operation).then_some(())
        });
        asked.unwrap_or_else(|| panic!("nobody asks for {operation}"));
    }

    fn script(&self, operation: &str, reply: Reply) {
        self.server.shared.with(|state| {
            let script = state.scripts.entry(operation.to_owned()).or_default();
            script.push_back(reply);
        });
    }

    /// The operations that it was asked for, in their order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.server.shared.with(|state| {
            let operations = state.requests.iter();
            operations.map(|(operation, _)| operation.clone()).collect()
        })
    }

    /// What was asked of an operation, in its order.
    pub(crate) fn asked(&self, operation: &str) -> Vec<Value> {
        self.server.shared.with(|state| {
            let requests = state.requests.iter();
            let asked = requests.filter(|(other, _)| other == operation);
            asked.map(|(_, body)| body.clone()).collect()
        })
    }
}

impl State {
    fn reply(&mut self, operation: &str) -> Option<Reply> {
        let script = self.scripts.get_mut(operation)?;
        if script.len() > 1 {
            return script.pop_front();
        }
        script.front().cloned()
    }
}

/// Every queue is there, and SQS does what it is told with several messages.
fn usual(host: &str, operation: &str, body: &Value) -> (u16, Value) {
    let answer = match operation {
        "GetQueueUrl" => {
            let name = body["QueueName"].as_str().unwrap();
            json!({"QueueUrl": format!("http://{host}/{ACCOUNT}/{name}")})
        }
        "GetQueueAttributes" => {
            let url = body["QueueUrl"].as_str().unwrap();
            let name = url.rsplit('/').next().unwrap();
            json!({"Attributes": {
                "QueueArn": arn(name),
                "ApproximateNumberOfMessages": "3",
                "ApproximateNumberOfMessagesNotVisible": "0",
                "ApproximateNumberOfMessagesDelayed": "0",
            }})
        }
        "ReceiveMessage" => json!({}),
        _ if operation.ends_with("Batch") => {
            let entries = body["Entries"].as_array().unwrap().iter();
            let done: Vec<Value> = entries.map(|entry| json!({"Id": entry["Id"]})).collect();
            json!({"Successful": done, "Failed": []})
        }
        _ => {
            return (
                400,
                json!({"__type": "com.amazonaws.sqs#UnsupportedOperation"}),
            );
        }
    };
    (200, answer)
}

/// The ARN of a queue here.
pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:eu-central-1:{ACCOUNT}:{name}")
}
