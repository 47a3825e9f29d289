//! What is wrong with a webhook, and what to do about it: from the answer that came, in a person's words.
//!
//! [`delivery::verdict`] reduces an answer to a reason, which is enough to decide what happens next. Here Slack's own word
//! for it decides first (page "Sending messages using incoming webhooks", "Handling errors"), because a person does
//! different things about an archived channel and a deleted webhook; the reason is for words that are not known.

use std::env;
use std::time::Duration;

use super::origin::Origin;
use super::reach;
use crate::delivery::{self, Outcome, Reason};
use crate::secrets::SecretError;
use crate::settings::{Delivery, Finding};
use crate::slack::webhook::{Answer, Fault, WebhookUrl};

/// Of an answer that Slack's webhooks do not give, so much is shown.
const LONGEST_SHOWN: usize = 64;

/// What the answer to a test message tells.
///
/// # Errors
/// When it was not `ok`.
pub(super) async fn of(
    answer: &Answer,
    webhook: &WebhookUrl,
    origin: &Origin<'_>,
    delivery: &Delivery,
) -> Result<(), Finding> {
    let verdict = delivery::verdict(answer);
    if verdict == Outcome::Posted {
        return Ok(());
    }
    Err(match answer {
        Answer::Unanswered(Fault::Connect) => {
            reach::examine(webhook, delivery.proxy.as_ref(), ignored_proxy()).await
        }
        Answer::Unanswered(Fault::Timeout) => finding(
            format!(
                "no answer within {} s; the message may have arrived all the same",
                delivery.timeout.as_secs()
            ),
            "look into the channel; if it is not there, try again later, or allow more by `timeout_seconds` in [delivery] of the \
             settings",
        ),
        Answer::Unanswered(Fault::Reset)
        | Answer::Answered {
            status: 200,
            body: None,
            ..
        } => finding(
            "the connection broke before all of the answer was there; the message may have arrived all the same".to_owned(),
            "look into the channel; if it is not there, try again; if that is of no use, look for a firewall or a proxy on the way",
        ),
        Answer::Answered {
            status,
            body,
            retry_after,
        } => {
            let answer = Read {
                status: *status,
                body: body.as_deref().unwrap_or_default(),
                retry_after: *retry_after,
            };
            answer.finding(verdict.reason(), webhook, origin)
        }
    })
}

/// A variable by which others are told of a proxy.
fn ignored_proxy() -> Option<&'static str> {
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    names
        .into_iter()
        .find(|name| env::var(name).is_ok_and(|value| !value.is_empty()))
}

/// Why a secret cannot be had. Here it is not the function that reads it.
pub(super) fn of_secret(error: &SecretError) -> Finding {
    of_sentence(&error.sentence("the owner of AWS_ACCESS_KEY_ID"))
}

pub(super) fn of_variable(mut finding: Finding) -> Finding {
    let found = of_sentence(&finding.message);
    finding.hint = finding
        .hint
        .or(found.hint)
        .map(|hint| format!("{hint}; the function does not start without it"));
    finding.message = found.message;
    finding
}

/// Sentences about settings and secrets are "what is wrong; what to do".
pub(super) fn of_sentence(sentence: &str) -> Finding {
    match sentence.split_once("; ") {
        Some((what, hint)) => finding(what.to_owned(), hint),
        None => finding(
            sentence.to_owned(),
            "copy the webhook's URL again, from \"Incoming Webhooks\" of the app at api.slack.com/apps",
        ),
    }
}

fn finding(message: String, hint: impl Into<String>) -> Finding {
    Finding {
        place: None,
        message,
        hint: Some(hint.into()),
    }
}

/// An answer, with as much of its body as came.
struct Read<'a> {
    status: u16,
    body: &'a str,
    retry_after: Option<Duration>,
}

