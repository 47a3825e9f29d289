//! Twenty-one cases in which widely used forwarders lose a message without a word, are stuck with it, or post it twice.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::PATIENCE;
use crate::support::events::{self, sns};
use crate::support::fake_slack::{FakeSlack, Reply};
use crate::support::forwarder::{Forwarder, Setup};

/// In what every case sends, and never in a log.
const CONFIDENTIAL: &str = "CONFIDENTIALx41c7";

struct Case {
    name: &'static str,
    event: Value,
    /// What Slack says, request by request; then it takes what Slack takes.
    script: Vec<Reply>,
    time: Duration,
    /// Words of each message that the channel shows in the end.
    shown: Vec<String>,
    requests: usize,
    /// Words of the invocation's error; `None` when it succeeds.
    error: Option<&'static str>,
}

impl Case {
    /// A record that Slack takes at once.
    fn shown(name: &'static str, body: &str) -> Self {
        Self::all_shown(name, &[body])
    }

    fn all_shown(name: &'static str, bodies: &[&str]) -> Self {
        Self {
            name,
            event: sns(bodies),
            script: Vec::new(),
            time: PATIENCE,
            shown: vec![String::new(); bodies.len()],
            requests: bodies.len(),
            error: None,
        }
    }

    /// A plain record, and a Slack that answers it as scripted.
    fn scripted(name: &'static str, script: Vec<Reply>) -> Self {
        Self {
            requests: script.len() + 1,
            script,
            ..Self::shown(name, &format!("A record, {CONFIDENTIAL}"))
        }
    }

    /// The same, and it is never shown.
    fn reported(self, error: &'static str) -> Self {
        Self {
            shown: Vec::new(),
            requests: self.script.len(),
            error: Some(error),
            ..self
        }
    }

    fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    fn with_words(self, words: &[&str]) -> Self {
        Self {
            shown: words.iter().map(|&word| word.to_owned()).collect(),
            ..self
        }
    }

    /// What is wrong with how the function behaves.
    fn faults(&self) -> Vec<String> {
        let slack = FakeSlack::start();
        for reply in &self.script {
            slack.next(reply.clone());
        }
        let mut forwarder = Setup::posting_to(&slack).start();
        let mut faults = Vec::new();
        let mut expect = |holds: bool, fault: String| {
            if !holds {
                faults.push(format!("{}: {fault}", self.name));
            }
        };
        let answer = forwarder.invoke_within(self.time, &self.event);
        let failure = format!("{answer:?}");
        match self.error {
            Some(error) => expect(failure.contains(error), format!("not reported: {failure}")),
            None => expect(
                !failure.contains("Error"),
                format!("reported as failed: {failure}"),
            ),
        }
        let texts = slack.texts();
        expect(
            texts.len() == self.shown.len(),
            format!("the channel shows {texts:?}"),
        );
        for (text, words) in texts.iter().zip(&self.shown) {
            expect(text.contains(words), format!("the channel shows {texts:?}"));
        }
        let requests = slack.requests().len();
        expect(requests == self.requests, format!("{requests} requests"));
        // The process lives, and posts what comes next.
        let before = slack.channel().len();
        let next = forwarder.invoke(&sns(&["The next record"]));
        expect(
            !format!("{next:?}").contains("Error"),
            "the next record fails".to_owned(),
        );
        expect(
            slack.channel().len() == before + 1,
            "the next record is not shown".to_owned(),
        );
        let log = log(forwarder);
        expect(
            !log.contains(CONFIDENTIAL),
            format!("the log repeats the message: {log}"),
        );
        faults
    }
}

/// Everything that the function has written; see [`Forwarder`] for the secrets that are searched for in it.
fn log(forwarder: Forwarder) -> String {
    let output = forwarder.finish();
    format!("{:?}{:?}", output.outcomes, output.others)
}

