//! Reading what AWS answers, without keeping anything of it but the value and the word for an error.

use serde_json::{Map, Value};

use super::error::{Keys, SecretError, SecretFault};
use super::item::{Item, Store};
use crate::aws::ErrorCode;

/// The value, when the answer has one. `key` is the member to take of a secret that is a JSON object.
pub(super) fn value(
    item: &Item,
    key: Option<&str>,
    status: u16,
    body: &[u8],
) -> Result<String, SecretError> {
    let answer: Option<Map<String, Value>> = serde_json::from_slice(body).ok();
    let fault = |fault| Err(item.error(fault));
    if status != 200 {
        return fault(refusal(item.store, status, answer.as_ref()));
    }
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let found = answer.as_ref().and_then(|answer| match item.store {
        Store::Parameters => text(answer.get("Parameter").and_then(|it| it.get("Value"))),
        Store::Secrets => text(answer.get("SecretString")),
    });
    match (found, item.store) {
        (Some(value), Store::Parameters) => Ok(value),
        (Some(value), Store::Secrets) => member(&value, key).or_else(fault),
        // Page "GetSecretValue": a secret has either of both.
        (None, Store::Secrets) if answer.is_some_and(|it| it.contains_key("SecretBinary")) => {
            fault(SecretFault::Binary)
        }
        (None, _) => fault(SecretFault::Unreadable { status }),
    }
}

/// The member of a secret, or all of it.
fn member(secret: &str, key: Option<&str>) -> Result<String, SecretFault> {
    let object: Option<Map<String, Value>> = serde_json::from_str(secret).ok();
    match (object, key) {
        (None, None) => Ok(secret.to_owned()),
        (None, Some(key)) => Err(SecretFault::NotJson {
            key: key.to_owned(),
        }),
        (Some(object), None) => Err(SecretFault::KeyMissing {
            keys: Keys::new(object.keys()),
        }),
        (Some(object), Some(key)) => match object.get(key) {
            Some(Value::String(value)) => Ok(value.clone()),
            Some(_) => Err(SecretFault::KeyNotText {
                key: key.to_owned(),
            }),
            None => Err(SecretFault::NoKey {
                key: key.to_owned(),
                keys: Keys::new(object.keys()),
            }),
        },
    }
}