/// What helps.
enum Remedy {
    /// A new webhook, in place of this one.
    Replace,
    /// This, or a new webhook.
    OrReplace(&'static str),
    /// The same webhook without a mistake in its URL, or a new one.
    CopyOrReplace,
    /// This alone.
    Do(&'static str),
}

impl Remedy {
    fn hint(&self, origin: &Origin<'_>) -> String {
        let place = origin.place();
        match self {
            Self::Replace => format!(
                "create a new webhook at api.slack.com/apps (your app, \"Incoming Webhooks\"), and put its URL into {place}"
            ),
            Self::OrReplace(first) => {
                format!("{first}, or put the URL of another webhook into {place}")
            }
            Self::CopyOrReplace => format!(
                "copy its URL again from api.slack.com/apps (your app, \"Incoming Webhooks\"), or create a new webhook there, and put the \
                 URL into {place}"
            ),
            Self::Do(this) => (*this).to_owned(),
        }
    }
}

impl Read<'_> {
    fn finding(
        &self,
        reason: Option<Reason>,
        webhook: &WebhookUrl,
        origin: &Origin<'_>,
    ) -> Finding {
        let (status, body) = (self.status, self.body);
        if let Some((what, remedy)) = of_word(body) {
            return finding(format!("{what} ({status} {body})"), remedy.hint(origin));
        }
        let said = said(body, webhook);
        // A word of Slack's that came after this program.
        let is_word = is_word(body) && said.is_some();
        let shown = match &said {
            Some(said) if is_word => format!("{status} {said}"),
            Some(said) => format!("{status}: {said}"),
            None => status.to_string(),
        };
        let slacks = is_word || body.is_empty();
        let (what, remedy) = match reason {
            Some(Reason::RateLimited) => return self.rate_limited(),
            Some(Reason::ServerError) => (
                "Slack has trouble, or something on the way there",
                Remedy::Do(
                    "look at slack-status.com, and try again in a minute; the function does so by itself",
                ),
            ),
            Some(Reason::WebhookGone) if slacks => {
                ("Slack does not know the webhook", Remedy::Replace)
            }
            Some(Reason::NotAllowed) if slacks => (
                "Slack does not allow it",
                Remedy::OrReplace("ask an administrator of the Slack workspace what forbids it"),
            ),
            Some(Reason::RejectedPayload) if slacks => (
                "Slack calls the test message malformed",
                Remedy::Do(concat!(
                    "the webhook is not to blame: please report this line, with the version ",
                    env!("CARGO_PKG_VERSION")
                )),
            ),
            _ if (300..400).contains(&status) => (
                "the answer is a redirect, which Slack's webhooks do not give",
                Remedy::Do(BETWEEN),
            ),
            _ if status == 407 => (
                "a proxy on the way wants a name and a password",
                Remedy::Do(
                    "write them into `proxy` in [delivery] of the settings, as in http://NAME:PASSWORD@proxy.example.org:3128",
                ),
            ),
            _ if is_word => (
                "Slack refuses it, with a word that is not known here",
                Remedy::OrReplace("look the word up in Slack's documentation of incoming webhooks"),
            ),
            _ => (
                "the answer is not one that Slack's webhooks give",
                Remedy::Do(BETWEEN),
            ),
        };
        finding(format!("{what} ({shown})"), remedy.hint(origin))
    }

    fn rate_limited(&self) -> Finding {
        let wait = match self.retry_after {
            Some(time) => format!("wait {} s", time.as_secs()),
            None => "wait a minute".to_owned(),
        };
        finding(
            format!(
                "Slack gets too many messages for this webhook ({})",
                self.status
            ),
            format!(
                "{wait} and try again; all who use the webhook together may post about one message a second"
            ),
        )
    }
}

const BETWEEN: &str = "something between here and Slack answers in its place, such as a proxy or the login page of a network: let \
                       hooks.slack.com pass, or try from another network";

/// Slack's words, but for those about which there is no more to say than about their reason.
fn of_word(word: &str) -> Option<(&'static str, Remedy)> {
    use Remedy::{CopyOrReplace, Do, OrReplace, Replace};
    Some(match word {
        "no_service" => (
            "Slack does not know the webhook any more: it was deleted, or its app was removed or switched off",
            Replace,
        ),
        "no_active_hooks" => (
            "the webhook is switched off",
            OrReplace("switch \"Incoming Webhooks\" on again for the app at api.slack.com/apps"),
        ),
        "no_service_id" => (
            "Slack does not know the webhook: the part B… of its URL is missing or wrong",
            CopyOrReplace,
        ),
        "no_team" => (
            "Slack does not know the workspace: the part T… of the webhook's URL is wrong, or the workspace is gone",
            CopyOrReplace,
        ),
        "invalid_token" => (
            "the last part of the webhook's URL is wrong, or was revoked, as Slack does with one that it finds in public",
            CopyOrReplace,
        ),
        "team_disabled" => (
            "the Slack workspace is deactivated",
            OrReplace("ask an owner of the workspace to reactivate it"),
        ),
        "channel_not_found" => ("the webhook's channel does not exist any more", Replace),
        "channel_is_archived" => (
            "the webhook's channel is archived",
            OrReplace("unarchive it in Slack"),
        ),
        "user_not_found" => (
            "the person to whom the webhook posts does not exist any more",
            Replace,
        ),
        "action_prohibited" => (
            "an administrator of the Slack workspace has forbidden what the webhook does",
            Do("ask an administrator of the workspace to allow the app of the webhook to post"),
        ),
        "posting_to_general_channel_denied" => (
            "who created the webhook may not post to #general",
            OrReplace("let an administrator of the workspace allow it"),
        ),
        _ => return None,
    })
}

/// As Slack's words look.
fn is_word(text: &str) -> bool {
    (1..=LONGEST_SHOWN).contains(&text.len())
        && text
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
}

/// What of a body may be shown: the title of a page, or the beginning of any other text; `None` when nothing is there, or
/// when it repeats the webhook.
fn said(body: &str, webhook: &WebhookUrl) -> Option<String> {
    let text = match title(body) {
        Some(title) => title,
        None if body.trim_start().starts_with('<') => return Some("a page of HTML".to_owned()),
        None => body,
    };
    let is_safe = |c: char| c.is_alphanumeric() || " .,:;!?()'-_/".contains(c);
    let text = text.replace(|c| !is_safe(c), " ");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || webhook.is_in(&text) {
        return None;
    }
    if is_word(&text) {
        return Some(text);
    }
    Some(match text.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("\"{}…\"", text.get(..end).unwrap_or_default()),
        None => format!("\"{text}\""),
    })
}

/// What stands between `<title>` and its end.
fn title(html: &str) -> Option<&str> {
    let lower = html.to_ascii_lowercase();
    let (_, rest) = lower.split_once("<title")?;
    let (_, rest) = rest.split_once('>')?;
    let (title, _) = rest.split_once('<')?;
    let from = lower.len() - rest.len();
    html.get(from..from + title.len())
}
