//! A Slack that answers as it is told.
//!
//! Without a script it takes what Slack takes: a payload outside Slack's limits is refused with 400 `invalid_blocks`, any
//! other is answered 200 `ok`.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::Value;
use sns_to_slack::slack::limits;

use super::PATIENCE;
use super::http;
pub(crate) use super::http::Request;
use super::server::{Server, Shared};

/// A part of every webhook's URL. Must be found in nothing that the program writes.
pub(crate) const CANARY: &str = "CANARYx7fb3e91c52d04a68";

/// Listens for as long as it lives.
#[derive(Debug)]
pub(crate) struct FakeSlack(Server<State>);

#[derive(Debug, Default)]
struct State {
    /// For the next requests, whatever they are.
    next: VecDeque<Reply>,
    /// For every request with this text in its body.
    whenever: Vec<(String, Reply)>,
    requests: Vec<Request>,
    accepted: Vec<Value>,
    resets_before_reading: usize,
    in_flight: usize,
    most_in_flight: usize,
    /// Bytes of endless bodies that the other end or the system took.
    poured: usize,
}

/// What a request gets.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    after: Duration,
    act: Act,
}

#[derive(Debug, Clone)]
enum Act {
    Answer {
        status: u16,
        headers: Vec<String>,
        body: Vec<u8>,
        then_close: bool,
    },
    ResetBeforeReading,
    ResetAfterReading,
    CloseWithoutAnswer,
    HalfClose,
    Silence,
    BreakOff {
        body: &'static str,
    },
    Drip {
        every: Duration,
    },
    Pour,
}

impl Reply {
    fn new(act: Act) -> Self {
        Self {
            after: Duration::ZERO,
            act,
        }
    }

    /// An answer as HTTP knows it.
    pub(crate) fn answer(status: u16, body: &str) -> Self {
        Self::new(Act::Answer {
            status,
            headers: vec!["Content-Type: text/plain".to_owned()],
            body: body.into(),
            then_close: false,
        })
    }

    /// With one more header, for an answer.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        match &mut self.act {
            Act::Answer { headers, .. } => headers.push(format!("{name}: {value}")),
            other => panic!("{other:?} has no headers"),
        }
        self
    }

    /// Closes the connection after the answer, which does not announce it.
    pub(crate) fn then_close(mut self) -> Self {
        match &mut self.act {
            Act::Answer { then_close, .. } => *then_close = true,
            other => panic!("{other:?} is no answer"),
        }
        self
    }

    /// Resets the connection as soon as a request begins, without reading it. Only for [`FakeSlack::next`].
    pub(crate) fn reset_before_reading() -> Self {
        Self::new(Act::ResetBeforeReading)
    }

    /// Reads the request, then resets the connection.
    pub(crate) fn reset_after_reading() -> Self {
        Self::new(Act::ResetAfterReading)
    }

    /// Reads the request, then closes the connection properly.
    pub(crate) fn close_without_answer() -> Self {
        Self::new(Act::CloseWithoutAnswer)
    }

    /// Reads the request, then says that nothing will follow but goes on listening.
    pub(crate) fn half_close() -> Self {
        Self::new(Act::HalfClose)
    }

    /// Reads the request and never answers.
    pub(crate) fn silence() -> Self {
        Self::new(Act::Silence)
    }

    /// 200 and a body that ends before its announced length.
    pub(crate) fn break_off(body: &'static str) -> Self {
        Self::new(Act::BreakOff { body })
    }

    /// 200 at once, and then a body that comes byte by byte and takes for ever.
    pub(crate) fn drip(every: Duration) -> Self {
        Self::new(Act::Drip { every })
    }

    /// 200 and a body without an end, as fast as it is taken.
    pub(crate) fn pour() -> Self {
        Self::new(Act::Pour)
    }

    /// The same, later.
    pub(crate) fn after(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }

    fn says_ok(&self) -> bool {
        matches!(&self.act, Act::Answer { status: 200, body, .. } if body == b"ok")
    }
}

impl FakeSlack {
    pub(crate) fn start() -> Self {
        Self(Server::start(serve))
    }

    /// A webhook that leads here.
    pub(crate) fn webhook(&self) -> String {
        format!("http://{}/services/T0/B0/{CANARY}", self.0.address)
    }

    /// Where it listens, as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Scripts the next request for which nothing is scripted yet.
    pub(crate) fn next(&self, reply: Reply) {
        self.0.shared.with(|state| state.next.push_back(reply));
    }

    /// Scripts every request with `part` in its body, as long as [`Self::next`] has scripted nothing for it.
    pub(crate) fn whenever(&self, part: &str, reply: Reply) {
        self.0
            .shared
            .with(|state| state.whenever.push((part.to_owned(), reply)));
    }

