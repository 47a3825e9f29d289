//! Walks the payload that a template rendered and finishes every part of it by where it stands.

mod parts;

use std::mem;

use self::parts::{known, list, marked, markup, object, wrong};
use super::{MessageError, mentions};
use crate::slack::limits;
use crate::slack::path::Path;
use crate::tree::{Arena, ArenaVec, Members, Node};

/// No text is usually longer, in bytes.
const LONGEST_USUAL: usize = 1024;

/// Builds a payload once, with every text at most `cap` long.
pub(super) struct Build<'a> {
    /// Where all of it goes.
    arena: &'a Arena,
    cap: usize,
    /// What a text is finished in, each in turn.
    buffer: String,
    /// How long all texts in blocks are together, in bytes.
    pub(super) all_text: usize,
    /// What was shortened or left out.
    pub(super) warnings: Vec<String>,
}

impl<'a> Build<'a> {
    pub(super) fn new(arena: &'a Arena, cap: usize) -> Self {
        Self {
            arena,
            cap,
            buffer: String::with_capacity(LONGEST_USUAL),
            all_text: 0,
            warnings: Vec::new(),
        }
    }

    pub(super) fn message(&mut self, payload: &Node<'_>) -> Result<Members<'a>, MessageError> {
        let path = Path::Payload;
        let payload = object(payload, &path)?;
        known(payload, &path, &["text", "blocks", "attachments"])?;
        let text_path = path.member("text");
        let text = marked(payload.get("text"), &text_path)?;
        if text.is_blank().map_err(markup(&text_path))? {
            return wrong(
                &text_path,
                "is missing or empty; notifications and screen readers show only it",
            );
        }
        let text = text
            .mrkdwn(limits::TEXT, true, mem::take(&mut self.buffer))
            .map_err(markup(&text_path))?;
        if text.shortened {
            self.warnings.push(format!(
                "`text` was longer than {} and has been shortened",
                limits::TEXT
            ));
        }
        let arena = self.arena;
        let line = arena.alloc_str(&text.text);
        self.buffer = text.text;
        let blocks = match payload.get("blocks") {
            Some(blocks) => self.blocks(blocks, &path.member("blocks"))?,
            None => self.items(0),
        };
        let mut attachments = Vec::new();
        let path = path.member("attachments");
        for (index, attachment) in list(payload.get("attachments"), &path)? {
            attachments.extend(self.attachment(attachment, &path.item(index))?);
        }
        let (blocks, attachments) = self.at_most_50(blocks, attachments);

        let attachments = attachments.into_iter();
        let attachments = attachments.map(|it| mentions::attachment(arena, it));
        let attachments = ArenaVec::from_iter_in(attachments, arena);
        let (blocks, attachments) = (blocks.into_bump_slice(), attachments.into_bump_slice());
        Ok(super::payload(arena, line, some(blocks), some(attachments)))
    }

    /// Leaves out the last blocks when there are too many, and says so in the message.
    pub(super) fn at_most_50(
        &mut self,
        mut blocks: Blocks<'a>,
        mut attachments: Vec<Attachment<'a>>,
    ) -> (Blocks<'a>, Vec<Attachment<'a>>) {
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
        let arena = self.arena;
        let note = arena.alloc_str(&format!("… {dropped} more blocks left out"));
        let elements = Node::List(arena.alloc([mrkdwn(arena, note)]));
        let note = Node::object(arena, [("elements", elements), ("type", "context".into())]);
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
        attachment: &Node<'_>,
        path: &Path<'_>,
    ) -> Result<Option<Attachment<'a>>, MessageError> {
        let attachment = object(attachment, path)?;
        known(attachment, path, &["color", "blocks"])?;
        let color = match attachment.get("color") {
            None => None,
            Some(color) => {
                let path = path.member("color");
                let color = self.raw(color, &path)?;
                if !limits::is_color(color) {
                    return wrong(
                        &path,
                        "is neither `good`, `warning`, `danger` nor `#RRGGBB`",
                    );
                }
                Some(color)
            }
        };
        let blocks = match attachment.get("blocks") {
            Some(blocks) => self.blocks(blocks, &path.member("blocks"))?,
            None => return wrong(path, "has no `blocks`"),
        };
        Ok((!blocks.is_empty()).then_some((color, blocks)))
    }

