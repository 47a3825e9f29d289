use serde_json::{Value, json};

use super::*;
use crate::context::Context;
use crate::notification::mutation::{self, for_each_mutation, lay_over, record, survives};
use crate::notification::{Kind, classify};

const TOKEN: &str = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d";
const PIPELINE: &str = "https://console.aws.amazon.com/codesuite/codepipeline/pipelines/storefront/view?region=eu-central-1";
const EXECUTION: &str = "c1a2b3c4-d5e6-4f70-8192-a3b4c5d6e7f8";

fn review() -> String {
    format!("{PIPELINE}#/Production/Release/approve/{TOKEN}")
}

/// As the action sends it, with `changes` to `approval`.
fn action(changes: Value) -> Value {
    let mut document = json!({
        "region": "eu-central-1",
        "consoleLink": PIPELINE,
        "approval": {
            "pipelineName": "storefront",
            "stageName": "Production",
            "actionName": "Release",
            "token": TOKEN,
            "expires": "2026-03-18T09:42Z",
            "externalEntityLink": "https://staging.example.org/",
            "approvalReviewLink": review(),
            "customData": "Look at the prices.",
        },
    });
    lay_over(&mut document["approval"], changes);
    document
}

/// As an EventBridge rule sends it, with `changes` to the detail.
fn event(changes: Value) -> Value {
    let mut document = json!({
        "version": "0",
        "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
        "detail-type": "CodePipeline Action Execution State Change",
        "source": "aws.codepipeline",
        "account": "111122223333",
        "time": "2026-03-11T09:42:14Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:codepipeline:eu-central-1:111122223333:storefront"],
        "detail": {
            "pipeline": "storefront",
            "execution-id": EXECUTION,
            "stage": "Production",
            "action": "Release",
            "state": "STARTED",
            "region": "us-east-1",
            "type": {"owner": "AWS", "provider": "Manual", "category": "Approval", "version": "1"},
        },
    });
    lay_over(&mut document["detail"], changes);
    document
}

/// As a notification rule sends it: another spelling of one key, and attributes.
fn notification() -> Value {
    let mut document = event(json!({}));
    let members = document.as_object_mut().unwrap();
    let detail_type = members.remove("detail-type").unwrap();
    members.remove("version");
    members.remove("id");
    members.insert("detailType".to_owned(), detail_type);
    members.insert(
        "additionalAttributes".to_owned(),
        json!({"customData": "Look at the prices.", "externalEntityLink": ""}),
    );
    document
}

fn context(body: &Value) -> Context {
    context_of(&record(body))
}

fn context_of(record: &Record) -> Context {
    let context = mutation::context(record);
    let body = &record.body;
    assert_eq!(
        context.text("kind"),
        Some("codepipeline_approval"),
        "{body}"
    );
    context
}

fn check(context: &Context, expected: &[(&str, Option<&str>)]) {
    for (path, expected) in expected {
        assert!(context.json(path).is_some(), "no {path}");
        assert_eq!(context.text(path), *expected, "{path}");
    }
}

#[test]
fn the_action_says_it_all() {
    check(
        &context(&action(json!({}))),
        &[
            (
                "title",
                Some("Approval needed: storefront / Production / Release"),
            ),
            ("name", Some("storefront")),
            ("state", None),
            ("source", Some("aws.codepipeline")),
            // Of the topic.
            ("account", Some("123456789012")),
            ("region", Some("eu-central-1")),
            ("time", Some("2026-03-11T09:42:17Z")),
            ("approval.pipeline", Some("storefront")),
            ("approval.stage", Some("Production")),
            ("approval.action", Some("Release")),
            ("approval.custom_data", Some("Look at the prices.")),
            ("approval.expires", Some("2026-03-18T09:42:00Z")),
            ("approval.time_left", Some("6 days 23 hours")),
            ("approval.execution_id", None),
            ("links.review", Some(&review())),
            ("links.pipeline", Some(PIPELINE)),
            ("links.execution", None),
            ("links.external", Some("https://staging.example.org/")),
        ],
    );
}

#[test]
fn what_is_null_or_absent_is_null() {
    let absent = action(json!({"customData": null, "externalEntityLink": null, "expires": null}));
    let mut null = action(json!({}));
    for name in ["customData", "externalEntityLink", "expires"] {
        null["approval"][name] = Value::Null;
    }
    for body in [absent, null] {
        check(
            &context(&body),
            &[
                ("approval.custom_data", None),
                ("approval.expires", None),
                ("approval.time_left", None),
                ("links.external", None),
                ("links.review", Some(&review())),
            ],
        );
    }
}

#[test]
fn without_its_token_it_is_an_approval_all_the_same() {
    let body = action(json!({"token": null, "approvalReviewLink": null}));
    check(
        &context(&body),
        &[
            (
                "title",
                Some("Approval needed: storefront / Production / Release"),
            ),
            ("links.review", None),
            ("links.pipeline", Some(PIPELINE)),
        ],
    );
}

