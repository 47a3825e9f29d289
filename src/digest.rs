//! Many records of one batch as one message.
//!
//! Slack takes about a message a second for a channel, and people take less: a storm of alarms, one message each, hides the one
//! that matters. So what one batch has for a receiver becomes a list, worst first, in as few messages as hold it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::context::{Context, as_json};
use crate::template;

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
/// What the template adds for each older state.
const OF_OLDER: usize = 70;
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

/// Which records are in which message. The messages are made one after the other: all of them at once would be as much as all
/// records once more.
#[derive(Debug)]
pub struct Plan {
    pages: Vec<Page>,
    records: usize,
    counts: Vec<Value>,
    title: String,
    worst: Value,
}

/// One message.
#[derive(Debug)]
struct Page {
    /// By their place among all records; those of one entry follow each other, the oldest first.
    records: Vec<usize>,
    /// How many records each entry has.
    entries: Vec<usize>,
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
struct Entry<'c> {
    severity: Severity,
    state: Option<&'c str>,
    time: Option<&'c str>,
    /// By their place, the oldest first.
    records: Vec<usize>,
    /// In the message, in characters; about.
    length: usize,
}

/// May the record be one of many? An approval is asked of somebody, who must not overlook it.
pub fn takes(context: &Context) -> bool {
    context.text("kind") != Some("codepipeline_approval")
}

impl Plan {
    /// Worst first, the states of one alarm in one entry, the newest last.
    pub fn new(contexts: &[&Context]) -> Self {
        let mut entries = entries(contexts);
        entries.sort_by_key(|entry| (entry.severity, entry.time));
        let counts = counts(&entries);
        Self {
            records: contexts.len(),
            title: title(&counts, entries.len(), contexts.len()),
            worst: entries.first().and_then(|it| it.state).into(),
            counts,
            pages: pages(entries),
        }
    }

    /// For each message the records in it, by their place in the list that was given. Each is in one of them.
    pub fn pages(&self) -> impl Iterator<Item = &[usize]> {
        self.pages.iter().map(|page| page.records.as_slice())
    }

    /// What the template sees of one message. `contexts` are those of its records, in the order of [`Self::pages`].
    pub fn context(&self, page: usize, contexts: &[&Context]) -> Context {
        let of_all = |path: &str| {
            let mut values = contexts.iter().filter_map(|it| it.get(path));
            let first = values
                .next()
                .filter(|&first| values.all(|value| value == first));
            first.map(as_json)
        };
        let part = page + 1;
        let parts = self.pages.len();
        let mut left = contexts;
        let sizes = self.pages.get(page).map(|page| page.entries.as_slice());
        let entries: Vec<Value> = sizes
            .unwrap_or_default()
            .iter()
            .filter_map(|size| {
                let (own, rest) = left.split_at_checked(*size)?;
                left = rest;
                entry(own)
            })
            .collect();
        Context::of_values(json!({
            "kind": KIND,
            "title": match parts {
                1 => self.title.clone(),
                _ => format!("{} (part {part} of {parts})", self.title),
            },
            "name": null,
            "state": self.worst,
            "source": of_all("source"),
            "topic": of_all("topic"),
            "account": of_all("account"),
            "account_name": of_all("account_name"),
            "region": of_all("region"),
            "time": contexts.iter().filter_map(|it| it.text("time")).max(),
            "links": {},
            "record": {
                "message_id": null,
                "topic_name": of_all("record.topic_name"),
                "subject": null,
                "timestamp": null,
                "attributes": {},
            },
            "digest": {
                "records": self.records,
                "counts": self.counts,
                "part": part,
                "parts": parts,
                "entries": entries,
            },
        }))
    }
}

