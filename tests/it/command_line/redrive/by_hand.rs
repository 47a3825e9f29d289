//! Where SQS does not move messages itself: receive, send, delete.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{credentials, redrive};
use crate::support::fake_sqs::FakeSqs;
use crate::support::moto::{Moto, Queue};

/// So many messages, all that there are, from before the start.
fn messages(count: usize) -> Value {
    let messages: Vec<Value> = (0..count)
        .map(|index| {
            json!({
                "MessageId": format!("5d0c2b7e-0000-4000-8000-{index:012}"),
                "ReceiptHandle": format!("handle-{index}"),
                "Body": format!("body {index}"),
                "Attributes": {"SentTimestamp": "1779012031164"},
            })
        })
        .collect();
    json!({"Messages": messages})
}

/// Without moves of its own, and with these messages in `dead`, whose only source is `retry`.
fn holding(messages: Value) -> FakeSqs {
    let sqs = FakeSqs::start();
    sqs.answers(
        "ListDeadLetterSourceQueues",
        json!({"queueUrls": [sqs.queue_url("retry")]}),
    );
    sqs.answers("ReceiveMessage", messages);
    sqs.answers("ReceiveMessage", json!({}));
    sqs
}

fn handles(asked: &[Value]) -> Vec<&str> {
    let entries = asked
        .iter()
        .flat_map(|it| it["Entries"].as_array().unwrap());
    entries
        .map(|entry| entry["ReceiptHandle"].as_str().unwrap())
        .collect()
}

