//! Forgiving reads from JSON that somebody else wrote.
//!
//! AWS leaves members out, sets them to null, and writes a number as text or text as a number, each differently over
//! the years. A strict structure would refuse the whole record for one such member; these reads give up only the
//! member.

use serde_json::{Map, Number, Value};

use crate::time;
use crate::tree::{Members, Node};

/// A JSON document in memory: serde_json's, or the one that borrows.
pub trait Json: Loose<Value = Self> + Sized {
    /// The members of an object.
    type Members: Loose<Value = Self>;

    /// What it is, unless it is an object.
    fn shape(&self) -> Shape<'_, Self>;

    /// The members, when it is an object.
    fn members(&self) -> Option<&Self::Members>;
}

/// A value that is no object.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'v, V> {
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(&'v Number),
    /// A text.
    Text(&'v str),
    /// The items of an array.
    List(&'v [V]),
    /// An object or null.
    Other,
}

/// Reading members by name; every answer is `None` for a member that is absent, null or of an unusable type.
pub trait Loose {
    /// What a member is.
    type Value: Json;

    /// The member itself, unless absent or null.
    fn member(&self, name: &str) -> Option<&Self::Value>;

    /// Text; a number or a boolean is written out. An empty text counts as absent.
    fn text(&self, name: &str) -> Option<String> {
        self.member(name).and_then(as_text)
    }

    /// Text, only if the member really is a non-empty JSON string. For discriminators.
    fn string(&self, name: &str) -> Option<&str> {
        match self.member(name)?.shape() {
            Shape::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// A time, RFC 3339 where [`time::normalise`] can read it.
    fn moment(&self, name: &str) -> Option<String> {
        match self.member(name)?.shape() {
            Shape::Text(text) if !text.is_empty() => Some(time::normalise(text)),
            _ => self.text(name),
        }
    }

    /// A number, also when it is written as text.
    fn number(&self, name: &str) -> Option<f64> {
        match self.member(name)?.shape() {
            Shape::Number(number) => number.as_f64(),
            Shape::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// A whole number that is not negative, also when written as `60.0` or as text.
    fn count(&self, name: &str) -> Option<u64> {
        self.number(name).and_then(whole)
    }

    /// A boolean, also when written as text.
    fn boolean(&self, name: &str) -> Option<bool> {
        match self.member(name)?.shape() {
            Shape::Bool(boolean) => Some(boolean),
            Shape::Text(text) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// The items of an array; empty for anything else.
    fn list(&self, name: &str) -> &[Self::Value] {
        match self.member(name).map(Json::shape) {
            Some(Shape::List(items)) => items,
            _ => &[],
        }
    }

    /// The items of an array that are scalars and not empty, written out as [`Loose::text`] does.
    fn texts(&self, name: &str) -> Vec<String> {
        self.list(name).iter().filter_map(as_text).collect()
    }

    /// The members of an object.
    fn object(&self, name: &str) -> Option<&<Self::Value as Json>::Members> {
        self.member(name)?.members()
    }

    /// Members of members: `path` is a list of names.
    fn deep(&self, path: &[&str]) -> Option<&Self::Value> {
        let (first, rest) = path.split_first()?;
        rest.iter()
            .try_fold(self.member(first)?, |value, name| value.member(name))
    }
}

impl Json for Value {
    type Members = Map<String, Value>;

    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::Bool(boolean) => Shape::Bool(*boolean),
            Self::Number(number) => Shape::Number(number),
            Self::String(text) => Shape::Text(text),
            Self::Array(items) => Shape::List(items),
            Self::Null | Self::Object(_) => Shape::Other,
        }
    }

    fn members(&self) -> Option<&Map<String, Value>> {
        self.as_object()
    }
}

impl Loose for Value {
    type Value = Self;

    fn member(&self, name: &str) -> Option<&Value> {
        self.get(name).filter(|value| !value.is_null())
    }
}

impl Loose for Map<String, Value> {
    type Value = Value;

    fn member(&self, name: &str) -> Option<&Value> {
        self.get(name).filter(|value| !value.is_null())
    }
}

impl<'t> Json for Node<'t> {
    type Members = Members<'t>;

    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::Bool(boolean) => Shape::Bool(*boolean),
            Self::Number(number) => Shape::Number(number),
            Self::Text(text) => Shape::Text(text),
            Self::List(items) => Shape::List(items),
            Self::Null | Self::Object(_) => Shape::Other,
        }
    }

    fn members(&self) -> Option<&Members<'t>> {
        self.as_object()
    }
}

impl<'t> Loose for Node<'t> {
    type Value = Self;

    fn member(&self, name: &str) -> Option<&Node<'t>> {
        self.get(name).filter(|value| **value != Node::Null)
    }
}

impl<'t> Loose for Members<'t> {
    type Value = Node<'t>;

    fn member(&self, name: &str) -> Option<&Node<'t>> {
        self.get(name).filter(|value| **value != Node::Null)
    }
}

/// A scalar written out; `None` for null, an empty text, an array or an object.
pub fn as_text(value: &impl Json) -> Option<String> {
    match value.shape() {
        Shape::Text(text) if !text.is_empty() => Some(text.to_owned()),
        Shape::Number(number) if number.is_f64() => Some(plain_number(number.as_f64()?)),
        Shape::Number(number) => Some(number.to_string()),
        Shape::Bool(boolean) => Some(boolean.to_string()),
        _ => None,
    }
}

/// A number that has no fraction and is not negative.
fn whole(number: f64) -> Option<u64> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked first"
    )]
    ((0.0..=9e15).contains(&number) && number.fract() == 0.0).then_some(number as u64)
}

