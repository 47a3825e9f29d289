//! Keeping a text inside a limit, visibly and without breaking it.

use super::link::{find_url, url_length};

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

/// Writes the pieces so that they stay inside a limit: values are shortened first, the longest of them first; then the end
/// is cut off, never inside an entity, a link or a fence.
pub(super) fn fit<T: ?Sized>(
    parts: &T,
    limit: usize,
    write: impl Fn(&T, usize, &mut Output),
) -> Finished {
    let attempt = |cap: usize, limit: usize| {
        let mut out = Output::new(limit);
        write(parts, cap, &mut out);
        out
    };
    let whole = attempt(usize::MAX, usize::MAX);
    if whole.length <= limit {
        return Finished {
            text: whole.text,
            shortened: false,
        };
    }
    let (mut fits, mut too_much) = (SHORTEST_VALUE, whole.length);
    while fits + 1 < too_much {
        let middle = fits.midpoint(too_much);
        if attempt(middle, usize::MAX).length <= limit {
            fits = middle;
        } else {
            too_much = middle;
        }
    }
    let mut out = attempt(fits, usize::MAX);
    if out.length > limit {
        // Room for the ellipsis and a closing fence.
        out = attempt(fits, limit.saturating_sub(4));
        out.close();
    }
    Finished {
        text: out.text,
        shortened: true,
    }
}

/// Finished mrkdwn of at most `limit` UTF-16 units: the end is cut off, never inside an entity, a link or a fence.
pub fn shorten(finished: &str, limit: usize) -> String {
    if utf16(finished) <= limit {
        return finished.to_owned();
    }
    // Room for the ellipsis and a closing fence.
    let mut out = Output::new(limit.saturating_sub(4));
    // What is left of `<` in finished text opens a link, a date or a mention.
    for (index, part) in finished.split('<').enumerate() {
        let words = match part.split_once('>').filter(|_| index > 0) {
            Some((link, words)) => {
                out.whole(&format!("<{link}>"));
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
    length: usize,
    limit: usize,
    full: bool,
    /// The code that is open: its closing sign.
    pub(super) open: Option<&'static str>,
}

impl Output {
    fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            length: 0,
            limit,
            full: false,
            open: None,
        }
    }

    /// All of it or, when it does not fit, nothing from here on.
    pub(super) fn whole(&mut self, text: &str) {
        let length = utf16(text);
        if self.full || self.length + length > self.limit {
            self.full = true;
            return;
        }
        self.text.push_str(text);
        self.length += length;
    }

    /// A sign of a value. It makes no fence with those of another value before it.
    pub(super) fn escaped(&mut self, c: char) {
        match c {
            '`' if self.text.ends_with("``") => self.whole("'"),
            '&' => self.whole("&amp;"),
            '<' => self.whole("&lt;"),
            '>' => self.whole("&gt;"),
            c => self.whole(c.encode_utf8(&mut [0; 4])),
        }
    }

    pub(super) fn chars(&mut self, text: &str) {
        for c in text.chars() {
            self.whole(c.encode_utf8(&mut [0; 4]));
        }
    }

    /// The template's own words; an entity stays whole, and code is remembered so that it can be closed.
    pub(super) fn literal(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let mut step = c.len_utf8();
            if c == '&' {
                let entity = ["&amp;", "&lt;", "&gt;"]
                    .into_iter()
                    .find(|entity| rest.starts_with(entity));
                step = entity.map_or(step, str::len);
            }
            let fence = match c {
                '`' if rest.starts_with("```") => Some("```"),
                '`' => Some("`"),
                _ => None,
            };
            step = fence.map_or(step, str::len);
            self.whole(&rest[..step]);
            if let Some(fence) = fence.filter(|_| !self.full) {
                self.open = match self.open {
                    Some(open) if open == fence => None,
                    Some(open) => Some(open),
                    None => Some(fence),
                };
            }
            rest = &rest[step..];
        }
    }

    fn close(&mut self) {
        self.text.push('…');
        self.text.push_str(self.open.unwrap_or_default());
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

pub(super) fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r']) {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text.to_owned()
    }
}

/// The first characters of a text, with an ellipsis when that is not all; a URL is left out rather than cut.
pub(super) fn cut(text: &str, cap: usize) -> String {
    let Some((mut end, _)) = text.char_indices().nth(cap) else {
        return text.to_owned();
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
    format!("{}…", text[..end].trim_end())
}

/// The unit in which we count: Slack does not document its own, and this is never less than characters.
pub fn utf16(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}
