//! The seam between the function and its retry queue.

use std::fmt;
use std::time::{Duration, SystemTime};

/// Keeps what is left of records. The seam between the function and SQS, so that time and faults can be simulated.
pub trait Queue {
    /// Puts messages into the queue. One result for each, in their order; an error means that the message may not be there.
    /// It takes no longer than `time`.
    fn send(
        &self,
        messages: Vec<Entry>,
        time: Duration,
    ) -> impl Future<Output = Vec<Result<(), QueueError>>>;

    /// The clock of residuals. Not a monotonic one: they outlive the process.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A message for the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its text.
    pub body: String,
    /// After so long the queue hands it out; up to [`super::LONGEST_DELAY`].
    pub delay: Duration,
}

/// Why a message may not be in the queue: a sentence, without anything secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueError(pub String);

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QueueError {}
