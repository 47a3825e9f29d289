//! Text that is part template and part foreign, and how each part is written where it lands.
//!
//! While a template is rendered, every interpolated value is marked ([`write_foreign`]), and so is what our own functions
//! make ([`live_link`], [`live_date`]). After the payload has been parsed as JSON, [`Marked::parse`] takes a text apart
//! again, and each part is finished by where it landed: as mrkdwn, as plain text or as a URL. So an author cannot forget to
//! escape, and a value cannot be more than text.

mod link;
mod mrkdwn;
mod shorten;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, Write};

use self::link::target;
use self::mrkdwn::atoms;
pub use self::shorten::{Finished, shorten, utf16};
use self::shorten::{cut, fit, one_line};

/// Noncharacters: valid in text, never meant for interchange (The Unicode Standard, "Noncharacters"), and stripped from
/// every value before they are used as marks.
const FOREIGN: char = '\u{fdd0}';
const FOREIGN_END: char = '\u{fdd1}';
const LIVE: char = '\u{fdd2}';
const LIVE_PART: char = '\u{fdd3}';
const LIVE_END: char = '\u{fdd4}';

/// Writes a value between marks, escaped for a JSON string. Control characters, bidirectional overrides and our own marks
/// are left out.
pub fn write_foreign(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut buffer = String::with_capacity(text.len() + 8);
    buffer.push(FOREIGN);
    push_json(&mut buffer, text);
    buffer.push(FOREIGN_END);
    out.write_all(buffer.as_bytes())
}

/// A link with a label, for a template. Only the label is left of it when the URL is no whole http(s) URL.
pub fn live_link(url: &str, label: &str) -> String {
    live(&["link", url, label])
}

/// A moment in the reader's own time zone, for a template. `format` has Slack's tokens, such as
/// `{date_short_pretty} {time}` (page "Formatting text for app surfaces", date formatting).
pub fn live_date(unix: i64, format: &str, fallback: &str) -> String {
    live(&["date", &unix.to_string(), format, fallback])
}

fn live(parts: &[&str]) -> String {
    let mut out = String::from(LIVE);
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push(LIVE_PART);
        }
        push_json(&mut out, part);
    }
    out.push(LIVE_END);
    out
}

/// Does this JSON text hold a mark? Templates may not.
pub fn has_marks(text: &str) -> bool {
    find_mark(text).is_some()
}

/// Where the first mark is.
fn find_mark(text: &str) -> Option<usize> {
    // All of them begin with this byte, as few other characters do, and have three.
    let mut from = 0;
    while let Some(at) = text.get(from..)?.bytes().position(|byte| byte == 0xEF) {
        let at = from + at;
        if text[at..].starts_with(is_mark) {
            return Some(at);
        }
        from = at + 3;
    }
    None
}

/// The text with values shown as `‹…›`: for error messages, which must not repeat a body.
pub fn without_values(text: &str) -> String {
    let mut out = String::new();
    let mut hidden = false;
    for c in text.chars() {
        match c {
            FOREIGN | LIVE => {
                hidden = true;
                out.push_str("‹…›");
            }
            FOREIGN_END | LIVE_END => hidden = false,
            _ if hidden => {}
            c => out.push(c),
        }
    }
    out
}

fn is_mark(c: char) -> bool {
    (FOREIGN..=LIVE_END).contains(&c)
}

fn push_json(out: &mut String, text: &str) {
    let mut rest = text;
    // What needs no care goes in at once.
    let care = |byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\');
    while let Some(at) = rest.bytes().position(care) {
        let (plain, from) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = from.chars();
        let c = chars.next();
        rest = chars.as_str();
        match c {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\r') if rest.starts_with('\n') => {}
            Some('\n' | '\r' | '\u{2028}' | '\u{2029}') => out.push_str("\\n"),
            Some('\t') => out.push(' '),
            Some(c) if c.is_control() || is_mark(c) || is_override(c) => {}
            c => out.extend(c),
        }
    }
    out.push_str(rest);
}

/// Bidirectional overrides and isolates can make a text read as another one; the byte order mark says nothing.
fn is_override(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Why a text cannot be finished. The template's author has to act, so each says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkupError {
    /// A filter has cut or turned around text that was already escaped.
    BrokenMarks,
    /// `<!here>` and the like, written in a template.
    Mention(String),
    /// A `<` without its `>`.
    OpenLink,
    /// A link's target is put together from several values.
    SplitTarget,
}

