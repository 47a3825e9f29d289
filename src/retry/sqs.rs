//! The retry queue in SQS.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use super::queue::{Entry, Queue, QueueError};
use crate::aws::{self, ErrorCode};
use crate::loose::Loose;

/// So many messages go in one request (page "SendMessageBatch").
const MOST: usize = 10;
/// So many bytes go in one request, unless one message alone is larger; SQS takes 1 MiB.
const LARGEST: usize = 256 * 1024;
/// So many requests run at the same time: what an event leaves must be in the queue before the event ends.
const AT_ONCE: usize = 8;
/// How often a message is offered, as long as there is time.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_ANSWER: usize = 256 * 1024;

/// The URL of a queue, as SQS gives it: `https://sqs.eu-west-1.amazonaws.com/123456789012/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUrl {
    url: Url,
    region: Option<String>,
}

/// Why a text is no URL of a queue that can be used: a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUrlError(&'static str);

impl fmt::Display for QueueUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for QueueUrlError {}

impl QueueUrl {
    /// Takes the URL of a standard queue.
    pub fn parse(text: &str) -> Result<Self, QueueUrlError> {
        let text = text.trim();
        if text.starts_with("arn:") {
            return Err(QueueUrlError(
                "it is an ARN; write the queue's URL, which begins with https://sqs.",
            ));
        }
        let url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "https" | "http") && url.host().is_some());
        let Some(url) = url.filter(|url| url.path().len() > 1) else {
            return Err(QueueUrlError(
                "it is no URL of a queue; those look like https://sqs.eu-west-1.amazonaws.com/123456789012/name",
            ));
        };
        if Path::new(url.path())
            .extension()
            .is_some_and(|it| it == "fifo")
        {
            return Err(QueueUrlError(
                "it is a FIFO queue, which cannot delay single messages; use a standard queue",
            ));
        }
        // `sqs.<region>.…`, also behind the name of an endpoint in a VPC; long ago `<region>.queue.…`.
        let labels: Vec<&str> = url.host_str().unwrap_or_default().split('.').collect();
        let region = labels.windows(2).find_map(|pair| match pair {
            ["sqs" | "sqs-fips", region] | [region, "queue"] => Some(*region),
            _ => None,
        });
        Ok(Self {
            region: region.map(str::to_owned),
            url,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// The name at its end.
    pub fn name(&self) -> &str {
        self.url.path().rsplit('/').next().unwrap_or_default()
    }

    /// The region in its host's name.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Where requests about it go: to its own host, which may be an endpoint in a VPC, unless the environment names another.
    pub fn endpoint(&self, aws: &aws::Client) -> Option<Url> {
        if let Some(endpoint) = aws.endpoint() {
            return aws::other_endpoint(endpoint);
        }
        self.url.join("/").ok()
    }
}

/// The queue that `RETRY_QUEUE_URL` names.
#[derive(Debug)]
pub struct RetryQueue {
    aws: aws::Client,
    url: QueueUrl,
}

impl RetryQueue {
    /// Sends with the rights of the function's role.
    pub fn new(aws: aws::Client, url: QueueUrl) -> Self {
        Self { aws, url }
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
            .filter_map(|&index| Some((index, entries.get(index)?)))
            .map(|(index, entry)| {
                json!({
                    "Id": index.to_string(),
                    "MessageBody": entry.body,
                    "DelaySeconds": whole_seconds(entry.delay),
                })
            })
            .collect();
        let body = json!({"QueueUrl": self.url.as_str(), "Entries": batch}).to_string();
        let region = self.url.region().or(self.aws.region()).unwrap_or_default();
        let request = aws::Request {
            service: "sqs",
            region,
            target: "AmazonSQS.SendMessageBatch",
            content_type: "application/x-amz-json-1.0",
            body: &body,
        };
        let endpoint = self.url.endpoint(&self.aws).ok_or_else(|| {
            QueueError("AWS_ENDPOINT_URL is no URL that starts with https:// or http://".to_owned())
        })?;
        let answer = self.aws.ask(&request, &endpoint, LONGEST_ANSWER).await;
        let answer = answer.map_err(|fault| self.unanswered(fault))?;
        let content: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status != 200 {
            return Err(self.refused(answer.status, ErrorCode::of(&content)));
        }
        let taken = |list: &str, index: usize| {
            let id = index.to_string();
            let mut found = content.list(list).iter();
            found.find(|it| it.string("Id") == Some(&id))
        };
        Ok(indices
            .iter()
            .map(|&index| {
                if taken("Successful", index).is_some() {
                    return Ok(());
                }
                let failed = taken("Failed", index);
                let code = failed.and_then(|it| ErrorCode::new(it.string("Code")?));
                Err(self.refused(answer.status, code))
            })
            .collect())
    }

    fn unanswered(&self, fault: aws::Fault) -> QueueError {
        QueueError(match fault {
            aws::Fault::NoCredentials { variable } => format!("{variable} is not set"),
            aws::Fault::Unsignable => {
                "no request can be made of the credentials and AWS_REGION".to_owned()
            }
            aws::Fault::Connect => {
                "no connection to SQS, or it broke; a function in a VPC needs a NAT gateway or the interface endpoint of SQS".to_owned()
            }
            aws::Fault::TooLong { status } => self.refused(status, None).0,
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
        let batches = batches(messages);
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

/// In their order, each within the bounds of a request.
fn batches(messages: Vec<Entry>) -> Vec<Vec<Entry>> {
    let mut batches: Vec<Vec<Entry>> = Vec::new();
    let mut size = 0;
    for message in messages {
        size += message.body.len();
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST && size <= LARGEST => batch.push(message),
            _ => {
                size = message.body.len();
                batches.push(vec![message]);
            }
        }
    }
    batches
}
