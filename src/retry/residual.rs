//! What is left of a record.
//!
//! A residual is the SNS envelope of its record, as SNS itself would have put it into a queue, with one member more,
//! [`MEMBER`]. So whoever looks into the queue finds what they know, and the record opens as any other.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use serde_json::{Map, Value, json};

use crate::envelope::{Control, Record};
use crate::loose::Loose;
use crate::time;
use crate::tree::Node;

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
    pub fn read(member: &Node<'_>, sent: Option<SystemTime>) -> Self {
        let receivers = member.object("receivers").into_iter().flatten();
        let time = |name: &str| {
            let time = DateTime::parse_from_rfc3339(member.string(name)?).ok()?;
            let millis = u64::try_from(time.timestamp_millis()).ok()?;
            UNIX_EPOCH.checked_add(Duration::from_millis(millis))
        };
        let attempt = match member.get("attempt") {
            Some(Node::Number(number)) => number.as_u64(),
            _ => None,
        };
        let attempt = attempt.unwrap_or(1);
        let handed_over = time("handed_over").or(sent).unwrap_or(UNIX_EPOCH);
        // Nothing is seen after it was sent: what says so would be tried for ever.
        let first_seen = time("first_seen").unwrap_or(handed_over);
        let residual = Self {
            receivers: receivers
                .map(|(name, reason)| (name.to_owned(), reason.as_str().unwrap_or("").to_owned()))
                .collect(),
            attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
            first_seen: sent.map_or(first_seen, |sent| first_seen.min(sent)),
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
        let member = json!({
            "receivers": self.receivers,
            "attempt": self.attempt,
            "first_seen": time::rfc3339(self.first_seen),
            "handed_over": time::rfc3339(self.handed_over),
            "not_before": self.not_before.map(time::rfc3339),
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

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::envelope;

    const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:ops";

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn residual() -> Residual {
        Residual {
            receivers: BTreeMap::from([("alarms".to_owned(), "rate_limited".to_owned())]),
            attempt: 3,
            first_seen: at(1_779_012_000),
            handed_over: at(1_779_012_600),
            not_before: Some(at(1_779_016_200)),
        }
    }

    /// As the queue hands it back, sent at this moment.
    fn back(text: &str, sent: SystemTime) -> Record {
        let sent = sent.duration_since(UNIX_EPOCH).unwrap().as_millis();
        let event = json!({"Records": [{
            "eventSource": "aws:sqs", "messageId": "of the queue", "body": text,
            "attributes": {"SentTimestamp": sent.to_string()},
        }]});
        let mut records = envelope::open(&event).unwrap().records;
        assert_eq!(records.len(), 1);
        records.remove(0).unwrap()
    }

    fn record() -> impl Strategy<Value = Record> {
        // An empty text is as good as none.
        let some = || any::<String>().prop_filter("empty", |text| !text.trim().is_empty());
        let text = || option::of(some());
        let control = prop_oneof![
            4 => Just(None),
            1 => Just(Some(Control::SubscriptionConfirmation)),
            1 => Just(Some(Control::UnsubscribeConfirmation)),
        ];
        let attributes = btree_map(any::<String>(), some(), 0..3);
        let topic = option::of(Just(TOPIC.to_owned()));
        (
            text(),
            topic,
            text(),
            text(),
            attributes,
            any::<String>(),
            control,
        )
            .prop_map(
                |(message_id, topic_arn, subject, timestamp, attributes, body, control)| Record {
                    message_id: message_id.or(Some("m-1".to_owned())),
                    topic_arn,
                    subject,
                    timestamp,
                    attributes,
                    body: if control.is_some() {
                        String::new()
                    } else {
                        body
                    },
                    control,
                    residual: None,
                },
            )
    }

    proptest! {
        #[test]
        fn any_record_comes_back_as_it_was(record in record()) {
            let residual = residual();
            let text = residual.write(&record);
            // What SQS takes (page "SendMessage").
            let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
            prop_assert!(text.chars().all(allowed));
            let expected = Record { residual: Some(residual), ..record };
            prop_assert_eq!(back(&text, at(1_779_012_601)), expected);
        }
    }

    #[test]
    fn a_message_that_was_redriven_begins_anew() {
        let record = Record::bare("Disk full");
        let written = residual();
        let text = written.write(&record);
        // Sent when it was written, give or take two clocks.
        for sent in [1_779_012_590, 1_779_012_600, 1_779_012_900] {
            let read = back(&text, at(sent)).residual.unwrap();
            assert_eq!(read, written, "{sent}");
        }
        let moved = at(1_779_012_901);
        let read = back(&text, moved).residual.unwrap();
        assert_eq!(
            (read.attempt, read.first_seen, read.not_before),
            (0, moved, None)
        );
        assert_eq!(read.receivers, written.receivers);
    }

    #[test]
    fn a_residual_is_what_sns_would_have_written_and_one_member_more() {
        let record = Record {
            message_id: Some("m-1".to_owned()),
            topic_arn: Some(TOPIC.to_owned()),
            timestamp: Some("2026-05-17T09:59:58.318Z".to_owned()),
            attributes: BTreeMap::from([("team".to_owned(), "shop".to_owned())]),
            ..Record::bare("Disk full")
        };
        let text = residual().write(&record);
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "Type": "Notification",
                "MessageId": "m-1",
                "TopicArn": TOPIC,
                "Message": "Disk full",
                "Timestamp": "2026-05-17T09:59:58.318Z",
                "MessageAttributes": {"team": {"Type": "String", "Value": "shop"}},
                "SnsToSlack": {
                    "receivers": {"alarms": "rate_limited"},
                    "attempt": 3,
                    "first_seen": "2026-05-17T10:00:00.000Z",
                    "handed_over": "2026-05-17T10:10:00.000Z",
                    "not_before": "2026-05-17T11:10:00.000Z",
                },
            })
        );
    }

    #[test]
    fn what_somebody_wrote_by_hand_is_taken_as_new() {
        let sent = Some(at(1_779_012_600));
        for member in [
            json!(null),
            json!({}),
            json!([]),
            json!({"attempt": "3", "receivers": ["alarms"], "first_seen": 7}),
        ] {
            let read = Residual::read(&(&member).into(), sent);
            assert!(read.receivers.is_empty(), "{member}");
            assert_eq!(
                (read.attempt, read.first_seen),
                (1, at(1_779_012_600)),
                "{member}"
            );
        }
        let read = Residual::read(
            &(&json!({"first_seen": "2999-01-01T00:00:00Z"})).into(),
            sent,
        );
        assert_eq!(Some(read.first_seen), sent);
        // Nothing says when: it is over the horizon at once, and its queue decides what becomes of it.
        assert_eq!(Residual::read(&Node::Null, None).first_seen, UNIX_EPOCH);
    }
}
