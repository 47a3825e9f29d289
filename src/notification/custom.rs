//! Kind `custom`: a notification that a program of yours wrote for a chat.
//!
//! The schema is that of custom notifications in Amazon Q Developer in chat applications, formerly AWS Chatbot (page
//! "Custom notifications"). Teams that publish it already can subscribe this function to the same topic.

use serde::Serialize;

use super::{Facts, Field, words};
use crate::context::Values;
use crate::envelope::Record;
use crate::loose::{self, Loose};
use crate::tree::Node;

/// In the context: `custom`. All of it is foreign text: a `*bold*` or a `:warning:` is the author's, and stays as it came.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Custom {
    /// The headline; null when there is none.
    pub title: Option<String>,
    /// What happened. The only member that a custom notification must have.
    pub description: String,
    /// The description without its first line where that is the title of the message; null when nothing else is left.
    pub body: Option<String>,
    /// What the reader may do, in order; may be empty.
    pub next_steps: Vec<String>,
    /// Tags; may be empty.
    pub keywords: Vec<String>,
    /// Notifications with the same id belong to one thread; null when there is none.
    pub thread_id: Option<String>,
    /// One line for a whole thread; null when there is none.
    pub summary: Option<String>,
    /// The author's name for this sort of event; null when there is none.
    pub event_type: Option<String>,
    /// What it is about, usually ARNs; may be empty.
    pub related_resources: Vec<String>,
    /// Further values by name; may be empty.
    pub additional_context: Vec<Field>,
    /// How title and description are written: `client-markdown` (the default of the schema, the chat's own markup); null
    /// when not said.
    pub text_type: Option<String>,
}

impl Custom {
    pub(super) fn from_value(value: &Node<'_>) -> Option<Self> {
        if value.string("version") != Some("1.0") || value.string("source") != Some("custom") {
            return None;
        }
        let content = value.object("content")?;
        let description = content.text("description")?;
        let metadata = value.object("metadata");
        let about = |name| metadata.and_then(|metadata| metadata.text(name));
        let title = content.text("title");
        let summary = about("summary");
        let headed = [&title, &summary]
            .into_iter()
            .flatten()
            .any(|text| !text.trim().is_empty());
        let body = match words::title_and_rest(&description) {
            Some((_, rest)) if !headed => rest,
            _ => description.as_str(),
        };
        Some(Self {
            title,
            body: (!body.trim().is_empty()).then(|| body.to_owned()),
            description,
            next_steps: content.texts("nextSteps"),
            keywords: content.texts("keywords"),
            thread_id: about("threadId"),
            summary,
            event_type: about("eventType"),
            related_resources: metadata
                .map(|metadata| metadata.texts("relatedResources"))
                .unwrap_or_default(),
            additional_context: metadata
                .and_then(|metadata| metadata.object("additionalContext"))
                .into_iter()
                .flatten()
                .filter_map(|(name, value)| Field::new(name, &text_of(value)))
                .collect(),
            text_type: content.text("textType"),
        })
    }

    pub(super) fn facts(&self, record: &Record) -> Facts {
        let title = [&self.title, &self.summary]
            .into_iter()
            .flatten()
            .find_map(|text| words::first_line(text))
            .or_else(|| words::title_and_rest(&self.description).map(|(title, _)| title.to_owned()))
            .or_else(|| words::first_line(record.subject.as_deref()?))
            .unwrap_or_else(|| "Custom notification".to_owned());
        Facts {
            name: self.event_type.clone().or_else(|| Some(title.clone())),
            title,
            source: Some("custom".to_owned()),
            ..Facts::default()
        }
    }

    pub(super) fn members(&self, _record: &Record, values: &mut Values) {
        values.add("custom", self);
    }
}

