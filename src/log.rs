//! What the function writes for operators.
//!
//! Every outcome is one line of JSON on standard output that is a log line and a set of CloudWatch metrics in one (page
//! "Specification: Embedded metric format"). It is written whatever the log level is: metrics must not depend on it. Bodies,
//! tokens and webhook URLs never appear.

use std::io::Write as _;
use std::panic;
use std::sync::OnceLock;
use std::time::SystemTime;

use serde::{Serialize, Serializer as _};
use serde_json::json;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::delivery::{Delivered, Outcome, Reason};
use crate::handler::Report;
use crate::time;

const NAMESPACE: &str = "SnsToSlack";

static FUNCTION_NAME: OnceLock<String> = OnceLock::new();

/// Sets up diagnostics as JSON lines on standard output. `level` is `error`, `warn`, `info`, `debug`, `trace` or `off`.
///
/// # Errors
/// When the level is none of these.
pub fn set_up(level: Option<&str>, function_name: Option<String>) -> Result<(), String> {
    let filter = match level.map(str::trim).filter(|level| !level.is_empty()) {
        None => LevelFilter::INFO,
        Some(level) => level.parse().map_err(|_| {
            // A value that is no word may be a secret in the wrong place.
            let word = level.len() <= 16 && level.bytes().all(|b| b.is_ascii_alphabetic());
            let level = if word { level } else { "not a word" };
            format!("LOG_LEVEL is `{level}`; it must be error, warn, info, debug, trace or off")
        })?,
    };
    let _ = FUNCTION_NAME.set(function_name.unwrap_or_else(|| "sns-to-slack".to_owned()));
    // At `trace` the runtime writes every event as it came, and with it the token of an approval.
    let targets = Targets::new()
        .with_default(filter)
        .with_target("lambda_runtime", filter.min(LevelFilter::DEBUG))
        // Nothing but a span around every invocation, which no line shows.
        .with_target("lambda_runtime::layers::trace", LevelFilter::OFF);
    // A second call of a process keeps the first one's.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_current_span(false)
        .with_span_list(false)
        .with_max_level(filter)
        .finish()
        .with(targets)
        .try_init();
    Ok(())
}

/// From now on a panic leaves one line, whatever the log level is, with its place in the source. Its message is not in it: it may
/// hold what a record says.
pub fn hide_panic_messages() {
    panic::set_hook(Box::new(|panic| {
        let timestamp = time::rfc3339(SystemTime::now());
        let place = panic.location();
        let line = json!({
            "level": "ERROR",
            "timestamp": timestamp,
            "message": "a fault in this program; please report it with its place",
            "place": place.map(|place| format!("{}:{}", place.file(), place.line())),
            "version": env!("CARGO_PKG_VERSION"),
        });
        // Not `println`, which panics when nobody listens.
        let _ = writeln!(std::io::stdout(), "{line}");
    }));
}

/// Writes the line of one outcome, and before it one for each template that failed.
pub fn outcome(report: &Report) {
    for error in &report.failed {
        tracing::error!(
            message_id = report.message_id.as_deref(),
            template = %error.template,
            line = error.line,
            "{error}; the next template was used"
        );
    }
    let mut line = line(report, SystemTime::now());
    line.push(b'\n');
    // Not `println`, which panics when nobody listens.
    let _ = std::io::stdout().write_all(&line);
}

