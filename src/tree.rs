//! A JSON document, held as cheaply as it is used here: it lies in an [`Arena`], texts and names are borrowed where they can be, and
//! the members of an object are a list.

mod document;
mod quoted;
mod reader;
mod seed;

use std::cmp::Ordering;
use std::{fmt, mem};

pub use bumpalo::Bump as Arena;
pub(crate) use bumpalo::collections::Vec as ArenaVec;
use serde::ser::{Serialize, Serializer};
use serde_json::{Number, Value};

pub use self::document::Document;
use self::reader::Nulls;
pub(crate) use self::seed::Seed;

/// A value in a document. It is given back with its arena, and by itself costs nothing to drop.
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
    Text(&'t str),
    /// An array.
    List(&'t [Node<'t>]),
    /// An object.
    Object(Members<'t>),
}

// An arena drops nothing.
const _: () = assert!(!mem::needs_drop::<Node<'_>>());

/// The members of an object, in the order of their names.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Members<'t>(&'t [Member<'t>]);

/// A member: its name and its value.
pub type Member<'t> = (&'t str, Node<'t>);

/// Reads a document.
///
/// # Errors
/// When it is no JSON, or deeper than serde_json goes.
pub fn read<'t>(text: &'t str, arena: &'t Arena) -> serde_json::Result<Node<'t>> {
    read_ordinary(text, arena).map_or_else(|| read_odd(text, arena), Ok)
}

/// The same without the members that are null, at any depth. Null items of a list stay, so that the others keep their places.
///
/// # Errors
/// As those of [`read`].
pub fn read_without_nulls<'t>(text: &'t str, arena: &'t Arena) -> serde_json::Result<Node<'t>> {
    let ordinary = reader::read(text, arena, Nulls::Dropped);
    ordinary.map_or_else(|| seed::read(text, arena, Nulls::Dropped), Ok)
}

/// The same as [`read`] of a document in which nothing is odd; `None` of any other, also when it is JSON.
pub(crate) fn read_ordinary<'t>(text: &'t str, arena: &'t Arena) -> Option<Node<'t>> {
    reader::read(text, arena, Nulls::Kept)
}

/// The same as [`read`], in the slow way that takes everything.
pub(crate) fn read_odd<'t>(text: &'t str, arena: &'t Arena) -> serde_json::Result<Node<'t>> {
    seed::read(text, arena, Nulls::Kept)
}

impl<'t> Node<'t> {
    /// With these members, in the order of their names.
    pub fn object<const N: usize>(arena: &'t Arena, members: [Member<'t>; N]) -> Self {
        Self::Object(Members::of(arena, members))
    }

    /// As serde_json has it.
    pub fn of_value(arena: &'t Arena, value: &'t Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => {
                let items = items.iter().map(|item| Self::of_value(arena, item));
                Self::List(arena.alloc_slice_fill_iter(items))
            }
            Value::Object(members) => {
                let members = members.iter();
                let members =
                    members.map(|(name, value)| (name.as_str(), Self::of_value(arena, value)));
                let members = arena.alloc_slice_fill_iter(members);
                // Whatever order serde_json keeps them in.
                sort(members);
                Self::Object(Members(members))
            }
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&Members<'t>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn as_list(&self) -> Option<&'t [Node<'t>]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// A text.
    pub fn as_str(&self) -> Option<&'t str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The member of that name; `None` also when this is no object.
    pub fn get(&self, name: &str) -> Option<&'t Node<'t>> {
        self.as_object()?.get(name)
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

    /// Of a list: with other items where `change` has one; `None` when that is none of them, or this is no list.
    pub fn changed_items(
        &self,
        arena: &'t Arena,
        change: impl Fn(&Self) -> Option<Self>,
    ) -> Option<Self> {
        changed(self.as_list()?, arena, change).map(Self::List)
    }

    /// The same, all of it in another arena.
    pub fn copied<'a>(&self, arena: &'a Arena) -> Node<'a> {
        match self {
            Self::Null => Node::Null,
            Self::Bool(value) => Node::Bool(*value),
            Self::Number(number) => Node::Number(number.clone()),
            Self::Text(text) => Node::Text(arena.alloc_str(text)),
            Self::List(items) => {
                let items = items.iter().map(|item| item.copied(arena));
                Node::List(arena.alloc_slice_fill_iter(items))
            }
            Self::Object(members) => Node::Object(members.copied(arena)),
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
            Self::Text(text) => Value::from(*text),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members.to_value(),
        }
    }
}

/// Objects with more members are searched by bisection.
const FEW: usize = 8;

impl<'t> Members<'t> {
    /// In the order of their names.
    pub fn of<const N: usize>(arena: &'t Arena, members: [Member<'t>; N]) -> Self {
        Self::in_order(arena.alloc(members))
    }

    /// The same of those that are there.
    pub fn of_some<const N: usize>(
        arena: &'t Arena,
        members: [(&'t str, Option<Node<'t>>); N],
    ) -> Self {
        let mut there = ArenaVec::with_capacity_in(N, arena);
        for (name, value) in members {
            there.extend(value.map(|value| (name, value)));
        }
        Self::in_order(there.into_bump_slice())
    }

    /// The same of a list, in which none is twice.
    pub(crate) fn in_order(members: &'t [Member<'t>]) -> Self {
        debug_assert!(members.is_sorted_by(|(a, _), (b, _)| a < b));
        Self(members)
    }

    /// The member of that name; `Some(Null)` when it is there and null.
    pub fn get(&self, name: &str) -> Option<&'t Node<'t>> {
        // Names differ in length more often than in anything else, so that of a few each is looked at for next to nothing.
        let member = if self.0.len() <= FEW {
            self.0.iter().find(|(other, _)| same(other, name))
        } else {
            self.0.get(self.place(name).ok()?)
        };
        member.map(|(_, value)| value)
    }

    /// The members of these names, found in one pass.
    pub fn get_each<const N: usize>(&self, names: [&str; N]) -> [Option<&'t Node<'t>>; N] {
        let mut found = [None; N];
        for (name, value) in self.0 {
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

    /// As [`Node::copied`].
    pub fn copied<'a>(&self, arena: &'a Arena) -> Members<'a> {
        let members = self.0.iter();
        let members = members.map(|(name, value)| (&*arena.alloc_str(name), value.copied(arena)));
        Members(arena.alloc_slice_fill_iter(members))
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
    pub fn get_str(&self, name: &str) -> Option<&'t str> {
        self.get(name)?.as_str()
    }

    /// Is there one of that name, if only null?
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// With this one in place of what was there by that name.
    #[must_use]
    pub fn with(&self, arena: &'t Arena, name: &'t str, value: Node<'t>) -> Self {
        let (before, after) = match self.place(name) {
            Ok(at) => (&self.0[..at], &self.0[at + 1..]),
            Err(at) => self.0.split_at(at),
        };
        let mut members = ArenaVec::with_capacity_in(self.len() + 1, arena);
        members.extend_from_slice(before);
        members.push((name, value));
        members.extend_from_slice(after);
        Self(members.into_bump_slice())
    }

    /// Without that one.
    #[must_use]
    pub fn without(&self, arena: &'t Arena, name: &str) -> Self {
        let Ok(at) = self.place(name) else {
            return *self;
        };
        let mut members = ArenaVec::with_capacity_in(self.len(), arena);
        members.extend_from_slice(&self.0[..at]);
        members.extend_from_slice(&self.0[at + 1..]);
        Self(members.into_bump_slice())
    }

    /// With other values for the members that `change` has one for; `None` when that is none of them.
    pub fn changed(
        &self,
        arena: &'t Arena,
        change: impl Fn(&str, &Node<'t>) -> Option<Node<'t>>,
    ) -> Option<Self> {
        let of_member = |(name, value): &Member<'t>| Some((*name, change(name, value)?));
        changed(self.0, arena, of_member).map(Self)
    }

    /// As serde_json has it, copied.
    pub fn to_value(&self) -> Value {
        let members = self.iter();
        members
            .map(|(name, value)| (name, value.to_value()))
            .collect()
    }

    /// In the order of the names.
    pub fn iter(&self) -> <Self as IntoIterator>::IntoIter {
        self.into_iter()
    }

    /// In their order.
    pub fn names(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.iter().map(|(name, _)| name)
    }
}

