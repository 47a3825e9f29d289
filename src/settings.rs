//! Our own settings: which webhook gets what, and how.
//!
//! The simple case is one webhook for everything, in the environment variable `SLACK_WEBHOOK_URL`. The full case is one
//! structure, written as TOML by people and as JSON for the function:
//!
//! ```toml
//! [receivers.deploys]                       # a name of our own for a Slack webhook
//! webhook = "ssm:/slack/deploys"            # or secretsmanager:<name or ARN>[#<key>], env:<NAME>, or the URL itself
//! [receivers.alarms]
//! webhook = "secretsmanager:slack#alarms"
//!
//! [accounts]                                # names for account ids, as messages show them
//! 123456789012 = "prod"
//!
//! [route]                                   # the root: gets what no route below takes
//! receivers = ["alarms"]
//! [[route.routes]]                          # tried in this order; the first that matches takes the record
//! match = { kind = "codepipeline_approval", name = "prod-*" }
//! receivers = ["deploys"]
//! mention = ["<!subteam^S0123>"]
//! [[route.routes]]
//! match = { kind = "cloudwatch_alarm", state = ["ALARM", "INSUFFICIENT_DATA"], topic = "*:critical" }
//! unless = { "alarm.metric.namespace" = "AWS/Billing" }
//! template = "pager"                        # pager.json.tera
//! continue = true                           # the routes after it are tried too
//! [[route.routes]]
//! match = { kind = "config_notice" }
//! ignore = true
//!
//! [delivery]
//! timeout_seconds = 10                      # for one request to Slack, 1 to 60
//! digest = 5                                # more records of one batch become one message for a receiver; 0 turns it off
//! retry_horizon_hours = 24                  # for so long the retry queue tries again
//! proxy = "http://proxy.example.org:3128"   # never taken from HTTPS_PROXY
//! ```
//!
//! - All keys of `match` must hold and none of `unless`. A key is `kind`, `topic` (its ARN), `account`, `region`, `name`,
//!   `source`, `state`, or the path of another value of the context in quotes. A value is a glob or a list of globs: `*` is
//!   any text, `?` one character. What is null or absent matches nothing.
//! - A route below another one is tried before it, and takes over its `receivers`, `template` and `mention` when it has none
//!   of its own; `mention = []` mentions nobody.
//! - A receiver gets a record once: the first route that names it decides template and mentions.
//! - `ignore = true` posts nothing, and is counted. Routes below an ignored one are its exceptions.

mod document;
mod finding;
mod matchers;
mod reader;
mod reference;
mod routes;
mod sections;
mod source;
#[cfg(test)]
#[allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::retry::{self, QueueUrl};
use crate::route::Route;
use crate::slack::webhook::{Loopback, Proxy, TOTAL_TIMEOUT, WebhookUrl};

#[cfg(feature = "cli")]
pub(crate) use finding::nearest;
pub use finding::{Finding, Place, SettingsError};
pub use reference::WebhookReference;
#[cfg(feature = "cli")]
pub(crate) use reference::in_variable;
pub use source::References;

/// A named Slack webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Receiver {
    /// As routes, logs and metrics call it.
    pub name: String,
    /// Where it posts.
    pub webhook: Webhook,
}

/// Where a receiver posts.
#[derive(Debug, Clone, PartialEq)]
pub enum Webhook {
    /// Here.
    Resolved(WebhookUrl),
    /// Nowhere: the URL is not known. The receiver's records are not posted; the other receivers go on.
    Unresolved {
        /// Where the URL should be.
        reference: WebhookReference,
        /// Why it is not known.
        why: String,
    },
}

/// What `digest` is when settings say nothing else: so many messages in a row are still read.
const DIGEST: usize = 5;

/// How messages are posted.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// `timeout_seconds`: the longest wait for one exchange with Slack.
    pub timeout: Duration,
    /// `digest`: more records than this of one batch become one message for a receiver; 0 for never.
    pub digest: usize,
    /// `retry_horizon_hours`: for how long a record that goes to the retry queue is tried again.
    pub retry_horizon: Duration,
    /// `proxy`: what requests go through. A proxy that the environment names is ignored.
    pub proxy: Option<Proxy>,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            timeout: TOTAL_TIMEOUT,
            digest: DIGEST,
            retry_horizon: retry::HORIZON,
            proxy: None,
        }
    }
}

/// Everything that a person can set. Can only be had without faults.
#[derive(Debug, Clone)]
pub struct Settings {
    receivers: BTreeMap<String, Receiver>,
    root: Route,
    /// People's names for account ids.
    pub account_names: BTreeMap<String, String>,
    /// How messages are posted.
    pub delivery: Delivery,
    /// Whether a webhook may lead to this machine, also one that is fetched.
    pub loopback: Loopback,
    /// `RETRY_QUEUE_URL`: where what could not be posted waits; `None` when AWS's own retries are all there is.
    pub retry_queue: Option<QueueUrl>,
    /// `SQS_PARTIAL_BATCH=1`: the queue that invokes the function is told which messages have failed.
    pub partial_batch: bool,
    /// Templates laid over the built-in ones.
    pub templates: Option<PathBuf>,
    /// What is allowed but most likely not meant.
    pub warnings: Vec<Finding>,
}

impl Settings {
    /// One receiver `default` without a webhook that gets everything: for trying out what a record becomes.
    pub fn for_preview() -> Self {
        let why = "a preview posts nothing".to_owned();
        let reference = WebhookReference::Env(source::WEBHOOK.to_owned());
        Self::one_receiver(Webhook::Unresolved { reference, why }, Vec::new())
    }

    /// The same with every receiver's webhook replaced, for a stand-in for Slack. `webhook` gets the receiver's name.
    ///
    /// # Errors
    /// The first of `webhook`.
    pub fn with_webhooks<E>(
        mut self,
        webhook: impl Fn(&str) -> Result<WebhookUrl, E>,
    ) -> Result<Self, E> {
        for receiver in self.receivers.values_mut() {
            receiver.webhook = Webhook::Resolved(webhook(&receiver.name)?);
        }
        Ok(self)
    }

    /// All receivers, by name.
    pub fn receivers(&self) -> impl Iterator<Item = &Receiver> {
        self.receivers.values()
    }

    /// The receiver of a name.
    pub fn receiver(&self, name: &str) -> Option<&Receiver> {
        self.receivers.get(name)
    }

    /// The route that every record enters.
    pub fn root(&self) -> &Route {
        &self.root
    }

    /// Findings for every template that a route names and nobody has. `exists` gets a name without the suffix.
    pub fn missing_templates(&self, exists: impl Fn(&str) -> bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        routes::missing_templates(&self.root, &exists, &mut findings);
        findings
    }
}

/// Settings of JSON as good as they could be read, and what is wrong with them.
#[cfg(test)]
pub(crate) fn with_faults(json: &str) -> (Settings, Vec<Finding>) {
    source::with_faults(json)
}
