//! With which settings the function starts, and how it says that it does not.

use std::fs;

use serde_json::json;

use crate::support::events::{self, sns};
use crate::support::fake_slack::{CANARY, FakeSlack};
use crate::support::forwarder::{Refusal, Setup};

/// One sentence on standard error with all of these parts, perhaps with a hint below it, and nothing else.
#[track_caller]
fn says(refusal: &Refusal, parts: &[&str]) {
    assert!(!refusal.status.success(), "{refusal:?}");
    assert!(refusal.status.code().is_some(), "{refusal:?}");
    assert_eq!(refusal.stdout, "", "{refusal:?}");
    let mut lines = refusal.stderr.lines().skip(1);
    let hint = lines.next().is_none_or(|line| line.starts_with("  "));
    assert!(hint && lines.next().is_none(), "{refusal:?}");
    assert!(refusal.stderr.starts_with("cannot start: "), "{refusal:?}");
    for part in parts {
        assert!(
            refusal.stderr.contains(part),
            "`{part}` is not in: {refusal:?}"
        );
    }
}

#[test]
fn a_webhook_that_is_none_of_slacks_is_refused() {
    // Put together here, so that no leak scanner takes it for a real one.
    let services = format!("services/T0/B0/{CANARY}");
    let cases = [
        (
            format!("https://hooks.example.com/{services}"),
            "hooks.slack.com",
        ),
        (
            format!("https://hooks.slack.com.example.org/{services}"),
            "hooks.slack.com",
        ),
        (format!("http://hooks.slack.com/{services}"), "https://"),
        (
            format!("https://hooks.slack.com/triggers/T0/1/{CANARY}"),
            "Workflow Builder",
        ),
        (
            format!("https://hooks.slack.com/workflows/T0/A0/1/{CANARY}"),
            "Workflow Builder",
        ),
        (
            format!("https://me:{CANARY}@hooks.slack.com/{services}"),
            "user name",
        ),
        (format!("https://hooks.slack.com/{CANARY}"), "incomplete"),
        (CANARY.to_owned(), "not a URL"),
        (
            format!("http://127.0.0.1:9/{services}"),
            "ALLOW_LOOPBACK_WEBHOOK=1",
        ),
    ];
    for (url, part) in cases {
        let refusal = Setup::empty().with("SLACK_WEBHOOK_URL", &url).refused();
        says(&refusal, &["SLACK_WEBHOOK_URL", part]);
    }
}

#[test]
fn settings_are_refused_without_repeating_their_webhooks() {
    let settings = |webhook: &str| json!({"receivers": {"a": {"webhook": webhook}}, "route": {"receivers": ["a"]}});
    let elsewhere = format!("https://hooks.example.com/services/T0/B0/{CANARY}");
    let refusal = Setup::with_settings(&settings(&elsewhere)).refused();
    says(&refusal, &["SETTINGS", "receivers.a", "hooks.slack.com"]);

    let slack = FakeSlack::start();
    let both = Setup::with_settings(&settings(&slack.webhook()))
        .with("SLACK_WEBHOOK_URL", &slack.webhook());
    says(&both.refused(), &["SETTINGS", "SLACK_WEBHOOK_URL"]);

    let text = settings(&slack.webhook()).to_string();
    let cut = Setup::empty().with("SETTINGS", &text[..text.len() - 1]);
    says(&cut.refused(), &["SETTINGS", "not JSON"]);
}

#[test]
fn without_a_webhook_it_says_which_variable_to_set() {
    let expected = ["SLACK_WEBHOOK_URL is not set", "SETTINGS"];
    says(&Setup::empty().refused(), &expected);
    let blank = Setup::empty().with("SLACK_WEBHOOK_URL", "  ");
    says(&blank.refused(), &expected);
}

#[test]
fn a_setting_that_means_nothing_is_refused() {
    let slack = FakeSlack::start();
    let level = Setup::posting_to(&slack).with("LOG_LEVEL", "loud");
    says(&level.refused(), &["LOG_LEVEL", "`loud`", "info"]);
    let directory = Setup::posting_to(&slack).with("TEMPLATES_DIR", "/nowhere/at/all");
    says(&directory.refused(), &["TEMPLATES_DIR", "/nowhere/at/all"]);
    assert_eq!(slack.connections(), 0);
}

#[test]
fn every_fault_is_said_at_once() {
    let refusal = Setup::empty()
        .with("ALLOW_LOOPBACK_WEBHOOK", "yes")
        .refused();
    assert!(!refusal.status.success());
    for part in ["ALLOW_LOOPBACK_WEBHOOK", "SLACK_WEBHOOK_URL"] {
        assert!(refusal.stderr.contains(part), "{refusal:?}");
    }
}

#[test]
fn what_is_rehearsed_is_neither_posted_nor_said_nor_remembered() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody has written the alarm that it fails with.
    let template = folder.path().join("cloudwatch_alarm.json.tera");
    fs::write(template, "{\"text\": \"{{ alarm.nothing }}\"}").unwrap();
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack)
        .with("TEMPLATES_DIR", folder.path().to_str().unwrap())
        .start();
    forwarder.runtime().wait_until_idle();
    assert_eq!(slack.connections(), 0);
    // The same once more, in earnest.
    let rehearsal = include_str!("../../../src/handler/rehearsal.json");
    let event = serde_json::from_str(rehearsal).unwrap();
    assert_eq!(forwarder.invoke(&event).response()["posted"], 1);
    assert_eq!(slack.channel().len(), 1);

    let output = forwarder.finish();
    assert_eq!(output.outcomes.len(), 1, "{output:?}");
    assert_eq!(output.outcomes[0]["FallbackRendered"], 1, "{output:?}");
    assert_eq!(output.others.len(), 1, "{output:?}");
}

#[test]
fn a_broken_template_costs_neither_the_start_nor_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    // One cannot be read at the start, the other fails when it meets a record.
    fs::write(path.join("text.json.tera"), "{\"text\": \"{% if %}\"}").unwrap();
    fs::write(
        path.join("codepipeline_approval.json.tera"),
        "{\"text\":\n\"{{ approval.pipelin }}\"}",
    )
    .unwrap();
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack)
        .with("TEMPLATES_DIR", path.to_str().unwrap())
        .start();
    forwarder
        .invoke(&sns(&["A record of the kind text"]))
        .response();
    forwarder
        .invoke(&events::case("codepipeline_approval-full"))
        .response();
    let texts = slack.texts();
    assert!(texts[0].contains("A record of the kind text"), "{texts:?}");
    assert!(
        texts[1].starts_with("Approval needed: potting-shed"),
        "{texts:?}"
    );

    let output = forwarder.finish();
    let said: Vec<String> = output.others.iter().map(ToString::to_string).collect();
    for template in ["text.json.tera", "codepipeline_approval.json.tera"] {
        let line = said.iter().find(|line| line.contains(template));
        let line = line.unwrap_or_else(|| panic!("nothing about {template}: {said:?}"));
        assert!(line.contains("ERROR") && line.contains("line "), "{line}");
    }
    let line = &output.outcomes[1];
    assert_eq!(line["FallbackRendered"], 1, "{line}");
    assert_eq!(line["template"], "built-in:codepipeline_approval.json.tera");
}
