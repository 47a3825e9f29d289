//! Kind `cloudwatch_alarm`: an alarm, or one contributor of an alarm, changed its state.
//!
//! Comes from the alarm's own SNS action (page "Notifying users on alarm changes") or from an EventBridge rule (page "Alarm
//! events and EventBridge"). Alarms on one metric, on metric math, on anomaly detection, on queries of metrics or logs, and
//! composite alarms differ in what they carry; what does not apply to an alarm is null or empty.

mod condition;
mod reason;
mod trigger;

use serde::Serialize;

use super::{Eventbridge, Facts, Field, field};
use crate::arn::Arn;
use crate::console_link::Console;
use crate::context::Values;
use crate::envelope::Record;
use crate::loose::{self, Loose};
use crate::tree::{Arena, Node};
use reason::Reason;
use trigger::{Metric, MetricQuery, Trigger};

/// At most so many children are kept; `children_count` counts them all.
const CHILDREN: usize = 50;
/// At most so many attributes of a contributor stand in `attributes_text` and in the title.
const ATTRIBUTES_IN_LINE: usize = 20;
const ATTRIBUTES_IN_TITLE: usize = 3;

/// A change of state. In the context: `alarm`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CloudwatchAlarm {
    /// The alarm's name: any text of up to 255 characters.
    pub name: String,
    /// The alarm's ARN; null in old messages.
    pub arn: Option<String>,
    /// What the alarm's author wrote, up to 1,024 characters, often with a link to a runbook; null when unset.
    pub description: Option<String>,
    /// `ALARM`, `OK` or `INSUFFICIENT_DATA`, or whatever else AWS writes.
    pub state: String,
    /// The state before; may be the same. Null in events about a contributor.
    pub old_state: Option<String>,
    /// How the change was told: `sns` by the alarm's own action; `aws.cloudwatch` or `aws.monitoring` by an EventBridge rule on
    /// that source. Whoever subscribes to more than one of them hears of each change more than once.
    pub via: String,
    /// Why, in CloudWatch's words or in those of whoever set the state by hand. Null for PromQL alarms.
    pub reason: Option<String>,
    /// When the state changed, RFC 3339.
    pub time: Option<String>,
    /// When the alarm fires, as a sentence: `Sum of ApplicationRequests4xx > 5 for 1 of 1 minute`, for anomaly detection
    /// `ApplicationRequests4xx (Sum) above the expected band for 2 of 2 periods of 5 minutes`. Events know no periods and end
    /// before `for`. Null when it cannot be said, as for a composite alarm (see `rule`).
    pub condition: Option<String>,
    /// `5`; null for a band and for a composite alarm.
    pub threshold: Option<String>,
    /// AWS's word, such as `GreaterThanThreshold`; of an event, what its reason says. Null when neither tells.
    pub comparison: Option<String>,
    /// The latest datapoint of the reason, in full: `37`. Null when there was none, and when the reason only counts time
    /// series.
    pub value: Option<String>,
    /// The metric whose values are compared; null when an expression, a query or other alarms decide.
    pub metric: Option<Metric>,
    /// The metrics and expressions of metric math, anomaly detection and Metrics Insights, up to 50; empty when `metric` says
    /// it all.
    pub metrics: Vec<MetricQuery>,
    /// Whether a metric, expression or query names answers of the 400s (`4xx` in any case).
    pub is_4xx: bool,
    /// The band of anomaly detection: `ANOMALY_DETECTION_BAND(m1, 2)`.
    pub band: Option<String>,
    /// How many periods are looked at; null in events.
    pub evaluation_periods: Option<u64>,
    /// How many of them must breach; the same as `evaluation_periods` unless set.
    pub datapoints_to_alarm: Option<u64>,
    /// Seconds.
    pub period: Option<u64>,
    /// `missing`, `breaching`, `notBreaching` or `ignore`; null in events.
    pub missing_data: Option<String>,
    /// The rule of a composite alarm: `ALARM("a") OR ALARM("b")`.
    pub rule: Option<String>,
    /// The alarms that made a composite alarm change, up to 50. Empty also when it was set by hand.
    pub children: Vec<Child>,
    /// How many such alarms there are.
    pub children_count: usize,
    /// The time series or group that this is about; null when it is about the alarm as a whole. An alarm on several time
    /// series may send both.
    pub contributor: Option<Contributor>,
    /// The query of an alarm on Metrics Insights (`SELECT ...`), PromQL or logs, where AWS sends it.
    pub query: Option<String>,
    /// Only of a log alarm: `alarms at 2 of 3 query results; threshold 10`.
    pub query_results: Option<String>,
    /// What held the actions of a composite alarm back: `Alarm`, `WaitPeriod` or `ExtensionPeriod`. Only in events.
    pub suppressed_by: Option<String>,
    /// The same in AWS's words.
    pub suppressed_reason: Option<String>,
    /// The mute rule that holds the actions back. Only in events: those are sent all the same.
    pub muted_by: Option<String>,
    /// When the mute window ends, RFC 3339.
    pub muted_until: Option<String>,
    /// True when the action was held back and is run now, after a mute window: the change itself is older.
    pub after_mute_window: bool,
    /// `PARTIAL_DATA`, `EVALUATION_ERROR` or `EVALUATION_FAILURE` when the evaluation itself had trouble. Only in events.
    pub evaluation_state: Option<String>,
    /// The alarm's tags; empty unless the alarm passes them on.
    pub tags: Vec<Field>,
    #[serde(skip)]
    account: Option<String>,
    /// Of the event: an alarm's own message has only a display name such as `EU (Ireland)`, whose spelling has changed.
    #[serde(skip)]
    region: Option<String>,
}

