//! Where the URL of a webhook is kept.

use std::fmt;

use super::finding::{Finding, nearest};
use super::source::set;
use crate::slack::webhook::{Loopback, WebhookUrl};

/// Where the URL of a webhook is kept, as settings write it. `Display` shows the reference, never a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookReference {
    /// The URL itself.
    Url(WebhookUrl),
    /// `ssm:<name or ARN>`: a parameter of Systems Manager's Parameter Store.
    Ssm(String),
    /// `secretsmanager:<name or ARN>[#<key>]`: a secret of Secrets Manager.
    SecretsManager {
        /// Name or ARN.
        id: String,
        /// When the secret is a JSON object: the member that holds the URL.
        json_key: Option<String>,
    },
    /// `env:<NAME>`: an environment variable.
    Env(String),
}

impl fmt::Display for WebhookReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(_) => f.write_str("the URL itself"),
            Self::Ssm(name) => write!(f, "ssm:{name}"),
            Self::SecretsManager { id, json_key: None } => write!(f, "secretsmanager:{id}"),
            Self::SecretsManager {
                id,
                json_key: Some(key),
            } => write!(f, "secretsmanager:{id}#{key}"),
            Self::Env(name) => write!(f, "env:{name}"),
        }
    }
}

/// Why a text is no reference. Repeats nothing that may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReferenceError {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

const SCHEMES: [&str; 3] = ["ssm", "secretsmanager", "env"];

impl WebhookReference {
    pub(super) fn parse(text: &str, loopback: Loopback) -> Result<Self, ReferenceError> {
        let text = text.trim();
        let url = || {
            WebhookUrl::parse(text, loopback)
                .map(Self::Url)
                .map_err(|error| ReferenceError {
                    message: error.to_string(),
                    hint: None,
                })
        };
        let Some((scheme, rest)) = text.split_once(':') else {
            return url();
        };
        if rest.starts_with("//") {
            return url();
        }
        if SCHEMES.contains(&scheme) && is_webhook(rest) {
            return Err(ReferenceError {
                message: format!("what follows \"{scheme}:\" is the URL of a webhook"),
                hint: Some(format!(
                    "leave \"{scheme}:\" out, or write the name of what holds the URL"
                )),
            });
        }
        match scheme {
            "ssm" => name(scheme, rest, "/slack/deploys").map(Self::Ssm),
            "env" => name(scheme, rest, "SLACK_WEBHOOK_DEPLOYS").map(Self::Env),
            "secretsmanager" => {
                // A secret's name has no `#` (page "CreateSecret").
                let (id, key) = match rest.split_once('#') {
                    Some((id, key)) => (id, Some(key)),
                    None => (rest, None),
                };
                if key == Some("") {
                    return Err(ReferenceError {
                        message: "the reference ends with `#`, and the key after it is missing"
                            .to_owned(),
                        hint: Some("name the member of the secret's JSON that holds the URL, or leave the `#` out".to_owned()),
                    });
                }
                name(scheme, id, "slack").map(|id| Self::SecretsManager {
                    id,
                    json_key: key.map(str::to_owned),
                })
            }
            "arn" => Err(ReferenceError {
                message: "an ARN alone does not say how to read it".to_owned(),
                hint: Some("write `secretsmanager:` or `ssm:` before it".to_owned()),
            }),
            // Short and without dots: not a host with its port, which may belong to a secret.
            word if word.len() <= 20 && word.bytes().all(|c| c.is_ascii_alphanumeric()) => {
                let lower = word.to_ascii_lowercase();
                Err(ReferenceError {
                    message: format!("unknown reference \"{word}:…\""),
                    hint: Some(match nearest(&lower, SCHEMES) {
                        Some(meant) => format!("did you mean \"{meant}:…\"?"),
                        None => "write \"ssm:…\", \"secretsmanager:…\", \"env:…\" or the URL of the webhook".to_owned(),
                    }),
                })
            }
            _ => url(),
        }
    }
}

