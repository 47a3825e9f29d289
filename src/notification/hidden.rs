//! What must not be shown, whatever it came in.
//!
//! Everybody in the channel reads a message, but who has the token of an approval can approve, and who has that of a
//! subscription can confirm it. A message whose shape we know has no field for them; a message that we show as it came
//! may be one of theirs in a shape we did not recognise: cut off, wrapped once more, or of next year.

use crate::tree::{Arena, Node};
use std::borrow::Cow;

/// Stands in the place of what was hidden.
pub(super) const HIDDEN: &str = "(hidden)";

/// A name is looked at this far back, in bytes: longer ones are none of ours.
const LONGEST_NAME: usize = 64;

/// Hides the members with a telling name and the parts of texts, at any depth.
pub(super) fn in_document<'t>(value: &Node<'t>, arena: &'t Arena) -> Node<'t> {
    in_part(value, arena).unwrap_or_else(|| value.clone())
}

/// `None` when there is nothing to hide.
pub(super) fn in_part<'t>(value: &Node<'t>, arena: &'t Arena) -> Option<Node<'t>> {
    match value {
        Node::Text(text) => match in_text(text) {
            Cow::Owned(hidden) => Some(Node::Text(arena.alloc_str(&hidden))),
            Cow::Borrowed(_) => None,
        },
        Node::List(_) => value.changed_items(arena, |item| in_part(item, arena)),
        Node::Object(members) => members
            .changed(arena, |name, member| {
                if is_secret(name) && *member != Node::Null {
                    Some(HIDDEN.into())
                } else {
                    in_part(member, arena)
                }
            })
            .map(Node::Object),
        Node::Null | Node::Bool(_) | Node::Number(_) => None,
    }
}

