//! What blocks are made of: texts, images, buttons; and the reads that they share.

use std::mem;

use super::{Block, Build, mrkdwn};
use crate::slack::escape::{self, Marked, MarkupError};
use crate::slack::limits::{self, Violation};
use crate::slack::message::MessageError;
use crate::slack::path::Path;
use crate::tree::{self, ArenaVec, Members, Node};

impl<'a> Build<'a> {
    pub(super) fn context_element(
        &mut self,
        element: &Node<'_>,
        path: &Path<'_>,
    ) -> Result<Option<Block<'a>>, MessageError> {
        if element.is_of_type("image") {
            let image = self.image(object(element, path)?, path)?;
            Ok(image.map(Node::Object))
        } else {
            self.any_text(Some(element), limits::SECTION, path)
        }
    }

    /// `None`, with a warning, when its URL is none.
    pub(super) fn image(
        &mut self,
        image: &Members<'_>,
        path: &Path<'_>,
    ) -> Result<Option<Members<'a>>, MessageError> {
        let url_path = path.member("image_url");
        let url = marked(image.get("image_url"), &url_path)?;
        let url = url.url().map_err(markup(&url_path))?;
        let alt_path = path.member("alt_text");
        let alt = marked(image.get("alt_text"), &alt_path)?;
        if alt.is_blank().map_err(markup(&alt_path))? {
            return wrong(&alt_path, "is missing or empty");
        }
        let Some(url) = url else {
            self.warnings.push(format!(
                "`{path}` was left out: its `image_url` is no http(s) URL"
            ));
            return Ok(None);
        };
        let alt = alt.plain(limits::ALT_TEXT, mem::take(&mut self.buffer));
        let alt = alt.map_err(markup(&alt_path))?.text;
        let words = self.kept(&alt);
        self.buffer = alt;
        Ok(Some(Members::of(
            self.arena,
            [
                ("alt_text", words),
                ("image_url", self.kept(&url)),
                ("type", "image".into()),
            ],
        )))
    }

    /// `None`, with a warning, when it has a `url` that is none: a button that does nothing misleads.
    pub(super) fn button(
        &mut self,
        button: &Node<'_>,
        path: &Path<'_>,
    ) -> Result<Option<Block<'a>>, MessageError> {
        let button = object(button, path)?;
        if button.get_str("type") != Some("button") {
            return wrong(
                path,
                "is not a button; other elements need an endpoint that answers them",
            );
        }
        let Some(text) = self.plain(button.get("text"), limits::BUTTON, &path.member("text"))?
        else {
            return Ok(None);
        };
        // In the order of their names, as the template's are.
        let mut built = ArenaVec::with_capacity_in(button.len(), self.arena);
        for (name, value) in button {
            let path = path.member(name);
            built.push(match name {
                "type" => ("type", "button".into()),
                "text" => ("text", text.clone()),
                "url" => {
                    let url = marked(Some(value), &path)?.url();
                    let Some(url) = url.map_err(markup(&path))? else {
                        self.warnings.push(format!(
                            "`{path}` is no http(s) URL; the button was left out"
                        ));
                        return Ok(None);
                    };
                    ("url", self.kept(&url))
                }
                "confirm" => ("confirm", self.confirm(value, &path)?),
                _ => {
                    let known = ["action_id", "value", "style", "accessibility_label"];
                    let Some(name) = known.into_iter().find(|it| *it == name) else {
                        return wrong(&path, "is not known in a button");
                    };
                    (name, self.raw(value, &path)?.into())
                }
            });
        }
        Ok(Some(Node::Object(Members::in_order(
            built.into_bump_slice(),
        ))))
    }

    pub(super) fn confirm(
        &mut self,
        confirm: &Node<'_>,
        path: &Path<'_>,
    ) -> Result<Block<'a>, MessageError> {
        let confirm = object(confirm, path)?;
        let mut built = Members::default();
        for (name, most) in limits::CONFIRM {
            let path = path.member(name);
            match self.plain(confirm.get(name), most, &path)? {
                Some(text) => built = built.with(self.arena, name, text),
                None => return wrong(&path, "is missing or empty"),
            }
        }
        if let Some(style) = confirm.get("style") {
            built = built.with(self.arena, "style", style.copied(self.arena));
        }
        Ok(Node::Object(built))
    }

    /// A text where Slack takes only plain text.
    pub(super) fn plain(
        &mut self,
        text: Option<&Node<'_>>,
        limit: usize,
        path: &Path<'_>,
    ) -> Result<Option<Block<'a>>, MessageError> {
        let object = text.filter(|text| text.as_str().is_none());
        if let Some(object) = object
            && text_object(object, path)?.get_str("type") != Some(PLAIN)
        {
            return wrong(path, "must have type `plain_text`");
        }
        self.text(text, PLAIN, limit, path)
    }

    /// A text of either type.
    pub(super) fn any_text(
        &mut self,
        text: Option<&Node<'_>>,
        limit: usize,
        path: &Path<'_>,
    ) -> Result<Option<Block<'a>>, MessageError> {
        self.text(text, MRKDWN, limit, path)
    }

    /// A text object, or a text alone, which is of the type `alone`; `None` when there is nothing in it to show.
    fn text(
        &mut self,
        text: Option<&Node<'_>>,
        alone: &'static str,
        limit: usize,
        path: &Path<'_>,
    ) -> Result<Option<Block<'a>>, MessageError> {
        let (content, object) = match text {
            None => return Ok(None),
            Some(Node::Text(words)) => (Marked::new(words), None),
            Some(text) => {
                let object = text_object(text, path)?;
                let content = marked(object.get("text"), &path.member("text"))?;
                (content, Some(object))
            }
        };
        if content.is_blank().map_err(markup(path))? {
            return Ok(None);
        }
        let kind = object.map_or(Ok(alone), |object| kind(object, path))?;
        let limit = limit.min(self.cap);
        let buffer = mem::take(&mut self.buffer);
        let finished = if kind == MRKDWN {
            content.mrkdwn(limit, false, buffer)
        } else {
            content.plain(limit, buffer)
        };
        let finished = finished.map_err(markup(path))?;
        if finished.shortened && self.cap == usize::MAX {
            self.warnings.push(format!(
                "`{path}` was longer than {limit} and has been shortened"
            ));
        }
        let words = self.arena.alloc_str(&finished.text);
        self.all_text += words.len();
        self.buffer = finished.text;
        if kind == MRKDWN {
            return Ok(Some(mrkdwn(self.arena, words)));
        }
        let emoji = object.and_then(|object| object.get("emoji"));
        Ok(Some(Node::Object(Members::of_some(
            self.arena,
            [
                ("emoji", emoji.map(|emoji| emoji.copied(self.arena))),
                ("text", Some(words.into())),
                ("type", Some(kind.into())),
            ],
        ))))
    }

    /// As it stands.
    pub(super) fn raw(&self, text: &Node<'_>, path: &Path<'_>) -> Result<&'a str, MessageError> {
        let raw = marked(Some(text), path)?.raw().map_err(markup(path))?;
        Ok(self.arena.alloc_str(&raw))
    }

    fn kept(&self, text: &str) -> Block<'a> {
        Node::Text(self.arena.alloc_str(text))
    }
}

