//! Kind `text`: what is no JSON.
//!
//! People and scripts write plain text. Some AWS services do too, in a form that can be read: AWS CloudFormation, AWS
//! Budgets, AWS Elastic Beanstalk and AWS Backup. An input transformer of EventBridge sends quoted lines. JSON that was cut
//! off is shown as the text that it is. SNS's own talk about subscriptions is told here as well, in our words.

mod backup;
mod beanstalk;
mod budgets;
mod clean;
mod cloudformation;

use serde::Serialize;

use super::{Facts, Field, hidden, words};
use crate::console_link;
use crate::context::Values;
use crate::envelope::{Control, Record};

/// Any other text. In the context: `text`.
///
/// What opens a door is hidden, as in a JSON document of unknown shape: tokens by their name, and those in links to a
/// review.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Text {
    /// Whose message it is.
    pub family: TextFamily,
    /// The subject, or else the first line unless it is too long; what happened where the family tells better.
    pub title: String,
    /// The text with line ends made plain, quotes of a transformer removed, and blanks trimmed; null when title and
    /// fields say it all, and for an empty message.
    pub body: Option<String>,
    /// What the text says by name; empty for a text that is just text.
    pub fields: Vec<Field>,
    #[serde(skip)]
    facts: Facts,
    #[serde(skip)]
    environment_link: Option<String>,
}

/// Whose message a text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFamily {
    /// Anybody's.
    #[default]
    Plain,
    /// An event of a stack (page "Setting CloudFormation stack options", its notification options).
    Cloudformation,
    /// An alert of AWS Budgets (page "Creating an Amazon SNS topic for budget notifications").
    Budgets,
    /// An event of an AWS Elastic Beanstalk environment (page "Elastic Beanstalk environment notifications with Amazon
    /// SNS").
    Beanstalk,
    /// A job of AWS Backup (page "Notification options with AWS Backup"); the facts are in the message attributes.
    Backup,
    /// The text of an EventBridge input transformer, which SNS delivers in quotes (page "Amazon EventBridge input
    /// transformation").
    Transformer,
    /// Begins as JSON does, and cannot be read as such: cut off, several documents in a row, a placeholder left in it.
    BrokenJson,
    /// SNS talks about a subscription itself.
    Subscription,
}

impl Text {
    pub(super) fn from_body(body: &str, record: &Record) -> Self {
        let lines = clean::lines(body);
        let unquoted = clean::unquoted(&lines);
        let quoted = unquoted.is_some();
        let text = unquoted.unwrap_or(lines);
        let text = hidden::in_text(&text);

        let mut read = Self::of_a_family(&text, record, quoted);
        let subject = record
            .subject
            .as_deref()
            .and_then(words::first_line)
            .map(|subject| hidden::in_text(&subject).into_owned());
        if read.title.is_empty() {
            read.title = match (subject, read.family) {
                (Some(subject), _) => subject,
                (None, TextFamily::BrokenJson) => clean::trouble(body).to_owned(),
                (None, _) => read.first_line_as_title(&text),
            };
        } else if let Some(subject) = subject.filter(|_| read.prefers_subject()) {
            read.title = subject;
        }
        read
    }

    /// Nothing of SNS's own text is used: it holds the link with which anybody could confirm.
    pub(super) fn from_control(control: Control, record: &Record) -> Self {
        let topic = record.topic().map(|topic| topic.resource);
        let topic = topic.or(record.topic_arn.as_deref());
        let of_topic = topic.map_or_else(
            || "an SNS topic".to_owned(),
            |name| format!("the topic {name}"),
        );
        let (title, body, state) = match control {
            Control::SubscriptionConfirmation => (
                "Subscription waits for confirmation",
                format!(
                    "Something was subscribed to {of_topic}, and nothing arrives through it until the subscription is confirmed. SNS asks for this when the owner of the topic subscribes a queue of another account. Let the owner of the queue confirm it, or let them create the subscription themselves: then SNS does not ask."
                ),
                "SubscriptionConfirmation",
            ),
            Control::UnsubscribeConfirmation => (
                "Subscription was removed",
                format!(
                    "A subscription to {of_topic} was removed, and nothing arrives through it any more. If nobody meant to do that, subscribe again."
                ),
                "UnsubscribeConfirmation",
            ),
        };
        Self {
            family: TextFamily::Subscription,
            title: title.to_owned(),
            body: Some(body),
            fields: record
                .topic_arn
                .as_deref()
                .and_then(|arn| Field::new("Topic", arn))
                .into_iter()
                .collect(),
            facts: Facts {
                name: topic.map(str::to_owned),
                state: Some(state.to_owned()),
                source: Some("aws.sns".to_owned()),
                ..Facts::default()
            },
            environment_link: None,
        }
    }

    pub(super) fn facts(&self, _record: &Record) -> Facts {
        let mut facts = self.facts.clone();
        facts.title.clone_from(&self.title);
        facts.link(
            "environment",
            self.environment_link
                .as_deref()
                .and_then(console_link::foreign),
        );
        facts
    }

    pub(super) fn members(&self, _record: &Record, values: &mut Values) {
        values.add("text", self);
    }

    /// Without a title where subject or first line shall be it.
    fn of_a_family(text: &str, record: &Record, quoted: bool) -> Self {
        if quoted {
            return Self::of_lines(TextFamily::Transformer, text);
        }
        if let Some(read) = cloudformation::read(text)
            .or_else(|| budgets::read(text))
            .or_else(|| beanstalk::read(text))
            .or_else(|| backup::read(text, record))
        {
            return read;
        }
        if clean::begins_as_json(text) {
            return Self::of_lines(TextFamily::BrokenJson, text);
        }
        // A text that was quoted as a whole has lost its quotes before it came here.
        let unwrapped = record.body.trim_start().starts_with('"');
        let family = if unwrapped {
            TextFamily::Transformer
        } else {
            TextFamily::Plain
        };
        Self::of_lines(family, text)
    }

    fn of_lines(family: TextFamily, text: &str) -> Self {
        Self {
            family,
            body: (!text.is_empty()).then(|| text.to_owned()),
            ..Self::default()
        }
    }

    fn new(family: TextFamily, source: &str) -> Self {
        Self {
            family,
            facts: Facts::of(source),
            ..Self::default()
        }
    }

    /// Nothing is said twice: a first line that is the title is not in the body any more, and one that is too long for a
    /// title is in the body only.
    fn first_line_as_title(&mut self, text: &str) -> String {
        if text.trim().is_empty() {
            return "Empty message".to_owned();
        }
        let Some((title, rest)) = words::title_and_rest(text) else {
            return "Message".to_owned();
        };
        self.body = (!rest.trim().is_empty()).then(|| rest.to_owned());
        title.to_owned()
    }

    /// Subjects of the others are cut, or the same for every message.
    fn prefers_subject(&self) -> bool {
        self.family == TextFamily::Budgets
    }

    /// Adds a field unless there is nothing to show in it.
    fn add(&mut self, name: &str, value: Option<&str>) {
        self.fields
            .extend(value.and_then(|value| Field::new(name, value)));
    }
}

/// A value without blanks around it; `None` when it says nothing. Some services write out `null`.
fn said(value: &str) -> Option<&str> {
    Some(value.trim()).filter(|value| !value.is_empty() && *value != "null")
}

#[cfg(test)]
mod tests;
