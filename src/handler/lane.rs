//! Steps 5 and 6 for everything that one receiver gets of an event: one message after the other.

use std::collections::BTreeSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::{Forwarder, Report, render};
use crate::context::Context;
use crate::delivery::{self, Delivered, Outcome, Parcel, Reason};
use crate::digest::{self, Plan};
use crate::retry::Queue;
use crate::route::Target;
use crate::secrets::Fetch;
use crate::slack::webhook::Post;
use crate::slack::{Mention, Mentioned};
use crate::template::{self, Rendered};

/// One record for one receiver, with its place among the reports.
#[derive(Debug)]
pub(super) struct Job<'s> {
    pub(super) place: usize,
    pub(super) report: Report,
    pub(super) context: Arc<Context>,
    pub(super) target: Target<'s>,
}

impl Job<'_> {
    /// Nothing has to be done.
    fn known(self, delivered: Delivered) -> (usize, Report) {
        let report = Report {
            delivered,
            ..self.report
        };
        (self.place, report)
    }
}

/// One message and the records that it is about.
struct Letter<'s> {
    jobs: Vec<Job<'s>>,
    /// `None` for a message about a single record.
    digest: Option<(Arc<Plan>, usize)>,
    mentions: Vec<Mention>,
}

impl<P: Post, F: Fetch, Q: Queue> Forwarder<P, F, Q> {
    /// Every job gives one report, with its place.
    pub(super) async fn lane(
        &self,
        jobs: Vec<Job<'_>>,
        deadline: Option<Instant>,
    ) -> Vec<(usize, Report)> {
        let mut reports = Vec::with_capacity(jobs.len());
        let mut open = Vec::with_capacity(jobs.len());
        let mut twins = Vec::new();
        let mut ids = BTreeSet::new();
        for mut job in jobs {
            job.report.receiver = Some(job.target.receiver.name.clone());
            let id = &job.report.message_id;
            let first = id.as_ref().is_none_or(|id| ids.insert(id.clone()));
            match self.known(&job) {
                Some(delivered) => reports.push(job.known(delivered)),
                None if first => open.push(job),
                None => twins.push(job),
            }
        }
        let letters = self.letters(open).into_iter();
        // The same record once more, which AWS may do: most likely nothing is left to do for it by then.
        let letters = letters.chain(twins.into_iter().map(Letter::about_one));
        for (number, letter) in letters.enumerate() {
            for (place, report) in self.deliver(letter, deadline).await {
                reports.push((
                    place,
                    Report {
                        letter: number,
                        ..report
                    },
                ));
            }
        }
        reports
    }

    /// What is known before anything is rendered.
    fn known(&self, job: &Job<'_>) -> Option<Delivered> {
        let message_id = job.report.message_id.as_deref();
        if self
            .sender
            .has_posted(message_id, &job.target.receiver.name)
        {
            return Some(Delivered {
                duplicate: true,
                ..Delivered::without_request(Outcome::Posted)
            });
        }
        let wait = self.wait(&job.report)?;
        Some(Delivered::without_request(Outcome::NotPosted {
            reason: Reason::RateLimited,
            retry_after: Some(wait),
        }))
    }

