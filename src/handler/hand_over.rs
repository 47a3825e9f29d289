//! Between delivery and answer: what is left goes to the retry queue.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::{Forwarder, Report};
use crate::delivery::{Outcome, Reason};
use crate::retry::{self, Entry, Queue, QueueError, Residual};

/// The time that is kept for the queue at the end of an invocation. SQS answers in tens of milliseconds.
const RESERVE: Duration = Duration::from_secs(2);
/// What is left of the invocation when the answer of the queue is given up.
const LAST: Duration = Duration::from_millis(300);

impl<P, F, Q: Queue> Forwarder<P, F, Q> {
    /// When posting must be over. Of a short invocation the queue gets no more than a quarter.
    pub(super) fn last_post(&self, deadline: Instant) -> Instant {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.retry_queue {
            Some(_) => deadline
                .checked_sub(RESERVE.min(left / 4))
                .unwrap_or(deadline),
            None => deadline,
        }
    }

    /// How long Slack still wants the record to wait, when that is longer than the queue could keep it back.
    pub(super) fn wait(&self, report: &Report) -> Option<Duration> {
        let queue = self.retry_queue.as_ref()?;
        let residual = report.original.as_ref()?.residual.as_ref()?;
        residual.not_before?.duration_since(queue.now()).ok()
    }

    /// Puts what was not posted into the queue. What the queue takes is handed over; what it does not take has failed.
    pub(super) async fn hand_over(&self, reports: &mut [Report], deadline: Instant) {
        let Some(queue) = &self.retry_queue else {
            return;
        };
        let done: BTreeSet<usize> = reports
            .iter()
            .filter(|report| report.delivered.outcome.is_success())
            .map(|report| report.record)
            .collect();
        let mut left: BTreeMap<(usize, Option<Duration>), Vec<usize>> = BTreeMap::new();
        for (index, report) in reports.iter_mut().enumerate() {
            if report.delivered.outcome.is_success() || report.original.is_none() {
                continue;
            }
            // Whose record somebody has just got is handed over once more: to fail it would bring it back as it was, for them too.
            if self.is_over_horizon(queue, report) && !done.contains(&report.record) {
                let hours = self.settings.delivery.retry_horizon.as_secs() / 3_600;
                report.add_note(&format!(
                    "tried for {hours} hours, so it is left to the dead-letter queue; `sns-to-slack redrive` brings it back"
                ));
                continue;
            }
            // Who waits for the same, waits together; nobody waits for somebody else's `Retry-After`.
            let key = (report.record, report.delivered.outcome.retry_after());
            left.entry(key).or_default().push(index);
        }
        if left.is_empty() {
            return;
        }
        let (entries, left): (Vec<Entry>, Vec<Vec<usize>>) = left
            .into_iter()
            .filter_map(|(key, indices)| Some((entry(queue, key.1, reports, &indices)?, indices)))
            .unzip();
        let time = deadline
            .saturating_duration_since(Instant::now())
            .saturating_sub(LAST);
        let delays: Vec<Duration> = entries.iter().map(|entry| entry.delay).collect();
        let results = queue.send(entries, time).await;
        for ((indices, delay), result) in left.into_iter().zip(delays).zip(results) {
            for index in indices {
                if let Some(report) = reports.get_mut(index) {
                    report.handed_over(&result, delay);
                }
            }
        }
    }

    fn is_over_horizon(&self, queue: &Q, report: &Report) -> bool {
        let residual = report.original.as_ref().and_then(|it| it.residual.as_ref());
        let Some(residual) = residual else {
            return false;
        };
        let age = queue.now().duration_since(residual.first_seen);
        age.unwrap_or_default() >= self.settings.delivery.retry_horizon
    }
}

/// The message for the queue. `indices` are of reports about one record.
fn entry(
    queue: &impl Queue,
    retry_after: Option<Duration>,
    reports: &[Report],
    indices: &[usize],
) -> Option<Entry> {
    let reports: Vec<&Report> = indices.iter().filter_map(|&it| reports.get(it)).collect();
    let record = reports.first()?.original.as_ref()?;
    let now = queue.now();
    let before = record.residual.as_ref();
    let attempt = before.map_or(0, |it| it.attempt).saturating_add(1);
    let receivers = reports.iter().filter_map(|report| {
        let reason = report.delivered.outcome.reason().map_or("", Reason::as_str);
        Some((report.receiver.clone()?, reason.to_owned()))
    });
    let residual = Residual {
        receivers: receivers.collect(),
        attempt,
        first_seen: before.map_or(now, |it| it.first_seen),
        handed_over: now,
        not_before: retry_after
            .filter(|wait| *wait > retry::LONGEST_DELAY)
            .and_then(|wait| now.checked_add(wait)),
    };
    Some(Entry {
        body: residual.write(record),
        delay: retry::delay(attempt, retry_after),
    })
}

impl Report {
    /// What the queue has said.
    fn handed_over(&mut self, result: &Result<(), QueueError>, delay: Duration) {
        let Some(reason) = self.delivered.outcome.reason() else {
            return;
        };
        match result {
            Ok(()) => {
                self.add_note(&format!("comes back in {} s", delay.as_secs()));
                self.delivered.outcome = Outcome::HandedOver { reason };
            }
            Err(error) => {
                self.add_note(&format!("{reason}, and not in the retry queue: {error}"));
                self.delivered.outcome = match self.delivered.outcome {
                    Outcome::Ambiguous { .. } => Outcome::Ambiguous {
                        reason: Reason::QueueRefused,
                    },
                    _ => Outcome::not_posted(Reason::QueueRefused),
                };
            }
        }
    }

    fn add_note(&mut self, note: &str) {
        self.note = Some(match self.note.take() {
            Some(before) => format!("{before}; {note}"),
            None => note.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
