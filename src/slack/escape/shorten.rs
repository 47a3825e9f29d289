//! Keeping a text inside a limit, visibly and without breaking it.

use std::borrow::Cow;

use memchr::{memchr2, memchr3};

use super::link::{find_url, url_length};
use crate::scan;

/// What shortening leaves of each value at least before it touches the template's own words, in characters.
const SHORTEST_VALUE: usize = 24;

/// A finished text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// As Slack gets it.
    pub text: String,
    /// Something had to be left out to stay inside the limit.
    pub shortened: bool,
}

/// Writes a text so that it stays inside a limit: values are shortened first, the longest of them first; then the end is cut
/// off, never inside an entity, a link or a fence. `write` is told how long a value may be; most texts need no other memory than
/// that of `buffer`.
pub(super) fn fit<E>(
    buffer: String,
    limit: usize,
    write: impl Fn(usize, &mut Output) -> Result<(), E>,
) -> Result<Finished, E> {
    let attempt = |buffer: String, cap: usize, limit: usize| {
        let mut out = Output::new(buffer, limit);
        write(cap, &mut out).map(|()| out)
    };
    let mut text = attempt(buffer, usize::MAX, usize::MAX)?.text;
    if !longer(&text, limit) {
        return Ok(Finished {
            text,
            shortened: false,
        });
    }
    let (mut fits, mut too_much) = (SHORTEST_VALUE, utf16(&text));
    while fits + 1 < too_much {
        let middle = fits.midpoint(too_much);
        text = attempt(text, middle, usize::MAX)?.text;
        if longer(&text, limit) {
            too_much = middle;
        } else {
            fits = middle;
        }
    }
    let mut out = attempt(text, fits, usize::MAX)?;
    if longer(&out.text, limit) {
        // Room for the ellipsis and a closing fence.
        out = attempt(out.text, fits, limit.saturating_sub(4))?;
        out.close();
    }
    Ok(Finished {
        text: out.text,
        shortened: true,
    })
}

/// Finished mrkdwn of at most `limit` UTF-16 units: the end is cut off, never inside an entity, a link or a fence.
pub fn shorten(finished: &str, limit: usize) -> String {
    if !longer(finished, limit) {
        return finished.to_owned();
    }
    // Room for the ellipsis and a closing fence.
    let mut out = Output::new(String::with_capacity(limit), limit.saturating_sub(4));
    // What is left of `<` in finished text opens a link, a date or a mention.
    for (index, part) in finished.split('<').enumerate() {
        let words = match part.split_once('>').filter(|_| index > 0) {
            Some((link, words)) => {
                out.whole(&["<", link, ">"]);
                words
            }
            None => part,
        };
        out.literal(words);
    }
    out.close();
    out.text
}

/// Collects text up to a limit in whole steps.
pub(super) struct Output {
    text: String,
    /// Counted only when there is a limit.
    used: usize,
    limit: usize,
    full: bool,
    /// The code that is open: its closing sign.
    pub(super) open: Option<&'static str>,
}

impl Output {
    fn new(mut buffer: String, limit: usize) -> Self {
        buffer.clear();
        Self {
            text: buffer,
            used: 0,
            limit,
            full: false,
            open: None,
        }
    }

    /// All of it or, when it does not fit, nothing from here on.
    pub(super) fn whole(&mut self, parts: &[&str]) {
        if self.limit < usize::MAX {
            let length: usize = parts.iter().map(|part| utf16(part)).sum();
            self.full |= self.used + length > self.limit;
            self.used += length;
        }
        if !self.full {
            self.text.extend(parts.iter().copied());
        }
    }

    /// As many characters of it as fit.
    pub(super) fn chars(&mut self, text: &str) {
        if self.limit == usize::MAX {
            return self.text.push_str(text);
        }
        if self.full || self.used + utf16(text) <= self.limit {
            return self.whole(&[text]);
        }
        for c in text.chars() {
            self.whole(&[c.encode_utf8(&mut [0; 4])]);
        }
    }

    /// A value. It makes no fence with the signs of another value before it.
    pub(super) fn escaped(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let (plain, from) = rest.split_at(scan::mrkdwn(rest.as_bytes()));
            self.chars(plain);
            let Some((sign, after)) = from.split_at_checked(1) else {
                return;
            };
            rest = after;
            self.whole(&[match sign {
                "&" => "&amp;",
                "<" => "&lt;",
                ">" => "&gt;",
                _ if self.text.ends_with("``") => "'",
                sign => sign,
            }]);
        }
    }

    /// The template's own words; an entity stays whole, and code is remembered so that it can be closed.
    pub(super) fn literal(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = memchr2(b'&', b'`', rest.as_bytes()) {
            let (plain, from) = rest.split_at(at);
            self.chars(plain);
            let whole = ["&amp;", "&lt;", "&gt;", "```"]
                .into_iter()
                .find(|whole| from.starts_with(whole));
            let (sign, after) = from.split_at(whole.map_or(1, str::len));
            self.whole(&[sign]);
            let fence = ["```", "`"].into_iter().find(|fence| *fence == sign);
            if let Some(fence) = fence.filter(|_| !self.full) {
                self.open = match self.open {
                    Some(open) if open == fence => None,
                    Some(open) => Some(open),
                    None => Some(fence),
                };
            }
            rest = after;
        }
        self.chars(rest);
    }

    fn close(&mut self) {
        self.text.push('…');
        self.text.push_str(self.open.unwrap_or_default());
    }
}

/// With the three signs that mrkdwn gives a meaning as entities.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if memchr3(b'&', b'<', b'>', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let text = text.replace('&', "&amp;");
    Cow::Owned(text.replace('<', "&lt;").replace('>', "&gt;"))
}

pub(super) fn one_line(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr2(b'\n', b'\r', text.as_bytes()).is_some() {
        Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        text
    }
}

/// The first characters of a text, with an ellipsis when that is not all; a URL is left out rather than cut.
pub(super) fn cut(text: &str, cap: usize) -> Cow<'_, str> {
    // No text has more characters than bytes.
    let beyond = (text.len() > cap).then(|| text.char_indices().nth(cap));
    let Some((mut end, _)) = beyond.flatten() else {
        return Cow::Borrowed(text);
    };
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(find_url) {
        let start = from + at;
        let url_end = start + url_length(&text[start..]).max(1);
        if start >= end {
            break;
        }
        if url_end > end {
            end = start;
        }
        from = url_end;
    }
    Cow::Owned(format!("{}…", text[..end].trim_end()))
}

/// Is it longer than so many UTF-16 units?
pub fn longer(text: &str, limit: usize) -> bool {
    // No text has more of them than bytes.
    text.len() > limit && utf16(text) > limit
}

/// The unit in which we count: Slack does not document its own, and this is never less than characters.
pub fn utf16(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // Any byte but a continuation begins a character, and such a byte one beyond the first plane, of two units.
    let units = |byte: &u8| u8::from(*byte & 0xC0 != 0x80) + u8::from(*byte >= 0xF0);
    // As few bytes at once as a byte can count: the compiler then takes sixteen with one instruction.
    let chunks = text.as_bytes().chunks(127);
    chunks
        .map(|chunk| usize::from(chunk.iter().map(units).sum::<u8>()))
        .sum()
}
