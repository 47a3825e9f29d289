//! What cannot be posted goes to the retry queue; when that does not take it, AWS hears of it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::events::{message_id, notification, sns, sqs};
use crate::support::fake_slack::{CANARY, FakeSlack, Reply};
use crate::support::fake_sqs::FakeSqs;
use crate::support::forwarder::{Forwarder, Setup};

/// A function with a retry queue, and a receiver for each Slack.
fn function(queue: &FakeSqs, receivers: &[(&str, &FakeSlack)]) -> Forwarder {
    let names: Vec<&str> = receivers.iter().map(|(name, _)| *name).collect();
    let webhooks: Value = receivers
        .iter()
        .map(|(name, slack)| ((*name).to_owned(), json!({"webhook": slack.webhook()})))
        .collect();
    let settings = json!({"receivers": webhooks, "route": {"receivers": names}});
    Setup::with_settings(&settings)
        .calling(&queue.url())
        .with("RETRY_QUEUE_URL", &queue.queue_url("retry"))
        .with("SQS_PARTIAL_BATCH", "1")
        .start()
}

/// The entries of every request to send.
fn sent(queue: &FakeSqs) -> Vec<Value> {
    let asked = queue.asked("SendMessageBatch").into_iter();
    asked
        .flat_map(|request| request["Entries"].as_array().unwrap().clone())
        .collect()
}

/// SQS takes these entries of a request.
fn takes(ids: &[&str]) -> Value {
    let taken: Vec<Value> = ids
        .iter()
        .map(|id| json!({"Id": id, "MessageId": "EXAMPLE", "MD5OfMessageBody": "EXAMPLE"}))
        .collect();
    json!({"Successful": taken})
}

fn residual(entry: &Value) -> Value {
    let body = entry["MessageBody"].as_str().unwrap();
    assert!(!body.contains(CANARY), "{body}");
    serde_json::from_str(body).unwrap()
}

#[test]
fn what_slack_does_not_take_waits_in_the_retry_queue() {
    let (queue, up, down) = (FakeSqs::start(), FakeSlack::start(), FakeSlack::start());
    queue.answers("SendMessageBatch", takes(&["0"]));
    down.next(Reply::answer(404, "no_service"));
    let mut forwarder = function(&queue, &[("up", &up), ("down", &down)]);
    let answer = forwarder.invoke(&sns(&["A record"])).response();
    assert_eq!(answer, json!({"posted": 1, "handed_over": 1, "ignored": 0}));
    let sent = sent(&queue);
    assert_eq!(sent.len(), 1);
    let delay = sent[0]["DelaySeconds"].as_u64().unwrap();
    assert!((8..=15).contains(&delay), "{delay}");
    let residual = residual(&sent[0]);
    assert_eq!(
        residual["SnsToSlack"]["receivers"],
        json!({"down": "webhook_gone"})
    );
    assert_eq!(residual["MessageId"], message_id(1));

    // As the queue brings it back.
    let answer = forwarder.invoke(&sqs(&[&residual.to_string()])).response();
    assert_eq!(answer, json!({"batchItemFailures": []}));
    assert_eq!((up.channel().len(), down.channel().len()), (1, 1));
    let outcomes = forwarder.finish().outcomes;
    let handed: Vec<&Value> = outcomes
        .iter()
        .filter(|it| it["outcome"] == "handed_over")
        .collect();
    assert_eq!(handed.len(), 1);
    assert_eq!(
        (&handed[0]["HandedOver"], &handed[0]["reason"]),
        (&json!(1), &json!("webhook_gone"))
    );
}

