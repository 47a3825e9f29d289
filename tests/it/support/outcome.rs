//! What holds for the line of any outcome.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sns_to_slack::notification::Kind;

use super::forwarder::FUNCTION_NAME;

const REASONS: [&str; 13] = [
    "rate_limited",
    "server_error",
    "connect",
    "timeout",
    "reset",
    "deadline",
    "rejected_payload",
    "webhook_gone",
    "not_allowed",
    "secret_unavailable",
    "render",
    "queue_refused",
    "unexpected_answer",
];

/// Outcome, its metric, its level, and whether it has a reason.
const OUTCOMES: [(&str, &str, &str, bool); 5] = [
    ("posted", "Posted", "INFO", false),
    ("not_posted", "NotPosted", "ERROR", true),
    ("ambiguous", "Ambiguous", "ERROR", true),
    ("handed_over", "HandedOver", "WARN", true),
    ("ignored", "Ignored", "INFO", false),
];

/// Checks a line of the log, which is also a set of metrics.
pub(crate) fn check(line: &Value) {
    members(line);
    embedded_metrics(line);
}

fn members(line: &Value) {
    let text = |name: &str| {
        line[name]
            .as_str()
            .unwrap_or_else(|| panic!("`{name}` is no text: {line}"))
    };
    // Always there, and null when there is none.
    for name in ["message_id", "receiver", "template", "reason"] {
        let member = line.get(name);
        let member = member.unwrap_or_else(|| panic!("`{name}` is missing: {line}"));
        assert!(member.is_null() || member.is_string(), "{name}: {line}");
    }
    for name in ["attempts", "duration_ms"] {
        assert!(line[name].is_u64(), "{name}: {line}");
    }
    let timestamp: DateTime<Utc> = text("timestamp").parse().unwrap();
    assert!(
        text("timestamp").ends_with('Z') && text("timestamp").len() == 24,
        "{line}"
    );
    assert_eq!(
        line["_aws"]["Timestamp"],
        timestamp.timestamp_millis(),
        "{line}"
    );
    assert_eq!(text("version"), env!("CARGO_PKG_VERSION"));
    let kind = text("kind");
    assert!(
        kind == "unknown" || Kind::ALL.iter().any(|known| known.as_str() == kind),
        "{line}"
    );
    let (_, _, level, has_reason) = outcome(line);
    assert_eq!(text("level"), level, "{line}");
    assert_eq!(line["reason"].is_string(), has_reason, "{line}");
    if has_reason {
        assert!(REASONS.contains(&text("reason")), "{line}");
    }
}

fn outcome(line: &Value) -> (&'static str, &'static str, &'static str, bool) {
    let mut known = OUTCOMES.into_iter();
    known
        .find(|(name, ..)| line["outcome"] == *name)
        .unwrap_or_else(|| panic!("unknown outcome: {line}"))
}

/// Page "Specification: Embedded metric format": CloudWatch drops a line that breaks it, without a word.
fn embedded_metrics(line: &Value) {
    let metadata = line["_aws"].as_object().unwrap();
    assert_eq!(metadata.len(), 2, "{line}");
    let directives = metadata["CloudWatchMetrics"].as_array().unwrap();
    assert_eq!(directives.len(), 1, "{line}");
    let directive = directives[0].as_object().unwrap();
    assert_eq!(directive.len(), 3, "{line}");
    assert_eq!(directive["Namespace"], "SnsToSlack");

    let mut dimensions = vec![json!(["FunctionName"]), json!(["FunctionName", "Kind"])];
    if line["receiver"].is_string() {
        dimensions.push(json!(["FunctionName", "Receiver"]));
        assert_eq!(line["Receiver"], line["receiver"], "{line}");
    }
    assert_eq!(directive["Dimensions"], Value::Array(dimensions), "{line}");
    assert_eq!(line["FunctionName"], FUNCTION_NAME, "{line}");
    assert_eq!(line["Kind"], line["kind"], "{line}");

    let mut metrics: Vec<&str> = Vec::new();
    for metric in directive["Metrics"].as_array().unwrap() {
        let name = metric["Name"].as_str().unwrap();
        let unit = if name == "PostDuration" {
            "Milliseconds"
        } else {
            let most = if name == "FallbackRendered" { 3 } else { 1 };
            assert!(
                (1..=most).contains(&line[name].as_u64().unwrap()),
                "{name}: {line}"
            );
            "Count"
        };
        assert_eq!(*metric, json!({"Name": name, "Unit": unit}), "{line}");
        assert!(line[name].is_u64(), "{name}: {line}");
        metrics.push(name);
    }
    let mut expected = vec![outcome(line).1];
    if line.get("Duplicate").is_some() {
        expected = vec!["Duplicate"];
    }
    if line.get("FallbackRendered").is_some() {
        expected.push("FallbackRendered");
    }
    // The request of a digest is counted once, with one of its records.
    let counted = line.get("digest").is_none() || metrics.contains(&"PostDuration");
    if line["attempts"] != 0 && counted {
        expected.push("PostDuration");
    }
    assert_eq!(metrics, expected, "{line}");
}
