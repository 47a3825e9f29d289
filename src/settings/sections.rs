//! Reading the sections of settings: `receivers`, `accounts`, `delivery`, and `route` by way of [`super::routes`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::document::{Node, Written};
use super::finding::{Finding, Place, quoted};
use super::matchers::is_account;
use super::reader::{At, Reader};
use super::routes::Routes;
use super::source::Resolver;
use super::{Delivery, Receiver, Settings, Webhook, WebhookReference};
use crate::route::{Action, Route};
use crate::slack::webhook::{LONGEST_TIMEOUT, Proxy};

const KEYS: [&str; 4] = ["receivers", "accounts", "route", "delivery"];
/// Of a receiver's name; CloudWatch takes 1,024 in a dimension, and people read it in a log line.
const LONGEST_NAME: usize = 100;
/// A batch that nobody wants to read one by one.
const MOST_BEFORE_DIGEST: usize = 1_000;
/// The longest that a queue keeps a message (page "Amazon SQS message quotas").
const LONGEST_HORIZON_HOURS: u64 = 14 * 24;

/// Reads a document. The settings are as good as they could be read, and to be used only without faults.
pub(super) fn read(node: &Node, file: &str, resolver: &Resolver<'_>) -> (Settings, Vec<Finding>) {
    let mut reader = Reader::default();
    let top = At {
        node,
        place: Place::top(file),
    };
    let expected = "a table with receivers and routes";
    if !matches!(node.value, Written::Table(_)) {
        reader.wrong_type(&top, expected, None);
        return (Settings::for_preview(), reader.faults);
    }
    let mut receivers = BTreeMap::new();
    let mut places = Vec::new();
    let mut account_names = BTreeMap::new();
    let mut delivery = Delivery::default();
    let mut route = None;
    for (name, at) in reader.table(&top, expected) {
        match name {
            "receivers" => {
                for (name, at) in reader.table(&at, "a table, as in [receivers.deploys]") {
                    places.push((name, at.place.clone()));
                    let webhook = reader.receiver(name, &at, resolver);
                    let name = name.to_owned();
                    receivers.insert(name.clone(), Receiver { name, webhook });
                }
            }
            "accounts" => account_names = reader.accounts(&at),
            "delivery" => delivery = reader.delivery(&at),
            "route" => route = Some(at),
            unknown => reader.unknown(unknown, &at.place, "the settings", &KEYS),
        }
    }
    if receivers.is_empty() {
        reader.fault(
            &top.place,
            "there are no receivers".to_owned(),
            Some("add [receivers.NAME] with webhook = \"…\"".to_owned()),
        );
    }
    let defined: BTreeSet<&str> = receivers.keys().map(String::as_str).collect();
    let root = if let Some(at) = route {
        let mut routes = Routes {
            reader: &mut reader,
            defined: &defined,
            used: BTreeSet::new(),
        };
        let root = routes.root(&at);
        let used = routes.used;
        for (name, place) in &places {
            if !used.contains(*name) {
                let message = format!("no route names receiver {}", quoted(name));
                reader.warning(place, message, None);
            }
        }
        root
    } else {
        let example = defined.first().unwrap_or(&"deploys");
        reader.fault(
            &top.place,
            "there is no [route], so no receiver gets anything".to_owned(),
            Some(format!("add [route] with receivers = [\"{example}\"]")),
        );
        Route::everything(
            &top.place,
            Action::Ignore {
                note: String::new(),
            },
        )
    };
    let Reader {
        mut faults,
        mut warnings,
    } = reader;
    sort(&mut faults);
    sort(&mut warnings);
    let settings = Settings {
        receivers,
        root,
        account_names,
        delivery,
        loopback: resolver.loopback,
        retry_queue: None,
        partial_batch: false,
        templates: None,
        warnings,
    };
    (settings, faults)
}

/// By the order of the file, where its lines are known.
pub(super) fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| finding.place.as_ref().and_then(|place| place.line));
}

