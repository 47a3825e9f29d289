//! What the records of an event become: the same for `render` and `preview`.

use std::collections::BTreeMap;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::context::Context;
use crate::digest;
use crate::envelope::{EnvelopeError, Record};
use crate::handler;
use crate::notification;
use crate::route::{self, Decision};
use crate::settings::Settings;
use crate::slack::{Mention, Mentioned};
use crate::template::{Rendered, Templates};

/// What is to be rendered for one receiver.
pub(super) struct Unrendered<'s> {
    /// Counted from 1; several for a digest.
    pub(super) records: Vec<usize>,
    /// None for a digest.
    pub(super) message_id: Option<String>,
    pub(super) kind: &'static str,
    pub(super) context: Arc<Context>,
    /// Its name.
    pub(super) receiver: &'s str,
    /// The one that the route names.
    template: Option<&'s str>,
    mentions: Vec<Mention>,
}

/// Why a record becomes no message.
pub(super) enum Missing {
    /// A route ignores it. Record, counted from 1, and what decided so.
    Ignored(usize, String),
    /// It cannot be read.
    Unreadable(EnvelopeError),
}

/// The messages of an event in their order, and the records that become none.
pub(super) fn of_event<'s>(
    records: &[Result<Record, EnvelopeError>],
    settings: &'s Settings,
) -> (Vec<Unrendered<'s>>, Vec<Missing>) {
    let mut messages = Vec::new();
    let mut missing = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let index = index + 1;
        match record {
            Ok(record) => match of_record(index, record, settings) {
                Ok(of_record) => messages.extend(of_record),
                Err(note) => missing.push(Missing::Ignored(index, note)),
            },
            Err(problem) => missing.push(Missing::Unreadable(problem.clone())),
        }
    }
    (digested(messages, settings.delivery.digest), missing)
}

impl Unrendered<'_> {
    /// The message, as the function makes it.
    pub(super) fn render(&self, templates: &Templates) -> Rendered {
        handler::render(templates, &self.context, self.template, &self.mentions)
    }

    /// "record 2", or how many they are.
    pub(super) fn named(&self) -> String {
        match self.records.as_slice() {
            [index] => format!("record {index}"),
            several => format!("{} records", several.len()),
        }
    }
}

/// `Err` says why nobody gets it.
fn of_record<'s>(
    index: usize,
    record: &Record,
    settings: &'s Settings,
) -> Result<Vec<Unrendered<'s>>, String> {
    let notification = notification::classify(record);
    let context = Context::new(record, &notification, &settings.account_names);
    let targets = match route::route(settings, &context) {
        Decision::Post(targets) => targets,
        Decision::Ignore { note } => return Err(note.to_owned()),
    };
    let context = Arc::new(context);
    let unrendered = targets.into_iter().map(|target| Unrendered {
        records: vec![index],
        message_id: record.message_id.clone(),
        kind: notification.kind().as_str(),
        context: Arc::clone(&context),
        receiver: &target.receiver.name,
        template: target.template,
        mentions: target.mentions.to_vec(),
    });
    Ok(unrendered.collect())
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

/// Opens Slack's Block Kit Builder with a message. The payload is in the fragment, which browsers do not send; the page
/// asks for a Slack login.
pub(super) fn builder_link(payload: &Value) -> String {
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
