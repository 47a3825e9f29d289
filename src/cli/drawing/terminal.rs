//! Draws a message in the terminal, roughly as Slack does: headline, colour bar, fields, links, dates.

use std::fmt::Write as _;

use anstyle::{Ansi256Color, AnsiColor, Color, RgbColor, Style};

use super::mrkdwn::{self, Run, What};
use super::{Accessory, Bar, Block, Button, Drawing, Element};

/// Wider lines are hard to read.
const WIDEST: usize = 100;

/// A message as lines, with ANSI styles. The bell is the one line that notifications and screen readers show; it is left out
/// where the message is nothing else.
pub(crate) fn message(drawing: &Drawing) -> String {
    let mut out = String::new();
    let mut bell = true;
    for part in &drawing.parts {
        let bar = part.bar.map_or_else(String::new, |bar| {
            let style = Style::new().fg_color(Some(color(bar)));
            format!("{style}▌{style:#} ")
        });
        for block in &part.blocks {
            bell &= !matches!(block, Block::Text(_));
            self::block(block, &bar, &mut out);
        }
    }
    if bell {
        let dim = Style::new().dimmed();
        let text = mrkdwn::spoken(&drawing.notification);
        for (index, line) in wrap(&text, 3).into_iter().enumerate() {
            let sign = if index == 0 { "🔔" } else { "  " };
            let _ = writeln!(out, "{dim}{sign} {line}{dim:#}");
        }
    }
    out
}

fn block(block: &Block, bar: &str, out: &mut String) {
    match block {
        Block::Text(text) => paragraph(text, bar, out),
        Block::Header(text) => {
            let bold = Style::new().bold();
            let text = mrkdwn::spoken(text);
            let _ = writeln!(out, "{bar}{bold}{text}{bold:#}");
        }
        Block::Section {
            text,
            fields,
            accessory,
        } => {
            for text in std::iter::once(text).chain(fields) {
                paragraph(&on_one_line(text), bar, out);
            }
            match accessory {
                Some(Accessory::Button(button)) => self::button(button, bar, out),
                Some(Accessory::Image(alt)) => image(alt, bar, out),
                None => {}
            }
        }
        Block::Context(elements) => {
            let texts: Vec<String> = elements
                .iter()
                .map(|element| match element {
                    Element::Text(text) => styled(text),
                    Element::Image(alt) => alt.clone(),
                })
                .collect();
            lines(&texts.join("  ·  "), bar, out);
        }
        Block::Actions(buttons) => {
            for button in buttons {
                self::button(button, bar, out);
            }
        }
        Block::Image { alt, .. } => image(alt, bar, out),
        Block::Divider | Block::Other(_) => {
            let dim = Style::new().dimmed();
            let _ = writeln!(out, "{bar}{dim}────────{dim:#}");
        }
    }
}

/// `*Label*` over a value reads better in one line here.
fn on_one_line(text: &[Run]) -> Vec<Run> {
    let mut runs = text.to_vec();
    let breaks = mrkdwn::spoken(text).matches('\n').count();
    let end = text.iter().position(|run| !run.look.bold);
    let quoted = text.iter().any(|run| run.look.quote);
    if let (1, Some(end @ 1..), false) = (breaks, end, quoted)
        && let What::Text(value) = &mut runs[end].what
        && value.starts_with('\n')
    {
        value.replace_range(..1, " ");
        let mut colon = runs[end - 1].clone();
        colon.what = What::Text(":".to_owned());
        runs.insert(end, colon);
    }
    runs
}

fn button(button: &Button, bar: &str, out: &mut String) {
    let label = mrkdwn::spoken(&button.label);
    let url = button.url.as_deref().unwrap_or_default();
    let _ = writeln!(out, "{bar}[ {label} ] {url}");
}

fn image(alt: &str, bar: &str, out: &mut String) {
    let _ = writeln!(out, "{bar}[{alt}]");
}

fn paragraph(text: &[Run], bar: &str, out: &mut String) {
    lines(&styled(text), bar, out);
}

fn lines(text: &str, bar: &str, out: &mut String) {
    for line in wrap(text, 2) {
        let _ = writeln!(out, "{bar}{line}");
    }
}

fn styled(text: &[Run]) -> String {
    let mut out = String::new();
    for run in text {
        let shown = mrkdwn::spoken(std::slice::from_ref(run));
        let style = style(run);
        if run.look.quote {
            quoted(&shown, style, &mut out);
        } else {
            words(&shown, style, &mut out);
        }
        if let What::Link { url, .. } = &run.what
            && *url != shown
        {
            let dim = Style::new().dimmed();
            let _ = write!(out, " {dim}({url}){dim:#}");
        }
    }
    out
}

fn style(run: &Run) -> Style {
    let mut style = Style::new();
    if run.look.bold {
        style = style.bold();
    }
    if run.look.italic {
        style = style.italic();
    }
    if run.look.strike {
        style = style.strikethrough();
    }
    match run.what {
        What::Code(_) | What::CodeBlock(_) => style.fg_color(Some(AnsiColor::Cyan.into())),
        What::Mention { .. } => style.fg_color(Some(AnsiColor::Yellow.into())),
        What::Link { .. } => style.underline(),
        What::Text(_) | What::Emoji(_) | What::Date { .. } => style,
    }
}

/// Every line that begins here begins with a bar.
fn quoted(text: &str, style: Style, out: &mut String) {
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if out.is_empty() || out.ends_with('\n') {
            out.push_str("│ ");
        }
        words(line, style, out);
    }
}

/// Styles word by word, so that a line may be broken at any space.
fn words(text: &str, style: Style, out: &mut String) {
    for piece in text.split_inclusive([' ', '\n']) {
        let word = piece.trim_end_matches([' ', '\n']);
        let space = &piece[word.len()..];
        if word.is_empty() {
            out.push_str(space);
        } else {
            let _ = write!(out, "{style}{word}{style:#}{space}");
        }
    }
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

fn color(bar: Bar) -> Color {
    match bar {
        Bar::Good => AnsiColor::Green.into(),
        Bar::Warning => AnsiColor::Yellow.into(),
        Bar::Danger => AnsiColor::Red.into(),
        Bar::Rgb(red, green, blue) => Color::Rgb(RgbColor(red, green, blue)),
        Bar::Grey => Ansi256Color(8).into(),
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use serde_json::{Value, json};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "reads better at every call")]
    #[track_caller]
    fn check(payload: Value, expected: &[&str]) {
        let drawn = message(&Drawing::of_payload(&payload));
        let plain = strip_str(&drawn).to_string();
        assert_eq!(plain.lines().collect::<Vec<_>>(), expected);
    }

    fn section(text: &str) -> Value {
        json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    }

    #[test]
    fn a_label_stands_before_its_value() {
        check(
            json!({"text": "t", "blocks": [
                section("*Stage*\nProduction"),
                section("*Metrics*\n• a\n• b"),
                section("*Limit*\n&gt; 800"),
                section("plain\ntext"),
            ]}),
            &[
                "Stage: Production",
                "Metrics",
                "• a",
                "• b",
                "Limit",
                "│ 800",
                "plain",
                "text",
                "🔔 t",
            ],
        );
    }

    #[test]
    fn a_message_of_text_alone_has_no_bell() {
        check(
            json!({"text": "*a* <https://a.example/|b> :x:", "attachments": [{"color": "good", "blocks": [section("c <!here>")]}]}),
            &["a b (https://a.example/) ❌", "▌ c @here"],
        );
    }
}
