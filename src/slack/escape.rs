//! Text that is part template and part foreign, and how each part is written where it lands.
//!
//! While a template is rendered, every interpolated value is marked ([`write_foreign`]), and so is what our own functions
//! make ([`live_link`], [`live_date`]). After the payload has been parsed as JSON, a [`Marked`] text is taken apart again, and
//! each part is finished by where it landed: as mrkdwn, as plain text or as a URL. So an author cannot forget to escape, and a
//! value cannot be more than text.

mod link;
mod mrkdwn;
mod shorten;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{self, Write};
use std::{fmt, iter, mem};

use self::link::target;
pub use self::shorten::{Finished, longer, shorten, utf16};
use self::shorten::{cut, fit, one_line};
use crate::scan;

/// Begins every mark, with a sign after it. A control character, which no value has when it is marked, and the only one of ASCII
/// that a JSON string may hold as it is.
const MARK: u8 = 0x7F;
const FOREIGN: u8 = b'(';
const FOREIGN_END: u8 = b')';
const LIVE: u8 = b'[';
const LIVE_PART: u8 = b'|';
const LIVE_END: u8 = b']';

/// Writes a value between marks, escaped for a JSON string. Control characters, bidirectional overrides and noncharacters are
/// left out.
pub fn write_foreign(text: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&[MARK, FOREIGN])?;
    for part in in_json(text) {
        out.write_all(part.as_bytes())?;
    }
    out.write_all(&[MARK, FOREIGN_END])
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
    let mut out = String::with_capacity(256);
    for (index, part) in parts.iter().enumerate() {
        push_mark(&mut out, if index == 0 { LIVE } else { LIVE_PART });
        out.extend(in_json(part));
    }
    push_mark(&mut out, LIVE_END);
    out
}

fn push_mark(out: &mut String, sign: u8) {
    out.push(char::from(MARK));
    out.push(char::from(sign));
}

/// Where in this JSON text the first mark is. Templates may have none.
pub fn find_mark(text: &str) -> Option<usize> {
    let before = scan::del(text.as_bytes());
    (before < text.len()).then_some(before)
}

/// The text with values shown as `‹…›`: for error messages, which must not repeat a body. The text may begin and end in the
/// middle of a value.
pub fn without_values(text: &str) -> String {
    let begins = |sign| matches!(sign, FOREIGN | LIVE);
    let mut out = String::new();
    // What ends without a beginning had begun before.
    let mut hidden = up_to_mark(text).is_some_and(|(_, sign, _)| !begins(sign));
    if hidden {
        out.push_str("‹…›");
    }
    let mut rest = text;
    while let Some((words, sign, after)) = up_to_mark(rest) {
        if !hidden {
            out.push_str(words);
        }
        if begins(sign) {
            out.push_str("‹…›");
        }
        hidden = !matches!(sign, FOREIGN_END | LIVE_END);
        rest = after;
    }
    if !hidden {
        out.push_str(rest);
    }
    out
}

/// The parts of a text as they stand within a JSON string: most often it is one, the whole text.
fn in_json(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    iter::from_fn(move || {
        let plain = scan::ascii(rest.as_bytes());
        if plain > 0 {
            let (plain, after) = rest.split_at(plain);
            rest = after;
            return Some(plain);
        }
        loop {
            let c = rest.chars().next()?;
            let (sign, after) = rest.split_at(c.len_utf8());
            rest = after;
            return Some(match c {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\r' if rest.starts_with('\n') => continue,
                '\n' | '\r' | '\u{2028}' | '\u{2029}' => "\\n",
                '\t' => " ",
                c if c.is_control() || is_unseen(c) => continue,
                _ => sign,
            });
        }
    })
}

/// Bidirectional overrides and isolates can make a text read as another one; the byte order mark and noncharacters (The Unicode
/// Standard, "Noncharacters") say nothing.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}')
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'t> {
    Literal(&'t str),
    Foreign(&'t str),
    Link {
        url: &'t str,
        label: &'t str,
    },
    Date {
        /// A whole number.
        unix: &'t str,
        format: &'t str,
        fallback: &'t str,
    },
}

/// A text with marks in it. What it consists of is found out while it is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked<'t> {
    text: &'t str,
    /// All of it is a value.
    foreign: bool,
}

