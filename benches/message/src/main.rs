//! `message EVENT TIMES`: prints how many microseconds of a processor the record of an event takes from its opened envelope to the
//! finished message: classified, routed, rendered, checked against the limits.

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};
use sns_to_slack::context::Context;
use sns_to_slack::settings::Settings;
use sns_to_slack::template::Templates;
use sns_to_slack::{envelope, notification, route};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [event, times] = arguments.as_slice() else {
        return Err("message EVENT TIMES".into());
    };
    let times: u32 = times.parse()?;
    let webhook = |name: &str| match name {
        "SLACK_WEBHOOK_URL" => Some("http://localhost:1/".to_owned()),
        "ALLOW_LOOPBACK_WEBHOOK" => Some("1".to_owned()),
        _ => None,
    };
    let settings = Settings::from_environment(webhook)?;
    let templates = Templates::built_in()?;
    let mut records = envelope::open(&serde_json::from_slice(&fs::read(event)?)?)?.records;
    let record = records.pop().ok_or("no record")??;
    let make = || {
        let notification = notification::classify(black_box(&record));
        let context = Context::new(&record, &notification, &settings.account_names);
        black_box(route::route(&settings, &context));
        black_box(templates.render(&context, None).message);
    };
    // A processor that has slept begins slowly.
    (0..times).for_each(|_| make());
    let start = processor_time();
    (0..times).for_each(|_| make());
    println!("{:.3}", (processor_time() - start) / f64::from(times));
    Ok(())
}

/// What this process has used so far, in microseconds.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
