//! Answers that Slack would not give, and somebody in between may.

use serde_json::json;

use super::{both, names, side_by_side, with_delivery};
use crate::support::events::sns;
use crate::support::fake_slack::{FakeSlack, Reply};
use crate::support::forwarder::{Forwarder, Setup};

/// The record that is answered so; its neighbours are good.
const BAD: &str = "This record is answered oddly";

/// `ok`, compressed by gzip.
const GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0xcf, 0x06, 0x00, 0x47, 0xdd,
    0xdc, 0x79, 0x02, 0x00, 0x00, 0x00,
];

/// Each reply for a record of its own between two good ones, with the outcome and the reason that it must have.
#[track_caller]
fn become_of(cases: Vec<(Reply, &str, &str)>) {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    for (index, (reply, outcome, reason)) in cases.into_iter().enumerate() {
        let case = format!("{reply:?}");
        let bad = format!("{BAD}: case {index}.");
        slack.whenever(&bad, reply);
        let event = sns(&["The first record", &bad, "The last record"]);
        let error = forwarder.invoke(&event).error("NotPosted");
        assert!(error.starts_with("1 of 3 not posted"), "{case}: {error}");
        names(&error, 2, outcome, reason);
        assert_eq!(slack.requests_with(&bad), 1, "{case}: sent again");
        assert_eq!(slack.channel().len(), (index + 1) * 2, "{case}");
    }
}

#[test]
fn an_answer_that_is_not_http_is_ambiguous_and_never_sent_again() {
    let answers: [&[u8]; 16] = [
        b"ok",
        b"ok\r\n\r\n",
        b"<html>Busy</html>\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64",
        b"\x15\x03\x03\0\x02\x02\x28",
        b"HTTP/2 200\r\n\r\nok",
        b"HTTP/1.1 ok\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 000 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\0\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n: ok\r\n\r\nok",
    ];
    become_of(
        answers
            .into_iter()
            .map(|answer| (Reply::raw(answer).then_close(), "ambiguous", "reset"))
            .collect(),
    );
}

#[test]
fn a_body_that_is_not_http_is_ambiguous_and_never_sent_again() {
    let chunked = || Reply::ok_head("Transfer-Encoding: chunked\r\n");
    let bodies = [
        "ok",
        "two\r\nok\r\n0\r\n\r\n",
        "2\r\nokay\r\n0\r\n\r\n",
        "-2\r\nok\r\n0\r\n\r\n",
        "ffffffffffffffff1\r\nok\r\n",
    ];
    become_of(
        bodies
            .into_iter()
            .map(|body| {
                (
                    chunked().and(body).then_close(),
                    "ambiguous",
                    "unexpected_answer",
                )
            })
            .collect(),
    );
}

#[test]
fn an_answer_that_is_not_exactly_ok_is_not_posted() {
    let gzip = |headers: &str| {
        Reply::ok_head(&format!("Content-Length: {}\r\n{headers}", GZIP.len())).and(GZIP)
    };
    let answer = |body| Reply::answer(200, body);
    let replies = [
        gzip("Content-Encoding: gzip\r\n"),
        gzip(""),
        answer("OK"),
        answer("ok."),
        answer("ok\0"),
        answer("\u{feff}ok"),
        answer("ok\r\n\r\nok"),
        // Only the beginning of what is longer than any word is looked at.
        answer(&format!("ok{}no_service", " ".repeat(100_000))),
        Reply::ok_head("Transfer-Encoding: chunked\r\n")
            .and("2\r\nok\r\n")
            .then_pour("4\r\n    \r\n"),
        // Before the body could be read.
        Reply::raw(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nok",
        ),
        Reply::raw("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"),
        Reply::raw("HTTP/1.1 999 Next year\r\nContent-Length: 2\r\n\r\nok"),
    ];
    become_of(
        replies
            .into_iter()
            .map(|reply| (reply, "not_posted", "unexpected_answer"))
            .collect(),
    );
}

#[test]
fn a_compressed_answer_is_not_asked_for() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    forwarder.invoke(&sns(&["A record"])).response();
    assert_eq!(slack.requests()[0].header("Accept-Encoding"), None);
}

