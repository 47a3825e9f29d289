//! Text that is part template and part foreign, and how each part is written where it lands.
//!
//! While a template is rendered, every interpolated value is marked ([`write_foreign`]), and so is what our own functions
//! make ([`live_link`], [`live_date`]). After the payload has been parsed as JSON, [`Marked::parse`] takes a text apart
//! again, and each part is finished by where it landed: as mrkdwn, as plain text or as a URL. So an author cannot forget to
//! escape, and a value cannot be more than text.

use std::fmt;
use std::io::{self, Write};

use url::Url;

/// Noncharacters: valid in text, never meant for interchange (The Unicode Standard, "Noncharacters"), and stripped from
/// every value before they are used as marks.
const FOREIGN: char = '\u{fdd0}';
const FOREIGN_END: char = '\u{fdd1}';
const LIVE: char = '\u{fdd2}';
const LIVE_PART: char = '\u{fdd3}';
const LIVE_END: char = '\u{fdd4}';

/// The longest URL that Slack takes in a button; links get the same bound.
const LONGEST_URL: usize = 3_000;
/// What shortening leaves of each value at least before it touches the template's own words, in characters.
const SHORTEST_VALUE: usize = 24;

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
    text.contains(is_mark)
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
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push(' '),
            c if c.is_control() || is_mark(c) || is_override(c) => {}
            c => out.push(c),
        }
    }
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

/// A finished text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// As Slack gets it.
    pub text: String,
    /// Something had to be left out to stay inside the limit.
    pub shortened: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Foreign(String),
    Link {
        url: String,
        label: String,
    },
    Date {
        unix: i64,
        format: String,
        fallback: String,
    },
}

/// A text taken apart into the template's own words, values, and what our functions made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked(Vec<Piece>);