/// An alarm that a composite alarm's rule names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Child {
    /// From the ARN.
    pub name: String,
    /// Null when AWS gave the name only.
    pub arn: Option<String>,
    /// `ALARM`, `OK`, ...
    pub state: Option<String>,
    /// Since when, RFC 3339.
    pub time: Option<String>,
    /// To the alarm in the console.
    pub link: Option<String>,
}

/// One of the time series or groups that an alarm watches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Contributor {
    /// Together with the alarm's ARN it says what belongs together.
    pub id: Option<String>,
    /// The values of the query's `GROUP BY` or `BY`.
    pub attributes: Vec<Field>,
    /// The attributes in one line: `ApiName=shop-api, Stage=prod`; null when there are none.
    pub attributes_text: Option<String>,
}

impl CloudwatchAlarm {
    /// From the message of the alarm's action. Name and new state are all that it takes: the description may be null, and
    /// `AlarmArn`, `Trigger` and the reason are missing from one kind of alarm or another.
    pub(super) fn from_sns(value: &Node<'_>) -> Option<Self> {
        let name = value.string("AlarmName")?;
        let state = value.string("NewStateValue")?;
        let alarm = Self {
            name: name.to_owned(),
            arn: value.text("AlarmArn"),
            description: value.text("AlarmDescription"),
            state: state.to_owned(),
            old_state: value.text("OldStateValue"),
            via: "sns".to_owned(),
            reason: value.text("NewStateReason"),
            time: value.moment("StateChangeTime"),
            query: trigger::query_text(value),
            rule: value.text("AlarmRule"),
            contributor: Contributor::new(
                value.text("AlarmContributorId"),
                value.member("AlarmContributorAttributes"),
            ),
            after_mute_window: value
                .boolean("ActionExecutedAfterMuteWindow")
                .unwrap_or(false),
            tags: field::named_values(value.member("AlarmTags")),
            account: value.text("AWSAccountId"),
            ..Self::default()
        };
        let children = value.list("TriggeringChildren");
        Some(alarm.completed(
            Trigger::read(value.member("Trigger")),
            value.member("NewStateReasonData"),
            Some(children).filter(|children| !children.is_empty()),
        ))
    }

