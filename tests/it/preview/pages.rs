//! The pages as any client gets them, without a browser and without the script.

use std::net::{Ipv4Addr, TcpStream};

use super::server::{Server, form, part, text};
use crate::command_line::{folder, shown, within};

/// What stands between the cases and the tabs.
fn stage(page: &str) -> String {
    text(part(page, "<main", "</main>"))
}

#[test]
fn every_part_of_an_event_is_on_its_page() {
    let server = Server::start(&[]);
    let page = server.page("/case/cloudwatch_alarm-beanstalk-4xx");
    let stage = stage(&page);
    for shown in [
        "cloudwatch_alarm-beanstalk-4xx",
        "#default",
        "built-in:cloudwatch_alarm.json.tera",
        "ALARM:",
        "fernway-web-4xx-spike",
        "Sum of ApplicationRequests4xx > 5",
    ] {
        assert!(stage.contains(shown), "{shown}: {stage}");
    }
    for (panel, shown) in [
        ("event", r#""EventSource": "aws:sns""#),
        ("context", r#""is_4xx": true"#),
        ("payload", r##""color": "#D0021B""##),
        (
            "decision",
            "kind: cloudwatch_alarm, because it is JSON with",
        ),
        ("limits", "attachments[0].blocks[2].fields"),
    ] {
        let panel = part(&page, &format!("id=\"panel-{panel}\""), "</section>");
        assert!(text(panel).contains(shown), "{shown}: {panel}");
    }
    let builder = "href=\"https://app.slack.com/block-kit-builder/#%7B";
    assert!(page.contains(builder), "{page}");
}

#[test]
fn cases_are_listed_by_kind_and_found_without_the_script() {
    let server = Server::start(&[]);
    let list = |page: &str| text(part(page, "<nav", "</nav>"));
    let all = list(&server.page("/"));
    let places: Vec<Option<usize>> = [
        "codepipeline_approval",
        "cloudwatch_alarm",
        "text",
        "digest",
    ]
    .iter()
    .map(|kind| all.find(kind))
    .collect();
    assert!(
        places.is_sorted() && places[0].is_some(),
        "{places:?} {all}"
    );

    let found = server.page("/?q=4xx+ELB&theme=dark");
    assert!(list(&found).contains("1 case"), "{}", list(&found));
    let shown: Vec<&str> = found.split("<li><a ").skip(1).collect();
    let [only] = shown[..] else {
        panic!("{shown:?}")
    };
    assert!(only.contains("/case/cloudwatch_alarm-elb-classic-4xx?theme=dark"));
    // There all the same, for the script to show it when the search is another.
    let hidden = part(
        &found,
        "<li hidden><a data-carry id=\"case-text-plain\"",
        "</li>",
    );
    assert!(hidden.contains("/case/text-plain?theme=dark"), "{hidden}");
}

#[test]
fn the_view_is_in_the_address_and_every_link_keeps_it() {
    let server = Server::start(&[]);
    let page = server.page("/case/text-plain?theme=dark&width=phone&tab=payload");
    let html = part(&page, "<html", ">");
    for attribute in [
        "data-theme=\"dark\"",
        "data-width=\"phone\"",
        "data-tab=\"payload\"",
    ] {
        assert!(html.contains(attribute), "{html}");
    }
    let next = "/case/text-long?theme=dark&amp;width=phone&amp;tab=payload\"";
    assert!(page.contains(next), "{page}");
    // Nothing else gets in.
    let page = server.page("/case/text-plain?theme=%22%3E%3Cscript%3E&tab=x");
    assert!(!part(&page, "<html", ">").contains("data-theme"), "{page}");
}

#[test]
fn an_event_may_be_edited_or_pasted_without_the_script() {
    let server = Server::start(&[]);
    let post = |path: &str, event: &str| {
        let answer = server.ask("POST", path, &[], &form(event));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    };
    let page = post(
        "/event/text-plain?tab=decision",
        "Fern & <b>moss</b>\r\nsecond line",
    );
    assert!(stage(&page).contains("Fern & <b>moss</b>"), "{page}");
    assert!(stage(&page).contains("edited"), "{page}");
    let event = text(part(&page, "<textarea", "</textarea>"));
    assert!(
        event.ends_with("\nFern & <b>moss</b>\nsecond line"),
        "{event:?}"
    );
    assert!(part(&page, "<html", ">").contains("data-tab=\"decision\""));

    let pasted = post(
        "/event/",
        r#"{"Records":[{"Sns":{"Message":"over the hedge"}}, 5]}"#,
    );
    let stage = stage(&pasted);
    assert!(stage.contains("over the hedge"), "{stage}");
    assert!(stage.contains("A record cannot be read."), "{stage}");
    let warning = post(
        "/event/",
        r#"{"detail": {}, "source": "x", "detail-type": "y"}"#,
    );
    assert!(
        text(&warning).contains("taken as a message body"),
        "{warning}"
    );
}

#[test]
fn a_route_decides_who_gets_it_and_what_nobody_gets_says_why() {
    let folder = folder(&[("settings.toml", crate::command_line::SETTINGS)]);
    let settings = within(&folder, "settings.toml");
    let server = Server::start(&["--settings", &settings]);
    let page = server.page("/case/cloudwatch_alarm-billing");
    for receiver in ["#alarms", "#deploys"] {
        assert!(stage(&page).contains(receiver), "{page}");
    }
    assert!(
        stage(&page).contains('@'),
        "the mention of the route: {page}"
    );
    let ignored = server.page("/case/config_notice-delivery-failed");
    assert!(
        stage(&ignored).contains("Nobody gets record 1."),
        "{ignored}"
    );
    let digest = server.page("/case/digest-storm");
    assert!(stage(&digest).contains("records"), "{digest}");
}

#[test]
fn only_browsers_of_this_machine_that_know_its_address_get_in() {
    let server = Server::start(&[]);
    let port = server.address.port();
    let own = format!("http://127.0.0.1:{port}");
    let local = format!("localhost:{port}");
    let other_port = format!("127.0.0.1:{}", port.wrapping_add(1));
    for (header, value, expected) in [
        ("Host", local.as_str(), 200),
        ("Host", "garden.example.org", 403),
        ("Host", other_port.as_str(), 403),
        ("Host", "127.0.0.1", 403),
        ("Host", "", 403),
        ("Origin", own.as_str(), 200),
        ("Origin", "https://garden.example.org", 403),
        ("Origin", "null", 403),
        ("Origin", &format!("https://127.0.0.1:{port}"), 403),
    ] {
        for (method, path) in [("GET", "/"), ("GET", "/page.js"), ("POST", "/event/")] {
            let answer = server.ask(method, path, &[(header, value)], "event=x");
            assert_eq!(answer.status, expected, "{method} {path} {header}: {value}");
        }
    }
    for method in ["PUT", "DELETE", "OPTIONS", "TRACE"] {
        assert_eq!(server.ask(method, "/", &[], "").status, 405, "{method}");
    }
    // All of 127.0.0.0/8 is this machine, and only one address of it is listened on.
    let other = (Ipv4Addr::new(127, 0, 0, 2), port);
    assert!(TcpStream::connect(other).is_err());
}

#[test]
fn every_answer_says_what_a_browser_may_do_with_it() {
    let server = Server::start(&[]);
    for (path, host) in [
        ("/", None),
        ("/page.css", None),
        ("/page.js", None),
        ("/case/no-such-case", None),
        ("/case/..%2f..%2fetc", None),
        ("/no-such-page", None),
        ("/", Some("garden.example.org")),
    ] {
        let headers: Vec<(&str, &str)> = host.map(|host| ("Host", host)).into_iter().collect();
        let answer = server.ask("GET", path, &headers, "");
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n",
            "x-content-type-options: nosniff\r\n",
            "referrer-policy: same-origin\r\n",
            "cache-control: no-store\r\n",
            "cross-origin-opener-policy: same-origin\r\n",
        ] {
            assert!(answer.head.contains(header), "{path} {header} {answer:?}");
        }
    }
    assert_eq!(server.ask("GET", "/case/no-such-case", &[], "").status, 404);
}

#[test]
fn a_case_that_is_not_there_is_a_page_with_the_list() {
    let server = Server::start(&[]);
    for (method, path) in [
        ("GET", "/case/no-such-case"),
        ("POST", "/event/no-such-case"),
    ] {
        let answer = server.ask(method, path, &[], &form("over the hedge"));
        assert_eq!(answer.status, 404, "{method}");
        let shown = stage(&answer.body);
        assert!(shown.contains("There is no such case."), "{shown}");
        assert!(shown.contains("Take one of the list."), "{shown}");
        assert!(
            answer.body.contains("href=\"/case/text-plain\""),
            "{answer:?}"
        );
    }
    let hostile = server.ask("GET", "/case/%3Cb%3E%22", &[], "").body;
    assert!(!hostile.contains("<b>"), "{hostile}");
}

#[test]
fn without_fixtures_the_built_in_events_are_there() {
    let empty = tempfile::tempdir().unwrap();
    let server = Server::start_in(empty.path(), &[]);
    assert!(stage(&server.page("/case/cloudwatch_alarm-beanstalk-4xx")).contains("ALARM:"));
    let none = tempfile::tempdir().unwrap();
    let server = Server::start(&["--fixtures", &shown(none.path())]);
    let page = server.page("/");
    assert!(text(&page).contains("There are no cases"), "{page}");
    assert!(page.contains("<textarea"), "{page}");
}
