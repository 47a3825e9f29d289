//! What Slack does, and what becomes of the records then.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::names;
use crate::support::PATIENCE;
use crate::support::events::{self, message_id, sns};
use crate::support::fake_slack::{CANARY, FakeSlack, Reply};
use crate::support::forwarder::{Forwarder, Setup};

/// The record in the middle; its neighbours are good.
const BAD: &str = "This record is answered as the script says";

/// Invocations with slow answers may take so long.
const SHORT: Duration = Duration::from_secs(3);

fn good_bad_good() -> Value {
    sns(&["The first record", BAD, "The third record"])
}

#[test]
fn a_post_is_what_slack_documents() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    forwarder
        .invoke(&events::case("codepipeline_approval-full"))
        .response();
    let [request] = slack.requests().try_into().unwrap();
    assert_eq!(request.method, "POST");
    assert_eq!(request.path, format!("/services/T0/B0/{CANARY}"));
    assert_eq!(request.header("Content-Type"), Some("application/json"));
    let user_agent = request.header("User-Agent").unwrap();
    assert!(user_agent.starts_with("sns-to-slack/"), "{user_agent}");
    assert!(
        slack.texts()[0].starts_with("Approval needed: potting-shed / Production"),
        "{:?}",
        slack.texts()
    );
}

#[test]
fn a_record_that_is_not_posted_fails_the_invocation_and_leaves_its_neighbours_alone() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let elsewhere = format!("{}/elsewhere", slack.url());
    let answer = Reply::answer;
    let cases = [
        (answer(404, "no_service"), "webhook_gone"),
        (answer(404, "channel_not_found"), "webhook_gone"),
        (answer(410, "channel_is_archived"), "webhook_gone"),
        (answer(403, "invalid_token"), "webhook_gone"),
        (answer(403, "action_prohibited"), "not_allowed"),
        (answer(403, ""), "not_allowed"),
        (answer(500, "rollup_error"), "server_error"),
        (answer(503, "<html>Busy</html>"), "server_error"),
        (
            answer(302, "").header("Location", &elsewhere),
            "unexpected_answer",
        ),
        (answer(200, "{\"ok\":true}"), "unexpected_answer"),
        (answer(200, "<html>ok</html>"), "unexpected_answer"),
        (answer(200, ""), "unexpected_answer"),
        (answer(204, ""), "unexpected_answer"),
        (answer(400, "a_word_of_next_year"), "unexpected_answer"),
    ];
    let mut posted = 0;
    for (index, (reply, reason)) in cases.into_iter().enumerate() {
        let case = format!("{reply:?}");
        let bad = format!("{BAD}: case {index}.");
        slack.whenever(&bad, reply);
        let event = sns(&["The first record", &bad, "The third record"]);
        let error = forwarder.invoke(&event).error("NotPosted");
        assert!(error.starts_with("1 of 3 not posted"), "{case}: {error}");
        names(&error, 2, "not_posted", reason);
        for other in [1, 3] {
            assert!(!error.contains(&message_id(other)[8..]), "{case}: {error}");
        }
        posted += 2;
        assert_eq!(slack.channel().len(), posted, "{case}");
        assert!(slack.requests_with(&bad) >= 1, "{case}");
    }
    let lines = forwarder.finish().outcomes;
    assert_eq!(lines.len(), posted / 2 * 3);
    for (index, lines) in lines.chunks(3).enumerate() {
        assert_eq!(lines[0]["outcome"], "posted");
        assert_eq!(lines[1]["outcome"], "not_posted");
        assert_eq!(lines[2]["outcome"], "posted");
        let requests = slack.requests_with(&format!("case {index}."));
        assert_eq!(lines[1]["attempts"], requests, "{}", lines[1]);
    }
}

