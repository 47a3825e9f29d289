//! Random deadlines and a random Slack, in virtual time: the function ends before AWS ends it, and keeps Slack's rules.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sns_to_slack::delivery::{Outcome, Reason, Sender};
use sns_to_slack::envelope;
use sns_to_slack::handler::Forwarder;
use sns_to_slack::secrets::Webhooks;
use sns_to_slack::settings::Settings;
use sns_to_slack::slack::webhook::{Answer, Fault, Post, WebhookUrl};
use sns_to_slack::template::Templates;
use tokio::time::{Instant, sleep, sleep_until};

use crate::support::events::sns;

/// No post is begun with less left.
const LEAST: Duration = Duration::from_secs(1);
/// An invocation that can do anything at all ends so long before its deadline.
const RESERVE: Duration = Duration::from_millis(500);

/// One reaction of Slack.
#[derive(Debug, Clone)]
struct Reaction {
    delay: Duration,
    answer: Answer,
}

#[derive(Debug, Clone)]
struct Invocation {
    time: Duration,
    records: usize,
    /// Before it.
    pause: Duration,
}

/// A Slack that keeps watch over the rules.
#[derive(Debug)]
struct Slack {
    reactions: Vec<Reaction>,
    next: Cell<usize>,
    deadline: Cell<Instant>,
    webhooks: RefCell<HashMap<WebhookUrl, Seen>>,
    /// Bodies that may have been shown in this invocation, or were.
    perhaps_shown: RefCell<Vec<(WebhookUrl, String)>>,
    oks: Cell<usize>,
    begun: Cell<usize>,
}

/// One webhook.
#[derive(Debug, Default)]
struct Seen {
    busy: bool,
    closed_until: Option<Instant>,
}

impl Post for &Slack {
    async fn post(&self, url: &WebhookUrl, body: String, timeout: Duration) -> Answer {
        let now = Instant::now();
        assert!(self.deadline.get() - now >= LEAST, "begun too late");
        assert!(
            now + timeout <= self.deadline.get() - RESERVE,
            "may take too long"
        );
        let text = serde_json::from_str::<Value>(&body).unwrap()["text"].to_string();
        {
            let mut webhooks = self.webhooks.borrow_mut();
            let seen = webhooks.entry(url.clone()).or_default();
            assert!(!seen.busy, "two requests at a time");
            assert!(
                seen.closed_until.is_none_or(|until| until <= now),
                "before Retry-After is over"
            );
            seen.busy = true;
        }
        let shown = (url.clone(), text);
        assert!(
            !self.perhaps_shown.borrow().contains(&shown),
            "posted twice in one invocation"
        );
        self.begun.set(self.begun.get() + 1);

        let reaction = &self.reactions[self.next.get() % self.reactions.len()];
        self.next.set(self.next.get() + 1);
        let answer = if reaction.delay <= timeout {
            sleep(reaction.delay).await;
            reaction.answer.clone()
        } else {
            sleep(timeout).await;
            Answer::Unanswered(Fault::Timeout)
        };
        let mut webhooks = self.webhooks.borrow_mut();
        let seen = webhooks.entry(url.clone()).or_default();
        seen.busy = false;
        if let Answer::Answered {
            status: 429 | 503,
            retry_after: Some(wait),
            ..
        } = &answer
        {
            seen.closed_until = Some(Instant::now() + *wait);
        }
        match &answer {
            Answer::Answered {
                status: 200,
                body: Some(body),
                ..
            } if body == "ok" => {
                self.oks.set(self.oks.get() + 1);
                self.perhaps_shown.borrow_mut().push(shown);
            }
            Answer::Answered {
                status: 200,
                body: None,
                ..
            }
            | Answer::Unanswered(Fault::Timeout | Fault::Reset) => {
                self.perhaps_shown.borrow_mut().push(shown);
            }
            _ => {}
        }
        answer
    }
}

fn answer() -> impl Strategy<Value = Answer> {
    let answered = |status, body: Option<&str>, retry_after: Option<u64>| Answer::Answered {
        status,
        body: body.map(str::to_owned),
        retry_after: retry_after.map(Duration::from_secs),
    };
    prop_oneof![
        6 => Just(answered(200, Some("ok"), None)),
        2 => (0..20_u64).prop_map(move |seconds| answered(429, Some(""), Some(seconds))),
        1 => Just(answered(429, Some(""), None)),
        1 => (0..5_u64).prop_map(move |seconds| answered(503, Some(""), Some(seconds))),
        2 => Just(answered(500, Some("rollup_error"), None)),
        1 => Just(answered(404, Some("no_service"), None)),
        1 => Just(answered(400, Some("invalid_blocks"), None)),
        1 => Just(answered(200, None, None)),
        1 => Just(answered(200, Some("<html>"), None)),
        1 => Just(Answer::Unanswered(Fault::Connect)),
        1 => Just(Answer::Unanswered(Fault::Reset)),
    ]
}

