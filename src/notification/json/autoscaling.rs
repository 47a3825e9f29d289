//! Amazon EC2 Auto Scaling: instances that come and go, and lifecycle hooks that wait.

use super::{Json, JsonFamily};
use crate::arn::Arn;
use crate::loose::{Loose, as_text};
use crate::tree::Node;

pub(super) fn read(value: &Node<'_>) -> Option<Json> {
    let arn_text = value.string("AutoScalingGroupARN");
    let group = value.text("AutoScalingGroupName");
    // A lifecycle hook's message has no ARN.
    let by_service = value.string("Service") == Some("AWS Auto Scaling") && group.is_some();
    if arn_text.is_none() && !by_service {
        return None;
    }
    let arn = arn_text.and_then(Arn::parse);
    let group = group.or_else(|| {
        let (_, name) = arn?.resource.rsplit_once("autoScalingGroupName/")?;
        Some(name.to_owned())
    });
    let event = value
        .text("Event")
        .or_else(|| value.text("LifecycleTransition"));
    let instance = value.text("EC2InstanceId");

    let mut json = Json::new(JsonFamily::Autoscaling, "aws.autoscaling");
    json.titled(&title(
        group.as_deref(),
        event.as_deref().unwrap_or_default(),
        instance.as_deref(),
    ));
    json.facts.name.clone_from(&group);
    json.facts.state.clone_from(&event);
    json.facts.account = arn
        .and_then(|arn| arn.account.map(str::to_owned))
        .or_else(|| value.text("AccountId"));
    json.facts.region = arn.and_then(|arn| arn.region).map(str::to_owned);
    json.facts.time = value.moment("Time");

    json.add("Group", group);
    json.add("Event", event);
    json.add("Instance", instance);
    json.add("Status", value.text("StatusCode"));
    json.add("Status message", value.text("StatusMessage"));
    json.add("Cause", value.text("Cause"));
    json.add("Description", value.text("Description"));
    for (name, detail) in value.object("Details").into_iter().flatten() {
        json.add(name, as_text(detail));
    }
    json.add("Lifecycle hook", value.text("LifecycleHookName"));
    json.add("Metadata", value.text("NotificationMetadata"));
    json.add("Start", value.moment("StartTime"));
    json.add("End", value.moment("EndTime"));
    Some(json)
}

fn title(group: Option<&str>, event: &str, instance: Option<&str>) -> String {
    let group = group.unwrap_or("group");
    let instance = instance.map_or_else(|| "instance".to_owned(), |id| format!("instance {id}"));
    let name = event.strip_prefix("autoscaling:").unwrap_or(event);
    let what = match name {
        "" => "notification".to_owned(),
        "EC2_INSTANCE_LAUNCH" => format!("{instance} launched"),
        "EC2_INSTANCE_LAUNCH_ERROR" => format!("{instance} failed to launch"),
        "EC2_INSTANCE_TERMINATE" => format!("{instance} terminated"),
        "EC2_INSTANCE_TERMINATE_ERROR" => format!("{instance} failed to terminate"),
        "EC2_INSTANCE_LAUNCHING" => format!("{instance} is launching and waits for a hook"),
        "EC2_INSTANCE_TERMINATING" => format!("{instance} is terminating and waits for a hook"),
        "TEST_NOTIFICATION" => "test notification".to_owned(),
        other => other.to_owned(),
    };
    format!("Auto Scaling {group}: {what}")
}
