//! AWS Elastic Beanstalk: lines of `Key: value`, of which the message may go on over several lines.

use std::collections::BTreeMap;

use super::{Text, TextFamily, said};
use crate::notification::words;
use crate::time;

/// The last two identify the notification itself and are not shown.
const NAMES: [&str; 7] = [
    "Timestamp",
    "Message",
    "Environment",
    "Application",
    "Environment URL",
    "RequestId",
    "NotificationProcessId",
];

pub(super) fn read(text: &str) -> Option<Text> {
    if !text.starts_with("Timestamp: ") {
        return None;
    }
    let mut values: BTreeMap<&str, String> = BTreeMap::new();
    let mut others: Vec<&str> = Vec::new();
    let mut in_message = false;
    for line in text.lines() {
        if let Some((name, value)) = named(line).filter(|(name, _)| !values.contains_key(name)) {
            in_message = name == "Message";
            values.insert(name, value.to_owned());
        } else if let Some(message) = values.get_mut("Message").filter(|_| in_message) {
            message.push('\n');
            message.push_str(line);
        } else {
            others.push(line);
        }
    }
    let value = |name: &str| said(values.get(name)?);
    let message = value("Message")?;
    let environment = value("Environment")?;

    let mut read = Text::new(TextFamily::Beanstalk, "aws.elasticbeanstalk");
    read.title = words::first_line(message)?;
    read.facts.name = Some(environment.to_owned());
    read.facts.state = health(message).map(str::to_owned);
    read.facts.time = value("Timestamp").map(time::normalise);
    read.environment_link = value("Environment URL").map(str::to_owned);

    read.add(
        "Message",
        Some(message).filter(|message| *message != read.title),
    );
    read.add("Environment", Some(environment));
    read.add("Application", value("Application"));
    let (time, link) = (read.facts.time.clone(), read.environment_link.clone());
    read.add("Time", time.as_deref());
    read.add("Environment URL", link.as_deref());
    let others = others.join("\n").trim().to_owned();
    read.body = (!others.is_empty()).then_some(others);
    Some(read)
}

fn named(line: &str) -> Option<(&'static str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = NAMES.iter().find(|known| **known == name)?;
    Some((name, value))
}

/// `Environment health has transitioned from Ok to Degraded.`
fn health(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("health has transitioned from ")?;
    let (_, rest) = rest.split_once(" to ")?;
    let state = rest.split(['.', ' ']).next()?;
    (!state.is_empty()).then_some(state)
}
