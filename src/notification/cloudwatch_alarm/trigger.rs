//! What an alarm watches: `Trigger` of a message from SNS, `configuration` of an event.
//!
//! Three shapes: one metric with its members directly in `Trigger`; a list of metrics and expressions (`Metrics`) for metric
//! math, anomaly detection, other accounts and Metrics Insights; and nothing at all for composite and log alarms. An event
//! has the list only. Page "Notifying users on alarm changes" has the schema.

use serde::Serialize;

use super::condition;
use crate::loose::{self, Loose};
use crate::notification::{Field, field, words};
use crate::tree::Node;

/// At most so many entries of `metrics` are kept.
const LONGEST_LIST: usize = 50;
/// At most so many dimensions are written into one line.
const DIMENSIONS_IN_LINE: usize = 20;
/// A label or expression that stands for the metric in the condition is cut here, in characters.
const LONGEST_SUBJECT: usize = 120;

/// The metric whose values are compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Metric {
    /// For example `AWS/ElasticBeanstalk`.
    pub namespace: Option<String>,
    /// For example `ApplicationRequests4xx`.
    pub name: Option<String>,
    /// In AWS's order; empty when the metric has none.
    pub dimensions: Vec<Field>,
    /// The dimensions in one line: `EnvironmentName=shop-prod, InstanceId=i-1`, after 20 of them `and 3 more`; null when there
    /// are none.
    pub dimensions_text: Option<String>,
    /// `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, `p99`, `tm90`, ...
    pub statistic: Option<String>,
    /// Seconds.
    pub period: Option<u64>,
    /// The period in words: `5 minutes`.
    pub period_text: Option<String>,
    /// For example `Count`; null when the alarm takes any unit, which is usual.
    pub unit: Option<String>,
    /// The account that has the metric, when AWS names it: it may be another one than the alarm's.
    pub account: Option<String>,
}

/// One entry of a list of metrics and expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MetricQuery {
    /// The name that expressions use: `m1`.
    pub id: Option<String>,
    /// For people; null when unset.
    pub label: Option<String>,
    /// Metric math such as `100*(m4/m0)`, a Metrics Insights query or a band; null for a plain metric.
    pub expression: Option<String>,
    /// Null for an expression, as the following ones.
    pub namespace: Option<String>,
    /// The metric's name.
    pub name: Option<String>,
    /// In AWS's order; empty for an expression.
    pub dimensions: Vec<Field>,
    /// The dimensions in one line, as in `alarm.metric`.
    pub dimensions_text: Option<String>,
    /// `Sum`, `p99`, ...
    pub statistic: Option<String>,
    /// Seconds.
    pub period: Option<u64>,
    /// Null when the alarm takes any unit.
    pub unit: Option<String>,
    /// The account that has the metric; null when it is the alarm's.
    pub account: Option<String>,
    /// False for metrics that only feed an expression. The entry whose values are compared says true, and so does a band.
    pub returns_data: bool,
}

/// What an alarm watches, read from either shape.
#[derive(Debug, Default)]
pub(super) struct Trigger {
    /// `None` when an expression is compared.
    pub(super) metric: Option<Metric>,
    /// Empty when `metric` says it all.
    pub(super) metrics: Vec<MetricQuery>,
    /// The expression of the band of anomaly detection.
    pub(super) band: Option<String>,
    /// The text of the query of an alarm on Metrics Insights, PromQL or logs.
    pub(super) query: Option<String>,
    /// Seconds.
    pub(super) period: Option<u64>,
    pub(super) evaluation_periods: Option<u64>,
    pub(super) datapoints_to_alarm: Option<u64>,
    pub(super) comparison: Option<String>,
    pub(super) threshold: Option<String>,
    pub(super) missing_data: Option<String>,
    /// The label or expression that is compared; `None` for a metric.
    expression: Option<String>,
}

