//! The publisher: records in the shapes that AWS sends, each with a name of its own.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use sns_to_slack::settings::Settings;

use super::plan::{Audience, Plan};
use super::truth::{Unit, unit};
use crate::support::events;

pub(super) const RECEIVERS: [&str; 4] = ["a", "b", "c", "d"];
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const D: usize = 3;

const TOPICS: [&str; 3] = ["sim-one", "sim-two", "sim-three"];
/// What a name begins with; seven digits follow.
const PREFIX: &str = "sim-";
const DIGITS: usize = 7;
const ID_PREFIX: &str = "5d0c2b7e-0000-4000-8000-";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Approval,
    ConfigNotice,
    Other,
}

/// A case of `fixtures/`, what in it becomes the name, its kind, and how often it comes.
const SHAPES: [(&str, &str, Kind, u32); 8] = [
    (
        "cloudwatch_alarm-alb-4xx",
        "edge-checkout-4xx",
        Kind::Other,
        45,
    ),
    (
        "cloudwatch_alarm-apigw-4xx-ok",
        "basket-api-4xx-rate",
        Kind::Other,
        20,
    ),
    (
        "codepipeline_approval-full",
        "potting-shed",
        Kind::Approval,
        8,
    ),
    (
        "config_rule-security-group-non-compliant",
        "no-ssh-from-anywhere",
        Kind::Other,
        8,
    ),
    (
        "config_notice-item-changed",
        "bastion",
        Kind::ConfigNotice,
        7,
    ),
    (
        "text-backup",
        "480ee966-766f-4c45-978b-0da58946b7bc",
        Kind::Other,
        4,
    ),
    ("json-rds", "fernway-orders", Kind::Other, 4),
    ("json-generic-nested", "nightly-stocktake", Kind::Other, 4),
];

/// A body without its name.
#[derive(Debug)]
struct Shape {
    message: Vec<String>,
    subject: Option<Vec<String>>,
    timestamp: Value,
}

#[derive(Debug)]
pub(super) struct Shapes(Vec<Shape>);

#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) number: usize,
    pub(super) at: Duration,
    shape: usize,
    topic: usize,
    /// Empty when a route ignores it.
    pub(super) units: Vec<Unit>,
}

/// The settings of the function. [`receivers`] says the same in other words.
pub(super) fn settings(plan: &Plan) -> Settings {
    let receivers: serde_json::Map<String, Value> = RECEIVERS
        .iter()
        .map(|name| ((*name).to_owned(), json!({"webhook": webhook(name)})))
        .collect();
    let settings = json!({
        "receivers": receivers,
        "route": {"receivers": ["a"], "routes": [
            {"match": {"kind": "config_notice"}, "ignore": true},
            {"match": {"kind": "codepipeline_approval"}, "receivers": ["d"], "mention": ["<!here>"]},
            {"match": {"topic": "*:sim-three"}, "receivers": ["b"], "continue": true},
            {"match": {"topic": "*:sim-three"}, "receivers": ["a", "c"]},
            {"match": {"topic": "*:sim-two"}, "receivers": ["b", "a"]},
        ]},
    })
    .to_string();
    let mut settings = Settings::from_environment(|name| match name {
        "SETTINGS" => Some(settings.clone()),
        "ALLOW_LOOPBACK_WEBHOOK" => Some("1".to_owned()),
        _ => None,
    })
    .unwrap();
    settings.partial_batch = plan.has_queue();
    settings
}

/// Nobody listens there, and nobody asks.
pub(super) fn webhook(receiver: &str) -> String {
    format!("http://127.0.0.1:9/services/T0/B0/{receiver}")
}

fn receivers(kind: Kind, topic: usize) -> &'static [usize] {
    match (kind, topic) {
        (Kind::ConfigNotice, _) => &[],
        (Kind::Approval, _) => &[D],
        (Kind::Other, 0) => &[A],
        (Kind::Other, 1) => &[A, B],
        (Kind::Other, _) => &[A, B, C],
    }
}

