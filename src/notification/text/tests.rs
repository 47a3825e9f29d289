use std::time::Instant;

use serde_json::json;

use super::*;
use crate::notification::mutation::{self, context};
use crate::notification::{Notification, classify};

const UUID: &str = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d";

fn record(subject: Option<&str>, body: &str) -> Record {
    Record {
        subject: subject.map(str::to_owned),
        ..mutation::record(body)
    }
}

fn read_record(record: &Record) -> (Text, Facts) {
    let Notification::Text(text) = classify(record) else {
        panic!("{} is of another kind", record.body);
    };
    let facts = text.facts(record);
    (text, facts)
}

fn read(subject: Option<&str>, body: &str) -> (Text, Facts) {
    read_record(&record(subject, body))
}

/// `Name: value` of every field.
fn fields(text: &Text) -> Vec<String> {
    text.fields
        .iter()
        .map(|field| format!("{}: {}", field.name, field.value))
        .collect()
}

const STACK: &str = "StackId='arn:aws:cloudformation:eu-central-1:111122223333:stack/shop-prod/5f607182-93a4-4b5c-96d7-e8f901021324'\n\
    Timestamp='2026-03-11T09:42:16.902Z'\n\
    EventId='485cc630-84a3-11ef-a635-0a14bd780565'\n\
    LogicalResourceId='shop-prod'\n\
    Namespace='111122223333'\n\
    PhysicalResourceId='arn:aws:cloudformation:eu-central-1:111122223333:stack/shop-prod/5f607182-93a4-4b5c-96d7-e8f901021324'\n\
    PrincipalId='AIDAEXAMPLE'\n\
    ResourceProperties='null'\n\
    ResourceStatus='UPDATE_ROLLBACK_COMPLETE'\n\
    ResourceStatusReason=''\n\
    ResourceType='AWS::CloudFormation::Stack'\n\
    StackName='shop-prod'\n\
    ClientRequestToken='Console-UpdateStack-1a2b3c4d'\n";

const BUDGET: &str = "AWS Budget Notification March 11, 2026\n\
    AWS Account 111122223333\n\n\
    Dear AWS Customer,\n\n\
    The ACTUAL Cost of your budget is above its threshold.\n\n\
    Budget Name: shop-monthly\n\
    Budget Type: Cost\n\
    Budgeted Amount: $100.00\n\
    Alert Type: ACTUAL\n\
    Alert Threshold: > $80.00\n\
    ACTUAL Amount: $84.12\n\n\
    [1] https://console.aws.amazon.com/billing/home#/budgets\n";

const ENVIRONMENT: &str = "Timestamp: Wed Mar 11 09:37:10 UTC 2026\n\
    Message: Environment health has transitioned from Ok to Degraded. 9.0 % of the requests are failing with HTTP 4xx.\n\n\
    Environment: shop-prod\n\
    Application: shop\n\n\
    Environment URL: http://shop-prod.eu-west-1.elasticbeanstalk.com\n\
    NotificationProcessId: 5f607182-93a4-4b5c-96d7-e8f901021324";

const BACKUP: &str = "An AWS Backup job failed. Resource ARN : arn:aws:ec2:eu-west-1:111122223333:volume/vol-0abc. BackupJob ID : 1B2345B2";

fn backup() -> Record {
    let attributes = [
        ("State", "FAILED"),
        ("EventType", "BACKUP_JOB"),
        ("AccountId", "111122223333"),
        ("Id", "1B2345B2"),
        ("StartTime", "2026-03-11T09:00:00.226Z"),
    ];
    Record {
        attributes: attributes
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..record(Some("Notification from AWS Backup"), BACKUP)
    }
}

#[test]
fn plain_texts() {
    for (subject, body, title, shown) in [
        (
            Some("Report"),
            " Backup done.\r\n3 volumes\rok \u{1b}\n",
            "Report",
            Some("Backup done.\n3 volumes\nok"),
        ),
        (
            None,
            "\n\nBackup done.\n3 volumes",
            "Backup done.",
            Some("3 volumes"),
        ),
        (Some("  "), "größer 🎉", "größer 🎉", None),
        (None, "", "Empty message", None),
        (None, " \r\n\t ", "Empty message", None),
        (Some("Only a subject"), "", "Only a subject", None),
        (None, "42", "42", None),
        (None, "true", "true", None),
        (None, "null", "null", None),
        (None, "[prod] all is well", "[prod] all is well", None),
        (None, "\u{feff}hello", "hello", None),
    ] {
        let (text, facts) = read(subject, body);
        assert_eq!(text.family, TextFamily::Plain, "{body:?}");
        assert_eq!(text.title, title, "{body:?}");
        assert_eq!(text.body.as_deref(), shown, "{body:?}");
        assert!(text.fields.is_empty());
        assert_eq!((facts.source, facts.name, facts.state), (None, None, None));
        assert!(facts.links.get("environment").is_none());
    }
}

