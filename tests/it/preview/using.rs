//! The page as somebody uses it, in Chromium.

use std::time::Instant;

use fantoccini::key::Key;
use serde_json::json;

use super::browser::browse;
use super::live::{self, CASE, project, save, template};
use super::server::Server;
use crate::command_line::{run, within};

#[test]
fn a_case_is_found_and_chosen() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url("/")).await;
        browser.keys("#search", "4xx elb").await;
        browser
            .until("document.querySelector('#found').textContent === '1 case'")
            .await;
        browser.click("#list li:not([hidden]) a").await;
        browser
            .until_shows("h1", "cloudwatch_alarm-elb-classic-4xx")
            .await;
        browser.until_shows("#messages", "ALARM").await;
        let path = browser.value("location.pathname").await;
        assert_eq!(path, json!("/case/cloudwatch_alarm-elb-classic-4xx"));
        // Return takes the first that is found.
        browser.keys("#search", &(Key::Control + "a")).await;
        browser.keys("#search", &("guardduty" + &Key::Enter)).await;
        browser.until_shows("h1", "guardduty").await;
    });
}

#[test]
fn an_edited_event_is_shown_as_it_is_typed_and_can_be_taken_back() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url("/case/text-plain")).await;
        let before = browser.text("#messages").await;
        browser.keys("#event", &(Key::Control + "a")).await;
        browser
            .keys("#event", "The hedge has grown <!channel> &")
            .await;
        browser
            .until_shows("#messages .msg", "The hedge has grown <!channel> &")
            .await;
        browser.until_shows("#name", "edited").await;
        browser.click("#tab-context").await;
        browser
            .until_shows("#panel-context", "The hedge has grown")
            .await;
        // Another change of the same text, with the same focus.
        browser.click("#tab-event").await;
        browser.keys("#event", &(Key::End + " more")).await;
        browser
            .until_shows("#messages .msg", "<!channel> & more")
            .await;
        browser.click("#reset").await;
        browser
            .until("!document.querySelector('#name').textContent.includes('edited')")
            .await;
        assert_eq!(browser.text("#messages").await, before);

        browser.click(".paste").await;
        browser.until_shows("h1", "Pasted event").await;
        let records = r#"{"Records": [{"Sns": {"Message": "one"}}, {"Sns": {"Message": "two"}}]}"#;
        browser.keys("#event", records).await;
        browser
            .until("document.querySelectorAll('#messages .msg').length === 2")
            .await;
    });
}

#[test]
fn a_template_is_broken_and_mended_while_the_page_is_open() {
    browse(async |browser| {
        let project = project();
        let server = live::start(&project);
        browser.open(&server.url(CASE)).await;
        browser.until_shows("#live", "Live").await;
        browser.until_shows("#messages", "first version").await;
        let file = "templates/cloudwatch_alarm.json.tera";

        save(&project, file, &template("{% if alarm.state %}open"));
        browser
            .until_shows(".fault", "cloudwatch_alarm.json.tera:10")
            .await;
        browser.until_shows(".fault mark", "9").await;
        browser.until_shows(".before .msg", "first version").await;

        let saved = Instant::now();
        save(&project, file, &template("second version"));
        browser
            .until_shows("#messages .msg", "second version")
            .await;
        let took = saved.elapsed();
        browser.until("!document.querySelector('.fault')").await;
        println!(
            "from saving a template to seeing it: {} ms",
            took.as_millis()
        );

        // What is in the text box is kept, and shown with the new template.
        browser.keys("#event", &(Key::Control + "a")).await;
        browser
            .keys("#event", r#"{"AlarmName": "hedge", "NewStateValue": "OK"}"#)
            .await;
        browser.until_shows("#name", "edited").await;
        save(&project, file, &template("third version of {{ name }}"));
        browser
            .until_shows("#messages .msg", "third version of hedge")
            .await;
        assert!(
            browser
                .value("document.querySelector('#event').value")
                .await
                .as_str()
                .unwrap()
                .contains("hedge")
        );

        // The server goes, and the page says so.
        drop(server);
        browser.until_shows("#live", "Not connected").await;
    });
}

#[test]
fn theme_and_width_are_switched_and_stay_with_the_next_case() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url(CASE)).await;
        let back = "getComputedStyle(document.querySelector('.msg')).backgroundColor";
        browser.click("[data-word=light]").await;
        let light = browser.value(back).await;
        browser.click("[data-word=dark]").await;
        let dark = browser.value(back).await;
        assert_ne!(light, dark);
        browser
            .until("document.querySelector('[data-word=dark]').ariaCurrent === 'true'")
            .await;
        assert_eq!(
            browser
                .value("document.querySelector('[data-word=light]').ariaCurrent")
                .await,
            json!(null)
        );

        let width = "document.querySelector('.msg').getBoundingClientRect().width";
        let desktop = browser.value(width).await.as_f64().unwrap();
        browser.click("[data-word=phone]").await;
        let phone = browser.value(width).await.as_f64().unwrap();
        assert!(phone <= 375.0 && desktop > 500.0, "{phone} {desktop}");

        browser.click("#list li a[title$='-alb-4xx']").await;
        browser.until_shows("h1", "cloudwatch_alarm-alb-4xx").await;
        assert_eq!(browser.value(back).await, dark);
        assert_eq!(
            browser.value("location.search").await,
            json!("?theme=dark&width=phone")
        );
    });
}

