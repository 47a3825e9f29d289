use serde_json::{Value, json};

use super::*;
use crate::context::Context;
use crate::notification::mutation::{context, record, survives};

fn of(body: &str) -> Context {
    let context = context(&record(body));
    assert_eq!(context.text("kind"), Some("config_notice"), "{body}");
    context
}

fn check(context: &Context, expected: &[(&str, &str)]) {
    for (path, expected) in expected {
        let found = context.json(path).unwrap_or_else(|| panic!("no {path}"));
        let found = match found {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        assert_eq!(found, *expected, "{path}");
    }
}

fn item_change() -> Value {
    json!({
        "configurationItemDiff": {
            "changedProperties": {
                "Configuration.IpPermissions.0": {
                    "previousValue": null,
                    "updatedValue": {"ipProtocol": "tcp", "fromPort": 22, "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]},
                    "changeType": "CREATE",
                },
                "Configuration.Description": {
                    "previousValue": "closed",
                    "updatedValue": "open",
                    "changeType": "UPDATE",
                },
            },
            "changeType": "UPDATE",
        },
        "configurationItem": {
            "relatedEvents": [],
            "relationships": [{
                "resourceId": "vpc-0aa1bb2cc3dd4ee5f",
                "resourceName": null,
                "resourceType": "AWS::EC2::VPC",
                "name": "Is contained in Vpc",
            }],
            "configuration": {"groupName": "bastion", "ownerId": "123456789012"},
            "supplementaryConfiguration": {},
            "tags": {"team": "platform"},
            "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": "2026-03-11T09:41:58.411Z",
            "configurationStateId": 1_773_222_118_411_u64,
            "awsAccountId": "123456789012",
            "configurationItemStatus": "OK",
            "resourceType": "AWS::EC2::SecurityGroup",
            "resourceId": "sg-0c1d2e3f4a5b6c7d8",
            "resourceName": "bastion",
            "ARN": "arn:aws:ec2:eu-central-1:123456789012:security-group/sg-0c1d2e3f4a5b6c7d8",
            "awsRegion": "eu-central-1",
            "availabilityZone": "Not Applicable",
            "configurationStateMd5Hash": "",
            "resourceCreationTime": null,
        },
        "notificationCreationTime": "2026-03-11T09:42:02.118Z",
        "messageType": "ConfigurationItemChangeNotification",
        "recordVersion": "1.3",
    })
}

fn event(detail_type: &str, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
        "detail-type": detail_type,
        "source": "aws.config",
        "account": "123456789012",
        "time": "2026-03-11T09:42:14Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:ec2:eu-central-1:123456789012:security-group/sg-0c1d2e3f4a5b6c7d8"],
        "detail": detail,
    })
}

fn deleted_user() -> Value {
    json!({
        "configurationItemDiff": {"changedProperties": {}, "changeType": "DELETE"},
        "configurationItem": {
            "relatedEvents": [],
            "relationships": [],
            "configuration": null,
            "tags": {},
            "configurationItemCaptureTime": "2026-03-11T09:41:58.411Z",
            "configurationStateId": 1_773_222_118_411_u64,
            "awsAccountId": "123456789012",
            "configurationItemStatus": "ResourceDeleted",
            "resourceType": "AWS::IAM::User",
            "resourceId": "AIDAQ7EXAMPLE3WBCD5FG",
            "resourceName": "temp-contractor",
            "ARN": "arn:aws:iam::123456789012:user/temp-contractor",
            "awsRegion": "global",
        },
        "notificationCreationTime": "2026-03-11T09:42:02.118Z",
        "messageType": "ConfigurationItemChangeNotification",
        "recordVersion": "1.3",
    })
}

fn oversized(location: Option<&str>, error: Option<(&str, &str)>) -> Value {
    let message_type = match error {
        None => "OversizedConfigurationItemChangeNotification",
        Some(_) => "OversizedConfigurationItemChangeDeliveryFailed",
    };
    json!({
        "configurationItemSummary": {
            "changeType": "UPDATE",
            "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": "2026-03-11T09:41:58.411Z",
            "configurationStateId": 0,
            "awsAccountId": "111122223333",
            "configurationItemStatus": "OK",
            "resourceType": "AWS::IAM::Policy",
            "resourceId": "ANPAQ7EXAMPLE3WBCD5FG",
            "resourceName": null,
            "ARN": "arn:aws:iam::111122223333:policy/everything",
            "awsRegion": "us-east-1",
            "availabilityZone": null,
            "configurationStateMd5Hash": "",
            "resourceCreationTime": "2026-03-11T09:40:10.489Z",
        },
        "s3DeliverySummary": {
            "s3BucketLocation": location,
            "errorCode": error.map(|error| error.0),
            "errorMessage": error.map(|error| error.1),
        },
        "notificationCreationTime": "2026-03-11T09:42:02.118Z",
        "messageType": message_type,
        "recordVersion": "1.0",
    })
}

