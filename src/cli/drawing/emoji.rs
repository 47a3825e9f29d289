//! Emoji: Slack's short codes and the signs that they stand for.
//!
//! The table has the names that Slack knows and no others, so that a name of another system (`:green_circle:`) stays text here as
//! it does there. Emoji that a workspace has made itself are unknown here.

use std::collections::HashMap;
use std::sync::LazyLock;

static SIGNS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("emoji.txt")
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect()
});

/// An emoji that was written as its short code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Emoji {
    /// Without colons.
    pub(crate) code: &'static str,
    pub(crate) sign: &'static str,
}

/// The emoji that a text begins with, and what comes after it. A skin tone goes with it and is not shown.
pub(super) fn at_start(text: &str) -> Option<(Emoji, &str)> {
    let (code, rest) = text.strip_prefix(':')?.split_once(':')?;
    let (code, sign) = SIGNS.get_key_value(code)?;
    let toned = rest.strip_prefix(":skin-tone-").and_then(|tone| {
        let rest = tone.strip_prefix(['2', '3', '4', '5', '6'])?;
        rest.strip_prefix(':')
    });
    Some((Emoji { code, sign }, toned.unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, &str)>) {
        let found = at_start(text).map(|(emoji, rest)| (emoji.sign, rest));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn names_are_those_of_slack() {
        check(":large_green_circle: ok", Some(("🟢", " ok")));
        check(":warning:", Some(("⚠\u{fe0f}", "")));
        check(":+1::skin-tone-3:!", Some(("👍", "!")));
        check(":+1::skin-tone-9:", Some(("👍", ":skin-tone-9:")));
        check(":flag-de:", Some(("🇩🇪", "")));
        // GitHub's name.
        check(":green_circle:", None);
        check(":our-own-parrot:", None);
        check(":30:00", None);
        check("::", None);
        check(": warning:", None);
        check("warning:", None);
    }

    #[test]
    fn every_line_of_the_table_is_a_code_and_a_sign() {
        assert!(SIGNS.len() > 1_900, "{}", SIGNS.len());
        for (code, sign) in SIGNS.iter().filter(|(code, _)| **code != "#") {
            assert!(at_start(&format!(":{code}:")).is_some(), "{code}");
            assert!(!sign.contains(' ') && !sign.is_ascii(), "{code} {sign}");
        }
    }
}
