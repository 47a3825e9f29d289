//! What an event becomes with the settings and templates of a project.

use std::sync::Arc;

use super::fault::Fault;
use super::project::Project;
use crate::cli::explain::explain;
use crate::cli::rendering::{self, Missing};
use crate::context::Context;
use crate::envelope;
use crate::template::Rendered;

/// Everything that the page says of an event, as data.
pub(super) struct Shown {
    pub(super) messages: Vec<Sent>,
    /// Records that become no message.
    pub(super) missing: Vec<Missing>,
    /// What `explain` says of each record.
    pub(super) decisions: Vec<String>,
    /// What the function would say of the event, if it would not take it.
    pub(super) warning: Option<String>,
    /// Why a message is not what its author wrote. A fault that several messages have is there once.
    pub(super) faults: Vec<Fault>,
    /// What a template asks for and no message has.
    pub(super) unknown: Vec<Fault>,
}

/// A message for one receiver.
pub(super) struct Sent {
    pub(super) receiver: String,
    pub(super) kind: &'static str,
    /// "record 2", or how many they are.
    pub(super) records: String,
    pub(super) context: Arc<Context>,
    pub(super) rendered: Rendered,
}

impl Shown {
    /// `text` is a Lambda event, an SNS message or anything else, as `render` takes it.
    pub(super) fn of(text: &str, project: &Project) -> Self {
        let (records, warning) = envelope::open_anything(text);
        let (unrendered, missing) = rendering::of_event(&records, &project.settings);
        let mut faults = project.faults.clone();
        let mut unknown = Vec::new();
        let mut messages = Vec::new();
        for message in unrendered {
            let sent = Sent {
                rendered: message.render(&project.templates),
                receiver: message.receiver.to_owned(),
                kind: message.kind,
                records: message.named(),
                context: message.context,
            };
            let sources = project.sources();
            let failed = sent.rendered.failed.iter().map(|error| {
                let text = sources.text(&error.template);
                Fault::of_template(sources.finding(error, None), text)
            });
            let broken = project.broken_for(sent.kind, &sent.context).cloned();
            for fault in broken.chain(failed) {
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }
            for fault in project.unknown_for(sent.kind, &sent.context) {
                if !unknown.contains(fault) {
                    unknown.push(fault.clone());
                }
            }
            messages.push(sent);
        }
        let decisions = records.iter().flatten().map(|record| {
            let text = explain(record, &project.settings, &project.templates);
            anstream::adapter::strip_str(&text).to_string()
        });
        Self {
            decisions: decisions.collect(),
            messages,
            missing,
            warning,
            faults,
            unknown,
        }
    }
}
