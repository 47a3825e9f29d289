//! Whatever Lambda hands over, each record of it becomes a message or an error of its own in one short line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use sns_to_slack::envelope::{self, EnvelopeError};
use sns_to_slack::tree::{self, Arena};
use sns_to_slack_fuzz::{TEMPLATES, assert_safe, classify};

fuzz_target!(|payload: &[u8]| {
    if let Ok(text) = str::from_utf8(payload) {
        let arena = Arena::new();
        let read = tree::read(text, &arena).map(|node| node.to_value());
        let expected = serde_json::from_str::<Value>(text);
        let [read, expected] = [read, expected].map(|read| read.map_err(|error| error.to_string()));
        assert_eq!(read, expected);
    }
    // What is no JSON never reaches us: the runtime refuses it.
    let Ok(payload) = serde_json::from_slice::<Value>(payload) else {
        return;
    };
    let envelope = match envelope::open(&payload) {
        Ok(envelope) => envelope,
        Err(error) => return assert_one_line(&error),
    };
    // What failed together comes back in one message of a queue.
    let delivered = payload["Records"].as_array().map_or(0, Vec::len);
    assert!(envelope.records.len() >= delivered);
    for record in envelope.records {
        match record {
            Ok(record) => {
                let (_, context) = classify(&record);
                let rendered = TEMPLATES.render(&context, None);
                assert_eq!(rendered.failed, []);
                assert_safe(&rendered.message.payload());
            }
            Err(error) => assert_one_line(&error),
        }
    }
});

fn assert_one_line(error: &EnvelopeError) {
    let error = error.to_string();
    assert!(
        !error.is_empty() && error.chars().count() < 1_000,
        "{error}"
    );
    assert!(!error.contains(char::is_control), "{error}");
}
