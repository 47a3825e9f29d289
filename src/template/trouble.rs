//! Tera's errors as [`TemplateError`]s. They go to the log, so they name no value of the body.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tera::ErrorKind;

use super::{LARGEST_OUTPUT, TemplateError};

/// What stands for a value.
const HIDDEN: &str = "‹…›";

/// Messages of Tera that hold a value outside backticks, or a text that may hold backticks itself: how they start, and what
/// is said instead.
const WITH_VALUES: &[(&str, &str)] = &[
    (
        "Invalid argument for `method`",
        "`method` is `ceil` or `floor`",
    ),
    (
        "Map does not have a key",
        "the map has no such key; give `get` a `default`",
    ),
    (
        "Value at index",
        "an item of the list has no attribute at that path",
    ),
    (
        "Unable to perform",
        "the result of this arithmetic is out of range",
    ),
    ("Exponent", "the exponent is out of range"),
    (
        "Cannot negate",
        "the result of this arithmetic is out of range",
    ),
    (
        "Function `range` would produce",
        "`range` would produce too many elements",
    ),
    ("Filter `", "there is no filter of that name"),
    ("String `", "the text cannot be escaped"),
];

/// Words that Tera writes into backticks by itself: types, arguments and functions.
const OWN_WORDS: &str = "string bool boolean map/struct integer number float map array list none null undefined bytes object \
    safe_string &str str String Number Map Value &[Value] Vec<Value> i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 usize isize \
    f32 f64 in range start end step_by indentation ceil floor method url label time format from path";

impl TemplateError {
    /// Of a template that is loaded: no value is near.
    pub(super) fn from_tera(name: &str, error: &tera::Error) -> Self {
        match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => Self {
                template: report.filename().to_owned(),
                line: Some(report.span().start_line),
                message: report.message().to_owned(),
            },
            ErrorKind::Io(_) => Self {
                template: name.to_owned(),
                line: None,
                message: format!("renders more than {LARGEST_OUTPUT} bytes"),
            },
            // Faults that Tera finds when it links the templates come as a text with `--> file:line:column` in it.
            other => {
                let text = other.to_string();
                let place = text
                    .split_once("--> ")
                    .and_then(|(_, rest)| rest.lines().next()?.rsplit_once(':'))
                    .and_then(|(place, _column)| place.rsplit_once(':'));
                let first = text.lines().next().unwrap_or_default();
                Self {
                    template: place.map_or(name, |(file, _)| file).to_owned(),
                    line: place.and_then(|(_, line)| line.parse().ok()),
                    message: first.trim_start_matches("error: ").to_owned(),
                }
            }
        }
    }

    /// Of a template that is rendered with these values: none of them is repeated.
    pub(super) fn from_rendering(
        name: &str,
        error: &tera::Error,
        values: &Map<String, Value>,
    ) -> Self {
        let mut shown = Self::from_tera(name, error);
        // What Tera shows of the source; the message stands before it.
        let report = error.to_string();
        let source = match error.kind() {
            ErrorKind::RenderingError(rendering) => report
                .strip_prefix("error: ")
                .and_then(|report| report.strip_prefix(rendering.message()))
                .unwrap_or_default(),
            _ => "",
        };
        shown.message = without_values(&shown.message, source, values);
        shown
    }
}

fn without_values(message: &str, source: &str, values: &Map<String, Value>) -> String {
    let known = WITH_VALUES
        .iter()
        .find(|(start, _)| message.starts_with(start));
    if let Some((_, instead)) = known {
        return (*instead).to_owned();
    }
    // Members of a map that the template made itself may be named by values.
    let (message, fields) = message
        .split_once(" Available fields: ")
        .unwrap_or((message, ""));
    let mut shown = String::new();
    for (index, part) in message.split('`').enumerate() {
        if index % 2 == 0 {
            shown.push_str(part);
            continue;
        }
        let own = OWN_WORDS.split_whitespace().any(|word| word == part);
        // The name of a missing argument stands nowhere in the source; Tera and our functions chose it.
        let argument = shown.ends_with("Missing keyword argument ");
        let part = if own || argument || source.contains(part) {
            part
        } else {
            HIDDEN
        };
        shown.push('`');
        shown.push_str(part);
        shown.push('`');
    }
    if !fields.is_empty() {
        let mut names = BTreeSet::new();
        for value in values.values() {
            collect_names(value, &mut names);
        }
        let fields: Vec<&str> = fields
            .split(", ")
            .filter(|field| names.contains(field))
            .collect();
        if !fields.is_empty() {
            shown.push_str(" Available fields: ");
            shown.push_str(&fields.join(", "));
        }
    }
    shown
}

/// The names of all members.
fn collect_names<'v>(value: &'v Value, names: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                names.insert(name);
                collect_names(member, names);
            }
        }
        Value::Array(items) => {
            for item in items {
                collect_names(item, names);
            }
        }
        _ => {}
    }
}