fn entries<'c>(contexts: &[&'c Context]) -> Vec<Entry<'c>> {
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
            let newest = contexts.get(*records.last()?)?;
            let said = Said::of(newest);
            let texts = [Some(said.title.as_str()), said.detail.as_deref(), said.link];
            let texts = texts.into_iter().flatten();
            let before = (records.len() - 1).min(MOST_OLDER);
            Some(Entry {
                severity: severity(newest.text("state")),
                state: newest.text("state"),
                time: newest.text("time"),
                length: texts.map(|text| text.chars().count()).sum::<usize>()
                    + OF_TEMPLATE
                    + before * OF_OLDER,
                records,
            })
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
    let contributor = context.json("alarm.contributor").unwrap_or_default();
    Some(format!(
        "{}\n{}\n{}\n{contributor}",
        text("account"),
        text("region"),
        text("name")
    ))
}

/// What an entry says of a record.
struct Said<'c> {
    title: String,
    detail: Option<String>,
    link: Option<&'c str>,
}

impl<'c> Said<'c> {
    fn of(context: &'c Context) -> Self {
        let mut links = LINKS.iter();
        Self {
            title: cut(context.text("title").unwrap_or_default(), LONGEST_TITLE),
            detail: template::detail(context).map(|detail| cut(&detail, LONGEST_DETAIL)),
            link: links.find_map(|name| context.text(&format!("links.{name}"))),
        }
    }
}

/// As the template sees it. `contexts` are those of its records, the oldest first.
fn entry(contexts: &[&Context]) -> Option<Value> {
    let (newest, older) = contexts.split_last()?;
    let said = Said::of(newest);
    let before: Vec<Value> = older
        .get(older.len().saturating_sub(MOST_OLDER)..)?
        .iter()
        .map(|context| json!({"state": context.get("state"), "time": context.get("time")}))
        .collect();
    let mut entry = json!({
        "title": said.title,
        "link": said.link,
        "detail": said.detail,
        "before": before,
        "records": contexts.len(),
    });
    for name in [
        "kind",
        "name",
        "state",
        "source",
        "account",
        "account_name",
        "region",
        "time",
    ] {
        entry[name] = newest.json(name).unwrap_or_default();
    }
    Some(entry)
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
fn counts(entries: &[Entry<'_>]) -> Vec<Value> {
    let mut counts: Vec<(Reverse<usize>, Severity, Option<&str>)> = Vec::new();
    for entry in entries {
        // Anything but a word is somebody's text.
        let state = entry.state.filter(|it| is_word(it));
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

/// `12 notifications: 9 ALARM, 2 OK, 1 other`; when several are about one alarm, `12 notifications about 9 things: …`.
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
    if counts.iter().all(|it| it["state"].is_null()) {
        format!("{records} notifications")
    } else if entries == records {
        format!("{records} notifications: {states}")
    } else {
        format!("{records} notifications about {entries} things: {states}")
    }
}

/// As many entries in each as a message holds.
fn pages(entries: Vec<Entry<'_>>) -> Vec<Page> {
    let mut pages: Vec<Page> = Vec::new();
    let mut length = 0;
    for entry in entries {
        length += entry.length;
        let size = entry.records.len();
        match pages.last_mut() {
            Some(page) if page.entries.len() < MOST_ENTRIES && length <= MOST_TEXT => {
                page.records.extend(entry.records);
                page.entries.push(size);
            }
            _ => {
                length = entry.length;
                pages.push(Page {
                    records: entry.records,
                    entries: vec![size],
                });
            }
        }
    }
    pages
}

/// All messages at once, for whoever shows or checks them.
pub fn all(contexts: &[&Context]) -> Vec<(Vec<usize>, Context)> {
    let plan = Plan::new(contexts);
    plan.pages()
        .enumerate()
        .map(|(page, records)| {
            let own: Vec<&Context> = records
                .iter()
                .filter_map(|&it| contexts.get(it))
                .copied()
                .collect();
            (records.to_vec(), plan.context(page, &own))
        })
        .collect()
}

#[cfg(test)]
mod tests;
