//! What goes wrong on the machine of somebody who writes templates.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::json;

use super::browser::browse;
use super::live::{CASE, project, save, start, template};
use super::server::{Server, form, part, text};
use crate::command_line::{run, within};

const TEMPLATE: &str = "templates/cloudwatch_alarm.json.tera";

#[test]
fn without_the_script_an_event_can_be_shown_all_the_same() {
    browse(async |browser| {
        let server = Server::start(&[]);
        let off = json!({"value": true});
        browser
            .devtools("Emulation.setScriptExecutionDisabled", &off)
            .await;
        browser.open(&server.url("/paste")).await;
        browser.keys("#event", "The hedge has grown").await;
        browser.click("#edit button").await;
        browser
            .until_shows("#messages .msg", "The hedge has grown")
            .await;
    });
}

#[test]
fn the_last_good_message_is_the_newest_even_of_a_case_that_nobody_looked_at() {
    let project = project();
    let server = start(&project);
    let mut changes = server.changes();
    changes.next();
    assert!(text(&server.page(CASE)).contains("first version"));
    save(&project, TEMPLATE, &template("second version"));
    changes.next();
    save(&project, TEMPLATE, "{% if %}");
    changes.next();
    let page = server.page(CASE);
    let shown = text(part(&page, "id=\"messages\"", "</main>"));
    assert!(shown.contains("second version"), "{shown}");
    assert!(!shown.contains("first version"), "{shown}");
}

#[test]
fn what_cannot_be_read_among_the_cases_is_named_and_the_others_stay() {
    let project = project();
    let cases = project.path().join("cases");
    symlink("nowhere", cases.join("dangling.json")).unwrap();
    symlink(".", cases.join("again")).unwrap();
    let server = start(&project);
    let page = server.page(CASE);
    let shown = text(&page);
    assert!(shown.contains("first version"), "{shown}");
    assert!(shown.contains("no case was made of"), "{shown}");
    assert!(shown.contains("dangling.json: No such file"), "{shown}");
    assert!(!page.contains("again-"), "{page}");

    // The whole folder is away for a moment.
    let mut changes = server.changes();
    changes.next();
    fs::rename(&cases, project.path().join("away")).unwrap();
    changes.next();
    let shown = text(&server.page(CASE));
    assert!(shown.contains("cases: No such file"), "{shown}");
    fs::rename(project.path().join("away"), &cases).unwrap();
    while text(&server.page(CASE)).contains("cases: No such file") {
        changes.next();
    }
}

#[test]
fn a_template_that_is_no_text_is_named() {
    let project = project();
    fs::write(project.path().join(TEMPLATE), b"\xff\xfe").unwrap();
    let templates = within(&project, "templates");
    for command in [
        &["render", "fixtures/text-plain/event.json"][..],
        &["preview"],
    ] {
        let done = run(&[command, &["--templates", &templates]].concat());
        assert_eq!(done.code, 2, "{done:?}");
        let named = "cloudwatch_alarm.json.tera: stream did not contain valid UTF-8";
        assert!(done.stderr.contains(named), "{done:?}");
    }
}

#[test]
fn an_event_as_large_as_lambda_takes_is_shown() {
    let server = Server::start(&[]);
    let large = "\"".repeat(6 << 20);
    let answer = server.ask("POST", "/event/", &[], &form(&large));
    assert_eq!(answer.status, 200, "{}", answer.head);
}

#[test]
fn an_export_of_a_case_with_a_long_name_and_control_characters_in_it() {
    let project = project();
    let folder = project.path().join("cases").join("x".repeat(250));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("y\u{1b}[31m.txt"), "The hedge has grown").unwrap();
    let (cases, pages) = (within(&project, "cases"), within(&project, "pages"));
    let export = ["preview", "--fixtures", &cases, "--export", &pages];
    for _ in 0..2 {
        let done = run(&export);
        assert_eq!(done.code, 0, "{done:?}");
        assert!(!done.stderr.contains('\u{1b}'), "{done:?}");
    }
    let written = fs::read_dir(Path::new(&pages).join("case")).unwrap();
    assert_eq!(written.count(), 3);
}
