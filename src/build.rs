//! Lists the files of `templates/` for the library, so that a new template is a new file and nothing else; and the events of
//! `fixtures/` for the command line, which checks templates against them.

#![allow(
    clippy::unwrap_used,
    reason = "a failing build script should stop the build"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    embed("templates", "templates.rs", |name| {
        name.ends_with(".json.tera")
    });
    if env::var_os("CARGO_FEATURE_CLI").is_some() {
        embed("fixtures", "fixtures.rs", |name| {
            name.ends_with("/event.json")
        });
    }
}

/// Writes a list of the files below a folder: name, text.
fn embed(folder: &str, list: &str, wanted: fn(&str) -> bool) {
    let root = env::var("CARGO_MANIFEST_DIR").unwrap();
    let folder = Path::new(&root).join(folder);
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut names = Vec::new();
    collect(&folder, "", &mut names);
    names.retain(|name| wanted(name));
    names.sort();
    let mut code = String::from("&[\n");
    for name in names {
        let path = folder.join(&name).display().to_string();
        writeln!(code, "    ({name:?}, include_str!({path:?})),").unwrap();
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