/// The type of a text object that has nothing but what this type may have.
fn kind(object: &Members<'_>, path: &Path<'_>) -> Result<&'static str, MessageError> {
    let (kind, own) = match object.get_str("type") {
        Some(MRKDWN) => (MRKDWN, "verbatim"),
        Some(PLAIN) => (PLAIN, "emoji"),
        _ => return wrong(path, "must have type `mrkdwn` or `plain_text`"),
    };
    known(object, path, &["type", "text", own])?;
    Ok(kind)
}

const MRKDWN: &str = "mrkdwn";
const PLAIN: &str = "plain_text";

pub(super) fn marked<'v>(
    text: Option<&'v Node<'_>>,
    path: &Path<'_>,
) -> Result<Marked<'v>, MessageError> {
    match text {
        None => Ok(Marked::foreign("")),
        Some(Node::Text(text)) => Ok(Marked::new(text)),
        Some(_) => wrong(path, "is not a text"),
    }
}

fn text_object<'v, 't>(
    text: &'v Node<'t>,
    path: &Path<'_>,
) -> Result<&'v Members<'t>, MessageError> {
    let object = text.as_object();
    object.ok_or_else(|| violation(path, "is neither a text nor a text object"))
}

pub(super) fn markup(path: &Path<'_>) -> impl FnOnce(MarkupError) -> MessageError {
    |error| violation(path, error.to_string())
}

pub(super) fn object<'v, 't>(
    value: &'v Node<'t>,
    path: &Path<'_>,
) -> Result<&'v Members<'t>, MessageError> {
    value
        .as_object()
        .ok_or_else(|| violation(path, "is not an object"))
}

/// The items that are there, with their places in the template's list.
pub(super) fn list<'v, 't>(
    value: Option<&'v Node<'t>>,
    path: &Path<'_>,
) -> Result<impl Iterator<Item = (usize, &'v Node<'t>)> + use<'v, 't>, MessageError> {
    let items: &[Node<'t>] = match value {
        None => &[],
        Some(Node::List(items)) => items,
        Some(_) => return wrong(path, "is not a list"),
    };
    let items = items.iter().enumerate();
    Ok(items.filter(|(_, item)| **item != Node::Null))
}

pub(super) fn known(
    object: &Members<'_>,
    path: &Path<'_>,
    names: &[&str],
) -> Result<(), MessageError> {
    let mut members = object.iter();
    match members.find(|(name, _)| !tree::is_among(name, names)) {
        None => Ok(()),
        Some((name, _)) => {
            let name = escape::without_values(name);
            wrong(
                &path.member(&name),
                format!("is not known here; known: {}", names.join(", ")),
            )
        }
    }
}

pub(super) fn violation(path: &Path<'_>, problem: impl Into<String>) -> MessageError {
    let path = match path {
        Path::Payload => "payload".to_owned(),
        path => path.to_string(),
    };
    MessageError::Wrong(Violation {
        path,
        problem: problem.into(),
    })
}

pub(super) fn wrong<T>(path: &Path<'_>, problem: impl Into<String>) -> Result<T, MessageError> {
    Err(violation(path, problem))
}
