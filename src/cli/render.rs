//! `render`: the messages, without posting them.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{Common, Verdict, draw, error, input, warn};
use crate::context::Context;
use crate::envelope::Record;
use crate::handler;
use crate::notification;
use crate::route::{self, Decision};
use crate::settings::Settings;
use crate::template::{Rendered, Templates};

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    common: Common,
    /// How to show them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Drawn for the terminal
    Text,
    /// A link for each that opens Slack's Block Kit Builder with it
    Builder,
    /// One line of JSON for each record and receiver, with the payload
    Json,
}

pub(super) fn run(options: &Options) -> Result<Verdict, String> {
    let inputs = input::read(&options.common.files)?;
    let templates = options.common.setup.templates()?;
    let settings = options.common.setup.settings()?;
    let mut verdict = Verdict::Fine;
    for input in inputs {
        for (index, record) in input.records.iter().enumerate() {
            match record {
                Ok(record) => {
                    let place = (input.file.as_str(), index + 1);
                    print(options.format, place, record, &settings, &templates)
                        .map_err(|error| format!("cannot write: {error}"))?;
                }
                Err(problem) => {
                    error(&format!("{}: {problem}", input.file));
                    verdict = Verdict::Failed;
                }
            }
        }
    }
    Ok(verdict)
}

fn print(
    format: Format,
    (file, index): (&str, usize),
    record: &Record,
    settings: &Settings,
    templates: &Templates,
) -> io::Result<()> {
    let notification = notification::classify(record);
    let context = Context::new(record, &notification, &settings.account_names);
    let targets = match route::route(settings, &context) {
        Decision::Post(targets) => targets,
        Decision::Ignore { note } => {
            warn(&format!("{file}, record {index}: ignored: {note}"));
            return Ok(());
        }
    };
    let mut out = anstream::stdout().lock();
    for target in targets {
        let rendered = handler::render(templates, &context, &target);
        for failed in &rendered.failed {
            warn(&format!(
                "{file}, record {index}: {failed}\n  the next template was used"
            ));
        }
        for warning in &rendered.warnings {
            warn(&format!("{file}, record {index}: {warning}"));
        }
        let receiver = &target.receiver.name;
        match format {
            Format::Json => {
                let line = json!({
                    "file": file,
                    "record": index,
                    "message_id": record.message_id,
                    "kind": notification.kind().as_str(),
                    "receiver": receiver,
                    "template": rendered.template,
                    "payload": rendered.message.payload(),
                    "warnings": all_warnings(&rendered),
                });
                writeln!(out, "{line}")?;
            }
            Format::Builder => {
                writeln!(out, "{file}, record {index}, #{receiver}:")?;
                writeln!(out, "{}", builder_link(rendered.message.payload()))?;
            }
            Format::Text => {
                let dim = anstyle::Style::new().dimmed();
                let kind = notification.kind();
                let template = &rendered.template;
                writeln!(
                    out,
                    "{dim}{file}, record {index} · {kind} · {template} · #{receiver}{dim:#}"
                )?;
                writeln!(out, "{}", draw::payload(rendered.message.payload()))?;
            }
        }
    }
    Ok(())
}

fn all_warnings(rendered: &Rendered) -> Vec<String> {
    let failed = rendered.failed.iter().map(ToString::to_string);
    failed.chain(rendered.warnings.iter().cloned()).collect()
}

/// Opens Slack's Block Kit Builder with a message. The payload is in the fragment, which browsers do not send; the page
/// asks for a Slack login.
fn builder_link(payload: &Value) -> String {
    const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'~');
    let mut shown = json!({});
    for name in ["blocks", "attachments"] {
        if let Some(value) = payload.get(name) {
            shown[name] = value.clone();
        }
    }
    if shown.get("blocks").is_none() && shown.get("attachments").is_none() {
        let text = payload["text"].clone();
        shown["blocks"] = json!([{"type": "section", "text": {"type": "mrkdwn", "text": text}}]);
    }
    let shown = shown.to_string();
    format!(
        "https://app.slack.com/block-kit-builder/#{}",
        utf8_percent_encode(&shown, ENCODED)
    )
}
