//! SQS moves the messages itself (pages "StartMessageMoveTask" and "ListMessageMoveTasks").

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::Verdict;
use super::list::s;
use super::progress::Progress;
use super::queue::{Queue, Service, without_nulls};
use super::trouble;
use crate::aws::sqs::SqsError;
use crate::loose::Loose;

/// Before the first look at what has become of it; then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// So often in a row there may be no answer, or none about this move.
const PATIENCE: u32 = 10;

/// How it went.
#[derive(Debug)]
pub(super) enum End {
    /// SQS has tried.
    Moved(Verdict),
    /// SQS does not move messages out of this queue, for this reason.
    Unavailable(String),
}

/// A move as SQS tells about it (page "ListMessageMoveTasksResultEntry").
#[derive(Debug, Clone, PartialEq, Eq)]
struct Task {
    status: String,
    moved: u64,
    total: Option<u64>,
    failure: Option<String>,
    destination: Option<String>,
    started: Option<u64>,
}

impl Task {
    fn read(task: &Value) -> Self {
        Self {
            status: task.text("Status").unwrap_or_default(),
            moved: task
                .count("ApproximateNumberOfMessagesMoved")
                .unwrap_or_default(),
            total: task.count("ApproximateNumberOfMessagesToMove"),
            failure: task.text("FailureReason").map(|reason| {
                let shown = reason.chars().filter(|c| !c.is_control());
                shown.take(200).collect()
            }),
            destination: task.text("DestinationArn"),
            started: task.count("StartedTimestamp"),
        }
    }

    fn is_active(&self) -> bool {
        matches!(self.status.as_str(), "RUNNING" | "CANCELLING")
    }
}

/// Starts a move, or finds the one that is on its way, and waits for its end.
pub(super) async fn run(
    service: &Service,
    queue: &Queue,
    to: Option<&Queue>,
    per_second: Option<u32>,
) -> Result<End, String> {
    let before = match latest(service, queue).await {
        Ok(before) => before,
        Err(error) => return unavailable(&error, "ListMessageMoveTasks", queue),
    };
    let going_on = before.as_ref().filter(|task| task.is_active());
    let old = if let Some(task) = going_on {
        if let Some(to) = to.filter(|to| task.destination.as_ref() != Some(&to.arn)) {
            return Err(format!(
                "messages of {} are just being moved to another place than {}\n  wait for the end of that, or cancel it in the console of SQS; then try again",
                queue.name(),
                to.name()
            ));
        }
        anstream::eprintln!(
            "a move of the messages of {} has been started before; this waits for its end",
            queue.name()
        );
        None
    } else {
        let body = without_nulls(json!({
            "SourceArn": queue.arn,
            "DestinationArn": to.map(|to| &to.arn),
            "MaxNumberOfMessagesPerSecond": per_second,
        }));
        let operation = "StartMessageMoveTask";
        let started = service.plain(&queue.url, operation, &body).await;
        if let Err(error) = started {
            return unavailable(&error, operation, queue);
        }
        anstream::eprintln!(
            "SQS moves the messages of {} to {}, and goes on when this command is interrupted",
            queue.name(),
            place(to)
        );
        before
    };
    let task = follow(service, queue, old.as_ref()).await?;
    Ok(End::Moved(tell(service, queue, to, &task).await))
}

fn unavailable(error: &SqsError, operation: &str, queue: &Queue) -> Result<End, String> {
    match trouble::cannot_move(error) {
        Some(why) => Ok(End::Unavailable(why)),
        None => Err(trouble::sentence(error, operation, queue.name())),
    }
}

fn place(to: Option<&Queue>) -> &str {
    to.map_or("where they came from", Queue::name)
}

/// The last move that was started; `None` when there was none.
async fn latest(service: &Service, queue: &Queue) -> Result<Option<Task>, SqsError> {
    let body = json!({"SourceArn": queue.arn, "MaxResults": 1});
    let answer = service
        .plain(&queue.url, "ListMessageMoveTasks", &body)
        .await?;
    Ok(answer.list("Results").first().map(Task::read))
}

/// Waits until the move has ended. `old` is one that was there before it, and may still be the last that SQS knows of.
async fn follow(service: &Service, queue: &Queue, old: Option<&Task>) -> Result<Task, String> {
    let mut progress = Progress::new(queue.visible);
    let mut pause = FIRST_PAUSE;
    let mut failures = 0;
    loop {
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        let why = match latest(service, queue).await {
            Ok(Some(task)) if old.is_none_or(|old| old.started != task.started) => {
                progress.moved(task.moved, task.total);
                if !task.is_active() {
                    return Ok(task);
                }
                failures = 0;
                continue;
            }
            Ok(_) => "SQS does not tell about the move that it has started".to_owned(),
            Err(error) => trouble::sentence(&error, "ListMessageMoveTasks", queue.name()),
        };
        failures += 1;
        if failures >= PATIENCE {
            return Err(format!(
                "{why}\n  the move goes on without this command, which can be given again to wait for its end"
            ));
        }
    }
}

async fn tell(service: &Service, queue: &Queue, to: Option<&Queue>, task: &Task) -> Verdict {
    let (moved, name) = (task.moved, queue.name());
    let done = format!(
        "moved about {moved} message{} from {name} to {}",
        s(moved),
        place(to)
    );
    if task.status == "COMPLETED" {
        anstream::println!("{done}");
        return Verdict::Fine;
    }
    let why = match (&task.failure, task.status.as_str()) {
        (Some(reason), _) => reason.clone(),
        (None, "CANCELLED") => "somebody has cancelled it".to_owned(),
        (None, status) => format!("its status is {}", status.to_ascii_lowercase()),
    };
    let left = task
        .total
        .map(|total| total.saturating_sub(moved))
        .filter(|left| *left > 0)
        .map(|left| format!(", {left} not moved"))
        .unwrap_or_default();
    anstream::println!("{done}{left}: {why}");
    anstream::println!("  {}", hint(service, queue, &why).await);
    Verdict::Failed
}

async fn hint(service: &Service, queue: &Queue, why: &str) -> String {
    if why.contains("CouldNotDetermineMessageSource") {
        // Only what a redrive policy has brought says where it comes from.
        let sources = service.sources(queue).await.unwrap_or_default();
        let to = match sources.as_slice() {
            [source] => source.name(),
            _ => "QUEUE",
        };
        return format!(
            "what Lambda, SNS or a person has put there has no queue to go back to: move it with --to {to}"
        );
    }
    if why.contains("AccessDenied") {
        return format!(
            "allow the owner of AWS_ACCESS_KEY_ID sqs:ReceiveMessage and sqs:DeleteMessage on {}, sqs:SendMessage on the queue that gets \
             the messages, and kms:Decrypt and kms:GenerateDataKey for their keys",
            queue.name()
        );
    }
    "--list shows what is still there; the same command moves it".to_owned()
}
