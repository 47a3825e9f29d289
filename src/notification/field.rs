//! Named values that a template shows in order, and texts cut to what a reader takes in.

use serde::Serialize;

/// The longest value of a field, in characters: two fields fit side by side in a message.
const LONGEST_VALUE: usize = 300;
/// The longest title, in characters: what a notification on a phone shows, and Slack's bound for a header.
const LONGEST_TITLE: usize = 150;

/// A value with its name, ready to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// As a person reads it: `Availability zone`.
    pub name: String,
    /// Never empty; cut to 300 characters, with an ellipsis at the cut.
    pub value: String,
}

impl Field {
    /// `None` when the value is blank: there is nothing to show.
    pub(super) fn new(name: impl Into<String>, value: &str) -> Option<Self> {
        let value = value.trim();
        (!value.is_empty()).then(|| Self {
            name: name.into(),
            value: shorten(value, LONGEST_VALUE),
        })
    }

    /// Does a value of this length fit without a cut?
    pub(super) fn fits(value: &str) -> bool {
        value.trim().chars().nth(LONGEST_VALUE).is_none()
    }
}

/// The first line that is not blank, as a title; `None` when there is none.
pub(super) fn title(text: &str) -> Option<String> {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(|line| shorten(line, LONGEST_TITLE))
}

/// At most so many characters; a cut shows as an ellipsis, which counts as one of them.
pub(super) fn shorten(text: &str, at_most: usize) -> String {
    if text.chars().nth(at_most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(at_most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_characters_and_shows_the_cut() {
        for (text, at_most, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("äöüß", 3, "äö…"),
            ("a bcd", 3, "a…"),
            ("", 3, ""),
        ] {
            assert_eq!(shorten(text, at_most), expected, "{text}");
        }
    }

    #[test]
    fn takes_the_first_line_that_says_something() {
        assert_eq!(
            title(" \n\n  Disk full \nmore").as_deref(),
            Some("Disk full")
        );
        assert_eq!(title(" \n\t\n"), None);
        let long = title(&"é".repeat(200_000)).unwrap();
        assert_eq!(long.chars().count(), 150);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn a_blank_value_is_no_field() {
        assert_eq!(Field::new("A", " \n"), None);
        assert_eq!(Field::new("A", " b ").unwrap().value, "b");
    }
}
