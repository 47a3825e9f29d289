//! Whatever the body, its kind depends on nothing else, and no token that it holds is in the context.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use sns_to_slack::envelope::Record;
use sns_to_slack_fuzz::{classify, deliveries};

/// Stands where a secret stood.
const CANARY: &str = "c0ffee00-feed-4bad-8bad-0000deadbeef";

/// Whoever has the value of such a member can approve, confirm or log in.
const SECRETS: [&str; 6] = [
    "token",
    "secret",
    "password",
    "api_key",
    "subscribeurl",
    "authorization",
];

fuzz_target!(|body: &str| {
    for record in deliveries(body) {
        let (notification, _) = classify(&record);
        if record.control.is_none() {
            let (alone, _) = classify(&Record::bare(&record.body));
            assert_eq!(alone.kind(), notification.kind());
        }
    }
    let Ok(mut document) = serde_json::from_str::<Value>(body) else {
        return;
    };
    if body.contains(CANARY) || plant(&mut document) == 0 {
        return;
    }
    let planted = document.to_string();
    let quoted = json!(planted).to_string();
    for body in [
        &planted,
        &quoted,
        planted.trim_end_matches('}'),
        &format!("See {planted}"),
        &format!("See {quoted}"),
        &json!({"Type": "Notification", "Message": planted}).to_string(),
    ] {
        let (_, context) = classify(&Record::bare(body));
        let context = json!(context.to_json()).to_string();
        assert!(!context.contains(CANARY), "{body}\n{context}");
    }
});

/// Puts the canary in the place of every secret; how many there were.
fn plant(document: &mut Value) -> usize {
    match document {
        Value::Array(items) => items.iter_mut().map(plant).sum(),
        Value::Object(members) => members
            .iter_mut()
            .map(|(name, member)| {
                if SECRETS.contains(&name.to_ascii_lowercase().as_str()) && member.is_string() {
                    *member = CANARY.into();
                    return 1;
                }
                plant(member)
            })
            .sum(),
        // A document inside a document.
        Value::String(text) => {
            let mut inner = serde_json::from_str(text).unwrap_or_default();
            let planted = plant(&mut inner);
            if planted > 0 {
                *text = inner.to_string();
            }
            planted
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
