//! The functions that templates have beside Tera's own. `templates/README.md` documents them for authors.

use std::borrow::Cow;

use tera::{Function, Kwargs, State, Tera, TeraResult, Value};

use crate::context;
use crate::slack::escape;
use crate::time;

pub(super) fn register(tera: &mut Tera) {
    tera.register_function("slack_date", SlackDate);
    tera.register_function("link", Link);
    tera.register_function("pick", pick);
    tera.register_filter("safe", refuse_safe);
    tera.register_function("throw", refuse_throw);
    // Tera's own repeat the value when they fail, and errors go to the log.
    tera.register_filter("int", int);
    tera.register_filter("float", float);
}

/// `slack_date(time=approval.expires, format="{date_short_pretty} {time}")`: a moment in the reader's own time zone. A time
/// that we cannot read is shown as it came; null gives nothing.
struct SlackDate;

impl Function<TeraResult<Value>> for SlackDate {
    fn call(&self, kwargs: Kwargs, _state: &State<'_>) -> TeraResult<Value> {
        let text = optional_text(&kwargs, "time")?;
        if text.is_empty() {
            return Ok(Value::safe_string(""));
        }
        let format = kwargs
            .get::<&str>("format")?
            .unwrap_or("{date_short_pretty} {time}");
        Ok(Value::safe_string(&match time::parse(&text) {
            Some(moment) => {
                escape::live_date(moment.timestamp(), format, &time::to_the_minute(moment))
            }
            None => foreign(&text)?,
        }))
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// `link(url=links.alarm, label=alarm.name)`: a link; only the label when the URL is null or no http(s) URL, and the URL
/// itself when there is no label.
struct Link;

impl Function<TeraResult<Value>> for Link {
    fn call(&self, kwargs: Kwargs, _state: &State<'_>) -> TeraResult<Value> {
        let url = optional_text(&kwargs, "url")?;
        let label = optional_text(&kwargs, "label")?;
        if url.is_empty() && label.is_empty() {
            return Ok(Value::safe_string(""));
        }
        Ok(Value::safe_string(&escape::live_link(&url, &label)))
    }

    fn is_safe(&self) -> bool {
        true
    }
}

/// `pick(from=event.detail, path="service.count")`: the member at a path, null where there is none. For values whose
/// members AWS does not promise; an ordinary path to a missing member is an error.
#[expect(
    clippy::needless_pass_by_value,
    reason = "Tera passes the arguments by value"
)]
fn pick(kwargs: Kwargs, _state: &State<'_>) -> TeraResult<Value> {
    let from = kwargs.must_get::<&Value>("from")?;
    let path = kwargs.must_get::<&str>("path")?;
    Ok(path
        .split('.')
        .try_fold(from, context::part)
        .cloned()
        .unwrap_or_else(Value::none))
}

/// Text of a number, a boolean or a text; empty for null.
fn optional_text<'k>(kwargs: &'k Kwargs, name: &'k str) -> TeraResult<Cow<'k, str>> {
    let value = kwargs.must_get::<&Value>(name)?;
    Ok(match value.as_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(value.to_string()),
    })
}

fn foreign(text: &str) -> TeraResult<String> {
    let mut out = Vec::new();
    escape::write_foreign(text, &mut out)?;
    Ok(String::from_utf8(out)?)
}

/// The loader refuses a template that uses it; this is for ways to it that the loader does not see.
fn refuse_safe(_value: Value, _kwargs: Kwargs, _state: &State<'_>) -> TeraResult<Value> {
    Err(tera::Error::message(super::refused::SAFE))
}

fn refuse_throw(_kwargs: Kwargs, _state: &State<'_>) -> TeraResult<Value> {
    Err(tera::Error::message(super::refused::THROW))
}

/// As Tera's: a text in a base, or a number without a fraction.
#[expect(
    clippy::needless_pass_by_value,
    reason = "Tera passes the arguments by value"
)]
fn int(value: Value, kwargs: Kwargs, _state: &State<'_>) -> TeraResult<Value> {
    let base = kwargs.get::<u32>("base")?.unwrap_or(10);
    if !(2..=36).contains(&base) {
        return Err(tera::Error::message("`base` must be between 2 and 36"));
    }
    let number = match value.as_str() {
        Some(text) => {
            let text = text.trim();
            let digits = match base {
                2 => text.trim_start_matches("0b"),
                8 => text.trim_start_matches("0o"),
                16 => text.trim_start_matches("0x"),
                _ => text,
            };
            let whole = i128::from_str_radix(digits, base).ok();
            whole.or_else(|| whole_number(digits.parse().ok().filter(|_| digits.contains('.'))?))
        }
        None => value
            .as_i128()
            .or_else(|| value.as_f64().and_then(whole_number)),
    };
    number
        .map(Value::from)
        .ok_or_else(|| tera::Error::message("the value cannot be converted to an integer"))
}

fn whole_number(number: f64) -> Option<i128> {
    Value::from(number)
        .as_number()
        .and_then(|number| number.as_integer())
}

/// As Tera's: a text or a number.
#[expect(
    clippy::needless_pass_by_value,
    reason = "Tera passes the arguments by value"
)]
fn float(value: Value, _kwargs: Kwargs, _state: &State<'_>) -> TeraResult<Value> {
    let number = match value.as_str() {
        Some(text) => text.trim().parse().ok(),
        None => value.as_number().map(|number| number.as_float()),
    };
    number
        .map(|number: f64| Value::from(number))
        .ok_or_else(|| tera::Error::message("the value cannot be converted to a float"))
}