#[test]
fn ok_counts_in_whatever_form_http_allows() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let replies = [
        Reply::raw("HTTP/1.0 200 OK\r\n\r\nok").then_close(),
        Reply::raw("HTTP/1.1 200\r\ncontent-length:2\r\n\r\nok"),
        Reply::raw("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
        Reply::ok_head("Transfer-Encoding: chunked\r\n")
            .and("1\r\no\r\n1;a=b\r\nk\r\n0\r\nX-Late: 1\r\n\r\n"),
        Reply::ok_head("Content-Encoding: identity\r\nContent-Length: 2\r\n").and("ok"),
        Reply::answer(200, "ok\n"),
        Reply::answer(200, "ok").header("X-Long", &"o".repeat(10_000)),
        // What comes before an answer is none (RFC 9110, section 15.2).
        Reply::raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n")
            .and("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ];
    let count = replies.len();
    for reply in replies {
        slack.next(reply);
        forwarder.invoke(&sns(&["A record"])).response();
    }
    assert_eq!(slack.requests().len(), count, "sent again");
}

#[test]
fn what_follows_an_answer_is_not_the_answer_to_the_next_request() {
    let second = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    for slack in both() {
        slack.whenever("First", Reply::answer(200, "ok").and(second));
        slack.whenever("Second", Reply::answer(403, "action_prohibited"));
        let mut forwarder = Setup::posting_to(&slack).start();
        for count in 1..=20 {
            let error = forwarder
                .invoke(&sns(&["First record", "Second record", "Third record"]))
                .error("NotPosted");
            assert!(error.starts_with("1 of 3 not posted"), "{error}");
            names(&error, 2, "not_posted", "not_allowed");
            for part in ["First", "Second", "Third"] {
                assert_eq!(slack.requests_with(part), count, "{part}: sent again");
            }
        }
    }
}

#[test]
fn an_answer_without_an_end_takes_little_memory() {
    /// In bytes. The HTTP library holds no more than 408 KiB of a head, and of a body as much as came at once; its buffer may
    /// have to be copied into one of twice the size. Seen: 1 MiB on a busy machine, half of it on another.
    const MOST: u64 = 2 * 1024 * 1024;
    let filler = "o".repeat(0x4000);
    let chunked = || Reply::ok_head("Transfer-Encoding: chunked\r\n");
    let raw = |bytes: &str| Reply::raw(bytes);
    let cases = [
        // Bodies.
        (Reply::pour(), "not_posted", "unexpected_answer"),
        (
            Reply::ok_head("").then_pour(&*filler),
            "not_posted",
            "unexpected_answer",
        ),
        (
            Reply::ok_head("Content-Length: 1000000000000\r\n").then_pour(&*filler),
            "not_posted",
            "unexpected_answer",
        ),
        (
            chunked().and("2;").then_pour(&*filler),
            "ambiguous",
            "unexpected_answer",
        ),
        (
            chunked().then_pour("0000"),
            "ambiguous",
            "unexpected_answer",
        ),
        (
            chunked()
                .and("2\r\nok\r\n0\r\n")
                .then_pour("X-Filler: oooooooooooooo\r\n"),
            "ambiguous",
            "unexpected_answer",
        ),
        (
            chunked()
                .and("2\r\nok\r\n0\r\nX-Filler: ")
                .then_pour(&*filler),
            "ambiguous",
            "unexpected_answer",
        ),
        // Heads.
        (raw("").then_pour(&*filler), "ambiguous", "reset"),
        (
            raw("").then_pour("\r\n".repeat(1_000)),
            "ambiguous",
            "reset",
        ),
        (
            raw("HTTP/1.1 200 ").then_pour(&*filler),
            "ambiguous",
            "reset",
        ),
        (
            raw("HTTP/1.1 200 OK\r\n").then_pour("X-Filler: oooooooooooooo\r\n".repeat(100)),
            "ambiguous",
            "reset",
        ),
        (
            raw("HTTP/1.1 200 OK\r\nX-Filler: ").then_pour(&*filler),
            "ambiguous",
            "reset",
        ),
        (
            raw("HTTP/1.1 200 OK\r\n").and(&filler).then_pour(&*filler),
            "ambiguous",
            "reset",
        ),
        // What comes before an answer.
        (
            raw("").then_pour("HTTP/1.1 100 Continue\r\n\r\n".repeat(100)),
            "ambiguous",
            "timeout",
        ),
        (
            raw("").then_pour(format!(
                "HTTP/1.1 103 Early Hints\r\nX-Filler: {filler}\r\n\r\n"
            )),
            "ambiguous",
            "timeout",
        ),
    ];
    side_by_side(both(), |slack| {
        let mut forwarder = with_delivery(&slack.webhook(), &json!({"timeout_seconds": 2}))
            .trusting(&slack)
            .start();
        forwarder
            .invoke(&sns(&["The first record", "The last record"]))
            .response();
        let peak = |forwarder: &Forwarder| forwarder.usage().map(|usage| usage.peak);
        let before = peak(&forwarder);
        for (index, (reply, outcome, reason)) in cases.iter().enumerate() {
            let case = format!("{}: {reply:?}", slack.url());
            let bad = format!("{BAD}: case {index}.");
            slack.whenever(&bad, reply.clone());
            let event = sns(&[&bad, "The last record"]);
            let error = forwarder.invoke(&event).error("NotPosted");
            assert!(error.starts_with("1 of 2 not posted"), "{case}: {error}");
            names(&error, 1, outcome, reason);
            assert_eq!(slack.requests_with(&bad), 1, "{case}: sent again");
            if let (Some(before), Some(after)) = (before, peak(&forwarder)) {
                let more = after - before;
                println!("{} KiB after {case}", more / 1024);
                assert!(more < MOST, "{more} bytes more after {case}");
            }
        }
        assert!(slack.poured() > 0);
    });
}
