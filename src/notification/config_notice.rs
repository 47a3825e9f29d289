//! Kind `config_notice`: any message of an AWS Config stream that is no change of compliance.
//!
//! The stream carries every change of every recorded resource, and the comings and goings of snapshots, history files
//! and evaluations (page "Notifications that AWS Config Sends to an Amazon SNS topic").

use serde::Serialize;
use serde_json::Value;

use super::{Facts, words};
use crate::arn::{self, Arn};
use crate::console_link::Console;
use crate::envelope::Record;
use crate::loose::Loose;

/// How many changed properties a notice shows; the rest is counted.
const CHANGES_SHOWN: usize = 20;
/// The longest value of a changed property, in characters. A value may be a whole policy document.
const LONGEST_VALUE: usize = 300;
/// The longest message type in a headline, in characters; AWS's own have up to 46.
const LONGEST_TYPE: usize = 60;

/// A message of the stream. In the context: `notice`.
///
/// What routes match on: `name` is always the message type (the resource is at `notice.resource.id`), `state` the change
/// (`CREATE`, `UPDATE`, `DELETE`), else the item's status.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConfigNotice {
    /// AWS's `messageType`, such as `ConfigurationItemChangeNotification`.
    #[serde(rename = "type")]
    pub message_type: String,
    /// The type in words: `Configuration item deleted`, `Snapshot delivery started`.
    pub headline: String,
    /// The resource that changed; null when the message is about none.
    pub resource: Option<Resource>,
    /// `CREATE`, `UPDATE` or `DELETE`; null when AWS does not say.
    pub change_type: Option<String>,
    /// What changed, at most 20 properties; empty when AWS does not say, and when the item was too large to send.
    pub changes: Vec<Change>,
    /// How many properties changed beyond those in `changes`.
    pub more_changes: usize,
    /// The item's status: `OK`, `ResourceDiscovered`, `ResourceDeleted`, ...
    pub item_status: Option<String>,
    /// When AWS Config took the item down, else when it made the message; RFC 3339.
    pub time: Option<String>,
    /// The rules whose evaluation started; empty for other messages.
    pub rules: Vec<String>,
    /// The snapshot that is delivered.
    pub snapshot_id: Option<String>,
    /// The bucket in which AWS Config put a file.
    pub bucket: Option<String>,
    /// The file's key in that bucket.
    pub key: Option<String>,
    /// Why a delivery failed, such as `NoSuchBucket`.
    pub error_code: Option<String>,
    /// The same in a sentence.
    pub error_message: Option<String>,
    #[serde(skip)]
    account: Option<String>,
    #[serde(skip)]
    region: Option<String>,
}

/// In the context: `notice.resource`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Resource {
    /// Such as `AWS::EC2::SecurityGroup`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// AWS Config's id of it; for IAM resources the unique id (`AIDA...`).
    pub id: Option<String>,
    /// The name, where the type has names.
    pub name: Option<String>,
    /// The ARN, where AWS Config knows it.
    pub arn: Option<String>,
}

/// In the context: an item of `notice.changes`.
#[derive(Debug, Clone, Default, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the context says `change_type` here as it does one level up"
)]
pub struct Change {
    /// The path of the property: `Configuration.IpPermissions.0`.
    pub property: String,
    /// `CREATE`, `UPDATE` or `DELETE`.
    pub change_type: Option<String>,
    /// The value before, as text or as compact JSON, up to 300 characters; null when there was none.
    pub previous: Option<String>,
    /// The value after, likewise.
    pub updated: Option<String>,
}

impl ConfigNotice {
    /// From the document of the stream. A type that we know needs less to go with it than one that AWS may add.
    pub(super) fn from_stream(value: &Value) -> Option<Self> {
        let message_type = value.string("messageType")?;
        let has = |names: &[&str]| names.iter().any(|name| value.get(name).is_some());
        let about = has(&[
            "configRuleName",
            "configRuleNames",
            "configSnapshotId",
            "configurationItem",
            "configurationItemDiff",
            "configurationItemSummary",
            "configurationItems",
            "s3DeliverySummary",
            "s3ObjectKey",
        ]);
        // The second pair is that of 2014.
        let versioned = has(&[
            "recordVersion",
            "notificationCreationTime",
            "MessageVersion",
            "NotificationCreateTime",
        ]);
        let known = known_type(message_type).is_some();
        if !(about && versioned || known && (about || versioned)) {
            return None;
        }

        let member = |name| value.member(name).unwrap_or(&Value::Null);
        let item = item(value).unwrap_or(&Value::Null);
        let diff = member("configurationItemDiff");
        let delivery = member("s3DeliverySummary");
        let change_type = diff.text("changeType").or_else(|| item.text("changeType"));
        let item_status = item.text("configurationItemStatus");
        let (changes, more_changes) = changes(diff);
        let (bucket, key) = file(value, delivery);
        let (key_account, key_region) = key.as_deref().and_then(owner_in_key).unzip();
        let resource = Resource::from_item(item);
        let arn = resource
            .as_ref()
            .and_then(|resource| Arn::parse(resource.arn.as_deref()?));
        // IAM is reported in the region `global`, which has no console.
        let region = [item, value]
            .into_iter()
            .filter_map(|value| value.text("awsRegion"))
            .find(|region| !region.eq_ignore_ascii_case("global"));

        Some(Self {
            message_type: message_type.to_owned(),
            headline: headline(message_type, change_type.as_deref(), item_status.as_deref()),
            change_type,
            changes,
            more_changes,
            item_status,
            time: item
                .moment("configurationItemCaptureTime")
                .or_else(|| value.moment("notificationCreationTime"))
                .or_else(|| value.moment("NotificationCreateTime")),
            rules: rules(value),
            snapshot_id: value.text("configSnapshotId"),
            bucket,
            key,
            error_code: delivery
                .text("errorCode")
                .or_else(|| value.text("errorCode")),
            error_message: delivery
                .text("errorMessage")
                .or_else(|| value.text("errorMessage")),
            account: item
                .text("awsAccountId")
                .or_else(|| item.text("accountId"))
                .or_else(|| value.text("awsAccountId"))
                .or(key_account)
                .or_else(|| arn.as_ref()?.account.clone()),
            region: region.or(key_region).or_else(|| arn?.region),
            resource,
        })
    }

