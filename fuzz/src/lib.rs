//! What the targets share. Each target says in its first lines what must hold, whatever the bytes.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};
use sns_to_slack::context::Context;
use sns_to_slack::envelope::{self, Record};
use sns_to_slack::notification::{self, Notification};
use sns_to_slack::template::Templates;

#[path = "../../tests/it/safe.rs"]
mod safe;

/// The built-in templates, and those of `fuzz/templates`.
pub static TEMPLATES: LazyLock<Templates> = LazyLock::new(|| {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let templates = Templates::built_in().unwrap();
    let templates = templates.with_directory(&own).unwrap();
    assert_eq!(templates.broken(), []);
    templates
});

/// A body as SNS delivers it, as SNS delivers it through a queue, and as it stands in a queue by raw delivery.
pub fn deliveries(body: &str) -> [Record; 3] {
    let in_queue = |body: &str| json!({"eventSource": "aws:sqs", "messageId": "m", "body": body});
    [
        sns(body),
        opened(&in_queue(&sns_document(body).to_string())),
        opened(&in_queue(body)),
    ]
}

/// A body as SNS delivers it.
pub fn sns(body: &str) -> Record {
    opened(&json!({"EventSource": "aws:sns", "Sns": sns_document(body)}))
}

fn sns_document(body: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "5d0c2b7e-0000-4000-8000-000000000001",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:greenhouse-events",
        "Subject": "A subject",
        "Message": body,
        "Timestamp": "2026-05-17T10:00:00.000Z",
    })
}

fn opened(record: &Value) -> Record {
    let event = json!({ "Records": [record] });
    envelope::open(&event).unwrap().records.remove(0).unwrap()
}

/// What a record means and what a template sees of it.
pub fn classify(record: &Record) -> (Notification, Context) {
    let notification = notification::classify(record);
    let context = Context::new(record, &notification, &[].into());
    assert_eq!(context.text("kind"), Some(notification.kind().as_str()));
    assert!(
        context
            .text("title")
            .is_some_and(|title| !title.trim().is_empty())
    );
    (notification, context)
}

/// Slack takes the message, and no value of it calls anybody, hides where a link leads or adds a part.
pub fn assert_safe(payload: &Value) {
    safe::assert_safe("message", payload);
}

/// Target and label of every link of a message.
pub fn links(payload: &Value) -> Vec<(&str, &str)> {
    safe::links("message", payload)
}

/// Where a browser goes for a URL.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Such as `https`.
    pub scheme: String,
    /// In small letters, without the port.
    pub host: String,
    /// There is a port, a user name or a password.
    pub odd: bool,
}

/// Reads a URL as browsers do, by another parser than the program's.
pub fn place(url: &str) -> Option<Place> {
    let url = ada_url::Url::parse(url, None).ok()?;
    Some(Place {
        scheme: url.protocol().trim_end_matches(':').to_owned(),
        host: url.hostname().to_owned(),
        odd: url.has_port() || url.has_credentials(),
    })
}
