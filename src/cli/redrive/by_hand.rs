//! Moves messages where SQS does not do it: receive, send, delete.
//!
//! A message is deleted only after the other queue has said that it has it. Whatever is interrupted in between is in both
//! queues and comes back by itself; it is never in none.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::Verdict;
use super::list::s;
use super::message::sent;
use super::progress::Progress;
use super::queue::{Queue, Service, without_nulls};
use crate::aws::sqs::batches;
use crate::loose::Loose;

/// For so long nobody else receives a message that is being moved, in seconds.
const HIDDEN: u32 = 120;
/// How often a message is deleted that has been sent.
const TRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// What has become of messages.
#[derive(Debug, Default)]
struct Tally {
    /// In the other queue, and not here any more.
    moved: u64,
    /// In the other queue, and perhaps here too.
    in_both: u64,
    /// Here, because the other queue did not take them; by AWS's word for the reason.
    refused: BTreeMap<String, u64>,
    /// Here, because they came after the start.
    later: u64,
    /// Sent, by their ids: SQS may hand out a message again that has been deleted.
    sent: HashSet<String>,
    /// To be received by others again.
    kept: Vec<String>,
}

pub(super) async fn run(
    service: &Service,
    queue: &Queue,
    to: &Queue,
    per_second: Option<u32>,
) -> Result<Verdict, String> {
    let mut tally = Tally::default();
    let result = tally.all(service, queue, to, per_second).await;
    service
        .give_back(&queue.url, std::mem::take(&mut tally.kept))
        .await;
    if let (Err(error), 0, 0) = (&result, tally.moved, tally.in_both) {
        return Err(error.clone());
    }
    Ok(tally.tell(queue, to, result.err().as_deref()))
}

impl Tally {
    async fn all(
        &mut self,
        service: &Service,
        queue: &Queue,
        to: &Queue,
        per_second: Option<u32>,
    ) -> Result<(), String> {
        let mut progress = Progress::new(queue.visible);
        let start = SystemTime::now();
        loop {
            let messages = service.receive(&queue.url, HIDDEN).await?;
            if messages.is_empty() {
                return Ok(());
            }
            let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
            let (old, new): (Vec<Value>, Vec<Value>) = messages
                .into_iter()
                .partition(|message| sent(message).is_none_or(|sent| sent <= start));
            // What fails again at once would otherwise go round and round.
            self.later += u64::try_from(new.len()).unwrap_or_default();
            self.kept.extend(new.iter().filter_map(handle));
            for batch in batches(old, |message| message.to_string().len()) {
                self.batch(service, queue, to, batch).await?;
            }
            progress.moved(self.moved + self.in_both, None);
            if let Some(per_second) = per_second {
                sleep(Duration::from_secs(1) * count / per_second).await;
            }
        }
    }

    async fn batch(
        &mut self,
        service: &Service,
        queue: &Queue,
        to: &Queue,
        batch: Vec<Value>,
    ) -> Result<(), String> {
        let (mut done, unsent): (Vec<Value>, Vec<Value>) = batch
            .into_iter()
            .partition(|message| self.sent.contains(&id(message)));
        let again = done.len();
        let mut failure = None;
        if !unsent.is_empty() {
            let entries = unsent.iter().map(entry).collect();
            match service.batch(&to.url, "SendMessageBatch", entries).await {
                Ok(results) => {
                    for (message, result) in unsent.into_iter().zip(results) {
                        match result {
                            Ok(()) => {
                                self.sent.insert(id(&message));
                                done.push(message);
                            }
                            Err(code) => {
                                *self.refused.entry(code).or_default() += 1;
                                self.kept.extend(handle(&message));
                            }
                        }
                    }
                }
                // They may be there: what is not known to be there stays here.
                Err(error) => {
                    self.kept.extend(unsent.iter().filter_map(handle));
                    failure = Some(error);
                }
            }
        }
        let deleted = delete(service, queue, &done).await;
        let new = done.len() - again;
        let in_both = new.min(done.len() - deleted);
        self.in_both += u64::try_from(in_both).unwrap_or_default();
        self.moved += u64::try_from(new - in_both).unwrap_or_default();
        failure.map_or(Ok(()), Err)
    }