#[test]
fn events_are_spelled_in_two_ways() {
    let built =
        "https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/storefront";
    let pipeline = format!("{built}/view?region=eu-central-1");
    let execution = format!("{built}/executions/{EXECUTION}/timeline?region=eu-central-1");
    for (body, custom_data) in [
        (event(json!({})), None),
        (notification(), Some("Look at the prices.")),
    ] {
        check(
            &context(&body),
            &[
                (
                    "title",
                    Some("Approval needed: storefront / Production / Release"),
                ),
                ("name", Some("storefront")),
                ("account", Some("111122223333")),
                // The pipeline's, not the action's.
                ("region", Some("eu-central-1")),
                ("time", Some("2026-03-11T09:42:14Z")),
                ("approval.custom_data", custom_data),
                ("approval.expires", None),
                ("approval.time_left", None),
                ("approval.execution_id", Some(EXECUTION)),
                ("links.review", None),
                ("links.pipeline", Some(&pipeline)),
                ("links.execution", Some(&execution)),
                ("links.external", None),
            ],
        );
    }
}

#[test]
fn only_an_approval_that_has_started_is_one() {
    let type_of = |category: &str| json!({"owner": "AWS", "category": category});
    let mut foreign = event(json!({}));
    foreign["source"] = json!("my.codepipeline");
    for body in [
        event(json!({"state": "SUCCEEDED"})),
        event(json!({"state": null})),
        event(json!({"type": type_of("Build")})),
        event(json!({"type": null})),
        foreign,
    ] {
        assert_eq!(classify(&record(&body)).kind(), Kind::Eventbridge, "{body}");
    }
    for approval in [
        json!(null),
        json!({}),
        json!({"pipelineName": 7}),
        json!([]),
    ] {
        let body = json!({"region": "eu-central-1", "approval": approval});
        assert_eq!(classify(&record(&body)).kind(), Kind::Json, "{body}");
    }
}

#[test]
fn links_that_lead_elsewhere_are_dropped() {
    let built = "https://eu-central-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/storefront/view?region=eu-central-1";
    let mut body = action(json!({
        "approvalReviewLink": format!("https://console.aws.amazon.com.evil.example/approve/{TOKEN}"),
        "externalEntityLink": "javascript:alert(1)",
    }));
    body["consoleLink"] = json!("http://console.aws.amazon.com/codesuite/");
    let context = context(&body);
    check(
        &context,
        &[
            ("links.review", None),
            // Built from the parts instead.
            ("links.pipeline", Some(built)),
            ("links.external", None),
        ],
    );
    let seen = Value::Object(context.to_json()).to_string();
    assert!(!seen.contains(TOKEN), "{seen}");
}

#[test]
fn the_console_is_that_of_the_partition() {
    let link = |body: &Value, topic: Option<&str>| {
        let record = Record {
            topic_arn: topic.map(str::to_owned),
            ..Record::bare(body.to_string())
        };
        let context = context_of(&record);
        let link = context.text("links.pipeline").map(str::to_owned);
        link.and_then(|link| Some(link.split('/').nth(2)?.to_owned()))
    };
    let in_region = |region: Value| {
        let mut body = action(json!({}));
        body["consoleLink"] = Value::Null;
        body["region"] = region;
        body
    };
    let mut china = event(json!({}));
    china["region"] = json!("cn-north-1");
    china["resources"] = json!(["arn:aws-cn:codepipeline:cn-north-1:123456789012:storefront"]);
    let topic = "arn:aws-us-gov:sns:us-gov-east-1:123456789012:t";
    for (body, topic, host) in [
        (
            china,
            Some("arn:aws:sns:eu-west-1:123456789012:t"),
            Some("cn-north-1.console.amazonaws.cn"),
        ),
        (
            in_region(json!("us-gov-west-1")),
            Some(topic),
            Some("us-gov-west-1.console.amazonaws-us-gov.com"),
        ),
        (
            in_region(Value::Null),
            Some(topic),
            Some("us-gov-east-1.console.amazonaws-us-gov.com"),
        ),
        // Raw through a queue there is no topic.
        (
            in_region(json!("us-gov-west-1")),
            None,
            Some("us-gov-west-1.console.amazonaws-us-gov.com"),
        ),
        (in_region(Value::Null), None, None),
    ] {
        assert_eq!(link(&body, topic).as_deref(), host, "{body}");
    }
}