/// What stands in the line under a name.
#[derive(Serialize)]
#[serde(untagged)]
enum Member<'r> {
    Text(Option<&'r str>),
    Owned(String),
    Number(u64),
    Metrics(Metrics<'r>),
}

/// The metadata of the embedded metric format. The line has its members in the order of their names, and so have these.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metrics<'r> {
    cloud_watch_metrics: [Directive<'r>; 1],
    timestamp: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'r> {
    dimensions: &'r [&'r [&'r str]],
    metrics: Vec<Metric>,
    namespace: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

fn line(report: &Report, now: SystemTime) -> Vec<u8> {
    const OF_ALL: &[&[&str]] = &[&["FunctionName"], &["FunctionName", "Kind"]];
    const OF_RECEIVER: &[&[&str]] = &[
        &["FunctionName"],
        &["FunctionName", "Kind"],
        &["FunctionName", "Receiver"],
    ];
    let delivered = &report.delivered;
    // Each template that failed, and the message that Slack called malformed.
    let rungs = report.failed.len() + usize::from(delivered.minimal && report.counts_request);
    let kind = report.kind.map_or("unknown", |kind| kind.as_str());
    let text = |text| Member::Text(Some(text));
    let milliseconds = u64::try_from(delivered.duration.as_millis()).unwrap_or(u64::MAX);

    let mut line = vec![
        ("level", text(level(&delivered.outcome))),
        ("timestamp", Member::Owned(time::rfc3339(now))),
        ("message_id", Member::Text(report.message_id.as_deref())),
        ("kind", text(kind)),
        ("receiver", Member::Text(report.receiver.as_deref())),
        ("outcome", text(delivered.outcome.as_str())),
        (
            "reason",
            Member::Text(delivered.outcome.reason().map(Reason::as_str)),
        ),
        ("attempts", Member::Number(delivered.attempts.into())),
        ("template", Member::Text(report.template.as_deref())),
        ("duration_ms", Member::Number(milliseconds)),
        ("version", text(env!("CARGO_PKG_VERSION"))),
    ];
    if let Some(records) = report.digest {
        line.push(("digest", number(records)));
    }
    if let Some(note) = &report.note {
        line.push(("message", text(note)));
    } else if delivered.duplicate {
        line.push(("message", text("posted before; not posted again")));
    }

    let count = |name| Metric {
        name,
        unit: "Count",
    };
    let metric = metric(delivered);
    let mut metrics = vec![count(metric)];
    line.push((metric, Member::Number(1)));
    if rungs > 0 {
        metrics.push(count("FallbackRendered"));
        line.push(("FallbackRendered", number(rungs)));
    }
    if delivered.attempts > 0 && report.counts_request {
        metrics.push(Metric {
            name: "PostDuration",
            unit: "Milliseconds",
        });
        line.push(("PostDuration", Member::Number(milliseconds)));
    }
    let function = FUNCTION_NAME.get().map_or("sns-to-slack", String::as_str);
    line.push(("FunctionName", text(function)));
    line.push(("Kind", text(kind)));
    if let Some(receiver) = &report.receiver {
        line.push(("Receiver", text(receiver)));
    }
    let directive = Directive {
        dimensions: report.receiver.as_ref().map_or(OF_ALL, |_| OF_RECEIVER),
        metrics,
        namespace: NAMESPACE,
    };
    let metrics = Metrics {
        cloud_watch_metrics: [directive],
        timestamp: time::millis(now),
    };
    line.push(("_aws", Member::Metrics(metrics)));
    line.sort_unstable_by_key(|(name, _)| *name);
    let mut out = Vec::with_capacity(1024);
    // Names are texts and values have no way to fail, nor has writing into memory.
    let _ = serde_json::Serializer::new(&mut out).collect_map(line);
    out
}

fn number(number: usize) -> Member<'static> {
    Member::Number(u64::try_from(number).unwrap_or(u64::MAX))
}

fn level(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Posted | Outcome::Ignored => "INFO",
        Outcome::HandedOver { .. } => "WARN",
        Outcome::NotPosted { .. } | Outcome::Ambiguous { .. } => "ERROR",
    }
}

fn metric(delivered: &Delivered) -> &'static str {
    match delivered.outcome {
        // Not counted among what appeared in Slack: it is there once.
        Outcome::Posted if delivered.duplicate => "Duplicate",
        Outcome::Posted => "Posted",
        Outcome::NotPosted { .. } => "NotPosted",
        Outcome::Ambiguous { .. } => "Ambiguous",
        Outcome::HandedOver { .. } => "HandedOver",
        Outcome::Ignored => "Ignored",
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::Command;

    use serde_json::Value;

    use super::*;

    /// In a process of its own, because a process has one hook: this test starts itself again.
    #[test]
    fn a_panic_leaves_its_place_and_not_its_words() {
        const WORDS: &str = "CANARYx5e0d";
        const IN_THE_CHILD: &str = "PANIC_IN_THE_CHILD";
        if env::var_os(IN_THE_CHILD).is_some() {
            hide_panic_messages();
            let of_a_record = || panic!("{WORDS}\n{WORDS}");
            assert!(panic::catch_unwind(of_a_record).is_err());
            let of_a_value = || panic::panic_any(WORDS.to_owned());
            assert!(panic::catch_unwind(of_a_value).is_err());
            return;
        }
        let name = "log::tests::a_panic_leaves_its_place_and_not_its_words";
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(IN_THE_CHILD, "1")
            .output()
            .unwrap();
        let stdout = String::from_utf8(child.stdout).unwrap();
        assert!(child.status.success(), "{stdout}");
        assert!(!stdout.contains(WORDS), "{stdout}");
        assert_eq!(String::from_utf8_lossy(&child.stderr), "");
        let lines: Vec<Value> = stdout
            .lines()
            // What the tests write themselves may stand before it.
            .filter_map(|line| serde_json::from_str(line.get(line.find('{')?..)?).ok())
            .collect();
        assert_eq!(lines.len(), 2, "{stdout}");
        for line in lines {
            assert_eq!(line["level"], "ERROR", "{line}");
            let place = line["place"].as_str().unwrap();
            let (file, number) = place.rsplit_once(':').unwrap();
            assert!(file.ends_with("src/log.rs"), "{line}");
            assert!(number.parse::<u32>().unwrap() > 0, "{line}");
        }
    }
}
