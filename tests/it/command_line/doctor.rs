//! `doctor`: a test message to every receiver, and what is wrong in words that one can act on.

mod answers;
mod secrets;

use std::time::Duration;

use expect_test::{Expect, expect};
use serde_json::json;

use super::{Ran, folder, run_where, within};
use crate::support::fake_slack::{CANARY, FakeSlack, Reply};

const REGION: &str = "eu-central-1";

/// Settings of receivers that get everything: name and webhook.
fn settings(receivers: &[(&str, &str)]) -> String {
    let tables: Vec<String> = receivers
        .iter()
        .map(|(name, webhook)| format!("[receivers.{name}]\nwebhook = \"{webhook}\"\n"))
        .collect();
    let names: Vec<&str> = receivers.iter().map(|(name, _)| *name).collect();
    format!("{}[route]\nreceivers = {names:?}\n", tables.concat())
}

/// Examines the receivers of a file of settings.
fn doctor(settings: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let folder = folder(&[("settings.toml", settings)]);
    let path = within(&folder, "settings.toml");
    let mut all = vec!["doctor", "--settings", &path];
    all.extend(arguments);
    let mut environment = vec![
        ("ALLOW_LOOPBACK_WEBHOOK", "1"),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "ID-EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", CANARY),
        ("AWS_SESSION_TOKEN", CANARY),
    ];
    environment.extend(variables);
    examine(&all, &environment).hide(&folder)
}

/// Whatever it finds, it shows no webhook.
fn examine(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let ran = run_where(arguments, variables);
    for secret in [CANARY, "/T0", "/B0", "PART"] {
        assert!(!format!("{ran:?}").contains(secret), "{secret}: {ran:?}");
    }
    ran
}

#[track_caller]
fn prints(ran: &Ran, code: i32, expected: &Expect) {
    assert_eq!((ran.code, ran.stderr.as_str()), (code, ""), "{ran:?}");
    expected.assert_eq(&ran.stdout);
}

/// What only the test message to this receiver has in its body.
fn quoted(receiver: &str) -> String {
    format!("receiver \\\"{receiver}\\\" works")
}

