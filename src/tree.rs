//! A JSON document, held as cheaply as it is used here: texts and names are borrowed where they can be, and the members of an
//! object are a list.

mod quoted;
mod reader;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::{Number, Value};
use smallvec::SmallVec;

use self::reader::Nulls;

/// A value in a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Node<'t> {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// Any number.
    Number(Number),
    /// A text without its escapes.
    Text(Cow<'t, str>),
    /// An array.
    List(Vec<Node<'t>>),
    /// An object.
    Object(Members<'t>),
}

/// The members of an object, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Members<'t>(Vec<(Cow<'t, str>, Node<'t>)>);

/// Reads a document.
///
/// # Errors
/// When it is no JSON, or deeper than serde_json goes.
pub fn read(text: &str) -> serde_json::Result<Node<'_>> {
    read_ordinary(text).map_or_else(|| serde_json::from_str(text), Ok)
}

/// The same without the members that are null, at any depth. Null items of a list stay, so that the others keep their places.
///
/// # Errors
/// As those of [`read`].
pub fn read_without_nulls(text: &str) -> serde_json::Result<Node<'_>> {
    if let Some(node) = reader::read(text, Nulls::Dropped) {
        return Ok(node);
    }
    let mut node: Node<'_> = serde_json::from_str(text)?;
    node.drop_null_members();
    Ok(node)
}

/// The same as [`read`] of a document in which nothing is odd; `None` of any other, also when it is JSON.
pub(crate) fn read_ordinary(text: &str) -> Option<Node<'_>> {
    reader::read(text, Nulls::Kept)
}

impl<'t> Node<'t> {
    /// With these members, in the order of their names.
    pub fn object<const N: usize>(members: [(&'static str, Node<'t>); N]) -> Self {
        Self::Object(Members::of(members))
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&Members<'t>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_list(&self) -> Option<&[Node<'t>]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// A text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The member of that name; `None` also when this is no object.
    pub fn get(&self, name: &str) -> Option<&Node<'t>> {
        self.as_object()?.get(name)
    }

    /// Likewise, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node<'t>> {
        match self {
            Self::Object(members) => members.get_mut(name),
            _ => None,
        }
    }

    /// Is it an object?
    pub fn is_object(&self) -> bool {
        self.as_object().is_some()
    }

    /// Any number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// Is it an object whose `type` says so?
    pub fn is_of_type(&self, name: &str) -> bool {
        self.get("type").and_then(Self::as_str) == Some(name)
    }

    /// The same without borrowing anything: what is borrowed is copied, and the rest is moved.
    pub fn into_static(self) -> Node<'static> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(value) => Node::Bool(value),
            Self::Number(number) => Node::Number(number),
            Self::Text(text) => Node::from(text.into_owned()),
            Self::List(items) => Node::List(items.into_iter().map(Self::into_static).collect()),
            Self::Object(members) => Node::Object(members.into_static()),
        }
    }

    /// Takes out every member that is null, at any depth. Null items of a list stay, so that the others keep their places.
    fn drop_null_members(&mut self) {
        match self {
            Self::List(items) => items.iter_mut().for_each(Self::drop_null_members),
            Self::Object(members) => members.0.retain_mut(|(_, value)| {
                value.drop_null_members();
                *value != Self::Null
            }),
            _ => {}
        }
    }

    /// As compact JSON.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => quoted::quote(text, out),
            Self::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    out.push(if index == 0 { '[' } else { ',' });
                    item.write(out);
                }
                out.push_str(if items.is_empty() { "[]" } else { "]" });
            }
            Self::Object(members) => members.write(out),
        }
    }

    /// As serde_json has it, copied.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::from(text.as_ref()),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members.to_value(),
        }
    }
}

/// What most lists and objects have at most: they are read without a list that grows, and searched without bisection.
const FEW: usize = 8;

impl<'t> Members<'t> {
    /// In the order of their names.
    pub fn of<const N: usize>(members: [(&'static str, Node<'t>); N]) -> Self {
        let members = members.map(|(name, value)| (Cow::Borrowed(name), value));
        Self::in_order(members.into())
    }

    /// The same of those that are there.
    pub fn of_some<const N: usize>(members: [(&'static str, Option<Node<'t>>); N]) -> Self {
        let mut some = Vec::with_capacity(N);
        for (name, value) in members {
            some.extend(value.map(|value| (Cow::Borrowed(name), value)));
        }
        Self::in_order(some)
    }