const LOCATION: &str = "acme-config/AWSLogs/111122223333/Config/us-east-1/2026/3/11/OversizedChangeNotification/AWS::IAM::Policy/x.json.gz";

fn snapshot(message_type: &str) -> Value {
    let mut body = json!({
        "configSnapshotId": "1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809",
        "notificationCreationTime": "2026-03-11T03:00:39.853Z",
        "messageType": message_type,
        "recordVersion": "1.1",
    });
    if message_type.ends_with("Completed") {
        body["s3Bucket"] = json!("acme-config");
        body["s3ObjectKey"] =
            json!("logs/AWSLogs/111122223333/Config/us-east-1/2026/3/11/ConfigSnapshot/x.json.gz");
    }
    body
}

fn history() -> Value {
    json!({
        "s3ObjectKey": "AWSLogs/111122223333/Config/us-east-1/2026/3/11/ConfigHistory/AWS::S3::Bucket_1.json.gz",
        "s3Bucket": "acme-config",
        "notificationCreationTime": "2026-03-11T03:10:05.217Z",
        "messageType": "ConfigurationHistoryDeliveryCompleted",
        "recordVersion": "1.1",
    })
}

fn evaluation_started() -> Value {
    json!({
        "awsAccountId": "123456789012",
        "awsRegion": "eu-central-1",
        "configRuleNames": ["iam-password-policy", "restricted-ssh"],
        "notificationCreationTime": "2026-03-11T09:41:21.339Z",
        "messageType": "ConfigRulesEvaluationStarted",
        "recordVersion": "1.0",
    })
}

#[test]
fn a_changed_item_shows_what_changed() {
    let body = item_change();
    let context = of(&body.to_string());
    assert_eq!(
        context,
        of(&event("Config Configuration Item Change", &body).to_string())
    );
    check(
        &context,
        &[
            (
                "title",
                "Configuration item changed: AWS::EC2::SecurityGroup sg-0c1d2e3f4a5b6c7d8 (bastion)",
            ),
            ("name", "ConfigurationItemChangeNotification"),
            ("state", "UPDATE"),
            ("source", "aws.config"),
            ("account", "123456789012"),
            ("region", "eu-central-1"),
            ("time", "2026-03-11T09:41:58Z"),
            ("notice.type", "ConfigurationItemChangeNotification"),
            ("notice.headline", "Configuration item changed"),
            ("notice.item_status", "OK"),
            ("notice.changes.0.property", "Configuration.Description"),
            ("notice.changes.0.previous", "closed"),
            ("notice.changes.0.updated", "open"),
            ("notice.changes.1.change_type", "CREATE"),
            ("notice.changes.1.previous", "null"),
            (
                "notice.changes.1.updated",
                r#"{"fromPort":22,"ipProtocol":"tcp","ipv4Ranges":[{"cidrIp":"0.0.0.0/0"}]}"#,
            ),
            ("notice.more_changes", "0"),
            ("notice.error_code", "null"),
            (
                "links.resource",
                "https://eu-central-1.console.aws.amazon.com/config/home?region=eu-central-1#/resources/timeline?resourceId=sg-0c1d2e3f4a5b6c7d8&resourceType=AWS%3A%3AEC2%3A%3ASecurityGroup",
            ),
            ("links.s3", "null"),
        ],
    );
}

#[test]
fn many_changes_are_counted_and_long_values_are_cut() {
    let mut body = item_change();
    for index in 0..50 {
        body["configurationItemDiff"]["changedProperties"][format!("P.{index}")] =
            json!({"updatedValue": "ü".repeat(1_000), "changeType": "CREATE"});
    }
    let context = of(&body.to_string());
    assert_eq!(context.json("notice.more_changes"), Some(json!(32)));
    assert_eq!(
        context
            .get("notice.changes")
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        20
    );
    assert_eq!(
        context
            .text("notice.changes.10.updated")
            .unwrap()
            .chars()
            .count(),
        300
    );
}

