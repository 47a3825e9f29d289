//! Walks a finished payload and notes every rule that it breaks.

use std::collections::BTreeSet;

use super::{
    ACTIONS, ALL_TEXT, ALT_TEXT, BLOCKS, BUTTON, CONFIRM, CONTEXT_ELEMENTS, FIELD, FIELDS, HEADER,
    ID, SECTION, TEXT, URL, VALUE, Violation, is_color, text_lengths, unknown_block,
};
use crate::slack::escape::{longer, utf16};
use crate::slack::path::Path;
use crate::tree::{self, Members, Node};

const ANY_TEXT: &[&str] = &["mrkdwn", "plain_text"];

#[derive(Default)]
pub(super) struct Check {
    found: Vec<Violation>,
    block_ids: BTreeSet<String>,
    blocks: usize,
    /// In bytes.
    all_text: usize,
}

impl Check {
    pub(super) fn of(payload: &Node<'_>) -> Vec<Violation> {
        let mut check = Self::default();
        match payload.as_object() {
            Some(payload) => check.message(payload),
            None => check.wrong(&Path::Payload, "the payload is not an object"),
        }
        check.found
    }

    pub(super) fn of_object(payload: &Members<'_>) -> Vec<Violation> {
        let mut check = Self::default();
        check.message(payload);
        check.found
    }

    fn wrong(&mut self, path: &Path<'_>, problem: impl Into<String>) {
        self.found.push(Violation {
            path: path.to_string(),
            problem: problem.into(),
        });
    }

    fn message(&mut self, payload: &Members<'_>) {
        let path = Path::Payload;
        self.members(
            payload,
            &path,
            &[
                "text",
                "blocks",
                "attachments",
                "unfurl_links",
                "unfurl_media",
                "parse",
            ],
        );
        match payload.get_str("text") {
            None => self.wrong(
                &path.member("text"),
                "is missing; notifications and screen readers show only it",
            ),
            Some(text) if text.trim().is_empty() => self.wrong(&path.member("text"), "is empty"),
            Some(text) if longer(text, TEXT) => {
                self.wrong(&path.member("text"), format!("is longer than {TEXT}"));
            }
            Some(_) => {}
        }
        if let Some(blocks) = payload.get("blocks") {
            self.blocks(blocks, &path.member("blocks"));
        }
        if let Some(attachments) = payload.get("attachments") {
            let path = path.member("attachments");
            match attachments.as_list() {
                Some(attachments) => {
                    for (index, attachment) in attachments.iter().enumerate() {
                        self.attachment(attachment, &path.item(index));
                    }
                }
                None => self.wrong(&path, "is not a list"),
            }
        }
        if self.blocks > BLOCKS {
            self.wrong(
                &path.member("blocks"),
                format!("{} blocks, more than {BLOCKS}", self.blocks),
            );
        }
        // No text has more UTF-16 units than bytes.
        if self.all_text > ALL_TEXT {
            let all_text: usize = text_lengths(payload).iter().sum();
            if all_text > ALL_TEXT {
                self.wrong(
                    &path.member("blocks"),
                    format!("{all_text} characters of text, more than {ALL_TEXT}"),
                );
            }
        }
    }

    fn attachment(&mut self, attachment: &Node<'_>, path: &Path<'_>) {
        let Some(attachment) = attachment.as_object() else {
            return self.wrong(path, "is not an object");
        };
        // An attachment with blocks must not have the legacy members.
        self.members(attachment, path, &["color", "blocks"]);
        if let Some(color) = attachment.get("color")
            && !color.as_str().is_some_and(is_color)
        {
            self.wrong(
                &path.member("color"),
                "is neither `good`, `warning`, `danger` nor `#RRGGBB`",
            );
        }
        match attachment.get("blocks") {
            Some(blocks) => self.blocks(blocks, &path.member("blocks")),
            None => self.wrong(path, "has no `blocks`"),
        }
    }

    fn blocks(&mut self, blocks: &Node<'_>, path: &Path<'_>) {
        let Some(blocks) = blocks.as_list().filter(|blocks| !blocks.is_empty()) else {
            return self.wrong(path, "is not a list with at least one block");
        };
        self.blocks += blocks.len();
        for (index, block) in blocks.iter().enumerate() {
            let path = path.item(index);
            match block.as_object() {
                Some(block) => self.block(block, &path),
                None => self.wrong(&path, "is not an object"),
            }
        }
    }