#[test]
fn a_bookmark_brings_back_case_theme_width_and_tab() {
    browse(async |browser| {
        let server = Server::start(&[]);
        let bookmark = "/case/codepipeline_approval-full?theme=dark&width=phone&tab=decision";
        browser.open(&server.url(bookmark)).await;
        browser
            .until_shows("h1", "codepipeline_approval-full")
            .await;
        let visible = "[...document.querySelectorAll('[role=tabpanel]')].filter((it) => it.checkVisibility()).map((it) => it.id)";
        assert_eq!(browser.value(visible).await, json!(["panel-decision"]));
        assert_eq!(
            browser
                .value("document.documentElement.dataset.theme")
                .await,
            json!("dark")
        );
        assert_eq!(
            browser
                .value("document.documentElement.dataset.width")
                .await,
            json!("phone")
        );
        assert_eq!(
            browser
                .value("document.querySelector('[aria-selected=true]').id")
                .await,
            json!("tab-decision")
        );
    });
}

#[test]
fn all_of_it_can_be_reached_with_the_keyboard() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url(CASE)).await;
        let focused = "document.activeElement.id || document.activeElement.className || document.activeElement.textContent";
        // The first stop leads past the list.
        browser.keys("body", &Key::Tab.to_string()).await;
        assert_eq!(browser.value(focused).await, json!("skip"));
        browser.keys(".skip", &Key::Enter.to_string()).await;
        assert_eq!(browser.value(focused).await, json!("stage"));

        // Tabs: one stop, and arrows between them.
        browser.keys("#tab-event", &Key::Right.to_string()).await;
        assert_eq!(browser.value(focused).await, json!("tab-context"));
        browser.keys("#tab-context", &Key::End.to_string()).await;
        assert_eq!(browser.value(focused).await, json!("tab-limits"));
        browser.keys("#tab-limits", &Key::Right.to_string()).await;
        assert_eq!(browser.value("location.search").await, json!("?tab=event"));
        let stops =
            "[...document.querySelectorAll('[role=tab]')].filter((it) => it.tabIndex === 0).length";
        assert_eq!(browser.value(stops).await, json!(1));

        // Whatever can be clicked is a link, a button or a control.
        let odd = "[...document.querySelectorAll('[onclick], [tabindex]')].filter((it) => it.tabIndex > 0 || it.onclick).length";
        assert_eq!(browser.value(odd).await, json!(0));
    });
}

