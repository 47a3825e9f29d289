//! Walks a finished payload and notes every rule that it breaks.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    ACTIONS, ALL_TEXT, ALT_TEXT, BLOCKS, BUTTON, CONFIRM, CONTEXT_ELEMENTS, FIELD, FIELDS, HEADER,
    ID, SECTION, TEXT, URL, VALUE, Violation, is_color, unknown_block,
};
use crate::slack::escape::utf16;

const ANY_TEXT: &[&str] = &["mrkdwn", "plain_text"];

#[derive(Default)]
pub(super) struct Check {
    found: Vec<Violation>,
    block_ids: BTreeSet<String>,
    blocks: usize,
    all_text: usize,
}

impl Check {
    pub(super) fn of(payload: &Value) -> Vec<Violation> {
        let mut check = Self::default();
        check.message(payload);
        check.found
    }

    fn wrong(&mut self, path: &str, problem: impl Into<String>) {
        self.found.push(Violation {
            path: path.to_owned(),
            problem: problem.into(),
        });
    }

    fn message(&mut self, payload: &Value) {
        let Some(payload) = payload.as_object() else {
            return self.wrong("", "the payload is not an object");
        };
        self.members(
            payload,
            "",
            &[
                "text",
                "blocks",
                "attachments",
                "unfurl_links",
                "unfurl_media",
                "parse",
            ],
        );
        match payload.get("text").and_then(Value::as_str) {
            None => self.wrong(
                "text",
                "is missing; notifications and screen readers show only it",
            ),
            Some(text) if text.trim().is_empty() => self.wrong("text", "is empty"),
            Some(text) if utf16(text) > TEXT => {
                self.wrong("text", format!("is longer than {TEXT}"));
            }
            Some(_) => {}
        }
        if let Some(blocks) = payload.get("blocks") {
            self.blocks(blocks, "blocks");
        }
        if let Some(attachments) = payload.get("attachments") {
            match attachments.as_array() {
                Some(attachments) => {
                    for (index, attachment) in attachments.iter().enumerate() {
                        self.attachment(attachment, &format!("attachments[{index}]"));
                    }
                }
                None => self.wrong("attachments", "is not a list"),
            }
        }
        if self.blocks > BLOCKS {
            self.wrong(
                "blocks",
                format!("{} blocks, more than {BLOCKS}", self.blocks),
            );
        }
        if self.all_text > ALL_TEXT {
            self.wrong(
                "blocks",
                format!("{} characters of text, more than {ALL_TEXT}", self.all_text),
            );
        }
    }

    fn attachment(&mut self, attachment: &Value, path: &str) {
        let Some(attachment) = attachment.as_object() else {
            return self.wrong(path, "is not an object");
        };
        // An attachment with blocks must not have the legacy members.
        self.members(attachment, path, &["color", "blocks"]);
        if let Some(color) = attachment.get("color")
            && !color.as_str().is_some_and(is_color)
        {
            self.wrong(
                &format!("{path}.color"),
                "is neither `good`, `warning`, `danger` nor `#RRGGBB`",
            );
        }
        match attachment.get("blocks") {
            Some(blocks) => self.blocks(blocks, &format!("{path}.blocks")),
            None => self.wrong(path, "has no `blocks`"),
        }
    }

    fn blocks(&mut self, blocks: &Value, path: &str) {
        let Some(blocks) = blocks.as_array().filter(|blocks| !blocks.is_empty()) else {
            return self.wrong(path, "is not a list with at least one block");
        };
        self.blocks += blocks.len();
        for (index, block) in blocks.iter().enumerate() {
            let path = format!("{path}[{index}]");
            match block.as_object() {
                Some(block) => self.block(block, &path),
                None => self.wrong(&path, "is not an object"),
            }
        }
    }

