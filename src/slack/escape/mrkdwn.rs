//! mrkdwn: the template's own words open links and code; values and what our functions made are finished inside them.

use super::link::{find_url, target, url_length};
use super::shorten::{Output, cut, escape, one_line};
use super::{MarkupError, Piece};

/// What a piece has become, knowing its surroundings.
pub(super) enum Atom {
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
pub(super) fn atoms(pieces: &[Piece]) -> Result<Vec<Atom>, MarkupError> {
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
                let format = unfenced(&format.replace(['^', '|'], " "));
                let fallback = unfenced(&fallback.replace('|', "¦"));
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
    pub(super) fn write_mrkdwn(&self, cap: usize, one_line_only: bool, out: &mut Output) {
        match self {
            Self::Literal(text) => out.literal(text),
            Self::Value(text) => {
                let text = unfenced(&cut(text, cap));
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
                let label = unfenced(&one_line(&cut(label, cap))).replace('|', "¦");
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

/// A fence inside a value would swallow the words of the template that follow it.
fn unfenced(text: &str) -> String {
    text.replace("```", "'''")
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
