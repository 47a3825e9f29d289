//! What the reason of a state change says: its text is for people, its data for programs, and not every message has both.
//!
//! Messages from SNS have the text and, only for log alarms, the data. Events have no threshold or comparison outside the
//! reason (page "Alarm events and EventBridge"). Somebody's own text (`SetAlarmState`) may be anything, so only a text that
//! begins like CloudWatch's own is read.

use crate::loose::{self, Loose};
use crate::tree::{self, Arena, Node};

/// The reason of a state change.
pub(super) struct Reason<'a> {
    text: &'a str,
    data: Node<'a>,
}

impl<'a> Reason<'a> {
    /// `data` is an object, or one written as text.
    pub(super) fn new(text: Option<&'a str>, data: Option<&'a Node<'a>>, arena: &'a Arena) -> Self {
        let data = match data {
            Some(Node::Text(text)) => tree::read(text, arena).unwrap_or_default(),
            Some(other) => other.clone(),
            None => Node::Null,
        };
        let text = text.unwrap_or_default().trim_start();
        Self {
            // `Threshold Crossed: ...` or, for anomaly detection, `Thresholds Crossed: ...`
            text: if text.starts_with("Threshold") {
                text
            } else {
                ""
            },
            data,
        }
    }

    /// The latest datapoint, as a person writes it.
    pub(super) fn value(&self) -> Option<String> {
        // The text has the newest first; `recentDatapoints` has it last, `results` first.
        let of_data = || {
            let mut datapoints = self.data.list("recentDatapoints").iter().rev();
            let mut results = self.data.list("results").iter();
            datapoints
                .find_map(Node::as_f64)
                .or_else(|| results.find_map(|result| result.number("value")))
        };
        datapoint(self.text)
            .or_else(of_data)
            .map(loose::plain_number)
    }

    /// The threshold, as a person writes it; `None` for a band, which has one for every datapoint.
    pub(super) fn threshold(&self) -> Option<String> {
        let of_text = || {
            let (_, rest) = self.text.split_once("the threshold (")?;
            leading_number(rest)
        };
        self.data
            .number("threshold")
            .or_else(of_text)
            .map(loose::plain_number)
    }

    /// AWS's word for the comparison. The text of a recovery says `was not greater than`, which is the same comparison.
    pub(super) fn comparison(&self) -> Option<&'static str> {
        let says = |words: &str| self.text.contains(words);
        let word = match (says("the lower thresholds"), says("the upper thresholds")) {
            (true, true) => "LessThanLowerOrGreaterThanUpperThreshold",
            (true, false) => "LessThanLowerThreshold",
            (false, true) => "GreaterThanUpperThreshold",
            (false, false) if says("greater than or equal to the threshold") => {
                "GreaterThanOrEqualToThreshold"
            }
            (false, false) if says("greater than the threshold") => "GreaterThanThreshold",
            (false, false) if says("less than or equal to the threshold") => {
                "LessThanOrEqualToThreshold"
            }
            (false, false) if says("less than the threshold") => "LessThanThreshold",
            (false, false) => return None,
        };
        Some(word)
    }

    /// Seconds.
    pub(super) fn period(&self) -> Option<u64> {
        self.data.count("period").filter(|period| *period > 0)
    }

    /// The children that made a composite alarm change, as events write them.
    pub(super) fn children(&self) -> &[Node<'_>] {
        self.data.list("triggeringAlarms")
    }

    /// Is it the reason of a log alarm (page "Log alarms")? Those have results of queries instead of datapoints.
    pub(super) fn is_of_log_alarm(&self) -> bool {
        self.data.member("queryResultsToEvaluate").is_some() || self.text.contains("query results")
    }

    /// How many results of a log alarm's query must breach: `3 of 5 query results`.
    pub(super) fn query_results_needed(&self) -> Option<String> {
        let evaluated = self.data.count("queryResultsToEvaluate")?;
        let needed = self.data.count("queryResultsToAlarm")?;
        Some(format!("{needed} of {evaluated} query results"))
    }

    /// How many results of a log alarm's query do breach: `3 of 5 query results in ALARM; threshold 10`.
    pub(super) fn query_results(&self) -> Option<String> {
        if !self.is_of_log_alarm() {
            return None;
        }
        let mut summary = self
            .results_by_status()
            .or_else(|| self.results_by_text())
            .or_else(|| {
                let needed = self.query_results_needed()?;
                Some(format!("alarms at {needed}"))
            })?;
        if let Some(threshold) = self.threshold() {
            summary.push_str("; threshold ");
            summary.push_str(&threshold);
        }
        Some(summary)
    }

    /// Only where the results say themselves that they breach; `COMPLETE` just says that the query ran.
    fn results_by_status(&self) -> Option<String> {
        let results = self.data.list("results");
        let count = |status: &str| {
            let with = |result: &&Node<'_>| result.string("status") == Some(status);
            results.iter().filter(with).count()
        };
        let (breaching, fine) = (count("ALARM"), count("OK"));
        (breaching + fine > 0).then(|| {
            let evaluated = self.data.count("queryResultsToEvaluate");
            let evaluated = evaluated.map_or_else(|| results.len().to_string(), |n| n.to_string());
            format!("{breaching} of {evaluated} query results in ALARM")
        })
    }

    /// `3 out of the last 5 query results [...] were greater than the threshold`
    fn results_by_text(&self) -> Option<String> {
        let (before, after) = self.text.split_once(" out of the last ")?;
        let count: u64 = before.rsplit(' ').next()?.parse().ok()?;
        let (evaluated, rest) = after.split_once(' ')?;
        let evaluated: u64 = evaluated.parse().ok()?;
        if !rest.starts_with("query results") {
            return None;
        }
        let recovered = rest.contains(" not greater ") || rest.contains(" not less ");
        let state = if recovered { "OK" } else { "in ALARM" };
        Some(format!("{count} of {evaluated} query results {state}"))
    }
}

