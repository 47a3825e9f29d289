//! Step 1: from the payload of an invocation to records.
//!
//! Each record is read on its own, so that a bad one never sinks its neighbours, and nothing is demanded of it that is not
//! needed: hand-made test events have no signature, FIFO queues drop it, and `Subject` may be null or absent.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fmt, iter, thread};

use serde::de::{Deserialize, DeserializeSeed as _, Deserializer};
use serde_json::Value;

use crate::arn::Arn;
use crate::loose::{Json, Loose};
use crate::retry::{self, Residual};
use crate::tree::{self, Arena, Members, Node, Seed};

/// What most payloads need of an arena beside their texts, in bytes.
const USUAL_ARENA: usize = 2 * 1024;

/// One SNS delivery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// SNS `MessageId`, the same on every retry; for a raw body in a queue the SQS `messageId`; `None` for a bare body.
    pub message_id: Option<String>,
    /// The topic's ARN as it came, also when it is none; `None` for a raw or bare body.
    pub topic_arn: Option<String>,
    /// Cut to 100 characters by most senders, and null from EventBridge: a hint, never a discriminator.
    pub subject: Option<String>,
    /// When SNS took the message, as AWS wrote it; `None` for a raw or bare body.
    pub timestamp: Option<String>,
    /// Message attributes by name; binary ones stay base64.
    pub attributes: BTreeMap<String, String>,
    /// The text of `Sns.Message`.
    pub body: String,
    /// Set when this is not a notification but SNS's own talk about a subscription.
    pub control: Option<Control>,
    /// Set when this is what an earlier invocation has left: it says who has not got the record yet.
    pub residual: Option<Residual>,
}

/// SNS's own messages about a subscription. Their tokens are capabilities and are not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Somebody subscribed the queue, and nobody has confirmed it.
    SubscriptionConfirmation,
    /// The subscription was removed.
    UnsubscribeConfirmation,
}

impl Record {
    /// A record that is nothing but a body, for the command line.
    pub fn bare(body: impl Into<String>) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
    }

    /// The topic; `None` when nothing says it.
    pub fn topic(&self) -> Option<Arn<'_>> {
        Arn::parse(self.topic_arn.as_deref()?)
    }
}

/// Which kind of source invoked the function: it decides how failures are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// SNS invoked the function.
    Sns,
    /// A queue's event source mapping did.
    Sqs,
}

/// A payload with its records, opened.
#[derive(Debug)]
pub struct Envelope {
    /// Who invoked.
    pub source: Source,
    /// In the order they came in.
    pub records: Vec<Result<Record, EnvelopeError>>,
    /// For each of the records the SQS `messageId` of the queue's message that it came in; several may have come in one.
    pub items: Vec<Option<String>>,
}

/// What AWS Lambda hands to the function, whatever it is; opened as soon as it has been read, so that it need not be kept.
/// A panic in that waits for [`Payload::open`], where somebody catches it.
#[derive(Debug)]
pub struct Payload(thread::Result<Result<Envelope, EnvelopeError>>);

impl Payload {
    /// `None` when it is no JSON, or odd in any way: serde_json then reads it, or says where it is wrong.
    pub fn read(payload: &[u8]) -> Option<Self> {
        let payload = str::from_utf8(payload).ok()?;
        let arena = Arena::with_capacity(payload.len() + USUAL_ARENA);
        let read = AssertUnwindSafe(|| tree::read_ordinary(payload, &arena));
        let read = panic::catch_unwind(read).ok()??;
        Some(Self::opened(&read))
    }

    fn opened(payload: &Node<'_>) -> Self {
        let open = AssertUnwindSafe(|| open_tree(payload));
        Self(panic::catch_unwind(open))
    }