fn cases() -> Vec<Case> {
    let limited = Reply::answer(429, "").header("Retry-After", "1");
    let down = Reply::answer(500, "rollup_error");
    let malformed = |status| vec![Reply::answer(status, "invalid_payload")];
    let mut alarm: Value = {
        let event = events::case("cloudwatch_alarm-alb-4xx");
        serde_json::from_str(event["Records"][0]["Sns"]["Message"].as_str().unwrap()).unwrap()
    };
    alarm["NewStateReason"] = CONFIDENTIAL.into();
    let mut unknown_state = alarm.clone();
    unknown_state["NewStateValue"] = "SNOOZED".into();
    let mut no_description = alarm.clone();
    no_description
        .as_object_mut()
        .unwrap()
        .remove("AlarmDescription");
    let mut no_subject = sns(&[&alarm.to_string()]);
    no_subject["Records"][0]["Sns"]
        .as_object_mut()
        .unwrap()
        .remove("Subject");
    let (unknown_state, no_description) = (unknown_state.to_string(), no_description.to_string());
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let hijack =
        json!({"text": format!("<!channel> {CONFIDENTIAL}"), "channel": "#other"}).to_string();
    let long = format!("{CONFIDENTIAL} {}", "x".repeat(256 * 1024 - 100));
    vec![
        Case::scripted("200 ok", vec![]),
        Case::scripted("429, Retry-After 1", vec![limited]),
        Case::scripted("500", vec![down.clone(), down.clone(), down.clone()])
            .reported("not_posted (server_error)"),
        Case::scripted("404 no_service", vec![Reply::answer(404, "no_service")])
            .reported("not_posted (webhook_gone)"),
        Case::scripted("400 invalid_payload", malformed(400)),
        Case::scripted("200, body invalid_payload", malformed(200)),
        Case::scripted("accepts, never answers", vec![Reply::silence()])
            .reported("ambiguous (timeout)")
            .within(Duration::from_secs(3)),
        Case::scripted("reset", vec![Reply::reset_after_reading()]).reported("ambiguous (reset)"),
        Case {
            event: no_subject,
            ..Case::shown("no Subject key", "")
        },
        Case::shown(
            "plain text with the word text in it",
            &format!("Some text: {CONFIDENTIAL}"),
        ),
        Case::shown("the message is 5", "5"),
        Case::shown("the message is null", "null"),
        Case::shown("unknown alarm state", &unknown_state).with_words(&["SNOOZED"]),
        Case::shown("alarm without a description", &no_description).with_words(&["ALARM"]),
        Case::shown("JSON nested 5,000 deep", &deep),
        Case::shown("the message is a payload of Slack", &hijack),
        Case::shown("empty message", ""),
        Case::shown("256 KB of text", &long),
        Case::all_shown("batch: odd, good", &[&unknown_state, "The good one"])
            .with_words(&["SNOOZED", "The good one"]),
        Case::all_shown("batch: good, odd", &["The good one", &unknown_state])
            .with_words(&["The good one", "SNOOZED"]),
        Case {
            script: vec![down],
            requests: 3,
            ..Case::all_shown("batch: the first gets 500", &["The first", "The second"])
                .with_words(&["The first", "The second"])
        },
    ]
}

#[test]
fn in_all_21_cases_of_the_peers_nothing_is_lost_stuck_or_doubled() {
    let cases = cases();
    assert_eq!(cases.len(), 21);
    let faults: Vec<Vec<String>> = cases.iter().map(Case::faults).collect();
    let right = faults.iter().filter(|faults| faults.is_empty()).count();
    println!("{right} of {} cases right", cases.len());
    assert!(right == cases.len(), "{:#?}", faults.concat());
    // The one with a payload of Slack: nobody is mentioned, no other channel is named.
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let hijack = cases
        .iter()
        .find(|case| case.name == "the message is a payload of Slack");
    forwarder.invoke(&hijack.unwrap().event).response();
    let [payload] = slack.channel().try_into().unwrap();
    assert!(payload.get("channel").is_none(), "{payload}");
    assert!(!payload.to_string().contains("<!channel>"), "{payload}");
}
