//! Everything together, in virtual time, from one seed.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fastrand::Rng;
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, sleep_until};

use super::function::Function;
use super::plan::{Mode, Plan};
use super::records::{self, Published, Shapes};
use super::slack::Slack;
use super::sqs::Queue;
use super::truth::{ByWindow, Sum, Truth, Unit, shown};
use super::{asynchronous, sqs};

/// The moment at which every run begins, in milliseconds since 1970.
const EPOCH: u64 = 1_779_012_000_000;
/// So many violations are told.
const MOST: usize = 20;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) invocations: u64,
    pub(super) environments: u64,
    pub(super) kills: u64,
    pub(super) posts: u64,
    /// Of `posts`, those that were answered 429.
    pub(super) too_many: u64,
    pub(super) ambiguous: u64,
    pub(super) handed_over: u64,
    pub(super) redriven: u64,
    /// When Slack showed the last message.
    pub(super) last_shown: Duration,
    /// The same, before a redrive.
    pub(super) drained: Duration,
    /// Of all events in their order: two runs with the same one were the same.
    pub(super) journal: u64,
}

/// What a run has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) figures: Figures,
    pub(super) opened: ByWindow,
    pub(super) repeats: ByWindow,
    /// Before a redrive.
    pub(super) first: Sum,
    pub(super) sum: Sum,
    pub(super) violations: Vec<String>,
    /// About the unit that was watched.
    pub(super) told: Vec<String>,
}

pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) start: Instant,
    pub(super) rng: RefCell<Rng>,
    pub(super) truth: RefCell<Truth>,
    pub(super) figures: RefCell<Figures>,
    pub(super) shapes: Shapes,
    pub(super) slack: Slack,
    pub(super) function: Function,
    /// The retry queue, which is the source queue in buffered mode.
    pub(super) queue: Queue,
    /// Deliveries and messages under way.
    pending: Cell<usize>,
    idle: Notify,
    /// Since then nothing goes wrong any more.
    calm: Cell<Option<Instant>>,
    violations: RefCell<Vec<(Option<Unit>, String)>>,
    told: RefCell<Vec<String>>,
}

/// Runs a plan. When a rule is broken, it runs it once more to tell the story of the unit that has broken it.
pub(super) fn run(plan: &Plan) -> Outcome {
    let (outcome, unit) = run_once(plan);
    match unit {
        Some(_) if plan.watch.is_none() => {
            let watch = Plan {
                watch: unit,
                ..plan.clone()
            };
            Outcome {
                told: run_once(&watch).0.told,
                ..outcome
            }
        }
        _ => outcome,
    }
}

fn run_once(plan: &Plan) -> (Outcome, Option<Unit>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    // The jitter of the library comes from the generator of the thread.
    fastrand::seed(plan.seed);
    let local = LocalSet::new();
    runtime.block_on(local.run_until(async {
        let mut rng = Rng::with_seed(plan.seed);
        let schedule = records::schedule(plan, &mut rng);
        let world = Rc::new(World::new(plan.clone(), rng, &schedule));
        World::live(&world, schedule).await;
        let outcome = world.judge();
        // Environments know the world.
        world.function.end();
        outcome
    }))
}

impl World {
    fn new(plan: Plan, rng: Rng, schedule: &[Published]) -> Self {
        Self {
            start: Instant::now(),
            rng: RefCell::new(rng),
            truth: RefCell::new(Truth::new(schedule)),
            figures: RefCell::default(),
            shapes: Shapes::read(),
            slack: Slack::new(&plan),
            function: Function::new(&plan),
            queue: Queue::new(&plan),
            pending: Cell::new(0),
            idle: Notify::new(),
            calm: Cell::new(None),
            violations: RefCell::default(),
            told: RefCell::default(),
            plan,
        }
    }

    async fn live(world: &Rc<Self>, schedule: Vec<Published>) {
        world.begin(1);
        let mut pollers = Vec::new();
        if world.plan.has_queue() {
            for _ in 0..world.plan.maximum_concurrency {
                pollers.push(spawn_local(sqs::poll(Rc::clone(world))));
            }
        }
        for published in schedule {
            sleep_until(world.start + published.at).await;
            world.publish(published);
        }
        world.end();
        world.settled().await;
        {
            let mut figures = world.figures.borrow_mut();
            figures.drained = figures.last_shown;
        }
        if world.plan.redrive {
            world.calm.set(Some(Instant::now()));
            let redriven = world.queue.redrive(world);
            world.figures.borrow_mut().redriven = redriven;
            world.settled().await;
        }
        for poller in pollers {
            poller.abort();
        }
    }

