//! For tests: deliveries, and documents with one thing wrong with them.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::{Value, json};

use super::{Kind, Notification, classify};
use crate::context::Context;
use crate::envelope::Record;

/// A delivery of a body by the topic `ops` in `eu-west-1`.
pub(super) fn record(body: impl Display) -> Record {
    let topic = "arn:aws:sns:eu-west-1:123456789012:ops";
    Record {
        topic_arn: Some(topic.to_owned()),
        timestamp: Some("2026-03-11T09:42:17.318Z".to_owned()),
        ..Record::bare(body.to_string())
    }
}

/// The context of a delivery.
pub(super) fn context(record: &Record) -> Context {
    Context::new(record, &classify(record), &BTreeMap::new())
}

/// Sets members of an object; a member that is null in `changes` goes.
pub(super) fn lay_over(document: &mut Value, changes: Value) {
    let (Some(document), Value::Object(changes)) = (document.as_object_mut(), changes) else {
        panic!("two objects are needed");
    };
    for (name, value) in changes {
        if value.is_null() {
            document.remove(&name);
        } else {
            document.insert(name, value);
        }
    }
}

/// Takes away, empties and retypes every member and item of a document, one at a time, and builds the context of each
/// result. Each has a title, and what is still of the same kind has every name that a template may use: `names` are paths
/// of objects.
pub(super) fn survives(document: &Value, names: &[&str]) {
    let names_of = |notification: &Notification, context: &Context| {
        let mut found = vec![context.to_json().keys().cloned().collect::<Vec<_>>()];
        for path in ["links", "record"].iter().chain(names) {
            let members = context.json(path);
            let members = members.as_ref().and_then(Value::as_object);
            assert!(members.is_some(), "{path} of {}", notification.kind());
            found.extend(members.map(|members| members.keys().cloned().collect()));
        }
        found
    };
    let whole = record(document);
    let kind = classify(&whole).kind();
    let expected = names_of(&classify(&whole), &context(&whole));
    let mut count = 0;
    for_each_mutation(document, |mutated| {
        for record in [record(mutated), Record::bare(mutated.to_string())] {
            let notification = classify(&record);
            let context = Context::new(&record, &notification, &BTreeMap::new());
            let title = context.text("title").unwrap_or_default();
            assert!(!title.trim().is_empty(), "{mutated}");
            // The names of alarms and pipelines stand in titles as they came.
            if !matches!(
                notification.kind(),
                Kind::CloudwatchAlarm | Kind::CodepipelineApproval
            ) {
                assert!(!title.contains('\n'), "{title}");
            }
            if notification.kind() == kind {
                assert_eq!(names_of(&notification, &context), expected, "{mutated}");
            }
        }
        count += 1;
    });
    assert!(count > 20, "only {count} mutations");
}

/// Hands over the document without each of its members and items, and with other values in their place.
pub(super) fn for_each_mutation(document: &Value, mut check: impl FnMut(&Value)) {
    let others = [
        json!(null),
        json!(true),
        json!(7),
        json!(-4.5),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!(" \n "),
        json!("two\nlines ü\u{1F600}"),
        json!("ä\u{0}'\"{[("),
        // The beginning of a reason of CloudWatch's, and the data of one.
        json!("Threshold Crossed: [é"),
        json!("{\"threshold\":\"x\",\"results\":{},\"triggeringAlarms\":[[],{}]}"),
        json!([]),
        json!([null, 7, "x", [[]], {}, {"a": {}}]),
        json!({}),
        json!({"a": {"b": [null, 1]}, "": null, "name": [], "Id": {}}),
    ];
    let mut pointers = Vec::new();
    find_pointers(document, "", &mut pointers);
    for pointer in &pointers {
        let mut mutated = document.clone();
        remove(&mut mutated, pointer);
        check(&mutated);
        for other in &others {
            let mut mutated = document.clone();
            *mutated.pointer_mut(pointer).unwrap() = other.clone();
            check(&mutated);
        }
    }
}

/// The JSON pointers of every member and item, at every level.
fn find_pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.replace('~', "~0").replace('/', "~1"), member))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| (index.to_string(), item))
            .collect(),
        _ => return,
    };
    for (name, value) in inner {
        let pointer = format!("{at}/{name}");
        find_pointers(value, &pointer, found);
        found.push(pointer);
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Value::Array(items) => {
            items.remove(name.parse().unwrap());
        }
        other => panic!("nothing to remove from {other}"),
    }
}
