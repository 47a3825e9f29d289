//! Step 3: what a template sees, and what routes match on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

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
/// All texts of a context together, in bytes: bounds what a template can produce from a body of 256 KB.
const LARGEST: usize = 100_000;

/// The values of one record, by name. They are held as Tera has them, so that nothing is copied when a template is rendered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    values: tera::Context,
    /// Tera does not tell them.
    names: Vec<Cow<'static, str>>,
}

/// What every kind has under `record`.
#[derive(Serialize)]
struct OfRecord<'r> {
    message_id: Option<&'r str>,
    topic_name: Option<&'r str>,
    subject: Option<&'r str>,
    timestamp: Option<&'r str>,
    attributes: &'r BTreeMap<String, String>,
}

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
        let topic = record.topic();
        let account = facts.account.as_deref();
        let account = account.or_else(|| topic?.account);
        let region = facts.region.as_deref();
        let region = region.or_else(|| topic?.region);
        let timestamp = record.timestamp.as_deref().map(time::normalise);

        let mut values = Values::new();
        // The common values first, so that a large body cannot use up what they need.
        values.add("kind", notification.kind().as_str());
        values.add("title", &facts.title);
        values.add("name", &facts.name);
        values.add("state", &facts.state);
        values.add("source", &facts.source);
        values.add("topic", &record.topic_arn);
        values.add(
            "account_name",
            &account.and_then(|id| account_names.get(id)),
        );
        values.add("account", &account);
        values.add("region", &region);
        values.add("time", &facts.time.as_ref().or(timestamp.as_ref()));
        values.add("links", &facts.links);
        values.add(
            "record",
            &OfRecord {
                message_id: record.message_id.as_deref(),
                topic_name: topic.map(|topic| topic.resource),
                subject: record.subject.as_deref(),
                timestamp: timestamp.as_deref(),
                attributes: &record.attributes,
            },
        );
        notification.members(record, &mut values);
        values.context
    }

    /// Of a message that is about no single record. Anything but an object has no values.
    pub(crate) fn of_values(values: Value) -> Self {
        let mut context = Self::default();
        if let Value::Object(values) = values {
            for (name, value) in values {
                context.insert(name.into(), as_tera(&value));
            }
        }
        context
    }

    fn insert(&mut self, name: Cow<'static, str>, value: tera::Value) {
        self.values.insert_value(name.clone(), value);
        self.names.push(name);
    }

    /// The value at a dotted path such as `alarm.metric.namespace`; `None` when there is no such path, `Some` of none when
    /// it is there and says nothing.
    pub fn get(&self, path: &str) -> Option<&tera::Value> {
        let mut names = path.split('.');
        let first = self.values.get(names.next()?)?;
        names.try_fold(first, part)
    }

    /// Likewise, as JSON has it; `Some(null)` when it is there and says nothing.
    pub fn json(&self, path: &str) -> Option<Value> {
        self.get(path).map(as_json)
    }

    /// The text at a path; `None` when it is absent, null or no text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.get(path)?.as_str()
    }

    /// All values, as JSON has them.
    pub fn to_json(&self) -> Map<String, Value> {
        let names = self.names.iter();
        names
            .filter_map(|name| Some((name.clone().into_owned(), self.json(name)?)))
            .collect()
    }

    /// All values, for a template.
    pub(crate) fn values(&self) -> &tera::Context {
        &self.values
    }
}

/// The member of that name, or the item at that place.
pub(crate) fn part<'v>(value: &'v tera::Value, name: &str) -> Option<&'v tera::Value> {
    match value.as_array() {
        Some(items) => items.get(name.parse::<usize>().ok()?),
        None => member(value, name),
    }
}

/// The member of that name; `None` also when this is no object.
pub(crate) fn member<'v>(value: &'v tera::Value, name: &str) -> Option<&'v tera::Value> {
    // Searched for, because a key of the map would have to live as long as it; it has few members.
    let mut members = value.as_map()?.iter();
    let found = members.find(|(key, _)| key.as_str() == Some(name));
    found.map(|(_, value)| value)
}

/// As JSON has it, with the members of objects in the order of their names.
pub(crate) fn as_json(value: &tera::Value) -> Value {
    // Nothing in it fails to be copied: it came from such values.
    serde_json::to_value(value).unwrap_or_default()
}

/// Nothing that is put into a context fails to be copied.
fn as_tera(value: &(impl Serialize + ?Sized)) -> tera::Value {
    tera::Value::try_from_serializable(value).unwrap_or_else(|_| tera::Value::none())
}

/// Collects the values of a context, inside the bounds above.
pub struct Values {
    pub(crate) context: Context,
    /// Of [`LARGEST`].
    left: usize,
}

