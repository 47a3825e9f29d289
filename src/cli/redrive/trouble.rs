//! What SQS refuses, in sentences that one can act on.

use crate::aws::Fault;
use crate::aws::sqs::SqsError;

/// What is wrong, and what to do about it. `queue` is as somebody has named it.
pub(super) fn sentence(error: &SqsError, operation: &str, queue: &str) -> String {
    let (what, remedy) = explain(error, operation, queue);
    format!("{what}\n  {remedy}")
}

fn explain(error: &SqsError, operation: &str, queue: &str) -> (String, String) {
    let (status, code) = match error {
        SqsError::NoRegion => {
            return (
                format!("AWS_REGION is not set, and \"{queue}\" does not say a region"),
                "set it, or name the queue by its ARN".to_owned(),
            );
        }
        SqsError::NoEndpoint => {
            return (
                "there is nowhere to send a request: AWS_ENDPOINT_URL is no URL of http or https, or the region is none".to_owned(),
                "correct or remove AWS_ENDPOINT_URL, and look at the spelling of the region".to_owned(),
            );
        }
        SqsError::Unanswered(Fault::NoCredentials { variable }) => {
            return (
                format!("there are no AWS credentials: {variable} is not set"),
                "`eval \"$(aws configure export-credentials --format env)\"` sets those of the AWS CLI".to_owned(),
            );
        }
        SqsError::Unanswered(Fault::Unsignable) => {
            return (
                "no request can be made of the AWS credentials in the environment".to_owned(),
                "look for blanks and line ends in them".to_owned(),
            );
        }
        SqsError::Unanswered(Fault::Connect) => {
            return (
                format!("SQS has not answered {operation} for {queue}: no connection, or it broke"),
                "look at the network of this machine and at the region; then try again".to_owned(),
            );
        }
        SqsError::Unanswered(Fault::TooLong { status }) => (status, None),
        SqsError::Refused { status, code } => (status, code.as_ref()),
    };
    let Some(code) = code else {
        return (
            format!("the answer to {operation} for {queue} cannot be understood (status {status})"),
            "look whether a proxy answers in place of SQS, and try again".to_owned(),
        );
    };
    let word = code.as_str().trim_end_matches("Exception");
    match word {
        "QueueDoesNotExist" | "NonExistentQueue" | "ResourceNotFound" => (
            format!("there is no queue {queue}"),
            "correct its name, or AWS_REGION; one of another account is named by its ARN or URL"
                .to_owned(),
        ),
        _ if word.contains("KMS") || word.starts_with("Kms") => (
            format!("the KMS key of {queue} cannot be used ({code})"),
            "allow kms:Decrypt and kms:GenerateDataKey for it, and look whether it is enabled"
                .to_owned(),
        ),
        _ if word.starts_with("AccessDenied") => (
            format!("the owner of AWS_ACCESS_KEY_ID may not ask for {operation} on {queue}"),
            match operation {
                "StartMessageMoveTask" => {
                    "allow it sqs:StartMessageMoveTask, sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes on that queue, and sqs:SendMessage on the one that gets the messages".to_owned()
                }
                // One permission for single messages and for several.
                _ => format!("allow it sqs:{}", operation.trim_end_matches("Batch")),
            },
        ),
        "ExpiredToken"
        | "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "InvalidAccessKeyId"
        | "InvalidSecurity"
        | "IncompleteSignature"
        | "SignatureDoesNotMatch"
        | "InvalidSignature"
        | "MissingAuthenticationToken"
        | "RequestExpired" => (
            format!("AWS does not take the credentials of the environment ({code})"),
            "they have expired or do not belong together: set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew"
                .to_owned(),
        ),
        _ if passes(error) => (
            format!("SQS has put off {operation} for {queue} ({code})"),
            "try again in a minute".to_owned(),
        ),
        _ => (
            format!("SQS refuses {operation} for {queue} ({code})"),
            "the same with the AWS CLI (`aws sqs`) says more about it".to_owned(),
        ),
    }
}

/// Has SQS only said "later"?
pub(super) fn passes(error: &SqsError) -> bool {
    let SqsError::Refused {
        code: Some(code), ..
    } = error
    else {
        return false;
    };
    let word = code.as_str();
    word.contains("Throttl") || word.starts_with("ServiceUnavailable")
}

/// Why SQS does not move messages by itself, if that is what the error says: the queue is no other queue's dead-letter queue,
/// or whoever answers in place of AWS does not know the operation.
pub(super) fn cannot_move(error: &SqsError) -> Option<String> {
    let SqsError::Refused { status, code } = error else {
        return None;
    };
    let Some(code) = code else {
        let unknown = matches!(status, 404 | 405 | 500 | 501);
        return unknown.then(|| format!("status {status}"));
    };
    let word = code.as_str().trim_end_matches("Exception");
    let unknown = *status == 501
        || matches!(
            word,
            "UnsupportedOperation"
                | "UnknownOperation"
                | "InvalidAction"
                | "NotImplemented"
                | "InvalidParameterValue"
        );
    unknown.then(|| code.to_string())
}
