//! What shows only after long: memory that is not given back, a connection that was closed meanwhile. How to run it with the
//! program as it is deployed stands in CONTRIBUTING.md.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::fixtures::Case;
use crate::support::events::{sns, together};
use crate::support::fake_slack::{Certificate, FakeSlack};
use crate::support::forwarder::{Forwarder, Setup};

const RECORDS: usize = 100_000;
/// So many records come in one event.
const TOGETHER: usize = 10;
/// Memory is looked at after each so many records.
const STEP: usize = 1_000;
/// By then everything that is kept from one record to the next is as large as it gets. The table of the records that were posted
/// is the last: it grows once more long after it is full, when its gaps run out.
const WARM: usize = 40_000;
/// A quarter of the smallest function that AWS offers.
const MOST_MEMORY: u64 = 32 * 1024 * 1024;
/// In bytes, for each 1,000 records after [`WARM`].
const MOST_GROWTH: f64 = 1024.0;

/// A Slack over TLS, and a function that posts every kind to it, each record as a message.
fn started() -> (FakeSlack, Forwarder) {
    let slack = FakeSlack::start_tls(Certificate::Good);
    let forwarder = Setup::with_settings(&json!({
        "receivers": {"default": {"webhook": slack.webhook()}},
        "route": {"receivers": ["default"]},
        "delivery": {"digest": 0},
    }))
    .trusting(&slack)
    .start();
    (slack, forwarder)
}

#[test]
#[ignore = "takes minutes"]
fn memory_does_not_grow_with_the_number_of_records() {
    let events: Vec<Value> = Case::all()
        .into_iter()
        // Their tokens are words that are in other messages too.
        .filter(|case| !case.name.contains("hostile"))
        .map(|case| case.event)
        .filter(|event| event["Records"][0].get("Sns").is_some())
        .collect();
    let (slack, mut forwarder) = started();
    let start = Instant::now();
    let mut samples: Vec<(usize, u64)> = Vec::new();
    let mut first = None;
    for (count, index) in (0..RECORDS).step_by(TOGETHER).enumerate() {
        let records: Vec<Value> = (0..TOGETHER)
            .map(|offset| events[(index + offset) % events.len()].clone())
            .collect();
        let answer = forwarder.invoke(&together(&records)).response();
        assert_eq!(
            answer,
            json!({"posted": TOGETHER, "handed_over": 0, "ignored": 0})
        );
        assert_eq!(slack.take_channel().len(), TOGETHER);
        if (count * TOGETHER).is_multiple_of(STEP)
            && let Some(usage) = forwarder.usage()
        {
            samples.push((index + TOGETHER, usage.memory));
            first.get_or_insert(usage);
        }
    }
    let took = start.elapsed();
    assert_eq!(slack.connections(), 1, "a connection was given up");
    let (Some(first), Some(last)) = (first, forwarder.usage()) else {
        return;
    };
    drop(forwarder);
    let warm: Vec<(usize, u64)> = samples.into_iter().filter(|(at, _)| *at > WARM).collect();
    let growth = slope(&warm);
    let cpu = last.cpu.saturating_sub(first.cpu);
    println!(
        "{RECORDS} records in {took:.1?}: memory {} KiB after the first event, {} KiB after {WARM} records, {} KiB at the end, \
         {} KiB at most; after {WARM} records {growth:.0} bytes more with each 1,000; {:?} of a processor for a record",
        first.memory / 1024,
        warm[0].1 / 1024,
        last.memory / 1024,
        last.peak / 1024,
        cpu / u32::try_from(RECORDS).unwrap(),
    );
    assert!(last.peak < MOST_MEMORY, "{} bytes", last.peak);
    assert!(
        growth < MOST_GROWTH,
        "{growth} bytes with each 1,000 records"
    );
}

/// How much memory comes with 1,000 records: the slope of the straight line that lies nearest to all samples.
#[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
fn slope(samples: &[(usize, u64)]) -> f64 {
    let samples: Vec<(f64, f64)> = samples
        .iter()
        .map(|(records, bytes)| (*records as f64 / 1000.0, *bytes as f64))
        .collect();
    let count = samples.len() as f64;
    let x = samples.iter().map(|(x, _)| x).sum::<f64>() / count;
    let y = samples.iter().map(|(_, y)| y).sum::<f64>() / count;
    let along: f64 = samples.iter().map(|(a, b)| (a - x) * (b - y)).sum();
    let across: f64 = samples.iter().map(|(a, _)| (a - x).powi(2)).sum();
    along / across
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_freezes_with_the_connection_closed_meanwhile_lose_and_double_nothing() {
    const ROUNDS: usize = 1_000;
    let (slack, mut forwarder) = started();
    forwarder.invoke(&sns(&["A record before"])).response();
    for round in 1..=ROUNDS {
        let event = sns(&[&format!("Round {round}.")]);
        forwarder
            .invoke_after_a_freeze(|| slack.hang_up(), &event)
            .response();
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for request in slack.requests() {
        let text = request.json()["text"].as_str().unwrap().to_owned();
        *seen.entry(text).or_default() += 1;
    }
    assert_eq!(seen.len(), 1 + ROUNDS);
    assert!(seen.values().all(|count| *count == 1), "{seen:?}");
    assert_eq!(slack.connections(), 1 + ROUNDS);
    for line in forwarder.finish().outcomes {
        assert_eq!(
            (&line["outcome"], &line["attempts"]),
            (&json!("posted"), &json!(1)),
            "{line}"
        );
    }
    println!("{ROUNDS} freezes: {ROUNDS} records posted, each by one request");
}

#[test]
#[ignore = "takes minutes"]
fn a_connection_that_is_kept_saves_time() {
    const RECORDS: usize = 500;
    let (slack, mut forwarder) = started();
    forwarder.invoke(&sns(&["A record before"])).response();
    let mut kept = Vec::new();
    let mut new = Vec::new();
    // In turn, so that whatever else the machine does meets both.
    for _ in 0..RECORDS {
        let mut invoke = || {
            let start = Instant::now();
            forwarder.invoke(&sns(&["A record"])).response();
            start.elapsed()
        };
        kept.push(invoke());
        slack.hang_up();
        new.push(invoke());
    }
    assert_eq!(slack.connections(), 1 + RECORDS);
    let (kept, new) = (median(kept), median(new));
    println!(
        "medians of {RECORDS} events of one record: {kept:?} with the connection kept, {new:?} with a new one, {:.2} times as long",
        new.as_secs_f64() / kept.as_secs_f64()
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