/// The schema has texts only; what an author nested all the same is shown as JSON.
fn text_of(value: &Node<'_>) -> String {
    match value {
        Node::List(_) | Node::Object(_) => value.to_string(),
        other => loose::as_text(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::notification::mutation::survives;

    fn custom(value: &Value) -> Option<Custom> {
        Custom::from_value(&value.into())
    }

    fn whole() -> Value {
        json!({
            "version": "1.0",
            "source": "custom",
            "id": "n-1",
            "content": {
                "textType": "client-markdown",
                "title": ":warning: Orders pile up",
                "description": "*orders* holds 4200 messages <!here>",
                "nextSteps": ["Open the dashboard", "", 3, null],
                "keywords": ["orders"],
            },
            "metadata": {
                "threadId": "orders-queue",
                "summary": "depth of orders",
                "eventType": "queue-depth",
                "relatedResources": ["arn:aws:sqs:eu-west-1:123456789012:orders"],
                "additionalContext": {"depth": 4200, "empty": "", "by": {"host": "a"}},
                "enableCustomActions": false,
            },
        })
    }

    #[test]
    fn reads_the_whole_schema() {
        let custom = custom(&whole()).unwrap();
        assert_eq!(
            serde_json::to_value(&custom).unwrap(),
            json!({
                "title": ":warning: Orders pile up",
                "description": "*orders* holds 4200 messages <!here>",
                "body": "*orders* holds 4200 messages <!here>",
                "next_steps": ["Open the dashboard", "3"],
                "keywords": ["orders"],
                "thread_id": "orders-queue",
                "summary": "depth of orders",
                "event_type": "queue-depth",
                "related_resources": ["arn:aws:sqs:eu-west-1:123456789012:orders"],
                "additional_context": [
                    {"name": "by", "value": "{\"host\":\"a\"}"},
                    {"name": "depth", "value": "4200"},
                ],
                "text_type": "client-markdown",
            })
        );
        let facts = custom.facts(&Record::default());
        assert_eq!(facts.title, ":warning: Orders pile up");
        assert_eq!(facts.name.as_deref(), Some("queue-depth"));
        assert_eq!(facts.source.as_deref(), Some("custom"));
        assert_eq!(facts.state, None);
        assert!(facts.links.0.is_empty());
    }

    #[test]
    fn a_description_is_enough() {
        let custom = custom(&json!({
            "version": "1.0", "source": "custom", "metadata": null,
            "content": {"description": "\n  Disk is full\nsince noon"},
        }))
        .unwrap();
        let facts = custom.facts(&Record::default());
        assert_eq!(facts.title, "Disk is full");
        assert_eq!(custom.body.as_deref(), Some("since noon"));
        assert_eq!(facts.name.as_deref(), Some("Disk is full"));
    }

    #[test]
    fn a_first_line_too_long_for_a_title_stands_in_the_body_only() {
        let long = "é".repeat(151);
        let custom = custom(&json!({
            "version": "1.0", "source": "custom", "content": {"description": long},
        }))
        .unwrap();
        assert_eq!(custom.body.as_deref(), Some(long.as_str()));
        let of = |subject: Option<&str>| {
            let subject = subject.map(str::to_owned);
            let record = Record {
                subject,
                ..Record::default()
            };
            custom.facts(&record).title
        };
        assert_eq!(of(None), "Custom notification");
        assert_eq!(of(Some("Disk is full")), "Disk is full");
    }

    #[test]
    fn survives_any_member_missing_or_of_another_type() {
        survives(&whole(), &["custom"]);
    }

    #[test]
    fn is_picky_about_what_it_is() {
        for other in [
            json!({"version": "0", "source": "custom", "content": {"description": "x"}}),
            json!({"version": "1.0", "source": "aws.health", "content": {"description": "x"}}),
            json!({"version": "1.0", "source": "custom", "content": {"title": "x"}}),
            json!({"version": "1.0", "source": "custom", "content": "x"}),
            json!({"version": "1.0", "source": "custom", "content": {"description": ""}}),
        ] {
            assert!(custom(&other).is_none(), "{other}");
        }
    }
}
