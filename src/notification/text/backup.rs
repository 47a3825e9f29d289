//! AWS Backup: one sentence after another, and the facts in the message attributes.

use super::{Text, TextFamily, said};
use crate::envelope::Record;
use crate::notification::{hidden, words};
use crate::time;

/// The same for every message of the service.
const SUBJECT: &str = "Notification from AWS Backup";

pub(super) fn read(text: &str, record: &Record) -> Option<Text> {
    let attribute = |name: &str| said(record.attributes.get(name)?);
    let event_type = attribute("EventType");
    let by_attributes = text.contains("Backup")
        && attribute("State").is_some()
        && event_type.is_some_and(|name| name.ends_with("_JOB") || name.starts_with("RECOVERY_"));
    if !by_attributes && !text.starts_with("An AWS Backup job ") {
        return None;
    }

    let mut read = Text::new(TextFamily::Backup, "aws.backup");
    if record
        .subject
        .as_deref()
        .is_none_or(|subject| subject.trim() == SUBJECT)
    {
        let sentence = text.split_once(". ").map_or(text, |(sentence, _)| sentence);
        read.title = words::first_line(sentence)?;
    }
    read.facts.state = attribute("State").map(str::to_owned);
    read.facts.account = attribute("AccountId").map(str::to_owned);
    let start = attribute("StartTime").map(time::normalise);
    read.add("State", attribute("State"));
    read.add("Event type", event_type);
    read.add("Start", start.as_deref());
    read.add("Job", attribute("Id"));
    read.add("Account", attribute("AccountId"));
    for (name, value) in &record.attributes {
        if !["State", "EventType", "StartTime", "Id", "AccountId"].contains(&name.as_str()) {
            read.add(name, Some(&hidden::in_text(value)));
        }
    }
    read.body = Some(text.to_owned());
    Some(read)
}
