//! Whatever a value holds and wherever a template puts it, it is text there and nothing else.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sns_to_slack::envelope::Record;
use sns_to_slack_fuzz::{TEMPLATES, classify, links, place};

static PLAIN: LazyLock<Value> = LazyLock::new(|| shape(&message("plain")));

fuzz_target!(|value: &str| {
    let message = message(value);
    assert_eq!(shape(&message), *PLAIN);
    assert_one_line(&message["text"]);
    assert_one_line(&message["blocks"][0]["text"]["text"]);
    assert_code_is_closed(&message);
    for (target, label) in links(&message) {
        let target = target.replace("&amp;", "&");
        let ours = target.starts_with("https://wiki.example.org/");
        assert!(
            ours || matches!(label, "" | "Label of ours"),
            "<{target}|{label}>"
        );
        assert!(
            !ours || place(&target).is_some_and(|place| place.host == "wiki.example.org"),
            "{target}"
        );
    }
});

fn message(value: &str) -> Value {
    let record = Record {
        attributes: [("value".to_owned(), value.to_owned())].into(),
        timestamp: Some("2026-05-17T10:00:00.000Z".to_owned()),
        ..Record::default()
    };
    let (_, context) = classify(&record);
    let rendered = TEMPLATES.render(&context, Some("escaping"));
    assert_eq!(rendered.failed, []);
    rendered.message.payload()
}

/// The payload without its texts, and without what stands or falls with a URL.
fn shape(payload: &Value) -> Value {
    match payload {
        Value::String(_) => Value::Null,
        Value::Array(items) => {
            let needs_url = |item: &&Value| item["type"] == "actions" || item["type"] == "image";
            items
                .iter()
                .filter(|item| !needs_url(item))
                .map(shape)
                .collect()
        }
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| match name.as_str() {
                "type" | "color" | "parse" => (name.clone(), member.clone()),
                _ => (name.clone(), shape(member)),
            })
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => payload.clone(),
    }
}

fn assert_one_line(text: &Value) {
    assert!(!text.as_str().unwrap().contains(['\n', '\r']), "{text}");
}

/// Code that the template opens ends where the template ends it, and values open none that would swallow its words.
fn assert_code_is_closed(payload: &Value) {
    match payload {
        Value::String(text) if text.starts_with("Code ") => {
            assert_eq!(text.matches('`').count(), 2, "{text}");
            assert_one_line(payload);
        }
        Value::String(text) => {
            let fences = if text.starts_with("Fence ") { 2 } else { 0 };
            assert_eq!(text.matches("```").count(), fences, "{text}");
        }
        Value::Array(items) => items.iter().for_each(assert_code_is_closed),
        // There nothing is code.
        Value::Object(_) if payload["type"] == "plain_text" || payload["type"] == "image" => {}
        Value::Object(members) => members.values().for_each(assert_code_is_closed),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