#[test]
fn texts_of_an_input_transformer() {
    for (body, shown) in [
        (
            r#""Rule restricted-ssh: sg-0abc is NON_COMPLIANT""#,
            "Rule restricted-ssh: sg-0abc is NON_COMPLIANT",
        ),
        (
            "\"first \\\"line\\\"\"\n\n  \"second\\nthird \\\\ C:\\\\\"\r\n",
            "first \"line\"\n\nsecond\nthird \\ C:\\",
        ),
        ("\"the alarm \"x\" is\\n up\"", "the alarm \"x\" is\n up"),
        ("\"größe\"\n\"\\u00e4\"", "größe\nä"),
        ("\"\\d+ \"quoted\"\\q\"", "\\d+ \"quoted\"\\q"),
    ] {
        let (text, _) = read(Some("Subject"), body);
        assert_eq!(text.family, TextFamily::Transformer, "{body}");
        assert_eq!(text.body.as_deref(), Some(shown));
        let (text, _) = read(None, body);
        let (first, rest) = shown.split_once('\n').unwrap_or((shown, ""));
        assert_eq!(text.title, first);
        assert_eq!(text.body.unwrap_or_default(), rest.trim_matches('\n'));
    }
    for body in ["\"", "\"one\"\ntwo", "x\"one\""] {
        assert_eq!(read(Some("Subject"), body).0.body.as_deref(), Some(body));
    }
}

#[test]
fn json_that_was_cut_off() {
    let body = r#"{"AlarmName": "shop-4xx", "NewStateValue": "ALA"#;
    let (text, _) = read(None, body);
    assert_eq!(text.family, TextFamily::BrokenJson);
    assert_eq!(text.title, "Message is not valid JSON (cut off?)");
    assert_eq!(text.body.as_deref(), Some(body));
    assert_eq!(read(Some("ALARM: shop"), body).0.title, "ALARM: shop");
    for body in [
        "{",
        "[",
        "[{\"a\"",
        "  [\"a\"",
        "\"{\\\"a\\\":\"",
        "{not json}",
    ] {
        assert_eq!(read(None, body).0.family, TextFamily::BrokenJson, "{body}");
    }
}

#[test]
fn a_title_says_what_is_wrong_with_the_json() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for (body, title) in [
        ("{", "Message is not valid JSON (cut off?)"),
        ("[{\"a\": \"b", "Message is not valid JSON (cut off?)"),
        ("\u{feff}{\"a\":", "Message is not valid JSON (cut off?)"),
        ("{\"a\":1}\n{\"b\":2}", "Message is not valid JSON"),
        ("{{ x }}", "Message is not valid JSON"),
        ("{not json}", "Message is not valid JSON"),
        (
            "{\"a\":1e999}",
            "Message is JSON with a number that is too large to be read",
        ),
        (&deep, "Message is JSON that nests too deep to be read"),
    ] {
        let (text, _) = read(None, body);
        assert_eq!(text.family, TextFamily::BrokenJson, "{body}");
        assert_eq!(text.title, title, "{body}");
        assert_eq!(
            text.body.as_deref(),
            Some(body.trim_start_matches('\u{feff}'))
        );
        assert_eq!(read(Some("Subject"), body).0.title, "Subject");
    }
}

