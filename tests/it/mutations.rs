//! Whatever happens to a message on its way, a Slack message comes out: no panic, no failing template, nothing that Slack
//! would refuse, nobody called.
//!
//! The number of cases is proptest's `PROPTEST_CASES`; the ordinary run does few, the CI script 100,000.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use sns_to_slack::context::Context;
use sns_to_slack::envelope::{self, Record};
use sns_to_slack::notification;
use sns_to_slack::route;
use sns_to_slack::settings::Settings;
use sns_to_slack::template::Templates;

use crate::fixtures::{Case, render};
use crate::safe::assert_safe;

/// One change: what is done, and where.
type Mutation = (u8, Index);

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    prop::collection::vec((0..16_u8, any::<Index>()), 1..5)
}

proptest! {
    #[test]
    fn mutations_of_fixtures_give_a_valid_message(
        case in any::<Index>(),
        in_body in prop::bool::weighted(0.85),
        changes in mutations(),
        cut in prop::option::weighted(0.08, any::<Index>()),
    ) {
        thread_local! {
            static CASES: (Vec<Case>, Templates, Settings) =
                (Case::all(), Templates::built_in().unwrap(), by_topic());
        }
        CASES.with(|(cases, templates, settings)| {
            let case = &cases[case.index(cases.len())];
            let event = mutate_event(&case.event, in_body, &changes, cut);
            for record in envelope::open_anything(&event.to_string()).0 {
                // A record that has lost its source is no delivery; that error has its own tests.
                let Ok(record) = record else { continue };
                let (_, context, rendered) = render(templates, &record);
                assert!(rendered.failed.is_empty(), "{}: {:?}", case.name, rendered.failed);
                assert_safe(&case.name, &rendered.message.payload());

                // Where routes match on topics, the body has no say in who gets it, by which template, with which mention.
                let other = Record { body: "another body".to_owned(), ..record };
                let notification = notification::classify(&other);
                let other_context = Context::new(&other, &notification, &BTreeMap::new());
                assert_eq!(route::route(settings, &context), route::route(settings, &other_context));
            }
        });
    }
}

/// Routes that match on topics only.
fn by_topic() -> Settings {
    let settings = json!({
        "receivers": {"a": {"webhook": "ssm:/a"}, "b": {"webhook": "ssm:/b"}, "c": {"webhook": "ssm:/c"}},
        "route": {
            "receivers": ["a"],
            "routes": [
                {"match": {"topic": "*alarms"}, "receivers": ["b"], "mention": ["<!here>"], "continue": true},
                {"match": {"topic": "*:greenhouse-*"}, "receivers": ["c"], "template": "pager"},
                {"match": {"topic": "*config*"}, "ignore": true},
            ],
        },
    });
    Settings::from_json(&settings.to_string(), "by_topic").unwrap()
}

fn mutate_event(event: &Value, in_body: bool, changes: &[Mutation], cut: Option<Index>) -> Value {
    let mut event = event.clone();
    if !in_body {
        for change in changes {
            mutate(&mut event, *change);
        }
        return event;
    }
    let Some(body) = body(&mut event) else {
        return event;
    };
    let Value::String(text) = body else {
        return event;
    };
    match serde_json::from_str::<Value>(text) {
        Ok(mut document) => {
            for change in changes {
                mutate(&mut document, *change);
            }
            *text = document.to_string();
        }
        Err(_) => *text = text.replace(' ', "\" <!here> `"),
    }
    if let Some(cut) = cut.filter(|_| !text.is_empty()) {
        let at = cut.index(text.len());
        let at = (0..=at)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        text.truncate(at);
    }
    event
}

/// The text of the message, in a Lambda event of SNS or as the raw body in a queue.
pub(crate) fn body(event: &mut Value) -> Option<&mut Value> {
    let record = event.get_mut("Records")?.get_mut(0)?;
    let key = if record.get("Sns").is_some() {
        "Sns"
    } else {
        "body"
    };
    let inner = record.get_mut(key)?;
    if key == "Sns" {
        inner.get_mut("Message")
    } else {
        Some(inner)
    }
}

/// The message as JSON with the paths of everything in it; `None` when it is no JSON.
pub(crate) fn document(event: &mut Value) -> Option<(Value, Vec<String>)> {
    let document = serde_json::from_str(body(event)?.as_str()?).ok()?;
    let mut paths = Vec::new();
    collect_paths(&document, String::new(), &mut paths);
    Some((document, paths))
}

fn mutate(document: &mut Value, (what, at): Mutation) {
    let mut paths = Vec::new();
    collect_paths(document, String::new(), &mut paths);
    let path = &paths[at.index(paths.len())];
    let hostile = "<!channel> <@U1> @here \"q\" \\ ``` | & \n\u{202e}\u{200b}\u{fdd0} https://evil.example/|AWS>";
    let value = match what {
        0..=2 => return remove(document, path),
        3 => Value::Null,
        4 => json!(-1.5e300),
        5 => json!(u64::MAX),
        6 => json!(true),
        7 => json!([]),
        8 => json!({}),
        9 => json!([{"name": hostile, "value": null}, 5, "x", [hostile]]),
        10 => json!({"Value": hostile, hostile: {"a": 1}}),
        11 => json!(""),
        12 => json!("x|label <https://evil.example/|AWS console>".repeat(200)),
        13 => json!("&\n".repeat(20_000)),
        14 => (0..3_000)
            .map(|n| json!({"name": n.to_string(), "value": hostile}))
            .collect(),
        _ => json!(hostile),
    };
    if let Some(place) = document.pointer_mut(path) {
        *place = value;
    }
}

fn remove(document: &mut Value, path: &str) {
    let Some((parent, name)) = path.rsplit_once('/') else {
        return;
    };
    match document.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(items)) => {
            items.remove(name.parse().unwrap());
        }
        _ => {}
    }
}

fn collect_paths(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect_paths(member, format!("{path}/{name}"), paths);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate().take(20) {
                collect_paths(item, format!("{path}/{index}"), paths);
            }
        }
        _ => {}
    }
    paths.push(path);
}