    fn tell(&self, queue: &Queue, to: &Queue, failure: Option<&str>) -> Verdict {
        let (moved, name) = (self.moved + self.in_both, queue.name());
        anstream::println!(
            "moved {moved} message{} from {name} to {}",
            s(moved),
            to.name()
        );
        if self.in_both > 0 {
            anstream::println!(
                "{} of them could not be deleted from {name}: a second move would post them twice\n  allow the owner of AWS_ACCESS_KEY_ID sqs:DeleteMessage, and delete them there",
                self.in_both
            );
        }
        for (code, count) in &self.refused {
            anstream::println!(
                "{count} message{} stayed in {name}: {} does not take them ({code})",
                s(*count),
                to.name()
            );
        }
        if self.later > 0 {
            anstream::println!(
                "{} message{} came to {name} meanwhile and stayed there; the same command moves them",
                self.later,
                s(self.later)
            );
        }
        if let Some(failure) = failure {
            anstream::println!("then it went wrong, and the rest stayed in {name}: {failure}");
        }
        if self.in_both == 0 && self.refused.is_empty() && failure.is_none() {
            Verdict::Fine
        } else {
            Verdict::Failed
        }
    }
}

/// How many of them have been deleted.
async fn delete(service: &Service, queue: &Queue, messages: &[Value]) -> usize {
    let mut left: Vec<String> = messages.iter().filter_map(handle).collect();
    for attempt in 0..TRIES {
        if left.is_empty() {
            break;
        }
        if attempt > 0 {
            sleep(PAUSE).await;
        }
        let entries = left.iter().map(|it| json!({"ReceiptHandle": it})).collect();
        let deleted = service.batch(&queue.url, "DeleteMessageBatch", entries);
        if let Ok(results) = deleted.await {
            let mut results = results.into_iter();
            left.retain(|_| results.next().is_none_or(|result| result.is_err()));
        }
    }
    messages.len() - left.len()
}

/// As `SendMessageBatch` takes it: with everything of the message that a sender can say.
fn entry(message: &Value) -> Value {
    let attributes: Map<String, Value> = message
        .object("MessageAttributes")
        .into_iter()
        .flatten()
        .map(|(name, attribute)| {
            let part = |name: &str| attribute.get(name).cloned();
            let attribute = json!({
                "DataType": part("DataType"),
                "StringValue": part("StringValue"),
                "BinaryValue": part("BinaryValue"),
            });
            (name.clone(), without_nulls(attribute))
        })
        .collect();
    let system = message.get("Attributes");
    let of_system = |name: &str| system?.text(name);
    let trace = of_system("AWSTraceHeader")
        .map(|trace| json!({"AWSTraceHeader": {"DataType": "String", "StringValue": trace}}));
    without_nulls(json!({
        "MessageBody": message.get("Body"),
        "MessageAttributes": (!attributes.is_empty()).then_some(attributes),
        "MessageSystemAttributes": trace,
        // Of FIFO queues.
        "MessageGroupId": of_system("MessageGroupId"),
        "MessageDeduplicationId": of_system("MessageDeduplicationId"),
    }))
}

fn handle(message: &Value) -> Option<String> {
    message.text("ReceiptHandle")
}

fn id(message: &Value) -> String {
    message.text("MessageId").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_what_it_has_received_and_nothing_that_a_sender_may_not_say() {
        let message = json!({
            "MessageId": "5d0c2b7e-0000-4000-8000-000000000001",
            "ReceiptHandle": "EXAMPLE",
            "MD5OfBody": "00000000000000000000000000000000",
            "Body": "Water the ferns",
            "Attributes": {"SentTimestamp": "1779012031164", "AWSTraceHeader": "Root=1-5759e988"},
            "MD5OfMessageAttributes": "00000000000000000000000000000000",
            "MessageAttributes": {
                "shelf": {"DataType": "String", "StringValue": "upper", "StringListValues": []},
                "seed": {"DataType": "Binary", "BinaryValue": "AAEC"},
                "pots": {"DataType": "Number.int", "StringValue": "12"},
            },
        });
        assert_eq!(
            entry(&message),
            json!({
                "MessageBody": "Water the ferns",
                "MessageAttributes": {
                    "shelf": {"DataType": "String", "StringValue": "upper"},
                    "seed": {"DataType": "Binary", "BinaryValue": "AAEC"},
                    "pots": {"DataType": "Number.int", "StringValue": "12"},
                },
                "MessageSystemAttributes": {
                    "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988"},
                },
            })
        );
        assert_eq!(
            entry(&json!({"Body": "x", "MessageAttributes": {}})),
            json!({"MessageBody": "x"})
        );
    }
}
