//! What is saved is shown at once, and what is wrong with it is said where the message was.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::server::{Server, part, text};
use crate::command_line::{event, folder, within};

pub(super) const CASE: &str = "/case/cloudwatch_alarm-beanstalk-4xx";

/// A template of one section, in the sixth line.
pub(super) fn template(section: &str) -> String {
    format!(
        "{{\n  \"text\": \"{{{{ title }}}}\",\n  \"blocks\": [\n    {{\n      \"type\": \"section\",\n      \
         \"text\": {{\"type\": \"mrkdwn\", \"text\": \"{section}\"}}\n    }}\n  ]\n}}\n"
    )
}

/// Templates, settings and fixtures of one's own.
pub(super) fn project() -> TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let alarm = fs::read_to_string(root.join(event("cloudwatch_alarm-beanstalk-4xx"))).unwrap();
    let approval = fs::read_to_string(root.join(event("codepipeline_approval-full"))).unwrap();
    folder(&[
        (
            "templates/cloudwatch_alarm.json.tera",
            &template("first version of {{ name }}"),
        ),
        (
            "settings.toml",
            "[receivers.garden]\nwebhook = \"ssm:/garden\"\n[route]\nreceivers = [\"garden\"]\n",
        ),
        ("cases/cloudwatch_alarm-beanstalk-4xx/event.json", &alarm),
        ("cases/codepipeline_approval-full/event.json", &approval),
    ])
}

pub(super) fn start(project: &TempDir) -> Server {
    let (settings, templates, fixtures) = (
        within(project, "settings.toml"),
        within(project, "templates"),
        within(project, "cases"),
    );
    Server::start(&[
        "--settings",
        &settings,
        "--templates",
        &templates,
        "--fixtures",
        &fixtures,
    ])
}

pub(super) fn save(project: &TempDir, file: &str, text: &str) {
    fs::write(project.path().join(file), text).unwrap();
}

const TEMPLATE: &str = "templates/cloudwatch_alarm.json.tera";

fn messages(server: &Server, path: &str) -> String {
    let page = server.page(path);
    text(part(&page, "id=\"messages\"", "</main>"))
}

#[test]
fn a_saved_template_is_shown_however_an_editor_saves_it() {
    let project = project();
    let server = start(&project);
    let mut changes = server.changes();
    let first = changes.next();
    assert!(
        server
            .page(CASE)
            .contains(&format!("data-version=\"{first}\""))
    );
    assert!(messages(&server, CASE).contains("first version of fernway-web-4xx-spike"));

    save(&project, TEMPLATE, &template("written in place"));
    let second = changes.next();
    assert_ne!(first, second);
    assert!(messages(&server, CASE).contains("written in place"));
    let line = server.says("cloudwatch_alarm.json.tera: told ");
    assert!(line.ends_with(" ms after it was saved"), "{line}");

    // Beside it, and over it.
    save(&project, "templates/.new~", &template("renamed over it"));
    let templates = project.path().join("templates");
    fs::rename(templates.join(".new~"), project.path().join(TEMPLATE)).unwrap();
    changes.next();
    assert!(messages(&server, CASE).contains("renamed over it"));

    // The old one out of the way first.
    fs::rename(project.path().join(TEMPLATE), templates.join("old")).unwrap();
    changes.next();
    assert!(messages(&server, CASE).contains("built-in:cloudwatch_alarm.json.tera"));
    fs::create_dir_all(templates.join("eventbridge")).unwrap();
    save(&project, TEMPLATE, &template("there again"));
    changes.next();
    assert!(messages(&server, CASE).contains("there again"));

    // The whole folder is another one, as after a checkout.
    let other = project.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(
        other.join("cloudwatch_alarm.json.tera"),
        template("of another folder"),
    )
    .unwrap();
    fs::rename(&templates, project.path().join("before")).unwrap();
    fs::rename(&other, &templates).unwrap();
    while !messages(&server, CASE).contains("of another folder") {
        changes.next();
    }
    save(&project, TEMPLATE, &template("still watched"));
    while !messages(&server, CASE).contains("still watched") {
        changes.next();
    }
}