    pub(super) fn facts(&self, record: &Record) -> Facts {
        let mut facts = Facts {
            title: words::title(&self.title()),
            name: Some(self.message_type.clone()),
            state: self
                .change_type
                .clone()
                .or_else(|| self.item_status.clone()),
            source: Some("aws.config".to_owned()),
            account: self.account.clone(),
            region: self.region.clone(),
            time: self.time.clone(),
            ..Facts::default()
        };
        let console = self.console(record);
        let console = console.as_ref();
        facts.link(
            "resource",
            console.and_then(|console| {
                let resource = self.resource.as_ref()?;
                console.config_timeline(resource.kind.as_deref()?, resource.id.as_deref()?)
            }),
        );
        facts.link(
            "s3",
            console.and_then(|console| {
                Some(console.s3_object(self.bucket.as_deref()?, self.key.as_deref()?))
            }),
        );
        facts
    }

    pub(super) fn members(&self, _record: &Record) -> Vec<(&'static str, Value)> {
        vec![("notice", serde_json::to_value(self).unwrap_or_default())]
    }

    fn title(&self) -> String {
        let about = match (&self.resource, &self.bucket) {
            (Some(resource), _) => resource.shown(),
            (None, _) if !self.rules.is_empty() => words::first_few(self.rules.iter(), 3),
            (None, Some(bucket)) => format!("bucket {bucket}"),
            (None, None) => String::new(),
        };
        let mut title = self.headline.clone();
        if !about.is_empty() {
            title = format!("{title}: {about}");
        }
        if let Some(code) = &self.error_code {
            title = format!("{title} ({code})");
        }
        title
    }

    fn console(&self, record: &Record) -> Option<Console> {
        let arn = self.resource.as_ref().and_then(|resource| {
            let arn = resource.arn.as_deref()?;
            Arn::parse(arn)
        });
        Console::near(self.region.as_deref(), arn.as_ref(), record.topic.as_ref())
    }
}

impl Resource {
    fn from_item(item: &Value) -> Option<Self> {
        let resource = Self {
            kind: item.text("resourceType"),
            id: item.text("resourceId"),
            name: item.text("resourceName"),
            arn: item.text("ARN").or_else(|| item.text("arn")),
        };
        let parts = [&resource.kind, &resource.id, &resource.name, &resource.arn];
        parts.iter().any(|part| part.is_some()).then_some(resource)
    }

