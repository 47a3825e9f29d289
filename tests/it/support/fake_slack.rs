//! A Slack that answers as it is told.
//!
//! Without a script it takes what Slack takes: a payload outside Slack's limits is refused with 400 `invalid_blocks`, any
//! other is answered 200 `ok`.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use serde_json::Value;
use sns_to_slack::slack::limits;

use super::PATIENCE;
pub(crate) use super::certificate::Certificate;
use super::certificate::Identity;
use super::http;
pub(crate) use super::http::Request;
use super::script::Moment;
pub(crate) use super::script::Reply;
use super::server::{Server, Shared};
use super::stream::Stream;

/// A part of every webhook's URL. Must be found in nothing that the program writes.
pub(crate) const CANARY: &str = "CANARYx7fb3e91c52d04a68";

/// Listens for as long as it lives.
#[derive(Debug)]
pub(crate) struct FakeSlack {
    server: Server<State>,
    identity: Option<Arc<Identity>>,
}

#[derive(Debug, Default)]
struct State {
    /// For the next requests, whatever they are.
    next: VecDeque<Reply>,
    /// For every request with this text in its body.
    whenever: Vec<(String, Reply)>,
    /// For the next handshakes.
    handshakes: VecDeque<(usize, Reply)>,
    requests: Vec<Request>,
    accepted: Vec<Value>,
    unread: usize,
    in_flight: usize,
    most_in_flight: usize,
    /// Bytes of endless replies that the other end or the system took.
    poured: usize,
}

impl FakeSlack {
    pub(crate) fn start() -> Self {
        let server = Server::start(|shared, socket| converse(shared, &mut Stream::plain(socket)));
        Self {
            server,
            identity: None,
        }
    }

    /// Over TLS.
    pub(crate) fn start_tls(certificate: Certificate) -> Self {
        Self::start_tls_of(rustls::DEFAULT_VERSIONS, certificate)
    }

    /// Over these versions of TLS.
    pub(crate) fn start_tls_of(
        versions: &[&'static SupportedProtocolVersion],
        certificate: Certificate,
    ) -> Self {
        let identity = Arc::new(Identity::new(certificate, versions));
        let shown = Arc::clone(&identity);
        let server = Server::start(move |shared, socket| {
            let mut stream = Stream::plain(socket);
            // Whoever speaks plain HTTP here is answered, so that a test can see it.
            if !stream.begins_with_tls()? {
                return converse(shared, &mut stream);
            }
            if let Some((part, reply)) = shared.with(|state| state.handshakes.pop_front()) {
                stream.greet_with_part(&shown, part)?;
                return perform(shared, &mut stream, &reply).map(drop);
            }
            stream.greet(&shown)?;
            converse(shared, &mut stream)
        });
        Self {
            server,
            identity: Some(identity),
        }
    }

    /// A webhook that leads here.
    pub(crate) fn webhook(&self) -> String {
        format!("{}/services/T0/B0/{CANARY}", self.url())
    }

    /// Where it listens, as a URL.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.identity.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://{}", self.server.address)
    }

    /// Whom to trust, as `SSL_CERT_FILE` takes it, when this is over TLS.
    pub(crate) fn roots(&self) -> Option<&Path> {
        self.identity.as_ref().map(|identity| identity.roots())
    }

    /// Scripts the next request for which nothing is scripted yet.
    pub(crate) fn next(&self, reply: Reply) {
        self.server.shared.with(|state| state.next.push_back(reply));
    }

    /// Scripts the next handshake for which nothing is scripted yet: so many hundredths of what a server with TLS has to say,
    /// and then this reply, without TLS.
    pub(crate) fn next_handshake(&self, part: usize, reply: Reply) {
        self.server
            .shared
            .with(|state| state.handshakes.push_back((part, reply)));
    }

