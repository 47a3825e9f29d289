//! `forward`: the whole way to a stand-in for Slack.

use serde_json::json;

use super::{SETTINGS, event, folder, run, run_with, within};
use crate::fixtures::Case;

/// The lines that say what became of a record.
fn outcomes(stdout: &str) -> Vec<&str> {
    let outcome = |line: &&str| line.starts_with("record ");
    stdout.lines().filter(outcome).collect()
}

#[test]
fn every_fixture_is_posted() {
    let files: Vec<String> = Case::all().iter().map(|case| event(&case.name)).collect();
    let mut arguments = vec!["forward"];
    arguments.extend(files.iter().map(String::as_str));
    let ran = run(&arguments);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // Only what is made to be too long is shortened.
    for warning in ran.stderr.lines() {
        let extreme = ["-hostile", "-many-", "-long"]
            .iter()
            .any(|part| warning.contains(part));
        assert!(extreme && warning.ends_with("shortened"), "{warning}");
    }
    let last = format!("{} posted, 0 ignored, 0 not posted", files.len());
    assert_eq!(ran.lines().last(), Some(&last.as_str()));
    for (file, outcome) in files.iter().zip(outcomes(&ran.stdout)) {
        let kind = file.split(['/', '-']).nth(1).unwrap();
        let beginning = format!("record 1 · {kind} · built-in:{kind}");
        let source = format!("record 1 · {kind} · built-in:eventbridge/");
        assert!(
            outcome.starts_with(&beginning) || outcome.starts_with(&source),
            "{file}: {outcome}"
        );
        assert!(
            outcome.ends_with(" · #default · posted"),
            "{file}: {outcome}"
        );
    }
    assert!(
        !ran.stdout.contains('\u{1b}'),
        "colours go to terminals only"
    );
}

#[test]
fn each_message_arrives_in_the_channel_of_its_route_with_its_mention() {
    let folder = folder(&[("settings.toml", SETTINGS)]);
    let settings = within(&folder, "settings.toml");
    let forward = |case: &str| run(&["forward", "--settings", &settings, &event(case)]);

    let ran = forward("codepipeline_approval-full");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        outcomes(&ran.stdout),
        [
            "record 1 · codepipeline_approval · built-in:codepipeline_approval.json.tera · #deploys · posted"
        ]
    );
    assert!(ran.stdout.contains("@here"), "{ran:?}");

    let ran = forward("cloudwatch_alarm-billing");
    let template = "built-in:cloudwatch_alarm.json.tera";
    assert_eq!(
        outcomes(&ran.stdout),
        [
            format!("record 1 · cloudwatch_alarm · {template} · #alarms · posted"),
            format!("record 1 · cloudwatch_alarm · {template} · #deploys · posted"),
        ]
    );
    // Once in each of the two places that notify, of the first message only.
    assert_eq!(ran.stdout.matches("S0123").count(), 2, "{}", ran.stdout);
    assert_eq!(
        ran.lines().last(),
        Some(&"2 posted, 0 ignored, 0 not posted")
    );

    let ran = forward("config_notice-item-changed");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        outcomes(&ran.stdout),
        [format!(
            "record 1 · config_notice · ignored · ignored by route.routes[3] ({settings}:20)"
        )]
    );
    assert_eq!(
        ran.lines().last(),
        Some(&"0 posted, 1 ignored, 0 not posted")
    );
}

#[test]
fn what_cannot_be_read_stops_it_before_anything_is_posted() {
    let ran = run(&["forward", &event("text-plain"), "no-such-file.json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr
            .starts_with("error: cannot read no-such-file.json: "),
        "{ran:?}"
    );
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
}

#[test]
fn a_record_that_is_no_delivery_fails_and_its_neighbours_are_posted() {
    let sns = |text: &str| json!({"EventSource": "aws:sns", "Sns": {"Message": text}});
    let foreign = json!({"eventSource": "aws:s3", "s3": {}});
    let event = json!({"Records": [sns("one"), foreign, sns("three")]});
    let ran = run_with(&["forward", "-"], &event.to_string());
    assert_eq!(ran.code, 1, "{ran:?}");
    let outcomes = outcomes(&ran.stdout);
    assert_eq!(outcomes.len(), 3, "{ran:?}");
    for posted in [outcomes[0], outcomes[2]] {
        assert!(posted.ends_with(" · posted"), "{posted}");
    }
    for part in [
        "record 2 · not posted",
        "not from SNS or SQS",
        "subscribe the function",
    ] {
        assert!(outcomes[1].contains(part), "{}", outcomes[1]);
    }
    assert_eq!(
        ran.lines().last(),
        Some(&"2 posted, 0 ignored, 1 not posted")
    );
}

#[test]
fn a_dash_is_standard_input() {
    let ran = run_with(&["forward", "-"], "The ferns are thirsty");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.lines().first(), Some(&"-"));
    assert!(ran.stdout.contains("🔔 The ferns are thirsty"), "{ran:?}");
    assert_eq!(
        ran.lines().last(),
        Some(&"1 posted, 0 ignored, 0 not posted")
    );
}

#[test]
fn live_without_a_webhook_says_what_is_missing() {
    let ran = run(&["forward", "--live", &event("text-plain")]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("SLACK_WEBHOOK_URL"), "{ran:?}");
}
