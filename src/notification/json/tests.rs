use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};

use super::*;
use crate::notification::mutation::{context, record, survives};
use crate::notification::{Notification, classify};
use crate::tree::Arena;

const UUID: &str = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d";

fn read(document: &Value) -> (Json, Facts) {
    let record = record(document);
    let Notification::Json(json) = classify(&record) else {
        panic!("{document} is of another kind");
    };
    let facts = json.facts(&record);
    (json, facts)
}

/// `Name: value` of every field.
fn fields(json: &Json) -> Vec<String> {
    json.fields
        .iter()
        .map(|field| format!("{}: {}", field.name, field.value))
        .collect()
}

fn rds() -> Value {
    json!({
        "Event Source": "db-instance",
        "Event Time": "2026-03-11 09:42:16.902",
        "Identifier Link": "https://console.aws.amazon.com/rds/home?region=eu-west-1#dbinstance:id=shop-db",
        "Source ID": "shop-db",
        "Source ARN": "arn:aws:rds:eu-west-1:111122223333:db:shop-db",
        "Event ID": "http://docs.amazonwebservices.com/AmazonRDS/latest/UserGuide/USER_Events.html#RDS-EVENT-0049",
        "Event Message": "Multi-AZ instance failover completed",
        "Tags": {"team": "shop"}
    })
}

fn dms() -> Value {
    json!({
        "Event Source": "replication-task",
        "Event Time": "2026-03-11 09:42:16.902",
        "Identifier Link": "https://console.aws.amazon.com/dms/home?region=eu-west-1#tasks:ids=orders ",
        "SourceId": "orders",
        "Event ID": "http://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html#DMS-EVENT-0078",
        "Event Message": "Replication task has failed."
    })
}

fn autoscaling() -> Value {
    json!({
        "Progress": 50,
        "AccountId": "123456789012",
        "Description": "Terminating EC2 instance: i-0abc",
        "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:9f8e7d6c:autoScalingGroupName/shop-web",
        "StartTime": "2026-03-11T09:40:39.004Z",
        "EndTime": "2026-03-11T09:41:01.604Z",
        "Service": "AWS Auto Scaling",
        "Time": "2026-03-11T09:41:01.604Z",
        "EC2InstanceId": "i-0abc",
        "StatusCode": "InProgress",
        "StatusMessage": "",
        "Details": {"Subnet ID": "subnet-0abc", "Availability Zone": "eu-west-1a"},
        "AutoScalingGroupName": "shop-web",
        "Cause": "a user request changed the desired capacity from 3 to 2.",
        "Event": "autoscaling:EC2_INSTANCE_TERMINATE"
    })
}

fn codedeploy() -> Value {
    json!({
        "region": "eu-west-1",
        "accountId": "123456789012",
        "eventTriggerName": "ops",
        "applicationName": "shop",
        "deploymentId": "d-4K7EXAMPLE",
        "deploymentGroupName": "prod",
        "createTime": "Wed Mar 11 09:30:05 UTC 2026",
        "completeTime": "Wed Mar 11 09:41:33 UTC 2026",
        "deploymentOverview": "{\"Succeeded\":1,\"Failed\":2,\"Skipped\":0,\"InProgress\":0,\"Pending\":0}",
        "status": "FAILED",
        "errorInformation": "{\"ErrorCode\":\"HEALTH_CONSTRAINTS\",\"ErrorMessage\":\"Too many instances failed.\"}",
        "rollbackInformation": "{}"
    })
}

fn ses_bounce() -> Value {
    json!({
        "notificationType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{
                "emailAddress": "jane@example.com",
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 no such user"
            }],
            "timestamp": "2026-03-11T09:42:14.000Z",
            "feedbackId": "f"
        },
        "mail": {
            "timestamp": "2026-03-11T09:42:10.000Z",
            "source": "shop@example.org",
            "sourceArn": "arn:aws:ses:eu-west-1:111122223333:identity/example.org",
            "sendingAccountId": "111122223333",
            "messageId": "m-1",
            "destination": ["jane@example.com", "joe@example.com"],
            "commonHeaders": {"subject": "Your order"}
        }
    })
}

fn s3_record(key: &str, size: u64) -> Value {
    json!({
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": "2026-03-11T09:41:00.000Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "AWS:EXAMPLE"},
        "s3": {
            "bucket": {"name": "acme-inbox", "arn": "arn:aws:s3:::acme-inbox"},
            "object": {"key": key, "size": size, "eTag": "e", "sequencer": "0055"}
        }
    })
}

