//! Foreign text is text on the page, whatever it says and wherever it comes from.

use std::fs;

use serde_json::{Value, json};

use super::browser::{Browser, browse};
use super::live::save;
use super::server::Server;
use crate::command_line::{folder, run, within};

/// Elements and attributes that would do something, and links to where none should lead.
const FOREIGN: &str = "(() => {
    const found = [];
    const allowed = new Set(['page.css', 'page.js', 'data:,', '#end']);
    for (const it of document.querySelectorAll('*')) {
        const name = it.localName;
        if (['iframe', 'object', 'embed', 'base', 'frame', 'audio', 'video', 'img', 'style', 'template', 'foreignobject', 'b', 'i'].includes(name)) {
            found.push(name);
        }
        if (['script', 'link'].includes(name) && !allowed.has((it.getAttribute('src') ?? it.getAttribute('href')).split('/').pop())) found.push(it.outerHTML);
        if (name === 'meta' && !['viewport', 'color-scheme', 'generator'].includes(it.name) && !it.hasAttribute('charset')) found.push(it.outerHTML);
        for (const attribute of it.attributes) {
            if (attribute.name.startsWith('on') || ['style', 'srcdoc', 'formaction', 'ping', 'background'].includes(attribute.name)) found.push(it.outerHTML);
        }
        if (name === 'a' && !['http:', 'https:'].includes(it.protocol)) found.push(it.outerHTML);
        if (name === 'a' && it.closest('.msg') && it.rel !== 'noopener noreferrer') found.push(it.outerHTML);
        if (it.id && document.querySelectorAll(`[id=${CSS.escape(it.id)}]`).length > 1) found.push(`twice: ${it.id}`);
    }
    if (window.pwned) found.push('a script of theirs has run');
    return found;
})()";

async fn clean(browser: &Browser, what: &str) {
    // So that whatever would run has run.
    browser
        .run_until_done("requestAnimationFrame(() => setTimeout(done));")
        .await;
    assert_eq!(browser.value(FOREIGN).await, json!([]), "{what}");
}

/// What somebody would try. All of it must be seen as it is written.
const TRIES: [&str; 8] = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror=\"window.pwned = 1\">",
    "\"><svg onload=window.pwned=1>",
    "' onmouseover='window.pwned=1' x='",
    "</textarea></title></pre><iframe src=javascript:parent.pwned=1>",
    "<!--<b>",
    "<javascript:window.pwned=1|click> <https://fern.example.org/\"onclick=\"window.pwned=1|click>",
    "&lt;script&gt;window.pwned=1&lt;/script&gt;{{ 7 * 7 }}",
];

#[test]
fn hostile_fixtures_bring_nothing_into_the_page() {
    browse(async |browser| {
        let server = Server::start(&[]);
        let mut cases: Vec<String> = fs::read_dir("fixtures")
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("-hostile"))
            .collect();
        cases.sort();
        assert!(cases.len() > 20, "{cases:?}");
        for case in cases {
            browser.open(&server.url(&format!("/case/{case}"))).await;
            clean(browser, &case).await;
        }
    });
}

/// Every text of an event is replaced, one kind after the other, and the page is told by the text box.
#[test]
fn no_field_of_any_kind_gets_markup_in() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url("/paste")).await;
        for case in [
            "codepipeline_approval-full",
            "cloudwatch_alarm-beanstalk-4xx",
            "config_rule-security-group-non-compliant",
            "config_notice-delivery-failed",
            "eventbridge-guardduty",
            "custom-queue-backing-up",
            "json-generic-nested",
            "text-plain",
        ] {
            for (number, attempt) in TRIES.iter().enumerate() {
                let event = fs::read_to_string(format!("fixtures/{case}/event.json")).unwrap();
                let mut event: Value = serde_json::from_str(&event).unwrap();
                let marked = format!("try-{number}-{case} {attempt}");
                let body = event["Records"][0]["Sns"]["Message"].take();
                let body = match serde_json::from_str::<Value>(body.as_str().unwrap()) {
                    Ok(mut body) => {
                        fill(&mut body, &marked);
                        body.to_string()
                    }
                    Err(_) => marked.clone(),
                };
                event["Records"][0]["Sns"]["Message"] = json!(body);
                event["Records"][0]["Sns"]["Subject"] = json!(marked);
                let set = format!(
                    "(() => {{ const box = document.querySelector('#event'); box.value = {}; box.dispatchEvent(new Event('input')); }})()",
                    json!(event.to_string())
                );
                browser.value(&set).await;
                browser
                    .until_shows("#messages", &format!("try-{number}-{case}"))
                    .await;
                clean(browser, &marked).await;
            }
        }
    });
}

