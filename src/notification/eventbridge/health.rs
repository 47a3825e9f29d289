//! Events of AWS Health (page "Reference: AWS Health events Amazon EventBridge schema").

use super::{Eventbridge, Told};
use crate::loose::Loose;

pub(super) const SOURCE: &str = "aws.health";

/// The account and the region are those that are affected: the event's own say only where it was delivered.
pub(super) fn tell(event: &Eventbridge) -> Told {
    let detail = event.detail.node();
    let what: Vec<String> = ["service", "eventTypeCode"]
        .into_iter()
        .filter_map(|name| detail.text(name))
        .collect();
    Told {
        title: (!what.is_empty()).then(|| format!("AWS Health: {}", what.join(" "))),
        state: detail.text("eventTypeCategory"),
        account: detail.text("affectedAccount"),
        region: detail.text("eventRegion"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::notification::mutation::{context, record, survives};

    fn event() -> Value {
        json!({
            "version": "0",
            "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
            "detail-type": "AWS Health Event",
            "source": "aws.health",
            "account": "123456789012",
            "time": "2026-03-11T09:42:14Z",
            "region": "us-west-2",
            "resources": ["i-0abc"],
            "detail": {
                "eventArn": "arn:aws:health:eu-west-1::event/EC2/AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED/x",
                "service": "EC2",
                "eventTypeCode": "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
                "eventTypeCategory": "scheduledChange",
                "eventScopeCode": "ACCOUNT_SPECIFIC",
                "startTime": "Wed, 18 Mar 2026 09:00:00 GMT",
                "affectedAccount": "111122223333",
                "eventRegion": "eu-west-1",
                "eventDescription": [{"language": "en_US", "latestDescription": "An instance is scheduled for retirement."}],
                "affectedEntities": [{"entityValue": "i-0abc"}],
            },
        })
    }

    #[test]
    fn an_event_is_told_by_its_code_and_where_it_hurts() {
        let context = context(&record(event()));
        for (path, expected) in [
            (
                "title",
                "AWS Health: EC2 AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
            ),
            ("state", "scheduledChange"),
            ("account", "111122223333"),
            ("region", "eu-west-1"),
        ] {
            assert_eq!(context.text(path), Some(expected), "{path}");
        }
        let summary = context.json("event.summary").unwrap();
        let summary = summary.as_array().unwrap();
        let value = |name: &str| {
            summary.iter().find(|entry| entry["name"] == name).unwrap()["value"].clone()
        };
        assert_eq!(value("service"), "EC2");
        assert_eq!(value("affectedEntities.0.entityValue"), "i-0abc");
    }

    #[test]
    fn survives_any_member_missing_or_of_another_type() {
        survives(&event(), &["event"]);
    }
}