    /// From an event about a state. An event about a changed configuration has the alarm's name and state too, but the state
    /// did not change: its type says so, and an `operation` (`create`, `update`, `delete`). It stays an event.
    ///
    /// `aws.monitoring` sends the same events as `aws.cloudwatch` (page "Amazon CloudWatch Monitoring events").
    pub(super) fn from_event(event: &Eventbridge) -> Option<Self> {
        let detail = event.detail.node();
        let name = detail.string("alarmName")?;
        let state = detail.object("state")?;
        let value = state.string("value")?;
        let of_cloudwatch = matches!(event.source.as_str(), "aws.cloudwatch" | "aws.monitoring");
        let of_configuration = event.detail_type.contains("Configuration Change")
            || detail.member("operation").is_some();
        if !of_cloudwatch || of_configuration {
            return None;
        }
        let configuration = detail.member("configuration").unwrap_or(&Node::Null);
        let contributor = detail.member("alarmContributor").unwrap_or(&Node::Null);
        let mute = detail.member("muteDetail").unwrap_or(&Node::Null);
        let is_alarm = |arn: &&String| alarm_arn(arn).is_some();
        let alarm = Self {
            name: name.to_owned(),
            arn: event.resources.iter().find(is_alarm).cloned(),
            description: configuration.text("description"),
            state: value.to_owned(),
            old_state: detail
                .object("previousState")
                .and_then(|state| state.text("value")),
            via: event.source.clone(),
            reason: state.text("reason"),
            time: state.moment("timestamp").or_else(|| event.time.clone()),
            rule: configuration.text("alarmRule"),
            contributor: Contributor::new(contributor.text("id"), contributor.member("attributes")),
            suppressed_by: state.text("actionsSuppressedBy"),
            suppressed_reason: state.text("actionsSuppressedReason"),
            muted_by: mute.text("mutedByArn").map(|arn| name_of_mute_rule(&arn)),
            muted_until: mute.moment("muteWindowEnd"),
            evaluation_state: state.text("evaluationState"),
            tags: field::named_values(detail.member("alarmTags")),
            account: event.account.clone(),
            region: event.region.clone(),
            ..Self::default()
        };
        let trigger = Trigger::read(Some(configuration));
        Some(alarm.completed(trigger, state.member("reasonData"), None))
    }

    pub(super) fn facts(&self, record: &Record) -> Facts {
        let arn = self.arn.as_deref().and_then(alarm_arn);
        let region = arn.and_then(|arn| arn.region).or(self.region.as_deref());
        // An alarm notifies topics of its own region, so the topic serves where the message has no ARN.
        let console = Console::near(region, arn, record.topic());
        let contributor = self.contributor.as_ref();
        let attributes = contributor
            .and_then(|contributor| {
                field::in_one_line(&contributor.attributes, ATTRIBUTES_IN_TITLE)
            })
            .map_or_else(String::new, |attributes| format!(" ({attributes})"));
        let mut facts = Facts {
            title: [&self.state, ": ", &self.name, &attributes].concat(),
            name: Some(self.name.clone()),
            state: Some(self.state.clone()),
            source: Some("aws.cloudwatch".to_owned()),
            account: self
                .account
                .clone()
                .or_else(|| arn?.account.map(str::to_owned)),
            region: region.map(str::to_owned),
            time: self.time.clone(),
            ..Facts::default()
        };
        facts.link("alarm", console.map(|console| console.alarm(&self.name)));
        facts
    }

    pub(super) fn members(&self, _record: &Record, values: &mut Values) {
        values.add("alarm", self);
    }