    /// One message for each record, or a digest of all that may be in one when they are more than the settings allow.
    fn letters<'s>(&self, jobs: Vec<Job<'s>>) -> Vec<Letter<'s>> {
        let most = self.settings.delivery.digest;
        let takes = |job: &Job<'_>| digest::takes(&job.context);
        if most == 0 || jobs.iter().filter(|job| takes(job)).count() <= most {
            return jobs.into_iter().map(Letter::about_one).collect();
        }
        let (together, alone): (Vec<_>, Vec<_>) = jobs.into_iter().partition(takes);
        let contexts: Vec<&Context> = together.iter().map(|job| job.context.as_ref()).collect();
        let plan = panic::catch_unwind(AssertUnwindSafe(|| Plan::new(&contexts)));
        // First what somebody is asked for.
        let alone = alone.into_iter().map(Letter::about_one);
        match plan {
            Ok(plan) => alone.chain(digests(plan, together)).collect(),
            Err(_) => alone
                .chain(together.into_iter().map(Letter::about_one))
                .collect(),
        }
    }

    async fn deliver(&self, letter: Letter<'_>, deadline: Option<Instant>) -> Vec<(usize, Report)> {
        let Some(first) = letter.jobs.first() else {
            return Vec::new();
        };
        if delivery::is_over(deadline) {
            return letter.all(&Delivered::without_request(Outcome::not_posted(
                Reason::Deadline,
            )));
        }
        let rendered = panic::catch_unwind(AssertUnwindSafe(|| {
            let context = letter.context()?;
            let template = first.target.template.filter(|_| letter.digest.is_none());
            let rendered = render(&self.templates, &context, template, &letter.mentions);
            Some((context, rendered))
        }));
        let Ok(Some((context, rendered))) = rendered else {
            return letter.broken(&Outcome::not_posted(Reason::Render));
        };
        let ids: Vec<Option<&str>> = letter
            .jobs
            .iter()
            .map(|job| job.report.message_id.as_deref())
            .collect();
        let parcel = Parcel {
            message_ids: &ids,
            receiver: first.target.receiver,
            message: &rendered.message,
            minimal: || template::minimal(&context).with_mentions(&letter.mentions),
        };
        let delivered = AssertUnwindSafe(self.sender.deliver(&parcel, deadline)).catch_unwind();
        match delivered.await {
            Ok(delivered) => letter.rendered(rendered).all(&delivered),
            // Nobody knows whether a request had been sent.
            Err(_) => letter.rendered(rendered).broken(&Outcome::Ambiguous {
                reason: Reason::UnexpectedAnswer,
            }),
        }
    }
}

/// Each mention stands once, in the first message with a record whose route has it: when that one is not posted, the mention
/// comes again with its record.
fn digests<'s>(plan: Plan, jobs: Vec<Job<'s>>) -> Vec<Letter<'s>> {
    let mut mentioned = Mentioned::default();
    let mut jobs: Vec<Option<Job<'s>>> = jobs.into_iter().map(Some).collect();
    let plan = Arc::new(plan);
    let mut letters: Vec<Letter<'s>> = plan
        .pages()
        .enumerate()
        .map(|(page, records)| {
            let jobs: Vec<Job<'s>> = records
                .iter()
                .filter_map(|&index| jobs.get_mut(index)?.take())
                .collect();
            Letter {
                mentions: mentioned.next(jobs.iter().flat_map(|job| job.target.mentions)),
                jobs,
                digest: Some((Arc::clone(&plan), page)),
            }
        })
        .collect();
    // Never so; but nothing may get lost here.
    letters.extend(jobs.into_iter().flatten().map(Letter::about_one));
    letters
}

impl<'s> Letter<'s> {
    fn about_one(job: Job<'s>) -> Self {
        Self {
            mentions: job.target.mentions.to_vec(),
            jobs: vec![job],
            digest: None,
        }
    }

    /// What the template sees.
    fn context(&self) -> Option<Arc<Context>> {
        match &self.digest {
            Some((plan, page)) => {
                let contexts: Vec<&Context> =
                    self.jobs.iter().map(|job| job.context.as_ref()).collect();
                Some(Arc::new(plan.context(*page, &contexts)))
            }
            None => self.jobs.first().map(|job| Arc::clone(&job.context)),
        }
    }

    /// Templates that failed and warnings are said once.
    fn rendered(mut self, rendered: Rendered) -> Self {
        for job in &mut self.jobs {
            job.report.template = Some(rendered.template.clone());
        }
        if let Some(job) = self.jobs.first_mut() {
            job.report.failed = rendered.failed;
            job.report.warnings = rendered.warnings;
        }
        self
    }

    /// The same for every record.
    fn all(self, delivered: &Delivered) -> Vec<(usize, Report)> {
        let digest = self.digest.is_some().then_some(self.jobs.len());
        let mut reports = Vec::with_capacity(self.jobs.len());
        for (index, job) in self.jobs.into_iter().enumerate() {
            let mut delivered = delivered.clone();
            let report = Report {
                note: delivered.note.take(),
                delivered,
                digest,
                // The request is counted with the first one.
                counts_request: index == 0,
                ..job.report
            };
            reports.push((job.place, report));
        }
        reports
    }

    /// A fault of this program, which is caught so that it costs no other message.
    fn broken(self, outcome: &Outcome) -> Vec<(usize, Report)> {
        let jobs = self.jobs.into_iter();
        jobs.map(|job| (job.place, job.report.broken(outcome.clone())))
            .collect()
    }
}
