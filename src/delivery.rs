//! Step 6: from a message and a receiver to an outcome.
//!
//! What certainly was not shown is tried again while there is time; what may have been shown is not. Time is kept so that an
//! invocation ends before AWS ends it.

mod gate;
mod ledger;
mod outcome;

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::{Instant, sleep};

use self::gate::{Gate, Gates};
use crate::secrets::{Fetch, Webhooks};
use crate::settings::Receiver;
use crate::slack::Message;
use crate::slack::webhook::{LONGEST_TIMEOUT, Post, WebhookUrl};

pub use ledger::Ledger;
pub use outcome::{Outcome, Reason, verdict};

/// No request is begun with less than this left of the invocation: an answer could not be waited for.
const LEAST_TIME: Duration = Duration::from_secs(1);
/// What is left of it when the answer to the last request is given up: time for the function to say so.
const RESERVE: Duration = Duration::from_millis(500);
/// Nothing is waited for when less than this would be left after the wait: what follows would be cut short.
const LEAST_TIME_AFTER_A_WAIT: Duration = Duration::from_millis(1_500);
/// How often a request is repeated at most. After that AWS's own retries are the better ones: they wait for minutes.
const RETRIES: usize = 2;
/// The longest wait before the first repetition; each further one may be twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Posts messages to receivers. Lives as long as the process, and remembers what outlasts an invocation.
#[derive(Debug)]
pub struct Sender<P, F> {
    post: P,
    webhooks: Webhooks<F>,
    gates: Gates,
    /// `None` when nothing is remembered.
    ledger: Option<Ledger>,
}

/// What is to be posted.
#[derive(Debug)]
pub struct Parcel<'a, M> {
    /// Of every record in the message; see [`crate::envelope::Record::message_id`]. What has none is not remembered.
    pub message_ids: &'a [Option<&'a str>],
    /// Who gets it.
    pub receiver: &'a Receiver,
    /// The message.
    pub message: &'a Message,
    /// Makes the message that is posted when Slack calls the other one malformed.
    pub minimal: M,
}

/// An outcome and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// What became of it.
    pub outcome: Outcome,
    /// How many requests were made.
    pub attempts: u32,
    /// Slack called the message malformed, and the minimal text was sent in its place.
    pub minimal: bool,
    /// This process has posted another delivery of the same record, and did not post this one, which it may have tried to.
    pub duplicate: bool,
    /// How long all of it took.
    pub duration: Duration,
    /// Where the webhook is the trouble: what to do about it.
    pub note: Option<String>,
}

impl Delivered {
    /// What was decided without asking Slack.
    pub fn without_request(outcome: Outcome) -> Self {
        Self {
            outcome,
            attempts: 0,
            minimal: false,
            duplicate: false,
            duration: Duration::ZERO,
            note: None,
        }
    }
}

impl<P: Post, F: Fetch> Sender<P, F> {
    /// Posts whatever it is given.
    pub fn new(post: P, webhooks: Webhooks<F>) -> Self {
        Self {
            post,
            webhooks,
            gates: Gates::default(),
            ledger: None,
        }
    }

    /// Remembers what was posted, and does not post it again.
    #[must_use]
    pub fn with_ledger(mut self) -> Self {
        self.ledger = Some(Ledger::default());
        self
    }

    /// Has this process posted the record of this id to the receiver, also when it came in another delivery?
    pub fn has_posted(&self, message_id: Option<&str>, receiver: &str) -> bool {
        let remembered = self.ledger.as_ref().zip(message_id);
        remembered.is_some_and(|(ledger, id)| ledger.knows(id, receiver))
    }

    /// Posts a message.
    ///
    /// - What can heal is repeated, after a pause or when Slack has asked for it, as long as time is left.
    /// - When Slack calls the message malformed, the minimal text is posted once in its place: a fault in a limit must not
    ///   silence an alarm.
    /// - When Slack refuses a webhook that is kept as a secret, and another one is kept there by now, that one is taken: a
    ///   rotated webhook costs no message.
    pub async fn deliver(
        &self,
        parcel: &Parcel<'_, impl Fn() -> Message>,
        deadline: Option<Instant>,
    ) -> Delivered {
        let start = Instant::now();
        let mut delivered = Delivered::without_request(Outcome::not_posted(Reason::Deadline));
        match self.webhooks.url(parcel.receiver, spare(deadline)).await {
            Ok(url) => self.to(&url, parcel, deadline, &mut delivered).await,
            Err(why) => {
                delivered.outcome = Outcome::not_posted(Reason::SecretUnavailable);
                delivered.note = Some(why);
            }
        }
        delivered.duration = start.elapsed();
        delivered
    }

