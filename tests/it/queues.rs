//! The built function between topics and queues that are not ours (moto) and a Slack that fails on command.
//!
//! Its clock is the real one. What has to be waited for is waited for by receiving, which ends when a message comes.

pub(crate) mod mapping;

use std::time::SystemTime;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use self::mapping::hand_over;
use crate::command_line::redrive::redrive;
use crate::support::events::{case, notification, sns};
use crate::support::fake_slack::{CANARY, FakeSlack, Reply};
use crate::support::forwarder::{Forwarder, Setup};
use crate::support::moto::{Moto, Queue};

/// After so many seconds comes back what the function has reported as failed.
const BACK_AFTER: u32 = 2;
/// So often a message is received before it goes to the dead-letter queue.
const MOST_RECEIVES: u32 = 2;

/// The retry queue and its dead-letter queue.
fn queues(moto: &Moto) -> (Queue<'_>, Queue<'_>) {
    let dead = moto.create_queue("slack-dead", 30);
    let retry = moto.create_source("slack-retry", BACK_AFTER, &dead, MOST_RECEIVES);
    (retry, dead)
}

/// A function whose receivers all get everything.
pub(crate) fn function(
    moto: &Moto,
    retry: &Queue<'_>,
    receivers: &[(&str, &FakeSlack)],
) -> Forwarder {
    let names: Vec<&str> = receivers.iter().map(|(name, _)| *name).collect();
    let webhooks: Value = receivers
        .iter()
        .map(|(name, slack)| (name.to_string(), json!({"webhook": slack.webhook()})))
        .collect();
    let settings = json!({"receivers": webhooks, "route": {"receivers": names}});
    Setup::with_settings(&settings)
        .calling(&moto.url())
        .with("RETRY_QUEUE_URL", &retry.url)
        .with("SQS_PARTIAL_BATCH", "1")
        .start()
}

pub(crate) fn nothing_failed() -> Value {
    json!({"batchItemFailures": []})
}

/// What Slack answers while it is down.
pub(crate) fn down() -> Reply {
    Reply::answer(503, "")
}

/// The one message of a queue, which stays there.
fn residual(retry: &Queue<'_>) -> Value {
    let [message] = retry.receive(20).try_into().unwrap();
    let body = message["Body"].as_str().unwrap();
    assert!(!body.contains(CANARY), "{body}");
    serde_json::from_str(body).unwrap()
}

fn at(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339()
}

#[test]
#[ignore = "needs moto"]
fn what_is_published_in_moto_is_posted_and_leaves_the_queue() {
    let (moto, slack) = (Moto::start(), FakeSlack::start());
    let (retry, dead) = queues(&moto);
    let topic = moto.create_topic("greenhouse", &retry);
    let mut forwarder = function(&moto, &retry, &[("ops", &slack)]);
    let texts: Vec<String> = (0..12).map(|index| format!("Fern {index:02}")).collect();
    for text in &texts {
        moto.publish(&topic, text);
    }
    while retry.counts() != ["0", "0", "0"] {
        let answer = hand_over(&retry, &mut forwarder).response();
        assert_eq!(answer, nothing_failed());
    }
    // Ten of them in one batch, which is one message.
    let posted: Vec<String> = slack
        .channel()
        .iter()
        .map(|message| message["blocks"].to_string())
        .collect();
    assert!(posted.len() < texts.len(), "{posted:?}");
    for text in &texts {
        let named = posted.iter().filter(|blocks| blocks.contains(text));
        assert_eq!(named.count(), 1, "{text}: {posted:?}");
    }
    assert_eq!(dead.counts(), ["0", "0", "0"]);
}

