//! Whether a value of a context is one of those that a route names.

use std::fmt;
use std::str::Chars;

use tera::Value;

use crate::context::{Context, as_json};

/// A pattern: `*` is any text, also none and also across `/`; `?` is one character; every other character is itself, in
/// upper or lower case as written. The whole value must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// Takes any text but one with `[` or `{`: those mean more in other globs, and would silently match nothing here.
    pub fn parse(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        if text.contains(['[', '{']) {
            return Err(GlobError::Unsupported);
        }
        Ok(Self(text.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Does the whole text match?
    pub fn matches(&self, text: &str) -> bool {
        let (mut glob, mut text) = (self.0.chars(), text.chars());
        // What follows the last `*`, and the text that it is tried with: again one character later when it does not fit.
        let mut star: Option<(Chars<'_>, Chars<'_>)> = None;
        loop {
            let (mut glob_after, mut text_after) = (glob.clone(), text.clone());
            let Some(c) = text_after.next() else {
                return glob.all(|sign| sign == '*');
            };
            match glob_after.next() {
                Some('*') => {
                    star = Some((glob_after.clone(), text.clone()));
                    glob = glob_after;
                }
                Some(sign) if sign == '?' || sign == c => (glob, text) = (glob_after, text_after),
                _ => {
                    let Some((after_star, begin)) = &mut star else {
                        return false;
                    };
                    begin.next();
                    (glob, text) = (after_star.clone(), begin.clone());
                }
            }
        }
    }

    /// Does it match one text only?
    pub fn is_literal(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// Is it easy to see that it matches all that the other one does? `false` says nothing.
    pub fn covers(&self, other: &Self) -> bool {
        self == other || self.0 == "*" || (other.is_literal() && self.matches(&other.0))
    }
}

/// Why a text is no glob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlobError {
    /// It would match the empty text only, which no value is.
    Empty,
    /// It has `[` or `{`.
    Unsupported,
}

/// One key of a route's `match` or `unless`: a value of the context and what it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matcher {
    path: String,
    globs: Vec<Glob>,
}

impl Matcher {
    /// For a path of the context, such as `kind` or `alarm.metric.namespace`, and what its value may be.
    pub fn new(path: &str, globs: Vec<Glob>) -> Self {
        Self {
            path: path.to_owned(),
            globs,
        }
    }

    /// The path of the value in the context.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Is the value one of those named? Null and absent match nothing, not even `*`. Of a list one item is enough. A number
    /// is compared as it is written in JSON, and true and false as words.
    pub fn matches(&self, context: &Context) -> bool {
        let Some(value) = self.value(context) else {
            return false;
        };
        match value.as_array() {
            Some(items) => items.iter().any(|item| self.one(item)),
            None => self.one(value),
        }
    }

    /// Would this text match?
    pub fn takes(&self, text: &str) -> bool {
        self.globs.iter().any(|glob| glob.matches(text))
    }

    /// What the context says; `None` when there is no such path.
    pub fn value<'c>(&self, context: &'c Context) -> Option<&'c Value> {
        context.get(&self.path)
    }

    fn one(&self, value: &Value) -> bool {
        let any = |text: &str| self.globs.iter().any(|glob| glob.matches(text));
        match value.as_str() {
            Some(text) => any(text),
            None => (value.is_number() || value.is_bool()) && any(&as_json(value).to_string()),
        }
    }

    /// Is it easy to see that both never hold for the same value? `false` says nothing.
    pub fn excludes(&self, other: &Self) -> bool {
        let apart = |a: &Glob, b: &Glob| {
            (a.is_literal() && !b.matches(&a.0)) || (b.is_literal() && !a.matches(&b.0))
        };
        self.path == other.path
            && self
                .globs
                .iter()
                .all(|a| other.globs.iter().all(|b| apart(a, b)))
    }

    /// Is it easy to see that it holds whenever the other one does? `false` says nothing.
    pub fn covers(&self, other: &Self) -> bool {
        self.path == other.path
            && other
                .globs
                .iter()
                .all(|glob| self.globs.iter().any(|own| own.covers(glob)))
    }
}

