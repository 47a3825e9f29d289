//! JSON that nobody told us about: what an input transformer, a script or another vendor sends.

use std::io;

use super::{Json, MOST_FIELDS};
use crate::arn;
use crate::console_link;
use crate::loose::as_text;
use crate::notification::hidden::HIDDEN;
use crate::notification::members::{self, Member};
use crate::notification::{Facts, Field, words};
use crate::time;
use crate::tree::{Members, Node};

/// The longest document that is shown, in characters: fits into one block of a message with room for its fence.
const LONGEST_DOCUMENT: usize = 2_500;

/// Members that say what happened, the best first; see [`plain`].
const TITLES: [&str; 20] = [
    "title",
    "subject",
    "summary",
    "headline",
    "alarm",
    "alarmname",
    "alert",
    "alertname",
    "name",
    "message",
    "msg",
    "event",
    "detailtype",
    "type",
    "eventname",
    "eventtype",
    "eventmessage",
    "description",
    "text",
    "action",
];

pub(super) fn read(value: &Node<'_>) -> Json {
    let (json, says_it_all) = match value {
        Node::List(items) => match *items {
            [Node::Object(members)] => from_members(members),
            items => from_items(items),
        },
        Node::Object(members) => from_members(members),
        scalar => from_items(std::slice::from_ref(scalar)),
    };
    let text = (!says_it_all).then(|| document(value));
    Json { text, ..json }
}

/// Also answers whether the fields say it all.
fn from_members(members: &Members<'_>) -> (Json, bool) {
    let (mut found, mut says_it_all) = members::flat(members);
    members::sort(&mut found);
    let (title, said_by_title) = title(&found);
    if let Some(index) = said_by_title {
        found.remove(index);
    }

    let mut json = Json {
        title,
        facts: facts(members),
        ..Json::default()
    };
    // What is not shown is only counted; there may be thousands.
    json.more_fields = found.len().saturating_sub(MOST_FIELDS);
    for member in found.iter().take(MOST_FIELDS) {
        says_it_all &= Field::fits(&member.text);
        let name = match &member.of {
            Some(of) => format!("{}.{}", label(of), words::readable(member.name)),
            None => label(member.name),
        };
        json.add(&name, Some(member.text.clone()));
    }
    says_it_all &= json.more_fields == 0;
    (json, says_it_all)
}

/// An item is summed up in one field. Also answers whether the fields say it all.
fn from_items(items: &[Node<'_>]) -> (Json, bool) {
    let mut json = Json::default();
    let mut says_it_all = true;
    for (index, item) in items.iter().enumerate() {
        // What is not shown is only counted.
        if index >= MOST_FIELDS {
            json.more_fields = items.len() - MOST_FIELDS;
            break;
        }
        let text = match item {
            Node::Object(members) => {
                says_it_all = false;
                title(&members::flat(members).0).0
            }
            Node::List(inner) => {
                says_it_all = false;
                format!("{} items", inner.len())
            }
            scalar => as_text(scalar).unwrap_or_default(),
        };
        says_it_all &= Field::fits(&text);
        json.add(&(index + 1).to_string(), Some(text));
    }
    json.title = match (items.len(), json.fields.first()) {
        (0, _) => "Empty JSON list".to_owned(),
        (1, Some(first)) => words::first_line(&first.value).unwrap_or_default(),
        (count, _) => format!("JSON list of {count} items"),
    };
    says_it_all &= json.more_fields == 0;
    (json, says_it_all)
}

/// The title, and which of the members it says in full.
fn title(found: &[Member<'_>]) -> (String, Option<usize>) {
    let mut best: Option<(usize, usize)> = None;
    for (index, member) in found.iter().enumerate() {
        let name = plain(member.name);
        let Some(place) = TITLES.iter().position(|title| *title == name) else {
            continue;
        };
        let place = place + if member.of.is_some() { TITLES.len() } else { 0 };
        if member.text != HIDDEN && best.is_none_or(|(least, _)| place < least) {
            best = Some((place, index));
        }
    }
    let by_name = best.and_then(|(_, index)| {
        let text = &found.get(index)?.text;
        let title = words::first_line(text)?;
        let in_full = title == text.trim();
        Some((title, in_full.then_some(index)))
    });
    by_name.unwrap_or_else(|| match found.first() {
        Some(member) => {
            let whole = format!("{}: {}", label(member.name), member.text);
            let title = words::first_line(&whole).unwrap_or_default();
            let in_full = title == whole;
            (title, in_full.then_some(0))
        }
        None => ("JSON message".to_owned(), None),
    })
}

fn facts(members: &Members<'_>) -> Facts {
    let named: Vec<(String, &Node<'_>)> = members
        .iter()
        .filter(|(_, value)| matches!(value, Node::Text(_) | Node::Number(_)))
        .filter(|(name, _)| name.len() <= 20)
        .map(|(name, value)| (plain(name), value))
        .collect();
    let member = |names: &[&str]| {
        names.iter().find_map(|wanted| {
            let found = named.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| *value)
        })
    };
    let text = |names: &[&str]| words::first_line(member(names)?.as_str()?);
    Facts {
        name: text(&["name"]),
        state: text(&["status", "state", "severity"]),
        source: text(&["source"]),
        account: member(&["account", "accountid", "awsaccountid", "awsaccount"])
            .and_then(as_text)
            .filter(|id| arn::is_account_id(id)),
        region: text(&["region", "awsregion"]).filter(|region| console_link::is_region(region)),
        time: text(&["time", "timestamp", "eventtime"])
            .and_then(|text| time::parse(&text).map(|_| time::normalise(&text))),
        ..Facts::default()
    }
}

/// A name for comparing: small letters, without `-`, `_` and blanks.
fn plain(name: &str) -> String {
    name.replace(['-', '_', ' '], "").to_lowercase()
}

/// A name as a person reads it.
fn label(name: &str) -> String {
    let name = words::readable(name);
    if name.is_empty() {
        return "(no name)".to_owned();
    }
    words::capital(&name)
}

/// The whole document with two spaces per level, cut at the end of a line.
fn document(value: &Node<'_>) -> String {
    let mut page = Page::default();
    // An error only says that the page is full.
    let _ = serde_json::to_writer_pretty(&mut page, value);
    let text = String::from_utf8_lossy(&page.0);
    let Some((end, _)) = text.char_indices().nth(LONGEST_DOCUMENT) else {
        return text.into_owned();
    };
    let kept = text.get(..end).unwrap_or_default();
    match kept.rfind('\n') {
        // A single long line would otherwise leave nothing.
        Some(line_end) if line_end > end / 2 => {
            format!("{}\n…", kept.get(..line_end).unwrap_or_default())
        }
        _ => format!("{kept}…"),
    }
}

/// Takes little more than is shown: written out in full, a large document with deep lists is a hundred times its size.
#[derive(Default)]
struct Page(Vec<u8>);

impl io::Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A character has at most four bytes.
        if self.0.len() > LONGEST_DOCUMENT * 4 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
