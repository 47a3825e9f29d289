//! For tests: documents with one thing wrong with them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Notification, classify};
use crate::arn::Arn;
use crate::context::Context;
use crate::envelope::Record;

/// A delivery of a body by a topic in `eu-west-1`.
pub(super) fn record(body: impl Into<String>) -> Record {
    let topic = "arn:aws:sns:eu-west-1:123456789012:config-stream";
    Record {
        topic: Arn::parse(topic),
        topic_arn: Some(topic.to_owned()),
        timestamp: Some("2026-03-11T09:42:17.318Z".to_owned()),
        ..Record::bare(body)
    }
}

/// The context of a delivery.
pub(super) fn context(record: &Record) -> Context {
    Context::new(record, &classify(record), &BTreeMap::new())
}

/// Takes away, empties and retypes every member of a document, one at a time, and builds the context of each result.
/// What is still of the same kind must still have every name that a template may use: `names` are paths of objects.
pub(super) fn survives(document: &Value, names: &[&str]) {
    let names_of = |notification: &Notification, context: &Context| {
        let mut found = vec![context.values().keys().cloned().collect::<Vec<_>>()];
        for path in ["links", "record"].iter().chain(names) {
            let members = context.get(path).and_then(Value::as_object);
            assert!(members.is_some(), "{path} of {}", notification.kind());
            found.extend(members.map(|members| members.keys().cloned().collect()));
        }
        found
    };
    let whole = record(document.to_string());
    let kind = classify(&whole).kind();
    let expected = names_of(&classify(&whole), &context(&whole));
    let mut count = 0;
    for_each_mutation(document, &mut |mutated| {
        for record in [
            record(mutated.to_string()),
            Record::bare(mutated.to_string()),
        ] {
            let notification = classify(&record);
            let context = Context::new(&record, &notification, &BTreeMap::new());
            let title = context.text("title").unwrap_or_default();
            assert!(!title.contains('\n'), "{title}");
            if notification.kind() == kind {
                assert!(!title.is_empty(), "{mutated}");
                assert_eq!(names_of(&notification, &context), expected, "{mutated}");
            }
        }
        count += 1;
    });
    assert!(count > 20, "only {count} mutations");
}

fn for_each_mutation(document: &Value, check: &mut dyn FnMut(&Value)) {
    let others = [
        json!(null),
        json!(true),
        json!(-4.5),
        json!(""),
        json!(" \n "),
        json!("two\nlines ü\u{1F600}"),
        json!([]),
        json!([null, "x", 1, {"a": {}}, []]),
        json!({}),
        json!({"a": {"b": [1]}, "": null}),
    ];
    let mut pointers = Vec::new();
    find_members(document, "", &mut pointers);
    for (parent, name) in pointers {
        let changed = |other: Option<&Value>| {
            let mut mutated = document.clone();
            let parent = mutated.pointer_mut(&parent).and_then(Value::as_object_mut);
            let members = parent.expect("a pointer into this document");
            match other {
                Some(other) => members.insert(name.clone(), other.clone()),
                None => members.remove(&name),
            };
            mutated
        };
        check(&changed(None));
        for other in &others {
            check(&changed(Some(other)));
        }
    }
}

/// Every member of every object: the JSON pointer of the object, and the member's name.
fn find_members(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                found.push((pointer.to_owned(), name.clone()));
                let escaped = name.replace('~', "~0").replace('/', "~1");
                find_members(member, &format!("{pointer}/{escaped}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find_members(item, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}
