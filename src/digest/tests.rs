use std::collections::BTreeSet;

use super::*;
use crate::envelope::Record;
use crate::notification::classify;
use crate::template::Templates;

fn context(body: &Value) -> Context {
    let record = Record::bare(body.to_string());
    Context::new(&record, &classify(&record), &BTreeMap::new())
}

/// An alarm that went into a state at a minute.
fn alarm(name: &str, state: &str, minute: u32) -> Context {
    context(&json!({
        "AlarmName": name,
        "AlarmArn": format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}"),
        "NewStateValue": state,
        "StateChangeTime": format!("2026-05-17T10:{minute:02}:00.000+0000"),
        "AWSAccountId": "123456789012",
    }))
}

struct Shown {
    context: Context,
    records: Vec<usize>,
}

fn of(contexts: &[Context]) -> Vec<Shown> {
    let pages = all(&contexts.iter().collect::<Vec<_>>()).into_iter();
    pages
        .map(|(records, context)| Shown { context, records })
        .collect()
}

fn texts(page: &Shown, member: &str) -> Vec<String> {
    let entries = page.context.json("digest.entries").unwrap();
    let entries = entries.as_array().unwrap().iter();
    entries
        .map(|it| it[member].as_str().unwrap_or("-").to_owned())
        .collect()
}

#[test]
fn the_worst_comes_first_and_of_the_same_the_oldest() {
    let contexts = [
        alarm("fine", "OK", 1),
        context(&json!("Just a text")),
        alarm("unsure", "INSUFFICIENT_DATA", 2),
        alarm("late", "ALARM", 5),
        alarm("early", "ALARM", 3),
        context(
            &json!({"source": "aws.codepipeline", "detail-type": "CodePipeline Pipeline Execution State Change",
            "detail": {"pipeline": "shop", "state": "STOPPED"}, "time": "2026-05-17T10:04:00Z"}),
        ),
    ];
    let pages = of(&contexts);
    assert_eq!(pages.len(), 1);
    assert_eq!(
        texts(&pages[0], "state"),
        ["ALARM", "ALARM", "STOPPED", "-", "INSUFFICIENT_DATA", "OK"]
    );
    assert_eq!(texts(&pages[0], "name")[..2], ["early", "late"]);
    assert_eq!(pages[0].records.iter().collect::<BTreeSet<_>>().len(), 6);
    let context = &pages[0].context;
    assert_eq!(
        context.text("title"),
        Some("6 notifications: 2 ALARM, 1 STOPPED, 1 other, 1 INSUFFICIENT_DATA, 1 OK")
    );
    assert_eq!(context.text("state"), Some("ALARM"));
    assert_eq!(context.text("time"), Some("2026-05-17T10:05:00Z"));
    // Not all of them say the same.
    assert_eq!(context.json("account"), Some(Value::Null));
}

#[test]
fn an_alarm_is_one_entry_with_its_newest_state_last() {
    let contexts = [
        alarm("flaps", "OK", 4),
        alarm("other", "ALARM", 1),
        alarm("flaps", "ALARM", 1),
        alarm("flaps", "ALARM", 7),
        alarm("flaps", "OK", 9),
    ];
    let pages = of(&contexts);
    let entries = pages[0].context.json("digest.entries").unwrap();
    assert_eq!(texts(&pages[0], "name"), ["other", "flaps"]);
    assert_eq!(entries[1]["state"], "OK");
    assert_eq!(entries[1]["time"], "2026-05-17T10:09:00Z");
    let before = entries[1]["before"].as_array().unwrap().iter();
    let before: Vec<&str> = before.map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(before, ["ALARM", "OK", "ALARM"]);
    assert_eq!(
        pages[0].context.text("title"),
        Some("5 notifications about 2 things: 1 ALARM, 1 OK")
    );
    assert_eq!(pages[0].context.text("account"), Some("123456789012"));

    // A hundred changes: the last ones are told.
    let flaps: Vec<Context> = (0..100)
        .map(|n| alarm("flaps", if n % 2 == 0 { "ALARM" } else { "OK" }, n % 60))
        .collect();
    let pages = of(&flaps);
    let entries = pages[0].context.json("digest.entries").unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_eq!(entries[0]["before"].as_array().unwrap().len(), MOST_OLDER);
    assert_eq!(entries[0]["records"], 100);
}

#[test]
fn alarms_of_the_same_name_elsewhere_are_others() {
    let elsewhere = |account: &str, region: &str| {
        context(&json!({
            "AlarmName": "a", "NewStateValue": "ALARM", "AWSAccountId": account,
            "AlarmArn": format!("arn:aws:cloudwatch:{region}:{account}:alarm:a"),
        }))
    };
    let contexts = [
        elsewhere("123456789012", "eu-west-1"),
        elsewhere("123456789012", "eu-west-2"),
        elsewhere("111122223333", "eu-west-1"),
    ];
    assert_eq!(texts(&of(&contexts)[0], "name").len(), 3);
}