impl Values {
    pub(crate) fn new() -> Self {
        Self {
            context: Context {
                // Twelve that all have, and those of the kind.
                names: Vec::with_capacity(16),
                ..Context::default()
            },
            left: LARGEST,
        }
    }

    /// Adds a value, cut down to the bounds where it has to be.
    pub(crate) fn add(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        let before = self.left;
        let whole = Some(as_tera(value)).filter(|whole| fits(whole, 1, &mut self.left));
        let value = whole.unwrap_or_else(|| {
            let mut value = serde_json::to_value(value).unwrap_or_default();
            self.left = before;
            clamp(&mut value, 1, &mut self.left);
            as_tera(&value)
        });
        self.context.insert(Cow::Borrowed(name), value);
    }
}

/// Is it inside the bounds as it is? Then [`clamp`] would not change it.
fn fits(value: &tera::Value, depth: usize, left: &mut usize) -> bool {
    match value.as_str() {
        Some(text) => text_fits(text, left),
        // Most values are null.
        None => value.is_none() || parts_fit(value, depth, left),
    }
}

fn text_fits(text: &str, left: &mut usize) -> bool {
    // No text has more characters than bytes.
    let inside = text.len() <= LONGEST_TEXT.min(*left);
    *left = left.saturating_sub(text.len());
    inside
}

fn parts_fit(value: &tera::Value, depth: usize, left: &mut usize) -> bool {
    let inside = |count: usize| depth < DEEPEST && count <= LONGEST_LIST;
    if let Some(items) = value.as_array() {
        return inside(items.len()) && items.iter().all(|item| fits(item, depth + 1, left));
    }
    value.as_map().is_none_or(|members| {
        inside(members.len()) && members.values().all(|member| fits(member, depth + 1, left))
    })
}