    /// Type, id, and the name where it tells more than the id.
    fn shown(&self) -> String {
        let name = self
            .name
            .as_deref()
            .filter(|name| self.id.as_deref() != Some(name));
        let (id, name) = match (self.id.as_deref(), name) {
            (Some(id), Some(name)) => (Some(id), format!("({name})")),
            (id, name) => (id, name.unwrap_or_default().to_owned()),
        };
        let known = self.kind.is_some() || id.is_some() || !name.is_empty();
        let arn = self.arn.as_deref().filter(|_| !known);
        [self.kind.as_deref(), id, Some(name.as_str()), arn]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The JSON document at the end of a text. The notice that an item is too large to send is a text with a link and a
/// document below it, indented or not (page "Example Oversized Configuration Item Change Notification").
pub(super) fn document_in_text(body: &str) -> Option<Value> {
    let lines = body.split_inclusive('\n').scan(0, |end, line| {
        let start = *end;
        *end += line.len();
        Some((start, line))
    });
    // Bounded, because every attempt may read to the end.
    lines
        .filter(|(_, line)| line.trim() == "{")
        .take(8)
        .filter_map(|(start, _)| serde_json::from_str::<Value>(body.get(start..)?).ok())
        .find(|document| document.string("messageType").is_some())
}

/// The item, or the summary of one that is too large. The oldest example in AWS's documentation has a list of items, and
/// one of them in it.
fn item(value: &Value) -> Option<&Value> {
    let names = [
        "configurationItem",
        "configurationItemSummary",
        "configurationItems",
    ];
    names
        .iter()
        .filter_map(|name| value.member(name))
        .find_map(|found| match found {
            Value::Array(items) => items.iter().find(|item| item.is_object()),
            Value::Object(_) => Some(found),
            _ => None,
        })
}

fn changes(diff: &Value) -> (Vec<Change>, usize) {
    let Some(properties) = diff.object("changedProperties") else {
        return (Vec::new(), 0);
    };
    let changes = properties
        .iter()
        .take(CHANGES_SHOWN)
        .map(|(property, change)| Change {
            property: property.clone(),
            change_type: change.text("changeType"),
            previous: change.member("previousValue").map(shown_value),
            updated: change.member("updatedValue").map(shown_value),
        })
        .collect();
    (changes, properties.len().saturating_sub(CHANGES_SHOWN))
}

fn shown_value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    words::cut(&text, LONGEST_VALUE)
}

fn rules(value: &Value) -> Vec<String> {
    let names = value.texts("configRuleNames");
    if names.is_empty() {
        return value.text("configRuleName").into_iter().collect();
    }
    names
}

/// Bucket and key. The summary of a delivery has both in one text, `bucket/key`.
fn file(value: &Value, delivery: &Value) -> (Option<String>, Option<String>) {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if let Some(location) = delivery.text("s3BucketLocation") {
        let location = location.strip_prefix("s3://").unwrap_or(&location);
        let (bucket, key) = location.split_once('/').unwrap_or((location, ""));
        return (some(bucket), some(key));
    }
    (value.text("s3Bucket"), value.text("s3ObjectKey"))
}

/// The account and the region in a key such as `AWSLogs/123456789012/Config/eu-west-1/2026/3/11/...`. Messages about
/// deliveries name neither, and the topic may be that of another account.
fn owner_in_key(key: &str) -> Option<(String, String)> {
    let mut parts = key.split('/');
    let mut account = parts.next()?;
    let mut service = parts.next()?;
    for region in parts {
        if arn::is_account_id(account) && service == "Config" && !region.is_empty() {
            return Some((account.to_owned(), region.to_owned()));
        }
        (account, service) = (service, region);
    }
    None
}

fn headline(message_type: &str, change_type: Option<&str>, item_status: Option<&str>) -> String {
    if message_type == "ConfigurationItemChangeNotification" {
        let word = match (change_type, item_status) {
            (Some("DELETE"), _) | (_, Some("ResourceDeleted" | "ResourceDeletedNotRecorded")) => {
                "deleted"
            }
            (Some("CREATE"), _) => "created",
            (None, Some("ResourceDiscovered")) => "discovered",
            _ => "changed",
        };
        return format!("Configuration item {word}");
    }
    if let Some(words) = known_type(message_type) {
        return words.to_owned();
    }
    // `SomethingNewAboutIAMPolicies` as `Something new about IAM policies`.
    let words = words::readable(&words::one_line(message_type, LONGEST_TYPE));
    if words.is_empty() {
        return "Message of AWS Config".to_owned();
    }
    words::capital(&words)
}

/// The messages that AWS documents.
fn known_type(message_type: &str) -> Option<&'static str> {
    Some(match message_type {
        "ConfigurationItemChangeNotification" => "Configuration item changed",
        "OversizedConfigurationItemChangeNotification" => "Configuration item too large to send",
        "OversizedConfigurationItemChangeDeliveryFailed" => "Delivery failed",
        "ConfigurationSnapshotDeliveryStarted" => "Snapshot delivery started",
        "ConfigurationSnapshotDeliveryCompleted" => "Snapshot delivery completed",
        "ConfigurationSnapshotDeliveryFailed" => "Snapshot delivery failed",
        "ConfigurationHistoryDeliveryCompleted" => "History delivered",
        "ConfigurationHistoryDeliveryFailed" => "History delivery failed",
        "ConfigRulesEvaluationStarted" => "Rules evaluation started",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
            let found = context.get(path).unwrap_or_else(|| panic!("no {path}"));
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
            body["s3ObjectKey"] = json!(
                "logs/AWSLogs/111122223333/Config/us-east-1/2026/3/11/ConfigSnapshot/x.json.gz"
            );
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
        assert_eq!(context.get("notice.more_changes"), Some(&json!(32)));
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
        assert!(document_in_text(&text).is_some());
        for (end, _) in text.char_indices() {
            assert_eq!(document_in_text(&text[..end]), None, "{end}");
        }
        for text in [
            "",
            "{",
            "text\n{\n\"a\": 1\n}",
            "text\n{\n\"messageType\": 1\n}",
            "{\n{\n{\n",
        ] {
            assert_eq!(document_in_text(text), None, "{text}");
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
}