fn pointer() -> Value {
    json!([
        "software.amazon.payloadoffloading.PayloadS3Pointer",
        {"s3BucketName": "acme-large", "s3Key": "a b/c"}
    ])
}

#[test]
fn rds_and_dms() {
    let (json, facts) = read(&rds());
    assert_eq!(json.family, JsonFamily::Rds);
    assert_eq!(json.title, "shop-db: Multi-AZ instance failover completed");
    assert_eq!(
        fields(&json),
        [
            "Source: shop-db",
            "Source type: db-instance",
            "Event: RDS-EVENT-0049",
            "Time: 2026-03-11T09:42:16Z",
            "Source ARN: arn:aws:rds:eu-west-1:111122223333:db:shop-db",
            "Tag team: shop",
        ]
    );
    assert_eq!(json.text, None);
    assert_eq!(facts.name.as_deref(), Some("shop-db"));
    assert_eq!(facts.source.as_deref(), Some("aws.rds"));
    assert_eq!(facts.account.as_deref(), Some("111122223333"));
    assert_eq!(facts.region.as_deref(), Some("eu-west-1"));
    assert_eq!(
        facts.links.get("identifier"),
        rds()["Identifier Link"].as_str()
    );
    assert!(facts.links.get("s3").is_none());

    let (json, facts) = read(&dms());
    assert_eq!(json.family, JsonFamily::Dms);
    assert_eq!(json.title, "orders: Replication task has failed.");
    assert_eq!(facts.source.as_deref(), Some("aws.dms"));
    assert_eq!(facts.region.as_deref(), Some("eu-west-1"));
    assert_eq!(
        facts.links.get("identifier"),
        Some("https://console.aws.amazon.com/dms/home?region=eu-west-1#tasks:ids=orders")
    );

    let mut elsewhere = rds();
    elsewhere["Identifier Link"] = json!("https://evil.example/rds/?region=eu-west-1");
    assert!(read(&elsewhere).1.links.get("identifier").is_none());
    // Amazon Redshift has an event source too.
    let (json, _) = read(&json!({
        "Event Source": "cluster", "Resource": "dwh", "Severity": "INFO",
        "Identifier Link": "https://console.aws.amazon.com/redshift/home",
        "Event Message": "Maintenance on cluster 'dwh' completed"
    }));
    assert_eq!(json.family, JsonFamily::Generic);
    assert_eq!(json.title, "Maintenance on cluster 'dwh' completed");
}

#[test]
fn auto_scaling() {
    let (json, facts) = read(&autoscaling());
    assert_eq!(json.family, JsonFamily::Autoscaling);
    assert_eq!(
        json.title,
        "Auto Scaling shop-web: instance i-0abc terminated"
    );
    assert_eq!(
        fields(&json),
        [
            "Group: shop-web",
            "Event: autoscaling:EC2_INSTANCE_TERMINATE",
            "Instance: i-0abc",
            "Status: InProgress",
            "Cause: a user request changed the desired capacity from 3 to 2.",
            "Description: Terminating EC2 instance: i-0abc",
            "Availability Zone: eu-west-1a",
            "Subnet ID: subnet-0abc",
            "Start: 2026-03-11T09:40:39Z",
            "End: 2026-03-11T09:41:01Z",
        ]
    );
    assert_eq!(facts.name.as_deref(), Some("shop-web"));
    assert_eq!(
        facts.state.as_deref(),
        Some("autoscaling:EC2_INSTANCE_TERMINATE")
    );
    assert_eq!(facts.region.as_deref(), Some("eu-west-1"));

    let (json, _) = read(&json!({
        "AccountId": "123456789012", "RequestId": "r",
        "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:9f8e7d6c:autoScalingGroupName/shop-web",
        "Service": "AWS Auto Scaling", "Event": "autoscaling:TEST_NOTIFICATION", "Time": "2026-03-11T09:41:01.604Z"
    }));
    assert_eq!(json.title, "Auto Scaling shop-web: test notification");

    let (json, _) = read(&json!({
        "LifecycleHookName": "drain", "AccountId": "123456789012", "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "AutoScalingGroupName": "shop-web", "Service": "AWS Auto Scaling", "EC2InstanceId": "i-0abc", "LifecycleActionToken": UUID
    }));
    assert_eq!(json.family, JsonFamily::Autoscaling);
    assert!(!serde_json::to_string(&json).unwrap().contains(UUID));
}