#[test]
fn stacks() {
    let (text, facts) = read(Some("AWS CloudFormation Notification"), STACK);
    assert_eq!(text.family, TextFamily::Cloudformation);
    assert_eq!(text.title, "Stack shop-prod: UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(
        fields(&text),
        [
            "Status: UPDATE_ROLLBACK_COMPLETE",
            "Stack: shop-prod",
            "Time: 2026-03-11T09:42:16Z",
            "Stack ID: arn:aws:cloudformation:eu-central-1:111122223333:stack/shop-prod/5f607182-93a4-4b5c-96d7-e8f901021324",
        ]
    );
    assert_eq!(text.body, None);
    assert_eq!(facts.name.as_deref(), Some("shop-prod"));
    assert_eq!(facts.state.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    assert_eq!(facts.source.as_deref(), Some("aws.cloudformation"));
    assert_eq!(facts.account.as_deref(), Some("111122223333"));
    assert_eq!(facts.region.as_deref(), Some("eu-central-1"));

    // A resource, with values that hold line ends, quotes and what looks like an entry.
    let resource = STACK
        .replace("LogicalResourceId='shop-prod'", "LogicalResourceId='Bucket'")
        .replace("ResourceType='AWS::CloudFormation::Stack'", "ResourceType='AWS::S3::Bucket'")
        .replace("ResourceProperties='null'", "ResourceProperties='{\n\"DbPassword\":\"geheim\",\nResourceStatus='WRONG',\n\"a\":'b'\n}'")
        .replace("ResourceStatusReason=''", "ResourceStatusReason='acme-inbox\nisn't free'");
    let (text, facts) = read(None, &resource);
    assert_eq!(
        text.title,
        "Resource Bucket in stack shop-prod: UPDATE_ROLLBACK_COMPLETE"
    );
    assert_eq!(facts.name.as_deref(), Some("shop-prod"));
    let fields = fields(&text);
    assert_eq!(fields[1], "Reason: acme-inbox\nisn't free");
    assert!(fields.contains(&"Resource type: AWS::S3::Bucket".to_owned()));
    assert!(!format!("{text:?}").contains("geheim"));

    let (text, _) = read(None, &format!("A note of ours\n{STACK}"));
    assert_eq!(text.body.as_deref(), Some("A note of ours"));
}

#[test]
fn budgets_say_their_numbers() {
    let (text, facts) = read(
        Some("AWS Budgets: shop-monthly has exceeded your alert threshold"),
        BUDGET,
    );
    assert_eq!(text.family, TextFamily::Budgets);
    assert_eq!(
        text.title,
        "AWS Budgets: shop-monthly has exceeded your alert threshold"
    );
    assert_eq!(
        fields(&text),
        [
            "Budget Name: shop-monthly",
            "Budget Type: Cost",
            "Budgeted Amount: $100.00",
            "Alert Type: ACTUAL",
            "Alert Threshold: > $80.00",
            "ACTUAL Amount: $84.12",
        ]
    );
    assert_eq!(
        text.body.as_deref(),
        Some("The ACTUAL Cost of your budget is above its threshold.")
    );
    assert_eq!(facts.name.as_deref(), Some("shop-monthly"));
    assert_eq!(facts.account.as_deref(), Some("111122223333"));
    assert_eq!(facts.source.as_deref(), Some("aws.budgets"));
    assert_eq!(read(None, BUDGET).0.title, "AWS Budgets: shop-monthly");
    let short = BUDGET.replace("The ACTUAL Cost of your budget is above its threshold.", "");
    assert_eq!(read(None, &short).0.body, None);
}

#[test]
fn environments_of_elastic_beanstalk() {
    let (text, facts) = read(
        Some("AWS Elastic Beanstalk Notification - Environment health..."),
        ENVIRONMENT,
    );
    assert_eq!(text.family, TextFamily::Beanstalk);
    assert_eq!(
        text.title,
        "Environment health has transitioned from Ok to Degraded. 9.0 % of the requests are failing with HTTP 4xx."
    );
    assert_eq!(
        fields(&text),
        [
            "Environment: shop-prod",
            "Application: shop",
            "Time: 2026-03-11T09:37:10Z",
            "Environment URL: http://shop-prod.eu-west-1.elasticbeanstalk.com",
        ]
    );
    assert_eq!(text.body, None);
    assert_eq!(facts.name.as_deref(), Some("shop-prod"));
    assert_eq!(facts.state.as_deref(), Some("Degraded"));
    assert_eq!(facts.source.as_deref(), Some("aws.elasticbeanstalk"));
    assert_eq!(
        facts.links.get("environment"),
        Some("http://shop-prod.eu-west-1.elasticbeanstalk.com")
    );

    let (text, facts) = read(
        None,
        "Timestamp: x\nMessage: one\ntwo\n\nEnvironment: e\nEnvironment URL: null\nNote: kept",
    );
    assert_eq!(text.title, "one");
    assert_eq!(fields(&text)[0], "Message: one\ntwo");
    assert_eq!(text.body.as_deref(), Some("Note: kept"));
    assert!(facts.links.get("environment").is_none());
}

#[test]
fn jobs_of_aws_backup() {
    let (text, facts) = read_record(&backup());
    assert_eq!(text.family, TextFamily::Backup);
    assert_eq!(text.title, "An AWS Backup job failed");
    assert_eq!(
        fields(&text),
        [
            "State: FAILED",
            "Event type: BACKUP_JOB",
            "Start: 2026-03-11T09:00:00Z",
            "Job: 1B2345B2",
            "Account: 111122223333",
        ]
    );
    assert_eq!(text.body.as_deref(), Some(BACKUP));
    assert_eq!(facts.state.as_deref(), Some("FAILED"));
    assert_eq!(facts.account.as_deref(), Some("111122223333"));
    assert_eq!(facts.source.as_deref(), Some("aws.backup"));

    // Attributes may be lost on the way; the subject may be somebody's own.
    let (text, facts) = read(Some("Backups of prod"), BACKUP);
    assert_eq!(
        (text.family, text.title.as_str()),
        (TextFamily::Backup, "Backups of prod")
    );
    assert_eq!(facts.state, None);
}

#[test]
fn talk_about_subscriptions() {
    let control = Record {
        control: Some(Control::SubscriptionConfirmation),
        ..record(None, "")
    };
    let (text, facts) = read_record(&control);
    assert_eq!(text.family, TextFamily::Subscription);
    assert_eq!(text.title, "Subscription waits for confirmation");
    assert!(text.body.unwrap().contains("the topic ops"));
    assert_eq!(facts.source.as_deref(), Some("aws.sns"));
    assert_eq!(facts.name.as_deref(), Some("ops"));

    let nameless = Record {
        control: Some(Control::UnsubscribeConfirmation),
        ..Record::default()
    };
    let (text, facts) = read_record(&nameless);
    assert_eq!(text.title, "Subscription was removed");
    assert!(text.fields.is_empty());
    assert_eq!(facts.name, None);
}

#[test]
fn tokens_are_hidden_in_every_text() {
    let link = format!("https://console.aws.amazon.com/c#/Prod/Ok/approve/{UUID}");
    let approval = json!({"approval": {"token": UUID, "approvalReviewLink": link}}).to_string();
    let cut = approval.trim_end_matches('}').to_owned();
    for body in [
        link.clone(),
        cut.clone(),
        format!("see: {approval}"),
        format!("\"{link}\"\n\"two\""),
        format!("\"first\"\n{}", json!(approval)),
        json!(cut).to_string(),
        format!(
            "Confirm: https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token={UUID}"
        ),
        STACK.replace(
            "ResourceStatusReason=''",
            &format!("ResourceStatusReason='{link}'"),
        ),
        BUDGET.replace("shop-monthly", &link),
        ENVIRONMENT.replace("9.0 %", &link),
    ] {
        let record = record(Some(&link[link.len() - 47..]), &body);
        let (text, facts) = read_record(&record);
        let seen = format!("{} {facts:?}", json!(text));
        assert!(!seen.contains(&UUID[..9]), "{seen}");
        assert!(seen.contains("(hidden)"), "{seen}");
    }
}

#[test]
fn large_texts_are_quick() {
    for piece in [
        "x",
        "ü",
        "line of a log\n",
        "\"quoted\"\n",
        "Key='value'\n",
        "a: b\n",
        "'\n",
        "\\\"",
        "\r",
        "\"token\": '",
    ] {
        for (head, length) in [
            ("", 200_000),
            (STACK, 256_000),
            (BUDGET, 256_000),
            (ENVIRONMENT, 256_000),
            ("{", 256_000),
        ] {
            let record = record(
                None,
                &format!("{head}{}", piece.repeat(length / piece.len())),
            );
            let started = Instant::now();
            let context = context(&record);
            assert!(
                context
                    .text("title")
                    .is_some_and(|title| title.chars().count() <= 150)
            );
            // Well under a second even unoptimised; only work that grows faster than the body takes longer.
            assert!(started.elapsed().as_secs() < 5, "{head:.20} {piece:?}");
        }
    }
}

/// Cut anywhere, or with any line taken out: it still has a title.
#[test]
fn any_part_may_be_missing() {
    let quoted = "\"one \\\"two\\\"\"\n\"drei ü\"";
    for whole in [STACK, BUDGET, ENVIRONMENT, BACKUP, quoted] {
        let cuts = whole.char_indices().map(|(end, _)| whole[..end].to_owned());
        let lines: Vec<&str> = whole.lines().collect();
        let without = (0..lines.len()).map(|left_out| {
            let mut kept = lines.clone();
            kept.remove(left_out);
            kept.join("\n")
        });
        for body in cuts.chain(without) {
            for record in [
                record(None, &body),
                record(Some("S"), &json!(body).to_string()),
            ] {
                let context = context(&record);
                assert!(
                    context.text("title").is_some_and(|title| !title.is_empty()),
                    "{body}"
                );
            }
        }
    }
}
