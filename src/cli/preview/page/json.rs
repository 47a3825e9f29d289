//! JSON with its parts marked, for a style sheet to colour.

use maud::{Markup, Render, html};
use serde_json::Value;

const INDENT: &str = "  ";

/// A value over several lines, as `serde_json` writes it with indentation.
pub(super) struct Json<'v>(pub(super) &'v Value);

impl Render for Json<'_> {
    fn render(&self) -> Markup {
        value(self.0, 0)
    }
}

fn value(value: &Value, depth: usize) -> Markup {
    match value {
        Value::Object(members) if !members.is_empty() => html! {
            "{\n"
            @for (index, (name, member)) in members.iter().enumerate() {
                (INDENT.repeat(depth + 1)) span.name { (quoted(name)) } ": "
                (self::value(member, depth + 1))
                (end(index, members.len()))
            }
            (INDENT.repeat(depth)) "}"
        },
        Value::Array(items) if !items.is_empty() => html! {
            "[\n"
            @for (index, item) in items.iter().enumerate() {
                (INDENT.repeat(depth + 1)) (self::value(item, depth + 1)) (end(index, items.len()))
            }
            (INDENT.repeat(depth)) "]"
        },
        Value::Null => html! { span.null { "null" } },
        Value::String(text) => html! { span.text { (quoted(text)) } },
        other => html! { span.number { (other.to_string()) } },
    }
}

fn end(index: usize, count: usize) -> &'static str {
    if index + 1 < count { ",\n" } else { "\n" }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn is_the_same_json_and_escaped() {
        let value = json!({"a<b": [1, "x & \"y\"\n", null, true, [], {}], "c": {"d": 1.5}});
        let markup = Json(&value).render().into_string();
        let mut text = String::new();
        let mut inside = false;
        for c in markup.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => text.push(c),
                _ => {}
            }
        }
        let text = text
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&");
        assert_eq!(text, serde_json::to_string_pretty(&value).unwrap());
    }
}
