//! Whom the function trusts, and what becomes of the records that it trusts nobody with.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use rustls::version::{TLS12, TLS13};
use serde_json::json;

use super::{ATTEMPTS, names, side_by_side};
use crate::support::events::sns;
use crate::support::fake_slack::{Certificate, FakeSlack, Reply};
use crate::support::forwarder::Setup;

/// Posts a record to a Slack that proves nothing in so many handshakes as there are attempts. It may not leave the function,
/// not even without TLS.
#[track_caller]
fn gets_no_request(case: &str, slack: &FakeSlack) {
    let mut forwarder = Setup::posting_to(slack).start();
    let error = forwarder.invoke(&sns(&["A record"])).error("NotPosted");
    names(&error, 1, "not_posted", "connect");
    assert_eq!(slack.connections(), ATTEMPTS, "{case}");
    assert_eq!(slack.requests().len(), 0, "{case}");
    assert_eq!(
        forwarder.finish().outcomes[0]["attempts"],
        ATTEMPTS,
        "{case}"
    );
}

/// A Slack whose handshakes go wrong in this way, as many as there are attempts.
fn unable_to_greet(part: usize, reply: &Reply) -> FakeSlack {
    let slack = FakeSlack::start_tls(Certificate::Good);
    for _ in 0..ATTEMPTS {
        slack.next_handshake(part, reply.clone());
    }
    slack
}

#[test]
fn over_each_version_of_tls_and_under_each_name_records_are_posted() {
    for version in [&TLS12, &TLS13] {
        let slack = FakeSlack::start_tls_of(&[version], Certificate::Good);
        for webhook in [
            slack.webhook(),
            slack.webhook().replace("127.0.0.1", "localhost"),
        ] {
            let before = slack.connections();
            let mut forwarder = Setup::posting_to(&slack)
                .with("SLACK_WEBHOOK_URL", &webhook)
                .start();
            forwarder
                .invoke(&sns(&["The first record", "The second record"]))
                .response();
            assert_eq!(slack.connections(), before + 1);
        }
        assert_eq!(slack.channel().len(), 4);
    }
}

/// Which posts to this Slack, and is told here whom to trust.
fn trusting(slack: &FakeSlack, variable: &str, place: &Path) -> Setup {
    Setup::empty()
        .with("SLACK_WEBHOOK_URL", &slack.webhook())
        .with("ALLOW_LOOPBACK_WEBHOOK", "1")
        .with(variable, place.to_str().unwrap())
}

#[test]
fn roots_are_found_in_a_directory_and_in_every_kind_of_bundle() {
    let slack = FakeSlack::start_tls(Certificate::Good);
    let root = fs::read_to_string(slack.roots().unwrap()).unwrap();
    let other = FakeSlack::start_tls(Certificate::Good);
    let other = fs::read_to_string(other.roots().unwrap()).unwrap();
    let broken = other.replace("MII", "M!I");
    let folder = tempfile::tempdir().unwrap();
    let bundles = [
        ("SSL_CERT_FILE", format!("# Other\n{other}\n# Root\n{root}")),
        (
            "SSL_CERT_FILE",
            format!("{root}{other}").replace('\n', "\r\n"),
        ),
        ("SSL_CERT_FILE", format!("{broken}{root}")),
        ("SSL_CERT_DIR", root),
    ];
    for (number, (variable, bundle)) in bundles.into_iter().enumerate() {
        let directory = folder.path().join(number.to_string());
        fs::create_dir(&directory).unwrap();
        let file = directory.join("bundle.pem");
        fs::write(&file, bundle).unwrap();
        symlink("bundle.pem", directory.join("01234567.0")).unwrap();
        let place = if variable == "SSL_CERT_DIR" {
            directory
        } else {
            file
        };
        let mut forwarder = trusting(&slack, variable, &place).start();
        forwarder.invoke(&sns(&["A record"])).response();
    }
    assert_eq!(slack.channel().len(), 4);
}

#[test]
fn without_any_root_it_does_not_start() {
    let slack = FakeSlack::start_tls(Certificate::Good);
    let root = fs::read_to_string(slack.roots().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    for roots in [
        None,
        Some(String::new()),
        Some(root.replace("CERTIFICATE", "TRUSTED CERTIFICATE")),
        Some(root.replace("MII", "M!I")),
        // A block that is no certificate.
        Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned()),
    ] {
        if let Some(roots) = &roots {
            fs::write(&file, roots).unwrap();
        }
        let refusal = trusting(&slack, "SSL_CERT_FILE", &file).refused();
        let expected = "cannot start: cannot set up TLS: builder error\n";
        assert_eq!(refusal.stderr, expected, "{roots:?}");
    }
}

