//! Many records of one batch as one message.
//!
//! Slack takes about a message a second for a channel, and people take less: a storm of alarms, one message each, hides the one
//! that matters. So what one batch has for a receiver becomes a list, worst first, in as few messages as hold it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::context::Context;

/// The name of its template, and the `kind` of its context.
pub const KIND: &str = "digest";

/// So many entries are in one message: each is a block, and Slack takes 50.
const MOST_ENTRIES: usize = 45;
/// So many characters all entries of one message have together; Slack takes 12,000 in blocks.
const MOST_TEXT: usize = 11_000;
/// What the template adds to an entry: sign, date, region and account, separators.
const OF_TEMPLATE: usize = 130;
/// The longest texts of an entry. What is longer is cut.
const LONGEST_TITLE: usize = 300;
const LONGEST_DETAIL: usize = 160;
const LONGEST_STATE: usize = 40;
/// Older states of an alarm that are shown: the last ones.
const MOST_OLDER: usize = 8;

/// Where an entry leads, of the links of its kind the first that is there. Links that a sender chose are not among them: their
/// label would hide where they lead.
const LINKS: [&str; 7] = [
    "alarm",
    "resource",
    "rule",
    "execution",
    "pipeline",
    "identifier",
    "s3",
];

/// One message.
#[derive(Debug)]
pub struct Page {
    /// What the template sees.
    pub context: Context,
    /// Which of the records are in it, by their place in the list that was given.
    pub records: Vec<usize>,
}

/// How bad a state is. The order is that of a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    Bad,
    Warning,
    Unknown,
    Good,
}

/// One alarm, or one record of another kind.
#[derive(Debug)]
struct Entry {
    severity: Severity,
    /// By their place, the oldest first.
    records: Vec<usize>,
    value: Value,
    length: usize,
}

/// May the record be one of many? An approval is asked of somebody, who must not overlook it.
pub fn takes(context: &Context) -> bool {
    context.text("kind") != Some("codepipeline_approval")
}

/// The messages for these records: worst first, states of one alarm in one entry, the newest last.
pub fn pages(contexts: &[&Context]) -> Vec<Page> {
    let mut entries = entries(contexts);
    entries.sort_by_cached_key(|entry| {
        let time = entry.value["time"].as_str().unwrap_or_default().to_owned();
        (entry.severity, time)
    });
    let counts = counts(&entries);
    let title = title(&counts, entries.len(), contexts.len());
    let worst = entries
        .first()
        .map_or(Value::Null, |it| it.value["state"].clone());
    let parts = parts(entries);
    let of = parts.len();
    parts
        .into_iter()
        .enumerate()
        .map(|(index, part)| {
            let records: Vec<usize> = part.iter().flat_map(|it| it.records.clone()).collect();
            let of_all = |path: &str| {
                let mut values = records.iter().filter_map(|&it| contexts.get(it)?.get(path));
                let first = values.next().cloned().unwrap_or_default();
                if values.all(|value| *value == first) {
                    first
                } else {
                    Value::Null
                }
            };
            let times = records
                .iter()
                .filter_map(|&it| contexts.get(it)?.text("time"));
            let context = json!({
                "kind": KIND,
                "title": match of {
                    1 => title.clone(),
                    _ => format!("{title} (part {} of {of})", index + 1),
                },
                "name": null,
                "state": worst,
                "source": of_all("source"),
                "topic": of_all("topic"),
                "account": of_all("account"),
                "account_name": of_all("account_name"),
                "region": of_all("region"),
                "time": times.max(),
                "links": {},
                "record": {
                    "message_id": null,
                    "topic_name": of_all("record.topic_name"),
                    "subject": null,
                    "timestamp": null,
                    "attributes": {},
                },
                "digest": {
                    "records": contexts.len(),
                    "counts": counts,
                    "part": index + 1,
                    "parts": of,
                    "entries": part.into_iter().map(|it| it.value).collect::<Vec<_>>(),
                },
            });
            Page {
                context: Context::of_values(context),
                records,
            }
        })
        .collect()
}

fn entries(contexts: &[&Context]) -> Vec<Entry> {
    let mut groups: BTreeMap<(String, usize), Vec<usize>> = BTreeMap::new();
    for (index, context) in contexts.iter().enumerate() {
        let key = alarm(context).map_or((String::new(), index), |alarm| (alarm, 0));
        groups.entry(key).or_default().push(index);
    }
    groups
        .into_values()
        .filter_map(|mut records| {
            let time = |&index: &usize| contexts.get(index).and_then(|it| it.text("time"));
            // Stable: of the same moment, the order in which they came.
            records.sort_by(|one, other| time(one).cmp(&time(other)));
            entry(contexts, records)
        })
        .collect()
}

