//! Adding a route's mentions to a finished message.

use super::Message;
use super::build::{Attachment, Block, Build, mrkdwn};
use crate::slack::escape::{self, utf16};
use crate::slack::{Mention, limits};
use crate::tree::{Arena, ArenaVec, Members, Node};

impl Message {
    /// The same message, and it notifies: the mentions come first in `text` and in what is shown, which is the first block
    /// when that is a section of mrkdwn, and a block of its own otherwise. Stays inside Slack's limits; what has to give way
    /// is shortened as a text from a template is. Of more than [`Mention::MOST`] mentions the first are taken.
    #[must_use]
    pub fn with_mentions(mut self, mentions: &[Mention]) -> Self {
        let mentions: Vec<&str> = mentions
            .iter()
            .take(Mention::MOST)
            .map(Mention::as_str)
            .collect();
        if mentions.is_empty() {
            return self;
        }
        let mentions = mentions.join(" ");
        let text = before(&mentions, self.text(), limits::TEXT);
        self.0 = self.0.changed(|payload, arena| {
            let Node::Object(payload) = payload else {
                return payload;
            };
            let payload = payload.with(arena, "text", arena.alloc_str(&text).into());
            // Without blocks `text` is what is shown.
            let shown = payload.contains("blocks") || payload.contains("attachments");
            Node::Object(if shown {
                show(arena.alloc_str(&mentions), &payload, arena)
            } else {
                payload
            })
        });
        self
    }
}

fn show<'a>(mentions: &'a str, payload: &Members<'a>, arena: &'a Arena) -> Members<'a> {
    let blocks = list(payload.get("blocks"));
    if let Some((first, rest)) = blocks.split_first()
        && let Some(first) = with_mentions(first, mentions, arena)
    {
        let mut blocks = ArenaVec::with_capacity_in(blocks.len(), arena);
        blocks.push(first);
        blocks.extend_from_slice(rest);
        return payload.with(arena, "blocks", Node::List(blocks.into_bump_slice()));
    }
    let mut all = ArenaVec::from_iter_in([section(mentions, arena)], arena);
    all.extend_from_slice(blocks);
    let attachments = list(payload.get("attachments")).iter();
    let attachments = attachments.filter_map(|it| parts(it, arena)).collect();
    let (blocks, attachments) = Build::new(arena, usize::MAX).at_most_50(all, attachments);
    let payload = payload.with(arena, "blocks", Node::List(blocks.into_bump_slice()));
    if attachments.is_empty() {
        return payload.without(arena, "attachments");
    }
    let attachments = attachments.into_iter().map(|it| attachment(arena, it));
    let attachments = ArenaVec::from_iter_in(attachments, arena).into_bump_slice();
    payload.with(arena, "attachments", Node::List(attachments))
}

/// The first block with them in its text, when it is a section of mrkdwn.
fn with_mentions<'a>(first: &Block<'a>, mentions: &str, arena: &'a Arena) -> Option<Block<'a>> {
    let section = first.as_object().filter(|_| first.is_of_type("section"))?;
    let object = section.get("text").filter(|it| it.is_of_type("mrkdwn"))?;
    let object = object.as_object()?;
    let text = before(mentions, object.get_str("text")?, limits::SECTION);
    let object = object.with(arena, "text", arena.alloc_str(&text).into());
    Some(section.with(arena, "text", object.into()).into())
}

fn before(mentions: &str, text: &str, limit: usize) -> String {
    // A quotation and a fence work at the beginning of a line only.
    let line = ["```", ">", "&gt;"]
        .iter()
        .any(|begin| text.starts_with(begin));
    let space = if line { '\n' } else { ' ' };
    let left = limit.saturating_sub(utf16(mentions) + 1);
    format!("{mentions}{space}{}", escape::shorten(text, left))
}

fn section<'a>(text: &'a str, arena: &'a Arena) -> Block<'a> {
    Node::object(
        arena,
        [("text", mrkdwn(arena, text)), ("type", "section".into())],
    )
}

fn list<'a>(value: Option<&Block<'a>>) -> &'a [Block<'a>] {
    value.and_then(Node::as_list).unwrap_or_default()
}

fn parts<'a>(attachment: &Block<'a>, arena: &'a Arena) -> Option<Attachment<'a>> {
    let attachment = attachment.as_object()?;
    let mut blocks = ArenaVec::new_in(arena);
    blocks.extend_from_slice(list(attachment.get("blocks")));
    Some((attachment.get_str("color"), blocks))
}

