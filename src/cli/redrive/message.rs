//! A message of a queue: what it holds, as the function would open it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::envelope::{self, Record};
use crate::loose::Loose;
use crate::notification;
use crate::time;

/// A record as a line of the preview shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// As the function would classify it.
    pub(super) kind: &'static str,
    pub(super) title: String,
    /// Who has not got it yet, and why; `-` where nobody knows.
    pub(super) waits_for: String,
    /// How often it has been tried; `None` where the message does not say so.
    pub(super) attempts: Option<u64>,
    /// When SNS took it, or the function handed it over first; `None` where the message does not say so.
    pub(super) since: Option<SystemTime>,
}

/// The records in a message as SQS answers `ReceiveMessage`. At least one.
pub(super) fn rows(message: &Value) -> Vec<Row> {
    let event = event(message);
    let failed = failed(message);
    let Ok(envelope) = envelope::open(&event) else {
        return vec![unreadable("not what the function can open")];
    };
    let sent = sent(message);
    let records = envelope.records.into_iter();
    records
        .map(|record| match record {
            Ok(record) => row(&record, failed.as_ref(), sent),
            Err(error) => unreadable(&error.to_string()),
        })
        .collect()
}

/// When SQS took the message.
pub(super) fn sent(message: &Value) -> Option<SystemTime> {
    envelope::sent(message.get("Attributes"))
}

/// As the event source mapping would hand the message over (page "Using Lambda with Amazon SQS"), so that the function and
/// this command see the same.
fn event(message: &Value) -> Value {
    let attributes: Map<String, Value> = message
        .object("MessageAttributes")
        .into_iter()
        .flatten()
        .map(|(name, attribute)| {
            let attribute = json!({
                "stringValue": attribute.get("StringValue"),
                "binaryValue": attribute.get("BinaryValue"),
                "dataType": attribute.get("DataType"),
            });
            (name.clone(), super::queue::without_nulls(attribute))
        })
        .collect();
    json!({"Records": [{
        "messageId": message.get("MessageId"),
        "body": message.get("Body"),
        "attributes": message.get("Attributes"),
        "messageAttributes": attributes,
        "eventSource": "aws:sqs",
    }]})
}

/// What Lambda says of the invocation that has failed (page "Capturing records of Lambda asynchronous invocations").
struct Failed {
    condition: Option<String>,
    attempts: Option<u64>,
}

fn failed(message: &Value) -> Option<Failed> {
    let body: Value = serde_json::from_str(message.string("Body")?).ok()?;
    let context = body.get("requestContext")?;
    body.get("requestPayload")?;
    Some(Failed {
        condition: context.text("condition"),
        attempts: context.count("approximateInvokeCount"),
    })
}

fn row(record: &Record, failed: Option<&Failed>, sent: Option<SystemTime>) -> Row {
    let notification = notification::classify(record);
    let context = Context::new(record, &notification, &BTreeMap::new());
    let title = context.text("title").unwrap_or_default();
    let residual = record.residual.as_ref();
    let written = record.timestamp.as_deref().and_then(time::parse);
    Row {
        kind: notification.kind().as_str(),
        title: harmless(title),
        waits_for: match (residual, failed) {
            (Some(residual), _) => waits_for(&residual.receivers),
            (None, Some(failed)) => failed.condition.as_deref().map(harmless),
            (None, None) => None,
        }
        .unwrap_or_else(|| "-".to_owned()),
        attempts: match (residual, failed) {
            (Some(residual), _) => Some(u64::from(residual.attempt)),
            (None, Some(failed)) => failed.attempts,
            (None, None) => None,
        },
        since: residual
            .map(|residual| residual.first_seen)
            .or(written.map(SystemTime::from))
            .or(sent),
    }
}

fn unreadable(why: &str) -> Row {
    Row {
        kind: "unreadable",
        title: harmless(why),
        waits_for: "-".to_owned(),
        attempts: None,
        since: None,
    }
}

/// As in `alarms, ops (timeout); deploys (webhook_gone)`. `None` when nobody has been chosen yet.
fn waits_for(receivers: &BTreeMap<String, String>) -> Option<String> {
    let reasons: BTreeSet<&String> = receivers.values().collect();
    let groups: Vec<String> = reasons
        .into_iter()
        .map(|reason| {
            let names: Vec<&str> = receivers
                .iter()
                .filter(|(_, other)| *other == reason)
                .map(|(name, _)| name.as_str())
                .collect();
            let names = names.join(", ");
            if reason.is_empty() {
                names
            } else {
                format!("{names} ({reason})")
            }
        })
        .collect();
    (!groups.is_empty()).then(|| harmless(&groups.join("; ")))
}