    fn in_order(members: Vec<(Cow<'t, str>, Node<'t>)>) -> Self {
        debug_assert!(members.is_sorted_by(|(a, _), (b, _)| a < b));
        Self(members)
    }

    fn sort(&mut self) {
        self.0.sort_by(|(a, _), (b, _)| by_name(a, b));
    }

    /// In the order in which they were read. Of members with the same name the last one counts.
    fn of_read(members: Vec<(Cow<'t, str>, Node<'t>)>) -> Self {
        let mut members = Self(members);
        if members
            .0
            .is_sorted_by(|(a, _), (b, _)| by_name(a, b).is_lt())
        {
            return members;
        }
        members.sort();
        members.0.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(&mut later.1, &mut earlier.1);
            }
            same
        });
        members
    }

    /// The member of that name; `Some(Null)` when it is there and null.
    pub fn get(&self, name: &str) -> Option<&Node<'t>> {
        // Names differ in length more often than in anything else, so that of a few each is looked at for next to nothing.
        let member = if self.0.len() <= FEW {
            self.0.iter().find(|(other, _)| same(other, name))
        } else {
            self.0.get(self.place(name).ok()?)
        };
        member.map(|(_, value)| value)
    }

    /// The members of these names, found in one pass.
    pub fn get_each<const N: usize>(&self, names: [&str; N]) -> [Option<&Node<'t>>; N] {
        let mut found = [None; N];
        for (name, value) in self {
            if let Some(at) = names.iter().position(|other| same(other, name)) {
                found[at] = Some(value);
            }
        }
        found
    }

    /// Where it is, or where it belongs.
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| by_name(other, name))
    }

    /// Likewise, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Node<'t>> {
        let at = self.place(name).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// As [`Node::write`].
    pub fn write(&self, out: &mut String) {
        for (index, (name, value)) in self.iter().enumerate() {
            out.push(if index == 0 { '{' } else { ',' });
            quoted::quote(name, out);
            out.push(':');
            value.write(out);
        }
        out.push_str(if self.is_empty() { "{}" } else { "}" });
    }

    /// As [`Node::into_static`].
    pub fn into_static(self) -> Members<'static> {
        let members = self.0.into_iter();
        Members(
            members
                .map(|(name, value)| (name.into_owned().into(), value.into_static()))
                .collect(),
        )
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// None at all?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text in the member of that name.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Is there one of that name, if only null?
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// In place of what was there by that name.
    pub fn set(&mut self, name: &'static str, value: impl Into<Node<'t>>) {
        let value = value.into();
        match self.place(name) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (Cow::Borrowed(name), value)),
        }
    }

    /// Takes it out.
    pub fn remove(&mut self, name: &str) -> Option<Node<'t>> {
        let at = self.place(name).ok()?;
        Some(self.0.remove(at).1)
    }

    /// As serde_json has it, copied.
    pub fn to_value(&self) -> Value {
        let members = self.iter();
        members
            .map(|(name, value)| (name, value.to_value()))
            .collect()
    }

    /// In the order of the names.
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }

    /// Likewise.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Node<'t>)> {
        self.0.iter_mut().map(|(name, value)| (&**name, value))
    }

    /// In their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }
}

/// As texts are compared. Most names differ soon, which is seen at once.
fn by_name(a: &str, b: &str) -> Ordering {
    match (beginning(a), beginning(b)) {
        (a, b) if a != b => a.cmp(&b),
        _ => a.cmp(b),
    }
}

/// As texts are. Most names of the same length are no longer than what is compared at once, twice.
fn same(a: &str, b: &str) -> bool {
    let end = |name: &str| {
        name.as_bytes()
            .last_chunk()
            .copied()
            .map(u64::from_be_bytes)
    };
    a.len() == b.len()
        && beginning(a) == beginning(b)
        && (a.len() <= 8 || end(a) == end(b))
        && (a.len() <= 16 || a == b)
}

