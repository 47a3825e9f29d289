//! What became of a record at a receiver, and how an answer of Slack decides it.

use std::fmt;
use std::time::Duration;

use crate::slack::webhook::{Answer, Fault};

/// What became of one record at one receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Slack said `ok`.
    Posted,
    /// Certainly not shown: Slack said something else, or nothing was sent.
    NotPosted {
        /// Why.
        reason: Reason,
        /// How long to wait before the next request to the same webhook.
        retry_after: Option<Duration>,
    },
    /// Sent, and no answer came: it may have been shown. Not sent again in this invocation.
    Ambiguous {
        /// Why.
        reason: Reason,
    },
    /// Not posted, or perhaps not, and durably in the retry queue: another invocation will try again.
    HandedOver {
        /// Why it was not posted.
        reason: Reason,
    },
    /// A route says that nobody gets it.
    Ignored,
}

/// Why something was not posted: a closed set, the same words in logs, metrics and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// 429.
    RateLimited,
    /// 5xx.
    ServerError,
    /// No connection or no TLS.
    Connect,
    /// No answer in time.
    Timeout,
    /// The connection broke.
    Reset,
    /// Too little time was left in the invocation to begin.
    Deadline,
    /// Slack calls the payload malformed.
    RejectedPayload,
    /// The webhook, its channel or its workspace is gone.
    WebhookGone,
    /// An administrator's rule forbids it.
    NotAllowed,
    /// The webhook's URL could not be fetched from where it is kept.
    SecretUnavailable,
    /// No message could be made.
    Render,
    /// The retry queue did not take it.
    QueueRefused,
    /// An answer that none of the others describes, such as 200 with a body other than `ok`.
    UnexpectedAnswer,
}

impl Reason {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::ServerError => "server_error",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Deadline => "deadline",
            Self::RejectedPayload => "rejected_payload",
            Self::WebhookGone => "webhook_gone",
            Self::NotAllowed => "not_allowed",
            Self::SecretUnavailable => "secret_unavailable",
            Self::Render => "render",
            Self::QueueRefused => "queue_refused",
            Self::UnexpectedAnswer => "unexpected_answer",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Outcome {
    /// Certainly not shown, and Slack names no time to wait.
    pub fn not_posted(reason: Reason) -> Self {
        Self::NotPosted {
            reason,
            retry_after: None,
        }
    }

    /// The word for the outcome, as in the metrics.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::NotPosted { .. } => "not_posted",
            Self::Ambiguous { .. } => "ambiguous",
            Self::HandedOver { .. } => "handed_over",
            Self::Ignored => "ignored",
        }
    }

    /// Why it was not posted.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::NotPosted { reason, .. }
            | Self::Ambiguous { reason }
            | Self::HandedOver { reason } => Some(*reason),
            Self::Posted | Self::Ignored => None,
        }
    }

    /// How long Slack wants nothing more for the same webhook.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::NotPosted { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Would the same request perhaps be taken a little later? Never for what is ambiguous: it may be shown already.
    pub fn can_heal(&self) -> bool {
        matches!(
            self,
            Self::NotPosted {
                reason: Reason::RateLimited | Reason::ServerError | Reason::Connect,
                ..
            }
        )
    }

    /// Does Slack refuse the webhook, whatever is posted to it?
    pub fn refuses_webhook(&self) -> bool {
        matches!(
            self,
            Self::NotPosted {
                reason: Reason::WebhookGone | Reason::NotAllowed,
                ..
            }
        )
    }

    /// May the invocation call this a success?
    pub fn is_success(&self) -> bool {
        match self {
            Self::Posted | Self::HandedOver { .. } | Self::Ignored => true,
            Self::NotPosted { .. } | Self::Ambiguous { .. } => false,
        }
    }
}

/// How long to wait after 429 without a usable `Retry-After`: Slack takes about one message a second for a channel (page "Rate
/// limits").
const DEFAULT_RETRY_AFTER: Duration = Duration::from_secs(1);

