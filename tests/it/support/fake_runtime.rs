//! The Lambda Runtime API (page "Using the Lambda runtime API for custom runtimes"): hands out events and takes what
//! became of them.

use std::collections::VecDeque;
use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::PATIENCE;
use super::http::{self, Request};
use super::server::{Server, Shared};

/// Listens for as long as it lives.
#[derive(Debug)]
pub(crate) struct FakeRuntime(Server<State>);

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Next>,
    handed_out: usize,
    /// How often the function has asked for an event.
    asked: usize,
    /// When it did so for the first time.
    first_asked: Option<SystemTime>,
    /// The ids of the events that were written to the function, and when that began.
    sent: Vec<(String, SystemTime)>,
    /// Path and body of everything that was posted.
    posted: Vec<Request>,
    /// The next thing that is posted gets no answer.
    loses_an_answer: bool,
}

/// What a request for an event gets in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// An answer with this status.
    Status(u16),
    /// None: the connection is closed.
    Hangup,
}

/// What a request for an event gets.
#[derive(Debug)]
enum Next {
    Event(Event),
    Fault(Fault),
}

#[derive(Debug)]
struct Event {
    id: String,
    body: Vec<u8>,
    deadline: SystemTime,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    /// The function's answer.
    Response(Value),
    /// The function's error.
    Error { kind: String, message: String },
}

impl Answer {
    /// What the function answered; it must have succeeded.
    pub(crate) fn response(self) -> Value {
        match self {
            Self::Response(response) => response,
            Self::Error { .. } => panic!("expected a response: {self:?}"),
        }
    }

    /// The text of its error; it must have failed with an error of this type.
    pub(crate) fn error(self, expected: &str) -> String {
        match self {
            Self::Error { kind, message } if kind == expected => message,
            _ => panic!("expected {expected}: {self:?}"),
        }
    }
}

impl FakeRuntime {
    pub(crate) fn start() -> Self {
        Self(Server::start(serve))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Hands out an event that may take as long as `time` when the function asks for one. The result names it.
    pub(crate) fn hand_out(&self, body: Vec<u8>, time: Duration) -> String {
        self.0.shared.with(|state| {
            state.handed_out += 1;
            let id = format!("8a1f0c2e-0000-4000-8000-{:012}", state.handed_out);
            state.events.push_back(Next::Event(Event {
                id: id.clone(),
                body,
                deadline: SystemTime::now() + time,
            }));
            id
        })
    }

    /// Waits until the function has nothing to do but to wait for the next event.
    pub(crate) fn wait_until_idle(&self) {
        let idle = self.0.shared.wait(PATIENCE, |state| {
            (state.asked > state.handed_out).then_some(())
        });
        assert!(idle.is_some(), "the function does not ask for an event");
    }

    /// Waits until an event is on its way to the function.
    pub(crate) fn wait_until_sent(&self, id: &str) {
        let sent = self.0.shared.wait(PATIENCE, |state| {
            state.sent.iter().any(|(sent, _)| sent == id).then_some(())
        });
        assert!(sent.is_some(), "nobody asked for the event {id}");
    }

    /// Waits for what becomes of an event.
    pub(crate) fn answer(&self, id: &str) -> Answer {
        let path = format!("/2018-06-01/runtime/invocation/{id}/");
        let request = self.0.shared.wait(PATIENCE, |state| {
            let mut posted = state.posted.iter();
            posted
                .find(|request| request.path.starts_with(&path))
                .cloned()
        });
        let request = request.unwrap_or_else(|| panic!("nothing became of the event {id}"));
        if request.path.ends_with("/response") {
            return Answer::Response(request.json());
        }
        let error = request.json();
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        Answer::Error {
            kind: text("errorType"),
            message: text("errorMessage"),
        }
    }

    /// A request for an event fails: the next one that waits for what is not handed out yet.
    pub(crate) fn fail(&self, fault: Fault) {
        self.0
            .shared
            .with(|state| state.events.push_back(Next::Fault(fault)));
    }

    /// What becomes of the next event is taken, and the function is not told so.
    pub(crate) fn lose_an_answer(&self) {
        self.0.shared.with(|state| state.loses_an_answer = true);
    }

    /// Everything that the function posted here.
    pub(crate) fn posted(&self) -> Vec<Request> {
        self.0.shared.with(|state| state.posted.clone())
    }

    /// How many connections there have been.
    pub(crate) fn connections(&self) -> usize {
        self.0.shared.connections()
    }
}

#[allow(dead_code, reason = "for the benchmark: no test measures time")]
impl FakeRuntime {
    /// When the function asked for an event for the first time.
    pub(crate) fn first_asked(&self) -> Option<SystemTime> {
        self.0.shared.with(|state| state.first_asked)
    }

    /// When each event was on its way to the function.
    pub(crate) fn sent(&self) -> Vec<SystemTime> {
        self.0
            .shared
            .with(|state| state.sent.iter().map(|(_, at)| *at).collect())
    }

    /// How many answers and errors the function has posted.
    pub(crate) fn answers(&self) -> usize {
        self.0.shared.with(|state| state.posted.len())
    }
}

fn serve(shared: &Shared<State>, mut stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    while let Some(request) = http::read(&mut reader)? {
        if request.method == "GET" && request.path == "/2018-06-01/runtime/invocation/next" {
            shared.with(|state| {
                state.asked += 1;
                state.first_asked.get_or_insert(request.at);
            });
            // A day: until there is an event or the server stops.
            let next = shared.wait(Duration::from_secs(86_400), |state| {
                state.events.pop_front()
            });
            match next {
                None | Some(Next::Fault(Fault::Hangup)) => return Ok(()),
                Some(Next::Fault(Fault::Status(status))) => {
                    let body = json!({"errorType": "Scripted", "errorMessage": "scripted"});
                    stream.write_all(&http::answer(status, &[], body.to_string().as_bytes()))?;
                }
                Some(Next::Event(event)) => {
                    let at = SystemTime::now();
                    send(stream, &event)?;
                    shared.with(|state| state.sent.push((event.id, at)));
                }
            }
        } else {
            let known = request.method == "POST"
                && (request.path == "/2018-06-01/runtime/init/error"
                    || request.path.ends_with("/response")
                    || request.path.ends_with("/error"));
            let lost = shared.with(|state| {
                state.posted.push(request);
                std::mem::take(&mut state.loses_an_answer)
            });
            if lost {
                return Ok(());
            }
            let status = if known { 202 } else { 404 };
            let body = json!({"status": "OK"}).to_string();
            stream.write_all(&http::answer(status, &[], body.as_bytes()))?;
        }
    }
    Ok(())
}

fn send(mut stream: &TcpStream, event: &Event) -> io::Result<()> {
    let deadline = event.deadline.duration_since(UNIX_EPOCH).unwrap();
    let headers = [
        format!("Lambda-Runtime-Aws-Request-Id: {}", event.id),
        format!("Lambda-Runtime-Deadline-Ms: {}", deadline.as_millis()),
        "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:sns-to-slack"
            .to_owned(),
        "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0"
            .to_owned(),
        "Content-Type: application/json".to_owned(),
    ];
    stream.write_all(&http::answer(200, &headers, &event.body))
}
