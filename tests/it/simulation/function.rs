//! Lambda: environments that come and go, and what an invocation leaves behind.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;
use sns_to_slack::delivery::Sender;
use sns_to_slack::handler::Forwarder;
use sns_to_slack::secrets::{Secrets, Webhooks};
use sns_to_slack::settings::Settings;
use sns_to_slack::template::Templates;
use tokio::time::{Instant, timeout_at};

use super::environment::{QueuePort, Running, State};
use super::plan::Plan;
use super::records;
use super::slack::Port;
use super::truth::{Unit, Window};
use super::world::World;

/// What Lambda keeps an idle environment for; the page "Understanding the Lambda execution environment lifecycle" names no time.
const KEPT: Duration = Duration::from_secs(600);
/// An environment that has been idle for so long may have been frozen for long enough to lose its connections.
const IDLE: Duration = Duration::from_secs(5);
/// What is left of an invocation when the function has answered: its answer is on the way for a moment.
const LAST: Duration = Duration::from_millis(200);
/// An environment that is killed ends at one of so many moments.
const MOMENTS: u32 = 8;

#[derive(Debug)]
pub(super) struct Function {
    settings: Settings,
    /// The one used last is the last.
    idle: RefCell<Vec<Rc<Environment>>>,
    made: Cell<usize>,
}

pub(super) struct Environment {
    forwarder: Forwarder<Port, Secrets, QueuePort>,
    state: Rc<State>,
    used: Cell<Instant>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "environment {}", self.state.id)
    }
}

/// One delivery inside an event.
#[derive(Debug)]
pub(super) struct Item {
    /// The message id of SQS.
    pub(super) id: Option<String>,
    /// What is to be done with it.
    pub(super) units: Vec<Unit>,
}

/// How an invocation ends, as AWS sees it.
#[derive(Debug)]
pub(super) enum End {
    Answered(Value),
    Failed(String),
    Killed,
}

impl Function {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            settings: records::settings(plan),
            idle: RefCell::default(),
            made: Cell::new(0),
        }
    }

    /// All environments end.
    pub(super) fn end(&self) {
        self.idle.borrow_mut().clear();
    }

    fn environment(world: &Rc<World>) -> Rc<Environment> {
        let own = &world.function;
        let mut idle = own.idle.borrow_mut();
        idle.retain(|it| it.used.get().elapsed() < KEPT);
        if let Some(environment) = idle.pop() {
            if environment.used.get().elapsed() > IDLE && world.chance(world.plan.faults.freeze) {
                environment.state.frozen.set(true);
            }
            return environment;
        }
        let id = own.made.get();
        own.made.set(id + 1);
        world.figures.borrow_mut().environments += 1;
        let state = Rc::new(State::new(id));
        let settings = own.settings.clone();
        let webhooks: Webhooks = Webhooks::written(settings.loopback);
        let slack = Port {
            world: Rc::clone(world),
            state: Rc::clone(&state),
        };
        let queue = world.plan.has_queue().then(|| QueuePort {
            world: Rc::clone(world),
            state: Rc::clone(&state),
        });
        let sender = Sender::new(slack, webhooks).with_ledger();
        let forwarder = Forwarder::new(settings, Templates::built_in().unwrap(), sender);
        Rc::new(Environment {
            forwarder: forwarder.with_retry_queue(queue),
            state,
            used: Cell::new(Instant::now()),
        })
    }
}

/// Invokes the function. Says which of the items AWS has to bring again.
pub(super) async fn invoke(world: &Rc<World>, payload: &Value, items: &[Item]) -> (End, Vec<bool>) {
    let environment = Function::environment(world);
    let state = &environment.state;
    world.figures.borrow_mut().invocations += 1;
    world.note("invoke", state.id, items.len());
    let deadline = Instant::now() + world.plan.function_timeout;
    let units: Vec<Unit> = items.iter().flat_map(|item| &item.units).copied().collect();
    for &unit in &units {
        world.tell(unit, format_args!("environment {} gets it", state.id));
    }
    // Half of them in the middle of something, half at any time.
    let kill = world.chance(world.plan.faults.kill);
    let doom = (kill && world.chance(0.5)).then(|| world.rng.borrow_mut().u32(1..=MOMENTS));
    let end = match (kill, doom) {
        (true, None) => Instant::now() + world.within(Duration::from_secs(1)),
        _ => deadline,
    };
    *state.running.borrow_mut() = Running::new(units, deadline, doom);
    let handled = timeout_at(end, environment.forwarder.handle(payload.into(), deadline));
    let end = tokio::select! {
        biased;
        () = state.killed.notified() => End::Killed,
        handled = handled => match handled {
            Ok(Ok(answer)) => End::Answered(serde_json::to_value(answer).unwrap()),
            Ok(Err(error)) => End::Failed(error.to_string()),
            Err(_) => {
                if end == deadline {
                    let about = items.first().and_then(|item| item.units.first());
                    world.violation(about.copied(), "the function has not ended before its deadline");
                }
                End::Killed
            }
        },
    };
    let left = deadline.saturating_duration_since(Instant::now());
    if !matches!(end, End::Killed) && left < LAST {
        let about = items.first().and_then(|item| item.units.first());
        world.violation(
            about.copied(),
            "the function has ended just before its deadline",
        );
    }
    let back = back(world, &end, items);
    settle(world, state, &end, items, &back);
    if matches!(end, End::Killed) {
        world.figures.borrow_mut().kills += 1;
    } else {
        environment.used.set(Instant::now());
        world.function.idle.borrow_mut().push(environment);
    }
    (end, back)
}