/// Hides in a text what [`in_document`] hides in a document, also where quotes are escaped or the text is cut off:
/// `"token":"…"`, `Token=…` and what follows `/approve/` in the link to a review.
pub(super) fn in_text(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut done = 0;
    for (at, found) in text.match_indices(['"', '\'', '=', '/', 'F', 'f']) {
        let after = at + found.len();
        let (Some(before), Some(rest)) = (text.get(done..at), text.get(after..)) else {
            continue;
        };
        let hit = match found {
            "=" => after_equals(before, rest),
            "/" => after_approve(before.strip_suffix('\\').unwrap_or(before), rest),
            "F" | "f" => before
                .strip_suffix("%2")
                .and_then(|before| after_approve(before, rest)),
            _ => after_name(before, rest),
        };
        if let Some(Span { skip, length }) = hit {
            shown.push_str(text.get(done..after + skip).unwrap_or_default());
            shown.push_str(HIDDEN);
            done = after + skip + length;
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    shown.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(shown)
}

/// Is this the name of something that opens a door?
fn is_secret(name: &str) -> bool {
    if name.len() > LONGEST_NAME {
        return false;
    }
    let mut name = name.replace(['-', '_', ' '], "");
    name.make_ascii_lowercase();
    ["token", "secret", "password", "apikey"]
        .iter()
        .any(|ending| name.ends_with(ending))
        || matches!(
            name.as_str(),
            "authorization" | "signature" | "subscribeurl" | "unsubscribeurl"
        )
}

/// What to hide in the text after a place, in bytes.
struct Span {
    skip: usize,
    length: usize,
}

/// After the quote that closes a name: `: "…"`.
fn after_name(before: &str, rest: &str) -> Option<Span> {
    if !is_secret(last_word(before.trim_end_matches('\\'))) {
        return None;
    }
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    let skip = rest.len() - value.len();
    value_at(value, &[',', '}', ']']).map(|span| Span {
        skip: skip + span.skip,
        ..span
    })
}

/// After `name=`.
fn after_equals(before: &str, rest: &str) -> Option<Span> {
    if !is_secret(last_word(before)) {
        return None;
    }
    value_at(rest, &['&', '<', '>', ')', ']', ',', ';', '"', '\'', '\\'])
}

/// The value that begins here: a quoted one ends with its quote or its line, another one with one of `ends` or a blank.
fn value_at(value: &str, ends: &[char]) -> Option<Span> {
    let unescaped = value.trim_start_matches('\\');
    let escapes = value.len() - unescaped.len();
    let Some(quote) = unescaped.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        let length = value
            .find(|c: char| c.is_whitespace() || ends.contains(&c))
            .unwrap_or(value.len());
        return (length > 0 && !value.starts_with(['{', '['])).then_some(Span { skip: 0, length });
    };
    let skip = escapes + quote.len_utf8();
    let text = value.get(skip..)?;
    let mut length = text.len();
    for (at, end) in text.match_indices([quote, '\n']) {
        let before = text.get(..at).unwrap_or_default();
        let kept = before.trim_end_matches('\\');
        if end == "\n" {
            length = at;
            break;
        }
        // A quote inside the value is escaped more often than the one that opened it.
        if before.len() - kept.len() <= escapes {
            length = kept.len();
            break;
        }
    }
    Some(Span { skip, length })
}

/// After the slash in `/approve/`.
fn after_approve(before: &str, rest: &str) -> Option<Span> {
    const WORD: &str = "approve";
    let word = before.get(before.len().checked_sub(WORD.len())?..)?;
    let before = before.get(..before.len() - WORD.len())?;
    if !word.eq_ignore_ascii_case(WORD) || !before.ends_with(['/', 'F', 'f']) {
        return None;
    }
    let length = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
        .unwrap_or(rest.len());
    let token = rest.get(..length)?;
    let like_uuid = length >= 8 && token.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let opaque = length >= 20 && token.bytes().any(|b| b.is_ascii_digit());
    (like_uuid || opaque).then_some(Span { skip: 0, length })
}

/// The word at the end of a text; empty when it is too long to be a name.
fn last_word(text: &str) -> &str {
    let length = text
        .bytes()
        .rev()
        .take(LONGEST_NAME + 1)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        .count();
    text.get(text.len() - length..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const UUID: &str = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d";

    #[test]
    fn hides_in_texts() {
        for (text, expected) in [
            (r#"{"token":"UUID","x":1}"#, r#"{"token":"(hidden)","x":1}"#),
            (r#""Token" : "UUID""#, r#""Token" : "(hidden)""#),
            (r#""token":"UUID"#, r#""token":"(hidden)"#),
            (r#""token":"a\"b","x":1"#, r#""token":"(hidden)","x":1"#),
            (
                r#"{\"token\":\"UUID\",\"x\":1}"#,
                r#"{\"token\":\"(hidden)\",\"x\":1}"#,
            ),
            (
                r#"\\\"token\\\": \\\"UUID\\\", x"#,
                r#"\\\"token\\\": \\\"(hidden)\\\", x"#,
            ),
            (
                "{'api_key': 'UUID', 'b': 1}",
                "{'api_key': '(hidden)', 'b': 1}",
            ),
            (r#""secret": 42, "x""#, r#""secret": (hidden), "x""#),
            (
                "\"token\":\"UUID\nnext line",
                "\"token\":\"(hidden)\nnext line",
            ),
            (
                "https://a.example/?Action=x&Token=UUID&b=1",
                "https://a.example/?Action=x&Token=(hidden)&b=1",
            ),
            (
                "<https://a.example/?token=UUID>",
                "<https://a.example/?token=(hidden)>",
            ),
            ("ClientRequestToken='UUID'", "ClientRequestToken='(hidden)'"),
            ("Token=UUID&Token=UUID", "Token=(hidden)&Token=(hidden)"),
            (
                "https://c.example/v#/Prod/Ok/approve/UUID now",
                "https://c.example/v#/Prod/Ok/approve/(hidden) now",
            ),
            (
                r"https:\/\/c.example\/approve\/UUID",
                r"https:\/\/c.example\/approve\/(hidden)",
            ),
            (
                "u=https%3A%2F%2Fc.example%2FApprove%2fUUID%26",
                "u=https%3A%2F%2Fc.example%2FApprove%2f(hidden)%26",
            ),
        ] {
            let text = text.replace("UUID", UUID);
            assert_eq!(in_text(&text), expected, "{text}");
        }
    }

    #[test]
    fn leaves_other_texts_alone() {
        for text in [
            "",
            "token",
            "\"token\"",
            "the \"token\" expired: renew it",
            "\"tokens\": 12",
            "a=b/c, x = y",
            "tokens=5",
            "/approve/build-12",
            "disapprove/1234567890",
            "Token=",
            "\"token\":",
            "größe=\"ä\"",
        ] {
            assert!(matches!(in_text(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_cut_leaves_nothing_of_use() {
        let whole = json!({"approval": {
            "token": UUID,
            "approvalReviewLink": format!("https://console.aws.amazon.com/c#/Prod/Ok/approve/{UUID}"),
        }});
        for whole in [whole.to_string(), json!(whole.to_string()).to_string()] {
            for (end, _) in whole.char_indices() {
                let shown = in_text(&whole[..end]);
                assert!(!shown.contains(&UUID[..9]), "{shown}");
            }
        }
    }

    #[test]
    fn hides_at_any_depth_of_a_document() {
        let document = json!({
            "a": [{"Secret-Key-Password": {"x": 1}, "SubscribeURL": "https://a.example", "token": null}],
            "b": {"note": format!("see /approve/{UUID}"), "tokens": 3},
        });
        let arena = Arena::new();
        let hidden = in_document(&Node::from(&document), &arena);
        assert_eq!(
            hidden.to_value(),
            json!({
                "a": [{"Secret-Key-Password": "(hidden)", "SubscribeURL": "(hidden)", "token": null}],
                "b": {"note": "see /approve/(hidden)", "tokens": 3},
            })
        );
    }

    #[test]
    fn stays_quick_on_hostile_texts() {
        for piece in [
            "\"",
            "'token': '",
            "\\",
            "\"token\":",
            "Token=",
            "/approve/",
            "aF%2",
            "\\\"token\\\" ",
        ] {
            let text = piece.repeat(256_000 / piece.len());
            let started = std::time::Instant::now();
            let _ = in_text(&text);
            // Linear work takes milliseconds even unoptimised; quadratic work takes minutes.
            assert!(started.elapsed().as_secs() < 5, "{piece}");
        }
    }
}
