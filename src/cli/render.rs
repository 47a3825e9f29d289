//! `render`: the messages, without posting them.

use std::io::{self, Write};

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::drawing::{Drawing, terminal};
use super::rendering::{self, Missing, Unrendered, builder_link};
use super::{Common, Verdict, error, input, warn};
use crate::digest;
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
    /// One line of JSON for each message, with the payload
    Json,
}

pub(super) fn run(options: &Options) -> Result<Verdict, String> {
    let inputs = input::read(&options.common.files)?;
    let templates = options.common.setup.templates()?;
    let settings = options.common.setup.settings()?;
    let mut verdict = Verdict::Fine;
    for input in inputs {
        let file = &input.file;
        let (messages, missing) = rendering::of_event(&input.records, &settings);
        for missing in missing {
            match missing {
                Missing::Ignored(record, note) => {
                    warn(&format!("{file}, record {record}: ignored: {note}"));
                }
                Missing::Unreadable(problem) => {
                    error(&format!("{file}: {problem}"));
                    verdict = Verdict::Failed;
                }
            }
        }
        for message in messages {
            print(options.format, file, &message, &templates)
                .map_err(|error| format!("cannot write: {error}"))?;
        }
    }
    Ok(verdict)
}

fn print(
    format: Format,
    file: &str,
    message: &Unrendered<'_>,
    templates: &Templates,
) -> io::Result<()> {
    let records = message.named();
    let rendered = message.render(templates);
    for failed in &rendered.failed {
        warn(&format!(
            "{file}, {records}: {failed}\n  the next template was used"
        ));
    }
    for warning in &rendered.warnings {
        warn(&format!("{file}, {records}: {warning}"));
    }
    let mut out = anstream::stdout().lock();
    let receiver = message.receiver;
    match format {
        Format::Json => {
            let mut line = json!({
                "file": file,
                "record": message.records.first(),
                "message_id": message.message_id,
                "kind": message.kind,
                "receiver": receiver,
                "template": rendered.template,
                "payload": rendered.message.payload(),
                "warnings": all_warnings(&rendered),
            });
            if message.kind == digest::KIND {
                line["record"] = Value::Null;
                line["records"] = message.records.clone().into();
            }
            writeln!(out, "{line}")
        }
        Format::Builder => {
            writeln!(out, "{file}, {records}, #{receiver}:")?;
            writeln!(out, "{}", builder_link(&rendered.message.payload()))
        }
        Format::Text => {
            let dim = anstyle::Style::new().dimmed();
            let (kind, template) = (message.kind, &rendered.template);
            writeln!(
                out,
                "{dim}{file}, {records} · {kind} · {template} · #{receiver}{dim:#}"
            )?;
            writeln!(
                out,
                "{}",
                terminal::message(&Drawing::of(&rendered.message))
            )
        }
    }
}

fn all_warnings(rendered: &Rendered) -> Vec<String> {
    let failed = rendered.failed.iter().map(ToString::to_string);
    failed.chain(rendered.warnings.iter().cloned()).collect()
}
