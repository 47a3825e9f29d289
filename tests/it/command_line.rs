//! The built command `sns-to-slack` as a person runs it: arguments, files and standard input in, what it prints and its exit
//! code out.

#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod bundle;
mod check;
mod doctor;
mod explain;
mod forward;
pub(crate) mod redrive;
mod render;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What the command has printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Without the name of a folder that is another one in each run.
    pub(crate) fn hide(mut self, folder: &TempDir) -> Self {
        for text in [&mut self.stdout, &mut self.stderr] {
            *text = text.replace(&format!("{}/", shown(folder.path())), "");
        }
        self
    }

    pub(crate) fn lines(&self) -> Vec<&str> {
        self.stdout.lines().collect()
    }
}

/// Runs the command in the root of the repository, with nothing in its environment.
pub(crate) fn run(arguments: &[&str]) -> Ran {
    run_with(arguments, "")
}

pub(crate) fn run_with(arguments: &[&str], input: &str) -> Ran {
    start(arguments, &[], input)
}

/// The same with these environment variables.
pub(crate) fn run_where(arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    start(arguments, variables, "")
}

fn start(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sns-to-slack"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It need not read it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with these files: path below it, text.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

pub(crate) fn shown(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The path of a file in a folder, as an argument.
pub(crate) fn within(folder: &TempDir, name: &str) -> String {
    shown(&folder.path().join(name))
}

pub(crate) fn event(case: &str) -> String {
    format!("fixtures/{case}/event.json")
}

/// Two receivers and something that is ignored.
pub(crate) const SETTINGS: &str = r#"[receivers.alarms]
webhook = "ssm:/slack/alarms"
[receivers.deploys]
webhook = "ssm:/slack/deploys"

[route]
receivers = ["alarms"]
[[route.routes]]
match = { kind = "codepipeline_approval" }
receivers = ["deploys"]
mention = ["<!here>"]
[[route.routes]]
match = { kind = "cloudwatch_alarm" }
unless = { state = "OK" }
mention = ["<!subteam^S0123>"]
continue = true
[[route.routes]]
match = { kind = "cloudwatch_alarm", "alarm.metric.namespace" = "AWS/Billing" }
receivers = ["deploys"]
[[route.routes]]
match = { kind = "config_notice" }
ignore = true
"#;

#[test]
fn wrong_usage_is_exit_code_2_and_says_what_would_be_right() {
    let no_file = "fixtures/no-such-case/event.json";
    for (arguments, part) in [
        (&[][..], "Usage:"),
        (&["forward"], "<FILE>"),
        (&["rendr", "x"], "render"),
        (&["render", "--format", "yaml", "x"], "builder"),
        (&["check", "--template", "x"], "--templates"),
        (&["bundle"], "--output"),
        (&["bundle", "--output", "x.zip"], "nothing to bundle"),
        (&["render", no_file], no_file),
        (&["explain", no_file], no_file),
        (
            &["render", "--templates", "no-such-folder", "README.md"],
            "no-such-folder",
        ),
        (
            &["render", "--settings", "no-such-file.toml", "README.md"],
            "no-such-file.toml",
        ),
        (
            &["check", "--templates", "no-such-folder"],
            "no-such-folder",
        ),
        (&["check", "--fixtures", "no-such-folder"], "no-such-folder"),
    ] {
        let ran = run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?} {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(ran.stderr.contains(part), "{arguments:?} {ran:?}");
    }
}

#[test]
fn help_names_every_command() {
    let ran = run(&["--help"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    for command in [
        "forward", "render", "preview", "explain", "check", "bundle", "doctor", "redrive", "init",
    ] {
        assert!(ran.stdout.contains(&format!("  {command}  ")), "{ran:?}");
        assert_eq!(run(&[command, "--help"]).code, 0, "{command}");
    }
}
