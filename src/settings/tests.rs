use std::fs;

use expect_test::{Expect, expect};

use super::*;
use crate::route::Action;

/// Put together at run time, so that no leak scanner takes it for a real one.
fn url() -> String {
    format!("https://hooks.slack.com/{}/T0/B0/CANARY", "services")
}

fn json(text: &str) -> Result<Settings, SettingsError> {
    Settings::from_json(text, "SETTINGS")
}

fn faults(result: Result<Settings, SettingsError>) -> Vec<String> {
    result
        .unwrap_err()
        .0
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// The faults of JSON settings; none of them shows a webhook.
fn check(text: &str, expected: &Expect) {
    let error = json(text).unwrap_err().to_string();
    assert!(!error.contains("CANARY"), "{error}");
    expected.assert_eq(&error);
}

#[cfg(feature = "cli")]
mod toml {
    use super::*;

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let source = include_str!("../settings.rs");
        let example: String = source
            .lines()
            .skip_while(|line| *line != "//! ```toml")
            .skip(1)
            .take_while(|line| *line != "//! ```")
            .map(|line| line.trim_start_matches("//!").to_owned() + "\n")
            .collect();
        let settings = Settings::from_toml(&example, "settings.toml").unwrap();
        assert_eq!(settings.warnings, []);
        let receivers: Vec<String> = settings
            .receivers()
            .map(|receiver| match &receiver.webhook {
                Webhook::Unresolved { reference, why } => {
                    format!("{}: {reference}: {why}", receiver.name)
                }
                Webhook::Resolved(_) => panic!("{receiver:?}"),
            })
            .collect();
        assert_eq!(
            receivers,
            [
                "alarms: secretsmanager:slack#alarms: it is not fetched for a preview",
                "deploys: ssm:/slack/deploys: it is not fetched for a preview"
            ]
        );
        assert_eq!(settings.account_names["123456789012"], "prod");
        assert!(settings.delivery.proxy.is_some());
        assert_eq!(settings.root().routes.len(), 3);
        assert!(settings.root().routes[1].continues);
    }

    fn check(text: &str, expected: &Expect) {
        let error = Settings::from_toml(text, "settings.toml")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("CANARY"), "{error}");
        expected.assert_eq(&error);
    }

    #[test]
    fn ten_faults_are_ten_findings() {
        check(
            r#"[receivers.deploys]
webhok = "ssm:/slack/deploys"
[receivers.alarms]
webhook = "smm:/slack/alarms"

[route]
receivers = ["alarm"]
[[route.routes]]
match = { kind = "codepipline_approval" }
mention = ["@here"]
[[route.routes]]
match = { tpoic = "*:critical", name = "prod-[ab]" }
continue = "true"
[[route.routes]]
match = { kind = "cloudwatch_alarm" }
[[route.routes]]
match = { kind = "cloudwatch_alarm", state = "ALARM" }
ignore = true
receivers = ["deploys"]
"#,
            &expect![[r#"
                invalid settings, 10 faults:
                settings.toml:2: unknown key "webhok" in receivers.deploys
                  did you mean "webhook"?
                settings.toml:4: unknown reference "smm:…"
                  did you mean "ssm:…"?
                settings.toml:7: receiver "alarm" is not defined
                  did you mean "alarms"? defined receivers: "alarms", "deploys"
                settings.toml:9: there is no kind "codepipline_approval"
                  did you mean "codepipeline_approval"?
                settings.toml:10: "@here" is no mention
                  did you mean "<!here>"?
                settings.toml:12: routes cannot match on "tpoic"
                  did you mean "topic"?
                settings.toml:12: glob "prod-[ab]": brackets have no meaning here
                  globs know only * (any text) and ? (one character); write alternatives as a list, and ? where a bracket itself is meant
                settings.toml:13: `route.routes[1].continue` must be true or false, not the text "true"
                  write true without quotes
                settings.toml:16: this route is never reached: route.routes[2] (settings.toml:14) takes all that it would take
                  put it before that one, or set continue = true there
                settings.toml:19: `receivers` in a route with ignore = true, which posts nothing
                  keep one of them; exceptions go into routes below the ignored one"#]],
        );
    }

    #[test]
    fn more_faults() {
        let text = format!(
            r#"[receivers.a]
webhook = "{url}"
[receivers.b]
webhook = "secretsmanager:slack#"
[receivers.a]
webhook = "{url}"

[accounts]
prod = "123456789012"
210987654321 = 2026-01-01

[delivery]
timeout_seconds = 90

[route]
receivers = ["a", "{url}", "a"]
[[route.routes]]
match = {{ account = 123456789012, name = "" }}
[[route.routes]]
mention = ["<!here>", "ops"]
[[route.routes]]
[[route.routes]]
routes = [
  {{ match = {{ state = "OK" }}, ignore = true }},
  {{ match = {{ state = ["OK", "ALARM"] }}, unless = {{ state = "ALARM" }} }},
  {{ match = {{ state = "OK", name = "prod" }} }},
]
"#,
            url = url()
        );
        check(
            &text,
            &expect![[r#"
            invalid settings, 13 faults:
            settings.toml:4: the reference ends with `#`, and the key after it is missing
              name the member of the secret's JSON that holds the URL, or leave the `#` out
            settings.toml:5: "[receivers.a]" is defined twice
              keep one of them
            settings.toml:9: "prod" is no account id
              an id has twelve digits and stands on the left: 123456789012 = "prod"
            settings.toml:10: `accounts.210987654321` must be a text, not the date 2026-01-01
            settings.toml:13: `delivery.timeout_seconds` must be a whole number from 1 to 60, not the number 90
            settings.toml:16: receiver "(a URL, not repeated here)" is not defined
              defined receivers: "a", "b"
            settings.toml:16: receiver "a" is named twice in this route
              name it once; a receiver gets a record once
            settings.toml:18: `route.routes[0].match.account` must be a text or a list of texts, not the number 123456789012
              write it in quotes: "123456789012"
            settings.toml:18: the empty text matches nothing
              leave the key out to match everything; "*" is any value
            settings.toml:20: "ops" is no mention
              write "<!here>", "<!channel>", "<!everyone>", "<!subteam^S…>" with a user group's id, or "<@U…>" with a member's id (in Slack: profile, "Copy member ID"); names notify nobody
            settings.toml:21: this route is never reached: route.routes[1] (settings.toml:19) matches everything
              put it before that one, or set continue = true there
            settings.toml:22: this route is never reached: route.routes[1] (settings.toml:19) matches everything
              put it before that one, or set continue = true there
            settings.toml:26: this route is never reached: route.routes[3].routes[0] (settings.toml:24) takes all that it would take
              put it before that one, or set continue = true there"#]],
        );
    }

    #[test]
    fn faults_of_syntax_name_the_line() {
        let text = "[receivers.a]\nwebhook = https://CANARY\n\n[route\nreceivers = [\"a\"]\n";
        check(
            text,
            &expect![[r#"
            invalid settings, 2 faults:
            settings.toml:2: not TOML: string values must be quoted, expected literal string
            settings.toml:4: not TOML: unclosed table, expected `]`"#]],
        );
    }
}

#[test]
fn the_example_of_the_readme_is_read() {
    let readme = include_str!("../../README.md");
    let (_, example) = readme.split_once("```json\n{\n  \"receivers\"").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let settings = json(&format!("{{\"receivers\"{example}")).unwrap();
    assert_eq!(settings.warnings, []);
    assert_eq!(settings.root().routes.len(), 3);
}

#[test]
fn unknown_keys_are_faults_at_every_level() {
    check(
        r#"{"reciever": {}, "receivers": {"a": {"webhook": "ssm:a", "channel": "b"}},
            "route": {"receivers": ["a"], "route": [], "routes": [{"matches": {"kind": "text"}}, {"match": {"alrm.name": "x", "alarm": "y", "foo": "z", "alarm.": "x"}}]},
            "delivery": {"timeout": 3}}"#,
        &expect![[r#"
            invalid settings, 9 faults:
            SETTINGS, reciever: unknown key "reciever" in the settings
              did you mean "receivers"?
            SETTINGS, receivers.a.channel: unknown key "channel" in receivers.a
              known here: "webhook"
            SETTINGS, delivery.timeout: unknown key "timeout" in delivery
              known here: "timeout_seconds", "digest", "retry_horizon_hours", "proxy"
            SETTINGS, route.route: unknown key "route" in route
              did you mean "routes"?
            SETTINGS, route.routes[0].matches: unknown key "matches" in route.routes[0]
              did you mean "match"?
            SETTINGS, route.routes[1].match."alrm.name": routes cannot match on "alrm.name"
              did you mean "alarm.name"?
            SETTINGS, route.routes[1].match.alarm: routes cannot match on "alarm"
              it holds several values; name one, as in "alarm.…" (see context.json of a fixture)
            SETTINGS, route.routes[1].match.foo: routes cannot match on "foo"
              known: "kind", "topic", "account", "region", "name", "source", "state", "account_name", "title", "time", or a path of the context, as in "alarm.metric.namespace"
            SETTINGS, route.routes[1].match."alarm.": routes cannot match on "alarm."
              it holds several values; name one, as in "alarm.…" (see context.json of a fixture)"#]],
    );
}

#[test]
fn delivery_has_defaults_and_bounds() {
    let delivery = |text: &str| {
        let text = format!(
            r#"{{"receivers": {{"a": {{"webhook": "ssm:/a"}}}}, "route": {{"receivers": ["a"]}}, "delivery": {text}}}"#
        );
        let settings = Settings::from_json(&text, "SETTINGS");
        settings
            .map(|settings| settings.delivery)
            .map_err(|error| error.0.len())
    };
    let default = delivery("{}").unwrap();
    assert_eq!(
        (default.digest, default.retry_horizon.as_secs()),
        (5, 86_400)
    );
    for (hours, digest) in [(1, 0), (336, 1_000)] {
        let text = format!(r#"{{"retry_horizon_hours": {hours}, "digest": {digest}}}"#);
        let set = delivery(&text).unwrap();
        assert_eq!(
            (set.digest, set.retry_horizon.as_secs()),
            (digest, hours * 3_600)
        );
    }
    for text in [
        r#"{"retry_horizon_hours": 0}"#,
        r#"{"retry_horizon_hours": 337}"#,
        r#"{"digest": 1001}"#,
        r#"{"digest": "5"}"#,
    ] {
        assert_eq!(delivery(text), Err(1), "{text}");
    }
}

#[test]
fn a_retry_queue_is_the_url_of_a_standard_queue() {
    let settings = |queue: &str, partial: &str| {
        Settings::from_surroundings(
            &|name| {
                Some(match name {
                    "SLACK_WEBHOOK_URL" => "ssm:/slack".to_owned(),
                    "RETRY_QUEUE_URL" => queue.to_owned(),
                    "SQS_PARTIAL_BATCH" => partial.to_owned(),
                    _ => return None,
                })
            },
            &[],
            References::Resolved,
        )
    };
    let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/retry";
    let good = settings(url, "1").unwrap();
    assert_eq!(good.retry_queue.unwrap().as_str(), url);
    assert!(good.partial_batch && good.warnings.is_empty());
    // A warning, because it works, and repeats more than it need.
    for partial in ["", "0"] {
        let warned = settings(url, partial).unwrap();
        assert!(
            warned.warnings[0]
                .to_string()
                .contains("SQS_PARTIAL_BATCH=1")
        );
    }
    let none = settings("", "").unwrap();
    assert!(none.retry_queue.is_none() && none.warnings.is_empty());
    for (queue, partial, expected) in [
        (
            "arn:aws:sqs:eu-west-1:123456789012:retry",
            "1",
            "RETRY_QUEUE_URL: it is an ARN",
        ),
        ("retry", "1", "RETRY_QUEUE_URL: it is no URL of a queue"),
        (
            "https://sqs.eu-west-1.amazonaws.com/123456789012/retry.fifo",
            "1",
            "RETRY_QUEUE_URL: it is a FIFO queue",
        ),
        (
            "http://sqs.eu-west-1.amazonaws.com/123456789012/retry",
            "1",
            "RETRY_QUEUE_URL: it must begin with https://",
        ),
        (url, "yes", "SQS_PARTIAL_BATCH: \"yes\" is neither 1 nor 0"),
    ] {
        let error = settings(queue, partial).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn wrong_types_are_faults() {
    check(
        r#"{"receivers": {"a": {"webhook": 7}, "b": "ssm:b", "c": {"webhook": ["CANARY"]}}, "accounts": {"123456789012": null},
            "route": {"receivers": "a", "template": 1, "mention": "<!here>", "ignore": "yes",
                      "routes": [{"match": {"account": 123456789012, "name": {"a": 1}, "state": ["OK", true], "region": []}, "continue": 1}, 5]},
            "delivery": {"timeout_seconds": "10", "proxy": false, "digest": -1, "retry_horizon_hours": 337}}"#,
        &expect![[r#"
            invalid settings, 18 faults:
            SETTINGS, receivers.a.webhook: must be a text, not the number 7
            SETTINGS, receivers.b: must be a table, as in [receivers.deploys], not the text "ssm:b"
            SETTINGS, receivers.c.webhook: must be a text, not a list
            SETTINGS, accounts.123456789012: must be a text, not null
            SETTINGS, delivery.timeout_seconds: must be a whole number from 1 to 60, not the text "10"
            SETTINGS, delivery.proxy: must be a text, not false
            SETTINGS, delivery.digest: must be a whole number up to 1000; 0 turns digests off, not the number -1
            SETTINGS, delivery.retry_horizon_hours: must be a whole number from 1 to 336, which is 14 days, not the number 337
            SETTINGS, route.receivers: must be a list of receivers, not the text "a"
              write ["a"]
            SETTINGS, route.template: must be the name of a template, not the number 1
            SETTINGS, route.mention: must be a list of mentions, not the text "<!here>"
              write ["<!here>"]
            SETTINGS, route.ignore: must be true or false, not the text "yes"
            SETTINGS, route.routes[0].match.account: must be a text or a list of texts, not the number 123456789012
              write it in quotes: "123456789012"
            SETTINGS, route.routes[0].match.name: must be a text or a list of texts, not a table
            SETTINGS, route.routes[0].match.state[1]: must be a text or a list of texts, not true
              write it in quotes: "true"
            SETTINGS, route.routes[0].match.region: an empty list matches nothing
              name at least one value, or "*" for any
            SETTINGS, route.routes[0].continue: must be true or false, not the number 1
            SETTINGS, route.routes[1]: must be a table, as in [route], not the number 5"#]],
    );
}

#[test]
fn faults_of_receivers() {
    let urls = format!(
        r##"{{"receivers": {{"#deploys": {{"webhook": "ssm:a"}}, "{url}": {{"webhook": "ssm:a"}}, "b": {{}}, "c": {{"webhook": "http{rest}"}}, "d": {{"webhook": "http://127.0.0.1:9/CANARY"}}}},
            "route": {{"receivers": ["{url}", "b", "b"], "template": "{url}", "routes": [{{"match": {{"kind": "{url}", "{url}": "a"}}, "mention": ["{url}"]}}]}},
            "accounts": {{"{url}": "{url}"}}, "delivery": {{"proxy": "socks5://me:CANARY@a.example"}}, "{url}": 1}}"##,
        url = url(),
        rest = &url()[5..],
    );
    check(
        &urls,
        &expect![[r##"
        invalid settings, 12 faults:
        SETTINGS, receivers."#deploys": "#deploys" cannot be the name of a receiver
          use letters, digits, - and _
        SETTINGS, receivers."(a URL, not repeated here)": "(a URL, not repeated here)" cannot be the name of a receiver
          use letters, digits, - and _
        SETTINGS, receivers.b: receiver "b" has no webhook
          add webhook = "ssm:…", "secretsmanager:…", "env:…" or the URL
        SETTINGS, receivers.c.webhook: the webhook URL must start with https://
        SETTINGS, receivers.d.webhook: the webhook URL leads to this machine; set ALLOW_LOOPBACK_WEBHOOK=1 if that is meant, for a test
        SETTINGS, accounts."(a URL, not repeated here)": "(a URL, not repeated here)" is no account id
          an id has twelve digits and stands on the left: 123456789012 = "prod"
        SETTINGS, delivery.proxy: the proxy's URL must start with http:// or https://
          write it as in "http://proxy.example.org:3128"
        SETTINGS, "(a URL, not repeated here)": unknown key "(a URL, not repeated here)" in the settings
          known here: "receivers", "accounts", "route", "delivery"
        SETTINGS, route.receivers[2]: receiver "b" is named twice in this route
          name it once; a receiver gets a record once
        SETTINGS, route.routes[0].match.kind: there is no kind "(a URL, not repeated here)"
          kinds: "codepipeline_approval", "cloudwatch_alarm", "config_rule", "config_notice", "eventbridge", "custom", "json", "text"
        SETTINGS, route.routes[0].match."(a URL, not repeated here)": routes cannot match on "(a URL, not repeated here)"
          paths begin with one of "alarm", "approval", "compliance", "custom", "event", "json", "links", "notice", "record", "resource", "rule", "text"
        SETTINGS, route.routes[0].mention[0]: "(a URL, not repeated here)" is no mention
          write "<!here>", "<!channel>", "<!everyone>", "<!subteam^S…>" with a user group's id, or "<@U…>" with a member's id (in Slack: profile, "Copy member ID"); names notify nobody"##]],
    );
}

#[test]
fn faults_of_routes() {
    check(
        r#"{"receivers": {"a": {"webhook": "ssm:a"}},
            "route": {"match": {"kind": "text"}, "routes": [
                {"match": {"kind": "json"}, "receivers": []},
                {"match": {"kind": "text"}, "template": "pager.json.tera"},
                {"match": {"kind": "nothing"}, "template": ""},
                {"ignore": true, "mention": ["<!here>"]},
                {"match": {"kind": "custom"}, "routes": [{"receivers": ["a", "a", "b"]}]}
            ]}}"#,
        &expect![[r#"
            invalid settings, 10 faults:
            SETTINGS, route.match: the root route takes every record and has no `match`
              put it into a route below: [[route.routes]]
            SETTINGS, route: the root route names no receivers; it gets what no other route takes, and nothing may be lost
              add receivers = ["a"], or ignore = true if that is meant
            SETTINGS, route.routes[0].receivers: a route without receivers would lose records
              leave `receivers` out to inherit them, or write ignore = true
            SETTINGS, route.routes[1].template: templates are named without `.json.tera`, not "pager.json.tera"
              write "pager"
            SETTINGS, route.routes[2].match.kind: there is no kind "nothing"
              kinds: "codepipeline_approval", "cloudwatch_alarm", "config_rule", "config_notice", "eventbridge", "custom", "json", "text"
            SETTINGS, route.routes[2].template: the name of the template is empty
              leave `template` out to use the one of the kind
            SETTINGS, route.routes[3].mention: `mention` in a route with ignore = true, which posts nothing
              keep one of them; exceptions go into routes below the ignored one
            SETTINGS, route.routes[4].routes[0].receivers[1]: receiver "a" is named twice in this route
              name it once; a receiver gets a record once
            SETTINGS, route.routes[4].routes[0].receivers[2]: receiver "b" is not defined
              defined receivers: "a"
            SETTINGS, route.routes[4]: this route is never reached: route.routes[3] (SETTINGS) matches everything
              put it before that one, or set continue = true there"#]],
    );
    check(
        "{}",
        &expect![[r#"
        invalid settings, 2 faults:
        SETTINGS: there are no receivers
          add [receivers.NAME] with webhook = "…"
        SETTINGS: there is no [route], so no receiver gets anything
          add [route] with receivers = ["deploys"]"#]],
    );
    check(
        "[]",
        &expect![
            "invalid settings: SETTINGS: must be a table with receivers and routes, not a list"
        ],
    );
    check(
        r#"{"receivers": {"a": {"webhook": "ssm:a"}}, "receivers": {}, "route": {"ignore": true, "routes": [{"match": {"kind": "text"}}]}}"#,
        &expect![[r#"
            invalid settings, 2 faults:
            SETTINGS, receivers: "receivers" is defined twice
              keep one of them
            SETTINGS, route.routes[0]: this route names no receivers, and there are none above it to inherit
              add receivers = ["a"]"#]],
    );
}

#[test]
fn what_is_most_likely_not_meant_is_a_warning() {
    let settings = json(
        r#"{"receivers": {"a": {"webhook": "ssm:a"}, "b": {"webhook": "ssm:b"}},
            "route": {"receivers": ["a"], "routes": [{"match": {"account": "prod", "topic": ["deploys", "*"]}, "template": "pager", "routes": [{"match": {"kind": "text"}}]}]}}"#,
    )
    .unwrap();
    let mut warnings = settings.warnings.clone();
    warnings.extend(settings.missing_templates(|name| name == "other"));
    assert_eq!(settings.missing_templates(|name| name == "pager"), []);
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    expect![[r#"
        SETTINGS, route.routes[0].match.account: "prod" is no account id, so no record matches
          an id has twelve digits; names from [accounts] are matched by `account_name`
        SETTINGS, route.routes[0].match.topic: "deploys" is no topic's ARN, so no record matches
          write "*:deploys"
        SETTINGS, receivers.b: no route names receiver "b"
        SETTINGS, route.routes[0]: there is no template "pager"
          add pager.json.tera to the templates; until then the template of the kind is used"#]]
    .assert_eq(&warnings.join("\n"));
}

/// Settings from variables and files, as the function gets them.
fn surroundings(
    variables: &[(&str, &str)],
    folders: &[PathBuf],
) -> Result<Settings, SettingsError> {
    let variable = |name: &str| {
        let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
        Some((*value).to_owned())
    };
    Settings::from_surroundings(&variable, folders, References::Resolved)
}

const ONE: &str =
    r#"{"receivers": {"one": {"webhook": "env:ONE"}}, "route": {"receivers": ["one"]}}"#;

fn names(settings: &Settings) -> Vec<&str> {
    settings
        .receivers()
        .map(|receiver| receiver.name.as_str())
        .collect()
}

#[test]
fn one_webhook_is_one_receiver_for_everything() {
    let url = url();
    let settings = surroundings(&[("SLACK_WEBHOOK_URL", &url), ("SETTINGS", " ")], &[]).unwrap();
    assert_eq!(names(&settings), ["default"]);
    let receiver = settings.receiver("default").unwrap();
    assert!(matches!(receiver.webhook, Webhook::Resolved(_)));
    let Action::Ignore { note } = &settings.root().routes[0].action else {
        panic!("{:?}", settings.root());
    };
    assert!(note.contains("set SETTINGS or SETTINGS_FILE with a route for config_notice"));
    let settings = surroundings(&[("SLACK_WEBHOOK_URL", "ssm:/slack/a")], &[]).unwrap();
    let receiver = settings.receiver("default").unwrap();
    assert!(matches!(
        &receiver.webhook,
        Webhook::Unresolved { why, .. } if why.contains("has not been fetched")
    ));
}

#[test]
fn settings_come_from_one_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.json");
    fs::write(&file, ONE.replace("\"one\"", "\"file\"")).unwrap();
    let file = file.to_str().unwrap();
    let layer = tempfile::tempdir().unwrap();
    fs::write(
        layer.path().join("settings.json"),
        ONE.replace("\"one\"", "\"layer\""),
    )
    .unwrap();
    fs::create_dir(layer.path().join("templates")).unwrap();
    let folders = [folder.path().to_owned(), layer.path().to_owned()];
    let url = url();
    let one = ("ONE", url.as_str());

    let settings = surroundings(&[one, ("SETTINGS", ONE)], &folders).unwrap();
    assert_eq!(names(&settings), ["one"]);
    assert_eq!(settings.templates, Some(layer.path().join("templates")));
    let settings = surroundings(&[one, ("SETTINGS_FILE", file)], &folders).unwrap();
    assert_eq!(names(&settings), ["file"]);
    let settings = surroundings(&[one, ("TEMPLATES_DIR", "/a")], &folders).unwrap();
    assert_eq!(names(&settings), ["layer"]);
    assert_eq!(settings.templates, Some(PathBuf::from("/a")));
    // Beside the binary comes first.
    fs::write(
        folder.path().join("settings.json"),
        ONE.replace("\"one\"", "\"beside\""),
    )
    .unwrap();
    let settings = surroundings(&[one], &folders).unwrap();
    assert_eq!(names(&settings), ["beside"]);
    let settings = surroundings(&[("SLACK_WEBHOOK_URL", &url)], &folders).unwrap();
    assert_eq!(names(&settings), ["default"]);
}

#[test]
fn faults_of_the_environment() {
    let url = url();
    let url = url.as_str();
    let incomplete = url.trim_end_matches("CANARY");
    let mut seen = String::new();
    for variables in [
        &[][..],
        &[("SLACK_WEBHOOK_URL", url), ("SETTINGS", ONE)],
        &[("SLACK_WEBHOOK_URL", url), ("SETTINGS_FILE", "x")],
        &[("SETTINGS", ONE), ("SETTINGS_FILE", "x")],
        &[
            ("SLACK_WEBHOOK_URL", url),
            ("SETTINGS", ONE),
            ("SETTINGS_FILE", "x"),
        ],
        &[
            ("SLACK_WEBHOOK_URL", incomplete),
            ("ALLOW_LOOPBACK_WEBHOOK", "yes"),
        ],
        &[("SLACK_WEBHOOK_URL", "smm:/CANARY")],
        &[("SETTINGS", ONE)],
        &[("SETTINGS", ONE), ("ONE", incomplete)],
        &[("SETTINGS", "[receivers.one]")],
        &[("SETTINGS_FILE", "settings.yaml")],
        &[("SETTINGS_FILE", "no/such.json")],
    ] {
        let error = surroundings(variables, &[]).unwrap_err().to_string();
        assert!(!error.contains("CANARY"), "{error}");
        seen.push_str(&error);
        seen.push('\n');
    }
    expect![[r#"
        invalid settings: SLACK_WEBHOOK_URL is not set
          set it to the URL of a Slack incoming webhook, or set SETTINGS or SETTINGS_FILE for more than one
        invalid settings: SLACK_WEBHOOK_URL and SETTINGS are set, and only one may be
          drop SLACK_WEBHOOK_URL: settings name their own webhooks. To keep its value out of them, give the variable another name and write webhook = "env:NAME"
        invalid settings: SLACK_WEBHOOK_URL and SETTINGS_FILE are set, and only one may be
          drop SLACK_WEBHOOK_URL: settings name their own webhooks. To keep its value out of them, give the variable another name and write webhook = "env:NAME"
        invalid settings: SETTINGS and SETTINGS_FILE are set, and only one may be
          drop SETTINGS to use the file, or SETTINGS_FILE to use the text
        invalid settings: SLACK_WEBHOOK_URL, SETTINGS and SETTINGS_FILE are set, and only one may be
          drop SLACK_WEBHOOK_URL, and SETTINGS or SETTINGS_FILE
        invalid settings, 2 faults:
        ALLOW_LOOPBACK_WEBHOOK: "yes" is neither 1 nor 0
        SLACK_WEBHOOK_URL: the webhook URL is incomplete; copy all of it, it ends with three parts after /services/
        invalid settings: SLACK_WEBHOOK_URL: unknown reference "smm:…"
          did you mean "ssm:…"?
        invalid settings: SETTINGS, receivers.one.webhook: the environment variable ONE is not set
          set it to the URL of the webhook
        invalid settings: SETTINGS, receivers.one.webhook: the environment variable ONE: the webhook URL is incomplete; copy all of it, it ends with three parts after /services/
        invalid settings: SETTINGS: not JSON: expected value at line 1 column 2
          TOML is for the command line; the function takes JSON
        invalid settings: SETTINGS_FILE: "settings.yaml" is neither a .toml nor a .json file
        invalid settings: SETTINGS_FILE: cannot read "no/such.json": No such file or directory (os error 2)
          a relative path begins where the program runs, in Lambda at /var/task
    "#]].assert_eq(&seen);
}

#[test]
fn a_file_is_read_by_its_extension() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("settings.json");
    fs::write(&json, ONE).unwrap();
    let read = |path| Settings::from_file(path, |_| None, References::AsWritten);
    assert_eq!(names(&read(&json).unwrap()), ["one"]);
    let toml = folder.path().join("settings.toml");
    fs::write(
        &toml,
        "[receivers.two]\nwebhook = \"env:TWO\"\n[route]\nreceivers = [\"two\"]\n",
    )
    .unwrap();
    if cfg!(feature = "cli") {
        assert_eq!(names(&read(&toml).unwrap()), ["two"]);
        let live = Settings::from_file(&toml, |_| None, References::Resolved);
        let fault = faults(live).join("\n");
        assert!(
            fault.ends_with("settings.toml:2: the environment variable TWO is not set\n  set it to the URL of the webhook"),
            "{fault}"
        );
    } else {
        let fault = faults(read(&toml)).join("\n");
        assert!(fault.contains("`sns-to-slack bundle`"), "{fault}");
    }
}

#[test]
fn a_stand_in_gets_what_every_receiver_would() {
    let settings = json(&ONE.replace("env:ONE", "ssm:/a"))
        .unwrap()
        .with_webhooks(|name| {
            WebhookUrl::parse(
                &format!("http://127.0.0.1:9/{name}"),
                crate::slack::webhook::Loopback::Allowed,
            )
        })
        .unwrap();
    let receiver = settings.receiver("one").unwrap();
    assert!(matches!(receiver.webhook, Webhook::Resolved(_)));
}

/// Every value at the top of a context can be matched on, or is known to hold others.
#[test]
fn matchers_know_every_context() {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut count = 0;
    for folder in fs::read_dir(fixtures).unwrap() {
        let path = folder.unwrap().path().join("context.json");
        let Ok(context) = fs::read_to_string(&path) else {
            continue;
        };
        let context: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&context).unwrap();
        // Routes see records; a digest is made of what they have decided.
        if context["kind"] == crate::digest::KIND {
            continue;
        }
        for (name, value) in context {
            let known = if value.is_object() {
                matchers::GROUPS.contains(&name.as_str())
            } else {
                matchers::VALUES.contains(&name.as_str())
            };
            assert!(known, "{}: {name}", path.display());
        }
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn a_receiver_that_two_routes_would_treat_differently_is_a_warning() {
    let warnings = |second: &str| -> Vec<String> {
        let text = format!(
            r#"{{"receivers": {{"a": {{"webhook": "ssm:/a"}}}}, "route": {{"receivers": ["a"], "routes": [
                {{"match": {{"kind": "cloudwatch_alarm", "state": "ALARM"}}, "mention": ["<!here>"], "continue": true}},
                {second}
            ]}}}}"#
        );
        let settings = Settings::from_json(&text, "SETTINGS").unwrap();
        settings.warnings.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        warnings(r#"{"match": {"topic": "*:critical"}}"#),
        [
            "SETTINGS, route.routes[1]: receiver \"a\" is named here and by route.routes[0] (SETTINGS), which says `continue`; \
             of a record that both take it gets one message, with the template and mention of the first\n  \
             give both the same template and mention, or keep them apart with `match` or `unless`"
        ]
    );
    for apart in [
        r#"{"match": {"topic": "*:critical"}, "mention": ["<!here>"]}"#,
        r#"{"match": {"kind": "config_rule"}}"#,
        r#"{"match": {"state": ["OK", "INSUFFICIENT_DATA"]}}"#,
        r#"{"match": {"topic": "*:noise"}, "ignore": true}"#,
    ] {
        assert_eq!(warnings(apart), [""; 0], "{apart}");
    }
}
