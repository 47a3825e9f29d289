//! How many instructions an event takes, counted by valgrind: the same on a busy machine.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::function::{Deliveries, Function, Place};

/// So many further events; all that is done once, and the first event, are in both runs and cancel out.
const EVENTS: u32 = 20;

/// Thousands of instructions for each further event of a program, or why they cannot be counted.
pub(crate) fn for_each_event(program: &Path, place: &Place) -> Result<f64, String> {
    let valgrind = find("valgrind").ok_or("there is no valgrind")?;
    let first = count(&valgrind, program, place, 1)?;
    let all = count(&valgrind, program, place, 1 + EVENTS)?;
    Ok((all - first) / f64::from(EVENTS) / 1e3)
}

/// Of a start and so many events.
fn count(valgrind: &Path, program: &Path, place: &Place, events: u32) -> Result<f64, String> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let log_file = format!("--log-file={}", log.path().display());
    let arguments = [
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
        &log_file,
    ];
    let mut function = Function::start_within(valgrind, &arguments.map(OsStr::new), program, place);
    for event in Deliveries::of_an_alarm().take(events as usize) {
        function.invoke(event);
    }
    function.end();
    let log = std::fs::read_to_string(log.path()).unwrap();
    // `==123== I   refs:      23,456,789`
    let (_, figure) = log
        .rsplit_once("refs:")
        .ok_or_else(|| format!("valgrind says: {log}"))?;
    let digits: String = figure
        .lines()
        .take(1)
        .flat_map(str::chars)
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().map_err(|_| format!("valgrind says: {log}"))
}

fn find(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.exists())
}