impl Marked {
    /// Takes a text of the parsed payload apart.
    pub fn parse(text: &str) -> Result<Self, MarkupError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(is_mark) {
            let (literal, marked) = rest.split_at(at);
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
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
                Piece::Foreign(inner.to_owned())
            } else {
                parse_live(inner).ok_or(MarkupError::BrokenMarks)?
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// A text that is all value.
    pub fn foreign(text: &str) -> Self {
        Self(vec![Piece::Foreign(text.to_owned())])
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
                    Piece::Foreign(text) => out.chars(&one_line(&cut(text, cap))),
                    Piece::Link { url, label } => {
                        let shown = if label.is_empty() { url } else { label };
                        out.chars(&one_line(&cut(shown, cap)));
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

fn parse_live(inner: &str) -> Option<Piece> {
    let parts: Vec<&str> = inner.split(LIVE_PART).collect();
    match parts.as_slice() {
        ["link", url, label] if !has_marks(url) && !has_marks(label) => Some(Piece::Link {
            url: (*url).to_owned(),
            label: (*label).to_owned(),
        }),
        ["date", unix, format, fallback] if !has_marks(format) && !has_marks(fallback) => {
            Some(Piece::Date {
                unix: unix.parse().ok()?,
                format: (*format).to_owned(),
                fallback: (*fallback).to_owned(),
            })
        }
        _ => None,
    }
}

/// What a piece has become, knowing its surroundings.
enum Atom {
    Literal(String),
    Value(String),
    Code(String),
    Link {
        target: Option<String>,
        label: String,
        /// The label says something else than where the link leads.
        own_label: bool,
    },
    Date(String),
}

/// Reads the template's own words as mrkdwn: only they can open links and code.
fn atoms(pieces: &[Piece]) -> Result<Vec<Atom>, MarkupError> {
    let mut atoms = Vec::new();
    let mut code: Option<&'static str> = None;
    let mut link: Option<OpenLink> = None;
    for piece in pieces {
        match (piece, &mut link) {
            (Piece::Literal(text), _) => {
                literal(text, &mut code, &mut link, &mut atoms)?;
            }
            (Piece::Foreign(text), Some(open)) => open.value(text)?,
            (Piece::Link { url, label }, Some(open)) => {
                open.value(if label.is_empty() { url } else { label })?;
            }
            (Piece::Date { fallback, .. }, Some(open)) => open.value(fallback)?,
            (Piece::Foreign(text), None) if code.is_some() => atoms.push(Atom::Code(text.clone())),
            (Piece::Foreign(text), None) => atoms.push(Atom::Value(text.clone())),
            (Piece::Link { url, label }, None) => atoms.push(Atom::Link {
                target: target(url),
                label: (if label.is_empty() { url } else { label }).clone(),
                own_label: !label.is_empty(),
            }),
            (
                Piece::Date {
                    unix,
                    format,
                    fallback,
                },
                None,
            ) => {
                let format = format.replace(['^', '|'], " ");
                let fallback = fallback.replace('|', "¦");
                atoms.push(Atom::Date(format!(
                    "<!date^{unix}^{}|{}>",
                    escape(&format),
                    escape(&fallback)
                )));
            }
        }
    }
    if link.is_some() {
        return Err(MarkupError::OpenLink);
    }
    Ok(atoms)
}

/// A link that the template's own words have opened with `<`.
struct OpenLink {
    target: String,
    /// The target is one value, and nothing may be added to it.
    whole_value: bool,
    label: Option<String>,
}

impl OpenLink {
    fn value(&mut self, text: &str) -> Result<(), MarkupError> {
        match &mut self.label {
            Some(label) => label.push_str(text),
            None if self.target.is_empty() && !self.whole_value => {
                text.clone_into(&mut self.target);
                self.whole_value = true;
            }
            None if self.whole_value => return Err(MarkupError::SplitTarget),
            // Part of a target that the author has begun: one component of it, no more.
            None => self.target.push_str(
                &percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                    .to_string(),
            ),
        }
        Ok(())
    }

    fn close(self) -> Atom {
        let target = target(&self.target);
        let label = self.label.filter(|label| !label.is_empty());
        Atom::Link {
            target,
            own_label: label.is_some(),
            label: label.unwrap_or(self.target),
        }
    }
}

fn literal(
    text: &str,
    code: &mut Option<&'static str>,
    link: &mut Option<OpenLink>,
    atoms: &mut Vec<Atom>,
) -> Result<(), MarkupError> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if let Some(open) = link {
            match (c, &mut open.label) {
                ('>', _) => atoms.extend(link.take().map(OpenLink::close)),
                ('|', None) => open.label = Some(String::new()),
                (c, Some(label)) => label.push(c),
                (_, None) if open.whole_value => return Err(MarkupError::SplitTarget),
                (c, None) => open.target.push(c),
            }
            rest = after;
            continue;
        }
        if c == '<' {
            if after.starts_with(['!', '@', '#']) {
                let mention: String = rest.chars().take_while(|c| *c != '>').take(40).collect();
                return Err(MarkupError::Mention(format!("{mention}>")));
            }
            atoms.push(Atom::Literal(std::mem::take(&mut shown)));
            *link = Some(OpenLink {
                target: String::new(),
                whole_value: false,
                label: None,
            });
            rest = after;
            continue;
        }
        if c == '`' {
            let fence = if rest.starts_with("```") { "```" } else { "`" };
            match *code {
                Some(open) if open == fence => *code = None,
                Some(_) => {}
                None => *code = Some(fence),
            }
            shown.push_str(fence);
            rest = &rest[fence.len()..];
            continue;
        }
        shown.push(c);
        rest = after;
    }
    atoms.push(Atom::Literal(shown));
    Ok(())
}

impl Atom {
    fn write_mrkdwn(&self, cap: usize, one_line_only: bool, out: &mut Output) {
        match self {
            Self::Literal(text) => out.literal(text),
            Self::Value(text) => {
                let text = cut(text, cap);
                // A fence inside a value would swallow the words of the template that follow it.
                let text = text.replace("```", "'''");
                write_value(&if one_line_only { one_line(&text) } else { text }, out);
            }
            Self::Code(text) => {
                let text = cut(text, cap).replace('`', "'");
                let text = if out.open == Some("`") || one_line_only {
                    one_line(&text)
                } else {
                    text
                };
                for c in text.chars() {
                    out.escaped(c);
                }
            }
            Self::Link {
                target,
                label,
                own_label,
            } => {
                let label = one_line(&cut(label, cap)).replace('|', "¦");
                match target {
                    Some(target) if !own_label => out.whole(&format!("<{}>", escape(target))),
                    Some(target) => {
                        out.whole(&format!("<{}|{}>", escape(target), escape(&label)));
                    }
                    None => {
                        for c in label.chars() {
                            out.escaped(c);
                        }
                    }
                }
            }
            Self::Date(date) => out.whole(date),
        }
    }
}

/// A value in running mrkdwn. Its URLs become links that show themselves in full: runbooks must be clickable.
fn write_value(text: &str, out: &mut Output) {
    let mut rest = text;
    while let Some(at) = find_url(rest) {
        let (before, from) = rest.split_at(at);
        let length = url_length(from);
        let (url, after) = from.split_at(length);
        for c in before.chars() {
            out.escaped(c);
        }
        match target(url) {
            Some(target) => out.whole(&format!("<{}>", escape(&target))),
            None => url.chars().for_each(|c| out.escaped(c)),
        }
        rest = after;
    }
    for c in rest.chars() {
        out.escaped(c);
    }
}

fn find_url(text: &str) -> Option<usize> {
    ["https://", "http://"]
        .iter()
        .filter_map(|scheme| text.find(scheme))
        .min()
}

/// Up to the next white space or bracket, without the punctuation of the sentence around it.
fn url_length(from: &str) -> usize {
    let end = from
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`' | '|' | '…'))
        .unwrap_or(from.len());
    from[..end]
        .trim_end_matches([
            '.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*', '_', '~',
        ])
        .len()
}

/// A whole http(s) URL, with the characters that would end a link percent-encoded.
fn target(url: &str) -> Option<String> {
    let url = url.trim();
    let parsed = Url::parse(url).ok()?;
    let web = matches!(parsed.scheme(), "http" | "https") && parsed.host_str().is_some();
    let lower = url.get(..8)?.to_ascii_lowercase();
    if !web || !(lower.starts_with("http://") || lower == "https://") {
        return None;
    }
    let mut target = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            '<' | '>' | '|' | '"' | '`' | '\\' | '^' => {
                target.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c if c.is_whitespace() || c.is_control() => {
                target.extend(percent_encoding::utf8_percent_encode(
                    c.encode_utf8(&mut [0; 4]),
                    percent_encoding::NON_ALPHANUMERIC,
                ));
            }
            c => target.push(c),
        }
    }
    (utf16(&target) <= LONGEST_URL).then_some(target)
}

