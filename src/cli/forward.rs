//! `forward`: the whole production path.

use std::env;

use clap::Args;
use serde_json::Value;

use super::{Common, Setup, Verdict, draw, input, stand_in::StandIn, warn};
use crate::delivery::Sender;
use crate::handler::{Forwarder, Report};
use crate::secrets::{Secrets, Webhooks};
use crate::settings::{References, Settings};
use crate::slack::webhook::Client;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    common: Common,
    /// Post to the webhooks of the settings, or to that in SLACK_WEBHOOK_URL, for real
    #[arg(long)]
    live: bool,
}

pub(super) async fn run(options: &Options) -> Result<Verdict, String> {
    let inputs = input::read(&options.common.files)?;
    let setup = &options.common.setup;
    let templates = setup.templates()?;
    let (settings, stand_in) = if options.live {
        (live(setup)?, None)
    } else {
        let stand_in = StandIn::start()
            .await
            .map_err(|error| format!("cannot listen on this machine: {error}"))?;
        let settings = setup
            .settings()?
            .with_webhooks(|name| stand_in.webhook(name))
            .map_err(|error| error.to_string())?;
        (settings, Some(stand_in))
    };
    let delivery = &settings.delivery;
    // A proxy is for reaching Slack.
    let proxy = delivery.proxy.as_ref().filter(|_| options.live);
    let client = Client::with(delivery.timeout, proxy)?;
    let secrets = || Secrets::from_environment(&client, |name| env::var(name).ok());
    let webhooks = Webhooks::fetch(&settings, secrets).await;
    let forwarder = Forwarder::new(settings, templates, Sender::new(client, webhooks));

    let mut all = Vec::new();
    for input in inputs {
        anstream::println!("{}", heading(&input.file));
        let reports = forwarder.forward(input.records, None).await;
        let mut arrived = stand_in.as_ref().map(StandIn::take).unwrap_or_default();
        for report in &reports {
            // Of one channel in their order; channels do not wait for each other.
            let place = arrived
                .iter()
                .position(|(channel, _)| Some(channel) == report.receiver.as_ref())
                .filter(|_| report.delivered.outcome.is_success());
            let payload = place.map(|place| arrived.remove(place).1);
            show(&input.file, report, payload.as_ref());
        }
        all.extend(reports);
    }
    Ok(summarise(&all))
}

/// With webhooks fetched from where they are kept.
fn live(setup: &Setup) -> Result<Settings, String> {
    let variable = |name: &str| env::var(name).ok();
    match &setup.settings {
        Some(path) => Settings::from_file(path, variable, References::Resolved),
        None => Settings::from_environment(variable),
    }
    .map_err(|error| error.to_string())
}

fn heading(file: &str) -> String {
    let bold = anstyle::Style::new().bold();
    format!("{bold}{file}{bold:#}")
}

fn show(file: &str, report: &Report, arrived: Option<&Value>) {
    let record = report.record;
    for failed in &report.failed {
        warn(&format!(
            "{file}, record {record}: {failed}\n  the next template was used"
        ));
    }
    for warning in &report.warnings {
        warn(&format!("{file}, record {record}: {warning}"));
    }
    let dim = anstyle::Style::new().dimmed();
    let outcome = &report.delivered.outcome;
    let mut line = format!("record {record}");
    for part in [
        report.kind.map(|kind| kind.to_string()),
        report.template.clone(),
        report.receiver.as_ref().map(|name| format!("#{name}")),
        Some(outcome.as_str().replace('_', " ")),
        outcome.reason().map(|reason| reason.to_string()),
        report
            .delivered
            .minimal
            .then(|| "as minimal text".to_owned()),
        report.note.clone(),
    ]
    .into_iter()
    .flatten()
    {
        line.push_str(" · ");
        line.push_str(&part);
    }
    anstream::println!("{dim}{line}{dim:#}");
    if let Some(payload) = arrived {
        anstream::println!("{}", draw::payload(payload));
    }
}

fn summarise(reports: &[Report]) -> Verdict {
    let count = |word: &str| {
        reports
            .iter()
            .filter(|report| report.delivered.outcome.as_str() == word)
            .count()
    };
    let (posted, ignored) = (count("posted"), count("ignored"));
    let failed = reports.len() - posted - ignored;
    anstream::println!("{posted} posted, {ignored} ignored, {failed} not posted");
    if failed == 0 {
        Verdict::Fine
    } else {
        Verdict::Failed
    }
}
