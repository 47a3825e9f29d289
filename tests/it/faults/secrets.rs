//! Webhooks that are kept in Parameter Store or Secrets Manager.
//!
//! What AWS answers comes from a fake that is told what to say, or from moto, which is run by `.ci/run`. The session token
//! and the key of the function's role are secrets as the webhooks are, and everything is logged that can be.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::events::sns;
use crate::support::fake_slack::{CANARY, FakeSlack, Reply};
use crate::support::forwarder::{Forwarder, Setup};
use crate::support::moto::Moto;

const REGION: &str = "eu-central-1";

/// With receivers that get everything.
fn setup(aws: &str, receivers: &[(&str, &str)]) -> Setup {
    let names: Vec<&str> = receivers.iter().map(|(name, _)| *name).collect();
    let receivers: Value = receivers
        .iter()
        .map(|(name, webhook)| (name.to_string(), json!({"webhook": webhook})))
        .collect();
    let settings = json!({"receivers": receivers, "route": {"receivers": names}});
    Setup::with_settings(&settings)
        .calling(aws)
        .with("AWS_SESSION_TOKEN", &format!("TOKEN-{CANARY}"))
        .with("LOG_LEVEL", "trace")
}

fn post(forwarder: &mut Forwarder, text: &str) -> Value {
    forwarder.invoke(&sns(&[text])).response()
}

fn fail(forwarder: &mut Forwarder, text: &str) -> String {
    forwarder.invoke(&sns(&[text])).error("NotPosted")
}

fn parameter(webhook: &str) -> Reply {
    Reply::answer(200, &json!({"Parameter": {"Value": webhook}}).to_string())
}

fn secret(value: &str) -> Reply {
    Reply::answer(200, &json!({"SecretString": value}).to_string())
}

/// An error of AWS that repeats what it should not.
fn refusal(word: &str) -> Reply {
    let body = json!({"__type": word, "message": format!("{CANARY} is not allowed")});
    Reply::answer(400, &body.to_string())
}

fn lines<'o>(output: &'o [Value], part: &str) -> Vec<&'o Value> {
    let has = |line: &&Value| line["message"].as_str().is_some_and(|it| it.contains(part));
    output.iter().filter(has).collect()
}

#[test]
fn nothing_is_asked_for_when_no_webhook_is_kept_as_a_secret() {
    let (aws, slack) = (FakeSlack::start(), FakeSlack::start());
    let setup = setup(
        &aws.url(),
        &[("here", &slack.webhook()), ("there", "env:THERE")],
    );
    let mut forwarder = setup.with("THERE", &slack.webhook()).start();
    post(&mut forwarder, "A record");
    slack.next(Reply::answer(404, "no_service"));
    fail(&mut forwarder, "Another record");
    assert_eq!(aws.connections(), 0);
}

#[test]
fn all_are_fetched_at_the_same_time() {
    let (aws, slack) = (FakeSlack::start(), FakeSlack::start());
    let names = ["a", "b", "c", "d", "e", "f"];
    let references: Vec<String> = names
        .iter()
        .map(|name| format!("ssm:/slack/{name}"))
        .collect();
    let mut receivers = Vec::new();
    for (name, reference) in names.iter().zip(&references) {
        receivers.push((*name, reference.as_str()));
        aws.next(parameter(&slack.webhook()).after(Duration::from_millis(500)));
    }
    let mut forwarder = setup(&aws.url(), &receivers).start();
    post(&mut forwarder, "A record");
    assert_eq!((aws.requests().len(), slack.channel().len()), (6, 6));
    assert_eq!(aws.most_in_flight(), 6);
    let request = &aws.requests()[0];
    assert_eq!(
        request.header("X-Amz-Target"),
        Some("AmazonSSM.GetParameter")
    );
    let token = format!("TOKEN-{CANARY}");
    assert_eq!(request.header("X-Amz-Security-Token"), Some(token.as_str()));
}

