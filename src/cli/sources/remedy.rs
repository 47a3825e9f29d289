//! What to do about a template that does not render: Tera and the message builder say what is wrong, not how to go on.

use crate::settings::nearest;

/// What is wrong without the lists of names behind it, which hold words of the example's sender, and what to do about it.
pub(super) fn for_error(message: &str) -> (String, Option<String>) {
    let (what, names) = match message.split_once(". Available ") {
        Some((what, names)) => (what, names),
        None => (message.trim_end_matches('.'), ""),
    };
    let name = between(what, "`", "`").unwrap_or_default();
    let name = name.rsplit('.').next().unwrap_or_default();
    let has = |part: &str| what.contains(part);
    let near = |names: &str| {
        let (_, names) = names.split_once(": ")?;
        let meant = nearest(name, names.split(", "))?;
        Some(format!("did you mean `{meant}`?"))
    };
    let hint = if has("is not defined") || has("undefined") {
        near(names).unwrap_or_else(|| {
            "not every message has it: ask for it with {% if … %}, or write {{ … | default(value=\"\") }}"
                .to_owned()
        })
    } else if has("got `none`") {
        "the value is null in this message: write (… or \"\") before the filter, or ask for it with {% if … %}".to_owned()
    } else if has("Unknown filter") || has("Unknown function") || has("Unknown component") {
        "templates/README.md lists those that there are".to_owned()
    } else if has("Unexpected end") {
        "something is not closed: a tag, or an {% if %}, {% for %}, {% set %} or {% component %} without its {% end… %}".to_owned()
    } else if has("`text`: is missing or empty") {
        "add \"text\": \"{{ title }}\" with all that a reader must know, in one line".to_owned()
    } else if has("is not known here") {
        near(what.rsplit("; ").next().unwrap_or_default())
            .unwrap_or_else(|| "leave it out: Slack refuses a message with it".to_owned())
    } else if has("is not JSON") && !has("must stand inside double quotes") {
        "commas stand outside of {% if %}, and something is written in either case: {% if … %}{…}{% else %}null{% endif %},".to_owned()
    } else {
        return (what.to_owned(), None);
    };
    (what.to_owned(), Some(hint))
}

/// What to do about something that was shortened or left out.
pub(in crate::cli) fn for_warning(message: &str) -> Option<String> {
    if message.contains("shortened") {
        return Some(
            "show less of a value, as in {{ … | truncate(length=100) }}, or move it to a section, which takes 3,000"
                .to_owned(),
        );
    }
    if message.contains("no http(s) URL") {
        return Some("ask for the URL with {% if … %}, and write null in {% else %}".to_owned());
    }
    if message.contains("blocks are more than") {
        return Some("put several lines into one block".to_owned());
    }
    None
}

/// The path at the beginning of what is said of a payload: "`blocks[0].text`: is not an object".
pub(super) fn path(message: &str) -> Option<&str> {
    let (path, rest) = message.strip_prefix('`')?.split_once('`')?;
    let of_payload =
        rest.starts_with(": ") || rest.starts_with(" was ") || rest.starts_with(" is ");
    of_payload.then_some(path)
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(inner, _)| inner)
}
