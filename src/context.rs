//! Step 3: what a template sees, and what routes match on.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::envelope::Record;
use crate::notification::Notification;
use crate::time;

/// The longest text in a context, in characters. Slack shows at most 3,000 in one block; this leaves the shortening that
/// a reader sees to [`crate::slack::Message`].
const LONGEST_TEXT: usize = 4_000;
/// The longest list or object in a context. A message has 50 blocks; nobody reads the 101st dimension in a channel.
const LONGEST_LIST: usize = 100;
/// How deep a context may nest before the rest is written out as text.
const DEEPEST: usize = 12;
/// All texts of a context together, in characters: bounds what a template can produce from a body of 256 KB.
const LARGEST: usize = 100_000;

/// The values of one record, by name.
#[derive(Debug, Clone, PartialEq)]
pub struct Context(Map<String, Value>);

impl Context {
    /// Cannot fail: what a notification does not say is null.
    ///
    /// `account_names` gives people's names for account ids.
    pub fn new(
        record: &Record,
        notification: &Notification,
        account_names: &BTreeMap<String, String>,
    ) -> Self {
        let facts = notification.facts(record);
        let of_topic = |part: fn(&crate::arn::Arn) -> Option<&String>| {
            record.topic.as_ref().and_then(part).cloned()
        };
        let account = facts
            .account
            .or_else(|| of_topic(|arn| arn.account.as_ref()));
        let account_name = account.as_ref().and_then(|id| account_names.get(id));
        let region = facts.region.or_else(|| of_topic(|arn| arn.region.as_ref()));
        let timestamp = record.timestamp.as_deref().map(time::normalise);

        let common = json!({
            "kind": notification.kind().as_str(),
            "title": facts.title,
            "name": facts.name,
            "state": facts.state,
            "source": facts.source,
            "topic": record.topic_arn,
            "account": account,
            "account_name": account_name,
            "region": region,
            "time": facts.time.or_else(|| timestamp.clone()),
            "links": facts.links,
            "record": {
                "message_id": record.message_id,
                "topic_name": record.topic_name(),
                "subject": record.subject,
                "timestamp": timestamp,
                "attributes": record.attributes,
            },
        });
        let mut values = match common {
            Value::Object(values) => values,
            _ => Map::new(),
        };
        // The common values first, so that a large body cannot use up what they need.
        let mut left = LARGEST;
        for value in values.values_mut() {
            clamp(value, 1, &mut left);
        }
        for (name, mut value) in notification.members(record) {
            clamp(&mut value, 1, &mut left);
            values.insert(name.to_owned(), value);
        }
        Self(values)
    }

    /// The value at a dotted path such as `alarm.metric.namespace`; `None` when there is no such path, `Some(null)` when
    /// it is there and says nothing.
    pub fn get(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let first = self.0.get(names.next()?)?;
        names.try_fold(first, |value, name| match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            other => other.get(name),
        })
    }

    /// The text at a path; `None` when it is absent, null or no text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// All values.
    pub fn values(&self) -> &Map<String, Value> {
        &self.0
    }
}

/// Cuts a value down to the bounds above, visibly.
fn clamp(value: &mut Value, depth: usize, left: &mut usize) {
    match value {
        Value::String(text) => {
            let bound = LONGEST_TEXT.min(*left);
            if let Some((end, _)) = text.char_indices().nth(bound) {
                text.truncate(end);
                text.push('…');
            }
            *left = left.saturating_sub(text.len());
        }
        Value::Array(_) | Value::Object(_) if depth >= DEEPEST => {
            *value = Value::String(value.to_string());
            clamp(value, depth, left);
        }
        Value::Array(items) => {
            let more = items.len().saturating_sub(LONGEST_LIST);
            items.truncate(LONGEST_LIST);
            for item in items.iter_mut() {
                clamp(item, depth + 1, left);
            }
            // Only a list of texts can say so itself; the others have a count beside them.
            if more > 0 && items.last().is_some_and(Value::is_string) {
                items.push(Value::String(format!("… {more} more")));
            }
        }
        Value::Object(members) => {
            let beyond: Vec<String> = members.keys().skip(LONGEST_LIST).cloned().collect();
            for name in beyond {
                members.remove(&name);
            }
            for member in members.values_mut() {
                clamp(member, depth + 1, left);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
