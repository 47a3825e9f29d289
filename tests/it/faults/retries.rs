//! What can heal is tried again within the invocation, and no sooner than Slack allows.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::support::events::sns;
use crate::support::fake_slack::{FakeSlack, Reply};
use crate::support::forwarder::{Forwarder, Setup};

/// As `Retry-After` asks.
fn rate_limited(retry_after: &str) -> Reply {
    Reply::answer(429, "").header("Retry-After", retry_after)
}

/// Between the first request and the second one.
#[track_caller]
fn pause(slack: &FakeSlack) -> Duration {
    let requests = slack.requests();
    assert!(requests.len() >= 2, "{} requests", requests.len());
    requests[1].at.duration_since(requests[0].at).unwrap()
}

/// Two receivers; both have the webhook of the first Slack when there is no other.
fn two_receivers(one: &FakeSlack, other: &FakeSlack) -> Forwarder {
    Setup::with_settings(&json!({
        "receivers": {
            "alarms": {"webhook": one.webhook()},
            "deploys": {"webhook": other.webhook()},
        },
        "route": {"receivers": ["alarms", "deploys"]},
    }))
    .start()
}

#[test]
fn a_rate_limit_that_fits_is_waited_for_and_the_message_is_posted_once() {
    // By its own clock, a server far behind asks for a second.
    let (then, a_second_later) = (
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:01 GMT",
    );
    for reply in [
        rate_limited("1"),
        rate_limited(a_second_later).header("Date", then),
        // What says nothing is a second.
        Reply::answer(429, ""),
        rate_limited("-5"),
        rate_limited("soon"),
        // A 5xx may ask to wait, too.
        Reply::answer(503, "").header("Retry-After", "1"),
    ] {
        let slack = FakeSlack::start();
        slack.next(reply.clone());
        let mut forwarder = Setup::posting_to(&slack).start();
        forwarder.invoke(&sns(&["A record"])).response();
        assert!(pause(&slack) >= Duration::from_secs(1), "{reply:?}");
        assert_eq!(slack.requests().len(), 2, "{reply:?}");
        assert_eq!(slack.channel().len(), 1, "{reply:?}");
        let [line] = forwarder.finish().outcomes.try_into().unwrap();
        assert_eq!(line["attempts"], 2, "{line}");
    }
}

#[test]
fn a_rate_limit_until_a_date_is_waited_for() {
    let slack = FakeSlack::start();
    let date = DateTime::<Utc>::from(SystemTime::now() + Duration::from_secs(2));
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    slack.next(rate_limited(&date));
    let mut forwarder = Setup::posting_to(&slack).start();
    forwarder.invoke(&sns(&["A record"])).response();
    let [_, again] = slack.requests().try_into().unwrap();
    assert!(DateTime::<Utc>::from(again.at) >= DateTime::parse_from_rfc2822(&date).unwrap());
    assert_eq!(slack.channel().len(), 1);
}

#[test]
fn a_rate_limit_of_no_time_is_asked_again_at_once() {
    let slack = FakeSlack::start();
    slack.next(rate_limited("0"));
    slack.next(rate_limited("Wed, 21 Oct 2015 07:28:00 GMT"));
    let mut forwarder = Setup::posting_to(&slack).start();
    forwarder.invoke(&sns(&["A record"])).response();
    assert_eq!((slack.requests().len(), slack.channel().len()), (3, 1));
}