/// Writes the pieces so that they stay inside a limit: values are shortened first, the longest of them first; then the end
/// is cut off, never inside an entity, a link or a fence.
fn fit<T: ?Sized>(parts: &T, limit: usize, write: impl Fn(&T, usize, &mut Output)) -> Finished {
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

/// Collects text up to a limit in whole steps.
struct Output {
    text: String,
    length: usize,
    limit: usize,
    full: bool,
    /// The code that is open: its closing sign.
    open: Option<&'static str>,
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
    fn whole(&mut self, text: &str) {
        let length = utf16(text);
        if self.full || self.length + length > self.limit {
            self.full = true;
            return;
        }
        self.text.push_str(text);
        self.length += length;
    }

    fn escaped(&mut self, c: char) {
        match c {
            '&' => self.whole("&amp;"),
            '<' => self.whole("&lt;"),
            '>' => self.whole("&gt;"),
            c => self.whole(c.encode_utf8(&mut [0; 4])),
        }
    }

    fn chars(&mut self, text: &str) {
        for c in text.chars() {
            self.whole(c.encode_utf8(&mut [0; 4]));
        }
    }

    /// The template's own words; an entity stays whole, and code is remembered so that it can be closed.
    fn literal(&mut self, text: &str) {
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

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn one_line(text: &str) -> String {
    if text.contains(['\n', '\r']) {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    } else {
        text.to_owned()
    }
}

/// The first characters of a text, with an ellipsis when that is not all; a URL is left out rather than cut.
fn cut(text: &str, cap: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a template's text has become after parsing: `{…}` in the pattern is a value.
    fn text(template: &str, values: &[&str]) -> Marked {
        let mut rendered = String::new();
        let mut values = values.iter();
        for (index, part) in template.split("{}").enumerate() {
            if index > 0 {
                let mut out = Vec::new();
                write_foreign(values.next().unwrap(), &mut out).unwrap();
                rendered.push_str(std::str::from_utf8(&out).unwrap());
            }
            push_json(&mut rendered, part);
        }
        parsed(&rendered)
    }

    fn parsed(json: &str) -> Marked {
        let text: String = serde_json::from_str(&format!("\"{json}\"")).unwrap();
        Marked::parse(&text).unwrap()
    }

    fn mrkdwn(template: &str, values: &[&str]) -> String {
        text(template, values).mrkdwn(3000, false).unwrap().text
    }

    #[test]
    fn a_value_is_text_and_nothing_else() {
        for (template, value, expected) in [
            ("*{}*", "a & b", "*a &amp; b*"),
            (
                "{}",
                "<!channel> <@U1> <#C1>",
                "&lt;!channel&gt; &lt;@U1&gt; &lt;#C1&gt;",
            ),
            (
                "{}",
                "<https://evil.example/|AWS console>",
                "&lt;<https://evil.example/>¦AWS console&gt;",
            ),
            ("{}", "\"quoted\\\" \n next", "\"quoted\\\" \n next"),
            ("{}", "a\u{202e}b\u{0}c\u{7}\r\nd\u{fdd1}", "abc\nd"),
            ("`{}`", "a`b\nc <x>", "`a'b c &lt;x&gt;`"),
            ("```{}```", "a```b\nc", "```a'''b\nc```"),
            ("{} *x*", "open ``` fence", "open ''' fence *x*"),
        ] {
            let expected = expected.replace("¦AWS", "|AWS");
            assert_eq!(mrkdwn(template, &[value]), expected, "{template} {value:?}");
        }
    }

    #[test]
    fn urls_in_values_become_links_that_show_themselves() {
        for (value, expected) in [
            (
                "See https://wiki.example.org/run?a=1&b=2.",
                "See <https://wiki.example.org/run?a=1&amp;b=2>.",
            ),
            ("(http://a.example)", "(<http://a.example>)"),
            ("https://", "https://"),
            ("javascript:alert(1)", "javascript:alert(1)"),
            ("https://a.example/x|label", "<https://a.example/x>|label"),
        ] {
            assert_eq!(mrkdwn("{}", &[value]), expected, "{value}");
        }
    }

    #[test]
    fn a_link_in_a_template_takes_one_whole_url_or_keeps_its_label_only() {
        for (template, values, expected) in [
            (
                "*<{}|{}>*",
                vec!["https://a.example/x y|z>", "a|b > c\nd"],
                "*<https://a.example/x%20y%7Cz%3E|a¦b &gt; c d>*",
            ),
            ("<{}|{}>", vec!["!channel", "label"], "label"),
            ("<{}|{}>", vec!["x|label", "name"], "name"),
            ("<{}|go>", vec!["javascript:alert(1)"], "go"),
            ("<{}>", vec!["https://a.example/"], "<https://a.example/>"),
            ("<{}>", vec!["@U123"], "@U123"),
            (
                "<https://a.example/{}?x=1|go>",
                vec!["a/b|c"],
                "<https://a.example/a%2Fb%7Cc?x=1|go>",
            ),
            (
                "<https://a.example/|R&amp;D {}>",
                vec!["<b>"],
                "<https://a.example/|R&amp;amp;D &lt;b&gt;>",
            ),
        ] {
            assert_eq!(mrkdwn(template, &values), expected, "{template}");
        }
    }

    #[test]
    fn a_template_cannot_mention_or_leave_a_link_open() {
        for (template, values, expected) in [
            (
                "<!here> {}",
                vec!["x"],
                MarkupError::Mention("<!here>".to_owned()),
            ),
            (
                "<!{}>",
                vec!["channel"],
                MarkupError::Mention("<!>".to_owned()),
            ),
            ("<@{}>", vec!["U1"], MarkupError::Mention("<@>".to_owned())),
            ("a < b", vec![], MarkupError::OpenLink),
            (
                "<{}{}|x>",
                vec!["https://a.example/", "b"],
                MarkupError::SplitTarget,
            ),
            (
                "<{}/more|x>",
                vec!["https://a.example"],
                MarkupError::SplitTarget,
            ),
        ] {
            assert_eq!(
                text(template, &values).mrkdwn(3000, false),
                Err(expected),
                "{template}"
            );
        }
    }

    #[test]
    fn functions_make_live_markup() {
        let date = live_date(1_773_826_920, "{date} ^|<!here>", "2026-03-18|<b>");
        assert_eq!(
            parsed(&date).mrkdwn(3000, false).unwrap().text,
            "<!date^1773826920^{date}   &lt;!here&gt;|2026-03-18¦&lt;b&gt;>"
        );
        assert_eq!(parsed(&date).plain(150).text, "2026-03-18|<b>");
        let link = live_link("https://a.example/?a&b", "a|<b>");
        assert_eq!(
            parsed(&link).mrkdwn(3000, false).unwrap().text,
            "<https://a.example/?a&amp;b|a¦&lt;b&gt;>"
        );
        assert_eq!(parsed(&link).plain(150).text, "a|<b>");
        assert_eq!(
            parsed(&live_link("javascript:x", "label"))
                .mrkdwn(3000, false)
                .unwrap()
                .text,
            "label"
        );
    }

    #[test]
    fn filters_that_changed_escaped_text_are_found() {
        let marked = |text: &str| Marked::parse(text);
        for broken in [
            "\u{fdd0}a",
            "a\u{fdd1}",
            "\u{fdd1}a\u{fdd0}",
            "\u{fdd0}a\u{fdd0}b\u{fdd1}\u{fdd1}",
            "\u{fdd2}link\u{fdd3}x\u{fdd4}",
        ] {
            assert_eq!(marked(broken), Err(MarkupError::BrokenMarks), "{broken:?}");
        }
    }

    #[test]
    fn values_are_shortened_before_the_words_of_the_template() {
        let long = "x".repeat(5000);
        let finished = text("*Name* {} *Reason* {} end", &["short", &long])
            .mrkdwn(200, false)
            .unwrap();
        assert!(finished.shortened);
        assert!(finished.text.starts_with("*Name* short *Reason* xxx"));
        assert!(finished.text.ends_with("x… end"), "{}", finished.text);
        assert_eq!(utf16(&finished.text), 200);
    }

    #[test]
    fn nothing_is_cut_inside_an_entity_a_link_or_a_fence() {
        for limit in 8..120 {
            let entities = "&".repeat(100);
            let out = mrkdwn_at("{}", &[&entities], limit);
            assert_eq!(out.replace("&amp;", "").trim_end_matches('…'), "", "{out}");

            let out = mrkdwn_at(
                "```{} and words of the template```",
                &["value"],
                limit.min(30),
            );
            assert_eq!(out.matches("```").count() % 2, 0, "{limit}: {out}");

            let out = mrkdwn_at(
                "some words {} <https://a.example/|label> more",
                &["v"],
                limit,
            );
            assert_eq!(out.matches('<').count(), out.matches('>').count(), "{out}");

            let out = mrkdwn_at(
                "{}",
                &["see https://wiki.example.org/a/long/path/to/it for more of it all"],
                limit,
            );
            assert!(
                !out.contains("http")
                    || out.contains("<https://wiki.example.org/a/long/path/to/it>"),
                "{out}"
            );
        }
    }

    fn mrkdwn_at(template: &str, values: &[&str], limit: usize) -> String {
        let finished = text(template, values).mrkdwn(limit, false).unwrap();
        assert!(utf16(&finished.text) <= limit, "{limit}: {}", finished.text);
        finished.text
    }

    #[test]
    fn plain_text_is_not_escaped_and_stays_in_one_line() {
        let text = text("{}: {}", &["a & <b>", "c\nd"]);
        assert_eq!(text.plain(150).text, "a & <b>: c d");
        assert!(utf16(&text.plain(10).text) <= 10);
    }

    #[test]
    fn urls_for_url_members_are_whole_or_nothing() {
        assert_eq!(
            text("{}", &["https://a.example/a b"]).url().as_deref(),
            Some("https://a.example/a%20b")
        );
        for value in [
            "!channel",
            "x|label",
            "javascript:alert(1)",
            "",
            "//a.example",
            "ftp://a.example",
        ] {
            assert_eq!(text("{}", &[value]).url(), None, "{value}");
        }
    }
}
