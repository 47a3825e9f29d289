//! Why a secret could not be fetched.

use std::fmt;
use std::time::Duration;

use super::item::Item;
use crate::aws::ErrorCode;
use crate::slack::webhook::WebhookUrlError;

/// Why a secret could not be fetched: a sentence that says what to do. Made of the reference, the region, the names of a
/// secret's members and AWS's word for the error; never of the value or of anything else that AWS answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretError {
    /// What was asked for.
    pub(super) item: Item,
    /// What is wrong with it.
    pub fault: SecretFault,
}

/// What is wrong: a closed set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretFault {
    /// The environment does not say which region to ask, and the reference has no ARN.
    NoRegion,
    /// A variable with credentials is not set.
    NoCredentials {
        /// The variable.
        variable: &'static str,
    },
    /// No request can be made of the credentials.
    Unsignable,
    /// `AWS_ENDPOINT_URL` is no URL of HTTP.
    BadEndpoint,
    /// The region of the ARN or of the environment is none.
    BadRegion,
    /// The reference holds an ARN of something else.
    ForeignArn,
    /// There is no such parameter or secret.
    NotFound,
    /// The role may not read it.
    Denied,
    /// The role may read it and not decrypt it.
    DecryptDenied,
    /// Its key cannot be used.
    KeyUnusable,
    /// A secret that is marked for deletion.
    Deleted,
    /// A secret of bytes.
    Binary,
    /// The reference names a member, and the secret is no JSON object.
    NotJson {
        /// The member.
        key: String,
    },
    /// The secret is a JSON object, and the reference names no member.
    KeyMissing {
        /// What there is.
        keys: Keys,
    },
    /// The secret has no such member.
    NoKey {
        /// The member.
        key: String,
        /// What there is.
        keys: Keys,
    },
    /// The member is no text.
    KeyNotText {
        /// The member.
        key: String,
    },
    /// It holds a text that is no webhook.
    NotAWebhook(WebhookUrlError),
    /// AWS does not take the credentials.
    CredentialsRefused {
        /// AWS's word for the error.
        code: ErrorCode,
    },
    /// Too many requests of the account.
    Throttled,
    /// No answer in time.
    Timeout(Duration),
    /// No connection, or it broke.
    Connect,
    /// The service has trouble.
    ServerError {
        /// The HTTP status.
        status: u16,
    },
    /// AWS refuses for another reason.
    Refused {
        /// AWS's word for the error.
        code: ErrorCode,
    },
    /// An answer that is not what it should be.
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
}

impl SecretFault {
    /// May the same request be answered differently a moment later?
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Throttled | Self::Connect | Self::ServerError { .. }
        )
    }
}

impl SecretError {
    /// The sentence, with `who` as the one that reads secrets: "what is wrong; what to do about it".
    pub fn sentence(&self, who: &str) -> String {
        let item = &self.item;
        let (region, store) = (&item.region, item.store);
        let (action, service) = (store.action(), store.service());
        match &self.fault {
            SecretFault::NoRegion => format!(
                "AWS_REGION is not set, so nothing says where {item} is; set it, or write an ARN"
            ),
            SecretFault::NoCredentials { variable } => format!(
                "{variable} is not set, so there are no credentials to read {item} with; a Lambda function has them from its role, \
                 elsewhere `aws configure export-credentials --format env` writes them"
            ),
            SecretFault::Unsignable => {
                "the credentials in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN cannot be put into a request; look \
                 for line breaks in them"
                    .to_owned()
            }
            SecretFault::BadEndpoint => {
                "AWS_ENDPOINT_URL is no URL that starts with https:// or http://; correct it, or unset it to ask AWS itself".to_owned()
            }
            SecretFault::BadRegion => format!(
                "the region of {item} is none; write one like eu-west-1, in AWS_REGION or in the ARN"
            ),
            SecretFault::ForeignArn => format!(
                "the ARN is not one of a {}; it must begin like {}",
                store.word(),
                store.arn_example()
            ),
            SecretFault::NotFound => format!(
                "{item} does not exist in {region}; create it there, correct the name, or write its ARN if it is in another region or \
                 account"
            ),
            SecretFault::Denied => format!(
                "{who} may not read {item} in {region}; allow it {action} (and kms:Decrypt for its key)"
            ),
            SecretFault::DecryptDenied => format!(
                "{who} may read {item} but not decrypt it; allow it kms:Decrypt for its key, in the role and in the key's policy"
            ),
            SecretFault::KeyUnusable => format!(
                "the KMS key of {item} cannot be used: it is disabled, deleted or in another region; enable it, or encrypt {item} with \
                 another one"
            ),
            SecretFault::Deleted => {
                format!("{item} is marked for deletion; restore it or name another one")
            }
            SecretFault::Binary => format!("{item} is binary; keep the URL as text"),
            SecretFault::NotJson { key } => format!(
                "{item} is no JSON object, so it has no key `{key}`; leave `#{key}` out to take all of it"
            ),
            SecretFault::KeyMissing { keys } => format!(
                "{item} is a JSON object; name the key that holds the URL, as in `#webhook` ({keys})"
            ),
            SecretFault::NoKey { key, keys } => format!(
                "{item} has no key `{key}` ({keys}); write another one behind the `#`, or add it to the secret"
            ),
            SecretFault::KeyNotText { key } => {
                format!("key `{key}` of {item} holds something else than a text; write the URL there as text")
            }
            SecretFault::NotAWebhook(error) => {
                format!("{item} can be read but holds no webhook: {error}")
            }
            SecretFault::CredentialsRefused { code } => format!(
                "AWS does not take the credentials in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN ({code}); they have \
                 expired or do not belong together: set all three anew"
            ),
            SecretFault::Throttled => format!(
                "AWS answers that there are too many requests for {}s in {region}; try again in a minute",
                store.word()
            ),
            SecretFault::Timeout(after) => format!(
                "no answer within {} s from {service} in {region}; a function in a VPC needs a NAT gateway or the interface endpoint of \
                 this service",
                after.as_secs_f32()
            ),
            SecretFault::Connect => format!(
                "no connection to {service} in {region}, or it broke; if there is a region of that name, look for a firewall or a missing \
                 proxy, and in a VPC for a NAT gateway or the interface endpoint of this service"
            ),
            SecretFault::ServerError { status } => {
                format!("{service} has trouble (status {status}); try again in a minute")
            }
            SecretFault::Refused { code } => format!(
                "AWS refuses to read {item} in {region} ({code}); `aws {}` says more about it",
                store.command()
            ),
            SecretFault::Unreadable { status } => format!(
                "the answer of {service} cannot be read (status {status}); look whether a proxy answers in its place"
            ),
        }
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence("the function's role"))
    }
}

impl std::error::Error for SecretError {}

/// The names of a secret's members. A name that does not look like one is not shown: somebody may have written the value
/// into the wrong place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys(Vec<String>);

impl Keys {
    const MOST: usize = 10;
    const LONGEST: usize = 32;

    pub(super) fn new<'k>(keys: impl Iterator<Item = &'k String>) -> Self {
        let shown = |key: &&String| {
            !key.is_empty()
                && key.len() <= Self::LONGEST
                && key
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        Self(keys.filter(shown).take(Self::MOST).cloned().collect())
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no keys that could be named here");
        }
        write!(f, "keys: `{}`", self.0.join("`, `"))
    }
}
