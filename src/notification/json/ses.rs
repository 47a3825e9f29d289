//! Amazon SES: what became of a mail.

use super::{Json, JsonFamily, joined};
use crate::arn::Arn;
use crate::loose::Loose;
use crate::tree::Node;

/// The first of these that is there holds what became of the mail, and when.
const DETAILS: [&str; 10] = [
    "bounce",
    "complaint",
    "deliveryDelay",
    "reject",
    "failure",
    "delivery",
    "click",
    "open",
    "subscription",
    "receipt",
];

pub(super) fn read(value: &Node<'_>) -> Option<Json> {
    // Feedback notifications say `notificationType`, event publishing says `eventType`.
    let event = value
        .text("notificationType")
        .or_else(|| value.text("eventType"))?;
    let mail = match value.member("mail") {
        Some(mail) if mail.is_object() => mail,
        // The test that SES sends when a topic is set: it is about no mail.
        _ if event == "AmazonSnsSubscriptionSucceeded" => &Node::Null,
        _ => return None,
    };
    let detail = DETAILS
        .iter()
        .find_map(|name| value.member(name).filter(|detail| detail.is_object()))
        .unwrap_or(&Node::Null);

    let kind = kind(detail);
    let people = recipients(detail, mail);
    let identity = mail.string("sourceArn").and_then(Arn::parse);

    let mut json = Json::new(JsonFamily::Ses, "aws.ses");
    let mut title = event.clone();
    if let Some(kind) = &kind {
        title = format!("{title} ({kind})");
    }
    let whom = people.as_deref().map(str::to_owned);
    if let Some(rest) = whom.or_else(|| value.text("message")) {
        title = format!("{title}: {rest}");
    }
    json.titled(&title);
    json.facts.name = identity
        .and_then(|arn| arn.resource_after("identity/"))
        .map(str::to_owned);
    json.facts.state = Some(event.clone());
    json.facts.account = mail
        .text("sendingAccountId")
        .or_else(|| identity?.account.map(str::to_owned));
    json.facts.region = identity.and_then(|arn| arn.region).map(str::to_owned);
    json.facts.time = detail
        .moment("timestamp")
        .or_else(|| mail.moment("timestamp"));

    json.add("Event", Some(event));
    json.add("Type", kind);
    json.add("Recipients", people);
    json.add("Reason", reason(detail));
    json.add("Template", detail.text("templateName"));
    json.add("Link", detail.text("link"));
    json.add(
        "Subject",
        mail.member("commonHeaders")
            .and_then(|headers| headers.text("subject")),
    );
    json.add("From", mail.text("source"));
    json.add("Message", value.text("message"));
    json.add("Time", json.facts.time.clone());
    json.add("Mail", mail.text("messageId"));
    Some(json)
}

/// `Permanent, General` of a bounce, `abuse` of a complaint, `MailboxFull` of a delay.
fn kind(detail: &Node<'_>) -> Option<String> {
    let names = [
        "bounceType",
        "bounceSubType",
        "complaintFeedbackType",
        "complaintSubType",
        "delayType",
    ];
    joined(names.iter().filter_map(|name| detail.text(name)))
}

/// Those that it happened to; all recipients of the mail where that is not said.
fn recipients(detail: &Node<'_>, mail: &Node<'_>) -> Option<String> {
    let affected = [
        "bouncedRecipients",
        "complainedRecipients",
        "delayedRecipients",
    ]
    .iter()
    .flat_map(|name| detail.list(name))
    .filter_map(|recipient| recipient.text("emailAddress"));
    joined(affected)
        .or_else(|| joined(detail.texts("recipients")))
        .or_else(|| joined(mail.texts("destination")))
}

/// What the receiving side or SES says about it.
fn reason(detail: &Node<'_>) -> Option<String> {
    ["bouncedRecipients", "delayedRecipients"]
        .iter()
        .flat_map(|name| detail.list(name))
        .find_map(|recipient| recipient.text("diagnosticCode"))
        .or_else(|| {
            ["reason", "errorMessage", "smtpResponse"]
                .iter()
                .find_map(|name| detail.text(name))
        })
}
