//! Connections that are never made, or end before the next request.

use std::iter;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;
use socket2::{Domain, Socket, Type};

use super::{ATTEMPTS, both, names, with_delivery};
use crate::support::events::sns;
use crate::support::fake_slack::{CANARY, Certificate, FakeSlack, Reply};
use crate::support::forwarder::Setup;

/// The records that meet the fault; their neighbours are good.
const BAD: &str = "This record meets the fault";

fn closed_port() -> (TcpListener, String) {
    // Held, so that nobody else gets the port; and nobody listens on it at the other loopback address.
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = held.local_addr().unwrap().port();
    (held, format!("[::1]:{port}"))
}

/// A listener that neither takes a connection nor refuses one, because as many as it lets wait are waiting.
struct BlackHole {
    address: SocketAddr,
    _held: (Vec<TcpStream>, Socket),
}

impl BlackHole {
    fn start() -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        listener.bind(&any_port.into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap().as_socket().unwrap();
        // On loopback the system answers at once or not at all.
        let enough = Duration::from_secs(1);
        let waiting = iter::from_fn(|| TcpStream::connect_timeout(&address, enough).ok());
        Self {
            address,
            _held: (waiting.collect(), listener),
        }
    }

    fn webhook(&self) -> String {
        format!("http://{}/services/T0/B0/{CANARY}", self.address)
    }
}

#[test]
fn without_anybody_to_connect_to_no_record_is_posted_and_every_one_is_named() {
    let (_held, address) = closed_port();
    for scheme in ["http", "https"] {
        let webhook = format!("{scheme}://{address}/services/T0/B0/{CANARY}");
        let mut forwarder = with_delivery(&webhook, &json!({})).start();
        let error = forwarder
            .invoke(&sns(&["The first record", "The second record"]))
            .error("NotPosted");
        assert!(error.starts_with("2 of 2 not posted"), "{error}");
        for record in 1..=2 {
            names(&error, record, "not_posted", "connect");
        }
        for line in forwarder.finish().outcomes {
            assert_eq!(line["attempts"], ATTEMPTS, "{line}");
        }
    }
}

#[test]
fn a_connection_that_nobody_takes_is_given_up_and_the_record_is_not_posted() {
    let hole = BlackHole::start();
    let mut forwarder = with_delivery(&hole.webhook(), &json!({})).start();
    let error = forwarder.invoke(&sns(&[BAD])).error("NotPosted");
    names(&error, 1, "not_posted", "connect");
    assert_eq!(forwarder.finish().outcomes[0]["attempts"], ATTEMPTS);
}

#[test]
fn a_connection_that_nobody_takes_is_given_up_before_the_deadline() {
    /// One attempt of the two seconds that a connection may take, and hardly more.
    const TIME: Duration = Duration::from_millis(3_500);
    let hole = BlackHole::start();
    let mut forwarder = with_delivery(&hole.webhook(), &json!({})).start();
    let start = Instant::now();
    let error = forwarder
        .invoke_within(TIME, &sns(&[BAD, BAD, BAD]))
        .error("NotPosted");
    // All attempts of all records would take eighteen seconds. That it is the deadline that ends them is seen in virtual time.
    let took = start.elapsed();
    assert!(took < Duration::from_secs(12), "{took:?}");
    assert!(error.starts_with("3 of 3 not posted"), "{error}");
    names(&error, 1, "not_posted", "connect");
    names(&error, 3, "not_posted", "deadline");
}

#[test]
fn a_proxy_whose_name_does_not_exist_gets_nothing_and_the_record_is_not_posted() {
    // No webhook can have such a name, but it is resolved in the same way.
    for slack in both() {
        let mut forwarder = with_delivery(
            &slack.webhook(),
            &json!({"proxy": "http://proxy.invalid:3128"}),
        )
        .trusting(&slack)
        .start();
        let error = forwarder.invoke(&sns(&[BAD])).error("NotPosted");
        names(&error, 1, "not_posted", "connect");
        assert_eq!(slack.connections(), 0);
    }
}

