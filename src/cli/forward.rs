//! `forward`: the whole production path.

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use clap::Args;
use serde_json::Value;

use super::drawing::{Drawing, terminal};
use super::{Common, Setup, Verdict, input, stand_in::StandIn, warn};
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
        let mut reports = forwarder.forward(input.records, None).await;
        if reports.iter().any(|report| report.digest.is_some()) {
            // As they appear in the channel.
            reports.sort_by_key(|report| report.letter);
        }
        let arrived = stand_in.as_ref().map(StandIn::take).unwrap_or_default();
        let payloads = by_letter(&reports, &arrived);
        let mut shown = BTreeSet::new();
        for report in &reports {
            let letter = (report.receiver.clone(), report.letter);
            let payload = payloads
                .get(&letter)
                .filter(|_| shown.insert(letter.clone()));
            show(&input.file, report, payload.copied());
        }
        all.extend(reports);
    }
    Ok(summarise(&all))
}

/// What arrived of each receiver's messages: those that were posted, in the order in which they were made. Channels do not wait
/// for each other.
fn by_letter<'a>(
    reports: &[Report],
    arrived: &'a [(String, Value)],
) -> BTreeMap<(Option<String>, usize), &'a Value> {
    let letters: BTreeSet<(Option<String>, usize)> = reports
        .iter()
        .filter(|report| report.receiver.is_some() && report.delivered.outcome.is_success())
        .map(|report| (report.receiver.clone(), report.letter))
        .collect();
    let mut arrived: Vec<&(String, Value)> = arrived.iter().collect();
    let mut payloads = BTreeMap::new();
    for letter in letters {
        let mut places = arrived.iter();
        if let Some(place) = places.position(|(channel, _)| letter.0.as_ref() == Some(channel)) {
            payloads.insert(letter, &arrived.remove(place).1);
        }
    }
    payloads
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
            .digest
            .map(|records| format!("one of {records} in a digest")),
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
        anstream::println!("{}", terminal::message(&Drawing::of_payload(payload)));
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
