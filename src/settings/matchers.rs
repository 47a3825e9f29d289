//! Reading what a route matches on.

use super::document::Written;
use super::finding::{Place, list, nearest, quoted};
use super::reader::{At, Reader};
use crate::notification::Kind;
use crate::route::{Glob, GlobError, Matcher};

/// Values at the top of every context; a route names them without a path.
pub(super) const VALUES: [&str; 10] = [
    "kind",
    "topic",
    "account",
    "region",
    "name",
    "source",
    "state",
    "account_name",
    "title",
    "time",
];

/// What else a context may have at its top: paths begin with one of them.
pub(super) const GROUPS: [&str; 12] = [
    "alarm",
    "approval",
    "compliance",
    "custom",
    "event",
    "json",
    "links",
    "notice",
    "record",
    "resource",
    "rule",
    "text",
];

impl Reader {
    /// A `match` or `unless`; what is wrong in it is left out.
    pub(super) fn matchers(&mut self, at: &At<'_>) -> Vec<Matcher> {
        let expected = "a table, as in { kind = \"cloudwatch_alarm\" }";
        let mut matchers = Vec::new();
        for (path, at) in self.table(at, expected) {
            self.matcher_path(path, &at.place);
            let globs = self.globs(&at);
            for glob in &globs {
                self.never_matches(path, glob, &at.place);
            }
            if !globs.is_empty() {
                matchers.push(Matcher::new(path, globs));
            }
        }
        matchers
    }

    fn matcher_path(&mut self, path: &str, place: &Place) {
        let mut names = path.split('.');
        let first = names.next().unwrap_or_default();
        let deeper = path.contains('.');
        if VALUES.contains(&path)
            || (GROUPS.contains(&first) && deeper && names.all(|n| !n.is_empty()))
        {
            return;
        }
        let hint = if GROUPS.contains(&first) {
            format!(
                "it holds several values; name one, as in \"{first}.…\" (see context.json of a fixture)"
            )
        } else if deeper {
            let rest = path.split_once('.').map_or("", |(_, rest)| rest);
            match nearest(first, GROUPS) {
                Some(meant) => format!("did you mean {}?", quoted(&format!("{meant}.{rest}"))),
                None => format!("paths begin with one of {}", list(GROUPS)),
            }
        } else {
            match nearest(path, VALUES) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!(
                    "known: {}, or a path of the context, as in \"alarm.metric.namespace\"",
                    list(VALUES)
                ),
            }
        };
        self.fault(
            place,
            format!("routes cannot match on {}", quoted(path)),
            Some(hint),
        );
    }

    fn globs(&mut self, at: &At<'_>) -> Vec<Glob> {
        let expected = "a text or a list of texts";
        let texts = match &at.node.value {
            Written::List(items) if items.is_empty() => {
                let message = "an empty list matches nothing".to_owned();
                let hint = "name at least one value, or \"*\" for any".to_owned();
                self.fault(&at.place, message, Some(hint));
                Vec::new()
            }
            Written::List(_) => self.items(at, expected).unwrap_or_default(),
            _ => vec![at.clone()],
        };
        let mut globs = Vec::new();
        for at in texts {
            let text = match &at.node.value {
                Written::Text(text) => text,
                other => {
                    self.wrong_type(&at, expected, in_quotes(other));
                    continue;
                }
            };
            match Glob::parse(text) {
                Ok(glob) => globs.push(glob),
                Err(GlobError::Empty) => self.fault(
                    &at.place,
                    "the empty text matches nothing".to_owned(),
                    Some("leave the key out to match everything; \"*\" is any value".to_owned()),
                ),
                Err(GlobError::Unsupported) => self.fault(
                    &at.place,
                    format!("glob {}: brackets have no meaning here", quoted(text)),
                    Some(
                        "globs know only * (any text) and ? (one character); write alternatives as a list, and ? where a bracket itself is meant"
                            .to_owned(),
                    ),
                ),
            }
        }
        globs
    }

    /// Says when no record can have such a value.
    fn never_matches(&mut self, path: &str, glob: &Glob, place: &Place) {
        let written = glob.as_str();
        match path {
            "kind" if !Kind::ALL.iter().any(|kind| glob.matches(kind.as_str())) => {
                let kinds = || Kind::ALL.iter().map(|kind| kind.as_str());
                let hint = match nearest(written, kinds()) {
                    Some(meant) => format!("did you mean \"{meant}\"?"),
                    None => format!("kinds: {}", list(kinds())),
                };
                self.fault(
                    place,
                    format!("there is no kind {}", quoted(written)),
                    Some(hint),
                );
            }
            "account" if glob.is_literal() && !is_account(written) => self.warning(
                place,
                format!("{} is no account id, so no record matches", quoted(written)),
                Some(
                    "an id has twelve digits; names from [accounts] are matched by `account_name`"
                        .to_owned(),
                ),
            ),
            "topic" if glob.is_literal() && !written.starts_with("arn:") => self.warning(
                place,
                format!(
                    "{} is no topic's ARN, so no record matches",
                    quoted(written)
                ),
                Some(format!("write {}", quoted(&format!("*:{written}")))),
            ),
            _ => {}
        }
    }
}

/// What to write for a number or a flag: the values of a context are compared as texts.
fn in_quotes(written: &Written) -> Option<String> {
    match written {
        Written::Number(text) => Some(format!("write it in quotes: \"{text}\"")),
        Written::Flag(flag) => Some(format!("write it in quotes: \"{flag}\"")),
        _ => None,
    }
}

/// Twelve digits (page "View AWS account identifiers").
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit())
}