impl fmt::Display for MarkupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrokenMarks => f.write_str(
                "a filter changed text that was already escaped; apply filters to values, not to captured blocks or components",
            ),
            Self::Mention(text) => write!(
                f,
                "`{text}` would mention people; mentions belong to a route (`mention = [...]`), not to a template"
            ),
            Self::OpenLink => f.write_str(
                "a `<` opens a link that is never closed with `>`; write `&lt;` for the sign itself",
            ),
            Self::SplitTarget => f.write_str(
                "a link that starts with a value must be that value alone, as in `<{{ links.alarm }}|label>`; use `link(url=..., label=...)` otherwise",
            ),
        }
    }
}

impl std::error::Error for MarkupError {}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece<'t> {
    Literal(&'t str),
    Foreign(&'t str),
    Link {
        url: &'t str,
        label: &'t str,
    },
    Date {
        unix: i64,
        format: &'t str,
        fallback: &'t str,
    },
}

/// A text taken apart into the template's own words, values, and what our functions made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked<'t>(Vec<Piece<'t>>);

impl<'t> Marked<'t> {
    /// Takes a text of the parsed payload apart.
    pub fn parse(text: &'t str) -> Result<Self, MarkupError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = find_mark(rest) {
            let (literal, marked) = rest.split_at(at);
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal));
            }
            let end = if marked.starts_with(FOREIGN) {
                FOREIGN_END
            } else if marked.starts_with(LIVE) {
                LIVE_END
            } else {
                return Err(MarkupError::BrokenMarks);
            };
            let inner = &marked[FOREIGN.len_utf8()..];
            let (inner, after) = inner.split_once(end).ok_or(MarkupError::BrokenMarks)?;
            pieces.push(if end == FOREIGN_END {
                if has_marks(inner) {
                    return Err(MarkupError::BrokenMarks);
                }
                Piece::Foreign(inner)
            } else {
                parse_live(inner).ok_or(MarkupError::BrokenMarks)?
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest));
        }
        Ok(Self(pieces))
    }

    /// A text that is all value.
    pub fn foreign(text: &'t str) -> Self {
        Self(vec![Piece::Foreign(text)])
    }

    /// Nothing to show?
    pub fn is_blank(&self) -> bool {
        self.0.iter().all(|piece| match piece {
            Piece::Literal(text) | Piece::Foreign(text) => text.trim().is_empty(),
            Piece::Link { url, label } => url.is_empty() && label.is_empty(),
            Piece::Date { .. } => false,
        })
    }

    /// As mrkdwn of at most `limit` UTF-16 units. `one_line` turns the line breaks of values into spaces.
    pub fn mrkdwn(&self, limit: usize, one_line: bool) -> Result<Finished, MarkupError> {
        let atoms = atoms(&self.0)?;
        Ok(fit(&atoms, limit, |atoms, cap, out| {
            for atom in atoms {
                atom.write_mrkdwn(cap, one_line, out);
            }
        }))
    }

    /// As plain text of at most `limit` UTF-16 units, in one line: nothing is escaped, nothing is live.
    pub fn plain(&self, limit: usize) -> Finished {
        fit(&self.0, limit, |pieces, cap, out| {
            for piece in pieces {
                match piece {
                    Piece::Literal(text) => out.chars(text),
                    Piece::Foreign(text) => out.chars(&one_line(cut(text, cap))),
                    Piece::Link { url, label } => {
                        let shown = if label.is_empty() { url } else { label };
                        out.chars(&one_line(cut(shown, cap)));
                    }
                    Piece::Date { fallback, .. } => out.chars(fallback),
                }
            }
        })
    }

    /// As a URL for a `url` member; `None` unless the whole text is one allowed http(s) URL.
    pub fn url(&self) -> Option<String> {
        let mut url = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) | Piece::Foreign(text) => url.push_str(text),
                Piece::Link { url: target, .. } => url.push_str(target),
                Piece::Date { .. } => return None,
            }
        }
        target(&url)
    }

    /// As it stands, for members that are neither text nor URL (`color`, `block_id`, ...).
    pub fn raw(&self) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) | Piece::Foreign(text) => out.push_str(text),
                Piece::Link { label, .. } => out.push_str(label),
                Piece::Date { fallback, .. } => out.push_str(fallback),
            }
        }
        out
    }
}

fn parse_live(inner: &str) -> Option<Piece<'_>> {
    let parts: Vec<&str> = inner.split(LIVE_PART).collect();
    match parts.as_slice() {
        ["link", url, label] if !has_marks(url) && !has_marks(label) => {
            Some(Piece::Link { url, label })
        }
        ["date", unix, format, fallback] if !has_marks(format) && !has_marks(fallback) => {
            Some(Piece::Date {
                unix: unix.parse().ok()?,
                format,
                fallback,
            })
        }
        _ => None,
    }
}
