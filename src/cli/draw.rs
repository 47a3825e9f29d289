//! Draws a message in the terminal, roughly as Slack does: headline, colour bar, fields, links, dates.

use std::fmt::Write as _;

use anstyle::{Ansi256Color, AnsiColor, Color, RgbColor, Style};
use serde_json::Value;

use super::mrkdwn::{self, Run};

/// Wider lines are hard to read.
const WIDEST: usize = 100;

/// A payload as lines, with ANSI styles. The bell is the one line that notifications and screen readers show.
pub(super) fn payload(payload: &Value) -> String {
    let mut out = String::new();
    let has_blocks = payload.get("blocks").is_some();
    if !has_blocks {
        paragraph(payload["text"].as_str().unwrap_or_default(), "", &mut out);
    }
    blocks(&payload["blocks"], "", &mut out);
    for attachment in payload["attachments"].as_array().into_iter().flatten() {
        let style = Style::new().fg_color(attachment["color"].as_str().map(color));
        blocks(
            &attachment["blocks"],
            &format!("{style}▌{style:#} "),
            &mut out,
        );
    }
    if has_blocks {
        let dim = Style::new().dimmed();
        let text: String = mrkdwn::parse(payload["text"].as_str().unwrap_or_default())
            .into_iter()
            .map(|run| run.text)
            .collect();
        for (index, line) in wrap(&text, 3).into_iter().enumerate() {
            let sign = if index == 0 { "🔔" } else { "  " };
            let _ = writeln!(out, "{dim}{sign} {line}{dim:#}");
        }
    }
    out
}

fn blocks(blocks: &Value, bar: &str, out: &mut String) {
    for block in blocks.as_array().into_iter().flatten() {
        match block["type"].as_str().unwrap_or_default() {
            "header" => {
                let bold = Style::new().bold();
                let text = block["text"]["text"].as_str().unwrap_or_default();
                let _ = writeln!(out, "{bar}{bold}{text}{bold:#}");
            }
            "section" => section(block, bar, out),
            "context" => {
                let texts: Vec<&str> = block["elements"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|element| element["text"].as_str().or(element["alt_text"].as_str()))
                    .collect();
                paragraph(&texts.join("  ·  "), bar, out);
            }
            "actions" => {
                for button in block["elements"].as_array().into_iter().flatten() {
                    self::button(button, bar, out);
                }
            }
            "image" => {
                let _ = writeln!(
                    out,
                    "{bar}[{}]",
                    block["alt_text"].as_str().unwrap_or_default()
                );
            }
            _ => {
                let dim = Style::new().dimmed();
                let _ = writeln!(out, "{bar}{dim}────────{dim:#}");
            }
        }
    }
}

fn section(block: &Value, bar: &str, out: &mut String) {
    let fields = block["fields"].as_array().into_iter().flatten();
    for text in std::iter::once(&block["text"]).chain(fields) {
        let text = text["text"].as_str().unwrap_or_default();
        // `*Label*` over a value reads better in one line here.
        match text.split_once("*\n") {
            Some((label, value)) if label.starts_with('*') && !value.contains('\n') => {
                paragraph(&format!("{label}:* {value}"), bar, out);
            }
            _ => paragraph(text, bar, out),
        }
    }
    if block["accessory"]["type"] == "button" {
        button(&block["accessory"], bar, out);
    }
}

fn button(button: &Value, bar: &str, out: &mut String) {
    let label = button["text"]["text"].as_str().unwrap_or_default();
    let url = button["url"].as_str().unwrap_or_default();
    let _ = writeln!(out, "{bar}[ {label} ] {url}");
}

fn paragraph(text: &str, bar: &str, out: &mut String) {
    let styled: String = mrkdwn::parse(text).iter().map(styled).collect();
    for line in wrap(&styled, 2) {
        let _ = writeln!(out, "{bar}{line}");
    }
}

/// Styles word by word, so that a line may be broken at any space.
fn styled(run: &Run) -> String {
    let mut style = Style::new();
    if run.bold {
        style = style.bold();
    }
    if run.italic {
        style = style.italic();
    }
    if run.strike {
        style = style.strikethrough();
    }
    if run.code {
        style = style.fg_color(Some(AnsiColor::Cyan.into()));
    }
    if run.mention {
        style = style.fg_color(Some(AnsiColor::Yellow.into()));
    }
    if run.link.is_some() {
        style = style.underline();
    }
    let text = emoji(&run.text);
    let mut out: String = text
        .split_inclusive([' ', '\n'])
        .map(|piece| {
            let word = piece.trim_end_matches([' ', '\n']);
            let space = &piece[word.len()..];
            if word.is_empty() {
                space.to_owned()
            } else {
                format!("{style}{word}{style:#}{space}")
            }
        })
        .collect();
    if let Some(link) = run.link.as_ref().filter(|link| **link != run.text) {
        let dim = Style::new().dimmed();
        let _ = write!(out, " {dim}({link}){dim:#}");
    }
    out
}

fn wrap(text: &str, indent: usize) -> Vec<String> {
    let width = terminal_size::terminal_size().map_or(WIDEST, |(width, _)| usize::from(width.0));
    let options = textwrap::Options::new(width.clamp(40, WIDEST) - indent)
        .break_words(false)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    text.lines()
        .flat_map(|line| textwrap::wrap(line, &options))
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn color(color: &str) -> Color {
    let rgb = color.strip_prefix('#').and_then(|digits| {
        let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
        Some(RgbColor(part(0)?, part(2)?, part(4)?))
    });
    match (color, rgb) {
        (_, Some(rgb)) => Color::Rgb(rgb),
        ("good", _) => AnsiColor::Green.into(),
        ("warning", _) => AnsiColor::Yellow.into(),
        ("danger", _) => AnsiColor::Red.into(),
        _ => Ansi256Color(8).into(),
    }
}

/// The short codes that the built-in templates use; others stay as they are written.
fn emoji(text: &str) -> String {
    const KNOWN: [(&str, &str); 13] = [
        (":raised_hand:", "✋"),
        (":red_circle:", "🔴"),
        (":large_green_circle:", "🟢"),
        (":large_yellow_circle:", "🟡"),
        (":large_orange_circle:", "🟠"),
        (":large_blue_circle:", "🔵"),
        (":white_circle:", "⚪"),
        (":white_check_mark:", "✅"),
        (":x:", "❌"),
        (":warning:", "⚠️"),
        (":information_source:", "ℹ️"),
        (":rotating_light:", "🚨"),
        (":no_entry:", "⛔"),
    ];
    if !text.contains(':') {
        return text.to_owned();
    }
    KNOWN.iter().fold(text.to_owned(), |text, (code, sign)| {
        text.replace(code, sign)
    })
}
