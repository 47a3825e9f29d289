//! The Slack payload, inside Slack's limits or not at all.

use std::fmt;

use serde_json::{Map, Value, json};

use super::escape::{self, Marked, utf16};
use super::limits::{self, Violation};

/// A payload that Slack should take: `text`, `blocks` and `attachments`, finished, shortened where they were too long, and
/// checked. Unfurling and the parsing of names are always off.
#[derive(Debug, Clone, PartialEq)]
pub struct Message(Value);

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
        let payload: Value =
            serde_json::from_str(rendered).map_err(|error| not_json(rendered, &error))?;
        Self::from_marked(payload)
    }

    /// A message of nothing but `text`: the last rung, for when no template gives one, and for when Slack refuses the
    /// message that it gave.
    pub fn minimal(lines: &[String]) -> Self {
        let text = Marked::foreign(&lines.join("\n"))
            .mrkdwn(limits::SECTION, false)
            .map_or_else(|_| String::new(), |finished| finished.text);
        let text = if text.trim().is_empty() {
            "A notification without any text".to_owned()
        } else {
            text
        };
        Self(json!({"text": text, "unfurl_links": false, "unfurl_media": false, "parse": "none"}))
    }

    /// The payload as Slack gets it.
    pub fn payload(&self) -> &Value {
        &self.0
    }

    /// The one line that notifications and screen readers show.
    pub fn text(&self) -> &str {
        self.0["text"].as_str().unwrap_or_default()
    }

    fn from_marked(payload: Value) -> Result<(Self, Vec<String>), MessageError> {
        let payload = without_nulls(payload).unwrap_or_default();
        let mut build = Build::new(usize::MAX);
        let mut message = build.message(&payload)?;
        if build.lengths.iter().sum::<usize>() > limits::ALL_TEXT {
            // Once more, with every text as long as keeps the sum: the longest are shortened first.
            build = Build::new(fair_limit(&build.lengths, limits::ALL_TEXT));
            message = build.message(&payload)?;
            build.warnings.push(format!(
                "all texts together were longer than {} and have been shortened",
                limits::ALL_TEXT
            ));
        }
        match limits::check(&message).into_iter().next() {
            None => Ok((Self(message), build.warnings)),
            Some(violation) => Err(MessageError::Wrong(violation)),
        }
    }
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

/// So that authors need no comma tricks: null members and null items are dropped.
fn without_nulls(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(items) => Some(items.into_iter().filter_map(without_nulls).collect()),
        Value::Object(members) => Some(Value::Object(
            members
                .into_iter()
                .filter_map(|(name, value)| Some((name, without_nulls(value)?)))
                .collect(),
        )),
        other => Some(other),
    }
}

/// The largest limit on each length that keeps their sum below a total.
fn fair_limit(lengths: &[usize], total: usize) -> usize {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let mut left = total;
    let mut count = sorted.len();
    for length in sorted {
        if length * count > left {
            return left / count;
        }
        left -= length;
        count -= 1;
    }
    left
}

type Members = Map<String, Value>;

/// Builds a payload once, with every text at most `cap` long.
struct Build {
    cap: usize,
    /// Of every text in a block, in UTF-16 units.
    lengths: Vec<usize>,
    warnings: Vec<String>,
}