/// With other parts where `change` has one; copied at the first of them.
fn changed<'t, P: Clone>(
    parts: &'t [P],
    arena: &'t Arena,
    change: impl Fn(&P) -> Option<P>,
) -> Option<&'t [P]> {
    let mut copy: Option<&mut [P]> = None;
    for (at, part) in parts.iter().enumerate() {
        if let Some(other) = change(part) {
            copy.get_or_insert_with(|| arena.alloc_slice_clone(parts))[at] = other;
        }
    }
    copy.map(|parts| &*parts)
}

fn sort(members: &mut [Member<'_>]) {
    members.sort_by(|(a, _), (b, _)| by_name(a, b));
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

/// Is the name one of these?
pub(crate) fn is_among(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| same(other, name))
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

impl<'t> IntoIterator for Members<'t> {
    type Item = (&'t str, &'t Node<'t>);
    type IntoIter = std::iter::Map<
        std::slice::Iter<'t, Member<'t>>,
        fn(&'t Member<'t>) -> (&'t str, &'t Node<'t>),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

impl<'t> IntoIterator for &Members<'t> {
    type Item = (&'t str, &'t Node<'t>);
    type IntoIter = <Members<'t> as IntoIterator>::IntoIter;

    fn into_iter(self) -> Self::IntoIter {
        (*self).into_iter()
    }
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

impl<'t> From<&'t str> for Node<'t> {
    fn from(text: &'t str) -> Self {
        Self::Text(text)
    }
}

/// As an arena gives them.
impl<'t> From<&'t mut str> for Node<'t> {
    fn from(text: &'t mut str) -> Self {
        Self::Text(text)
    }
}

impl<'t> From<Members<'t>> for Node<'t> {
    fn from(members: Members<'t>) -> Self {
        Self::Object(members)
    }
}

/// For tests, which may keep what they read for ever.
#[cfg(test)]
impl From<&Value> for Node<'static> {
    fn from(value: &Value) -> Self {
        let arena = Box::leak(Box::new(Arena::new()));
        Node::of_value(arena, &*Box::leak(Box::new(value.clone())))
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(*items),
            Self::Object(members) => serializer.collect_map(members),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Value, String> {
        super::read(text, &Arena::new())
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
        let arena = Arena::new();
        for (text, expected) in [
            ("null", json!(null)),
            (r#"[null, {"a": null, "b": 1}]"#, json!([null, {"b": 1}])),
            (r#"{"a": 1, "a": null}"#, json!({})),
            (r#"{"a": null, "a": [{"b": null}]}"#, json!({"a": [{}]})),
        ] {
            let node = read_without_nulls(text, &arena).unwrap();
            assert_eq!(node.to_value(), expected, "{text}");
            // So deep that serde_json has to look at it.
            let (open, close) = ("[".repeat(110), "]".repeat(110));
            let deep = (0..110).fold(expected, |inner, _| json!([inner]));
            let text = format!("{open}{text}{close}");
            let node = read_without_nulls(&text, &arena).unwrap();
            assert_eq!(node.to_value(), deep, "{text}");
        }
    }

    fn without_nulls(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(without_nulls),
            Value::Object(members) => {
                members.retain(|_, member| !member.is_null());
                members.values_mut().for_each(without_nulls);
            }
            _ => {}
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
        let arena = Arena::new();
        let members = Members::of(&arena, [("a", "x".into()), ("b", true.into())])
            .with(&arena, "c", false.into())
            .with(&arena, "aa", "y".into())
            .with(&arena, "b", "z".into())
            .without(&arena, "c")
            .without(&arena, "d");
        let names: Vec<&str> = members.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "aa", "b"]);
        assert_eq!(members.get_str("b"), Some("z"));
    }

    #[test]
    fn other_parts_make_another_document() {
        let node = Node::from(&json!([1, {"a": "x", "b": "y"}]));
        let arena = Arena::new();
        let to_z = |it: &Node<'_>| (it.as_str() == Some("y")).then_some("z".into());
        let members = node.as_list().unwrap()[1].as_object().unwrap();
        let other = members.changed(&arena, |_, it| to_z(it)).unwrap();
        assert_eq!(other.to_value(), json!({"a": "x", "b": "z"}));
        assert_eq!(other.changed(&arena, |_, it| to_z(it)), None);
        let other = node.changed_items(&arena, |it| it.is_object().then_some(Node::Null));
        assert_eq!(other.unwrap().to_value(), json!([1, null]));
        assert_eq!(node.changed_items(&arena, to_z), None);
        assert_eq!(
            Node::Null.changed_items(&arena, |it| Some(it.clone())),
            None
        );
    }

    #[test]
    fn a_document_outlives_what_it_was_made_of() {
        let text = String::from(r#"{"a": ["x\n", 1.5, true, null, {}]}"#);
        let arena = Arena::new();
        let document = Document::of(&super::read(&text, &arena).unwrap());
        drop(arena);
        drop(text);
        let added = document.changed(|node, arena| {
            Node::object(arena, [("b", node.get("a").cloned().unwrap_or_default())])
        });
        drop(document);
        assert_eq!(
            added.node().to_string(),
            r#"{"b":["x\n",1.5,true,null,{}]}"#
        );
        assert_eq!(Document::default().node(), &Node::Null);
        let refused = Document::try_new(0, |_| Err("no"));
        assert_eq!(refused.err(), Some("no"));
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
                let arena = Arena::new();
                let node = super::read(&text, &arena).unwrap();
                prop_assert_eq!(&node, &Node::from(&value));
                prop_assert_eq!(serde_json::to_string(&node).unwrap(), value.to_string());
                prop_assert_eq!(node.to_string(), value.to_string());
                prop_assert_eq!(Document::of(&node).node().to_value(), value);
            }
        }

        #[test]
        fn nulls_are_dropped_wherever_they_are_members(
            text in r#"\[(null,|\{("[abc]":(null|1|"\\n"|\{"b":null,"a":2\}|\[null,\{"a":null\}\]),){0,5}"b":(null|3)\},){0,3}1\]"#
        ) {
            let mut value: Value = serde_json::from_str(&text).unwrap();
            without_nulls(&mut value);
            let arena = Arena::new();
            prop_assert_eq!(read_without_nulls(&text, &arena).unwrap().to_value(), value.clone());
            let odd = seed::read(&text, &arena, Nulls::Dropped).unwrap();
            prop_assert_eq!(odd.to_value(), value);
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
            let arena = Arena::new();
            prop_assert_eq!(super::read(&written, &arena).unwrap(), Node::from(text.as_str()));
        }
    }

    #[test]
    fn ordinary_json_is_not_read_twice() {
        let ordinary = r#" {"a": [1, -2.5e3, true, false, null, {}, []], "é": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00 𝄞"} "#;
        let arena = Arena::new();
        let node = read_ordinary(ordinary, &arena).unwrap();
        assert_eq!(node, read_odd(ordinary, &arena).unwrap());
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
            assert_eq!(read_ordinary(odd, &arena), None, "{odd}");
        }
        for depth in [120, 121, 127, 128] {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(
                read_ordinary(&deep, &Arena::new()).is_some(),
                depth <= 120,
                "{depth}"
            );
            assert_eq!(
                super::read(&deep, &Arena::new()).is_ok(),
                depth < 128,
                "{depth}"
            );
        }
    }
}
