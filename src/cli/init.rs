//! `init`: settings and a template to start from.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Verdict;
use crate::template::BUILT_IN;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Where to write them; created when it is not there
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

const SETTINGS: &str = include_str!("init/settings.toml");
const TEMPLATE: &str = "cloudwatch_alarm.json.tera";

pub(super) fn run(options: &Options) -> Result<Verdict, String> {
    let template = BUILT_IN.iter().find(|(name, _)| *name == TEMPLATE);
    let template = template.map_or("", |(_, source)| source);
    let files = [
        (options.directory.join("settings.toml"), SETTINGS),
        (options.directory.join("templates").join(TEMPLATE), template),
    ];
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(format!(
            "{} is already there; nothing was written",
            path.display()
        ));
    }
    for (path, text) in files {
        write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        anstream::println!("wrote {}", path.display());
    }
    let directory = options.directory.display();
    anstream::println!(
        "next: sns-to-slack check --settings {directory}/settings.toml --templates {directory}/templates"
    );
    Ok(Verdict::Fine)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