/// The error of an invocation with a slow answer in the middle, which must come before its deadline.
#[track_caller]
fn slow(slack: &FakeSlack, reply: Reply) -> (Forwarder, String) {
    slack.whenever(BAD, reply);
    let mut forwarder = Setup::posting_to(slack).start();
    // Once before, so that starting the process does not count.
    forwarder.invoke(&sns(&["A record before"])).response();
    let start = Instant::now();
    let error = forwarder
        .invoke_within(SHORT, &good_bad_good())
        .error("NotPosted");
    // It is not waited for. How long before the deadline it is given up is seen in virtual time (`deadlines`): here a busy
    // machine may stop the function for longer.
    let took = start.elapsed();
    assert!(took < PATIENCE, "{took:?}");
    assert_eq!(slack.requests_with("The first record"), 1);
    assert_eq!(slack.requests_with(BAD), 1);
    (forwarder, error)
}

#[test]
fn an_answer_that_does_not_come_is_given_up_before_the_deadline() {
    let slack = FakeSlack::start();
    let (mut forwarder, error) = slow(&slack, Reply::silence());
    names(&error, 2, "ambiguous", "timeout");
    // A webhook gets one request at a time, so the slow one has used up the time of those after it. They are named too, so AWS
    // brings them again.
    names(&error, 3, "not_posted", "deadline");
    // And the process lives.
    forwarder.invoke(&sns(&["A record after"])).response();
    assert_eq!(slack.requests_with("A record after"), 1);
}

#[test]
fn a_receiver_that_is_gone_leaves_the_others_alone() {
    let gone = FakeSlack::start();
    gone.whenever("record", Reply::answer(404, "no_service"));
    let slack = FakeSlack::start();
    let mut forwarder = Setup::with_settings(&json!({
        "receivers": {
            "alarms": {"webhook": gone.webhook()},
            "deploys": {"webhook": slack.webhook()},
        },
        "route": {"receivers": ["alarms", "deploys"]},
    }))
    .start();
    let event = sns(&["The first record", "The second record"]);
    let error = forwarder.invoke(&event).error("NotPosted");
    assert!(error.starts_with("2 of 4 not posted"), "{error}");
    assert!(error.contains("\"alarms\""), "{error}");
    assert!(!error.contains("\"deploys\""), "{error}");
    assert_eq!(slack.channel().len(), 2);
    let lines = forwarder.finish().outcomes;
    let outcomes: Vec<String> = lines
        .iter()
        .map(|line| format!("{}: {}", line["Receiver"], line["outcome"]))
        .collect();
    let each = ["\"alarms\": \"not_posted\"", "\"deploys\": \"posted\""];
    assert_eq!(outcomes, [each, each].concat());
}

#[test]
fn an_answer_that_drips_is_given_up_before_the_deadline() {
    let slack = FakeSlack::start();
    // Every byte comes soon after the one before it: only a bound on the whole exchange ends this.
    let (_forwarder, error) = slow(&slack, Reply::drip(Duration::from_millis(100)));
    names(&error, 2, "ambiguous", "unexpected_answer");
    names(&error, 3, "not_posted", "deadline");
}

#[test]
fn success_is_said_only_after_slack_has_said_ok() {
    let slack = FakeSlack::start();
    let late = Reply::answer(200, "ok").after(Duration::from_millis(300));
    slack.whenever("record", late);
    let mut forwarder = Setup::posting_to(&slack).start();
    let event = sns(&["The first record", "The second record", "The third record"]);
    let id = forwarder.hand_out(PATIENCE, &event);
    for count in 1..=3 {
        slack.wait_for(count);
        assert_eq!(forwarder.answers(), 0);
    }
    forwarder.answer(&id).response();
    // Slack takes about one message a second for a channel; several at a time invite a refusal.
    assert_eq!(slack.most_in_flight(), 1);
}

#[test]
fn an_answer_that_is_only_late_counts() {
    let slack = FakeSlack::start();
    slack.next(Reply::answer(200, "ok").after(Duration::from_millis(700)));
    let mut forwarder = Setup::posting_to(&slack).start();
    forwarder.invoke(&sns(&["A record"])).response();
    let [line] = forwarder.finish().outcomes.try_into().unwrap();
    assert!(line["duration_ms"].as_u64().unwrap() >= 700, "{line}");
    assert_eq!(line["attempts"], 1);
}

