//! Foreign texts made fit to be shown in half a line.

/// A title on one line: runs of white space and control characters become one space. A resource id of AWS Config has up
/// to 768 characters; a header in Slack takes 150.
pub(super) fn title(text: &str) -> String {
    one_line(text, 250)
}

/// On one line, and cut as [`cut`] does.
pub(super) fn one_line(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    cut(&words.join(" "), longest)
}

/// At most so many characters, and `…` where something was cut.
pub(super) fn cut(text: &str, longest: usize) -> String {
    if text.chars().nth(longest).is_none() {
        return text.to_owned();
    }
    text.chars().take(longest).chain(['…']).collect()
}

/// The first few of a list: `a, b, c and 4 more`.
pub(super) fn first_few(names: &[String], shown: usize) -> String {
    let text = names
        .iter()
        .take(shown)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(shown) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_characters_and_say_so() {
        for (text, expected) in [
            ("", ""),
            ("fünf ", "fünf"),
            ("sechs", "sech…"),
            (" a\n\tb\u{0}c ", "a b …"),
        ] {
            assert_eq!(one_line(text, 4), expected, "{text}");
        }
        assert_eq!(cut("grün\u{1F600}!", 5), "grün\u{1F600}…");
    }

    #[test]
    fn lists_are_counted() {
        let names: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(first_few(&names, 3), "a, b, c");
        assert_eq!(first_few(&names, 2), "a, b and 1 more");
        assert_eq!(first_few(&[], 2), "");
    }
}
