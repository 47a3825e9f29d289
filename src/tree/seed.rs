//! Reads a document by way of serde: all that is odd, and what comes from a deserializer.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::reader::{Nulls, members_of_read};
use super::{Arena, Node};

/// Where to put what is read.
#[derive(Clone, Copy)]
pub(crate) struct Seed<'t> {
    arena: &'t Arena,
    nulls: Nulls,
}

impl<'t> Seed<'t> {
    /// All of it.
    pub(crate) fn new(arena: &'t Arena) -> Self {
        let nulls = Nulls::Kept;
        Self { arena, nulls }
    }
}

/// Reads a document as serde_json does.
pub(super) fn read<'t>(
    text: &'t str,
    arena: &'t Arena,
    nulls: Nulls,
) -> serde_json::Result<Node<'t>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let node = Seed { arena, nulls }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(node)
}

impl<'de: 't, 't> DeserializeSeed<'de> for Seed<'t> {
    type Value = Node<'t>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'t>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de: 't, 't> Visitor<'de> for Seed<'t> {
    type Value = Node<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'t>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'t>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'t>, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'t>, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'t>, E> {
        // JSON has no other numbers than finite ones.
        Ok(Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'t>, E> {
        Ok(Node::Text(self.arena.alloc_str(text)))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'t>, E> {
        Ok(Node::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'t>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(self.arena.alloc_slice_fill_iter(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'t>, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry_seed(self, self)? {
            // JSON has no other names than texts.
            members.push((name.as_str().unwrap_or_default(), value));
        }
        let members = self.arena.alloc_slice_fill_iter(members);
        Ok(Node::Object(members_of_read(members, self.nulls)))
    }
}
