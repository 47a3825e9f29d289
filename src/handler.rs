//! The flow: open, classify, context, route, render, deliver, answer.

use std::fmt::{self, Write as _};

use lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::context::Context;
use crate::delivery::{self, Delivered, Outcome, Reason};
use crate::envelope::{self, EnvelopeError, Record, Source};
use crate::log;
use crate::notification::{self, Kind};
use crate::route::{self, Decision, Target};
use crate::secrets::{Fetch, Secrets, Webhooks};
use crate::settings::Settings;
use crate::slack::webhook::Post;
use crate::template::{self, Rendered, TemplateError, Templates};

/// The whole program but its two ends: built once, then handed every payload.
#[derive(Debug)]
pub struct Forwarder<P, F = Secrets> {
    settings: Settings,
    templates: Templates,
    post: P,
    webhooks: Webhooks<F>,
}

/// What became of one record at one receiver, with what an operator needs to know about it.
#[derive(Debug)]
pub struct Report {
    /// Counted from 1, in the order of the payload.
    pub record: usize,
    /// See [`Record::message_id`].
    pub message_id: Option<String>,
    /// `None` when the record could not be opened.
    pub kind: Option<Kind>,
    /// The receiver's name; `None` when nobody gets the record.
    pub receiver: Option<String>,
    /// Where the message came from; see [`template::Rendered`].
    pub template: Option<String>,
    /// Outcome, attempts, duration.
    pub delivered: Delivered,
    /// Templates that failed before one gave a message.
    pub failed: Vec<TemplateError>,
    /// What was shortened or left out of the message.
    pub warnings: Vec<String>,
    /// Why, in a sentence, where the reason alone does not say it.
    pub note: Option<String>,
}

impl<P: Post, F: Fetch> Forwarder<P, F> {
    /// Takes what was built at start.
    pub fn new(settings: Settings, templates: Templates, post: P, webhooks: Webhooks<F>) -> Self {
        Self {
            settings,
            templates,
            post,
            webhooks,
        }
    }

    /// Handles the payload of one invocation.
    ///
    /// # Errors
    /// When the payload is no delivery, or any record of it was not posted: AWS then tries again, and in the end keeps it
    /// in the dead-letter queue.
    pub async fn handle(&self, payload: Value, deadline: Instant) -> Result<Value, HandlerError> {
        let envelope = envelope::open(&payload).map_err(HandlerError::UnknownPayload)?;
        let reports = self.forward(envelope.records, Some(deadline)).await;
        for report in &reports {
            log::outcome(report);
        }
        answer(envelope.source, &reports)
    }

    /// Forwards opened records, one after the other. Every record gives at least one report.
    pub async fn forward(
        &self,
        records: Vec<Result<Record, EnvelopeError>>,
        deadline: Option<Instant>,
    ) -> Vec<Report> {
        let mut reports = Vec::new();
        for (index, record) in records.into_iter().enumerate() {
            match record {
                Ok(record) => {
                    self.record(index + 1, &record, deadline, &mut reports)
                        .await;
                }
                Err(error) => reports.push(Report::unopened(index + 1, &error)),
            }
        }
        reports
    }

    async fn record(
        &self,
        index: usize,
        record: &Record,
        deadline: Option<Instant>,
        reports: &mut Vec<Report>,
    ) {
        let notification = notification::classify(record);
        let context = Context::new(record, &notification, &self.settings.account_names);
        let report = || Report {
            message_id: record.message_id.clone(),
            kind: Some(notification.kind()),
            ..Report::new(index, Outcome::Ignored)
        };
        match route::route(&self.settings, &context) {
            Decision::Ignore { note } => reports.push(Report {
                note: Some(note.to_owned()),
                ..report()
            }),
            Decision::Post(targets) => {
                for target in targets {
                    let report = self.deliver(&context, &target, deadline, report()).await;
                    reports.push(report);
                }
            }
        }
    }

    async fn deliver(
        &self,
        context: &Context,
        target: &Target<'_>,
        deadline: Option<Instant>,
        report: Report,
    ) -> Report {
        let rendered = render(&self.templates, context, target);
        let mut delivered = delivery::deliver(
            &self.post,
            &self.webhooks,
            target.receiver,
            &rendered.message,
            || template::minimal(context).with_mentions(target.mentions),
            deadline,
        )
        .await;
        Report {
            note: delivered.note.take(),
            receiver: Some(target.receiver.name.clone()),
            template: Some(rendered.template),
            delivered,
            failed: rendered.failed,
            warnings: rendered.warnings,
            ..report
        }
    }
}

