//! Why no connection comes about: what the HTTP client does is tried once more, step by step.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::settings::Finding;
use crate::slack::webhook::{CONNECT_TIMEOUT, Proxy, WebhookUrl};

/// How far one gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The name has no address.
    NoAddress,
    /// Nobody listens there, or something says so.
    Refused,
    /// No way there, or no answer.
    NoAnswer,
    /// There is a connection, so it was what comes after it that failed.
    Connected,
}

/// What is wrong between here and the webhook, or the proxy of the settings. `ignored` is a variable of the environment that
/// names a proxy, which is not used.
pub(super) async fn examine(
    webhook: &WebhookUrl,
    proxy: Option<&Proxy>,
    ignored: Option<&str>,
) -> Finding {
    match proxy {
        None => {
            let (host, port) = webhook.address();
            direct(host, port, ignored, step(host, port).await)
        }
        Some(proxy) => {
            let (host, port) = proxy.address();
            by_proxy(host, port, step(host, port).await)
        }
    }
}

async fn step(host: &str, port: u16) -> Step {
    // Of an IPv6 address.
    let host = host.trim_matches(['[', ']']);
    let addresses = match timeout(CONNECT_TIMEOUT, lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    let mut step = Step::NoAddress;
    for address in addresses {
        step = match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Step::Connected,
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => Step::Refused,
            Ok(Err(_)) | Err(_) => Step::NoAnswer,
        };
    }
    step
}

fn direct(host: &str, port: u16, ignored: Option<&str>, step: Step) -> Finding {
    let (message, hint) = match step {
        Step::NoAddress => (
            format!("{host} is not found: DNS does not know it here, or does not answer"),
            "look at the network and the DNS of this machine".to_owned(),
        ),
        Step::Refused => (
            format!("{host}:{port} refuses connections"),
            format!("look for a firewall that forbids it, and let HTTPS to {host} pass"),
        ),
        Step::NoAnswer => (
            format!("no connection to {host}:{port} within {} s", seconds(CONNECT_TIMEOUT)),
            format!(
                "look for a firewall, and let HTTPS to {host} pass; from a subnet of a VPC it takes a NAT gateway, or a `proxy` in \
                 [delivery] of the settings"
            ),
        ),
        Step::Connected => (
            format!("{host}:{port} can be reached, but no secure connection (TLS) comes about"),
            "behind a proxy that opens TLS, name a file with its root certificate in SSL_CERT_FILE; otherwise look at the clock of this \
             machine, and try again"
                .to_owned(),
        ),
    };
    match ignored.filter(|_| step != Step::Connected) {
        Some(variable) => finding(
            message,
            format!(
                "{variable} names a proxy, which is not used: write it as `proxy` into [delivery] of the settings"
            ),
        ),
        None => finding(message, hint),
    }
}

fn by_proxy(host: &str, port: u16, step: Step) -> Finding {
    let what = match step {
        Step::NoAddress => "is not found: DNS does not know it here, or does not answer".to_owned(),
        Step::Refused => "refuses connections".to_owned(),
        Step::NoAnswer => format!("does not answer within {} s", seconds(CONNECT_TIMEOUT)),
        Step::Connected => {
            "can be reached, but no connection to Slack comes about through it".to_owned()
        }
    };
    let hint = match step {
        Step::NoAddress | Step::Refused | Step::NoAnswer => {
            "correct `proxy` in [delivery] of the settings, or leave it out".to_owned()
        }
        Step::Connected => format!(
            "it may keep hooks.slack.com back, want a name and a password (http://NAME:PASSWORD@{host}:{port}), or open TLS with a \
             certificate that is not trusted here (name a file with its root certificate in SSL_CERT_FILE)"
        ),
    };
    finding(
        format!("the proxy of the settings, {host}:{port}, {what}"),
        hint,
    )
}

fn seconds(time: Duration) -> f32 {
    time.as_secs_f32()
}

fn finding(message: String, hint: String) -> Finding {
    Finding {
        place: None,
        message,
        hint: Some(hint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot be had on one machine: a name without an address, and nobody who answers.
    #[test]
    fn says_what_to_do_about_every_step() {
        use Step::{Connected, NoAddress, NoAnswer, Refused};
        let (slack, proxy) = ("hooks.slack.com", "proxy.example.org");
        for (step, message, hint) in [
            (NoAddress, "hooks.slack.com is not found", "DNS"),
            (Refused, "hooks.slack.com:443 refuses", "firewall"),
            (
                NoAnswer,
                "no connection to hooks.slack.com:443 within 2 s",
                "NAT gateway",
            ),
            (
                Connected,
                "hooks.slack.com:443 can be reached",
                "SSL_CERT_FILE",
            ),
        ] {
            let finding = direct(slack, 443, None, step);
            let given = finding.hint.unwrap();
            assert!(finding.message.starts_with(message), "{}", finding.message);
            assert!(given.contains(hint), "{given}");

            let hint = direct(slack, 443, Some("HTTPS_PROXY"), step).hint.unwrap();
            assert_eq!(
                hint.starts_with("HTTPS_PROXY names a proxy"),
                step != Connected,
                "{hint}"
            );

            let finding = by_proxy(proxy, 3128, step);
            let given = finding.hint.unwrap();
            assert!(
                finding
                    .message
                    .contains("the proxy of the settings, proxy.example.org:3128, "),
                "{}",
                finding.message
            );
            assert!(
                given.contains(if step == Connected {
                    "NAME:PASSWORD"
                } else {
                    "correct `proxy`"
                }),
                "{given}"
            );
        }
    }

    #[tokio::test]
    async fn takes_an_ipv6_address_in_brackets() {
        // Nothing listens there, if the machine has it at all.
        assert_ne!(step("[::1]", 9).await, Step::NoAddress);
        assert_eq!(step("127.0.0.1", 9).await, Step::Refused);
    }
}
