//! Records, a Slack whose webhooks come and go, and an AWS whose secrets change.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::time::UNIX_EPOCH;

use futures_util::future::join;
use serde_json::json;
use tokio::sync::Barrier;
use tokio::time::Instant;

use super::*;
use crate::delivery::Sender;
use crate::envelope;
use crate::handler::{Forwarder, Report};
use crate::slack::webhook::{Answer, Post};
use crate::template::Templates;

/// AWS and Slack.
struct World {
    now: Cell<SystemTime>,
    /// By location.
    kept: RefCell<BTreeMap<String, Result<String, SecretFault>>>,
    /// Location and timeout of every fetch.
    asked: RefCell<Vec<(String, Duration)>>,
    /// Those that Slack takes.
    webhooks: RefCell<Vec<WebhookUrl>>,
    posted: Cell<usize>,
}

fn url(name: &str) -> String {
    // Put together at run time, so that no leak scanner takes it for a real one.
    format!("https://hooks.slack.com/{}/T0/B0/CANARY{name}", "services")
}

fn webhook(name: &str) -> WebhookUrl {
    WebhookUrl::parse(&url(name), Loopback::Refused).unwrap()
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

impl World {
    fn new() -> Self {
        Self {
            now: Cell::new(UNIX_EPOCH + Duration::from_secs(1_779_012_000)),
            kept: RefCell::default(),
            asked: RefCell::default(),
            webhooks: RefCell::default(),
            posted: Cell::new(0),
        }
    }

    fn keep(&self, location: &str, value: Result<String, SecretFault>) {
        self.kept.borrow_mut().insert(location.to_owned(), value);
    }

    fn takes(&self, names: &[&str]) {
        *self.webhooks.borrow_mut() = names.iter().map(|name| webhook(name)).collect();
    }

    fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + Duration::from_secs(seconds));
    }

    fn asked(&self) -> usize {
        self.asked.borrow().len()
    }

    async fn start(&self) -> Forwarder<&Self, &Self> {
        let settings = settings();
        let webhooks = Webhooks::fetch(&settings, || self).await;
        let sender = Sender::new(self, webhooks);
        Forwarder::new(settings, Templates::built_in().unwrap(), sender)
    }
}

impl Fetch for &World {
    async fn fetch(&self, location: &Location, timeout: Duration) -> Result<String, SecretError> {
        let name = location.to_string();
        let kept = self.kept.borrow().get(&name).cloned();
        self.asked.borrow_mut().push((name, timeout));
        // So that others can come in between.
        tokio::task::yield_now().await;
        kept.unwrap_or(Err(SecretFault::NotFound))
            .map_err(|fault| location.error(fault))
    }

    fn now(&self) -> SystemTime {
        self.now.get()
    }
}

impl Post for &World {
    async fn post(&self, url: &WebhookUrl, _body: String, _timeout: Duration) -> Answer {
        self.posted.set(self.posted.get() + 1);
        let (status, body) = if self.webhooks.borrow().contains(url) {
            (200, "ok")
        } else {
            (404, "no_service")
        };
        Answer::Answered {
            status,
            body: Some(body.to_owned()),
            retry_after: None,
        }
    }
}

/// Three receivers get everything: `deploys` and `alarms` by reference, `fixed` by its URL.
fn settings() -> Settings {
    let settings = json!({
        "receivers": {
            "alarms": {"webhook": "secretsmanager:slack#alarms"},
            "deploys": {"webhook": "ssm:/slack/deploys"},
            "fixed": {"webhook": url("fixed")},
        },
        "route": {"receivers": ["alarms", "deploys", "fixed"]},
    });
    Settings::from_json(&settings.to_string(), "SETTINGS").unwrap()
}

const ALARMS: &str = "secretsmanager:slack#alarms";
const DEPLOYS: &str = "ssm:/slack/deploys";

/// One line for each receiver: outcome, reason, requests, note. No line has a URL.
async fn forward<'w>(
    forwarder: &Forwarder<&'w World, &'w World>,
    left: Option<Duration>,
) -> Vec<String> {
    let event = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "m", "Message": "hello"}}]});
    let records = envelope::open(&event).unwrap().records;
    let deadline = left.map(|left| Instant::now() + left);
    let reports = forwarder.forward(records, deadline).await;
    assert!(!format!("{reports:?} {forwarder:?}").contains("CANARY"));
    let line = |report: &Report| {
        let (outcome, name) = (&report.delivered.outcome, report.receiver.as_deref());
        let reason = outcome.reason().map(|reason| format!(" ({reason})"));
        let note = report.note.as_ref().map(|note| format!(": {note}"));
        format!(
            "{}: {}{}, {} requests{}",
            name.unwrap_or_default(),
            outcome.as_str(),
            reason.unwrap_or_default(),
            report.delivered.attempts,
            note.unwrap_or_default()
        )
    };
    reports.iter().map(line).collect()
}

