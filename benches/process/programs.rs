//! The programs, as they are deployed.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
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

/// What the forwarder is built for where there is a profile of it: functions have other names in it for every target.
const PROFILED: Option<&str> = if cfg!(all(
    target_arch = "x86_64",
    target_os = "linux",
    target_env = "gnu"
)) {
    Some("x86_64-unknown-linux-gnu")
} else {
    None
};

/// What cargo-zigbuild, which builds the package, sets for cargo where the target is the machine's own: functions have other names
/// without it.
const AS_ZIGBUILD: [(&str, &str); 3] = [
    ("__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS", "nightly"),
    ("CARGO_UNSTABLE_TARGET_APPLIES_TO_HOST", "true"),
    ("CARGO_TARGET_APPLIES_TO_HOST", "false"),
];

/// Which ways through the forwarder usual records take, for the compiler; see CONTRIBUTING.md.
pub(crate) const PROFILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/forwarder.profdata");

/// What the compiler makes of the profile, as in `.ci/package`: ways that 95 of 100 steps take are compiled for speed at the cost of
/// size, and not 99; only what is small is put into its callers; and what follows one another lies one after the other.
const WITH_PROFILE: [&str; 3] = [
    "-profile-summary-cutoff-hot=950000",
    "-hot-callsite-threshold=500",
    "-enable-ext-tsp-block-placement",
];

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
        let plain = Way {
            target: &target,
            triple: None,
            flags: "",
        };
        let mut flags = format!("-Cprofile-use={PROFILE}");
        for option in WITH_PROFILE {
            write!(flags, "\u{1f}-Cllvm-args={option}").unwrap();
        }
        let released = Way {
            triple: PROFILED,
            flags: PROFILED.map_or("", |_| &flags),
            ..plain
        };
        Self {
            compared: [
                plain.build("floor", &["--manifest-path", floor.to_str().unwrap()]),
                released.build("forwarder", &["--no-default-features"]),
            ],
            message: released.build("message", &["--package", "message"]),
        }
    }

    /// A forwarder that counts how often it goes which way, and writes it down when it ends. `None` where there is no profile.
    pub(crate) fn counting() -> Option<PathBuf> {
        let way = Way {
            target: &Path::new(env!("CARGO_TARGET_TMPDIR")).join("counting"),
            triple: Some(PROFILED?),
            flags: "-Cprofile-generate",
        };
        Some(way.build("forwarder", &["--no-default-features"]))
    }

    /// The floor and the forwarder.
    pub(crate) fn paths(&self) -> [&Path; 2] {
        self.compared.each_ref().map(PathBuf::as_path)
    }

    /// Makes the message of an alarm so many times.
    pub(crate) fn making_messages(&self, times: u32) -> Command {
        let event = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/cloudwatch_alarm-alb-4xx/event.json");
        let mut command = Command::new(&self.message);
        command.arg(event).arg(times.to_string()).envs([tunables()]);
        command
    }
}

/// How a program is built.
#[derive(Debug, Clone, Copy)]
struct Way<'p> {
    target: &'p Path,
    triple: Option<&'p str>,
    /// For the compiler, as cargo takes them: with `\u{1f}` between them.
    flags: &'p str,
}

impl Way<'_> {
    fn build(self, program: &str, options: &[&str]) -> PathBuf {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(["build", "--release", "--locked", "--bin", program])
            .args(options)
            .arg("--target-dir")
            .arg(self.target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CARGO_ENCODED_RUSTFLAGS", self.flags)
            // It would add a folder to the way there.
            .env_remove("CARGO_BUILD_TARGET");
        let mut folder = self.target.to_owned();
        if let Some(triple) = self.triple {
            command.args(["--target", triple]).envs(AS_ZIGBUILD);
            folder.push(triple);
        }
        assert!(
            command.status().unwrap().success(),
            "{program} is not built"
        );
        folder.join("release").join(program)
    }
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