impl Trigger {
    /// Anything but an object says nothing.
    pub(super) fn read(value: Option<&Node<'_>>) -> Self {
        let Some(value) = value else {
            return Self::default();
        };
        let trigger = &AnyCase(value);
        let mut queries: Vec<MetricQuery> = trigger
            .list("Metrics")
            .iter()
            .filter(|query| query.is_object())
            .take(LONGEST_LIST)
            .map(MetricQuery::read)
            .collect();
        let threshold_id = trigger.text("ThresholdMetricId");
        // Events do not say which one the band is.
        let is_band = |query: &&MetricQuery| {
            let is_threshold = threshold_id.is_some() && query.id == threshold_id;
            is_threshold || query.begins_with("ANOMALY_DETECTION_BAND")
        };
        let band = queries.iter().find(is_band);
        let band = band.and_then(|band| band.expression.clone());
        // With a band two entries return data, so that alone does not tell which one is compared.
        let mut others = queries.iter().filter(|query| !is_band(query));
        let compared = others
            .clone()
            .find(|query| query.returns_data)
            .or_else(|| others.next())
            .cloned()
            .unwrap_or_default();

        let metric = read_scalar(trigger).or_else(|| compared.metric());
        if metric.is_some() && queries.len() == 1 {
            queries.clear();
        }
        let query = match &compared.expression {
            Some(expression) if compared.begins_with("SELECT ") => Some(expression.clone()),
            _ => query_text(value),
        };
        let evaluation_periods = trigger.count("EvaluationPeriods").filter(|n| *n > 0);
        Self {
            period: trigger.seconds("Period").or(compared.period),
            evaluation_periods,
            datapoints_to_alarm: trigger.count("DatapointsToAlarm").or(evaluation_periods),
            comparison: trigger.text("ComparisonOperator"),
            threshold: trigger.number("Threshold").map(loose::plain_number),
            missing_data: trigger
                .text("TreatMissingData")
                .and_then(|text| missing_data(&text)),
            expression: compared
                .label
                .or_else(|| query.as_ref().map(|_| QUERY_RESULT.to_owned()))
                .or(compared.expression),
            query,
            metric,
            metrics: queries,
            band,
        }
    }

    /// What is compared, for the condition: `Sum of ApplicationRequests4xx`, or with a band `ApplicationRequests4xx (Sum)`.
    pub(super) fn subject(&self, with_band: bool) -> Option<String> {
        let metric = self.metric.as_ref();
        let Some(name) = metric.and_then(|metric| metric.name.as_deref()) else {
            let expression = self.expression.as_deref()?;
            return Some(words::one_line(expression, LONGEST_SUBJECT));
        };
        let statistic = metric.and_then(|metric| metric.statistic.as_deref());
        Some(match statistic {
            Some(statistic) if with_band => [name, " (", statistic, ")"].concat(),
            Some(statistic) => [statistic, " of ", name].concat(),
            None => name.to_owned(),
        })
    }

    /// Does anything here count answers of the 400s? AWS writes `4xx` and `4XX`.
    pub(super) fn is_4xx(&self) -> bool {
        let of_metrics = self
            .metrics
            .iter()
            .flat_map(|query| [&query.name, &query.expression, &query.label]);
        let of_metric = self.metric.iter().map(|metric| &metric.name);
        of_metric
            .chain(of_metrics)
            .chain([&self.expression, &self.query])
            .flatten()
            .any(|text| {
                let mut windows = text.as_bytes().windows(3);
                windows.any(|window| window.eq_ignore_ascii_case(b"4xx"))
            })
    }
}

/// What stands for the metric where the text of a query would be too long.
pub(super) const QUERY_RESULT: &str = "Query result";

/// The query of a PromQL or log alarm. No message with one has been published: these are the names that the API uses (pages
/// "PutMetricAlarm" and "PutLogAlarm").
pub(super) fn query_text(value: &Node<'_>) -> Option<String> {
    let value = AnyCase(value);
    let criteria = value.at("EvaluationCriteria").at("PromQLCriteria");
    let scheduled = value.at("ScheduledQueryConfiguration");
    criteria
        .text("Query")
        .or_else(|| scheduled.text("QueryString"))
}

