//! The worst that can come in: it is posted, so are its neighbours, and it takes little memory and time.

use std::time::Duration;

use serde_json::{Value, json};

use crate::mutations::{body, document};
use crate::support::events::{self, notification, sns, sqs};
use crate::support::fake_runtime::Answer;
use crate::support::fake_slack::FakeSlack;
use crate::support::forwarder::{Forwarder, Setup};

/// The most that SNS carries in a message.
const SIZE: usize = 256 * 1024;
/// The most memory that such a message takes, above what the waiting function holds.
const MOST_MEMORY: u64 = 16 * MIB;
/// The same for JSON that is nothing but tiny objects or nested arrays: read, each of them takes some 600 bytes.
pub(super) const MOST_MEMORY_OF_TINY_THINGS: u64 = 32 * MIB;
/// For the most that a queue hands over at once, 10,000 records in 6 MB. The smallest function has 128 MB.
const MOST_MEMORY_OF_A_BATCH: u64 = 72 * MIB;
/// The most time that a processor works for a message, in a build that is not optimised and on any machine.
pub(super) const MOST_CPU: Duration = Duration::from_secs(3);
/// The same for a batch: 6 ms for each of 10,000 records.
const MOST_CPU_OF_A_BATCH: Duration = Duration::from_secs(60);

const MIB: u64 = 1024 * 1024;

/// A function that has posted a record, and the Slack that it posts to. No kind is ignored, and each record is a message.
fn started() -> (FakeSlack, Forwarder) {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::with_settings(&json!({
        "receivers": {"default": {"webhook": slack.webhook()}},
        "route": {"receivers": ["default"]},
        "delivery": {"digest": 0},
    }))
    .start();
    forwarder.invoke(&sns(&["A record before"])).response();
    (slack, forwarder)
}

/// Does something with the function, and sees that it takes no more than this. `cargo test -- --nocapture` shows what it took.
#[track_caller]
pub(super) fn within<T>(
    name: &str,
    memory: u64,
    cpu: Duration,
    forwarder: &mut Forwarder,
    act: impl FnOnce(&mut Forwarder) -> T,
) -> T {
    let before = forwarder.usage();
    let result = act(forwarder);
    if let (Some(before), Some(after)) = (before, forwarder.usage()) {
        let grown = after.peak.saturating_sub(before.memory);
        let spent = after.cpu.saturating_sub(before.cpu);
        println!("{name}: {} KiB, {spent:?} of a processor", grown / 1024);
        assert!(grown <= memory, "{name}: {grown} bytes more");
        assert!(spent <= cpu, "{name}: {spent:?} of a processor");
    }
    result
}

/// A body between two others in one event, handed to a function of its own: all three are posted, by built-in templates.
/// The result is its message.
#[track_caller]
fn posted(name: &str, body: &str) -> Value {
    posted_within(MOST_MEMORY, name, body)
}

#[track_caller]
fn posted_within(memory: u64, name: &str, body: &str) -> Value {
    let (slack, mut forwarder) = started();
    let event = sns(&["The first record", body, "The third record"]);
    let answer = within(name, memory, MOST_CPU, &mut forwarder, |forwarder| {
        forwarder.invoke(&event)
    });
    let expected = json!({"posted": 3, "handed_over": 0, "ignored": 0});
    assert_eq!(answer.response(), expected, "{name}");
    let texts = slack.texts();
    assert!(texts[1].contains("The first record"), "{name}: {texts:?}");
    assert!(texts[3].contains("The third record"), "{name}: {texts:?}");
    for line in forwarder.finish().outcomes {
        assert_eq!(line["attempts"], 1, "{name}: {line}");
        assert_eq!(line.get("FallbackRendered"), None, "{name}: {line}");
    }
    slack.channel().swap_remove(2)
}

