//! Findings of GuardDuty (page "Processing GuardDuty findings with Amazon EventBridge").

use super::{Eventbridge, Told};
use crate::loose::Loose;

pub(super) const SOURCE: &str = "aws.guardduty";

/// The account is the finding's: an administrator's account also gets the findings of its members.
pub(super) fn tell(event: &Eventbridge) -> Told {
    let detail = event.detail.node();
    Told {
        title: detail.text("title"),
        state: detail.number("severity").and_then(band).map(str::to_owned),
        account: detail.text("accountId"),
        region: detail.text("region"),
    }
}

/// The words that GuardDuty's console has for the number (page "Severity levels of GuardDuty findings").
fn band(severity: f64) -> Option<&'static str> {
    Some(match severity {
        _ if severity <= 0.0 => return None,
        _ if severity < 4.0 => "LOW",
        _ if severity < 7.0 => "MEDIUM",
        _ if severity < 9.0 => "HIGH",
        _ => "CRITICAL",
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::notification::mutation::{context, record, survives};

    fn finding() -> Value {
        json!({
            "version": "0",
            "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
            "detail-type": "GuardDuty Finding",
            "source": "aws.guardduty",
            "account": "123456789012",
            "time": "2026-03-11T09:42:14Z",
            "region": "eu-west-1",
            "resources": [],
            "detail": {
                "schemaVersion": "2.0",
                "accountId": "111122223333",
                "region": "eu-west-1",
                "partition": "aws",
                "id": "b8c1a2d3e4f5061728394a5b6c7d8e9f",
                "arn": "arn:aws:guardduty:eu-west-1:111122223333:detector/0a1b/finding/b8c1",
                "type": "Recon:EC2/PortProbeUnprotectedPort",
                "severity": 5.3,
                "title": "Unprotected port on i-0abc\nis being probed.",
                "description": "An unprotected port is being probed.",
                "service": {"count": 12, "archived": false, "eventLastSeen": "2026-03-11T09:40:00.000Z"},
            },
        })
    }

    #[test]
    fn a_finding_is_told_by_its_title_and_its_member_account() {
        let context = context(&record(finding()));
        for (path, expected) in [
            ("kind", "eventbridge"),
            ("title", "Unprotected port on i-0abc is being probed."),
            ("name", "GuardDuty Finding"),
            ("state", "MEDIUM"),
            ("source", "aws.guardduty"),
            ("account", "111122223333"),
            ("event.account", "123456789012"),
        ] {
            assert_eq!(context.text(path), Some(expected), "{path}");
        }
        assert_eq!(
            context.json("links"),
            Some(json!({"pipeline": null, "execution": null}))
        );
    }

    #[test]
    fn severities_have_bands() {
        for (severity, expected) in [
            (0.0, None),
            (0.5, Some("LOW")),
            (3.9, Some("LOW")),
            (4.0, Some("MEDIUM")),
            (6.9, Some("MEDIUM")),
            (7.0, Some("HIGH")),
            (8.9, Some("HIGH")),
            (9.0, Some("CRITICAL")),
            (10.0, Some("CRITICAL")),
        ] {
            assert_eq!(band(severity), expected, "{severity}");
        }
    }

    #[test]
    fn survives_any_member_missing_or_of_another_type() {
        survives(&finding(), &["event"]);
    }
}