fn reaction() -> impl Strategy<Value = Reaction> {
    let delay = prop_oneof![3 => 0..500_u64, 1 => 0..20_000_u64].prop_map(Duration::from_millis);
    (delay, answer()).prop_map(|(delay, answer)| Reaction { delay, answer })
}

fn invocation() -> impl Strategy<Value = Invocation> {
    let time = prop_oneof![3 => 50..10_000_u64, 1 => 0..60_000_u64].prop_map(Duration::from_millis);
    let pause = (0..30_000_u64).prop_map(Duration::from_millis);
    (time, 1..5_usize, pause).prop_map(|(time, records, pause)| Invocation {
        time,
        records,
        pause,
    })
}

/// Three receivers, two of which are one channel.
fn settings() -> Settings {
    let webhook = |name: &str| format!("http://127.0.0.1:9/services/T0/B0/{name}");
    let settings = json!({
        "receivers": {
            "a": {"webhook": webhook("one")},
            "b": {"webhook": webhook("two")},
            "c": {"webhook": webhook("one")},
        },
        "route": {"receivers": ["a"], "routes": [
            {"match": {"kind": "text"}, "receivers": ["a", "b"], "continue": true},
            {"match": {"kind": "text"}, "receivers": ["c"], "mention": ["<!here>"]},
        ]},
    })
    .to_string();
    Settings::from_environment(|name| match name {
        "SETTINGS" => Some(settings.clone()),
        "ALLOW_LOOPBACK_WEBHOOK" => Some("1".to_owned()),
        _ => None,
    })
    .unwrap()
}

/// The number of requests.
async fn run(reactions: Vec<Reaction>, invocations: Vec<Invocation>) -> usize {
    let slack = Slack {
        reactions,
        next: Cell::new(0),
        deadline: Cell::new(Instant::now()),
        webhooks: RefCell::default(),
        perhaps_shown: RefCell::default(),
        oks: Cell::new(0),
        begun: Cell::new(0),
    };
    let settings = settings();
    let webhooks: Webhooks = Webhooks::written(settings.loopback);
    let sender = Sender::new(&slack, webhooks).with_ledger();
    let forwarder = Forwarder::new(settings, Templates::built_in().unwrap(), sender);
    for (number, invocation) in invocations.into_iter().enumerate() {
        sleep_until(Instant::now() + invocation.pause).await;
        let bodies: Vec<String> = (0..invocation.records)
            .map(|record| format!("Record {record} of invocation {number}"))
            .collect();
        let mut event = sns(&bodies.iter().map(String::as_str).collect::<Vec<_>>());
        for record in event["Records"].as_array_mut().unwrap() {
            let id = format!("{number} {}", record["Sns"]["MessageId"]);
            record["Sns"]["MessageId"] = id.into();
        }
        let start = Instant::now();
        let deadline = start + invocation.time;
        slack.deadline.set(deadline);
        slack.perhaps_shown.borrow_mut().clear();
        let (oks, begun) = (slack.oks.get(), slack.begun.get());

        let records = envelope::open(&event).unwrap().records;
        let reports = forwarder.forward(records, Some(deadline)).await;

        let end = Instant::now();
        assert!(
            end <= start.max(deadline - RESERVE.min(invocation.time)),
            "overrun"
        );
        assert_eq!(reports.len(), invocation.records * 3);
        let posted = reports
            .iter()
            .filter(|it| it.delivered.outcome == Outcome::Posted);
        assert_eq!(
            posted.count(),
            slack.oks.get() - oks,
            "posted is what Slack said ok to"
        );
        let attempts: u32 = reports.iter().map(|it| it.delivered.attempts).sum();
        assert_eq!(attempts as usize, slack.begun.get() - begun);
        for report in &reports {
            let never = report.delivered.attempts == 0;
            let because = matches!(
                report.delivered.outcome.reason(),
                Some(Reason::Deadline | Reason::RateLimited)
            );
            assert_eq!(never, never && because, "{report:?}");
        }
    }
    slack.begun.get()
}

#[test]
fn deadlines_are_kept_whatever_slack_does() {
    const CASES: u32 = 100;
    const INVOCATIONS: usize = 100;
    let mut runner = TestRunner::new(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let begun = Cell::new(0);
    let posts = (vec(reaction(), 1..60), vec(invocation(), INVOCATIONS));
    let result = runner.run(&posts, |(reactions, invocations)| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        begun.set(begun.get() + runtime.block_on(run(reactions, invocations)));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    println!(
        "{} invocations, {} requests: none ended late, none was begun with less than a second left",
        CASES as usize * INVOCATIONS,
        begun.get()
    );
}
