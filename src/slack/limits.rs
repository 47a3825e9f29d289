//! Slack's limits as one table of rules over a finished payload.
//!
//! [`super::Message`] is built so that it keeps them and is checked against them before it exists; the command line's
//! stand-in for Slack refuses by them. They include what public validators miss: duplicate ids, the number of blocks in an
//! attachment, the sum of all text, misspelt top-level members.
//!
//! Sources: pages "Block Kit" and "Blocks" with their reference pages, "chat.postMessage" (truncation, `text`),
//! "Sending messages using incoming webhooks", "Legacy message attachments". Lengths are counted in UTF-16 units of the
//! escaped text, which is never less than Slack counts.

mod check;

use std::fmt;

use serde_json::Value;

use super::escape;
use crate::tree::{Arena, Members, Node};

/// `text`, as long as Slack recommends at most; it cuts at 40,000 itself.
pub const TEXT: usize = 4_000;
/// Blocks of the message and of its attachments together.
pub const BLOCKS: usize = 50;
/// All texts in blocks together. Slack's own bound is not documented; about 13,000 has been reported.
pub const ALL_TEXT: usize = 12_000;
/// What is kept free of [`ALL_TEXT`], so that the mentions of a route always have room.
pub const MENTIONS: usize = 500;
/// The text of a section, and of any text object that has no tighter limit.
pub const SECTION: usize = 3_000;
/// One field of a section.
pub const FIELD: usize = 2_000;
/// Fields of a section.
pub const FIELDS: usize = 10;
/// A header.
pub const HEADER: usize = 150;
/// Elements of a context block.
pub const CONTEXT_ELEMENTS: usize = 10;
/// Elements of an actions block.
pub const ACTIONS: usize = 25;
/// A button's label.
pub const BUTTON: usize = 75;
/// A URL.
pub const URL: usize = 3_000;
/// An image's alternative text and title.
pub const ALT_TEXT: usize = 2_000;
/// A button's value.
pub const VALUE: usize = 2_000;
/// `block_id` and `action_id`.
pub const ID: usize = 255;

/// One rule that a payload breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, as in `attachments[0].blocks[2].text`.
    pub path: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path, self.problem)
    }
}

/// Every rule that the payload breaks; empty when Slack should take it.
pub fn check(payload: &Value) -> Vec<Violation> {
    check::Check::of(&Node::of_value(&Arena::new(), payload))
}

/// The same of what we have built.
pub(super) fn check_built(payload: &Members<'_>) -> Vec<Violation> {
    check::Check::of_object(payload)
}

/// How long each text is that an object in the payload's blocks has by the name `text`, which is what text objects have, in UTF-16
/// units.
pub(super) fn text_lengths(payload: &Members<'_>) -> Vec<usize> {
    fn collect(node: &Node<'_>, lengths: &mut Vec<usize>) {
        match node {
            Node::List(items) => items.iter().for_each(|item| collect(item, lengths)),
            Node::Object(members) => {
                lengths.extend(members.get_str("text").map(escape::utf16));
                members
                    .iter()
                    .for_each(|(_, member)| collect(member, lengths));
            }
            _ => {}
        }
    }
    let mut lengths = Vec::new();
    for name in ["blocks", "attachments"] {
        if let Some(blocks) = payload.get(name) {
            collect(blocks, &mut lengths);
        }
    }
    lengths
}

/// The texts of a confirmation, all required, with their limits.
pub const CONFIRM: [(&str, usize); 4] =
    [("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)];

/// What to say of a block type that we do not build.
pub fn unknown_block(kind: &str) -> String {
    let kind = escape::without_values(kind);
    format!(
        "block type `{kind}` is not supported; use section, header, context, divider, image or actions"
    )
}

/// May an attachment have this colour?
pub fn is_color(color: &str) -> bool {
    matches!(color, "good" | "warning" | "danger")
        || color.strip_prefix('#').is_some_and(|digits| {
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
}
