//! SQS moves the messages itself. Answers have the shapes of the pages "StartMessageMoveTask" and "ListMessageMoveTasks".

use serde_json::{Value, json};

use super::{Ran, redrive};
use crate::support::fake_sqs::{FakeSqs, arn};

fn task(status: &str, moved: u64, started: u64) -> Value {
    json!({"Results": [{
        "Status": status,
        "SourceArn": arn("dead"),
        "ApproximateNumberOfMessagesMoved": moved,
        "ApproximateNumberOfMessagesToMove": 40,
        "StartedTimestamp": started,
    }]})
}

fn failed(reason: &str) -> Value {
    let mut task = task("FAILED", 7, 1_779_012_031_164);
    task["Results"][0]["FailureReason"] = reason.into();
    task
}

/// With a move that SQS starts, and these answers to the question how it goes.
fn moving(answers: &[Value]) -> FakeSqs {
    let sqs = FakeSqs::start();
    sqs.answers("StartMessageMoveTask", json!({"TaskHandle": "EXAMPLE"}));
    for answer in answers {
        sqs.answers("ListMessageMoveTasks", answer.clone());
    }
    sqs
}

#[track_caller]
fn prints(ran: &Ran, code: i32, stdout: &str) {
    assert_eq!((ran.code, ran.stdout.as_str()), (code, stdout), "{ran:?}");
}

#[test]
fn a_move_is_followed_to_its_end() {
    let started = 1_779_012_031_164;
    let sqs = moving(&[
        json!({"Results": []}),
        task("RUNNING", 0, started),
        task("RUNNING", 12, started),
        task("COMPLETED", 40, started),
    ]);
    let ran = redrive(&sqs.url(), &["dead"]);
    prints(
        &ran,
        0,
        "moved about 40 messages from dead to where they came from\n",
    );
    assert_eq!(
        ran.stderr,
        "SQS moves the messages of dead to where they came from, and goes on when this command is interrupted\n\
         12 of about 40 moved\n40 of about 40 moved\n"
    );
    assert_eq!(
        sqs.asked("StartMessageMoveTask"),
        [json!({"SourceArn": arn("dead")})]
    );
    assert_eq!(
        sqs.asked("ListMessageMoveTasks")[0],
        json!({"SourceArn": arn("dead"), "MaxResults": 1})
    );
}

#[test]
fn place_and_rate_are_passed_on() {
    let sqs = moving(&[json!({}), task("COMPLETED", 1, 5)]);
    let url = sqs.queue_url("dead");
    let to = arn("elsewhere");
    let ran = redrive(&sqs.url(), &[&url, "--to", &to, "--per-second", "50"]);
    prints(&ran, 0, "moved about 1 message from dead to elsewhere\n");
    assert_eq!(
        sqs.asked("StartMessageMoveTask"),
        [
            json!({"SourceArn": arn("dead"), "DestinationArn": to, "MaxNumberOfMessagesPerSecond": 50})
        ]
    );
    assert_eq!(
        sqs.asked("GetQueueUrl"),
        [json!({"QueueName": "elsewhere", "QueueOwnerAWSAccountId": "123456789012"})]
    );
}

#[test]
fn an_older_move_is_not_taken_for_the_new_one() {
    let sqs = moving(&[
        task("COMPLETED", 3, 1_000),
        task("COMPLETED", 3, 1_000),
        task("COMPLETED", 40, 2_000),
    ]);
    let ran = redrive(&sqs.url(), &["dead"]);
    prints(
        &ran,
        0,
        "moved about 40 messages from dead to where they came from\n",
    );
}

#[test]
fn a_move_that_is_on_its_way_is_followed_and_no_other_started() {
    let sqs = moving(&[task("RUNNING", 3, 1_000), task("COMPLETED", 40, 1_000)]);
    let ran = redrive(&sqs.url(), &["dead"]);
    prints(
        &ran,
        0,
        "moved about 40 messages from dead to where they came from\n",
    );
    assert!(ran.stderr.contains("has been started before"), "{ran:?}");
    assert!(sqs.asked("StartMessageMoveTask").is_empty());

    let sqs = moving(&[task("RUNNING", 3, 1_000)]);
    let ran = redrive(&sqs.url(), &["dead", "--to", "elsewhere"]);
    prints(&ran, 2, "");
    assert!(
        ran.stderr.contains("to another place than elsewhere"),
        "{ran:?}"
    );
    assert!(sqs.asked("StartMessageMoveTask").is_empty());
}

#[test]
fn a_move_that_fails_says_why_and_what_to_do() {
    for (reason, hint) in [
        (
            "CouldNotDetermineMessageSource",
            "move it with --to retry\n",
        ),
        (
            "AccessDenied",
            "sqs:SendMessage on the queue that gets the messages",
        ),
        (
            "AWS.SimpleQueueService.NonExistentQueue",
            "the same command moves it",
        ),
    ] {
        let sqs = moving(&[json!({}), failed(reason)]);
        sqs.answers(
            "ListDeadLetterSourceQueues",
            json!({"queueUrls": [sqs.queue_url("retry")]}),
        );
        let ran = redrive(&sqs.url(), &["dead"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let expected = format!(
            "moved about 7 messages from dead to where they came from, 33 not moved: {reason}\n  "
        );
        assert!(ran.stdout.starts_with(&expected), "{ran:?}");
        assert!(ran.stdout.contains(hint), "{ran:?}");
    }
    let sqs = moving(&[json!({}), task("CANCELLED", 7, 1_000)]);
    let ran = redrive(&sqs.url(), &["dead"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("somebody has cancelled it"), "{ran:?}");
}

#[test]
fn a_lost_answer_on_the_way_stops_nothing() {
    let sqs = moving(&[json!({}), task("RUNNING", 3, 1_000)]);
    sqs.hangs_up("ListMessageMoveTasks");
    sqs.answers("ListMessageMoveTasks", task("COMPLETED", 40, 1_000));
    let ran = redrive(&sqs.url(), &["dead"]);
    prints(
        &ran,
        0,
        "moved about 40 messages from dead to where they came from\n",
    );
}

#[test]
fn who_may_not_start_a_move_reads_all_that_is_needed() {
    let sqs = FakeSqs::start();
    sqs.answers("ListMessageMoveTasks", json!({}));
    sqs.refuses("StartMessageMoveTask", 400, "AccessDeniedException");
    let ran = redrive(&sqs.url(), &["dead"]);
    prints(&ran, 2, "");
    for permission in [
        "sqs:StartMessageMoveTask",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:SendMessage",
    ] {
        assert!(ran.stderr.contains(permission), "{permission}: {ran:?}");
    }
    assert!(sqs.asked("ReceiveMessage").is_empty());
}