#[tokio::test]
async fn touches_nothing_of_aws_when_no_webhook_is_a_secret() {
    let settings =
        Settings::from_environment(|name| (name == "SLACK_WEBHOOK_URL").then(|| url("only")))
            .unwrap();
    let webhooks: Webhooks<&World> = Webhooks::fetch(&settings, || panic!("AWS is touched")).await;
    let receiver = settings.receiver("default").unwrap();
    let found = webhooks.url(receiver, Duration::ZERO).await;
    assert_eq!(found, Ok(webhook("only")));
    let refused = webhook("only");
    let successor = webhooks.successor(receiver, &refused, FETCH_TIMEOUT).await;
    assert_eq!(successor, None);
    assert!(webhooks.missing(&settings).await.is_empty());
}

#[tokio::test]
async fn fetches_all_at_the_same_time() {
    struct Together(Barrier);
    impl Fetch for Together {
        async fn fetch(
            &self,
            location: &Location,
            timeout: Duration,
        ) -> Result<String, SecretError> {
            assert_eq!(timeout, FETCH_TIMEOUT);
            self.0.wait().await;
            Ok(format!(" {}\n", url(&location.id.replace('/', ""))))
        }
    }
    let settings = settings();
    let webhooks = Webhooks::fetch(&settings, || Together(Barrier::new(2)));
    let webhooks = timeout(Duration::from_secs(10), webhooks).await.unwrap();
    for (name, expected) in [
        ("alarms", "slack"),
        ("deploys", "slackdeploys"),
        ("fixed", "fixed"),
    ] {
        let receiver = settings.receiver(name).unwrap();
        let found = webhooks.url(receiver, Duration::ZERO).await;
        assert_eq!(found, Ok(webhook(expected)));
    }
}

#[tokio::test]
async fn one_that_is_missing_is_tried_again_once_a_minute() {
    let world = World::new();
    world.takes(&["a", "fixed"]);
    world.keep(ALARMS, Ok(url("a")));
    let forwarder = world.start().await;
    assert_eq!(world.asked(), 2);

    let lost = [
        "alarms: posted, 1 requests",
        "deploys: not_posted (secret_unavailable), 0 requests: webhook ssm:/slack/deploys: parameter /slack/deploys does not exist",
        "fixed: posted, 1 requests",
    ];
    let lost = |lines: &[String]| {
        lines
            .iter()
            .zip(lost)
            .all(|(line, start)| line.starts_with(start))
    };
    for seconds in [0, 30, 29] {
        world.pass(seconds);
        let lines = forward(&forwarder, None).await;
        assert!(lost(&lines), "{lines:?}");
        assert_eq!(world.asked(), 2);
    }
    world.pass(1);
    assert!(lost(&forward(&forwarder, None).await));
    assert_eq!(world.asked(), 3);

    // It is there now, and found a minute after the last attempt.
    world.keep(DEPLOYS, Ok(url("a")));
    world.pass(59);
    assert!(lost(&forward(&forwarder, None).await));
    assert_eq!(world.asked(), 3);
    world.pass(1);
    let lines = forward(&forwarder, None).await;
    assert_eq!(lines[1], "deploys: posted, 1 requests");
    world.pass(3600);
    assert_eq!(forward(&forwarder, None).await, lines);
    assert_eq!(world.asked(), 4);
}

