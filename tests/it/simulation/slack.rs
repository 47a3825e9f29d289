//! Slack: takes so many messages a second, answers as the plan says, and remembers what it shows.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use sns_to_slack::slack::webhook::{Answer, Fault, Loopback, Post, WebhookUrl};
use tokio::time::{Instant, sleep, sleep_until};

use super::environment::State;
use super::plan::{Down, Plan};
use super::records::{self, RECEIVERS};
use super::truth::{Unit, unit};
use super::world::World;

/// The client gives up after this (`[delivery] timeout_seconds`).
const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Slack {
    urls: Vec<WebhookUrl>,
    buckets: RefCell<Vec<Bucket>>,
}

/// One token a second.
#[derive(Debug, Clone)]
struct Bucket {
    tokens: f64,
    most: f64,
    filled: Instant,
}

struct Reaction {
    /// How long it takes; `None` for ever.
    time: Option<Duration>,
    shown: bool,
    answer: Answer,
}

/// The way of one environment to Slack.
pub(super) struct Port {
    pub(super) world: Rc<World>,
    pub(super) state: Rc<State>,
}

impl Slack {
    pub(super) fn new(plan: &Plan) -> Self {
        let url = |name: &&str| WebhookUrl::parse(&records::webhook(name), Loopback::Allowed);
        let bucket = Bucket {
            tokens: f64::from(plan.bucket),
            most: f64::from(plan.bucket),
            filled: Instant::now(),
        };
        Self {
            urls: RECEIVERS.iter().map(|name| url(name).unwrap()).collect(),
            buckets: RefCell::new(vec![bucket; RECEIVERS.len()]),
        }
    }

    fn receiver(&self, url: &WebhookUrl) -> usize {
        self.urls.iter().position(|own| own == url).unwrap()
    }
}

impl Bucket {
    /// The error is how long to wait.
    fn take(&mut self) -> Result<(), Duration> {
        let now = Instant::now();
        let new = now.duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + new).min(self.most);
        self.filled = now;
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64(1.0 - self.tokens));
        }
        self.tokens -= 1.0;
        Ok(())
    }
}

impl Post for Port {
    async fn post(&self, url: &WebhookUrl, body: String, timeout: Duration) -> Answer {
        let (world, state) = (&*self.world, &*self.state);
        let receiver = world.slack.receiver(url);
        let units: Vec<Unit> = records::named(&body)
            .into_iter()
            .map(|record| unit(record, receiver))
            .collect();
        if units.is_empty() {
            world.violation(None, "a message names no record");
        }
        state.request(world, receiver, &units, timeout);
        state.moment().await;
        let timeout = timeout.min(CLIENT_TIMEOUT);
        let reaction = react(world, state, receiver);
        let (time, answer) = match reaction.time {
            Some(time) if time <= timeout => (time, reaction.answer),
            _ => (timeout, Answer::Unanswered(Fault::Timeout)),
        };
        let end = Instant::now() + time;
        sleep(time / 2).await;
        if reaction.shown {
            state.shown(world, &units);
        }
        sleep_until(end).await;
        state.moment().await;
        state.answered(world, receiver, &units, &answer);
        answer
    }
}

fn answered(status: u16, body: Option<&str>, retry_after: Option<Duration>) -> Answer {
    Answer::Answered {
        status,
        body: body.map(str::to_owned),
        retry_after,
    }
}

fn react(world: &World, state: &State, receiver: usize) -> Reaction {
    let time = world.within(Duration::from_millis(260)) + Duration::from_millis(40);
    let quick = |answer| Reaction {
        time: Some(time),
        shown: false,
        answer,
    };
    if let Some(how) = outage(world, receiver) {
        return down(world, how, time);
    }
    let faults = &world.plan.faults;
    if state.frozen.take() {
        return Reaction {
            shown: world.chance(0.5),
            ..quick(Answer::Unanswered(Fault::Reset))
        };
    }
    if world.chance(faults.connect) {
        return quick(Answer::Unanswered(Fault::Connect));
    }
    if world.chance(faults.rate_limited) {
        return quick(answered(429, Some("rate_limited"), asked_wait(world)));
    }
    if world.chance(faults.server_error) {
        let wait = world.chance(0.2).then(|| Duration::from_secs(2));
        return quick(answered(503, Some("<html>"), wait));
    }
    if world.chance(faults.reset) {
        return Reaction {
            shown: world.chance(0.5),
            ..quick(Answer::Unanswered(Fault::Reset))
        };
    }
    if world.chance(faults.timeout) {
        return Reaction {
            time: None,
            shown: world.chance(0.5),
            answer: Answer::Unanswered(Fault::Timeout),
        };
    }
    if let Err(wait) = world.slack.buckets.borrow_mut()[receiver].take() {
        // In whole seconds.
        let wait = Duration::from_secs(wait.as_secs() + 1);
        return quick(answered(429, Some("rate_limited"), Some(wait)));
    }
    let body = if world.chance(faults.unreadable) {
        None
    } else {
        Some("ok")
    };
    Reaction {
        shown: true,
        ..quick(answered(200, body, None))
    }
}

/// Mostly seconds, sometimes no word of it, sometimes longer than a queue delays.
fn asked_wait(world: &World) -> Option<Duration> {
    let mut rng = world.rng.borrow_mut();
    let seconds = match rng.u32(..1_000) {
        0..100 => return None,
        100..800 => rng.u64(1..=5),
        800..996 => rng.u64(5..=60),
        996..999 => rng.u64(60..=900),
        _ => rng.u64(900..=3_600),
    };
    Some(Duration::from_secs(seconds))
}

fn outage(world: &World, receiver: usize) -> Option<Down> {
    if let Some(since) = world.calm() {
        return (since < world.plan.down_after_redrive).then_some(Down::ServerError);
    }
    let now = world.elapsed();
    let mut outages = world.plan.outages.iter();
    let outage = outages.find(|it| {
        it.receiver.is_none_or(|own| own == receiver) && it.from <= now && now < it.until
    });
    outage.map(|it| it.how)
}

fn down(world: &World, how: Down, time: Duration) -> Reaction {
    let how = match how {
        Down::Anyhow => match world.rng.borrow_mut().u32(..10) {
            0..6 => Down::ServerError,
            6..9 => Down::Connect,
            _ => Down::Timeout,
        },
        how => how,
    };
    let (time, answer) = match how {
        Down::ServerError | Down::Anyhow => (Some(time), answered(503, Some("<html>"), None)),
        Down::Connect => (Some(time), Answer::Unanswered(Fault::Connect)),
        Down::Timeout => (None, Answer::Unanswered(Fault::Timeout)),
    };
    Reaction {
        time,
        shown: false,
        answer,
    }
}
