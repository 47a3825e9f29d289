//! What could not be posted goes to the retry queue, and comes back later.
//!
//! AWS brings an event again twice, within minutes, and then gives it up (page "How Lambda handles errors and retries with
//! asynchronous invocation"). A queue keeps what is left of it for as long as an outage of Slack may last.

mod queue;
mod residual;
mod sqs;

use std::time::Duration;

pub use queue::{Entry, Queue, QueueError};
pub use residual::{MEMBER, Residual};
pub use sqs::RetryQueue;

pub use crate::aws::sqs::{QueueUrl, QueueUrlError};

/// The longest that SQS delays a message (page "Amazon SQS delay queues").
pub const LONGEST_DELAY: Duration = Duration::from_secs(900);
/// The longest delay after the first failure; each further one is twice as long.
const FIRST_DELAY: Duration = Duration::from_secs(15);
/// For how long a record is tried again when settings say nothing else.
pub const HORIZON: Duration = Duration::from_secs(24 * 3600);

/// How long to wait before attempt number `attempt` + 1. Never less than what Slack asks for, up to what SQS can do; what is
/// beyond that is remembered in the residual.
pub fn delay(attempt: u32, retry_after: Option<Duration>) -> Duration {
    let doubled = FIRST_DELAY.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    let longest = doubled.min(LONGEST_DELAY);
    // Half of it is chance: what failed together does not come back together.
    let own = longest.mul_f64(0.5 + 0.5 * fastrand::f64());
    let asked = retry_after.unwrap_or_default();
    own.max(asked.mul_f64(1.0 + 0.1 * fastrand::f64()))
        .min(LONGEST_DELAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_up_to_what_the_queue_can_do() {
        for (attempt, longest) in [
            (1, 15),
            (2, 30),
            (3, 60),
            (6, 480),
            (7, 900),
            (8, 900),
            (u32::MAX, 900),
        ] {
            let longest = Duration::from_secs(longest);
            for _ in 0..100 {
                let delay = delay(attempt, None);
                assert!(
                    longest / 2 <= delay && delay <= longest,
                    "{attempt}: {delay:?}"
                );
            }
        }
    }

    #[test]
    fn never_comes_back_before_slack_wants_it() {
        for asked in [1, 20, 300, 899] {
            let asked = Duration::from_secs(asked);
            for _ in 0..100 {
                let delay = delay(1, Some(asked));
                assert!(delay >= asked && delay <= LONGEST_DELAY, "{delay:?}");
            }
        }
        assert_eq!(delay(1, Some(Duration::from_secs(3_600))), LONGEST_DELAY);
    }
}
