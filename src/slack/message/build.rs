//! Walks the payload that a template rendered and finishes every part of it by where it stands.

mod parts;

use serde_json::{Map, Value, json};

use self::parts::{known, list, marked, object, violation, wrong};
use super::{MessageError, mentions};
use crate::slack::limits;

type Members = Map<String, Value>;

/// Builds a payload once, with every text at most `cap` long.
pub(super) struct Build {
    cap: usize,
    /// Of every text in a block, in UTF-16 units.
    pub(super) lengths: Vec<usize>,
    /// What was shortened or left out.
    pub(super) warnings: Vec<String>,
}

impl Build {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            cap,
            lengths: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn message(&mut self, payload: &Value) -> Result<Value, MessageError> {
        let payload = object(payload, "")?;
        known(payload, "", &["text", "blocks", "attachments"])?;
        let text = marked(payload.get("text"), "text")?;
        if text.is_blank() {
            return wrong(
                "text",
                "is missing or empty; notifications and screen readers show only it",
            );
        }
        let text = text
            .mrkdwn(limits::TEXT, true)
            .map_err(|error| violation("text", error.to_string()))?;
        if text.shortened {
            self.warnings.push(format!(
                "`text` was longer than {} and has been shortened",
                limits::TEXT
            ));
        }
        let blocks = match payload.get("blocks") {
            Some(blocks) => self.blocks(blocks, "blocks")?,
            None => Vec::new(),
        };
        let mut attachments = Vec::new();
        for (index, attachment) in list(payload.get("attachments"), "attachments")? {
            attachments.extend(self.attachment(attachment, &format!("attachments[{index}]"))?);
        }
        let (blocks, attachments) = self.at_most_50(blocks, attachments);

        let mut message = json!({
            "text": text.text,
            "unfurl_links": false,
            "unfurl_media": false,
            "parse": "none",
        });
        if !blocks.is_empty() {
            message["blocks"] = Value::Array(blocks);
        }
        if !attachments.is_empty() {
            message["attachments"] = attachments.into_iter().map(mentions::attachment).collect();
        }
        Ok(message)
    }

    /// Leaves out the last blocks when there are too many, and says so in the message.
    pub(super) fn at_most_50(
        &mut self,
        mut blocks: Vec<Value>,
        mut attachments: Vec<Attachment>,
    ) -> (Vec<Value>, Vec<Attachment>) {
        let count = blocks.len()
            + attachments
                .iter()
                .map(|(_, blocks)| blocks.len())
                .sum::<usize>();
        if count <= limits::BLOCKS {
            return (blocks, attachments);
        }
        // The note is one, and mentions may need one.
        let most = limits::BLOCKS - 2;
        let mut left = most;
        blocks.truncate(left);
        left -= blocks.len();
        for (_, blocks) in &mut attachments {
            blocks.truncate(left);
            left -= blocks.len();
        }
        attachments.retain(|(_, blocks)| !blocks.is_empty());
        let dropped = count - most;
        let note = json!({
            "type": "context",
            "elements": [{"type": "mrkdwn", "verbatim": true, "text": format!("… {dropped} more blocks left out")}],
        });
        self.warnings.push(format!(
            "{count} blocks are more than {}; {dropped} were left out",
            limits::BLOCKS
        ));
        match attachments.last_mut() {
            Some((_, last)) => last.push(note),
            None => blocks.push(note),
        }
        (blocks, attachments)
    }

    fn attachment(
        &mut self,
        attachment: &Value,
        path: &str,
    ) -> Result<Option<Attachment>, MessageError> {
        let attachment = object(attachment, path)?;
        known(attachment, path, &["color", "blocks"])?;
        let color = match attachment.get("color") {
            None => None,
            Some(color) => {
                let path = format!("{path}.color");
                let color = marked(Some(color), &path)?.raw();
                if !limits::is_color(&color) {
                    return wrong(
                        &path,
                        "is neither `good`, `warning`, `danger` nor `#RRGGBB`",
                    );
                }
                Some(color)
            }
        };
        let blocks = match attachment.get("blocks") {
            Some(blocks) => self.blocks(blocks, &format!("{path}.blocks"))?,
            None => return wrong(path, "has no `blocks`"),
        };
        Ok((!blocks.is_empty()).then_some((color, blocks)))
    }

