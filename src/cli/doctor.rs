//! `doctor`: is there a webhook for every receiver, and does Slack take what is posted to it?

mod diagnosis;
mod origin;
mod reach;
mod test_message;

use std::env;
use std::fmt::Write as _;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use clap::Args;
use futures_util::future::join_all;
use futures_util::stream::{FuturesOrdered, StreamExt as _};

use self::origin::Origin;
use super::{Verdict, warn};
use crate::secrets::{self, FETCH_TIMEOUT, Location, Secrets};
use crate::settings::{
    Finding, Receiver, References, Settings, Webhook, WebhookReference, in_variable, nearest,
};
use crate::slack::webhook::{Client, LONGEST_TIMEOUT, Post, WebhookUrl};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Settings as TOML (or JSON); without them those that the environment names, as for the function
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Examine this receiver only; may be given several times
    #[arg(long = "receiver", value_name = "NAME")]
    receivers: Vec<String>,
    /// Post nothing: find out only whether the webhooks can be fetched and lead to Slack
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(options: &Options) -> Result<Verdict, String> {
    let settings = settings(options)?;
    let receivers = chosen(&settings, &options.receivers)?;
    let delivery = &settings.delivery;
    let client = Client::with(delivery.timeout, delivery.proxy.as_ref())?;
    let secrets = Secrets::from_environment(&client, variable);
    let patients = receivers.into_iter().map(async |receiver| Patient {
        name: &receiver.name,
        origin: Origin::of(receiver, &settings),
        webhook: webhook(receiver, &settings, &secrets).await,
    });
    let patients = join_all(patients).await;

    let (client, settings, dry_run) = (&client, &settings, options.dry_run);
    let mut results: FuturesOrdered<_> = patients
        .iter()
        .map(|patient| async move {
            let mut result = patient.webhook.as_ref().map_err(Clone::clone);
            if let (Ok(webhook), false) = (&result, dry_run) {
                let posted = patient.post(webhook, client, settings).await;
                result = posted.and(result);
            }
            (patient, result)
        })
        .collect();
    let mut well = 0;
    while let Some((patient, result)) = results.next().await {
        well += usize::from(result.is_ok());
        patient.show(&result, dry_run);
    }
    show_shared(&patients);
    Ok(summarise(well, patients.len() - well, dry_run))
}

/// References stay as they are written, so that one that leads nowhere is the trouble of its receiver only.
fn settings(options: &Options) -> Result<Settings, String> {
    let settings = match &options.settings {
        Some(path) => Settings::from_file(path, variable, References::AsWritten)
            .map_err(|error| error.to_string()),
        None => Settings::from_environment_as_written(variable)
            .map_err(|error| format!("{error}\n  a file of settings is named with --settings")),
    }?;
    for warning in &settings.warnings {
        warn(&warning.to_string());
    }
    Ok(settings)
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

/// All receivers, or those of these names; in the same order either way.
fn chosen<'s>(settings: &'s Settings, names: &[String]) -> Result<Vec<&'s Receiver>, String> {
    let known = || settings.receivers().map(|receiver| receiver.name.as_str());
    for name in names {
        if settings.receiver(name).is_none() {
            let meant = nearest(name, known())
                .map(|meant| format!("; did you mean \"{meant}\"?"))
                .unwrap_or_default();
            let all: Vec<&str> = known().collect();
            return Err(format!(
                "--receiver: there is no receiver \"{name}\"{meant}\n  there are: {}",
                all.join(", ")
            ));
        }
    }
    let is_chosen = |receiver: &&Receiver| names.is_empty() || names.contains(&receiver.name);
    Ok(settings.receivers().filter(is_chosen).collect())
}

async fn webhook(
    receiver: &Receiver,
    settings: &Settings,
    secrets: &Secrets,
) -> Result<WebhookUrl, Finding> {
    match &receiver.webhook {
        Webhook::Resolved(url) => Ok(url.clone()),
        Webhook::Unresolved {
            reference: WebhookReference::Env(name),
            ..
        } => in_variable(name, &variable, settings.loopback).map_err(diagnosis::of_variable),
        Webhook::Unresolved { reference, why } => match Location::of(reference) {
            Some(location) => secrets::fetch(secrets, &location, settings.loopback, FETCH_TIMEOUT)
                .await
                .map_err(|error| diagnosis::of_secret(&error)),
            None => Err(diagnosis::of_sentence(why)),
        },
    }
}

/// A receiver that is examined.
struct Patient<'s> {
    name: &'s str,
    origin: Origin<'s>,
    webhook: Result<WebhookUrl, Finding>,
}

impl Patient<'_> {
    /// Once: a person who waits for the result can ask again.
    async fn post(
        &self,
        webhook: &WebhookUrl,
        client: &Client,
        settings: &Settings,
    ) -> Result<(), Finding> {
        let body = test_message::to(self.name).payload().to_string();
        let answer = client.post(webhook, body, LONGEST_TIMEOUT).await;
        diagnosis::of(&answer, webhook, &self.origin, &settings.delivery).await
    }

    fn show(&self, result: &Result<&WebhookUrl, Finding>, dry_run: bool) {
        let bold = Style::new().bold();
        let (green, red) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default());
        anstream::print!("{bold}{}{bold:#}: ", self.name);
        match result {
            Ok(webhook) => {
                let (host, _) = webhook.address();
                let found = format!("{}, leads to {host}", self.origin);
                if dry_run {
                    anstream::println!("{found}");
                } else {
                    anstream::println!("{green}works{green:#} ({found})");
                }
            }
            Err(Finding { message, hint, .. }) => {
                anstream::println!("{red}{message}{red:#}");
                if let Some(hint) = hint {
                    anstream::println!("  {hint}");
                }
            }
        }
    }
}

/// Receivers of one webhook: allowed, and sometimes a mistake of copying.
fn show_shared(patients: &[Patient<'_>]) {
    let mut said: Vec<&WebhookUrl> = Vec::new();
    for patient in patients {
        let Ok(webhook) = &patient.webhook else {
            continue;
        };
        let same: Vec<&str> = patients
            .iter()
            .filter(|other| other.webhook.as_ref() == Ok(webhook))
            .map(|other| other.name)
            .collect();
        if same.len() > 1 && !said.contains(&webhook) {
            said.push(webhook);
            anstream::println!(
                "{} have the same webhook: their messages arrive in the same channel",
                same.join(" and ")
            );
        }
    }
}

fn summarise(well: usize, ill: usize, dry_run: bool) -> Verdict {
    let receivers = well + ill;
    let (work, not, nothing) = if dry_run {
        (
            ["has a webhook", "have a webhook"],
            ["has no webhook", "have no webhook"],
            "; nothing was posted",
        )
    } else {
        (["works", "work"], ["does not work", "do not work"], "")
    };
    let mut line = format!(
        "{receivers} receiver{}",
        if receivers == 1 { "" } else { "s" }
    );
    for (count, [one, several]) in [(well, work), (ill, not)] {
        if count > 0 {
            let verb = if count == 1 { one } else { several };
            let _ = write!(line, ", {count} {verb}");
        }
    }
    anstream::println!("{line}{nothing}");
    if ill == 0 {
        Verdict::Fine
    } else {
        Verdict::Failed
    }
}
