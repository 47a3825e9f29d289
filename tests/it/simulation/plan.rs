//! What is simulated: how AWS is set up, what goes wrong and how often.

use std::time::Duration;

use super::truth::Unit;

/// How records come to the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// SNS invokes the function, and nothing else keeps what it cannot post.
    Direct,
    /// SNS invokes the function; what is left waits in the retry queue.
    RetryQueue,
    /// SNS puts records into a queue, which is the retry queue, too.
    Buffered,
}

/// Who gets the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// All kinds, to one, two or three receivers, or to nobody.
    Mixed,
    /// Alarms, to the first receiver.
    One,
    /// Alarms, to the first two receivers.
    Two,
}

/// Each is a probability.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Faults {
    pub(super) rate_limited: f64,
    pub(super) server_error: f64,
    pub(super) reset: f64,
    pub(super) timeout: f64,
    /// `200`, and the rest breaks off.
    pub(super) unreadable: f64,
    pub(super) connect: f64,
    /// AWS delivers something twice.
    pub(super) duplicate: f64,
    /// An environment ends in the middle of an invocation.
    pub(super) kill: f64,
    /// The first request after an idle time meets a connection that has died.
    pub(super) freeze: f64,
    /// Lambda has no room for an event at the moment.
    pub(super) throttle: f64,
    /// The queue does not take a message.
    pub(super) refused: f64,
    /// The queue takes a message, and its answer is lost.
    pub(super) unanswered: f64,
    /// The queue does not answer in the time that it is given.
    pub(super) slow_queue: f64,
}

impl Faults {
    /// The mix of the first goal, with a little of everything else.
    pub(super) fn mix() -> Self {
        Self {
            rate_limited: 0.20,
            server_error: 0.10,
            reset: 0.05,
            timeout: 0.05,
            unreadable: 0.005,
            connect: 0.01,
            duplicate: 0.02,
            kill: 0.01,
            freeze: 0.02,
            throttle: 0.01,
            refused: 0.01,
            unanswered: 0.01,
            slow_queue: 0.005,
        }
    }
}

/// How Slack is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Down {
    /// Each request ends in another of the ways below.
    Anyhow,
    ServerError,
    Connect,
    Timeout,
}

#[derive(Debug, Clone)]
pub(super) struct Outage {
    /// `None` for all of them.
    pub(super) receiver: Option<usize>,
    pub(super) from: Duration,
    pub(super) until: Duration,
    pub(super) how: Down,
}

#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) mode: Mode,
    pub(super) audience: Audience,
    pub(super) records: usize,
    /// They are published in this time.
    pub(super) within: Duration,
    /// So many at the same moment, at most.
    pub(super) burst: usize,
    pub(super) faults: Faults,
    pub(super) outages: Vec<Outage>,
    /// Slack takes so many messages at once for a webhook, and one a second in the long run.
    pub(super) bucket: u32,
    pub(super) function_timeout: Duration,
    /// Of the event source mapping.
    pub(super) batch_size: usize,
    pub(super) batch_window: Duration,
    pub(super) maximum_concurrency: usize,
    /// Of the queue.
    pub(super) max_receive_count: u32,
    /// In the end everything works, and what is in the dead-letter queue is moved back.
    pub(super) redrive: bool,
    /// But before that, Slack is down once more for so long.
    pub(super) down_after_redrive: Duration,
    /// Everything that happens to it is told.
    pub(super) watch: Option<Unit>,
}

impl Plan {
    pub(super) fn new(seed: u64, mode: Mode, records: usize) -> Self {
        Self {
            seed,
            mode,
            audience: Audience::Mixed,
            records,
            within: Duration::from_millis(1_500) * u32::try_from(records).unwrap(),
            burst: 20,
            faults: Faults::default(),
            outages: Vec::new(),
            bucket: 5,
            function_timeout: Duration::from_secs(30),
            batch_size: 10,
            batch_window: Duration::ZERO,
            maximum_concurrency: 2,
            max_receive_count: 5,
            redrive: false,
            down_after_redrive: Duration::ZERO,
            watch: None,
        }
    }

    /// As AWS advises (page "Creating and configuring an Amazon SQS event source mapping").
    pub(super) fn visibility(&self) -> Duration {
        self.function_timeout * 6
    }

    pub(super) fn has_queue(&self) -> bool {
        self.mode != Mode::Direct
    }
}