/// What is the same for each message about an alarm. `None` for any other kind.
fn alarm(context: &Context) -> Option<String> {
    if context.text("kind") != Some("cloudwatch_alarm") {
        return None;
    }
    let text = |path| context.text(path).unwrap_or_default();
    // Each contributor of an alarm on a query has a state of its own.
    let contributor = context.get("alarm.contributor").unwrap_or(&Value::Null);
    Some(format!(
        "{}\n{}\n{}\n{contributor}",
        text("account"),
        text("region"),
        text("name")
    ))
}

fn entry(contexts: &[&Context], records: Vec<usize>) -> Option<Entry> {
    let (newest, older) = records.split_last()?;
    let newest = contexts.get(*newest)?;
    let text = |path: &str| newest.text(path);
    let title = cut(text("title").unwrap_or_default(), LONGEST_TITLE);
    let detail = ["alarm.condition", "compliance.annotation"]
        .iter()
        .find_map(|path| text(path))
        .map(|detail| cut(detail, LONGEST_DETAIL));
    let link = LINKS.iter().find_map(|name| text(&format!("links.{name}")));
    let before: Vec<Value> = older
        .iter()
        .rev()
        .take(MOST_OLDER)
        .rev()
        .filter_map(|&index| contexts.get(index))
        .map(|context| json!({"state": context.get("state"), "time": context.get("time")}))
        .collect();
    let length = [Some(title.as_str()), detail.as_deref(), link]
        .into_iter()
        .flatten()
        .map(|text| text.chars().count())
        .sum::<usize>()
        + OF_TEMPLATE
        + before.len() * 60;
    let value = json!({
        "kind": text("kind"),
        "title": title,
        "name": newest.get("name"),
        "state": newest.get("state"),
        "source": newest.get("source"),
        "account": newest.get("account"),
        "account_name": newest.get("account_name"),
        "region": newest.get("region"),
        "time": newest.get("time"),
        "link": link,
        "detail": detail,
        "before": before,
        "records": records.len(),
    });
    Some(Entry {
        severity: severity(text("state")),
        records,
        value,
        length,
    })
}

fn cut(text: &str, longest: usize) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// By the words of CloudWatch, AWS Config, CodePipeline, CloudFormation, Health and the findings of Security Hub; the same that
/// `parts/state.json.tera` gives its colours by.
fn severity(state: Option<&str>) -> Severity {
    let Some(state) = state else {
        return Severity::Unknown;
    };
    match state {
        "ALARM" | "NON_COMPLIANT" | "FAILED" | "FATAL" | "CRITICAL" | "HIGH" | "issue"
        | "DELETE" => Severity::Bad,
        _ if state.ends_with("FAILED") || state.contains("ROLLBACK") => Severity::Bad,
        "OK" | "COMPLIANT" | "SUCCEEDED" | "RESOLVED" => Severity::Good,
        _ if state.ends_with("_COMPLETE") || state.ends_with("SUCCEEDED") => Severity::Good,
        "MEDIUM" | "STOPPED" | "STOPPING" | "CANCELED" | "ABANDONED" | "scheduledChange" => {
            Severity::Warning
        }
        _ => Severity::Unknown,
    }
}

/// How many are in which state now, in the order of the entries.
fn counts(entries: &[Entry]) -> Vec<Value> {
    let mut counts: Vec<(Reverse<usize>, Severity, Option<&str>)> = Vec::new();
    for entry in entries {
        // Anything but a word is somebody's text.
        let state = entry.value["state"].as_str().filter(|it| is_word(it));
        match counts.iter_mut().find(|(_, _, known)| *known == state) {
            Some((Reverse(count), _, _)) => *count += 1,
            None => counts.push((Reverse(1), entry.severity, state)),
        }
    }
    counts.sort_by_key(|(count, severity, _)| (*severity, *count));
    counts
        .into_iter()
        .map(|(Reverse(count), _, state)| json!({"state": state, "count": count}))
        .collect()
}

fn is_word(state: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ');
    state.len() <= LONGEST_STATE && state.bytes().all(plain)
}

/// `12 notifications: 9 ALARM, 2 OK, 1 other`; when several are about one alarm, `12 notifications, now 7 ALARM, 2 OK`.
fn title(counts: &[Value], entries: usize, records: usize) -> String {
    let states: Vec<String> = counts
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                it["count"],
                it["state"].as_str().unwrap_or("other")
            )
        })
        .collect();
    let states = states.join(", ");
    if entries == records {
        format!("{records} notifications: {states}")
    } else {
        format!("{records} notifications, now {states}")
    }
}

/// As many in each as a message holds.
fn parts(entries: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut parts: Vec<Vec<Entry>> = Vec::new();
    let mut length = 0;
    for entry in entries {
        length += entry.length;
        match parts.last_mut() {
            Some(part) if part.len() < MOST_ENTRIES && length <= MOST_TEXT => part.push(entry),
            _ => {
                length = entry.length;
                parts.push(vec![entry]);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests;