/// From Slack's answer to the outcome. Total: every status and every word has one. The word decides before the status,
/// because Slack documents the words and not all of their statuses (page "Sending messages using incoming webhooks",
/// "Handling errors").
pub fn verdict(answer: &Answer) -> Outcome {
    let (status, body, retry_after) = match answer {
        Answer::Unanswered(Fault::Connect) => return Outcome::not_posted(Reason::Connect),
        Answer::Unanswered(Fault::Timeout) => {
            return Outcome::Ambiguous {
                reason: Reason::Timeout,
            };
        }
        Answer::Unanswered(Fault::Reset) => {
            return Outcome::Ambiguous {
                reason: Reason::Reset,
            };
        }
        Answer::Answered {
            status,
            body,
            retry_after,
        } => (*status, body.as_deref(), *retry_after),
    };
    match (status, body) {
        (200, Some("ok")) => return Outcome::Posted,
        // The answer broke off: it may have been going to be `ok`.
        (200, None) => {
            return Outcome::Ambiguous {
                reason: Reason::UnexpectedAnswer,
            };
        }
        _ => {}
    }
    let reason = body.and_then(word).unwrap_or(match status {
        429 => Reason::RateLimited,
        500..=599 => Reason::ServerError,
        404 | 410 => Reason::WebhookGone,
        401 | 403 => Reason::NotAllowed,
        413 => Reason::RejectedPayload,
        _ => Reason::UnexpectedAnswer,
    });
    Outcome::NotPosted {
        reason,
        retry_after: match reason {
            Reason::RateLimited => Some(retry_after.unwrap_or(DEFAULT_RETRY_AFTER)),
            Reason::ServerError => retry_after,
            _ => None,
        },
    }
}

