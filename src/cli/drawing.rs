//! A message taken apart as Slack shows it, for whatever draws it: a terminal or a page.
//!
//! Source: pages "Blocks", "Composition objects: Text object", "Legacy message attachments", "chat.postMessage".

mod emoji;
pub(super) mod html;
mod mrkdwn;
pub(super) mod terminal;
pub(super) mod usage;

use serde_json::Value;

use self::mrkdwn::Run;
use crate::slack::Message;

/// A message as it is seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drawing {
    /// The one line that notifications and screen readers show.
    pub(crate) notification: Vec<Run>,
    /// From top to bottom.
    pub(crate) parts: Vec<Part>,
}

/// The blocks of the message itself, or those of one attachment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// At the left of an attachment; the message itself has none.
    pub(crate) bar: Option<Bar>,
    pub(crate) blocks: Vec<Block>,
}

/// A bar's colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bar {
    Good,
    Warning,
    Danger,
    Rgb(u8, u8, u8),
    /// Of an attachment that names no colour.
    Grey,
}

/// One block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    /// The `text` of a message that has no blocks of its own.
    Text(Vec<Run>),
    Header(Vec<Run>),
    Section {
        /// Empty when there are only fields.
        text: Vec<Run>,
        fields: Vec<Vec<Run>>,
        accessory: Option<Accessory>,
    },
    Context(Vec<Element>),
    Actions(Vec<Button>),
    Image {
        /// Empty when it has none.
        title: Vec<Run>,
        alt: String,
    },
    Divider,
    /// A type that is not drawn, by its name.
    Other(String),
}

/// What stands at the right of a section.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Accessory {
    Button(Button),
    /// By its alternative text.
    Image(String),
}

/// A piece of a context.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Element {
    Text(Vec<Run>),
    /// By its alternative text.
    Image(String),
}

/// A button.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Button {
    pub(crate) label: Vec<Run>,
    /// Without one a click is sent to an app.
    pub(crate) url: Option<String>,
    pub(crate) style: Style,
}

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Primary,
    Danger,
}

impl Drawing {
    /// Of a message that Slack should take.
    pub(crate) fn of(message: &Message) -> Self {
        Self::of_payload(&message.payload())
    }

    /// Of any payload; what is not as Slack wants it is left out.
    pub(crate) fn of_payload(payload: &Value) -> Self {
        let notification = mrkdwn::parse(payload["text"].as_str().unwrap_or_default());
        let own = match payload.get("blocks") {
            Some(own) => blocks(own),
            None => vec![Block::Text(notification.clone())],
        };
        let mut parts = vec![Part {
            bar: None,
            blocks: own,
        }];
        parts.extend(items(&payload["attachments"]).map(|attachment| Part {
            bar: Some(bar(attachment["color"].as_str().unwrap_or_default())),
            blocks: blocks(&attachment["blocks"]),
        }));
        parts.retain(|part| !part.blocks.is_empty());
        Self {
            notification,
            parts,
        }
    }
}

fn bar(color: &str) -> Bar {
    let rgb = color.strip_prefix('#').and_then(|digits| {
        let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
        Some(Bar::Rgb(part(0)?, part(2)?, part(4)?))
    });
    match color {
        "good" => Bar::Good,
        "warning" => Bar::Warning,
        "danger" => Bar::Danger,
        _ => rgb.unwrap_or(Bar::Grey),
    }
}

fn blocks(blocks: &Value) -> Vec<Block> {
    items(blocks).map(block).collect()
}

fn block(block: &Value) -> Block {
    match kind(block) {
        "header" => Block::Header(text(&block["text"])),
        "section" => Block::Section {
            text: text(&block["text"]),
            fields: items(&block["fields"]).map(text).collect(),
            accessory: block.get("accessory").map(accessory),
        },
        "context" => Block::Context(items(&block["elements"]).map(element).collect()),
        "actions" => Block::Actions(items(&block["elements"]).map(button).collect()),
        "image" => Block::Image {
            title: text(&block["title"]),
            alt: alt(block),
        },
        "divider" => Block::Divider,
        other => Block::Other(other.to_owned()),
    }
}

fn accessory(accessory: &Value) -> Accessory {
    match kind(accessory) {
        "image" => Accessory::Image(alt(accessory)),
        _ => Accessory::Button(button(accessory)),
    }
}

fn element(element: &Value) -> Element {
    match kind(element) {
        "image" => Element::Image(alt(element)),
        _ => Element::Text(text(element)),
    }
}

fn button(button: &Value) -> Button {
    Button {
        label: text(&button["text"]),
        url: button["url"].as_str().map(str::to_owned),
        style: match button["style"].as_str() {
            Some("primary") => Style::Primary,
            Some("danger") => Style::Danger,
            _ => Style::Plain,
        },
    }
}

/// Of a text object.
fn text(object: &Value) -> Vec<Run> {
    let text = object["text"].as_str().unwrap_or_default();
    match kind(object) {
        "mrkdwn" => mrkdwn::parse(text),
        _ => mrkdwn::plain(text, object["emoji"] != Value::Bool(false)),
    }
}

fn alt(image: &Value) -> String {
    image["alt_text"].as_str().unwrap_or_default().to_owned()
}

fn kind(object: &Value) -> &str {
    object["type"].as_str().unwrap_or_default()
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}
