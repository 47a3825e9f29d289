//! Mentions: the markup that notifies people.

use std::fmt;

/// Somebody whom a message notifies: `<!here>`, `<!channel>`, `<!everyone>`, a user group `<!subteam^S…>` or a person `<@U…>`
/// (page "Formatting text for app surfaces", "Mentioning groups"). Names such as `@ops` notify nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention(String);

/// Mentions that several messages share out: each stands once, in the first message that it belongs to.
#[derive(Debug, Default)]
pub struct Mentioned(Vec<Mention>);

impl Mentioned {
    /// Those of the next message that have not been in one before; more than fit are left to the messages after it.
    pub fn next<'m>(&mut self, mentions: impl Iterator<Item = &'m Mention>) -> Vec<Mention> {
        let from = self.0.len();
        for mention in mentions {
            if self.0.len() - from < Mention::MOST && !self.0.contains(mention) {
                self.0.push(mention.clone());
            }
        }
        self.0.split_at(from).1.to_vec()
    }
}

impl Mention {
    /// The most that one message has: what they add to it is bounded by [`super::limits::MENTIONS`].
    pub const MOST: usize = 15;

    /// Takes a mention as Slack writes it, and nothing else.
    pub fn parse(text: &str) -> Result<Self, MentionError> {
        if is_mention(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(MentionError {
                meant: meant(text).filter(|meant| is_mention(meant)),
            })
        }
    }

    /// As Slack reads it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Mention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no mention: says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionError {
    meant: Option<String>,
}

impl fmt::Display for MentionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.meant {
            Some(meant) => write!(f, "did you mean \"{meant}\"?"),
            None => f.write_str(
                "write \"<!here>\", \"<!channel>\", \"<!everyone>\", \"<!subteam^S…>\" with a user group's id, or \"<@U…>\" with a member's id \
                 (in Slack: profile, \"Copy member ID\"); names notify nobody",
            ),
        }
    }
}

impl std::error::Error for MentionError {}

fn is_mention(text: &str) -> bool {
    let Some(inner) = text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
    else {
        return false;
    };
    match inner.strip_prefix("!subteam^") {
        Some(group) => is_id(group, &['S']),
        None => match inner.strip_prefix('@') {
            Some(member) => is_id(member, &['U', 'W']),
            None => matches!(inner, "!here" | "!channel" | "!everyone"),
        },
    }
}

fn is_id(text: &str, first: &[char]) -> bool {
    text.starts_with(first)
        && (2..=20).contains(&text.len())
        && text
            .bytes()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// `@here`, `!here` and a bare id are easily understood.
fn meant(text: &str) -> Option<String> {
    let bare = text.trim().trim_matches(['<', '>', '@', '!']);
    let bare = bare.strip_prefix("subteam^").unwrap_or(bare);
    let bare = bare.split('|').next().unwrap_or(bare);
    let lower = bare.to_ascii_lowercase();
    if matches!(lower.as_str(), "here" | "channel" | "everyone") {
        return Some(format!("<!{lower}>"));
    }
    // Ids have digits; a name in capitals most often has none.
    if !bare.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    match bare.chars().next()? {
        'S' => Some(format!("<!subteam^{bare}>")),
        'U' | 'W' => Some(format!("<@{bare}>")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slack::escape::utf16;
    use crate::slack::limits;

    #[test]
    fn takes_what_slack_reads_as_a_mention() {
        for text in [
            "<!here>",
            "<!channel>",
            "<!everyone>",
            "<!subteam^S0123ABC>",
            "<@U012AB3CD>",
            "<@W012AB3CD>",
        ] {
            assert_eq!(Mention::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn says_what_to_write_instead() {
        for (text, expected) in [
            ("@here", "\"<!here>\"?"),
            ("<@channel>", "\"<!channel>\"?"),
            ("<!Here>", "\"<!here>\"?"),
            ("S0123ABC", "\"<!subteam^S0123ABC>\"?"),
            ("<@S0123ABC>", "\"<!subteam^S0123ABC>\"?"),
            ("<!subteam^S0123ABC|@ops>", "\"<!subteam^S0123ABC>\"?"),
            ("@U012AB3CD", "\"<@U012AB3CD>\"?"),
            ("@ops", "names notify nobody"),
            ("@SUPPORT", "names notify nobody"),
            ("#general", "names notify nobody"),
            ("<https://example.org|x>", "names notify nobody"),
            ("<!here> <!channel>", "names notify nobody"),
            ("<@U012|<!here>", "\"<@U012>\"?"),
            ("", "names notify nobody"),
        ] {
            let error = Mention::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_most_mentions_stay_inside_what_is_kept_free_for_them() {
        let longest = Mention::parse("<!subteam^S0123456789012345678>").unwrap();
        assert!(Mention::parse("<!subteam^S01234567890123456789>").is_err());
        assert!((utf16(longest.as_str()) + 1) * Mention::MOST <= limits::MENTIONS);
    }
}
