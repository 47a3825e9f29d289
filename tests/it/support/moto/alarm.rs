//! Metrics and alarms. moto keeps them; LocalStack also acts on them.

use super::Moto;
use crate::support::moto::REGION;

const NAMESPACE: &str = "Greenhouse";
const METRIC: &str = "Temperature";

impl Moto {
    /// An alarm that publishes to a topic when the metric of [`Self::measure`] is above a threshold for ten seconds.
    pub(crate) fn create_alarm(&self, name: &str, threshold: u32, topic: &str) {
        self.cloudwatch(&[
            ("Action", "PutMetricAlarm"),
            ("AlarmName", name),
            ("AlarmDescription", "Open the windows"),
            ("Namespace", NAMESPACE),
            ("MetricName", METRIC),
            ("Statistic", "Maximum"),
            ("Period", "10"),
            ("EvaluationPeriods", "1"),
            ("ComparisonOperator", "GreaterThanThreshold"),
            ("Threshold", &threshold.to_string()),
            ("AlarmActions.member.1", topic),
        ]);
    }

    /// A value of the metric, now.
    pub(crate) fn measure(&self, value: u32) {
        self.cloudwatch(&[
            ("Action", "PutMetricData"),
            ("Namespace", NAMESPACE),
            ("MetricData.member.1.MetricName", METRIC),
            ("MetricData.member.1.Value", &value.to_string()),
        ]);
    }

    fn cloudwatch(&self, parameters: &[(&str, &str)]) {
        let version = [("Version", "2010-08-01")];
        self.query(REGION, "monitoring", &[&version, parameters].concat());
    }
}