#[test]
fn nothing_is_begun_that_cannot_be_ended() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    for time in [Duration::from_millis(200), Duration::ZERO] {
        let error = forwarder
            .invoke_within(time, &good_bad_good())
            .error("NotPosted");
        for record in 1..=3 {
            names(&error, record, "not_posted", "deadline");
        }
    }
    assert_eq!(slack.connections(), 0);
    for line in forwarder.finish().outcomes {
        assert_eq!(line["reason"], "deadline");
        assert_eq!(line["attempts"], 0);
    }
}

#[test]
fn what_slack_calls_malformed_is_posted_as_minimal_text() {
    let slack = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    let replies = [
        (400, "invalid_blocks"),
        (400, "invalid_payload"),
        (400, "no_text"),
        (400, "invalid_attachments"),
        (200, "invalid_payload"),
    ];
    for (index, (status, word)) in replies.into_iter().enumerate() {
        slack.next(Reply::answer(status, word));
        let response = forwarder
            .invoke(&events::case("codepipeline_approval-full"))
            .response();
        assert_eq!(
            response,
            json!({"posted": 1, "handed_over": 0, "ignored": 0}),
            "{word}"
        );
        let requests = slack.requests();
        assert_eq!(requests.len(), (index + 1) * 2, "{word}");
        assert_eq!(slack.channel().len(), index + 1, "{word}");
        let payload = requests.last().unwrap().json();
        let members: Vec<&String> = payload.as_object().unwrap().keys().collect();
        assert_eq!(members, ["parse", "text", "unfurl_links", "unfurl_media"]);
        assert_eq!(payload["parse"], "none");
        assert_eq!(payload["unfurl_links"], false);
        assert_eq!(payload["unfurl_media"], false);
        let text = payload["text"].as_str().unwrap();
        assert!(text.starts_with("Approval needed: potting-shed"), "{text}");
        // Without it nobody could approve.
        assert!(
            text.contains("#/Production/HeadGardenerSignOff/approve/"),
            "{text}"
        );
    }
    let lines = forwarder.finish().outcomes;
    assert_eq!(lines.len(), replies.len());
    for line in lines {
        assert_eq!(line["outcome"], "posted", "{line}");
        assert_eq!(line["FallbackRendered"], 1, "{line}");
        assert_eq!(line["attempts"], 2, "{line}");
    }
}

#[test]
fn minimal_text_is_tried_once() {
    let slack = FakeSlack::start();
    slack.whenever(BAD, Reply::answer(400, "invalid_payload"));
    let mut forwarder = Setup::posting_to(&slack).start();
    let error = forwarder.invoke(&good_bad_good()).error("NotPosted");
    names(&error, 2, "not_posted", "rejected_payload");
    assert_eq!(slack.requests_with(BAD), 2);
    assert_eq!(slack.channel().len(), 2);
}

#[test]
fn a_redirect_is_not_followed() {
    let slack = FakeSlack::start();
    let elsewhere = FakeSlack::start();
    let mut forwarder = Setup::posting_to(&slack).start();
    for status in [301, 302, 303, 307, 308] {
        for target in [elsewhere.webhook(), "/elsewhere".to_owned()] {
            slack.next(Reply::answer(status, "").header("Location", &target));
            let error = forwarder.invoke(&sns(&[BAD])).error("NotPosted");
            names(&error, 1, "not_posted", "unexpected_answer");
        }
    }
    assert_eq!(elsewhere.connections(), 0);
    let requests = slack.requests();
    assert_eq!(requests.len(), 10);
    for request in requests {
        assert_eq!(request.path, format!("/services/T0/B0/{CANARY}"));
    }
}

#[test]
fn a_proxy_that_the_environment_names_is_ignored() {
    let slack = FakeSlack::start();
    let proxy = FakeSlack::start();
    let mut setup = Setup::posting_to(&slack);
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        setup = setup
            .with(name, &proxy.url())
            .with(&name.to_ascii_lowercase(), &proxy.url());
    }
    setup.start().invoke(&sns(&["A record"])).response();
    assert_eq!(slack.channel().len(), 1);
    assert_eq!(proxy.connections(), 0);
}