#[test]
fn what_may_have_been_shown_is_handed_over_and_may_be_shown_twice() {
    let (queue, slack) = (FakeSqs::start(), FakeSlack::start());
    queue.answers("SendMessageBatch", takes(&["0"]));
    slack.next(Reply::reset_after_reading());
    let mut forwarder = function(&queue, &[("ops", &slack)]);
    let answer = forwarder.invoke(&sns(&["A record"])).response();
    assert_eq!(answer["handed_over"], 1);
    assert_eq!(slack.requests().len(), 1, "not sent again at once");
    let again = residual(&sent(&queue)[0]);
    forwarder.invoke(&sqs(&[&again.to_string()])).response();
    assert_eq!(slack.requests().len(), 2);
}

#[test]
fn a_queue_that_refuses_fails_the_invocation() {
    for (status, code, remedy) in [
        (
            400,
            "QueueDoesNotExist",
            "correct RETRY_QUEUE_URL or create it",
        ),
        (403, "AccessDeniedException", "sqs:SendMessage on retry"),
        (400, "KmsAccessDenied", "kms:GenerateDataKey"),
        (500, "InternalError", "InternalError"),
    ] {
        let (queue, slack) = (FakeSqs::start(), FakeSlack::start());
        queue.refuses("SendMessageBatch", status, code);
        slack.next(Reply::answer(404, "no_service"));
        let mut forwarder = function(&queue, &[("ops", &slack)]);
        let error = forwarder.invoke(&sns(&["A record"])).error("NotPosted");
        assert!(
            error.contains("not_posted (queue_refused): webhook_gone"),
            "{error}"
        );
        assert!(error.contains(code) && error.contains(remedy), "{error}");
        let line = &forwarder.finish().outcomes[0];
        assert_eq!(
            (&line["reason"], &line["NotPosted"]),
            (&json!("queue_refused"), &json!(1))
        );
    }
}

#[test]
fn a_queue_that_takes_a_part_is_offered_the_rest_again() {
    let (queue, slack) = (FakeSqs::start(), FakeSlack::start());
    slack.whenever("record", Reply::answer(404, "no_service"));
    let mut first = takes(&["0", "2"]);
    first["Failed"] = json!([{"Id": "1", "Code": "InternalError", "SenderFault": false}]);
    queue.answers("SendMessageBatch", first);
    queue.answers("SendMessageBatch", takes(&["0"]));
    let mut forwarder = function(&queue, &[("ops", &slack)]);
    let event = sns(&["The first record", "The second record", "The third record"]);
    let answer = forwarder.invoke(&event).response();
    assert_eq!(answer["handed_over"], 3);
    let texts: Vec<Value> = sent(&queue)
        .iter()
        .map(|it| residual(it)["Message"].clone())
        .collect();
    let second = "The second record";
    assert_eq!(
        texts,
        ["The first record", second, "The third record", second]
    );
}

#[test]
fn what_the_queue_never_takes_is_reported_with_its_name() {
    let (queue, slack) = (FakeSqs::start(), FakeSlack::start());
    slack.whenever("record", Reply::answer(404, "no_service"));
    queue.answers("SendMessageBatch", takes(&["0"]));
    let never = json!({"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": false}]});
    queue.answers("SendMessageBatch", never);
    let mut forwarder = function(&queue, &[("ops", &slack)]);
    let bodies = [
        notification(1, "The first record"),
        notification(2, "The second record"),
    ];
    let bodies: Vec<String> = bodies.iter().map(Value::to_string).collect();
    let event = sqs(&bodies.iter().map(String::as_str).collect::<Vec<_>>());
    let answer = forwarder.invoke(&event).response();
    let failed = &event["Records"][1]["messageId"];
    assert_eq!(
        answer,
        json!({"batchItemFailures": [{"itemIdentifier": failed}]})
    );
}

