//! Signing requests to AWS (page "Signature Version 4 for API requests"), by AWS's own crate.

use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use tracing::subscriber::NoSubscriber;

use super::Request;

/// The keys of the function's role. `Debug` hides them.
#[derive(Clone)]
pub(super) struct Keys(Credentials);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(hidden)")
    }
}

impl Keys {
    /// From `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for a role, `AWS_SESSION_TOKEN`. AWS sets them once for an
    /// environment and gives it up before they expire (page "Defined runtime environment variables").
    ///
    /// # Errors
    /// The variable that is not set.
    pub(super) fn from_environment(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, &'static str> {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let required = |name: &'static str| set(name).ok_or(name);
        Ok(Self(Credentials::new(
            required("AWS_ACCESS_KEY_ID")?,
            required("AWS_SECRET_ACCESS_KEY")?,
            set("AWS_SESSION_TOKEN"),
            None,
            "environment",
        )))
    }

    /// Every header that the request needs; `None` when there cannot be any.
    pub(super) fn headers(
        &self,
        request: &Request<'_>,
        url: &str,
        now: SystemTime,
    ) -> Option<Vec<(String, String)>> {
        let headers = [
            ("content-type", request.content_type),
            ("x-amz-target", request.target),
        ];
        let identity = self.0.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(request.region)
            .name(request.service)
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let body = SignableBody::Bytes(request.body.as_bytes());
        let signable = SignableRequest::new("POST", url, headers.into_iter(), body).ok()?;
        // The crate traces what it signs, and the session token is a part of that.
        let signed = tracing::subscriber::with_default(NoSubscriber::default(), || {
            sign(signable, &parameters)
        });
        let (instructions, _) = signed.ok()?.into_parts();
        let added = instructions.headers();
        let all = headers.into_iter().chain(added);
        Some(
            all.map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const PARAMETER: Request<'_> = Request {
        service: "ssm",
        region: "eu-west-1",
        target: "AmazonSSM.GetParameter",
        content_type: "application/x-amz-json-1.1",
        body: r#"{"Name":"/slack/deploys","WithDecryption":true}"#,
    };
    const SECRET: Request<'_> = Request {
        service: "secretsmanager",
        region: "eu-west-1",
        target: "secretsmanager.GetSecretValue",
        content_type: "application/x-amz-json-1.1",
        body: r#"{"SecretId":"slack"}"#,
    };

    fn keys(token: Option<&str>) -> Keys {
        Keys::from_environment(|name| {
            match name {
                "AWS_ACCESS_KEY_ID" => Some("ID-EXAMPLE"),
                "AWS_SECRET_ACCESS_KEY" => Some("KEY-EXAMPLE"),
                "AWS_SESSION_TOKEN" => token,
                _ => None,
            }
            .map(str::to_owned)
        })
        .unwrap()
    }

    fn header(keys: &Keys, request: &Request<'_>, url: &str, name: &str) -> Option<String> {
        // 2026-05-17T10:00:00Z
        let now = UNIX_EPOCH + Duration::from_secs(1_779_012_000);
        let headers = keys.headers(request, url, now).unwrap();
        let mut found = headers.into_iter().filter(|(header, _)| header == name);
        found.next().map(|(_, value)| value)
    }

    /// The expected values were computed by botocore 1.44.5.
    #[test]
    fn signs_as_botocore_does() {
        let role = keys(Some("SESSION/EXAMPLE=="));
        let of_role = |name| {
            header(
                &role,
                &PARAMETER,
                "https://ssm.eu-west-1.amazonaws.com/",
                name,
            )
        };
        assert_eq!(
            of_role("authorization").unwrap(),
            "AWS4-HMAC-SHA256 Credential=ID-EXAMPLE/20260517/eu-west-1/ssm/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, \
             Signature=c1a8eedd5878763f7018ff65d372f43d4c5dca7125735b1ce17c21498952205a"
        );
        assert_eq!(of_role("x-amz-date").unwrap(), "20260517T100000Z");
        assert_eq!(
            of_role("x-amz-security-token").unwrap(),
            "SESSION/EXAMPLE=="
        );
        assert_eq!(of_role("content-type").unwrap(), PARAMETER.content_type);
        assert_eq!(of_role("x-amz-target").unwrap(), "AmazonSSM.GetParameter");

        let user = keys(None);
        let of_user = |name| header(&user, &SECRET, "http://127.0.0.1:5000/", name);
        assert_eq!(
            of_user("authorization").unwrap(),
            "AWS4-HMAC-SHA256 Credential=ID-EXAMPLE/20260517/eu-west-1/secretsmanager/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
             Signature=0909f4d44dd9823ff3e67b6e77cf594a7fcd288db3eb3d537406a23e0bc367ae"
        );
        assert_eq!(of_user("x-amz-security-token"), None);
    }

    #[test]
    fn names_the_variable_that_is_missing_and_shows_none() {
        let only = |given: &'static str| {
            Keys::from_environment(move |name| (name == given).then(|| "KEY-EXAMPLE".to_owned()))
                .map(|_| ())
        };
        assert_eq!(only(""), Err("AWS_ACCESS_KEY_ID"));
        assert_eq!(only("AWS_ACCESS_KEY_ID"), Err("AWS_SECRET_ACCESS_KEY"));
        let shown = format!("{:?}", keys(Some("SESSION-EXAMPLE")));
        assert_eq!(shown, "Keys(hidden)");
    }
}
