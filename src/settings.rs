//! Our own settings: which webhook gets what.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::slack::webhook::{Loopback, WebhookUrl};

/// A named Slack webhook.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// As routes, logs and metrics call it.
    pub name: String,
    /// Where it posts.
    pub webhook: WebhookUrl,
}

/// Everything that a person can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The receiver of every record.
    pub receiver: Receiver,
    /// People's names for account ids.
    pub account_names: BTreeMap<String, String>,
    /// Other messages of an AWS Config stream than compliance changes are not posted: a stream carries every change of every
    /// resource.
    pub ignore_config_notices: bool,
    /// Templates laid over the built-in ones.
    pub templates: Option<PathBuf>,
}

/// Every fault of the settings, so that one deploy shows them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError(pub Vec<String>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "invalid settings: {one}"),
            faults => {
                write!(f, "invalid settings, {} faults:", faults.len())?;
                faults
                    .iter()
                    .try_for_each(|fault| write!(f, "\n  - {fault}"))
            }
        }
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// From environment variables: `SLACK_WEBHOOK_URL` is one receiver for everything.
    ///
    /// `get` gives the value of a variable.
    pub fn from_environment(get: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut faults = Vec::new();
        let loopback = match get("ALLOW_LOOPBACK_WEBHOOK").as_deref() {
            Some("1") => Loopback::Allowed,
            None | Some("" | "0") => Loopback::Refused,
            Some(_) => {
                faults.push("ALLOW_LOOPBACK_WEBHOOK is neither 1 nor 0".to_owned());
                Loopback::Refused
            }
        };
        let webhook = match get("SLACK_WEBHOOK_URL").filter(|text| !text.trim().is_empty()) {
            None => {
                faults.push(
                    "SLACK_WEBHOOK_URL is not set; set it to the URL of a Slack incoming webhook"
                        .to_owned(),
                );
                None
            }
            Some(text) => WebhookUrl::parse(&text, loopback)
                .map_err(|error| faults.push(format!("SLACK_WEBHOOK_URL: {error}")))
                .ok(),
        };
        match webhook {
            Some(webhook) if faults.is_empty() => Ok(Self {
                receiver: Receiver {
                    name: "default".to_owned(),
                    webhook,
                },
                account_names: BTreeMap::new(),
                ignore_config_notices: true,
                templates: get("TEMPLATES_DIR")
                    .filter(|path| !path.is_empty())
                    .map(PathBuf::from),
            }),
            _ => Err(SettingsError(faults)),
        }
    }

    /// One receiver `default` on this machine that gets everything.
    pub fn for_stand_in(webhook: &str) -> Result<Self, SettingsError> {
        let webhook = WebhookUrl::parse(webhook, Loopback::Allowed)
            .map_err(|error| SettingsError(vec![error.to_string()]))?;
        Ok(Self {
            receiver: Receiver {
                name: "default".to_owned(),
                webhook,
            },
            account_names: BTreeMap::new(),
            ignore_config_notices: false,
            templates: None,
        })
    }
}
