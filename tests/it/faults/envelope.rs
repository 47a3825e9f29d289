//! What invokes the function, and how it is answered.

use serde_json::{Value, json};

use crate::support::events::{self, message_id, notification, sns, sqs};
use crate::support::fake_slack::FakeSlack;
use crate::support::forwarder::Setup;

#[test]
fn three_records_of_which_one_is_broken_json_are_three_messages() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let event = events::together(&[
        events::case("codepipeline_approval-full"),
        events::case("text-broken-json"),
        events::case("cloudwatch_alarm-alb-4xx"),
    ]);
    let response = forwarder.invoke(&event).response();
    assert_eq!(
        response,
        json!({"posted": 3, "handed_over": 0, "ignored": 0})
    );
    let texts = slack.texts();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(
        texts[0].starts_with("Approval needed: potting-shed"),
        "{texts:?}"
    );
    assert!(texts[1].contains("fernway-web-4xx-spike"), "{texts:?}");
    assert!(texts[2].contains("edge-checkout-4xx"), "{texts:?}");
    let kinds: Vec<Value> = forwarder
        .finish()
        .outcomes
        .iter()
        .map(|line| line["kind"].clone())
        .collect();
    assert_eq!(kinds, ["codepipeline_approval", "text", "cloudwatch_alarm"]);
}

#[test]
fn a_queue_may_hold_envelopes_raw_bodies_and_fifo_messages() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    for (case, part) in [
        ("cloudwatch_alarm-queue-envelope", "ALARM"),
        ("cloudwatch_alarm-queue-raw", "ALARM"),
        ("text-fifo-queue", "Bed 14 was watered before bed 15."),
    ] {
        let response = forwarder.invoke(&events::case(case)).response();
        assert_eq!(response, json!({"batchItemFailures": []}), "{case}");
        let text = slack.texts().pop().unwrap();
        assert!(text.contains(part), "{case}: {text}");
    }
    assert_eq!(slack.channel().len(), 3);
    let lines = forwarder.finish().outcomes;
    // The inner id, which is the same on every way that the message takes; a raw body has none.
    assert_eq!(lines[1]["message_id"], raw_message_id());
    assert_eq!(
        lines[2]["message_id"],
        "9799f101-dfaa-5a29-9ef9-57339954847a"
    );
}

fn raw_message_id() -> Value {
    events::case("cloudwatch_alarm-queue-raw")["Records"][0]["messageId"].clone()
}

#[test]
fn several_records_of_a_queue_come_in_their_order() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let event = sqs(&[
        &notification(7, "The first, in its envelope").to_string(),
        "The second, raw",
        "",
        &notification(9, "The fourth, in its envelope").to_string(),
    ]);
    let response = forwarder.invoke(&event).response();
    assert_eq!(response, json!({"batchItemFailures": []}));
    let texts = slack.texts();
    assert_eq!(texts.len(), 4, "{texts:?}");
    for (index, part) in [(0, "The first"), (1, "The second"), (3, "The fourth")] {
        assert!(texts[index].contains(part), "{texts:?}");
    }
    let ids: Vec<Value> = forwarder
        .finish()
        .outcomes
        .iter()
        .map(|line| line["message_id"].clone())
        .collect();
    let expected = [7, 2, 3, 9].map(message_id);
    assert_eq!(ids, expected);
}

#[test]
fn a_record_of_a_queue_that_is_not_posted_fails_the_batch() {
    let slack = FakeSlack::start();
    slack.whenever(
        "The second",
        crate::support::fake_slack::Reply::answer(404, "no_service"),
    );
    let mut forwarder = Setup::posting_to(&slack).start();
    let error = forwarder
        .invoke(&sqs(&["The first", "The second", "The third"]))
        .error("NotPosted");
    assert!(error.contains(&message_id(2)), "{error}");
    assert_eq!(slack.channel().len(), 2);
}

#[test]
fn the_token_of_a_subscription_is_shown_to_nobody() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    for case in [
        "text-subscription-confirmation",
        "text-unsubscribe-confirmation",
    ] {
        let event = events::case(case);
        let secrets = events::secrets(&event);
        assert!(!secrets.is_empty(), "{case} has no token");
        forwarder.invoke(&event).response();
        let request = slack.requests().pop().unwrap().text();
        assert!(request.contains("greenhouse-events"), "{request}");
        for secret in secrets.iter().map(String::as_str).chain([
            "SubscribeURL",
            "ConfirmSubscription",
            "Action=",
        ]) {
            assert!(!request.contains(secret), "{case}: {secret} in {request}");
        }
    }
    assert_eq!(slack.channel().len(), 2);
}

