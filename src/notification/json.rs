//! Kind `json`: any JSON that is of no other kind.
//!
//! Services that write JSON of their own to a topic are known by their shape and get a title and fields that say what
//! happened; everything else is shown by the names its author chose. Nothing is ever refused.

mod autoscaling;
mod codedeploy;
mod databases;
mod generic;
mod s3;
mod ses;

use serde::Serialize;

use super::{Facts, Field, hidden, words};
use crate::arn::Arn;
use crate::console_link::Console;
use crate::context::Values;
use crate::envelope::Record;
use crate::tree::{self, Arena, Members, Node};

/// More fields than this nobody reads in a channel.
const MOST_FIELDS: usize = 20;

/// Any other JSON. In the context: `json`.
///
/// The members named like a token, secret, password, API key, authorization, signature or (un)subscribe link read
/// `(hidden)` at any depth, and so does the token in the link to a review: the message may be an approval in a shape that
/// was not recognised.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Json {
    /// Whose message it is.
    pub family: JsonFamily,
    /// What happened, in half a line.
    pub title: String,
    /// The telling ones first; at most 20.
    pub fields: Vec<Field>,
    /// How many more fields there would be.
    pub more_fields: usize,
    /// The whole document on several lines, for a code block, cut to 2,500 characters at the end of a line; null when the
    /// fields say it all.
    pub text: Option<String>,
    #[serde(skip)]
    facts: Facts,
    #[serde(skip)]
    identifier_link: Option<String>,
    #[serde(skip)]
    object: Option<s3::Object>,
}

/// Whose message a JSON document is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonFamily {
    /// Amazon RDS (page "Working with Amazon RDS event notification").
    Rds,
    /// AWS DMS (page "Working with Amazon SNS events and notifications in AWS Database Migration Service").
    Dms,
    /// Amazon EC2 Auto Scaling (page "Amazon SNS notification options for Amazon EC2 Auto Scaling").
    Autoscaling,
    /// A trigger of AWS CodeDeploy (page "JSON data formats for CodeDeploy triggers").
    Codedeploy,
    /// Amazon SES, both feedback and event publishing (pages "Amazon SNS notification contents for Amazon SES" and
    /// "Contents of event data that Amazon SES publishes to Amazon SNS").
    Ses,
    /// Amazon S3 (page "Event message structure").
    S3,
    /// Where the extended client library put a message that is too large for SNS (page "Publishing large messages with
    /// Amazon SNS and Amazon S3").
    S3Pointer,
    /// Nobody's that we know.
    #[default]
    Generic,
}

impl Json {
    pub(super) fn from_value<'t>(value: &Node<'t>, arena: &'t Arena) -> Self {
        let value = &hidden::in_document(value, arena);
        databases::read(value)
            .or_else(|| autoscaling::read(value))
            .or_else(|| codedeploy::read(value))
            .or_else(|| ses::read(value))
            .or_else(|| s3::read(value))
            .or_else(|| s3::read_pointer(value))
            .unwrap_or_else(|| generic::read(value))
    }

    pub(super) fn facts(&self, record: &Record) -> Facts {
        let mut facts = self.facts.clone();
        facts.title.clone_from(&self.title);
        facts.link("identifier", self.identifier_link.clone());
        facts.link("s3", self.object_link(record));
        facts
    }

    pub(super) fn members(&self, _record: &Record, values: &mut Values) {
        values.add("json", self);
    }

    /// A pointer names no region, but the console finds a bucket from any region of its partition.
    fn object_link(&self, record: &Record) -> Option<String> {
        let object = self.object.as_ref()?;
        let region = self.facts.region.as_deref();
        let arn = object.arn.as_deref().and_then(Arn::parse);
        let console = Console::near(region, arn, record.topic())?;
        Some(console.s3_object(&object.bucket, &object.key))
    }

    fn new(family: JsonFamily, source: &str) -> Self {
        Self {
            family,
            facts: Facts::of(source),
            ..Self::default()
        }
    }

    fn titled(&mut self, title: &str) {
        self.title = words::first_line(title).unwrap_or_default();
    }

    /// Adds a field unless there is nothing to show in it.
    fn add(&mut self, name: &str, value: Option<String>) {
        let Some(field) = value.and_then(|value| Field::new(name, &value)) else {
            return;
        };
        if self.fields.len() < MOST_FIELDS {
            self.fields.push(field);
        } else {
            self.more_fields += 1;
        }
    }
}

/// An object, also when it is written as the text of one.
fn object_of<'t>(value: &Node<'t>, arena: &'t Arena) -> Option<Members<'t>> {
    let read = |text| tree::read(text, arena).ok()?.as_object().copied();
    match value {
        Node::Object(members) => Some(*members),
        Node::Text(text) => read(text),
        _ => None,
    }
}

/// In one line; `None` when there are none.
fn joined(texts: impl IntoIterator<Item = String>) -> Option<String> {
    let texts: Vec<String> = texts.into_iter().collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

#[cfg(test)]
mod tests;
