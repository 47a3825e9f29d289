//! The Slack payload, inside Slack's limits or not at all.

mod build;
mod mentions;

use std::fmt;

use serde_json::Value;

use self::build::Build;
use super::escape::{self, Marked};
use super::limits::{self, Violation};
use crate::tree::{self, Arena, Document, Members, Node};

/// A payload that Slack should take: `text`, `blocks` and `attachments`, finished, shortened where they were too long, and
/// checked. Unfurling and the parsing of names are always off.
#[derive(Debug, Clone, PartialEq)]
pub struct Message(Document);

/// More than most payloads have, in bytes of JSON.
const USUAL_LENGTH: usize = 6 * 1024;

/// More than most payloads need of an arena, in bytes.
const USUAL_ARENA: usize = 12 * 1024;

/// Why a rendered template is no message. For its author: says where and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageError {
    /// The rendered text is not JSON. The line is one of the rendered text, as is `near`, which has no values in it.
    NotJson {
        /// What the parser says.
        problem: String,
        /// The part of the line where it stopped.
        near: String,
    },
    /// A part of the payload is wrong.
    Wrong(Violation),
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson { problem, near } => {
                write!(f, "what it renders is not JSON: {problem}, near `{near}`")?;
                if near.contains('‹') {
                    f.write_str("; a value must stand inside double quotes")?;
                }
                Ok(())
            }
            Self::Wrong(violation) => violation.fmt(f),
        }
    }
}

impl std::error::Error for MessageError {}

impl Message {
    /// From what a template rendered. The warnings say what was shortened or left out.
    pub fn from_rendered(rendered: &str) -> Result<(Self, Vec<String>), MessageError> {
        // Nulls are dropped so that authors need no comma tricks.
        let arena = Arena::with_capacity(USUAL_ARENA);
        let payload = tree::read_without_nulls(rendered, &arena)
            .map_err(|error| not_json(rendered, &error))?;
        Self::from_marked(&payload)
    }

    /// A message of nothing but `text`: the last rung, for when no template gives one, and for when Slack refuses the
    /// message that it gave.
    pub fn minimal(lines: &[String]) -> Self {
        let text = Marked::foreign(&lines.join("\n"))
            .mrkdwn(limits::SECTION, false, String::new())
            .map_or_else(|_| String::new(), |finished| finished.text);
        let text = if text.trim().is_empty() {
            "A notification without any text".to_owned()
        } else {
            text
        };
        Self(Document::of(&Node::Object(payload(
            &Arena::new(),
            &text,
            None,
            None,
        ))))
    }

    /// The payload as Slack gets it.
    pub fn payload(&self) -> Value {
        self.0.node().to_value()
    }

    /// The payload as JSON text.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(USUAL_LENGTH);
        self.0.node().write(&mut out);
        out
    }

    /// The one line that notifications and screen readers show.
    pub fn text(&self) -> &str {
        let text = self.0.node().get("text");
        text.and_then(Node::as_str).unwrap_or_default()
    }

    fn from_marked(payload: &Node<'_>) -> Result<(Self, Vec<String>), MessageError> {
        let mut warnings = Vec::new();
        let message = Document::try_new(USUAL_ARENA, |arena| {
            let (message, said) = checked(payload, arena)?;
            warnings = said;
            Ok(Node::Object(message))
        })?;
        Ok((Self(message), warnings))
    }
}

/// The payload, inside Slack's limits, and what was shortened or left out.
fn checked<'a>(
    payload: &Node<'_>,
    arena: &'a Arena,
) -> Result<(Members<'a>, Vec<String>), MessageError> {
    let mut build = Build::new(arena, usize::MAX);
    let mut message = build.message(payload)?;
    let most = limits::ALL_TEXT - limits::MENTIONS;
    // No text has more UTF-16 units than bytes; and some have been left out since.
    if build.all_text > most {
        let lengths = limits::text_lengths(&message);
        if lengths.iter().sum::<usize>() > most {
            // Once more, with every text as long as keeps the sum: the longest are shortened first.
            build = Build::new(arena, fair_limit(lengths, most));
            message = build.message(payload)?;
            build.warnings.push(format!(
                "all texts together were longer than {most} and have been shortened"
            ));
        }
    }
    match limits::check_built(&message).into_iter().next() {
        None => Ok((message, build.warnings)),
        Some(violation) => Err(MessageError::Wrong(violation)),
    }
}

