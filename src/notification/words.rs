//! Foreign texts made fit for a reader: cut, on one line, as titles, and names in words.

use std::iter;

/// The longest title, in characters. A resource id of AWS Config has up to 768.
const LONGEST_TITLE: usize = 250;
/// The longest first line that is a title, in characters: the whole text is shown below it.
const LONGEST_FIRST_LINE: usize = 150;

/// At most so many characters; a cut shows as an ellipsis, which counts as one of them.
pub(super) fn cut(text: &str, at_most: usize) -> String {
    if text.chars().nth(at_most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(at_most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// On one line, where runs of white space and control characters are one space; and cut as [`cut`] does.
pub(super) fn one_line(text: &str, at_most: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    cut(&words.join(" "), at_most)
}

/// A title that was put together from foreign parts, on one line.
pub(super) fn title(text: &str) -> String {
    one_line(text, LONGEST_TITLE)
}

/// The first line that is not blank, as a title; `None` when there is none.
pub(super) fn first_line(text: &str) -> Option<String> {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .map(|line| cut(line, LONGEST_FIRST_LINE))
}

/// The first line that is not blank and what follows it; `None` when there is none, and when it is too long to be a title in
/// full: cut there, it would have to be said again below.
pub(super) fn title_and_rest(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let first = first.trim_end();
    let fits = !first.is_empty() && first.chars().nth(LONGEST_FIRST_LINE).is_none();
    fits.then(|| (first, rest.trim_matches(['\n', '\r'])))
}

/// The first few of a list: `a, b, c and 4 more`.
pub(super) fn first_few(
    texts: impl ExactSizeIterator<Item = impl AsRef<str>>,
    shown: usize,
) -> String {
    let more = texts.len().saturating_sub(shown);
    let mut line = String::new();
    for (index, text) in texts.take(shown).enumerate() {
        if index > 0 {
            line.push_str(", ");
        }
        line.push_str(text.as_ref());
    }
    match more {
        0 => line,
        more => format!("{line} and {more} more"),
    }
}

/// `resource_type`, `resource-type` and `resourceType` as `resource type`; words in capitals stay: `AWS account ID`.
/// A name that is no identifier was written for people, and stays as it is.
pub(super) fn readable(name: &str) -> String {
    const LONGEST: usize = 60;
    const CAPITALS: [&str; 16] = [
        "API", "ARN", "AWS", "CPU", "DNS", "EC2", "HTTP", "IAM", "ID", "IP", "RDS", "S3", "SNS",
        "SQS", "URL", "VPC",
    ];
    let name = name.trim();
    let of_identifier = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if name.chars().nth(LONGEST).is_some() || !name.chars().all(of_identifier) {
        return cut(name, LONGEST);
    }
    let mut words = String::with_capacity(2 * name.len());
    for word in name.split(['_', '-']).flat_map(before_capitals) {
        if !words.is_empty() {
            words.push(' ');
        }
        let capitals = word.to_uppercase();
        let all_capitals = word == capitals && word.chars().count() > 1;
        if all_capitals || CAPITALS.contains(&capitals.as_str()) {
            words.push_str(&capitals);
        } else {
            words.push_str(&word.to_lowercase());
        }
    }
    words
}

/// `AWSAccountId` in its words, `AWS`, `Account` and `Id`.
fn before_capitals(mut name: &str) -> impl Iterator<Item = &str> {
    iter::from_fn(move || {
        let (word, rest) = name.split_at_checked(first_word(name))?;
        name = rest;
        (!word.is_empty()).then_some(word)
    })
}

/// Where the first word of `AWSAccountId` ends, in bytes: before a capital after a small letter or a digit, and before the
/// last of several capitals that a small letter follows.
fn first_word(name: &str) -> usize {
    let mut before: Option<char> = None;
    let mut letters = name.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let small_before = before.is_some_and(|c| c.is_lowercase() || c.is_ascii_digit());
        let capital_before = before.is_some_and(char::is_uppercase);
        let small_after = letters.peek().is_some_and(|(_, c)| c.is_lowercase());
        if letter.is_uppercase() && (small_before || (capital_before && small_after)) {
            return at;
        }
        before = Some(letter);
    }
    name.len()
}

/// With a capital at the beginning.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
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
            ("grün\u{1F600}!x", 6, "grün\u{1F600}…"),
            ("", 3, ""),
        ] {
            assert_eq!(cut(text, at_most), expected, "{text}");
        }
    }

    #[test]
    fn one_line_has_no_other_blanks_than_spaces() {
        for (text, expected) in [
            ("", ""),
            (" \n\t", ""),
            ("fünf \n", "fünf"),
            (" a\n\tb\u{0}c ", "a b c"),
            ("sieben!", "siebe…"),
        ] {
            assert_eq!(one_line(text, 6), expected, "{text}");
        }
        assert_eq!(title(&"é\n".repeat(200_000)).chars().count(), 250);
    }

    #[test]
    fn takes_the_first_line_that_says_something() {
        assert_eq!(
            first_line(" \n\n  Disk full \nmore").as_deref(),
            Some("Disk full")
        );
        assert_eq!(first_line(" \n\t\n"), None);
        let long = first_line(&"é".repeat(200_000)).unwrap();
        assert_eq!(long.chars().count(), 150);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn a_first_line_is_a_title_only_in_full() {
        for (text, expected) in [
            (
                "\n  Disk full \n\n  by logs\n",
                Some(("Disk full", "  by logs")),
            ),
            ("Disk full", Some(("Disk full", ""))),
            (" \n", None),
            ("", None),
        ] {
            assert_eq!(title_and_rest(text), expected, "{text}");
        }
        assert!(title_and_rest(&"é".repeat(150)).is_some());
        assert_eq!(title_and_rest(&"é".repeat(151)), None);
    }

    #[test]
    fn lists_are_counted() {
        let names = ["a", "b", "c"];
        assert_eq!(first_few(names.iter(), 3), "a, b, c");
        assert_eq!(first_few(names.iter(), 2), "a, b and 1 more");
        assert_eq!(first_few([""; 0].iter(), 2), "");
    }

    #[test]
    fn identifiers_are_words() {
        for (name, expected) in [
            ("resource_type", "resource type"),
            ("resource-type", "resource type"),
            ("resourceType", "resource type"),
            ("AWSAccountId", "AWS account ID"),
            (
                "SomethingNewAboutS3AndIAMPolicies",
                "something new about S3 and IAM policies",
            ),
            ("größeÄndern", "größe ändern"),
            ("Event Message", "Event Message"),
            ("a.b", "a.b"),
            ("__", ""),
            ("", ""),
        ] {
            assert_eq!(readable(name), expected, "{name}");
        }
        assert_eq!(capital("ändern"), "Ändern");
        assert_eq!(capital(""), "");
    }
}
