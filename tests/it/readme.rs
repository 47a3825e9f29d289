//! The pictures in the README are what `render` draws, without the URLs of links.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_messages_in_the_readme_are_what_render_draws() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    for case in [
        "codepipeline_approval-full",
        "cloudwatch_alarm-beanstalk-4xx",
        "config_rule-security-group-non-compliant",
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_sns-to-slack"))
            .arg("render")
            .arg(root.join("fixtures").join(case).join("event.json"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let drawn = String::from_utf8(output.stdout).unwrap();
        let mut from = 0;
        // The first line names the file; a link's URL stands in brackets on a line of its own.
        for line in drawn.lines().skip(1).filter(|line| {
            let text = line.trim_start_matches("▌ ");
            !text.is_empty() && !text.starts_with("(http")
        }) {
            let found = readme[from..].find(line);
            assert!(
                found.is_some(),
                "{case}: README.md does not show, here or at all: {line}"
            );
            from += found.unwrap();
        }
    }
}