#[test]
fn a_payload_that_is_no_delivery_is_refused_with_what_to_do() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let topic = "SNS topic";
    let cases = [
        (
            json!({
                "version": "0", "id": "6a7e8feb-0000-4000-8000-000000000001", "detail-type": "Scheduled Event",
                "source": "aws.events", "account": "123456789012", "time": "2026-05-17T10:00:00Z",
                "region": "eu-central-1", "resources": [], "detail": {},
            }),
            vec!["EventBridge", topic, "`detail-type`"],
        ),
        (
            json!({
                "source": "aws.cloudwatch",
                "alarmArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:edge-checkout-4xx",
                "accountId": "123456789012", "time": "2026-05-17T10:00:00.000+0000", "region": "eu-central-1",
                "alarmData": {"alarmName": "edge-checkout-4xx", "state": {"value": "ALARM"}},
            }),
            vec!["CloudWatch alarm", topic, "`alarmData`"],
        ),
        (
            json!({"Records": [{
                "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "fernway-catalogue"}, "object": {"key": "ferns.csv"}},
            }]}),
            vec!["S3", topic, "`Records`"],
        ),
        (
            json!({
                "version": "1.0", "invokingEvent": "{\"messageType\":\"ScheduledNotification\"}", "ruleParameters": "{}",
                "resultToken": "EXAMPLE-NOT-A-RESULT-TOKEN", "configRuleName": "ferns-are-tagged",
                "accountId": "123456789012",
            }),
            vec!["AWS Config custom rule", topic, "`invokingEvent`"],
        ),
        (json!({}), vec!["empty object", topic]),
        (json!({"Records": []}), vec!["`Records`", topic]),
        (json!([{"Records": []}]), vec!["array", topic]),
        (json!("hello"), vec!["not an object", topic]),
        (json!(null), vec!["not an object", topic]),
        (json!({"hello": "world"}), vec!["`hello`", topic]),
    ];
    for (event, parts) in cases {
        let error = forwarder.invoke(&event).error("UnknownPayload");
        for part in parts {
            assert!(error.contains(part), "`{part}` is not in: {error}");
        }
    }
    assert_eq!(slack.connections(), 0);
    // The process lives.
    forwarder.invoke(&sns(&["A record"])).response();
    assert_eq!(slack.channel().len(), 1);
}

#[test]
fn what_is_not_even_json_leaves_the_process_alive() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let deep = "[".repeat(10_000);
    for event in [&b""[..], b"{\"Records\":[", b"\xff\xfe", deep.as_bytes()] {
        let answer = forwarder.invoke_raw(event);
        assert!(
            matches!(answer, crate::support::fake_runtime::Answer::Error { .. }),
            "{answer:?}"
        );
    }
    forwarder.invoke(&sns(&["A record"])).response();
    assert_eq!(slack.channel().len(), 1);
}

#[test]
fn a_record_from_elsewhere_leaves_its_neighbours_alone() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let stranger =
        json!({"Records": [{"eventSource": "aws:kinesis", "kinesis": {"data": "aGVsbG8="}}, 17]});
    let mut event = events::together(&[
        sns(&["The first record"]),
        stranger,
        sns(&["The fourth record"]),
    ]);
    event["Records"][3]["Sns"]["MessageId"] = message_id(4).into();
    let error = forwarder.invoke(&event).error("NotPosted");
    assert!(error.starts_with("2 of 4 not posted"), "{error}");
    for part in [
        "record 2: not_posted (render)",
        "`aws:kinesis`",
        "record 3: not_posted (render)",
    ] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    assert_eq!(slack.channel().len(), 2);
    assert_eq!(forwarder.finish().outcomes.len(), 4);
}

#[test]
fn the_longest_message_that_sns_takes_is_posted() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let long = "Ferns < & > 🌿 \n".repeat(14_000);
    assert!((250_000..=262_144).contains(&long.len()), "{}", long.len());
    let member = json!({"AlarmName": &long[..100], "NewStateValue": "ALARM", "NewStateReason": &long[..200_000]});
    for body in [
        long.clone(),
        member.to_string(),
        json!({"long": long}).to_string(),
    ] {
        forwarder.invoke(&sns(&[&body])).response();
    }
    assert_eq!(slack.channel().len(), 3);
    for line in forwarder.finish().outcomes {
        assert_eq!(line["attempts"], 1, "{line}");
        assert_eq!(line.get("FallbackRendered"), None, "{line}");
    }
}
