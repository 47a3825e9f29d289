//! How much of Slack's limits a message uses.

use serde_json::Value;

use crate::slack::escape::utf16;
use crate::slack::{Message, limits};

/// One limit and how much of it is used: characters of a text, or items of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Usage {
    /// As in `attachments[0].blocks[2].text`; `all blocks` and `all texts` for what is counted together.
    pub(crate) place: String,
    pub(crate) used: usize,
    /// What Slack takes at most, as far as it is known.
    pub(crate) most: usize,
}

/// Of every text and list, from top to bottom; first what is counted over the whole message.
pub(crate) fn usage(message: &Message) -> Vec<Usage> {
    of_payload(&message.payload())
}

fn of_payload(payload: &Value) -> Vec<Usage> {
    let mut walk = Walk::default();
    walk.length("text".to_owned(), &payload["text"], limits::TEXT);
    walk.blocks(&payload["blocks"], "blocks");
    for (index, attachment) in items(&payload["attachments"]) {
        walk.blocks(
            &attachment["blocks"],
            &format!("attachments[{index}].blocks"),
        );
    }
    let mut all = vec![
        Usage {
            place: "all blocks".to_owned(),
            used: walk.blocks,
            most: limits::BLOCKS,
        },
        Usage {
            place: "all texts".to_owned(),
            used: walk.all_text,
            most: limits::ALL_TEXT,
        },
    ];
    all.append(&mut walk.found);
    all
}

#[derive(Default)]
struct Walk {
    found: Vec<Usage>,
    blocks: usize,
    /// Of the texts in blocks.
    all_text: usize,
}

impl Walk {
    fn blocks(&mut self, blocks: &Value, path: &str) {
        for (index, block) in items(blocks) {
            self.blocks += 1;
            self.block(block, &format!("{path}[{index}]"));
        }
    }

    fn block(&mut self, block: &Value, path: &str) {
        match block["type"].as_str().unwrap_or_default() {
            "header" => self.text(&block["text"], limits::HEADER, format!("{path}.text")),
            "section" => {
                self.text(&block["text"], limits::SECTION, format!("{path}.text"));
                self.count(&block["fields"], limits::FIELDS, format!("{path}.fields"));
                for (index, field) in items(&block["fields"]) {
                    self.text(field, limits::FIELD, format!("{path}.fields[{index}]"));
                }
                self.element(&block["accessory"], &format!("{path}.accessory"));
            }
            kind @ ("context" | "actions") => {
                let most = match kind {
                    "context" => limits::CONTEXT_ELEMENTS,
                    _ => limits::ACTIONS,
                };
                self.count(&block["elements"], most, format!("{path}.elements"));
                for (index, element) in items(&block["elements"]) {
                    self.element(element, &format!("{path}.elements[{index}]"));
                }
            }
            "image" => {
                self.element(block, path);
                self.text(&block["title"], limits::ALT_TEXT, format!("{path}.title"));
            }
            _ => {}
        }
    }

    fn element(&mut self, element: &Value, path: &str) {
        match element["type"].as_str().unwrap_or_default() {
            "image" => {
                self.length(
                    format!("{path}.image_url"),
                    &element["image_url"],
                    limits::URL,
                );
                self.length(
                    format!("{path}.alt_text"),
                    &element["alt_text"],
                    limits::ALT_TEXT,
                );
            }
            "button" => {
                self.text(&element["text"], limits::BUTTON, format!("{path}.text"));
                self.length(format!("{path}.url"), &element["url"], limits::URL);
                self.length(format!("{path}.value"), &element["value"], limits::VALUE);
                for (name, most) in limits::CONFIRM {
                    let place = format!("{path}.confirm.{name}");
                    self.text(&element["confirm"][name], most, place);
                }
            }
            _ => self.text(element, limits::SECTION, path.to_owned()),
        }
    }

    /// A text object; nothing when there is none.
    fn text(&mut self, object: &Value, most: usize, place: String) {
        self.all_text += object["text"].as_str().map(utf16).unwrap_or_default();
        self.length(place, &object["text"], most);
    }

    fn length(&mut self, place: String, text: &Value, most: usize) {
        if let Some(text) = text.as_str() {
            self.found.push(Usage {
                place,
                used: utf16(text),
                most,
            });
        }
    }

    fn count(&mut self, list: &Value, most: usize, place: String) {
        if let Some(list) = list.as_array() {
            self.found.push(Usage {
                place,
                used: list.len(),
                most,
            });
        }
    }
}

fn items(list: &Value) -> impl Iterator<Item = (usize, &Value)> {
    list.as_array().into_iter().flatten().enumerate()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn payload(long: &str, many: usize) -> Value {
        let text = |kind: &str| json!({"type": kind, "text": long});
        let button = json!({"type": "button", "text": text("plain_text"), "url": format!("https://a.example/{long}"), "value": long});
        json!({
            "text": long,
            "blocks": [
                {"type": "header", "text": text("plain_text")},
                {"type": "section", "text": text("mrkdwn"), "fields": vec![text("mrkdwn"); many], "accessory": button},
                {"type": "actions", "elements": [button]},
                {"type": "divider"},
            ],
            "attachments": [{"blocks": [
                {"type": "context", "elements": vec![text("mrkdwn"); many]},
                {"type": "image", "image_url": "https://a.example/", "alt_text": long, "title": text("plain_text")},
            ]}],
        })
    }

    #[test]
    fn what_is_used_is_said_from_top_to_bottom() {
        let found: Vec<String> = of_payload(&payload("<é🪴>", 2))
            .iter()
            .map(|it| format!("{} {}/{}", it.place, it.used, it.most))
            .collect();
        assert_eq!(
            found,
            [
                "all blocks 6/50",
                "all texts 45/12000",
                "text 5/4000",
                "blocks[0].text 5/150",
                "blocks[1].text 5/3000",
                "blocks[1].fields 2/10",
                "blocks[1].fields[0] 5/2000",
                "blocks[1].fields[1] 5/2000",
                "blocks[1].accessory.text 5/75",
                "blocks[1].accessory.url 23/3000",
                "blocks[1].accessory.value 5/2000",
                "blocks[2].elements 1/25",
                "blocks[2].elements[0].text 5/75",
                "blocks[2].elements[0].url 23/3000",
                "blocks[2].elements[0].value 5/2000",
                "attachments[0].blocks[0].elements 2/10",
                "attachments[0].blocks[0].elements[0] 5/3000",
                "attachments[0].blocks[0].elements[1] 5/3000",
                "attachments[0].blocks[1].image_url 18/3000",
                "attachments[0].blocks[1].alt_text 5/2000",
                "attachments[0].blocks[1].title 5/2000",
            ]
        );
    }

    #[test]
    fn what_is_more_than_it_may_is_what_slack_is_known_to_refuse() {
        let long = "x".repeat(4_001);
        for (long, many) in [(long.as_str(), 3), ("x", 26), ("x", 10)] {
            let payload = payload(long, many);
            let over: BTreeSet<String> = of_payload(&payload)
                .into_iter()
                .filter(|it| it.used > it.most)
                .map(|it| match it.place.as_str() {
                    "all texts" | "all blocks" => "blocks".to_owned(),
                    _ => it.place,
                })
                .collect();
            let refused: BTreeSet<String> = limits::check(&payload)
                .into_iter()
                // Of a text object the table says which member.
                .map(|it| {
                    it.path
                        .strip_suffix(".text")
                        .map(str::to_owned)
                        .filter(|path| over.contains(path))
                        .unwrap_or(it.path)
                })
                .collect();
            assert_eq!(over, refused);
        }
    }
}
