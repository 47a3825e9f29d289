//! Lambda's own queue between SNS and the function (page "How Lambda handles errors and retries with asynchronous invocation").

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use super::function::{End, Item, invoke};
use super::plan::Mode;
use super::records::Published;
use super::truth::Window;
use super::world::World;

/// Between the tries.
const PAUSES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];
/// A throttled event comes back after one second, and later and later up to five minutes.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const MAXIMUM_AGE: Duration = Duration::from_secs(6 * 3_600);

/// SNS hands an event over.
pub(super) fn accept(world: &Rc<World>, published: Published) {
    if world.chance(world.plan.faults.duplicate) {
        let mut truth = world.truth.borrow_mut();
        for &unit in &published.units {
            truth.open(unit, Window::Duplicate);
            world.tell(unit, "AWS will deliver it twice");
        }
        drop(truth);
        let longest = if world.chance(0.5) { 1 } else { 90 };
        let pause = world.within(Duration::from_secs(longest));
        start(world, published.clone(), pause);
    }
    start(world, published, Duration::ZERO);
}

fn start(world: &Rc<World>, published: Published, pause: Duration) {
    world.begin(1);
    let world = Rc::clone(world);
    spawn_local(async move {
        sleep(pause).await;
        deliver(&world, &published).await;
        world.end();
    });
}

async fn deliver(world: &Rc<World>, published: &Published) {
    let accepted = Instant::now();
    let item = [Item {
        id: None,
        units: published.units.clone(),
    }];
    let mut throttled = Duration::from_secs(1);
    let mut tries = 0;
    let (error, condition) = loop {
        while world.chance(world.plan.faults.throttle) {
            sleep(throttled).await;
            throttled = (throttled * 2).min(LONGEST_PAUSE);
        }
        let event = world.shapes.event(published);
        let (end, back) = invoke(world, &event, &item).await;
        if back == [false] {
            return;
        }
        tries += 1;
        let error = match end {
            End::Failed(error) => error,
            End::Answered(_) | End::Killed => {
                "Runtime exited with error: signal: killed".to_owned()
            }
        };
        let Some(pause) = PAUSES.get(tries - 1) else {
            break (error, "RetriesExhausted");
        };
        sleep(*pause + world.within(Duration::from_secs(10))).await;
        if accepted.elapsed() > MAXIMUM_AGE {
            break (error, "EventAgeExceeded");
        }
    };
    for &unit in &published.units {
        world.tell(unit, "Lambda gives it up");
    }
    world.note("give up", published.number, tries);
    match world.plan.mode {
        Mode::RetryQueue => {
            let record = failed(&world.shapes.event(published), &error, condition, tries);
            let units = published.units.clone();
            world
                .queue
                .send(world, record.to_string(), units, Duration::ZERO);
        }
        Mode::Direct | Mode::Buffered => world.truth.borrow_mut().bury(&published.units),
    }
}

/// What an on-failure destination gets (page "Capturing records of Lambda asynchronous invocations").
fn failed(event: &Value, error: &str, condition: &str, tries: usize) -> Value {
    json!({
        "version": "1.0",
        "timestamp": "2026-05-17T10:03:00.000Z",
        "requestContext": {
            "requestId": "e4b46cbf-b738-4880-8a18-cdf61200983e",
            "functionArn": "arn:aws:lambda:eu-central-1:123456789012:function:forwarder:$LATEST",
            "condition": condition,
            "approximateInvokeCount": tries,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorMessage": error, "errorType": "NotPosted"},
    })
}
