//! What somebody has typed, opened or chosen is still there after a save, on another case and on the way back.

use std::fs;

use fantoccini::key::Key;
use serde_json::json;

use super::browser::browse;
use super::live::{self, CASE, project, save, template};
use super::server::Server;

const FILE: &str = "templates/cloudwatch_alarm.json.tera";

#[test]
fn after_a_refusal_a_good_answer_is_live_again() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url("/case/text-plain")).await;
        browser.until_shows("#live", "Live").await;
        let refuse = "window.ask = window.fetch; window.fetch = async () => new Response('', { status: 413, statusText: 'Too Large' });";
        browser.run(refuse).await;
        browser.keys("#event", "fern").await;
        browser.until_shows("#live", "Not shown: 413").await;
        browser.run("window.fetch = window.ask;").await;
        browser.keys("#event", " moss").await;
        browser
            .until("document.querySelector('#live').textContent === 'Live' && document.querySelector('#live').dataset.state === 'on'")
            .await;
    });
}

#[test]
fn a_case_that_is_gone_says_so_and_comes_back_with_its_file() {
    browse(async |browser| {
        let project = project();
        save(&project, "cases/hedge.txt", "The hedge is cut.");
        let server = live::start(&project);
        browser.open(&server.url("/case/hedge.txt")).await;
        browser.until_shows("#live", "Live").await;
        browser.until_shows("#messages", "The hedge is cut.").await;
        fs::remove_file(project.path().join("cases/hedge.txt")).unwrap();
        browser
            .until_shows("#messages", "There is no such case")
            .await;
        let listed = "document.querySelector('#list a[title=\"hedge.txt\"]') !== null";
        assert_eq!(browser.value(listed).await, json!(false));
        // Also for who comes only now.
        browser.open(&server.url("/case/hedge.txt")).await;
        browser
            .until_shows("#messages", "There is no such case")
            .await;
        browser.until_shows("#live", "Live").await;
        save(&project, "cases/hedge.txt", "The hedge has grown.");
        browser
            .until_shows("#messages", "The hedge has grown.")
            .await;
        assert_eq!(browser.value(listed).await, json!(true));
        let event = "document.querySelector('#event').value";
        assert_eq!(browser.value(event).await, json!("The hedge has grown."));
    });
}

#[test]
fn the_search_is_of_full_names_and_kinds_and_no_counts() {
    browse(async |browser| {
        let server = Server::start(&[]);
        let shown = "[...document.querySelectorAll('#list li')].filter((it) => it.checkVisibility()).map((it) => it.querySelector('a').title)";
        for words in ["alarm-alb", "config_notice config", "1", "PLAIN text-"] {
            let query = words.replace(' ', "+");
            // As it is sent, before any script of the page has run.
            let sent = format!(
                "fetch('/?q={query}').then((it) => it.text()).then((it) => done([...new DOMParser().parseFromString(it, 'text/html').querySelectorAll('#list li:not([hidden]) a')].map((it) => it.title)));"
            );
            browser.open(&server.url("/")).await;
            let sent = browser.run_until_done(&sent).await;
            browser.keys("#search", words).await;
            assert_eq!(browser.value(shown).await, sent, "{words}");
        }
    });
}

#[test]
fn a_search_in_the_address_can_be_widened_and_is_kept_there() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url("/?q=guardduty&theme=dark")).await;
        let shown = "[...document.querySelectorAll('#list li:not([hidden])')].length";
        let all = "document.querySelectorAll('#list li').length";
        let found = browser.value(shown).await.as_u64().unwrap();
        assert!(found > 0 && found < browser.value(all).await.as_u64().unwrap());
        browser.click("#list li:not([hidden]) a").await;
        browser.until_shows("h1", "guardduty").await;
        let search = "location.search";
        assert_eq!(
            browser.value(search).await,
            json!("?theme=dark&q=guardduty")
        );
        browser
            .keys("#search", &(Key::Control + "a" + &Key::Delete))
            .await;
        browser.until(&format!("{shown} === {all}")).await;
        assert_eq!(browser.value(search).await, json!("?theme=dark"));
        // Only the group of the case stays open.
        let open = "[...document.querySelectorAll('#list .kind[open]')].length";
        assert_eq!(browser.value(open).await, json!(1));
    });
}

#[test]
fn an_event_of_ones_own_is_kept_until_it_is_reset() {
    browse(async |browser| {
        let server = Server::start(&[]);
        let paste = server.url("/paste");
        browser.open(&paste).await;
        browser.keys("#event", "over the hedge").await;
        browser.until_shows("#messages", "over the hedge").await;
        browser.open(&server.url("/case/text-plain")).await;
        browser.keys("#event", &(Key::Control + "a")).await;
        browser.keys("#event", "under the fern").await;
        browser.until_shows("#messages", "under the fern").await;
        browser.open(&paste).await;
        browser.until_shows("#messages", "over the hedge").await;
        browser.open(&server.url("/case/text-plain")).await;
        browser.until_shows("#messages", "under the fern").await;
        browser.until_shows("#name", "edited").await;
        browser.click("#reset").await;
        browser
            .until("!document.querySelector('#name').textContent.includes('edited')")
            .await;
        browser.open(&server.url("/case/text-plain")).await;
        let edited = "document.querySelector('#event').value.includes('under the fern')";
        assert_eq!(browser.value(edited).await, json!(false));
        assert_eq!(browser.value("sessionStorage.length").await, json!(1));
    });
}

#[test]
fn a_save_leaves_open_groups_and_the_focus_alone() {
    browse(async |browser| {
        let project = project();
        let server = live::start(&project);
        browser.open(&server.url(CASE)).await;
        browser.until_shows("#live", "Live").await;
        browser.click("[data-word=dark]").await;
        browser.click("[data-word=phone]").await;
        let link = "document.querySelector('#list a[title^=codepipeline]')";
        browser
            .run(&format!(
                "{link}.closest('details').open = true; {link}.focus(); window.link = {link};"
            ))
            .await;
        let kept = format!("{link}.checkVisibility() && document.activeElement === {link}");
        save(&project, FILE, &template("second version"));
        browser.until_shows("#messages", "second version").await;
        assert_eq!(browser.value(&kept).await, json!(true));
        // Nothing in the list is new, so it is the same.
        assert_eq!(
            browser.value(&format!("{link} === window.link")).await,
            json!(true)
        );
        // And a list that is another one.
        save(&project, "cases/hedge.txt", "The hedge is cut.");
        browser
            .until("document.querySelector('#list a[title=\"hedge.txt\"]')")
            .await;
        assert_eq!(browser.value(&kept).await, json!(true));
        let href = format!("{link}.search");
        assert_eq!(browser.value(&href).await, json!("?theme=dark&width=phone"));
    });
}

#[test]
fn a_tab_leaves_the_keys_of_the_browser_to_it() {
    browse(async |browser| {
        let server = Server::start(&[]);
        browser.open(&server.url(CASE)).await;
        for key in ["altKey", "ctrlKey", "metaKey"] {
            let press = format!(
                "const event = new KeyboardEvent('keydown', {{ key: 'ArrowLeft', {key}: true, bubbles: true, cancelable: true }});
                 document.querySelector('#tab-event').focus();
                 document.querySelector('#tab-event').dispatchEvent(event);
                 return [event.defaultPrevented, document.activeElement.id, location.search];"
            );
            assert_eq!(
                browser.run(&press).await,
                json!([false, "tab-event", ""]),
                "{key}"
            );
        }
    });
}