/// The first eight bytes as a number, which is ordered as they are. Zeros stand for those that are missing.
#[inline]
fn beginning(name: &str) -> u64 {
    let bytes = name.as_bytes();
    if let Some(eight) = bytes.first_chunk() {
        return u64::from_be_bytes(*eight);
    }
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            // Bytes that are in both land in the same place.
            let half = |four: [u8; 4]| u64::from(u32::from_be_bytes(four));
            half(*first) << 32 | half(*last) << (8 * (8 - bytes.len()))
        }
        _ => bytes
            .iter()
            .zip([56, 48, 40])
            .fold(0, |number, (byte, place)| {
                number | u64::from(*byte) << place
            }),
    }
}

impl<'m, 't> IntoIterator for &'m Members<'t> {
    type Item = (&'m str, &'m Node<'t>);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'m, (Cow<'t, str>, Node<'t>)>,
        fn(&'m (Cow<'t, str>, Node<'t>)) -> (&'m str, &'m Node<'t>),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(member)
    }
}

fn member<'m, 't>((name, value): &'m (Cow<'t, str>, Node<'t>)) -> (&'m str, &'m Node<'t>) {
    (name, value)
}

/// As compact JSON.
impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl From<bool> for Node<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<String> for Node<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'t> From<&'t str> for Node<'t> {
    fn from(text: &'t str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'t> From<Vec<Node<'t>>> for Node<'t> {
    fn from(items: Vec<Node<'t>>) -> Self {
        Self::List(items)
    }
}

impl<'t> From<Members<'t>> for Node<'t> {
    fn from(members: Members<'t>) -> Self {
        Self::Object(members)
    }
}

impl<'t> From<&'t Value> for Node<'t> {
    fn from(value: &'t Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::from(text.as_str()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(members) => {
                let members = members.iter();
                let members = members.map(|(name, value)| (name.as_str().into(), value.into()));
                let mut members = Members(members.collect());
                // Whatever order serde_json keeps them in.
                members.sort();
                Self::Object(members)
            }
        }
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => members.serialize(serializer),
        }
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
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
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        // JSON has no other numbers than finite ones.
        Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
        let mut items = SmallVec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Node::List(kept(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut members = SmallVec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Node::Object(Members::of_read(kept(members))))
    }
}