#[test]
fn a_rotated_webhook_takes_effect_without_a_deploy_and_without_an_error() {
    let (aws, old, new) = (FakeSlack::start(), FakeSlack::start(), FakeSlack::start());
    aws.next(parameter(&old.webhook()));
    let mut forwarder = setup(&aws.url(), &[("deploys", "ssm:/slack/deploys")]).start();
    post(&mut forwarder, "Before");
    old.next(Reply::answer(404, "no_service"));
    aws.next(parameter(&new.webhook()));
    let response = post(&mut forwarder, "After");
    assert_eq!(
        response,
        json!({"posted": 1, "handed_over": 0, "ignored": 0})
    );
    post(&mut forwarder, "Later");
    assert_eq!((old.requests().len(), new.channel().len()), (2, 2));

    // Gone as well, less than a minute after it was fetched: one request and no more.
    new.next(Reply::answer(403, "invalid_token"));
    let error = fail(&mut forwarder, "Too soon");
    assert!(
        error.contains("\"deploys\": not_posted (webhook_gone): Slack refuses"),
        "{error}"
    );
    assert_eq!((aws.requests().len(), new.requests().len()), (2, 3));

    let output = forwarder.finish();
    let attempts: Vec<&Value> = output
        .outcomes
        .iter()
        .map(|line| &line["attempts"])
        .collect();
    assert_eq!(attempts, [1, 2, 1, 1]);
    let warned = lines(&output.others, "the new one is used");
    assert_eq!(warned.len(), 1, "{:?}", output.others);
    assert_eq!(warned[0]["level"], "WARN");
}

#[test]
fn a_secret_that_cannot_be_fetched_fails_its_receiver_only() {
    for (reply, expected) in [
        (
            refusal("AccessDeniedException"),
            "may not read secret slack in eu-central-1; allow it secretsmanager:GetSecretValue",
        ),
        (
            refusal("ExpiredTokenException"),
            "does not take the credentials",
        ),
        (
            secret(&json!({"other": CANARY}).to_string()),
            "secret slack has no key `alarms` (keys: `other`)",
        ),
        (
            secret(&json!({"alarms": CANARY}).to_string()),
            "holds no webhook: the webhook is not a URL",
        ),
        (Reply::answer(200, CANARY), "cannot be read (status 200)"),
        (
            Reply::silence(),
            "no answer within 2 s from secretsmanager in eu-central-1",
        ),
        (Reply::pour(), "cannot be read (status 200)"),
        // Permanent redirects are not followed.
        (
            Reply::answer(308, "").header("Location", "/elsewhere"),
            "cannot be read (status 308)",
        ),
    ] {
        let (aws, slack) = (FakeSlack::start(), FakeSlack::start());
        aws.whenever("SecretId", reply);
        let receivers = [
            ("alarms", "secretsmanager:slack#alarms"),
            ("ops", &slack.webhook()),
        ];
        let mut forwarder = setup(&aws.url(), &receivers).start();
        let error = fail(&mut forwarder, "A record");
        let named =
            "to \"alarms\": not_posted (secret_unavailable): webhook secretsmanager:slack#alarms: ";
        assert!(error.contains(named) && error.contains(expected), "{error}");
        assert_eq!(slack.channel().len(), 1);
        // It was tried less than a minute ago.
        fail(&mut forwarder, "Another record");
        assert_eq!(
            (aws.requests().len(), slack.channel().len()),
            (1, 2),
            "{expected}"
        );

        let output = forwarder.finish();
        let said = lines(&output.others, "receiver \"alarms\" gets nothing for now");
        assert_eq!(said.len(), 1, "{:?}", output.others);
        assert!(said[0].to_string().contains("ERROR"), "{said:?}");
    }
}

#[test]
fn nobody_to_ask_fails_the_receivers_and_not_the_start() {
    let slack = FakeSlack::start();
    // Nothing listens there.
    let receivers = [("alarms", "ssm:/slack/alarms"), ("ops", &slack.webhook())];
    let mut forwarder = setup("http://127.0.0.1:9", &receivers).start();
    let error = fail(&mut forwarder, "A record");
    assert!(
        error.contains("no connection to ssm in eu-central-1"),
        "{error}"
    );
    let mut forwarder = setup("http://127.0.0.1:9", &receivers)
        .with("AWS_ACCESS_KEY_ID", "")
        .start();
    let error = fail(&mut forwarder, "A record");
    assert!(error.contains("AWS_ACCESS_KEY_ID is not set"), "{error}");
    assert_eq!(slack.channel().len(), 2);
}

