//! Reads JSON as AWS and templates write it. Whatever is odd in the least is left to serde_json, which reads it after all or says
//! what is wrong with it: so nothing is taken that serde_json refuses, and every error is serde_json's.

use std::borrow::Cow;
use std::mem;

use serde_json::Number;

use super::{Members, Node, quoted};
use crate::scan;

/// Lists and objects within each other. serde_json goes a little deeper.
const DEEPEST: usize = 120;

/// The document; `None` when serde_json has to look at it.
pub(crate) fn read(text: &str, nulls: Nulls) -> Option<Node<'_>> {
    let mut reader = Reader {
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
pub(crate) enum Nulls {
    /// They stay.
    Kept,
    /// They are left out, as by [`Node::drop_null_members`].
    Dropped,
}

struct Reader<'t> {
    nulls: Nulls,
    text: &'t str,
    /// Where it has come to, in bytes.
    at: usize,
    /// Of all lists that are open, so that each is as long as it must be when it is closed.
    items: Vec<Node<'t>>,
    /// Likewise of objects.
    members: Vec<(Cow<'t, str>, Node<'t>)>,
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
    fn text(&mut self) -> Option<Cow<'t, str>> {
        let rest = self.text.get(self.at + 1..)?;
        let length = scan::json(rest.as_bytes());
        match rest.as_bytes().get(length)? {
            b'"' => {
                self.at += length + 2;
                rest.get(..length).map(Cow::Borrowed)
            }
            b'\\' => self.with_escapes(rest).map(Cow::Owned),
            _ => None,
        }
    }

    /// The text that `rest` begins with, of which one sign at least is escaped.
    #[inline(never)]
    fn with_escapes(&mut self, rest: &str) -> Option<String> {
        self.at += quoted::unescape(rest, &mut self.unescaped)? + 2;
        // A long one is kept as it is, and the next one begins anew.
        Some(if self.unescaped.len() > self.unescaped.capacity() / 2 {
            mem::take(&mut self.unescaped)
        } else {
            self.unescaped.clone()
        })
    }

    #[inline(never)]
    fn list(&mut self, depth: usize) -> Option<Node<'t>> {
        let start = self.items.len();
        self.at += 1;
        if self.next_sign()? == b']' {
            self.at += 1;
            return Some(Node::List(Vec::new()));
        }
        loop {
            let item = self.value(depth)?;
            self.items.push(item);
            match self.take_sign()? {
                b',' => {}
                b']' => return Some(Node::List(self.items.split_off(start))),
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
                    let members = self.members.split_off(start);
                    let mut members = Members::of_read(members);
                    if self.nulls == Nulls::Dropped {
                        members.0.retain(|(_, value)| *value != Node::Null);
                    }
                    return Some(Node::Object(members));
                }
                _ => return None,
            }
        }
    }
}
