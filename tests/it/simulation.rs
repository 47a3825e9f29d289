//! AWS and Slack in virtual time around the whole function: what is published must be shown, ignored or in a dead-letter queue,
//! and shown twice only where a documented window was open.
//!
//! Everything is decided by the seed of a plan. When a rule is broken, the failure names seed and record, and tells what happened
//! to that record. The large runs take minutes and write their figures to standard error, because the function writes a line for
//! each outcome to standard output:
//!
//! ```text
//! cargo test --release --test it -- --ignored simulation --nocapture --test-threads=2 > /dev/null
//! ```
//!
//! `SIMULATION_SEEDS=17..18` before it plays one seed of the largest one again, or `100..1100` others.
//!
//! | module | plays |
//! |---|---|
//! | `plan` | what is set up, and what goes wrong how often |
//! | `records` | the publisher, and who should get what |
//! | `asynchronous` | SNS to Lambda: three tries, then the on-failure destination |
//! | `sqs` | the queue, its dead-letter queue, the event source mapping |
//! | `function` | environments, kills; compares the answer of the function with what has happened |
//! | `environment` | the rules for one environment, and its ways to Slack and to the queue |
//! | `slack` | Slack |
//! | `truth` | the books: copies, showings, windows |
//! | `world` | all of it together |

mod asynchronous;
mod environment;
mod function;
mod plan;
mod records;
mod slack;
mod sqs;
mod truth;
mod world;

use std::env;
use std::ops::Range;
use std::time::Duration;

use fastrand::Rng;

use self::plan::{Audience, Down, Faults, Mode, Outage, Plan};
use self::truth::{ByWindow, Window};
use self::world::{Outcome, assert_clean, run};

const MODES: [Mode; 3] = [Mode::Direct, Mode::RetryQueue, Mode::Buffered];
const QUEUES: [Mode; 2] = [Mode::RetryQueue, Mode::Buffered];
const HOUR: Duration = Duration::from_secs(3_600);
/// The default of `retry_horizon_hours`.
const HORIZON: Duration = Duration::from_secs(24 * 3_600);

fn checked(plan: &Plan) -> Outcome {
    let outcome = run(plan);
    assert_clean(plan, &outcome);
    outcome
}

/// Goal: nothing is lost, and nothing is shown twice but in a window, whatever goes wrong.
fn whatever_goes_wrong(seeds: Range<u64>, records: usize) {
    let mut total = [0_u64; 12];
    let (mut opened, mut repeats) = (ByWindow::default(), ByWindow::default());
    for seed in seeds.clone() {
        let round = usize::try_from(seed).unwrap() / MODES.len();
        let mode = MODES[usize::try_from(seed).unwrap() % MODES.len()];
        let plan = Plan {
            faults: Faults::mix(),
            // In every third round more is published than Slack takes.
            within: Duration::from_secs([5, 4, 2][round % 3]) * u32::try_from(records).unwrap(),
            function_timeout: Duration::from_secs([30, 3, 10, 60, 5][round % 5]),
            batch_size: [10, 5, 1, 50][round % 4],
            batch_window: Duration::from_millis([0, 1_000, 5_000][round % 3]),
            maximum_concurrency: 2 + round % 4,
            // In every second round the queue gives up at once, so that there is something to redrive.
            max_receive_count: [5, 1][round % 2],
            redrive: true,
            ..Plan::new(seed, mode, records)
        };
        let outcome = checked(&plan);
        let (sum, figures) = (outcome.first, outcome.figures);
        let row = [
            sum.published,
            sum.units,
            sum.posted,
            sum.ignored,
            sum.dead,
            sum.lost + outcome.sum.lost,
            figures.posts,
            figures.too_many,
            figures.ambiguous,
            figures.environments,
            figures.kills,
            figures.redriven,
        ];
        for (total, own) in total.iter_mut().zip(row) {
            *total += own;
        }
        opened.add(outcome.opened);
        repeats.add(outcome.repeats);
    }
    let [
        published,
        units,
        posted,
        ignored,
        dead,
        lost,
        posts,
        too_many,
        ambiguous,
        environments,
        kills,
        redriven,
    ] = total;
    eprintln!(
        "whatever goes wrong: {} seeds, {published} records for {units} receivers = {posted} posted + {ignored} ignored + {dead} \
         dead-lettered, {lost} lost; {redriven} messages redriven, all posted; {posts} requests ({too_many} answered 429, \
         {ambiguous} ambiguous), {environments} environments, {kills} kills; windows opened: {opened}; shown again: {} ({repeats}), \
         outside of them 0",
        seeds.count(),
        repeats.sum(),
    );
    assert_eq!(published, posted + ignored + dead);
    assert_eq!(lost, 0);
}