/// What AWS brings again (pages "Implementing partial batch responses" and "How Lambda handles errors and retries with
/// asynchronous invocation").
fn back(world: &World, end: &End, items: &[Item]) -> Vec<bool> {
    let End::Answered(answer) = end else {
        return vec![true; items.len()];
    };
    let Some(failures) = answer["batchItemFailures"].as_array() else {
        if items.iter().any(|item| item.id.is_some()) {
            world.violation(None, format_args!("no answer for a queue: {answer}"));
        }
        return vec![false; items.len()];
    };
    let names: Vec<Option<&str>> = failures
        .iter()
        .map(|failure| failure["itemIdentifier"].as_str())
        .collect();
    let known = |name| items.iter().any(|item| item.id.as_deref() == name);
    if !names.iter().copied().all(known) {
        world.violation(None, format_args!("no name of a message: {answer}"));
        return vec![true; items.len()];
    }
    items
        .iter()
        .map(|item| names.contains(&item.id.as_deref()))
        .collect()
}

/// Compares what the function says with what has happened. Copies go in, and copies come out: shown, in the queue, or brought
/// again by AWS. One too few is a loss; one too many needs a reason.
fn settle(world: &World, state: &State, end: &End, items: &[Item], back: &[bool]) {
    let running = state.running.borrow();
    let killed = matches!(end, End::Killed);
    let mut units = running.units.clone();
    units.sort_unstable();
    units.dedup();
    // As often as it has come.
    let handed_over = |unit: Unit| {
        Running::times(&running.handed_over, unit) >= Running::times(&running.units, unit)
    };
    let done = |unit: &Unit| state.knows(*unit) || handed_over(*unit);
    for (item, _) in items.iter().zip(back).filter(|(_, back)| **back) {
        let warranted = killed || !item.units.iter().all(done);
        if !warranted {
            let about = item.units.first().copied();
            world.violation(about, "reported as failed, and nothing of it is left to do");
        }
    }
    for unit in units {
        let returns = items.iter().zip(back).filter(|(_, back)| **back);
        let returned = returns
            .filter(|(item, _)| item.units.contains(&unit))
            .count();
        if returned > 0 {
            world.truth.borrow_mut().forget_wait(unit);
        }
        let shown = Running::times(&running.shown, unit);
        let queued = Running::times(&running.queued, unit);
        let before = Running::times(&running.units, unit);
        let after = shown + queued + returned;
        world.tell(
            unit,
            format_args!(
                "environment {} ends, {}: shown {shown}, in the queue {queued}, again {returned}",
                state.id,
                match end {
                    End::Answered(_) => "answered",
                    End::Failed(_) => "failed",
                    End::Killed => "killed",
                }
            ),
        );
        if queued + returned == 0 && !state.knows(unit) {
            world.violation(Some(unit), "called done, and Slack has not said ok");
        }
        let unacknowledged = shown > Running::times(&running.posted, unit);
        let window = match end {
            _ if after <= before => continue,
            End::Killed => Window::Killed,
            _ if unacknowledged => Window::Ambiguous,
            _ if running.trouble => Window::Queue,
            _ if shown > 0 && returned > 0 => Window::Repeated,
            _ => {
                world.violation(Some(unit), "handed over, and it was posted");
                continue;
            }
        };
        for _ in before..after {
            world.truth.borrow_mut().open(unit, window);
        }
        world.tell(unit, format_args!("window: {window:?}"));
    }
    compare(world, end, items, &running, state);
}

/// The counts that SNS gets.
fn compare(world: &World, end: &End, items: &[Item], running: &Running, state: &State) {
    let End::Answered(answer) = end else {
        return;
    };
    if answer.get("posted").is_none() {
        return;
    }
    let ignored = items.iter().filter(|item| item.units.is_empty()).count();
    let posted = running.units.iter().filter(|it| state.knows(**it)).count();
    let handed_over = running.handed_over.len();
    let expected = serde_json::json!({
        "posted": posted, "handed_over": handed_over, "ignored": ignored,
    });
    if *answer != expected {
        let about = running.units.first().copied();
        world.violation(
            about,
            format_args!("it says {answer}, and it was {expected}"),
        );
    }
}
