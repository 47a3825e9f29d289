//! `render`: the messages, without posting them.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::drawing::{Drawing, terminal};
use super::{Common, Verdict, error, input, warn};
use crate::context::Context;
use crate::digest;
use crate::envelope::Record;
use crate::handler;
use crate::notification;
use crate::route::{self, Decision};
use crate::settings::Settings;
use crate::slack::{Mention, Mentioned};
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
        let mut messages = Vec::new();
        for (index, record) in input.records.iter().enumerate() {
            match record {
                Ok(record) => {
                    messages.extend(of_record(&input.file, index + 1, record, &settings));
                }
                Err(problem) => {
                    error(&format!("{}: {problem}", input.file));
                    verdict = Verdict::Failed;
                }
            }
        }
        for message in digested(messages, settings.delivery.digest) {
            print(options.format, &input.file, &message, &templates)
                .map_err(|error| format!("cannot write: {error}"))?;
        }
    }
    Ok(verdict)
}

/// What is to be rendered for one receiver.
struct Unrendered<'s> {
    /// Counted from 1; several for a digest.
    records: Vec<usize>,
    message_id: Option<String>,
    kind: &'static str,
    context: Arc<Context>,
    receiver: &'s str,
    template: Option<&'s str>,
    mentions: Vec<Mention>,
}

fn of_record<'s>(
    file: &str,
    index: usize,
    record: &Record,
    settings: &'s Settings,
) -> Vec<Unrendered<'s>> {
    let notification = notification::classify(record);
    let context = Context::new(record, &notification, &settings.account_names);
    let targets = match route::route(settings, &context) {
        Decision::Post(targets) => targets,
        Decision::Ignore { note } => {
            warn(&format!("{file}, record {index}: ignored: {note}"));
            return Vec::new();
        }
    };
    let context = Arc::new(context);
    targets
        .into_iter()
        .map(|target| Unrendered {
            records: vec![index],
            message_id: record.message_id.clone(),
            kind: notification.kind().as_str(),
            context: Arc::clone(&context),
            receiver: &target.receiver.name,
            template: target.template,
            mentions: target.mentions.to_vec(),
        })
        .collect()
}

/// More than `most` messages for a receiver become digests, as the function does with a batch; the others stay in their order.
fn digested(messages: Vec<Unrendered<'_>>, most: usize) -> Vec<Unrendered<'_>> {
    let takes = |message: &Unrendered<'_>| digest::takes(&message.context);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for message in messages.iter().filter(|it| takes(it)) {
        *counts.entry(message.receiver).or_default() += 1;
    }
    counts.retain(|_, count| most > 0 && *count > most);
    let (mut together, mut all): (Vec<_>, Vec<_>) = messages
        .into_iter()
        .partition(|it| takes(it) && counts.contains_key(it.receiver));
    for receiver in counts.into_keys() {
        let (own, others): (Vec<_>, Vec<_>) =
            together.into_iter().partition(|it| it.receiver == receiver);
        together = others;
        let contexts: Vec<&Context> = own.iter().map(|it| it.context.as_ref()).collect();
        let mut mentioned = Mentioned::default();
        all.extend(
            digest::all(&contexts)
                .into_iter()
                .map(|(records, context)| {
                    let of: Vec<&Unrendered<'_>> =
                        records.iter().filter_map(|&it| own.get(it)).collect();
                    Unrendered {
                        mentions: mentioned.next(of.iter().flat_map(|it| &it.mentions)),
                        records: of.iter().flat_map(|it| it.records.clone()).collect(),
                        message_id: None,
                        kind: digest::KIND,
                        context: Arc::new(context),
                        receiver,
                        template: None,
                    }
                }),
        );
    }
    all
}

fn print(
    format: Format,
    file: &str,
    message: &Unrendered<'_>,
    templates: &Templates,
) -> io::Result<()> {
    let records = match message.records.as_slice() {
        [index] => format!("record {index}"),
        several => format!("{} records", several.len()),
    };
    let rendered = handler::render(
        templates,
        &message.context,
        message.template,
        &message.mentions,
    );
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
