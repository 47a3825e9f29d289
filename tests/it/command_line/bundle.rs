//! `bundle` and `init`: from settings to a layer.

mod function;
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use serde_json::Value;

use crate::recipes;
use crate::support::events;
use crate::support::fake_slack::FakeSlack;
use crate::support::forwarder::Setup;

use super::{SETTINGS, folder, run, shown, within};

const TEMPLATE: &str = "{\"text\": \"Mine: {{ title }}\"}\n";

/// What is in a zip, by name.
fn unpacked(zip: &str) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (file.name().unwrap().into_owned(), text)
        })
        .collect()
}

#[test]
fn a_bundle_is_the_layer_that_the_function_looks_for_and_always_the_same_bytes() {
    let folder = folder(&[
        ("settings.toml", SETTINGS),
        ("templates/text.json.tera", TEMPLATE),
        ("templates/eventbridge/my.shop.json.tera", TEMPLATE),
        ("templates/README.md", "no template"),
    ]);
    let bundle = |name: &str| {
        let zip = within(&folder, name);
        let (settings, templates) = (
            within(&folder, "settings.toml"),
            within(&folder, "templates"),
        );
        let ran = run(&[
            "bundle",
            "--settings",
            &settings,
            "--templates",
            &templates,
            "-o",
            &zip,
        ]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains(&zip), "{ran:?}");
        zip
    };
    let (first, second) = (bundle("a.zip"), bundle("b.zip"));
    assert_eq!(fs::read(&first).unwrap(), fs::read(second).unwrap());
    let mut files = unpacked(&first);
    let settings = files.remove("sns-to-slack/settings.json").unwrap();
    let settings: Value = serde_json::from_str(&settings).unwrap();
    assert_eq!(
        settings["receivers"]["deploys"]["webhook"],
        "ssm:/slack/deploys"
    );
    assert_eq!(settings["route"]["routes"][1]["continue"], true);
    let templates = ["text", "eventbridge/my.shop"].map(|name| {
        (
            format!("sns-to-slack/templates/{name}.json.tera"),
            TEMPLATE.to_owned(),
        )
    });
    assert_eq!(files, BTreeMap::from(templates));
}

#[test]
fn the_function_uses_what_a_bundle_holds() {
    let folder = folder(&[
        (
            "settings.toml",
            r#"[receivers.ops]
webhook = "env:OPS"
[receivers.deploys]
webhook = "env:DEPLOYS"
[route]
receivers = ["ops"]
[[route.routes]]
match = { kind = "codepipeline_approval" }
receivers = ["deploys"]
mention = ["<!here>"]
"#,
        ),
        ("templates/text.json.tera", TEMPLATE),
    ]);
    let zip = within(&folder, "layer.zip");
    let (settings, templates) = (
        within(&folder, "settings.toml"),
        within(&folder, "templates"),
    );
    let ran = run(&[
        "bundle",
        "--settings",
        &settings,
        "--templates",
        &templates,
        "-o",
        &zip,
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");

    // AWS unpacks layers to a folder that tests cannot write to; beside the program is the other place.
    let unpacked_to = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for (name, text) in unpacked(&zip) {
        let path = unpacked_to.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let slack = FakeSlack::start();
    let mut forwarder = Setup::empty()
        .with("ALLOW_LOOPBACK_WEBHOOK", "1")
        .with("OPS", &slack.webhook())
        .with("DEPLOYS", &slack.webhook())
        .within(&unpacked_to.path().join("sns-to-slack"))
        .start();
    forwarder
        .invoke(&events::sns(&["The ferns are thirsty"]))
        .response();
    forwarder
        .invoke(&events::case("codepipeline_approval-full"))
        .response();
    let texts = slack.texts();
    assert_eq!(texts[0], "Mine: The ferns are thirsty");
    assert!(
        texts[1].starts_with("<!here> Approval needed: "),
        "{texts:?}"
    );
    let outcomes = forwarder.finish().outcomes;
    let receivers: Vec<&Value> = outcomes
        .iter()
        .map(|outcome| &outcome["receiver"])
        .collect();
    assert_eq!(receivers, ["ops", "deploys"]);
}

#[test]
fn what_has_a_fault_is_not_bundled() {
    let folder = folder(&[
        ("settings.toml", SETTINGS),
        ("faults.toml", &recipes::faults()),
        ("templates/text.json.tera", "{\"text\": \"{{ titel }}\"}"),
        ("old.zip", "as it was"),
    ]);
    let settings = within(&folder, "settings.toml");
    for (arguments, finding) in [
        (
            ["--settings", &within(&folder, "faults.toml")],
            "10 findings",
        ),
        (
            ["--templates", &within(&folder, "templates")],
            "did you mean `title`?",
        ),
    ] {
        for zip in ["old.zip", "new.zip"] {
            let zip = within(&folder, zip);
            let mut all = vec!["bundle", "-o", &zip];
            all.extend(arguments);
            if arguments[0] != "--settings" {
                all.extend(["--settings", &settings]);
            }
            let ran = run(&all);
            assert_eq!(ran.code, 1, "{ran:?}");
            assert!(ran.stdout.contains(finding), "{ran:?}");
            assert_eq!(ran.stderr, "error: nothing was bundled\n");
        }
    }
    assert_eq!(
        fs::read_to_string(within(&folder, "old.zip")).unwrap(),
        "as it was"
    );
    assert!(!folder.path().join("new.zip").exists());
}

#[test]
fn what_init_writes_is_fit_for_use() {
    let folder = folder(&[]);
    let mine = within(&folder, "mine");
    let ran = run(&["init", &mine]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    // Its last line says how to go on.
    let next = ran
        .lines()
        .last()
        .unwrap()
        .strip_prefix("next: sns-to-slack ")
        .unwrap();
    let arguments: Vec<&str> = next.split(' ').collect();
    let checked = run(&arguments);
    assert_eq!(
        (checked.code, checked.stdout.as_str()),
        (0, "nothing to complain about\n")
    );
    let bundled = run(&[
        &["bundle", "-o", &within(&folder, "layer.zip")][..],
        &arguments[1..],
    ]
    .concat());
    assert_eq!(bundled.code, 0, "{bundled:?}");
}

#[test]
fn init_overwrites_nothing() {
    for there in ["settings.toml", "templates/cloudwatch_alarm.json.tera"] {
        let folder = folder(&[(there, "mine")]);
        let ran = run(&["init", &shown(folder.path())]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(there), "{ran:?}");
        assert!(ran.stderr.contains("nothing was written"), "{ran:?}");
        assert_eq!(
            fs::read_to_string(folder.path().join(there)).unwrap(),
            "mine"
        );
        let files: usize = walk(folder.path());
        assert_eq!(files, 1);
    }
}

fn walk(folder: &std::path::Path) -> usize {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { walk(&path) } else { 1 })
        .sum()
}
