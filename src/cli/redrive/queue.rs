//! Queues as a person names them, and what SQS says about them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::trouble;
use crate::arn::Arn;
use crate::aws;
use crate::aws::sqs::{QueueUrl, Sqs, SqsError};
use crate::loose::Loose;

/// Ten messages of 1 MiB, and escapes make them longer.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;
/// Before a request is repeated that SQS has put off.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(800),
    Duration::from_millis(3_200),
];

/// SQS, as a command asks it: with patience, and with sentences for errors.
#[derive(Debug)]
pub(super) struct Service(Sqs);

/// A queue that is there.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) url: QueueUrl,
    pub(super) arn: String,
    /// How many messages can be received, roughly: SQS counts with a delay.
    pub(super) visible: u64,
    /// How many are kept back, because somebody has received them or because they are delayed.
    pub(super) kept_back: u64,
}

impl Queue {
    pub(super) fn name(&self) -> &str {
        self.url.name()
    }
}

/// What a person has written.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    Url(QueueUrl),
    /// By its name, in a region and an account; without them in those of the environment.
    Name {
        name: String,
        region: Option<String>,
        account: Option<String>,
    },
}

impl Named {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = |why: &str| {
            format!("{text}: {why}\n  write the URL, the ARN or the name of a queue of SQS")
        };
        if text.contains("://") {
            let url = QueueUrl::parse(text).map_err(|error| wrong(&error.to_string()))?;
            return Ok(Self::Url(url));
        }
        if text.starts_with("arn:") {
            let arn = Arn::parse(text).ok_or_else(|| wrong("it is no whole ARN"))?;
            if arn.service != "sqs" || !is_name(arn.resource) {
                return Err(wrong(&format!(
                    "it is the ARN of something else ({})",
                    arn.service
                )));
            }
            return Ok(Self::Name {
                name: arn.resource.to_owned(),
                region: arn.region.map(str::to_owned),
                account: arn.account.map(str::to_owned),
            });
        }
        if !is_name(text) {
            return Err(wrong("it is no name of a queue"));
        }
        Ok(Self::Name {
            name: text.to_owned(),
            region: None,
            account: None,
        })
    }
}

