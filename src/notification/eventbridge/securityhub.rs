//! Findings of Security Hub (page "EventBridge event formats for Security Hub CSPM"). AWS sends one finding in an event;
//! the format is a list, and a custom action may hold several.

use serde_json::Value;

use super::{Eventbridge, Told};
use crate::loose::Loose;

pub(super) const SOURCE: &str = "aws.securityhub";

/// From the least to the worst.
const SEVERITIES: [&str; 6] = [
    "INFORMATIONAL",
    "LOW",
    "MEDIUM",
    "HIGH",
    "CRITICAL",
    "FATAL",
];

/// The account and the region are the first finding's: an administrator's account and an aggregation region get the
/// findings of others. The state is the worst severity.
pub(super) fn tell(event: &Eventbridge) -> Told {
    let findings = event.detail.list("findings");
    let Some(first) = findings.first() else {
        return Told::default();
    };
    let more = findings.len() - 1;
    Told {
        title: title(first).map(|title| match more {
            0 => title,
            _ => format!("{title} (and {more} more)"),
        }),
        state: findings.iter().filter_map(severity).max_by_key(|severity| {
            SEVERITIES
                .iter()
                .position(|known| *known == severity.as_str())
        }),
        account: first
            .text("AwsAccountId")
            .or_else(|| ocsf_cloud(first, &["account", "uid"])),
        region: first
            .text("Region")
            .or_else(|| ocsf_cloud(first, &["region"])),
    }
}

/// In the AWS Security Finding Format, else in OCSF, which events of type `Findings Imported V2` have.
fn title(finding: &Value) -> Option<String> {
    finding
        .text("Title")
        .or_else(|| finding.member("finding_info")?.text("title"))
}

fn severity(finding: &Value) -> Option<String> {
    let label = finding
        .deep(&["Severity", "Label"])
        .or_else(|| finding.member("severity"))?;
    label
        .as_str()
        .filter(|label| !label.is_empty())
        .map(str::to_uppercase)
}

fn ocsf_cloud(finding: &Value, path: &[&str]) -> Option<String> {
    let cloud = finding.member("cloud")?;
    cloud.deep(path).and_then(crate::loose::as_text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::notification::mutation::{context, record, survives};

    fn finding(title: &str, label: &str) -> Value {
        json!({
            "SchemaVersion": "2018-10-08",
            "Id": "arn:aws:securityhub:eu-west-1:111122223333:security-control/S3.8/finding/1",
            "AwsAccountId": "111122223333",
            "Region": "eu-central-1",
            "Title": title,
            "Description": "Checks a thing.",
            "Severity": {"Label": label, "Normalized": 70, "Original": label},
            "Resources": [{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::acme-public"}],
            "Workflow": {"Status": "NEW"},
        })
    }

    fn event(findings: &Value) -> Value {
        json!({
            "version": "0",
            "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
            "detail-type": "Security Hub Findings - Imported",
            "source": "aws.securityhub",
            "account": "123456789012",
            "time": "2026-03-11T09:42:14Z",
            "region": "eu-west-1",
            "resources": ["arn:aws:securityhub:eu-west-1:111122223333:security-control/S3.8/finding/1"],
            "detail": {"findings": findings},
        })
    }

    #[test]
    fn several_findings_are_one_message() {
        let bucket = || finding("S3 bucket is public", "HIGH");
        let ocsf = json!({
            "finding_info": {"title": "Exposed instance", "uid": "x"},
            "severity": "Critical",
            "severity_id": 5,
            "cloud": {"account": {"uid": "111122223333"}, "region": "eu-central-1"},
        });
        for (findings, title, state) in [
            (json!([bucket()]), "S3 bucket is public", "HIGH"),
            (
                json!([bucket(), finding("b", "CRITICAL"), finding("c", "LOW")]),
                "S3 bucket is public (and 2 more)",
                "CRITICAL",
            ),
            (
                json!([bucket(), finding("b", "odd")]),
                "S3 bucket is public (and 1 more)",
                "HIGH",
            ),
            (json!([ocsf]), "Exposed instance", "CRITICAL"),
        ] {
            let context = context(&record(event(&findings)));
            assert_eq!(context.text("title"), Some(title));
            assert_eq!(context.text("state"), Some(state));
            assert_eq!(context.text("account"), Some("111122223333"));
            assert_eq!(context.text("region"), Some("eu-central-1"));
        }
    }

    #[test]
    fn without_findings_the_event_speaks_for_itself() {
        let context = context(&record(event(&json!([]))));
        assert_eq!(
            context.text("title"),
            Some("Security Hub Findings - Imported: S3.8/finding/1")
        );
        assert_eq!(context.get("state"), Some(&Value::Null));
    }

    #[test]
    fn survives_any_member_missing_or_of_another_type() {
        survives(
            &event(&json!([finding("a", "HIGH"), finding("b", "LOW")])),
            &["event"],
        );
    }
}