/// From an error of AWS (pages "GetParameter" and "GetSecretValue", section "Errors", and "Common Errors") to ours. The word
/// decides; it comes as `ParameterNotFound` or `com.amazonaws.ssm#ParameterNotFound`.
fn refusal(store: Store, status: u16, answer: Option<&Map<String, Value>>) -> SecretFault {
    let text = |name: &str| answer.and_then(|answer| answer.get(name)?.as_str());
    let code = answer.and_then(ErrorCode::of);
    // The only use of AWS's own sentence: it names roles and keys, and may repeat what was asked.
    let message = text("message").or_else(|| text("Message"));
    let of_key = message.is_some_and(|message| {
        let message = message.to_ascii_lowercase();
        // "is not authorized to perform: kms:Decrypt", "Access to KMS is not allowed", "(Service: AWSKMS; ...)",
        // "The ciphertext refers to a customer master key that ... you are not allowed to access".
        message.contains("kms") || message.contains("ciphertext")
    });
    match code.as_ref().map_or("", ErrorCode::as_str) {
        "ParameterNotFound" | "ParameterVersionNotFound" | "ResourceNotFoundException" => {
            SecretFault::NotFound
        }
        "AccessDeniedException" | "AccessDenied" if of_key => SecretFault::DecryptDenied,
        "AccessDeniedException" | "AccessDenied" => SecretFault::Denied,
        "InvalidKeyId" | "DecryptionFailure" => SecretFault::KeyUnusable,
        // The page gives two causes for a secret: it is marked for deletion, or it is managed by another service.
        "InvalidRequestException" if store == Store::Secrets => SecretFault::Deleted,
        "ThrottlingException"
        | "Throttling"
        | "RequestLimitExceeded"
        | "TooManyRequestsException" => SecretFault::Throttled,
        "ExpiredTokenException"
        | "ExpiredToken"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => match code {
            Some(code) => SecretFault::CredentialsRefused { code },
            None => SecretFault::Unreadable { status },
        },
        _ if status >= 500 => SecretFault::ServerError { status },
        _ if status == 429 => SecretFault::Throttled,
        _ => match code {
            Some(code) => SecretFault::Refused { code },
            None => SecretFault::Unreadable { status },
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CANARY: &str = "CANARY-4d1b";

    fn read(
        store: Store,
        key: Option<&str>,
        status: u16,
        body: &Value,
    ) -> Result<String, SecretError> {
        let item = Item::new(store, "slack", Some("eu-west-1")).unwrap();
        let result = value(&item, key, status, body.to_string().as_bytes());
        if let Err(error) = &result {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("CANARY"), "{shown}");
        }
        result
    }

    fn secret(text: &str, key: Option<&str>) -> Result<String, SecretFault> {
        let body = json!({"ARN": "arn", "Name": "slack", "SecretString": text});
        read(Store::Secrets, key, 200, &body).map_err(|error| error.fault)
    }

    #[test]
    fn takes_the_value_of_a_parameter() {
        let body = json!({"Parameter": {"Name": "slack", "Type": "SecureString", "Value": CANARY}});
        let value = read(Store::Parameters, None, 200, &body);
        assert_eq!(value, Ok(CANARY.to_owned()));
        for body in [
            json!({"Parameter": {"Value": [CANARY]}}),
            json!({"Value": CANARY}),
            json!([CANARY]),
            json!(CANARY),
            json!({}),
        ] {
            let error = read(Store::Parameters, None, 200, &body).unwrap_err();
            assert_eq!(
                error.fault,
                SecretFault::Unreadable { status: 200 },
                "{body}"
            );
        }
    }

    #[test]
    fn takes_a_secret_or_one_member_of_it() {
        let all = "https://hooks.example.org/a";
        assert_eq!(secret(all, None), Ok(all.to_owned()));
        let object = json!({"alarms": all, "port": 1, "deploys": CANARY}).to_string();
        assert_eq!(secret(&object, Some("alarms")), Ok(all.to_owned()));
        for (text, key, expected) in [
            (
                all,
                Some("alarms"),
                "secret slack is no JSON object, so it has no key `alarms`",
            ),
            (
                object.as_str(),
                None,
                "name the key that holds the URL, as in `#webhook` (keys: `alarms`, `deploys`, `port`)",
            ),
            (
                object.as_str(),
                Some("ops"),
                "secret slack has no key `ops` (keys: `alarms`, `deploys`, `port`)",
            ),
            (
                object.as_str(),
                Some("port"),
                "key `port` of secret slack holds something else",
            ),
            (
                "{\"https://CANARY\": \"\"}",
                Some("a"),
                "(no keys that could be named here)",
            ),
            ("{}", None, "(no keys that could be named here)"),
        ] {
            let body = json!({"SecretString": text});
            let error = read(Store::Secrets, key, 200, &body).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
        let binary = json!({"SecretBinary": "Q0FOQVJZ"});
        let error = read(Store::Secrets, None, 200, &binary).unwrap_err();
        assert_eq!(
            error.to_string(),
            "secret slack is binary; keep the URL as text"
        );
    }

    #[test]
    fn says_what_to_do_about_every_refusal() {
        use Store::{Parameters, Secrets};
        let denied = format!(
            "User: arn:aws:sts::123456789012:assumed-role/{CANARY} is not authorized to perform: ssm:GetParameter"
        );
        let denied_key = format!(
            "The ciphertext refers to a customer master key that does not exist ({CANARY}) (Service: AWSKMS; Status Code: 400)"
        );
        for (store, status, code, message, expected) in [
            (
                Parameters,
                400,
                "ParameterNotFound",
                "",
                "parameter slack does not exist in eu-west-1",
            ),
            (
                Secrets,
                400,
                "com.amazonaws.secretsmanager#ResourceNotFoundException",
                CANARY,
                "secret slack does not exist in eu-west-1",
            ),
            (
                Parameters,
                400,
                "AccessDeniedException",
                denied.as_str(),
                "the function's role may not read parameter slack in eu-west-1; allow it ssm:GetParameter",
            ),
            (
                Secrets,
                400,
                "AccessDeniedException",
                "",
                "allow it secretsmanager:GetSecretValue (and kms:Decrypt for its key)",
            ),
            (
                Parameters,
                400,
                "AccessDeniedException",
                denied_key.as_str(),
                "may read parameter slack but not decrypt it; allow it kms:Decrypt",
            ),
            (
                Secrets,
                400,
                "AccessDeniedException",
                "Access to KMS is not allowed",
                "kms:Decrypt",
            ),
            (Parameters, 400, "InvalidKeyId", CANARY, "KMS key"),
            (
                Secrets,
                400,
                "InvalidRequestException",
                CANARY,
                "marked for deletion",
            ),
            (
                Parameters,
                400,
                "ThrottlingException",
                "Rate exceeded",
                "too many requests for parameters in eu-west-1",
            ),
            (
                Secrets,
                403,
                "ExpiredTokenException",
                CANARY,
                "does not take the credentials",
            ),
            (
                Secrets,
                400,
                "ValidationException",
                CANARY,
                "AWS refuses to read secret slack in eu-west-1 (ValidationException)",
            ),
            (
                Secrets,
                500,
                "InternalServiceError",
                CANARY,
                "secretsmanager has trouble (status 500)",
            ),
            (Parameters, 429, "", "", "too many requests"),
            (Parameters, 400, CANARY, "", "cannot be read (status 400)"),
            (Parameters, 301, "", CANARY, "cannot be read (status 301)"),
        ] {
            let body = json!({"__type": code, "message": message});
            let error = read(store, None, status, &body).unwrap_err();
            assert!(error.to_string().contains(expected), "{code}: {error}");
        }
    }

    #[test]
    fn survives_any_answer() {
        let item = Item::new(Store::Secrets, "slack", Some("eu-west-1")).unwrap();
        for status in 100..=599 {
            for body in [
                "",
                "<html>CANARY</html>",
                "{",
                "[]",
                "null",
                "{\"__type\": 1}",
                "{\"__type\": \"#\"}",
            ] {
                let error = value(&item, None, status, body.as_bytes()).unwrap_err();
                assert!(!format!("{error} {error:?}").contains("CANARY"));
            }
        }
    }
}