impl Reader {
    fn receiver(&mut self, name: &str, at: &At<'_>, resolver: &Resolver<'_>) -> Webhook {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(allowed) {
            self.fault(
                &at.place,
                format!("{} cannot be the name of a receiver", quoted(name)),
                Some("use letters, digits, - and _".to_owned()),
            );
        }
        let mut webhook = None;
        let faults = self.faults.len();
        for (key, member) in self.table(at, "a table, as in [receivers.deploys]") {
            match key {
                "webhook" => webhook = Some(member),
                unknown => self.unknown(unknown, &member.place, &at.place.path, &["webhook"]),
            }
        }
        // Never used: there is a fault.
        let mut read = Webhook::Unresolved {
            reference: WebhookReference::Env(String::new()),
            why: String::new(),
        };
        match webhook {
            Some(at) => {
                if let Some(text) = self.text(&at, "a text") {
                    match resolver.webhook(text) {
                        Ok(webhook) => read = webhook,
                        Err(error) => self.fault(&at.place, error.message, error.hint),
                    }
                }
            }
            None if self.faults.len() == faults => self.fault(
                &at.place,
                format!("receiver {} has no webhook", quoted(name)),
                Some(
                    "add webhook = \"ssm:…\", \"secretsmanager:…\", \"env:…\" or the URL"
                        .to_owned(),
                ),
            ),
            None => {}
        }
        read
    }

    fn accounts(&mut self, at: &At<'_>) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for (id, at) in self.table(at, "a table of account ids and names") {
            if !is_account(id) {
                let message = format!("{} is no account id", quoted(id));
                let hint =
                    "an id has twelve digits and stands on the left: 123456789012 = \"prod\"";
                self.fault(&at.place, message, Some(hint.to_owned()));
            }
            if let Some(name) = self.text(&at, "a text") {
                names.insert(id.to_owned(), name.to_owned());
            }
        }
        names
    }

    fn delivery(&mut self, at: &At<'_>) -> Delivery {
        let mut delivery = Delivery::default();
        for (name, member) in self.table(at, "a table") {
            match name {
                "timeout_seconds" => {
                    let expected = "a whole number from 1 to 60";
                    if let Some(seconds) = self.number(&member, expected) {
                        delivery.timeout = Duration::from_secs(seconds);
                        if seconds == 0 || delivery.timeout > LONGEST_TIMEOUT {
                            self.wrong_type(&member, expected, None);
                        }
                    }
                }
                "digest" => {
                    let expected = "a whole number up to 1000; 0 turns digests off";
                    if let Some(records) = self.number(&member, expected) {
                        delivery.digest = usize::try_from(records).unwrap_or(usize::MAX);
                        if delivery.digest > MOST_BEFORE_DIGEST {
                            self.wrong_type(&member, expected, None);
                        }
                    }
                }
                "retry_horizon_hours" => {
                    let expected = "a whole number from 1 to 336, which is 14 days";
                    if let Some(hours) = self.number(&member, expected) {
                        delivery.retry_horizon = Duration::from_secs(hours.saturating_mul(3_600));
                        if hours == 0 || hours > LONGEST_HORIZON_HOURS {
                            self.wrong_type(&member, expected, None);
                        }
                    }
                }
                "proxy" => {
                    if let Some(text) = self.text(&member, "a text") {
                        match Proxy::parse(text) {
                            Ok(proxy) => delivery.proxy = Some(proxy),
                            Err(error) => self.fault(
                                &member.place,
                                error.to_string(),
                                Some("write it as in \"http://proxy.example.org:3128\"".to_owned()),
                            ),
                        }
                    }
                }
                unknown => {
                    self.unknown(
                        unknown,
                        &member.place,
                        &at.place.path,
                        &["timeout_seconds", "digest", "retry_horizon_hours", "proxy"],
                    );
                }
            }
        }
        delivery
    }
}