    /// Scripts every request with `part` in its body, as long as [`Self::next`] has scripted nothing for it.
    pub(crate) fn whenever(&self, part: &str, reply: Reply) {
        assert_eq!(reply.moment, Moment::Read, "the body decides: {reply:?}");
        self.server
            .shared
            .with(|state| state.whenever.push((part.to_owned(), reply)));
    }

    /// Every request that was read so far, in the order in which they were read.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.server.shared.with(|state| state.requests.clone())
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
        self.server
            .shared
            .wait(PATIENCE, |state| {
                (state.requests.len() >= count).then(|| state.requests.clone())
            })
            .unwrap_or_else(|| panic!("{} of {count} requests came", self.requests().len()))
    }

    /// The payloads that were answered 200 `ok`: what the channel shows.
    pub(crate) fn channel(&self) -> Vec<Value> {
        self.server.shared.with(|state| state.accepted.clone())
    }

    /// The same since the last time that this was asked for. Everything so far is forgotten, so that there can be very many.
    pub(crate) fn take_channel(&self) -> Vec<Value> {
        self.server.shared.with(|state| {
            state.requests.clear();
            std::mem::take(&mut state.accepted)
        })
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
        self.server.shared.with(|state| state.most_in_flight)
    }

    /// How many connections there have been, also those without a request.
    pub(crate) fn connections(&self) -> usize {
        self.server.shared.connections()
    }

    /// How many requests got their reply before they were read.
    pub(crate) fn unread(&self) -> usize {
        self.server.shared.with(|state| state.unread)
    }

    /// Bytes of endless replies that left here.
    pub(crate) fn poured(&self) -> usize {
        self.server.shared.with(|state| state.poured)
    }

    /// Writes this on every connection that is open, whatever is going on there, and not as TLS would.
    pub(crate) fn say(&self, bytes: &[u8]) {
        self.server.say(bytes);
    }

    /// Closes every connection that is open.
    pub(crate) fn hang_up(&self) {
        self.server.hang_up();
    }

    /// Waits until no connection is open any more.
    pub(crate) fn wait_until_closed(&self) {
        self.server.wait_until_closed();
    }
}

/// Replies to one request after the other.
fn converse(shared: &Shared<State>, stream: &mut Stream<'_>) -> io::Result<()> {
    while let Some(first) = http::begin(stream)? {
        if let Some(reply) = shared.with(|state| state.early(Moment::Begun)) {
            return perform(shared, stream, &reply).map(drop);
        }
        let mut request = http::read_head(first, stream)?;
        let length = request.length();
        http::read_body(stream, &mut request, length / 2)?;
        if let Some(reply) = shared.with(|state| state.early(Moment::HalfRead)) {
            return perform(shared, stream, &reply).map(drop);
        }
        http::read_body(stream, &mut request, length)?;
        let reply = shared.with(|state| state.reply(request));
        let goes_on = perform(shared, stream, &reply);
        shared.with(|state| state.in_flight -= 1);
        if !goes_on? {
            break;
        }
    }
    Ok(())
}

fn perform(shared: &Shared<State>, stream: &mut Stream<'_>, reply: &Reply) -> io::Result<bool> {
    let wait = |time| {
        // Nothing comes true but the end of the time or of the server.
        let _: Option<()> = shared.wait(time, |_| None);
    };
    reply.perform(stream, wait, |bytes| {
        shared.with(|state| state.poured += bytes);
    })
}

impl State {
    /// The next reply, if this is its moment and not the one when the request has been read.
    fn early(&mut self, moment: Moment) -> Option<Reply> {
        self.next.front().filter(|reply| reply.moment == moment)?;
        self.unread += 1;
        self.next.pop_front()
    }

    fn reply(&mut self, request: Request) -> Reply {
        let reply = match self.next.pop_front() {
            Some(reply) => reply,
            None => self
                .scripted(&String::from_utf8_lossy(&request.body))
                .unwrap_or_else(|| judge(&request)),
        };
        if reply.says_ok {
            self.accepted.push(request.json());
        }
        self.requests.push(request);
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