    /// A list for so many.
    fn items(&self, usual: usize) -> Blocks<'a> {
        ArenaVec::with_capacity_in(usual, self.arena)
    }

    fn blocks(&mut self, blocks: &Node<'_>, path: &Path<'_>) -> Result<Blocks<'a>, MessageError> {
        let list = list(Some(blocks), path)?;
        let mut built = self.items(list.size_hint().1.unwrap_or_default());
        for (index, block) in list {
            let path = path.item(index);
            self.block(object(block, &path)?, &path, &mut built)?;
        }
        Ok(built)
    }

    /// One block of the template may become none (nothing to show) or several (more items than one may have).
    fn block(
        &mut self,
        block: &Members<'_>,
        path: &Path<'_>,
        built: &mut Blocks<'a>,
    ) -> Result<(), MessageError> {
        let arena = self.arena;
        let kind = block.get_str("type").unwrap_or_default();
        let first = built.len();
        match kind {
            "divider" => {
                known(block, path, &["type", "block_id"])?;
                built.push(Node::object(arena, [("type", "divider".into())]));
            }
            "header" => {
                known(block, path, &["type", "block_id", "text"])?;
                if let Some(text) =
                    self.plain(block.get("text"), limits::HEADER, &path.member("text"))?
                {
                    built.push(Node::object(
                        arena,
                        [("text", text), ("type", "header".into())],
                    ));
                }
            }
            "section" => self.section(block, path, built)?,
            "context" => {
                known(block, path, &["type", "block_id", "elements"])?;
                let path = path.member("elements");
                let list = list(block.get("elements"), &path)?;
                let mut elements = self.items(list.size_hint().1.unwrap_or_default());
                for (index, element) in list {
                    elements.extend(self.context_element(element, &path.item(index))?);
                }
                let most = limits::CONTEXT_ELEMENTS;
                let elements = elements.into_bump_slice();
                spill(arena, elements, most, ("context", "elements"), built);
            }
            "actions" => {
                known(block, path, &["type", "block_id", "elements"])?;
                let path = path.member("elements");
                let list = list(block.get("elements"), &path)?;
                let mut elements = self.items(list.size_hint().1.unwrap_or_default());
                for (index, element) in list {
                    elements.extend(self.button(element, &path.item(index))?);
                }
                let most = limits::ACTIONS;
                let elements = elements.into_bump_slice();
                spill(arena, elements, most, ("actions", "elements"), built);
            }
            "image" => {
                known(
                    block,
                    path,
                    &["type", "block_id", "image_url", "alt_text", "title"],
                )?;
                if let Some(image) = self.image(block, path)? {
                    let path = path.member("title");
                    let title = self.plain(block.get("title"), limits::ALT_TEXT, &path)?;
                    built.push(Node::Object(match title {
                        Some(title) => image.with(arena, "title", title),
                        None => image,
                    }));
                }
            }
            other => return wrong(path, limits::unknown_block(other)),
        }
        if let (Some(id), Some(Node::Object(block))) = (block.get("block_id"), built.get_mut(first))
        {
            let id = self.raw(id, &path.member("block_id"))?;
            *block = block.with(arena, "block_id", id.into());
        }
        Ok(())
    }

    fn section(
        &mut self,
        block: &Members<'_>,
        path: &Path<'_>,
        built: &mut Blocks<'a>,
    ) -> Result<(), MessageError> {
        known(
            block,
            path,
            &["type", "block_id", "text", "fields", "accessory", "expand"],
        )?;
        let text = self.any_text(block.get("text"), limits::SECTION, &path.member("text"))?;
        let fields_path = path.member("fields");
        let list = list(block.get("fields"), &fields_path)?;
        let mut fields = self.items(list.size_hint().1.unwrap_or_default());
        for (index, field) in list {
            fields.extend(self.any_text(Some(field), limits::FIELD, &fields_path.item(index))?);
        }
        let accessory = match block.get("accessory") {
            Some(accessory) if accessory.is_of_type("image") => {
                let path = path.member("accessory");
                self.image(object(accessory, &path)?, &path)?
                    .map(Node::Object)
            }
            Some(accessory) => self.button(accessory, &path.member("accessory"))?,
            None => None,
        };
        let fields: &[Block<'a>] = fields.into_bump_slice();
        let (fields, more) = fields.split_at(fields.len().min(limits::FIELDS));
        if text.is_some() || !fields.is_empty() {
            let expand = block.get("expand").map(|expand| expand.copied(self.arena));
            built.push(Node::Object(Members::of_some(
                self.arena,
                [
                    ("accessory", accessory),
                    ("expand", expand),
                    ("fields", some(fields)),
                    ("text", text),
                    ("type", Some("section".into())),
                ],
            )));
        }
        spill(
            self.arena,
            more,
            limits::FIELDS,
            ("section", "fields"),
            built,
        );
        Ok(())
    }
}

/// A finished part.
pub(super) type Block<'a> = Node<'a>;

pub(super) type Blocks<'a> = ArenaVec<'a, Block<'a>>;

pub(super) type Attachment<'a> = (Option<&'a str>, Blocks<'a>);

/// A list, unless it is empty.
fn some<'a>(items: &'a [Block<'a>]) -> Option<Block<'a>> {
    (!items.is_empty()).then_some(Node::List(items))
}

/// As many blocks of a type as the items need, with them in a member of this name.
fn spill<'a>(
    arena: &'a Arena,
    items: &'a [Block<'a>],
    most: usize,
    (kind, member): (&'static str, &'static str),
    built: &mut Blocks<'a>,
) {
    for items in items.chunks(most) {
        built.push(Node::object(
            arena,
            [(member, Node::List(items)), ("type", kind.into())],
        ));
    }
}

/// A text object. Without `verbatim` Slack would parse bare `@here` and `#general` in the values.
pub(super) fn mrkdwn<'a>(arena: &'a Arena, text: &'a str) -> Block<'a> {
    Node::object(
        arena,
        [
            ("text", text.into()),
            ("type", "mrkdwn".into()),
            ("verbatim", true.into()),
        ],
    )
}