#[test]
fn a_rate_limit_that_does_not_fit_stops_its_webhook_at_once_and_no_other() {
    for retry_after in ["60", "3600", "1000000000"] {
        let limited = FakeSlack::start();
        limited.next(rate_limited(retry_after));
        let slack = FakeSlack::start();
        let mut forwarder = two_receivers(&limited, &slack);
        // Both events have half a minute; none of them waits.
        for event in 1..=2 {
            let error = forwarder
                .invoke(&sns(&["The first", "The second", "The third"]))
                .error("NotPosted");
            assert!(error.starts_with("3 of 6 not posted"), "{error}");
            assert_eq!(
                error
                    .matches("\"alarms\": not_posted (rate_limited)")
                    .count(),
                3,
                "{error}"
            );
            assert_eq!(limited.requests().len(), 1, "{retry_after}");
            assert_eq!(slack.channel().len(), event * 3);
        }
        for line in forwarder.finish().outcomes {
            assert!(line["duration_ms"].as_u64().unwrap() < 30_000, "{line}");
        }
    }
}

#[test]
fn a_rate_limit_outlasts_the_invocation() {
    let slack = FakeSlack::start();
    slack.next(rate_limited("3"));
    let mut forwarder = Setup::posting_to(&slack).start();
    let error = forwarder
        .invoke_within(Duration::from_secs(3), &sns(&["A record"]))
        .error("NotPosted");
    assert!(error.contains("rate_limited"), "{error}");
    forwarder.invoke(&sns(&["Another record"])).response();
    assert!(pause(&slack) >= Duration::from_secs(3));
    assert_eq!(slack.requests().len(), 2);
}

#[test]
fn in_a_storm_of_rate_limits_a_webhook_gets_one_request_at_a_time() {
    let slack = FakeSlack::start();
    for _ in 0..2 {
        slack.next(rate_limited("1"));
    }
    // Two names for one channel.
    let mut forwarder = two_receivers(&slack, &slack);
    let event = sns(&["The first", "The second", "The third", "The fourth"]);
    forwarder.invoke(&event).response();
    assert_eq!((slack.requests().len(), slack.channel().len()), (10, 8));
    assert_eq!(slack.most_in_flight(), 1);
}

#[test]
fn a_server_error_that_passes_is_not_seen() {
    for status in [500, 502, 503, 504, 520] {
        let slack = FakeSlack::start();
        slack.next(Reply::answer(status, ""));
        slack.next(Reply::answer(status, "<html>Busy</html>"));
        let mut forwarder = Setup::posting_to(&slack).start();
        forwarder
            .invoke(&sns(&["The first", "The second"]))
            .response();
        let texts = slack.texts();
        assert_eq!(texts.len(), 2, "{texts:?}");
        assert!(texts[0].contains("The first"), "{texts:?}");
        let lines = forwarder.finish().outcomes;
        assert_eq!(lines[0]["attempts"], 3, "{}", lines[0]);
        assert_eq!(lines[1]["attempts"], 1, "{}", lines[1]);
    }
}

#[test]
fn a_server_error_that_stays_is_reported_after_three_requests() {
    let slack = FakeSlack::start();
    slack.whenever("The first", Reply::answer(500, "rollup_error"));
    let mut forwarder = Setup::posting_to(&slack).start();
    let error = forwarder
        .invoke(&sns(&["The first", "The second"]))
        .error("NotPosted");
    assert!(error.starts_with("1 of 2 not posted"), "{error}");
    assert!(error.contains("not_posted (server_error)"), "{error}");
    assert_eq!(slack.requests_with("The first"), 3);
    assert_eq!(slack.channel().len(), 1);
}

#[test]
fn receivers_do_not_wait_for_each_other() {
    let silent = FakeSlack::start();
    silent.whenever("record", Reply::silence());
    let slack = FakeSlack::start();
    let mut forwarder = two_receivers(&silent, &slack);
    let id = forwarder.hand_out(
        Duration::from_secs(4),
        &sns(&["The first record", "The second record"]),
    );
    slack.wait_for(2);
    // The first of them is still waited for.
    let [_] = silent.wait_for(1).try_into().unwrap();
    assert_eq!(forwarder.answers(), 0);
    let error = forwarder.answer(&id).error("NotPosted");
    assert!(error.contains("\"alarms\": ambiguous (timeout)"), "{error}");
    assert!(!error.contains("\"deploys\""), "{error}");
}
