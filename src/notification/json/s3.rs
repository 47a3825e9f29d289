//! Amazon S3: events of a bucket, and messages that were put into one.

use percent_encoding::percent_decode_str;

use super::{Json, JsonFamily};
use crate::loose::Loose;
use crate::tree::Node;

/// An object to link to.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) bucket: String,
    pub(super) key: String,
    /// The bucket's ARN, which has neither region nor account.
    pub(super) arn: Option<String>,
}

pub(super) fn read(value: &Node<'_>) -> Option<Json> {
    if value.string("Event") == Some("s3:TestEvent") {
        return Some(test_event(value));
    }
    let records = value.list("Records");
    let first = records
        .iter()
        .find(|record| record.string("eventSource") == Some("aws:s3"))?;
    let event = first.text("eventName");
    let bucket = bucket(first);

    let mut json = Json::new(JsonFamily::S3, "aws.s3");
    json.facts.name.clone_from(&bucket);
    json.facts.state.clone_from(&event);
    json.facts.region = first.text("awsRegion");
    json.facts.time = first.moment("eventTime");

    let happened = event.clone().unwrap_or_else(|| "Event".to_owned());
    let place = bucket.clone().unwrap_or_else(|| "a bucket".to_owned());
    if records.len() > 1 {
        json.titled(&format!("{happened}: {} objects in {place}", records.len()));
        json.add("Bucket", bucket);
        json.add("Time", json.facts.time.clone());
        for record in records {
            let size = size(record).map_or_else(String::new, |size| format!(" ({size})"));
            let name = record.text("eventName").unwrap_or_else(|| happened.clone());
            json.add(&name, key(record).map(|key| key + &size));
        }
        return Some(json);
    }

    let key = key(first);
    json.titled(&match &key {
        Some(key) => format!("{happened}: {place}/{key}"),
        None => format!("{happened}: {place}"),
    });
    json.object = bucket.clone().zip(key.clone()).map(|(bucket, key)| Object {
        bucket,
        key,
        arn: first
            .deep(&["s3", "bucket"])
            .and_then(|bucket| bucket.text("arn")),
    });
    json.add("Event", event);
    json.add("Bucket", bucket);
    json.add("Key", key);
    json.add("Size", size(first));
    json.add(
        "Version",
        object(first).and_then(|object| object.text("versionId")),
    );
    json.add("Time", json.facts.time.clone());
    json.add("Region", json.facts.region.clone());
    json.add(
        "By",
        first
            .deep(&["userIdentity", "principalId"])
            .and_then(Node::as_str)
            .map(str::to_owned),
    );
    Some(json)
}

/// `["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": …, "s3Key": …}]`
pub(super) fn read_pointer(value: &Node<'_>) -> Option<Json> {
    let [name, pointer] = value.as_list()? else {
        return None;
    };
    if !name.as_str()?.ends_with("PayloadS3Pointer") {
        return None;
    }
    let bucket = pointer.text("s3BucketName");
    let key = pointer.text("s3Key");
    let mut json = Json::new(JsonFamily::S3Pointer, "aws.s3");
    json.titled("The message is too large for SNS and is in S3");
    json.facts.name.clone_from(&bucket);
    json.object = bucket.clone().zip(key.clone()).map(|(bucket, key)| Object {
        bucket,
        key,
        arn: None,
    });
    json.add("Bucket", bucket);
    json.add("Key", key);
    Some(json)
}

/// S3 sends one when notifications are set on a bucket.
fn test_event(value: &Node<'_>) -> Json {
    let bucket = value.text("Bucket");
    let mut json = Json::new(JsonFamily::S3, "aws.s3");
    json.titled(&match &bucket {
        Some(bucket) => format!("Test event of the bucket {bucket}"),
        None => "Test event of a bucket".to_owned(),
    });
    json.facts.name.clone_from(&bucket);
    json.facts.state = value.text("Event");
    json.facts.time = value.moment("Time");
    json.add("Event", value.text("Event"));
    json.add("Bucket", bucket);
    json.add("Time", json.facts.time.clone());
    json
}

fn object<'v, 't>(record: &'v Node<'t>) -> Option<&'v Node<'t>> {
    record.deep(&["s3", "object"])
}

fn bucket(record: &Node<'_>) -> Option<String> {
    record.deep(&["s3", "bucket"])?.text("name")
}

/// S3 writes keys as forms do: `a+b%C3%A4.txt` is `a bä.txt`.
fn key(record: &Node<'_>) -> Option<String> {
    let key = object(record)?.text("key")?.replace('+', " ");
    Some(percent_decode_str(&key).decode_utf8_lossy().into_owned())
}

/// As the console of S3 writes it, in steps of 1,024.
fn size(record: &Node<'_>) -> Option<String> {
    let bytes = object(record)?.count("size")?;
    let (mut whole, mut tenths, mut unit) = (bytes, 0, "bytes");
    for next in ["KB", "MB", "GB", "TB"] {
        if whole < 1024 {
            break;
        }
        (whole, tenths, unit) = (whole / 1024, whole % 1024 * 10 / 1024, next);
    }
    Some(match tenths {
        0 => format!("{whole} {unit}"),
        _ => format!("{whole}.{tenths} {unit}"),
    })
}
