//! The programs, as they are deployed.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// What they are made of.
#[derive(Debug)]
pub(crate) struct Programs {
    compared: [PathBuf; 2],
    message: PathBuf,
}

/// What Terraform tells glibc.
const TUNABLES: &str = "GLIBC_TUNABLES";

/// With its value.
pub(crate) fn tunables() -> (&'static str, &'static str) {
    let mut lines = include_str!("../../terraform/main.tf").lines();
    let value = lines.find_map(|line| line.trim().strip_prefix(TUNABLES)?.split('"').nth(1));
    (TUNABLES, value.unwrap())
}

impl Programs {
    /// Builds them, or finds that they are built. In a folder of their own, where they share what all need: built with what
    /// the command line needs, the forwarder would not be the one that is deployed.
    pub(crate) fn build() -> Self {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("process");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let floor = root.join("benches/floor/Cargo.toml");
        for package in locked(&floor).difference(&locked(&root.join("Cargo.toml"))) {
            if !package.starts_with("floor ") {
                println!("not comparable: only the floor has {package}; see CONTRIBUTING.md");
            }
        }
        cargo_build(&target, &floor, &[]);
        cargo_build(
            &target,
            &root.join("Cargo.toml"),
            &["--no-default-features", "--bin", "forwarder"],
        );
        cargo_build(&target, &root.join("benches/message/Cargo.toml"), &[]);
        let built = |name| target.join("release").join(name);
        Self {
            compared: ["floor", "forwarder"].map(built),
            message: built("message"),
        }
    }

    /// The floor and the forwarder.
    pub(crate) fn paths(&self) -> [&Path; 2] {
        self.compared.each_ref().map(PathBuf::as_path)
    }

    /// Microseconds that a record takes from its opened envelope to the finished message.
    pub(crate) fn making_a_message(&self, times: u32) -> f64 {
        let event = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/cloudwatch_alarm-alb-4xx/event.json");
        let mut command = Command::new(&self.message);
        command.arg(event).arg(times.to_string()).envs([tunables()]);
        let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
        said.trim().parse().unwrap()
    }
}

fn cargo_build(target: &Path, manifest: &Path, options: &[&str]) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target)
        .args(options)
        // It would add a folder to the way there.
        .env_remove("CARGO_BUILD_TARGET")
        .status();
    assert!(
        built.unwrap().success(),
        "{} is not built",
        manifest.display()
    );
}

/// The packages that are built for a manifest, with their versions.
fn locked(manifest: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(manifest.with_extension("lock")).unwrap();
    let packages = text.split("[[package]]").skip(1);
    packages
        .map(|package| {
            let value = |name| package.lines().find_map(|line| line.strip_prefix(name));
            let quoted = [value("name = "), value("version = ")].map(Option::unwrap);
            quoted.join(" ").replace('"', "")
        })
        .collect()
}

/// The size of a zip with nothing but the program in it, packed as tightly as deflate can.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn megabytes_zipped(program: &Path) -> f64 {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", options).unwrap();
    zip.write_all(&fs::read(program).unwrap()).unwrap();
    zip.finish().unwrap().into_inner().len() as f64 / 1e6
}
