//! How many instructions a record of each kind costs from its payload to the message, and the start of the function. Counted by
//! valgrind, so that a small change shows and a busy machine does not. `CONTRIBUTING.md` says what it takes to run.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a benchmark, in which the macros write functions of their own"
)]

use std::hint::black_box;
use std::path::Path;

use gungraun::{library_benchmark, library_benchmark_group, main};
use sns_to_slack::context::Context;
use sns_to_slack::envelope::Payload;
use sns_to_slack::settings::Settings;
use sns_to_slack::template::{Rendered, Templates};
use sns_to_slack::{notification, route};

struct Given {
    settings: Settings,
    templates: Templates,
    payload: String,
}

fn settings() -> Settings {
    let variable = |name: &str| match name {
        "SLACK_WEBHOOK_URL" => Some("http://localhost:1/".to_owned()),
        "ALLOW_LOOPBACK_WEBHOOK" => Some("1".to_owned()),
        _ => None,
    };
    Settings::from_environment(variable).unwrap()
}

/// The event of a fixture, once everything is built and a first message rendered.
fn given(fixture: &str) -> Given {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let event = std::fs::read_to_string(folder.join(fixture).join("event.json")).unwrap();
    let given = Given {
        settings: settings(),
        templates: Templates::built_in().unwrap(),
        payload: event,
    };
    black_box(message(&given));
    given
}

fn message(given: &Given) -> (Rendered, String) {
    let envelope = Payload::read(given.payload.as_bytes())
        .unwrap()
        .open()
        .unwrap();
    let record = envelope.records.into_iter().next().unwrap().unwrap();
    let notification = notification::classify(&record);
    let context = Context::new(&record, &notification, &given.settings.account_names);
    black_box(route::route(&given.settings, &context));
    let rendered = given.templates.render(&context, None);
    let json = rendered.message.to_json();
    (rendered, json)
}

#[library_benchmark(setup = given)]
#[bench::codepipeline_approval("codepipeline_approval-full")]
#[bench::cloudwatch_alarm("cloudwatch_alarm-alb-4xx")]
#[bench::config_rule("config_rule-security-group-non-compliant")]
#[bench::config_notice("config_notice-item-changed")]
#[bench::eventbridge("eventbridge-guardduty")]
#[bench::custom("custom-queue-backing-up")]
#[bench::json("json-generic-nested")]
#[bench::text("text-plain")]
fn record(given: Given) -> (Given, (Rendered, String)) {
    // Given back, so that taking it down is not counted.
    let message = message(&given);
    (given, message)
}

#[library_benchmark]
fn start() -> (Settings, Templates) {
    (settings(), Templates::built_in().unwrap())
}

library_benchmark_group!(name = each, benchmarks = [record, start]);

main!(library_benchmark_groups = each);
