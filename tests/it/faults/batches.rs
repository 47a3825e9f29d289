//! A queue hands over many messages at once: it is told exactly which have failed, and many messages become few.

use serde_json::{Value, json};

use crate::support::events::{case, notification, sqs};
use crate::support::fake_slack::{FakeSlack, Reply};
use crate::support::forwarder::Setup;

fn envelopes(bodies: &[&str]) -> Value {
    let bodies = bodies.iter().enumerate();
    let bodies: Vec<String> = bodies
        .map(|(index, body)| notification(index + 1, body).to_string())
        .collect();
    sqs(&bodies.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_queue_is_told_exactly_which_of_its_messages_have_failed() {
    let slack = FakeSlack::start();
    slack.whenever("bad", Reply::answer(404, "no_service"));
    let mut forwarder = Setup::posting_to(&slack)
        .with("SQS_PARTIAL_BATCH", "1")
        .start();
    let bodies = ["one good", "one bad", "two good", "two bad", "three good"];
    for subset in 0_u32..32 {
        let chosen: Vec<&str> = (0..5)
            .filter(|bit| subset & (1 << bit) != 0)
            .map(|bit| bodies[bit])
            .collect();
        if chosen.is_empty() {
            continue;
        }
        let mut event = envelopes(&chosen);
        for (index, record) in event["Records"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .enumerate()
        {
            // Not the message id of SNS that stands in its body.
            record["messageId"] = format!("item-{subset}-{index}").into();
            let body = record["body"].as_str().unwrap();
            let body = body.replace("5d0c2b7e", &format!("{subset:08x}"));
            record["body"] = body.into();
        }
        let failed: Vec<Value> = chosen
            .iter()
            .enumerate()
            .filter(|(_, body)| body.contains("bad"))
            .map(|(index, _)| json!({"itemIdentifier": format!("item-{subset}-{index}")}))
            .collect();
        let answer = forwarder.invoke(&event).response();
        assert_eq!(answer, json!({"batchItemFailures": failed}), "{chosen:?}");
    }
}

#[test]
fn a_record_that_cannot_be_opened_is_a_failed_message() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack)
        .with("SQS_PARTIAL_BATCH", "1")
        .start();
    let mut event = envelopes(&["one", "two"]);
    event["Records"][0]["eventSource"] = "aws:kinesis".into();
    let failed = event["Records"][0]["messageId"].clone();
    let answer = forwarder.invoke(&event).response();
    assert_eq!(
        answer,
        json!({"batchItemFailures": [{"itemIdentifier": failed}]})
    );
    assert_eq!(slack.channel().len(), 1);
    // Nothing names it: all of them come back.
    event["Records"][0]
        .as_object_mut()
        .unwrap()
        .remove("messageId");
    forwarder.invoke(&event).error("NotPosted");
}

#[test]
fn more_records_than_anybody_reads_are_one_message() {
    let slack = FakeSlack::start();
    let settings = json!({
        "receivers": {"default": {"webhook": slack.webhook()}},
        "route": {"receivers": ["default"], "mention": ["<!here>"], "routes": [
            {"match": {"name": "edge-*"}, "mention": ["<!subteam^S012AB3CD>", "<!here>"]},
        ]},
    });
    let mut forwarder = Setup::with_settings(&settings).start();
    let event = case("digest-storm");
    let records = event["Records"].as_array().unwrap().len();
    forwarder.invoke(&event).response();
    let channel = slack.channel();
    assert_eq!(channel.len(), 2, "an approval and a digest");
    let (approval, digest) = (channel[0].to_string(), channel[1].to_string());
    assert!(approval.contains("Approval needed"), "{approval}");
    assert!(
        digest.contains("9 notifications about 7 things: 3 ALARM"),
        "{digest}"
    );
    // Once in what is shown and once in what is announced.
    assert_eq!(digest.matches("<!here>").count(), 2, "{digest}");
    assert_eq!(
        digest.matches("<!subteam^S012AB3CD>").count(),
        2,
        "{digest}"
    );
    let outcomes = forwarder.finish().outcomes;
    assert_eq!(outcomes.len(), records);
    let of_digest: Vec<&Value> = outcomes.iter().filter(|it| it["digest"] == 9).collect();
    assert_eq!(of_digest.len(), 9);
    assert!(
        of_digest
            .iter()
            .all(|it| it["Posted"] == 1 && it["template"] == "built-in:digest.json.tera")
    );
    let ids: std::collections::BTreeSet<&str> = of_digest
        .iter()
        .map(|it| it["message_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 9);
    let requests = of_digest
        .iter()
        .filter(|it| it.get("PostDuration").is_some());
    assert_eq!(requests.count(), 1);
}

#[test]
fn a_mention_stands_where_its_record_is() {
    let slack = FakeSlack::start();
    let settings = json!({
        "receivers": {"default": {"webhook": slack.webhook()}},
        "route": {"receivers": ["default"], "mention": ["<!here>"], "routes": [
            {"match": {"title": "Late*"}, "mention": ["<!subteam^S012AB3CD>", "<!here>"]},
        ]},
    });
    let mut forwarder = Setup::with_settings(&settings)
        .with("SQS_PARTIAL_BATCH", "1")
        .start();
    let record = |n| match n {
        0..50 => format!("Record {n}."),
        _ => format!("Late record {n}."),
    };
    let bodies: Vec<String> = (0..60).map(record).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    // Two messages, of which the first is not posted.
    slack.next(Reply::answer(404, "no_service"));
    let event = envelopes(&bodies);
    forwarder.invoke(&event).response();
    let late = slack.channel()[0].to_string();
    assert!(late.contains("<!subteam^S012AB3CD>"), "{late}");
    assert!(!late.contains("<!here>"), "{late}");
    forwarder.invoke_again(&event).response();
    let early = slack.channel()[1].to_string();
    assert!(early.contains("<!here>"), "{early}");
    assert!(!early.contains("<!subteam^S012AB3CD>"), "{early}");
}

#[test]
fn as_many_records_as_the_settings_allow_are_messages_of_their_own() {
    for (digest, records, messages) in [
        (json!({}), 5, 5),
        (json!({}), 6, 1),
        (json!({"digest": 2}), 2, 2),
        (json!({"digest": 2}), 3, 1),
        (json!({"digest": 0}), 30, 30),
    ] {
        let slack = FakeSlack::start();
        let settings = json!({
            "receivers": {"default": {"webhook": slack.webhook()}},
            "route": {"receivers": ["default"]},
            "delivery": digest,
        });
        let mut forwarder = Setup::with_settings(&settings).start();
        let bodies: Vec<String> = (0..records).map(|n| format!("Record {n}.")).collect();
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        forwarder.invoke(&envelopes(&bodies)).response();
        let channel = slack.channel();
        assert_eq!(channel.len(), messages, "{digest}, {records} records");
        let all = json!(channel).to_string();
        assert!(bodies.iter().all(|body| all.contains(body)), "{all}");
    }
}

#[test]
fn what_was_posted_before_is_not_in_the_next_digest() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let bodies: Vec<String> = (0..8).map(|n| format!("Record {n}.")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let mut event = envelopes(&bodies);
    let all = event["Records"].clone();
    event["Records"].as_array_mut().unwrap().truncate(2);
    forwarder.invoke(&event).response();
    event["Records"] = all;
    // The same two, and six more: those are a digest.
    forwarder.invoke_again(&event).response();
    let channel = slack.channel();
    assert_eq!(channel.len(), 3);
    let digest = channel[2].to_string();
    assert!(
        digest.contains("6 notifications") && !digest.contains("Record 1."),
        "{digest}"
    );
    // And once more: nothing is left.
    forwarder.invoke_again(&event).response();
    assert_eq!(slack.requests().len(), 3);
}

#[test]
fn a_digest_that_slack_calls_malformed_is_posted_as_minimal_text_that_names_each() {
    let slack = FakeSlack::start();
    slack.next(Reply::answer(400, "invalid_blocks"));
    let mut forwarder = Setup::posting_to(&slack).start();
    let bodies: Vec<String> = (0..8).map(|n| format!("Record {n}.")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    forwarder.invoke(&envelopes(&bodies)).response();
    let channel = slack.channel();
    assert_eq!(channel.len(), 1);
    let text = channel[0]["text"].as_str().unwrap();
    assert!(bodies.iter().all(|body| text.contains(body)), "{text}");
    let outcomes = forwarder.finish().outcomes;
    let fallbacks = outcomes
        .iter()
        .filter(|it| it.get("FallbackRendered").is_some());
    assert_eq!(fallbacks.count(), 1);
}

#[test]
fn a_digest_that_is_not_posted_fails_each_of_its_records() {
    let slack = FakeSlack::start();
    slack.next(Reply::answer(404, "no_service"));
    let mut forwarder = Setup::posting_to(&slack)
        .with("SQS_PARTIAL_BATCH", "1")
        .start();
    let bodies: Vec<String> = (0..8).map(|n| format!("Record {n}.")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let event = envelopes(&bodies);
    let answer = forwarder.invoke(&event).response();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 8);
    forwarder.invoke_again(&event).response();
    assert_eq!(slack.channel().len(), 1);
}
