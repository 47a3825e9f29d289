//! `redrive`: what is in a dead-letter queue, and the way back.

mod by_hand;
mod list;
mod message;
mod progress;
mod queue;
mod task;
mod trouble;

use std::env;
use std::time::Duration;

use clap::Args;

use self::queue::{Queue, Service};
use super::{Verdict, warn};
use crate::aws;
use crate::aws::sqs::QueueUrl;
use crate::slack::webhook::Client;

/// Longer than the longest request, which waits for messages.
const TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The dead-letter queue: its URL, its ARN or its name
    #[arg(value_name = "QUEUE")]
    queue: String,
    /// Move the messages to this queue; without it each goes back to the queue that it came from
    #[arg(long, value_name = "QUEUE")]
    to: Option<String>,
    /// Show what is inside, and move nothing
    #[arg(long, conflicts_with = "per_second")]
    list: bool,
    /// Move so many messages a second at most; without it SQS decides
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    per_second: Option<u32>,
}

pub(super) async fn run(options: &Options) -> Result<Verdict, String> {
    let client = Client::with(TIMEOUT, None)?;
    let aws = aws::Client::from_environment(&client, |name| env::var(name).ok());
    let service = Service::new(aws);
    let queue = service.find(&options.queue).await?;
    let to = match &options.to {
        Some(name) => Some(service.find(name).await?),
        None => None,
    };
    if to.as_ref().is_some_and(|to| to.arn == queue.arn) {
        return Err(format!(
            "--to: {} is the queue whose messages are to be moved\n  name the queue that they shall come to",
            queue.name()
        ));
    }
    if options.list {
        return list::run(&service, &queue, to.as_ref(), options).await;
    }
    let per_second = options.per_second;
    match task::run(&service, &queue, to.as_ref(), per_second).await? {
        task::End::Moved(verdict) => Ok(verdict),
        task::End::Unavailable(why) => {
            let to = match to {
                Some(to) => to,
                None => only_source(&service, &queue).await?,
            };
            warn(&format!(
                "SQS does not move them itself ({why}), so each is received here, sent to {} and then deleted",
                to.name()
            ));
            by_hand::run(&service, &queue, &to, per_second).await
        }
    }
}

/// The queue whose dead letters these are.
async fn only_source(service: &Service, queue: &Queue) -> Result<Queue, String> {
    let sources = service.sources(queue).await?;
    match sources.as_slice() {
        [source] => service.look_at(source.clone()).await,
        [] => Err(format!(
            "{} is not the dead-letter queue of any queue, so its messages have nowhere to go back to\n  say where they shall go with --to QUEUE; the function reads the queue that RETRY_QUEUE_URL names",
            queue.name()
        )),
        several => {
            let names: Vec<&str> = several.iter().map(QueueUrl::name).collect();
            Err(format!(
                "{} is the dead-letter queue of several queues: {}\n  say which of them its messages shall go to with --to QUEUE",
                queue.name(),
                names.join(", ")
            ))
        }
    }
}