fn payload<'a>(
    arena: &'a Arena,
    text: &'a str,
    blocks: Option<Node<'a>>,
    attachments: Option<Node<'a>>,
) -> Members<'a> {
    Members::of_some(
        arena,
        [
            ("attachments", attachments),
            ("blocks", blocks),
            ("parse", Some("none".into())),
            ("text", Some(text.into())),
            ("unfurl_links", Some(false.into())),
            ("unfurl_media", Some(false.into())),
        ],
    )
}

fn not_json(rendered: &str, error: &serde_json::Error) -> MessageError {
    let line = rendered
        .lines()
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default();
    let from = error.column().saturating_sub(40);
    let near: String = line.chars().skip(from).take(80).collect();
    MessageError::NotJson {
        problem: error.to_string(),
        near: escape::without_values(&near).trim().to_owned(),
    }
}

/// The largest limit on each length that keeps their sum below a total.
fn fair_limit(mut lengths: Vec<usize>, total: usize) -> usize {
    lengths.sort_unstable();
    let mut left = total;
    let mut count = lengths.len();
    for length in lengths {
        if length * count > left {
            return left / count;
        }
        left -= length;
        count -= 1;
    }
    left
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::slack::escape::utf16;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at every call")]
    fn build(payload: Value) -> Result<(Message, Vec<String>), MessageError> {
        Message::from_rendered(&payload.to_string())
    }

    fn built(payload: Value) -> (Value, Vec<String>) {
        let (message, warnings) = build(payload).unwrap();
        assert_eq!(limits::check(&message.payload()), []);
        (message.payload(), warnings)
    }

    fn mrkdwn(text: &str) -> Value {
        json!({"type": "mrkdwn", "text": text})
    }

    fn section(text: &str) -> Value {
        json!({"type": "section", "text": mrkdwn(text)})
    }

    #[test]
    fn every_member_that_is_known_arrives() {
        let plain = |text: &str| json!({"type": "plain_text", "text": text, "emoji": true});
        let button = json!({
            "type": "button", "text": plain("Approve"), "action_id": "approve", "value": "v", "style": "primary",
            "accessibility_label": "Approve it", "url": "https://a.example/x",
            "confirm": {
                "title": plain("Sure?"), "text": plain("It deploys."), "confirm": plain("Yes"), "deny": plain("No"), "style": "danger",
            },
        });
        let image =
            json!({"type": "image", "image_url": "https://a.example/i.png", "alt_text": "a"});
        let mut titled = image.clone();
        titled["title"] = plain("Title");
        titled["block_id"] = "image".into();
        let mrkdwn = json!({"type": "mrkdwn", "text": "a", "verbatim": true});
        let payload = json!({
            "text": "x",
            "blocks": [
                titled,
                {"type": "actions", "block_id": "actions", "elements": [button, button]},
                {"type": "section", "block_id": "s", "text": mrkdwn, "expand": true, "fields": [plain("f")], "accessory": button},
                {"type": "section", "text": plain("p"), "accessory": image},
                {"type": "context", "block_id": "c", "elements": [image, mrkdwn]},
                {"type": "divider", "block_id": "d"},
                {"type": "header", "block_id": "h", "text": plain("h")},
            ],
        });
        let mut expected = payload.clone();
        expected["blocks"][1]["elements"][1]["action_id"] = "other".into();
        let (payload, warnings) = built(expected.clone());
        assert_eq!(warnings, [] as [&str; 0]);
        assert_eq!(payload["blocks"], expected["blocks"]);
    }

    #[test]
    fn nulls_and_empty_texts_are_dropped_so_that_authors_need_no_comma_tricks() {
        let (payload, warnings) = built(json!({
            "text": "x",
            "blocks": [
                null,
                section("  "),
                {"type": "section", "fields": [null, mrkdwn(""), mrkdwn("a")], "accessory": null},
                {"type": "section", "fields": [null]},
                {"type": "context", "elements": []},
                {"type": "header", "text": {"type": "plain_text", "text": ""}},
                {"type": "actions", "elements": [null]},
                {"type": "divider"},
            ],
            "attachments": [{"color": "good", "blocks": [null]}, null],
        }));
        assert_eq!(warnings, [""; 0]);
        assert_eq!(
            payload["blocks"],
            json!([
                {"type": "section", "fields": [{"type": "mrkdwn", "text": "a", "verbatim": true}]},
                {"type": "divider"},
            ])
        );
        assert!(payload.get("attachments").is_none());
    }

    #[test]
    fn a_text_alone_stands_for_a_text_object() {
        let plain = |text: &str| json!({"type": "plain_text", "text": text});
        let button =
            |text: Value| json!({"type": "button", "text": text, "url": "https://a.example"});
        let of = |mrkdwn: fn(&str) -> Value, plain: &dyn Fn(&str) -> Value| {
            json!({
                "text": "x",
                "blocks": [
                    {"type": "header", "text": plain("*a* <b>")},
                    {"type": "section", "text": mrkdwn("*a*"), "fields": [mrkdwn("b"), null, mrkdwn(" ")], "accessory": button(plain("c"))},
                    {"type": "context", "elements": [mrkdwn(""), mrkdwn("d")]},
                    {"type": "actions", "elements": [button(plain("e"))]},
                ],
            })
        };
        let short = built(of(|text| text.into(), &|text| text.into()));
        assert_eq!(short, built(of(mrkdwn, &plain)));
        assert_eq!(short.0["blocks"][0]["text"]["type"], "plain_text");
        assert_eq!(short.0["blocks"][1]["text"]["type"], "mrkdwn");
    }

    #[test]
    fn more_items_than_a_block_may_have_go_on_in_the_next_one() {
        let fields: Vec<Value> = (0..23).map(|n| mrkdwn(&n.to_string())).collect();
        let (payload, _) = built(json!({
            "text": "x",
            "blocks": [
                {"type": "section", "text": mrkdwn("t"), "fields": fields},
                {"type": "context", "elements": fields},
            ],
        }));
        let counts: Vec<usize> = payload["blocks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|block| {
                block["fields"]
                    .as_array()
                    .or(block["elements"].as_array())
                    .unwrap()
                    .len()
            })
            .collect();
        assert_eq!(counts, [10, 10, 3, 10, 10, 3]);
        assert_eq!(payload["blocks"][0]["text"]["text"], "t");
    }

    #[test]
    fn too_many_blocks_are_left_out_visibly() {
        let blocks: Vec<Value> = (0..40).map(|n| section(&n.to_string())).collect();
        let (payload, warnings) = built(json!({
            "text": "x",
            "blocks": blocks,
            "attachments": [{"blocks": blocks}],
        }));
        let last = &payload["attachments"][0]["blocks"];
        assert_eq!(last.as_array().unwrap().len(), 9);
        assert_eq!(last[8]["elements"][0]["text"], "… 32 more blocks left out");
        assert_eq!(warnings, ["80 blocks are more than 50; 32 were left out"]);
    }

    #[test]
    fn what_is_left_out_takes_no_room_from_the_rest() {
        let blocks = vec![section(&"x".repeat(200)); 60];
        let (payload, warnings) = built(json!({"text": "x", "blocks": blocks}));
        assert_eq!(payload["blocks"][47]["text"]["text"], "x".repeat(200));
        assert_eq!(warnings, ["60 blocks are more than 50; 12 were left out"]);
    }

    #[test]
    fn too_much_text_is_shortened_longest_first() {
        let long = "x".repeat(2_900);
        let (payload, warnings) = built(json!({
            "text": "x",
            "blocks": [section(&long), section(&long), section("short"), section(&long), section(&long), section(&long)],
        }));
        assert_eq!(payload["blocks"][2]["text"]["text"], "short");
        let sum: usize = payload["blocks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|block| utf16(block["text"]["text"].as_str().unwrap()))
            .sum();
        let most = limits::ALL_TEXT - limits::MENTIONS;
        assert!((most - 100..=most).contains(&sum), "{sum}");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }

    #[test]
    fn all_texts_are_counted_in_utf16_units_and_not_in_bytes() {
        let of = |count| vec![section(&"é".repeat(2_800)); count];
        let (payload, warnings) = built(json!({"text": "x", "blocks": of(4)}));
        assert_eq!(payload["blocks"][3]["text"]["text"], "é".repeat(2_800));
        assert_eq!(warnings, [""; 0]);

        let (payload, warnings) = built(json!({"text": "x", "blocks": of(5)}));
        let last = payload["blocks"][4]["text"]["text"].as_str().map(utf16);
        let most = (limits::ALL_TEXT - limits::MENTIONS) / 5;
        assert!((most - 10..=most).contains(&last.unwrap()), "{last:?}");

        let whole = json!({"text": "x", "blocks": of(5)});
        let violations = limits::check(&whole);
        assert_eq!(violations.len(), 1, "{violations:?}");
        assert!(
            violations[0].problem.starts_with("14000 characters"),
            "{violations:?}"
        );
        assert_eq!(warnings.len(), 1, "{warnings:?}");
    }

    #[test]
    fn one_limit_too_many_shortens_and_never_rejects() {
        let long = "y".repeat(5_000);
        let plain = json!({"type": "plain_text", "text": long});
        let (payload, warnings) = built(json!({
            "text": long,
            "blocks": [
                {"type": "header", "text": plain},
                {"type": "section", "fields": [mrkdwn(&long)]},
                {"type": "actions", "elements": [{"type": "button", "text": plain, "url": "https://a.example/"}]},
                {"type": "image", "image_url": "https://a.example/i.png", "alt_text": long, "title": plain},
            ],
        }));
        let length = payload["text"].as_str().map(utf16).unwrap();
        assert!(
            (limits::TEXT - 10..=limits::TEXT).contains(&length),
            "{length}"
        );
        assert_eq!(warnings.len(), 5, "{warnings:?}");
    }

    #[test]
    fn links_that_lead_nowhere_are_left_out_with_a_warning() {
        let (payload, warnings) = built(json!({
            "text": "x",
            "blocks": [
                {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}, "url": "!channel"}]},
                {"type": "image", "image_url": "javascript:x", "alt_text": "a"},
            ],
        }));
        assert!(payload.get("blocks").is_none());
        assert_eq!(
            warnings,
            [
                "`blocks[0].elements[0].url` is no http(s) URL; the button was left out",
                "`blocks[1]` was left out: its `image_url` is no http(s) URL",
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let button = json!({"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "a", "value": "v"});
        for (payload, expected) in [
            (json!({"blocks": []}), "`text`: is missing or empty"),
            (
                json!({"text": "x", "channel": "#other"}),
                "`channel`: is not known here; known: text, blocks, attachments",
            ),
            (
                json!({"text": "x", "blocks": [{"type": "table"}]}),
                "`blocks[0]`: block type `table` is not supported",
            ),
            (
                json!({"text": "x", "blocks": [{"type": "section", "text": ["bare"]}]}),
                "`blocks[0].text`: is neither a text nor a text object",
            ),
            (
                json!({"text": "x", "blocks": [{"type": "section", "text": {"text": "t"}}]}),
                "`blocks[0].text`: must have type",
            ),
            (
                json!({"text": "x", "blocks": [{"type": "header", "text": mrkdwn("t")}]}),
                "`blocks[0].text`: must have type `plain_text`",
            ),
            (
                json!({"text": "x", "attachments": [{"color": "red", "blocks": []}]}),
                "`attachments[0].color`: is neither",
            ),
            (
                json!({"text": "x", "attachments": [{"text": "legacy", "blocks": []}]}),
                "`attachments[0].text`: is not known here",
            ),
            (
                json!({"text": "x", "blocks": [section("<!here> look")]}),
                "`blocks[0].text`: `<!here>` would mention people",
            ),
            (
                json!({"text": "x", "blocks": [{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}]}),
                "`blocks[1].block_id`: is used twice",
            ),
            (
                json!({"text": "x", "blocks": [{"type": "actions", "elements": [button, button]}]}),
                "`blocks[0]`: `action_id` `a` is used twice",
            ),
            (json!(["text"]), "`payload`: is not an object"),
        ] {
            let error = build(payload).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn json_that_is_none_is_shown_without_its_values() {
        let mut rendered = br#"{"text": "x", "count": "#.to_vec();
        escape::write_foreign("secret body", &mut rendered).unwrap();
        rendered.push(b'}');
        let error = Message::from_rendered(std::str::from_utf8(&rendered).unwrap()).unwrap_err();
        let error = error.to_string();
        assert!(
            error.contains("a value must stand inside double quotes"),
            "{error}"
        );
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn the_minimal_message_always_has_text() {
        for lines in [
            vec![],
            vec![String::new()],
            vec!["x".repeat(300_000), "<!channel>".to_owned()],
        ] {
            let message = Message::minimal(&lines);
            assert_eq!(limits::check(&message.payload()), []);
            assert!(!message.text().contains("<!"));
        }
    }
}
