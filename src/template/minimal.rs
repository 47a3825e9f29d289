//! The last rung: a text that needs no template.

use std::borrow::Cow;

use serde_json::Value as Json;
use tera::Value;

use crate::context::{Context, member};
use crate::slack::Message;

/// So many characters of one value are shown.
const LONGEST: usize = 300;

/// So many characters all entries of a digest have together.
const DIGEST: usize = 2_500;

/// What matters beside the title: a label, which may be empty, and paths of which the first that says something is shown.
type Line = (&'static str, &'static [&'static str]);

/// The minimal text of a context: what happened, where, what matters most about it, and the links.
pub fn minimal(context: &Context) -> Message {
    let text = |path| context.text(path).map(str::to_owned);
    let mut lines = vec![text("title").unwrap_or_default()];
    let account = text("account_name").or_else(|| text("account"));
    let place: Vec<String> = [text("region"), account].into_iter().flatten().collect();
    if !place.is_empty() {
        lines.push(place.join(", "));
    }
    lines.extend(of_digest(context));
    for (label, paths) in of_kind(context.text("kind").unwrap_or_default()) {
        let said = paths.iter().find_map(|path| said(context.get(path)?));
        match said {
            Some(said) if label.is_empty() => lines.push(said),
            Some(said) => lines.push(format!("{label}: {said}")),
            None => {}
        }
    }
    let urls = context.json("links");
    for (name, url) in urls.iter().filter_map(Json::as_object).flatten() {
        if let Some(url) = url.as_str() {
            lines.push(format!("{name}: {url}"));
        }
    }
    Message::minimal(&lines)
}

/// What matters most beside the title, in one line; `None` when the title says it all.
pub fn detail(context: &Context) -> Option<String> {
    let lines = of_kind(context.text("kind")?).iter();
    lines
        .flat_map(|(_, paths)| *paths)
        .find_map(|path| said(context.get(path)?))
}

/// Every entry in as much of a line as there is room for: what is not named here is named nowhere.
fn of_digest(context: &Context) -> Vec<String> {
    let entries = context.get("digest.entries").and_then(Value::as_array);
    let entries = entries.unwrap_or_default();
    let room = DIGEST / entries.len().max(1);
    let titles = entries.iter().filter_map(|entry| member(entry, "title"));
    titles
        .filter_map(said)
        .map(|title| match title.char_indices().nth(room) {
            Some((end, _)) => format!("{}…", &title[..end]),
            None => title,
        })
        .collect()
}

fn of_kind(kind: &str) -> &'static [Line] {
    match kind {
        "codepipeline_approval" => &[("Comment", &["approval.custom_data"])],
        "cloudwatch_alarm" => &[
            ("Condition", &["alarm.condition", "alarm.rule"]),
            ("Value", &["alarm.value"]),
            ("Reason", &["alarm.reason"]),
        ],
        "config_rule" => &[("Annotation", &["compliance.annotation"])],
        "config_notice" => &[("Error", &["notice.error_message", "notice.error_code"])],
        "eventbridge" => &[("", &["event.failure", "event.summary"])],
        "custom" => &[("", &["custom.description"])],
        "json" => &[("", &["json.fields", "json.text"])],
        "text" => &[("", &["text.body"]), ("", &["text.fields"])],
        _ => &[],
    }
}

/// A text, or a list of `{name, value}`, on one line; `None` when there is nothing in it.
fn said(value: &Value) -> Option<String> {
    let fields = |fields: &[Value]| {
        let fields = fields.iter().filter_map(|field| {
            let part = |name| member(field, name)?.as_str();
            Some(format!("{}: {}", part("name")?, part("value")?))
        });
        fields.collect::<Vec<_>>().join("; ")
    };
    let text = match value.as_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(fields(value.as_array()?)),
    };
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::envelope::Record;
    use crate::notification::classify;

    #[test]
    fn says_what_matters_of_every_kind() {
        for (body, expected) in [
            ("Disk full\non  db-1".to_owned(), "Disk full\non db-1"),
            (
                json!({"AlarmName": "a", "NewStateValue": "ALARM", "NewStateReason": "too\nmany"})
                    .to_string(),
                "Reason: too many",
            ),
            (
                json!({"approval": {"pipelineName": "shop", "stageName": "Prod", "actionName": "Ok",
                    "token": "t", "customData": "look at the plan"}, "region": "eu-west-1"})
                .to_string(),
                "Comment: look at the plan",
            ),
            (
                json!({"source": "my.shop", "detail-type": "Lost", "detail": {"order": {"id": 7}}})
                    .to_string(),
                "order.id: 7",
            ),
            (
                json!({"version": "1.0", "source": "custom", "content": {"description": "It broke"}})
                    .to_string(),
                "It broke",
            ),
            (json!({"disk": "full", "host": "db-1"}).to_string(), "Disk: full"),
        ] {
            let record = Record::bare(&body);
            let context = Context::new(&record, &classify(&record), &BTreeMap::new());
            let message = minimal(&context);
            assert!(message.text().contains(expected), "{body}: {}", message.text());
        }
    }

    #[test]
    fn long_and_odd_values_stay_in_one_line() {
        let said = |value: &Json| said(&Value::from_serializable(value));
        assert_eq!(
            said(&json!("ü".repeat(400))),
            Some(format!("{}…", "ü".repeat(300)))
        );
        let odd =
            json!([{"name": "a", "value": "1"}, {"name": 7}, null, {"name": "b", "value": "2\n3"}]);
        assert_eq!(said(&odd).as_deref(), Some("a: 1; b: 2 3"));
        for nothing in [json!(null), json!(" \n"), json!([]), json!({}), json!(7)] {
            assert_eq!(said(&nothing), None, "{nothing}");
        }
    }
}
