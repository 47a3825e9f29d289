//! A root module of `terraform/examples`, applied to moto by Terraform itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::fake_slack::CANARY;
use crate::support::moto::{Moto, REGION};

/// On a call that moto does not know, the provider would try again for an hour.
const LONGEST: &str = "600";

/// A copy of `terraform/` with the state of one example. Whatever Terraform says and leaves is searched for secrets.
pub(super) struct Root<'m> {
    copy: TempDir,
    example: &'static str,
    moto: &'m Moto,
    variables: Vec<(String, String)>,
}

impl<'m> Root<'m> {
    /// The example, ready to be applied.
    pub(super) fn new(example: &'static str, moto: &'m Moto) -> Self {
        let copy = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("terraform");
        copy_folder(&source, &copy.path().join("terraform"));
        let root = Self {
            copy,
            example,
            moto,
            variables: Vec::new(),
        };
        root.terraform(&["init", "-input=false"]);
        root
    }

    /// Gives a variable a value, by the environment.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables
            .push((format!("TF_VAR_{name}"), value.to_owned()));
        self
    }

    /// Where the example is.
    pub(super) fn folder(&self) -> PathBuf {
        self.copy
            .path()
            .join("terraform/examples")
            .join(self.example)
    }

    /// Makes everything of the example.
    pub(super) fn apply(&self) {
        self.terraform(&["plan", "-input=false", "-out=first.tfplan"]);
        self.terraform(&["apply", "-input=false", "first.tfplan"]);
    }

    /// A second plan has nothing to do.
    pub(super) fn rests(&self) {
        // Ends with 2 when there is something.
        self.terraform(&["plan", "-input=false", "-detailed-exitcode"]);
    }

    /// An output.
    pub(super) fn output(&self, name: &str) -> Value {
        let outputs = self.terraform(&["output", "-json"]);
        let outputs: Value = serde_json::from_str(&outputs).unwrap();
        outputs[name]["value"].clone()
    }

    /// Takes everything away again, and nothing is left in the state.
    pub(super) fn destroy(&self) {
        self.terraform(&["destroy", "-input=false", "-auto-approve"]);
        assert_eq!(self.terraform(&["state", "list"]), "");
    }

    /// What Terraform prints; it succeeds.
    fn terraform(&self, arguments: &[&str]) -> String {
        let output = Command::new("timeout")
            .args([LONGEST, "terraform"])
            .args(arguments)
            .current_dir(self.folder())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_CLI_ARGS", "-no-color")
            .env("AWS_ENDPOINT_URL", self.moto.url())
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "ID-EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "KEY-EXAMPLE")
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .output()
            .expect("terraform can be run");
        self.search(&output);
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.success(),
            "terraform {arguments:?}: {}\n{stdout}\n{stderr}",
            output.status
        );
        stdout
    }

    /// No webhook in what was printed, in a plan (also unpacked) or in the state.
    fn search(&self, output: &Output) {
        for printed in [&output.stdout, &output.stderr] {
            assert!(!has_canary(printed), "Terraform prints a webhook");
        }
        let mut kept = Vec::new();
        for file in fs::read_dir(self.folder()).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.contains("tfstate") {
                kept.push((name, fs::read(&path).unwrap()));
            } else if name.contains("tfplan") {
                let plan = fs::File::open(&path).unwrap();
                let mut plan = zip::ZipArchive::new(plan).unwrap();
                for index in 0..plan.len() {
                    let mut part = plan.by_index(index).unwrap();
                    let mut bytes = Vec::new();
                    std::io::copy(&mut part, &mut bytes).unwrap();
                    kept.push((name.clone(), bytes));
                }
            }
        }
        for (name, bytes) in kept {
            assert!(!has_canary(&bytes), "{name} has a webhook");
        }
    }
}

fn has_canary(bytes: &[u8]) -> bool {
    bytes
        .windows(CANARY.len())
        .any(|window| window == CANARY.as_bytes())
}

/// Without what Terraform has left there.
fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.starts_with(".terraform") || name.contains("tfstate") {
            continue;
        }
        if path.is_dir() {
            copy_folder(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}
