//! Reads finished mrkdwn back into runs of text with a look, as Slack would show them.
//!
//! Links, dates, mentions and code are recognised before anything is unescaped, so that an escaped `&lt;!here&gt;` stays text.
//! Source: page "Formatting text for app surfaces".

#[cfg(test)]
mod tests;

use super::emoji::{self, Emoji};

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) look: Look,
    pub(crate) what: What,
}

/// Looks combine freely.
#[expect(clippy::struct_excessive_bools, reason = "they combine freely")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) strike: bool,
    /// In a line that is quoted.
    pub(crate) quote: bool,
}

/// What is shown. All texts are unescaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// With `\n` between lines.
    Text(String),
    Emoji(Emoji),
    Code(String),
    /// Has lines of its own.
    CodeBlock(String),
    Link {
        /// As it is written, whatever its scheme.
        url: String,
        /// Texts and emoji.
        label: Vec<Run>,
    },
    /// A moment, in the reader's own time zone.
    Date {
        /// Seconds since 1970.
        unix: i64,
        /// With Slack's tokens, such as `{date_short} at {time}`.
        format: String,
        link: Option<String>,
        /// For who cannot show it.
        fallback: String,
    },
    Mention {
        /// With `@` or `#` in front.
        shown: String,
        /// It calls everybody in the channel: `@here`, `@channel`, `@everyone`.
        everybody: bool,
    },
}

/// Takes a mrkdwn text apart.
pub(crate) fn parse(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let pieces = pieces(text);
    let mut quote_all = false;
    let mut before = false;
    for (index, line) in pieces
        .split(|piece| *piece == Piece::Char('\n'))
        .enumerate()
    {
        let (mark, rest) = if quote_all {
            (true, line)
        } else {
            quoted(line, &mut quote_all)
        };
        if index > 0 {
            let quote = mark && before;
            push(
                &mut runs,
                Look {
                    quote,
                    ..Look::default()
                },
                '\n',
            );
        }
        before = mark;
        let look = Look {
            quote: mark,
            ..Look::default()
        };
        inline(rest, 0..rest.len(), look, &mut runs);
    }
    runs
}

/// Takes a text apart in which only emoji mean something, if at all.
pub(crate) fn plain(text: &str, emoji: bool) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = if let Some((emoji, after)) = emoji::at_start(rest).filter(|_| emoji) {
            runs.push(run(What::Emoji(emoji)));
            after
        } else {
            push(&mut runs, Look::default(), c);
            &rest[c.len_utf8()..]
        };
    }
    runs
}

/// A text without any look, as it is read aloud.
pub(crate) fn spoken(runs: &[Run]) -> String {
    runs.iter()
        .map(|run| match &run.what {
            What::Text(text) | What::Code(text) | What::CodeBlock(text) => text.clone(),
            What::Emoji(emoji) => emoji.sign.to_owned(),
            What::Link { label, .. } => spoken(label),
            What::Date { fallback, .. } => fallback.clone(),
            What::Mention { shown, .. } => shown.clone(),
        })
        .collect()
}

/// What looks are decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Unescaped: a `<` here opens nothing any more.
    Char(char),
    /// Something that no look can begin or end in.
    Whole(What),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let whole = match c {
            '<' => in_angles(rest).map(|(inner, after)| (angle(inner), after)),
            '`' => code(rest),
            ':' => emoji::at_start(rest).map(|(emoji, after)| (What::Emoji(emoji), after)),
            _ => None,
        };
        rest = if let Some((what, after)) = whole {
            pieces.push(Piece::Whole(what));
            after
        } else {
            let (c, after) = unescaped(c, rest);
            pieces.push(Piece::Char(c));
            after
        };
    }
    pieces
}

/// What stands between `<` and `>` at the start of a text.
fn in_angles(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('<')?
        .split_once('>')
        .filter(|(inner, _)| !inner.is_empty())
}

/// Code at the start of a text. It may not be empty, and only a block may have several lines.
fn code(text: &str) -> Option<(What, &str)> {
    if let Some((inner, after)) = fenced(text, "```") {
        let inner = inner.strip_prefix('\n').unwrap_or(&inner);
        let inner = inner.strip_suffix('\n').unwrap_or(inner);
        return Some((What::CodeBlock(inner.to_owned()), after));
    }
    let (inner, after) = fenced(text, "`")?;
    (!inner.contains('\n')).then_some((What::Code(inner), after))
}

/// What stands between two fences, unescaped; links in it are shown as their labels.
fn fenced<'t>(text: &'t str, fence: &str) -> Option<(String, &'t str)> {
    let mut rest = text.strip_prefix(fence)?;
    let mut inner = String::new();
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix(fence) {
            return (!inner.is_empty()).then_some((inner, after));
        }
        if let Some((angles, after)) = in_angles(rest) {
            inner.push_str(&spoken(&[run(angle(angles))]));
            rest = after;
        } else {
            let (c, after) = unescaped(c, rest);
            inner.push(c);
            rest = after;
        }
    }
    None
}

