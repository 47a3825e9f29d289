//! What is wrong with settings, for the person who wrote them.

use std::fmt;
use std::sync::Arc;

/// Where in the settings something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, or the environment variable.
    pub file: Arc<str>,
    /// Counted from 1; `None` for JSON.
    pub line: Option<usize>,
    /// The way there from the top, as in `route.routes[2].receivers[0]`, counted from 0; empty at the top.
    pub path: String,
}

impl Place {
    /// The whole of a file or a variable.
    pub(super) fn top(file: &str) -> Self {
        Self {
            file: file.into(),
            line: None,
            path: String::new(),
        }
    }

    /// As a sentence names it: `route.routes[2] (settings.toml:23)`.
    pub fn named(&self) -> String {
        match self.line {
            Some(line) => format!("{} ({}:{line})", self.path, self.file),
            None if self.path.is_empty() => self.file.to_string(),
            None => format!("{} ({})", self.path, self.file),
        }
    }

    pub(super) fn member(&self, name: &str, line: Option<usize>) -> Self {
        let bare = !name.is_empty()
            && name
                .bytes()
                .all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-');
        let name = if bare { shown(name) } else { quoted(name) };
        let path = if self.path.is_empty() {
            name
        } else {
            format!("{}.{name}", self.path)
        };
        Self {
            file: Arc::clone(&self.file),
            line,
            path,
        }
    }

    pub(super) fn item(&self, index: usize, line: Option<usize>) -> Self {
        Self {
            file: Arc::clone(&self.file),
            line,
            path: format!("{}[{index}]", self.path),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.line {
            Some(line) => write!(f, ":{line}"),
            None if self.path.is_empty() => Ok(()),
            None => write!(f, ", {}", self.path),
        }
    }
}

/// One thing that is wrong. Never holds a webhook URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where; `None` when something is missing altogether.
    pub place: Option<Place>,
    /// What is wrong, with the value that is.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\n  {hint}"),
            None => Ok(()),
        }
    }
}

/// Every fault of the settings, so that one deploy shows them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError(pub Vec<Finding>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "invalid settings: {one}"),
            faults => {
                write!(f, "invalid settings, {} faults:", faults.len())?;
                faults.iter().try_for_each(|fault| write!(f, "\n{fault}"))
            }
        }
    }
}

impl std::error::Error for SettingsError {}

/// A value as findings show it. What may be a webhook URL is not repeated: people paste it in the wrong place.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 80;
    let lower = value.to_ascii_lowercase();
    if ["://", "hooks.", "services/"]
        .iter()
        .any(|part| lower.contains(part))
    {
        return "(a URL, not repeated here)".to_owned();
    }
    let value: String = value.chars().filter(|c| !c.is_control()).collect();
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value,
    }
}

/// The same in quotes.
pub(super) fn quoted(value: &str) -> String {
    format!("\"{}\"", shown(value))
}

/// `"a", "b"`.
pub(super) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    names.join(", ")
}

/// The name that was most likely meant; `None` when none is near.
pub(crate) fn nearest<'n>(
    written: &str,
    names: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let written = written.to_lowercase();
    let most = written.chars().count() / 3;
    names
        .into_iter()
        .map(|name| (distance(&written, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many letters must be changed, added or left out (Levenshtein); two that changed places count as one.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let changed = at(&row, j) + usize::from(from != to);
            let mut least = changed.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_a_hand_gets_wrong() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("topic", "topic", 0),
            ("tpoic", "topic", 1),
            ("webhok", "webhook", 1),
            ("recievers", "receivers", 1),
            ("kitten", "sitting", 3),
            ("ä", "a", 1),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn offers_a_name_only_when_it_is_near() {
        let names = ["match", "unless", "receivers", "routes"];
        assert_eq!(nearest("reciever", names), Some("receivers"));
        assert_eq!(nearest("Match", names), Some("match"));
        assert_eq!(nearest("route", names), Some("routes"));
        assert_eq!(nearest("channel", names), None);
        assert_eq!(nearest("b", ["a"]), None);
        assert_eq!(nearest("OPS", ["ops"]), Some("ops"));
    }

    #[test]
    fn repeats_no_url() {
        for url in [
            "https://hooks.slack.com/CANARY",
            "hooks.slack.com/CANARY",
            "HTTPS://HOOKS.SLACK.COM/T0/B0/CANARY",
            "/services/T0/B0/CANARY",
            "http://127.0.0.1:9/CANARY",
        ] {
            assert!(!shown(url).contains("CANARY"), "{url}");
        }
        assert_eq!(shown("a\u{7}b\nc"), "abc");
        assert_eq!(shown(&"ä".repeat(100)), format!("{}…", "ä".repeat(80)));
    }
}
