//! Pipelines, stages and actions of CodePipeline (page "Monitoring CodePipeline events"). An approval that has started is a
//! kind of its own and does not come here.

use super::{Eventbridge, Told};
use crate::arn::Arn;
use crate::console_link::Console;
use crate::envelope::Record;
use crate::loose::Loose;
use crate::tree::Node;

pub(super) const SOURCE: &str = "aws.codepipeline";

pub(super) fn tell(event: &Eventbridge) -> Told {
    Told {
        title: title(event),
        state: event.detail.node().text("state"),
        ..Told::default()
    }
}

/// The pages of the pipeline and of the execution. The event's own region is the pipeline's; `detail.region` is the
/// action's, which may be another.
pub(super) fn links(event: &Eventbridge, record: &Record) -> (Option<String>, Option<String>) {
    let arn = event.resources.first().and_then(|arn| Arn::parse(arn));
    let console = Console::near(event.region.as_deref(), arn, record.topic());
    let Some((console, pipeline)) = console.zip(pipeline(event)) else {
        return (None, None);
    };
    let execution = event
        .detail
        .node()
        .text("execution-id")
        .map(|execution| console.pipeline_execution(&pipeline, &execution));
    (Some(console.pipeline(&pipeline)), execution)
}

/// Why it failed. A notification rule puts the reason into its attributes, at another place for an action than for a
/// pipeline; in an EventBridge event only an action has one. An action that succeeded has an `external-execution-summary` as
/// well (a commit's message, a reviewer's comment), which is no reason.
pub(super) fn failure(event: &Eventbridge) -> Option<String> {
    if event.detail.node().string("state") != Some("FAILED") {
        return None;
    }
    let attributes = event.additional_attributes.node();
    attributes
        .text("additionalInformation")
        .or_else(|| failed_actions(attributes.list("failedActions")))
        .or_else(|| result(event.detail.node().member("execution-result")?))
}