    fn block(&mut self, block: &Map<String, Value>, path: &str) {
        if let Some(id) = block.get("block_id") {
            let path = format!("{path}.block_id");
            match id.as_str() {
                Some(id) if !self.block_ids.insert(id.to_owned()) => {
                    self.wrong(&path, "is used twice");
                }
                Some(id) => self.length(id, ID, &path),
                None => self.wrong(&path, "is not a text"),
            }
        }
        let kind = block
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match kind {
            "divider" => self.members(block, path, &["type", "block_id"]),
            "header" => {
                self.members(block, path, &["type", "block_id", "text"]);
                self.text(
                    block.get("text"),
                    HEADER,
                    &["plain_text"],
                    &format!("{path}.text"),
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
                if block.contains_key("title") {
                    self.text(
                        block.get("title"),
                        ALT_TEXT,
                        &["plain_text"],
                        &format!("{path}.title"),
                    );
                }
            }
            other => self.wrong(path, unknown_block(other)),
        }
    }

    fn section(&mut self, block: &Map<String, Value>, path: &str) {
        self.members(
            block,
            path,
            &["type", "block_id", "text", "fields", "accessory", "expand"],
        );
        if !block.contains_key("text") && !block.contains_key("fields") {
            self.wrong(path, "has neither `text` nor `fields`");
        }
        if block.contains_key("text") {
            self.text(
                block.get("text"),
                SECTION,
                ANY_TEXT,
                &format!("{path}.text"),
            );
        }
        if let Some(fields) = block.get("fields") {
            let path = format!("{path}.fields");
            match fields.as_array() {
                Some(fields) if (1..=FIELDS).contains(&fields.len()) => {
                    for (index, field) in fields.iter().enumerate() {
                        self.text(Some(field), FIELD, ANY_TEXT, &format!("{path}[{index}]"));
                    }
                }
                _ => self.wrong(&path, format!("is not a list of 1 to {FIELDS}")),
            }
        }
        if let Some(accessory) = block.get("accessory") {
            let path = format!("{path}.accessory");
            if accessory["type"] == "image" {
                self.image_element(accessory, &path);
            } else {
                self.button(accessory, &path);
            }
        }
    }

    fn elements(
        &mut self,
        block: &Map<String, Value>,
        most: usize,
        path: &str,
        element: fn(&mut Self, &Value, &str),
    ) {
        let path = format!("{path}.elements");
        match block.get("elements").and_then(Value::as_array) {
            Some(elements) if (1..=most).contains(&elements.len()) => {
                for (index, value) in elements.iter().enumerate() {
                    element(self, value, &format!("{path}[{index}]"));
                }
            }
            _ => self.wrong(&path, format!("is not a list of 1 to {most}")),
        }
    }

    fn context_element(&mut self, element: &Value, path: &str) {
        if element["type"] == "image" {
            self.image_element(element, path);
        } else {
            self.text(Some(element), SECTION, ANY_TEXT, path);
        }
    }

    fn image_element(&mut self, image: &Value, path: &str) {
        match image.as_object() {
            Some(image) => {
                self.members(image, path, &["type", "image_url", "alt_text"]);
                self.image(image, path);
            }
            None => self.wrong(path, "is not an object"),
        }
    }

    fn image(&mut self, image: &Map<String, Value>, path: &str) {
        self.url(image.get("image_url"), &format!("{path}.image_url"));
        match image.get("alt_text").and_then(Value::as_str) {
            Some(text) if !text.is_empty() => {
                self.length(text, ALT_TEXT, &format!("{path}.alt_text"));
            }
            _ => self.wrong(&format!("{path}.alt_text"), "is missing or empty"),
        }
    }

    fn button(&mut self, button: &Value, path: &str) {
        let Some(button) = button.as_object().filter(|_| button["type"] == "button") else {
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
            &format!("{path}.text"),
        );
        if button.contains_key("url") {
            self.url(button.get("url"), &format!("{path}.url"));
        }
        for (name, most) in [
            ("action_id", ID),
            ("value", VALUE),
            ("accessibility_label", BUTTON),
        ] {
            match button.get(name) {
                None => {}
                Some(Value::String(text)) => self.length(text, most, &format!("{path}.{name}")),
                Some(_) => self.wrong(&format!("{path}.{name}"), "is not a text"),
            }
        }
        self.style(button, path);
        if let Some(confirm) = button.get("confirm") {
            self.confirm(confirm, &format!("{path}.confirm"));
        }
    }

    fn confirm(&mut self, confirm: &Value, path: &str) {
        let Some(confirm) = confirm.as_object() else {
            return self.wrong(path, "is not an object");
        };
        self.members(
            confirm,
            path,
            &["title", "text", "confirm", "deny", "style"],
        );
        for (name, most) in CONFIRM {
            self.text(
                confirm.get(name),
                most,
                &["plain_text"],
                &format!("{path}.{name}"),
            );
        }
        self.style(confirm, path);
    }

    fn style(&mut self, members: &Map<String, Value>, path: &str) {
        if members
            .get("style")
            .is_some_and(|style| style != "primary" && style != "danger")
        {
            self.wrong(
                &format!("{path}.style"),
                "is neither `primary` nor `danger`",
            );
        }
    }

    fn unique_actions(&mut self, block: &Map<String, Value>, path: &str) {
        let mut seen = BTreeSet::new();
        for element in block
            .get("elements")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(id) = element["action_id"].as_str()
                && !seen.insert(id.to_owned())
            {
                self.wrong(path, format!("`action_id` `{id}` is used twice"));
            }
        }
    }

    fn text(&mut self, text: Option<&Value>, most: usize, types: &[&str], path: &str) {
        let Some(object) = text.and_then(Value::as_object) else {
            return self.wrong(path, "is not a text object");
        };
        let kind = object
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !types.contains(&kind) {
            self.wrong(path, format!("has type `{kind}`; here only {types:?}"));
        }
        let own = if kind == "mrkdwn" {
            "verbatim"
        } else {
            "emoji"
        };
        self.members(object, path, &["type", "text", own]);
        if object.get(own).is_some_and(|value| !value.is_boolean()) {
            self.wrong(&format!("{path}.{own}"), "is neither true nor false");
        }
        match object.get("text").and_then(Value::as_str) {
            Some(text) if !text.trim().is_empty() => {
                self.all_text += utf16(text);
                self.length(text, most, &format!("{path}.text"));
            }
            _ => self.wrong(path, "has no text"),
        }
    }

    fn length(&mut self, text: &str, most: usize, path: &str) {
        if utf16(text) > most {
            self.wrong(
                path,
                format!("{} characters, more than {most}", utf16(text)),
            );
        }
    }

    fn url(&mut self, url: Option<&Value>, path: &str) {
        match url.and_then(Value::as_str) {
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => {
                self.length(url, URL, path);
            }
            _ => self.wrong(path, "is not an http(s) URL"),
        }
    }

    fn members(&mut self, object: &Map<String, Value>, path: &str, known: &[&str]) {
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            self.wrong(
                &path,
                format!("is not known here; known: {}", known.join(", ")),
            );
        }
    }
}
