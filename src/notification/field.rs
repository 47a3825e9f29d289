//! Values with their names, which a template shows in order.

use serde::Serialize;

use super::words;
use crate::loose::{self, Loose};
use crate::tree::Node;

/// The longest value of a field, in characters: two fields fit side by side in a message.
const LONGEST_VALUE: usize = 300;

/// A value with its name, ready to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// As a person reads it (`Availability zone`), or as AWS calls it (`EnvironmentName`, `findings.0.Title`).
    pub name: String,
    /// Cut to 300 characters, with an ellipsis at the cut. Dimensions, tags and attributes are whole, because routes may
    /// match on them, and theirs is empty when AWS gave none.
    pub value: String,
}

impl Field {
    /// `None` when the value is blank: there is nothing to show.
    pub(super) fn new(name: impl Into<String>, value: &str) -> Option<Self> {
        let value = value.trim();
        (!value.is_empty()).then(|| Self {
            name: name.into(),
            value: words::cut(value, LONGEST_VALUE),
        })
    }

    /// Does a value of this length fit without a cut?
    pub(super) fn fits(value: &str) -> bool {
        value.trim().chars().nth(LONGEST_VALUE).is_none()
    }
}

/// Dimensions, tags or the attributes of a contributor: a list of objects (SNS writes dimensions with `name` and `value`,
/// the API writes tags with `Key` and `Value`) or a map (EventBridge). What has no name is left out.
pub(super) fn named_values(value: Option<&Node<'_>>) -> Vec<Field> {
    match value {
        Some(Node::List(items)) => items.iter().filter_map(named_value).collect(),
        Some(Node::Object(members)) => members
            .iter()
            .map(|(name, value)| Field {
                name: name.to_owned(),
                value: loose::as_text(value).unwrap_or_default(),
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// `EnvironmentName=shop-prod, InstanceId=i-1`; what is beyond `at_most` is counted. `None` when there are none.
pub(super) fn in_one_line(fields: &[Field], at_most: usize) -> Option<String> {
    let texts = fields
        .iter()
        .map(|Field { name, value }| [name, "=", value].concat());
    (!fields.is_empty()).then(|| words::first_few(texts, at_most))
}

fn named_value(item: &Node<'_>) -> Option<Field> {
    let first = |names: &[&str]| names.iter().find_map(|name| item.text(name));
    Some(Field {
        name: first(&["name", "Name", "key", "Key"])?,
        value: first(&["value", "Value"]).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_blank_value_is_no_field() {
        assert_eq!(Field::new("A", " \n"), None);
        assert_eq!(Field::new("A", " b ").unwrap().value, "b");
    }

    #[test]
    fn a_long_value_is_cut() {
        for (length, fits) in [(300, true), (301, false)] {
            let value = "ü".repeat(length);
            let field = Field::new("A", &value).unwrap();
            assert_eq!(field.value.chars().count(), 300);
            assert_eq!(field.value == value, fits);
            assert_eq!(Field::fits(&value), fits);
        }
    }

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
            let line = in_one_line(&named_values(Some(&Node::from(&value))), 20);
            assert_eq!(line.as_deref(), expected, "{value}");
        }
        assert_eq!(in_one_line(&named_values(None), 20), None);
    }

    #[test]
    fn counts_what_it_does_not_show() {
        let many: Vec<Value> = (0..23).map(|n| json!({"name": n, "value": n})).collect();
        let line = in_one_line(&named_values(Some(&Node::from(&Value::Array(many)))), 20).unwrap();
        assert!(line.starts_with("0=0, 1=1, "), "{line}");
        assert!(line.ends_with(", 19=19 and 3 more"), "{line}");
    }
}
