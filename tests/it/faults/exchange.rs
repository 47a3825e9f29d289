//! Exchanges that break or stand still, at every point between the first byte of a request and the last one of its answer.

use std::time::Duration;

use serde_json::json;

use super::{both, names, side_by_side, with_delivery};
use crate::support::events::sns;
use crate::support::fake_slack::{FakeSlack, Reply};
use crate::support::forwarder::Setup;

/// The records that meet the fault; their neighbours are good.
const BAD: &str = "This record meets the fault";

#[test]
fn a_connection_that_breaks_before_an_answer_is_ambiguous_and_never_sent_again() {
    for slack in both() {
        let mut forwarder = Setup::posting_to(&slack).start();
        let cases = [
            Reply::reset_after_reading(),
            Reply::close_without_answer(),
            Reply::raw("").then_cut(),
            Reply::half_close(),
            Reply::raw("H").then_reset(),
            Reply::raw("HTTP/1.1 200 OK\r\nContent-Le").then_close(),
            Reply::raw("HTTP/1.1 200 OK\r\nContent-Le").then_cut(),
            Reply::raw("HTTP/1.1 200 OK\r\nContent-Le").then_half_close(),
            Reply::raw("HTTP/1.1 100 Continue\r\n\r\n").then_reset(),
        ];
        for (index, reply) in cases.into_iter().enumerate() {
            let case = format!("{}: {reply:?}", slack.url());
            let bad = format!("{BAD}: case {index}.");
            slack.whenever(&bad, reply);
            // First over a connection that has been used, then over a new one.
            let event = sns(&["The first record", &bad, &bad, "The last record"]);
            let error = forwarder.invoke(&event).error("NotPosted");
            assert!(error.starts_with("2 of 4 not posted"), "{case}: {error}");
            names(&error, 2, "ambiguous", "reset");
            names(&error, 3, "ambiguous", "reset");
            assert_eq!(slack.requests_with(&bad), 2, "{case}: sent again");
            assert_eq!(slack.channel().len(), (index + 1) * 2, "{case}");
        }
    }
}

#[test]
fn a_connection_that_breaks_while_a_request_is_read_is_ambiguous_and_never_sent_again() {
    for slack in both() {
        let mut forwarder = Setup::posting_to(&slack).start();
        let cases = [
            Reply::reset_before_reading(),
            Reply::close_without_answer().before_reading(),
            Reply::reset_after_reading().while_reading(),
            Reply::close_without_answer().while_reading(),
            Reply::raw("").then_cut().while_reading(),
            Reply::half_close().while_reading(),
        ];
        for (index, reply) in cases.into_iter().enumerate() {
            let case = format!("{}: {reply:?}", slack.url());
            slack.next(Reply::answer(200, "ok"));
            slack.next(reply.clone());
            slack.next(reply);
            let event = sns(&["The first record", BAD, BAD, "The last record"]);
            let error = forwarder.invoke(&event).error("NotPosted");
            assert!(error.starts_with("2 of 4 not posted"), "{case}: {error}");
            names(&error, 2, "ambiguous", "reset");
            names(&error, 3, "ambiguous", "reset");
            assert_eq!(slack.unread(), (index + 1) * 2, "{case}");
            let texts = slack.texts();
            assert_eq!(texts.len(), (index + 1) * 2, "{case}: {texts:?}");
            assert!(!texts.iter().any(|text| text.contains(BAD)), "{case}");
        }
    }
}

#[test]
fn an_answer_that_breaks_off_is_ambiguous_and_never_sent_again() {
    for slack in both() {
        let mut forwarder = Setup::posting_to(&slack).start();
        let chunked = "Transfer-Encoding: chunked\r\n";
        let cases = [
            Reply::break_off("ok"),
            Reply::break_off(""),
            Reply::ok_head("Content-Length: 3\r\n").and("ok").then_cut(),
            Reply::ok_head("Content-Length: 3\r\n")
                .and("ok")
                .then_reset(),
            Reply::ok_head("Content-Length: 3\r\n")
                .and("ok")
                .then_half_close(),
            Reply::ok_head(chunked).and("2\r\nok\r\n").then_close(),
            Reply::ok_head(chunked).and("2\r\no").then_close(),
            Reply::ok_head("").and("ok").then_reset(),
        ];
        for (index, reply) in cases.into_iter().enumerate() {
            let case = format!("{}: {reply:?}", slack.url());
            let bad = format!("{BAD}: case {index}.");
            slack.whenever(&bad, reply);
            let event = sns(&["The first record", &bad, "The last record"]);
            let error = forwarder.invoke(&event).error("NotPosted");
            names(&error, 2, "ambiguous", "unexpected_answer");
            assert_eq!(slack.requests_with(&bad), 1, "{case}: sent again");
            assert_eq!(slack.channel().len(), (index + 1) * 2, "{case}");
        }
    }
}

