//! The flow: open, classify, context, route, render, deliver, answer.

mod hand_over;
mod lane;
mod rehearsal;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use aws_lambda_events::sqs::SqsBatchResponse;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use lambda_runtime::Diagnostic;
use serde::Serialize;
use tokio::time::Instant;

use crate::context::Context;
use crate::delivery::{Outcome, Reason, Sender};
use crate::envelope::{EnvelopeError, Payload, Record, Source};
use crate::log;
use crate::notification;
use crate::retry::{Queue, Residual, RetryQueue};
use crate::route::{self, Decision, Target};
use crate::secrets::{Fetch, Secrets};
use crate::settings::Settings;
use crate::slack::Mention;
use crate::slack::webhook::Post;
use crate::template::{Rendered, Templates};

use self::lane::Job;
pub use self::report::Report;

/// The whole program but its two ends: built once, then handed every payload.
#[derive(Debug)]
pub struct Forwarder<P, F = Secrets, Q = RetryQueue> {
    settings: Settings,
    templates: Templates,
    sender: Sender<P, F>,
    /// `None` when AWS's own retries are all there is.
    retry_queue: Option<Q>,
}

/// Of so many failures the error has a sentence; the log has a line of each. AWS keeps the error beside the event.
const MOST_SENTENCES: usize = 20;

/// What the function answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// SNS, or whoever invokes by hand: how many outcomes there were of each kind.
    Sns {
        /// Slack has them.
        posted: usize,
        /// The retry queue has them.
        handed_over: usize,
        /// A route says that nobody gets them.
        ignored: usize,
    },
    /// A queue: which of its messages have failed.
    Sqs(SqsBatchResponse),
}

/// What is to be done with a record.
enum Decided<'s> {
    /// Nothing any more.
    Finally(Report),
    /// Each of them gets it; the report is what all of theirs have in common.
    Post(Report, Arc<Context>, Vec<Target<'s>>),
}

impl<P, F> Forwarder<P, F> {
    /// Takes what was built at start.
    pub fn new(settings: Settings, templates: Templates, sender: Sender<P, F>) -> Self {
        Self {
            settings,
            templates,
            sender,
            retry_queue: None,
        }
    }

    /// Hands over to the queue what cannot be posted.
    #[must_use]
    pub fn with_retry_queue<Q: Queue>(self, queue: Option<Q>) -> Forwarder<P, F, Q> {
        Forwarder {
            settings: self.settings,
            templates: self.templates,
            sender: self.sender,
            retry_queue: queue,
        }
    }
}

impl<P: Post, F: Fetch, Q: Queue> Forwarder<P, F, Q> {
    /// Handles the payload of one invocation.
    ///
    /// # Errors
    /// When the payload is no delivery, or any record of it was neither posted nor handed over: AWS then tries again, and in
    /// the end keeps it in the dead-letter queue. A queue that is told which of its messages have failed gets no error.
    pub async fn handle(
        &self,
        payload: Payload,
        deadline: Instant,
    ) -> Result<Answer, HandlerError> {
        // The runtime would catch a panic, too, and tell AWS its words, which may be those of a record.
        let handled = AssertUnwindSafe(self.handle_or_panic(payload, deadline)).catch_unwind();
        handled.await.unwrap_or(Err(HandlerError::Fault))
    }

    async fn handle_or_panic(
        &self,
        payload: Payload,
        deadline: Instant,
    ) -> Result<Answer, HandlerError> {
        let envelope = payload.open().map_err(HandlerError::UnknownPayload)?;
        let mut reports = self
            .forward(envelope.records, Some(self.last_post(deadline)))
            .await;
        self.hand_over(&mut reports, deadline).await;
        for report in &reports {
            log::outcome(report);
        }
        match envelope.source {
            Source::Sqs if self.settings.partial_batch => partial(&envelope.items, &reports),
            source => answer(source, &reports),
        }
    }

    /// Forwards opened records. Every record gives at least one report, in the order of the records.
    ///
    /// A receiver gets its messages one after the other; receivers do not wait for each other.
    pub async fn forward(
        &self,
        records: Vec<Result<Record, EnvelopeError>>,
        deadline: Option<Instant>,
    ) -> Vec<Report> {
        let mut reports = Vec::with_capacity(records.len());
        let mut lanes: BTreeMap<&str, Vec<Job<'_>>> = BTreeMap::new();
        let mut place = 0;
        for (index, record) in records.into_iter().enumerate() {
            let decided = match record {
                Ok(record) => self.decide(index + 1, record),
                Err(error) => Decided::Finally(Report::unopened(index + 1, &error)),
            };
            let (report, context, targets) = match decided {
                Decided::Post(report, context, targets) => (report, context, targets),
                Decided::Finally(report) => {
                    reports.push((place, report));
                    place += 1;
                    continue;
                }
            };
            for target in targets {
                let lane = lanes.entry(&target.receiver.name);
                // Most often there is no other.
                let lane = lane.or_insert_with(|| Vec::with_capacity(1));
                lane.push(Job {
                    place,
                    report: report.clone(),
                    context: Arc::clone(&context),
                    target,
                });
                place += 1;
            }
        }
        let lanes = lanes.into_values().map(|lane| self.lane(lane, deadline));
        reports.extend(join_all(lanes).await.into_iter().flatten());
        reports.sort_by_key(|(place, _)| *place);
        let reports = reports.into_iter();
        reports
            .map(|(_, report)| self.unless_posted(report))
            .collect()
    }