#[test]
fn codedeploy_triggers() {
    let (json, facts) = read(&codedeploy());
    assert_eq!(json.family, JsonFamily::Codedeploy);
    assert_eq!(json.title, "Deployment of shop to prod: FAILED");
    assert_eq!(
        fields(&json),
        [
            "Status: FAILED",
            "Error: HEALTH_CONSTRAINTS: Too many instances failed.",
            "Instances: 2 failed, 1 succeeded",
            "Application: shop",
            "Deployment group: prod",
            "Deployment: d-4K7EXAMPLE",
            "Created: 2026-03-11T09:30:05Z",
            "Completed: 2026-03-11T09:41:33Z",
            "Trigger: ops",
        ]
    );
    assert_eq!(facts.state.as_deref(), Some("FAILED"));
    assert_eq!(facts.time.as_deref(), Some("2026-03-11T09:41:33Z"));

    // As the guide prints them: objects instead of texts, texts instead of numbers, seconds instead of a date.
    let (json, facts) = read(&json!({
        "region": "eu-west-1", "accountId": "111122223333", "deploymentId": "d-75I7MBT7C",
        "instanceId": "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc",
        "lastUpdatedAt": "1446744207.564", "instanceStatus": "Failed",
        "deploymentOverview": {"Failed": "10", "Succeeded": "0"},
        "lifecycleEvents": [
            {"LifecycleEvent": "ApplicationStop", "LifecycleEventStatus": "Succeeded"},
            {"LifecycleEvent": "BeforeInstall", "LifecycleEventStatus": "Failed"}
        ]
    }));
    assert_eq!(json.title, "Deployment d-75I7MBT7C on i-0abc: Failed");
    assert!(fields(&json).contains(&"Instances: 10 failed".to_owned()));
    assert!(
        fields(&json)
            .contains(&"Steps: ApplicationStop Succeeded, BeforeInstall Failed".to_owned())
    );
    assert_eq!(facts.time.as_deref(), Some("2015-11-05T17:23:27Z"));
}

#[test]
fn ses() {
    let (json, facts) = read(&ses_bounce());
    assert_eq!(json.family, JsonFamily::Ses);
    assert_eq!(json.title, "Bounce (Permanent, General): jane@example.com");
    assert_eq!(
        fields(&json),
        [
            "Event: Bounce",
            "Type: Permanent, General",
            "Recipients: jane@example.com",
            "Reason: smtp; 550 5.1.1 no such user",
            "Subject: Your order",
            "From: shop@example.org",
            "Time: 2026-03-11T09:42:14Z",
            "Mail: m-1",
        ]
    );
    assert_eq!(facts.name.as_deref(), Some("example.org"));
    assert_eq!(facts.state.as_deref(), Some("Bounce"));
    assert_eq!(facts.account.as_deref(), Some("111122223333"));

    for (document, title) in [
        (
            json!({"eventType": "Complaint", "mail": {"destination": ["a@example.com"]},
                "complaint": {"complainedRecipients": [{"emailAddress": "b@example.com"}], "complaintFeedbackType": "abuse"}}),
            "Complaint (abuse): b@example.com",
        ),
        (
            json!({"eventType": "Delivery", "mail": {}, "delivery": {"recipients": ["a@example.com", "b@example.com"]}}),
            "Delivery: a@example.com, b@example.com",
        ),
        (
            json!({"eventType": "Rendering Failure", "mail": {"destination": ["a@example.com"]},
                "failure": {"errorMessage": "Attribute 'name' is not present", "templateName": "hello"}}),
            "Rendering Failure: a@example.com",
        ),
        (
            json!({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "You have subscribed your topic"}),
            "AmazonSnsSubscriptionSucceeded: You have subscribed your topic",
        ),
    ] {
        let (json, _) = read(&document);
        assert_eq!((json.family, json.title.as_str()), (JsonFamily::Ses, title));
    }
    // Half of it is not enough.
    assert_eq!(
        read(&json!({"eventType": "x"})).0.family,
        JsonFamily::Generic
    );
}

