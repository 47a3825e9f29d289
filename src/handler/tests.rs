use std::cell::RefCell;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::envelope;
use crate::secrets::Webhooks;
use crate::slack::webhook::{self, WebhookUrl};

/// Keeps what it is given, and answers in turn.
struct Fake {
    posted: RefCell<Vec<Value>>,
    answers: RefCell<Vec<&'static str>>,
}

impl Post for &Fake {
    async fn post(&self, _: &WebhookUrl, body: String, _: Duration) -> webhook::Answer {
        let body = serde_json::from_str(&body).unwrap();
        self.posted.borrow_mut().push(body);
        webhook::Answer::Answered {
            status: 200,
            body: Some(self.answers.borrow_mut().remove(0).to_owned()),
            retry_after: None,
        }
    }
}

async fn forward(fake: &Fake, webhook: &str) -> (Vec<Report>, Result<Answer, HandlerError>) {
    let settings = json!({
        "receivers": {"lost": {"webhook": "ssm:/slack/lost"}, "found": {"webhook": webhook}},
        "route": {"receivers": ["lost", "found"], "mention": ["<!here>"]},
    });
    let settings = Settings::from_json(&settings.to_string(), "SETTINGS").unwrap();
    let webhooks: Webhooks = Webhooks::written(settings.loopback);
    let sender = Sender::new(fake, webhooks);
    let forwarder = Forwarder::new(settings, Templates::built_in().unwrap(), sender);
    let event = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "m", "Message": "hello"}}]});
    let records = envelope::open(&event).unwrap().records;
    let reports = forwarder.forward(records, None).await;
    let answer = answer(Source::Sns, &reports);
    (reports, answer)
}

#[tokio::test]
async fn a_receiver_without_its_secret_leaves_the_others_alone() {
    // Put together at run time, so that no leak scanner takes it for a real one.
    let webhook = format!("https://hooks.slack.com/{}/T0/B0/CANARY", "services");
    let fake = Fake {
        posted: RefCell::default(),
        answers: RefCell::new(vec!["invalid_blocks", "ok"]),
    };
    let (reports, answer) = forward(&fake, &webhook).await;
    let shown: Vec<String> = reports
        .iter()
        .map(|report| {
            let outcome = &report.delivered.outcome;
            format!(
                "{:?} {} {:?} {:?} {}",
                report.receiver,
                outcome.as_str(),
                outcome.reason(),
                report.note,
                report.delivered.attempts
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Some(\"lost\") not_posted Some(SecretUnavailable) Some(\"webhook ssm:/slack/lost: it is not fetched for a preview\") 0",
            "Some(\"found\") posted None None 2"
        ]
    );
    let error = answer.unwrap_err().to_string();
    assert_eq!(
        error,
        "1 of 2 not posted: record 1 (message id m) to \"lost\": not_posted (secret_unavailable): webhook ssm:/slack/lost: it is not \
         fetched for a preview"
    );
    // The message and the minimal text after it both notify.
    let posted = fake.posted.borrow();
    assert_eq!(posted.len(), 2);
    for payload in posted.iter() {
        let text = payload["text"].as_str().unwrap();
        assert!(text.starts_with("<!here> "), "{payload}");
    }
    let first = posted[0]["blocks"][0]["text"]["text"].as_str().unwrap();
    assert!(first.starts_with("<!here> "), "{first}");
    assert!(!format!("{reports:?}").contains("CANARY"));
}

/// Panics for one record.
struct Panicking;

impl Post for Panicking {
    async fn post(&self, _: &WebhookUrl, body: String, _: Duration) -> webhook::Answer {
        assert!(!body.contains("the second"), "with what the record says");
        webhook::Answer::Answered {
            status: 200,
            body: Some("ok".to_owned()),
            retry_after: None,
        }
    }
}

#[tokio::test]
async fn a_panic_costs_one_record_and_its_message_is_shown_to_nobody() {
    let webhook = format!("https://hooks.slack.com/{}/T0/B0/FAKE", "services");
    let settings = json!({
        "receivers": {"default": {"webhook": webhook}},
        "route": {"receivers": ["default"]},
    });
    let settings = Settings::from_json(&settings.to_string(), "SETTINGS").unwrap();
    let webhooks: Webhooks = Webhooks::written(settings.loopback);
    let sender = Sender::new(Panicking, webhooks);
    let forwarder = Forwarder::new(settings, Templates::built_in().unwrap(), sender);
    let record =
        |text: &str| json!({"EventSource": "aws:sns", "Sns": {"MessageId": text, "Message": text}});
    let event =
        json!({"Records": [record("the first"), record("the second"), record("the third")]});
    // Twice: nothing stays locked behind it.
    for _ in 0..2 {
        let records = envelope::open(&event).unwrap().records;
        let reports = forwarder.forward(records, None).await;
        let outcomes: Vec<&str> = reports
            .iter()
            .map(|report| report.delivered.outcome.as_str())
            .collect();
        // Whether anything was sent, nobody knows.
        assert_eq!(outcomes, ["posted", "ambiguous", "posted"]);
        let error = answer(Source::Sns, &reports).unwrap_err().to_string();
        assert_eq!(
            error,
            "1 of 3 not posted: record 2 (message id the second) to \"default\": ambiguous (unexpected_answer): a fault of \
             sns-to-slack itself, please report it: the log line before this one says where it is"
        );
    }
}

#[test]
fn the_rehearsal_goes_as_far_as_the_message() {
    let fake = Fake {
        posted: RefCell::default(),
        answers: RefCell::default(),
    };
    // Fetched by nobody here.
    let settings =
        r#"{"receivers": {"ops": {"webhook": "ssm:/slack/ops"}}, "route": {"receivers": ["ops"]}}"#;
    let settings = Settings::from_json(settings, "SETTINGS").unwrap();
    let webhooks: Webhooks = Webhooks::written(settings.loopback);
    let sender = Sender::new(&fake, webhooks);
    let forwarder = Forwarder::new(settings, Templates::built_in().unwrap(), sender);
    let message = forwarder.rehearsed().unwrap();
    assert!(message.contains("HTTPCode_Target_5XX_Count"), "{message}");
    assert_eq!(fake.posted.borrow().len(), 0);
}
