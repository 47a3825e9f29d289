//! The whole function as AWS runs it, beside the least that a Lambda in Rust can do (`benches/floor`).
//!
//! Both are built as they are released, run in turn between a Lambda Runtime API and a Slack over TLS, both on loopback, and
//! measured from outside. The result is a table of medians with what is promised and what is aimed at. Nothing fails when it is
//! missed: on a busy machine only the ratios mean something. How to run it stands in CONTRIBUTING.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot be made may stop it"
)]

mod function;
mod instructions;
mod measure;
mod processors;
mod profile;
mod programs;
mod quota;
mod table;

/// The tests' own; not all of it is needed here.
#[allow(dead_code, reason = "the tests need more")]
#[path = "../../tests/it/support"]
mod support {
    pub(crate) mod events;
    pub(crate) mod fake_runtime;
    pub(crate) mod fake_slack;
    pub(crate) mod forwarder;
    pub(crate) mod usage;

    mod certificate;
    mod http;
    mod outcome;
    mod script;
    mod server;
    mod stream;

    /// As in the tests.
    pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
}

use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::function::Place;
use crate::measure::{Repeats, Session};
use crate::programs::Programs;
use crate::quota::Quota;
use crate::table::{Limit, Pairs, Table, median, milliseconds, percentile};

fn main() {
    let options: Vec<String> = env::args().skip(1).collect();
    // `cargo test --all-targets` runs benchmarks too, without this word: it wants to know whether they are built.
    if !options.iter().any(|option| option == "--bench") {
        return;
    }
    if !Path::new("/proc/self/schedstat").exists() {
        println!("skipped: this system does not tell what a process uses (/proc/PID/schedstat)");
        return;
    }
    if options.iter().any(|option| option == "--profile") {
        match profile::write(&Place::new()) {
            Ok(()) => println!("{} is written", programs::PROFILE),
            Err(why) => println!("skipped: the profile: {why}"),
        }
        return;
    }
    let mut rest = options
        .iter()
        .skip_while(|option| *option != "--instructions");
    if let Some(program) = rest.nth(1) {
        let thousands = instructions::for_each_event(Path::new(program), &Place::new()).unwrap();
        println!("{:.0}", thousands * 1e3);
        return;
    }
    let repeats = if options.iter().any(|option| option == "--quick") {
        Repeats::QUICK
    } else {
        Repeats::FULL
    };
    let programs = Programs::build();
    let processors = std::thread::available_parallelism().unwrap();
    let mut place = Place::new();
    let start = Instant::now();
    let load_before = load();
    let sessions = measure::in_turn(&programs, repeats.sessions, |program| {
        Session::of(program, &place, None, repeats.events)
    });
    let mut table = Table::default();
    table.meanwhile(&sessions[0].iter().map(init_cpu).collect::<Vec<_>>());
    full_processor(&mut table, &sessions);
    worst_bodies(&mut table, &programs, &place, repeats);
    in_parts(&mut table, &programs, &place, repeats);
    let sizes = programs
        .paths()
        .map(|path| vec![programs::megabytes_zipped(path)]);
    table.row("zip", " MB", &sizes, Limit::AtMost(3.6, 2.4));
    match Quota::new() {
        Ok(quota) => {
            let sessions = measure::in_turn(&programs, repeats.small_sessions, |program| {
                Session::of(program, &place, Some(&quota), repeats.small_events)
            });
            small_function(&mut table, &sessions);
        }
        Err(why) => println!("skipped: 128 MB: {why}"),
    }
    place.share_processor();
    let rates = measure::in_turn(&programs, repeats.rates, |program| {
        measure::throughput(program, &place, repeats.records)
    });
    let starts = rates[0].iter().map(|(_, start)| milliseconds(*start));
    table.meanwhile(&starts.collect::<Vec<_>>());
    let rates = rates.map(|rates| rates.into_iter().map(|(rate, _)| rate).collect());
    table.row(
        "throughput",
        " /s",
        &rates,
        Limit::RateAtLeast(3000.0, 8000.0),
    );

    println!("\n{table}");
    println!(
        "{:.0} s, {processors} processors, load {load_before} before and {} after; {}",
        start.elapsed().as_secs_f64(),
        load(),
        place.roots(),
    );
}

fn init_cpu(session: &Session) -> f64 {
    milliseconds(session.init_cpu)
}

fn cold(session: &Session) -> f64 {
    milliseconds(session.init + session.first)
}

/// How long one in two of its further events took at most, or so many others.
fn warm(session: &Session, part: f64) -> f64 {
    let warm = session.warm.iter();
    percentile(&warm.copied().map(milliseconds).collect::<Vec<_>>(), part)
}

