//! Webhooks that are kept in Parameter Store or Secrets Manager, and cannot be had.

use expect_test::expect;
use serde_json::json;

use super::{REGION, doctor, prints, settings};
use crate::support::fake_slack::{CANARY, FakeSlack, Reply};
use crate::support::moto::Moto;

#[test]
fn what_aws_refuses_is_said_with_what_to_do() {
    let (aws, slack) = (FakeSlack::start(), FakeSlack::start());
    let refusal = |word: &str, message: &str| {
        let body = json!({"__type": word, "message": format!("{message} {CANARY}")});
        Reply::answer(400, &body.to_string())
    };
    for (id, reply) in [
        (
            "/denied",
            refusal("AccessDeniedException", "not authorized"),
        ),
        (
            "/denied-key",
            refusal("AccessDeniedException", "The ciphertext refers to a key"),
        ),
        ("/expired", refusal("ExpiredTokenException", "")),
        ("/key", refusal("InvalidKeyId", "")),
        ("/missing", refusal("ParameterNotFound", "")),
        ("/odd", refusal("ValidationException", "")),
        ("/portal", Reply::answer(200, "<html>")),
        ("/silent", Reply::silence()),
        ("/throttled", refusal("ThrottlingException", "")),
        ("/trouble", Reply::answer(500, "")),
        ("denied", refusal("AccessDeniedException", "not authorized")),
        ("gone", refusal("InvalidRequestException", "")),
        (
            "json",
            Reply::answer(
                200,
                &json!({"SecretString": format!("{{\"a\": \"{CANARY}\"}}")}).to_string(),
            ),
        ),
        ("missing", refusal("ResourceNotFoundException", "")),
    ] {
        aws.whenever(&format!("\"{id}\""), reply);
    }
    let settings = settings(&[
        ("p-arn", "ssm:arn:aws:sqs:eu-west-1:123456789012:slack"),
        ("p-denied", "ssm:/denied"),
        ("p-denied-key", "ssm:/denied-key"),
        ("p-expired", "ssm:/expired"),
        ("p-key", "ssm:/key"),
        ("p-missing", "ssm:/missing"),
        ("p-odd", "ssm:/odd"),
        ("p-portal", "ssm:/portal"),
        ("p-silent", "ssm:/silent"),
        ("p-throttled", "ssm:/throttled"),
        ("p-trouble", "ssm:/trouble"),
        ("s-denied", "secretsmanager:denied"),
        ("s-gone", "secretsmanager:gone"),
        ("s-json", "secretsmanager:json"),
        ("s-json-key", "secretsmanager:json#b"),
        ("s-missing", "secretsmanager:missing"),
        ("well", &slack.webhook()),
    ]);
    let ran = doctor(&settings, &[], &[("AWS_ENDPOINT_URL", &aws.url())]);
    prints(
        &ran,
        1,
        &expect![[r#"
        p-arn: the ARN is not one of a parameter
          it must begin like arn:aws:ssm:eu-west-1:123456789012:parameter/
        p-denied: the owner of AWS_ACCESS_KEY_ID may not read parameter /denied in eu-central-1
          allow it ssm:GetParameter (and kms:Decrypt for its key)
        p-denied-key: the owner of AWS_ACCESS_KEY_ID may read parameter /denied-key but not decrypt it
          allow it kms:Decrypt for its key, in the role and in the key's policy
        p-expired: AWS does not take the credentials in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (ExpiredTokenException)
          they have expired or do not belong together: set all three anew
        p-key: the KMS key of parameter /key cannot be used: it is disabled, deleted or in another region
          enable it, or encrypt parameter /key with another one
        p-missing: parameter /missing does not exist in eu-central-1
          create it there, correct the name, or write its ARN if it is in another region or account
        p-odd: AWS refuses to read parameter /odd in eu-central-1 (ValidationException)
          `aws ssm get-parameter` says more about it
        p-portal: the answer of ssm cannot be read (status 200)
          look whether a proxy answers in its place
        p-silent: no answer within 2 s from ssm in eu-central-1
          a function in a VPC needs a NAT gateway or the interface endpoint of this service
        p-throttled: AWS answers that there are too many requests for parameters in eu-central-1
          try again in a minute
        p-trouble: ssm has trouble (status 500)
          try again in a minute
        s-denied: the owner of AWS_ACCESS_KEY_ID may not read secret denied in eu-central-1
          allow it secretsmanager:GetSecretValue (and kms:Decrypt for its key)
        s-gone: secret gone is marked for deletion
          restore it or name another one
        s-json: secret json is a JSON object
          name the key that holds the URL, as in `#webhook` (keys: `a`)
        s-json-key: secret json has no key `b` (keys: `a`)
          write another one behind the `#`, or add it to the secret
        s-missing: secret missing does not exist in eu-central-1
          create it there, correct the name, or write its ARN if it is in another region or account
        well: works (written in settings.toml, leads to 127.0.0.1)
        17 receivers, 1 works, 16 do not work
    "#]],
    );

    let denied = &["--receiver", "p-denied"];
    for (name, value, expected) in [
        ("AWS_REGION", "", "p-denied: AWS_REGION is not set"),
        (
            "AWS_ACCESS_KEY_ID",
            "",
            "p-denied: AWS_ACCESS_KEY_ID is not set",
        ),
        // Nothing listens there.
        (
            "AWS_ENDPOINT_URL",
            "http://127.0.0.1:9",
            "p-denied: no connection to ssm in eu-central-1",
        ),
    ] {
        let ran = doctor(&settings, denied, &[(name, value)]);
        assert_eq!((ran.code, ran.lines().len()), (1, 3), "{ran:?}");
        assert!(ran.stdout.starts_with(expected), "{ran:?}");
    }
}

#[test]
#[ignore = "needs moto"]
fn secrets_of_moto_are_examined() {
    let (moto, slack) = (Moto::start(), FakeSlack::start());
    moto.put_parameter(REGION, "/slack/deploys", &slack.webhook());
    moto.put_parameter("us-east-2", "/slack/elsewhere", &slack.webhook());
    let object = json!({"alarms": format!("{}/PART", slack.webhook())}).to_string();
    let arn = moto.create_secret("us-east-2", "slack", &object);
    moto.create_secret(REGION, "going", &slack.webhook());
    moto.delete_secret(REGION, "going", false);
    let settings = settings(&[
        ("alarms", &format!("secretsmanager:{arn}#alarms")),
        ("deploys", "ssm:/slack/deploys"),
        ("elsewhere", "ssm:/slack/elsewhere"),
        ("going", "secretsmanager:going"),
    ]);
    let mut ran = doctor(&settings, &[], &[("AWS_ENDPOINT_URL", &moto.url())]);
    ran.stdout = ran.stdout.replace(&arn, "ARN");
    prints(
        &ran,
        1,
        &expect![[r#"
        alarms: works (fetched from secretsmanager:ARN#alarms, leads to 127.0.0.1)
        deploys: works (fetched from ssm:/slack/deploys, leads to 127.0.0.1)
        elsewhere: parameter /slack/elsewhere does not exist in eu-central-1
          create it there, correct the name, or write its ARN if it is in another region or account
        going: secret going is marked for deletion
          restore it or name another one
        4 receivers, 2 work, 2 do not work
    "#]],
    );
    assert_eq!(slack.channel().len(), 2);
}