/// What `env:NAME` refers to. A variable is part of the deployment: one that is missing is a fault of the settings, not a
/// passing one.
pub(crate) fn in_variable(
    name: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    loopback: Loopback,
) -> Result<WebhookUrl, Finding> {
    let Some(text) = set(variable, name) else {
        return Err(Finding {
            place: None,
            message: format!("the environment variable {name} is not set"),
            hint: Some("set it to the URL of the webhook".to_owned()),
        });
    };
    WebhookUrl::parse(&text, loopback).map_err(|error| Finding {
        place: None,
        message: format!("the environment variable {name}: {error}"),
        hint: None,
    })
}

/// Names are shown in errors, and this must not be.
fn is_webhook(name: &str) -> bool {
    name.contains("://") || name.to_ascii_lowercase().contains("hooks.slack")
}

fn name(scheme: &str, name: &str, example: &str) -> Result<String, ReferenceError> {
    let variable = |name: &str| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
    };
    let fault = if name.is_empty() {
        "is empty"
    } else if name.contains(char::is_whitespace) {
        "has white space in it"
    } else if scheme == "env" && !variable(name) {
        "is no name of an environment variable"
    } else {
        return Ok(name.to_owned());
    };
    Err(ReferenceError {
        message: format!("what follows \"{scheme}:\" {fault}"),
        hint: Some(format!("write it as in \"{scheme}:{example}\"")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<WebhookReference, ReferenceError> {
        WebhookReference::parse(text, Loopback::Refused)
    }

    #[test]
    fn reads_every_kind() {
        for text in [
            "ssm:/slack/deploys",
            "ssm:deploys",
            "ssm:arn:aws:ssm:eu-west-1:123456789012:parameter/slack/deploys",
            "secretsmanager:slack",
            "secretsmanager:slack/prod#alarms",
            "secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf#alarms",
            "env:SLACK_WEBHOOK_DEPLOYS",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            parse("secretsmanager:a#b#c"),
            Ok(WebhookReference::SecretsManager {
                id: "a".to_owned(),
                json_key: Some("b#c".to_owned())
            })
        );
        let url = parse(concat!("https://hooks.slack.com/", "services/T0/B0/CANARY")).unwrap();
        assert_eq!(url.to_string(), "the URL itself");
        assert!(!format!("{url:?}").contains("CANARY"));
    }

    #[test]
    fn says_what_is_wrong_and_repeats_nothing() {
        for (text, message, hint) in [
            (
                "smm:/slack/CANARY",
                "unknown reference \"smm:…\"",
                "did you mean \"ssm:…\"?",
            ),
            (
                "SSM:/slack/CANARY",
                "unknown reference \"SSM:…\"",
                "did you mean \"ssm:…\"?",
            ),
            (
                "vault:CANARY",
                "unknown reference \"vault:…\"",
                "write \"ssm:…\"",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:CANARY",
                "an ARN alone",
                "write `secretsmanager:`",
            ),
            (
                "ssm:https://hooks.slack.com/services/T0/B0/CANARY",
                "\"ssm:\" is the URL of a webhook",
                "leave \"ssm:\" out",
            ),
            (
                "secretsmanager:Hooks.Slack.com/services/T0/B0/CANARY",
                "is the URL of a webhook",
                "leave \"secretsmanager:\" out",
            ),
            (
                "secretsmanager:slack#https://hooks.slack.com/services/T0/B0/CANARY",
                "is the URL of a webhook",
                "name of what holds the URL",
            ),
            ("ssm:", "\"ssm:\" is empty", "\"ssm:/slack/deploys\""),
            ("ssm:/a CANARY", "white space", "\"ssm:/slack/deploys\""),
            ("env:A-CANARY", "is no name", "env:SLACK_WEBHOOK_DEPLOYS"),
            (
                "secretsmanager:CANARY#",
                "the key after it",
                "name the member",
            ),
            ("secretsmanager:#CANARY", "is empty", "secretsmanager:slack"),
            ("hooks.slack.com/CANARY", "not a URL", ""),
            ("hooks.slack.com:443/services/T0/B0/CANARY", "https://", ""),
            ("CANARY", "not a URL", ""),
            ("ftp://CANARY", "https://", ""),
            ("", "empty", ""),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {error:?}");
            let given = error.hint.clone().unwrap_or_default();
            assert!(given.contains(hint), "{text}: {error:?}");
            assert!(!format!("{error:?}").contains("CANARY"), "{text}");
        }
    }
}