/// For a terminal and for whoever looks over a shoulder: in one line, without anything that moves the cursor, and without the
/// rest of a URL, which may be a webhook's or have a token in it.
fn harmless(text: &str) -> String {
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .map(|word| match word.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://…"),
            None => word.chars().filter(|c| !turns(*c)).collect(),
        })
        .collect();
    words.join(" ")
}

/// Marks that change the direction of the text after them.
fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(body: &Value) -> Vec<Row> {
        let body = match body {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        rows(&json!({
            "MessageId": "5d0c2b7e-0000-4000-8000-000000000001",
            "ReceiptHandle": "EXAMPLE",
            "Body": body,
            "Attributes": {"SentTimestamp": "1779012031164", "ApproximateReceiveCount": "3"},
            "MessageAttributes": {"shelf": {"DataType": "String", "StringValue": "upper"}},
        }))
    }

    fn at(text: &str) -> Option<SystemTime> {
        time::parse(text).map(SystemTime::from)
    }

    fn alarm() -> Value {
        json!({
            "Type": "Notification",
            "MessageId": "5d0c2b7e-0000-4000-8000-000000000002",
            "TopicArn": "arn:aws:sns:eu-central-1:123456789012:greenhouse-alarms",
            "Timestamp": "2026-05-17T09:00:00.000Z",
            "Message": json!({"AlarmName": "too-dry", "NewStateValue": "ALARM"}).to_string(),
        })
    }

    #[test]
    fn shows_every_shape_that_a_queue_may_hold() {
        let row = |kind, title: &str, waits_for: &str, attempts, since: &str| Row {
            kind,
            title: title.to_owned(),
            waits_for: waits_for.to_owned(),
            attempts,
            since: at(since),
        };
        let mut residual = alarm();
        residual["SnsToSlack"] = json!({
            "receivers": {"ops": "timeout", "alarms": "timeout", "deploys": "webhook_gone"},
            "attempt": 12,
            "first_seen": "2026-05-17T09:00:01Z",
            "handed_over": "2026-05-17T09:58:00Z",
            "not_before": null,
        });
        assert_eq!(
            receive(&residual),
            [row(
                "cloudwatch_alarm",
                "ALARM: too-dry",
                "alarms, ops (timeout); deploys (webhook_gone)",
                Some(12),
                "2026-05-17T09:00:01Z"
            )]
        );
        let redrive_of_sns = row(
            "cloudwatch_alarm",
            "ALARM: too-dry",
            "-",
            None,
            "2026-05-17T09:00:00Z",
        );
        assert_eq!(receive(&alarm()), vec![redrive_of_sns.clone()]);

        let record = json!({"EventSource": "aws:sns", "Sns": alarm()});
        let event = json!({"Records": [record, record]});
        assert_eq!(
            receive(&event),
            [redrive_of_sns.clone(), redrive_of_sns.clone()]
        );
        let on_failure = json!({
            "version": "1.0",
            "requestContext": {"condition": "RetriesExhausted", "approximateInvokeCount": 3},
            "requestPayload": event,
            "responsePayload": {"errorMessage": "2 of 2 not posted"},
        });
        let failed = Row {
            waits_for: "RetriesExhausted".to_owned(),
            attempts: Some(3),
            ..redrive_of_sns
        };
        assert_eq!(receive(&on_failure), [failed.clone(), failed]);
        assert_eq!(
            receive(&"Water the ferns".into()),
            [row(
                "text",
                "Water the ferns",
                "-",
                None,
                "2026-05-17T10:00:31.164Z"
            )]
        );
    }

    #[test]
    fn titles_move_no_cursor_and_lead_nowhere() {
        let hostile = "\u{1b}[2Jsee https://example.org/T/B/secret?x\u{202e} now\u{7}";
        assert_eq!(harmless(hostile), "[2Jsee https://… now");
        let [row] = receive(&hostile.into()).try_into().unwrap();
        assert!(!row.title.contains("secret"), "{row:?}");
        assert!(!row.title.contains('\u{1b}'), "{row:?}");
    }
}