/// The message of a record for one receiver: what the template gives, and the mentions of the route.
pub fn render(templates: &Templates, context: &Context, target: &Target<'_>) -> Rendered {
    let rendered = templates.render(context, target.template);
    Rendered {
        message: rendered.message.with_mentions(target.mentions),
        ..rendered
    }
}

/// What the function answers: a summary, or an error when anything was not posted.
fn answer(source: Source, reports: &[Report]) -> Result<Value, HandlerError> {
    let failed: Vec<String> = reports
        .iter()
        .filter(|report| !report.delivered.outcome.is_success())
        .map(Report::failure)
        .collect();
    if !failed.is_empty() {
        return Err(HandlerError::NotPosted {
            failed,
            outcomes: reports.len(),
        });
    }
    let count = |outcome: &Outcome| {
        reports
            .iter()
            .filter(|report| report.delivered.outcome == *outcome)
            .count()
    };
    Ok(match source {
        Source::Sns => json!({
            "posted": count(&Outcome::Posted),
            "ignored": count(&Outcome::Ignored),
        }),
        // Understood whether or not the event source mapping reports item failures.
        Source::Sqs => json!({"batchItemFailures": []}),
    })
}

impl Report {
    fn new(record: usize, outcome: Outcome) -> Self {
        Self {
            record,
            message_id: None,
            kind: None,
            receiver: None,
            template: None,
            delivered: Delivered::without_request(outcome),
            failed: Vec::new(),
            warnings: Vec::new(),
            note: None,
        }
    }

    fn unopened(record: usize, error: &EnvelopeError) -> Self {
        let outcome = Outcome::NotPosted {
            reason: Reason::Render,
            retry_after: None,
        };
        Self {
            note: Some(error.to_string()),
            ..Self::new(record, outcome)
        }
    }

    /// The failure in a few words, without anything secret.
    fn failure(&self) -> String {
        let mut text = format!("record {}", self.record);
        if let Some(id) = &self.message_id {
            let _ = write!(text, " (message id {id})");
        }
        if let Some(receiver) = &self.receiver {
            let _ = write!(text, " to \"{receiver}\"");
        }
        let outcome = &self.delivered.outcome;
        let _ = write!(text, ": {}", outcome.as_str());
        if let Some(reason) = outcome.reason() {
            let _ = write!(text, " ({reason})");
        }
        if let Some(note) = &self.note {
            let _ = write!(text, ": {note}");
        }
        text
    }
}

/// Why an invocation fails. AWS keeps the text beside the event, so it holds no body, token or URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerError {
    /// The payload is no delivery of SNS or SQS.
    UnknownPayload(EnvelopeError),
    /// Something was not posted.
    NotPosted {
        /// A sentence for each.
        failed: Vec<String>,
        /// How many outcomes there were in all.
        outcomes: usize,
    },
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPayload(error) => error.fmt(f),
            Self::NotPosted { failed, outcomes } => {
                write!(
                    f,
                    "{} of {outcomes} not posted: {}",
                    failed.len(),
                    failed.join("; ")
                )
            }
        }
    }
}

impl std::error::Error for HandlerError {}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let error_type = match error {
            HandlerError::UnknownPayload(_) => "UnknownPayload",
            HandlerError::NotPosted { .. } => "NotPosted",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use super::*;
    use crate::slack::webhook::{Answer, WebhookUrl};

    /// Keeps what it is given, and answers in turn.
    struct Fake {
        posted: RefCell<Vec<Value>>,
        answers: RefCell<Vec<&'static str>>,
    }

    impl Post for &Fake {
        async fn post(&self, _: &WebhookUrl, body: String, _: Duration) -> Answer {
            let body = serde_json::from_str(&body).unwrap();
            self.posted.borrow_mut().push(body);
            Answer::Answered {
                status: 200,
                body: Some(self.answers.borrow_mut().remove(0).to_owned()),
                retry_after: None,
            }
        }
    }

    async fn forward(fake: &Fake, webhook: &str) -> (Vec<Report>, Result<Value, HandlerError>) {
        let settings = json!({
            "receivers": {"lost": {"webhook": "ssm:/slack/lost"}, "found": {"webhook": webhook}},
            "route": {"receivers": ["lost", "found"], "mention": ["<!here>"]},
        });
        let settings = Settings::from_json(&settings.to_string(), "SETTINGS").unwrap();
        let webhooks: Webhooks = Webhooks::written(settings.loopback);
        let forwarder = Forwarder::new(settings, Templates::built_in().unwrap(), fake, webhooks);
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
}
