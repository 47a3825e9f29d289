//! What AWS and Slack know about one environment of the function, and the rules that it has to keep.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::pending;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use sns_to_slack::retry::{Entry, LONGEST_DELAY, MEMBER, Queue, QueueError};
use sns_to_slack::slack::webhook::{Answer, Fault};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::records::{self, RECEIVERS};
use super::truth::{self, Unit};
use super::world::World;

/// The ledger may have forgotten what was posted so many messages ago.
const REMEMBERED: u64 = 9_000;
/// No post is begun with less left, and none may last until less than the half is left.
const LEAST: Duration = Duration::from_secs(1);
/// Of an invocation that may last so long, the queue gets a second at least.
const LONG: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct State {
    pub(super) id: usize,
    /// Slack's `ok` has arrived, and as which.
    oks: RefCell<HashMap<Unit, u64>>,
    count: Cell<u64>,
    webhooks: RefCell<[Webhook; RECEIVERS.len()]>,
    /// The next request meets a dead connection.
    pub(super) frozen: Cell<bool>,
    pub(super) killed: Notify,
    pub(super) running: RefCell<Running>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Webhook {
    busy: bool,
    closed_until: Option<Instant>,
}

/// One invocation.
#[derive(Debug)]
pub(super) struct Running {
    /// What it is about; twice what it has got twice.
    pub(super) units: Vec<Unit>,
    pub(super) deadline: Instant,
    /// At which of its moments it is killed.
    pub(super) doom: Option<u32>,
    /// Slack has shown it.
    pub(super) shown: Vec<Unit>,
    /// Slack's `ok` to it has arrived.
    pub(super) posted: Vec<Unit>,
    /// The request was sent, and the answer says nothing.
    ambiguous: Vec<Unit>,
    /// The queue has it, whatever it said.
    pub(super) queued: Vec<Unit>,
    /// The queue said that it took it.
    pub(super) handed_over: Vec<Unit>,
    /// The queue refused something, or its answer was lost.
    pub(super) trouble: bool,
}

impl Running {
    pub(super) fn new(units: Vec<Unit>, deadline: Instant, doom: Option<u32>) -> Self {
        Self {
            units,
            deadline,
            doom,
            shown: Vec::new(),
            posted: Vec::new(),
            ambiguous: Vec::new(),
            queued: Vec::new(),
            handed_over: Vec::new(),
            trouble: false,
        }
    }

    pub(super) fn times(units: &[Unit], unit: Unit) -> usize {
        units.iter().filter(|it| **it == unit).count()
    }
}

impl State {
    pub(super) fn new(id: usize) -> Self {
        Self {
            id,
            oks: RefCell::default(),
            count: Cell::new(0),
            webhooks: RefCell::default(),
            frozen: Cell::new(false),
            killed: Notify::new(),
            running: RefCell::new(Running::new(Vec::new(), Instant::now(), None)),
        }
    }

    /// Has the environment seen Slack's `ok` to it?
    pub(super) fn knows(&self, unit: Unit) -> bool {
        self.oks.borrow().contains_key(&unit)
    }

    /// One of the moments at which an environment may end: before and after everything that it does with others.
    pub(super) async fn moment(&self) {
        let doomed = {
            let doom = &mut self.running.borrow_mut().doom;
            *doom = doom.map(|left| left.saturating_sub(1));
            *doom == Some(0)
        };
        if doomed {
            self.killed.notify_one();
            pending::<()>().await;
        }
    }

    /// A request to Slack begins.
    pub(super) fn request(
        &self,
        world: &World,
        receiver: usize,
        units: &[Unit],
        timeout: Duration,
    ) {
        let now = Instant::now();
        world.figures.borrow_mut().posts += 1;
        world.note("request", self.id, units.first().copied().unwrap_or(0));
        let running = self.running.borrow();
        let about = units.first().copied();
        let left = running.deadline.saturating_duration_since(now);
        if left < LEAST {
            world.violation(about, "a request was begun too late");
        }
        if left < timeout + LEAST / 2 {
            world.violation(about, "a request may last too long");
        }
        let webhook = &mut self.webhooks.borrow_mut()[receiver];
        if webhook.busy {
            world.violation(about, "two requests to a webhook at the same time");
        }
        if webhook.closed_until.is_some_and(|until| now < until) {
            world.violation(
                about,
                "a request before the Retry-After of its webhook is over",
            );
        }
        webhook.busy = true;
        for &unit in units {
            world.tell(unit, format_args!("environment {} posts it", self.id));
            if !running.units.contains(&unit) {
                world.violation(Some(unit), "posted, and the event is not about it");
            }
            let at = self.oks.borrow().get(&unit).copied();
            if at.is_some_and(|at| self.count.get() - at < REMEMBERED) {
                world.violation(
                    Some(unit),
                    "sent again by the environment that has posted it",
                );
            }
            if running.ambiguous.contains(&unit) && Running::times(&running.units, unit) == 1 {
                world.violation(
                    Some(unit),
                    "sent again in the invocation in which it may have been shown",
                );
            }
            let truth = world.truth.borrow();
            let early = truth.not_before(unit).is_some_and(|moment| now < moment);
            if early && !truth.has_windows(unit) {
                world.violation(Some(unit), "sent again before its own Retry-After is over");
            }
        }
    }

    /// Slack shows a message.
    pub(super) fn shown(&self, world: &World, units: &[Unit]) {
        world.figures.borrow_mut().last_shown = world.elapsed();
        for &unit in units {
            world.note("shown", self.id, unit);
            world.tell(unit, "Slack shows it");
            self.running.borrow_mut().shown.push(unit);
            let shown = world.truth.borrow_mut().show(unit);
            if let Err(why) = shown {
                world.violation(Some(unit), why);
            }
        }
    }

    /// Slack's answer arrives, or nothing does.
    pub(super) fn answered(&self, world: &World, receiver: usize, units: &[Unit], answer: &Answer) {
        let now = Instant::now();
        let webhook = &mut self.webhooks.borrow_mut()[receiver];
        webhook.busy = false;
        let mut figures = world.figures.borrow_mut();
        match answer {
            Answer::Answered {
                status: 200,
                body: Some(_),
                ..
            } => {
                self.count.set(self.count.get() + 1);
                let mut oks = self.oks.borrow_mut();
                oks.extend(units.iter().map(|unit| (*unit, self.count.get())));
                self.running.borrow_mut().posted.extend(units);
            }
            Answer::Answered {
                status: 200,
                body: None,
                ..
            }
            | Answer::Unanswered(Fault::Timeout | Fault::Reset) => {
                figures.ambiguous += 1;
                self.running.borrow_mut().ambiguous.extend(units);
            }
            Answer::Answered {
                status,
                retry_after,
                ..
            } => {
                figures.too_many += u64::from(*status == 429);
                if let Some(wait) = retry_after {
                    webhook.closed_until = Some(now + *wait);
                    if world.plan.has_queue() {
                        let mut truth = world.truth.borrow_mut();
                        for &unit in units {
                            truth.wait_until(unit, now + *wait);
                        }
                    }
                }
            }
            Answer::Unanswered(Fault::Connect) => {}
        }
        drop(figures);
        for &unit in units {
            world.tell(
                unit,
                format_args!("environment {} hears {answer:?}", self.id),
            );
        }
    }
}

/// The way of one environment to the retry queue.
pub(super) struct QueuePort {
    pub(super) world: Rc<World>,
    pub(super) state: Rc<State>,
}

impl Queue for QueuePort {
    async fn send(&self, messages: Vec<Entry>, time: Duration) -> Vec<Result<(), QueueError>> {
        let (world, state) = (&*self.world, &*self.state);
        state.moment().await;
        if world.plan.function_timeout >= LONG && time < LEAST {
            world.violation(None, format_args!("the queue gets {time:?} only"));
        }
        let slow = world.chance(world.plan.faults.slow_queue);
        let takes = if slow {
            time * 2
        } else {
            Duration::from_millis(10) + world.within(Duration::from_millis(80))
        };
        sleep(takes.min(time)).await;
        let mut results = Vec::with_capacity(messages.len());
        for message in messages {
            let units = left(world, &message.body);
            results.push(self.take(&message, &units, takes <= time));
        }
        state.moment().await;
        results
    }

    fn now(&self) -> SystemTime {
        self.world.now()
    }
}

impl QueuePort {
    /// One message. What is not answered `in_time` may have been taken.
    fn take(&self, message: &Entry, units: &[Unit], in_time: bool) -> Result<(), QueueError> {
        let (world, state) = (&*self.world, &*self.state);
        let tell = |what: &str| {
            for &unit in units {
                world.tell(unit, what);
            }
        };
        if message.delay > LONGEST_DELAY {
            world.violation(units.first().copied(), "the queue cannot delay for so long");
        }
        for &unit in units {
            if !state.running.borrow().units.contains(&unit) {
                world.violation(Some(unit), "handed over, and the event is not about it");
            }
        }
        let mut running = state.running.borrow_mut();
        let refused = if in_time {
            world.chance(world.plan.faults.refused)
        } else {
            world.rng.borrow_mut().bool()
        };
        if refused {
            tell("the queue refuses it");
            running.trouble = true;
            return Err(QueueError("SQS refuses (InternalError)".to_owned()));
        }
        // As the request says it.
        let delay = Duration::from_secs_f64(message.delay.as_secs_f64().ceil());
        let mut put = || {
            world
                .queue
                .send(world, message.body.clone(), units.to_vec(), delay);
            running.queued.extend(units);
        };
        put();
        tell(&format!("the queue takes it for {delay:?}"));
        let lost = !in_time || world.chance(world.plan.faults.unanswered);
        // The client has asked once more, with success.
        let twice = lost && in_time && world.rng.borrow_mut().bool();
        if twice {
            put();
            tell("the queue takes it once more");
        }
        running.trouble |= lost;
        if lost && !twice {
            tell("the answer of the queue is lost");
            return Err(QueueError("SQS does not answer".to_owned()));
        }
        world.figures.borrow_mut().handed_over += 1;
        running.handed_over.extend(units);
        Ok(())
    }
}

/// Whom a residual is for. Read here as a person would read it in the queue.
fn left(world: &World, body: &str) -> Vec<Unit> {
    let body: Value = serde_json::from_str(body).unwrap();
    let record = body["MessageId"].as_str().and_then(records::of_message_id);
    let names = body[MEMBER]["receivers"].as_object();
    let (Some(record), Some(names)) = (record, names) else {
        world.violation(
            None,
            format_args!("a residual that nobody can read: {body}"),
        );
        return Vec::new();
    };
    let receivers = RECEIVERS.iter().enumerate();
    receivers
        .filter(|(_, name)| names.contains_key(**name))
        .map(|(receiver, _)| truth::unit(record, receiver))
        .collect()
}