#[tokio::test]
async fn a_rotated_webhook_costs_no_message() {
    let world = World::new();
    world.takes(&["old", "alarms", "fixed"]);
    world.keep(ALARMS, Ok(url("alarms")));
    world.keep(DEPLOYS, Ok(url("old")));
    let forwarder = world.start().await;
    assert!(forward(&forwarder, None).await[1].starts_with("deploys: posted, 1"));

    world.takes(&["new", "alarms", "fixed"]);
    world.keep(DEPLOYS, Ok(url("new")));
    let lines = forward(&forwarder, None).await;
    assert_eq!(
        lines,
        [
            "alarms: posted, 1 requests",
            "deploys: posted, 2 requests",
            "fixed: posted, 1 requests"
        ]
    );
    let lines = forward(&forwarder, None).await;
    assert_eq!(lines[1], "deploys: posted, 1 requests");
    assert_eq!(world.asked(), 3);

    // Again, within a minute of the last time: not before that is over.
    world.takes(&["newer", "alarms", "fixed"]);
    world.keep(DEPLOYS, Ok(url("newer")));
    let line = &forward(&forwarder, None).await[1];
    assert!(line.starts_with("deploys: not_posted (webhook_gone), 1 requests: Slack refuses the webhook that was fetched from ssm:/slack/deploys; put"), "{line}");
    assert_eq!(world.asked(), 3);
    world.pass(60);
    let lines = forward(&forwarder, None).await;
    assert_eq!(lines[1], "deploys: posted, 2 requests");
    assert_eq!(world.asked(), 4);
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_not_hammered() {
    let world = World::new();
    world.takes(&[]);
    world.keep(ALARMS, Ok(url("alarms")));
    world.keep(DEPLOYS, Ok(url("old")));
    let forwarder = world.start().await;
    for _ in 0..10 {
        let lines = forward(&forwarder, None).await;
        for line in &lines {
            assert!(
                line.contains(": not_posted (webhook_gone), 1 requests"),
                "{line}"
            );
        }
        assert!(lines[1].ends_with("put the URL of a new one there, no deploy is needed"));
        assert!(lines[2].ends_with("1 requests"), "{lines:?}");
    }
    assert_eq!((world.asked(), world.posted.get()), (4, 30));
    // A new one that Slack does not take either: one request more, and no third.
    world.keep(DEPLOYS, Ok(url("new")));
    world.pass(60);
    let line = &forward(&forwarder, None).await[1];
    assert_eq!(line, "deploys: not_posted (webhook_gone), 2 requests");
}

#[tokio::test]
async fn what_is_known_stays_known_when_it_cannot_be_fetched_again() {
    let world = World::new();
    world.takes(&["alarms", "fixed"]);
    world.keep(ALARMS, Ok(url("alarms")));
    world.keep(DEPLOYS, Ok(url("old")));
    let forwarder = world.start().await;
    world.keep(DEPLOYS, Err(SecretFault::Denied));
    let line = &forward(&forwarder, None).await[1];
    assert!(
        line.contains("(webhook_gone), 1 requests: Slack refuses the webhook that was fetched from ssm:/slack/deploys, and it cannot be fetched again: the function's role may not read"),
        "{line}"
    );
    world.takes(&["old", "alarms", "fixed"]);
    let line = &forward(&forwarder, None).await[1];
    assert_eq!(line, "deploys: posted, 1 requests");
}

#[tokio::test]
async fn a_value_that_is_no_webhook_is_not_shown() {
    let world = World::new();
    world.takes(&["fixed"]);
    world.keep(ALARMS, Ok("CANARY".to_owned()));
    world.keep(DEPLOYS, Ok("http://127.0.0.1/CANARY".to_owned()));
    let forwarder = world.start().await;
    let lines = forward(&forwarder, None).await;
    assert!(
        lines[0].contains("(secret_unavailable), 0 requests: webhook secretsmanager:slack#alarms: secret slack can be read but holds no webhook: the webhook is not a URL"),
        "{lines:?}"
    );
    assert!(lines[1].contains("ALLOW_LOOPBACK_WEBHOOK"), "{lines:?}");
}

#[tokio::test]
async fn fetching_leaves_time_to_post() {
    let world = World::new();
    world.takes(&["fixed"]);
    let forwarder = world.start().await;
    world.pass(60);
    forward(&forwarder, Some(Duration::from_millis(900))).await;
    assert_eq!(world.asked(), 2);
    forward(&forwarder, Some(Duration::from_millis(1500))).await;
    forward(&forwarder, Some(Duration::from_secs(900))).await;
    world.pass(60);
    forward(&forwarder, Some(Duration::from_secs(900))).await;
    let asked = world.asked.borrow();
    assert_eq!(asked.len(), 6);
    for (_, timeout) in &asked[2..4] {
        assert!(*timeout <= Duration::from_millis(500), "{timeout:?}");
    }
    for (_, timeout) in &asked[4..] {
        assert_eq!(*timeout, FETCH_TIMEOUT);
    }
}

#[tokio::test]
async fn a_clock_that_is_put_back_stops_nothing() {
    let world = World::new();
    world.takes(&["a", "fixed"]);
    let forwarder = world.start().await;
    world.keep(DEPLOYS, Ok(url("a")));
    world.now.set(UNIX_EPOCH);
    let lines = forward(&forwarder, None).await;
    assert_eq!(lines[1], "deploys: posted, 1 requests");
}

#[tokio::test]
async fn two_at_a_time_fetch_once() {
    let world = World::new();
    let settings = settings();
    let webhooks = Webhooks::fetch(&settings, || &world).await;
    world.pass(60);
    world.keep(DEPLOYS, Ok(url("a")));
    let receiver = settings.receiver("deploys").unwrap();
    let url = || webhooks.url(receiver, FETCH_TIMEOUT);
    let both = join(url(), url()).await;
    assert_eq!(both, (Ok(webhook("a")), Ok(webhook("a"))));
    assert_eq!(world.asked(), 3);

    world.pass(60);
    world.keep(DEPLOYS, Ok(super::tests::url("b")));
    let old = webhook("a");
    let successor = || webhooks.successor(receiver, &old, FETCH_TIMEOUT);
    let both = join(successor(), successor()).await;
    assert_eq!(both, (Some(Ok(webhook("b"))), Some(Ok(webhook("b")))));
    assert_eq!(world.asked(), 4);
}