    /// As [`open`].
    ///
    /// # Errors
    /// As those of [`open`].
    pub fn open(self) -> Result<Envelope, EnvelopeError> {
        self.0.unwrap_or_else(|panic| panic::resume_unwind(panic))
    }
}

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let arena = Arena::new();
        let payload = Seed::new(&arena).deserialize(deserializer)?;
        Ok(Self::opened(&payload))
    }
}

impl From<&Value> for Payload {
    fn from(payload: &Value) -> Self {
        Self::opened(&Node::of_value(&Arena::new(), payload))
    }
}

/// Why a payload or one of its records cannot be a delivery; the text says what it looks like and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeError(String);

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EnvelopeError {}

/// Opens what AWS Lambda hands to the function.
///
/// # Errors
/// When the payload as a whole is no delivery from SNS or SQS. A bad record inside one is an error of that record.
pub fn open(payload: &Value) -> Result<Envelope, EnvelopeError> {
    open_tree(&Node::of_value(&Arena::new(), payload))
}

fn open_tree(payload: &Node<'_>) -> Result<Envelope, EnvelopeError> {
    let Some((source, records)) = delivered(payload) else {
        return Err(unknown_payload(payload));
    };
    let mut envelope = Envelope {
        source,
        records: Vec::with_capacity(records.len()),
        items: Vec::with_capacity(records.len()),
    };
    for (index, record) in records.iter().enumerate() {
        let opened = match opened(record) {
            Some(records) => records.into_iter().map(Ok).collect(),
            None => vec![Err(unknown_record(index + 1, record))],
        };
        let item = record.text("messageId");
        let items = iter::repeat_n(item, opened.len());
        envelope.items.extend(items);
        envelope.records.extend(opened);
    }
    Ok(envelope)
}

/// The records of a delivery, and what the first that says it is from.
fn delivered<'t>(payload: &Node<'t>) -> Option<(Source, &'t [Node<'t>])> {
    let records = payload.get("Records")?.as_list()?;
    let source = records.iter().find_map(source_of)?;
    Some((source, records))
}

fn opened(record: &Node<'_>) -> Option<Vec<Record>> {
    Some(match source_of(record)? {
        Source::Sns => vec![from_sns(record)],
        Source::Sqs => from_sqs(record),
    })
}

/// Opens anything: what [`open`] refuses, and is no lone SNS envelope either, is taken as a body. The warning says what
/// the function would have answered.
pub fn open_anything(text: &str) -> (Vec<Result<Record, EnvelopeError>>, Option<String>) {
    let text = text.trim_start_matches('\u{feff}');
    let arena = Arena::new();
    let Ok(payload) = tree::read(text, &arena) else {
        return (vec![Ok(Record::bare(text))], None);
    };
    match open_tree(&payload) {
        Ok(envelope) => (envelope.records, None),
        Err(_) if is_sns_document(&payload) => (vec![Ok(from_document(&payload))], None),
        Err(error) => {
            let warning = looks_like(&payload).map(|_| {
                format!("taken as a message body; as an event of its own the function would refuse it: {error}")
            });
            (vec![Ok(Record::bare(text))], warning)
        }
    }
}

fn source_of(record: &Node<'_>) -> Option<Source> {
    match (record.string("EventSource"), record.string("eventSource")) {
        (Some("aws:sns"), _) => Some(Source::Sns),
        (_, Some("aws:sqs")) => Some(Source::Sqs),
        // Hand-made test events often leave the source out.
        (None, None) if record.object("Sns").is_some() => Some(Source::Sns),
        _ => None,
    }
}

fn from_sns(record: &Node<'_>) -> Record {
    record.get("Sns").map(from_document).unwrap_or_default()
}