#[test]
fn s3_events() {
    let (json, facts) = read(&json!({"Records": [s3_record("in%2Fa+b%C3%A4%2B.txt", 11)]}));
    assert_eq!(json.family, JsonFamily::S3);
    assert_eq!(json.title, "ObjectCreated:Put: acme-inbox/in/a bä+.txt");
    assert_eq!(
        fields(&json),
        [
            "Event: ObjectCreated:Put",
            "Bucket: acme-inbox",
            "Key: in/a bä+.txt",
            "Size: 11 bytes",
            "Time: 2026-03-11T09:41:00Z",
            "Region: eu-west-1",
            "By: AWS:EXAMPLE",
        ]
    );
    assert_eq!(
        facts.links.get("s3"),
        Some(
            "https://eu-west-1.console.aws.amazon.com/s3/object/acme-inbox?region=eu-west-1&prefix=in%2Fa%20b%C3%A4%2B.txt"
        )
    );
    assert_eq!(facts.name.as_deref(), Some("acme-inbox"));
    assert_eq!(facts.state.as_deref(), Some("ObjectCreated:Put"));

    let many: Vec<Value> = (0..30)
        .map(|n| s3_record(&format!("k{n}"), 1_572_864))
        .collect();
    let (json, facts) = read(&json!({"Records": many}));
    assert_eq!(json.title, "ObjectCreated:Put: 30 objects in acme-inbox");
    assert_eq!((json.fields.len(), json.more_fields), (20, 12));
    assert_eq!(fields(&json)[2], "ObjectCreated:Put: k0 (1.5 MB)");
    assert!(facts.links.get("s3").is_none());

    let (json, facts) = read(&json!({
        "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-03-11T09:41:00.000Z", "Bucket": "acme-inbox"
    }));
    assert_eq!(json.title, "Test event of the bucket acme-inbox");
    assert_eq!(facts.state.as_deref(), Some("s3:TestEvent"));
}

#[test]
fn pointers_to_s3() {
    let (json, facts) = read(&pointer());
    assert_eq!(json.family, JsonFamily::S3Pointer);
    assert_eq!(serde_json::to_value(json.family).unwrap(), "s3_pointer");
    assert_eq!(json.title, "The message is too large for SNS and is in S3");
    assert_eq!(fields(&json), ["Bucket: acme-large", "Key: a b/c"]);
    assert_eq!(
        facts.links.get("s3"),
        Some(
            "https://eu-west-1.console.aws.amazon.com/s3/object/acme-large?region=eu-west-1&prefix=a%20b%2Fc"
        )
    );
    let bare = Json::from_value(&Node::from(&pointer()), &Arena::new()).facts(&Record::default());
    assert!(bare.links.get("s3").is_none());
}

#[test]
fn what_an_input_transformer_sends() {
    let (json, facts) = read(&json!({
        "alarm": "SG violation",
        "rule": "restricted-ssh",
        "resource_type": "AWS::EC2::SecurityGroup",
        "resource_id": "sg-0c1d2e3f4a5b6c7d8",
        "region": "eu-west-1",
        "account": "111122223333",
        "status": "NON_COMPLIANT"
    }));
    assert_eq!(json.title, "SG violation");
    assert_eq!(
        fields(&json),
        [
            "Status: NON_COMPLIANT",
            "Region: eu-west-1",
            "Account: 111122223333",
            "Resource ID: sg-0c1d2e3f4a5b6c7d8",
            "Resource type: AWS::EC2::SecurityGroup",
            "Rule: restricted-ssh",
        ]
    );
    assert_eq!(json.text, None);
    assert_eq!(facts.state.as_deref(), Some("NON_COMPLIANT"));
    assert_eq!(facts.account.as_deref(), Some("111122223333"));
    assert_eq!(facts.region.as_deref(), Some("eu-west-1"));
    assert_eq!(facts.source, None);
}

#[test]
fn generic_documents() {
    let (json, facts) = read(&json!({
        "Summary": "Build 12 failed\nsee the log",
        "source": "ci",
        "details": {"log_url": "https://ci.example.org/12", "retries": 3, "steps": [{"n": 1}]},
        "labels": ["a", "b"],
        "nothing": null,
        "empty": {},
        "eventTime": "2026-03-11T09:41:00.000Z",
        "AWSAccountId": 111_122_223_333_u64,
    }));
    assert_eq!(json.title, "Build 12 failed");
    assert_eq!(
        fields(&json),
        [
            "AWS account ID: 111122223333",
            "Event time: 2026-03-11T09:41:00.000Z",
            "Summary: Build 12 failed\nsee the log",
            "Labels: a, b",
            "Source: ci",
            "Details.log URL: https://ci.example.org/12",
            "Details.retries: 3",
        ]
    );
    let text = json.text.unwrap();
    assert!(
        text.starts_with("{\n  \"AWSAccountId\": 111122223333,\n"),
        "{text}"
    );
    assert!(text.contains("\"steps\": [\n"), "{text}");
    assert_eq!(facts.source.as_deref(), Some("ci"));
    assert_eq!(facts.time.as_deref(), Some("2026-03-11T09:41:00Z"));
    assert_eq!(facts.account.as_deref(), Some("111122223333"));

    for (document, title) in [
        (json!({}), "JSON message"),
        (json!({"a": null, "b": [], "c": ""}), "JSON message"),
        (json!([]), "Empty JSON list"),
        (json!(["disk full"]), "disk full"),
        (json!([1, 2]), "JSON list of 2 items"),
        (json!([{"title": "only one"}]), "only one"),
        (
            json!({"ElastiCache:SnapshotComplete": "sessions"}),
            "ElastiCache:SnapshotComplete: sessions",
        ),
        (
            json!({"detail": {"message": "from below"}, "id": 3}),
            "from below",
        ),
        (json!({"Detail-Type": "Order"}), "Order"),
        (json!({"größe": {"ä": true}}), "Ä: true"),
        (json!({"": {"": 1}}), "(no name): 1"),
    ] {
        let (json, _) = read(&document);
        assert_eq!(json.title, title, "{document}");
    }
}

