//! Asking AWS: one signed request and its answer.
//!
//! A few calls of a few services, so there is no SDK: see ARCHITECTURE.md, "Secrets". Of an answer only the bytes are given
//! back; of an error only what sort it is, because the errors of the HTTP client repeat what was sent.

pub mod sqs;

mod sign;

use std::fmt;
use std::time::SystemTime;

use url::Url;

use crate::loose::Loose;
use crate::slack::webhook;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The service's name for signing, as `sqs`.
    pub service: &'a str,
    /// The region, as `eu-west-1`.
    pub region: &'a str,
    /// The operation, as `AmazonSQS.SendMessage`.
    pub target: &'a str,
    /// Which JSON the service speaks: `application/x-amz-json-1.0` or `-1.1`.
    pub content_type: &'a str,
    /// What the operation takes, as JSON.
    pub body: &'a str,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A variable with credentials is not set.
    NoCredentials {
        /// The variable.
        variable: &'static str,
    },
    /// No request can be made of the credentials.
    Unsignable,
    /// No connection, or it broke.
    Connect,
    /// Longer than any answer that is expected.
    TooLong {
        /// The HTTP status.
        status: u16,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// AWS's word for an error. Only letters, so that nothing else can come with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorCode(String);

impl ErrorCode {
    /// The longest that AWS documents for these services has 36 letters.
    const LONGEST: usize = 64;

    /// `None` when it is no word.
    pub(crate) fn new(text: &str) -> Option<Self> {
        // `com.amazonaws.ssm#ParameterNotFound`, and `AWS.SimpleQueueService.NonExistentQueue` in an older spelling.
        let text = text.rsplit(['#', '.']).next().unwrap_or_default();
        let word = !text.is_empty()
            && text.len() <= Self::LONGEST
            && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        word.then(|| Self(text.to_owned()))
    }

    /// The one of an answer that is an error.
    pub(crate) fn of(answer: &impl Loose) -> Option<Self> {
        Self::new(answer.string("__type").or_else(|| answer.string("code"))?)
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A client with credentials.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Or the variable that is missing.
    keys: Result<sign::Keys, &'static str>,
    region: Option<String>,
    endpoint: Option<String>,
}

impl Client {
    /// With the credentials, `AWS_REGION` and `AWS_ENDPOINT_URL` of the environment. What is missing is said by each request.
    pub fn from_environment(
        client: &webhook::Client,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        Self {
            http: client.http().clone(),
            keys: sign::Keys::from_environment(&variable),
            region: set("AWS_REGION"),
            endpoint: set("AWS_ENDPOINT_URL"),
        }
    }

    /// `AWS_REGION`.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// `AWS_ENDPOINT_URL`: who answers in place of AWS's public endpoints.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Asks once. Nothing longer than `longest` bytes is read.
    ///
    /// # Errors
    /// When there is no whole answer. A refusal of AWS is an answer.
    pub async fn ask(
        &self,
        request: &Request<'_>,
        url: &Url,
        longest: usize,
    ) -> Result<Answer, Fault> {
        let keys = self
            .keys
            .as_ref()
            .map_err(|variable| Fault::NoCredentials { variable })?;
        let headers = keys
            .headers(request, url.as_str(), SystemTime::now())
            .ok_or(Fault::Unsignable)?;
        let mut asked = self.http.post(url.clone()).body(request.body.to_owned());
        for (name, value) in headers {
            asked = asked.header(name, value);
        }
        // What the errors of the client say is dropped: it may repeat what was sent.
        let mut response = asked.send().await.map_err(|error| {
            if error.is_builder() {
                Fault::Unsignable
            } else {
                Fault::Connect
            }
        })?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Fault::Connect)? {
            body.extend_from_slice(&chunk);
            if body.len() > longest {
                return Err(Fault::TooLong { status });
            }
        }
        Ok(Answer { status, body })
    }
}

/// The public endpoint of a service in a region (page "AWS service endpoints"; a domain for each partition). `None` when the
/// region is none.
pub fn public_endpoint(service: &str, region: &str) -> Option<Url> {
    if !is_region(region) {
        return None;
    }
    let domain = match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    Url::parse(&format!("https://{service}.{region}.{domain}/")).ok()
}

/// It becomes a part of a host name.
pub fn is_region(region: &str) -> bool {
    (1..=32).contains(&region.len())
        && region
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// What `AWS_ENDPOINT_URL` says; `None` when it is no URL of HTTP.
pub fn other_endpoint(endpoint: &str) -> Option<Url> {
    Url::parse(endpoint.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "https" | "http"))
}