#[test]
fn a_broken_template_is_told_with_its_line_and_the_last_good_message_stays() {
    let project = project();
    let server = start(&project);
    let mut changes = server.changes();
    changes.next();
    for (broken, line, source, said) in [
        (
            template("{% if alarm.state %}no end"),
            10,
            ">   9  }",
            "{% end… %}",
        ),
        (
            template("{{ titel }}"),
            6,
            ">   6        \"text\"",
            "did you mean `title`?",
        ),
        (
            template("{{ <feld label='x'/> }}"),
            6,
            "feld",
            "templates/README.md",
        ),
    ] {
        save(&project, TEMPLATE, &broken);
        changes.next();
        let shown = messages(&server, CASE);
        for part in [&format!("cloudwatch_alarm.json.tera:{line}"), source, said] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let (_, before) = shown.split_once("Before that").expect(&shown);
        assert!(
            before.contains("first version of fernway-web-4xx-spike"),
            "{shown}"
        );
        // Who has nothing to do with it sees a hint and the message.
        let other = messages(&server, "/case/codepipeline_approval-full");
        assert!(other.contains("Approval needed"), "{other}");
        assert!(!other.contains("Before that"), "{other}");
    }
    save(&project, TEMPLATE, &template("mended"));
    changes.next();
    let shown = messages(&server, CASE);
    assert!(
        shown.contains("mended") && !shown.contains("Before that"),
        "{shown}"
    );
}

#[test]
fn without_a_good_message_before_it_is_shown_what_is_posted_meanwhile() {
    let project = project();
    save(&project, TEMPLATE, "{% if %}");
    let server = start(&project);
    let shown = messages(&server, CASE);
    assert!(shown.contains("cloudwatch_alarm.json.tera:1"), "{shown}");
    let (_, meanwhile) = shown.split_once("What is posted meanwhile").unwrap();
    assert!(
        meanwhile.contains("built-in:cloudwatch_alarm.json.tera"),
        "{shown}"
    );
}

#[test]
fn a_value_that_no_message_has_is_told_although_it_renders() {
    let project = project();
    save(
        &project,
        TEMPLATE,
        &template("{% if alarm.conditon %}x{% endif %}y"),
    );
    let server = start(&project);
    let shown = messages(&server, CASE);
    for part in [
        "cloudwatch_alarm.json.tera:6",
        "did you mean `alarm.condition`?",
        "#garden",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn settings_and_events_are_watched_too() {
    let project = project();
    let server = start(&project);
    let mut changes = server.changes();
    changes.next();
    let settings =
        "[receivers.meadow]\nwebhook = \"ssm:/meadow\"\n[route]\nreceivers = [\"meadow\"]\n";
    save(&project, "settings.toml", settings);
    changes.next();
    assert!(messages(&server, CASE).contains("#meadow"));

    save(
        &project,
        "settings.toml",
        &settings.replace("[\"meadow\"]", "[\"medow\"]"),
    );
    changes.next();
    let shown = messages(&server, CASE);
    for part in [
        "settings.toml:4",
        "receivers = [\"medow\"]",
        "Before that",
        "#meadow",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    save(&project, "settings.toml", settings);
    changes.next();

    save(&project, "cases/hedge.txt", "The hedge is cut.");
    changes.next();
    assert!(messages(&server, "/case/hedge.txt").contains("The hedge is cut."));
    save(&project, "cases/hedge.txt", "The hedge has grown.");
    changes.next();
    assert!(messages(&server, "/case/hedge.txt").contains("The hedge has grown."));
    fs::remove_file(project.path().join("cases/hedge.txt")).unwrap();
    changes.next();
    assert_eq!(server.ask("GET", "/case/hedge.txt", &[], "").status, 404);
}

#[test]
fn a_webhook_in_the_settings_is_never_shown() {
    let project = project();
    let url = format!(
        "https://{}/services/T0/B0/CANARY",
        ["hooks", "slack", "com"].join(".")
    );
    let settings = format!("[receivers.a]\nwebhook = \"{url}\"\n[route]\nreceivers = [\"b\"]\n");
    save(&project, "settings.toml", &settings);
    let server = start(&project);
    let page = server.page(CASE);
    assert!(text(&page).contains("settings.toml:4"), "{page}");
    assert!(
        text(&page).contains("(not repeated here: it may hold a secret)"),
        "{page}"
    );
    assert!(!page.contains("CANARY"), "{page}");
}
