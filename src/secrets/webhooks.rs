//! Which URL a receiver has right now.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

use super::{FETCH_TIMEOUT, Fetch, Location, SecretError, SecretFault, Secrets};
use crate::settings::{Receiver, Settings, Webhook};
use crate::slack::webhook::{Loopback, WebhookUrl};

/// A secret is not asked for again sooner than this after the last time.
const PAUSE: Duration = Duration::from_secs(60);

/// The URLs of the receivers, of which those that are kept as secrets can change while the function runs.
#[derive(Debug)]
pub struct Webhooks<F = Secrets> {
    /// `None` when no receiver needs it.
    secrets: Option<F>,
    loopback: Loopback,
    /// By receiver; only those that are kept as secrets.
    held: BTreeMap<String, Held>,
}

#[derive(Debug)]
struct Held {
    location: Location,
    /// Locked while it is fetched: whoever comes second gets what the first one has fetched.
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    url: Result<WebhookUrl, SecretError>,
    /// The last time that it was asked for in vain, or again. `None` as long as the first answer has been good enough.
    tried: Option<SystemTime>,
}

impl<F: Fetch> Webhooks<F> {
    /// Fetches what the settings refer to, all at the same time. `secrets` is called only if there is something to fetch.
    pub async fn fetch(settings: &Settings, secrets: impl FnOnce() -> F) -> Self {
        let mut webhooks = Self::written(settings.loopback);
        let locations: Vec<(&Receiver, Location)> = settings
            .receivers()
            .filter_map(|receiver| match &receiver.webhook {
                Webhook::Resolved(_) => None,
                Webhook::Unresolved { reference, .. } => {
                    Location::of(reference).map(|location| (receiver, location))
                }
            })
            .collect();
        if locations.is_empty() {
            return webhooks;
        }
        let secrets = secrets();
        let now = secrets.now();
        let fetched = locations
            .iter()
            .map(|(_, location)| fetch(&secrets, location, settings.loopback, FETCH_TIMEOUT));
        let fetched = join_all(fetched).await;
        webhooks.held = locations
            .into_iter()
            .zip(fetched)
            .map(|((receiver, location), url)| {
                let tried = url.is_err().then_some(now);
                let state = Mutex::new(State { url, tried });
                (receiver.name.clone(), Held { location, state })
            })
            .collect();
        webhooks.secrets = Some(secrets);
        webhooks
    }

    /// Those that are written in the settings, and no others.
    pub fn written(loopback: Loopback) -> Self {
        Self {
            secrets: None,
            loopback,
            held: BTreeMap::new(),
        }
    }

    /// Where the receiver posts, or why nobody knows: after a minute that is asked again. `time` is how long it may take.
    pub async fn url(&self, receiver: &Receiver, time: Duration) -> Result<WebhookUrl, String> {
        let (secrets, held) = match (&receiver.webhook, self.held(receiver)) {
            (Webhook::Resolved(url), _) => return Ok(url.clone()),
            (Webhook::Unresolved { .. }, Some(held)) => held,
            (Webhook::Unresolved { reference, why }, None) => {
                return Err(format!("webhook {reference}: {why}"));
            }
        };
        let location = &held.location;
        let Some(mut state) = held.lock(time).await else {
            return Err(format!(
                "webhook {location}: too little time is left to wait for it"
            ));
        };
        if state.url.is_err() && state.is_due(secrets, time) {
            self.again(secrets, location, &mut state, time).await;
            if state.url.is_ok() {
                let name = &receiver.name;
                tracing::info!("receiver \"{name}\": webhook {location} can be fetched again");
            }
        }
        match &state.url {
            Ok(url) => Ok(url.clone()),
            Err(error) => Err(format!("webhook {location}: {error}")),
        }
    }

    /// Slack refuses the URL: the one that has taken its place, or why there is none. `None` for a URL that is written in the
    /// settings. `time` is how long it may take.
    pub async fn successor(
        &self,
        receiver: &Receiver,
        refused: &WebhookUrl,
        time: Duration,
    ) -> Option<Result<WebhookUrl, String>> {
        let (secrets, held) = self.held(receiver)?;
        let (name, location) = (&receiver.name, &held.location);
        let mut state = held.lock(time).await?;
        let mut fault = None;
        if state.url.as_ref() == Ok(refused) && state.is_due(secrets, time) {
            // What is known stays known when it cannot be fetched: the refusal may be a passing one.
            let known = state.url.clone();
            self.again(secrets, location, &mut state, time).await;
            if let Err(error) = &state.url {
                fault = Some(error.to_string());
                state.url = known;
            }
        }
        Some(match (&state.url, fault) {
            (_, Some(fault)) => Err(format!(
                "Slack refuses the webhook that was fetched from {location}, and it cannot be fetched again: {fault}"
            )),
            (Ok(url), None) if url != refused => {
                tracing::warn!(
                    "receiver \"{name}\": Slack refuses the webhook that was fetched from {location}; it has changed there, and the new one is used"
                );
                Ok(url.clone())
            }
            (_, None) => Err(format!(
                "Slack refuses the webhook that was fetched from {location}; put the URL of a new one there, no deploy is needed"
            )),
        })
    }

    /// Every receiver whose URL is not known, and why.
    pub async fn missing(&self, settings: &Settings) -> Vec<(String, String)> {
        let mut missing = Vec::new();
        for receiver in settings.receivers() {
            // Asks nobody: there is no time.
            if let Err(why) = self.url(receiver, Duration::ZERO).await {
                missing.push((receiver.name.clone(), why));
            }
        }
        missing
    }

    fn held(&self, receiver: &Receiver) -> Option<(&F, &Held)> {
        Some((self.secrets.as_ref()?, self.held.get(&receiver.name)?))
    }

    async fn again(&self, secrets: &F, location: &Location, state: &mut State, time: Duration) {
        // Before it is fetched, so that it counts also when the invocation ends in the middle of it.
        state.tried = Some(secrets.now());
        state.url = fetch(secrets, location, self.loopback, time.min(FETCH_TIMEOUT)).await;
    }
}

impl Held {
    async fn lock(&self, time: Duration) -> Option<MutexGuard<'_, State>> {
        timeout(time, self.state.lock()).await.ok()
    }
}

impl State {
    fn is_due(&self, secrets: &impl Fetch, time: Duration) -> bool {
        let due = self.tried.is_none_or(|tried| {
            let since = secrets.now().duration_since(tried);
            // A clock that was put back must not stop it for ever.
            since.map_or(true, |since| since >= PAUSE)
        });
        due && !time.is_zero()
    }
}

/// The webhook that is kept there.
///
/// # Errors
/// When it cannot be had within `timeout`, or is none.
pub async fn fetch(
    secrets: &impl Fetch,
    location: &Location,
    loopback: Loopback,
    timeout: Duration,
) -> Result<WebhookUrl, SecretError> {
    let value = secrets.fetch(location, timeout).await?;
    WebhookUrl::parse(&value, loopback)
        .map_err(|error| location.error(SecretFault::NotAWebhook(error)))
}

#[cfg(test)]
mod tests;
