//! The two programs, as they are deployed.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The floor first, then the forwarder.
#[derive(Debug)]
pub(crate) struct Programs([PathBuf; 2]);

impl Programs {
    /// Builds both, or finds that they are built. In a folder of their own, where they share what both need: built with what
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
        Self(["floor", "forwarder"].map(|name| target.join("release").join(name)))
    }

    pub(crate) fn paths(&self) -> [&Path; 2] {
        self.0.each_ref().map(PathBuf::as_path)
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
