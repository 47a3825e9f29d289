//! Kind `eventbridge`: an event of any source that has no kind of its own.

use serde::Serialize;
use serde_json::Value;

use super::Facts;
use crate::envelope::Record;
use crate::loose::Loose;
use crate::time;

/// An event. In the context: `event`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Eventbridge {
    /// `aws.health`, `aws.guardduty`, or a source of your own.
    pub source: String,
    /// For example `AWS Health Event`. A notification rule of the developer tools spells the key `detailType`.
    pub detail_type: String,
    /// The event's own id; null when it came by a notification rule.
    pub id: Option<String>,
    /// Twelve digits.
    pub account: Option<String>,
    /// Where it happened.
    pub region: Option<String>,
    /// When, RFC 3339.
    pub time: Option<String>,
    /// ARNs of what it is about; may be empty.
    pub resources: Vec<String>,
    /// What the source says, as it came. Its members differ from source to source and from event to event: read them with
    /// `pick(from=event.detail, path="a.b")`, which is null where there is no such member.
    pub detail: Value,
    /// Only from notification rules: what the rule adds (custom data, the reason of a failure). Read it with `pick` too.
    pub additional_attributes: Value,
}

impl Eventbridge {
    pub(super) fn from_event(value: &Value) -> Option<Self> {
        let source = value.string("source")?;
        let detail_type = value
            .string("detail-type")
            .or_else(|| value.string("detailType"))?;
        let detail = value.object("detail")?;
        Some(Self {
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            id: value.text("id"),
            account: value.text("account"),
            region: value.text("region"),
            time: value.text("time").map(|time| time::normalise(&time)),
            resources: value
                .list("resources")
                .iter()
                .filter_map(crate::loose::as_text)
                .collect(),
            detail: Value::Object(detail.clone()),
            additional_attributes: value
                .get("additionalAttributes")
                .cloned()
                .unwrap_or_default(),
        })
    }

    pub(super) fn facts(&self, _record: &Record) -> Facts {
        Facts {
            title: self.detail_type.clone(),
            name: Some(self.detail_type.clone()),
            source: Some(self.source.clone()),
            account: self.account.clone(),
            region: self.region.clone(),
            time: self.time.clone(),
            ..Facts::default()
        }
    }

    pub(super) fn members(&self, _record: &Record) -> Vec<(&'static str, Value)> {
        vec![("event", serde_json::to_value(self).unwrap_or_default())]
    }
}
