//! What Slack answers, and what it means that it does not.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use expect_test::expect;

use super::{doctor, prints, quoted, settings};
use crate::command_line::Ran;
use crate::support::fake_slack::{CANARY, Certificate, FakeSlack, Reply};

/// Receivers called like the answers that their test messages get.
fn answered(answers: &[(&str, u16, &str)]) -> Ran {
    let slack = FakeSlack::start();
    let mut receivers = Vec::new();
    for (index, (name, status, body)) in answers.iter().enumerate() {
        slack.whenever(&quoted(name), Reply::answer(*status, body));
        receivers.push((*name, format!("{}/PART{index}", slack.webhook())));
    }
    let receivers: Vec<(&str, &str)> = receivers
        .iter()
        .map(|(name, webhook)| (*name, webhook.as_str()))
        .collect();
    let ran = doctor(&settings(&receivers), &[], &[]);
    assert_eq!(slack.requests().len(), answers.len(), "each is asked once");
    ran
}

#[test]
fn every_word_of_slack_has_a_sentence_and_a_remedy() {
    let ran = answered(&[
        ("action_prohibited", 403, "action_prohibited"),
        ("channel_is_archived", 410, "channel_is_archived"),
        ("channel_not_found", 404, "channel_not_found"),
        ("invalid_blocks", 400, "invalid_blocks"),
        ("invalid_payload", 400, "invalid_payload"),
        ("invalid_token", 403, "invalid_token"),
        ("no_active_hooks", 404, "no_active_hooks"),
        ("no_service", 404, "no_service"),
        ("no_service_id", 404, "no_service_id"),
        ("no_team", 404, "no_team"),
        ("no_text", 400, "no_text"),
        (
            "posting_to_general_channel_denied",
            403,
            "posting_to_general_channel_denied",
        ),
        ("rate_limited", 429, "rate_limited"),
        ("rollup_error", 500, "rollup_error"),
        ("team_disabled", 403, "team_disabled"),
        ("user_not_found", 400, "user_not_found"),
    ]);
    prints(
        &ran,
        1,
        &expect![[r#"
        action_prohibited: an administrator of the Slack workspace has forbidden what the webhook does (403 action_prohibited)
          ask an administrator of the workspace to allow the app of the webhook to post
        channel_is_archived: the webhook's channel is archived (410 channel_is_archived)
          unarchive it in Slack, or put the URL of another webhook into settings.toml
        channel_not_found: the webhook's channel does not exist any more (404 channel_not_found)
          create a new webhook at api.slack.com/apps (your app, "Incoming Webhooks"), and put its URL into settings.toml
        invalid_blocks: Slack calls the test message malformed (400 invalid_blocks)
          the webhook is not to blame: please report this line, with the version 0.1.0
        invalid_payload: Slack calls the test message malformed (400 invalid_payload)
          the webhook is not to blame: please report this line, with the version 0.1.0
        invalid_token: the last part of the webhook's URL is wrong, or was revoked, as Slack does with one that it finds in public (403 invalid_token)
          copy its URL again from api.slack.com/apps (your app, "Incoming Webhooks"), or create a new webhook there, and put the URL into settings.toml
        no_active_hooks: the webhook is switched off (404 no_active_hooks)
          switch "Incoming Webhooks" on again for the app at api.slack.com/apps, or put the URL of another webhook into settings.toml
        no_service: Slack does not know the webhook any more: it was deleted, or its app was removed or switched off (404 no_service)
          create a new webhook at api.slack.com/apps (your app, "Incoming Webhooks"), and put its URL into settings.toml
        no_service_id: Slack does not know the webhook: the part B… of its URL is missing or wrong (404 no_service_id)
          copy its URL again from api.slack.com/apps (your app, "Incoming Webhooks"), or create a new webhook there, and put the URL into settings.toml
        no_team: Slack does not know the workspace: the part T… of the webhook's URL is wrong, or the workspace is gone (404 no_team)
          copy its URL again from api.slack.com/apps (your app, "Incoming Webhooks"), or create a new webhook there, and put the URL into settings.toml
        no_text: Slack calls the test message malformed (400 no_text)
          the webhook is not to blame: please report this line, with the version 0.1.0
        posting_to_general_channel_denied: who created the webhook may not post to #general (403 posting_to_general_channel_denied)
          let an administrator of the workspace allow it, or put the URL of another webhook into settings.toml
        rate_limited: Slack gets too many messages for this webhook (429)
          wait a minute and try again; all who use the webhook together may post about one message a second
        rollup_error: Slack has trouble, or something on the way there (500 rollup_error)
          look at slack-status.com, and try again in a minute; the function does so by itself
        team_disabled: the Slack workspace is deactivated (403 team_disabled)
          ask an owner of the workspace to reactivate it, or put the URL of another webhook into settings.toml
        user_not_found: the person to whom the webhook posts does not exist any more (400 user_not_found)
          create a new webhook at api.slack.com/apps (your app, "Incoming Webhooks"), and put its URL into settings.toml
        16 receivers, 16 do not work
    "#]],
    );
}

#[test]
fn every_status_has_a_sentence_and_a_remedy() {
    let echo = format!("<title>/services/T0/B0/{CANARY} was not found</title>");
    let ran = answered(&[
        (
            "s200",
            200,
            "<!DOCTYPE html>\n<html><TITLE lang=en>\n Fernway guest WLAN:\tlog in </title>",
        ),
        ("s200-empty", 200, ""),
        ("s200-json", 200, "{\"ok\": true}"),
        ("s200-long", 200, &"so many words ".repeat(100)),
        ("s204", 204, ""),
        ("s302", 302, "Found"),
        ("s400", 400, ""),
        ("s401", 401, ""),
        ("s403", 403, ""),
        (
            "s403-page",
            403,
            "<html><title>Blocked &amp; logged \u{202e}\u{7}</title>",
        ),
        ("s403-word", 403, "a_new_word"),
        ("s404", 404, ""),
        ("s404-echo", 404, &echo),
        ("s404-page", 404, "<h1>Not found</h1>"),
        ("s407", 407, ""),
        ("s413", 413, ""),
        ("s418", 418, "a_new_word"),
        ("s418-echo", 418, &CANARY.to_lowercase()),
        ("s429", 429, ""),
        ("s500", 500, ""),
        ("s503", 503, "<html><title>Service Unavailable</title>"),
    ]);
    prints(
        &ran,
        1,
        &expect![[r#"
        s200: the answer is not one that Slack's webhooks give (200: "Fernway guest WLAN: log in")
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s200-empty: the answer is not one that Slack's webhooks give (200)
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s200-json: the answer is not one that Slack's webhooks give (200: "ok : true")
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s200-long: the answer is not one that Slack's webhooks give (200: "so many words so many words so many words so many words so many …")
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s204: the answer is not one that Slack's webhooks give (204)
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s302: the answer is a redirect, which Slack's webhooks do not give (302: "Found")
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s400: the answer is not one that Slack's webhooks give (400)
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s401: Slack does not allow it (401)
          ask an administrator of the Slack workspace what forbids it, or put the URL of another webhook into settings.toml
        s403: Slack does not allow it (403)
          ask an administrator of the Slack workspace what forbids it, or put the URL of another webhook into settings.toml
        s403-page: the answer is not one that Slack's webhooks give (403: "Blocked amp; logged")
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s403-word: Slack does not allow it (403 a_new_word)
          ask an administrator of the Slack workspace what forbids it, or put the URL of another webhook into settings.toml
        s404: Slack does not know the webhook (404)
          create a new webhook at api.slack.com/apps (your app, "Incoming Webhooks"), and put its URL into settings.toml
        s404-echo: the answer is not one that Slack's webhooks give (404)
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s404-page: the answer is not one that Slack's webhooks give (404: a page of HTML)
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s407: a proxy on the way wants a name and a password (407)
          write them into `proxy` in [delivery] of the settings, as in http://NAME:PASSWORD@proxy.example.org:3128
        s413: Slack calls the test message malformed (413)
          the webhook is not to blame: please report this line, with the version 0.1.0
        s418: Slack refuses it, with a word that is not known here (418 a_new_word)
          look the word up in Slack's documentation of incoming webhooks, or put the URL of another webhook into settings.toml
        s418-echo: the answer is not one that Slack's webhooks give (418)
          something between here and Slack answers in its place, such as a proxy or the login page of a network: let hooks.slack.com pass, or try from another network
        s429: Slack gets too many messages for this webhook (429)
          wait a minute and try again; all who use the webhook together may post about one message a second
        s500: Slack has trouble, or something on the way there (500)
          look at slack-status.com, and try again in a minute; the function does so by itself
        s503: Slack has trouble, or something on the way there (503: "Service Unavailable")
          look at slack-status.com, and try again in a minute; the function does so by itself
        21 receivers, 21 do not work
    "#]],
    );
}

/// Answers two connections with these bytes, whatever they say: the client's, and that of the search for a reason.
fn answering(bytes: &'static [u8]) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        for connection in listener.incoming().take(2) {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 4096]);
            let _ = connection.write_all(bytes);
        }
    });
    (address, server)
}

#[test]
fn what_no_answer_means_is_said_with_what_to_do() {
    let slack = FakeSlack::start();
    let webhook = slack.webhook();
    for (name, reply) in [
        ("broken", Reply::break_off("ok")),
        ("reset", Reply::reset_after_reading()),
        ("silent", Reply::silence()),
        (
            "waiting",
            Reply::answer(429, "").header("Retry-After", "30"),
        ),
    ] {
        slack.whenever(&quoted(name), reply);
    }
    let at = |name: &str| format!("{webhook}/PART-{name}");
    // Nothing listens there.
    let nobody = format!("https://127.0.0.1:9/services/T0/B0/{CANARY}");
    let (address, server) = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let plain = format!("https://{address}/services/T0/B0/{CANARY}");
    let receivers = [
        ("broken", &*at("broken")),
        ("nobody", &nobody),
        ("plain", &plain),
        ("reset", &at("reset")),
        ("waiting", &at("waiting")),
    ];
    let mut ran = doctor(&settings(&receivers), &[], &[]);
    server.join().unwrap();
    let (_, port) = address.split_once(':').unwrap();
    ran.stdout = ran.stdout.replace(port, "PORT");
    prints(
        &ran,
        1,
        &expect![[r#"
            broken: the connection broke before all of the answer was there; the message may have arrived all the same
              look into the channel; if it is not there, try again; if that is of no use, look for a firewall or a proxy on the way
            nobody: 127.0.0.1:9 refuses connections
              look for a firewall that forbids it, and let HTTPS to 127.0.0.1 pass
            plain: 127.0.0.1:PORT can be reached, but no secure connection (TLS) comes about
              behind a proxy that opens TLS, name a file with its root certificate in SSL_CERT_FILE; otherwise look at the clock of this machine, and try again
            reset: the connection broke before all of the answer was there; the message may have arrived all the same
              look into the channel; if it is not there, try again; if that is of no use, look for a firewall or a proxy on the way
            waiting: Slack gets too many messages for this webhook (429)
              wait 30 s and try again; all who use the webhook together may post about one message a second
            5 receivers, 5 do not work
        "#]],
    );
}

#[test]
fn no_answer_at_all_is_waited_for_as_long_as_settings_say() {
    let slack = FakeSlack::start();
    slack.next(Reply::silence());
    let seconds = "[delivery]\ntimeout_seconds = 1\n";
    let settings = settings(&[("silent", &slack.webhook())]) + seconds;
    prints(
        &doctor(&settings, &[], &[]),
        1,
        &expect![[r#"
        silent: no answer within 1 s; the message may have arrived all the same
          look into the channel; if it is not there, try again later, or allow more by `timeout_seconds` in [delivery] of the settings
        1 receiver, 1 does not work
    "#]],
    );
}

#[test]
fn what_is_said_of_certificates_helps() {
    let slack = FakeSlack::start_tls(Certificate::Good);
    let receivers = settings(&[("deploys", &slack.webhook())]);
    let mut ran = doctor(&receivers, &[], &[]);
    let port = slack.url().rsplit_once(':').unwrap().1.to_owned();
    ran.stdout = ran.stdout.replace(&port, "PORT");
    prints(
        &ran,
        1,
        &expect![[r#"
        deploys: 127.0.0.1:PORT can be reached, but no secure connection (TLS) comes about
          behind a proxy that opens TLS, name a file with its root certificate in SSL_CERT_FILE; otherwise look at the clock of this machine, and try again
        1 receiver, 1 does not work
    "#]],
    );

    let roots = slack.roots().unwrap().to_str().unwrap();
    let ran = doctor(&receivers, &[], &[("SSL_CERT_FILE", roots)]);
    assert_eq!((ran.code, slack.channel().len()), (0, 1), "{ran:?}");
}

#[test]
fn a_proxy_is_looked_for_where_it_is_and_where_it_should_be() {
    // Nothing listens there.
    let nobody = format!("https://127.0.0.1:9/services/T0/B0/{CANARY}");
    let receivers = settings(&[("deploys", &nobody)]);
    let proxied =
        |proxy: &str| format!("{receivers}[delivery]\nproxy = \"http://me:{CANARY}@{proxy}\"\n");

    let variable = [("HTTPS_PROXY", "http://proxy.example.org")];
    prints(
        &doctor(&receivers, &[], &variable),
        1,
        &expect![[r#"
            deploys: 127.0.0.1:9 refuses connections
              HTTPS_PROXY names a proxy, which is not used: write it as `proxy` into [delivery] of the settings
            1 receiver, 1 does not work
        "#]],
    );
    prints(
        &doctor(&proxied("127.0.0.1:9"), &[], &variable),
        1,
        &expect![[r#"
            deploys: the proxy of the settings, 127.0.0.1:9, refuses connections
              correct `proxy` in [delivery] of the settings, or leave it out
            1 receiver, 1 does not work
        "#]],
    );

    let (address, server) = answering(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    let mut ran = doctor(&proxied(&address), &[], &[]);
    server.join().unwrap();
    let (_, port) = address.split_once(':').unwrap();
    ran.stdout = ran.stdout.replace(port, "PORT");
    prints(
        &ran,
        1,
        &expect![[r#"
            deploys: the proxy of the settings, 127.0.0.1:PORT, can be reached, but no connection to Slack comes about through it
              it may keep hooks.slack.com back, want a name and a password (http://NAME:PASSWORD@127.0.0.1:PORT), or open TLS with a certificate that is not trusted here (name a file with its root certificate in SSL_CERT_FILE)
            1 receiver, 1 does not work
        "#]],
    );
}
