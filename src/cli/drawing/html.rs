//! Draws a message as HTML. `message.css` gives it Slack's look, light and dark.
//!
//! It fits a strict Content-Security-Policy: no script, no style in an element, nothing from the network. Foreign text gets in
//! through maud only, which escapes it.

#[cfg(test)]
mod tests;

use chrono::{DateTime, SecondsFormat};
use maud::{Markup, Render, html};
use url::Url;

use super::mrkdwn::{self, Look, Run, What};
use super::{Accessory, Bar, Block, Button, Drawing, Element, Part, Style};

/// The style sheet of what is drawn here.
pub(crate) const CSS: &str = include_str!("message.css");

/// The app that posts.
const APP: &str = "sns-to-slack";

/// The message as a channel shows it.
pub(crate) fn message(drawing: &Drawing) -> Markup {
    html! {
        article.msg {
            (icon())
            div.msg-main {
                p.msg-who {
                    span.msg-name { (APP) }
                    " " span.msg-badge { "APP" }
                    " " span.msg-time { "12:00" }
                }
                @for part in &drawing.parts { (self::part(part)) }
            }
        }
    }
}

/// The notification as a phone shows it: one line, cut by the style sheet.
pub(crate) fn notification(drawing: &Drawing) -> Markup {
    let text = mrkdwn::spoken(&drawing.notification);
    let words: Vec<&str> = text.split_whitespace().collect();
    html! {
        div.msg-push {
            (icon())
            div.msg-push-main {
                p.msg-push-title { (APP) " " span.msg-time { "now" } }
                p.msg-push-text { (words.join(" ")) }
            }
        }
    }
}

fn icon() -> Markup {
    html! {
        svg.msg-icon viewBox="0 0 36 36" aria-hidden="true" focusable="false" {
            rect width="36" height="36" rx="4" fill="#4a154b" {}
            path fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"
                d="M10 24h16l-2-3v-5a6 6 0 0 0-12 0v5zM16 27a2 2 0 0 0 4 0M18 8v2" {}
        }
    }
}

fn part(part: &Part) -> Markup {
    let blocks = html! { @for block in &part.blocks { (self::block(block)) } };
    match part.bar {
        None => html! { div.msg-blocks { (blocks) } },
        Some(bar) => html! {
            div.msg-attachment {
                // No style may stand in an element; a colour of a drawing may.
                svg.msg-bar.msg-grey[bar == Bar::Grey] viewBox="0 0 4 4" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                    rect width="4" height="4" fill=[fill(bar)] {}
                }
                div.msg-blocks { (blocks) }
            }
        },
    }
}

/// Grey is the style sheet's.
fn fill(bar: Bar) -> Option<String> {
    match bar {
        Bar::Good => Some("#2eb886".to_owned()),
        Bar::Warning => Some("#daa038".to_owned()),
        Bar::Danger => Some("#a30200".to_owned()),
        Bar::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Bar::Grey => None,
    }
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Text(text) => html! { div.msg-section { (Lines(text)) } },
        Block::Header(text) => html! { p.msg-header { (Lines(text)) } },
        Block::Section {
            text,
            fields,
            accessory,
        } => section(text, fields, accessory.as_ref()),
        Block::Context(elements) => html! {
            div.msg-context {
                @for element in elements {
                    @match element {
                        Element::Text(text) => div.msg-element { (Lines(text)) },
                        Element::Image(alt) => span.msg-element-image role="img" aria-label=(alt) title=(alt) {},
                    }
                }
            }
        },
        Block::Actions(buttons) => html! {
            div.msg-actions { @for button in buttons { (self::button(button)) } }
        },
        Block::Image { title, alt } => html! {
            div.msg-image {
                @if !title.is_empty() { p.msg-image-title { (Lines(title)) } }
                p.msg-image-box { "Image: " (alt) }
            }
        },
        Block::Divider => html! { hr.msg-divider; },
        Block::Other(kind) => {
            html! { p.msg-other { "A block of type “" (kind) "” is not drawn here" } }
        }
    }
}

fn section(text: &[Run], fields: &[Vec<Run>], accessory: Option<&Accessory>) -> Markup {
    html! {
        div.msg-section {
            div.msg-section-main {
                @if !text.is_empty() { div.msg-text { (Lines(text)) } }
                @if !fields.is_empty() {
                    div.msg-fields { @for field in fields { div.msg-field { (Lines(field)) } } }
                }
            }
            @match accessory {
                Some(Accessory::Button(button)) => div.msg-accessory { (self::button(button)) },
                Some(Accessory::Image(alt)) => div.msg-accessory { p.msg-thumb { (alt) } },
                None => {},
            }
        }
    }
}

