//! mrkdwn: the template's own words open links and code; values and what our functions made are finished inside them.

use std::borrow::Cow;

use super::link::{find_url, target, url_length};
use super::shorten::{Output, cut, escape, one_line};
use super::{MarkupError, Piece};

/// What a piece has become, knowing its surroundings.
pub(super) enum Atom<'t> {
    Literal(&'t str),
    Value(&'t str),
    Code(&'t str),
    Link {
        target: Option<String>,
        label: Cow<'t, str>,
        /// The label says something else than where the link leads.
        own_label: bool,
    },
    Date(String),
}

/// Reads the template's own words as mrkdwn: only they can open links and code.
pub(super) fn atoms<'t>(pieces: &[Piece<'t>]) -> Result<Vec<Atom<'t>>, MarkupError> {
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
            (Piece::Foreign(text), None) if code.is_some() => atoms.push(Atom::Code(text)),
            (Piece::Foreign(text), None) => atoms.push(Atom::Value(text)),
            (Piece::Link { url, label }, None) => atoms.push(Atom::Link {
                target: target(url),
                label: Cow::Borrowed(if label.is_empty() { url } else { label }),
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
                let format = unfenced(Cow::Owned(format.replace(['^', '|'], " ")));
                let fallback = unfenced(replaced(Cow::Borrowed(fallback), "|", "¦"));
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

    fn close(self) -> Atom<'static> {
        let target = target(&self.target);
        let label = self.label.filter(|label| !label.is_empty());
        Atom::Link {
            target,
            own_label: label.is_some(),
            label: Cow::Owned(label.unwrap_or(self.target)),
        }
    }
}

fn literal<'t>(
    text: &'t str,
    code: &mut Option<&'static str>,
    link: &mut Option<OpenLink>,
    atoms: &mut Vec<Atom<'t>>,
) -> Result<(), MarkupError> {
    let mut rest = text;
    // What stands outside of links and has not become an atom yet.
    let mut shown = text;
    while !rest.is_empty() {
        if let Some(open) = link {
            let mut chars = rest.chars();
            match (chars.next(), &mut open.label) {
                (Some('>') | None, _) => {
                    atoms.extend(link.take().map(OpenLink::close));
                    shown = chars.as_str();
                }
                (Some('|'), None) => open.label = Some(String::new()),
                (Some(c), Some(label)) => label.push(c),
                (Some(_), None) if open.whole_value => return Err(MarkupError::SplitTarget),
                (Some(c), None) => open.target.push(c),
            }
            rest = chars.as_str();
            continue;
        }
        let Some(at) = rest.bytes().position(|byte| matches!(byte, b'<' | b'`')) else {
            break;
        };
        let from = &rest[at..];
        if let Some(after) = from.strip_prefix('<') {
            if after.starts_with(['!', '@', '#']) {
                let mention: String = from.chars().take_while(|c| *c != '>').take(40).collect();
                return Err(MarkupError::Mention(format!("{mention}>")));
            }
            atoms.push(Atom::Literal(&shown[..shown.len() - from.len()]));
            *link = Some(OpenLink {
                target: String::new(),
                whole_value: false,
                label: None,
            });
            rest = after;
            continue;
        }
        let fence = if from.starts_with("```") { "```" } else { "`" };
        match *code {
            Some(open) if open == fence => *code = None,
            Some(_) => {}
            None => *code = Some(fence),
        }
        rest = &from[fence.len()..];
    }
    if link.is_none() {
        atoms.push(Atom::Literal(shown));
    }
    Ok(())
}

impl Atom<'_> {
    pub(super) fn write_mrkdwn(&self, cap: usize, one_line_only: bool, out: &mut Output) {
        match self {
            Self::Literal(text) => out.literal(text),
            Self::Value(text) => {
                let text = unfenced(cut(text, cap));
                write_value(&if one_line_only { one_line(text) } else { text }, out);
            }
            Self::Code(text) => {
                let text = replaced(cut(text, cap), "`", "'");
                let in_one_line = out.open == Some("`") || one_line_only;
                out.escaped(&if in_one_line { one_line(text) } else { text });
            }
            Self::Link {
                target,
                label,
                own_label,
            } => {
                let label = unfenced(one_line(cut(label, cap)));
                let label = replaced(label, "|", "¦");
                match target {
                    Some(target) if !own_label => out.whole(&format!("<{}>", escape(target))),
                    Some(target) => {
                        out.whole(&format!("<{}|{}>", escape(target), escape(&label)));
                    }
                    None => out.escaped(&label),
                }
            }
            Self::Date(date) => out.whole(date),
        }
    }
}

/// A fence inside a value would swallow the words of the template that follow it.
fn unfenced(text: Cow<'_, str>) -> Cow<'_, str> {
    replaced(text, "```", "'''")
}

fn replaced<'t>(text: Cow<'t, str>, from: &str, to: &str) -> Cow<'t, str> {
    // Most texts have not even its first sign, which is found much faster.
    let begins = from.as_bytes().first();
    if begins.is_some_and(|sign| text.as_bytes().contains(sign)) && text.contains(from) {
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
            Some(target) => out.whole(&format!("<{}>", escape(&target))),
            None => out.escaped(url),
        }
        rest = after;
    }
    out.escaped(rest);
}
