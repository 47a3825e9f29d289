//! Where a webhook comes from, and so where a new one has to go.

use std::fmt;

use crate::settings::{Receiver, Settings, Webhook, WebhookReference};

/// Where a webhook comes from. `Display` says it as in "fetched from ssm:/slack/deploys".
#[derive(Debug)]
pub(super) enum Origin<'s> {
    /// Its URL is written in this file or variable.
    Written(&'s str),
    /// Of this name.
    Variable(&'s str),
    /// In Parameter Store or Secrets Manager.
    Kept(&'s WebhookReference),
}

impl<'s> Origin<'s> {
    pub(super) fn of(receiver: &'s Receiver, settings: &'s Settings) -> Self {
        match &receiver.webhook {
            Webhook::Resolved(_) => Self::Written(&settings.root().place.file),
            Webhook::Unresolved {
                reference: WebhookReference::Env(name),
                ..
            } => Self::Variable(name),
            Webhook::Unresolved { reference, .. } => Self::Kept(reference),
        }
    }

    /// As in "put the URL of a new one into …".
    pub(super) fn place(&self) -> String {
        match self {
            Self::Written(place) | Self::Variable(place) => (*place).to_owned(),
            Self::Kept(reference) => format!("{reference}; the function takes it without a deploy"),
        }
    }
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written(place) => write!(f, "written in {place}"),
            Self::Variable(name) => write!(f, "read from env:{name}"),
            Self::Kept(reference) => write!(f, "fetched from {reference}"),
        }
    }
}
