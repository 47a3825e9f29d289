//! The events that the page offers.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::check::{examples, uses};
use crate::context::Context;
use crate::digest;
use crate::envelope;
use crate::notification;
use crate::settings::Settings;

/// What is said in place of a kind when an event has no record that can be read.
const UNREADABLE: &str = "unreadable";

/// With `.html` after it and a number, it is the name of a file.
const LONGEST_SLUG: usize = 200;

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Case {
    /// The folder of the fixture, or the file.
    pub(super) name: String,
    /// The name as a URL and a file may have it; no two cases have the same.
    pub(super) slug: String,
    /// Of its first record, or `digest`.
    pub(super) kind: &'static str,
    /// The event itself.
    pub(super) text: String,
}

/// Those of a directory by kind, or the built-in ones; and what in the directory could not be read. A case that has not changed
/// since `before` is not read again.
///
/// # Errors
/// When the directory cannot be read.
pub(super) fn all(
    directory: Option<&Path>,
    before: &[Arc<Case>],
) -> io::Result<(Vec<Arc<Case>>, Vec<String>)> {
    let (events, unreadable): (Vec<_>, _) = match directory {
        None => {
            let events = examples::built_in();
            let events = events.map(|(name, text)| (name.to_owned(), text.to_owned()));
            (events.collect(), Vec::new())
        }
        Some(directory) => {
            let files = examples::files(directory)?;
            let events = files.events.into_iter();
            let events = events.map(|event| named(event, directory));
            (events.collect(), files.unreadable)
        }
    };
    let before: BTreeMap<&str, &Arc<Case>> =
        before.iter().map(|it| (it.name.as_str(), it)).collect();
    let mut slugs = BTreeSet::new();
    let cases = events.into_iter().map(|(name, text)| {
        let slug = slug(&name, &mut slugs);
        match before.get(name.as_str()) {
            Some(same) if same.text == text && same.slug == slug => Arc::clone(same),
            _ => Arc::new(Case {
                kind: kind(&text),
                name,
                slug,
                text,
            }),
        }
    });
    let mut cases: Vec<Arc<Case>> = cases.collect();
    cases.sort_by_key(|case| {
        let place = uses::all().position(|kind| kind == case.kind);
        place.unwrap_or(usize::MAX)
    });
    Ok((cases, unreadable))
}

/// Name and text of an event.
fn named((path, text): (PathBuf, String), directory: &Path) -> (String, String) {
    let path = path.strip_prefix(directory).unwrap_or(&path);
    // Control characters would mean something to a terminal.
    let name = path.display().to_string();
    let name = name.replace(char::is_control, "\u{fffd}");
    let folder = name.strip_suffix("/event.json").unwrap_or(&name);
    (folder.to_owned(), text)
}

fn kind(text: &str) -> &'static str {
    let settings = Settings::for_preview();
    let records: Vec<_> = envelope::open_anything(text)
        .0
        .into_iter()
        .flatten()
        .collect();
    let contexts = records.iter().map(|record| {
        let notification = notification::classify(record);
        let context = Context::new(record, &notification, &settings.account_names);
        (notification.kind().as_str(), context)
    });
    let contexts: Vec<(&'static str, Context)> = contexts.collect();
    let together = contexts.iter().filter(|(_, it)| digest::takes(it)).count();
    match contexts.first() {
        _ if together > settings.delivery.digest => digest::KIND,
        Some((kind, _)) => kind,
        None => UNREADABLE,
    }
}

/// Letters, digits, dots, dashes and underscores, and not the name of a case before it.
fn slug(name: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let slug: String = name
        .chars()
        .take(LONGEST_SLUG)
        .map(|c| if plain(c) { c } else { '-' })
        .collect();
    let slug = format!("{}{}", if slug.starts_with('.') { "-" } else { "" }, slug);
    let others = (2..).map(|number| format!("{slug}-{number}"));
    let mut free = std::iter::once(slug.clone())
        .chain(others)
        .filter(|it| !taken.contains(it));
    let slug = free.next().unwrap_or_default();
    taken.insert(slug.clone());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_harmless_and_different() {
        let mut taken = BTreeSet::new();
        for (name, expected) in [
            ("cloudwatch_alarm-alb-4xx", "cloudwatch_alarm-alb-4xx"),
            ("mine/alarm 1.json", "mine-alarm-1.json"),
            ("mine-alarm-1.json", "mine-alarm-1.json-2"),
            ("mine?alarm#1.json", "mine-alarm-1.json-3"),
            ("../etc", "-..-etc"),
            ("<b>ä", "-b--"),
            ("", ""),
            ("", "-2"),
            (&"x".repeat(300), &"x".repeat(200)),
        ] {
            assert_eq!(slug(name, &mut taken), expected, "{name}");
        }
    }
}
