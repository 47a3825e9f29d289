//! Reading the files that a command is given.

use std::io::Read;
use std::path::Path;

use super::warn;
use crate::envelope::{self, EnvelopeError, Record};

/// A file, opened.
pub(super) struct Input {
    /// As it was given.
    pub(super) file: String,
    /// Its records.
    pub(super) records: Vec<Result<Record, EnvelopeError>>,
}

/// Reads all files before anything is done with one, so that a wrong name is told at once.
pub(super) fn read(files: &[impl AsRef<Path>]) -> Result<Vec<Input>, String> {
    files.iter().map(|file| read_one(file.as_ref())).collect()
}

fn read_one(path: &Path) -> Result<Input, String> {
    let file = path.display().to_string();
    let bytes = if file == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|error| format!("cannot read {file}: {error}"))?;
    let text = String::from_utf8_lossy(&bytes);
    let (records, warning) = envelope::open_anything(&text);
    if let Some(warning) = warning {
        warn(&format!("{file}: {warning}"));
    }
    Ok(Input { file, records })
}