impl Build {
    fn new(cap: usize) -> Self {
        Self {
            cap,
            lengths: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn message(&mut self, payload: &Value) -> Result<Value, MessageError> {
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
        for (index, attachment) in list(payload.get("attachments"), "attachments")?
            .iter()
            .enumerate()
        {
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
            message["attachments"] = attachments
                .into_iter()
                .map(|(color, blocks)| match color {
                    Some(color) => json!({"color": color, "blocks": blocks}),
                    None => json!({"blocks": blocks}),
                })
                .collect();
        }
        Ok(message)
    }

    /// Leaves out the last blocks when there are too many, and says so in the message.
    fn at_most_50(
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
        let mut left = limits::BLOCKS - 1;
        blocks.truncate(left);
        left -= blocks.len();
        for (_, blocks) in &mut attachments {
            blocks.truncate(left);
            left -= blocks.len();
        }
        attachments.retain(|(_, blocks)| !blocks.is_empty());
        let dropped = count - (limits::BLOCKS - 1);
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
        for (index, block) in list(Some(blocks), path)?.iter().enumerate() {
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
                for (index, element) in list(block.get("elements"), &path)?.iter().enumerate() {
                    elements.extend(self.context_element(element, &format!("{path}[{index}]"))?);
                }
                spill(
                    elements,
                    limits::CONTEXT_ELEMENTS,
                    built,
                    |elements| json!({"type": "context", "elements": elements}),
                );
            }
            "actions" => {
                known(block, path, &["type", "block_id", "elements"])?;
                let mut elements = Vec::new();
                let path = format!("{path}.elements");
                for (index, element) in list(block.get("elements"), &path)?.iter().enumerate() {
                    elements.extend(self.button(element, &format!("{path}[{index}]"))?);
                }
                spill(
                    elements,
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
        for (index, field) in list(block.get("fields"), &fields_path)?.iter().enumerate() {
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
            fields,
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

    fn context_element(
        &mut self,
        element: &Value,
        path: &str,
    ) -> Result<Option<Value>, MessageError> {
        if element["type"] == "image" {
            self.image(object(element, path)?, path)
        } else {
            self.any_text(Some(element), limits::SECTION, path)
        }
    }

    /// `None`, with a warning, when its URL is none.
    fn image(&mut self, image: &Members, path: &str) -> Result<Option<Value>, MessageError> {
        let url = marked(image.get("image_url"), &format!("{path}.image_url"))?.url();
        let alt = marked(image.get("alt_text"), &format!("{path}.alt_text"))?;
        if alt.is_blank() {
            return wrong(&format!("{path}.alt_text"), "is missing or empty");
        }
        let Some(url) = url else {
            self.warnings.push(format!(
                "`{path}` was left out: its `image_url` is no http(s) URL"
            ));
            return Ok(None);
        };
        let alt = alt.plain(limits::ALT_TEXT).text;
        Ok(Some(
            json!({"type": "image", "image_url": url, "alt_text": alt}),
        ))
    }

    /// `None`, with a warning, when it has a `url` that is none: a button that does nothing misleads.
    fn button(&mut self, button: &Value, path: &str) -> Result<Option<Value>, MessageError> {
        let button = object(button, path)?;
        if button.get("type").and_then(Value::as_str) != Some("button") {
            return wrong(
                path,
                "is not a button; other elements need an endpoint that answers them",
            );
        }
        let Some(text) = self.plain(button.get("text"), limits::BUTTON, &format!("{path}.text"))?
        else {
            return Ok(None);
        };
        let mut built = json!({"type": "button", "text": text});
        for (name, value) in button {
            let path = format!("{path}.{name}");
            match name.as_str() {
                "type" | "text" => {}
                "url" => match marked(Some(value), &path)?.url() {
                    Some(url) => built["url"] = Value::String(url),
                    None => {
                        self.warnings.push(format!(
                            "`{path}` is no http(s) URL; the button was left out"
                        ));
                        return Ok(None);
                    }
                },
                "confirm" => built["confirm"] = self.confirm(value, &path)?,
                "action_id" | "value" | "style" | "accessibility_label" => {
                    built[name] = Value::String(marked(Some(value), &path)?.raw());
                }
                _ => return wrong(&path, "is not known in a button"),
            }
        }
        Ok(Some(built))
    }

    fn confirm(&mut self, confirm: &Value, path: &str) -> Result<Value, MessageError> {
        let confirm = object(confirm, path)?;
        let mut built = json!({});
        for (name, most) in limits::CONFIRM {
            let path = format!("{path}.{name}");
            match self.plain(confirm.get(name), most, &path)? {
                Some(text) => built[name] = text,
                None => return wrong(&path, "is missing or empty"),
            }
        }
        if let Some(style) = confirm.get("style") {
            built["style"] = style.clone();
        }
        Ok(built)
    }

    fn plain(
        &mut self,
        text: Option<&Value>,
        limit: usize,
        path: &str,
    ) -> Result<Option<Value>, MessageError> {
        match text.map(|text| object(text, path)).transpose()? {
            Some(object) if object.get("type").and_then(Value::as_str) != Some("plain_text") => {
                wrong(path, "must have type `plain_text`")
            }
            _ => self.any_text(text, limit, path),
        }
    }

    /// A text object; `None` when there is nothing in it to show.
    fn any_text(
        &mut self,
        text: Option<&Value>,
        limit: usize,
        path: &str,
    ) -> Result<Option<Value>, MessageError> {
        let Some(text) = text else {
            return Ok(None);
        };
        let text = object(text, path)?;
        let content = marked(text.get("text"), &format!("{path}.text"))?;
        if content.is_blank() {
            return Ok(None);
        }
        let limit = limit.min(self.cap);
        let (built, finished) = match text.get("type").and_then(Value::as_str) {
            Some("mrkdwn") => {
                known(text, path, &["type", "text", "verbatim"])?;
                let finished = content
                    .mrkdwn(limit, false)
                    .map_err(|error| violation(path, error.to_string()))?;
                // Without it Slack would parse bare `@here` and `#general` in the values.
                let built = json!({"type": "mrkdwn", "text": finished.text, "verbatim": true});
                (built, finished)
            }
            Some("plain_text") => {
                known(text, path, &["type", "text", "emoji"])?;
                let finished = content.plain(limit);
                let mut built = json!({"type": "plain_text", "text": finished.text});
                if let Some(emoji) = text.get("emoji") {
                    built["emoji"] = emoji.clone();
                }
                (built, finished)
            }
            _ => return wrong(path, "must have type `mrkdwn` or `plain_text`"),
        };
        if finished.shortened && self.cap == usize::MAX {
            self.warnings.push(format!(
                "`{path}` was longer than {limit} and has been shortened"
            ));
        }
        self.lengths.push(utf16(&finished.text));
        Ok(Some(built))
    }
}

type Attachment = (Option<String>, Vec<Value>);

/// As many blocks as the items need.
fn spill(
    items: Vec<Value>,
    most: usize,
    built: &mut Vec<Value>,
    block: impl Fn(&[Value]) -> Value,
) {
    built.extend(items.chunks(most).map(block));
}

fn marked(text: Option<&Value>, path: &str) -> Result<Marked, MessageError> {
    match text {
        None => Ok(Marked::foreign("")),
        Some(Value::String(text)) => {
            Marked::parse(text).map_err(|error| violation(path, error.to_string()))
        }
        Some(_) => wrong(path, "is not a text"),
    }
}

fn object<'v>(value: &'v Value, path: &str) -> Result<&'v Members, MessageError> {
    value
        .as_object()
        .ok_or_else(|| violation(path, "is not an object"))
}

fn list<'v>(value: Option<&'v Value>, path: &str) -> Result<&'v [Value], MessageError> {
    match value {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => wrong(path, "is not a list"),
    }
}

fn known(object: &Members, path: &str, names: &[&str]) -> Result<(), MessageError> {
    match object.keys().find(|name| !names.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let name = escape::without_values(name);
            let path = if path.is_empty() {
                name
            } else {
                format!("{path}.{name}")
            };
            wrong(
                &path,
                format!("is not known here; known: {}", names.join(", ")),
            )
        }
    }
}

fn violation(path: &str, problem: impl Into<String>) -> MessageError {
    let path = if path.is_empty() { "payload" } else { path };
    MessageError::Wrong(Violation {
        path: path.to_owned(),
        problem: problem.into(),
    })
}

fn wrong<T>(path: &str, problem: impl Into<String>) -> Result<T, MessageError> {
    Err(violation(path, problem))
}
