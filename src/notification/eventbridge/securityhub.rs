//! Findings of Security Hub (page "EventBridge event formats for Security Hub CSPM"). AWS sends one finding in an event;
//! the format is a list, and a custom action may hold several.

use serde::Serialize;

use super::{Eventbridge, Told};
use crate::loose::{self, Loose};
use crate::tree::Node;

pub(super) const SOURCE: &str = "aws.securityhub";

/// How many findings the context has. AWS sends up to a hundred in an event of a custom action.
pub(super) const FINDINGS_LENGTH: usize = 10;

/// The state of an event in which nothing is left to do.
const RESOLVED: &str = "RESOLVED";
/// From the least to the worst.
const SEVERITIES: [&str; 6] = [
    "INFORMATIONAL",
    "LOW",
    "MEDIUM",
    "HIGH",
    "CRITICAL",
    "FATAL",
];

/// A finding in either of the formats of Security Hub (pages "AWS Security Finding Format (ASFF)" and "OCSF findings in
/// Security Hub"), the words of states in capitals. Every member is null where the finding does not say it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Finding {
    /// What is wrong, or what was checked.
    pub title: Option<String>,
    /// `INFORMATIONAL`, `LOW`, `MEDIUM`, `HIGH`, `CRITICAL` or, in OCSF, `FATAL`.
    pub severity: Option<String>,
    /// The title in more words.
    pub description: Option<String>,
    /// The first resource that it is about, usually an ARN.
    pub resource: Option<String>,
    /// How far people are with it: `NEW`, `NOTIFIED`, `SUPPRESSED`, `RESOLVED`; of OCSF the status.
    pub workflow: Option<String>,
    /// `ACTIVE` or `ARCHIVED`; OCSF has none.
    pub record_state: Option<String>,
    /// The outcome of a control: `PASSED`, `FAILED`, `WARNING`, ...; OCSF says `PASS` and `FAIL`.
    pub compliance: Option<String>,
    #[serde(skip)]
    account: Option<String>,
    #[serde(skip)]
    region: Option<String>,
}

/// The title, the account and the region are those of the worst finding: an administrator's account and an aggregation
/// region get the findings of others. The state is its severity, or [`RESOLVED`] when nothing is left to do.
pub(super) fn tell(event: &Eventbridge) -> Told {
    let mut findings = findings(event.detail.node()).into_iter();
    let Some(worst) = findings.next() else {
        return Told {
            title: event.detail.node().text("insightName"),
            ..Told::default()
        };
    };
    // The worst of all comes first, so that nothing is left to do when nothing is for this one.
    let state = if worst.is_done() {
        Some(RESOLVED.to_owned())
    } else {
        worst.severity
    };
    Told {
        title: worst.title.map(|title| match findings.len() {
            0 => title,
            more => format!("{title} (and {more} more)"),
        }),
        state,
        account: worst.account,
        region: worst.region,
    }
}

/// All findings, the worst first; those that need nothing any more come after the others.
pub(super) fn findings(detail: &Node<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = detail.list("findings").iter().map(Finding::read).collect();
    findings.sort_by_key(|finding| (finding.is_done(), std::cmp::Reverse(finding.rank())));
    findings
}

impl Finding {
    fn read(finding: &Node<'_>) -> Self {
        let text = |path: &[&str]| finding.deep(path).and_then(loose::as_text);
        let word = |path: &[&str]| text(path).map(|word| word.to_uppercase());
        let first_resource = |list: &str, id: &str| finding.list(list).first()?.text(id);
        Self {
            title: text(&["Title"]).or_else(|| text(&["finding_info", "title"])),
            severity: word(&["Severity", "Label"]).or_else(|| word(&["severity"])),
            description: text(&["Description"])
                .or_else(|| text(&["finding_info", "desc"]))
                .or_else(|| text(&["message"])),
            resource: first_resource("Resources", "Id")
                .or_else(|| first_resource("resources", "uid"))
                .or_else(|| first_resource("resources", "name")),
            workflow: word(&["Workflow", "Status"]).or_else(|| word(&["status"])),
            record_state: word(&["RecordState"]),
            compliance: word(&["Compliance", "Status"]).or_else(|| word(&["compliance", "status"])),
            account: text(&["AwsAccountId"]).or_else(|| text(&["cloud", "account", "uid"])),
            region: text(&["Region"]).or_else(|| text(&["cloud", "region"])),
        }
    }

