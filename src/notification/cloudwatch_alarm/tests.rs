use serde_json::{Value, json};

use super::*;
use crate::context::Context;
use crate::notification::mutation::{self, for_each_mutation, lay_over, survives};
use crate::notification::{Kind, Notification, classify};

/// The alarm in a body, seen as a template sees it.
fn context(body: &Value) -> Context {
    context_of(&record(body))
}

fn context_of(record: &Record) -> Context {
    let context = mutation::context(record);
    assert_eq!(
        context.text("kind"),
        Some("cloudwatch_alarm"),
        "{}",
        record.body
    );
    context
}

/// On a topic of another account and region, so that a value taken from the topic shows.
fn record(body: &Value) -> Record {
    Record {
        topic_arn: Some("arn:aws:sns:us-east-1:111122223333:alerts".to_owned()),
        ..Record::bare(body.to_string())
    }
}

fn check(context: &Context, expected: &[(&str, Value)]) {
    for (path, expected) in expected {
        assert_eq!(context.json(path).as_ref(), Some(expected), "{path}");
    }
}

/// A document as the action of an alarm sends it, with `changes` laid over its top.
fn sns(changes: Value) -> Value {
    let mut document = json!({
        "AlarmName": "shop-prod-4xx-spike",
        "AlarmDescription": "More 4xx than usual, see https://runbooks.example.org/4xx",
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2026-02-02T08:15:30.114+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 1 out of the last 1 datapoints [37.0 (11/03/26 09:41:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
        "StateChangeTime": "2026-03-11T09:42:16.902+0000",
        "Region": "EU (Ireland)",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-prod-4xx-spike",
        "OldStateValue": "OK",
        "ActionExecutedAfterMuteWindow": false,
        "OKActions": [],
        "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:alerts"],
        "InsufficientDataActions": [],
    });
    lay_over(&mut document, changes);
    document
}

fn scalar_trigger(changes: Value) -> Value {
    let mut trigger = json!({
        "MetricName": "ApplicationRequests4xx",
        "Namespace": "AWS/ElasticBeanstalk",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": null,
        "Dimensions": [{"value": "shop-prod", "name": "EnvironmentName"}],
        "Period": 60,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    });
    lay_over(&mut trigger, changes);
    trigger
}

fn list_trigger(changes: Value) -> Value {
    let mut trigger = json!({
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 2.5,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    });
    lay_over(&mut trigger, changes);
    trigger
}

fn query(id: &str, metric: &str, returns_data: bool) -> Value {
    json!({
        "Id": id,
        "MetricStat": {
            "Metric": {
                "Dimensions": [{"value": "app/edge/9a8b7c6d5e4f3021", "name": "LoadBalancer"}],
                "MetricName": metric,
                "Namespace": "AWS/ApplicationELB",
            },
            "Period": 60,
            "Stat": "Sum",
        },
        "ReturnData": returns_data,
    })
}

fn scalar() -> Value {
    sns(json!({"Trigger": scalar_trigger(json!({}))}))
}

fn metric_math() -> Value {
    sns(json!({
        "Trigger": list_trigger(json!({"Metrics": [
            {"Expression": "100*(m4/m0)", "Id": "rate", "Label": "4xx share of requests (%)", "ReturnData": true},
            query("m4", "HTTPCode_ELB_4XX_Count", false),
            query("m0", "RequestCount", false),
        ]})),
    }))
}

fn cross_account() -> Value {
    let mut query = query("m1", "HTTPCode_ELB_4XX_Count", true);
    lay_over(&mut query, json!({"AccountId": "210987654321"}));
    sns(json!({"Trigger": list_trigger(json!({"Metrics": [query]}))}))
}

fn anomaly() -> Value {
    sns(json!({
        "NewStateReason": "Thresholds Crossed: 2 out of the last 2 datapoints [91.0 (11/03/26 09:35:00), 88.0 (11/03/26 09:30:00)] were greater than the upper thresholds [41.2, 40.8] (minimum 2 datapoints for OK -> ALARM transition).",
        "Trigger": list_trigger(json!({
            "Period": 300, "EvaluationPeriods": 2, "DatapointsToAlarm": 2,
            "ComparisonOperator": "GreaterThanUpperThreshold", "Threshold": null, "ThresholdMetricId": "ad1",
            "Metrics": [
                {"Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "Id": "ad1", "Label": "expected", "ReturnData": true},
                query("m1", "HTTPCode_ELB_4XX_Count", true),
            ],
        })),
    }))
}

fn composite(children: &Value) -> Value {
    sns(json!({
        "AlarmName": "shop-unhealthy",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-unhealthy",
        "AlarmConfigurationUpdatedTimestamp": null,
        "NewStateReason": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a: b|c transitioned to ALARM at Wednesday 11 March, 2026 09:42:16 UTC",
        "AlarmRule": "ALARM(\"a: b|c\") OR ALARM(\"edge-p99\")",
        "TriggeringChildren": children,
    }))
}

fn child() -> Value {
    json!({
        "Arn": "arn:aws:cloudwatch:us-west-2:210987654321:alarm:a: b|c",
        "State": {"Value": "ALARM", "Timestamp": "2026-03-11T09:42:16.902+0000"},
    })
}

fn insights(changes: Value) -> Value {
    let mut document = sns(json!({
        "AlarmName": "any-api-4xx",
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:any-api-4xx",
        "NewStateReason": "2 out of 14 time series evaluated to ALARM",
        "Trigger": list_trigger(json!({
            "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "Threshold": 100.0,
            "Metrics": [{
                "Expression": "SELECT SUM(\"4XXError\") FROM SCHEMA(\"AWS/ApiGateway\", ApiName) GROUP BY ApiName",
                "Id": "q1", "Period": 60, "ReturnData": true,
            }],
        })),
    }));
    lay_over(&mut document, changes);
    document
}

fn contributor() -> Value {
    insights(json!({
        "NewStateReason": "Threshold Crossed: 1 datapoint was greater than the threshold (100.0). The most recent datapoint which crossed the threshold: [412.0 (11/03/26 09:41:00)].",
        "AlarmContributorId": "6d442278dba546f6",
        "AlarmContributorAttributes": {"ApiName": "shop-api"},
    }))
}

fn log_alarm() -> Value {
    sns(json!({
        "NewStateReason": "Threshold Crossed: 3 out of the last 5 query results [142.0 (11/03/26 09:35:00), 135.0 (11/03/26 09:30:00), 120.0 (11/03/26 09:25:00)] were greater than the threshold (100.0) (minimum 3 datapoints for OK -> ALARM transition).",
        "NewStateReasonData": {
            "version": "1.0", "queryDate": "2026-03-11T09:42:16.000+0000", "threshold": 100.0,
            "queryResultsToEvaluate": 5, "queryResultsToAlarm": 3,
            "results": [{"queryResultId": "q-3", "status": "COMPLETE", "timestamp": "2026-03-11T09:35:00.000+0000", "value": 142.0}],
        },
        "AlarmTags": [{"Key": "team", "Value": "shop"}],
    }))
}

/// No message of a PromQL alarm has been published; this follows what is said of them.
fn promql() -> Value {
    sns(json!({"NewStateReason": null, "OldStateValue": null, "AlarmContributorId": "a1b2"}))
}

fn legacy() -> Value {
    sns(json!({
        "AlarmName": "web-4xx",
        "AlarmDescription": null,
        "AlarmArn": null,
        "AlarmConfigurationUpdatedTimestamp": null,
        "ActionExecutedAfterMuteWindow": null,
        "NewStateReason": "Threshold Crossed: 1 datapoint (10.0) was greater than or equal to the threshold (10.0).",
        "Trigger": scalar_trigger(json!({
            "StatisticType": null, "DatapointsToAlarm": null, "Period": 300,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold", "Threshold": 10.0,
            "TreatMissingData": "- TreatMissingData:                    notBreaching",
        })),
    }))
}

fn insufficient_data() -> Value {
    let mut document = sns(json!({
        "NewStateValue": "INSUFFICIENT_DATA",
        "NewStateReason": "Insufficient Data: 1 datapoint was unknown.",
        "Trigger": scalar_trigger(json!({"Dimensions": [], "Statistic": "AVERAGE", "Threshold": 0.05})),
    }));
    document["AlarmDescription"] = Value::Null;
    document["Trigger"]["EvaluateLowSampleCountPercentile"] = Value::Null;
    document
}

fn event(detail: Value) -> Value {
    let mut document = json!({
        "version": "0",
        "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "123456789012",
        "time": "2026-03-11T09:42:17Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-prod-4xx-spike"],
        "detail": {
            "alarmName": "shop-prod-4xx-spike",
            "previousState": {"value": "OK", "reason": "x", "timestamp": "2026-03-11T09:00:00.000+0000"},
            "state": {
                "value": "ALARM",
                "reason": "Threshold Crossed: 1 out of the last 1 datapoints [37.0 (11/03/26 09:41:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
                "reasonData": "{\"version\":\"1.0\",\"statistic\":\"Sum\",\"period\":60,\"recentDatapoints\":[37.0],\"threshold\":5.0}",
                "timestamp": "2026-03-11T09:42:16.902+0000",
            },
            "configuration": {"description": "More 4xx than usual", "metrics": [event_query("m1", true)]},
        },
    });
    lay_over(&mut document["detail"], detail);
    document
}

fn event_query(id: &str, returns_data: bool) -> Value {
    json!({
        "id": id,
        "metricStat": {
            "metric": {
                "dimensions": {"EnvironmentName": "shop-prod"},
                "name": "ApplicationRequests4xx",
                "namespace": "AWS/ElasticBeanstalk",
            },
            "period": 60,
            "stat": "Sum",
        },
        "returnData": returns_data,
    })
}

fn event_metric_math() -> Value {
    event(json!({"configuration": {"metrics": [
        {"id": "rate", "expression": "100*(m4/m0)", "returnData": true},
        event_query("m4", false),
    ]}}))
}

fn event_anomaly() -> Value {
    event(json!({
        "state": {
            "value": "ALARM",
            "reason": "Thresholds Crossed: 1 out of the last 1 datapoints [0.0 (11/03/26 09:41:00)] was less than the lower thresholds [0.02] or greater than the upper thresholds [0.3] (minimum 1 datapoint for OK -> ALARM transition).",
        },
        "configuration": {"metrics": [
            event_query("m1", true),
            {"id": "ad1", "expression": "ANOMALY_DETECTION_BAND(m1, 0.8)", "label": "expected", "returnData": true},
        ]},
    }))
}

fn event_composite() -> Value {
    event(json!({
        "state": {
            "value": "ALARM",
            "reason": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a transitioned to ALARM at Wednesday 11 March, 2026 09:42:16 UTC",
            "reasonData": "{\"triggeringAlarms\":[{\"arn\":\"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a\",\"state\":{\"value\":\"ALARM\",\"timestamp\":\"2026-03-11T09:42:16.394+0000\"}}]}",
            "timestamp": "2026-03-11T09:42:16.902+0000",
            "actionsSuppressedBy": "WaitPeriod",
            "actionsSuppressedReason": "Actions suppressed by WaitPeriod",
        },
        "configuration": {
            "alarmRule": "ALARM(a) OR ALARM(b)", "actionsSuppressor": "maintenance",
            "actionsSuppressorWaitPeriod": 120, "actionsSuppressorExtensionPeriod": 180,
        },
    }))
}

fn event_contributor() -> Value {
    let mut document = event(json!({
        "previousState": null,
        "alarmContributor": {"id": "6d442278dba546f6", "attributes": {"ApiName": "shop-api"}},
        "state": {
            "value": "ALARM",
            "reason": "Threshold Crossed: 1 datapoint was less than the threshold (1.0). The most recent datapoint which crossed the threshold: [0.0 (11/03/26 09:34:00)].",
            "timestamp": "2026-03-11T09:42:16.902+0000",
        },
        "configuration": {"metrics": [{
            "id": "q1", "expression": "SELECT AVG(Requests) FROM \"AWS/ApiGateway\" GROUP BY ApiName", "returnData": true, "period": 60,
        }]},
        "muteDetail": {
            "mutedByArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:nightly",
            "muteWindowStart": "2026-03-11T09:00:00.000+0000",
            "muteWindowEnd": "2026-03-11T11:00:00.000+0000",
        },
        "alarmTags": {"team": "shop"},
    }));
    document["detail-type"] = json!("CloudWatch Alarm Contributor State Change");
    document["source"] = json!("aws.monitoring");
    document
}

#[test]
fn an_alarm_on_one_metric() {
    let context = context(&scalar());
    check(
        &context,
        &[
            ("title", json!("ALARM: shop-prod-4xx-spike")),
            ("name", json!("shop-prod-4xx-spike")),
            ("state", json!("ALARM")),
            ("source", json!("aws.cloudwatch")),
            ("account", json!("123456789012")),
            ("region", json!("eu-west-1")),
            ("time", json!("2026-03-11T09:42:16Z")),
            (
                "links",
                json!({"alarm": "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/shop-prod-4xx-spike"}),
            ),
        ],
    );
    // The whole of it, because the names are a contract with the authors of templates.
    assert_eq!(
        context.json("alarm"),
        Some(json!({
            "name": "shop-prod-4xx-spike",
            "arn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-prod-4xx-spike",
            "description": "More 4xx than usual, see https://runbooks.example.org/4xx",
            "state": "ALARM",
            "old_state": "OK",
            "via": "sns",
            "reason": "Threshold Crossed: 1 out of the last 1 datapoints [37.0 (11/03/26 09:41:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
            "time": "2026-03-11T09:42:16Z",
            "condition": "Sum of ApplicationRequests4xx > 5 for 1 of 1 minute",
            "threshold": "5",
            "comparison": "GreaterThanThreshold",
            "value": "37",
            "metric": {
                "namespace": "AWS/ElasticBeanstalk",
                "name": "ApplicationRequests4xx",
                "dimensions": [{"name": "EnvironmentName", "value": "shop-prod"}],
                "dimensions_text": "EnvironmentName=shop-prod",
                "statistic": "Sum",
                "period": 60,
                "period_text": "1 minute",
                "unit": null,
                "account": null,
            },
            "metrics": [],
            "is_4xx": true,
            "band": null,
            "evaluation_periods": 1,
            "datapoints_to_alarm": 1,
            "period": 60,
            "missing_data": "notBreaching",
            "rule": null,
            "children": [],
            "children_count": 0,
            "contributor": null,
            "query": null,
            "query_results": null,
            "suppressed_by": null,
            "suppressed_reason": null,
            "muted_by": null,
            "muted_until": null,
            "after_mute_window": false,
            "evaluation_state": null,
            "tags": [],
        }))
    );
}

#[test]
fn the_condition_of_every_kind_of_trigger() {
    let trigger = |changes| sns(json!({"Trigger": scalar_trigger(changes)}));
    let metric = |word: &str| {
        let mut document = anomaly();
        document["Trigger"]["ComparisonOperator"] = json!(word);
        document
    };
    for (document, expected) in [
        (
            trigger(json!({"Period": 300, "EvaluationPeriods": 3, "DatapointsToAlarm": 2})),
            json!("Sum of ApplicationRequests4xx > 5 for 2 of 3 periods of 5 minutes"),
        ),
        (
            trigger(json!({"EvaluationPeriods": 5, "DatapointsToAlarm": null})),
            json!("Sum of ApplicationRequests4xx > 5 for 5 of 5 minutes"),
        ),
        (
            trigger(
                json!({"Statistic": null, "StatisticType": "ExtendedStatistic", "ExtendedStatistic": "p99", "Threshold": 1.5, "Period": 10}),
            ),
            json!("p99 of ApplicationRequests4xx > 1.5 for 1 of 1 period of 10 seconds"),
        ),
        (
            trigger(json!({"Statistic": "tm90", "StatisticType": "ExtendedStatistic"})),
            json!("tm90 of ApplicationRequests4xx > 5 for 1 of 1 minute"),
        ),
        (
            trigger(
                json!({"Statistic": "SAMPLECOUNT", "EvaluationPeriods": null, "DatapointsToAlarm": null}),
            ),
            json!("SampleCount of ApplicationRequests4xx > 5"),
        ),
        (
            trigger(json!({"Statistic": null})),
            json!("ApplicationRequests4xx > 5 for 1 of 1 minute"),
        ),
        (trigger(json!({"MetricName": null})), json!(null)),
        (
            trigger(json!({"ComparisonOperator": "SomethingNew"})),
            json!(null),
        ),
        // What the trigger does not say, the reason may.
        (
            trigger(json!({"ComparisonOperator": null, "Threshold": null})),
            json!("Sum of ApplicationRequests4xx > 5 for 1 of 1 minute"),
        ),
        (
            metric_math(),
            json!("4xx share of requests (%) > 2.5 for 3 of 5 minutes"),
        ),
        (
            cross_account(),
            json!("Sum of HTTPCode_ELB_4XX_Count > 2.5 for 3 of 5 minutes"),
        ),
        (
            anomaly(),
            json!(
                "HTTPCode_ELB_4XX_Count (Sum) above the expected band for 2 of 2 periods of 5 minutes"
            ),
        ),
        (
            metric("LessThanLowerThreshold"),
            json!(
                "HTTPCode_ELB_4XX_Count (Sum) below the expected band for 2 of 2 periods of 5 minutes"
            ),
        ),
        (
            metric("LessThanLowerOrGreaterThanUpperThreshold"),
            json!(
                "HTTPCode_ELB_4XX_Count (Sum) outside the expected band for 2 of 2 periods of 5 minutes"
            ),
        ),
        (
            insights(json!({})),
            json!("Query result > 100 for 1 of 1 minute"),
        ),
        (
            log_alarm(),
            json!("Query result > 100 for 3 of 5 query results"),
        ),
        (composite(&json!([child()])), json!(null)),
        (promql(), json!(null)),
        (sns(json!({})), json!(null)),
        (event(json!({})), json!("Sum of ApplicationRequests4xx > 5")),
        (event_metric_math(), json!("100*(m4/m0) > 5")),
        (
            event_anomaly(),
            json!("ApplicationRequests4xx (Sum) outside the expected band"),
        ),
        (event_contributor(), json!("Query result < 1")),
        (event_composite(), json!(null)),
    ] {
        check(&context(&document), &[("alarm.condition", expected)]);
    }
}

#[test]
fn a_long_expression_is_cut_in_the_condition_only() {
    let expression = format!("SUM([{}])", "é,\n".repeat(300));
    let mut document = metric_math();
    document["Trigger"]["Metrics"][0] = json!({"Id": "e", "Expression": expression});
    let context = context(&document);
    let condition = context.text("alarm.condition").unwrap();
    assert!(
        condition.ends_with("… > 2.5 for 3 of 5 minutes"),
        "{condition}"
    );
    assert!(!condition.contains('\n') && condition.chars().count() < 160);
    check(
        &context,
        &[("alarm.metrics.0.expression", json!(expression))],
    );
}

#[test]
fn metric_math_lists_what_it_is_made_of() {
    check(
        &context(&metric_math()),
        &[
            ("alarm.metric", json!(null)),
            ("alarm.is_4xx", json!(true)),
            (
                "alarm.metrics.0",
                json!({
                    "id": "rate", "label": "4xx share of requests (%)", "expression": "100*(m4/m0)",
                    "namespace": null, "name": null, "dimensions": [], "dimensions_text": null,
                    "statistic": null, "period": null, "unit": null, "account": null, "returns_data": true,
                }),
            ),
            (
                "alarm.metrics.1",
                json!({
                    "id": "m4", "label": null, "expression": null,
                    "namespace": "AWS/ApplicationELB", "name": "HTTPCode_ELB_4XX_Count",
                    "dimensions": [{"name": "LoadBalancer", "value": "app/edge/9a8b7c6d5e4f3021"}],
                    "dimensions_text": "LoadBalancer=app/edge/9a8b7c6d5e4f3021",
                    "statistic": "Sum", "period": 60, "unit": null, "account": null, "returns_data": false,
                }),
            ),
            ("alarm.metrics.2.name", json!("RequestCount")),
            ("alarm.query", json!(null)),
        ],
    );
}

#[test]
fn the_account_of_a_metric_is_not_the_account_of_the_alarm() {
    check(
        &context(&cross_account()),
        &[
            ("account", json!("123456789012")),
            ("alarm.metric.account", json!("210987654321")),
            ("alarm.metric.name", json!("HTTPCode_ELB_4XX_Count")),
            ("alarm.metrics", json!([])),
        ],
    );
}

#[test]
fn anomaly_detection_has_a_band_instead_of_a_threshold() {
    check(
        &context(&anomaly()),
        &[
            ("alarm.band", json!("ANOMALY_DETECTION_BAND(m1, 2)")),
            ("alarm.threshold", json!(null)),
            ("alarm.value", json!("91")),
            ("alarm.metric.name", json!("HTTPCode_ELB_4XX_Count")),
            ("alarm.metric.statistic", json!("Sum")),
            ("alarm.metrics.1.id", json!("m1")),
        ],
    );
}

#[test]
fn a_composite_alarm_names_its_children() {
    check(
        &context(&composite(&json!([child()]))),
        &[
            (
                "alarm.rule",
                json!("ALARM(\"a: b|c\") OR ALARM(\"edge-p99\")"),
            ),
            (
                "alarm.children",
                json!([{
                    "name": "a: b|c",
                    "arn": "arn:aws:cloudwatch:us-west-2:210987654321:alarm:a: b|c",
                    "state": "ALARM",
                    "time": "2026-03-11T09:42:16Z",
                    "link": "https://us-west-2.console.aws.amazon.com/cloudwatch/home?region=us-west-2#alarmsV2:alarm/a%3A%20b%7Cc",
                }]),
            ),
            ("alarm.children_count", json!(1)),
            ("alarm.metric", json!(null)),
            ("alarm.metrics", json!([])),
            ("alarm.value", json!(null)),
            ("alarm.threshold", json!(null)),
            ("alarm.comparison", json!(null)),
        ],
    );
    let texts = json!([
        "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a",
        "b",
        null,
        []
    ]);
    check(
        &context(&composite(&texts)),
        &[
            ("alarm.children.0.name", json!("a")),
            ("alarm.children.0.state", json!(null)),
            ("alarm.children.1.name", json!("b")),
            ("alarm.children.1.arn", json!(null)),
            (
                "alarm.children.1.link",
                json!(
                    "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/b"
                ),
            ),
            ("alarm.children_count", json!(4)),
        ],
    );
    check(
        &context(&composite(&json!([]))),
        &[("alarm.children", json!([]))],
    );

    let many = composite(&json!(vec![child(); 100]));
    let many = context(&many);
    check(&many, &[("alarm.children_count", json!(100))]);
    assert_eq!(
        many.get("alarm.children")
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        50
    );
}

#[test]
fn a_query_speaks_for_the_alarm_and_for_each_contributor() {
    let select =
        "SELECT SUM(\"4XXError\") FROM SCHEMA(\"AWS/ApiGateway\", ApiName) GROUP BY ApiName";
    check(
        &context(&insights(json!({}))),
        &[
            ("title", json!("ALARM: any-api-4xx")),
            ("alarm.query", json!(select)),
            ("alarm.value", json!(null)),
            ("alarm.contributor", json!(null)),
            ("alarm.is_4xx", json!(true)),
        ],
    );
    check(
        &context(&contributor()),
        &[
            ("title", json!("ALARM: any-api-4xx (ApiName=shop-api)")),
            ("name", json!("any-api-4xx")),
            ("alarm.query", json!(select)),
            ("alarm.value", json!("412")),
            (
                "alarm.contributor",
                json!({
                    "id": "6d442278dba546f6",
                    "attributes": [{"name": "ApiName", "value": "shop-api"}],
                    "attributes_text": "ApiName=shop-api",
                }),
            ),
        ],
    );
    let many: Vec<Value> = (10..40).map(|n| json!({"name": n, "value": n})).collect();
    let many = insights(json!({"AlarmContributorAttributes": many}));
    check(
        &context(&many),
        &[(
            "title",
            json!("ALARM: any-api-4xx (10=10, 11=11, 12=12 and 27 more)"),
        )],
    );
}

#[test]
fn a_log_alarm_has_results_of_queries() {
    check(
        &context(&log_alarm()),
        &[
            (
                "alarm.query_results",
                json!("3 of 5 query results in ALARM; threshold 100"),
            ),
            ("alarm.value", json!("142")),
            ("alarm.threshold", json!("100")),
            ("alarm.tags", json!([{"name": "team", "value": "shop"}])),
        ],
    );
    let query = json!({"ScheduledQueryConfiguration": {"QueryString": "filter status like /^4/"}});
    let mut document = log_alarm();
    lay_over(&mut document, query);
    check(
        &context(&document),
        &[("alarm.query", json!("filter status like /^4/"))],
    );
}

#[test]
fn a_promql_alarm_may_come_without_reason_and_trigger() {
    check(
        &context(&promql()),
        &[
            ("alarm.reason", json!(null)),
            ("alarm.old_state", json!(null)),
            ("alarm.query", json!(null)),
            ("alarm.contributor.id", json!("a1b2")),
            ("title", json!("ALARM: shop-prod-4xx-spike")),
        ],
    );
    let criteria =
        json!({"EvaluationCriteria": {"PromQLCriteria": {"Query": "rate(http_4xx[5m]) > 1"}}});
    check(
        &context(&sns(json!({"Trigger": criteria}))),
        &[
            ("alarm.query", json!("rate(http_4xx[5m]) > 1")),
            ("alarm.is_4xx", json!(true)),
        ],
    );
}

#[test]
fn an_old_message_takes_partition_and_region_of_the_link_from_the_topic() {
    let mut record = record(&legacy());
    check(
        &context_of(&record),
        &[
            ("alarm.arn", json!(null)),
            ("alarm.description", json!(null)),
            (
                "alarm.condition",
                json!("Sum of ApplicationRequests4xx >= 10 for 1 of 1 period of 5 minutes"),
            ),
            ("alarm.value", json!("10")),
            ("alarm.missing_data", json!("notBreaching")),
            ("alarm.after_mute_window", json!(false)),
            ("region", json!("us-east-1")),
            ("account", json!("123456789012")),
            (
                "links.alarm",
                json!(
                    "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#alarmsV2:alarm/web-4xx"
                ),
            ),
        ],
    );
    record.topic_arn = None;
    check(
        &context_of(&record),
        &[("region", json!(null)), ("links", json!({"alarm": null}))],
    );
}

#[test]
fn no_data_and_unknown_states_are_kept_as_they_are() {
    check(
        &context(&insufficient_data()),
        &[
            ("title", json!("INSUFFICIENT_DATA: shop-prod-4xx-spike")),
            ("state", json!("INSUFFICIENT_DATA")),
            ("alarm.description", json!(null)),
            ("alarm.value", json!(null)),
            ("alarm.metric.dimensions", json!([])),
            ("alarm.metric.dimensions_text", json!(null)),
            (
                "alarm.condition",
                json!("Average of ApplicationRequests4xx > 0.05 for 1 of 1 minute"),
            ),
        ],
    );
    check(
        &context(&sns(
            json!({"NewStateValue": "PAUSED", "ActionExecutedAfterMuteWindow": true}),
        )),
        &[
            ("state", json!("PAUSED")),
            ("alarm.after_mute_window", json!(true)),
        ],
    );
}

#[test]
fn the_link_leads_to_the_console_of_the_partition() {
    for (arn, expected) in [
        (
            "arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:shop-prod-4xx-spike",
            json!(
                "https://us-gov-west-1.console.amazonaws-us-gov.com/cloudwatch/home?region=us-gov-west-1#alarmsV2:alarm/shop-prod-4xx-spike"
            ),
        ),
        (
            "arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:shop-prod-4xx-spike",
            json!(
                "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#alarmsV2:alarm/shop-prod-4xx-spike"
            ),
        ),
        // No guess where the console is not known, and none from the topic either.
        (
            "arn:aws-iso:cloudwatch:us-iso-east-1:123456789012:alarm:x",
            json!(null),
        ),
        (
            "arn:aws:cloudwatch:evil.example/:123456789012:alarm:x",
            json!(null),
        ),
    ] {
        let context = context(&sns(json!({"AlarmArn": arn})));
        check(&context, &[("links.alarm", expected)]);
    }
    let arn = json!({"AlarmArn": "arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:x"});
    check(&context(&sns(arn)), &[("region", json!("cn-north-1"))]);
}

#[test]
fn events_say_the_same_in_other_words() {
    check(
        &context(&event(json!({}))),
        &[
            ("kind", json!("cloudwatch_alarm")),
            ("title", json!("ALARM: shop-prod-4xx-spike")),
            ("account", json!("123456789012")),
            ("region", json!("eu-west-1")),
            ("time", json!("2026-03-11T09:42:16Z")),
            (
                "links.alarm",
                json!(
                    "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/shop-prod-4xx-spike"
                ),
            ),
            ("alarm.description", json!("More 4xx than usual")),
            ("alarm.old_state", json!("OK")),
            ("alarm.value", json!("37")),
            ("alarm.threshold", json!("5")),
            ("alarm.comparison", json!("GreaterThanThreshold")),
            ("alarm.evaluation_periods", json!(null)),
            ("alarm.metric.namespace", json!("AWS/ElasticBeanstalk")),
            (
                "alarm.metric.dimensions_text",
                json!("EnvironmentName=shop-prod"),
            ),
            ("alarm.metric.statistic", json!("Sum")),
            ("alarm.period", json!(60)),
            ("alarm.metrics", json!([])),
        ],
    );
    check(
        &context(&event_metric_math()),
        &[
            ("alarm.metric", json!(null)),
            ("alarm.metrics.1.name", json!("ApplicationRequests4xx")),
            ("alarm.metrics.1.returns_data", json!(false)),
        ],
    );
    check(
        &context(&event_anomaly()),
        &[
            ("alarm.band", json!("ANOMALY_DETECTION_BAND(m1, 0.8)")),
            ("alarm.metric.name", json!("ApplicationRequests4xx")),
            ("alarm.threshold", json!(null)),
        ],
    );
    check(
        &context(&event_composite()),
        &[
            ("alarm.rule", json!("ALARM(a) OR ALARM(b)")),
            ("alarm.children.0.name", json!("a")),
            ("alarm.children.0.time", json!("2026-03-11T09:42:16Z")),
            ("alarm.suppressed_by", json!("WaitPeriod")),
            (
                "alarm.suppressed_reason",
                json!("Actions suppressed by WaitPeriod"),
            ),
        ],
    );
    check(
        &context(&event_contributor()),
        &[
            (
                "title",
                json!("ALARM: shop-prod-4xx-spike (ApiName=shop-api)"),
            ),
            ("source", json!("aws.cloudwatch")),
            ("alarm.old_state", json!(null)),
            ("alarm.value", json!("0")),
            (
                "alarm.contributor.attributes_text",
                json!("ApiName=shop-api"),
            ),
            ("alarm.muted_by", json!("nightly")),
            ("alarm.muted_until", json!("2026-03-11T11:00:00Z")),
            ("alarm.tags", json!([{"name": "team", "value": "shop"}])),
        ],
    );
}

#[test]
fn an_event_without_a_change_of_state_stays_an_event() {
    let mut configuration = event(json!({"operation": "update", "previousState": null}));
    let mut renamed = configuration.clone();
    configuration["detail-type"] = json!("CloudWatch Alarm Configuration Change");
    renamed["detail-type"] = json!("Something of our own");
    let mut foreign = event(json!({}));
    foreign["source"] = json!("com.example.monitoring");
    let no_state = event(json!({"state": null}));
    let no_value = event(json!({"state": {"reason": "x"}}));
    for document in [configuration, renamed, foreign, no_state, no_value] {
        let notification = classify(&record(&document));
        assert!(
            matches!(notification, Notification::Eventbridge(_)),
            "{document}"
        );
    }
}

#[test]
fn survives_any_member_missing_or_of_another_type() {
    for document in [
        scalar(),
        metric_math(),
        cross_account(),
        anomaly(),
        composite(&json!([child(), "b"])),
        insights(json!({})),
        contributor(),
        log_alarm(),
        promql(),
        legacy(),
        insufficient_data(),
        event(json!({})),
        event_metric_math(),
        event_anomaly(),
        event_composite(),
        event_contributor(),
    ] {
        survives(&document, &["alarm"]);
        for_each_mutation(&document, |mutated| {
            let is_alarm = classify(&record(mutated)).kind() == Kind::CloudwatchAlarm;
            assert_eq!(is_alarm, has_discriminators(mutated), "{mutated}");
        });
    }
}

/// As long as these are there it is an alarm, whatever else is missing, null or of another type.
fn has_discriminators(document: &Value) -> bool {
    let text = |pointer: &str| {
        let value = document.pointer(pointer).and_then(Value::as_str);
        value.is_some_and(|text| !text.is_empty())
    };
    let source = document.pointer("/source").and_then(Value::as_str);
    text("/AlarmName") && text("/NewStateValue")
        || matches!(source, Some("aws.cloudwatch" | "aws.monitoring"))
            && text("/detail-type")
            && text("/detail/alarmName")
            && text("/detail/state/value")
}
