//! What is measured, and how often.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::function::{Deliveries, Function, Place};
use crate::programs::Programs;
use crate::quota::Quota;
use serde_json::{Map, Value, json};

/// The most that SNS carries by default, in bytes.
const LARGEST: usize = 256 * 1024;
/// Between two events of a small function, so that none begins with the time that the one before it had to wait.
const PAUSE: Duration = Duration::from_millis(100);

/// How often each program does it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Repeats {
    /// Starts.
    pub(crate) sessions: usize,
    /// Further events after each of them.
    pub(crate) events: usize,
    /// The same with the share of a processor that comes with 128 MB.
    pub(crate) small_sessions: usize,
    pub(crate) small_events: usize,
    /// Each of the worst bodies.
    pub(crate) bodies: usize,
    /// Times that messages are made, each beside a start of the floor.
    pub(crate) messages: usize,
    /// Rows of so many records, as fast as they are taken.
    pub(crate) rates: usize,
    pub(crate) records: usize,
}

impl Repeats {
    pub(crate) const FULL: Self = Self {
        sessions: 41,
        events: 200,
        small_sessions: 21,
        small_events: 20,
        bodies: 7,
        messages: 61,
        rates: 7,
        records: 4000,
    };
    pub(crate) const QUICK: Self = Self {
        sessions: 11,
        events: 50,
        small_sessions: 7,
        small_events: 8,
        bodies: 3,
        messages: 31,
        rates: 3,
        records: 1000,
    };
}

/// From the start of a program to some events later.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) init: Duration,
    pub(crate) init_cpu: Duration,
    /// How long the first answer took.
    pub(crate) first: Duration,
    pub(crate) first_cpu: Duration,
    /// How long each further answer took.
    pub(crate) warm: Vec<Duration>,
    /// For each further event.
    pub(crate) cpu: Duration,
    /// In bytes.
    pub(crate) peak: f64,
}

impl Session {
    pub(crate) fn of(program: &Path, place: &Place, quota: Option<&Quota>, events: usize) -> Self {
        let mut deliveries = Deliveries::of_an_alarm();
        let mut function = Function::start(program, place, quota);
        let before = function.cpu();
        let first = function.invoke(deliveries.next().unwrap());
        let after = function.cpu();
        let warm = deliveries
            .take(events)
            .map(|event| {
                if quota.is_some() {
                    thread::sleep(PAUSE);
                }
                function.invoke(event)
            })
            .collect();
        Self {
            init: function.init(),
            init_cpu: before,
            first,
            first_cpu: after.saturating_sub(before),
            warm,
            cpu: function.cpu().saturating_sub(after) / u32::try_from(events).unwrap(),
            peak: function.peak(),
        }
    }
}

/// Measures one program after the other, and the next time the other one first, so that whatever else the machine does meets
/// both.
pub(crate) fn in_turn<T>(
    programs: &Programs,
    times: usize,
    measure: impl Fn(&Path) -> T,
) -> [Vec<T>; 2] {
    let mut found = [Vec::new(), Vec::new()];
    for round in 0..times {
        for place in 0..2 {
            let which = (round + place) % 2;
            found[which].push(measure(programs.paths()[which]));
        }
    }
    found
}

/// Records for each second, when there is always one waiting; and what the start took of a processor.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn throughput(program: &Path, place: &Place, records: usize) -> (f64, Duration) {
    let mut deliveries = Deliveries::of_an_alarm();
    let mut function = Function::start(program, place, None);
    let start = function.cpu();
    function.invoke(deliveries.next().unwrap());
    let took = function.invoke_all(deliveries.take(records).collect());
    (records as f64 / took.as_secs_f64(), start)
}

/// What the start of a program takes of a processor.
pub(crate) fn start(program: &Path, place: &Place) -> Duration {
    Function::start(program, place, None).cpu()
}

/// Microseconds that a record takes from its opened envelope to the finished message.
pub(crate) fn one_message(programs: &Programs, place: &Place) -> f64 {
    let said = place.output(programs.making_messages(1000));
    said.trim().parse().unwrap()
}

/// What one record with this body costs a function that has posted before: processor time, and memory in bytes.
pub(crate) fn one_body(program: &Path, place: &Place, body: &str) -> (Duration, f64) {
    let mut function = Function::start(program, place, None);
    function.invoke(Deliveries::of_an_alarm().next().unwrap());
    let before = function.cpu();
    function.invoke(Deliveries::of_body(body).next().unwrap());
    (function.cpu().saturating_sub(before), function.peak())
}

/// How much longer the start takes, and how much more of a processor, with a webhook in Parameter Store.
pub(crate) fn start_with_parameter(program: &Path, place: &Place) -> [(Duration, Duration); 2] {
    let plain = Function::start(program, place, None);
    let plain = (plain.init(), plain.cpu());
    let fetched = Function::start_with_parameter(program, place);
    [plain, (fetched.init(), fetched.cpu())]
}

/// Bodies as large as SNS carries them, of different shapes.
pub(crate) fn worst_bodies() -> [(&'static str, String); 4] {
    // As deep as our parser goes along, again and again.
    let nest = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let deep = vec![nest; LARGEST / 202].join(",");
    let wide: Map<String, Value> = (0..15_500).map(|n| (format!("key{n}"), json!(n))).collect();
    let field = json!({"message": "line & <b>\n".repeat(LARGEST / 12 - 2)});
    // A document may begin at every `{`, and all of it is read each time before it turns out to be none.
    let begins = "{\n\"a\":\n".repeat(8);
    let cut_off = format!("Notice\n{begins}[0{}]", ",0".repeat(LARGEST / 2 - 50));
    let bodies = [
        ("deep", format!("[{deep}]")),
        ("wide", Value::Object(wide).to_string()),
        ("one field", field.to_string()),
        ("cut off", cut_off),
    ];
    for (name, body) in &bodies {
        let size = body.len();
        assert!(size > LARGEST * 9 / 10 && size <= LARGEST, "{name}: {size}");
    }
    bodies
}
