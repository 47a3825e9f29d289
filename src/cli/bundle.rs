//! `bundle`: templates and settings as the zip of a Lambda layer, or with the program as that of the function itself.

mod elf;
mod function;

use std::borrow::Cow;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use self::function::Function;
use super::{Setup, Verdict, check};
use crate::settings::Settings;
use crate::template;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The built function `forwarder`, for a zip of the function instead of a layer; settings and templates go inside
    #[arg(long, value_name = "PROGRAM")]
    function: Option<PathBuf>,
    #[command(flatten)]
    setup: Setup,
    /// The zip to write
    #[arg(short, long, value_name = "ZIP")]
    output: PathBuf,
}

/// Where the function looks in a layer, which AWS unpacks to `/opt` (page "Packaging your layer content").
const FOLDER: &str = "sns-to-slack/";

/// Lambda's page "Lambda quotas" counts in these.
const MB: usize = 1024 * 1024;
const MOST_ZIPPED: usize = 50 * MB;
const MOST_UNZIPPED: usize = 250 * MB;

/// A file in the zip.
struct Entry<'a> {
    name: String,
    bytes: Cow<'a, [u8]>,
    mode: u32,
}

pub(super) fn run(options: &Options) -> Result<Verdict, String> {
    let setup = &options.setup;
    let has_setup = setup.settings.is_some() || setup.templates.is_some();
    if options.function.is_none() && !has_setup {
        return Err(
            "nothing to bundle: give --function, --settings, --templates or several of them"
                .to_owned(),
        );
    }
    let function = match &options.function {
        Some(path) => Some(read_function(path, &options.output)?),
        None => None,
    };
    if has_setup {
        let findings = check::findings(setup, None)?;
        if !findings.is_empty() {
            check::report(&findings);
            super::error("nothing was bundled");
            return Ok(Verdict::Failed);
        }
    }
    let folder = if function.is_some() { "" } else { FOLDER };
    let mut entries = entries(setup, folder)?;
    if let Some(function) = &function {
        entries.insert(0, function.entry());
    }
    let output = options.output.display();
    let cannot_write = |error: std::io::Error| format!("cannot write {output}: {error}");
    let zip = zipped(&entries).map_err(cannot_write)?;
    fs::write(&options.output, &zip).map_err(cannot_write)?;

    for entry in &entries {
        anstream::println!("{}", entry.name);
    }
    let unzipped = entries.iter().map(|entry| entry.bytes.len()).sum();
    match &function {
        None => anstream::println!("wrote {output}: make it a layer of the function"),
        Some(function) => {
            let sizes = format!("{}, {} unpacked", size(zip.len()), size(unzipped));
            anstream::println!("wrote {output}: {sizes}; {function}");
            anstream::println!("{}", function.terraform(&options.output));
        }
    }
    let warnings = function.iter().flat_map(Function::warnings);
    for warning in warnings.chain(beyond_limits(zip.len(), unzipped)) {
        super::warn(&warning);
    }
    Ok(Verdict::Fine)
}

fn read_function(path: &Path, output: &Path) -> Result<Function, String> {
    let same = fs::canonicalize(output)
        .is_ok_and(|output| fs::canonicalize(path).is_ok_and(|path| path == output));
    if same {
        return Err(format!(
            "--output {} is the program itself: give the zip another name",
            output.display()
        ));
    }
    Function::read(path).map_err(|error| format!("--function {}: {error}", path.display()))
}

/// Settings and templates, in the order of the zip.
fn entries(setup: &Setup, folder: &str) -> Result<Vec<Entry<'static>>, String> {
    let text = |name: String, text: String| Entry {
        name: format!("{folder}{name}"),
        bytes: Cow::Owned(text.into_bytes()),
        mode: 0o644,
    };
    let mut entries = Vec::new();
    if let Some(path) = &setup.settings {
        let json = Settings::as_json(path)?;
        entries.push(text("settings.json".to_owned(), format!("{json:#}\n")));
    }
    if let Some(directory) = &setup.templates {
        let files = template::files(directory)
            .map_err(|error| format!("--templates {}: {error}", directory.display()))?;
        entries.extend(
            files
                .into_iter()
                .map(|(name, template)| text(format!("templates/{name}"), template)),
        );
    }
    Ok(entries)
}

/// The same bytes for the same entries: a fixed date and order.
fn zipped(entries: &[Entry<'_>]) -> std::io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        // As small as it gets: what is larger is read longer at every start.
        .compression_level(Some(9))
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        zip.start_file(&entry.name, options.unix_permissions(entry.mode))?;
        zip.write_all(&entry.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// What Lambda will not take, both in bytes (page "Lambda quotas").
fn beyond_limits(zipped: usize, unzipped: usize) -> Vec<String> {
    let mut warnings = Vec::new();
    if zipped > MOST_ZIPPED {
        warnings.push(format!(
            "the zip has {}, and Lambda takes 50 MB directly\n  upload it to S3 and name it there; a build with --release is much smaller",
            size(zipped)
        ));
    }
    if unzipped > MOST_UNZIPPED {
        warnings.push(format!(
            "unpacked it has {}, and Lambda takes 250 MB, layers included\n  a build with --release is much smaller",
            size(unzipped)
        ));
    }
    warnings
}

/// Rounded up, so that what is beyond a limit is not shown as the limit.
fn size(bytes: usize) -> String {
    if bytes < MB {
        return format!("{} KB", bytes.div_ceil(1024));
    }
    let tenths = (bytes * 10).div_ceil(MB);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_warned_about_from_the_first_byte_beyond() {
        assert_eq!(
            beyond_limits(MOST_ZIPPED, MOST_UNZIPPED),
            Vec::<String>::new()
        );
        let zipped = beyond_limits(MOST_ZIPPED + 1, MOST_UNZIPPED);
        assert!(zipped[0].starts_with("the zip has 50.1 MB,"), "{zipped:?}");
        let unzipped = beyond_limits(MOST_ZIPPED, MOST_UNZIPPED + 1);
        assert!(
            unzipped[0].starts_with("unpacked it has 250.1 MB,"),
            "{unzipped:?}"
        );
        assert_eq!((zipped.len(), unzipped.len()), (1, 1));
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, shown) in [
            (0, "0 KB"),
            (1, "1 KB"),
            (MB - 1, "1024 KB"),
            (MB, "1.0 MB"),
            (5 * MB / 2, "2.5 MB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }
}