    fn block(&mut self, block: &Members<'_>, path: &Path<'_>) {
        if let Some(id) = block.get("block_id") {
            let path = path.member("block_id");
            match id.as_str() {
                Some(id) if !self.block_ids.insert(id.to_owned()) => {
                    self.wrong(&path, "is used twice");
                }
                Some(id) => {
                    self.length(id, ID, &path);
                }
                None => self.wrong(&path, "is not a text"),
            }
        }
        let kind = block.get_str("type").unwrap_or_default();
        match kind {
            "divider" => self.members(block, path, &["type", "block_id"]),
            "header" => {
                self.members(block, path, &["type", "block_id", "text"]);
                self.text(
                    block.get("text"),
                    HEADER,
                    &["plain_text"],
                    &path.member("text"),
                );
            }
            "section" => self.section(block, path),
            "context" => {
                self.members(block, path, &["type", "block_id", "elements"]);
                self.elements(block, CONTEXT_ELEMENTS, path, Self::context_element);
            }
            "actions" => {
                self.members(block, path, &["type", "block_id", "elements"]);
                self.elements(block, ACTIONS, path, Self::button);
                self.unique_actions(block, path);
            }
            "image" => {
                self.members(
                    block,
                    path,
                    &["type", "block_id", "image_url", "alt_text", "title"],
                );
                self.image(block, path);
                if block.contains("title") {
                    self.text(
                        block.get("title"),
                        ALT_TEXT,
                        &["plain_text"],
                        &path.member("title"),
                    );
                }
            }
            other => self.wrong(path, unknown_block(other)),
        }
    }

    fn section(&mut self, block: &Members<'_>, path: &Path<'_>) {
        self.members(
            block,
            path,
            &["type", "block_id", "text", "fields", "accessory", "expand"],
        );
        if !block.contains("text") && !block.contains("fields") {
            self.wrong(path, "has neither `text` nor `fields`");
        }
        if block.contains("text") {
            self.text(block.get("text"), SECTION, ANY_TEXT, &path.member("text"));
        }
        if let Some(fields) = block.get("fields") {
            let path = path.member("fields");
            match fields.as_list() {
                Some(fields) if (1..=FIELDS).contains(&fields.len()) => {
                    for (index, field) in fields.iter().enumerate() {
                        self.text(Some(field), FIELD, ANY_TEXT, &path.item(index));
                    }
                }
                _ => self.wrong(&path, format!("is not a list of 1 to {FIELDS}")),
            }
        }
        if let Some(accessory) = block.get("accessory") {
            let path = path.member("accessory");
            if accessory.is_of_type("image") {
                self.image_element(accessory, &path);
            } else {
                self.button(accessory, &path);
            }
        }
    }

    fn elements(
        &mut self,
        block: &Members<'_>,
        most: usize,
        path: &Path<'_>,
        element: fn(&mut Self, &Node<'_>, &Path<'_>),
    ) {
        let path = path.member("elements");
        match block.get("elements").and_then(Node::as_list) {
            Some(elements) if (1..=most).contains(&elements.len()) => {
                for (index, value) in elements.iter().enumerate() {
                    element(self, value, &path.item(index));
                }
            }
            _ => self.wrong(&path, format!("is not a list of 1 to {most}")),
        }
    }

    fn context_element(&mut self, element: &Node<'_>, path: &Path<'_>) {
        if element.is_of_type("image") {
            self.image_element(element, path);
        } else {
            self.text(Some(element), SECTION, ANY_TEXT, path);
        }
    }

    fn image_element(&mut self, image: &Node<'_>, path: &Path<'_>) {
        match image.as_object() {
            Some(image) => {
                self.members(image, path, &["type", "image_url", "alt_text"]);
                self.image(image, path);
            }
            None => self.wrong(path, "is not an object"),
        }
    }

    fn image(&mut self, image: &Members<'_>, path: &Path<'_>) {
        self.url(image.get("image_url"), &path.member("image_url"));
        match image.get_str("alt_text") {
            Some(text) if !text.is_empty() => {
                self.length(text, ALT_TEXT, &path.member("alt_text"));
            }
            _ => self.wrong(&path.member("alt_text"), "is missing or empty"),
        }
    }

