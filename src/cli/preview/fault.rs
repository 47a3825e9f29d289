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

impl Fault {
    /// `text` is that of the file which the finding names.
    pub(super) fn new(finding: Finding, text: Option<&str>) -> Self {
        let line = finding.place.as_ref().and_then(|place| place.line);
        let lines = match (line, text) {
            (Some(line), Some(text)) => around(line, text),
            _ => Vec::new(),
        };
        Self { finding, lines }
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

    /// The number of the line that is marked: of what is missing at the end, the last.
    pub(super) fn marked(&self) -> Option<usize> {
        let line = self.finding.place.as_ref()?.line?;
        let (last, _) = self.lines.last()?;
        Some(line.min(*last))
    }
}

fn around(line: usize, text: &str) -> Vec<(usize, String)> {
    let line = line.min(text.lines().count());
    let first = line.saturating_sub(AROUND).max(1);
    let numbered = text.lines().enumerate().map(|(index, it)| (index + 1, it));
    numbered
        .skip(first - 1)
        .take_while(|(number, _)| *number <= line + AROUND)
        .map(|(number, it)| (number, without_url(it)))
        .collect()
}

/// A webhook's URL is a secret, and settings may have one.
fn without_url(line: &str) -> String {
    let lower = line.to_ascii_lowercase();
    if ["hooks.", "services/"].iter().any(|it| lower.contains(it)) {
        return "(a line with a URL, not repeated here)".to_owned();
    }
    line.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_line_and_its_neighbours_but_no_webhook() {
        let text = "one\ntwo\nwebhook = \"https://HOOKS.example/CANARY\"\nfour\nfive\nsix";
        let numbers = |line| -> Vec<usize> {
            let lines = around(line, text).into_iter();
            lines.map(|(number, _)| number).collect()
        };
        assert_eq!(numbers(1), [1, 2, 3]);
        assert_eq!(numbers(4), [2, 3, 4, 5, 6]);
        assert_eq!(numbers(6), [4, 5, 6]);
        assert_eq!(numbers(99), [4, 5, 6]);
        assert_eq!(around(1, ""), []);
        assert!(!format!("{:?}", around(3, text)).contains("CANARY"));
    }
}
