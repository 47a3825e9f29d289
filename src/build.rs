//! Lists the files of `templates/` for the library, so that a new template is a new file and nothing else; and the events of
//! `fixtures/` for the command line, which checks templates against them. The templates are listed twice: as their authors wrote
//! them, and ready to be loaded, with their rounds counted, which so costs nothing when the function starts.

#![allow(
    clippy::unwrap_used,
    reason = "a failing build script should stop the build"
)]

#[path = "template/counted.rs"]
mod counted;
#[path = "template/tags.rs"]
mod tags;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let templates = files("templates", ".json.tera");
    embed("templates.rs", &templates, included);
    embed("counted.rs", &templates, |path| {
        let source = fs::read_to_string(path).unwrap();
        format!("{:?}", counted::counted(&flush_left(&source)))
    });
    if env::var_os("CARGO_FEATURE_CLI").is_some() {
        embed("fixtures.rs", &files("fixtures", "/event.json"), included);
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

fn included(path: &Path) -> String {
    format!("include_str!({:?})", path.display().to_string())
}

/// Writes a list of the files: name, text.
fn embed(list: &str, files: &[(String, PathBuf)], text: fn(&Path) -> String) {
    let mut code = String::from("&[\n");
    for (name, path) in files {
        let text = text(path);
        writeln!(code, "    ({name:?}, {text}),").unwrap();
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
