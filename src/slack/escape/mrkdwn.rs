//! mrkdwn: the template's own words open links and code; values and what our functions made are finished inside them.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::link::{find_url, target, url_length};
use super::shorten::{Output, cut, escape, one_line};
use super::{MarkupError, Piece, Pieces};
use crate::scan;

/// Writes a text with values of at most `cap` characters. Only the template's own words can open links and code.
pub(super) fn write(
    pieces: Pieces<'_>,
    cap: usize,
    one_line: bool,
    out: &mut Output,
) -> Result<(), MarkupError> {
    let mut writer = Writer {
        cap,
        one_line,
        out,
        code: None,
        link: None,
    };
    for piece in pieces {
        writer.piece(piece?)?;
    }
    match writer.link {
        Some(_) => Err(MarkupError::OpenLink),
        None => Ok(()),
    }
}

struct Writer<'t, 'o> {
    cap: usize,
    one_line: bool,
    out: &'o mut Output,
    /// The code that is open: its closing sign.
    code: Option<&'static str>,
    link: Option<OpenLink<'t>>,
}

impl<'t> Writer<'t, '_> {
    fn piece(&mut self, piece: Piece<'t>) -> Result<(), MarkupError> {
        if let (Some(link), Some(text)) = (&mut self.link, piece.shown()) {
            return link.value(text);
        }
        match piece {
            Piece::Literal(text) => return self.literal(text),
            Piece::Foreign(text) if self.code.is_some() => {
                let text = replaced(cut(text, self.cap), "`", "'");
                let one_line_only = self.one_line || self.out.open == Some("`");
                self.out
                    .escaped(&if one_line_only { one_line(text) } else { text });
            }
            Piece::Foreign(text) => {
                let text = cut(text, self.cap);
                if scan::words(text.as_bytes()) == text.len() {
                    self.out.chars(&text);
                } else {
                    let text = unfenced(text);
                    write_value(&if self.one_line { one_line(text) } else { text }, self.out);
                }
            }
            Piece::Link { url, label } => self.link(url, Some(label)),
            Piece::Date {
                unix,
                format,
                fallback,
            } => {
                let format = replaced(replaced(Cow::Borrowed(format), "^", " "), "|", " ");
                let format = unfenced(format);
                let fallback = unfenced(replaced(Cow::Borrowed(fallback), "|", "¦"));
                let [format, fallback] = [escape(&format), escape(&fallback)];
                self.out
                    .whole(&["<!date^", unix, "^", &format, "|", &fallback, ">"]);
            }
        }
        Ok(())
    }

    fn literal(&mut self, text: &'t str) -> Result<(), MarkupError> {
        if self.link.is_none() && scan::mrkdwn(text.as_bytes()) == text.len() {
            self.out.chars(text);
            return Ok(());
        }
        let mut rest = text;
        // What stands outside of links and has not been written yet.
        let mut shown = text;
        while !rest.is_empty() {
            if let Some(link) = &mut self.link {
                let Some(end) = memchr(b'>', rest.as_bytes()) else {
                    return link.words(rest);
                };
                link.words(&rest[..end])?;
                if let Some(link) = self.link.take() {
                    self.link(&link.target, link.label.as_deref());
                }
                rest = &rest[end + 1..];
                shown = rest;
                continue;
            }
            let Some(at) = memchr2(b'<', b'`', rest.as_bytes()) else {
                break;
            };
            let from = &rest[at..];
            if let Some(after) = from.strip_prefix('<') {
                if after.starts_with(['!', '@', '#']) {
                    let mention: String = from.chars().take_while(|c| *c != '>').take(40).collect();
                    return Err(MarkupError::Mention(format!("{mention}>")));
                }
                self.out.literal(&shown[..shown.len() - from.len()]);
                self.link = Some(OpenLink::default());
                rest = after;
                shown = "";
                continue;
            }
            let fence = if from.starts_with("```") { "```" } else { "`" };
            match self.code {
                Some(open) if open == fence => self.code = None,
                Some(_) => {}
                None => self.code = Some(fence),
            }
            rest = &from[fence.len()..];
        }
        self.out.literal(shown);
        Ok(())
    }

    /// Only the label is left of a link that leads nowhere.
    fn link(&mut self, url: &str, label: Option<&str>) {
        let own_label = label.filter(|label| !label.is_empty());
        let label = unfenced(one_line(cut(own_label.unwrap_or(url), self.cap)));
        let label = replaced(label, "|", "¦");
        let Some(target) = target(url) else {
            return self.out.escaped(&label);
        };
        let target = escape(&target);
        match own_label {
            Some(_) => self.out.whole(&["<", &target, "|", &escape(&label), ">"]),
            None => self.out.whole(&["<", &target, ">"]),
        }
    }
}

