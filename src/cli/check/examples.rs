//! The messages that templates are checked against, and the values that messages of each kind have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::context::Context;
use crate::digest;
use crate::envelope;
use crate::notification;
use crate::settings::Settings;
use crate::template::SUFFIX;

/// The events of `fixtures/`: name, text.
const BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));

/// Values whose members AWS does not promise.
const OPEN: [&str; 3] = [
    "event.detail",
    "event.additional_attributes",
    "record.attributes",
];

/// One record of an example, or the digest of several.
pub(super) struct Example {
    /// The folder of the fixture, or the file.
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) context: Context,
}

impl Example {
    /// Made to be too long and too odd: shortening it is no fault of a template.
    pub(super) fn is_extreme(&self) -> bool {
        ["-hostile", "-many-", "-long-"]
            .iter()
            .any(|part| self.name.contains(part))
    }
}

/// May a template of this file get it? One of an EventBridge source is for events of that source.
pub(in crate::cli) fn meets(file: &str, context: &Context) -> bool {
    let Some(of_source) = file.strip_prefix("eventbridge/") else {
        return true;
    };
    let source = context.text("source").unwrap_or_default();
    let detail_type = context.text("name").unwrap_or_default();
    of_source == format!("{source}{SUFFIX}")
        || of_source == format!("{source}/{detail_type}{SUFFIX}")
}

/// The built-in examples, and those of a directory.
pub(super) fn all(settings: &Settings, directory: Option<&Path>) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    for (name, text) in built_in() {
        add(settings, name, text, &mut examples);
    }
    if let Some(directory) = directory {
        let files = files(directory)
            .map_err(|error| format!("--fixtures {}: {error}", directory.display()))?;
        if let Some(problem) = files.unreadable.first() {
            return Err(format!("--fixtures {problem}"));
        }
        for (path, text) in files.events {
            add(settings, &path.display().to_string(), &text, &mut examples);
        }
    }
    Ok(examples)
}

/// The built-in events: the name of the fixture, text.
pub(in crate::cli) fn built_in() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILT_IN
        .iter()
        .map(|(name, text)| (name.trim_end_matches("/event.json"), *text))
}

/// What a directory has for examples.
#[derive(Debug, Default)]
pub(in crate::cli) struct Files {
    /// Path and text, in order.
    pub(in crate::cli) events: Vec<(PathBuf, String)>,
    /// Files that could not be read, each with the reason.
    pub(in crate::cli) unreadable: Vec<String>,
}

/// The events of a directory and of those below it. What an editor keeps beside a file is none of them, and neither is what a
/// link to a directory leads to, which may be the directory itself.
///
/// # Errors
/// When the directory cannot be read.
pub(in crate::cli) fn files(directory: &Path) -> io::Result<Files> {
    let mut files = Files::default();
    read_directory(directory, &mut files)?;
    Ok(files)
}

fn read_directory(directory: &Path, files: &mut Files) -> io::Result<()> {
    let mut paths: Vec<_> = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = file.starts_with('.') || file.ends_with('~') || file.ends_with(".md");
        if beside || file == "context.json" || file == "message.json" {
            continue;
        }
        if let Err(error) = read(&path, files) {
            files
                .unreadable
                .push(format!("{}: {error}", path.display()));
        }
    }
    Ok(())
}

fn read(path: &Path, files: &mut Files) -> io::Result<()> {
    let metadata = fs::metadata(path)?;
    if metadata.is_dir() && !path.is_symlink() {
        return read_directory(path, files);
    }
    // A pipe may never come to its end.
    if metadata.is_file() {
        let text = String::from_utf8_lossy(&fs::read(path)?).into_owned();
        files.events.push((path.to_owned(), text));
    }
    Ok(())
}

fn add(settings: &Settings, name: &str, text: &str, examples: &mut Vec<Example>) {
    let mut example = |kind, context| {
        examples.push(Example {
            name: name.to_owned(),
            kind,
            context,
        });
    };
    let mut contexts = Vec::new();
    for record in envelope::open_anything(text).0.into_iter().flatten() {
        let notification = notification::classify(&record);
        let context = Context::new(&record, &notification, &settings.account_names);
        // The records of these are examples of their own.
        if !name.starts_with("digest-") {
            example(notification.kind().as_str(), context.clone());
        }
        contexts.push(context);
    }
    let contexts: Vec<&Context> = contexts.iter().filter(|it| digest::takes(it)).collect();
    if contexts.len() > 1 {
        for (_, context) in digest::all(&contexts) {
            example(digest::KIND, context);
        }
    }
}

/// The paths that messages of one kind have; items of lists are `[]`.
#[derive(Debug, Default)]
pub(in crate::cli) struct Known(BTreeSet<String>);

impl Known {
    /// Is there such a value, or can we not tell?
    pub(super) fn has(&self, path: &str) -> bool {
        if OPEN.iter().any(|open| {
            path.strip_prefix(open)
                .is_some_and(|rest| rest.starts_with('.'))
        }) {
            return true;
        }
        if self.0.contains(path) {
            return true;
        }
        // Items of a list that no example has anything in.
        let list = path.rsplit_once("[]").map(|(list, _)| list);
        list.is_some_and(|list| {
            self.0.contains(list)
                && !self
                    .0
                    .iter()
                    .any(|known| known.starts_with(&format!("{list}[]")))
        })
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// What the built-in examples show: they have every value of every kind.
pub(in crate::cli) fn known(settings: &Settings) -> Result<BTreeMap<&'static str, Known>, String> {
    let mut known: BTreeMap<&'static str, Known> = BTreeMap::new();
    for example in all(settings, None)? {
        let paths = known.entry(example.kind).or_default();
        for (name, value) in example.context.to_json() {
            collect(&value, name, &mut paths.0);
        }
    }
    Ok(known)
}

fn collect(value: &Value, path: String, paths: &mut BTreeSet<String>) {
    if !OPEN.contains(&path.as_str()) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    collect(member, format!("{path}.{name}"), paths);
                }
            }
            Value::Array(items) => {
                for item in items {
                    collect(item, format!("{path}[]"), paths);
                }
            }
            _ => {}
        }
    }
    paths.insert(path);
}