#[test]
fn json_of_any_depth() {
    for depth in [126, 127, 128, 5_000, 100_000] {
        let open = "[".repeat(depth);
        posted(
            &format!("{depth} arrays"),
            &format!("{open}{}", "]".repeat(depth)),
        );
        posted(&format!("{depth} open arrays"), &open);
        let objects = format!("{}1{}", "{\"\":".repeat(depth), "}".repeat(depth));
        posted(&format!("{depth} objects"), &objects);
    }
    // Deep, but not too deep, where an alarm and an event have members.
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    posted(
        "a deep alarm",
        &format!(
            "{{\"AlarmName\":\"a\",\"NewStateValue\":\"ALARM\",\"Trigger\":{{\"Metrics\":{deep}}}}}"
        ),
    );
    posted(
        "a deep event",
        &format!("{{\"detail-type\":\"a\",\"source\":\"b\",\"detail\":{{\"c\":{deep}}}}}"),
    );
}

/// As many of it as fit into a message.
fn list(item: &str) -> String {
    let count = SIZE / (item.len() + 1);
    format!("[{}]", vec![item; count].join(","))
}

#[test]
fn json_of_any_width() {
    let keys = |count: usize| {
        let members: Vec<String> = (0..count).map(|n| format!("\"{n:x}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    posted("28,000 keys", &keys(28_000));
    posted("numbers", &list("1"));
    posted("texts", &list("\"\""));
    posted("empty objects", &list("{}"));
    for (name, body) in [
        // Twice as large as SNS takes, as from a queue.
        ("60,000 keys", keys(60_000)),
        ("objects", list("{\"\":1}")),
        ("nested arrays", list("[[[[[[]]]]]]")),
        (
            "detail of an event",
            format!(
                "{{\"detail-type\":\"a\",\"source\":\"b\",\"detail\":{}}}",
                list("{\"\":1}")
            ),
        ),
        (
            "metrics of an alarm",
            format!(
                "{{\"AlarmName\":\"a\",\"NewStateValue\":\"ALARM\",\"Trigger\":{{\"Metrics\":{}}}}}",
                list("{\"\":1}")
            ),
        ),
    ] {
        posted_within(MOST_MEMORY_OF_TINY_THINGS, name, &body);
    }
    let dimensions: Vec<Value> = (0..10_000)
        .map(|n| json!({"name": n.to_string(), "value": "v"}))
        .collect();
    let alarm = json!({"AlarmName": "a", "NewStateValue": "ALARM", "Trigger": {"MetricName": "m", "Dimensions": dimensions}});
    posted_within(
        MOST_MEMORY_OF_TINY_THINGS,
        "10,000 dimensions",
        &alarm.to_string(),
    );
    let children: Vec<Value> = (0..2_000)
        .map(|n| json!({"Arn": format!("arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{n}"), "State": {"Value": "ALARM"}}))
        .collect();
    let alarm = json!({"AlarmName": "a", "NewStateValue": "ALARM", "AlarmRule": "x".repeat(10_000), "TriggeringChildren": children});
    posted("2,000 children", &alarm.to_string());
}

#[test]
fn json_that_readers_understand_differently() {
    let digits = "123456789012345678901234567890";
    for body in [
        digits,
        "-0",
        "1e308",
        "1e999",
        "[1e999]",
        "1e-999",
        "{\"a\": 1, \"a\": 2, \"\": 3, \"\": 4}",
        "{\"AlarmName\": \"a\", \"AlarmName\": 1e999, \"NewStateValue\": \"ALARM\"}",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": \"\\udc00\\ud800\"}",
        "[1,]",
        "{'a': 1}",
        "NaN",
        "// a\n{}",
        "{} {}",
    ] {
        posted(body, body);
    }
    for number in [digits, "1e308", "-1e-308", "true", "\"1e999\"", "[]"] {
        let alarm = json!({
            "AlarmName": "a", "NewStateValue": "ALARM", "AWSAccountId": "NUMBER",
            "Trigger": {"MetricName": "m", "Period": "NUMBER", "EvaluationPeriods": "NUMBER", "Threshold": "NUMBER",
                "DatapointsToAlarm": "NUMBER", "ComparisonOperator": "GreaterThanThreshold"},
        });
        posted(number, &alarm.to_string().replace("\"NUMBER\"", number));
    }
}

/// Every text of one message of each kind, one after the other, is as long as the whole message may be.
#[test]
fn a_long_text_in_any_place() {
    for case in [
        "cloudwatch_alarm-composite",
        "cloudwatch_alarm-metric-math-4xx-share",
        "codepipeline_approval-full",
        "config_notice-item-changed",
        "config_rule-security-group-non-compliant",
        "custom-queue-backing-up",
        "eventbridge-ecs-task-stopped",
        "eventbridge-guardduty",
        "eventbridge-health",
        "eventbridge-securityhub",
        "json-generic-nested",
        "text-plain",
    ] {
        let mut event = events::case(case);
        let mut bodies = vec!["word ".repeat(SIZE / 5), "x".repeat(SIZE)];
        if let Some((document, paths)) = document(&mut event) {
            for path in paths {
                let mut document = document.clone();
                let place = document.pointer_mut(&path).unwrap();
                if place.is_string() {
                    *place = "w ".repeat(SIZE / 2).into();
                    bodies.push(document.to_string());
                }
            }
        }
        let (slack, mut forwarder) = started();
        let count = bodies.len();
        let cpu = MOST_CPU * u32::try_from(count).unwrap();
        let name = format!("{case}, {count} times");
        within(&name, MOST_MEMORY, cpu, &mut forwarder, |forwarder| {
            for text in bodies {
                *body(&mut event).unwrap() = text.into();
                forwarder.invoke(&event).response();
            }
        });
        assert_eq!(slack.channel().len(), 1 + count, "{name}");
        for line in forwarder.finish().outcomes {
            assert_eq!(line.get("FallbackRendered"), None, "{name}: {line}");
        }
    }
}

#[test]
fn characters_that_nobody_should_see() {
    let odd: String = (0..=0x1f_u32)
        .chain(0x7f..=0x9f)
        .chain([0x00ad, 0x061c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029])
        .chain(0x202a..=0x202e)
        .chain(0x2066..=0x2069)
        .chain(0xfdd0..=0xfdef)
        .chain([0xfeff, 0xfffe, 0xffff, 0x0010_ffff])
        .filter_map(char::from_u32)
        .collect();
    let text = format!("\u{feff}a\u{1b}[31mred\u{1b}[0m\r\nb\rc\0d {odd} e");
    for (name, body) in [
        ("odd text", text.clone()),
        ("odd JSON", json!({"a": text, "b": [text]}).to_string()),
        (
            "odd alarm",
            format!("\u{feff}{}", json!({"AlarmName": text, "NewStateValue": text, "NewStateReason": text})),
        ),
        (
            "odd event",
            json!({"detail-type": text, "source": text, "detail": {"a": text}}).to_string(),
        ),
        (
            "odd notification",
            json!({"version": "1.0", "source": "custom", "content": {"title": text, "description": text}}).to_string(),
        ),
    ] {
        let message = posted(name, &body).to_string();
        // In the JSON text a line break is an escape, and so would any other control character be.
        let bad = |c: &char| {
            c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}')
        };
        assert_eq!(message.chars().find(bad), None, "{message}");
        assert!(!message.contains("\\u00"), "{message}");
    }
}

#[test]
fn thousands_of_records_in_one_event() {
    let bodies: Vec<String> = (0..2_000).map(|n| format!("Record number {n}.")).collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let event = sns(&bodies);
    let (slack, mut forwarder) = started();
    let answer = within(
        "2,000 records",
        MOST_MEMORY_OF_A_BATCH,
        MOST_CPU_OF_A_BATCH,
        &mut forwarder,
        |forwarder| forwarder.invoke(&event),
    );
    assert_eq!(
        answer.response(),
        json!({"posted": 2_000, "handed_over": 0, "ignored": 0})
    );
    assert!(slack.texts()[2_000].contains("Record number 1999."));
    assert_eq!(forwarder.finish().outcomes.len(), 2_001);

    // The largest batch of a queue is 10,000 records, and 6 MB.
    let bodies: Vec<String> = (0..10_000)
        .map(|n| notification(n, "Watered.").to_string())
        .collect();
    let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let event = sqs(&bodies);
    assert!(event.to_string().len() > 6_000_000);
    let (slack, mut forwarder) = started();
    let answer = within(
        "10,000 records",
        MOST_MEMORY_OF_A_BATCH,
        MOST_CPU_OF_A_BATCH,
        &mut forwarder,
        |forwarder| forwarder.invoke(&event),
    );
    assert_eq!(answer.response(), json!({"batchItemFailures": []}));
    assert_eq!(slack.channel().len(), 10_001);
}

#[test]
fn thousands_of_records_in_digests() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    forwarder.invoke(&sns(&["A record before"])).response();
    let bodies: Vec<String> = (0..10_000)
        .map(|n| notification(n, &format!("Watered bed {n}.")).to_string())
        .collect();
    let event = sqs(&bodies.iter().map(String::as_str).collect::<Vec<_>>());
    let answer = within(
        "10,000 records in digests",
        MOST_MEMORY_OF_A_BATCH,
        MOST_CPU_OF_A_BATCH,
        &mut forwarder,
        |forwarder| forwarder.invoke(&event),
    );
    assert_eq!(answer.response(), json!({"batchItemFailures": []}));
    let channel = slack.channel();
    assert!(channel.len() < 300, "{} messages", channel.len());
    let all = json!(channel).to_string();
    for n in 0..10_000 {
        assert!(all.contains(&format!("Watered bed {n}.")), "{n}");
    }
}

/// What AWS never sends, because it is no JSON: the error says where it breaks off, and the function lives.
#[test]
fn an_event_that_is_no_json() {
    let (slack, mut forwarder) = started();
    let good = sns(&["A record"]).to_string();
    let with = |text: &str| good.replace("\"A record\"", text).into_bytes();
    let deep = |open: &str, close: &str| {
        with(&format!(
            "{}1{}",
            open.repeat(100_000),
            close.repeat(100_000)
        ))
    };
    let mut invalid = good.clone().into_bytes();
    invalid[good.find("A record").unwrap()] = 0xff;
    for (event, part) in [
        (
            invalid,
            "Records[0].Sns.Message: invalid unicode code point",
        ),
        (deep("[", "]"), "recursion limit exceeded"),
        (deep("{\"a\":", "}"), "recursion limit exceeded"),
        (with("1e999"), "Records[0].Sns.Message: number out of range"),
        (
            with("\"\\ud800\""),
            "Records[0].Sns.Message: unexpected end of hex escape",
        ),
        (
            with("\"\u{1}\""),
            "Records[0].Sns.Message: control character",
        ),
        (
            format!("\u{feff}{good}").into_bytes(),
            "expected value at line 1 column 1",
        ),
        (good[..good.len() - 1].into(), "EOF while parsing"),
        (Vec::new(), "EOF while parsing"),
    ] {
        let answer = within(part, MOST_MEMORY, MOST_CPU, &mut forwarder, |forwarder| {
            forwarder.invoke_raw(&event)
        });
        let Answer::Error { message, .. } = answer else {
            panic!("{part}: {answer:?}");
        };
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert_eq!(slack.channel().len(), 1);
    // Odd, but JSON: the record is posted.
    for text in [
        "\"A record \\u0000\"",
        "123456789012345678901234567890",
        "\"A\",\"Message\":\"A record\"",
        "[[[[[[]]]]]]",
    ] {
        let event: Value = serde_json::from_slice(&with(text)).unwrap();
        forwarder.invoke(&event).response();
    }
    assert_eq!(slack.channel().len(), 5);
}
