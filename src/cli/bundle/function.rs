//! The program of the function, and whether AWS Lambda can run it.

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::path::Path;

use super::Entry;
use super::elf::{Elf, Machine};

/// Of Amazon Linux 2023, which the runtime `provided.al2023` is (page "Lambda runtimes").
const GLIBC: [u32; 2] = [2, 34];

/// Where a function asks for events: every one names this variable, and nothing else does. Backwards, so that this command does
/// not.
const VARIABLE: &[u8] = b"IPA_EMITNUR_ADBMAL_SWA";

const BUILD: &str = "`cargo lambda build --release --no-default-features --bin forwarder`";

/// A program that Lambda can run.
pub(super) struct Function {
    bytes: Vec<u8>,
    elf: Elf,
}

impl Function {
    /// # Errors
    /// When it is none, with what it is instead and what to do.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let cannot_read = |error| format!("cannot read it: {error}");
        let metadata = fs::metadata(path).map_err(cannot_read)?;
        if metadata.is_dir() {
            return Err(format!(
                "this is a folder\n  give the program in it, such as {}",
                path.join("forwarder").display()
            ));
        }
        if !metadata.is_file() {
            return Err("this is no ordinary file".to_owned());
        }
        let bytes = fs::read(path).map_err(cannot_read)?;
        let elf = Elf::read(&bytes)
            .map_err(|what| format!("this is {what}\n  build one for Linux with {BUILD}"))?;
        if !asks_for_events(&bytes) {
            return Err(format!(
                "this program asks Lambda for no events: it is not the function\n  the function is the program `forwarder`, which comes from {BUILD}"
            ));
        }
        Ok(Self { bytes, elf })
    }

    /// What the runtime starts (page "Building a custom runtime for AWS Lambda").
    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            name: "bootstrap".to_owned(),
            bytes: Cow::Borrowed(&self.bytes),
            mode: 0o755,
        }
    }

    /// What this zip is called in the block of the project's Terraform module.
    pub(super) fn terraform(&self, zip: &Path) -> String {
        format!(
            "in the block of the Terraform module:\n  package_path = {}\n  architecture = {}",
            hcl(&zip.display().to_string()),
            hcl(self.architecture())
        )
    }

    /// Why it might not start in Amazon Linux 2023.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(needed) = &self.elf.glibc
            && needed[..] > GLIBC[..]
        {
            warnings.push(format!(
                "the program needs glibc {}, and Amazon Linux 2023 has {}: it will not start there\n  {BUILD} builds for it from anywhere",
                dotted(needed),
                dotted(&GLIBC)
            ));
        }
        if let Some(loader) = &self.elf.loader
            && *loader != self.loader()
        {
            warnings.push(format!(
                "the program is started by {loader:?}, and Amazon Linux 2023 has {:?}: it will not start there\n  {BUILD} builds for it from anywhere",
                self.loader()
            ));
        }
        warnings
    }

    /// As Lambda calls it.
    fn architecture(&self) -> &'static str {
        match self.elf.machine {
            Machine::X86_64 => "x86_64",
            Machine::Arm64 => "arm64",
        }
    }

    fn loader(&self) -> &'static str {
        match self.elf.machine {
            Machine::X86_64 => "/lib64/ld-linux-x86-64.so.2",
            Machine::Arm64 => "/lib/ld-linux-aarch64.so.1",
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the program is for {}", self.architecture())?;
        match &self.elf.glibc {
            Some(needed) => write!(f, " and needs glibc {}", dotted(needed)),
            None => f.write_str(" and needs no glibc"),
        }
    }
}

fn asks_for_events(program: &[u8]) -> bool {
    program
        .windows(VARIABLE.len())
        .any(|window| window.iter().rev().eq(VARIABLE))
}

/// As a string of Terraform's language (page "Strings and Templates").
fn hcl(text: &str) -> String {
    let escaped = text
        .replace('\\', r"\\")
        .replace('"', r#"\""#)
        .replace('\n', r"\n")
        .replace("${", "$${")
        .replace("%{", "%%{");
    format!("\"{escaped}\"")
}

fn dotted(version: &[u32]) -> String {
    let parts: Vec<String> = version.iter().map(u32::to_string).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terraform_reads_back_any_path() {
        for (path, written) in [
            ("forwarder.zip", r#""forwarder.zip""#),
            (r"C:\out\f.zip", r#""C:\\out\\f.zip""#),
            (r#"a "b".zip"#, r#""a \"b\".zip""#),
            ("${a}%{b}$c.zip", r#""$${a}%%{b}$c.zip""#),
        ] {
            assert_eq!(hcl(path), written);
        }
    }
}
