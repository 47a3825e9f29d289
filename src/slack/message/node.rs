//! The payload as a template rendered it, read once: texts are borrowed where JSON allows it, null members are not there.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A part of a rendered payload.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node<'t> {
    Null,
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Object(Members<'t>),
    /// A number or a boolean.
    Scalar(Value),
}

/// The members of an object, in the order of their names. So that authors need no comma tricks, none is null. Null items of a
/// list stay: the places of the others are then those in the template, for what is said of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Members<'t>(Vec<(Cow<'t, str>, Node<'t>)>);

impl<'t> Node<'t> {
    pub(super) fn as_object(&self) -> Option<&Members<'t>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Is it an object whose `type` says so?
    pub(super) fn is_of_type(&self, name: &str) -> bool {
        self.as_object()
            .is_some_and(|members| members.text("type") == Some(name))
    }

    /// As it stands.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::from(text.as_ref()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name, value.to_value()))
                .collect(),
            Self::Scalar(value) => value.clone(),
        }
    }
}

impl<'t> Members<'t> {
    pub(super) fn get(&self, name: &str) -> Option<&Node<'t>> {
        self.iter()
            .find_map(|(other, value)| (other == name).then_some(value))
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Node<'t>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::Scalar(value.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Node<'de>)> = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        // Of members with the same name the last one counts.
        members.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(&mut later.1, &mut earlier.1);
            }
            same
        });
        members.retain(|(_, value)| *value != Node::Null);
        Ok(Node::Object(Members(members)))
    }
}

/// The name of a member.
struct Name<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Reader)? {
            Node::Text(name) => Ok(Self(name)),
            // JSON has no other names.
            _ => Ok(Self(Cow::Borrowed(""))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Value, String> {
        let node: Result<Node<'_>, _> = serde_json::from_str(text);
        node.map(|node| node.to_value())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_json_says_without_its_null_members() {
        for (text, expected) in [
            ("null", json!(null)),
            ("[null, 1, -1, 0.5, true]", json!([null, 1, -1, 0.5, true])),
            (
                r#"{"b": "x\ny", "a": "z", "c": null}"#,
                json!({"a": "z", "b": "x\ny"}),
            ),
            (r#"{"a": 1, "b": 2, "\u0061": 3}"#, json!({"a": 3, "b": 2})),
            (r#"{"a": 1, "a": null}"#, json!({})),
            (r#"{"a": null, "a": [{"b": null}]}"#, json!({"a": [{}]})),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    proptest! {
        /// Errors are shown to authors.
        #[test]
        fn refuses_what_no_json_is_in_the_same_words(text in r#"([\[\]{}:,"\\ntfe0-9.\n -]|"a"|null|true){0,12}"#) {
            let expected = serde_json::from_str::<Value>(&text).map(|_| ());
            let expected = expected.map_err(|error| error.to_string());
            prop_assert_eq!(read(&text).map(|_| ()), expected);
        }
    }
}