    fn button(&mut self, button: &Node<'_>, path: &Path<'_>) {
        let Some(button) = button.as_object().filter(|_| button.is_of_type("button")) else {
            return self.wrong(path, "is not a button");
        };
        self.members(
            button,
            path,
            &[
                "type",
                "text",
                "action_id",
                "url",
                "value",
                "style",
                "confirm",
                "accessibility_label",
            ],
        );
        self.text(
            button.get("text"),
            BUTTON,
            &["plain_text"],
            &path.member("text"),
        );
        if button.contains("url") {
            self.url(button.get("url"), &path.member("url"));
        }
        for (name, most) in [
            ("action_id", ID),
            ("value", VALUE),
            ("accessibility_label", BUTTON),
        ] {
            match button.get(name) {
                None => {}
                Some(Node::Text(text)) => {
                    self.length(text, most, &path.member(name));
                }
                Some(_) => self.wrong(&path.member(name), "is not a text"),
            }
        }
        self.style(button, path);
        if let Some(confirm) = button.get("confirm") {
            self.confirm(confirm, &path.member("confirm"));
        }
    }

    fn confirm(&mut self, confirm: &Node<'_>, path: &Path<'_>) {
        let Some(confirm) = confirm.as_object() else {
            return self.wrong(path, "is not an object");
        };
        self.members(
            confirm,
            path,
            &["title", "text", "confirm", "deny", "style"],
        );
        for (name, most) in CONFIRM {
            self.text(confirm.get(name), most, &["plain_text"], &path.member(name));
        }
        self.style(confirm, path);
    }

    fn style(&mut self, members: &Members<'_>, path: &Path<'_>) {
        if members
            .get("style")
            .is_some_and(|style| !matches!(style.as_str(), Some("primary" | "danger")))
        {
            self.wrong(&path.member("style"), "is neither `primary` nor `danger`");
        }
    }

    fn unique_actions(&mut self, block: &Members<'_>, path: &Path<'_>) {
        let mut seen = BTreeSet::new();
        for element in block
            .get("elements")
            .and_then(Node::as_list)
            .into_iter()
            .flatten()
        {
            if let Some(id) = element.get("action_id").and_then(Node::as_str)
                && !seen.insert(id.to_owned())
            {
                self.wrong(path, format!("`action_id` `{id}` is used twice"));
            }
        }
    }

    fn text(&mut self, text: Option<&Node<'_>>, most: usize, types: &[&str], path: &Path<'_>) {
        let Some(object) = text.and_then(Node::as_object) else {
            return self.wrong(path, "is not a text object");
        };
        let [kind, words, emoji, verbatim] = object.get_each(["type", "text", "emoji", "verbatim"]);
        let known = [kind, words, emoji, verbatim].into_iter().flatten().count();
        let kind = kind.and_then(Node::as_str).unwrap_or_default();
        if !types.contains(&kind) {
            self.wrong(path, format!("has type `{kind}`; here only {types:?}"));
        }
        let (own, flag, other) = if kind == "mrkdwn" {
            ("verbatim", verbatim, emoji)
        } else {
            ("emoji", emoji, verbatim)
        };
        if object.len() > known || other.is_some() {
            self.members(object, path, &["type", "text", own]);
        }
        if flag.is_some_and(|flag| !matches!(flag, Node::Bool(_))) {
            self.wrong(&path.member(own), "is neither true nor false");
        }
        match words.and_then(Node::as_str) {
            Some(text) if !text.trim().is_empty() => {
                self.all_text += text.len();
                self.length(text, most, &path.member("text"));
            }
            _ => self.wrong(path, "has no text"),
        }
    }

    fn length(&mut self, text: &str, most: usize, path: &Path<'_>) {
        if longer(text, most) {
            let length = utf16(text);
            self.wrong(path, format!("{length} characters, more than {most}"));
        }
    }

    fn url(&mut self, url: Option<&Node<'_>>, path: &Path<'_>) {
        match url.and_then(Node::as_str) {
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                self.length(url, URL, path);
            }
            _ => self.wrong(path, "is not an http(s) URL"),
        }
    }

    fn members(&mut self, object: &Members<'_>, path: &Path<'_>, known: &[&str]) {
        for (name, _) in object
            .iter()
            .filter(|(name, _)| !tree::is_among(name, known))
        {
            self.wrong(
                &path.member(name),
                format!("is not known here; known: {}", known.join(", ")),
            );
        }
    }
}
