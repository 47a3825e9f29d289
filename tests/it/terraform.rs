//! The Terraform module, applied to moto, and the built function in what it has made.
//!
//! Terraform and its provider are real. moto runs no functions: here stands what AWS does between a queue or a topic and a
//! function, with the environment that the module has given to it.

mod root;

use std::env;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use self::root::Root;
use crate::command_line::{redrive::redrive, run};
use crate::queues::mapping::{hand_over, hand_over_these};
use crate::queues::{self, nothing_failed};
use crate::support::fake_slack::FakeSlack;
use crate::support::forwarder::{Forwarder, Setup};
use crate::support::moto::{Moto, Queue, REGION};

/// A body as AWS sends it.
fn alarm() -> String {
    let event = crate::support::events::case("cloudwatch_alarm-alb-4xx");
    event["Records"][0]["Sns"]["Message"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// The zip of the function, where one was built: as a package, moto and Terraform take any file.
fn package() -> String {
    env::var("FORWARDER_ZIP").unwrap_or_else(|_| "versions.tf".to_owned())
}

/// A process of the function, with what AWS would set besides the module, and with the templates of its layer.
fn started(moto: &Moto, function: &Value, templates: Option<&str>) -> Forwarder {
    let mut setup = Setup::empty()
        .calling(&moto.url())
        .with("ALLOW_LOOPBACK_WEBHOOK", "1");
    for (name, value) in function["Environment"]["Variables"].as_object().unwrap() {
        setup = setup.with(name, value.as_str().unwrap());
    }
    if let Some(templates) = templates {
        setup = setup.with("TEMPLATES_DIR", templates);
    }
    setup.start()
}

/// The retry queue of a function, and the dead-letter queue of that.
fn both_queues<'m>(moto: &'m Moto, function: &Value) -> (Queue<'m>, Queue<'m>) {
    let retry = moto.queue(
        function["Environment"]["Variables"]["RETRY_QUEUE_URL"]
            .as_str()
            .unwrap(),
    );
    let policy: Value = serde_json::from_str(&retry.attribute("RedrivePolicy")).unwrap();
    let arn = policy["deadLetterTargetArn"].as_str().unwrap();
    let (start, _) = retry.url.rsplit_once('/').unwrap();
    let dead = moto.queue(&format!("{start}/{}", arn.rsplit(':').next().unwrap()));
    assert_eq!(dead.arn, arn);
    (retry, dead)
}

/// As SNS hands it to a function (page "Using AWS Lambda with Amazon SNS"), which is not quite as it hands it to a queue.
fn as_sns_invokes(envelope: &str) -> Value {
    let mut sns: Value = serde_json::from_str(envelope).unwrap();
    for (queue, function) in [
        ("SigningCertURL", "SigningCertUrl"),
        ("UnsubscribeURL", "UnsubscribeUrl"),
    ] {
        sns[function] = sns.as_object_mut().unwrap().remove(queue).unwrap();
    }
    json!({"Records": [{
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": format!("{}:00000000-0000-0000-0000-000000000000", sns["TopicArn"].as_str().unwrap()),
        "Sns": sns,
    }]})
}

fn empty() -> [String; 3] {
    ["0", "0", "0"].map(str::to_owned)
}

#[test]
#[ignore = "needs moto and terraform"]
fn minimal_is_applied_to_moto_by_terraform_and_posts_what_is_published() {
    let (moto, slack) = (Moto::start_for_terraform(), FakeSlack::start());
    let root = Root::new("minimal", &moto)
        .with("package_path", &package())
        .with("webhook_url", &slack.webhook());
    root.apply();
    root.rests();

    let topic = root.output("topic_arn");
    let function = moto.function(root.output("function_name").as_str().unwrap());
    let topic = topic.as_str().unwrap();
    let arn = function["FunctionArn"].as_str().unwrap().to_owned();
    assert_eq!(moto.subscriptions(topic), [("lambda".to_owned(), arn)]);

    // What SNS would invoke the function with.
    let beside = moto.create_queue("beside", 30);
    moto.subscribe(topic, &beside);
    moto.publish(topic, &alarm());
    let [message] = beside.receive(20).try_into().unwrap();
    let event = as_sns_invokes(message["Body"].as_str().unwrap());
    let mut forwarder = started(&moto, &function, None);
    assert_eq!(
        forwarder.invoke(&event).response(),
        json!({"posted": 1, "handed_over": 0, "ignored": 0})
    );
    let [posted] = slack.take_channel().try_into().unwrap();
    assert!(
        posted["text"].as_str().unwrap().contains("ALARM"),
        "{posted}"
    );

    // Slack is down: the queue that the module has made takes it, and gives it back.
    let (retry, dead) = both_queues(&moto, &function);
    down(&slack);
    assert_eq!(
        forwarder.invoke(&event).response(),
        json!({"posted": 0, "handed_over": 1, "ignored": 0})
    );
    assert_eq!(
        hand_over(&retry, &mut forwarder).response(),
        nothing_failed()
    );
    assert_eq!(
        (slack.channel().len(), retry.counts(), dead.counts()),
        (1, empty(), empty())
    );

    root.destroy();
}

#[test]
#[ignore = "needs moto and terraform"]
fn complete_is_applied_to_moto_by_terraform_and_brings_everything_to_slack() {
    let (moto, slack) = (Moto::start_for_terraform(), FakeSlack::start());
    let webhooks = json!({"alerts": slack.webhook(), "deploys": slack.webhook()});
    let layer = tempfile::tempdir().unwrap();
    let zip = layer.path().join("layer.zip");
    let templates = "terraform/examples/complete/templates";
    let bundled = run(&[
        "bundle",
        "--templates",
        templates,
        "-o",
        zip.to_str().unwrap(),
    ]);
    assert_eq!(bundled.code, 0, "{bundled:?}");
    let root = Root::new("complete", &moto)
        .with("package_path", &package())
        .with("layer_path", zip.to_str().unwrap())
        .with("webhook_urls", &webhooks.to_string())
        .with("operators_email", "operators@example.org");
    root.apply();
    root.rests();

    let topics = root.output("topic_arns");
    let topic = topics["home"]["alarms"].as_str().unwrap();
    let log_group = root.output("log_group_name");
    let name = log_group.as_str().unwrap().rsplit('/').next().unwrap();
    let function = moto.function(name);
    let (retry, dead) = both_queues(&moto, &function);
    assert_eq!(
        moto.subscriptions(topic),
        [("sqs".to_owned(), retry.arn.clone())]
    );
    let mapping = moto.event_source_mapping(function["FunctionArn"].as_str().unwrap());
    assert_eq!(mapping["EventSourceArn"], retry.arn.as_str());
    assert_eq!(
        mapping["FunctionResponseTypes"],
        json!(["ReportBatchItemFailures"])
    );

    // From the topic through the subscription and the queue to Slack.
    let mut forwarder = started(&moto, &function, Some(templates));
    moto.publish(topic, &alarm());
    assert_eq!(
        hand_over(&retry, &mut forwarder).response(),
        nothing_failed()
    );
    let [posted] = slack.take_channel().try_into().unwrap();
    assert!(
        posted["text"].as_str().unwrap().contains("ALARM"),
        "{posted}"
    );
    assert_eq!(retry.counts(), empty());

    // Slack stays down until the dead-letter queue has it.
    down(&slack);
    moto.publish(topic, &alarm());
    assert_eq!(
        hand_over(&retry, &mut forwarder).response(),
        nothing_failed()
    );
    a_day_later(&retry);
    loop {
        let messages = retry.receive(1);
        if messages.is_empty() {
            break;
        }
        down(&slack);
        hand_over_these(&messages, &retry, &mut forwarder, |message| {
            retry.give_back(message);
        });
    }
    assert_eq!(dead.counts(), ["1", "0", "0"]);
    assert!(slack.channel().is_empty());
    assert_eq!(retry.counts(), empty());

    // And back, by the command that the module says.
    let command = root.output("redrive_commands");
    let words: Vec<&str> = command["home"].as_str().unwrap().split(' ').collect();
    let [region, "sns-to-slack", "redrive", queue] = words[..] else {
        panic!("{command}");
    };
    assert_eq!(region, format!("AWS_REGION={REGION}"));
    assert_eq!(queue, dead.url);
    let moved = redrive(&moto.url(), &[queue]);
    assert_eq!(moved.code, 0, "{moved:?}");
    assert_eq!(
        hand_over(&retry, &mut forwarder).response(),
        nothing_failed()
    );
    assert_eq!(
        (slack.channel().len(), retry.counts(), dead.counts()),
        (1, empty(), empty())
    );

    root.destroy();
}

/// For all that one invocation tries.
fn down(slack: &FakeSlack) {
    for _ in 0..3 {
        slack.next(queues::down());
    }
}

/// What waits has waited for longer than the retry horizon, and is due.
fn a_day_later(retry: &Queue<'_>) {
    let [message] = retry.receive(20).try_into().unwrap();
    let mut residual: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
    let then = SystemTime::now() - Duration::from_secs(25 * 3600);
    residual["SnsToSlack"]["first_seen"] = DateTime::<Utc>::from(then).to_rfc3339().into();
    residual["SnsToSlack"]["not_before"] = Value::Null;
    retry.delete(&message);
    retry.send(&residual.to_string());
}