impl<'t> Marked<'t> {
    /// A text of the parsed payload.
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            foreign: false,
        }
    }

    /// A text that is all value.
    pub fn foreign(text: &'t str) -> Self {
        Self {
            text,
            foreign: true,
        }
    }

    fn pieces(self) -> Pieces<'t> {
        Pieces {
            rest: self.text,
            foreign: self.foreign,
        }
    }

    /// Nothing to show?
    pub fn is_blank(self) -> Result<bool, MarkupError> {
        // Most texts begin with a sign that can be seen.
        if self.text.starts_with(|c: char| c.is_ascii_graphic()) {
            return Ok(false);
        }
        for piece in self.pieces() {
            let blank = match piece? {
                Piece::Literal(text) | Piece::Foreign(text) => {
                    text.chars().all(char::is_whitespace)
                }
                Piece::Link { url, label } => url.is_empty() && label.is_empty(),
                Piece::Date { .. } => false,
            };
            if !blank {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// As mrkdwn of at most `limit` UTF-16 units, in place of what is in `buffer`. `one_line` turns the line breaks of values into
    /// spaces.
    pub fn mrkdwn(
        self,
        limit: usize,
        one_line: bool,
        buffer: String,
    ) -> Result<Finished, MarkupError> {
        fit(buffer, limit, |cap, out| {
            mrkdwn::write(self.pieces(), cap, one_line, out)
        })
    }

    /// As plain text of at most `limit` UTF-16 units, in one line, in place of what is in `buffer`: nothing is escaped, nothing is
    /// live.
    pub fn plain(self, limit: usize, buffer: String) -> Result<Finished, MarkupError> {
        fit(buffer, limit, |cap, out| {
            for piece in self.pieces() {
                match piece? {
                    Piece::Literal(text) | Piece::Date { fallback: text, .. } => out.chars(text),
                    Piece::Foreign(text)
                    | Piece::Link {
                        url: text,
                        label: "",
                    }
                    | Piece::Link { label: text, .. } => out.chars(&one_line(cut(text, cap))),
                }
            }
            Ok(())
        })
    }

    /// As a URL for a `url` member; `None` unless the whole text is one allowed http(s) URL.
    pub fn url(self) -> Result<Option<String>, MarkupError> {
        let mut url = String::with_capacity(self.text.len());
        for piece in self.pieces() {
            match piece? {
                Piece::Literal(text) | Piece::Foreign(text) => url.push_str(text),
                Piece::Link { url: target, .. } => url.push_str(target),
                Piece::Date { .. } => return Ok(None),
            }
        }
        Ok(target(&url).map(Cow::into_owned))
    }

    /// As it stands, for members that are neither text nor URL (`color`, `block_id`, ...).
    pub fn raw(self) -> Result<String, MarkupError> {
        let mut out = String::with_capacity(self.text.len());
        for piece in self.pieces() {
            out.push_str(match piece? {
                Piece::Literal(text) | Piece::Foreign(text) => text,
                Piece::Link { label, .. } => label,
                Piece::Date { fallback, .. } => fallback,
            });
        }
        Ok(out)
    }
}

/// A text, taken apart into the template's own words, values, and what our functions made.
struct Pieces<'t> {
    rest: &'t str,
    foreign: bool,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Result<Piece<'t>, MarkupError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        if self.foreign {
            return Some(Ok(Piece::Foreign(mem::take(&mut self.rest))));
        }
        if self.rest.as_bytes().first() == Some(&MARK) {
            let Some((piece, rest)) = marked(mem::take(&mut self.rest)) else {
                return Some(Err(MarkupError::BrokenMarks));
            };
            self.rest = rest;
            return Some(Ok(piece));
        }
        let end = find_mark(self.rest).unwrap_or(self.rest.len());
        let (literal, marked) = self.rest.split_at(end);
        self.rest = marked;
        Some(Ok(Piece::Literal(literal)))
    }
}

/// What the marks at the very beginning of a text enclose, and what comes after it.
fn marked(text: &str) -> Option<(Piece<'_>, &str)> {
    let begin = text.as_bytes().get(1)?;
    let (first, end, rest) = up_to_mark(text.get(2..)?)?;
    match (*begin, end) {
        (FOREIGN, FOREIGN_END) => Some((Piece::Foreign(first), rest)),
        (LIVE, LIVE_PART) => live_piece(first, rest),
        _ => None,
    }
}

fn live_piece<'t>(kind: &str, parts: &'t str) -> Option<(Piece<'t>, &'t str)> {
    let (second, LIVE_PART, parts) = up_to_mark(parts)? else {
        return None;
    };
    let (third, end, rest) = up_to_mark(parts)?;
    match (kind, end) {
        ("link", LIVE_END) => {
            let [url, label] = [second, third];
            Some((Piece::Link { url, label }, rest))
        }
        ("date", LIVE_PART) => {
            let (fallback, LIVE_END, rest) = up_to_mark(rest)? else {
                return None;
            };
            let [unix, format] = [second, third];
            unix.parse::<i64>().ok()?;
            Some((
                Piece::Date {
                    unix,
                    format,
                    fallback,
                },
                rest,
            ))
        }
        _ => None,
    }
}

/// The text before the next mark, the sign of that mark, and the text after it.
fn up_to_mark(text: &str) -> Option<(&str, u8, &str)> {
    let at = find_mark(text)?;
    let sign = *text.as_bytes().get(at + 1)?;
    Some((&text[..at], sign, text.get(at + 2..)?))
}
