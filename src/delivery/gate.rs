//! One request at a time for each webhook, and none that Slack has asked to wait with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::{Instant, timeout};

use crate::slack::webhook::WebhookUrl;

/// The gates of all webhooks, for the life of the process: a wait that Slack asks for outlasts an invocation.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<HashMap<WebhookUrl, Arc<AsyncMutex<Gate>>>>);

/// What is known about one webhook. Who holds it may post.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// `None` when nothing has to be waited for.
    closed_until: Option<Instant>,
    /// Until then requests keep [`PACE`]; `None` as long as Slack has never found them too many.
    paced_until: Option<Instant>,
}

/// What Slack takes for one channel in the long run: a message a second (page "Rate limits").
const PACE: Duration = Duration::from_secs(1);
/// For so long the pace is kept after Slack has found requests too many. Before that, and after it, short bursts are allowed.
const PACED: Duration = Duration::from_secs(60);

impl Gates {
    /// Waits for the turn, in the order of asking. `None` when it does not come within `patience`.
    pub(super) async fn enter(
        &self,
        url: &WebhookUrl,
        patience: Duration,
    ) -> Option<OwnedMutexGuard<Gate>> {
        let gate = {
            let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match gates.get(url) {
                Some(gate) => Arc::clone(gate),
                None => Arc::clone(gates.entry(url.clone()).or_default()),
            }
        };
        timeout(patience, gate.lock_owned()).await.ok()
    }
}

impl Gate {
    /// Slack has asked to wait so long.
    pub(super) fn close(&mut self, wait: Duration) {
        self.closed_until = Some(Instant::now() + wait);
    }

    /// Slack finds the requests too many.
    pub(super) fn slow_down(&mut self) {
        self.paced_until = Some(Instant::now() + PACED);
    }

    /// A request has been made.
    pub(super) fn pace(&mut self) {
        let now = Instant::now();
        if self.paced_until.is_some_and(|until| now < until) && self.closed_for() < PACE {
            self.close(PACE);
        }
    }

    /// How long Slack's wish still holds; zero when a request may be made now.
    pub(super) fn closed_for(&self) -> Duration {
        self.closed_until.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }
}
