//! The retry queue in SQS.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use super::queue::{Entry, Queue, QueueError};
use crate::aws::sqs::{QueueUrl, Sqs, SqsError, batches};
use crate::aws::{self, ErrorCode};

/// So many requests run at the same time: what an event leaves must be in the queue before the event ends.
const AT_ONCE: usize = 8;
/// How often a message is offered, as long as there is time.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_ANSWER: usize = 256 * 1024;

/// The queue that `RETRY_QUEUE_URL` names.
#[derive(Debug)]
pub struct RetryQueue {
    sqs: Sqs,
    url: QueueUrl,
}

impl RetryQueue {
    /// Sends with the rights of the function's role.
    pub fn new(aws: aws::Client, url: QueueUrl) -> Self {
        Self {
            sqs: Sqs::new(aws),
            url,
        }
    }

    /// Sends up to ten messages until SQS has taken each or there is no more time.
    async fn send_batch(
        &self,
        entries: &[Entry],
        deadline: Instant,
    ) -> Vec<Result<(), QueueError>> {
        let mut results: Vec<Result<(), QueueError>> =
            vec![Err(QueueError("there was no time for it".to_owned())); entries.len()];
        for attempt in 0..TRIES {
            if attempt > 0 {
                if Instant::now() + PAUSE >= deadline {
                    break;
                }
                sleep(PAUSE).await;
            }
            let left: Vec<usize> = (0..entries.len())
                .filter(|&it| results[it].is_err())
                .collect();
            match timeout_at(deadline, self.ask(entries, &left)).await {
                Ok(Ok(answers)) => {
                    for (index, answer) in left.into_iter().zip(answers) {
                        results[index] = answer;
                    }
                }
                Ok(Err(error)) => {
                    for index in left {
                        results[index] = Err(error.clone());
                    }
                }
                Err(_) => {
                    let error = QueueError(
                        "SQS does not answer; a function in a VPC needs a NAT gateway or the interface endpoint of SQS".to_owned(),
                    );
                    for index in left {
                        results[index] = Err(error.clone());
                    }
                    break;
                }
            }
            if results.iter().all(Result::is_ok) {
                break;
            }
        }
        results
    }

    /// One request. The result has one member for each index, or why all of them have failed.
    async fn ask(
        &self,
        entries: &[Entry],
        indices: &[usize],
    ) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        let batch: Vec<Value> = indices
            .iter()
            .filter_map(|&index| entries.get(index))
            .map(|entry| {
                json!({
                    "MessageBody": entry.body,
                    "DelaySeconds": whole_seconds(entry.delay),
                })
            })
            .collect();
        let answers = self
            .sqs
            .batch(&self.url, "SendMessageBatch", batch, LONGEST_ANSWER)
            .await;
        let answers = answers.map_err(|error| self.undone(error))?;
        Ok(answers
            .into_iter()
            .map(|answer| answer.map_err(|code| self.refused(200, code)))
            .collect())
    }

    fn undone(&self, error: SqsError) -> QueueError {
        QueueError(match error {
            SqsError::Refused { status, code } => return self.refused(status, code),
            SqsError::Unanswered(aws::Fault::TooLong { status }) => {
                return self.refused(status, None);
            }
            SqsError::Unanswered(aws::Fault::NoCredentials { variable }) => {
                format!("{variable} is not set")
            }
            SqsError::Unanswered(aws::Fault::Unsignable) => {
                "no request can be made of the credentials and AWS_REGION".to_owned()
            }
            SqsError::Unanswered(aws::Fault::Connect) => {
                "no connection to SQS, or it broke; a function in a VPC needs a NAT gateway or the interface endpoint of SQS".to_owned()
            }
            SqsError::NoRegion => "AWS_REGION is not set".to_owned(),
            SqsError::NoEndpoint => {
                "AWS_ENDPOINT_URL is no URL that starts with https:// or http://".to_owned()
            }
        })
    }

    fn refused(&self, status: u16, code: Option<ErrorCode>) -> QueueError {
        let name = self.url.name();
        let Some(code) = code else {
            return QueueError(format!("SQS refuses with status {status}"));
        };
        let remedy = match code.as_str() {
            "QueueDoesNotExist" | "NonExistentQueue" => {
                format!("; there is no queue {name}, so correct RETRY_QUEUE_URL or create it")
            }
            "AccessDenied" | "AccessDeniedException" | "AccessDeniedFault" => {
                format!(
                    "; allow the function's role sqs:SendMessage on {name}, and kms:GenerateDataKey and kms:Decrypt for its key"
                )
            }
            word if word.to_ascii_lowercase().contains("kms") => {
                format!(
                    "; the role needs kms:GenerateDataKey and kms:Decrypt for the key of {name}"
                )
            }
            "BatchRequestTooLong" | "InvalidParameterValue" | "InvalidMessageContents" => {
                "; the record is too large for the queue or has characters that it does not take"
                    .to_owned()
            }
            _ => String::new(),
        };
        QueueError(format!("SQS refuses ({code}){remedy}"))
    }
}

impl Queue for RetryQueue {
    async fn send(&self, messages: Vec<Entry>, time: Duration) -> Vec<Result<(), QueueError>> {
        let deadline = Instant::now() + time;
        let batches = batches(messages, |message| message.body.len());
        let sent = batches.iter().map(|batch| self.send_batch(batch, deadline));
        stream::iter(sent)
            .buffered(AT_ONCE)
            .collect::<Vec<_>>()
            .await
            .concat()
    }
}

/// Up, because what Slack asks for is the least; never beyond what SQS takes.
fn whole_seconds(delay: Duration) -> u64 {
    let up = u64::from(delay.subsec_nanos() > 0);
    (delay.as_secs() + up).min(super::LONGEST_DELAY.as_secs())
}
