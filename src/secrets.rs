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
mod webhooks;

use std::fmt;
use std::future::Future;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

pub use self::error::{Keys, SecretError, SecretFault};
use self::item::{Item, Store};
pub use self::webhooks::{Webhooks, fetch};
use crate::aws;
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
pub struct Secrets(aws::Client);

impl Secrets {
    /// With what the environment says; see [`aws::Client::from_environment`]. What is missing is said by each fetch, because
    /// only those receivers suffer from it.
    pub fn from_environment(client: &Client, variable: impl Fn(&str) -> Option<String>) -> Self {
        Self(aws::Client::from_environment(client, variable))
    }
}

impl Fetch for Secrets {
    async fn fetch(&self, location: &Location, timeout: Duration) -> Result<String, SecretError> {
        let item = Item::new(location.store, &location.id, self.0.region())?;
        let key = location.key.as_deref();
        let url = item.url(self.0.endpoint())?;
        let deadline = Instant::now() + timeout;
        let attempt = async || {
            let answered = timeout_at(deadline, self.ask(&item, &url)).await;
            match answered.unwrap_or(Err(SecretFault::Timeout(timeout))) {
                Ok(answer) => answer::value(&item, key, answer.status, &answer.body),
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
    async fn ask(&self, item: &Item, url: &Url) -> Result<aws::Answer, SecretFault> {
        let request = aws::Request {
            service: item.store.service(),
            region: &item.region,
            target: item.store.target(),
            content_type: "application/x-amz-json-1.1",
            body: &item.body(),
        };
        let answer = self.0.ask(&request, url, LONGEST_ANSWER).await;
        answer.map_err(|fault| match fault {
            aws::Fault::NoCredentials { variable } => SecretFault::NoCredentials { variable },
            aws::Fault::Unsignable => SecretFault::Unsignable,
            aws::Fault::Connect => SecretFault::Connect,
            aws::Fault::TooLong { status } => SecretFault::Unreadable { status },
        })
    }
}

#[cfg(test)]
mod tests;