/// The newest datapoint in a text: the first number in square brackets that is no threshold (`[37.0 (11/03/26 09:41:00)]`),
/// or in old texts the number after the count (`1 datapoint (10.0) was`).
fn datapoint(text: &str) -> Option<f64> {
    let bracketed = text.match_indices('[').find_map(|(at, _)| {
        let before = text.get(..at)?.trim_end();
        if before.ends_with("threshold") || before.ends_with("thresholds") {
            return None;
        }
        leading_number(text.get(at + 1..)?)
    });
    bracketed.or_else(|| {
        let (_, rest) = text.split_once("datapoint")?;
        let rest = rest.strip_prefix('s').unwrap_or(rest);
        leading_number(rest.strip_prefix(" (")?)
    })
}

fn leading_number(text: &str) -> Option<f64> {
    let number = text.split([' ', ',', ']', ')', '(']).next()?;
    number
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn reads_the_texts_of_all_years() {
        for (text, value, threshold, comparison) in [
            (
                "Threshold Crossed: 1 out of the last 1 datapoints [37.0 (11/03/26 09:41:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
                Some("37"),
                Some("5"),
                Some("GreaterThanThreshold"),
            ),
            (
                "Threshold Crossed: 2 out of the last 3 datapoints [412.0 (11/03/26 09:35:00), 388.0 (11/03/26 09:30:00)] were less than or equal to the threshold (250.5) (minimum 2 datapoints for OK -> ALARM transition).",
                Some("412"),
                Some("250.5"),
                Some("LessThanOrEqualToThreshold"),
            ),
            (
                "Threshold Crossed: 1 datapoint [0.0131578947368421 (11/03/26 09:36:00)] was not greater than or equal to the threshold (0.05).",
                Some("0.0131578947368421"),
                Some("0.05"),
                Some("GreaterThanOrEqualToThreshold"),
            ),
            (
                "Threshold Crossed: 1 datapoint (10.0) was greater than or equal to the threshold (10.0).",
                Some("10"),
                Some("10"),
                Some("GreaterThanOrEqualToThreshold"),
            ),
            (
                "Threshold Crossed: 24 datapoints were less than the threshold (0.0). The most recent datapoints which crossed the threshold: [-1.5E7 (11/03/26 09:33:00), 2.0 (11/03/26 09:32:00)].",
                Some("-15000000"),
                Some("0"),
                Some("LessThanThreshold"),
            ),
            (
                "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
                None,
                None,
                None,
            ),
            (
                "Threshold Crossed: 1 datapoint [1.0 (11/03/26 09:33:00)] was not less than the threshold (1.0) and 1 missing datapoint was treated as [Breaching].",
                Some("1"),
                Some("1"),
                Some("LessThanThreshold"),
            ),
            (
                "Thresholds Crossed: 1 out of the last 1 datapoints [0.0 (11/03/26 09:33:00)] was less than the lower thresholds [0.02] or greater than the upper thresholds [0.3] (minimum 1 datapoint for OK -> ALARM transition).",
                Some("0"),
                None,
                Some("LessThanLowerOrGreaterThanUpperThreshold"),
            ),
            (
                "Thresholds Crossed: 6 datapoints were greater than the upper thresholds [41.2, 40.8].",
                None,
                None,
                Some("GreaterThanUpperThreshold"),
            ),
            (
                "Insufficient Data: 1 datapoint was unknown.",
                None,
                None,
                None,
            ),
            (
                "2 out of 14 time series evaluated to ALARM",
                None,
                None,
                None,
            ),
            ("just testing [1.0] the threshold (2.0)", None, None, None),
            ("Threshold Crossed: [", None, None, None),
            ("Threshold Crossed: [NaN (é", None, None, None),
            ("", None, None, None),
        ] {
            let arena = Arena::new();
            let reason = Reason::new(Some(text), None, &arena);
            assert_eq!(reason.value().as_deref(), value, "{text}");
            assert_eq!(reason.threshold().as_deref(), threshold, "{text}");
            assert_eq!(reason.comparison(), comparison, "{text}");
            assert_eq!(reason.query_results(), None, "{text}");
        }
    }

    #[test]
    fn reads_data_written_as_text_or_as_an_object() {
        let data =
            json!({"period": 300, "recentDatapoints": [10.0, 10.25, null], "threshold": 30.0});
        for data in [data.clone(), Value::String(data.to_string())] {
            let data = Node::from(&data);
            let arena = Arena::new();
            let reason = Reason::new(None, Some(&data), &arena);
            assert_eq!(
                reason.value().as_deref(),
                Some("10.25"),
                "the newest is last"
            );
            assert_eq!(reason.threshold().as_deref(), Some("30"));
            assert_eq!(reason.period(), Some(300));
        }
        for data in [
            json!("{\"threshold\":"),
            json!("text"),
            json!(7),
            json!([1]),
        ] {
            let data = Node::from(&data);
            let arena = Arena::new();
            let reason = Reason::new(None, Some(&data), &arena);
            assert_eq!((reason.value(), reason.threshold()), (None, None), "{data}");
        }
    }

    #[test]
    fn sums_up_the_results_of_a_log_alarm() {
        let text = "Threshold Crossed: 3 out of the last 5 query results [142.0 (11/03/26 09:35:00), 135.0 (11/03/26 09:30:00)] were greater than the threshold (100.0) (minimum 3 datapoints for OK -> ALARM transition).";
        let recovered = text.replace("were greater", "were not greater");
        let status = |word: &str| {
            json!({
                "threshold": 10, "queryResultsToEvaluate": 5, "queryResultsToAlarm": 3,
                "results": [{"status": word, "value": 12}, {"status": word, "value": 11}, {"status": "OK"}],
            })
        };
        for (text, data, expected) in [
            (
                text,
                json!(null),
                "3 of 5 query results in ALARM; threshold 100",
            ),
            (
                &recovered,
                json!(null),
                "3 of 5 query results OK; threshold 100",
            ),
            (
                "",
                status("ALARM"),
                "2 of 5 query results in ALARM; threshold 10",
            ),
            (
                "",
                json!({"queryResultsToEvaluate": 5, "queryResultsToAlarm": 3}),
                "alarms at 3 of 5 query results",
            ),
        ] {
            let data = Node::from(&data);
            let arena = Arena::new();
            let reason = Reason::new(Some(text), Some(&data), &arena);
            assert_eq!(reason.query_results().as_deref(), Some(expected), "{data}");
        }
        assert_eq!(
            Reason::new(None, Some(&Node::from(&status("ALARM"))), &Arena::new())
                .value()
                .as_deref(),
            Some("12")
        );
    }
}