    fn blocks(&mut self, blocks: &Value, path: &str) -> Result<Vec<Value>, MessageError> {
        let mut built = Vec::new();
        for (index, block) in list(Some(blocks), path)? {
            let path = format!("{path}[{index}]");
            self.block(object(block, &path)?, &path, &mut built)?;
        }
        Ok(built)
    }

    /// One block of the template may become none (nothing to show) or several (more items than one may have).
    fn block(
        &mut self,
        block: &Members,
        path: &str,
        built: &mut Vec<Value>,
    ) -> Result<(), MessageError> {
        let kind = block
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let first = built.len();
        match kind {
            "divider" => {
                known(block, path, &["type", "block_id"])?;
                built.push(json!({"type": "divider"}));
            }
            "header" => {
                known(block, path, &["type", "block_id", "text"])?;
                if let Some(text) =
                    self.plain(block.get("text"), limits::HEADER, &format!("{path}.text"))?
                {
                    built.push(json!({"type": "header", "text": text}));
                }
            }
            "section" => self.section(block, path, built)?,
            "context" => {
                known(block, path, &["type", "block_id", "elements"])?;
                let mut elements = Vec::new();
                let path = format!("{path}.elements");
                for (index, element) in list(block.get("elements"), &path)? {
                    elements.extend(self.context_element(element, &format!("{path}[{index}]"))?);
                }
                spill(
                    &elements,
                    limits::CONTEXT_ELEMENTS,
                    built,
                    |elements| json!({"type": "context", "elements": elements}),
                );
            }
            "actions" => {
                known(block, path, &["type", "block_id", "elements"])?;
                let mut elements = Vec::new();
                let path = format!("{path}.elements");
                for (index, element) in list(block.get("elements"), &path)? {
                    elements.extend(self.button(element, &format!("{path}[{index}]"))?);
                }
                spill(
                    &elements,
                    limits::ACTIONS,
                    built,
                    |elements| json!({"type": "actions", "elements": elements}),
                );
            }
            "image" => {
                known(
                    block,
                    path,
                    &["type", "block_id", "image_url", "alt_text", "title"],
                )?;
                if let Some(mut image) = self.image(block, path)? {
                    if let Some(title) = self.plain(
                        block.get("title"),
                        limits::ALT_TEXT,
                        &format!("{path}.title"),
                    )? {
                        image["title"] = title;
                    }
                    built.push(image);
                }
            }
            other => return wrong(path, limits::unknown_block(other)),
        }
        if let (Some(id), Some(block)) = (block.get("block_id"), built.get_mut(first)) {
            block["block_id"] = Value::String(marked(Some(id), &format!("{path}.block_id"))?.raw());
        }
        Ok(())
    }

    fn section(
        &mut self,
        block: &Members,
        path: &str,
        built: &mut Vec<Value>,
    ) -> Result<(), MessageError> {
        known(
            block,
            path,
            &["type", "block_id", "text", "fields", "accessory", "expand"],
        )?;
        let text = self.any_text(block.get("text"), limits::SECTION, &format!("{path}.text"))?;
        let mut fields = Vec::new();
        let fields_path = format!("{path}.fields");
        for (index, field) in list(block.get("fields"), &fields_path)? {
            fields.extend(self.any_text(
                Some(field),
                limits::FIELD,
                &format!("{fields_path}[{index}]"),
            )?);
        }
        let accessory = match block.get("accessory") {
            Some(accessory) if accessory["type"] == "image" => {
                let path = format!("{path}.accessory");
                self.image(object(accessory, &path)?, &path)?
            }
            Some(accessory) => self.button(accessory, &format!("{path}.accessory"))?,
            None => None,
        };
        let first = built.len();
        spill(
            &fields,
            limits::FIELDS,
            built,
            |fields| json!({"type": "section", "fields": fields}),
        );
        if text.is_some() && built.len() == first {
            built.push(json!({"type": "section"}));
        }
        if let Some(section) = built.get_mut(first) {
            if let Some(text) = text {
                section["text"] = text;
            }
            if let Some(accessory) = accessory {
                section["accessory"] = accessory;
            }
            if let Some(expand) = block.get("expand") {
                section["expand"] = expand.clone();
            }
        }
        Ok(())
    }
}

pub(super) type Attachment = (Option<String>, Vec<Value>);

/// As many blocks as the items need.
fn spill(items: &[Value], most: usize, built: &mut Vec<Value>, block: impl Fn(&[Value]) -> Value) {
    built.extend(items.chunks(most).map(block));
}