/// The envelope itself: `Sns` in a Lambda event, or the JSON text in a queue (page "Amazon SNS message and JSON formats").
fn from_document(sns: &Node<'_>) -> Record {
    let control = match sns.string("Type") {
        Some("SubscriptionConfirmation") => Some(Control::SubscriptionConfirmation),
        Some("UnsubscribeConfirmation") => Some(Control::UnsubscribeConfirmation),
        _ => None,
    };
    Record {
        message_id: sns.text("MessageId"),
        topic_arn: sns.text("TopicArn"),
        subject: sns.text("Subject"),
        timestamp: sns.text("Timestamp"),
        attributes: attributes(sns.object("MessageAttributes"), "Value"),
        // The text of a confirmation holds the link with the token; our own words replace it.
        body: match (control, sns.get("Message")) {
            (Some(_), _) | (None, None | Some(Node::Null)) => String::new(),
            (None, Some(Node::Text(text))) => (*text).to_owned(),
            // Some hand-made events carry the message as an object instead of as its text.
            (None, Some(other)) => other.to_string(),
        },
        control,
        residual: None,
    }
}

/// Is this an SNS envelope by itself, as a queue's message holds it? Copies that somebody put into a queue by hand lack this
/// or that, and a notification taken for one too few is shown as raw JSON, a confirmation with more than it should show.
fn is_sns_document(value: &Node<'_>) -> bool {
    let of_sns = match value.string("Type") {
        Some("SubscriptionConfirmation" | "UnsubscribeConfirmation") => true,
        Some("Notification") => value.get("Message").is_some(),
        _ => false,
    };
    of_sns && (value.text("TopicArn").is_some() || value.text("MessageId").is_some())
}

