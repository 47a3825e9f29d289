//! Lists the files of `templates/` for the library, so that a new template is a new file and nothing else.

#![allow(
    clippy::unwrap_used,
    reason = "a failing build script should stop the build"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").unwrap();
    let templates = Path::new(&root).join("templates");
    println!("cargo::rerun-if-changed={}", templates.display());

    let mut names = Vec::new();
    collect(&templates, "", &mut names);
    names.sort();
    let mut code = String::from("&[\n");
    for name in names {
        let path = templates.join(&name);
        writeln!(
            code,
            "    ({name:?}, include_str!({:?})),",
            path.display().to_string()
        )
        .unwrap();
    }
    code.push_str("]\n");
    let out = env::var("OUT_DIR").unwrap();
    fs::write(Path::new(&out).join("templates.rs"), code).unwrap();
}

fn collect(folder: &Path, prefix: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), names);
        } else if name.ends_with(".json.tera") {
            names.push(format!("{prefix}{name}"));
        }
    }
}
