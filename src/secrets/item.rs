//! What is asked of AWS: one parameter or secret, and where.

use std::fmt;

use serde_json::json;
use url::Url;

use super::error::{SecretError, SecretFault};
use crate::arn::Arn;
use crate::aws;

/// The service that keeps a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Parameters,
    Secrets,
}

impl Store {
    /// Its name for signing, in a host name, in an ARN and in the permissions.
    pub(super) fn service(self) -> &'static str {
        match self {
            Self::Parameters => "ssm",
            Self::Secrets => "secretsmanager",
        }
    }

    /// What is asked of it (pages "GetParameter", "GetSecretValue").
    pub(super) fn target(self) -> &'static str {
        match self {
            Self::Parameters => "AmazonSSM.GetParameter",
            Self::Secrets => "secretsmanager.GetSecretValue",
        }
    }

    /// The permission that it takes.
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::Parameters => "ssm:GetParameter",
            Self::Secrets => "secretsmanager:GetSecretValue",
        }
    }

    /// What asks for the same from a terminal.
    pub(super) fn command(self) -> &'static str {
        match self {
            Self::Parameters => "ssm get-parameter",
            Self::Secrets => "secretsmanager get-secret-value",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Parameters => "parameter",
            Self::Secrets => "secret",
        }
    }

    pub(super) fn arn_example(self) -> &'static str {
        match self {
            Self::Parameters => "arn:aws:ssm:eu-west-1:123456789012:parameter/",
            Self::Secrets => "arn:aws:secretsmanager:eu-west-1:123456789012:secret:",
        }
    }

    fn resource(self) -> &'static str {
        match self {
            Self::Parameters => "parameter/",
            Self::Secrets => "secret:",
        }
    }
}

/// One parameter or secret. `Display` names it as in "parameter /slack/deploys".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) store: Store,
    /// A name or an ARN: both services take either.
    pub(super) id: String,
    /// Empty when it is not known.
    pub(super) region: String,
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.store.word(), self.id)
    }
}

impl Item {
    /// The region of an ARN, else the one of the environment.
    pub(super) fn new(store: Store, id: &str, region: Option<&str>) -> Result<Self, SecretError> {
        let arn = id.starts_with("arn:").then(|| Arn::parse(id));
        let item = Self {
            store,
            id: id.to_owned(),
            region: match &arn {
                Some(arn) => arn.and_then(|arn| arn.region),
                None => region,
            }
            .unwrap_or_default()
            .to_owned(),
        };
        if let Some(arn) = arn {
            let fits = arn.is_some_and(|arn| {
                arn.service == store.service() && arn.resource_after(store.resource()).is_some()
            });
            if !fits {
                return Err(item.error(SecretFault::ForeignArn));
            }
        }
        if item.region.is_empty() {
            return Err(item.error(SecretFault::NoRegion));
        }
        if !aws::is_region(&item.region) {
            return Err(item.error(SecretFault::BadRegion));
        }
        Ok(item)
    }

    pub(super) fn error(&self, fault: SecretFault) -> SecretError {
        SecretError {
            item: self.clone(),
            fault,
        }
    }

    /// Where to ask: what the environment says, else the public endpoint of the region.
    pub(super) fn url(&self, endpoint: Option<&str>) -> Result<Url, SecretError> {
        match endpoint {
            Some(endpoint) => aws::other_endpoint(endpoint).ok_or(SecretFault::BadEndpoint),
            None => aws::public_endpoint(self.store.service(), &self.region)
                .ok_or(SecretFault::BadRegion),
        }
        .map_err(|fault| self.error(fault))
    }

    pub(super) fn body(&self) -> String {
        match self.store {
            Store::Parameters => json!({"Name": self.id, "WithDecryption": true}),
            Store::Secrets => json!({"SecretId": self.id}),
        }
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(store: Store, id: &str, region: Option<&str>) -> Result<String, String> {
        Item::new(store, id, region)
            .and_then(|item| item.url(None))
            .map(|url| url.to_string())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn asks_the_region_of_the_arn_else_the_one_of_the_environment() {
        use Store::{Parameters, Secrets};
        for (store, id, region, expected) in [
            (
                Parameters,
                "/slack/deploys",
                "eu-west-1",
                "https://ssm.eu-west-1.amazonaws.com/",
            ),
            (
                Parameters,
                "arn:aws:ssm:us-east-2:111122223333:parameter/slack/deploys",
                "eu-west-1",
                "https://ssm.us-east-2.amazonaws.com/",
            ),
            (
                Secrets,
                "slack",
                "us-gov-west-1",
                "https://secretsmanager.us-gov-west-1.amazonaws.com/",
            ),
            (
                Secrets,
                "arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:slack-AbCdEf",
                "cn-northwest-1",
                "https://secretsmanager.cn-north-1.amazonaws.com.cn/",
            ),
            (
                Secrets,
                "slack",
                "eusc-de-east-1",
                "https://secretsmanager.eusc-de-east-1.amazonaws.eu/",
            ),
        ] {
            assert_eq!(url(store, id, Some(region)), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn asks_nobody_when_it_is_not_clear_whom() {
        use Store::{Parameters, Secrets};
        for (store, id, region, expected) in [
            (Parameters, "/slack/deploys", None, "AWS_REGION is not set"),
            (Parameters, "/slack/deploys", Some(""), "AWS_REGION"),
            (Secrets, "slack", Some("example.org/x?"), "region"),
            (
                Secrets,
                "arn:aws:secretsmanager:example.org/:123456789012:secret:a",
                Some("eu-west-1"),
                "region",
            ),
            (
                Secrets,
                "arn:aws:ssm:eu-west-1:123456789012:parameter/slack",
                Some("eu-west-1"),
                "not one of a secret",
            ),
            (
                Parameters,
                "arn:aws:s3:::bucket",
                Some("eu-west-1"),
                "not one of a parameter",
            ),
            (Parameters, "arn:aws", Some("eu-west-1"), "not one of"),
        ] {
            let error = url(store, id, region).unwrap_err();
            assert!(error.contains(expected), "{id}: {error}");
        }
    }

    #[test]
    fn takes_another_endpoint_from_the_environment() {
        let item = Item::new(Store::Secrets, "slack", Some("eu-west-1")).unwrap();
        let url = |endpoint| item.url(Some(endpoint)).map(|url| url.to_string());
        assert_eq!(
            url("http://127.0.0.1:5000"),
            Ok("http://127.0.0.1:5000/".to_owned())
        );
        for endpoint in ["127.0.0.1:5000", "ftp://127.0.0.1", "", "://"] {
            let error = url(endpoint).unwrap_err();
            assert_eq!(error.fault, SecretFault::BadEndpoint, "{endpoint}");
        }
    }

    #[test]
    fn asks_for_the_decrypted_value() {
        let body = |store| {
            Item::new(store, "slack\"", Some("eu-west-1"))
                .unwrap()
                .body()
        };
        assert_eq!(
            body(Store::Parameters),
            r#"{"Name":"slack\"","WithDecryption":true}"#
        );
        assert_eq!(body(Store::Secrets), r#"{"SecretId":"slack\""}"#);
    }
}
