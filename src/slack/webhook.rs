//! Posting to an incoming webhook.
//!
//! The URL of a webhook is a secret: who has it can post. [`WebhookUrl`] holds it, shows it to nobody, and gives it to the
//! HTTP client only; errors of the client are reduced to words here, because they would print it.

mod retry_after;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "aarch64", target_arch = "x86_64")
))]
mod roots;

use std::fmt;
use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use url::{Host, Url};

pub use retry_after::{LONGEST_RETRY_AFTER, retry_after};

/// Longest wait for a connection. Slack answers a handshake in well under a second from any region.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait for the whole exchange, when settings say nothing else. Slack has been seen to take seconds when busy, and giving up early is ambiguous.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest that settings may allow for it.
pub const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest wait for the body once the head is there: a word is sent in one piece with it.
const BODY_TIMEOUT: Duration = Duration::from_secs(2);
/// A connection that has not been used for so long is not used again. Slack may have closed it meanwhile, above all while AWS
/// froze the function, and a request that is sent into a closing connection is ambiguous. Less than the shortest such time that
/// servers commonly have (five seconds), and long enough for the records of one event and events that follow each other.
const LONGEST_IDLE: Duration = Duration::from_secs(4);
/// Slack's answers are one word; nothing beyond this is read.
const LONGEST_ANSWER: usize = 4 * 1024;

/// The hosts of Slack's webhooks, commercial and GovSlack (pages "Sending messages using incoming webhooks", "GovSlack").
const HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

/// The URL of an incoming webhook. Has no `Display`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebhookUrl(Url);

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookUrl(hidden)")
    }
}

/// Why a text is no URL of a webhook or a proxy: a sentence that says what to do and does not repeat the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrlError(&'static str);

impl fmt::Display for WebhookUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for WebhookUrlError {}

/// May webhooks lead to this machine?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loopback {
    /// Yes, over http or https, on any port: for tests and trials.
    Allowed,
    /// No.
    Refused,
}

impl WebhookUrl {
    /// Takes a URL that looks like one of Slack's incoming webhooks, and no other.
    pub fn parse(text: &str, loopback: Loopback) -> Result<Self, WebhookUrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(WebhookUrlError("the webhook URL is empty"));
        }
        if text.contains(char::is_whitespace) {
            return Err(WebhookUrlError(
                "the webhook URL has white space in it; copy it again, in one piece",
            ));
        }
        let Ok(url) = Url::parse(text) else {
            return Err(WebhookUrlError(
                "the webhook is not a URL; copy it from the app's page \"Incoming Webhooks\" at api.slack.com/apps, it starts with https://hooks.slack.com/services/",
            ));
        };
        if is_loopback(&url) {
            return match loopback {
                Loopback::Allowed => Ok(Self(url)),
                Loopback::Refused => Err(WebhookUrlError(
                    "the webhook URL leads to this machine; set ALLOW_LOOPBACK_WEBHOOK=1 if that is meant, for a test",
                )),
            };
        }
        if url.scheme() != "https" {
            return Err(WebhookUrlError("the webhook URL must start with https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookUrlError(
                "the webhook URL has a user name in it; Slack's have none",
            ));
        }
        if !HOSTS.contains(&url.host_str().unwrap_or_default()) || url.port().is_some() {
            return Err(WebhookUrlError(
                "the webhook URL does not lead to Slack; its host must be hooks.slack.com or hooks.slack-gov.com",
            ));
        }
        if url.path().starts_with("/triggers/") || url.path().starts_with("/workflows/") {
            return Err(WebhookUrlError(
                "the webhook URL belongs to Workflow Builder, which takes no messages; create an incoming webhook of an app instead (path /services/...)",
            ));
        }
        // `/services/T…/B…/<secret>`, or without `services` after an OAuth installation.
        let parts = url.path_segments().map_or(0, |parts| {
            parts
                .filter(|part| !part.is_empty() && *part != "services")
                .count()
        });
        if parts != 3 {
            return Err(WebhookUrlError(
                "the webhook URL is incomplete; copy all of it, it ends with three parts after /services/",
            ));
        }
        Ok(Self(url))
    }

    /// Host and port, which are no secret.
    pub fn address(&self) -> (&str, u16) {
        address(&self.0)
    }

    /// Does the text repeat a part of what is secret? A page that somebody else answers with may name what was asked for.
    pub fn is_in(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let parts = self.0.path_segments().into_iter().flatten();
        parts
            .filter(|part| !part.is_empty() && *part != "services")
            .any(|part| text.contains(&part.to_ascii_lowercase()))
    }
}