    /// Adds what only trigger, reason and children together tell.
    fn completed(
        mut self,
        trigger: Trigger,
        reason_data: Option<&Node<'_>>,
        children: Option<&[Node<'_>]>,
    ) -> Self {
        let text = self.reason.take();
        let arena = Arena::new();
        let reason = Reason::new(text.as_deref(), reason_data, &arena);

        let comparison = trigger.comparison.clone();
        let comparison = comparison.or_else(|| reason.comparison().map(str::to_owned));
        let side = comparison.as_deref().and_then(condition::band_side);
        let with_band = side.is_some() || trigger.band.is_some();
        let threshold = trigger.threshold.clone().or_else(|| reason.threshold());
        let threshold = threshold.filter(|_| !with_band);
        let period = trigger.period.or_else(|| reason.period());
        self.condition = comparison.as_deref().and_then(|comparison| {
            let of_logs = || {
                reason
                    .is_of_log_alarm()
                    .then(|| trigger::QUERY_RESULT.to_owned())
            };
            let subject = trigger.subject(with_band).or_else(of_logs)?;
            let span = trigger
                .datapoints_to_alarm
                .zip(trigger.evaluation_periods)
                .map(|(datapoints, periods)| condition::span(datapoints, periods, period))
                .or_else(|| reason.query_results_needed());
            condition::sentence(&subject, comparison, threshold.as_deref(), span.as_deref())
        });

        let children = children.unwrap_or_else(|| reason.children());
        self.children_count = children.len();
        self.children = children
            .iter()
            .filter_map(|child| Child::read(child, self.arn.as_deref()))
            .take(CHILDREN)
            .collect();

        self.is_4xx = trigger.is_4xx();
        self.value = reason.value();
        self.query_results = reason.query_results();
        self.reason = text;
        self.threshold = threshold;
        self.comparison = comparison;
        self.period = period;
        self.query = trigger.query.or(self.query);
        self.metric = trigger.metric;
        self.metrics = trigger.metrics;
        self.band = trigger.band;
        self.evaluation_periods = trigger.evaluation_periods;
        self.datapoints_to_alarm = trigger.datapoints_to_alarm;
        self.missing_data = trigger.missing_data;
        self
    }
}

impl Child {
    /// An object with ARN and state, or a text: the ARN or only the name (page "Notifying users on alarm changes" has texts,
    /// though objects are what comes). `None` for anything else. A name is that of an alarm beside the parent.
    fn read(value: &Node<'_>, parent_arn: Option<&str>) -> Option<Self> {
        let first = |names: [&str; 2]| names.iter().find_map(|name| value.member(name));
        let state = first(["State", "state"]).unwrap_or(&Node::Null);
        let text = loose::as_text(value)
            .or_else(|| first(["Arn", "arn"]).and_then(loose::as_text))
            .or_else(|| first(["Name", "name"]).and_then(loose::as_text))?;
        let arn = alarm_arn(&text);
        let is_arn = arn.is_some();
        let name = arn.and_then(|arn| arn.resource_after("alarm:"));
        let name = name.unwrap_or(&text).to_owned();
        let console = arn
            .or_else(|| parent_arn.and_then(alarm_arn))
            .and_then(Console::of_arn);
        Some(Self {
            link: console.map(|console| console.alarm(&name)),
            name,
            state: state.text("Value").or_else(|| state.text("value")),
            time: state
                .moment("Timestamp")
                .or_else(|| state.moment("timestamp")),
            arn: is_arn.then_some(text),
        })
    }
}

impl Contributor {
    fn new(id: Option<String>, attributes: Option<&Node<'_>>) -> Option<Self> {
        let attributes = field::named_values(attributes);
        (id.is_some() || !attributes.is_empty()).then(|| Self {
            attributes_text: field::in_one_line(&attributes, ATTRIBUTES_IN_LINE),
            id,
            attributes,
        })
    }
}

/// The ARN of an alarm. The name is raw in it, colons and spaces included.
fn alarm_arn(text: &str) -> Option<Arn<'_>> {
    Arn::parse(text).filter(|arn| arn.resource_after("alarm:").is_some())
}

/// `arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:nightly` is the rule `nightly`.
fn name_of_mute_rule(text: &str) -> String {
    let name = Arn::parse(text).and_then(|arn| arn.resource_after("alarm-mute-rule:"));
    name.unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests;
