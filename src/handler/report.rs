//! What became of one record at one receiver.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::delivery::{Delivered, Outcome, Reason};
use crate::envelope::{EnvelopeError, Record};
use crate::notification::Kind;
use crate::template::TemplateError;

/// What an operator reads when this program has panicked.
pub(super) const FAULT: &str = "a fault of sns-to-slack itself, please report it: the log line before this one says where it is";

/// What became of one record at one receiver, with what an operator needs to know about it.
#[derive(Debug, Clone)]
pub struct Report {
    /// Counted from 1, in the order of the payload.
    pub record: usize,
    /// See [`crate::envelope::Record::message_id`].
    pub message_id: Option<String>,
    /// `None` when the record could not be opened.
    pub kind: Option<Kind>,
    /// The receiver's name; `None` when nobody gets the record.
    pub receiver: Option<String>,
    /// Where the message came from; see [`crate::template::Rendered`].
    pub template: Option<String>,
    /// Outcome, attempts, duration.
    pub delivered: Delivered,
    /// Templates that failed before one gave a message.
    pub failed: Vec<TemplateError>,
    /// What was shortened or left out of the message.
    pub warnings: Vec<String>,
    /// Why, in a sentence, where the reason alone does not say it.
    pub note: Option<String>,
    /// How many records the message is about, when it is a digest.
    pub digest: Option<usize>,
    /// Which of the receiver's messages it is in, counted from 0 in the order in which they were made.
    pub letter: usize,
    /// Whether the request is counted with this record: that of a digest is counted with its first one.
    pub(crate) counts_request: bool,
    /// What it is about, for the retry queue; `None` when there is none, and when the record could not be opened.
    pub(super) original: Option<Arc<Record>>,
}

impl Report {
    pub(super) fn new(record: usize, outcome: Outcome) -> Self {
        Self {
            record,
            message_id: None,
            kind: None,
            receiver: None,
            template: None,
            delivered: Delivered::without_request(outcome),
            failed: Vec::new(),
            warnings: Vec::new(),
            note: None,
            digest: None,
            letter: 0,
            counts_request: true,
            original: None,
        }
    }

    /// A fault of this program, which is caught so that it costs no other record.
    pub(super) fn broken(self, outcome: Outcome) -> Self {
        Self {
            note: Some(FAULT.to_owned()),
            delivered: Delivered::without_request(outcome),
            ..self
        }
    }

    pub(super) fn unopened(record: usize, error: &EnvelopeError) -> Self {
        let outcome = Outcome::not_posted(Reason::Render);
        Self {
            note: Some(error.to_string()),
            ..Self::new(record, outcome)
        }
    }

    /// The failure in a few words, without anything secret.
    pub(super) fn failure(&self) -> String {
        let mut text = format!("record {}", self.record);
        if let Some(id) = &self.message_id {
            let _ = write!(text, " (message id {id})");
        }
        if let Some(receiver) = &self.receiver {
            let _ = write!(text, " to \"{receiver}\"");
        }
        let outcome = &self.delivered.outcome;
        let _ = write!(text, ": {}", outcome.as_str());
        if let Some(reason) = outcome.reason() {
            let _ = write!(text, " ({reason})");
        }
        if let Some(note) = &self.note {
            let _ = write!(text, ": {note}");
        }
        text
    }
}
