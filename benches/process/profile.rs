//! Which ways through the forwarder usual records take: the compiler lays those out one after the other, and puts what hardly ever
//! happens aside. Found out by letting it count while it posts, and kept with the source, so that every build of a release is the
//! same and needs no more than a compiler.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::function::{Deliveries, Function, Place};
use crate::programs::{PROFILE, Programs};

/// A usual record of each kind that is posted unless somebody says otherwise.
const USUAL: [&str; 7] = [
    "codepipeline_approval-full",
    "cloudwatch_alarm-alb-4xx",
    "config_rule-security-group-non-compliant",
    "eventbridge-guardduty",
    "custom-queue-backing-up",
    "json-generic-nested",
    "text-plain",
];
/// Starts, and of each kind so many records after it: what happens as often as this is made fast, and the start as small as it
/// can be.
const STARTS: usize = 5;
const RECORDS: usize = 300;

/// Writes the profile anew, or says why not.
pub(crate) fn write(place: &Place) -> Result<(), String> {
    let merge = tool()?;
    let forwarder = Programs::counting().ok_or("there is a profile for Linux on x86_64 only")?;
    let counts = TempDir::new().map_err(|error| error.to_string())?;
    let file = counts.path().join("%p.profraw");
    for _ in 0..STARTS {
        let variable = ("LLVM_PROFILE_FILE", file.to_str().unwrap());
        let mut function = Function::start_with(&forwarder, place, variable);
        for fixture in USUAL {
            function.invoke_all(Deliveries::of_fixture(fixture).take(RECORDS).collect());
        }
        function.abandon();
    }
    let merged = Command::new(merge)
        .args(["merge", "--sparse", "--output", PROFILE])
        .arg(counts.path())
        .status();
    match merged {
        Ok(status) if status.success() => Ok(()),
        failed => Err(format!("llvm-profdata: {failed:?}")),
    }
}

/// Of the toolchain, whose format nobody else need know, or else on the PATH.
fn tool() -> Result<PathBuf, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let libraries = Command::new(rustc)
        .args(["--print", "target-libdir"])
        .output()
        .map_err(|error| error.to_string())?;
    let libraries = String::from_utf8_lossy(&libraries.stdout);
    let beside = Path::new(libraries.trim()).with_file_name("bin");
    let folders = env::var_os("PATH").unwrap_or_default();
    [beside]
        .into_iter()
        .chain(env::split_paths(&folders))
        .map(|folder| folder.join("llvm-profdata"))
        .find(|path| path.exists())
        .ok_or_else(|| {
            "there is no llvm-profdata; `rustup component add llvm-tools` installs it".to_owned()
        })
}
