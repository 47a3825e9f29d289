//! What is left of a record.
//!
//! A residual is the SNS envelope of its record, as SNS itself would have put it into a queue, with one member more,
//! [`MEMBER`]. So whoever looks into the queue finds what they know, and the record opens as any other.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::envelope::{Control, Record};
use crate::loose::Loose;

/// The member of the envelope that makes it a residual.
pub const MEMBER: &str = "SnsToSlack";

/// A message that was sent so much later than its residual was written has been moved since: somebody has redriven the
/// dead-letter queue, which gives a message a new time of sending (page "Learn how to configure a dead-letter queue redrive in
/// Amazon SQS"). Otherwise the two moments differ by one request and by two clocks.
const MOVED: Duration = Duration::from_secs(300);

/// What is left to do with a record, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Residual {
    /// Who has not got it yet, with the reason in a word; empty when nobody has been chosen yet.
    pub receivers: BTreeMap<String, String>,
    /// How many invocations have handed it over.
    pub attempt: u32,
    /// When it was handed over first, or redriven last: the retry horizon begins there.
    pub first_seen: SystemTime,
    /// When it was handed over last.
    pub handed_over: SystemTime,
    /// Slack has asked for a longer wait than a queue can give: nothing is posted before.
    pub not_before: Option<SystemTime>,
}

impl Residual {
    /// From [`MEMBER`] of an envelope. Somebody may have written it by hand: what is missing or odd counts as new.
    ///
    /// `sent` is when the message that holds it was sent.
    pub fn read(member: &Value, sent: Option<SystemTime>) -> Self {
        let receivers = member.object("receivers").into_iter().flatten();
        let time = |name: &str| {
            let time = DateTime::parse_from_rfc3339(member.string(name)?).ok()?;
            let millis = u64::try_from(time.timestamp_millis()).ok()?;
            UNIX_EPOCH.checked_add(Duration::from_millis(millis))
        };
        let attempt = member.get("attempt").and_then(Value::as_u64).unwrap_or(1);
        let handed_over = time("handed_over").or(sent).unwrap_or(UNIX_EPOCH);
        let residual = Self {
            receivers: receivers
                .map(|(name, reason)| (name.clone(), reason.as_str().unwrap_or("").to_owned()))
                .collect(),
            attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
            first_seen: time("first_seen").unwrap_or(handed_over),
            handed_over,
            not_before: time("not_before"),
        };
        match sent {
            Some(sent) if sent > handed_over + MOVED => Self {
                attempt: 0,
                first_seen: sent,
                not_before: None,
                ..residual
            },
            _ => residual,
        }
    }

    /// The text of the message that keeps it with its record.
    pub fn write(&self, record: &Record) -> String {
        let time = |time: SystemTime| {
            let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
            let millis = i64::try_from(since.as_millis()).unwrap_or_default();
            let time = DateTime::<Utc>::from_timestamp_millis(millis).unwrap_or_default();
            time.to_rfc3339_opts(SecondsFormat::Millis, true)
        };
        let member = json!({
            "receivers": self.receivers,
            "attempt": self.attempt,
            "first_seen": time(self.first_seen),
            "handed_over": time(self.handed_over),
            "not_before": self.not_before.map(time),
        });
        let mut envelope = envelope(record);
        envelope.insert(MEMBER.to_owned(), member);
        // Allowed in JSON and not in a message of SQS (page "SendMessage", section "Request Parameters").
        Value::Object(envelope)
            .to_string()
            .replace('\u{fffe}', "\\ufffe")
            .replace('\u{ffff}', "\\uffff")
    }
}

/// As SNS writes it (page "Amazon SNS message and JSON formats"), with what a [`Record`] keeps.
fn envelope(record: &Record) -> Map<String, Value> {
    let kind = match record.control {
        None => "Notification",
        Some(Control::SubscriptionConfirmation) => "SubscriptionConfirmation",
        Some(Control::UnsubscribeConfirmation) => "UnsubscribeConfirmation",
    };
    let mut envelope = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            envelope.insert(name.to_owned(), value);
        }
    };
    let text = |text: &Option<String>| text.clone().map(Value::String);
    set("Type", Some(kind.into()));
    set("MessageId", text(&record.message_id));
    set("TopicArn", text(&record.topic_arn));
    set("Subject", text(&record.subject));
    set("Message", Some(record.body.as_str().into()));
    set("Timestamp", text(&record.timestamp));
    if !record.attributes.is_empty() {
        let attributes = record.attributes.iter();
        let attributes = attributes
            .map(|(name, value)| (name.clone(), json!({"Type": "String", "Value": value})))
            .collect();
        set("MessageAttributes", Some(Value::Object(attributes)));
    }
    envelope
}