impl<'t> Piece<'t> {
    /// What is left of it inside a link; `None` for the template's own words.
    fn shown(&self) -> Option<&'t str> {
        match *self {
            Self::Literal(_) => None,
            Self::Foreign(text)
            | Self::Link {
                url: text,
                label: "",
            }
            | Self::Link { label: text, .. }
            | Self::Date { fallback: text, .. } => Some(text),
        }
    }
}

/// A link that the template's own words have opened with `<`.
#[derive(Default)]
struct OpenLink<'t> {
    target: Cow<'t, str>,
    /// The target is one value, and nothing may be added to it.
    whole_value: bool,
    label: Option<Cow<'t, str>>,
}

impl<'t> OpenLink<'t> {
    fn value(&mut self, text: &'t str) -> Result<(), MarkupError> {
        match &mut self.label {
            Some(label) => *label += text,
            None if self.target.is_empty() && !self.whole_value => {
                self.target = Cow::Borrowed(text);
                self.whole_value = true;
            }
            None if self.whole_value => return Err(MarkupError::SplitTarget),
            // Part of a target that the author has begun: one component of it, no more.
            None => self
                .target
                .to_mut()
                .extend(percent_encoding::utf8_percent_encode(
                    text,
                    percent_encoding::NON_ALPHANUMERIC,
                )),
        }
        Ok(())
    }

    fn words(&mut self, text: &'t str) -> Result<(), MarkupError> {
        if let Some(label) = &mut self.label {
            *label += text;
            return Ok(());
        }
        let (target, label) = match text.split_once('|') {
            Some((target, label)) => (target, Some(Cow::Borrowed(label))),
            None => (text, None),
        };
        if self.whole_value && !target.is_empty() {
            return Err(MarkupError::SplitTarget);
        }
        self.target += target;
        self.label = label;
        Ok(())
    }
}

/// A fence inside a value would swallow the words of the template that follow it.
fn unfenced(text: Cow<'_, str>) -> Cow<'_, str> {
    replaced(text, "```", "'''")
}

fn replaced<'t>(text: Cow<'t, str>, from: &str, to: &str) -> Cow<'t, str> {
    // Most texts have not even its first sign, which is found much faster.
    let begins = from.as_bytes().first();
    if begins.is_some_and(|sign| memchr(*sign, text.as_bytes()).is_some()) && text.contains(from) {
        Cow::Owned(text.replace(from, to))
    } else {
        text
    }
}

/// A value in running mrkdwn. Its URLs become links that show themselves in full: runbooks must be clickable.
fn write_value(text: &str, out: &mut Output) {
    let mut rest = text;
    while let Some(at) = find_url(rest) {
        let (before, from) = rest.split_at(at);
        let length = url_length(from);
        let (url, after) = from.split_at(length);
        out.escaped(before);
        match target(url) {
            Some(target) => out.whole(&["<", &escape(&target), ">"]),
            None => out.escaped(url),
        }
        rest = after;
    }
    out.escaped(rest);
}
