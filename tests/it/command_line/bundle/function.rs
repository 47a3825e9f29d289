//! `bundle --function`: from the built program to the zip of the function.

use std::fs;
use std::io::Read;
use std::iter;

use serde_json::Value;
use tempfile::TempDir;
use zip::DateTime;

use super::super::{Ran, SETTINGS, folder, run, within};
use super::TEMPLATE;
use super::program::Program;
use crate::support::events;
use crate::support::fake_slack::FakeSlack;
use crate::support::forwarder::Setup;

const FORWARDER: &str = env!("CARGO_BIN_EXE_forwarder");

/// A file in a zip.
struct Packed {
    name: String,
    mode: Option<u32>,
    date: Option<DateTime>,
    bytes: Vec<u8>,
}

fn unpacked(zip: &str) -> Vec<Packed> {
    let mut zip = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
    (0..zip.len())
        .map(|index| {
            let mut file = zip.by_index(index).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            Packed {
                name: file.name().unwrap().into_owned(),
                mode: file.unix_mode(),
                date: file.last_modified(),
                bytes,
            }
        })
        .collect()
}

/// A folder with this program, and what came of bundling it; the zip is `function.zip` there.
fn bundle(program: &[u8]) -> (TempDir, Ran) {
    let folder = folder(&[]);
    let path = within(&folder, "program");
    fs::write(&path, program).unwrap();
    let zip = within(&folder, "function.zip");
    let ran = run(&["bundle", "--function", &path, "-o", &zip]).hide(&folder);
    (folder, ran)
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "needs a function that was built for Linux"
)]
fn the_program_becomes_bootstrap_and_always_the_same_bytes() {
    let folder = folder(&[]);
    let bundle = |name: &str, program: &str| {
        let zip = within(&folder, name);
        let ran = run(&["bundle", "--function", program, "-o", &zip]);
        assert_eq!(ran.code, 0, "{ran:?}");
        (zip, ran)
    };
    let (first, ran) = bundle("a.zip", FORWARDER);
    // A copy has another date, and other permissions here.
    let copy = within(&folder, "copy-of-it");
    fs::write(&copy, fs::read(FORWARDER).unwrap()).unwrap();
    let (second, _) = bundle("b.zip", &copy);
    assert!(
        fs::read(&first).unwrap() == fs::read(second).unwrap(),
        "two zips of the same program differ"
    );

    let files = unpacked(&first);
    let [bootstrap] = &files[..] else {
        panic!("{} files", files.len())
    };
    assert_eq!(bootstrap.name, "bootstrap");
    assert_eq!(bootstrap.mode, Some(0o100_755));
    assert_eq!(bootstrap.date, Some(DateTime::default()));
    assert!(
        bootstrap.bytes == fs::read(FORWARDER).unwrap(),
        "it is not the program that was built"
    );

    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    let [name, wrote, terraform @ ..] = &ran.lines()[..] else {
        panic!("{ran:?}")
    };
    assert_eq!(*name, "bootstrap");
    assert!(wrote.starts_with(&format!("wrote {first}: ")), "{ran:?}");
    assert!(
        wrote.contains(&format!("; the program is for {architecture} and needs ")),
        "{ran:?}"
    );
    assert_eq!(
        terraform,
        [
            "in the block of the Terraform module:",
            &format!("  package_path = \"{first}\""),
            &format!("  architecture = \"{architecture}\""),
        ]
    );
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "needs a function that was built for Linux"
)]
fn the_function_uses_the_settings_and_templates_in_its_own_zip() {
    let files = folder(&[
        (
            "settings.toml",
            "[receivers.ops]\nwebhook = \"env:OPS\"\n[route]\nreceivers = [\"ops\"]\n",
        ),
        ("templates/text.json.tera", TEMPLATE),
        ("templates/eventbridge/my.shop.json.tera", TEMPLATE),
    ]);
    let zip = within(&files, "forwarder.zip");
    let ran = run(&[
        "bundle",
        "--function",
        FORWARDER,
        "--settings",
        &within(&files, "settings.toml"),
        "--templates",
        &within(&files, "templates"),
        "-o",
        &zip,
    ]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let files = unpacked(&zip);
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let expected = [
        "bootstrap",
        "settings.json",
        "templates/eventbridge/my.shop.json.tera",
        "templates/text.json.tera",
    ];
    assert_eq!(names, expected);
    assert_eq!(ran.lines()[..4], expected);

    // As AWS does, save that the program is not written: a file that has just been written cannot always be run.
    let unpacked_to = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    for file in &files[1..] {
        assert_eq!(file.mode, Some(0o100_644), "{}", file.name);
        let path = unpacked_to.path().join(&file.name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.bytes).unwrap();
    }
    let slack = FakeSlack::start();
    let mut forwarder = Setup::empty()
        .with("ALLOW_LOOPBACK_WEBHOOK", "1")
        .with("OPS", &slack.webhook())
        .within(unpacked_to.path())
        .start();
    forwarder
        .invoke(&events::sns(&["The ferns are thirsty"]))
        .response();
    assert_eq!(slack.texts(), ["Mine: The ferns are thirsty"]);
    let outcomes = forwarder.finish().outcomes;
    let receivers: Vec<&Value> = outcomes
        .iter()
        .map(|outcome| &outcome["receiver"])
        .collect();
    assert_eq!(receivers, ["ops"]);
}

#[test]
fn settings_with_a_fault_are_not_bundled_with_a_function_either() {
    let files = folder(&[
        (
            "settings.toml",
            &SETTINGS.replace("[\"deploys\"]", "[\"deplois\"]"),
        ),
        ("program", ""),
    ]);
    fs::write(files.path().join("program"), Program::fine().bytes()).unwrap();
    let zip = within(&files, "function.zip");
    let ran = run(&[
        "bundle",
        "--function",
        &within(&files, "program"),
        "--settings",
        &within(&files, "settings.toml"),
        "-o",
        &zip,
    ]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.stderr, "error: nothing was bundled\n");
    assert!(!fs::exists(zip).unwrap());
}

#[test]
fn each_architecture_of_lambda_has_its_name() {
    for (machine, loader, architecture) in [
        (62, "/lib64/ld-linux-x86-64.so.2", "x86_64"),
        (183, "/lib/ld-linux-aarch64.so.1", "arm64"),
    ] {
        let program = Program {
            machine,
            loader: Some(loader),
            ..Program::fine()
        };
        let (_folder, ran) = bundle(&program.bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert_eq!(
            ran.stdout,
            format!(
                "bootstrap\nwrote function.zip: 1 KB, 1 KB unpacked; the program is for {architecture} and needs glibc 2.34\n\
                 in the block of the Terraform module:\n  package_path = \"function.zip\"\n  architecture = \"{architecture}\"\n"
            )
        );
    }
}

#[test]
fn what_lambda_cannot_run_is_refused_with_what_it_is() {
    let fine = Program::fine;
    let made = |program: Program| program.bytes();
    let whole = fine().bytes();
    let cases = [
        (Vec::new(), "an empty file"),
        (b"MZ\x90\0\x03\0\0\0".to_vec(), "a program for Windows"),
        (
            b"\xcf\xfa\xed\xfe\x07\0\0\x01".to_vec(),
            "a program for macOS",
        ),
        (
            b"\xca\xfe\xba\xbe\0\0\0\x02".to_vec(),
            "a program for macOS",
        ),
        (b"#!/bin/sh\nexec forwarder\n".to_vec(), "a script"),
        (
            b"PK\x03\x04\x14\0\0\0".to_vec(),
            "a zip, and not the program in it",
        ),
        (b"hello".to_vec(), "no program for Linux"),
        (b"\x7fELF".to_vec(), "no program for Linux"),
        (made(Program { class: 1, ..fine() }), "a 32-bit program"),
        (made(Program { order: 2, ..fine() }), "a big-endian program"),
        (
            made(Program {
                system: 9,
                ..fine()
            }),
            "another system than Linux (ELF names it 9)",
        ),
        (
            made(Program {
                machine: 243,
                ..fine()
            }),
            "another machine than x86_64 and arm64 (ELF names it 243)",
        ),
        (
            made(Program { kind: 1, ..fine() }),
            "a part of a program or a library",
        ),
        (
            made(Program { start: 0, ..fine() }),
            "a part of a program or a library",
        ),
        (whole[..40].to_vec(), "cut short or damaged"),
        (whole[..100].to_vec(), "cut short or damaged"),
        (whole[..whole.len() - 1].to_vec(), "cut short or damaged"),
        (
            made(Program {
                marker: "",
                ..fine()
            }),
            "asks Lambda for no events: it is not the function",
        ),
    ];
    for (program, what) in cases {
        let (folder, ran) = bundle(&program);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{what}: {ran:?}");
        assert!(
            ran.stderr.starts_with("error: --function program: this "),
            "{ran:?}"
        );
        assert!(ran.stderr.contains(what), "{what}: {ran:?}");
        assert!(ran.stderr.contains("cargo lambda build"), "{ran:?}");
        assert!(!folder.path().join("function.zip").exists(), "{what}");
    }
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "needs a function that was built for Linux"
)]
fn the_command_line_is_not_taken_for_the_function() {
    let (_folder, ran) = bundle(&fs::read(env!("CARGO_BIN_EXE_sns-to-slack")).unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    let expected = "error: --function program: this program asks Lambda for no events: it is not the function\n";
    assert!(ran.stderr.starts_with(expected), "{ran:?}");
}

#[test]
fn what_is_no_file_is_refused_and_the_program_is_never_overwritten() {
    let folder = folder(&[("release/other", "")]);
    let program = within(&folder, "program");
    fs::write(&program, Program::fine().bytes()).unwrap();
    for (function, output, part) in [
        (
            "release",
            "new.zip",
            "this is a folder\n  give the program in it, such as release/forwarder",
        ),
        ("missing", "new.zip", "cannot read it: No such file"),
        (
            "program",
            "program",
            "--output program is the program itself",
        ),
    ] {
        let (function, output) = (within(&folder, function), within(&folder, output));
        let ran = run(&["bundle", "--function", &function, "-o", &output]).hide(&folder);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(part), "{ran:?}");
    }
    assert!(!folder.path().join("new.zip").exists());
    assert_eq!(fs::read(program).unwrap(), Program::fine().bytes());
}

#[test]
fn a_program_that_needs_a_newer_glibc_than_lambda_has_is_warned_about() {
    const WEAK: u16 = 2;
    for (versions, needs, warned) in [
        (&[][..], "no glibc", false),
        (&[("GCC_3.0", 0), ("GLIBC_PRIVATE", 0)], "no glibc", false),
        (&[("GLIBC_2.2.5", 0), ("GLIBC_2.9", 0)], "glibc 2.9", false),
        (&[("GLIBC_2.34", 0), ("GLIBC_2.4", 0)], "glibc 2.34", false),
        (
            &[("GLIBC_2.17", 0), ("GLIBC_2.39", WEAK)],
            "glibc 2.17",
            false,
        ),
        (&[("GLIBC_2.35", 0), ("GLIBC_2.9", 0)], "glibc 2.35", true),
        (
            &[("GLIBC_2.34", 0), ("GLIBC_ABI_DT_RELR", 0)],
            "glibc 2.36",
            true,
        ),
    ] {
        let program = Program {
            versions,
            ..Program::fine()
        };
        let (folder, ran) = bundle(&program.bytes());
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(
            ran.stdout.contains(&format!(" and needs {needs}\n")),
            "{ran:?}"
        );
        let warning = format!(
            "warning: the program needs {needs}, and Amazon Linux 2023 has 2.34: it will not start there\n"
        );
        assert_eq!(ran.stderr.starts_with(&warning), warned, "{ran:?}");
        assert_eq!(ran.stderr.is_empty(), !warned, "{ran:?}");
        assert!(folder.path().join("function.zip").exists());
    }
}

#[test]
fn a_program_that_asks_for_a_loader_that_lambda_has_not_is_warned_about() {
    for (loader, warned) in [
        (None, false),
        (Some("/lib64/ld-linux-x86-64.so.2"), false),
        (Some("/lib/ld-musl-x86_64.so.1"), true),
    ] {
        let program = Program {
            loader,
            ..Program::fine()
        };
        let (_folder, ran) = bundle(&program.bytes());
        assert_eq!(ran.code, 0, "{ran:?}");
        let warning = "warning: the program is started by \"/lib/ld-musl-x86_64.so.1\", ";
        assert_eq!(ran.stderr.starts_with(warning), warned, "{ran:?}");
        assert_eq!(ran.stderr.is_empty(), !warned, "{ran:?}");
    }
}

#[test]
fn a_zip_beyond_what_lambda_takes_is_warned_about() {
    // Nothing that could be packed smaller.
    let mut random = fastrand::Rng::with_seed(1);
    let ballast = iter::repeat_with(|| random.u64(..).to_le_bytes());
    let mut program = Program::fine().bytes();
    program.extend(ballast.take(51 * 1024 * 1024 / 8).flatten());
    let (_folder, ran) = bundle(&program);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("wrote function.zip: 51."), "{ran:?}");
    assert!(
        ran.stderr.starts_with("warning: the zip has 51."),
        "{ran:?}"
    );
}