#[test]
#[ignore = "needs moto"]
fn an_outage_of_slack_is_waited_out_in_a_queue_of_moto() {
    let (moto, slack) = (Moto::start(), FakeSlack::start());
    let (retry, _dead) = queues(&moto);
    let mut forwarder = function(&moto, &retry, &[("ops", &slack)]);
    for _ in 0..3 {
        slack.next(down());
    }
    let answer = forwarder
        .invoke(&case("cloudwatch_alarm-billing"))
        .response();
    assert_eq!(answer, json!({"posted": 0, "handed_over": 1, "ignored": 0}));
    // Delayed, so that Slack has time to recover.
    assert_eq!(retry.counts(), ["0", "0", "1"]);
    assert!(slack.channel().is_empty());

    let residual = residual(&retry);
    let sent = &case("cloudwatch_alarm-billing")["Records"][0]["Sns"];
    for member in ["MessageId", "TopicArn", "Subject", "Message", "Timestamp"] {
        assert_eq!(residual[member], sent[member], "{member}");
    }
    assert_eq!(residual["Type"], "Notification");
    let left = &residual["SnsToSlack"];
    assert_eq!(left["receivers"], json!({"ops": "server_error"}));
    assert_eq!(
        (&left["attempt"], &left["not_before"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(left["first_seen"], left["handed_over"]);

    assert_eq!(
        hand_over(&retry, &mut forwarder).response(),
        nothing_failed()
    );
    assert_eq!(slack.channel().len(), 1);
    assert_eq!(retry.counts(), ["0", "0", "0"]);
    let outcomes: Vec<Value> = forwarder.finish().outcomes;
    let words: Vec<_> = outcomes.iter().map(|line| &line["outcome"]).collect();
    assert_eq!(words, ["handed_over", "posted"]);
    assert_eq!(outcomes[0]["message_id"], outcomes[1]["message_id"]);
}

#[test]
#[ignore = "needs moto"]
fn who_has_got_it_does_not_get_it_again_from_a_queue_of_moto() {
    let (moto, well, ill) = (Moto::start(), FakeSlack::start(), FakeSlack::start());
    let (retry, _dead) = queues(&moto);
    let mut forwarder = function(&moto, &retry, &[("alarms", &well), ("ops", &ill)]);
    for _ in 0..3 {
        ill.next(down());
    }
    let answer = forwarder.invoke(&sns(&["Water the ferns"])).response();
    assert_eq!(answer, json!({"posted": 1, "handed_over": 1, "ignored": 0}));
    assert_eq!((well.channel().len(), ill.channel().len()), (1, 0));
    drop(forwarder);

    // Another process, which remembers nothing.
    let mut forwarder = function(&moto, &retry, &[("alarms", &well), ("ops", &ill)]);
    assert_eq!(
        hand_over(&retry, &mut forwarder).response(),
        nothing_failed()
    );
    assert_eq!((well.channel().len(), ill.channel().len()), (1, 1));
    assert_eq!(retry.counts(), ["0", "0", "0"]);
}

#[test]
#[ignore = "needs moto"]
fn what_has_been_tried_for_too_long_comes_back_from_the_dead_letters_of_moto() {
    let (moto, slack) = (Moto::start(), FakeSlack::start());
    let (retry, dead) = queues(&moto);
    let mut forwarder = function(&moto, &retry, &[("ops", &slack)]);
    for _ in 0..3 * MOST_RECEIVES {
        slack.next(down());
    }
    let now = SystemTime::now();
    let mut envelope = notification(1, "Water the ferns");
    envelope["SnsToSlack"] = json!({
        "receivers": {"ops": "server_error"},
        "attempt": 90,
        "first_seen": at(now - Duration::hours(25).to_std().unwrap()),
        "handed_over": at(now),
        "not_before": null,
    });
    retry.send(&envelope.to_string());
    for _ in 0..MOST_RECEIVES {
        let answer = hand_over(&retry, &mut forwarder).response();
        assert_eq!(
            answer["batchItemFailures"].as_array().unwrap().len(),
            1,
            "{answer}"
        );
    }
    // moto moves it when somebody asks for it once more.
    assert!(retry.receive(BACK_AFTER * 2).is_empty());
    assert_eq!(dead.counts(), ["1", "0", "0"]);
    assert_eq!(retry.counts(), ["0", "0", "0"]);

    let listed = redrive(&moto.url(), &[dead.name(), "--list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""), "{listed:?}");
    for part in [
        "slack-dead: 1 message (1 text)",
        "25 h",
        "90",
        "Water the ferns",
        "ops (server_error)",
    ] {
        assert!(listed.stdout.contains(part), "{part}: {listed:?}");
    }
    assert_eq!(dead.counts(), ["1", "0", "0"]);
    let moved = redrive(&moto.url(), &[dead.name()]);
    assert_eq!(
        (moved.code, moved.stdout.as_str()),
        (0, "moved 1 message from slack-dead to slack-retry\n"),
        "{moved:?}"
    );
    assert_eq!(
        hand_over(&retry, &mut forwarder).response(),
        nothing_failed()
    );
    assert_eq!(slack.channel().len(), 1);
    assert_eq!(
        (retry.counts(), dead.counts()),
        (
            ["0", "0", "0"].map(str::to_owned),
            ["0", "0", "0"].map(str::to_owned)
        )
    );
    for line in &forwarder.finish().outcomes[..2] {
        let message = line["message"].as_str().unwrap();
        assert!(
            message.contains("`sns-to-slack redrive` brings it back"),
            "{line}"
        );
    }
}

#[test]
#[ignore = "needs moto"]
fn a_queue_that_moto_has_not_fails_the_invocation() {
    let (moto, slack) = (Moto::start(), FakeSlack::start());
    let (retry, _dead) = queues(&moto);
    let mut forwarder = function(&moto, &retry, &[("ops", &slack)]);
    retry.delete_queue();
    for _ in 0..3 {
        slack.next(down());
    }
    let error = forwarder
        .invoke(&sns(&["Water the ferns"]))
        .error("NotPosted");
    assert!(error.contains("not_posted (queue_refused)"), "{error}");
    assert!(error.contains("there is no queue slack-retry"), "{error}");
    let [line] = forwarder.finish().outcomes.try_into().unwrap();
    assert_eq!(
        (&line["outcome"], &line["reason"]),
        (&json!("not_posted"), &json!("queue_refused"))
    );
}

#[test]
#[ignore = "needs moto"]
fn everything_that_others_put_into_a_queue_of_moto_is_posted() {
    let (moto, slack) = (Moto::start(), FakeSlack::start());
    let (retry, dead) = queues(&moto);
    let mut forwarder = function(&moto, &retry, &[("ops", &slack)]);
    // What Lambda could not get rid of.
    let on_failure = json!({
        "version": "1.0",
        "timestamp": "2026-05-17T10:05:00.000Z",
        "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": sns(&["The first of an event", "The second of an event"]),
        "responsePayload": {"errorType": "NotPosted", "errorMessage": "2 of 2 not posted"},
    });
    retry.send(&on_failure.to_string());
    // What SNS could not hand over.
    let attributes = json!({
        "ErrorCode": {"DataType": "String", "StringValue": "FunctionThrottled"},
        "RequestID": {"DataType": "String", "StringValue": "00000000-0000-0000-0000-000000000000"},
    });
    retry.send_with(&notification(3, "Redriven by SNS").to_string(), &attributes);
    retry.send("Raw delivery");
    while retry.counts() != ["0", "0", "0"] {
        let answer = hand_over(&retry, &mut forwarder).response();
        assert_eq!(answer, nothing_failed());
    }
    let posted = slack.texts().join("\n");
    assert_eq!(slack.channel().len(), 4, "{posted}");
    for text in [
        "The first of an event",
        "The second of an event",
        "Redriven by SNS",
        "Raw delivery",
    ] {
        assert_eq!(posted.matches(text).count(), 1, "{text}: {posted}");
    }
    assert_eq!(dead.counts(), ["0", "0", "0"]);
}