#[test]
fn an_answer_that_never_gets_to_its_end_is_ambiguous_and_takes_only_the_timeout() {
    // Each byte comes soon after the one before it: only a bound on the whole exchange ends this.
    let soon = Duration::from_millis(20);
    let long = "o".repeat(100_000);
    let cases = [
        (Reply::silence(), "timeout"),
        (Reply::raw("HTTP/1.1 200 O").then_listen(), "timeout"),
        (
            Reply::raw("").then_drip(format!("HTTP/1.1 200 {long}"), soon),
            "timeout",
        ),
        (
            Reply::raw("HTTP/1.1 200 OK\r\nX-Long: ").then_drip(long, soon),
            "timeout",
        ),
        (
            Reply::raw("").then_drip("HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000), soon),
            "timeout",
        ),
        (Reply::drip(soon), "unexpected_answer"),
        (
            Reply::ok_head("Content-Length: 3\r\n")
                .and("ok")
                .then_listen(),
            "unexpected_answer",
        ),
    ];
    side_by_side(cases, |(reply, reason)| {
        side_by_side(both(), |slack| {
            let case = format!("{}: {reply:?}", slack.url());
            slack.whenever(BAD, reply.clone());
            let mut forwarder = patient_for_two_seconds(&slack).start();
            let error = forwarder
                .invoke(&sns(&["The first record", BAD, "The last record"]))
                .error("NotPosted");
            assert!(error.starts_with("1 of 3 not posted"), "{case}: {error}");
            names(&error, 2, "ambiguous", reason);
            assert_eq!(slack.requests_with(BAD), 1, "{case}: sent again");
            assert_eq!(slack.channel().len(), 2, "{case}");
        });
    });
}

fn patient_for_two_seconds(slack: &FakeSlack) -> Setup {
    with_delivery(&slack.webhook(), &json!({"timeout_seconds": 2})).trusting(slack)
}

#[test]
fn a_refusal_whose_body_never_gets_to_its_end_is_a_refusal() {
    let head = |status| {
        Reply::raw(format!(
            "HTTP/1.1 {status} No\r\nContent-Length: 100000\r\n\r\n"
        ))
    };
    let endings: [fn(Reply) -> Reply; 4] = [
        Reply::then_listen,
        Reply::then_reset,
        |reply| reply.then_drip(" ".repeat(100_000), Duration::from_millis(20)),
        |reply| reply.then_pour("no".repeat(1_000)),
    ];
    side_by_side(endings, |ending| {
        side_by_side(both(), |slack| {
            let case = format!("{}: {:?}", slack.url(), ending(head(403)));
            slack.whenever("forbidden", ending(head(403)));
            let mut forwarder = patient_for_two_seconds(&slack).start();
            // This one heals.
            slack.next(ending(head(503)));
            let error = forwarder
                .invoke(&sns(&["The first record", "A forbidden record"]))
                .error("NotPosted");
            assert!(error.starts_with("1 of 2 not posted"), "{case}: {error}");
            names(&error, 2, "not_posted", "not_allowed");
            assert_eq!(slack.requests_with("first"), 2, "{case}");
            assert_eq!(slack.requests_with("forbidden"), 1, "{case}");
            assert_eq!(slack.channel().len(), 1, "{case}");
        });
    });
}

#[test]
fn an_answer_that_drips_but_comes_to_its_end_counts() {
    for slack in both() {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        slack.next(Reply::raw("").then_drip(answer, Duration::from_millis(5)));
        let mut forwarder = Setup::posting_to(&slack).start();
        forwarder.invoke(&sns(&["A record", "Another"])).response();
        assert_eq!(slack.requests().len(), 2);
        assert_eq!(slack.connections(), 1);
    }
}

#[test]
fn an_answer_before_the_request_has_been_read_counts() {
    for slack in both() {
        let mut forwarder = Setup::posting_to(&slack).start();
        let ok = || Reply::answer(200, "ok").header("Connection", "close");
        let no = || Reply::answer(403, "action_prohibited").header("Connection", "close");
        for (ok, no) in [
            (ok().before_reading(), no().before_reading()),
            (ok().while_reading(), no().while_reading()),
        ] {
            for ending in [Reply::then_listen, Reply::then_close, Reply::then_reset] {
                slack.next(ending(ok.clone()));
                forwarder.invoke(&sns(&["A record"])).response();
                slack.next(ending(no.clone()));
                let error = forwarder.invoke(&sns(&[BAD])).error("NotPosted");
                names(&error, 1, "not_posted", "not_allowed");
            }
        }
        assert_eq!(slack.unread(), 12);
        assert_eq!(slack.requests().len(), 0, "sent again");
    }
}