/// A figure of each session.
fn of(sessions: &[Vec<Session>; 2], figure: impl Fn(&Session) -> f64) -> Pairs {
    sessions
        .each_ref()
        .map(|sessions| sessions.iter().map(&figure).collect())
}

fn full_processor(table: &mut Table, sessions: &[Vec<Session>; 2]) {
    let of = |figure: fn(&Session) -> f64| of(sessions, figure);
    let init = of(|session| milliseconds(session.init));
    table.row("init", " ms", &init, Limit::Times(2.0, 1.4));
    table.row("init, CPU", " ms", &of(init_cpu), Limit::None);
    table.row("cold to answer", " ms", &of(cold), Limit::None);
    table.row(
        "first invocation, CPU",
        " ms",
        &of(|session| milliseconds(session.first_cpu)),
        Limit::Plus(0.3, 0.15),
    );
    let p50 = of(|session| warm(session, 0.5));
    table.row("warm p50", " ms", &p50, Limit::Times(2.0, 1.3));
    let p99 = of(|session| warm(session, 0.99));
    table.row("warm p99", " ms", &p99, Limit::None);
    let cpu = of(|session| milliseconds(session.cpu));
    table.row("further event, CPU", " ms", &cpu, Limit::None);
    let peak = of(|session| session.peak / 1e6);
    table.row("peak memory", " MB", &peak, Limit::AtMost(15.0, 8.0));
}

fn small_function(table: &mut Table, sessions: &[Vec<Session>; 2]) {
    let of = |figure: fn(&Session) -> f64| of(sessions, figure);
    table.row(
        "128 MB: cold to answer",
        " ms",
        &of(cold),
        Limit::Times(1.5, 1.2),
    );
    let p50 = of(|session| warm(session, 0.5));
    table.row("128 MB: warm p50", " ms", &p50, Limit::None);
    let p99 = of(|session| warm(session, 0.99));
    table.row("128 MB: warm p99", " ms", &p99, Limit::None);
}

/// What noise does not reach, and what the floor does not do.
fn in_parts(table: &mut Table, programs: &Programs, place: &Place, repeats: Repeats) {
    let [floor, forwarder] = programs
        .paths()
        .map(|program| instructions::for_each_event(program, place));
    match (floor, forwarder) {
        (Ok(floor), Ok(forwarder)) => table.row(
            "instructions per further event",
            " k",
            &[vec![floor], vec![forwarder]],
            Limit::AtMost(500.0, 300.0),
        ),
        (Err(why), _) | (_, Err(why)) => println!("skipped: instructions: {why}"),
    }
    let (starts, times) = (0..repeats.messages)
        .map(|_| {
            let start = measure::start(programs.paths()[0], place);
            (milliseconds(start), measure::one_message(programs, place))
        })
        .unzip();
    let pairs = [starts, times];
    table.beside(&pairs);
    table.row_alone(
        "classify, route, render, limits",
        " µs",
        median(&pairs[1]),
        Limit::TimeAtMost(25.0, 10.0),
    );
    let starts: Vec<_> = (0..repeats.sessions)
        .map(|_| measure::start_with_parameter(programs.paths()[1], place))
        .collect();
    let of = |value: fn(&(Duration, Duration)) -> Duration| {
        let [plain, fetched] = [0, 1].map(|which| {
            let values: Vec<f64> = starts
                .iter()
                .map(|starts| milliseconds(value(&starts[which])))
                .collect();
            median(&values)
        });
        fetched - plain
    };
    table.row_alone(
        "webhook in Parameter Store: added to init",
        " ms",
        of(|it| it.0),
        Limit::TimeAtMost(f64::INFINITY, 6.0),
    );
    table.row_alone(
        "webhook in Parameter Store: added CPU",
        " ms",
        of(|it| it.1),
        Limit::None,
    );
}

fn worst_bodies(table: &mut Table, programs: &Programs, place: &Place, repeats: Repeats) {
    for (name, body) in measure::worst_bodies() {
        let uses = measure::in_turn(programs, repeats.bodies, |program| {
            measure::one_body(program, place, &body)
        });
        let of = |figure: fn(&(Duration, f64)) -> f64| {
            let figures = |uses: &Vec<_>| uses.iter().map(figure).collect();
            uses.each_ref().map(figures)
        };
        table.row(
            &format!("256 KB, {name}: CPU"),
            " ms",
            &of(|(cpu, _)| milliseconds(*cpu)),
            Limit::TimeAtMost(50.0, 10.0),
        );
        table.row(
            &format!("256 KB, {name}: peak memory"),
            " MiB",
            &of(|(_, peak)| peak / 1_048_576.0),
            Limit::AtMost(16.0, 16.0),
        );
    }
}

/// How many programs wanted to run, of the last minute on average: how far the figures can be believed.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