#[test]
fn each_receiver_gets_a_test_message_that_nobody_can_take_for_an_alarm() {
    let slack = FakeSlack::start();
    let webhook = slack.webhook();
    let settings = settings(&[("deploys", &webhook)]);
    let sender = [("USER", "alice"), ("HOSTNAME", "<!here>")];
    prints(
        &doctor(&settings, &[], &sender),
        0,
        &expect![[r#"
        deploys: works (written in settings.toml, leads to 127.0.0.1)
        1 receiver, 1 works
    "#]],
    );
    let payload = &slack.channel()[0];
    let (says, sent) = slack.texts()[0]
        .split_once('\n')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert_eq!(
        says,
        "🧪 Test message from sns-to-slack doctor: receiver \"deploys\" works. Nothing has happened, nobody needs to act."
    );
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        sent.starts_with("Sent by alice on &lt;!here&gt;, 20"),
        "{sent}"
    );
    assert!(
        sent.ends_with(&format!(" UTC by sns-to-slack {version}")),
        "{sent}"
    );
    assert_eq!(payload["parse"], "none");
    assert_eq!(payload["unfurl_links"], false);

    doctor(&settings, &[], &[]);
    assert!(!slack.texts()[1].contains("alice"), "{:?}", slack.texts());
}

#[test]
fn receivers_are_tested_at_the_same_time_and_shown_in_their_order() {
    let slack = FakeSlack::start();
    let later = |after| Reply::answer(200, "ok").after(Duration::from_millis(after));
    for (name, after) in [("a", 1_500), ("b", 1_250), ("c", 1_000)] {
        slack.whenever(&quoted(name), later(after));
    }
    let at = |name| format!("{}/{name}", slack.webhook());
    let ran = doctor(
        &settings(&[("c", &at("c")), ("a", &at("a")), ("b", &at("b"))]),
        &[],
        &[],
    );
    assert_eq!(slack.most_in_flight(), 3);
    prints(
        &ran,
        0,
        &expect![[r#"
        a: works (written in settings.toml, leads to 127.0.0.1)
        b: works (written in settings.toml, leads to 127.0.0.1)
        c: works (written in settings.toml, leads to 127.0.0.1)
        3 receivers, 3 work
    "#]],
    );
}

/// A parameter or secret of a fake AWS.
fn kept(aws: &FakeSlack, id: &str, value: &str) {
    let answer = json!({"Parameter": {"Value": value}, "SecretString": value});
    aws.whenever(
        &format!("\"{id}\""),
        Reply::answer(200, &answer.to_string()),
    );
}

#[test]
fn webhooks_of_every_origin_are_examined() {
    let (aws, slack) = (FakeSlack::start(), FakeSlack::start());
    let at = |name: &str| format!("{}/PART-{name}", slack.webhook());
    kept(&aws, "/slack/deploys", &at("deploys"));
    kept(&aws, "slack", &json!({"alarms": at("alarms")}).to_string());
    slack.whenever(&quoted("alarms"), Reply::answer(410, "channel_is_archived"));
    slack.whenever(&quoted("ops"), Reply::answer(404, "no_service"));
    let settings = settings(&[
        ("alarms", "secretsmanager:slack#alarms"),
        ("deploys", "ssm:/slack/deploys"),
        ("here", &at("here")),
        ("ops", "env:SLACK_WEBHOOK_OPS"),
        ("unset", "env:SLACK_WEBHOOK_UNSET"),
    ]);
    let variables = [
        ("AWS_ENDPOINT_URL", aws.url()),
        ("SLACK_WEBHOOK_OPS", at("ops")),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    prints(
        &doctor(&settings, &[], &variables),
        1,
        &expect![[r#"
        alarms: the webhook's channel is archived (410 channel_is_archived)
          unarchive it in Slack, or put the URL of another webhook into secretsmanager:slack#alarms; the function takes it without a deploy
        deploys: works (fetched from ssm:/slack/deploys, leads to 127.0.0.1)
        here: works (written in settings.toml, leads to 127.0.0.1)
        ops: Slack does not know the webhook any more: it was deleted, or its app was removed or switched off (404 no_service)
          create a new webhook at api.slack.com/apps (your app, "Incoming Webhooks"), and put its URL into SLACK_WEBHOOK_OPS
        unset: the environment variable SLACK_WEBHOOK_UNSET is not set
          set it to the URL of the webhook; the function does not start without it
        5 receivers, 2 work, 3 do not work
    "#]],
    );
    assert_eq!((aws.requests().len(), slack.requests().len()), (2, 4));

    // Nobody but those that are named, whatever is wrong with the others.
    let ran = doctor(
        &settings,
        &["--receiver", "here", "--receiver", "deploys"],
        &variables,
    );
    prints(
        &ran,
        0,
        &expect![[r#"
        deploys: works (fetched from ssm:/slack/deploys, leads to 127.0.0.1)
        here: works (written in settings.toml, leads to 127.0.0.1)
        2 receivers, 2 work
    "#]],
    );
    assert_eq!((aws.requests().len(), slack.requests().len()), (3, 6));
}

#[test]
fn a_dry_run_posts_nothing_and_says_where_webhooks_lead() {
    let (aws, slack) = (FakeSlack::start(), FakeSlack::start());
    // Put together at run time, so that no leak scanner takes it for a real one.
    let real = |host: &str| format!("https://{host}/services/T0/B0/{CANARY}");
    kept(&aws, "/slack/deploys", &real("hooks.slack.com"));
    kept(&aws, "/slack/chat", &real("chat.example.org"));
    kept(
        &aws,
        "/slack/old",
        &format!("https://hooks.slack.com/workflows/{CANARY}"),
    );
    kept(&aws, "/slack/empty", " ");
    let settings = settings(&[
        ("chat", "ssm:/slack/chat"),
        ("copied", &real("hooks.slack.com")),
        ("deploys", "ssm:/slack/deploys"),
        ("empty", "ssm:/slack/empty"),
        ("gov", "env:SLACK_WEBHOOK_GOV"),
        ("here", &slack.webhook()),
        ("odd", "env:SLACK_WEBHOOK_ODD"),
        ("old", "ssm:/slack/old"),
    ]);
    let variables = [
        ("AWS_ENDPOINT_URL", aws.url()),
        ("SLACK_WEBHOOK_GOV", real("hooks.slack-gov.com")),
        ("SLACK_WEBHOOK_ODD", CANARY.to_owned()),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    prints(
        &doctor(&settings, &["--dry-run"], &variables),
        1,
        &expect![[r#"
            chat: parameter /slack/chat can be read but holds no webhook: the webhook URL does not lead to Slack
              its host must be hooks.slack.com or hooks.slack-gov.com
            copied: written in settings.toml, leads to hooks.slack.com
            deploys: fetched from ssm:/slack/deploys, leads to hooks.slack.com
            empty: parameter /slack/empty can be read but holds no webhook: the webhook URL is empty
              copy the webhook's URL again, from "Incoming Webhooks" of the app at api.slack.com/apps
            gov: read from env:SLACK_WEBHOOK_GOV, leads to hooks.slack-gov.com
            here: written in settings.toml, leads to 127.0.0.1
            odd: the environment variable SLACK_WEBHOOK_ODD: the webhook is not a URL
              copy it from the app's page "Incoming Webhooks" at api.slack.com/apps, it starts with https://hooks.slack.com/services/; the function does not start without it
            old: parameter /slack/old can be read but holds no webhook: the webhook URL belongs to Workflow Builder, which takes no messages
              create an incoming webhook of an app instead (path /services/...)
            copied and deploys have the same webhook: their messages arrive in the same channel
            8 receivers, 4 have a webhook, 4 have no webhook; nothing was posted
        "#]],
    );
    assert_eq!((aws.requests().len(), slack.connections()), (4, 0));

    let well = ["--dry-run", "--receiver", "gov"];
    prints(
        &doctor(&settings, &well, &variables),
        0,
        &expect![[r#"
        gov: read from env:SLACK_WEBHOOK_GOV, leads to hooks.slack-gov.com
        1 receiver, 1 has a webhook; nothing was posted
    "#]],
    );
}

#[test]
fn without_a_file_it_is_what_the_function_would_post_to() {
    let slack = FakeSlack::start();
    let webhook = slack.webhook();
    let variables = [
        ("SLACK_WEBHOOK_URL", webhook.as_str()),
        ("ALLOW_LOOPBACK_WEBHOOK", "1"),
    ];
    prints(
        &examine(&["doctor"], &variables),
        0,
        &expect![[r#"
        default: works (written in SLACK_WEBHOOK_URL, leads to 127.0.0.1)
        1 receiver, 1 works
    "#]],
    );

    let text =
        json!({"receivers": {"ops": {"webhook": "env:OPS"}}, "route": {"receivers": ["ops"]}})
            .to_string();
    let variables = [
        ("SETTINGS", text.as_str()),
        ("OPS", &webhook),
        ("ALLOW_LOOPBACK_WEBHOOK", "1"),
    ];
    prints(
        &examine(&["doctor"], &variables),
        0,
        &expect![[r#"
        ops: works (read from env:OPS, leads to 127.0.0.1)
        1 receiver, 1 works
    "#]],
    );
    assert_eq!(slack.channel().len(), 2);
}

#[test]
fn wrong_usage_posts_nothing() {
    let slack = FakeSlack::start();
    let webhook = slack.webhook();
    let settings = settings(&[("alarms", &webhook), ("deploys", &webhook)]);
    let ran = doctor(
        &settings,
        &["--receiver", "alarms", "--receiver", "deplyos"],
        &[],
    );
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: --receiver: there is no receiver \"deplyos\"; did you mean \"deploys\"?\n  there are: alarms, deploys\n"
    );
    let ran = doctor(&settings, &["--receiver", "everybody"], &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert_eq!(
        ran.stderr,
        "error: --receiver: there is no receiver \"everybody\"\n  there are: alarms, deploys\n"
    );

    let ran = doctor("[receivers.a]\nwebhok = \"x\"\n", &[], &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("did you mean \"webhook\"?"), "{ran:?}");

    let ran = examine(&["doctor"], &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    for part in ["SLACK_WEBHOOK_URL is not set", "--settings"] {
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
    assert_eq!(slack.connections(), 0);
}

#[test]
fn what_is_odd_about_settings_is_said_too() {
    let slack = FakeSlack::start();
    let text = format!(
        "[receivers.a]\nwebhook = \"{0}\"\n[receivers.b]\nwebhook = \"{0}\"\n[route]\nreceivers = [\"a\"]\n",
        slack.webhook()
    );
    let ran = doctor(&text, &[], &[]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.stderr,
        "warning: settings.toml:3: no route names receiver \"b\"\n"
    );
    expect![[r#"
        a: works (written in settings.toml, leads to 127.0.0.1)
        b: works (written in settings.toml, leads to 127.0.0.1)
        a and b have the same webhook: their messages arrive in the same channel
        2 receivers, 2 work
    "#]]
    .assert_eq(&ran.stdout);
}