#[test]
fn the_time_left_counts_from_the_record() {
    for (timestamp, expires, left) in [
        (
            Some("2026-03-11T09:42:17.318Z"),
            "2026-03-11T10:12Z",
            Some("29 minutes"),
        ),
        (Some("2026-03-11T09:42:17.318Z"), "2026-03-11T09:42Z", None),
        (Some("2026-03-11T09:42:17.318Z"), "next week", None),
        (Some("odd"), "2026-03-11T10:12Z", None),
        (None, "2026-03-11T10:12Z", None),
    ] {
        let record = Record {
            timestamp: timestamp.map(str::to_owned),
            ..record(action(json!({"expires": expires})))
        };
        let context = context_of(&record);
        check(&context, &[("approval.time_left", left)]);
        let expired = expires == "2026-03-11T09:42Z";
        assert_eq!(
            context.json("approval.expired"),
            Some(json!(expired)),
            "{timestamp:?}, {expires}"
        );
    }
}

#[test]
fn the_title_says_what_is_known() {
    for (pipeline, stage, action, title) in [
        (
            json!("storefront"),
            json!("Production"),
            json!("Release"),
            "Approval needed: storefront / Production / Release",
        ),
        (
            json!("storefront"),
            json!(""),
            json!("Release"),
            "Approval needed: storefront / Release",
        ),
        (
            json!("storefront"),
            json!({}),
            json!(null),
            "Approval needed: storefront",
        ),
        (
            json!(null),
            json!(null),
            json!("Release"),
            "Approval needed: Release",
        ),
        (json!(null), json!([]), json!(""), "Approval needed"),
    ] {
        let body = event(json!({"pipeline": pipeline, "stage": stage, "action": action}));
        check(&context(&body), &[("title", Some(title))]);
    }
}

#[test]
fn survives_any_member_missing_or_of_another_type() {
    for document in [action(json!({})), event(json!({})), notification()] {
        survives(&document, &["approval"]);
        for_each_mutation(&document, |mutated| {
            let context = mutation::context(&record(mutated));
            let seen = Value::Object(context.to_json()).to_string();
            let in_links = seen.matches(&format!("/approve/{TOKEN}")).count();
            assert_eq!(seen.matches(TOKEN).count(), in_links, "{seen}");
            let is_approval = context.text("kind") == Some("codepipeline_approval");
            assert_eq!(is_approval, has_discriminators(mutated), "{mutated}");
        });
    }
}

/// As long as these are there it is an approval, whatever else is missing, null or of another type.
fn has_discriminators(document: &Value) -> bool {
    let text = |pointer: &str| {
        let value = document.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default()
    };
    !text("/approval/pipelineName").is_empty()
        || text("/source") == "aws.codepipeline"
            && !(text("/detail-type").is_empty() && text("/detailType").is_empty())
            && text("/detail/state") == "STARTED"
            && text("/detail/type/category") == "Approval"
}

#[test]
fn a_token_that_somebody_copied_is_hidden() {
    let token = "3b7e9a10-54c2-4f8d-9e61-7ad0c2b4f815";
    let review = format!(
        "https://console.aws.amazon.com/codesuite/codepipeline/pipelines/p/view#/s/a/approve/{token}"
    );
    let body = json!({
        "region": "eu-west-1",
        "consoleLink": review,
        "approval": {
            "pipelineName": "p",
            "stageName": token,
            "actionName": "a",
            "token": token,
            "customData": format!("use {} please, or {review}", token.to_uppercase()),
            "externalEntityLink": format!("https://a.example/?t={token}"),
            "approvalReviewLink": review,
        },
    });
    let approval = CodepipelineApproval::from_action(&(&body).into()).unwrap();
    let facts = approval.facts(&Record::default());
    assert_eq!(facts.links.get("review"), Some(review.as_str()));
    assert_eq!(
        facts.links.get("pipeline"),
        Some(
            "https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/p/view?region=eu-west-1"
        )
    );
    let mut values = Values::new();
    approval.members(&Record::default(), &mut values);
    let rest = json!([
        facts.title,
        facts.links.get("pipeline"),
        facts.links.get("external"),
        values.context.to_json(),
    ]);
    assert!(!rest.to_string().to_lowercase().contains(token), "{rest}");
}

#[test]
fn a_review_link_leads_to_codepipeline_or_is_dropped() {
    for (url, kept) in [
        (
            "https://console.aws.amazon.com/codesuite/codepipeline/pipelines/p/view#/s/a/approve/t",
            true,
        ),
        (
            "https://console.aws.amazon.com/codepipeline/home?region=eu-west-1#/view/p/s/a/approve/t",
            true,
        ),
        (
            "https://console.aws.amazon.com/cloudformation/home#/stacks/create/review?templateURL=https://evil.example",
            false,
        ),
        ("https://evil.example/codesuite/codepipeline/", false),
    ] {
        let body = json!({"approval": {"pipelineName": "p", "approvalReviewLink": url}});
        let facts = CodepipelineApproval::from_action(&(&body).into())
            .unwrap()
            .facts(&Record::default());
        assert_eq!(facts.links.get("review").is_some(), kept, "{url}");
    }
}
