//! A metric that is too high, in LocalStack, whose alarms do publish: the whole way from the metric to Slack.

use std::env;
use std::time::Instant;

use serde_json::json;

use crate::queues::{function, mapping::hand_over, nothing_failed};
use crate::support::fake_slack::FakeSlack;
use crate::support::moto::Moto;

/// It evaluates alarms every ten seconds at best.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);

#[test]
#[ignore = "needs localstack"]
fn a_metric_that_is_too_high_in_localstack_is_a_message_in_slack() {
    let address =
        env::var("LOCALSTACK").expect("LOCALSTACK is the address of one: see tests/localstack");
    let (aws, slack) = (Moto::at(&address), FakeSlack::start());
    let queue = aws.create_queue("slack-retry", 30);
    let topic = aws.create_topic("greenhouse", &queue);
    aws.create_alarm("greenhouse-too-hot", 30, &topic);
    let mut forwarder = function(&aws, &queue, &[("ops", &slack)]);

    let start = Instant::now();
    while queue.counts()[0] == "0" {
        assert!(start.elapsed() < PATIENCE, "the alarm publishes nothing");
        // Waits for a message, and leaves it there for the function.
        aws.measure(38);
        for message in queue.receive(10) {
            queue.give_back(&message);
        }
    }
    let answer = hand_over(&queue, &mut forwarder).response();
    assert_eq!(answer, nothing_failed());
    let [message] = slack.channel().try_into().unwrap();
    let text = message["text"].as_str().unwrap();
    assert!(
        text.contains("ALARM") && text.contains("greenhouse-too-hot"),
        "{message}"
    );
    let [outcome] = forwarder.finish().outcomes.try_into().unwrap();
    assert_eq!(
        (&outcome["kind"], &outcome["outcome"]),
        (&json!("cloudwatch_alarm"), &json!("posted"))
    );
}