#[test]
fn nothing_is_lost_whatever_goes_wrong() {
    whatever_goes_wrong(0..6, 400);
}

#[test]
#[ignore = "takes minutes"]
fn nothing_is_lost_whatever_goes_wrong_with_a_million_records() {
    whatever_goes_wrong(seeds(0..100), 10_000);
}

/// `SIMULATION_SEEDS`, as `17..18`, or the default.
fn seeds(default: Range<u64>) -> Range<u64> {
    let Ok(text) = env::var("SIMULATION_SEEDS") else {
        return default;
    };
    let bounds = text.split_once("..").unwrap();
    bounds.0.parse().unwrap()..bounds.1.parse().unwrap()
}

/// Tries are used up, messages are received too often: what is dead-lettered is complete.
#[test]
fn a_function_that_dies_again_and_again_loses_nothing() {
    for mode in MODES {
        let plan = Plan {
            faults: Faults {
                kill: 0.5,
                duplicate: 0.02,
                ..Faults::default()
            },
            max_receive_count: 2,
            redrive: true,
            ..Plan::new(5, mode, 150)
        };
        let outcome = checked(&plan);
        assert!(
            mode == Mode::RetryQueue || outcome.first.dead > 0,
            "{outcome:?}"
        );
        eprintln!(
            "{} kills in {} invocations, {mode:?}: {:?}, {} messages redriven",
            outcome.figures.kills,
            outcome.figures.invocations,
            outcome.first,
            outcome.figures.redriven
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for mode in MODES {
        let plan = |seed| Plan {
            faults: Faults::mix(),
            redrive: true,
            ..Plan::new(seed, mode, 100)
        };
        let outcome = run(&plan(1));
        assert_eq!(outcome, run(&plan(1)));
        assert_ne!(outcome.figures.journal, run(&plan(2)).figures.journal);
    }
}

/// Slack is down from the first record to the last.
fn outage(mode: Mode, records: usize, time: Duration, how: Down) {
    let plan = Plan {
        audience: Audience::One,
        within: time,
        outages: vec![Outage {
            receiver: None,
            from: Duration::ZERO,
            until: time,
            how,
        }],
        redrive: true,
        // Longer than the queue would offer what has no time left.
        down_after_redrive: HOUR,
        ..Plan::new(7, mode, records)
    };
    let outcome = checked(&plan);
    // What AWS needs to receive a message as often as the queue allows, after the last delay.
    let slack = Duration::from_secs(900) + plan.visibility() * (plan.max_receive_count + 1);
    let schedule = records::schedule(&plan, &mut Rng::with_seed(plan.seed));
    let older = |age: Duration| {
        let old = schedule.iter().filter(|it| it.at + age < time);
        u64::try_from(old.count()).unwrap()
    };
    let dead = outcome.first.dead;
    assert!(
        older(HORIZON + slack) <= dead && dead <= older(HORIZON),
        "{dead} of {:?} are dead-lettered",
        outcome.first
    );
    assert_eq!(
        outcome.sum.posted, outcome.sum.published,
        "after the redrive"
    );
    assert_eq!(outcome.repeats.sum(), 0);
    let drained = outcome.figures.drained.saturating_sub(time);
    eprintln!(
        "outage: {mode:?}, Slack down for {} min ({how:?}), {records} records: {} posted, {dead} dead-lettered and all of them posted \
         after a redrive; the last was shown {} s after the return; {} requests",
        time.as_secs() / 60,
        outcome.first.posted,
        drained.as_secs(),
        outcome.figures.posts,
    );
}

/// Without a queue: AWS's three tries take three minutes, and then the dead-letter queue has it.
fn outage_without_a_queue(records: usize, time: Duration) {
    let plan = Plan {
        audience: Audience::One,
        within: time,
        outages: vec![Outage {
            receiver: None,
            from: Duration::ZERO,
            until: time,
            how: Down::ServerError,
        }],
        ..Plan::new(7, Mode::Direct, records)
    };
    let outcome = checked(&plan);
    let dead = outcome.sum.dead;
    let schedule = records::schedule(&plan, &mut Rng::with_seed(plan.seed));
    let tries = Duration::from_secs(180);
    let older = schedule.iter().filter(|it| it.at + tries < time).count();
    assert!(dead >= u64::try_from(older).unwrap(), "{dead}");
    if time <= tries {
        assert_eq!(dead, 0);
    }
    eprintln!(
        "outage: Direct, Slack down for {} min, {records} records: {} posted, {dead} dead-lettered",
        time.as_secs() / 60,
        outcome.sum.posted,
    );
}

#[test]
fn an_outage_of_two_minutes_costs_nothing_without_a_queue_either() {
    outage_without_a_queue(30, HOUR / 30);
}

#[test]
fn an_outage_costs_nothing_up_to_the_horizon() {
    for mode in QUEUES {
        outage(mode, 30, HOUR / 30, Down::Anyhow);
        outage(mode, 15, HOUR * 12, Down::Connect);
        outage(mode, 15, HOUR * 72, Down::ServerError);
    }
}

#[test]
#[ignore = "takes minutes"]
fn an_outage_costs_nothing_up_to_the_horizon_with_a_thousand_records() {
    outage_without_a_queue(100, HOUR / 30);
    outage_without_a_queue(1_000, HOUR * 12);
    outage_without_a_queue(1_000, HOUR * 72);
    for mode in QUEUES {
        for how in [
            Down::ServerError,
            Down::Connect,
            Down::Timeout,
            Down::Anyhow,
        ] {
            outage(mode, 100, HOUR / 30, how);
            outage(mode, 1_000, HOUR * 12, how);
        }
        outage(mode, 1_000, HOUR * 72, Down::Anyhow);
    }
}

/// Everybody gets everything, and the second receiver is down.
fn fan_out(mode: Mode, records: usize, time: Duration) -> Outcome {
    let plan = Plan {
        audience: Audience::Two,
        within: time * 2,
        outages: vec![Outage {
            receiver: Some(1),
            from: Duration::ZERO,
            until: time,
            how: Down::ServerError,
        }],
        ..Plan::new(11, mode, records)
    };
    let outcome = checked(&plan);
    eprintln!(
        "fan-out: {mode:?}, one of two receivers down for {} s, {records} records: {} posted, {} dead-lettered; windows opened: {}; \
         shown again: {}",
        time.as_secs(),
        outcome.sum.posted,
        outcome.sum.dead,
        outcome.opened,
        outcome.repeats.sum(),
    );
    outcome
}

fn fan_outs(records: usize) {
    // Slower than Slack takes them.
    let time =
        Duration::from_secs(600).max(Duration::from_secs(1) * u32::try_from(records).unwrap());
    for mode in QUEUES {
        let outcome = fan_out(mode, records, time);
        assert_eq!(outcome.sum.posted, outcome.sum.published);
        assert_eq!((outcome.opened.sum(), outcome.repeats.sum()), (0, 0));
    }
    let outcome = fan_out(Mode::Direct, records, time);
    assert_eq!(outcome.opened.sum(), outcome.opened.of(Window::Repeated));
    assert!(outcome.opened.sum() > 0);
}

#[test]
fn a_receiver_that_is_down_repeats_nothing_for_the_others() {
    fan_outs(100);
}

#[test]
#[ignore = "takes minutes"]
fn a_receiver_that_is_down_repeats_nothing_for_the_others_in_ten_thousand_records() {
    fan_outs(10_000);
}

/// A thousand alarms in a minute, to one channel.
fn storm(mode: Mode) -> Outcome {
    let plan = Plan {
        audience: Audience::One,
        within: Duration::from_secs(60),
        batch_size: 50,
        batch_window: Duration::from_secs(5),
        ..Plan::new(13, mode, 1_000)
    };
    let outcome = checked(&plan);
    let figures = outcome.figures;
    eprintln!(
        "storm: {mode:?}, {} alarms in 60 s: {} posted, {} dead-lettered, drained after {} s, {} posts, {} of them answered 429",
        outcome.sum.published,
        outcome.sum.posted,
        outcome.sum.dead,
        figures.drained.as_secs(),
        figures.posts,
        figures.too_many,
    );
    outcome
}

#[test]
#[ignore = "takes minutes"]
fn a_storm_without_a_buffer_takes_longer() {
    storm(Mode::Direct);
    let outcome = storm(Mode::RetryQueue);
    assert_eq!(outcome.sum.posted, outcome.sum.published);
}

#[test]
fn a_storm_of_a_thousand_alarms_is_drained_in_minutes() {
    let outcome = storm(Mode::Buffered);
    let figures = outcome.figures;
    assert_eq!(outcome.sum.posted, outcome.sum.published);
    assert_eq!(outcome.repeats.sum(), 0);
    assert!(figures.drained <= Duration::from_secs(150), "{figures:?}");
    assert!(figures.posts <= 120, "{figures:?}");
    assert!(figures.too_many * 20 <= figures.posts, "{figures:?}");
}
