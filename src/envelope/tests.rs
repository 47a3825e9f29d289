use serde_json::json;

use super::*;

const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:ops";

/// An SNS message, with `changes` to its members; one that is null there stays and is null.
fn sns(changes: Value) -> Value {
    let mut message = json!({
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Subject": "Hello",
        "Message": "Disk full",
        "Timestamp": "2026-03-11T09:42:17.318Z",
        "SignatureVersion": "1",
        "MessageAttributes": {
            "team": {"Type": "String", "Value": "shop"},
            "count": {"Type": "Number", "Value": 7},
            "empty": {"Type": "String", "Value": ""},
        },
    });
    if let (Some(message), Value::Object(changes)) = (message.as_object_mut(), changes) {
        message.extend(changes);
    }
    message
}

fn from_sns(message: &Value) -> Value {
    json!({"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": message})
}

fn from_sqs(body: impl Into<Value>) -> Value {
    json!({
        "eventSource": "aws:sqs",
        "messageId": "q-1",
        "receiptHandle": "EXAMPLE",
        "body": body.into(),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {"team": {"dataType": "String", "stringValue": "shop"}},
    })
}

fn opened(records: &[Value]) -> Envelope {
    open(&json!({"Records": records})).unwrap()
}

/// The only record of an event.
fn one(record: &Value) -> Record {
    let mut records = opened(std::slice::from_ref(record)).records;
    assert_eq!(records.len(), 1);
    records.remove(0).unwrap()
}