#[test]
fn an_item_without_a_diff_is_told_by_its_status() {
    for (status, headline) in [
        ("OK", "Configuration item changed"),
        ("ResourceDiscovered", "Configuration item discovered"),
        ("ResourceDeletedNotRecorded", "Configuration item deleted"),
    ] {
        let mut body = item_change();
        body["configurationItemDiff"] = Value::Null;
        body["configurationItem"]["configurationItemStatus"] = json!(status);
        check(
            &of(&body.to_string()),
            &[
                ("notice.headline", headline),
                ("state", status),
                ("notice.change_type", "null"),
                ("notice.changes", "[]"),
            ],
        );
    }
}

#[test]
fn a_deleted_user_is_named_and_linked_in_the_topic_s_region() {
    check(
        &of(&deleted_user().to_string()),
        &[
            (
                "title",
                "Configuration item deleted: AWS::IAM::User AIDAQ7EXAMPLE3WBCD5FG (temp-contractor)",
            ),
            ("state", "DELETE"),
            ("region", "eu-west-1"),
            (
                "links.resource",
                "https://eu-west-1.console.aws.amazon.com/config/home?region=eu-west-1#/resources/timeline?resourceId=AIDAQ7EXAMPLE3WBCD5FG&resourceType=AWS%3A%3AIAM%3A%3AUser",
            ),
        ],
    );
}

#[test]
fn the_oldest_form_has_a_list_of_items() {
    let item = json!({
        "configurationItemVersion": "1.0",
        "configurationItemCaptureTime": "2026-03-07T23:47:08.918Z",
        "arn": "arn:aws:us-west-2b:123456789012:volume/vol-0e676ccc",
        "resourceId": "vol-0e676ccc",
        "accountId": "123456789012",
        "configurationStateID": "3e660fdf-4e34-4f32-afeb-0ace5bf3d63a",
        "configurationItemStatus": "OK",
        "resourceType": "AWS::EC2::VOLUME",
    });
    for name in ["configurationItems", "configurationItem"] {
        let mut body = json!({
            "MessageVersion": "1.0",
            "NotificationCreateTime": "2026-03-18T10:11:00Z",
            "messageType": "ConfigurationItemChangeNotification",
            "configurationItemDiff": {
                "changeType": "UPDATE",
                "changedProperties": {
                    "Configuration.State": {"previousValue": "available", "updatedValue": "in-use", "changeType": "UPDATE"},
                },
            },
        });
        body[name] = json!([item]);
        check(
            &of(&body.to_string()),
            &[
                (
                    "title",
                    "Configuration item changed: AWS::EC2::VOLUME vol-0e676ccc",
                ),
                ("account", "123456789012"),
                ("time", "2026-03-07T23:47:08Z"),
                (
                    "notice.resource.arn",
                    "arn:aws:us-west-2b:123456789012:volume/vol-0e676ccc",
                ),
                ("notice.changes.0.updated", "in-use"),
            ],
        );
    }
}

#[test]
fn an_item_too_large_comes_as_json_or_below_a_text() {
    let body = oversized(Some(LOCATION), None);
    let pretty = serde_json::to_string_pretty(&body).unwrap();
    let text = "View the Timeline for this Resource in the Console:\n\
                https://console.aws.amazon.com/config/home?region=us-east-1#/timeline/AWS::IAM::Policy/x\n\n\
                A summary of the configuration item is provided here.\n\n\
                New State Record Summary:\n----------------------------\n";
    let indented = format!("{text}{pretty}").replace('\n', "\r\n    ");
    let context = of(&body.to_string());
    for text in [
        format!("{text}{pretty}"),
        format!("{text}{pretty}\n"),
        indented,
    ] {
        assert_eq!(context, of(&text), "{text}");
    }
    check(
        &context,
        &[
            (
                "title",
                "Configuration item too large to send: AWS::IAM::Policy ANPAQ7EXAMPLE3WBCD5FG",
            ),
            ("state", "UPDATE"),
            ("account", "111122223333"),
            ("region", "us-east-1"),
            ("notice.bucket", "acme-config"),
            ("notice.key", LOCATION.strip_prefix("acme-config/").unwrap()),
            (
                "links.s3",
                "https://us-east-1.console.aws.amazon.com/s3/object/acme-config?region=us-east-1&prefix=AWSLogs%2F111122223333%2FConfig%2Fus-east-1%2F2026%2F3%2F11%2FOversizedChangeNotification%2FAWS%3A%3AIAM%3A%3APolicy%2Fx.json.gz",
            ),
        ],
    );
}

