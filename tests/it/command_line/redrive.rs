//! `redrive`: what is in a dead-letter queue, and the way back.

mod by_hand;
mod list;
mod task;

use super::{Ran, run_where};
use crate::support::fake_slack::CANARY;
use crate::support::fake_sqs::FakeSqs;
use crate::support::moto::REGION;

/// Runs it with credentials, which it shows to nobody.
pub(crate) fn redrive(aws: &str, arguments: &[&str]) -> Ran {
    redrive_where(aws, arguments, &[])
}

fn redrive_where(aws: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut all = vec!["redrive"];
    all.extend(arguments);
    let mut environment = credentials(aws).to_vec();
    environment.extend(variables);
    let ran = run_where(&all, &environment);
    assert!(!format!("{ran:?}").contains(CANARY), "{ran:?}");
    ran
}

/// The environment of somebody who may do everything there.
fn credentials(aws: &str) -> [(&str, &str); 5] {
    [
        ("AWS_ENDPOINT_URL", aws),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "ID-EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", CANARY),
        ("AWS_SESSION_TOKEN", CANARY),
    ]
}

#[test]
fn wrong_usage_says_what_would_be_right() {
    let sqs = FakeSqs::start();
    for (arguments, part) in [
        (&[][..], "<QUEUE>"),
        (&["a b"], "the URL, the ARN or the name"),
        (
            &["arn:aws:sns:eu-central-1:123456789012:a"],
            "something else (sns)",
        ),
        (
            &["dead", "--to", "dead"],
            "dead is the queue whose messages",
        ),
        (&["dead", "--per-second", "0"], "1..=500"),
        (&["dead", "--per-second", "501"], "1..=500"),
        (&["dead", "--list", "--per-second", "5"], "--list"),
    ] {
        let ran = redrive(&sqs.url(), arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(part), "{arguments:?} {ran:?}");
    }
    let asked = sqs.operations();
    assert!(
        !asked.contains(&"StartMessageMoveTask".to_owned()),
        "{asked:?}"
    );
}

#[test]
fn what_aws_refuses_is_said_with_what_to_do() {
    for (operation, code, part) in [
        (
            "GetQueueUrl",
            "QueueDoesNotExist",
            "there is no queue dead\n  correct its name, or AWS_REGION",
        ),
        (
            "GetQueueUrl",
            "AccessDeniedException",
            "may not ask for GetQueueUrl on dead\n  allow it sqs:GetQueueUrl",
        ),
        (
            "GetQueueAttributes",
            "AccessDenied",
            "allow it sqs:GetQueueAttributes",
        ),
        (
            "ReceiveMessage",
            "AccessDenied",
            "allow it sqs:ReceiveMessage",
        ),
        ("ReceiveMessage", "KmsAccessDenied", "allow kms:Decrypt"),
        (
            "GetQueueUrl",
            "ExpiredTokenException",
            "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew",
        ),
        (
            "GetQueueUrl",
            "OverLimit",
            "SQS refuses GetQueueUrl for dead (OverLimit)",
        ),
    ] {
        let sqs = FakeSqs::start();
        sqs.refuses(operation, 400, code);
        let ran = redrive(&sqs.url(), &["dead", "--list"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
    let sqs = FakeSqs::start();
    for (name, value, part) in [
        (
            "AWS_REGION",
            "",
            "AWS_REGION is not set, and \"dead\" does not say a region\n  set it",
        ),
        (
            "AWS_ACCESS_KEY_ID",
            "",
            "AWS_ACCESS_KEY_ID is not set\n  `eval",
        ),
        (
            "AWS_SECRET_ACCESS_KEY",
            "",
            "AWS_SECRET_ACCESS_KEY is not set",
        ),
        ("AWS_ENDPOINT_URL", "sqs", "AWS_ENDPOINT_URL is no URL"),
        // Nothing listens there.
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9", "no connection"),
    ] {
        let ran = redrive_where(&sqs.url(), &["dead"], &[(name, value)]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(part), "{name}: {ran:?}");
    }
    assert_eq!(sqs.operations(), Vec::<String>::new());
}

#[test]
fn what_sqs_puts_off_is_asked_again() {
    let sqs = FakeSqs::start();
    sqs.refuses("GetQueueUrl", 400, "RequestThrottled");
    sqs.refuses("GetQueueUrl", 503, "ServiceUnavailable");
    sqs.answers(
        "GetQueueUrl",
        serde_json::json!({"QueueUrl": sqs.queue_url("dead")}),
    );
    let ran = redrive(&sqs.url(), &["dead", "--list"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_eq!(sqs.asked("GetQueueUrl").len(), 3);
}
