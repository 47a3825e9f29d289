//! Topics and queues of moto.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::Moto;
use crate::support::PATIENCE;

pub(crate) const REGION: &str = "eu-central-1";

/// A queue of moto, by its URL.
#[derive(Debug, Clone)]
pub(crate) struct Queue<'m> {
    moto: &'m Moto,
    pub(crate) url: String,
    pub(crate) arn: String,
}

impl Moto {
    /// Creates a queue. What is received and not deleted is back after so many seconds.
    pub(crate) fn create_queue(&self, name: &str, seconds: u32) -> Queue<'_> {
        self.queue_with(name, &json!({"VisibilityTimeout": seconds.to_string()}))
    }

    /// The queue of a URL.
    pub(crate) fn queue(&self, url: &str) -> Queue<'_> {
        let queue = Queue {
            moto: self,
            url: url.to_owned(),
            arn: String::new(),
        };
        Queue {
            arn: queue.attribute("QueueArn"),
            ..queue
        }
    }

    /// The same with a redrive policy: what has been received so often goes to the other queue.
    pub(crate) fn create_source(
        &self,
        name: &str,
        seconds: u32,
        dead: &Queue<'_>,
        most: u32,
    ) -> Queue<'_> {
        let policy = json!({"deadLetterTargetArn": dead.arn, "maxReceiveCount": most.to_string()});
        let attributes = json!({
            "VisibilityTimeout": seconds.to_string(),
            "RedrivePolicy": policy.to_string(),
        });
        self.queue_with(name, &attributes)
    }

    fn queue_with(&self, name: &str, attributes: &Value) -> Queue<'_> {
        let body = json!({"QueueName": name, "Attributes": attributes});
        let created = self.sqs("CreateQueue", &body);
        self.queue(created["QueueUrl"].as_str().unwrap())
    }

    fn sqs(&self, operation: &str, body: &Value) -> Value {
        self.ask(REGION, "sqs", &format!("AmazonSQS.{operation}"), body)
    }

    /// Creates a topic to which a queue is subscribed. The result is its ARN.
    pub(crate) fn create_topic(&self, name: &str, queue: &Queue<'_>) -> String {
        let created = self.sns(&[("Action", "CreateTopic"), ("Name", name)]);
        let (_, rest) = created.split_once("<TopicArn>").unwrap();
        let (arn, _) = rest.split_once("</TopicArn>").unwrap();
        self.subscribe(arn, queue);
        arn.to_owned()
    }

    /// Subscribes a queue to a topic.
    pub(crate) fn subscribe(&self, topic: &str, queue: &Queue<'_>) {
        self.sns(&[
            ("Action", "Subscribe"),
            ("TopicArn", topic),
            ("Protocol", "sqs"),
            ("Endpoint", &queue.arn),
        ]);
    }

    /// Protocol and endpoint of each subscription of a topic.
    pub(crate) fn subscriptions(&self, topic: &str) -> Vec<(String, String)> {
        let listed = self.sns(&[("Action", "ListSubscriptionsByTopic"), ("TopicArn", topic)]);
        let part = |member: &str, name: &str| {
            let (_, rest) = member.split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        let members = listed.split("<member>").skip(1);
        members
            .map(|member| (part(member, "Protocol"), part(member, "Endpoint")))
            .collect()
    }

    /// Publishes a message to a topic.
    pub(crate) fn publish(&self, topic: &str, message: &str) {
        self.sns(&[
            ("Action", "Publish"),
            ("TopicArn", topic),
            ("Message", message),
        ]);
    }

    /// SNS speaks no JSON.
    fn sns(&self, parameters: &[(&str, &str)]) -> String {
        self.query(REGION, "sns", parameters)
    }

    /// A request of a service that takes forms.
    pub(super) fn query(&self, region: &str, service: &str, parameters: &[(&str, &str)]) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let content_type = "application/x-www-form-urlencoded";
        self.exchange(region, service, content_type, "", &body)
    }

    /// A request and the body of its answer, which is a success. moto looks at the region of a signature, and not at the
    /// signature.
    pub(super) fn exchange(
        &self,
        region: &str,
        service: &str,
        content_type: &str,
        target: &str,
        body: &str,
    ) -> String {
        self.request("POST /", region, service, content_type, target, body)
    }

    /// The same with another method and path.
    pub(super) fn request(
        &self,
        line: &str,
        region: &str,
        service: &str,
        content_type: &str,
        target: &str,
        body: &str,
    ) -> String {
        let length = body.len();
        let address = &self.address;
        let request = format!(
            "{line} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\
             Content-Type: {content_type}\r\n{target}\
             Authorization: AWS4-HMAC-SHA256 Credential=EXAMPLE/20260517/{region}/{service}/aws4_request, SignedHeaders=host, Signature=none\r\n\
             \r\n{body}"
        );
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, answer) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200 "),
            "{line} {target}{body}: {head} {answer}"
        );
        answer.to_owned()
    }
}

impl Queue<'_> {
    /// The name at the end of its URL.
    pub(crate) fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap()
    }

    /// Puts a message into it.
    pub(crate) fn send(&self, body: &str) {
        self.send_with(body, &json!({}));
    }

    /// Puts a message with attributes into it.
    pub(crate) fn send_with(&self, body: &str, attributes: &Value) {
        let message = json!({"MessageBody": body, "MessageAttributes": attributes});
        self.ask("SendMessage", message);
    }

    /// Up to ten messages, with all that is known of them; waits for the first as long as that may take.
    pub(crate) fn receive(&self, patience: u32) -> Vec<Value> {
        let body = json!({
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": patience,
            "AttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let mut received = self.ask("ReceiveMessage", body);
        match received["Messages"].take() {
            Value::Array(messages) => messages,
            _ => Vec::new(),
        }
    }

    /// What has been received can be received again at once, as when its time is over.
    pub(crate) fn give_back(&self, message: &Value) {
        let now = json!({"ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0});
        self.ask("ChangeMessageVisibility", now);
    }

    /// Deletes a message that has been received.
    pub(crate) fn delete(&self, message: &Value) {
        let handle = json!({"ReceiptHandle": message["ReceiptHandle"]});
        self.ask("DeleteMessage", handle);
    }

    /// Deletes the queue itself.
    pub(crate) fn delete_queue(&self) {
        self.ask("DeleteQueue", json!({}));
    }

    /// An attribute of it.
    pub(crate) fn attribute(&self, name: &str) -> String {
        let answer = self.ask("GetQueueAttributes", json!({"AttributeNames": ["All"]}));
        answer["Attributes"][name].as_str().unwrap().to_owned()
    }

    /// How many messages can be received now, are being received, and are delayed.
    pub(crate) fn counts(&self) -> [String; 3] {
        ["", "NotVisible", "Delayed"]
            .map(|which| self.attribute(&format!("ApproximateNumberOfMessages{which}")))
    }

    fn ask(&self, operation: &str, mut body: Value) -> Value {
        body["QueueUrl"] = self.url.as_str().into();
        self.moto.sqs(operation, &body)
    }
}