fn failed_actions(actions: &[Node<'_>]) -> Option<String> {
    let lines: Vec<String> = actions
        .iter()
        .filter_map(
            |failed| match (failed.text("action"), failed.text("additionalInformation")) {
                (Some(action), Some(reason)) => Some(format!("{action}: {reason}")),
                (Some(action), None) => Some(format!("{action} failed")),
                (None, reason) => reason,
            },
        )
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn result(result: &Node<'_>) -> Option<String> {
    let (summary, code) = (
        result.text("external-execution-summary"),
        result.text("error-code"),
    );
    match (summary, code) {
        (Some(summary), Some(code)) => Some(format!("{summary} ({code})")),
        (summary, code) => summary.or(code),
    }
}

fn title(event: &Eventbridge) -> Option<String> {
    let detail = event.detail.node();
    let pipeline = pipeline(event)?;
    let now = detail.text("state");
    let now = now.as_deref().unwrap_or("changed its state");
    let stage = detail.text("stage");
    let Some(action) = detail.text("action") else {
        return Some(match stage {
            Some(stage) => format!("Stage {stage} of pipeline {pipeline} {now}"),
            None => format!("Pipeline {pipeline} {now}"),
        });
    };
    let place = match stage {
        Some(stage) => format!("{pipeline} / {stage}"),
        None => pipeline,
    };
    let category = detail.deep(&["type", "category"]).and_then(Node::as_str);
    Some(if category == Some("Approval") {
        let result = match now {
            "SUCCEEDED" => "approved",
            "FAILED" => "rejected or expired",
            other => other,
        };
        format!("Approval {action} in {place} {result}")
    } else {
        format!("Action {action} in {place} {now}")
    })
}

/// The name, or the end of the ARN, which for a pipeline is the name alone.
fn pipeline(event: &Eventbridge) -> Option<String> {
    event.detail.node().text("pipeline").or_else(|| {
        let arn = Arn::parse(event.resources.first()?)?;
        (arn.service == "codepipeline").then(|| arn.resource.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::context::Context;
    use crate::notification::mutation::{context, lay_over, record, survives};

    /// As a notification rule sends it: `detailType`, and neither version nor id.
    fn notification(level: &str, detail: Value, attributes: Value) -> Value {
        let mut event = event(level, detail);
        let members = event.as_object_mut().unwrap();
        let detail_type = members.remove("detail-type").unwrap();
        members.remove("version");
        members.remove("id");
        members.insert("detailType".to_owned(), detail_type);
        members.insert("additionalAttributes".to_owned(), attributes);
        members.insert(
            "notificationRuleArn".to_owned(),
            json!(
                "arn:aws:codestar-notifications:eu-central-1:123456789012:notificationrule/5d1c0b9a"
            ),
        );
        event
    }

    fn event(level: &str, detail: Value) -> Value {
        let mut event = json!({
            "version": "0",
            "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
            "detail-type": format!("CodePipeline {level} Execution State Change"),
            "source": "aws.codepipeline",
            "account": "123456789012",
            "time": "2026-03-11T09:42:14Z",
            "region": "eu-central-1",
            "resources": ["arn:aws:codepipeline:eu-central-1:123456789012:storefront-release"],
            "detail": {
                "pipeline": "storefront-release",
                "execution-id": "c1a2b3c4-d5e6-4f70-8192-a3b4c5d6e7f8",
                "start-time": "2026-03-11T09:42:13.520Z",
                "version": 12.0,
                "pipeline-execution-attempt": 1.0,
            },
        });
        lay_over(&mut event["detail"], detail);
        event
    }

    fn action(state: &str, category: &str) -> Value {
        json!({
            "stage": "Production",
            "action": "Deploy",
            "state": state,
            "region": "us-east-1",
            "type": {"owner": "AWS", "provider": "X", "category": category, "version": "1"},
        })
    }

    fn of(body: &Value) -> Context {
        let context = context(&record(body));
        assert_eq!(context.text("kind"), Some("eventbridge"), "{body}");
        context
    }

    fn pipeline_failed() -> Value {
        notification(
            "Pipeline",
            json!({"state": "FAILED"}),
            json!({
                "failedActionCount": 2,
                "failedActions": [
                    {"action": "Deploy", "additionalInformation": "Deployment d-1 failed"},
                    {"action": "Smoke"},
                ],
                "failedStage": "Production",
            }),
        )
    }

    fn action_failed() -> Value {
        let mut event = event("Action", action("FAILED", "Build"));
        event["detail"]["execution-result"] = json!({
            "external-execution-url": "https://eu-central-1.console.aws.amazon.com/codebuild/home#/builds/x",
            "external-execution-summary": "Build terminated with state: FAILED",
            "external-execution-id": "x",
            "error-code": "JobFailed",
        });
        event
    }

    #[test]
    fn every_level_has_its_title() {
        let stage = json!({"stage": "Source", "state": "STARTED"});
        for (body, title) in [
            (pipeline_failed(), "Pipeline storefront-release FAILED"),
            (
                event("Pipeline", json!({"state": "SUPERSEDED"})),
                "Pipeline storefront-release SUPERSEDED",
            ),
            (
                notification("Stage", stage, json!({"sourceActions": []})),
                "Stage Source of pipeline storefront-release STARTED",
            ),
            (
                action_failed(),
                "Action Deploy in storefront-release / Production FAILED",
            ),
            (
                event("Action", action("SUCCEEDED", "Approval")),
                "Approval Deploy in storefront-release / Production approved",
            ),
            (
                event("Action", action("FAILED", "Approval")),
                "Approval Deploy in storefront-release / Production rejected or expired",
            ),
            (
                event("Action", action("ABANDONED", "Approval")),
                "Approval Deploy in storefront-release / Production ABANDONED",
            ),
        ] {
            let context = of(&body);
            assert_eq!(context.text("title"), Some(title));
            assert_eq!(
                context.json("state"),
                body["detail"].get("state").cloned(),
                "the state is what routes match on"
            );
        }
    }

    #[test]
    fn a_failure_has_a_reason_and_nothing_else_has() {
        let attributes = json!({"additionalInformation": "Build x:1 failed"});
        let mut succeeded = action_failed();
        succeeded["detail"]["state"] = json!("SUCCEEDED");
        for (body, failure) in [
            (
                pipeline_failed(),
                Some("Deploy: Deployment d-1 failed\nSmoke failed"),
            ),
            (
                action_failed(),
                Some("Build terminated with state: FAILED (JobFailed)"),
            ),
            (
                notification("Action", action("FAILED", "Build"), attributes),
                Some("Build x:1 failed"),
            ),
            (event("Action", action("FAILED", "Build")), None),
            (succeeded, None),
        ] {
            assert_eq!(of(&body).text("event.failure"), failure);
        }
    }

    #[test]
    fn links_lead_to_the_pipeline_s_region() {
        let context = of(&action_failed());
        assert_eq!(
            context.text("links.pipeline"),
            Some(
                "https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/storefront-release/view?region=eu-central-1"
            )
        );
        assert_eq!(
            context.text("links.execution"),
            Some(
                "https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/storefront-release/executions/c1a2b3c4-d5e6-4f70-8192-a3b4c5d6e7f8/timeline?region=eu-central-1"
            )
        );
        assert_eq!(context.text("region"), Some("eu-central-1"));
    }

    #[test]
    fn survives_any_member_missing_or_of_another_type() {
        survives(&pipeline_failed(), &["event"]);
        survives(&action_failed(), &["event"]);
    }
}