/// In no more memory than they take: in a deep document each list has one item, and there are many of them.
fn kept<T>(items: SmallVec<[T; FEW]>) -> Vec<T> {
    if items.spilled() {
        return items.into_vec();
    }
    let mut kept = Vec::with_capacity(items.len());
    kept.extend(items);
    kept
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
        super::read(text)
            .map(|node| node.to_value())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_json_says() {
        for (text, expected) in [
            ("null", json!(null)),
            ("[null, 1, -1, 0.5, true]", json!([null, 1, -1, 0.5, true])),
            (
                r#"{"b": "x\ny", "a": "z", "c": null}"#,
                json!({"a": "z", "b": "x\ny", "c": null}),
            ),
            (r#"{"a": 1, "b": 2, "\u0061": 3}"#, json!({"a": 3, "b": 2})),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn members_that_are_null_can_be_dropped() {
        for (text, expected) in [
            ("null", json!(null)),
            (r#"[null, {"a": null, "b": 1}]"#, json!([null, {"b": 1}])),
            (r#"{"a": 1, "a": null}"#, json!({})),
            (r#"{"a": null, "a": [{"b": null}]}"#, json!({"a": [{}]})),
        ] {
            let node = read_without_nulls(text).unwrap();
            assert_eq!(node.to_value(), expected, "{text}");
            // So deep that serde_json has to look at it.
            let (open, close) = ("[".repeat(110), "]".repeat(110));
            let deep = (0..110).fold(expected, |inner, _| json!([inner]));
            let text = format!("{open}{text}{close}");
            let node = read_without_nulls(&text).unwrap();
            assert_eq!(node.to_value(), deep, "{text}");
        }
    }

    #[test]
    fn names_have_the_order_of_texts() {
        let names = [
            "",
            "a",
            "aaaaaaa",
            "aaaaaaaa",
            "aaaaaaaab",
            "aaaaaaab",
            "b",
            "a\0",
            "ab",
            "abcdefghi",
            "abcdefghj",
            "abcdefghijklmnop",
            "abcdefghijklmnopq",
            "abcdefghi+klmnopq",
            "ÿaaaaaaa",
        ];
        for a in names {
            for b in names {
                assert_eq!(by_name(a, b), a.cmp(b), "{a} {b}");
                assert_eq!(same(a, b), a == b, "{a} {b}");
            }
        }
    }

    #[test]
    fn members_stay_in_the_order_of_their_names() {
        let mut members = Members::of([("a", "x".into()), ("b", true.into())]);
        members.set("c", false);
        members.set("aa", "y");
        members.set("b", "z");
        assert_eq!(members.remove("c"), Some(Node::Bool(false)));
        assert_eq!(members.remove("c"), None);
        let names: Vec<&str> = members.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "aa", "b"]);
        assert_eq!(members.get_str("b"), Some("z"));
    }

    /// Everything that JSON can be made of, and what is nearly JSON.
    const ANY: &str = concat!(
        r#"([\[\]{}:,"\\ntfe0-9.\n -]|"a":?|"(\\["\\/bfnrtu]|\\u(00e9|d83d|de00|001f)|[ -~]|\PC|\x1f){0,12}":?|null|true|"#,
        r"false|-?[0-9]{1,20}|-0|01|1e400|0\.5|\[\]|\{\}|,){0,12}"
    );
    /// Nearly always JSON.
    const JSON: &str = concat!(
        r#"( ?\{"[ab]": ?){0,3}([0-9.]{1,4}|-0|"(\\["\\/bfnrt]|\\u(00e9|d83d\\ude00|001F)|[!#-~é𝄞]){0,40}"){1}\}{0,3}"#,
        r#"|\[([0-9]|"\\n"|true|null|\{"b":1,"a":2,"b":3\}|,){0,6}\]"#
    );

    proptest! {
        #[test]
        fn is_the_same_as_serde_json(text in prop_oneof![JSON, ANY]) {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let node = super::read(&text).unwrap();
                prop_assert_eq!(&node, &Node::from(&value));
                prop_assert_eq!(serde_json::to_string(&node).unwrap(), value.to_string());
                prop_assert_eq!(node.to_string(), value.to_string());
                prop_assert_eq!(node.into_static().to_value(), value);
            }
        }

        /// Of all lengths that are compared differently.
        #[test]
        fn names_are_compared_as_texts_are(
            both in r"[a\x00é]{0,9}", a in r"[a-c\x00é]{0,10}", b in r"[a-c\x00é]{0,10}"
        ) {
            let begin_alike = [&a, &b].map(|name| format!("{both}{name}"));
            let end_alike = [&a, &b].map(|name| format!("{name}{both}"));
            for [a, b] in [[a, b], begin_alike, end_alike] {
                prop_assert_eq!(by_name(&a, &b), a.cmp(&b));
                prop_assert_eq!(same(&a, &b), a == b);
            }
        }

        /// Errors are shown to authors.
        #[test]
        fn refuses_what_no_json_is_in_the_same_words(text in ANY) {
            let expected = serde_json::from_str::<Value>(&text).map(|_| ());
            let expected = expected.map_err(|error| error.to_string());
            prop_assert_eq!(read(&text).map(|_| ()), expected);
        }

        /// Of all bytes, at every place.
        #[test]
        fn texts_are_written_as_serde_json_writes_them(text in r"([\x00-\x7f]|\PC|[!#-~]{8}){0,24}") {
            let written = Node::from(text.as_str()).to_string();
            prop_assert_eq!(&written, &serde_json::to_string(&text).unwrap());
            prop_assert_eq!(super::read(&written).unwrap(), Node::from(text));
        }
    }

    #[test]
    fn ordinary_json_is_not_read_twice() {
        let ordinary = r#" {"a": [1, -2.5e3, true, false, null, {}, []], "é": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 𝄞"} "#;
        let node = read_ordinary(ordinary).unwrap();
        assert_eq!(node, serde_json::from_str(ordinary).unwrap());
        // What serde_json has to look at.
        for odd in [
            "",
            "[1",
            "1 2",
            "nul",
            "\"\\ud800\"",
            "\"\\u+123\"",
            "\"\n\"",
            "{\"a\" 1}",
            "{1: 2}",
            "[1 2]",
            "01",
        ] {
            assert_eq!(read_ordinary(odd), None, "{odd}");
        }
        for depth in [120, 121, 127, 128] {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(read_ordinary(&deep).is_some(), depth <= 120, "{depth}");
            assert_eq!(super::read(&deep).is_ok(), depth < 128, "{depth}");
        }
    }
}
