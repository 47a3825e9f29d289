//! What AWS puts between a queue and the function.

use serde_json::{Map, Value, json};

use crate::support::fake_runtime::Answer;
use crate::support::fake_slack::CANARY;
use crate::support::forwarder::Forwarder;
use crate::support::moto::{Queue, REGION};

/// The longest wait for a message, in seconds: more than the first delay of a hand-over, which is fifteen at most.
const PATIENCE: u32 = 20;

/// Hands over a batch of a queue's messages, as an event source mapping that reports batch item failures: what the function
/// does not name is deleted, and the rest comes back when its time is over.
pub(crate) fn hand_over(queue: &Queue<'_>, forwarder: &mut Forwarder) -> Answer {
    let messages = queue.receive(PATIENCE);
    assert!(!messages.is_empty(), "nothing comes from {}", queue.name());
    hand_over_these(&messages, queue, forwarder, |_| ())
}

/// The same with messages that have been received, and does something with each that stays.
pub(crate) fn hand_over_these(
    messages: &[Value],
    queue: &Queue<'_>,
    forwarder: &mut Forwarder,
    stays: impl Fn(&Value),
) -> Answer {
    for message in messages {
        let body = message["Body"].as_str().unwrap();
        assert!(!body.contains(CANARY), "{body}");
    }
    let records: Vec<Value> = messages.iter().map(|it| record(it, &queue.arn)).collect();
    let event = json!({"Records": records});
    // Message ids are what they are: the same message may come again.
    let id = forwarder.hand_out_again(crate::support::PATIENCE, &event);
    let answer = forwarder.answer(&id);
    if let Answer::Response(response) = &answer {
        let failures = response["batchItemFailures"].as_array().unwrap();
        let failed = |message: &Value| {
            let id = &message["MessageId"];
            failures.iter().any(|it| it["itemIdentifier"] == *id)
        };
        for message in messages {
            if failed(message) {
                stays(message);
            } else {
                queue.delete(message);
            }
        }
    }
    answer
}

/// Page "Using Lambda with Amazon SQS", section "Example standard queue message event".
fn record(message: &Value, arn: &str) -> Value {
    let attributes: Map<String, Value> = message["MessageAttributes"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, attribute)| {
            let value = json!({
                "stringValue": attribute["StringValue"],
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": attribute["DataType"],
            });
            (name.clone(), value)
        })
        .collect();
    json!({
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    })
}
