//! Every case of `fixtures/` gives the context and the message that lie beside its event, and all of them together keep
//! the promises that are made for any message.
//!
//! `UPDATE_EXPECT=1 cargo test --test it fixtures` writes the two files anew; the difference is what gets reviewed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use serde_json::Value;
use sns_to_slack::context::Context;
use sns_to_slack::digest;
use sns_to_slack::envelope::{self, Record};
use sns_to_slack::notification::{self, Kind};
use sns_to_slack::template::{BUILT_IN, Rendered, SUFFIX, Templates};

use crate::safe::assert_safe;

/// A folder of `fixtures/`.
pub(crate) struct Case {
    pub(crate) name: String,
    folder: PathBuf,
    pub(crate) event: Value,
}

impl Case {
    /// Those of one record.
    pub(crate) fn all() -> Vec<Self> {
        let mut cases = Self::folders();
        cases.retain(|case| !case.is_digest());
        cases
    }

    /// Those whose records become one message.
    pub(crate) fn digests() -> Vec<Self> {
        let mut cases = Self::folders();
        cases.retain(Self::is_digest);
        cases
    }

    fn is_digest(&self) -> bool {
        self.name.starts_with("digest-")
    }

    fn folders() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let mut cases: Vec<Self> = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|folder| {
                let event = fs::read_to_string(folder.join("event.json")).unwrap();
                Self {
                    name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
                    folder,
                    event: serde_json::from_str(&event).unwrap(),
                }
            })
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    pub(crate) fn record(&self) -> Record {
        let mut records = envelope::open(&self.event).unwrap().records;
        assert_eq!(
            records.len(),
            1,
            "{}: one record in each event.json",
            self.name
        );
        records.remove(0).unwrap()
    }
}

/// From records to messages, as the function does it with more of them than a receiver wants one by one.
pub(crate) fn render_digest(templates: &Templates, case: &Case) -> Vec<(Context, Rendered)> {
    let contexts: Vec<Context> = envelope::open(&case.event)
        .unwrap()
        .records
        .into_iter()
        .map(|record| {
            let record = record.unwrap();
            Context::new(&record, &notification::classify(&record), &BTreeMap::new())
        })
        .collect();
    let contexts: Vec<&Context> = contexts.iter().filter(|it| digest::takes(it)).collect();
    digest::all(&contexts)
        .into_iter()
        .map(|(_, context)| {
            let rendered = templates.render(&context, None);
            (context, rendered)
        })
        .collect()
}

/// From record to message, as the function does it.
pub(crate) fn render(templates: &Templates, record: &Record) -> (Kind, Context, Rendered) {
    let notification = notification::classify(record);
    let context = Context::new(record, &notification, &BTreeMap::new());
    let rendered = templates.render(&context, None);
    (notification.kind(), context, rendered)
}

#[test]
fn every_case_gives_its_context_and_its_message() {
    let templates = Templates::built_in().unwrap();
    for case in Case::all() {
        let (kind, context, rendered) = render(&templates, &case.record());
        let expected_kind = case.name.split('-').next().unwrap();
        assert_eq!(kind.as_str(), expected_kind, "{}", case.name);
        assert!(
            rendered.failed.is_empty(),
            "{}: {:?}",
            case.name,
            rendered.failed
        );
        assert!(
            rendered.template.starts_with(&format!("built-in:{kind}")),
            "{}: {}",
            case.name,
            rendered.template
        );
        expect_file![case.folder.join("context.json")].assert_eq(&pretty(&context.to_json()));
        expect_file![case.folder.join("message.json")]
            .assert_eq(&pretty(&rendered.message.payload()));
    }
}

#[test]
fn every_digest_gives_its_context_and_its_message() {
    let templates = Templates::built_in().unwrap();
    for case in Case::digests() {
        let pages = render_digest(&templates, &case);
        for (context, rendered) in &pages {
            let name = &case.name;
            assert!(rendered.failed.is_empty(), "{name}: {:?}", rendered.failed);
            assert_eq!(rendered.template, "built-in:digest.json.tera", "{name}");
            assert_safe(name, &rendered.message.payload());
            assert!(!rendered.message.text().contains('\n'), "{name}");
            let values = context.to_json();
            let titles: Vec<&str> = values["digest"]["entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry["title"].as_str().unwrap())
                .collect();
            assert!(!titles.is_empty(), "{name}");
        }
        let (context, rendered) = &pages[0];
        expect_file![case.folder.join("context.json")].assert_eq(&pretty(&context.to_json()));
        expect_file![case.folder.join("message.json")]
            .assert_eq(&pretty(&rendered.message.payload()));
    }
    assert!(Case::digests().len() >= 2);
}

#[test]
fn every_kind_and_every_template_has_a_case_and_a_line_in_the_contract() {
    let templates = Templates::built_in().unwrap();
    let used: Vec<String> = Case::all()
        .iter()
        .map(|case| render(&templates, &case.record()).2.template)
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let contract = fs::read_to_string(root.join("templates/README.md")).unwrap();
    for kind in Kind::ALL {
        assert!(
            BUILT_IN
                .iter()
                .any(|(name, _)| *name == format!("{kind}{SUFFIX}")),
            "{kind}"
        );
        assert!(
            contract.contains(&format!("`{kind}`")),
            "{kind} is not in templates/README.md"
        );
    }
    for (name, _) in BUILT_IN
        .iter()
        .filter(|(name, _)| !name.starts_with("parts/") && *name != "digest.json.tera")
    {
        assert!(
            used.contains(&format!("built-in:{name}")),
            "no case uses {name}"
        );
    }
}

#[test]
fn text_says_the_whole_of_it_in_one_line() {
    let templates = Templates::built_in().unwrap();
    for case in Case::all() {
        let (_, context, rendered) = render(&templates, &case.record());
        let text = rendered.message.text();
        assert!(!text.contains('\n'), "{}: {text}", case.name);
        for place in ["region", "account"] {
            if let Some(place) = context.text(place).filter(|place| {
                place
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            }) {
                assert!(
                    text.contains(place),
                    "{}: {place} is not in {text}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn every_message_is_inside_slacks_limits_and_calls_nobody() {
    let templates = Templates::built_in().unwrap();
    for case in Case::all() {
        let (_, _, rendered) = render(&templates, &case.record());
        assert_safe(&case.name, &rendered.message.payload());
    }
}

fn pretty(value: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

#[test]
fn the_token_of_an_approval_is_nowhere_but_in_the_review_link() {
    let templates = Templates::built_in().unwrap();
    let mut seen = 0;
    for case in Case::all() {
        let record = case.record();
        let token = serde_json::from_str::<Value>(&record.body)
            .ok()
            .and_then(|body| body["approval"]["token"].as_str().map(str::to_owned));
        let Some(token) = token.filter(|token| token.len() > 30) else {
            continue;
        };
        seen += 1;
        let (_, context, rendered) = render(&templates, &record);
        for text in [
            pretty(&context.to_json()),
            rendered.message.payload().to_string(),
        ] {
            let everywhere = text.matches(&token).count();
            let in_links = text.matches(&format!("/approve/{token}")).count();
            assert_eq!(everywhere, in_links, "{}: {text}", case.name);
        }
    }
    assert!(seen >= 5, "only {seen} cases have a token");
}
