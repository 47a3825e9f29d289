//! What the function writes for operators.
//!
//! Every outcome is one line of JSON on standard output that is a log line and a set of CloudWatch metrics in one (page
//! "Specification: Embedded metric format"). It is written whatever the log level is: metrics must not depend on it. Bodies,
//! tokens and webhook URLs never appear.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic;
use std::sync::OnceLock;
use std::time::SystemTime;

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
        .with_target("lambda_runtime", filter.min(LevelFilter::DEBUG));
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
    let line = line(report, SystemTime::now());
    // Not `println`, which panics when nobody listens.
    let _ = std::io::stdout().write_all(&line);
}

/// A line of JSON, written member by member: it has the same few for every outcome.
struct Line {
    members: Vec<u8>,
    /// The definitions of those members that are metrics.
    metrics: String,
}

impl Line {
    fn new() -> Self {
        Self {
            members: Vec::with_capacity(1024),
            metrics: String::with_capacity(128),
        }
    }

    /// Names need no escapes.
    fn name(&mut self, name: &str) {
        let before: &[u8] = if self.members.is_empty() {
            b"{\""
        } else {
            b",\""
        };
        self.members.extend_from_slice(before);
        self.members.extend_from_slice(name.as_bytes());
        self.members.extend_from_slice(b"\":");
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        self.name(name);
        // Neither has a text a way to fail, nor has writing into memory; the same below.
        let _ = serde_json::to_writer(&mut self.members, &value);
    }

    fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        let _ = write!(self.members, "{value}");
    }

    fn metric(&mut self, name: &str, unit: &str, value: u64) {
        self.number(name, value);
        let separator = if self.metrics.is_empty() { "" } else { "," };
        let _ = write!(
            self.metrics,
            r#"{separator}{{"Name":"{name}","Unit":"{unit}"}}"#
        );
    }

    /// With the metadata of the embedded metric format. `dimensions` is an array of arrays of names.
    fn finish(mut self, dimensions: &str, now: SystemTime) -> Vec<u8> {
        self.name("_aws");
        let (timestamp, metrics) = (time::millis(now), self.metrics);
        let _ = writeln!(
            self.members,
            r#"{{"Timestamp":{timestamp},"CloudWatchMetrics":[{{"Namespace":"{NAMESPACE}","Dimensions":{dimensions},"Metrics":[{metrics}]}}]}}}}"#
        );
        self.members
    }
}

fn line(report: &Report, now: SystemTime) -> Vec<u8> {
    const OF_ALL: &str = r#"[["FunctionName"],["FunctionName","Kind"]]"#;
    const OF_RECEIVER: &str =
        r#"[["FunctionName"],["FunctionName","Kind"],["FunctionName","Receiver"]]"#;
    let delivered = &report.delivered;
    let receiver = report.receiver.as_deref();
    let kind = report.kind.map_or("unknown", |kind| kind.as_str());
    let milliseconds = u64::try_from(delivered.duration.as_millis()).unwrap_or(u64::MAX);
    let posted_before = || {
        let text = "posted before; not posted again";
        delivered.duplicate.then_some(text)
    };

    let mut line = Line::new();
    line.text("level", Some(level(&delivered.outcome)));
    line.text("timestamp", Some(&time::rfc3339(now)));
    line.text("message_id", report.message_id.as_deref());
    line.text("kind", Some(kind));
    line.text("receiver", receiver);
    line.text("outcome", Some(delivered.outcome.as_str()));
    line.text("reason", delivered.outcome.reason().map(Reason::as_str));
    if let Some(message) = report.note.as_deref().or_else(posted_before) {
        line.text("message", Some(message));
    }
    line.number("attempts", delivered.attempts.into());
    line.text("template", report.template.as_deref());
    line.number("duration_ms", milliseconds);
    if let Some(records) = report.digest {
        line.number("digest", number(records));
    }
    line.text("version", Some(env!("CARGO_PKG_VERSION")));

    line.metric(metric(delivered), "Count", 1);
    // Each template that failed, and the message that Slack called malformed.
    let rungs = report.failed.len() + usize::from(delivered.minimal && report.counts_request);
    if rungs > 0 {
        line.metric("FallbackRendered", "Count", number(rungs));
    }
    if delivered.attempts > 0 && report.counts_request {
        line.metric("PostDuration", "Milliseconds", milliseconds);
    }
    let function = FUNCTION_NAME.get().map_or("sns-to-slack", String::as_str);
    line.text("FunctionName", Some(function));
    line.text("Kind", Some(kind));
    if let Some(receiver) = receiver {
        line.text("Receiver", Some(receiver));
    }
    line.finish(receiver.map_or(OF_ALL, |_| OF_RECEIVER), now)
}

fn number(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
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