/// What a `<…>` means.
fn angle(inner: &str) -> What {
    let (target, label) = match inner.split_once('|') {
        Some((target, label)) => (target, Some(unescape(label))),
        None => (inner, None),
    };
    let label = label.filter(|label| !label.is_empty());
    let named = |sign: char, id: &str| {
        let name = label.as_deref().unwrap_or(id);
        format!("{sign}{}", name.trim_start_matches(sign))
    };
    let mention = |shown| What::Mention {
        shown,
        everybody: false,
    };
    if let Some(id) = target.strip_prefix('@') {
        return mention(named('@', id));
    }
    if let Some(id) = target.strip_prefix('#') {
        return mention(named('#', id));
    }
    match target.strip_prefix('!') {
        Some(everybody @ ("here" | "channel" | "everyone")) => What::Mention {
            shown: format!("@{everybody}"),
            everybody: true,
        },
        Some(command) => match command.split_once('^') {
            Some(("subteam", id)) => mention(named('@', id)),
            Some(("date", date)) => self::date(date, label.unwrap_or_default()),
            _ => What::Text(label.unwrap_or_else(|| format!("<{}>", unescape(target)))),
        },
        None => {
            let url = unescape(target);
            What::Link {
                label: label.map_or_else(
                    // Not looked through for emoji: `:8080:` in a URL is none.
                    || vec![run(What::Text(url.clone()))],
                    |label| plain(&label, true),
                ),
                url,
            }
        }
    }
}

/// What follows `<!date^`.
fn date(date: &str, fallback: String) -> What {
    let mut parts = date.splitn(3, '^').map(unescape);
    let unix = parts.next().and_then(|unix| unix.parse().ok());
    match (unix, parts.next()) {
        (Some(unix), Some(format)) => What::Date {
            unix,
            format,
            link: parts.next(),
            fallback,
        },
        _ => What::Text(fallback),
    }
}

/// A line without the sign that it is quoted by, if it is.
fn quoted<'p>(line: &'p [Piece], quote_all: &mut bool) -> (bool, &'p [Piece]) {
    let Some(rest) = quote_sign(line) else {
        return (false, line);
    };
    if let Some(rest) = quote_sign(rest).and_then(quote_sign) {
        *quote_all = true;
        return (true, rest);
    }
    (true, rest.strip_prefix(&[Piece::Char(' ')]).unwrap_or(rest))
}

/// Slack draws an escaped `>` at the start of a line as a quote, too.
fn quote_sign(line: &[Piece]) -> Option<&[Piece]> {
    line.strip_prefix(&[Piece::Char('>')])
}

/// Looks within one line.
fn inline(line: &[Piece], range: std::ops::Range<usize>, look: Look, runs: &mut Vec<Run>) {
    let mut at = range.start;
    while at < range.end {
        match &line[at] {
            Piece::Whole(what) => runs.push(Run {
                look,
                what: what.clone(),
            }),
            Piece::Char(c) => {
                if let Some(inner) = with(look, *c)
                    && let Some(end) = closed(line, at, range.end, *c)
                {
                    inline(line, at + 1..end, inner, runs);
                    at = end + 1;
                    continue;
                }
                push(runs, look, *c);
            }
        }
        at += 1;
    }
}

/// The look that a sign opens, unless it is open already.
fn with(look: Look, sign: char) -> Option<Look> {
    match sign {
        '*' if !look.bold => Some(Look { bold: true, ..look }),
        '_' if !look.italic => Some(Look {
            italic: true,
            ..look
        }),
        '~' if !look.strike => Some(Look {
            strike: true,
            ..look
        }),
        _ => None,
    }
}

/// Where a sign that opens a look at this place is closed. Within a word it does neither.
fn closed(line: &[Piece], open: usize, until: usize, sign: char) -> Option<usize> {
    let is = |at: usize, test: fn(char) -> bool| matches!(line.get(at), Some(Piece::Char(c)) if test(*c));
    let same = |at: usize| line.get(at) == Some(&Piece::Char(sign));
    let blank = |at| at >= line.len() || is(at, char::is_whitespace);
    let inside = open > 0 && (is(open - 1, char::is_alphanumeric) || same(open - 1));
    if inside || blank(open + 1) || same(open + 1) {
        return None;
    }
    (open + 2..until).find(|&at| {
        let outside = is(at + 1, char::is_alphanumeric) || same(at + 1);
        same(at) && !blank(at - 1) && !outside
    })
}

fn push(runs: &mut Vec<Run>, look: Look, c: char) {
    match runs.last_mut() {
        Some(Run {
            look: last,
            what: What::Text(text),
        }) if *last == look => text.push(c),
        _ => runs.push(Run {
            look,
            what: What::Text(c.to_string()),
        }),
    }
}

fn run(what: What) -> Run {
    Run {
        look: Look::default(),
        what,
    }
}

/// The first character of a text, `c` unless it is escaped, and what comes after it.
fn unescaped(c: char, text: &str) -> (char, &str) {
    [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')]
        .into_iter()
        .find_map(|(entity, c)| Some((c, text.strip_prefix(entity)?)))
        .unwrap_or_else(|| (c, &text[c.len_utf8()..]))
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (c, after) = unescaped(c, rest);
        out.push(c);
        rest = after;
    }
    out
}
