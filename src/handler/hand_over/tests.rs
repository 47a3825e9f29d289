use std::cell::{Cell, RefCell};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::*;
use crate::delivery::Sender;
use crate::handler::HandlerError;
use crate::secrets::Webhooks;
use crate::settings::Settings;
use crate::slack::webhook::{Answer, Fault, Post, WebhookUrl};
use crate::template::Templates;

/// Answers each webhook with what is set for it, after a while.
#[derive(Default)]
struct Slack {
    answers: RefCell<BTreeMap<&'static str, Answer>>,
    delay: Cell<Duration>,
    posts: RefCell<Vec<&'static str>>,
}

impl Post for &Slack {
    async fn post(&self, url: &WebhookUrl, _: String, timeout: Duration) -> Answer {
        let name = ["/A", "/B", "/C"]
            .into_iter()
            .find(|name| url.is_in(name))
            .unwrap();
        self.posts.borrow_mut().push(name);
        if self.delay.get() > timeout {
            sleep(timeout).await;
            return Answer::Unanswered(Fault::Timeout);
        }
        sleep(self.delay.get()).await;
        let answers = self.answers.borrow();
        answers
            .get(name)
            .cloned()
            .unwrap_or_else(|| said(200, "ok"))
    }
}

fn said(status: u16, body: &str) -> Answer {
    Answer::Answered {
        status,
        body: Some(body.to_owned()),
        retry_after: None,
    }
}

fn limited(seconds: u64) -> Answer {
    Answer::Answered {
        status: 429,
        body: Some(String::new()),
        retry_after: Some(Duration::from_secs(seconds)),
    }
}

/// Takes what it is sent, or nothing.
#[derive(Default)]
struct Kept {
    messages: RefCell<Vec<Entry>>,
    refuses: Cell<bool>,
    now: Cell<u64>,
    time: Cell<Duration>,
}

impl Queue for &Kept {
    async fn send(&self, messages: Vec<Entry>, time: Duration) -> Vec<Result<(), QueueError>> {
        self.time.set(time);
        if self.refuses.get() {
            let error = QueueError("SQS refuses (AccessDenied)".to_owned());
            return vec![Err(error); messages.len()];
        }
        let results = vec![Ok(()); messages.len()];
        self.messages.borrow_mut().extend(messages);
        results
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.now.get())
    }
}

impl Kept {
    /// What it has kept since the last time.
    fn take(&self) -> Vec<(Value, Duration)> {
        let messages = self.messages.take().into_iter();
        messages
            .map(|it| (serde_json::from_str(&it.body).unwrap(), it.delay))
            .collect()
    }
}

const NOW: u64 = 1_779_012_000;
const TIME: Duration = Duration::from_secs(30);

fn forwarder<'a>(
    slack: &'a Slack,
    queue: &'a Kept,
    partial: bool,
) -> Forwarder<&'a Slack, crate::secrets::Secrets, &'a Kept> {
    queue.now.set(NOW);
    let webhook = |name: &str| format!("https://hooks.slack.com/{}/T0/B0/{name}", "services");
    let settings = json!({
        "receivers": {"a": {"webhook": webhook("A")}, "b": {"webhook": webhook("B")}, "c": {"webhook": webhook("C")}},
        "route": {"receivers": ["a"], "routes": [
            {"match": {"record.subject": "all"}, "receivers": ["a", "b", "c"]},
            {"match": {"record.subject": "nobody"}, "ignore": true},
        ]},
    });
    let mut settings = Settings::from_json(&settings.to_string(), "SETTINGS").unwrap();
    settings.partial_batch = partial;
    let webhooks: Webhooks = Webhooks::written(settings.loopback);
    let sender = Sender::new(slack, webhooks).with_ledger();
    Forwarder::new(settings, Templates::built_in().unwrap(), sender).with_retry_queue(Some(queue))
}