/// Cuts a value down to the bounds above, visibly.
fn clamp(value: &mut Value, depth: usize, left: &mut usize) {
    match value {
        Value::String(text) => {
            let beyond = text.char_indices().nth(LONGEST_TEXT);
            let mut end = beyond.map_or(text.len(), |(end, _)| end).min(*left);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            if end < text.len() {
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
            if members.len() > LONGEST_LIST {
                let beyond: Vec<String> = members.keys().skip(LONGEST_LIST).cloned().collect();
                for name in beyond {
                    members.remove(&name);
                }
            }
            for member in members.values_mut() {
                clamp(member, depth + 1, left);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::notification::classify;

    fn clamped(mut value: Value) -> Value {
        let mut left = LARGEST;
        clamp(&mut value, 1, &mut left);
        value
    }

    fn context(record: &Record, names: &[(&str, &str)]) -> Context {
        let names = names
            .iter()
            .map(|(id, name)| ((*id).to_owned(), (*name).to_owned()))
            .collect();
        Context::new(record, &classify(record), &names)
    }

    #[test]
    fn finds_values_by_their_path() {
        let alarm = json!({"name": "a", "metric": null, "metrics": [{"id": "m1"}, "x"], "": 1});
        let context = Context::of_values(json!({"alarm": alarm.clone()}));
        for (path, expected) in [
            ("alarm.name", Some(json!("a"))),
            ("alarm.metric", Some(Value::Null)),
            ("alarm.metrics.0.id", Some(json!("m1"))),
            ("alarm.metrics.1", Some(json!("x"))),
            ("alarm.metrics.2", None),
            ("alarm.metrics.-1", None),
            ("alarm.metrics.id", None),
            ("alarm.metric.name", None),
            ("alarm.name.0", None),
            ("alarm.", Some(json!(1))),
            ("alarm", Some(alarm.clone())),
            ("Alarm", None),
            ("", None),
            (".", None),
        ] {
            assert_eq!(context.json(path), expected, "{path}");
        }
        assert_eq!(context.text("alarm.name"), Some("a"));
        assert_eq!(context.text("alarm.metric"), None);
        assert_eq!(context.text("alarm.metrics"), None);
    }

    #[test]
    fn the_topic_tells_what_the_body_does_not() {
        let arn = "arn:aws:sns:eu-west-1:123456789012:ops";
        let record = Record {
            topic_arn: Some(arn.to_owned()),
            timestamp: Some("2026-03-11T09:42:17.318Z".to_owned()),
            ..Record::bare("Disk full")
        };
        let names = [("123456789012", "prod")];
        for (record, path, expected) in [
            (&record, "topic", Some(arn)),
            (&record, "account", Some("123456789012")),
            (&record, "account_name", Some("prod")),
            (&record, "region", Some("eu-west-1")),
            (&record, "time", Some("2026-03-11T09:42:17Z")),
            (&record, "record.topic_name", Some("ops")),
            (&Record::bare("x"), "account", None),
            (&Record::bare("x"), "account_name", None),
            (&Record::bare("x"), "time", None),
        ] {
            let context = context(record, &names);
            assert!(context.json(path).is_some(), "{path}");
            assert_eq!(context.text(path), expected, "{path}");
        }
        let stranger = context(&record, &[("111122223333", "dev")]);
        assert_eq!(stranger.json("account_name"), Some(Value::Null));

        let of_the_body = Record {
            body: json!({"account": "111122223333", "region": "eu-north-1"}).to_string(),
            ..record
        };
        let context = context(&of_the_body, &[]);
        assert_eq!(context.text("account"), Some("111122223333"));
        assert_eq!(context.text("region"), Some("eu-north-1"));
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        for (length, expected) in [(4_000, 4_000), (4_001, 4_001), (100_000, 4_001)] {
            let text = clamped(json!("ü".repeat(length)));
            let text = text.as_str().unwrap();
            assert_eq!(text.chars().count(), expected);
            assert_eq!(text.ends_with('…'), length > 4_000);
        }
        for scalar in [json!(null), json!(true), json!(1e300), json!("")] {
            assert_eq!(clamped(scalar.clone()), scalar);
        }
    }

    #[test]
    fn long_lists_and_wide_objects_are_cut() {
        let texts = clamped(json!(vec!["x"; 250]));
        let texts = texts.as_array().unwrap();
        assert_eq!(texts.len(), 101);
        assert_eq!(texts.last(), Some(&json!("… 150 more")));
        // A list of anything else has a count beside it.
        let objects = clamped(json!(vec![json!({"a": 1}); 250]));
        assert_eq!(objects.as_array().unwrap().len(), 100);
        assert_eq!(clamped(json!(vec!["x"; 100])), json!(vec!["x"; 100]));

        let wide: Value = (0..250).map(|n| (format!("{n:03}"), json!(n))).collect();
        let wide = clamped(wide);
        let names: Vec<&String> = wide.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 100);
        assert_eq!(names.last().map(|name| name.as_str()), Some("099"));
    }

    #[test]
    fn what_is_deep_is_written_out() {
        let deep = (0..20).fold(json!(1), |inner, _| json!([inner]));
        let mut found = &clamped(deep);
        let mut depth = 1;
        while let Some(inner) = found.get(0) {
            (found, depth) = (inner, depth + 1);
        }
        assert_eq!(depth, 12);
        assert_eq!(found, &json!("[[[[[[[[[1]]]]]]]]]"));
    }

    #[test]
    fn all_texts_together_have_a_bound() {
        let many = json!(vec![vec!["x".repeat(4_000); 10]; 10]);
        let all = clamped(many);
        let texts: Vec<&str> = all
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|list| list.as_array().unwrap())
            .map(|text| text.as_str().unwrap())
            .collect();
        assert_eq!(texts.len(), 100);
        assert_eq!(texts[24].chars().count(), 4_000);
        assert_eq!(texts[25], "…");
        assert_eq!(texts[99], "…");
    }

    #[test]
    fn what_fits_is_as_it_was_and_the_rest_is_cut() {
        let mut values = Values::new();
        values.add("short", "ü");
        values.add("long", &"ü".repeat(4_000));
        values.add("longer", &"ü".repeat(4_001));
        values.add("deep", &json!({"a": ["ü".repeat(3_000), 1, null]}));
        let length = |path| values.context.text(path).map(|text| text.chars().count());
        assert_eq!(length("short"), Some(1));
        assert_eq!(length("long"), Some(4_000));
        assert_eq!(length("longer"), Some(4_001));
        assert_eq!(length("deep.a.0"), Some(3_000));
        assert_eq!(values.context.json("deep.a.1"), Some(json!(1)));
    }

    #[test]
    fn all_values_together_have_a_bound() {
        // Each of them fits as it is, or not at all.
        for text in ["ü".repeat(2_000), "ü".repeat(4_000)] {
            let mut values = Values::new();
            let names = ["a", "b", "c"];
            for name in names {
                values.add(name, &vec![text.clone(); 80_000 / text.len() / 2]);
            }
            let lengths = names.map(|name| {
                let texts = values.context.json(name).unwrap();
                let texts = texts.as_array().unwrap();
                let lengths = texts.iter().map(|text| text.as_str().unwrap().len());
                lengths.sum::<usize>()
            });
            let cut = lengths[2] - 20_000;
            assert_eq!(lengths[..2], [40_000; 2]);
            assert!((1..100).contains(&cut), "{cut}");
        }
    }

    #[test]
    fn a_large_body_leaves_the_common_values_alone() {
        let record = Record {
            subject: Some("Report".to_owned()),
            ..Record::bare("x\n".repeat(128_000))
        };
        let context = context(&record, &[]);
        assert_eq!(context.text("title"), Some("Report"));
        assert_eq!(context.text("record.subject"), Some("Report"));
        let body = context.text("text.body").unwrap();
        assert_eq!(body.chars().count(), 4_001);
    }
}