/// Every record is in one message, every message holds what it names.
#[test]
fn as_many_messages_as_it_takes_and_no_more() {
    let templates = Templates::built_in().unwrap();
    for (count, length, messages) in [
        (6, 10, 1),
        (40, 10, 1),
        (46, 10, 2),
        (1_000, 20, 26),
        (60, 255, 6),
    ] {
        let name = |n: usize| format!("{n:04}-{}", "x".repeat(length - 5));
        let contexts: Vec<Context> = (0..count).map(|n| alarm(&name(n), "ALARM", 1)).collect();
        let pages = of(&contexts);
        assert!(
            pages.len() <= messages,
            "{count} of {length}: {}",
            pages.len()
        );
        let mut records: Vec<usize> = pages.iter().flat_map(|it| it.records.clone()).collect();
        records.sort_unstable();
        assert!(records.into_iter().eq(0..count), "{count} of {length}");
        let mut named = 0;
        for (number, page) in pages.iter().enumerate() {
            let rendered = templates.render(&page.context, None);
            assert_eq!(
                rendered.template, "built-in:digest.json.tera",
                "{:?}",
                rendered.failed
            );
            assert_eq!(rendered.warnings, [""; 0], "{count} of {length}");
            let blocks = rendered.message.payload()["blocks"].to_string();
            named += (0..count)
                .filter(|&n| blocks.contains(&format!("|ALARM: {}>", name(n))))
                .count();
            if pages.len() > 1 {
                let part = format!("(part {} of {})", number + 1, pages.len());
                assert!(rendered.message.text().contains(&part), "{part}");
            }
        }
        assert_eq!(named, count, "{count} of {length}: each is named once");
    }
}

#[test]
fn without_a_template_each_is_still_named() {
    let contexts: Vec<Context> = (0..40)
        .map(|n| alarm(&format!("alarm-{n:02}"), "ALARM", 1))
        .collect();
    let minimal = crate::template::minimal(&of(&contexts)[0].context);
    for n in 0..40 {
        assert!(
            minimal.text().contains(&format!("ALARM: alarm-{n:02}")),
            "{}",
            minimal.text()
        );
    }
}

#[test]
fn only_words_are_counted_by_name() {
    let contexts = [
        alarm("a", "<!channel>", 1),
        alarm("b", "ALARM\nOK", 1),
        alarm("c", &"A".repeat(200), 1),
        alarm("d", "ALARM", 1),
    ];
    let pages = of(&contexts);
    let title = pages[0].context.text("title").unwrap();
    assert_eq!(title, "4 notifications: 1 ALARM, 3 other");
    let texts = [context(&json!("one")), context(&json!("two"))];
    assert_eq!(of(&texts)[0].context.text("title"), Some("2 notifications"));
}

/// The signs of the built-in parts go by the same words.
#[test]
fn the_order_is_that_of_the_colours() {
    let templates = Templates::built_in().unwrap();
    for state in [
        "ALARM",
        "NON_COMPLIANT",
        "FAILED",
        "FATAL",
        "CRITICAL",
        "HIGH",
        "issue",
        "DELETE",
        "CREATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
        "OK",
        "COMPLIANT",
        "SUCCEEDED",
        "RESOLVED",
        "CREATE_COMPLETE",
        "JOB_SUCCEEDED",
        "MEDIUM",
        "STOPPED",
        "STOPPING",
        "CANCELED",
        "ABANDONED",
        "scheduledChange",
        "INSUFFICIENT_DATA",
        "LOW",
        "",
        "something",
    ] {
        let sign = match severity(Some(state)) {
            Severity::Bad => ":red_circle:",
            Severity::Warning => ":large_orange_circle:",
            Severity::Unknown => ":white_circle:",
            Severity::Good => ":large_green_circle:",
        };
        let rendered = templates.render(&of(&[alarm("a", state, 1)])[0].context, None);
        let payload = rendered.message.payload();
        let shown = payload["blocks"][1]["text"]["text"].as_str().unwrap();
        assert!(shown.starts_with(sign), "{state}: {shown}");
    }
}

#[test]
fn an_approval_is_never_one_of_many() {
    let approval = context(
        &json!({"approval": {"pipelineName": "shop", "token": "t"}, "region": "eu-west-1"}),
    );
    assert_eq!(approval.text("kind"), Some("codepipeline_approval"));
    assert!(!takes(&approval));
    assert!(takes(&alarm("a", "ALARM", 1)));
}