fn document(id: &str, subject: &str) -> Value {
    json!({"Type": "Notification", "MessageId": id, "Subject": subject, "Message": "Disk full",
        "Timestamp": "2026-05-17T09:59:58.000Z", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:ops"})
}

fn sns(id: &str, subject: &str) -> Value {
    json!({"Records": [{"EventSource": "aws:sns", "Sns": document(id, subject)}]})
}

/// As the queue hands messages back, sent at this moment.
fn batch(bodies: &[Value], sent: u64) -> Value {
    let records: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| {
            json!({"eventSource": "aws:sqs", "messageId": format!("q-{index}"), "body": body.to_string(),
                "attributes": {"SentTimestamp": (sent * 1_000).to_string()}})
        })
        .collect();
    json!({"Records": records})
}

async fn handle<Q: Queue, F: crate::secrets::Fetch, P: Post>(
    forwarder: &Forwarder<P, F, Q>,
    event: &Value,
) -> Result<Value, HandlerError> {
    let answer = forwarder
        .handle(event.into(), Instant::now() + TIME)
        .await?;
    Ok(serde_json::to_value(answer).unwrap())
}

#[tokio::test(start_paused = true)]
async fn only_who_has_not_got_a_record_gets_it_again() {
    let (slack, queue) = (Slack::default(), Kept::default());
    let forwarder = forwarder(&slack, &queue, true);
    let answers = [("/B", said(503, "")), ("/C", said(404, "no_service"))];
    slack.answers.borrow_mut().extend(answers);
    let answer = handle(&forwarder, &sns("m-1", "all")).await;
    let expected = json!({"posted": 1, "handed_over": 2, "ignored": 0});
    assert_eq!(answer, Ok(expected));
    let kept = queue.take();
    assert_eq!(kept.len(), 1, "who waits for the same, waits together");
    let (residual, delay) = &kept[0];
    let left = &residual["SnsToSlack"];
    assert_eq!(
        left["receivers"],
        json!({"b": "server_error", "c": "webhook_gone"})
    );
    assert_eq!(
        (&left["attempt"], &left["first_seen"]),
        (&json!(1), &json!("2026-05-17T10:00:00.000Z"))
    );
    assert!((7..=15).contains(&delay.as_secs()), "{delay:?}");

    // B is back, C is not.
    slack.answers.borrow_mut().remove("/B");
    slack.posts.take();
    queue.now.set(NOW + 15);
    let answer = handle(&forwarder, &batch(std::slice::from_ref(residual), NOW)).await;
    assert_eq!(answer, Ok(json!({"batchItemFailures": []})));
    assert_eq!(slack.posts.take(), ["/B", "/C"]);
    let kept = queue.take();
    let left = &kept[0].0["SnsToSlack"];
    assert_eq!(left["receivers"], json!({"c": "webhook_gone"}));
    assert_eq!(
        (&left["attempt"], &left["first_seen"]),
        (&json!(2), &json!("2026-05-17T10:00:00.000Z"))
    );
    assert_eq!(kept[0].0["Message"], "Disk full");
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_rate_limit_of_somebody_else() {
    let (slack, queue) = (Slack::default(), Kept::default());
    let forwarder = forwarder(&slack, &queue, true);
    let answers = [
        ("/A", limited(120)),
        ("/B", limited(1_800)),
        ("/C", said(503, "")),
    ];
    slack.answers.borrow_mut().extend(answers);
    handle(&forwarder, &sns("m-1", "all")).await.unwrap();
    let kept: BTreeMap<String, (Value, u64)> = queue
        .take()
        .into_iter()
        .map(|(it, delay)| {
            let left = &it["SnsToSlack"];
            let names = left["receivers"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            (names, (left["not_before"].clone(), delay.as_secs()))
        })
        .collect();
    assert_eq!(kept.len(), 3, "{kept:?}");
    assert!(
        (120..=132).contains(&kept["a"].1) && kept["a"].0.is_null(),
        "{kept:?}"
    );
    assert!((7..=15).contains(&kept["c"].1), "{kept:?}");
    // Longer than the queue can keep it back: it comes back early, and is not posted early.
    assert_eq!(kept["b"], (json!("2026-05-17T10:30:00.000Z"), 900));
}

#[tokio::test(start_paused = true)]
async fn what_comes_back_too_early_waits_on() {
    let (slack, queue) = (Slack::default(), Kept::default());
    let forwarder = forwarder(&slack, &queue, true);
    let mut residual = document("m-1", "all");
    residual["SnsToSlack"] = json!({"receivers": {"b": "rate_limited"}, "attempt": 1,
        "first_seen": "2026-05-17T10:00:00.000Z", "handed_over": "2026-05-17T10:00:00.000Z",
        "not_before": "2026-05-17T10:30:00.000Z"});
    queue.now.set(NOW + 900);
    let answer = handle(&forwarder, &batch(&[residual.clone()], NOW)).await;
    assert_eq!(answer, Ok(json!({"batchItemFailures": []})));
    assert_eq!(slack.posts.take(), [""; 0]);
    let (again, delay) = queue.take().remove(0);
    assert_eq!(delay, Duration::from_secs(900));
    assert_eq!(
        again["SnsToSlack"]["first_seen"],
        "2026-05-17T10:00:00.000Z"
    );
    queue.now.set(NOW + 1_800);
    handle(&forwarder, &batch(&[again], NOW + 900))
        .await
        .unwrap();
    assert_eq!(slack.posts.take(), ["/B"]);
}

#[tokio::test(start_paused = true)]
async fn after_the_horizon_the_queue_decides() {
    let (slack, queue) = (Slack::default(), Kept::default());
    let forwarder = forwarder(&slack, &queue, true);
    slack.answers.borrow_mut().insert("/B", said(503, ""));
    let mut residual = document("m-1", "all");
    residual["SnsToSlack"] = json!({"receivers": {"b": "server_error"}, "attempt": 90,
        "first_seen": "2026-05-17T10:00:00.000Z", "handed_over": "2026-05-18T09:59:00.000Z"});
    let sent = NOW + 24 * 3_600 - 60;
    queue.now.set(NOW + 24 * 3_600 - 1);
    let answer = handle(&forwarder, &batch(&[residual.clone()], sent)).await;
    assert_eq!(answer, Ok(json!({"batchItemFailures": []})));
    assert_eq!(queue.take().len(), 1);

    queue.now.set(NOW + 24 * 3_600);
    let bodies = [document("m-2", "one"), residual.clone()];
    let answer = handle(&forwarder, &batch(&bodies, sent)).await;
    let failed = json!({"batchItemFailures": [{"itemIdentifier": "q-1"}]});
    assert_eq!(answer, Ok(failed));
    assert_eq!(queue.take().len(), 0);

    // Redriven from the dead-letter queue an hour later, it has all the time again.
    queue.now.set(NOW + 25 * 3_600);
    let answer = handle(&forwarder, &batch(&[residual], NOW + 25 * 3_600)).await;
    assert_eq!(answer, Ok(json!({"batchItemFailures": []})));
    let left = &queue.take()[0].0["SnsToSlack"];
    assert_eq!(
        (&left["attempt"], &left["first_seen"]),
        (&json!(1), &json!("2026-05-18T11:00:00.000Z"))
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_queue_refuses_has_failed() {
    let (slack, queue) = (Slack::default(), Kept::default());
    let direct = forwarder(&slack, &queue, true);
    queue.refuses.set(true);
    slack.answers.borrow_mut().insert("/A", said(503, ""));
    let error = handle(&direct, &sns("m-1", "one")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "1 of 1 not posted: record 1 (message id m-1) to \"a\": not_posted (queue_refused): server_error, and not in the retry queue: \
         SQS refuses (AccessDenied)"
    );
    let bodies = [
        document("m-2", "one"),
        document("m-3", "nobody"),
        document("m-4", "one"),
    ];
    let answer = handle(&direct, &batch(&bodies, NOW)).await;
    let failed =
        json!({"batchItemFailures": [{"itemIdentifier": "q-0"}, {"itemIdentifier": "q-2"}]});
    assert_eq!(answer, Ok(failed));
    // A mapping that reports no item failures would take any answer for success.
    let whole = forwarder(&slack, &queue, false);
    queue.refuses.set(true);
    handle(&whole, &batch(&bodies, NOW)).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_shown_is_handed_over_too() {
    let (slack, queue) = (Slack::default(), Kept::default());
    let forwarder = forwarder(&slack, &queue, true);
    slack.delay.set(Duration::from_secs(3_600));
    let start = Instant::now();
    let answer = handle(&forwarder, &sns("m-1", "one")).await;
    assert_eq!(
        answer,
        Ok(json!({"posted": 0, "handed_over": 1, "ignored": 0}))
    );
    assert_eq!(
        queue.take()[0].0["SnsToSlack"]["receivers"],
        json!({"a": "timeout"})
    );
    // Posting has left the queue its time.
    assert!(start.elapsed() + RESERVE <= TIME, "{:?}", start.elapsed());
    assert!(queue.time.get() + LAST >= RESERVE, "{:?}", queue.time.get());
}

#[tokio::test(start_paused = true)]
async fn settings_may_change_while_a_record_waits() {
    let (slack, queue) = (Slack::default(), Kept::default());
    let forwarder = forwarder(&slack, &queue, true);
    let waiting = |subject: &str, receivers: &[&str]| {
        let mut residual = document(&format!("{subject} {receivers:?}"), subject);
        let receivers: BTreeMap<&str, &str> = receivers.iter().map(|it| (*it, "connect")).collect();
        residual["SnsToSlack"] = json!({"receivers": receivers, "attempt": 1,
            "first_seen": "2026-05-17T10:00:00.000Z", "handed_over": "2026-05-17T10:00:00.000Z"});
        residual
    };
    for (residual, expected) in [
        (waiting("all", &["b"]), vec!["/B"]),
        (waiting("all", &["c", "a"]), vec!["/A", "/C"]),
        // Nobody had been chosen yet.
        (waiting("all", &[]), vec!["/A", "/B", "/C"]),
        // A receiver that is gone, or that the routes do not choose any more: who gets the record now.
        (waiting("all", &["gone"]), vec!["/A", "/B", "/C"]),
        (waiting("one", &["b"]), vec!["/A"]),
        (waiting("nobody", &["a"]), vec![]),
    ] {
        handle(&forwarder, &batch(std::slice::from_ref(&residual), NOW))
            .await
            .unwrap();
        assert_eq!(slack.posts.take(), expected, "{residual}");
    }
}
