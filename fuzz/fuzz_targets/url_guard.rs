//! Whatever the text, a URL that is let through leads where it was let through for, and a refused one is not repeated.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use sns_to_slack::console_link;
use sns_to_slack::settings::Settings;
use sns_to_slack::slack::escape::Marked;
use sns_to_slack::slack::webhook::{Loopback, WebhookUrl};
use sns_to_slack_fuzz::{Place, place};

const SLACK: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

const CONSOLES: [&str; 4] = [
    "console.aws.amazon.com",
    "console.amazonaws.cn",
    "console.amazonaws-us-gov.com",
    "console.amazonaws-eusc.eu",
];

fuzz_target!(|text: &str| {
    if WebhookUrl::parse(text, Loopback::Refused).is_ok() {
        assert!(is_plain(text, |host| SLACK.contains(&host)));
    } else if WebhookUrl::parse(text, Loopback::Allowed).is_ok() {
        let Place { host, .. } = place(text.trim()).unwrap();
        assert!(host == "localhost" || host == "[::1]" || host.starts_with("127."));
    }
    if let Some(link) = console_link::trusted(text) {
        assert_eq!(link, text);
        assert!(is_plain(text, |host| {
            CONSOLES
                .iter()
                .any(|console| match host.strip_suffix(console) {
                    Some("") => true,
                    Some(region) => region
                        .strip_suffix('.')
                        .is_some_and(console_link::is_region),
                    None => false,
                })
        }));
    }
    // What a message links to is the place that the value names, though some of its characters are encoded. A host of characters
    // that are too new for a browser leads nowhere.
    if let Ok(Some(link)) = Marked::foreign(text).url() {
        assert!(link.starts_with("http://") || link.starts_with("https://"));
        assert_eq!(place(&link), place(text.trim()));
    }
    assert_kept_secret(text);
});

fn is_plain(text: &str, known: impl Fn(&str) -> bool) -> bool {
    place(text.trim())
        .is_some_and(|place| place.scheme == "https" && !place.odd && known(&place.host))
}

fn assert_kept_secret(text: &str) {
    const CANARY: &str = "cAnArY";
    let webhook = format!("{text}{CANARY}");
    for loopback in [Loopback::Refused, Loopback::Allowed] {
        let shown = match WebhookUrl::parse(&webhook, loopback) {
            Ok(url) => format!("{url:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.contains(CANARY), "{shown}");
    }
    let settings =
        json!({"receivers": {"ops": {"webhook": webhook}}, "route": {"receivers": ["ops"]}});
    if let Err(error) = Settings::from_json(&settings.to_string(), "SETTINGS") {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CANARY), "{shown}");
    }
}
