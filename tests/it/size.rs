//! 256 KB is the most that SNS carries by default; whatever fills it comes out as a valid message.

use std::time::Instant;

use serde_json::{Value, json};
use sns_to_slack::envelope::Record;
use sns_to_slack::template::Templates;

use crate::fixtures::{Case, render};
use crate::mutations::document;
use crate::safe::assert_safe;

const SIZE: usize = 256 * 1024;

fn check(name: &str, body: String) {
    let templates = Templates::built_in().unwrap();
    assert!(body.len() > SIZE / 2, "{name}: {}", body.len());
    let (_, _, rendered) = render(&templates, &Record::bare(body));
    assert!(rendered.failed.is_empty(), "{name}: {:?}", rendered.failed);
    assert_safe(name, &rendered.message.payload());
}

#[test]
fn a_body_of_256_kb_is_shortened_and_posted() {
    check("one line", "x".repeat(SIZE));
    check("lines", "line & <b>\n".repeat(SIZE / 12));
    check("ampersands", "&".repeat(SIZE));
    check("urls", "https://a.example/x ".repeat(SIZE / 20));
    check("emoji", "🪴".repeat(SIZE / 4));
    check("cut JSON", format!("{{\"a\": \"{}", "x".repeat(SIZE)));
    check(
        "array of objects",
        json!(vec![json!({"a": 1}); 30_000]).to_string(),
    );
    check("array of texts", json!(vec!["word"; 40_000]).to_string());
    check("wide object", {
        let members: serde_json::Map<String, Value> =
            (0..15_000).map(|n| (format!("key{n}"), json!(n))).collect();
        Value::Object(members).to_string()
    });
    check(
        "deep",
        format!(
            "{}{}{}",
            "[".repeat(120),
            json!("x".repeat(SIZE)),
            "]".repeat(120)
        ),
    );
    check(
        "too deep",
        format!("{}{}", "[".repeat(SIZE / 2), "]".repeat(SIZE / 2)),
    );
    check(
        "key=value lines",
        "StackId='x'\nResourceStatus='y'\n".repeat(SIZE / 35),
    );
    check(
        "budget",
        format!(
            "AWS Budget Notification\n{}",
            "Key: value\n".repeat(SIZE / 12)
        ),
    );
}

#[test]
fn ten_thousand_dimensions_and_children_are_cut() {
    let dimensions: Vec<Value> = (0..10_000)
        .map(|n| json!({"name": format!("d{n}"), "value": "v"}))
        .collect();
    let children: Vec<Value> = (0..2_000)
        .map(|n| json!({"Arn": format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a{n}"), "State": {"Value": "ALARM"}}))
        .collect();
    check(
        "dimensions",
        json!({"AlarmName": "a", "NewStateValue": "ALARM", "Trigger": {"MetricName": "m", "Namespace": "n", "Dimensions": dimensions}}).to_string(),
    );
    check(
        "children",
        json!({"AlarmName": "a", "NewStateValue": "ALARM", "AlarmRule": "x".repeat(10_000), "TriggeringChildren": children}).to_string(),
    );
}

#[test]
fn any_text_of_any_fixture_may_fill_the_whole_body() {
    let templates = Templates::built_in().unwrap();
    let huge = "w ".repeat(SIZE / 2);
    let start = Instant::now();
    let mut tried = 0;
    for case in Case::all() {
        let Some((document, paths)) = document(&mut case.event.clone()) else {
            continue;
        };
        // Every third place is enough to meet every kind of place many times.
        for path in paths.iter().step_by(3) {
            if !document.pointer(path).is_some_and(Value::is_string) {
                continue;
            }
            let mut document = document.clone();
            *document.pointer_mut(path).unwrap() = huge.clone().into();
            let (_, _, rendered) = render(&templates, &Record::bare(document.to_string()));
            let name = format!("{} {path}", case.name);
            assert!(rendered.failed.is_empty(), "{name}: {:?}", rendered.failed);
            assert_safe(&name, &rendered.message.payload());
            tried += 1;
        }
    }
    println!("{tried} bodies in {:?}", start.elapsed());
    assert!(tried > 500, "only {tried}");
}