/// The words that Slack's webhooks are known to answer.
fn word(body: &str) -> Option<Reason> {
    Some(match body {
        "invalid_payload"
        | "no_text"
        | "invalid_blocks"
        | "invalid_blocks_format"
        | "invalid_attachments"
        | "too_many_attachments"
        | "msg_too_long"
        | "msg_blocks_too_long"
        | "attachment_payload_limit_exceeded"
        | "only_one_table_allowed" => Reason::RejectedPayload,
        "invalid_token"
        | "no_service"
        | "no_service_id"
        | "no_team"
        | "no_active_hooks"
        | "team_disabled"
        | "channel_not_found"
        | "channel_is_archived"
        | "user_not_found" => Reason::WebhookGone,
        "action_prohibited" | "posting_to_general_channel_denied" => Reason::NotAllowed,
        "rollup_error" => Reason::ServerError,
        "rate_limited" | "ratelimited" => Reason::RateLimited,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Reason; 13] = [
        Reason::RateLimited,
        Reason::ServerError,
        Reason::Connect,
        Reason::Timeout,
        Reason::Reset,
        Reason::Deadline,
        Reason::RejectedPayload,
        Reason::WebhookGone,
        Reason::NotAllowed,
        Reason::SecretUnavailable,
        Reason::Render,
        Reason::QueueRefused,
        Reason::UnexpectedAnswer,
    ];

    fn answered(status: u16, body: &str) -> Outcome {
        verdict(&Answer::Answered {
            status,
            body: Some(body.to_owned()),
            retry_after: Some(Duration::from_secs(7)),
        })
    }

    #[test]
    fn every_status_has_a_verdict_and_only_200_ok_is_posted() {
        for status in 100..=599 {
            let expected = match status {
                200 => None,
                429 => Some(Reason::RateLimited),
                500..=599 => Some(Reason::ServerError),
                404 | 410 => Some(Reason::WebhookGone),
                401 | 403 => Some(Reason::NotAllowed),
                413 => Some(Reason::RejectedPayload),
                _ => Some(Reason::UnexpectedAnswer),
            };
            let outcome = answered(status, "ok");
            assert_eq!(outcome.reason(), expected, "{status}");
            assert_eq!(outcome == Outcome::Posted, status == 200, "{status}");
            for body in [
                "",
                "OK",
                "ok ok",
                "{\"ok\":true}",
                "<html>",
                "invalid_payload",
            ] {
                let outcome = answered(status, body);
                assert!(
                    matches!(outcome, Outcome::NotPosted { .. }),
                    "{status} {body}: {outcome:?}"
                );
            }
        }
    }

    #[test]
    fn every_known_word_decides_before_the_status() {
        use Reason::{NotAllowed, RateLimited, RejectedPayload, ServerError, WebhookGone};
        for (word, expected) in [
            ("invalid_payload", RejectedPayload),
            ("no_text", RejectedPayload),
            ("invalid_blocks", RejectedPayload),
            ("invalid_blocks_format", RejectedPayload),
            ("invalid_attachments", RejectedPayload),
            ("too_many_attachments", RejectedPayload),
            ("user_not_found", WebhookGone),
            ("action_prohibited", NotAllowed),
            ("posting_to_general_channel_denied", NotAllowed),
            ("invalid_token", WebhookGone),
            ("team_disabled", WebhookGone),
            ("channel_not_found", WebhookGone),
            ("no_service", WebhookGone),
            ("no_service_id", WebhookGone),
            ("no_team", WebhookGone),
            ("no_active_hooks", WebhookGone),
            ("channel_is_archived", WebhookGone),
            ("rollup_error", ServerError),
            ("rate_limited", RateLimited),
        ] {
            for status in [200, 400, 403, 404, 410, 418, 500] {
                assert_eq!(
                    answered(status, word).reason(),
                    Some(expected),
                    "{status} {word}"
                );
            }
        }
    }

    #[test]
    fn an_answer_that_breaks_off_is_ambiguous_only_when_it_began_well() {
        let broken = |status| {
            verdict(&Answer::Answered {
                status,
                body: None,
                retry_after: None,
            })
        };
        assert!(matches!(broken(200), Outcome::Ambiguous { .. }));
        assert_eq!(broken(404).reason(), Some(Reason::WebhookGone));
        assert!(matches!(broken(404), Outcome::NotPosted { .. }));
        assert!(matches!(
            verdict(&Answer::Unanswered(Fault::Connect)),
            Outcome::NotPosted { .. }
        ));
        for fault in [Fault::Timeout, Fault::Reset] {
            assert!(matches!(
                verdict(&Answer::Unanswered(fault)),
                Outcome::Ambiguous { .. }
            ));
        }
    }

    #[test]
    fn what_can_heal_and_what_a_new_webhook_can_mend_are_known() {
        use Reason::{Connect, NotAllowed, RateLimited, ServerError, WebhookGone};
        for reason in ALL {
            let outcome = Outcome::not_posted(reason);
            let heals = matches!(reason, RateLimited | ServerError | Connect);
            assert_eq!(outcome.can_heal(), heals, "{reason}");
            let refused = matches!(reason, WebhookGone | NotAllowed);
            assert_eq!(outcome.refuses_webhook(), refused, "{reason}");
            assert!(!outcome.is_success(), "{reason}");
            assert_eq!(outcome.reason(), Some(reason));
            let ambiguous = Outcome::Ambiguous { reason };
            assert!(
                !ambiguous.can_heal() && !ambiguous.refuses_webhook(),
                "{reason}"
            );
            assert!(!ambiguous.is_success(), "{reason}");
        }
        for outcome in [Outcome::Posted, Outcome::Ignored] {
            assert!(outcome.is_success() && !outcome.can_heal() && !outcome.refuses_webhook());
            assert_eq!(outcome.reason(), None);
        }
    }

    #[test]
    fn every_reason_has_its_word() {
        let words: Vec<String> = ALL.iter().map(ToString::to_string).collect();
        assert_eq!(
            words,
            [
                "rate_limited",
                "server_error",
                "connect",
                "timeout",
                "reset",
                "deadline",
                "rejected_payload",
                "webhook_gone",
                "not_allowed",
                "secret_unavailable",
                "render",
                "queue_refused",
                "unexpected_answer"
            ]
        );
    }

    #[test]
    fn retry_after_is_kept_for_what_can_heal() {
        let retry_after = |outcome: Outcome| match outcome {
            Outcome::NotPosted { retry_after, .. } => retry_after,
            _ => None,
        };
        assert_eq!(retry_after(answered(429, "")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(answered(503, "")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(answered(404, "")), None);
        let silent = |status| {
            retry_after(verdict(&Answer::Answered {
                status,
                body: None,
                retry_after: None,
            }))
        };
        assert_eq!(silent(429), Some(Duration::from_secs(1)));
        assert_eq!(silent(503), None);
    }
}