    /// Every request so far, in the order in which they were read.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.0.shared.with(|state| state.requests.clone())
    }

    /// How many requests had `part` in their body.
    pub(crate) fn requests_with(&self, part: &str) -> usize {
        self.requests()
            .iter()
            .filter(|request| request.text().contains(part))
            .count()
    }

    /// Waits until there have been `count` requests.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Request> {
        self.0
            .shared
            .wait(PATIENCE, |state| {
                (state.requests.len() >= count).then(|| state.requests.clone())
            })
            .unwrap_or_else(|| panic!("{} of {count} requests came", self.requests().len()))
    }

    /// The payloads that were answered 200 `ok`: what the channel shows.
    pub(crate) fn channel(&self) -> Vec<Value> {
        self.0.shared.with(|state| state.accepted.clone())
    }

    /// The line that notifications show, of each message in the channel.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.channel()
            .iter()
            .map(|payload| payload["text"].as_str().unwrap().to_owned())
            .collect()
    }

    /// How many requests at most waited for their answers at the same time.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.0.shared.with(|state| state.most_in_flight)
    }

    /// How many connections there have been, also those without a request.
    pub(crate) fn connections(&self) -> usize {
        self.0.shared.connections()
    }

    /// How many connections were reset before their request was read.
    pub(crate) fn resets_before_reading(&self) -> usize {
        self.0.shared.with(|state| state.resets_before_reading)
    }

    /// Bytes of endless bodies that left here.
    pub(crate) fn poured(&self) -> usize {
        self.0.shared.with(|state| state.poured)
    }

    /// Closes every connection that is open.
    pub(crate) fn hang_up(&self) {
        self.0.hang_up();
    }

    /// Waits until no connection is open any more.
    pub(crate) fn wait_until_closed(&self) {
        self.0.wait_until_closed();
    }
}

fn serve(shared: &Shared<State>, stream: &TcpStream) -> io::Result<()> {
    // Waits until a request begins or the other end goes.
    while stream.peek(&mut [0])? > 0 {
        if shared.with(State::reset_before_reading) {
            return Ok(());
        }
        let request = http::read(stream)?;
        let reply = shared.with(|state| state.reply(&request));
        let goes_on = perform(shared, stream, &request, &reply);
        shared.with(|state| state.in_flight -= 1);
        if !goes_on? {
            return Ok(());
        }
    }
    Ok(())
}

/// `false` when the connection is to end.
fn perform(
    shared: &Shared<State>,
    mut stream: &TcpStream,
    request: &Request,
    reply: &Reply,
) -> io::Result<bool> {
    if !reply.after.is_zero() {
        // Nothing comes true but the end of the time or of the server.
        let _: Option<()> = shared.wait(reply.after, |_| None);
    }
    if let Act::ResetAfterReading = reply.act {
        return Ok(false);
    }
    http::finish(stream, request)?;
    match &reply.act {
        Act::Answer {
            status,
            headers,
            body,
            then_close,
        } => {
            http::write(stream, *status, headers, body)?;
            return Ok(!then_close);
        }
        Act::ResetBeforeReading => panic!("only `next` can reset before reading"),
        Act::ResetAfterReading | Act::CloseWithoutAnswer => {}
        Act::HalfClose => {
            stream.shutdown(Shutdown::Write)?;
            stream.read_to_end(&mut Vec::new())?;
        }
        Act::Silence => {
            stream.read_to_end(&mut Vec::new())?;
        }
        Act::BreakOff { body } => {
            let length = format!("Content-Length: {}", body.len() + 1);
            http::write_head(stream, 200, &[length])?;
            stream.write_all(body.as_bytes())?;
        }
        Act::Drip { every } => {
            http::write_head(stream, 200, &["Content-Length: 1000".to_owned()])?;
            for byte in "ok".bytes().chain(std::iter::repeat(b' ')) {
                stream.write_all(&[byte])?;
                let _: Option<()> = shared.wait(*every, |_| None);
            }
        }
        Act::Pour => {
            http::write_head(stream, 200, &["Transfer-Encoding: chunked".to_owned()])?;
            let mut chunk = b"4000\r\n".to_vec();
            chunk.resize(chunk.len() + 0x4000, b'o');
            chunk.extend_from_slice(b"\r\n");
            loop {
                stream.write_all(&chunk)?;
                shared.with(|state| state.poured += chunk.len());
            }
        }
    }
    Ok(false)
}

impl State {
    fn reset_before_reading(&mut self) -> bool {
        let reset = self
            .next
            .front()
            .is_some_and(|reply| matches!(reply.act, Act::ResetBeforeReading));
        if reset {
            self.next.pop_front();
            self.resets_before_reading += 1;
        }
        reset
    }

    fn reply(&mut self, request: &Request) -> Reply {
        let reply = match self.next.pop_front() {
            Some(reply) => reply,
            None => self
                .scripted(&request.text())
                .unwrap_or_else(|| judge(request)),
        };
        if reply.says_ok() {
            self.accepted.push(request.json());
        }
        self.requests.push(request.clone());
        self.in_flight += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight);
        reply
    }

    fn scripted(&self, body: &str) -> Option<Reply> {
        self.whenever
            .iter()
            .find(|(part, _)| body.contains(part))
            .map(|(_, reply)| reply.clone())
    }
}

fn judge(request: &Request) -> Reply {
    if request.method != "POST" {
        return Reply::answer(405, "");
    }
    match serde_json::from_slice(&request.body) {
        Err(_) => Reply::answer(400, "invalid_payload"),
        Ok(payload) if !limits::check(&payload).is_empty() => Reply::answer(400, "invalid_blocks"),
        Ok(_) => Reply::answer(200, "ok"),
    }
}