    async fn to(
        &self,
        url: &WebhookUrl,
        parcel: &Parcel<'_, impl Fn() -> Message>,
        deadline: Option<Instant>,
        delivered: &mut Delivered,
    ) {
        self.in_turn(url, parcel, deadline, delivered).await;
        if !delivered.outcome.refuses_webhook() {
            return;
        }
        let successor = self
            .webhooks
            .successor(parcel.receiver, url, spare(deadline));
        match successor.await {
            Some(Ok(url)) => self.in_turn(&url, parcel, deadline, delivered).await,
            Some(Err(why)) => delivered.note = Some(why),
            None => {}
        }
    }

    async fn in_turn(
        &self,
        url: &WebhookUrl,
        parcel: &Parcel<'_, impl Fn() -> Message>,
        deadline: Option<Instant>,
        delivered: &mut Delivered,
    ) {
        let Some(mut gate) = self.gates.enter(url, spare(deadline)).await else {
            return;
        };
        // Within the turn: the same message may just have been posted in the turn before.
        let mut ids = parcel.message_ids.iter();
        if ids.all(|id| self.has_posted(*id, &parcel.receiver.name)) {
            delivered.outcome = Outcome::Posted;
            delivered.duplicate = true;
            return;
        }
        self.persist(url, &mut gate, parcel, deadline, delivered)
            .await;
        if let (Outcome::Posted, Some(ledger)) = (&delivered.outcome, &self.ledger) {
            for id in parcel.message_ids.iter().flatten() {
                ledger.record(id, &parcel.receiver.name);
            }
        }
    }

    /// Makes one request after the other until there is a reason to stop.
    async fn persist(
        &self,
        url: &WebhookUrl,
        gate: &mut Gate,
        parcel: &Parcel<'_, impl Fn() -> Message>,
        deadline: Option<Instant>,
        delivered: &mut Delivered,
    ) {
        let mut minimal = None;
        let mut asked = false;
        let mut pause = Duration::ZERO;
        let mut pauses = pauses();
        loop {
            let closed = gate.closed_for();
            if !wait(closed + pause, deadline).await {
                if !asked {
                    delivered.outcome = Outcome::NotPosted {
                        reason: Reason::RateLimited,
                        retry_after: Some(closed),
                    };
                }
                return;
            }
            if is_over(deadline) {
                return;
            }
            let timeout = left(deadline).saturating_sub(RESERVE);
            let message = minimal.as_ref().unwrap_or(parcel.message);
            let answer = self.post.post(url, message.to_json(), timeout).await;
            asked = true;
            delivered.attempts += 1;
            delivered.minimal = minimal.is_some();
            delivered.outcome = verdict(&answer);
            if delivered.outcome.reason() == Some(Reason::RateLimited) {
                gate.slow_down();
            }
            gate.pace();
            match delivered.outcome {
                Outcome::NotPosted {
                    reason: Reason::RejectedPayload,
                    ..
                } if minimal.is_none() => {
                    minimal = Some((parcel.minimal)());
                    pause = Duration::ZERO;
                }
                Outcome::NotPosted { retry_after, .. } if delivered.outcome.can_heal() => {
                    if let Some(wait) = retry_after {
                        gate.close(wait);
                    }
                    let Some(longest) = pauses.next() else {
                        return;
                    };
                    // Full jitter: functions that fail together do not come back together.
                    pause = longest.mul_f64(fastrand::f64());
                }
                _ => return,
            }
        }
    }
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_PAUSE)
        .with_max_times(RETRIES)
        .build()
}

/// Waits, or says at once that there is no time for it.
async fn wait(time: Duration, deadline: Option<Instant>) -> bool {
    if time.is_zero() {
        return true;
    }
    if left(deadline) < time + LEAST_TIME_AFTER_A_WAIT {
        return false;
    }
    sleep(time).await;
    true
}

/// Is there too little time to begin anything?
pub(crate) fn is_over(deadline: Option<Instant>) -> bool {
    left(deadline) < LEAST_TIME
}

/// The time that may be spent before a request is begun.
fn spare(deadline: Option<Instant>) -> Duration {
    left(deadline).saturating_sub(LEAST_TIME)
}

/// Without a deadline as much as a request may take.
fn left(deadline: Option<Instant>) -> Duration {
    deadline.map_or(LONGEST_TIMEOUT + RESERVE, |deadline| {
        deadline.saturating_duration_since(Instant::now())
    })
}
