//! What a process has posted it does not post again, and what it cannot know it posts rather than loses.

use serde_json::{Value, json};

use crate::support::PATIENCE;
use crate::support::events::{notification, sns, sqs};
use crate::support::fake_slack::{FakeSlack, Reply};
use crate::support::forwarder::Setup;

fn three() -> Value {
    sns(&["The first", "The second", "The third"])
}

#[test]
fn when_aws_tries_an_event_again_only_what_is_missing_is_posted() {
    let slack = FakeSlack::start();
    slack.next(Reply::answer(200, "ok"));
    slack.next(Reply::answer(404, "no_service"));
    let mut forwarder = Setup::posting_to(&slack).start();
    let event = three();
    let error = forwarder.invoke(&event).error("NotPosted");
    assert!(error.starts_with("1 of 3 not posted"), "{error}");
    let response = forwarder.invoke_again(&event).response();
    assert_eq!(
        response,
        json!({"posted": 3, "handed_over": 0, "ignored": 0})
    );
    // Another time without any reason, which AWS reserves for itself.
    forwarder.invoke_again(&event).response();
    assert_eq!(slack.requests().len(), 4);
    let texts = slack.texts();
    for (text, part) in texts.iter().zip(["The first", "The third", "The second"]) {
        assert!(text.contains(part), "{texts:?}");
    }
    let lines = forwarder.finish().outcomes;
    let metrics: Vec<&str> = lines
        .iter()
        .map(|line| {
            let names = ["Posted", "Duplicate", "NotPosted"];
            names.into_iter().find(|name| line.get(name).is_some())
        })
        .map(Option::unwrap)
        .collect();
    assert_eq!(
        metrics,
        [
            ["Posted", "NotPosted", "Posted"],
            ["Duplicate", "Posted", "Duplicate"],
            ["Duplicate"; 3]
        ]
        .concat()
    );
}

#[test]
fn a_record_that_comes_twice_in_one_event_has_failed_only_when_both_have() {
    let slack = FakeSlack::start();
    slack.next(Reply::answer(404, "no_service"));
    let mut forwarder = Setup::posting_to(&slack).start();
    let mut event = three();
    let id = event["Records"][0]["Sns"]["MessageId"].clone();
    for record in event["Records"].as_array_mut().unwrap() {
        record["Sns"]["MessageId"] = id.clone();
    }
    let response = forwarder.invoke(&event).response();
    assert_eq!(response["posted"], 3);
    assert_eq!(slack.requests().len(), 2);
}

#[test]
fn when_one_of_two_receivers_is_down_the_other_gets_the_record_once() {
    let (up, down) = (FakeSlack::start(), FakeSlack::start());
    down.next(Reply::answer(404, "no_service"));
    let mut forwarder = Setup::with_settings(&json!({
        "receivers": {"up": {"webhook": up.webhook()}, "down": {"webhook": down.webhook()}},
        "route": {"receivers": ["up", "down"]},
    }))
    .start();
    let event = sns(&["A record"]);
    forwarder.invoke(&event).error("NotPosted");
    forwarder.invoke_again(&event).response();
    assert_eq!((up.requests().len(), up.channel().len()), (1, 1));
    assert_eq!((down.requests().len(), down.channel().len()), (2, 1));
}

#[test]
fn a_record_that_comes_twice_in_one_event_is_posted_once() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let envelope = notification(7, "The same record").to_string();
    forwarder.invoke(&sqs(&[&envelope, &envelope])).response();
    assert_eq!(slack.channel().len(), 1);
}

#[test]
fn what_was_ambiguous_is_posted_again_when_aws_tries_again() {
    let slack = FakeSlack::start();
    slack.next(Reply::reset_after_reading());
    let mut forwarder = Setup::posting_to(&slack).start();
    let event = sns(&["A record"]);
    let error = forwarder.invoke(&event).error("NotPosted");
    assert!(error.contains("ambiguous (reset)"), "{error}");
    forwarder.invoke_again(&event).response();
    assert_eq!(slack.requests().len(), 2);
}

#[test]
fn what_has_no_message_id_is_not_remembered() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let mut event = sns(&["A record"]);
    for id in [Value::Null, json!({}), json!("")] {
        event["Records"][0]["Sns"]["MessageId"] = id;
        forwarder.invoke_again(&event).response();
        forwarder.invoke_again(&event).response();
    }
    assert_eq!(slack.channel().len(), 6);
}

#[test]
fn another_process_knows_nothing_of_it() {
    let slack = FakeSlack::start();
    let event = sns(&["A record"]);
    for _ in 0..2 {
        Setup::posting_to(&slack).start().invoke(&event).response();
    }
    assert_eq!(slack.channel().len(), 2);
}

#[test]
fn a_process_that_is_killed_while_it_posts_loses_nothing() {
    let slack = FakeSlack::start();
    slack.next(Reply::silence());
    let event = three();
    let mut killed = Setup::posting_to(&slack).start();
    killed.hand_out(PATIENCE, &event);
    slack.wait_for(1);
    drop(killed);
    Setup::posting_to(&slack).start().invoke(&event).response();
    assert_eq!((slack.requests().len(), slack.channel().len()), (4, 3));
}
