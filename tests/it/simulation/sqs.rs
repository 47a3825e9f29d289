//! A standard queue with a dead-letter queue, and the event source mapping that reads it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::function::{Item, invoke};
use super::plan::Plan;
use super::truth::{Sum, Unit, Window};
use super::world::World;

/// A message that is delivered twice comes within this.
const TWICE: Duration = Duration::from_secs(4);

#[derive(Debug)]
pub(super) struct Queue {
    /// By the moment at which they can be received. One that is being worked on is there, too: unless it is deleted, it comes back.
    messages: RefCell<BTreeMap<Key, Rc<Message>>>,
    sent: Cell<u64>,
    changed: Notify,
    visibility: Duration,
    max_receive_count: u32,
    dead: RefCell<Vec<Rc<Message>>>,
    before_redrive: RefCell<Option<Sum>>,
}

/// The number tells messages of the same moment apart.
type Key = (Instant, u64);

#[derive(Debug)]
struct Message {
    id: String,
    body: String,
    units: Vec<Unit>,
    /// In milliseconds since 1970.
    sent: u64,
    received: Cell<u32>,
}

impl Queue {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            messages: RefCell::default(),
            sent: Cell::new(0),
            changed: Notify::new(),
            visibility: plan.visibility(),
            max_receive_count: plan.max_receive_count,
            dead: RefCell::default(),
            before_redrive: RefCell::new(None),
        }
    }

    pub(super) fn send(&self, world: &World, body: String, units: Vec<Unit>, delay: Duration) {
        let number = self.number();
        let message = Rc::new(Message {
            id: format!("a1b2c3d4-0000-4000-8000-{number:012}"),
            body,
            units,
            sent: world.timestamp(),
            received: Cell::new(0),
        });
        self.put(world, Instant::now() + delay, message);
    }

    fn number(&self) -> u64 {
        self.sent.set(self.sent.get() + 1);
        self.sent.get()
    }

    fn put(&self, world: &World, at: Instant, message: Rc<Message>) {
        world.begin(1);
        let number = self.number();
        self.messages.borrow_mut().insert((at, number), message);
        self.changed.notify_waiters();
    }

    /// Up to so many that can be received now. Each stays invisible for a while, and comes back when it is not deleted.
    fn receive(&self, world: &World, most: usize) -> Vec<(Key, Rc<Message>)> {
        let now = Instant::now();
        let mut received = Vec::new();
        while received.len() < most {
            let mut messages = self.messages.borrow_mut();
            let Some(first) = messages.first_entry().filter(|first| first.key().0 <= now) else {
                break;
            };
            let message = first.remove();
            if message.received.get() >= self.max_receive_count {
                drop(messages);
                self.bury(world, message);
                continue;
            }
            message.received.set(message.received.get() + 1);
            let key = (now + self.visibility, self.number());
            messages.insert(key, Rc::clone(&message));
            drop(messages);
            if world.chance(world.plan.faults.duplicate) {
                for &unit in &message.units {
                    world.truth.borrow_mut().open(unit, Window::Duplicate);
                    world.tell(unit, "SQS will deliver it twice");
                }
                self.put(world, now + world.within(TWICE), Rc::clone(&message));
            }
            received.push((key, message));
        }
        received
    }

    fn delete(&self, world: &World, key: Key) {
        self.messages.borrow_mut().remove(&key);
        world.end();
    }

    fn bury(&self, world: &World, message: Rc<Message>) {
        world.truth.borrow_mut().bury(&message.units);
        for &unit in &message.units {
            world.tell(unit, "moved to the dead-letter queue");
        }
        world.note("bury", message.units.first().copied().unwrap_or(0), 0);
        self.dead.borrow_mut().push(message);
        world.end();
    }

    /// Moves everything out of the dead-letter queue: new messages with the old bodies.
    pub(super) fn redrive(&self, world: &World) -> u64 {
        *self.before_redrive.borrow_mut() = Some(world.truth.borrow().sum());
        let dead = self.dead.take();
        for message in &dead {
            world.truth.borrow_mut().redrive(&message.units);
            for &unit in &message.units {
                world.tell(unit, "redriven");
            }
            let (body, units) = (message.body.clone(), message.units.clone());
            self.send(world, body, units, Duration::ZERO);
        }
        u64::try_from(dead.len()).unwrap()
    }

    /// What had become of all records when the dead-letter queue was moved.
    pub(super) fn before_redrive(&self) -> Option<Sum> {
        *self.before_redrive.borrow()
    }

    /// Until there may be something to receive.
    async fn wait(&self, until: Option<Instant>) {
        let next = self.messages.borrow().keys().next().map(|key| key.0);
        let changed = self.changed.notified();
        match next.into_iter().chain(until).min() {
            Some(moment) => {
                let _ = timeout_at(moment, changed).await;
            }
            None => changed.await,
        }
    }

    /// A batch, as the event source mapping gathers it.
    async fn batch(&self, world: &World) -> Vec<(Key, Rc<Message>)> {
        let (size, window) = (world.plan.batch_size, world.plan.batch_window);
        let mut batch = self.receive(world, size);
        while batch.is_empty() {
            self.wait(None).await;
            batch = self.receive(world, size);
        }
        let until = Instant::now() + window;
        while batch.len() < size && Instant::now() < until {
            self.wait(Some(until)).await;
            batch.extend(self.receive(world, size - batch.len()));
        }
        batch
    }
}

/// One of the pollers of the event source mapping; `maximum_concurrency` is their number.
pub(super) async fn poll(world: Rc<World>) {
    let queue = &world.queue;
    loop {
        let batch = queue.batch(&world).await;
        let items: Vec<Item> = batch.iter().map(|(_, it)| it.item()).collect();
        let records: Vec<Value> = batch.iter().map(|(_, it)| it.record()).collect();
        let (_, back) = invoke(&world, &json!({"Records": records}), &items).await;
        for ((key, _), back) in batch.iter().zip(back) {
            if !back {
                queue.delete(&world, *key);
            }
        }
    }
}

impl Message {
    fn item(&self) -> Item {
        Item {
            id: Some(self.id.clone()),
            units: self.units.clone(),
        }
    }

    /// As the function gets it (page "Using Lambda with Amazon SQS").
    fn record(&self) -> Value {
        json!({
            "messageId": self.id,
            "receiptHandle": "EXAMPLE-NOT-A-RECEIPT-HANDLE",
            "body": self.body,
            "attributes": {
                "ApproximateReceiveCount": self.received.get().to_string(),
                "SentTimestamp": self.sent.to_string(),
                "SenderId": "AROAEXAMPLE:forwarder",
                "ApproximateFirstReceiveTimestamp": self.sent.to_string(),
            },
            "messageAttributes": {},
            "md5OfBody": "00000000000000000000000000000000",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:retry",
            "awsRegion": "eu-central-1",
        })
    }
}
