//! Webhooks whose URLs are kept in Parameter Store or Secrets Manager.
//!
//! They are fetched once, at the start, all at the same time. One that cannot be fetched fails only its receiver, and one
//! that Slack refuses may have been rotated: then it is fetched again, at most once a minute ([`Webhooks`]). So a new webhook
//! takes effect without a deploy. Where every webhook is written out or in a variable, nothing of AWS is touched.
//!
//! A fetched value goes nowhere but into a [`WebhookUrl`](crate::slack::webhook::WebhookUrl), and of what AWS answers nothing
//! but its word for an error is shown ([`SecretError`]).

mod answer;
mod error;
mod item;
mod sign;
mod webhooks;

use std::fmt;
use std::future::Future;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

pub use self::error::{ErrorCode, Keys, SecretError, SecretFault};
use self::item::{Item, Store};
pub use self::webhooks::{Webhooks, fetch};
use crate::settings::WebhookReference;
use crate::slack::webhook::Client;

/// Longest wait for a secret. Both services answer in tens of milliseconds.
pub const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
/// Waits before further attempts. Many environments that start at once may meet a limit of the account.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(400)];
/// A secret has up to 64 KiB (page "AWS Secrets Manager quotas"), and escapes make it longer.
const LONGEST_ANSWER: usize = 512 * 1024;

/// Where a secret is kept. `Display` writes it as settings do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    reference: WebhookReference,
    store: Store,
    id: String,
    key: Option<String>,
}

impl Location {
    /// `None` for a webhook that is not kept as a secret.
    pub fn of(reference: &WebhookReference) -> Option<Self> {
        let (store, id, key) = match reference {
            WebhookReference::Ssm(name) => (Store::Parameters, name, None),
            WebhookReference::SecretsManager { id, json_key } => {
                (Store::Secrets, id, json_key.as_ref())
            }
            WebhookReference::Url(_) | WebhookReference::Env(_) => return None,
        };
        Some(Self {
            reference: reference.clone(),
            store,
            id: id.clone(),
            key: key.cloned(),
        })
    }

    fn error(&self, fault: SecretFault) -> SecretError {
        SecretError {
            item: Item {
                store: self.store,
                id: self.id.clone(),
                region: String::new(),
            },
            fault,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)
    }
}

/// The seam between webhooks and AWS, so that tests need neither.
pub trait Fetch {
    /// The value that is kept there, or why it cannot be had within `timeout`.
    fn fetch(
        &self,
        location: &Location,
        timeout: Duration,
    ) -> impl Future<Output = Result<String, SecretError>>;

    /// The clock for "at most once a minute". Not a monotonic one: that may stand still while an environment is frozen
    /// between two invocations.
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Fetches from AWS, with the rights of the function's role.
#[derive(Debug)]
pub struct Secrets {
    http: reqwest::Client,
    /// Or the variable that is missing.
    keys: Result<sign::Keys, &'static str>,
    region: Option<String>,
    endpoint: Option<String>,
}

impl Secrets {
    /// From `AWS_REGION`, `AWS_ENDPOINT_URL` and the credentials in the environment. What is missing is said by each fetch,
    /// because only those receivers suffer from it.
    pub fn from_environment(client: &Client, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        Self {
            http: client.http().clone(),
            keys: sign::Keys::from_environment(&variable),
            region: set("AWS_REGION"),
            endpoint: set("AWS_ENDPOINT_URL"),
        }
    }
}

impl Fetch for Secrets {
    async fn fetch(&self, location: &Location, timeout: Duration) -> Result<String, SecretError> {
        let item = Item::new(location.store, &location.id, self.region.as_deref())?;
        let key = location.key.as_deref();
        let url = item.url(self.endpoint.as_deref())?;
        let deadline = Instant::now() + timeout;
        let attempt = async || {
            let answered = timeout_at(deadline, self.ask(&item, &url)).await;
            match answered.unwrap_or(Err(SecretFault::Timeout(timeout))) {
                Ok((status, body)) => answer::value(&item, key, status, &body),
                Err(fault) => Err(item.error(fault)),
            }
        };
        for pause in PAUSES {
            match attempt().await {
                Err(error) if error.fault.is_passing() && Instant::now() + pause < deadline => {
                    sleep(pause).await;
                }
                result => return result,
            }
        }
        attempt().await
    }
}

impl Secrets {
    /// One request and its answer.
    async fn ask(&self, item: &Item, url: &Url) -> Result<(u16, Vec<u8>), SecretFault> {
        let keys = self
            .keys
            .as_ref()
            .map_err(|variable| SecretFault::NoCredentials { variable })?;
        let body = item.body();
        let headers = keys
            .headers(item, url.as_str(), &body, SystemTime::now())
            .ok_or(SecretFault::Unsignable)?;
        let mut request = self.http.post(url.clone()).body(body);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        // What the errors of the client say is dropped: it may repeat what was sent.
        let mut response = request.send().await.map_err(|error| {
            if error.is_builder() {
                SecretFault::Unsignable
            } else {
                SecretFault::Connect
            }
        })?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| SecretFault::Connect)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LONGEST_ANSWER {
                return Err(SecretFault::Unreadable { status });
            }
        }
        Ok((status, bytes))
    }
}

#[cfg(test)]
mod tests;