#[test]
fn who_got_it_after_the_horizon_does_not_get_it_again_either() {
    let (queue, up, down) = (FakeSqs::start(), FakeSlack::start(), FakeSlack::start());
    queue.answers("SendMessageBatch", takes(&["0"]));
    down.whenever("record", Reply::answer(404, "no_service"));
    let mut envelope = notification(1, "A record");
    envelope["SnsToSlack"] = json!({
        "receivers": {"up": "server_error", "down": "webhook_gone"},
        "attempt": 90,
        "first_seen": "2020-01-01T00:00:00Z",
        "handed_over": "2026-05-17T10:00:31Z",
    });
    let mut forwarder = function(&queue, &[("up", &up), ("down", &down)]);
    let event = sqs(&[&envelope.to_string()]);
    let answer = forwarder.invoke(&event).response();
    // To fail it would bring it back as it is, also to another process, and keep both of them among the dead letters.
    assert_eq!(answer, json!({"batchItemFailures": []}));
    let mut residual = residual(&sent(&queue)[0]);
    assert_eq!(
        residual["SnsToSlack"]["receivers"],
        json!({"down": "webhook_gone"})
    );
    assert_eq!(
        residual["SnsToSlack"]["first_seen"],
        "2020-01-01T00:00:00.000Z"
    );

    // Nobody got it this time, so it is left to the dead-letter queue.
    residual["SnsToSlack"]["handed_over"] = "2026-05-17T10:00:31Z".into();
    let answer = forwarder.invoke(&sqs(&[&residual.to_string()])).response();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1);
    assert_eq!((up.channel().len(), sent(&queue).len()), (1, 1));
}

#[test]
fn a_queue_that_hangs_up_or_is_not_there_fails_the_invocation() {
    let (queue, slack) = (FakeSqs::start(), FakeSlack::start());
    slack.whenever("record", Reply::answer(404, "no_service"));
    queue.hangs_up("SendMessageBatch");
    let mut forwarder = function(&queue, &[("ops", &slack)]);
    let error = forwarder.invoke(&sns(&["A record"])).error("NotPosted");
    assert!(
        error.contains("queue_refused") && error.contains("no connection to SQS"),
        "{error}"
    );
    assert_eq!(queue.asked("SendMessageBatch").len(), 3);
}

#[test]
fn little_time_is_shared_between_slack_and_the_queue() {
    let (queue, slack) = (FakeSqs::start(), FakeSlack::start());
    queue.answers("SendMessageBatch", takes(&["0"]));
    slack.next(Reply::silence());
    let mut forwarder = function(&queue, &[("ops", &slack)]);
    // Answered, so that AWS has not ended it.
    let time = Duration::from_secs(4);
    let answer = forwarder
        .invoke_within(time, &sns(&["A record"]))
        .response();
    assert_eq!(answer["handed_over"], 1);
    assert_eq!(sent(&queue).len(), 1);
}

#[test]
fn a_great_deal_goes_to_the_queue_in_as_many_requests_as_it_takes() {
    let (queue, slack) = (FakeSqs::start(), FakeSlack::start());
    slack.whenever("record", Reply::answer(404, "no_service"));
    let ids: Vec<String> = (0..10).map(|id| id.to_string()).collect();
    queue.answers(
        "SendMessageBatch",
        takes(&ids.iter().map(String::as_str).collect::<Vec<_>>()),
    );
    let mut forwarder = function(&queue, &[("ops", &slack)]);
    let bodies: Vec<String> = (0..200)
        .map(|n| format!("This record has number {n}."))
        .collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let answer = forwarder.invoke(&sns(&bodies)).response();
    assert_eq!(answer["handed_over"], 200);
    let requests = queue.asked("SendMessageBatch");
    assert_eq!(requests.len(), 20);
    let mut texts: Vec<String> = sent(&queue)
        .iter()
        .map(|entry| residual(entry)["Message"].as_str().unwrap().to_owned())
        .collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!(texts.len(), 200);

    // Each as large as SNS allows: one request for each.
    let large = format!("A record of {}", "x".repeat(255 * 1024));
    let before = queue.asked("SendMessageBatch").len();
    forwarder.invoke(&sns(&[&large, &large, &large])).response();
    assert_eq!(queue.asked("SendMessageBatch").len() - before, 3);
}
