//! Amazon RDS and AWS DMS: one shape, and one name that they spell differently.

use super::{Json, JsonFamily, joined};
use crate::arn::Arn;
use crate::console_link;
use crate::loose::{Loose, as_text};
use crate::tree::Node;

pub(super) fn read(value: &Node<'_>) -> Option<Json> {
    let kind_of_source = value.text("Event Source")?;
    let link = value
        .text("Identifier Link")
        .map(|link| link.trim().to_owned());
    let family = family(value, &kind_of_source, link.as_deref().unwrap_or_default())?;
    let (mut json, id, service) = match family {
        JsonFamily::Dms => (Json::new(family, "aws.dms"), value.text("SourceId"), "DMS"),
        _ => (Json::new(family, "aws.rds"), value.text("Source ID"), "RDS"),
    };
    let message = value.text("Event Message");
    let about = id.as_deref().unwrap_or(&kind_of_source);
    json.titled(&match &message {
        Some(message) => format!("{about}: {}", message.trim()),
        None => format!("{service} event of {about}"),
    });

    let arn_text = value.text("Source ARN").or_else(|| value.text("SourceArn"));
    let arn = arn_text.as_deref().and_then(Arn::parse);
    json.identifier_link = link.as_deref().and_then(console_link::trusted);
    json.facts.region = arn
        .and_then(|arn| arn.region.map(str::to_owned))
        .or_else(|| region_in(json.identifier_link.as_deref()?));
    json.facts.account = arn.and_then(|arn| arn.account).map(str::to_owned);
    json.facts.name.clone_from(&id);
    json.facts.time = value.moment("Event Time");

    json.add(
        "Message",
        message.filter(|text| !json.title.ends_with(text.trim())),
    );
    json.add("Source", id);
    json.add("Source type", Some(kind_of_source));
    json.add("Event", value.text("Event ID").map(|text| event_id(&text)));
    json.add("Categories", joined(value.texts("Event Categories")));
    json.add("Time", json.facts.time.clone());
    json.add("Source ARN", arn_text);
    for (name, tag) in value.object("Tags").into_iter().flatten() {
        json.add(&format!("Tag {name}"), as_text(tag));
    }
    Some(json)
}

/// `None` for a neighbour that has an `Event Source` too, such as Amazon Redshift.
fn family(value: &Node<'_>, kind_of_source: &str, link: &str) -> Option<JsonFamily> {
    if value.member("SourceId").is_some()
        || kind_of_source.starts_with("replication")
        || link.contains("/dms/")
    {
        return Some(JsonFamily::Dms);
    }
    (value.member("Source ID").is_some()
        || kind_of_source.starts_with("db-")
        || link.contains("/rds/"))
    .then_some(JsonFamily::Rds)
}

/// AWS sends a link into its guide whose fragment is the id: `…/USER_Events.html#RDS-EVENT-0049`.
fn event_id(text: &str) -> String {
    let text = text.trim();
    text.rsplit_once('#').map_or(text, |(_, id)| id).to_owned()
}

/// The `region=` in a link to the console.
fn region_in(link: &str) -> Option<String> {
    let (_, rest) = link.split_once("region=")?;
    let end = rest.find(['#', '&']).unwrap_or(rest.len());
    let region = rest.get(..end)?;
    console_link::is_region(region).then(|| region.to_owned())
}