    /// Somebody dealt with it, it is gone, or the control has passed.
    fn is_done(&self) -> bool {
        let is = |member: &Option<String>, words: &[&str]| {
            member.as_deref().is_some_and(|word| words.contains(&word))
        };
        is(&self.workflow, &[RESOLVED, "ARCHIVED"])
            || is(&self.record_state, &["ARCHIVED"])
            || is(&self.compliance, &["PASSED", "PASS"])
    }

    /// `None`, which is less than the least, for a word that AWS has not said yet.
    fn rank(&self) -> Option<usize> {
        let severity = self.severity.as_deref()?;
        SEVERITIES.iter().position(|known| *known == severity)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

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
                "b (and 2 more)",
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
    fn the_context_has_the_worst_findings_in_one_shape() {
        let mut findings = vec![finding("b", "LOW"); 12];
        findings.push(json!({
            "finding_info": {"title": "Exposed", "desc": "Open to all."},
            "severity": "Fatal",
            "status": "New",
            "compliance": {"status": "Fail"},
            "resources": [{"uid": "i-0abc"}],
        }));
        let context = context(&record(event(&json!(findings))));
        assert_eq!(
            context.json("event.findings.0"),
            Some(json!({
                "title": "Exposed", "severity": "FATAL", "description": "Open to all.", "resource": "i-0abc",
                "workflow": "NEW", "record_state": null, "compliance": "FAIL",
            }))
        );
        assert_eq!(
            context.json("event.findings.1"),
            Some(json!({
                "title": "b", "severity": "LOW", "description": "Checks a thing.", "resource": "arn:aws:s3:::acme-public",
                "workflow": "NEW", "record_state": null, "compliance": null,
            }))
        );
        assert!(context.json("event.findings.9").is_some());
        assert_eq!(context.json("event.findings.10"), None);
        assert_eq!(context.json("event.more_findings"), Some(json!(3)));
        assert_eq!(context.text("state"), Some("FATAL"));
    }

    #[test]
    fn an_event_is_resolved_when_all_its_findings_are() {
        let with = |name: &str, value: Value| {
            let mut finding = finding("done", "CRITICAL");
            finding[name] = value;
            finding
        };
        let done = [
            with("Workflow", json!({"Status": "RESOLVED"})),
            with("RecordState", json!("ARCHIVED")),
            with("Compliance", json!({"Status": "PASSED"})),
            json!({"finding_info": {"title": "done"}, "status": "Resolved"}),
        ];
        for finding in &done {
            let context = context(&record(event(&json!([finding]))));
            assert_eq!(context.text("state"), Some("RESOLVED"), "{finding}");
        }
        let context_of_all = context(&record(event(&json!(done))));
        assert_eq!(context_of_all.text("state"), Some("RESOLVED"));
        let one_is_open = json!([done[0], finding("open", "LOW"), done[1]]);
        let context = context(&record(event(&one_is_open)));
        assert_eq!(context.text("title"), Some("open (and 2 more)"));
        assert_eq!(context.text("state"), Some("LOW"));
    }

    #[test]
    fn an_insight_has_a_name_and_no_findings() {
        let mut body = event(&json!(null));
        body["detail"] = json!({"insightName": "Top buckets", "insightResults": [{"acme": 12}]});
        let context = context(&record(body));
        assert_eq!(context.text("title"), Some("Top buckets"));
        assert_eq!(context.json("event.findings"), Some(json!([])));
        assert_eq!(context.json("event.more_findings"), Some(json!(0)));
    }

    #[test]
    fn without_findings_the_event_speaks_for_itself() {
        let context = context(&record(event(&json!([]))));
        assert_eq!(
            context.text("title"),
            Some("Security Hub Findings - Imported: S3.8/finding/1")
        );
        assert_eq!(context.json("state"), Some(Value::Null));
    }

    #[test]
    fn survives_any_member_missing_or_of_another_type() {
        survives(
            &event(&json!([finding("a", "HIGH"), finding("b", "LOW")])),
            &["event"],
        );
    }
}
