//! The Runtime API itself fails, or its clock is far off.

use std::time::Duration;

use crate::support::events::sns;
use crate::support::fake_runtime::Fault;
use crate::support::fake_slack::{CANARY, FakeSlack};
use crate::support::forwarder::Setup;

#[test]
fn when_the_runtime_api_fails_the_process_ends_and_says_why() {
    for fault in [Fault::Status(500), Fault::Status(403), Fault::Hangup] {
        let slack = FakeSlack::start();
        let mut forwarder = Setup::posting_to(&slack).start();
        forwarder.invoke(&sns(&["A record"])).response();
        forwarder.runtime().fail(fault);
        // AWS then starts another process.
        let end = forwarder.ended();
        assert!(!end.status.success(), "{fault:?}: {end:?}");
        let said = format!("{}{}", end.stdout, end.stderr);
        let why = ["the runtime has stopped", "\"place\":"];
        assert!(
            why.iter().any(|why| said.contains(why)),
            "{fault:?}: {end:?}"
        );
        assert!(!said.contains(CANARY), "{end:?}");
        assert_eq!(slack.channel().len(), 1);
    }
}

#[test]
fn when_the_runtime_api_does_not_hear_what_became_of_an_event_the_process_ends_and_says_why() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    forwarder.runtime().lose_an_answer();
    forwarder.invoke(&sns(&["A record"])).response();
    let end = forwarder.ended();
    assert!(end.stderr.contains("the runtime has stopped"), "{end:?}");
    assert!(!end.status.success(), "{end:?}");
    assert_eq!(slack.channel().len(), 1);
}

#[test]
fn a_deadline_years_ahead_is_no_deadline_at_all() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let years = Duration::from_secs(100 * 365 * 86_400);
    let event = sns(&["A record"]);
    forwarder.invoke_within(years, &event).response();
    assert_eq!(slack.channel().len(), 1);
}
