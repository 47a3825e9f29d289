//! `bundle`: templates and settings as the zip of a Lambda layer.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::PathBuf;

use clap::Args;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Setup, Verdict, check};
use crate::settings::Settings;
use crate::template;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    setup: Setup,
    /// The zip to write
    #[arg(short, long, value_name = "ZIP")]
    output: PathBuf,
}

/// Where the function looks in a layer, which AWS unpacks to `/opt` (page "Packaging your layer content").
const FOLDER: &str = "sns-to-slack";

pub(super) fn run(options: &Options) -> Result<Verdict, String> {
    let setup = &options.setup;
    if setup.settings.is_none() && setup.templates.is_none() {
        return Err("nothing to bundle: give --settings, --templates or both".to_owned());
    }
    let findings = check::findings(setup, None)?;
    if !findings.is_empty() {
        check::report(&findings);
        super::error("nothing was bundled");
        return Ok(Verdict::Failed);
    }
    let entries = entries(setup)?;
    let output = options.output.display();
    File::create(&options.output)
        .and_then(|file| write(file, &entries))
        .map_err(|error| format!("cannot write {output}: {error}"))?;
    for (name, _) in &entries {
        anstream::println!("{name}");
    }
    anstream::println!("wrote {output}: make it a layer of the function");
    Ok(Verdict::Fine)
}

/// Names and contents, in the order of the zip.
fn entries(setup: &Setup) -> Result<Vec<(String, String)>, String> {
    let mut entries = Vec::new();
    if let Some(path) = &setup.settings {
        let json = Settings::as_json(path)?;
        entries.push((format!("{FOLDER}/settings.json"), format!("{json:#}\n")));
    }
    if let Some(directory) = &setup.templates {
        let files = template::files(directory)
            .map_err(|error| format!("--templates {}: {error}", directory.display()))?;
        entries.extend(
            files
                .into_iter()
                .map(|(name, text)| (format!("{FOLDER}/templates/{name}"), text)),
        );
    }
    Ok(entries)
}

/// The same bytes for the same entries: a fixed date, order and mode.
fn write(file: impl Write + Seek, entries: &[(String, String)]) -> std::io::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(file);
    for (name, text) in entries {
        zip.start_file(name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    zip.finish()?;
    Ok(())
}
