//! Reads JSON as AWS and templates write it. Whatever is odd in the least is left to serde_json, which reads it after all or says
//! what is wrong with it: so nothing is taken that serde_json refuses, and every error is serde_json's.

use serde_json::Number;

use super::{Arena, Member, Members, Node, by_name, quoted, sort};
use crate::scan;

/// Lists and objects within each other. serde_json goes a little deeper.
const DEEPEST: usize = 120;

/// The document; `None` when serde_json has to look at it.
pub(super) fn read<'t>(text: &'t str, arena: &'t Arena, nulls: Nulls) -> Option<Node<'t>> {
    let mut reader = Reader {
        arena,
        nulls,
        text,
        at: 0,
        // More than are open at the same time in most documents.
        items: Vec::with_capacity(16),
        members: Vec::with_capacity(32),
        unescaped: String::new(),
    };
    let node = reader.value(0)?;
    match reader.next_sign() {
        None => Some(node),
        Some(_) => None,
    }
}

/// What becomes of members that are null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// They stay.
    Kept,
    /// They are left out, as by [`Node::without_nulls`].
    Dropped,
}

struct Reader<'t> {
    arena: &'t Arena,
    nulls: Nulls,
    text: &'t str,
    /// Where it has come to, in bytes.
    at: usize,
    /// Of all lists that are open, so that each is as long as it must be when it is closed.
    items: Vec<Node<'t>>,
    /// Likewise of objects.
    members: Vec<Member<'t>>,
    /// The text with escapes that is being read.
    unescaped: String,
}

impl<'t> Reader<'t> {
    /// Compiled into what calls it, so that most values cost no call. Lists and objects are called: they are what nests.
    #[inline]
    fn value(&mut self, depth: usize) -> Option<Node<'t>> {
        let node = match self.next_sign()? {
            b'"' => Node::Text(self.text()?),
            b'{' if depth < DEEPEST => return self.object(depth + 1),
            b'[' if depth < DEEPEST => return self.list(depth + 1),
            b'n' => self.word("null", Node::Null)?,
            b't' => self.word("true", Node::Bool(true))?,
            b'f' => self.word("false", Node::Bool(false))?,
            b'-' | b'0'..=b'9' => Node::Number(self.number()?),
            _ => return None,
        };
        Some(node)
    }

    /// The sign after white space, which stays.
    fn next_sign(&mut self) -> Option<u8> {
        loop {
            let sign = *self.text.as_bytes().get(self.at)?;
            if !matches!(sign, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(sign);
            }
            self.at += 1;
        }
    }

    /// The same, and goes on after it.
    fn take_sign(&mut self) -> Option<u8> {
        let sign = self.next_sign()?;
        self.at += 1;
        Some(sign)
    }

    fn word(&mut self, word: &str, node: Node<'t>) -> Option<Node<'t>> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += word.len();
        rest.starts_with(word.as_bytes()).then_some(node)
    }

    fn number(&mut self) -> Option<Number> {
        let rest = self.text.get(self.at..)?;
        let part = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.bytes().position(|byte| !part(byte));
        let text = &rest[..length.unwrap_or(rest.len())];
        self.at += text.len();
        serde_json::from_str(text).ok()
    }

    /// Stands before its first quotation mark.
    #[inline]
    fn text(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.at + 1..)?;
        let length = scan::json(rest.as_bytes());
        match rest.as_bytes().get(length)? {
            b'"' => {
                self.at += length + 2;
                rest.get(..length)
            }
            b'\\' => self.with_escapes(rest),
            _ => None,
        }
    }

    /// The text that `rest` begins with, of which one sign at least is escaped.
    #[inline(never)]
    fn with_escapes(&mut self, rest: &str) -> Option<&'t str> {
        self.at += quoted::unescape(rest, &mut self.unescaped)? + 2;
        Some(self.arena.alloc_str(&self.unescaped))
    }

    #[inline(never)]
    fn list(&mut self, depth: usize) -> Option<Node<'t>> {
        let start = self.items.len();
        self.at += 1;
        if self.next_sign()? == b']' {
            self.at += 1;
            return Some(Node::List(&[]));
        }
        loop {
            let item = self.value(depth)?;
            self.items.push(item);
            match self.take_sign()? {
                b',' => {}
                b']' => {
                    let items = self.items.drain(start..);
                    return Some(Node::List(self.arena.alloc_slice_fill_iter(items)));
                }
                _ => return None,
            }
        }
    }

    #[inline(never)]
    fn object(&mut self, depth: usize) -> Option<Node<'t>> {
        let start = self.members.len();
        self.at += 1;
        if self.next_sign()? == b'}' {
            self.at += 1;
            return Some(Node::Object(Members::default()));
        }
        loop {
            if self.next_sign()? != b'"' {
                return None;
            }
            let name = self.text()?;
            if self.take_sign()? != b':' {
                return None;
            }
            let value = self.value(depth)?;
            self.members.push((name, value));
            match self.take_sign()? {
                b',' => {}
                b'}' => {
                    let members = self.members.drain(start..);
                    let members = self.arena.alloc_slice_fill_iter(members);
                    let members = members_of_read(members, self.nulls);
                    return Some(Node::Object(members));
                }
                _ => return None,
            }
        }
    }
}

/// In the order in which they were read. Of members with the same name the last one counts.
pub(super) fn members_of_read<'t>(members: &'t mut [Member<'t>], nulls: Nulls) -> Members<'t> {
    let goes = |value: &Node<'_>| nulls == Nulls::Dropped && *value == Node::Null;
    let in_order = members.is_sorted_by(|(a, _), (b, _)| by_name(a, b).is_lt());
    if in_order && !members.iter().any(|(_, value)| goes(value)) {
        return Members(members);
    }
    sort(members);
    let mut count = 0;
    for at in 0..members.len() {
        let (name, value) = &members[at];
        let later = members.get(at + 1).is_some_and(|(later, _)| later == name);
        if !later && !goes(value) {
            members.swap(count, at);
            count += 1;
        }
    }
    Members(&members[..count])
}