#[test]
fn a_proxy_that_refuses_sees_no_secret_and_the_record_is_not_posted() {
    let slack = FakeSlack::start_tls(Certificate::Good);
    let proxy = FakeSlack::start();
    let replies = [
        Reply::answer(407, "Who are you?").header("Proxy-Authenticate", "Basic"),
        Reply::answer(502, "ok"),
        Reply::answer(302, "").header("Location", &slack.url()),
        Reply::raw("SSH-2.0-OpenSSH_9.6\r\n").then_close(),
        Reply::close_without_answer(),
        Reply::reset_after_reading(),
        Reply::ok_head("").then_close(),
        Reply::ok_head("").then_reset(),
    ];
    for reply in replies {
        let case = format!("{reply:?}");
        for _ in 0..ATTEMPTS {
            proxy.next(reply.clone());
        }
        let mut forwarder = with_delivery(&slack.webhook(), &json!({"proxy": proxy.url()}))
            .trusting(&slack)
            .start();
        let before = proxy.requests().len();
        let error = forwarder.invoke(&sns(&[BAD])).error("NotPosted");
        names(&error, 1, "not_posted", "connect");
        let requests = proxy.requests().split_off(before);
        assert_eq!(requests.len(), ATTEMPTS, "{case}");
        for request in requests {
            assert_eq!(request.method, "CONNECT", "{case}");
            assert!(!format!("{request:?}").contains(CANARY), "{case}");
        }
    }
    assert_eq!(slack.connections(), 0);
}

#[test]
fn a_connection_that_is_made_too_late_is_ambiguous() {
    let hole = BlackHole::start();
    let mut forwarder = with_delivery(&hole.webhook(), &json!({"timeout_seconds": 1})).start();
    let error = forwarder.invoke(&sns(&[BAD])).error("NotPosted");
    // Known: nothing was sent, so `not_posted (connect)` would be true as well, and could be tried again.
    names(&error, 1, "ambiguous", "timeout");
}

#[test]
fn a_connection_that_slack_closes_between_two_events_costs_nothing() {
    for slack in both() {
        let mut forwarder = Setup::posting_to(&slack).start();
        for count in 1..=20 {
            slack.next(Reply::answer(200, "ok").then_close());
            forwarder.invoke(&sns(&["A record"])).response();
            assert_eq!(slack.requests().len(), count, "posted more than once");
            slack.wait_until_closed();
        }
        assert_eq!(slack.connections(), 20);
    }
}

#[test]
fn a_connection_that_slack_closes_while_the_function_is_frozen_costs_nothing() {
    for slack in both() {
        let mut forwarder = Setup::posting_to(&slack).start();
        let event = sns(&["A record", "Another record"]);
        forwarder.invoke(&event).response();
        for count in 2..=10 {
            forwarder
                .invoke_after_a_freeze(|| slack.hang_up(), &event)
                .response();
            assert_eq!(slack.requests().len(), count * 2, "posted more than once");
        }
        assert_eq!(slack.connections(), 10);
    }
}

#[test]
fn what_slack_says_on_an_idle_connection_is_not_the_answer_to_the_next_request() {
    let said = [
        "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "What no protocol knows",
    ];
    for slack in both() {
        let mut forwarder = Setup::posting_to(&slack).start();
        slack.whenever(BAD, Reply::answer(403, "action_prohibited"));
        forwarder.invoke(&sns(&["A record"])).response();
        for (index, said) in said.into_iter().enumerate() {
            // Once with a goodbye behind it, and once without.
            for closes in [true, false] {
                let error = forwarder
                    .invoke_after_a_freeze(
                        || {
                            slack.say(said.as_bytes());
                            if closes {
                                slack.hang_up();
                            }
                        },
                        &sns(&[BAD, "A record"]),
                    )
                    .error("NotPosted");
                assert!(error.starts_with("1 of 2 not posted"), "{said}: {error}");
                names(&error, 1, "not_posted", "not_allowed");
            }
            let count = (index + 1) * 2;
            assert_eq!(slack.requests_with(BAD), count, "{said}: more than once");
            assert_eq!(slack.channel().len(), count + 1, "{said}");
        }
    }
}

#[test]
fn a_connection_is_kept_for_the_next_record() {
    for slack in both() {
        let mut forwarder = Setup::posting_to(&slack).start();
        for _ in 0..3 {
            forwarder
                .invoke(&sns(&["A record", "Another record"]))
                .response();
        }
        assert_eq!(slack.requests().len(), 6);
        assert_eq!(slack.connections(), 1);
    }
}
