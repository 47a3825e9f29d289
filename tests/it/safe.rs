//! What must hold for any message without mentions, whatever the record was. The targets of `fuzz/` hold messages to it too.

use serde_json::Value;
use sns_to_slack::slack::limits;

/// Inside Slack's limits, with no member that a value could have made, and with no label that hides where a link leads.
pub(crate) fn assert_safe(name: &str, payload: &Value) {
    assert_eq!(limits::check(payload), [], "{name}");
    for member in payload.as_object().unwrap().keys() {
        assert!(
            [
                "text",
                "blocks",
                "attachments",
                "parse",
                "unfurl_links",
                "unfurl_media"
            ]
            .contains(&member.as_str()),
            "{name}: {member}"
        );
    }
    for (target, label) in links(name, payload) {
        assert!(
            label.is_empty() || is_console(target),
            "{name}: a label hides where <{target}|{label}> leads"
        );
    }
}

/// Target and label of every link. Nothing else may stand between `<` and `>` but a date: no mention of anybody.
pub(crate) fn links<'v>(name: &str, payload: &'v Value) -> Vec<(&'v str, &'v str)> {
    let mut texts = vec![payload["text"].as_str().unwrap()];
    collect_mrkdwn(payload, &mut texts);
    let mut links = Vec::new();
    for text in texts {
        for token in tokens(text) {
            let (target, label) = token.split_once('|').unwrap_or((token, ""));
            if target.starts_with("!date^") {
                continue;
            }
            assert!(
                target.starts_with("https://") || target.starts_with("http://"),
                "{name}: <{token}> in {text}"
            );
            links.push((target, label));
        }
    }
    links
}

/// What stands between `<` and `>`; there is no other way to write these two signs in finished mrkdwn.
fn tokens(text: &str) -> Vec<&str> {
    let parts: Vec<&str> = text.split('<').skip(1).collect();
    let tokens: Vec<&str> = parts
        .iter()
        .filter_map(|part| Some(part.split_once('>')?.0))
        .collect();
    assert_eq!(tokens.len(), text.matches('>').count(), "{text}");
    assert_eq!(tokens.len(), parts.len(), "{text}");
    tokens
}

fn is_console(url: &str) -> bool {
    let host = url
        .strip_prefix("https://")
        .and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| {
        [
            "console.aws.amazon.com",
            "console.amazonaws.cn",
            "console.amazonaws-us-gov.com",
            "console.amazonaws-eusc.eu",
        ]
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")))
    })
}

fn collect_mrkdwn<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            if members.get("type").is_some_and(|kind| kind == "mrkdwn") {
                assert_eq!(members["verbatim"], true);
                texts.push(members["text"].as_str().unwrap());
            }
            members
                .values()
                .for_each(|member| collect_mrkdwn(member, texts));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_mrkdwn(item, texts)),
        _ => {}
    }
}