#[test]
fn a_certificate_that_proves_nothing_gets_no_request_and_the_record_is_not_posted() {
    let certificates = [
        Certificate::SelfSigned,
        Certificate::UnknownAuthority,
        Certificate::Expired,
        Certificate::NotYetValid,
        Certificate::WrongName,
    ];
    side_by_side(certificates, |certificate| {
        for version in [&TLS12, &TLS13] {
            let slack = FakeSlack::start_tls_of(&[version], certificate);
            gets_no_request(&format!("{certificate:?}, {version:?}"), &slack);
        }
    });
}

#[test]
fn who_answers_a_greeting_without_tls_gets_no_request_and_the_record_is_not_posted() {
    let replies = [
        Reply::answer(400, "The plain HTTP request was sent to HTTPS port").then_close(),
        // Even if it calls itself a success.
        Reply::answer(200, "ok"),
        Reply::raw("SSH-2.0-OpenSSH_9.6\r\n").then_listen(),
        // An alert of TLS: handshake_failure.
        Reply::raw([0x15, 3, 3, 0, 2, 2, 0x28]).then_close(),
    ];
    side_by_side(replies, |reply| {
        gets_no_request(&format!("{reply:?}"), &unable_to_greet(0, &reply));
    });
}

#[test]
fn a_handshake_that_breaks_off_gets_no_request_and_the_record_is_not_posted() {
    side_by_side([0, 50, 99], |part| {
        for reply in [
            Reply::raw("").then_close(),
            Reply::raw("").then_half_close(),
            Reply::raw("").then_reset(),
        ] {
            let case = format!("{part} %, {reply:?}");
            gets_no_request(&case, &unable_to_greet(part, &reply));
        }
    });
}

#[test]
fn a_handshake_that_never_ends_is_given_up_and_the_record_is_not_posted() {
    // Begins a record of TLS that announces more than will come.
    let mut record = vec![0x16, 3, 3, 0x40, 0];
    record.resize(10_000, 2);
    let drip = Reply::raw("").then_drip(record, Duration::from_millis(20));
    let cases = [
        (0, Reply::silence()),
        (50, Reply::silence()),
        (99, Reply::silence()),
        (0, drip),
    ];
    side_by_side(cases, |(part, reply)| {
        let case = format!("{part} %, {reply:?}");
        gets_no_request(&case, &unable_to_greet(part, &reply));
    });
}

#[test]
fn a_handshake_that_fails_once_is_tried_again_and_the_record_is_posted_once() {
    for reply in [Reply::raw("").then_reset(), Reply::answer(400, "")] {
        let slack = FakeSlack::start_tls(Certificate::Good);
        slack.next_handshake(0, reply);
        let mut forwarder = Setup::posting_to(&slack).start();
        forwarder
            .invoke(&sns(&["The first record", "The second record"]))
            .response();
        assert_eq!(slack.connections(), 2);
        assert_eq!(slack.requests().len(), 2);
        let lines = forwarder.finish().outcomes;
        assert_eq!(
            (&lines[0]["attempts"], &lines[1]["attempts"]),
            (&json!(2), &json!(1))
        );
    }
}

#[test]
fn an_answer_without_a_length_counts_only_when_tls_says_that_it_is_whole() {
    let slack = FakeSlack::start_tls(Certificate::Good);
    let mut forwarder = Setup::posting_to(&slack).start();
    let answer = Reply::ok_head("").and("ok");
    slack.whenever("whole", answer.clone().then_close());
    slack.whenever("cut", answer.then_cut());
    let error = forwarder
        .invoke(&sns(&["A whole answer", "A cut answer", "A good record"]))
        .error("NotPosted");
    assert!(error.starts_with("1 of 3 not posted"), "{error}");
    // It may have been going to be another word.
    names(&error, 2, "ambiguous", "unexpected_answer");
    assert_eq!(slack.requests().len(), 3, "sent again");
}

#[test]
fn an_answer_with_a_length_needs_no_goodbye() {
    let slack = FakeSlack::start_tls(Certificate::Good);
    let mut forwarder = Setup::posting_to(&slack).start();
    for ending in [Reply::then_close, Reply::then_cut, Reply::then_half_close] {
        slack.next(ending(Reply::answer(200, "ok")));
        forwarder.invoke(&sns(&["A record"])).response();
    }
    assert_eq!(slack.requests().len(), 3, "sent again");
}
