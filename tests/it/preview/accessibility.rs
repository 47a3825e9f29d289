//! What axe-core, an independent checker, has to say of the page. `AXE` names its `axe.min.js`.

use std::{env, fs};

use serde_json::Value;

use super::browser::{Browser, browse, skip};
use super::live::{CASE, project, save, start, template};
use super::server::Server;

const RUN: &str = "axe.run(document, { resultTypes: ['violations'] }).then((it) => done(it.violations), (error) => done(String(error)));";

fn axe() -> Option<String> {
    let Some(path) = env::var_os("AXE") else {
        skip("AXE names no axe.min.js of axe-core");
        return None;
    };
    Some(fs::read_to_string(path).unwrap())
}

async fn check(browser: &Browser, axe: &str, what: &str) {
    browser.run(axe).await;
    let found = browser.run_until_done(RUN).await;
    let Value::Array(violations) = &found else {
        panic!("{what}: {found}");
    };
    let told: Vec<String> = violations
        .iter()
        .map(|it| {
            let nodes = it["nodes"].as_array().unwrap();
            let first = &nodes[0];
            format!(
                "{} {} ({}): {} {}",
                it["impact"],
                it["id"],
                nodes.len(),
                first["html"],
                first["failureSummary"]
            )
        })
        .collect();
    assert!(told.is_empty(), "{what}:\n{}", told.join("\n"));
}

#[test]
fn axe_finds_nothing_on_any_tab_in_any_theme_and_width() {
    let Some(axe) = axe() else { return };
    browse(async |browser| {
        let server = Server::start(&[]);
        for (width, height) in [(1440, 900), (1024, 768), (360, 740)] {
            browser.size(width, height).await;
            for theme in ["light", "dark"] {
                for tab in ["event", "context", "payload", "decision", "limits"] {
                    let view = format!("{CASE}?theme={theme}&tab={tab}");
                    browser.open(&server.url(&view)).await;
                    check(browser, &axe, &format!("{width} {view}")).await;
                }
            }
        }
        browser.click(".open-list").await;
        check(browser, &axe, "the list on a phone").await;
    });
}

#[test]
fn axe_finds_nothing_in_the_drawings_of_every_kind() {
    let Some(axe) = axe() else { return };
    browse(async |browser| {
        let server = Server::start(&[]);
        for case in [
            "codepipeline_approval-full",
            "config_rule-security-group-non-compliant",
            "config_notice-hostile",
            "eventbridge-hostile-health",
            "custom-queue-backing-up",
            "json-hostile",
            "text-hostile",
            "digest-storm",
        ] {
            for theme in ["light", "dark"] {
                let view = format!("/case/{case}?theme={theme}&width=phone&tab=limits");
                browser.open(&server.url(&view)).await;
                check(browser, &axe, &view).await;
            }
        }
    });
}

#[test]
fn axe_finds_nothing_in_what_is_wrong() {
    let Some(axe) = axe() else { return };
    browse(async |browser| {
        let project = project();
        let file = "templates/cloudwatch_alarm.json.tera";
        for (theme, section) in [
            ("light", "{{ titel }}"),
            ("dark", "{% if alarm.conditon %}x{% endif %}"),
        ] {
            save(&project, file, &template("fine"));
            let server = start(&project);
            browser
                .open(&server.url(&format!("{CASE}?theme={theme}")))
                .await;
            save(&project, file, &template(section));
            browser.until_shows(".fault", "did you mean").await;
            check(browser, &axe, section).await;
        }
    });
}
