//! The built function between a Lambda Runtime API and a Slack that misbehave on command (`support`).

mod answers;
mod batches;
mod bounds;
mod connection;
mod custom_templates;
mod delivery;
mod endurance;
mod envelope;
mod exchange;
mod hand_over;
mod ledger;
mod log;
mod page;
mod peers;
mod retries;
mod runtime;
mod secrets;
mod start;
mod tls;

use std::thread;

use serde_json::{Value, json};

use crate::support::events::message_id;
use crate::support::fake_slack::{Certificate, FakeSlack};
use crate::support::forwarder::Setup;

/// How often a request is made that fails in a way that can heal, in an invocation with time enough.
const ATTEMPTS: usize = 3;

/// One Slack over TCP, and one over TLS.
fn both() -> [FakeSlack; 2] {
    [FakeSlack::start(), FakeSlack::start_tls(Certificate::Good)]
}

/// One receiver, and this in `delivery`.
fn with_delivery(webhook: &str, delivery: &Value) -> Setup {
    Setup::with_settings(&json!({
        "receivers": {"default": {"webhook": webhook}},
        "route": {"receivers": ["default"]},
        "delivery": delivery,
    }))
}

/// Checks each case in a thread of its own, for cases that take their time.
fn side_by_side<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| check(case));
        }
    });
}

/// The error names the record, its message id, the receiver, the outcome and the reason, and it counts.
#[track_caller]
fn names(error: &str, record: usize, outcome: &str, reason: &str) {
    for part in [
        format!("record {record} "),
        // The rest of it is new with every delivery.
        message_id(record)[8..].to_owned(),
        "\"default\"".to_owned(),
        format!("{outcome} ({reason})"),
    ] {
        assert!(error.contains(&part), "`{part}` is not in: {error}");
    }
}
