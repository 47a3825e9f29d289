//! `--list`: what is inside.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use expect_test::expect;
use serde_json::{Value, json};

use super::redrive;
use crate::support::events::{case, notification, sns};
use crate::support::fake_slack::CANARY;
use crate::support::fake_sqs::FakeSqs;
use crate::support::moto::Moto;

/// The SNS envelope of a case of `fixtures/`.
fn envelope(name: &str) -> Value {
    case(name)["Records"][0]["Sns"].clone()
}

/// What is left of a record, as the function writes it.
fn residual(name: &str, receivers: &Value, attempt: u32, first_seen: &str) -> String {
    let mut envelope = envelope(name);
    envelope["SnsToSlack"] = json!({
        "receivers": receivers,
        "attempt": attempt,
        "first_seen": first_seen,
        "handed_over": DateTime::<Utc>::from(SystemTime::now()).to_rfc3339(),
        "not_before": null,
    });
    envelope.to_string()
}

/// The ages are those of the day of the test.
fn without_ages(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let mut words = line.split_whitespace();
        let is_number = words.next().is_some_and(|word| word.parse::<u32>().is_ok());
        if is_number && matches!(words.next(), Some("s" | "min" | "h" | "d")) {
            let (_, rest) = line.trim_start().split_once("  ").unwrap();
            return format!("AGE  {rest}");
        }
        line.trim_start().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
#[ignore = "needs moto"]
fn everything_in_a_queue_of_moto_is_shown_and_stays() {
    let moto = Moto::start();
    let dead = moto.create_queue("dead", 30);
    let _retry = moto.create_source("retry", 30, &dead, 3);
    let on_failure = json!({
        "version": "1.0",
        "timestamp": "2026-05-17T10:05:00.000Z",
        "requestContext": {
            "requestId": "00000000-0000-0000-0000-000000000000",
            "functionArn": "arn:aws:lambda:eu-central-1:123456789012:function:sns-to-slack:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": sns(&["Water the ferns", &format!("See https://hooks.slack.com/{CANARY} now")]),
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "NotPosted", "errorMessage": "2 of 2 not posted"},
    });
    for body in [
        residual(
            "cloudwatch_alarm-billing",
            &json!({"ops": "server_error", "alarms": "server_error"}),
            12,
            "2026-05-16T09:00:00.000Z",
        ),
        residual(
            "codepipeline_approval-full",
            &json!({"deploys": "webhook_gone"}),
            3,
            "2026-05-17T09:00:00.000Z",
        ),
        on_failure.to_string(),
        envelope("config_rule-security-group-non-compliant").to_string(),
        case("eventbridge-guardduty").to_string(),
        "\u{1b}[2JRaw delivery".to_owned(),
    ] {
        dead.send(&body);
    }
    let before = dead.counts();
    let ran = redrive(&moto.url(), &["dead", "--list"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    expect![[r#"
        dead: 6 messages with 7 records (1 cloudwatch_alarm, 1 codepipeline_approval, 1 config_rule, 1 eventbridge, 3 text)
        age  tries  kind                   title                                                    waits for
        AGE      -  config_rule            NON_COMPLIANT: no-ssh-from-anywhere on AWS::EC2::Secur…  -
        AGE      -  eventbridge            198.51.100.23 is performing SSH brute force attacks ag…  -
        AGE     12  cloudwatch_alarm       ALARM: estimated-charges                                 alarms, ops (server_error)
        AGE      3  codepipeline_approval  Approval needed: potting-shed / Production / HeadGarde…  deploys (webhook_gone)
        AGE      3  text                   Water the ferns                                          RetriesExhausted
        AGE      3  text                   See https://… now                                        RetriesExhausted
        AGE      -  text                   [2JRaw delivery                                          -
        Nothing was moved. To bring all of it back to retry:
        sns-to-slack redrive dead
    "#]].assert_eq(&without_ages(&ran.stdout));
    assert!(
        ran.stdout.lines().all(|line| line.chars().count() <= 120),
        "{ran:?}"
    );
    for secret in ["Signature", "token=", "Token", "hooks.slack.com"] {
        assert!(!ran.stdout.contains(secret), "{secret}: {ran:?}");
    }
    // At once, and again.
    assert_eq!(dead.counts(), before);
    assert_eq!(
        redrive(&moto.url(), &[&dead.url, "--list"]).lines().len(),
        ran.lines().len()
    );
}

#[test]
#[ignore = "needs moto"]
fn more_than_a_request_holds_is_shown_of_moto_each_once() {
    let moto = Moto::start();
    let dead = moto.create_queue("dead", 30);
    for index in 0..34 {
        dead.send(&notification(index, &format!("Fern {index:02}")).to_string());
    }
    let ran = redrive(&moto.url(), &["dead", "--list"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(
        ran.stdout.starts_with("dead: 34 messages (34 text)\n"),
        "{ran:?}"
    );
    for index in 0..34 {
        let title = format!("Fern {index:02}");
        assert_eq!(ran.stdout.matches(&title).count(), 1, "{title}: {ran:?}");
    }
    assert_eq!(dead.counts(), ["34", "0", "0"]);
    assert!(
        ran.stdout
            .ends_with("sns-to-slack redrive dead --to QUEUE\n"),
        "{ran:?}"
    );

    let messages = dead.receive(0);
    let ran = redrive(&moto.url(), &["dead", "--list"]);
    let kept = messages.len();
    assert!(
        ran.stdout.contains(&format!(
            "About {kept} more in the queue, not seen here: {kept} kept back"
        )),
        "{ran:?}"
    );
}

#[test]
fn an_empty_queue_is_said_to_be_empty() {
    let sqs = FakeSqs::start();
    let attributes = json!({"QueueArn": "arn:aws:sqs:eu-central-1:123456789012:dead", "ApproximateNumberOfMessages": "0"});
    sqs.answers("GetQueueAttributes", json!({"Attributes": attributes}));
    let ran = redrive(&sqs.url(), &["dead", "--list"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "there is nothing in dead\n"),
        "{ran:?}"
    );
}

#[test]
fn what_is_not_seen_is_said() {
    let sqs = FakeSqs::start();
    let message = json!({"MessageId": "a", "ReceiptHandle": "handle", "Body": "Water the ferns"});
    // The same twice, as SQS may do.
    sqs.answers("ReceiveMessage", json!({"Messages": [message, message]}));
    sqs.answers("ReceiveMessage", json!({}));
    let ran = redrive(&sqs.url(), &["dead", "--list", "--to", "retry"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    expect![[r#"
        dead: 1 message (1 text)
        age  tries  kind  title            waits for
          -      -  text  Water the ferns  -
        About 2 more in the queue, not seen here
        Nothing was moved. To move all of it to retry:
          sns-to-slack redrive dead --to retry
    "#]]
    .assert_eq(&ran.stdout);
    let [given_back] = sqs
        .asked("ChangeMessageVisibilityBatch")
        .try_into()
        .unwrap();
    assert_eq!(given_back["Entries"][0]["VisibilityTimeout"], 0);
}

#[test]
fn what_was_received_is_given_back_also_when_something_fails() {
    let sqs = FakeSqs::start();
    let message = json!({"MessageId": "a", "ReceiptHandle": "handle", "Body": "Water the ferns"});
    sqs.answers("ReceiveMessage", json!({"Messages": [message]}));
    sqs.refuses("ReceiveMessage", 400, "KmsDisabled");
    let ran = redrive(&sqs.url(), &["dead", "--list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert_eq!(sqs.asked("ChangeMessageVisibilityBatch").len(), 1);
}
