//! Events as AWS Lambda hands them over.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// The event of a case of `fixtures/`.
pub(crate) fn case(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
        .join("event.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// One event with the records of several.
pub(crate) fn together(events: &[Value]) -> Value {
    let records: Vec<Value> = events
        .iter()
        .flat_map(|event| event["Records"].as_array().unwrap().clone())
        .collect();
    json!({"Records": records})
}

/// The message id that [`sns`] and [`sqs`] give to a record, counted from 1.
pub(crate) fn message_id(record: usize) -> String {
    format!("5d0c2b7e-0000-4000-8000-{record:012}")
}

/// An SNS event with a record for each body.
pub(crate) fn sns(bodies: &[&str]) -> Value {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            json!({
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": "arn:aws:sns:eu-central-1:123456789012:greenhouse-events:00000000-0000-0000-0000-000000000000",
                "Sns": notification(index + 1, body),
            })
        })
        .collect();
    json!({"Records": records})
}

/// What SNS wraps around a body.
pub(crate) fn notification(record: usize, body: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": message_id(record),
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:greenhouse-events",
        "Subject": null,
        "Message": body,
        "Timestamp": "2026-05-17T10:00:00.000Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE+NOT+A+SIGNATURE==",
        "MessageAttributes": {},
    })
}

/// An event of a queue with a record for each body, which is what stands in the queue.
pub(crate) fn sqs(bodies: &[&str]) -> Value {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            json!({
                "messageId": message_id(index + 1),
                "receiptHandle": "EXAMPLE-NOT-A-RECEIPT-HANDLE",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1779012031164"},
                "messageAttributes": {},
                "md5OfBody": "00000000000000000000000000000000",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:greenhouse-buffer",
                "awsRegion": "eu-central-1",
            })
        })
        .collect();
    json!({"Records": records})
}

/// The message ids of an event's records, also in the body of a queue's.
pub(crate) fn message_ids(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().into_iter().flatten();
    records
        .flat_map(|record| {
            let body = record["body"].as_str().unwrap_or_default();
            let inner: Value = serde_json::from_str(body).unwrap_or_default();
            [
                record["Sns"]["MessageId"].clone(),
                record["messageId"].clone(),
                inner["MessageId"].clone(),
            ]
        })
        .filter_map(|id| Some(id.as_str()?.to_owned()))
        .filter(|id| id.len() == 36)
        .collect()
}

/// Everything in an event that opens a door: the tokens of approvals, subscriptions and rules, however deep they are
/// wrapped.
pub(crate) fn secrets(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            if let Ok(inner @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
                collect(&inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(secret)
                        if name.to_ascii_lowercase().ends_with("token") && !secret.is_empty() =>
                    {
                        assert!(secret.len() >= 12, "{secret} could be found by chance");
                        found.push(secret.to_owned());
                    }
                    _ => collect(member, found),
                }
            }
        }
        _ => {}
    }
}