fn button(button: &Button) -> Markup {
    let style = match button.style {
        Style::Plain => "msg-plain",
        Style::Primary => "msg-primary",
        Style::Danger => "msg-danger",
    };
    let label = html! { (Lines(&button.label)) };
    html! {
        @if let Some(url) = button.url.as_deref().filter(|url| is_web(url)) {
            a.msg-button.(style) href=(url) rel="noopener noreferrer" target="_blank" { (label) }
        } @else {
            // Its click would be sent to an app.
            button.msg-button.(style) type="button" disabled { (label) }
        }
    }
}

/// The runs of a text.
struct Lines<'t>(&'t [Run]);

impl Render for Lines<'_> {
    fn render(&self) -> Markup {
        let runs = without_breaks_at_blocks(self.0);
        html! {
            @for runs in runs.chunk_by(|one, next| one.look.quote == next.look.quote) {
                @if runs.iter().any(|run| run.look.quote) {
                    blockquote.msg-quote { @for run in runs { (self::run(run)) } }
                } @else {
                    @for run in runs { (self::run(run)) }
                }
            }
        }
    }
}

/// A quote and a block of code begin and end lines by themselves.
fn without_breaks_at_blocks(runs: &[Run]) -> Vec<Run> {
    let is_block = |run: &Run| matches!(run.what, What::CodeBlock(_));
    let apart = |one: &Run, next: &Run| {
        is_block(one) || is_block(next) || one.look.quote != next.look.quote
    };
    let mut out = runs.to_vec();
    for index in 0..out.len() {
        let before = index > 0 && apart(&runs[index - 1], &runs[index]);
        let after = index + 1 < runs.len() && apart(&runs[index], &runs[index + 1]);
        if let What::Text(text) = &mut out[index].what {
            if before && text.starts_with('\n') {
                text.remove(0);
            }
            if after && text.ends_with('\n') {
                text.pop();
            }
        }
    }
    out
}

fn run(run: &Run) -> Markup {
    let shown = match &run.what {
        What::Text(text) => lines(text),
        What::Emoji(emoji) => html! {
            span.msg-emoji role="img" aria-label=(emoji.code.replace('_', " ")) { (emoji.sign) }
        },
        What::Code(code) => html! { code.msg-code { (code) } },
        What::CodeBlock(code) => html! { pre.msg-code-block { (code) } },
        What::Link { url, label } => {
            let label = html! { @for part in label { (self::run(part)) } };
            link(Some(url), &label)
        }
        What::Date {
            unix,
            format,
            link: url,
            fallback,
        } => link(url.as_deref(), &date(*unix, format, fallback)),
        What::Mention { shown, everybody } => html! {
            span.msg-mention.msg-mention-all[*everybody] { (shown) }
        },
    };
    looking(run.look, shown)
}

fn looking(look: Look, shown: Markup) -> Markup {
    let mut shown = shown;
    if look.strike {
        shown = html! { s { (shown) } };
    }
    if look.italic {
        shown = html! { em { (shown) } };
    }
    if look.bold {
        shown = html! { strong { (shown) } };
    }
    shown
}

/// Slack shows an empty line lower than a line.
fn lines(text: &str) -> Markup {
    let mut lines = text.split('\n').peekable();
    let first = lines.next().unwrap_or_default();
    html! {
        (first)
        @while let Some(line) = lines.next() {
            @if line.is_empty() && lines.peek().is_some() {
                span.msg-gap {}
                @while lines.next_if(|line| line.is_empty()).is_some() { span.msg-gap {} }
                (lines.next().unwrap_or_default())
            } @else {
                br;
                (line)
            }
        }
    }
}

/// Only what leads to the web is a link.
fn link(url: Option<&str>, label: &Markup) -> Markup {
    html! {
        @if let Some(url) = url.filter(|url| is_web(url)) {
            a.msg-link href=(url) rel="noopener noreferrer" target="_blank" { (label) }
        } @else {
            (label)
        }
    }
}

/// Written without the space and control characters that browsers leave out of a URL.
fn is_web(url: &str) -> bool {
    !url.contains(|c: char| c.is_whitespace() || c.is_control())
        && Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// For the page's script, which knows the viewer's zone. A moment beyond all calendars is its fallback.
fn date(unix: i64, format: &str, fallback: &str) -> Markup {
    let moment = DateTime::from_timestamp(unix, 0)
        .map(|moment| moment.to_rfc3339_opts(SecondsFormat::Secs, true));
    html! {
        @if let Some(moment) = moment {
            time datetime=(moment) data-slack-format=(format) { (fallback) }
        } @else {
            (fallback)
        }
    }
}
