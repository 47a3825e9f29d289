//! Lists the files of `templates/` for the library, so that a new template is a new file and nothing else; and the events of
//! `fixtures/` for the command line, which checks templates against them. The templates are listed twice: as their authors wrote
//! them, and ready to be loaded, with their rounds counted, which so costs nothing when the function starts.

#![allow(
    clippy::unwrap_used,
    reason = "a failing build script should stop the build"
)]

#[path = "template/counted.rs"]
mod counted;
#[path = "template/inlined.rs"]
mod inlined;
#[path = "template/tags.rs"]
mod tags;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What the names of templates with components for the others begin with.
const PARTS: &str = "parts/";
/// Most records are alarms: that all their components stand in place costs every start a little, and saves each of them more.
const MOST: &str = "cloudwatch_alarm.json.tera";

fn main() {
    let templates = files("templates", ".json.tera");
    embed("templates.rs", &templates, |path| included(path));
    let sources = templates.iter().map(|(name, path)| {
        let source = fs::read_to_string(path).unwrap();
        (name.clone(), flush_left(&source))
    });
    let (parts, others): (Vec<_>, Vec<_>) = sources.partition(|(name, _)| name.starts_with(PARTS));
    let components = inlined::components(parts.iter().map(|(_, source)| source.as_str()));
    let mut ready = others.clone();
    assert!(ready.iter().any(|(name, _)| name == MOST), "{MOST}");
    for (name, source) in &mut ready {
        *source = inlined::inlined(source, &components, name != MOST);
    }
    ready.extend(inlined::included(&ready, &components));
    embed("ready.rs", &ready, |source| {
        let ready = inlined::at_hand(&counted::counted(&trimmed(source)));
        format!("{ready:?}")
    });
    if env::var_os("CARGO_FEATURE_CLI").is_some() {
        let fixtures = files("fixtures", "/event.json");
        embed("fixtures.rs", &fixtures, |path| included(path));
    }
}

/// The files below a folder that end so, by name: name, path.
fn files(folder: &str, end: &str) -> Vec<(String, PathBuf)> {
    let root = env::var("CARGO_MANIFEST_DIR").unwrap();
    let folder = Path::new(&root).join(folder);
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut names = Vec::new();
    collect(&folder, "", &mut names);
    names.retain(|name| name.ends_with(end));
    names.sort();
    let files = names.into_iter();
    files
        .map(|name| {
            let path = folder.join(&name);
            (name, path)
        })
        .collect()
}

/// Without its indentation. JSON has no line break within a text, so what stands before a line means nothing; there is then less
/// to parse, to render and to read again, and lines keep their numbers.
fn flush_left(source: &str) -> String {
    let lines = source.split('\n').map(str::trim_start);
    lines.collect::<Vec<_>>().join("\n")
}

/// With tags that swallow the line breaks beside them, which would be a write each.
fn trimmed(source: &str) -> String {
    let breaks = |space: &str| space.contains('\n');
    let mut out = String::with_capacity(source.len());
    let mut copied = 0;
    for tag in tags::tags(source) {
        let before = &source[copied..tag.at];
        let after = &source[tag.end..];
        let (start, end) = (&source[tag.at..tag.at + 2], &source[tag.end - 2..tag.end]);
        let code = &source[tag.at + 2..tag.end - 2];
        out.push_str(before);
        out.push_str(start);
        if breaks(&before[before.trim_end().len()..]) && !code.starts_with('-') {
            out.push('-');
        }
        out.push_str(code);
        if breaks(&after[..after.len() - after.trim_start().len()]) && !code.ends_with('-') {
            out.push('-');
        }
        out.push_str(end);
        copied = tag.end;
    }
    out.push_str(&source[copied..]);
    out
}

fn included(path: &Path) -> String {
    format!("include_str!({:?})", path.display().to_string())
}

/// Writes a list: name, what stands for it.
fn embed<T>(list: &str, items: &[(String, T)], code_of: impl Fn(&T) -> String) {
    let mut code = String::from("&[\n");
    for (name, item) in items {
        writeln!(code, "    ({name:?}, {}),", code_of(item)).unwrap();
    }
    code.push_str("]\n");
    let out = env::var("OUT_DIR").unwrap();
    fs::write(Path::new(&out).join(list), code).unwrap();
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), names);
        } else {
            names.push(format!("{prefix}{name}"));
        }
    }
}
