//! Names with values: dimensions, tags, the attributes of a contributor.

use serde::Serialize;
use serde_json::Value;

use crate::loose::{self, Loose};

/// A name and its value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// For example `EnvironmentName`.
    pub name: String,
    /// For example `shop-prod`; empty when AWS gave none.
    pub value: String,
}

/// A list of objects (SNS writes dimensions with `name` and `value`, the API writes tags with `Key` and `Value`) or a map
/// (EventBridge). What has no name is left out.
pub(super) fn read(value: Option<&Value>) -> Vec<Pair> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(read_one).collect(),
        Some(Value::Object(members)) => members
            .iter()
            .map(|(name, value)| Pair {
                name: name.clone(),
                value: loose::as_text(value).unwrap_or_default(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// `EnvironmentName=shop-prod, InstanceId=i-1`; what is beyond `at_most` is counted. `None` when there are none.
pub(super) fn one_line(pairs: &[Pair], at_most: usize) -> Option<String> {
    if pairs.is_empty() {
        return None;
    }
    let shown: Vec<String> = pairs
        .iter()
        .take(at_most)
        .map(|Pair { name, value }| format!("{name}={value}"))
        .collect();
    let line = shown.join(", ");
    Some(match pairs.len().saturating_sub(at_most) {
        0 => line,
        more => format!("{line} and {more} more"),
    })
}

fn read_one(item: &Value) -> Option<Pair> {
    let first = |names: &[&str]| names.iter().find_map(|name| item.text(name));
    Some(Pair {
        name: first(&["name", "Name", "key", "Key"])?,
        value: first(&["value", "Value"]).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_every_spelling_and_keeps_the_order_of_a_list() {
        for (value, expected) in [
            (
                json!([{"value": "v", "name": "n"}, {"value": "w", "name": "a"}]),
                Some("n=v, a=w"),
            ),
            (json!([{"Key": "team", "Value": "shop"}]), Some("team=shop")),
            (json!([{"key": "team", "value": ""}]), Some("team=")),
            (
                json!({"ApiName": "shop-api", "n": 7}),
                Some("ApiName=shop-api, n=7"),
            ),
            (json!([{"value": "nameless"}, "text", null, 7]), None),
            (json!({"name": ["odd"]}), Some("name=")),
            (json!("text"), None),
            (json!(null), None),
        ] {
            let line = one_line(&read(Some(&value)), 20);
            assert_eq!(line.as_deref(), expected, "{value}");
        }
        assert_eq!(one_line(&read(None), 20), None);
    }

    #[test]
    fn counts_what_it_does_not_show() {
        let many: Vec<Value> = (0..23).map(|n| json!({"name": n, "value": n})).collect();
        let line = one_line(&read(Some(&Value::Array(many))), 20).unwrap();
        assert!(line.starts_with("0=0, 1=1, "), "{line}");
        assert!(line.ends_with(", 19=19 and 3 more"), "{line}");
    }
}
