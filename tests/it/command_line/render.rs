//! `render`: the messages themselves.

use std::collections::BTreeSet;
use std::fs;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use sns_to_slack::slack::limits;

use super::{SETTINGS, event, folder, run, run_with, within};

fn shapes() -> Vec<String> {
    let mut shapes: Vec<String> = fs::read_dir("tests/shapes")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| format!("tests/shapes/{name}"))
        .collect();
    shapes.sort();
    shapes
}

#[test]
fn json_is_a_line_for_each_record_and_receiver() {
    let folder = folder(&[("settings.toml", SETTINGS)]);
    let settings = within(&folder, "settings.toml");
    let files = [
        "cloudwatch_alarm-billing",
        "config_notice-item-changed",
        "text-plain",
    ]
    .map(event);
    let [billing, notice, text] = &files;
    let ran = run(&[
        "render",
        "--format",
        "json",
        "--settings",
        &settings,
        billing,
        notice,
        text,
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<Value> = ran
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let expected: BTreeSet<&str> = [
        "file",
        "record",
        "message_id",
        "kind",
        "receiver",
        "template",
        "payload",
        "warnings",
    ]
    .into();
    for line in &lines {
        let members: BTreeSet<&str> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(members, expected);
        assert_eq!(line["record"], 1);
        assert_eq!(line["warnings"], json!([]));
        assert!(line["message_id"].is_string(), "{line}");
        assert_eq!(limits::check(&line["payload"]), []);
    }
    let shown: Vec<[&Value; 4]> = lines
        .iter()
        .map(|line| {
            [
                &line["file"],
                &line["kind"],
                &line["receiver"],
                &line["template"],
            ]
        })
        .collect();
    assert_eq!(
        json!(shown),
        json!([
            [
                billing,
                "cloudwatch_alarm",
                "alarms",
                "built-in:cloudwatch_alarm.json.tera"
            ],
            [
                billing,
                "cloudwatch_alarm",
                "deploys",
                "built-in:cloudwatch_alarm.json.tera"
            ],
            [text, "text", "alarms", "built-in:text.json.tera"],
        ])
    );
    // Mentions are part of the payload.
    let text = |line: &Value| line["payload"]["text"].as_str().unwrap().to_owned();
    assert!(
        text(&lines[0]).starts_with("<!subteam^S0123> ALARM: "),
        "{lines:?}"
    );
    assert!(text(&lines[1]).starts_with("ALARM: "), "{lines:?}");
    // What is ignored has no line, but is said.
    assert_eq!(
        ran.stderr,
        format!(
            "warning: {notice}, record 1: ignored: ignored by route.routes[3] ({settings}:20)\n"
        )
    );
}

#[test]
fn any_shape_renders() {
    for shape in shapes() {
        let ran = run(&["render", "--format", "json", &shape]);
        assert_eq!(ran.code, 0, "{shape}: {ran:?}");
        let lines = ran.lines();
        assert!(!lines.is_empty(), "{shape}: {ran:?}");
        for line in lines {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["file"], shape, "{line}");
            assert_eq!(limits::check(&line["payload"]), [], "{shape}");
            assert_ne!(line["template"], "minimal", "{shape}");
        }
    }
}

#[test]
fn a_builder_link_holds_the_message() {
    for case in [
        "codepipeline_approval-full",
        "cloudwatch_alarm-awkward-name",
        "text-hostile",
    ] {
        let file = event(case);
        let json = run(&["render", "--format", "json", &file]);
        let payload = serde_json::from_str::<Value>(&json.stdout).unwrap()["payload"].clone();
        let ran = run(&["render", "--format", "builder", &file]);
        let lines = ran.lines();
        assert_eq!(lines[0], format!("{file}, record 1, #default:"));
        let fragment = lines[1]
            .strip_prefix("https://app.slack.com/block-kit-builder/#")
            .unwrap();
        assert!(!fragment.contains(['"', ' ', '<', '#']), "{fragment}");
        let decoded = percent_decode_str(fragment).decode_utf8().unwrap();
        let decoded: Value = serde_json::from_str(&decoded).unwrap();
        for (name, value) in decoded.as_object().unwrap() {
            assert!(["blocks", "attachments"].contains(&name.as_str()), "{name}");
            assert_eq!(value, &payload[name], "{case}");
        }
        for name in ["blocks", "attachments"] {
            assert_eq!(decoded.get(name), payload.get(name), "{case} {name}");
        }
    }
}

#[test]
fn text_has_no_escapes_outside_a_terminal() {
    let ran = run(&["render", &event("cloudwatch_alarm-beanstalk-4xx")]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(
        ran.stdout.contains("🔴 ALARM: fernway-web-4xx-spike"),
        "{ran:?}"
    );
    assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn what_the_function_would_refuse_gets_a_warning() {
    let event = json!({"source": "my.shop", "detail-type": "Order Lost", "detail": {}});
    let ran = run_with(&["render", "-"], &event.to_string());
    assert_eq!(ran.code, 0, "{ran:?}");
    for part in [
        "warning: -: taken as a message body",
        "an EventBridge event that invokes the function directly",
        "make an SNS topic the target of the rule",
    ] {
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
    let event =
        json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": event.to_string()}}]});
    let ran = run_with(&["render", "-"], &event.to_string());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for (shape, warned) in [
        ("direct-alarm-action.json", true),
        ("config-rule-input.json", true),
        ("text.txt", false),
        ("body-alone.json", false),
        ("queue-batch.json", false),
    ] {
        let ran = run(&["render", &format!("tests/shapes/{shape}")]);
        assert_eq!(
            ran.stderr.contains("would refuse it"),
            warned,
            "{shape}: {ran:?}"
        );
    }
}

#[test]
fn a_broken_template_of_your_own_gives_a_warning_with_its_place() {
    let folder = folder(&[
        ("text.json.tera", "{\n  \"text\": \"{{ text.body }\"\n}"),
        (
            "json.json.tera",
            "{\n  \"text\":\n    \"{{ nothing.at.all }}\"\n}",
        ),
    ]);
    let templates = within(&folder, "");
    let render = |case| run(&["render", "--templates", &templates, &event(case)]).hide(&folder);
    let ran = render("text-plain");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("template \"text.json.tera\", line 2: "),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("built-in:text.json.tera"), "{ran:?}");
    let ran = render("json-rds");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stderr.contains("template \"json.json.tera\", line 3: "),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("the next template was used"), "{ran:?}");
    assert!(ran.stdout.contains("built-in:json.json.tera"), "{ran:?}");
}