#[test]
fn other_texts_hold_no_document() {
    let pretty = serde_json::to_string_pretty(&oversized(Some(LOCATION), None)).unwrap();
    let text = format!("Summary ü:\n{pretty}");
    assert!(document_in_text(&text, &Arena::new()).is_some());
    for (end, _) in text.char_indices() {
        assert_eq!(document_in_text(&text[..end], &Arena::new()), None, "{end}");
    }
    let far_down = format!("{}{text}", "Summary:\n{\n".repeat(40_000));
    assert!(document_in_text(&far_down, &Arena::new()).is_none());
    let far_down = format!("{}{text}", "Summary\n".repeat(40_000));
    assert!(document_in_text(&far_down, &Arena::new()).is_some());
    let long = text.replace(LOCATION, &"x".repeat(64 * 1024));
    assert_eq!(document_in_text(&long, &Arena::new()), None);
    for text in [
        "",
        "{",
        "text\n{\n\"a\": 1\n}",
        "text\n{\n\"messageType\": 1\n}",
        "{\n{\n{\n",
    ] {
        assert_eq!(document_in_text(text, &Arena::new()), None, "{text}");
    }
}

#[test]
fn a_failed_delivery_says_why() {
    let message = "Failed to deliver notification to bucket: acme-config for account 111122223333 in region us-east-1.";
    let body = oversized(None, Some(("NoSuchBucket", message)));
    check(
        &of(&body.to_string()),
        &[
            (
                "title",
                "Delivery failed: AWS::IAM::Policy ANPAQ7EXAMPLE3WBCD5FG (NoSuchBucket)",
            ),
            ("notice.error_code", "NoSuchBucket"),
            ("notice.error_message", message),
            ("notice.bucket", "null"),
            ("links.s3", "null"),
        ],
    );
}

#[test]
fn files_are_those_of_the_account_in_their_key() {
    for (body, title) in [
        (
            snapshot("ConfigurationSnapshotDeliveryCompleted"),
            "Snapshot delivery completed: bucket acme-config",
        ),
        (history(), "History delivered: bucket acme-config"),
    ] {
        let context = of(&body.to_string());
        check(
            &context,
            &[
                ("title", title),
                ("state", "null"),
                ("account", "111122223333"),
                ("region", "us-east-1"),
                ("notice.resource", "null"),
                ("links.resource", "null"),
            ],
        );
        let link = context.text("links.s3").unwrap();
        assert!(
            link.starts_with("https://us-east-1.console.aws.amazon.com/s3/object/acme-config?"),
            "{link}"
        );
    }
    for key in [
        "",
        "x",
        "Config/eu-west-1",
        "12345678901ü/Config/eu-west-1",
        "123456789012/Config/",
    ] {
        assert_eq!(owner_in_key(key), None, "{key}");
    }
}

#[test]
fn other_messages_have_words_too() {
    for (body, title) in [
        (
            snapshot("ConfigurationSnapshotDeliveryStarted"),
            "Snapshot delivery started",
        ),
        (
            snapshot("ConfigurationSnapshotDeliveryFailed"),
            "Snapshot delivery failed",
        ),
        (
            evaluation_started(),
            "Rules evaluation started: iam-password-policy, restricted-ssh",
        ),
        (
            event("Config Rules Re-evaluation Status", &evaluation_started()),
            "Rules evaluation started: iam-password-policy, restricted-ssh",
        ),
        (
            snapshot("SomethingNewAboutS3AndIAMPolicies"),
            "Something new about S3 and IAM policies",
        ),
        (
            json!({"messageType": "ConfigurationSnapshotDeliveryFailed", "recordVersion": "1.1"}),
            "Snapshot delivery failed",
        ),
    ] {
        let context = of(&body.to_string());
        assert_eq!(context.text("title"), Some(title));
    }
}

#[test]
fn a_message_type_alone_is_no_notice() {
    for body in [
        json!({"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "x"}),
        json!({"messageType": "Order", "recordVersion": "1.0"}),
        json!({"messageType": "ConfigurationItemChangeNotification"}),
        json!({"s3Bucket": "b", "s3ObjectKey": ["k"], "recordVersion": "1.0"}),
    ] {
        let context = context(&record(&body));
        assert_ne!(context.text("kind"), Some("config_notice"), "{body}");
    }
}

#[test]
fn survives_any_member_missing_or_of_another_type() {
    let item = item_change();
    for body in [
        event("Config Configuration Item Change", &item),
        item,
        deleted_user(),
        oversized(Some(LOCATION), None),
        oversized(None, Some(("NoSuchBucket", "Failed."))),
        snapshot("ConfigurationSnapshotDeliveryCompleted"),
        history(),
        evaluation_started(),
    ] {
        survives(&body, &["notice"]);
    }
}
