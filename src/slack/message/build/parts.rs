//! What blocks are made of: texts, images, buttons; and the reads that they share.

use serde_json::{Value, json};

use super::{Build, Members};
use crate::slack::escape::{self, Marked, utf16};
use crate::slack::limits::{self, Violation};
use crate::slack::message::MessageError;

impl Build {
    pub(super) fn context_element(
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
    pub(super) fn image(
        &mut self,
        image: &Members,
        path: &str,
    ) -> Result<Option<Value>, MessageError> {
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
    pub(super) fn button(
        &mut self,
        button: &Value,
        path: &str,
    ) -> Result<Option<Value>, MessageError> {
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
                "url" => {
                    let Some(url) = marked(Some(value), &path)?.url() else {
                        self.warnings.push(format!(
                            "`{path}` is no http(s) URL; the button was left out"
                        ));
                        return Ok(None);
                    };
                    built["url"] = Value::String(url);
                }
                "confirm" => built["confirm"] = self.confirm(value, &path)?,
                "action_id" | "value" | "style" | "accessibility_label" => {
                    built[name] = Value::String(marked(Some(value), &path)?.raw());
                }
                _ => return wrong(&path, "is not known in a button"),
            }
        }
        Ok(Some(built))
    }

    pub(super) fn confirm(&mut self, confirm: &Value, path: &str) -> Result<Value, MessageError> {
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

    pub(super) fn plain(
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
    pub(super) fn any_text(
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

pub(super) fn marked(text: Option<&Value>, path: &str) -> Result<Marked, MessageError> {
    match text {
        None => Ok(Marked::foreign("")),
        Some(Value::String(text)) => {
            Marked::parse(text).map_err(|error| violation(path, error.to_string()))
        }
        Some(_) => wrong(path, "is not a text"),
    }
}

pub(super) fn object<'v>(value: &'v Value, path: &str) -> Result<&'v Members, MessageError> {
    value
        .as_object()
        .ok_or_else(|| violation(path, "is not an object"))
}

/// The items that are there, with their places in the template's list.
pub(super) fn list<'v>(
    value: Option<&'v Value>,
    path: &str,
) -> Result<impl Iterator<Item = (usize, &'v Value)> + use<'v>, MessageError> {
    let items: &[Value] = match value {
        None => &[],
        Some(Value::Array(items)) => items,
        Some(_) => return wrong(path, "is not a list"),
    };
    Ok(items.iter().enumerate().filter(|(_, item)| !item.is_null()))
}

pub(super) fn known(object: &Members, path: &str, names: &[&str]) -> Result<(), MessageError> {
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

pub(super) fn violation(path: &str, problem: impl Into<String>) -> MessageError {
    let path = if path.is_empty() { "payload" } else { path };
    MessageError::Wrong(Violation {
        path: path.to_owned(),
        problem: problem.into(),
    })
}

pub(super) fn wrong<T>(path: &str, problem: impl Into<String>) -> Result<T, MessageError> {
    Err(violation(path, problem))
}
