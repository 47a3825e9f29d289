//! Step 2: what a record means.
//!
//! One file per kind. Each reads AWS's JSON ([`crate::loose`]) into a structure that says what it means; the shapes as
//! AWS sends them stay inside that file. The structures are serialised as they are into the context of templates, so
//! the documentation of their fields is the documentation of the context.
//!
//! [`classify`] is total: what no other kind takes is [`Json`] or [`Text`].

mod cloudwatch_alarm;
mod codepipeline_approval;
mod config_notice;
mod config_rule;
mod custom;
mod eventbridge;
mod json;
mod text;

mod field;
mod hidden;
mod members;
#[cfg(test)]
mod mutation;
mod words;

use serde::ser::{Serialize, SerializeStruct, Serializer};

pub use cloudwatch_alarm::CloudwatchAlarm;
pub use codepipeline_approval::CodepipelineApproval;
pub use config_notice::ConfigNotice;
pub use config_rule::ConfigRule;
pub use custom::Custom;
pub use eventbridge::Eventbridge;
pub use field::Field;
pub use json::{Json, JsonFamily};
pub use text::{Text, TextFamily};

use crate::context::Values;
use crate::envelope::Record;
use crate::loose::Loose;
use crate::tree::{self, Arena, Node};

/// The classified record.
#[derive(Debug, Clone)]
pub enum Notification {
    /// A pipeline waits for somebody's approval.
    CodepipelineApproval(CodepipelineApproval),
    /// An alarm changed its state.
    CloudwatchAlarm(Box<CloudwatchAlarm>),
    /// A resource's compliance with a rule changed.
    ConfigRule(ConfigRule),
    /// Any other message of an AWS Config stream.
    ConfigNotice(ConfigNotice),
    /// Any other EventBridge event.
    Eventbridge(Eventbridge),
    /// A custom notification in the schema of Amazon Q Developer in chat applications (AWS Chatbot).
    Custom(Custom),
    /// Any other JSON.
    Json(Json),
    /// Any other text.
    Text(Text),
}

/// The name of a kind, the same in code, templates, logs, metrics, fixtures and Terraform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the variants are those of `Notification`")]
pub enum Kind {
    CodepipelineApproval,
    CloudwatchAlarm,
    ConfigRule,
    ConfigNotice,
    Eventbridge,
    Custom,
    Json,
    Text,
}

impl Kind {
    /// Every kind, in the order in which they are documented.
    pub const ALL: [Self; 8] = [
        Self::CodepipelineApproval,
        Self::CloudwatchAlarm,
        Self::ConfigRule,
        Self::ConfigNotice,
        Self::Eventbridge,
        Self::Custom,
        Self::Json,
        Self::Text,
    ];

    /// The name as it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CodepipelineApproval => "codepipeline_approval",
            Self::CloudwatchAlarm => "cloudwatch_alarm",
            Self::ConfigRule => "config_rule",
            Self::ConfigNotice => "config_notice",
            Self::Eventbridge => "eventbridge",
            Self::Custom => "custom",
            Self::Json => "json",
            Self::Text => "text",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What every kind can say of itself, under the same names: they are the values that routes match on and that every
/// template sees at the top of its context.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The whole thing in half a line: `ALARM: shop-prod-4xx-spike`.
    pub title: String,
    /// The alarm, pipeline, rule or detail type.
    pub name: Option<String>,
    /// The alarm state, compliance or severity.
    pub state: Option<String>,
    /// Where it comes from: `aws.codepipeline`, `aws.cloudwatch`, ...
    pub source: Option<String>,
    /// Twelve digits; `None` when only the topic's ARN can tell.
    pub account: Option<String>,
    /// Of the thing that is reported, such as `eu-west-1`; `None` when only the topic's ARN can tell.
    pub region: Option<String>,
    /// When it happened, RFC 3339 where it could be read.
    pub time: Option<String>,
    /// Console links and links that AWS sent, by name; every name of the kind is there, null when there is no such link.
    pub links: Links,
}

impl Facts {
    /// With nothing but a source.
    pub(crate) fn of(source: &str) -> Self {
        Self {
            source: Some(source.to_owned()),
            ..Self::default()
        }
    }

    /// Adds a link; null when there is none.
    pub(crate) fn link(&mut self, name: &'static str, url: Option<String>) {
        self.links.0.push((name, url));
    }
}

/// Links by name.
#[derive(Debug, Clone, Default)]
pub struct Links(Vec<(&'static str, Option<String>)>);

impl Links {
    /// The link of that name; `None` when there is none.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, url) = self.0.iter().find(|(known, _)| *known == name)?;
        url.as_deref()
    }
}

impl Serialize for Links {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut links = serializer.serialize_struct("Links", self.0.len())?;
        for (name, url) in &self.0 {
            links.serialize_field(name, url)?;
        }
        links.end()
    }
}

