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