#[test]
fn a_list_shows_what_its_items_say() {
    let (json, _) = read(&json!([{"name": "one", "x": 1}, [1, 2], "three"]));
    assert_eq!(fields(&json), ["1: one", "2: 2 items", "3: three"]);
    assert!(json.text.is_some());
}

#[test]
fn an_approval_in_another_shape_keeps_its_token() {
    let link = format!("https://console.aws.amazon.com/codesuite/x#/Prod/Ok/approve/{UUID}");
    let approval = json!({
        "region": "eu-west-1",
        "approval": {"pipeline": "shop", "token": UUID, "approvalReviewLink": link},
        "next": [[[{"Approval-Token": UUID, "authorization": UUID}]]],
        "wrapped": json!({"approval": {"token": UUID}}).to_string(),
        "SubscribeURL": format!("https://sns.eu-west-1.amazonaws.com/?Token={UUID}"),
    });
    for document in [
        approval.clone(),
        json!({"message": link.clone()}),
        json!({"title": "x", "a": {"b": approval.clone()}}),
        json!([approval.clone(), approval.clone()]),
        json!([link, UUID.len()]),
        json!({"Event Source": "db-instance", "Event Message": link}),
    ] {
        let seen = Value::Object(context(&record(&document)).to_json()).to_string();
        assert!(!seen.contains(&UUID[..9]), "{seen}");
        assert!(seen.contains("(hidden)"), "{seen}");
    }
}

#[test]
fn long_values_are_cut_and_the_document_at_the_end_of_a_line() {
    let many: BTreeMap<String, String> = (0..200)
        .map(|n| (format!("key{n:03}"), "ü".repeat(400)))
        .collect();
    let (json, _) = read(&json!(many));
    assert_eq!((json.fields.len(), json.more_fields), (20, 180));
    assert_eq!(json.fields[0].value.chars().count(), 300);
    let text = json.text.unwrap();
    assert!(text.chars().count() <= 2_502, "{}", text.chars().count());
    assert!(text.ends_with(",\n…"), "{text}");
}

#[test]
fn large_documents_are_quick() {
    let deep = format!("{}1{}", "[".repeat(126), "]".repeat(126));
    let deep_and_wide = format!(
        "{}{}1{}",
        "[".repeat(120),
        "1,".repeat(100_000),
        "]".repeat(120)
    );
    let objects = format!("[{}{{}}]", "{},".repeat(60_000));
    let members: Vec<String> = (0..20_000).map(|n| format!("\"k{n}\":{n}")).collect();
    let long = json!({"message": "x".repeat(200_000)}).to_string();
    let quoted = json!({"message": "\"token\":\"".repeat(25_000)}).to_string();
    for body in [
        deep,
        deep_and_wide,
        objects,
        format!("{{{}}}", members.join(",")),
        long,
        quoted,
        "{\"a\":".repeat(125) + "1" + &"}".repeat(125),
        "[".repeat(250_000),
        "{\"a\":".repeat(50_000),
    ] {
        let started = Instant::now();
        let context = context(&record(&body));
        assert!(
            context
                .text("title")
                .is_some_and(|title| title.chars().count() <= 150)
        );
        // Well under a second even unoptimised; only work that grows faster than the body takes longer.
        assert!(started.elapsed().as_secs() < 5, "{}", &body[..20]);
    }
}

#[test]
fn survives_any_member_missing_or_of_another_type() {
    for document in [
        rds(),
        dms(),
        autoscaling(),
        codedeploy(),
        ses_bounce(),
        json!({"Records": [s3_record("a+b", 1), s3_record("%zz%", 2)]}),
        json!({"Records": [s3_record("a+b", 1)]}),
        pointer(),
        json!({"title": "t", "a": {"b": 1}}),
    ] {
        survives(&document, &["json"]);
    }
}