/// A number as a person writes it: `5`, not `5.0`; `0.05` as it is.
pub fn plain_number(number: f64) -> String {
    // Most numbers are whole, and written in a fraction of the time. -0 is not 0.
    if let Some(whole @ 1..) = whole(number) {
        return whole.to_string();
    }
    // `Display` of f64 writes no exponent and no trailing `.0`.
    if number.abs() >= 1e21 || (number != 0.0 && number.abs() < 1e-7) {
        format!("{number:e}")
    } else {
        format!("{number}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_of_an_unusable_type_is_absent() {
        let object = json!({
            "text": "a", "empty": "", "null": null, "number": 60.0, "written": " 60 ", "negative": -1, "half": 0.5,
            "huge": "1e400", "true": true, "yes": "TRUE", "list": ["a", "", 1, null, {}, true], "object": {"a": {"b": 1}},
            "time": "2026-03-11T09:42:16.902+0000",
        });
        let seen = |name: &str| {
            (
                object.text(name),
                object.number(name),
                object.count(name),
                object.boolean(name),
            )
        };
        let text = |text: &str| Some(text.to_owned());
        for (name, expected) in [
            ("text", (text("a"), None, None, None)),
            ("empty", (None, None, None, None)),
            ("null", (None, None, None, None)),
            ("absent", (None, None, None, None)),
            ("number", (text("60"), Some(60.0), Some(60), None)),
            ("written", (text(" 60 "), Some(60.0), Some(60), None)),
            ("negative", (text("-1"), Some(-1.0), None, None)),
            ("half", (text("0.5"), Some(0.5), None, None)),
            ("huge", (text("1e400"), None, None, None)),
            ("true", (text("true"), None, None, Some(true))),
            ("yes", (text("TRUE"), None, None, Some(true))),
            ("list", (None, None, None, None)),
            ("object", (None, None, None, None)),
        ] {
            assert_eq!(seen(name), expected, "{name}");
        }
        assert_eq!(object.string("text"), Some("a"));
        assert_eq!(object.string("number"), None);
        assert_eq!(object.moment("time"), text("2026-03-11T09:42:16Z"));
        assert_eq!(object.moment("text"), text("a"));
        assert_eq!(object.texts("list"), ["a", "1", "true"]);
        assert!(object.texts("object").is_empty());
        assert_eq!(object.list("text"), &[] as &[Value]);
        assert_eq!(object.deep(&["object", "a", "b"]), Some(&json!(1)));
        assert_eq!(object.deep(&["object", "b", "a"]), None);
        assert_eq!(object.deep(&[]), None);
        assert_eq!(json!([1]).text("text"), None);
    }

    #[test]
    fn numbers_are_written_as_a_person_does() {
        for (number, expected) in [
            (5.0, "5"),
            (0.05, "0.05"),
            (-15_000_000.0, "-15000000"),
            (1e21, "1e21"),
            (1.5e-9, "1.5e-9"),
            (0.0, "0"),
        ] {
            assert_eq!(plain_number(number), expected);
        }
    }
}