    fn publish(self: &Rc<Self>, published: Published) {
        self.note("publish", published.number, 0);
        match self.plan.mode {
            Mode::Direct | Mode::RetryQueue => asynchronous::accept(self, published),
            Mode::Buffered => {
                let body = self.shapes.message(&published);
                self.queue.send(self, body, published.units, Duration::ZERO);
            }
        }
    }

    async fn settled(&self) {
        while self.pending.get() > 0 {
            self.idle.notified().await;
        }
    }

    pub(super) fn begin(&self, more: usize) {
        self.pending.set(self.pending.get() + more);
    }

    pub(super) fn end(&self) {
        self.pending.set(self.pending.get() - 1);
        if self.pending.get() == 0 {
            self.idle.notify_one();
        }
    }

    pub(super) fn chance(&self, probability: f64) -> bool {
        probability > 0.0 && self.calm.get().is_none() && self.rng.borrow_mut().f64() < probability
    }

    /// For how long nothing has been going wrong.
    pub(super) fn calm(&self) -> Option<Duration> {
        self.calm.get().map(|since| since.elapsed())
    }

    /// Anything up to that.
    pub(super) fn within(&self, longest: Duration) -> Duration {
        longest.mul_f64(self.rng.borrow_mut().f64())
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// The wall clock.
    pub(super) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(EPOCH) + self.elapsed()
    }

    /// As SQS writes it.
    pub(super) fn timestamp(&self) -> u64 {
        EPOCH + u64::try_from(self.elapsed().as_millis()).unwrap()
    }

    /// Writes into the journal.
    pub(super) fn note(&self, what: &str, a: usize, b: usize) {
        // FNV-1a.
        let mut figures = self.figures.borrow_mut();
        let numbers = [self.elapsed().as_micros(), a as u128, b as u128];
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
        for byte in what.bytes().chain(bytes) {
            figures.journal = (figures.journal ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// For the story of the unit that is watched.
    pub(super) fn tell(&self, unit: Unit, what: impl fmt::Display) {
        if self.plan.watch == Some(unit) {
            let line = format!("{:>12.3} s  {what}", self.elapsed().as_secs_f64());
            self.told.borrow_mut().push(line);
        }
    }

    pub(super) fn violation(&self, unit: Option<Unit>, what: impl fmt::Display) {
        let mut violations = self.violations.borrow_mut();
        if violations.len() >= MOST {
            return;
        }
        let about = unit.map_or(String::new(), |unit| format!("{}: ", shown(unit)));
        let time = self.elapsed().as_secs_f64();
        violations.push((unit, format!("{about}{what} (at {time:.3} s)")));
        if let Some(unit) = unit {
            self.tell(unit, format_args!("VIOLATION: {what}"));
        }
    }

    fn judge(&self) -> (Outcome, Option<Unit>) {
        let truth = self.truth.borrow();
        let lost: Vec<Unit> = truth.lost().collect();
        for &unit in &lost {
            self.violation(Some(unit), "LOST: neither shown nor in a dead-letter queue");
        }
        let sum = truth.sum();
        if sum.published != sum.posted + sum.ignored + sum.dead {
            self.violation(None, format_args!("the sum is wrong: {sum:?}"));
        }
        if self.plan.redrive && self.plan.has_queue() && sum.dead > 0 {
            self.violation(
                None,
                format_args!("{} were redriven and not posted", sum.dead),
            );
        }
        let violations = self.violations.take();
        let unit = violations.iter().find_map(|(unit, _)| *unit);
        let outcome = Outcome {
            figures: *self.figures.borrow(),
            opened: truth.opened,
            repeats: truth.repeats,
            first: self.first(&sum),
            sum,
            violations: violations.into_iter().map(|(_, what)| what).collect(),
            told: self.told.take(),
        };
        (outcome, unit)
    }

    fn first(&self, sum: &Sum) -> Sum {
        self.queue.before_redrive().unwrap_or(*sum)
    }
}

/// Nothing may be wrong; if something is, the seed and the story say how it came.
pub(super) fn assert_clean(plan: &Plan, outcome: &Outcome) {
    assert!(
        outcome.violations.is_empty(),
        "seed {} ({:?}, {} records): {} violations\n{}\n\nThe story of the first:\n{}\n",
        plan.seed,
        plan.mode,
        plan.records,
        outcome.violations.len(),
        outcome.violations.join("\n"),
        outcome.told.join("\n"),
    );
}