#[test]
fn nothing_is_deleted_before_the_other_queue_has_it() {
    let sqs = holding(messages(3));
    sqs.answers(
        "SendMessageBatch",
        json!({
            "Successful": [{"Id": "0", "MessageId": "a"}],
            // Of the third nothing is said.
            "Failed": [{"Id": "1", "Code": "InvalidMessageContents", "SenderFault": true}],
        }),
    );
    let ran = redrive(&sqs.url(), &["dead"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(
        ran.stdout,
        "moved 1 message from dead to retry\n\
         1 message stayed in dead: retry does not take them (InvalidMessageContents)\n\
         1 message stayed in dead: retry does not take them (no reason is said)\n"
    );
    assert_eq!(
        sqs.asked("SendMessageBatch")[0]["QueueUrl"],
        sqs.queue_url("retry")
    );
    assert_eq!(handles(&sqs.asked("DeleteMessageBatch")), ["handle-0"]);
    assert_eq!(
        handles(&sqs.asked("ChangeMessageVisibilityBatch")),
        ["handle-1", "handle-2"]
    );
    let operations = sqs.operations();
    let place = |name: &str| operations.iter().position(|it| it == name).unwrap();
    assert!(place("SendMessageBatch") < place("DeleteMessageBatch"));
}

#[test]
fn a_lost_answer_deletes_nothing() {
    let sqs = holding(messages(2));
    sqs.hangs_up("SendMessageBatch");
    let ran = redrive(&sqs.url(), &["dead"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(
        ran.stderr
            .contains("has not answered SendMessageBatch for retry"),
        "{ran:?}"
    );
    assert!(sqs.asked("DeleteMessageBatch").is_empty());
    assert_eq!(
        handles(&sqs.asked("ChangeMessageVisibilityBatch")),
        ["handle-0", "handle-1"]
    );
}

#[test]
fn an_interruption_leaves_it_in_one_queue_at_least() {
    for (operation, others) in [("SendMessageBatch", 0), ("DeleteMessageBatch", 1)] {
        let sqs = holding(messages(2));
        sqs.is_silent(operation);
        let mut process = Command::new(env!("CARGO_BIN_EXE_sns-to-slack"))
            .args(["redrive", "dead"])
            .env_clear()
            .envs(credentials(&sqs.url()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sqs.wait_for(operation);
        process.kill().unwrap();
        process.wait().unwrap();
        assert_eq!(sqs.asked("SendMessageBatch").len(), 1);
        assert_eq!(sqs.asked("DeleteMessageBatch").len(), others, "{operation}");
    }
}

#[test]
fn what_cannot_be_deleted_is_told_and_not_sent_again() {
    let sqs = FakeSqs::start();
    sqs.answers(
        "ListDeadLetterSourceQueues",
        json!({"queueUrls": [sqs.queue_url("retry")]}),
    );
    // As when it comes back after its time.
    sqs.answers("ReceiveMessage", messages(1));
    sqs.answers("ReceiveMessage", messages(1));
    sqs.answers("ReceiveMessage", json!({}));
    sqs.refuses("DeleteMessageBatch", 400, "AccessDenied");
    let ran = redrive(&sqs.url(), &["dead"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stdout.starts_with(
            "moved 1 message from dead to retry\n1 of them could not be deleted from dead"
        ),
        "{ran:?}"
    );
    assert_eq!(sqs.asked("SendMessageBatch").len(), 1);
}

#[test]
fn what_comes_meanwhile_stays_for_the_next_time() {
    let mut all = messages(2);
    all["Messages"][1]["Attributes"]["SentTimestamp"] = "32503680000000".into();
    let sqs = holding(all);
    let ran = redrive(&sqs.url(), &["dead"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        ran.stdout,
        "moved 1 message from dead to retry\n\
         1 message came to dead meanwhile and stayed there; the same command moves them\n"
    );
    assert_eq!(handles(&sqs.asked("DeleteMessageBatch")), ["handle-0"]);
}

#[test]
fn without_one_source_it_asks_where_to() {
    for (sources, part) in [
        (&[][..], "dead is not the dead-letter queue of any queue"),
        (
            &["retry", "orders"],
            "dead is the dead-letter queue of several queues: retry, orders",
        ),
    ] {
        let sqs = FakeSqs::start();
        let urls: Vec<String> = sources.iter().map(|name| sqs.queue_url(name)).collect();
        sqs.answers("ListDeadLetterSourceQueues", json!({"queueUrls": urls}));
        let ran = redrive(&sqs.url(), &["dead"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(part), "{ran:?}");
        assert!(ran.stderr.contains("--to QUEUE"), "{ran:?}");
        assert!(sqs.asked("ReceiveMessage").is_empty());
    }
}

/// What is in a queue, without what is new in every queue.
fn take_all(queue: &Queue<'_>) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    loop {
        let messages = queue.receive(0);
        if messages.is_empty() {
            return all;
        }
        for message in messages {
            queue.delete(&message);
            all.insert(format!(
                "{} {}",
                message["Body"], message["MessageAttributes"]
            ));
        }
    }
}

#[test]
#[ignore = "needs moto"]
fn messages_of_moto_come_back_whole() {
    let moto = Moto::start();
    let dead = moto.create_queue("dead", 30);
    let retry = moto.create_source("retry", 30, &dead, 3);
    let attributes = |index: usize| {
        json!({
            "shelf": {"DataType": "String", "StringValue": format!("shelf {index}")},
            "seed": {"DataType": "Binary", "BinaryValue": "AAEC"},
            "pots": {"DataType": "Number", "StringValue": index.to_string()},
        })
    };
    let control = moto.create_queue("control", 30);
    for index in 0..25 {
        let body = format!("{{\"fern\": {index}, \"text\": \"ü \\\" \\n\"}}");
        dead.send_with(&body, &attributes(index));
        control.send_with(&body, &attributes(index));
    }
    let ran = redrive(&moto.url(), &[&dead.arn]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stdout, "moved 25 messages from dead to retry\n");
    assert!(
        ran.stderr
            .starts_with("warning: SQS does not move them itself"),
        "{ran:?}"
    );
    assert_eq!(dead.counts(), ["0", "0", "0"]);
    let (came, expected) = (take_all(&retry), take_all(&control));
    assert_eq!(expected.len(), 25);
    assert_eq!(came, expected);

    dead.send("for another queue");
    let ran = redrive(
        &moto.url(),
        &["dead", "--to", &control.url, "--per-second", "500"],
    );
    assert_eq!(
        ran.stdout, "moved 1 message from dead to control\n",
        "{ran:?}"
    );
    assert_eq!(take_all(&control).len(), 1);

    let ran = redrive(&moto.url(), &["dead"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "moved 0 messages from dead to retry\n")
    );
    for arguments in [&["gone"][..], &["dead", "--to", "gone"]] {
        let ran = redrive(&moto.url(), arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains("there is no queue gone"), "{ran:?}");
    }
}
