//! What the tests put around the program, and in front of it.
//!
//! Everything listens on loopback, on a port that the system picks, and stops when it is dropped. Nothing sleeps: what is
//! awaited is announced by a condition variable, and every wait has an end.

pub(crate) mod events;
pub(crate) mod fake_runtime;
pub(crate) mod fake_slack;
pub(crate) mod fake_sqs;
pub(crate) mod forwarder;
pub(crate) mod moto;
pub(crate) mod usage;

mod certificate;
mod http;
mod outcome;
mod script;
mod server;
mod stream;

use std::time::Duration;

/// The longest that a test waits for anything. Far more than a busy machine needs, so that only a fault reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
