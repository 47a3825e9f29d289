//! What is wrong with a file, with the lines around it.

use crate::settings::Finding;

/// So many lines are shown before and after the one that is wrong.
const AROUND: usize = 2;

/// Something that stops a message from being what its author wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) finding: Finding,
    /// The line that is wrong and those around it, with their numbers; empty when it is not known where.
    pub(super) lines: Vec<(usize, String)>,
}

/// Keys whose values are no secrets.
const HARMLESS: [&str; 13] = [
    "continue",
    "delivery",
    "digest",
    "ignore",
    "match",
    "mention",
    "receivers",
    "retry_horizon_hours",
    "route",
    "routes",
    "template",
    "timeout_seconds",
    "unless",
];

/// What makes a line one that may hold a secret.
const TELLTALE: [&str; 5] = ["webhook", "proxy", "://", "hooks", "services/"];

impl Fault {
    /// Of a template, with its text.
    pub(super) fn of_template(finding: Finding, text: Option<&str>) -> Self {
        Self::new(finding, text.map(|text| text.lines().collect()))
    }

    /// Of the settings, with their text.
    pub(super) fn of_settings(finding: Finding, text: Option<&str>) -> Self {
        Self::new(finding, text.map(without_secrets))
    }

    /// Without a place.
    pub(super) fn of(message: String) -> Self {
        let finding = Finding {
            place: None,
            message,
            hint: None,
        };
        Self::new(finding, None)
    }

    fn new(finding: Finding, lines: Option<Vec<&str>>) -> Self {
        let line = finding.place.as_ref().and_then(|place| place.line);
        let lines = match (line, lines) {
            (Some(line), Some(lines)) => around(line, &lines),
            _ => Vec::new(),
        };
        Self { finding, lines }
    }

    /// The number of the line that is marked: of what is missing at the end, the last.
    pub(super) fn marked(&self) -> Option<usize> {
        let line = self.finding.place.as_ref()?.line?;
        let (last, _) = self.lines.last()?;
        Some(line.min(*last))
    }
}

fn around(line: usize, lines: &[&str]) -> Vec<(usize, String)> {
    let line = line.min(lines.len());
    let first = line.saturating_sub(AROUND).max(1);
    let numbered = lines.iter().enumerate().map(|(index, it)| (index + 1, it));
    numbered
        .skip(first - 1)
        .take_while(|(number, _)| *number <= line + AROUND)
        .map(|(number, it)| (number, (*it).to_owned()))
        .collect()
}

/// The lines of settings. A webhook's URL is a secret, and so is whatever stands in its place by mistake: a line is only
/// repeated when it is plainly neither.
fn without_secrets(text: &str) -> Vec<&str> {
    let mut fence = None;
    let mut hidden = false;
    let lines = text.lines().map(|line| {
        let lower = line.to_ascii_lowercase();
        let inside = fence.is_some();
        for quotes in [r#"""""#, "'''"] {
            if fence.is_none_or(|open| open == quotes) && line.matches(quotes).count() % 2 == 1 {
                fence = fence.is_none().then_some(quotes);
            }
        }
        // What has no key of its own belongs to the one before it.
        if !inside && let Some(key) = key(&lower) {
            hidden = !key.is_empty() && !HARMLESS.contains(&key);
        }
        let telltale = TELLTALE.iter().any(|it| lower.contains(it));
        if inside || fence.is_some() || hidden || telltale {
            "(not repeated here: it may hold a secret)"
        } else {
            line
        }
    });
    lines.collect()
}

/// What stands before the first `=` or `:`, without what it is in; empty for the head of a table.
fn key(line: &str) -> Option<&str> {
    let line = line.trim();
    let is_head = line.starts_with('[') && line.ends_with(']');
    if is_head && !line.contains(['"', '\'', ',', '=']) {
        return Some("");
    }
    let (key, _) = line.split_once(['=', ':'])?;
    let key = key.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
    key.rsplit(['.', '"', '\'']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_line_and_its_neighbours() {
        let lines = ["one", "two", "three", "four", "five", "six"];
        let numbers = |line| -> Vec<usize> {
            let lines = around(line, &lines).into_iter();
            lines.map(|(number, _)| number).collect()
        };
        assert_eq!(numbers(1), [1, 2, 3]);
        assert_eq!(numbers(4), [2, 3, 4, 5, 6]);
        assert_eq!(numbers(6), [4, 5, 6]);
        assert_eq!(numbers(99), [4, 5, 6]);
        assert_eq!(around(1, &[]), []);
    }

    #[test]
    fn a_secret_is_never_shown() {
        let host = ["hooks", "example"].join(".");
        for secret in [
            "webhook = \"https://HOST/services/CANARY\"",
            "webhook = \"https://chat.example/CANARY\"",
            "webhook = \"xoxb-CANARY\"",
            "webhook = xoxb-CANARY",
            "webhok = \"CANARY\"",
            "receivers.a.webhook = 'CANARY'",
            "receivers = { a = { webhook = \"CANARY\" } }",
            "# webhook = \"CANARY\"",
            "proxy = \"http://me:CANARY@proxy.example\"",
            "webhook = \"\"\"https://HOST\\\n  /T0/CANARY\"\"\"",
            "webhook = '''\nCANARY\n'''",
            "webhook = [\n  \"CANARY\",\n]",
            "webhook = \"https://\\\n CANARY\"",
            "{\"receivers\": {\"a\": {\"webhook\": \"CANARY\"}}}",
            "  \"webhook\":\n    \"CANARY\"",
            "\"123456789012\" = \"CANARY\"",
        ] {
            let secret = secret.replace("HOST", &host);
            let text = format!("[receivers.a]\n{secret}\n[route]\nreceivers = [\"b\"]");
            let shown = without_secrets(&text).join("\n");
            assert!(!shown.contains("CANARY"), "{shown}");
            assert_eq!(shown.lines().count(), text.lines().count(), "{shown}");
            assert!(shown.starts_with("[receivers.a]\n"), "{shown}");
            assert!(shown.ends_with("\n[route]\nreceivers = [\"b\"]"), "{shown}");
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        let text = "[route]\nreceivers = [\n  \"a\",\n]\n[[route.routes]]\nmatch = { kind = \"text\" }\n\"route\": {\n}";
        assert_eq!(without_secrets(text).join("\n"), text);
    }
}