pub(super) fn attachment<'a>(arena: &'a Arena, (color, blocks): Attachment<'a>) -> Block<'a> {
    let blocks = Node::List(blocks.into_bump_slice());
    Node::Object(Members::of_some(
        arena,
        [("blocks", Some(blocks)), ("color", color.map(Node::from))],
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn mentions() -> Vec<Mention> {
        ["<!here>", "<@U012AB3CD>"]
            .iter()
            .map(|text| Mention::parse(text).unwrap())
            .collect()
    }

    fn longest() -> Vec<Mention> {
        vec![Mention::parse("<!subteam^S0123456789012345678>").unwrap(); Mention::MOST]
    }

    /// Adds mentions to what a template gave, and checks the limits.
    fn mentioned(template: &Value, mentions: &[Mention]) -> Value {
        let (message, _) = Message::from_rendered(&template.to_string()).unwrap();
        let message = message.with_mentions(mentions);
        assert_eq!(limits::check(&message.payload()), [], "{template}");
        message.payload()
    }

    fn mrkdwn(text: &str) -> Value {
        super::section(text, &Arena::new()).to_value()
    }

    fn header() -> Value {
        json!({"type": "header", "text": {"type": "plain_text", "text": "Header"}})
    }

    #[test]
    fn a_first_section_gets_them_in_its_text() {
        let payload = mentioned(
            &json!({"text": "Short", "blocks": [mrkdwn("*Title*"), header()]}),
            &mentions(),
        );
        assert_eq!(payload["text"], "<!here> <@U012AB3CD> Short");
        assert_eq!(
            payload["blocks"][0]["text"]["text"],
            "<!here> <@U012AB3CD> *Title*"
        );
        assert_eq!(payload["blocks"].as_array().unwrap().len(), 2);
        for quoted in ["```\ncode```", ">quoted"] {
            let payload = mentioned(
                &json!({"text": "Short", "blocks": [mrkdwn(quoted.trim_start())]}),
                &mentions(),
            );
            assert_eq!(
                payload["blocks"][0]["text"]["text"],
                format!("<!here> <@U012AB3CD>\n{quoted}")
            );
        }
    }

    #[test]
    fn another_first_block_gets_a_block_before_it() {
        let fields = json!({"type": "section", "fields": [{"type": "mrkdwn", "text": "a"}]});
        let plain = json!({"type": "section", "text": {"type": "plain_text", "text": "a"}});
        for first in [header(), json!({"type": "divider"}), fields, plain] {
            let payload = mentioned(&json!({"text": "Short", "blocks": [first]}), &mentions());
            assert_eq!(payload["blocks"][0], mrkdwn("<!here> <@U012AB3CD>"));
            assert_eq!(payload["blocks"].as_array().unwrap().len(), 2);
        }
        let attachment = json!({"color": "#2EB67D", "blocks": [mrkdwn("a")]});
        let payload = mentioned(
            &json!({"text": "Short", "attachments": [attachment]}),
            &mentions(),
        );
        assert_eq!(payload["blocks"], json!([mrkdwn("<!here> <@U012AB3CD>")]));
        assert_eq!(payload["attachments"], json!([attachment]));
    }

    #[test]
    fn without_blocks_the_text_is_enough() {
        let payload = mentioned(&json!({"text": "Short"}), &mentions());
        assert_eq!(payload["text"], "<!here> <@U012AB3CD> Short");
        assert_eq!(payload.get("blocks"), None);
        let minimal = Message::minimal(&["x & y".repeat(2000)]).with_mentions(&longest());
        assert_eq!(limits::check(&minimal.payload()), []);
        assert!(minimal.text().starts_with("<!subteam^S0123"));
    }

    #[test]
    fn no_mentions_change_nothing() {
        let template = json!({"text": "Short", "blocks": [header()]});
        let (message, _) = Message::from_rendered(&template.to_string()).unwrap();
        assert_eq!(message.clone().with_mentions(&[]), message);
    }

    #[test]
    fn messages_at_the_limits_stay_inside_them() {
        let long = "&amp; ".repeat(1000);
        let link = format!("<https://example.org/{}|label> ", "x".repeat(80)).repeat(60);
        for text in [&long, &link, &"y".repeat(9000)] {
            for first in [mrkdwn(text), header()] {
                let blocks: Vec<Value> = std::iter::once(first)
                    .chain(std::iter::repeat_n(mrkdwn(text), 6))
                    .collect();
                let payload = mentioned(&json!({"text": text, "blocks": blocks}), &longest());
                for text in [&payload["text"], &payload["blocks"][0]["text"]["text"]] {
                    let text = text.as_str().unwrap();
                    assert!(text.starts_with("<!subteam^S0123456789012345678> <!sub"));
                    assert_eq!(text.matches('<').count(), text.matches('>').count());
                    assert_eq!(text.matches('&').count(), text.matches(';').count());
                }
            }
        }
    }

    #[test]
    fn fifty_blocks_make_room_and_say_so() {
        for count in [48, 49, 50, 51, 70] {
            let payload = mentioned(
                &json!({"text": "Short", "blocks": vec![header(); count]}),
                &mentions(),
            );
            let blocks = payload["blocks"].as_array().unwrap();
            assert_eq!(blocks[0], mrkdwn("<!here> <@U012AB3CD>"));
            let note = blocks.last().unwrap()["elements"][0]["text"].as_str();
            let shown = blocks.len() - if note.is_some() { 2 } else { 1 };
            let dropped = count - shown;
            assert_eq!(
                note.map(str::to_owned),
                (dropped > 0).then(|| format!("… {dropped} more blocks left out"))
            );
        }
        // The blocks of attachments count too.
        let attachment = json!({"color": "good", "blocks": vec![header(); 25]});
        let payload = mentioned(
            &json!({"text": "Short", "attachments": [attachment, attachment]}),
            &mentions(),
        );
        assert_eq!(payload["attachments"][0], attachment);
        let second = &payload["attachments"][1];
        let blocks = second["blocks"].as_array().unwrap();
        assert_eq!((&second["color"], blocks.len()), (&json!("good"), 23));
        assert_eq!(blocks[21], header());
        assert_eq!(
            blocks[22]["elements"][0]["text"],
            "… 3 more blocks left out"
        );
        // What has no block left is left out.
        let attachment = json!({"color": "good", "blocks": [header()]});
        let payload = mentioned(
            &json!({"text": "Short", "blocks": vec![header(); 49], "attachments": [attachment]}),
            &mentions(),
        );
        assert_eq!(payload.get("attachments"), None);
        assert_eq!(payload["blocks"].as_array().unwrap().len(), 49);
    }
}