#[test]
#[ignore = "needs moto"]
fn secrets_of_moto_are_fetched() {
    let moto = Moto::start();
    let (deploys, alarms, ops) = (FakeSlack::start(), FakeSlack::start(), FakeSlack::start());
    moto.put_parameter(
        REGION,
        "/slack/deploys",
        &format!("{}\n", deploys.webhook()),
    );
    let object = json!({"alarms": alarms.webhook(), "other": CANARY}).to_string();
    // In another region, which only the ARN tells.
    let arn = moto.create_secret("us-east-2", "slack", &object);
    moto.create_secret(REGION, "ops", &ops.webhook());
    let alarms_at = format!("secretsmanager:{arn}#alarms");
    let receivers = [
        ("deploys", "ssm:/slack/deploys"),
        ("alarms", &alarms_at),
        ("ops", "secretsmanager:ops"),
    ];
    let mut forwarder = setup(&moto.url(), &receivers).start();
    assert_eq!(
        post(&mut forwarder, "A record"),
        json!({"posted": 3, "handed_over": 0, "ignored": 0})
    );
    for slack in [deploys, alarms, ops] {
        assert_eq!(slack.channel().len(), 1);
    }
}

#[test]
#[ignore = "needs moto"]
fn secrets_of_moto_that_are_rotated_take_effect() {
    let moto = Moto::start();
    let (old, new) = (FakeSlack::start(), FakeSlack::start());
    moto.put_parameter(REGION, "/slack/deploys", &old.webhook());
    moto.create_secret(
        REGION,
        "slack",
        &json!({"alarms": old.webhook()}).to_string(),
    );
    let receivers = [
        ("deploys", "ssm:/slack/deploys"),
        ("alarms", "secretsmanager:slack#alarms"),
    ];
    let mut forwarder = setup(&moto.url(), &receivers).start();
    post(&mut forwarder, "Before");
    assert_eq!(old.channel().len(), 2);

    old.whenever("After", Reply::answer(404, "no_service"));
    moto.put_parameter(REGION, "/slack/deploys", &new.webhook());
    moto.put_secret(
        REGION,
        "slack",
        &json!({"alarms": new.webhook()}).to_string(),
    );
    assert_eq!(
        post(&mut forwarder, "After"),
        json!({"posted": 2, "handed_over": 0, "ignored": 0})
    );
    assert_eq!(new.channel().len(), 2);
    let output = forwarder.finish();
    assert_eq!(lines(&output.others, "the new one is used").len(), 2);
}

#[test]
#[ignore = "needs moto"]
fn secrets_of_moto_that_are_deleted_fail_their_receivers_only() {
    let moto = Moto::start();
    let slack = FakeSlack::start();
    moto.put_parameter(REGION, "/slack/ops", &slack.webhook());
    for (name, at_once) in [("gone", true), ("going", false)] {
        moto.create_secret(REGION, name, &slack.webhook());
        moto.delete_secret(REGION, name, at_once);
    }
    let receivers = [
        ("gone", "secretsmanager:gone"),
        ("going", "secretsmanager:going"),
        ("lost", "ssm:/slack/lost"),
        ("ops", "ssm:/slack/ops"),
    ];
    let mut forwarder = setup(&moto.url(), &receivers).start();
    let error = fail(&mut forwarder, "A record");
    assert!(error.starts_with("3 of 4 not posted"), "{error}");
    for part in [
        "to \"gone\": not_posted (secret_unavailable): webhook secretsmanager:gone: secret gone does not exist in eu-central-1",
        "to \"going\": not_posted (secret_unavailable): webhook secretsmanager:going: secret going is marked for deletion",
        "to \"lost\": not_posted (secret_unavailable): webhook ssm:/slack/lost: parameter /slack/lost does not exist in eu-central-1",
    ] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    assert_eq!(slack.channel().len(), 1);
}
