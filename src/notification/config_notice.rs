//! Kind `config_notice`: any message of an AWS Config stream that is no change of compliance.
//!
//! The stream carries every change of every recorded resource, and the comings and goings of snapshots, history files
//! and evaluations (page "Notifications that AWS Config Sends to an Amazon SNS topic").

mod changes;

use serde::Serialize;

use super::{Facts, words};
use crate::arn::{self, Arn};
use crate::console_link::Console;
use crate::context::Values;
use crate::envelope::Record;
use crate::loose::Loose;
use crate::tree::{self, Arena, Node};
use changes::Change;

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

impl ConfigNotice {
    /// From the document of the stream. A type that we know needs less to go with it than one that AWS may add.
    pub(super) fn from_stream(value: &Node<'_>) -> Option<Self> {
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

        let member = |name| value.member(name).unwrap_or(&Node::Null);
        let item = item(value).unwrap_or(&Node::Null);
        let diff = member("configurationItemDiff");
        let delivery = member("s3DeliverySummary");
        let change_type = diff.text("changeType").or_else(|| item.text("changeType"));
        let item_status = item.text("configurationItemStatus");
        let (changes, more_changes) = changes::read(diff);
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
                .or_else(|| arn?.account.map(str::to_owned)),
            region: region
                .or(key_region)
                .or_else(|| arn?.region.map(str::to_owned)),
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

    pub(super) fn members(&self, _record: &Record, values: &mut Values) {
        values.add("notice", self);
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

    fn console<'r>(&'r self, record: &'r Record) -> Option<Console<'r>> {
        let arn = self.resource.as_ref().and_then(|resource| {
            let arn = resource.arn.as_deref()?;
            Arn::parse(arn)
        });
        Console::near(self.region.as_deref(), arn, record.topic())
    }
}

impl Resource {
    fn from_item(item: &Node<'_>) -> Option<Self> {
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

/// In bytes. What says that something was too large to send is short itself.
const LONGEST_DOCUMENT: usize = 64 * 1024;

/// The JSON document at the end of a text. The notice that an item is too large to send is a text with a link and a
/// document below it, indented or not (page "Example Oversized Configuration Item Change Notification").
pub(super) fn document_in_text<'t>(body: &'t str, arena: &'t Arena) -> Option<Node<'t>> {
    let lines = body.split_inclusive('\n').scan(0, |end, line| {
        let start = *end;
        *end += line.len();
        Some((start, line))
    });
    // Both bounded, because every attempt may read to the end.
    lines
        .filter(|(_, line)| line.trim() == "{")
        .filter_map(|(start, _)| body.get(start..))
        .filter(|text| text.len() <= LONGEST_DOCUMENT)
        .take(8)
        .find(|text| is_message(text))
        .and_then(|text| tree::read(text, arena).ok())
}

/// Looks in an arena of its own: what is no document leaves something there, too.
fn is_message(text: &str) -> bool {
    let arena = Arena::new();
    tree::read(text, &arena).is_ok_and(|document| document.string("messageType").is_some())
}

/// The item, or the summary of one that is too large. The oldest example in AWS's documentation has a list of items, and
/// one of them in it.
fn item<'v, 't>(value: &'v Node<'t>) -> Option<&'v Node<'t>> {
    let names = [
        "configurationItem",
        "configurationItemSummary",
        "configurationItems",
    ];
    names
        .iter()
        .filter_map(|name| value.member(name))
        .find_map(|found| match found {
            Node::List(items) => items.iter().find(|item| item.is_object()),
            Node::Object(_) => Some(found),
            _ => None,
        })
}

fn rules(value: &Node<'_>) -> Vec<String> {
    let names = value.texts("configRuleNames");
    if names.is_empty() {
        return value.text("configRuleName").into_iter().collect();
    }
    names
}

/// Bucket and key. The summary of a delivery has both in one text, `bucket/key`.
fn file(value: &Node<'_>, delivery: &Node<'_>) -> (Option<String>, Option<String>) {
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
mod tests;
