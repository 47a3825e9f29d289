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
}

impl Gates {
    /// Waits for the turn, in the order of asking. `None` when it does not come within `patience`.
    pub(super) async fn enter(
        &self,
        url: &WebhookUrl,
        patience: Duration,
    ) -> Option<OwnedMutexGuard<Gate>> {
        let gate = {
            let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(gates.entry(url.clone()).or_default())
        };
        timeout(patience, gate.lock_owned()).await.ok()
    }
}

impl Gate {
    /// Slack has asked to wait so long.
    pub(super) fn close(&mut self, wait: Duration) {
        self.closed_until = Some(Instant::now() + wait);
    }

    /// How long Slack's wish still holds; zero when a request may be made now.
    pub(super) fn closed_for(&self) -> Duration {
        self.closed_until.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }
}
