//! What the function writes. That every line is JSON, that the line of an outcome has all its members and is a set of
//! metrics, and that no secret is in it is checked wherever a function runs: see `support/forwarder.rs`.

use serde_json::{Value, json};

use crate::support::events::{self, sns};
use crate::support::fake_slack::{FakeSlack, Reply};
use crate::support::forwarder::Setup;

#[test]
fn every_outcome_is_one_line() {
    let slack = FakeSlack::start();
    slack.whenever("The second record", Reply::answer(404, "no_service"));
    slack.whenever("The third record", Reply::close_without_answer());
    let mut forwarder = Setup::posting_to(&slack).start();
    let event = sns(&["The first record", "The second record", "The third record"]);
    forwarder.invoke(&event).error("NotPosted");
    forwarder
        .invoke(&events::case("config_notice-snapshot-started"))
        .response();
    let lines = forwarder.finish().outcomes;
    let shown: Vec<Value> = lines
        .iter()
        .map(|line| {
            let names = [
                "message_id",
                "kind",
                "receiver",
                "outcome",
                "reason",
                "attempts",
            ];
            names.into_iter().map(|name| line[name].clone()).collect()
        })
        .collect();
    let id = events::message_id;
    assert_eq!(
        Value::Array(shown),
        json!([
            [id(1), "text", "default", "posted", null, 1],
            [id(2), "text", "default", "not_posted", "webhook_gone", 1],
            [id(3), "text", "default", "ambiguous", "reset", 1],
            [
                "83f9cf13-a1c3-53d8-8377-706b24d511d8",
                "config_notice",
                null,
                "ignored",
                null,
                0
            ],
        ])
    );
    for line in &lines[..3] {
        assert_eq!(line["template"], "built-in:text.json.tera", "{line}");
    }
}

#[test]
fn what_is_ignored_is_counted_and_says_how_to_change_that() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let response = forwarder
        .invoke(&events::case("config_notice-item-changed"))
        .response();
    assert_eq!(
        response,
        json!({"posted": 0, "handed_over": 0, "ignored": 1})
    );
    assert_eq!(slack.connections(), 0);
    let [line] = forwarder.finish().outcomes.try_into().unwrap();
    assert_eq!(line["outcome"], "ignored");
    assert_eq!(line["Ignored"], 1);
    let note = line["message"].as_str().unwrap();
    assert!(note.contains("SLACK_WEBHOOK_URL"), "{note}");

    // A change of compliance is what the stream is read for.
    let mut forwarder = Setup::posting_to(&slack).start();
    let response = forwarder
        .invoke(&events::case("config_rule-security-group-non-compliant"))
        .response();
    assert_eq!(
        response,
        json!({"posted": 1, "handed_over": 0, "ignored": 0})
    );
}

#[test]
fn the_line_of_an_outcome_does_not_depend_on_the_log_level() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).with("LOG_LEVEL", "off").start();
    forwarder.invoke(&sns(&["A record"])).response();
    slack.next(Reply::answer(404, "no_service"));
    forwarder.invoke(&sns(&["A record"])).error("NotPosted");
    let output = forwarder.finish();
    assert_eq!(output.outcomes.len(), 2);
    assert_eq!(output.others, Vec::<Value>::new());
}

/// At every level, whatever happens: no body, no token, no webhook.
#[test]
fn what_a_message_says_is_in_no_line() {
    const MARK: &str = "MARKx51c2e7a90b";
    let mut body = events::case("codepipeline_approval-full");
    let approval = &mut body["Records"][0]["Sns"];
    let text = approval["Message"].as_str().unwrap();
    approval["Message"] = text.replace("Spring catalogue", MARK).into();
    approval["Subject"] = MARK.into();
    approval["MessageAttributes"] = json!({"mark": {"Type": "String", "Value": MARK}});
    let event = events::together(&[
        body,
        sns(&[&format!("{MARK} and more"), &format!("{{\"a\": \"{MARK}")]),
        events::case("text-subscription-confirmation"),
    ]);
    for level in ["info", "debug", "trace"] {
        let slack = FakeSlack::start();
        let mut forwarder = Setup::posting_to(&slack).with("LOG_LEVEL", level).start();
        forwarder.invoke(&event).response();
        assert!(slack.requests()[0].text().contains(MARK));
        slack.next(Reply::answer(400, "invalid_blocks"));
        slack.next(Reply::answer(404, "no_service"));
        slack.next(Reply::reset_before_reading());
        slack.next(Reply::answer(302, "").header("Location", &slack.webhook()));
        forwarder.invoke(&event).error("NotPosted");
        let output = forwarder.finish();
        for line in output.outcomes.iter().chain(&output.others) {
            assert!(!line.to_string().contains(MARK), "{level}: {line}");
        }
    }
}

#[test]
fn a_message_id_cannot_break_a_line() {
    let slack = FakeSlack::start();
    slack.next(Reply::answer(404, "no_service"));
    let mut forwarder = Setup::posting_to(&slack).start();
    let mut event = sns(&["A record"]);
    let id = "1\n{\"outcome\":\"posted\",\"_aws\":{}}\r\n\u{1b}[31m\u{2028}";
    event["Records"][0]["Sns"]["MessageId"] = id.into();
    forwarder.invoke(&event).error("NotPosted");
    let [line] = forwarder.finish().outcomes.try_into().unwrap();
    assert_eq!(line["message_id"], id);
}