/// One record, unless the message holds an event that could not be posted: that may have several.
fn from_sqs(record: &Node<'_>) -> Vec<Record> {
    let body = match record.get("body") {
        Some(Node::Text(text)) => (*text).to_owned(),
        None | Some(Node::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    let arena = Arena::new();
    if let Ok(document) = tree::read(&body, &arena) {
        let sent = sent(record.get("attributes"));
        let residual = document.get(retry::MEMBER);
        let residual = residual.map(|member| Residual::read(member, sent));
        if residual.is_some() || is_sns_document(&document) {
            let mut inner = from_document(&document);
            inner.message_id = inner.message_id.or_else(|| record.text("messageId"));
            inner.residual = residual;
            return vec![inner];
        }
        if let Some((_, records)) = failed_event(&document).and_then(delivered) {
            let as_it_is = |record: &Node<'_>| vec![Record::bare(record.to_string())];
            return records
                .iter()
                .flat_map(|record| opened(record).unwrap_or_else(|| as_it_is(record)))
                .collect();
        }
    }
    vec![Record {
        message_id: record.text("messageId"),
        attributes: attributes(record.object("messageAttributes"), "stringValue"),
        body,
        ..Record::default()
    }]
}

/// When SQS took the message with these attributes of the system.
pub(crate) fn sent(attributes: Option<&impl Json>) -> Option<SystemTime> {
    let millis = attributes?.text("SentTimestamp")?.parse().ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

/// The event of an invocation that has failed: Lambda sends an on-failure destination the event with the error (page
/// "Capturing records of Lambda asynchronous invocations"), and a dead-letter queue of the function the event alone.
fn failed_event<'v>(document: &'v Node<'v>) -> Option<&'v Node<'v>> {
    if document.object("requestContext").is_some() {
        return document.get("requestPayload");
    }
    document.get("Records").is_some().then_some(document)
}

fn attributes(object: Option<&Members<'_>>, value: &str) -> BTreeMap<String, String> {
    object
        .into_iter()
        .flatten()
        .filter_map(|(name, attribute)| Some((name.to_owned(), attribute.text(value)?)))
        .collect()
}

const REMEDY: &str =
    "subscribe the function to an SNS topic, or to a queue that is subscribed to one";

/// `number` counts from 1.
fn unknown_record(number: usize, record: &Node<'_>) -> EnvelopeError {
    let found = match name_of_source(record) {
        Some(source) => format!("record {number} is from {source}, not from SNS or SQS"),
        None => format!("record {number} does not say that it is from SNS or SQS"),
    };
    EnvelopeError(format!("{found}; {REMEDY}"))
}

fn unknown_payload(payload: &Node<'_>) -> EnvelopeError {
    let found = match payload {
        Node::Object(members) => match members.get("Records") {
            _ if members.is_empty() => "the payload is an empty object".to_owned(),
            Some(Node::List(records)) => unknown_records(records),
            Some(_) => "the `Records` of the payload are no array".to_owned(),
            None => format!("the payload has no `Records` (found: {})", names(members)),
        },
        Node::List(_) => "the payload is an array, not an object with `Records`".to_owned(),
        Node::Null => "the payload is null, not an object with `Records`".to_owned(),
        _ => "the payload is a single value, not an object with `Records`".to_owned(),
    };
    EnvelopeError(match looks_like(payload) {
        Some((what, remedy)) => format!("{found}: this looks like {what}; {remedy}"),
        None => format!("{found}: this is no SNS delivery; {REMEDY}"),
    })
}

fn unknown_records(records: &[Node<'_>]) -> String {
    if records.is_empty() {
        return "the `Records` of the payload are an empty array".to_owned();
    }
    let mut sources: Vec<String> = records.iter().filter_map(name_of_source).collect();
    sources.sort();
    sources.dedup();
    sources.truncate(NAMES_SHOWN);
    let found = "the payload has `Records`, but none of them is from SNS or SQS";
    match sources.as_slice() {
        [] => found.to_owned(),
        sources => format!("{found} (found: {})", sources.join(", ")),
    }
}

/// So many names of members or of sources are shown.
const NAMES_SHOWN: usize = 8;

fn names(members: &Members<'_>) -> String {
    let mut names: Vec<String> = members.names().take(NAMES_SHOWN).map(shown).collect();
    if members.len() > names.len() {
        names.push(format!("{} more", members.len() - names.len()));
    }
    names.join(", ")
}

fn name_of_source(record: &Node<'_>) -> Option<String> {
    let source = record
        .text("eventSource")
        .or_else(|| record.text("EventSource"))?;
    Some(shown(&source))
}

/// What a payload that is no SNS delivery looks like, and what to do about it.
fn looks_like(payload: &Node<'_>) -> Option<(&'static str, &'static str)> {
    let has = |name: &str| payload.get(name).is_some();
    if has("alarmData") && has("alarmArn") {
        return Some((
            "a CloudWatch alarm action that invokes the function directly",
            "let the alarm's action notify an SNS topic and subscribe the function to that topic",
        ));
    }
    if has("invokingEvent") {
        return Some((
            "the input of an AWS Config custom rule",
            "this function is no rule: let a delivery channel or an EventBridge rule send compliance changes to an SNS topic and subscribe the function to that topic",
        ));
    }
    if has("detail") && has("source") && (has("detail-type") || has("detailType")) {
        return Some((
            "an EventBridge event that invokes the function directly",
            "make an SNS topic the target of the rule and subscribe the function to that topic",
        ));
    }
    if is_sns_document(payload) {
        return Some((
            "an SNS message without the event in which Lambda delivers it",
            "to try one, send `{\"Records\": [{\"EventSource\": \"aws:sns\", \"Sns\": ...}]}` with the message in place of the dots",
        ));
    }
    let source = payload
        .list("Records")
        .first()
        .and_then(|record| record.text("eventSource"));
    match source.as_deref() {
        Some("aws:s3") => Some((
            "an S3 event notification that invokes the function directly",
            "let the bucket notify an SNS topic and subscribe the function to that topic",
        )),
        Some("aws:kinesis" | "aws:dynamodb") => Some((
            "records of a stream",
            "remove the function's event source mapping to that stream: it takes SNS deliveries only",
        )),
        _ => None,
    }
}

/// A name from the payload, short enough for an error line.
fn shown(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    format!("`{name}`")
}

#[cfg(test)]
mod tests;
