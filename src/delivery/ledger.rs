//! What this process has posted.
//!
//! AWS brings a whole event again when any record of it was not posted, and now and then without a reason (page "How Lambda
//! handles errors and retries with asynchronous invocation"). What the same process has posted before is not posted again.
//! Another process knows nothing of it: this makes doubles rare and does not rule them out.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How many are remembered; then the oldest is forgotten. About 2 MB.
const MOST: usize = 10_000;
/// A longer message id, in bytes, is not remembered. Those of SNS and SQS have 36.
const LONGEST_ID: usize = 128;

/// Remembers message ids by receiver. Safe to share between invocations that run at the same time.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Posted>);

#[derive(Debug, Default)]
struct Posted {
    known: HashSet<Entry>,
    /// The same, the oldest first.
    order: VecDeque<Entry>,
}

/// Message id and receiver, with a line end between them.
type Entry = Arc<str>;

impl Ledger {
    /// Slack has said `ok`.
    pub fn record(&self, message_id: &str, receiver: &str) {
        if message_id.is_empty() || message_id.len() > LONGEST_ID {
            return;
        }
        let entry: Entry = entry(message_id, receiver).into();
        let mut posted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !posted.known.insert(Arc::clone(&entry)) {
            return;
        }
        posted.order.push_back(entry);
        if posted.order.len() > MOST
            && let Some(oldest) = posted.order.pop_front()
        {
            posted.known.remove(&oldest);
        }
    }

    /// Has Slack said `ok` to it before?
    pub fn knows(&self, message_id: &str, receiver: &str) -> bool {
        let posted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        posted.known.contains(entry(message_id, receiver).as_str())
    }
}

/// Nobody gives a receiver a name with a line end in it, so the last one is always the one that was put here.
fn entry(message_id: &str, receiver: &str) -> String {
    [message_id, receiver].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_was_posted_to_whom() {
        let ledger = Ledger::default();
        assert!(!ledger.knows("m1", "alarms"));
        ledger.record("m1", "alarms");
        assert!(ledger.knows("m1", "alarms"));
        assert!(!ledger.knows("m1", "deploys"));
        assert!(!ledger.knows("m2", "alarms"));
    }

    #[test]
    fn forgets_the_oldest_first_and_never_grows_beyond_its_bound() {
        let ledger = Ledger::default();
        for n in 0..MOST {
            ledger.record(&n.to_string(), "alarms");
        }
        assert!(ledger.knows("0", "alarms"));
        // Known already: takes no room.
        ledger.record("0", "alarms");
        assert!(ledger.knows("0", "alarms") && ledger.knows("1", "alarms"));
        ledger.record("one more", "alarms");
        assert!(!ledger.knows("0", "alarms"));
        assert!(ledger.knows("1", "alarms") && ledger.knows("one more", "alarms"));
        let posted = ledger.0.lock().unwrap();
        assert_eq!((posted.known.len(), posted.order.len()), (MOST, MOST));
    }

    #[test]
    fn what_names_nothing_is_not_remembered() {
        let ledger = Ledger::default();
        ledger.record("", "alarms");
        assert!(!ledger.knows("", "alarms"));
    }

    #[test]
    fn an_id_of_any_length_takes_no_more_room_than_real_ones() {
        let ledger = Ledger::default();
        ledger.record(&"x".repeat(LONGEST_ID), "alarms");
        assert!(ledger.knows(&"x".repeat(LONGEST_ID), "alarms"));
        ledger.record(&"x".repeat(LONGEST_ID + 1), "alarms");
        assert!(!ledger.knows(&"x".repeat(LONGEST_ID + 1), "alarms"));
    }

    #[test]
    fn threads_may_share_it() {
        let ledger = Ledger::default();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let ledger = &ledger;
                scope.spawn(move || {
                    for n in 0..1_000 {
                        ledger.record(&format!("{thread} {n}"), "alarms");
                        assert!(ledger.knows(&format!("{thread} {n}"), "alarms"));
                    }
                });
            }
        });
        let posted = ledger.0.lock().unwrap();
        assert_eq!((posted.known.len(), posted.order.len()), (4_000, 4_000));
    }
}