impl MetricQuery {
    fn read(value: &Node<'_>) -> Self {
        let query = AnyCase(value);
        let stat = query.at("MetricStat");
        let metric = stat.at("Metric");
        let dimensions = field::named_values(metric.member("Dimensions"));
        Self {
            id: query.text("Id"),
            label: query.text("Label"),
            expression: query.text("Expression"),
            namespace: metric.text("Namespace"),
            name: metric.text("MetricName").or_else(|| metric.text("Name")),
            dimensions_text: field::in_one_line(&dimensions, DIMENSIONS_IN_LINE),
            dimensions,
            statistic: stat.text("Stat").map(|text| statistic(&text)),
            period: stat.seconds("Period").or_else(|| query.seconds("Period")),
            unit: stat.text("Unit"),
            account: query.text("AccountId"),
            returns_data: query.boolean("ReturnData").unwrap_or(true),
        }
    }

    fn metric(&self) -> Option<Metric> {
        self.name.as_ref()?;
        Some(Metric {
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            dimensions: self.dimensions.clone(),
            dimensions_text: self.dimensions_text.clone(),
            statistic: self.statistic.clone(),
            period: self.period,
            period_text: self.period.map(condition::length),
            unit: self.unit.clone(),
            account: self.account.clone(),
        })
    }

    fn begins_with(&self, word: &str) -> bool {
        let expression = self.expression.as_deref().unwrap_or_default().trim_start();
        expression
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    }
}

/// SNS writes `MetricStat` where EventBridge writes `metricStat`. Names are given as SNS writes them.
struct AnyCase<'a>(&'a Node<'a>);

impl<'a> AnyCase<'a> {
    /// The members of a member; a missing one has none.
    fn at(&self, name: &str) -> Self {
        Self(self.find(name).unwrap_or(&Node::Null))
    }

    fn seconds(&self, name: &str) -> Option<u64> {
        self.count(name).filter(|seconds| *seconds > 0)
    }

    fn find(&self, name: &str) -> Option<&'a Node<'a>> {
        // Most names differ in length, and what is equal but for its first letter has the same rest.
        let also = |other: &str| {
            other.len() == name.len()
                && other.get(1..) == name.get(1..)
                && other.eq_ignore_ascii_case(name)
        };
        let members = self.0.as_object()?.iter();
        // Sorted as they are, SNS's spelling comes first.
        let mut found = members.filter(|(other, value)| also(other) && **value != Node::Null);
        found.next().map(|(_, value)| value)
    }
}

impl<'a> Loose for AnyCase<'a> {
    type Value = Node<'a>;

    fn member(&self, name: &str) -> Option<&Node<'a>> {
        self.find(name)
    }
}

/// One metric directly in `Trigger`.
fn read_scalar(trigger: &AnyCase<'_>) -> Option<Metric> {
    let (namespace, name) = (trigger.text("Namespace"), trigger.text("MetricName"));
    if namespace.is_none() && name.is_none() {
        return None;
    }
    let dimensions = field::named_values(trigger.member("Dimensions"));
    let period = trigger.seconds("Period");
    // With `StatisticType` `ExtendedStatistic` the percentile has a member of its own.
    let written = trigger
        .text("ExtendedStatistic")
        .or_else(|| trigger.text("Statistic"));
    Some(Metric {
        namespace,
        name,
        dimensions_text: field::in_one_line(&dimensions, DIMENSIONS_IN_LINE),
        dimensions,
        statistic: written.map(|text| statistic(&text)),
        period,
        period_text: period.map(condition::length),
        unit: trigger.text("Unit"),
        account: None,
    })
}

/// A metric directly in `Trigger` has `SUM` where lists of metrics have `Sum`.
fn statistic(written: &str) -> String {
    const MIXED: [&str; 5] = ["Sum", "Average", "Minimum", "Maximum", "SampleCount"];
    let mut known = MIXED.into_iter();
    let word = if written.eq_ignore_ascii_case("SAMPLE_COUNT") {
        Some("SampleCount")
    } else {
        known.find(|word| word.eq_ignore_ascii_case(written))
    };
    word.unwrap_or(written).to_owned()
}

/// Old messages have `- TreatMissingData:                    notBreaching`.
fn missing_data(written: &str) -> Option<String> {
    let word = written.rsplit(':').next().unwrap_or(written).trim();
    (!word.is_empty()).then(|| word.to_owned())
}