fn address(url: &Url) -> (&str, u16) {
    let port = url.port_or_known_default().unwrap_or(443);
    (url.host_str().unwrap_or_default(), port)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What requests go through. Its URL may hold a password; has no `Display`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(Url);

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(hidden)")
    }
}

impl Proxy {
    /// Takes the URL of an HTTP proxy.
    pub fn parse(text: &str) -> Result<Self, WebhookUrlError> {
        match Url::parse(text.trim()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self(url)),
            Ok(_) => Err(WebhookUrlError(
                "the proxy's URL must start with http:// or https://",
            )),
            Err(_) => Err(WebhookUrlError("the proxy is not a URL")),
        }
    }

    /// Host and port, which are no secret.
    pub fn address(&self) -> (&str, u16) {
        address(&self.0)
    }
}

/// What came of one request. Everything that happens on the network is one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Slack answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body, trimmed; of one that is longer than any word only the beginning, as it is. `None` when it broke off.
        body: Option<String>,
        /// What `Retry-After` asks for; see [`retry_after`].
        retry_after: Option<Duration>,
    },
    /// No answer came.
    Unanswered(Fault),
}

/// Why no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No connection, or no TLS: nothing was sent.
    Connect,
    /// The request was sent, and the time is over.
    Timeout,
    /// The request was sent or partly sent, and the connection broke.
    Reset,
}

/// The seam between delivery and the network, so that time and faults can be simulated without sockets.
pub trait Post {
    /// Posts a JSON body, and gives up after `timeout`.
    fn post(
        &self,
        url: &WebhookUrl,
        body: String,
        timeout: Duration,
    ) -> impl Future<Output = Answer>;
}

/// Posts over HTTPS. Built once, before the first record: reading the trust roots takes most of its time.
#[derive(Debug, Clone)]
pub struct Client {
    client: reqwest::Client,
    /// Longest wait for the whole exchange.
    timeout: Duration,
}

impl Client {
    /// Waits for [`TOTAL_TIMEOUT`], and uses no proxy.
    ///
    /// # Errors
    /// When the machine's trust roots cannot be read.
    pub fn new() -> Result<Self, String> {
        Self::with(TOTAL_TIMEOUT, None)
    }

    /// Uses ring, never follows a redirect (a POST that became a GET could be answered `ok`), and ignores proxies that the
    /// environment names.
    ///
    /// # Errors
    /// When the machine's trust roots cannot be read.
    pub fn with(timeout: Duration, proxy: Option<&Proxy>) -> Result<Self, String> {
        // Explicit, also when another crate has brought a provider; the second call of a process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout)
            .pool_idle_timeout(LONGEST_IDLE)
            // What is tried again is decided by who knows what was posted; no request is copied for it.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .user_agent(concat!("sns-to-slack/", env!("CARGO_PKG_VERSION")));
        if let Some(proxy) = proxy {
            let proxy = reqwest::Proxy::all(proxy.0.clone())
                .map_err(|error| format!("cannot use the proxy: {}", error.without_url()))?;
            builder = builder.proxy(proxy);
        }
        #[cfg(all(
            target_os = "linux",
            any(target_arch = "aarch64", target_arch = "x86_64")
        ))]
        if let Some(tls) = roots::tls() {
            builder = builder.tls_backend_preconfigured(tls);
        }
        builder
            .build()
            .map(|client| Self { client, timeout })
            .map_err(|error| format!("cannot set up TLS: {}", error.without_url()))
    }
}

impl Client {
    /// The client below it, for requests that do not go to Slack: with the same roots and the same proxy.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.client
    }
}

impl Post for Client {
    async fn post(&self, url: &WebhookUrl, body: String, timeout: Duration) -> Answer {
        let request = self
            .client
            .post(url.0.clone())
            .header(CONTENT_TYPE, "application/json")
            .timeout(timeout.min(self.timeout))
            .body(body);
        // Lets the runtime look at its sockets first: a connection that Slack has closed is then known to be closed.
        tokio::task::yield_now().await;
        match request.send().await {
            Ok(response) => Answer::Answered {
                status: response.status().as_u16(),
                retry_after: asked_wait(response.headers()),
                body: tokio::time::timeout(BODY_TIMEOUT, read_body(response))
                    .await
                    .unwrap_or_default(),
            },
            Err(error) if error.is_connect() || error.is_builder() => {
                Answer::Unanswered(Fault::Connect)
            }
            Err(error) if error.is_timeout() => Answer::Unanswered(Fault::Timeout),
            Err(_) => Answer::Unanswered(Fault::Reset),
        }
    }
}

fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    let wait = text(RETRY_AFTER)?;
    // By the clock that has written the date, if it tells the time.
    let now = text(DATE)
        .and_then(|date| chrono::DateTime::parse_from_rfc2822(date).ok())
        .map_or_else(SystemTime::now, SystemTime::from);
    retry_after(wait, now)
}

async fn read_body(mut response: reqwest::Response) -> Option<String> {
    let mut bytes = Vec::new();
    while bytes.len() <= LONGEST_ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Some(String::from_utf8_lossy(&bytes).trim().to_owned()),
            Err(_) => return None,
        }
    }
    // Not trimmed: behind the white space that may end here, something else may follow, so this is no word.
    bytes.truncate(LONGEST_ANSWER);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together at run time, so that no leak scanner takes it for a real one.
    fn webhook(path: &str) -> String {
        format!("https://hooks.slack.com{path}")
    }

    #[test]
    fn takes_incoming_webhooks_only() {
        let cases = [
            (webhook("/services/T000/B000/FAKE"), None),
            (webhook("/T000/B000/FAKE"), None),
            (format!("  {}\n", webhook("/services/T000/B000/FAKE")), None),
            (
                "https://hooks.slack-gov.com/services/T000/B000/FAKE".to_owned(),
                None,
            ),
            (String::new(), Some("empty")),
            (webhook("/services/T000/B000/FAKE x"), Some("white space")),
            ("#deploys".to_owned(), Some("not a URL")),
            (
                "http://hooks.slack.com/services/T000/B000/FAKE".to_owned(),
                Some("https://"),
            ),
            (
                "https://hooks.slack.com.evil.example/services/T000/B000/FAKE".to_owned(),
                Some("does not lead to Slack"),
            ),
            (
                "https://hooks.slack.com:444/services/T000/B000/FAKE".to_owned(),
                Some("does not lead to Slack"),
            ),
            (
                "https://discord.example/services/T000/B000/FAKE".to_owned(),
                Some("does not lead to Slack"),
            ),
            (
                "https://me:pw@hooks.slack.com/services/T000/B000/FAKE".to_owned(),
                Some("user name"),
            ),
            (webhook("/triggers/T000/123/FAKE"), Some("Workflow Builder")),
            (
                webhook("/workflows/T000/A000/123/FAKE"),
                Some("Workflow Builder"),
            ),
            (webhook("/services/T000/B000/"), Some("incomplete")),
            (webhook("/"), Some("incomplete")),
            (
                "http://127.0.0.1:4711/a".to_owned(),
                Some("ALLOW_LOOPBACK_WEBHOOK"),
            ),
        ];
        for (text, expected) in cases {
            let result = WebhookUrl::parse(&text, Loopback::Refused);
            match (expected, &result) {
                (None, Ok(_)) => {}
                (Some(part), Err(error)) => {
                    let error = error.to_string();
                    assert!(error.contains(part), "{text}: {error}");
                    assert!(!error.contains("FAKE"), "{error}");
                }
                _ => panic!("{text}: {result:?}"),
            }
        }
        assert!(WebhookUrl::parse("http://127.0.0.1:4711/a", Loopback::Allowed).is_ok());
        assert!(WebhookUrl::parse("http://[::1]:4711/a", Loopback::Allowed).is_ok());
        assert!(WebhookUrl::parse("http://10.0.0.1/a", Loopback::Allowed).is_err());
    }

    #[tokio::test]
    async fn goes_through_the_proxy_of_the_settings() {
        use std::io::{Read, Write};

        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let length = connection.read(&mut request).unwrap();
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
            connection.write_all(answer.as_bytes()).unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let proxy_url = Proxy::parse(&format!("http://me:secret@{address}")).unwrap();
        let client = Client::with(TOTAL_TIMEOUT, Some(&proxy_url)).unwrap();
        // Nothing listens there.
        let url = WebhookUrl::parse("http://127.0.0.1:9/a", Loopback::Allowed).unwrap();
        let answer = client.post(&url, "{}".to_owned(), TOTAL_TIMEOUT).await;
        let Answer::Answered { status, body, .. } = answer else {
            panic!("{answer:?}");
        };
        assert_eq!((status, body.as_deref()), (200, Some("ok")));
        let request = proxy.join().unwrap();
        assert!(
            request.starts_with("POST http://127.0.0.1:9/a HTTP/1.1"),
            "{request}"
        );
        assert!(!format!("{proxy_url:?}{client:?}").contains("secret"));
    }

    #[test]
    fn shows_its_url_to_nobody() {
        let url = WebhookUrl::parse(&webhook("/services/T000/B000/CANARY"), Loopback::Refused);
        assert!(!format!("{url:?}").contains("CANARY"));
    }
}
