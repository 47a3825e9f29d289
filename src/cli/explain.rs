//! `explain`: why a record becomes what it becomes, and goes where it goes.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::{Common, Verdict, error, input};
use crate::context::{Context, as_json};
use crate::envelope::Record;
use crate::notification::{self, Kind};
use crate::route::{self, Action, Decision, Route, Step, StepResult};
use crate::settings::Settings;
use crate::template::Templates;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(options: &Options) -> Result<Verdict, String> {
    let inputs = input::read(&options.common.files)?;
    let templates = options.common.setup.templates()?;
    let settings = options.common.setup.settings()?;
    let bold = Style::new().bold();
    let mut verdict = Verdict::Fine;
    for input in inputs {
        for (index, record) in input.records.iter().enumerate() {
            match record {
                Ok(record) => {
                    anstream::println!("{bold}{}, record {}{bold:#}", input.file, index + 1);
                    anstream::println!("{}", explain(record, &settings, &templates));
                }
                Err(problem) => {
                    error(&format!("{}: {problem}", input.file));
                    verdict = Verdict::Failed;
                }
            }
        }
    }
    Ok(verdict)
}

pub(super) fn explain(record: &Record, settings: &Settings, templates: &Templates) -> String {
    let notification = notification::classify(record);
    let context = Context::new(record, &notification, &settings.account_names);
    let kind = notification.kind();
    let mut out = String::new();
    let _ = writeln!(out, "kind: {kind}, because it is {}", because(kind));
    let _ = writeln!(out, "what routes see:");
    for name in ["name", "state", "source", "account", "region", "topic"] {
        let value = context.json(name).unwrap_or_default();
        let _ = writeln!(out, "  {name}: {value}");
    }
    let _ = writeln!(out, "routes:");
    for step in route::explain(settings, &context) {
        let indent = "  ".repeat(step.depth + 1);
        let _ = writeln!(out, "{indent}{}: {}", name(step.route), result(&step));
    }
    match route::route(settings, &context) {
        Decision::Ignore { note } => {
            let _ = writeln!(out, "nobody gets it: {note}");
        }
        Decision::Post(targets) => {
            for target in targets {
                let rendered = templates.render(&context, target.template);
                let _ = write!(
                    out,
                    "#{} gets it with {}",
                    target.receiver.name, rendered.template
                );
                for mention in target.mentions {
                    let _ = write!(out, " and {mention}");
                }
                let _ = writeln!(out, ", decided by {}", name(target.route));
                for failed in rendered.failed {
                    let _ = writeln!(out, "  {failed}; the next template is used");
                }
            }
        }
    }
    out
}

fn name(route: &Route) -> String {
    let name = route.place.named();
    if name.is_empty() {
        "the only route".to_owned()
    } else {
        name
    }
}

fn result(step: &Step<'_, '_>) -> String {
    let green = AnsiColor::Green.on_default();
    match step.result {
        StepResult::Decides => {
            let what = match &step.route.action {
                Action::Post { receivers, .. } => format!("posts to {}", receivers.join(", ")),
                Action::Ignore { .. } => "ignores it".to_owned(),
            };
            let more = if step.route.continues {
                ", and the routes after it are tried too"
            } else {
                ""
            };
            format!("{green}matches{green:#}, {what}{more}")
        }
        StepResult::LeftToChildren => "matches, and a route below it decides".to_owned(),
        StepResult::Refuses {
            matcher,
            unless,
            value,
        } => {
            let value = value.map_or_else(
                || "there is no such value".to_owned(),
                |value| format!("it is {}", as_json(value)),
            );
            let part = if unless { "unless" } else { "match" };
            format!("no: {part} {matcher}, and {value}")
        }
        StepResult::NotReached { taken_by } => {
            format!(
                "not tried: {} has taken it, and does not say `continue`",
                name(taken_by)
            )
        }
    }
}

/// What each kind is told by; see `notification::classify`.
fn because(kind: Kind) -> &'static str {
    match kind {
        Kind::CodepipelineApproval => {
            "JSON with `approval.pipelineName`, or a CodePipeline event of an approval action that has started"
        }
        Kind::CloudwatchAlarm => {
            "JSON with `AlarmName` and `NewStateValue`, or an event of aws.cloudwatch with `detail.alarmName` and a state"
        }
        Kind::ConfigRule => {
            "a message of AWS Config with `messageType` ComplianceChangeNotification"
        }
        Kind::ConfigNotice => "a message of AWS Config with another `messageType`",
        Kind::Eventbridge => {
            "JSON with `source`, `detail-type` and `detail`, of a source without a kind of its own"
        }
        Kind::Custom => "JSON with `version` 1.0, `source` custom and `content.description`",
        Kind::Json => "JSON that no other kind takes",
        Kind::Text => "no JSON object or list",
    }
}