/// As in the settings: `name = "prod-*"`, `state = ["ALARM", "OK"]`.
impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.contains('.') {
            write!(f, "\"{}\" = ", self.path)?;
        } else {
            write!(f, "{} = ", self.path)?;
        }
        match self.globs.as_slice() {
            [one] => write!(f, "\"{}\"", one.0),
            globs => {
                f.write_str("[")?;
                for (index, glob) in globs.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}\"{}\"", glob.0)?;
                }
                f.write_str("]")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::parse(text).unwrap()
    }

    #[test]
    fn globs_match_whole_texts() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "A", false),
            ("a", "ab", false),
            ("a", "", false),
            ("*", "", true),
            ("*", "anything at all\nin two lines", true),
            ("?", "ä", true),
            ("?", "🪴", true),
            ("?", "", false),
            ("?", "ab", false),
            ("prod-*", "prod-", true),
            ("prod-*", "prod-a/b/c", true),
            ("prod-*", "my-prod-a", false),
            (
                "*:critical",
                "arn:aws:sns:eu-west-1:123456789012:critical",
                true,
            ),
            (
                "*:critical",
                "arn:aws:sns:eu-west-1:123456789012:criticals",
                false,
            ),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*a?c*", "xxabcabdabc", true),
            ("**", "x", true),
            ("AWS/*", "AWS/Billing", true),
            (".*", "abc", false),
            ("a+", "aa", false),
            ("a\\*", "a*", false),
        ] {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} {text}");
        }
        assert_eq!(Glob::parse(""), Err(GlobError::Empty));
        assert_eq!(Glob::parse("prod-[ab]"), Err(GlobError::Unsupported));
        assert_eq!(Glob::parse("{a,b}"), Err(GlobError::Unsupported));
    }

    #[test]
    fn covering_is_seen_where_it_is_easy_to_see() {
        for (own, other, expected) in [
            ("a", "a", true),
            ("a*", "a*", true),
            ("*", "a?b", true),
            ("a*", "abc", true),
            ("a?", "ab", true),
            ("a", "b", false),
            ("a", "*", false),
            ("a*", "b*", false),
            // True, but not easy to see.
            ("a*", "ab*", false),
        ] {
            let covers = glob(own).covers(&glob(other));
            assert_eq!(covers, expected, "{own} {other}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let text = "a".repeat(4000);
        assert!(!glob(&format!("{}b", "*a".repeat(50))).matches(&text));
    }

    #[test]
    fn exclusion_is_seen_where_it_is_easy_to_see() {
        for (own, other, expected) in [
            ("a", "b", true),
            ("a", "b*", true),
            ("b*", "a", true),
            ("a", "a", false),
            ("ab", "a*", false),
            ("a*", "ab", false),
            // True, but not easy to see.
            ("a*", "b*", false),
        ] {
            let matcher = |path, text| Matcher::new(path, vec![glob(text)]);
            let excludes = matcher("state", own).excludes(&matcher("state", other));
            assert_eq!(excludes, expected, "{own} {other}");
            assert!(!matcher("state", own).excludes(&matcher("name", other)));
        }
    }

    #[test]
    fn a_matcher_is_shown_as_it_is_written() {
        let shown = |path, globs: &[&str]| {
            Matcher::new(path, globs.iter().map(|text| glob(text)).collect()).to_string()
        };
        assert_eq!(shown("name", &["prod-*"]), "name = \"prod-*\"");
        assert_eq!(shown("alarm.type", &["a"]), "\"alarm.type\" = \"a\"");
        assert_eq!(
            shown("state", &["ALARM", "OK", "x"]),
            "state = [\"ALARM\", \"OK\", \"x\"]"
        );
    }

    #[test]
    fn a_matcher_says_what_it_looks_at_and_takes() {
        let matcher = Matcher::new("state", vec![glob("OK"), glob("A*")]);
        assert_eq!(matcher.path(), "state");
        assert!(matcher.takes("OK") && matcher.takes("ALARM"));
        assert!(!matcher.takes("INSUFFICIENT_DATA"));
    }

    fn naive(glob: &[char], text: &[char]) -> bool {
        match glob.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => {
                (0..=text.len()).any(|taken| naive(rest, text.get(taken..).unwrap()))
            }
            Some((sign, rest)) => text
                .split_first()
                .is_some_and(|(first, text)| (*sign == '?' || sign == first) && naive(rest, text)),
        }
    }

    proptest! {
        #[test]
        fn globs_agree_with_the_definition(pattern in "[ab*?]{1,8}", text in "[abc]{0,10}") {
            let signs: Vec<char> = pattern.chars().collect();
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(glob(&pattern).matches(&text), naive(&signs, &chars));
        }

        #[test]
        fn a_glob_that_covers_another_matches_all_that_it_does(
            own in "[ab*?]{1,3}", other in "[ab*?]{1,3}", text in "[ab]{0,3}",
        ) {
            if glob(&own).covers(&glob(&other)) && glob(&other).matches(&text) {
                prop_assert!(glob(&own).matches(&text));
            }
        }
    }
}