impl Notification {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::CodepipelineApproval(_) => Kind::CodepipelineApproval,
            Self::CloudwatchAlarm(_) => Kind::CloudwatchAlarm,
            Self::ConfigRule(_) => Kind::ConfigRule,
            Self::ConfigNotice(_) => Kind::ConfigNotice,
            Self::Eventbridge(_) => Kind::Eventbridge,
            Self::Custom(_) => Kind::Custom,
            Self::Json(_) => Kind::Json,
            Self::Text(_) => Kind::Text,
        }
    }

    /// What every kind can say of itself.
    pub fn facts(&self, record: &Record) -> Facts {
        match self {
            Self::CodepipelineApproval(approval) => approval.facts(record),
            Self::CloudwatchAlarm(alarm) => alarm.facts(record),
            Self::ConfigRule(rule) => rule.facts(record),
            Self::ConfigNotice(notice) => notice.facts(record),
            Self::Eventbridge(event) => event.facts(record),
            Self::Custom(custom) => custom.facts(record),
            Self::Json(json) => json.facts(record),
            Self::Text(text) => text.facts(record),
        }
    }

    /// Adds what only this kind has in its context.
    pub(crate) fn members(&self, record: &Record, values: &mut Values) {
        match self {
            Self::CodepipelineApproval(approval) => approval.members(record, values),
            Self::CloudwatchAlarm(alarm) => alarm.members(record, values),
            Self::ConfigRule(rule) => rule.members(record, values),
            Self::ConfigNotice(notice) => notice.members(record, values),
            Self::Eventbridge(event) => event.members(record, values),
            Self::Custom(custom) => custom.members(record, values),
            Self::Json(json) => json.members(record, values),
            Self::Text(text) => text.members(record, values),
        }
    }
}

/// Says what a record is. Looks only at the body, never at the subject or the topic: those are hints for people.
pub fn classify(record: &Record) -> Notification {
    if let Some(control) = record.control {
        return Notification::Text(Text::from_control(control, record));
    }
    classify_body(&record.body, record, 0)
}

/// More than most bodies need of an arena, in bytes.
const USUAL_ARENA: usize = 6 * 1024;

/// How often a body may be wrapped (a JSON string, an SNS envelope inside an SNS message) before it is shown as it is.
const UNWRAPPED_AT_MOST: u8 = 3;

fn classify_body(body: &str, record: &Record, unwrapped: u8) -> Notification {
    let text = body.trim_start_matches('\u{feff}');
    // An arena for each attempt: what is no document leaves something there, too.
    let arena = Arena::with_capacity(USUAL_ARENA);
    if let Some(value) = tree::read_ordinary(text, &arena) {
        return classify_document(&value, &arena, body, record, unwrapped);
    }
    drop(arena);
    let arena = Arena::new();
    if let Ok(value) = tree::read_odd(text, &arena) {
        return classify_document(&value, &arena, body, record, unwrapped);
    }
    drop(arena);
    // AWS Config's oversized notice may come as a text with the JSON document at its end.
    let arena = Arena::new();
    let document = config_notice::document_in_text(body, &arena);
    let notice = document.and_then(|document| from_config(&document));
    notice.unwrap_or_else(|| Notification::Text(Text::from_body(body, record)))
}

fn classify_document<'t>(
    value: &Node<'t>,
    arena: &'t Arena,
    body: &str,
    record: &Record,
    unwrapped: u8,
) -> Notification {
    match value {
        Node::Text(inner) if unwrapped < UNWRAPPED_AT_MOST => {
            // An EventBridge input transformer delivers its text as a JSON string, quotes included.
            if inner.trim_start().starts_with(['{', '[']) {
                classify_body(inner, record, unwrapped + 1)
            } else {
                Notification::Text(Text::from_body(inner, record))
            }
        }
        Node::Object(_) => {
            if let Some(inner) = nested_envelope(value).filter(|_| unwrapped < UNWRAPPED_AT_MOST) {
                return classify_body(inner, record, unwrapped + 1);
            }
            from_object(value, arena)
        }
        Node::List(_) => Notification::Json(Json::from_value(value, arena)),
        _ => Notification::Text(Text::from_body(body, record)),
    }
}

/// The order matters: an EventBridge event also has a `version` and a `source`, as a custom notification does.
fn from_object<'t>(value: &Node<'t>, arena: &'t Arena) -> Notification {
    if let Some(approval) = CodepipelineApproval::from_action(value) {
        return Notification::CodepipelineApproval(approval);
    }
    if let Some(alarm) = CloudwatchAlarm::from_sns(value) {
        return Notification::CloudwatchAlarm(Box::new(alarm));
    }
    if let Some(notification) = from_config(value) {
        return notification;
    }
    if let Some(event) = Eventbridge::from_event(value) {
        return from_event(event);
    }
    if let Some(custom) = Custom::from_value(value) {
        return Notification::Custom(custom);
    }
    Notification::Json(Json::from_value(value, arena))
}

/// A message of an AWS Config stream, from the delivery channel or as the `detail` of an event.
fn from_config(value: &Node<'_>) -> Option<Notification> {
    if let Some(rule) = ConfigRule::from_stream(value) {
        return Some(Notification::ConfigRule(rule));
    }
    ConfigNotice::from_stream(value).map(Notification::ConfigNotice)
}

/// Alarms, approvals and Config messages that come by way of EventBridge render as their family.
fn from_event(event: Eventbridge) -> Notification {
    if let Some(approval) = CodepipelineApproval::from_event(&event) {
        return Notification::CodepipelineApproval(approval);
    }
    if let Some(alarm) = CloudwatchAlarm::from_event(&event) {
        return Notification::CloudwatchAlarm(Box::new(alarm));
    }
    if event.source == "aws.config"
        && let Some(notification) = from_config(event.detail.node())
    {
        return notification;
    }
    Notification::Eventbridge(event.completed())
}

/// The message inside an SNS envelope that was itself sent to a topic.
fn nested_envelope<'v>(value: &'v Node<'_>) -> Option<&'v str> {
    (value.string("Type") == Some("Notification"))
        .then(|| value.string("Message"))
        .flatten()
}