/// Up to 80 letters, digits, `-` and `_`, and `.fifo` (page "CreateQueue").
fn is_name(text: &str) -> bool {
    let name = text.strip_suffix(".fifo").unwrap_or(text);
    !name.is_empty()
        && text.len() <= 80
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl Service {
    pub(super) fn new(aws: aws::Client) -> Self {
        Self(Sqs::new(aws))
    }

    /// The queue that somebody means.
    pub(super) async fn find(&self, text: &str) -> Result<Queue, String> {
        let url = match Named::parse(text)? {
            Named::Url(url) => url,
            Named::Name {
                name,
                region,
                account,
            } => {
                let operation = "GetQueueUrl";
                let body = json!({"QueueName": name, "QueueOwnerAWSAccountId": account});
                let body = without_nulls(body);
                let region = region.as_deref();
                let answer = self.patiently(async || {
                    self.0
                        .within(region, operation, &body, LONGEST_ANSWER)
                        .await
                });
                let answer = answer
                    .await
                    .map_err(|error| trouble::sentence(&error, operation, text))?;
                let url = answer.string("QueueUrl").unwrap_or_default();
                QueueUrl::parse(url)
                    .map_err(|_| format!("SQS names no URL for {text}"))?
                    .within(region.map(str::to_owned))
            }
        };
        self.look_at(url).await
    }

    /// Asks for what is known of a queue, and so whether it is there.
    pub(super) async fn look_at(&self, url: QueueUrl) -> Result<Queue, String> {
        let names = [
            "QueueArn",
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ];
        let body = json!({"AttributeNames": names});
        let answer = self.about(&url, "GetQueueAttributes", body).await?;
        let attributes = answer.get("Attributes").cloned().unwrap_or_default();
        let count = |name: &str| -> u64 {
            let text = attributes.text(name).unwrap_or_default();
            text.parse().unwrap_or_default()
        };
        Ok(Queue {
            arn: attributes
                .text("QueueArn")
                .ok_or_else(|| format!("SQS names no ARN for {}", url.name()))?,
            visible: count("ApproximateNumberOfMessages"),
            kept_back: count("ApproximateNumberOfMessagesNotVisible")
                + count("ApproximateNumberOfMessagesDelayed"),
            url,
        })
    }

    /// The queues whose redrive policy names this one.
    pub(super) async fn sources(&self, queue: &Queue) -> Result<Vec<QueueUrl>, String> {
        let answer = self
            .about(&queue.url, "ListDeadLetterSourceQueues", json!({}))
            .await?;
        let region = queue.url.region().map(str::to_owned);
        let urls = answer.texts("queueUrls").into_iter();
        Ok(urls
            .filter_map(|url| Some(QueueUrl::parse(&url).ok()?.within(region.clone())))
            .collect())
    }

    /// Asks for an operation on a queue.
    pub(super) async fn about(
        &self,
        url: &QueueUrl,
        operation: &str,
        body: Value,
    ) -> Result<Value, String> {
        let mut body = body;
        body["QueueUrl"] = url.as_str().into();
        self.plain(url, operation, &body)
            .await
            .map_err(|error| trouble::sentence(&error, operation, url.name()))
    }

    /// The same for an operation that names the queue by something else, with the error as it is.
    pub(super) async fn plain(
        &self,
        url: &QueueUrl,
        operation: &str,
        body: &Value,
    ) -> Result<Value, SqsError> {
        self.patiently(async || self.0.about(url, operation, body, LONGEST_ANSWER).await)
            .await
    }

    /// Asks for an operation on several messages of a queue. One result for each, in their order, with AWS's word for an error.
    pub(super) async fn batch(
        &self,
        url: &QueueUrl,
        operation: &str,
        entries: Vec<Value>,
    ) -> Result<Vec<Result<(), String>>, String> {
        let asked = self.patiently(async || {
            self.0
                .batch(url, operation, entries.clone(), LONGEST_ANSWER)
                .await
        });
        let results = asked
            .await
            .map_err(|error| trouble::sentence(&error, operation, url.name()))?;
        let word = |code: Option<aws::ErrorCode>| {
            code.map_or_else(|| "no reason is said".to_owned(), |code| code.to_string())
        };
        Ok(results
            .into_iter()
            .map(|result| result.map_err(word))
            .collect())
    }

    /// Receives up to ten messages, which nobody else receives for so many seconds. None when there is none any more: waiting
    /// for a moment lets SQS look on all of its servers (page "Amazon SQS short and long polling").
    pub(super) async fn receive(&self, url: &QueueUrl, seconds: u32) -> Result<Vec<Value>, String> {
        let body = json!({
            "MaxNumberOfMessages": aws::sqs::MOST,
            "VisibilityTimeout": seconds,
            "WaitTimeSeconds": 1,
            "MessageSystemAttributeNames": ["All"],
            // The older name of the same.
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let answer = self.about(url, "ReceiveMessage", body).await?;
        Ok(answer.list("Messages").to_vec())
    }

    /// Lets others receive messages again at once. What cannot be given back comes back by itself after a while.
    pub(super) async fn give_back(&self, url: &QueueUrl, handles: Vec<String>) {
        for handles in aws::sqs::batches(handles, String::len) {
            let entries = handles
                .into_iter()
                .map(|handle| json!({"ReceiptHandle": handle, "VisibilityTimeout": 0}))
                .collect();
            let _ = self
                .batch(url, "ChangeMessageVisibilityBatch", entries)
                .await;
        }
    }

    /// Asks again when SQS has put it off; nothing has happened then.
    async fn patiently<T>(
        &self,
        ask: impl AsyncFn() -> Result<T, SqsError>,
    ) -> Result<T, SqsError> {
        for pause in PAUSES {
            match ask().await {
                Err(error) if trouble::passes(&error) => sleep(pause).await,
                result => return result,
            }
        }
        ask().await
    }
}

/// A member that is null is refused by some.
pub(super) fn without_nulls(mut body: Value) -> Value {
    if let Value::Object(members) = &mut body {
        members.retain(|_, value| !value.is_null());
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_url_an_arn_or_a_name() {
        let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/slack-dead";
        assert_eq!(
            Named::parse(url).unwrap(),
            Named::Url(QueueUrl::parse(url).unwrap())
        );
        assert_eq!(
            Named::parse("arn:aws-cn:sqs:cn-north-1:123456789012:slack-dead").unwrap(),
            Named::Name {
                name: "slack-dead".to_owned(),
                region: Some("cn-north-1".to_owned()),
                account: Some("123456789012".to_owned()),
            }
        );
        for name in ["slack-dead", " slack_dead\n", "Slack1.fifo"] {
            assert_eq!(
                Named::parse(name).unwrap(),
                Named::Name {
                    name: name.trim().to_owned(),
                    region: None,
                    account: None,
                }
            );
        }
    }

    #[test]
    fn says_what_is_wrong_with_anything_else() {
        for (text, why) in [
            ("", "no name"),
            ("slack dead", "no name"),
            ("slack/dead", "no name"),
            (".fifo", "no name"),
            ("arn:aws:sqs:eu-west-1", "no whole ARN"),
            (
                "arn:aws:sns:eu-west-1:123456789012:topic",
                "something else (sns)",
            ),
            ("https://sqs.eu-west-1.amazonaws.com/", "no URL of a queue"),
            ("s3://bucket/key", "no URL of a queue"),
        ] {
            let error = Named::parse(text).unwrap_err();
            assert!(error.contains(why), "{error}");
            assert!(
                error.ends_with("\n  write the URL, the ARN or the name of a queue of SQS"),
                "{error}"
            );
        }
    }
}