/// What is published, in the order of time.
pub(super) fn schedule(plan: &Plan, rng: &mut Rng) -> Vec<Published> {
    let all: u32 = SHAPES.iter().map(|shape| shape.3).sum();
    let mut schedule = Vec::with_capacity(plan.records);
    while schedule.len() < plan.records {
        let at = plan.within.mul_f64(rng.f64());
        let left = plan.records - schedule.len();
        let burst = match rng.usize(..10) {
            0 => rng.usize(1..=plan.burst),
            _ => 1,
        };
        for _ in 0..burst.min(left) {
            let (shape, topic) = match plan.audience {
                Audience::One => (0, 0),
                Audience::Two => (0, 1),
                Audience::Mixed => {
                    let mut ticket = rng.u32(..all);
                    let shape = SHAPES.iter().position(|shape| {
                        let here = ticket < shape.3;
                        ticket = ticket.saturating_sub(shape.3);
                        here
                    });
                    (shape.unwrap(), rng.usize(..TOPICS.len()))
                }
            };
            schedule.push(Published {
                number: 0,
                at,
                shape,
                topic,
                units: Vec::new(),
            });
        }
    }
    schedule.sort_by_key(|published| published.at);
    for (number, published) in schedule.iter_mut().enumerate() {
        published.number = number;
        let receivers = receivers(SHAPES[published.shape].2, published.topic);
        published.units = receivers.iter().map(|&it| unit(number, it)).collect();
    }
    schedule
}

impl Shapes {
    pub(super) fn read() -> Self {
        Self(SHAPES.iter().map(Shape::read).collect())
    }

    /// What SNS hands to Lambda.
    pub(super) fn event(&self, published: &Published) -> Value {
        let mut sns = self.document(published);
        sns["SigningCertUrl"] = json!("https://sns.eu-central-1.amazonaws.com/a.pem");
        sns["UnsubscribeUrl"] = json!("https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe");
        json!({"Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": format!("{}:00000000-0000-0000-0000-000000000000", topic(published)),
            "Sns": sns,
        }]})
    }

    /// What SNS puts into a queue.
    pub(super) fn message(&self, published: &Published) -> String {
        let mut sns = self.document(published);
        sns["SigningCertURL"] = json!("https://sns.eu-central-1.amazonaws.com/a.pem");
        sns["UnsubscribeURL"] = json!("https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe");
        sns.to_string()
    }

    fn document(&self, published: &Published) -> Value {
        let shape = &self.0[published.shape];
        let name = name(published.number);
        json!({
            "Type": "Notification",
            "MessageId": format!("{ID_PREFIX}{:012}", published.number),
            "TopicArn": topic(published),
            "Subject": shape.subject.as_ref().map(|subject| subject.join(&name)),
            "Message": shape.message.join(&name),
            "Timestamp": shape.timestamp,
            "SignatureVersion": "1",
            "Signature": "EXAMPLE+NOT+A+SIGNATURE==",
            "MessageAttributes": {},
        })
    }
}

impl Shape {
    fn read((case, own_name, ..): &(&str, &str, Kind, u32)) -> Self {
        let event = events::case(case);
        let sns = &event["Records"][0]["Sns"];
        let pieces = |text: &str| text.split(own_name).map(str::to_owned).collect();
        let message: Vec<String> = pieces(sns["Message"].as_str().unwrap());
        assert!(message.len() > 1, "{case} has no {own_name}");
        Self {
            message,
            subject: sns["Subject"].as_str().map(pieces),
            timestamp: sns["Timestamp"].clone(),
        }
    }
}

fn topic(published: &Published) -> String {
    format!(
        "arn:aws:sns:eu-central-1:123456789012:{}",
        TOPICS[published.topic]
    )
}

pub(super) fn name(number: usize) -> String {
    format!("{PREFIX}{number:0DIGITS$}")
}

/// The record of an SNS message id.
pub(super) fn of_message_id(id: &str) -> Option<usize> {
    id.strip_prefix(ID_PREFIX)?.parse().ok()
}

/// The records that a person reads about in the blocks of a message; of one without blocks, in its text.
pub(super) fn named(payload: &str) -> Vec<usize> {
    let payload: Value = serde_json::from_str(payload).unwrap();
    let mut found = Vec::new();
    for part in ["blocks", "attachments"] {
        collect(&payload[part], &mut found);
    }
    if payload["blocks"].is_null() && payload["attachments"].is_null() {
        collect(&payload["text"], &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn collect(value: &Value, found: &mut Vec<usize>) {
    match value {
        Value::String(text) => {
            // Behind the prefix of a topic's name there are no digits.
            let numbers = text.match_indices(PREFIX).filter_map(|(index, _)| {
                let digits = text.get(index + PREFIX.len()..index + PREFIX.len() + DIGITS)?;
                digits.parse::<usize>().ok()
            });
            found.extend(numbers);
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => members.values().for_each(|member| collect(member, found)),
        _ => {}
    }
}