fn error(payload: &Value) -> String {
    open(payload).unwrap_err().to_string()
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn sns_says_everything() {
    let whole = Record {
        message_id: Some("m-1".to_owned()),
        topic_arn: Some(TOPIC.to_owned()),
        subject: Some("Hello".to_owned()),
        timestamp: Some("2026-03-11T09:42:17.318Z".to_owned()),
        attributes: texts(&[("team", "shop"), ("count", "7")]),
        body: "Disk full".to_owned(),
        control: None,
        residual: None,
    };
    assert_eq!(whole.topic().map(|topic| topic.resource), Some("ops"));
    let record = from_sns(&sns(json!({})));
    assert_eq!(opened(std::slice::from_ref(&record)).source, Source::Sns);
    assert_eq!(one(&record), whole);

    // Hand-made test events often leave the source out.
    assert_eq!(one(&json!({"Sns": sns(json!({}))})), whole);
}

#[test]
fn little_is_demanded_of_a_record() {
    let nulls = sns(json!({
        "MessageId": null, "Subject": null, "Timestamp": null, "MessageAttributes": null,
        "TopicArn": "ops",
    }));
    let record = one(&from_sns(&nulls));
    assert_eq!(record.body, "Disk full");
    assert_eq!(record.topic(), None);
    assert_eq!(record.topic_arn.as_deref(), Some("ops"));
    assert_eq!((record.message_id, record.subject), (None, None));
    assert_eq!(record.timestamp, None);
    assert!(record.attributes.is_empty());

    for nothing in [json!({}), json!(null), json!("text"), json!([1])] {
        assert_eq!(one(&from_sns(&nothing)), Record::default(), "{nothing}");
    }
    assert_eq!(one(&json!({"EventSource": "aws:sns"})), Record::default());
}

#[test]
fn a_body_is_the_text_of_the_message() {
    for (message, body) in [
        (json!("Disk full"), "Disk full"),
        (json!(""), ""),
        (json!(null), ""),
        // Some hand-made events carry the message as an object instead of as its text.
        (json!({"AlarmName": "a"}), r#"{"AlarmName":"a"}"#),
        (json!([1]), "[1]"),
        (json!(7), "7"),
    ] {
        let record = one(&from_sns(&sns(json!({"Message": message}))));
        assert_eq!(record.body, body);
    }
    let mut absent = sns(json!({}));
    absent.as_object_mut().unwrap().remove("Message");
    assert_eq!(one(&from_sns(&absent)).body, "");
}

#[test]
fn talk_about_a_subscription_keeps_no_token() {
    for (type_, control) in [
        (
            "SubscriptionConfirmation",
            Control::SubscriptionConfirmation,
        ),
        ("UnsubscribeConfirmation", Control::UnsubscribeConfirmation),
    ] {
        let message = sns(json!({
            "Type": type_,
            "Token": "2336412f37",
            "Message": "Visit https://sns.example/?Token=2336412f37",
            "SubscribeURL": "https://sns.example/?Token=2336412f37",
        }));
        for record in [from_sns(&message), from_sqs(message.to_string())] {
            let record = one(&record);
            assert_eq!(record.control, Some(control));
            assert_eq!(record.body, "");
            assert_eq!(record.topic().map(|topic| topic.resource), Some("ops"));
            assert!(!format!("{record:?}").contains("2336412f37"));
        }
    }
}

#[test]
fn a_queue_holds_envelopes() {
    let in_queue = one(&from_sqs(sns(json!({})).to_string()));
    assert_eq!(in_queue, one(&from_sns(&sns(json!({})))));

    // A FIFO topic leaves the signature out and adds a sequence number; the message's own id stays the better one.
    let mut fifo = sns(json!({"SequenceNumber": "10000000000000001000"}));
    fifo.as_object_mut().unwrap().remove("SignatureVersion");
    assert_eq!(one(&from_sqs(fifo.to_string())), in_queue);
    fifo.as_object_mut().unwrap().remove("MessageId");
    let record = one(&from_sqs(fifo.to_string()));
    assert_eq!(record.message_id.as_deref(), Some("q-1"));
}

#[test]
fn copies_of_sns_documents_in_a_queue_lack_this_or_that() {
    for (document, body) in [
        (
            json!({"Type": "Notification", "MessageId": "m", "Message": "x"}),
            "x",
        ),
        (
            json!({"Type": "Notification", "TopicArn": TOPIC, "Message": {"a": 1}}),
            r#"{"a":1}"#,
        ),
        (
            json!({"Type": "Notification", "TopicArn": TOPIC, "Message": null}),
            "",
        ),
    ] {
        let record = one(&from_sqs(document.to_string()));
        assert_eq!(record.body, body, "{document}");
        assert_eq!(record.control, None);
    }
    for (kind, control) in [
        (
            "SubscriptionConfirmation",
            Control::SubscriptionConfirmation,
        ),
        ("UnsubscribeConfirmation", Control::UnsubscribeConfirmation),
    ] {
        for (name, value) in [("TopicArn", TOPIC), ("MessageId", "m")] {
            for message in [
                json!("Go to ?Token=canary"),
                json!({"t": "canary"}),
                json!(null),
            ] {
                let document = json!({
                    "Type": kind, name: value, "Message": message,
                    "Token": "canary", "SubscribeURL": "https://sns.example.org/?Token=canary",
                });
                let record = one(&from_sqs(document.to_string()));
                assert_eq!(record.control, Some(control), "{document}");
                assert!(!format!("{record:?}").contains("canary"), "{record:?}");
            }
        }
    }
}

#[test]
fn a_queue_holds_raw_messages() {
    let alarm = json!({"AlarmName": "a", "NewStateValue": "OK"}).to_string();
    let no_topic = json!({"Type": "Notification", "Message": "x"}).to_string();
    let no_message = json!({"Type": "Notification", "MessageId": "m", "data": 1}).to_string();
    let of_another_type = json!({"TopicArn": TOPIC, "Type": "Order", "Message": "x"}).to_string();
    for body in [
        "Disk full",
        "",
        "7",
        &alarm,
        &no_topic,
        &no_message,
        &of_another_type,
    ] {
        assert_eq!(
            one(&from_sqs(body)),
            Record {
                message_id: Some("q-1".to_owned()),
                attributes: texts(&[("team", "shop")]),
                body: body.to_owned(),
                ..Record::default()
            }
        );
    }
    assert_eq!(opened(&[from_sqs("x")]).source, Source::Sqs);
    for (body, expected) in [
        (json!(null), ""),
        (json!({"a": 1}), r#"{"a":1}"#),
        (json!(7), "7"),
    ] {
        assert_eq!(one(&from_sqs(body)).body, expected);
    }
    let odd =
        json!({"eventSource": "aws:sqs", "messageId": 7, "body": "x", "messageAttributes": []});
    let odd = one(&odd);
    assert_eq!(
        (odd.message_id.as_deref(), odd.body.as_str()),
        (Some("7"), "x")
    );
}

#[test]
fn a_bad_record_leaves_its_neighbours_alone() {
    let envelope = opened(&[
        json!({"eventSource": "aws:s3", "s3": {}}),
        from_sqs("one"),
        json!(null),
        from_sns(&sns(json!({"Message": "two"}))),
    ]);
    // The first one that is known.
    assert_eq!(envelope.source, Source::Sqs);
    let seen: Vec<String> = envelope
        .records
        .into_iter()
        .map(|record| match record {
            Ok(record) => record.body,
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(
        seen,
        [
            "record 1 is from `aws:s3`, not from SNS or SQS; subscribe the function to an SNS topic, or to a queue that is subscribed to one",
            "one",
            "record 3 does not say that it is from SNS or SQS; subscribe the function to an SNS topic, or to a queue that is subscribed to one",
            "two",
        ]
    );
}

#[test]
fn what_is_no_delivery_is_told_by_what_was_found() {
    let remedy = "this is no SNS delivery; subscribe the function to an SNS topic, or to a queue that is subscribed to one";
    let many: Value = (0..10).map(|n| (format!("m{n}"), json!(n))).collect();
    let long = json!({"a".repeat(50): 1, "two\nlines": 2});
    for (payload, found) in [
        (json!({}), "the payload is an empty object".to_owned()),
        (
            json!({"records": [], "x": 1}),
            "the payload has no `Records` (found: `records`, `x`)".to_owned(),
        ),
        (
            many,
            "the payload has no `Records` (found: `m0`, `m1`, `m2`, `m3`, `m4`, `m5`, `m6`, `m7`, 2 more)".to_owned(),
        ),
        (
            long,
            format!("the payload has no `Records` (found: `{}`, `twolines`)", "a".repeat(40)),
        ),
        (
            json!({"Records": []}),
            "the `Records` of the payload are an empty array".to_owned(),
        ),
        (
            json!({"Records": {"EventSource": "aws:sns"}}),
            "the `Records` of the payload are no array".to_owned(),
        ),
        (
            json!({"Records": null}),
            "the `Records` of the payload are no array".to_owned(),
        ),
        (
            json!({"Records": [{"eventSource": "aws:ses"}, {"eventSource": "aws:rabbit"}, {"eventSource": "aws:ses"}]}),
            "the payload has `Records`, but none of them is from SNS or SQS (found: `aws:rabbit`, `aws:ses`)".to_owned(),
        ),
        (
            json!({"Records": [1, {}, {"EventSource": ""}]}),
            "the payload has `Records`, but none of them is from SNS or SQS".to_owned(),
        ),
        (
            json!([{"EventSource": "aws:sns"}]),
            "the payload is an array, not an object with `Records`".to_owned(),
        ),
        (
            json!(null),
            "the payload is null, not an object with `Records`".to_owned(),
        ),
        (
            json!("text"),
            "the payload is a single value, not an object with `Records`".to_owned(),
        ),
    ] {
        assert_eq!(error(&payload), format!("{found}: {remedy}"), "{payload}");
    }
}

#[test]
fn what_is_no_delivery_is_told_by_what_it_looks_like() {
    for (payload, expected) in [
        (
            json!({"source": "aws.cloudwatch", "alarmArn": "arn", "alarmData": {}}),
            "the payload has no `Records` (found: `alarmArn`, `alarmData`, `source`): \
             this looks like a CloudWatch alarm action that invokes the function directly; \
             let the alarm's action notify an SNS topic and subscribe the function to that topic",
        ),
        (
            json!({"invokingEvent": "{}", "resultToken": "t"}),
            "the payload has no `Records` (found: `invokingEvent`, `resultToken`): \
             this looks like the input of an AWS Config custom rule; \
             this function is no rule: let a delivery channel or an EventBridge rule send compliance changes to an SNS topic \
             and subscribe the function to that topic",
        ),
        (
            json!({"source": "aws.health", "detail-type": "x", "detail": {}}),
            "the payload has no `Records` (found: `detail`, `detail-type`, `source`): \
             this looks like an EventBridge event that invokes the function directly; \
             make an SNS topic the target of the rule and subscribe the function to that topic",
        ),
        (
            json!({"Records": [{"eventSource": "aws:s3"}]}),
            "the payload has `Records`, but none of them is from SNS or SQS (found: `aws:s3`): \
             this looks like an S3 event notification that invokes the function directly; \
             let the bucket notify an SNS topic and subscribe the function to that topic",
        ),
        (
            json!({"Records": [{"eventSource": "aws:kinesis"}]}),
            "the payload has `Records`, but none of them is from SNS or SQS (found: `aws:kinesis`): \
             this looks like records of a stream; \
             remove the function's event source mapping to that stream: it takes SNS deliveries only",
        ),
        (
            json!({"Type": "Notification", "TopicArn": TOPIC, "Message": "x"}),
            "the payload has no `Records` (found: `Message`, `TopicArn`, `Type`): \
             this looks like an SNS message without the event in which Lambda delivers it; \
             to try one, send `{\"Records\": [{\"EventSource\": \"aws:sns\", \"Sns\": ...}]}` with the message in place of the dots",
        ),
    ] {
        assert_eq!(error(&payload), expected);
    }
    let notification_rule = json!({"source": "aws.codebuild", "detailType": "x", "detail": {}});
    let stream = json!({"Records": [{"eventSource": "aws:dynamodb"}]});
    for (payload, what) in [
        (notification_rule, "an EventBridge event"),
        (stream, "records of a stream"),
    ] {
        let error = error(&payload);
        assert!(
            error.contains(&format!("this looks like {what}")),
            "{error}"
        );
    }
}

#[test]
fn a_payload_that_has_only_a_part_of_a_shape_is_not_taken_for_it() {
    for payload in [
        json!({"alarmData": {}}),
        json!({"alarmArn": "arn"}),
        json!({"detail": {}, "source": "aws.codebuild"}),
        json!({"detail": {}, "detail-type": "x"}),
        json!({"source": "aws.codebuild", "detail-type": "x"}),
        json!({"source": "aws.codebuild", "detailType": "x"}),
        json!({"detail-type": "x"}),
    ] {
        let error = error(&payload);
        assert!(!error.contains("looks like"), "{error}");
    }
}

#[test]
fn anything_opens_somehow() {
    let event = json!({"Records": [from_sns(&sns(json!({}))), {"eventSource": "aws:s3"}]});
    for text in [event.to_string(), format!("\u{feff}{event}")] {
        let (records, warning) = open_anything(&text);
        assert_eq!(records[0].as_ref().unwrap().body, "Disk full");
        assert!(records[1].is_err());
        assert_eq!((records.len(), warning), (2, None));
    }

    let (records, warning) = open_anything(&sns(json!({})).to_string());
    assert_eq!(records, [Ok(one(&from_sns(&sns(json!({})))))]);
    assert_eq!(warning, None);

    // A body, with or without the mark that some editors put before it.
    let alarm = json!({"AlarmName": "a", "NewStateValue": "OK"}).to_string();
    for body in ["", "Disk full", "{\"cut", "7", "[]", "{}", &alarm] {
        for text in [body.to_owned(), format!("\u{feff}{body}")] {
            assert_eq!(
                open_anything(&text),
                (vec![Ok(Record::bare(body))], None),
                "{text}"
            );
        }
    }
}

#[test]
fn a_body_that_the_function_would_refuse_comes_with_a_warning() {
    let s3 = json!({"Records": [{"eventSource": "aws:s3", "s3": {}}]}).to_string();
    let (records, warning) = open_anything(&s3);
    assert_eq!(records, [Ok(Record::bare(s3))]);
    assert_eq!(
        warning.as_deref(),
        Some(
            "taken as a message body; as an event of its own the function would refuse it: \
             the payload has `Records`, but none of them is from SNS or SQS (found: `aws:s3`): \
             this looks like an S3 event notification that invokes the function directly; \
             let the bucket notify an SNS topic and subscribe the function to that topic"
        )
    );
}

/// What Lambda sends to an on-failure destination (page "Capturing records of Lambda asynchronous invocations").
fn on_failure(event: &Value) -> Value {
    json!({
        "version": "1.0",
        "timestamp": "2026-05-17T10:03:12.704Z",
        "requestContext": {
            "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
            "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:sns-to-slack:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "NotPosted", "errorMessage": "1 of 2 not posted"},
    })
}

#[test]
fn everything_that_ever_failed_comes_back_through_the_queue() {
    let first = from_sns(&sns(json!({})));
    let second = from_sns(&sns(json!({"MessageId": "m-2", "Message": "Disk empty"})));
    let event = json!({"Records": [first, second]});
    let expected = [one(&first), one(&second)];
    for failed in [
        on_failure(&event),
        // A dead-letter queue of the function gets the event alone.
        event.clone(),
        // What failed in a queue that another function wrapped once more.
        on_failure(&json!({"Records": [from_sqs(event.to_string())]})),
    ] {
        let envelope = opened(&[
            from_sqs("before"),
            from_sqs(failed.to_string()),
            from_sqs("after"),
        ]);
        assert_eq!(envelope.source, Source::Sqs);
        let records: Vec<Record> = envelope.records.into_iter().map(Result::unwrap).collect();
        assert_eq!(records.len(), 4, "{failed}");
        assert_eq!(records[1..3], expected, "{failed}");
        // Each knows the message of the queue that it came in.
        assert_eq!(envelope.items.len(), 4);
        assert!(envelope.items.iter().all(Option::is_some));
    }
    // SNS puts what it could not hand over into a queue as it puts everything there.
    let redriven = from_sqs(sns(json!({})).to_string());
    assert_eq!(one(&redriven), expected[0]);
}

#[test]
fn a_failed_invocation_that_was_no_delivery_is_shown_as_it_is() {
    for failed in [
        on_failure(&json!({"hello": "world"})),
        on_failure(&Value::Null),
        json!({"Records": []}),
        json!({"Records": [{"eventSource": "aws:s3"}]}),
        json!({"requestContext": {}, "Records": "x"}),
    ] {
        let record = one(&from_sqs(failed.to_string()));
        assert_eq!(serde_json::from_str::<Value>(&record.body).unwrap(), failed);
    }
}

#[test]
fn a_record_of_a_failed_invocation_that_is_unknown_is_shown_beside_the_others() {
    let known = from_sns(&sns(json!({})));
    let unknown = json!({"eventSource": "aws:s3"});
    let failed = on_failure(&json!({"Records": [unknown, known]}));
    let records = opened(&[from_sqs(failed.to_string())]).records;
    assert_eq!(
        records,
        [Ok(Record::bare(unknown.to_string())), Ok(one(&known))]
    );
}

#[test]
fn a_record_names_the_message_of_the_queue_that_it_came_in() {
    let mut items = opened(&[from_sqs("a"), from_sns(&sns(json!({})))]).items;
    assert!(items.remove(0).is_some());
    assert_eq!(items, [None]);
}