/// Texts that do not tell the kinds apart.
fn fill(value: &mut Value, text: &str) {
    match value {
        Value::String(old) if !is_telling(old) => text.clone_into(old),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, text)),
        Value::Object(members) => {
            for (name, member) in members {
                let kept = [
                    "version",
                    "source",
                    "messageType",
                    "NewStateValue",
                    "AWSAccountId",
                ];
                if !kept.contains(&name.as_str()) {
                    fill(member, text);
                }
            }
        }
        _ => {}
    }
}

fn is_telling(text: &str) -> bool {
    text.starts_with("arn:") || text.parse::<f64>().is_ok()
}

#[test]
fn names_of_files_receivers_and_templates_are_text_too() {
    browse(async |browser| {
        let attempt = "<img src=x onerror=window.pwned=1>\" x='";
        let quoted = json!(attempt);
        let settings = format!(
            "[receivers.garden]\nwebhook = \"ssm:/x\"\n[accounts]\n123456789012 = {quoted}\n[route]\nreceivers = [\"garden\"]\n\
             [[route.routes]]\nmatch = {{ kind = \"text\" }}\nignore = true\n"
        );
        let name = "<b>{{x}} onclick=1 \"'.txt";
        let template = "<svg onload=window.pwned=1>.json.tera";
        let project = folder(&[
            ("settings.toml", &settings),
            (&format!("cases/{name}"), "The hedge is cut."),
            (
                "cases/alarm.json",
                r#"{"AlarmName": "x", "NewStateValue": "ALARM"}"#,
            ),
            (
                &format!("templates/{template}"),
                "{% if <script>window.pwned=1</script> %}",
            ),
            (
                "templates/cloudwatch_alarm.json.tera",
                "<script>window.pwned=1</script>{{ titel }}",
            ),
        ]);
        let (file, cases, templates) = (
            within(&project, "settings.toml"),
            within(&project, "cases"),
            within(&project, "templates"),
        );
        let all = [
            "--settings",
            &file,
            "--fixtures",
            &cases,
            "--templates",
            &templates,
        ];
        let server = Server::start(&all);
        browser.open(&server.url("/")).await;
        clean(browser, "the index").await;
        let list = browser
            .value("document.querySelector('#list').textContent")
            .await;
        assert!(list.as_str().unwrap().contains("onclick=1"), "{list}");
        browser.open(&server.url("/case/alarm.json")).await;
        browser
            .until_shows("#messages", "<script>window.pwned=1</script>{{ titel }}")
            .await;
        clean(browser, "a broken template").await;
        let link = "document.querySelector(\"#list li a[title*='{{x}}']\").href";
        browser
            .open(browser.value(link).await.as_str().unwrap())
            .await;
        browser.until_shows("h1", name).await;
        browser
            .until_shows("#messages", "Nobody gets record 1")
            .await;
        clean(browser, "the file").await;
        let wrong = format!("{settings}[receivers.{quoted}]\nwebhook = {quoted}\n");
        save(&project, "settings.toml", &wrong);
        browser.until_shows(".faults", attempt).await;
        clean(browser, "wrong settings").await;
        save(&project, "settings.toml", &settings);

        let directory = within(&project, "pages");
        let mut arguments = vec!["preview", "--export", &directory];
        arguments.extend(&all);
        assert_eq!(run(&arguments).code, 1);
        for entry in fs::read_dir(within(&project, "pages/case")).unwrap() {
            let path = entry.unwrap().path();
            let page = fs::read_to_string(&path).unwrap();
            assert!(
                !page.contains("<img") && !page.contains("<script>"),
                "{page}"
            );
        }
    });
}
