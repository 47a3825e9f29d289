//! Requests to SQS, in its JSON protocol (page "Making Query API requests using AWS JSON protocol in Amazon SQS").

use std::fmt;

use serde_json::{Value, json};
use url::Url;

use super::{Client, ErrorCode, Fault, Request, other_endpoint, public_endpoint};
use crate::loose::Loose;

/// So many messages go in one request (pages "SendMessageBatch" and "ReceiveMessage").
pub const MOST: usize = 10;
/// So many bytes go in one request, unless one message alone is larger; SQS takes 1 MiB.
const LARGEST: usize = 256 * 1024;

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
    /// Takes the URL of any queue.
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

    /// Takes the URL of a standard queue.
    pub fn parse_standard(text: &str) -> Result<Self, QueueUrlError> {
        let queue = Self::parse(text)?;
        if queue.name().strip_suffix(".fifo").is_some() {
            return Err(QueueUrlError(
                "it is a FIFO queue, which cannot delay single messages; use a standard queue",
            ));
        }
        // For a test, everything may be on this machine.
        let here = matches!(
            queue.url.host_str(),
            Some("127.0.0.1" | "localhost" | "[::1]")
        );
        if queue.url.scheme() != "https" && !here {
            return Err(QueueUrlError("it must begin with https://"));
        }
        Ok(queue)
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

    /// In this region, when its host's name does not say one.
    #[must_use]
    pub fn within(mut self, region: Option<String>) -> Self {
        self.region = self.region.or(region);
        self
    }

    /// Where requests about it go: to its own host, which may be an endpoint in a VPC, unless the environment names another.
    pub fn endpoint(&self, aws: &Client) -> Option<Url> {
        if let Some(endpoint) = aws.endpoint() {
            return other_endpoint(endpoint);
        }
        self.url.join("/").ok()
    }
}

/// SQS, asked with the credentials of a client.
#[derive(Debug, Clone)]
pub struct Sqs(Client);

/// Why SQS has not done what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqsError {
    /// `AWS_ENDPOINT_URL` is no URL of HTTP, or the region is none.
    NoEndpoint,
    /// Neither the queue nor the environment names a region.
    NoRegion,
    /// There is no whole answer.
    Unanswered(Fault),
    /// The answer is no, or not what it should be.
    Refused {
        /// The HTTP status.
        status: u16,
        /// AWS's word for the error, if it has said one.
        code: Option<ErrorCode>,
    },
}

impl Sqs {
    /// With this client.
    pub fn new(aws: Client) -> Self {
        Self(aws)
    }

    /// The region of the environment.
    pub fn region(&self) -> Option<&str> {
        self.0.region()
    }

    /// Asks once for an operation on a queue, which `body` names. Nothing longer than `longest` bytes is read.
    pub async fn about(
        &self,
        queue: &QueueUrl,
        operation: &str,
        body: &Value,
        longest: usize,
    ) -> Result<Value, SqsError> {
        let region = queue.region().or(self.0.region());
        let endpoint = queue.endpoint(&self.0).ok_or(SqsError::NoEndpoint)?;
        self.ask(region, &endpoint, operation, body, longest).await
    }

    /// Asks once for an operation that is not about a known queue, in this region or that of the environment.
    pub async fn within(
        &self,
        region: Option<&str>,
        operation: &str,
        body: &Value,
        longest: usize,
    ) -> Result<Value, SqsError> {
        let region = region.or(self.0.region()).ok_or(SqsError::NoRegion)?;
        let endpoint = match self.0.endpoint() {
            Some(endpoint) => other_endpoint(endpoint),
            None => public_endpoint("sqs", region),
        };
        let endpoint = endpoint.ok_or(SqsError::NoEndpoint)?;
        self.ask(Some(region), &endpoint, operation, body, longest)
            .await
    }

    async fn ask(
        &self,
        region: Option<&str>,
        endpoint: &Url,
        operation: &str,
        body: &Value,
        longest: usize,
    ) -> Result<Value, SqsError> {
        let request = Request {
            service: "sqs",
            region: region.ok_or(SqsError::NoRegion)?,
            target: &format!("AmazonSQS.{operation}"),
            content_type: "application/x-amz-json-1.0",
            body: &body.to_string(),
        };
        let answer = self.0.ask(&request, endpoint, longest).await;
        let answer = answer.map_err(SqsError::Unanswered)?;
        let content: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if answer.status != 200 || !content.is_object() {
            return Err(SqsError::Refused {
                status: answer.status,
                code: ErrorCode::of(&content),
            });
        }
        Ok(content)
    }

    /// Asks once for an operation on several messages; each entry gets its place in the list as its `Id`. One result for each,
    /// in their order: an error is AWS's word, if it has said one.
    ///
    /// # Errors
    /// When none of them has been done, or nobody knows.
    pub async fn batch(
        &self,
        queue: &QueueUrl,
        operation: &str,
        entries: Vec<Value>,
        longest: usize,
    ) -> Result<Vec<Result<(), Option<ErrorCode>>>, SqsError> {
        let count = entries.len();
        let entries: Vec<Value> = entries
            .into_iter()
            .enumerate()
            .map(|(index, mut entry)| {
                entry["Id"] = index.to_string().into();
                entry
            })
            .collect();
        let body = json!({"QueueUrl": queue.as_str(), "Entries": entries});
        let answer = self.about(queue, operation, &body, longest).await?;
        let find = |list: &str, index: usize| {
            let id = index.to_string();
            let mut found = answer.list(list).iter();
            found.find(|it| it.string("Id") == Some(&id)).cloned()
        };
        Ok((0..count)
            .map(|index| match find("Successful", index) {
                Some(_) => Ok(()),
                None => {
                    Err(find("Failed", index)
                        .and_then(|failed| ErrorCode::new(failed.string("Code")?)))
                }
            })
            .collect())
    }
}

/// In their order, each within the bounds of a request.
pub fn batches<T>(messages: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::new();
    let mut sum = 0;
    for message in messages {
        let own = size(&message);
        sum += own;
        match batches.last_mut() {
            Some(batch) if batch.len() < MOST && sum <= LARGEST => batch.push(message),
            _ => {
                sum = own;
                batches.push(vec![message]);
            }
        }
    }
    batches
}
