//! AWS CodeDeploy triggers: of a deployment, or of one instance in it.

use chrono::{DateTime, SecondsFormat};

use super::{Json, JsonFamily, joined, object_of};
use crate::loose::{Loose, as_text};
use crate::time;
use crate::tree::{Arena, Node};

pub(super) fn read(value: &Node<'_>) -> Option<Json> {
    let deployment = value.text("deploymentId")?;
    let application = value.text("applicationName");
    let status = value
        .text("status")
        .or_else(|| value.text("instanceStatus"));
    if application.is_none() && value.member("instanceStatus").is_none() {
        return None;
    }
    let group = value.text("deploymentGroupName");
    // An ARN, of which only the end says something: `…:instance/i-0abc`.
    let instance = value.text("instanceId").map(|id| {
        let end = id.rsplit_once('/').map(|(_, end)| end.to_owned());
        end.unwrap_or(id)
    });

    let mut json = Json::new(JsonFamily::Codedeploy, "aws.codedeploy");
    let what = match (&application, &group, &instance) {
        (Some(application), Some(group), _) => format!("Deployment of {application} to {group}"),
        (Some(application), None, _) => format!("Deployment of {application}"),
        (None, _, Some(instance)) => format!("Deployment {deployment} on {instance}"),
        (None, _, None) => format!("Deployment {deployment}"),
    };
    json.titled(&match &status {
        Some(status) => format!("{what}: {status}"),
        None => what,
    });
    json.facts.name.clone_from(&application);
    json.facts.state.clone_from(&status);
    json.facts.account = value.text("accountId");
    json.facts.region = value.text("region");
    json.facts.time = ["completeTime", "lastUpdatedAt", "createTime"]
        .into_iter()
        .find_map(|name| time_of(value, name));

    json.add("Status", status);
    json.add("Error", information(value, "errorInformation"));
    json.add("Rollback", information(value, "rollbackInformation"));
    json.add("Instances", overview(value));
    json.add("Application", application);
    json.add("Deployment group", group);
    json.add("Deployment", Some(deployment));
    json.add("Instance", instance);
    json.add("Steps", steps(value));
    json.add("Created", time_of(value, "createTime"));
    json.add("Completed", time_of(value, "completeTime"));
    json.add("Updated", time_of(value, "lastUpdatedAt"));
    json.add("Trigger", value.text("eventTriggerName"));
    Some(json)
}

/// Written out (`Wed Mar 11 09:41:33 UTC 2026`) or, in the examples of the guide, as seconds since 1970.
fn time_of(value: &Node<'_>, name: &str) -> Option<String> {
    let text = value.text(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of a float saturates, and chrono refuses what is out of its range"
    )]
    let since_1970 = value
        .number(name)
        .and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0));
    Some(match since_1970 {
        Some(time) => time.to_rfc3339_opts(SecondsFormat::Secs, true),
        None => time::normalise(&text),
    })
}

/// How many instances are in which state; the states in which none is are left out. Both numbers and texts occur.
fn overview(value: &Node<'_>) -> Option<String> {
    let arena = Arena::new();
    let counts = object_of(value.member("deploymentOverview")?, &arena)?;
    let parts = counts
        .names()
        .filter_map(|state| Some((state, counts.count(state)?)))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {}", state_in_words(state)));
    joined(parts)
}

fn state_in_words(state: &str) -> String {
    match state {
        "InProgress" => "in progress".to_owned(),
        other => other.to_lowercase(),
    }
}

/// The message and code of an error or a rollback: an object, the text of one, or plain text.
fn information(value: &Node<'_>, name: &str) -> Option<String> {
    let member = value.member(name)?;
    let arena = Arena::new();
    let Some(parts) = object_of(member, &arena) else {
        return as_text(member);
    };
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| parts.text(name));
    let message = first(["ErrorMessage", "RollbackMessage"]);
    let code = first(["ErrorCode", "RollbackDeploymentId"]);
    match (code, message) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (code, message) => code.or(message),
    }
}

/// `ApplicationStop Succeeded, BeforeInstall Failed`.
fn steps(value: &Node<'_>) -> Option<String> {
    let steps = value.list("lifecycleEvents").iter().filter_map(|step| {
        let name = step.text("LifecycleEvent")?;
        let status = step.text("LifecycleEventStatus").unwrap_or_default();
        Some(format!("{name} {status}").trim_end().to_owned())
    });
    joined(steps)
}