#[test]
fn a_phone_shows_all_of_it_and_the_list_on_demand() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.size(360, 740).await;
        for case in [
            "cloudwatch_alarm-beanstalk-4xx",
            "json-hostile",
            "digest-storm",
            "text-long",
        ] {
            for tab in ["event", "context", "payload", "decision", "limits"] {
                browser
                    .open(&server.url(&format!("/case/{case}?tab={tab}")))
                    .await;
                let fits =
                    "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
                assert_eq!(browser.value(fits).await, json!(true), "{case} {tab}");
            }
        }
        let list = "document.querySelector('#list').checkVisibility()";
        assert_eq!(browser.value(list).await, json!(false));
        browser.click(".open-list").await;
        browser.until(list).await;
        browser.keys("#search", "guardduty").await;
        browser.click("#list li:not([hidden]) a").await;
        browser.until_shows("h1", "guardduty").await;
    });
}

#[test]
fn dates_are_in_the_viewers_zone_and_nothing_comes_from_anywhere_else() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url(CASE)).await;
        // 09:41:26 in UTC, and 05:45 hours later in Kathmandu.
        browser.until_shows(".msg", "May 12, 2026 3:26:26 PM").await;
        let loaded = "performance.getEntriesByType('resource').map((it) => it.name).sort()";
        let expected = ["/changes", "/page.css", "/page.js"].map(|path| server.url(path));
        for url in browser.value(loaded).await.as_array().unwrap() {
            assert!(expected.iter().any(|it| url == it), "{url}");
        }
        let shifted = "const seen = [];
            const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()));
            observer.observe({ type: 'layout-shift', buffered: true });
            requestAnimationFrame(() => setTimeout(() => {
                seen.push(...observer.takeRecords());
                done(seen.map((it) => it.sources.map((source) => source.node?.outerHTML ?? source.node?.textContent)));
            }));";
        assert_eq!(browser.run_until_done(shifted).await, json!([]));
    });
}

#[test]
fn the_payload_is_copied_and_opened_in_the_builder() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser
            .open(&server.url("/case/text-plain?tab=payload"))
            .await;
        let origin = server.url("");
        let permissions = json!({"origin": origin, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]});
        browser
            .devtools("Browser.grantPermissions", &permissions)
            .await;
        browser.click("[data-copy]").await;
        browser.until_shows("[data-copy]", "Copied").await;
        let copied = "navigator.clipboard.readText().then(done, done);";
        let copied = browser.run_until_done(copied).await;
        let copied: serde_json::Value = serde_json::from_str(copied.as_str().unwrap()).unwrap();
        let rendered = run(&[
            "render",
            "--format",
            "json",
            "fixtures/text-plain/event.json",
        ]);
        let rendered: serde_json::Value = serde_json::from_str(&rendered.stdout).unwrap();
        assert_eq!(copied, rendered["payload"]);

        let link = browser
            .value("document.querySelector('#panel-payload a').href")
            .await;
        let built = run(&[
            "render",
            "--format",
            "builder",
            "fixtures/text-plain/event.json",
        ]);
        assert!(
            built.stdout.contains(link.as_str().unwrap()),
            "{link} {built:?}"
        );
        let apart = "document.querySelector('#panel-payload a').rel";
        assert_eq!(browser.value(apart).await, json!("noopener noreferrer"));
    });
}

#[test]
fn exported_pages_work_without_a_server() {
    browse(async |browser| {
        let folder = tempfile::tempdir().unwrap();
        let directory = within(&folder, "pages");
        let cases = "fixtures/cloudwatch_alarm-beanstalk-4xx";
        assert_eq!(
            run(&["preview", "--export", &directory, "--fixtures", cases]).code,
            0
        );
        browser
            .open(&format!(
                "file://{directory}/index.html?theme=dark&tab=payload"
            ))
            .await;
        browser.until_shows(".msg", "May 12, 2026 3:26:26 PM").await;
        let back = "getComputedStyle(document.querySelector('.msg')).backgroundColor";
        let dark = browser.value(back).await;
        assert_eq!(
            browser
                .value("document.querySelector('#panel-event').checkVisibility()")
                .await,
            json!(false)
        );
        browser.click("#list li a").await;
        browser.until("location.pathname.includes('/case/')").await;
        assert_eq!(browser.value(back).await, dark);
        browser.click("[data-word=light]").await;
        assert_ne!(browser.value(back).await, dark);
        assert_eq!(
            browser.value("location.search").await,
            json!("?theme=light&tab=payload")
        );
    });
}