    /// A record may come twice, also in one event. What fails for one of the two, for want of time for instance, is no failure
    /// when the other one has been posted: to report it, or to hand it over, would show it again.
    fn unless_posted(&self, mut report: Report) -> Report {
        if report.delivered.outcome.is_success() {
            return report;
        }
        let message_id = report.message_id.as_deref();
        let receiver = report.receiver.as_deref();
        if receiver.is_some_and(|it| self.sender.has_posted(message_id, it)) {
            report.delivered.outcome = Outcome::Posted;
            report.delivered.duplicate = true;
        }
        report
    }
}

impl<P, F, Q> Forwarder<P, F, Q> {
    /// Steps 2 to 4. A fault in them costs this record and no other.
    fn decide(&self, index: usize, record: Record) -> Decided<'_> {
        let record = Arc::new(record);
        let report = Report {
            message_id: record.message_id.clone(),
            original: self.retry_queue.as_ref().map(|_| Arc::clone(&record)),
            ..Report::new(index, Outcome::Ignored)
        };
        let opened = panic::catch_unwind(AssertUnwindSafe(|| {
            let notification = notification::classify(&record);
            let context = Context::new(&record, &notification, &self.settings.account_names);
            let decision = route::route(&self.settings, &context);
            (notification.kind(), context, decision)
        }));
        let Ok((kind, context, decision)) = opened else {
            return Decided::Finally(report.broken(Outcome::not_posted(Reason::Render)));
        };
        let report = Report {
            kind: Some(kind),
            ..report
        };
        match decision {
            Decision::Post(targets) => {
                let targets = left(targets, record.residual.as_ref());
                Decided::Post(report, Arc::new(context), targets)
            }
            Decision::Ignore { note } => Decided::Finally(Report {
                note: Some(note.to_owned()),
                ..report
            }),
        }
    }
}

/// Those who have not got the record yet. When the settings have changed and one of them would not get it any more, all who
/// would get it now: better twice than never.
fn left<'s>(targets: Vec<Target<'s>>, residual: Option<&Residual>) -> Vec<Target<'s>> {
    let names: Vec<&String> = residual
        .into_iter()
        .flat_map(|it| it.receivers.keys())
        .collect();
    let gets = |name: &&String| targets.iter().any(|target| target.receiver.name == **name);
    if names.is_empty() || !names.iter().all(gets) {
        return targets;
    }
    let mut targets = targets;
    targets.retain(|target| names.contains(&&target.receiver.name));
    targets
}

/// A message: what the template gives, and the mentions. `template` is the one that a route names.
pub fn render(
    templates: &Templates,
    context: &Context,
    template: Option<&str>,
    mentions: &[Mention],
) -> Rendered {
    let rendered = templates.render(context, template);
    Rendered {
        message: rendered.message.with_mentions(mentions),
        ..rendered
    }
}

/// What the function answers: a summary, or an error when anything was not posted.
fn answer(source: Source, reports: &[Report]) -> Result<Answer, HandlerError> {
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
    let count = |outcome: &str| {
        reports
            .iter()
            .filter(|report| report.delivered.outcome.as_str() == outcome)
            .count()
    };
    Ok(match source {
        Source::Sns => Answer::Sns {
            posted: count("posted"),
            handed_over: count("handed_over"),
            ignored: count("ignored"),
        },
        // Understood whether or not the event source mapping reports item failures.
        Source::Sqs => Answer::Sqs(SqsBatchResponse::default()),
    })
}

/// What the function answers a queue that is told which of its messages have failed: exactly those (page "Implementing partial
/// batch responses").
fn partial(items: &[Option<String>], reports: &[Report]) -> Result<Answer, HandlerError> {
    let failed = reports
        .iter()
        .filter(|report| !report.delivered.outcome.is_success());
    let mut names = BTreeSet::new();
    for report in failed {
        match items.get(report.record - 1) {
            Some(Some(item)) => names.insert(item),
            // A message without a name cannot be told from the others.
            _ => return answer(Source::Sqs, reports),
        };
    }
    let mut response = SqsBatchResponse::default();
    response.set_failures(names);
    Ok(Answer::Sqs(response))
}

/// Why an invocation fails. AWS keeps the text beside the event, so it holds no body, token or URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandlerError {
    /// The payload is no delivery of SNS or SQS.
    UnknownPayload(EnvelopeError),
    /// This program has a fault: it panicked outside the way of a single record.
    Fault,
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
            Self::Fault => f.write_str(report::FAULT),
            Self::NotPosted { failed, outcomes } => {
                write!(
                    f,
                    "{} of {outcomes} not posted: {}",
                    failed.len(),
                    failed[..failed.len().min(MOST_SENTENCES)].join("; ")
                )?;
                match failed.len().saturating_sub(MOST_SENTENCES) {
                    0 => Ok(()),
                    more => write!(f, "; and {more} more, each with a line in the log"),
                }
            }
        }
    }
}

impl std::error::Error for HandlerError {}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        let error_type = match error {
            HandlerError::UnknownPayload(_) => "UnknownPayload",
            HandlerError::Fault => "Fault",
            HandlerError::NotPosted { .. } => "NotPosted",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
