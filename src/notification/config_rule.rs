//! Kind `config_rule`: the compliance of a resource with a rule of AWS Config changed.
//!
//! Comes from the delivery channel's topic (page "Example Compliance Change Notification"), or as the `detail` of an
//! EventBridge event, which leaves out what is null (page "Monitoring AWS Config with Amazon EventBridge").

use serde::Serialize;

use super::{Facts, words};
use crate::arn::Arn;
use crate::console_link::Console;
use crate::context::Values;
use crate::envelope::Record;
use crate::loose::Loose;
use crate::tree::Node;

/// A changed compliance. In the context: `rule`, `resource` and `compliance`.
///
/// What routes match on: `name` is the rule's name, `state` the new compliance.
#[derive(Debug, Clone, Default)]
pub struct ConfigRule {
    /// The rule.
    pub rule: Rule,
    /// The resource that it was evaluated for.
    pub resource: Resource,
    /// The results, new and old.
    pub compliance: Compliance,
    account: Option<String>,
    region: Option<String>,
    created: Option<String>,
}

/// In the context: `rule`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rule {
    /// Up to 128 characters.
    pub name: Option<String>,
    /// Ends in the rule's id, not in its name.
    pub arn: Option<String>,
}

/// In the context: `resource`. A compliance message has no name, ARN or tags of the resource.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Resource {
    /// Such as `AWS::EC2::SecurityGroup`; `AWS::::Account` for rules about the account as a whole.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// For IAM resources the unique id (`AIDA...`), not the name.
    pub id: Option<String>,
}

/// In the context: `compliance`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Compliance {
    /// As AWS writes it: `COMPLIANT`, `NON_COMPLIANT`, `NOT_APPLICABLE`, `INSUFFICIENT_DATA`; null when AWS sent no new
    /// result.
    pub state: Option<String>,
    /// The state before; null at the first evaluation.
    pub old_state: Option<String>,
    /// What the rule says of the resource, up to 256 characters; null when it says nothing.
    pub annotation: Option<String>,
    /// When AWS Config recorded the result, RFC 3339.
    pub time: Option<String>,
    /// When the rule was invoked, RFC 3339.
    pub invoked_time: Option<String>,
    /// Nothing is left to do: the resource is compliant, or no longer has to be. The latter is what the deletion of a
    /// resource looks like.
    pub resolved: bool,
    /// Ready to follow the resource in a sentence: `is NON_COMPLIANT`, `is COMPLIANT again`.
    pub headline: String,
}

impl ConfigRule {
    /// From the document of the stream.
    pub(super) fn from_stream(value: &Node<'_>) -> Option<Self> {
        let telling = ["configRuleName", "newEvaluationResult", "resourceId"];
        if value.string("messageType") != Some("ComplianceChangeNotification")
            || !telling.iter().any(|name| value.get(name).is_some())
        {
            return None;
        }
        let arn = value.text("configRuleARN");
        let parsed = arn.as_deref().and_then(Arn::parse);
        // IAM may be reported in the region `global`, which has no console.
        let region = value
            .text("awsRegion")
            .filter(|region| !region.eq_ignore_ascii_case("global"));
        Some(Self {
            account: value
                .text("awsAccountId")
                .or_else(|| parsed?.account.map(str::to_owned)),
            region: region.or_else(|| parsed?.region.map(str::to_owned)),
            created: value.moment("notificationCreationTime"),
            rule: Rule {
                name: qualified(value, "configRuleName"),
                arn,
            },
            resource: Resource {
                kind: qualified(value, "resourceType"),
                id: qualified(value, "resourceId"),
            },
            compliance: Compliance::from_stream(value),
        })
    }

    pub(super) fn facts(&self, record: &Record) -> Facts {
        let mut facts = Facts {
            title: words::title(&self.title()),
            name: self.rule.name.clone(),
            state: self.compliance.state.clone(),
            source: Some("aws.config".to_owned()),
            account: self.account.clone(),
            region: self.region.clone(),
            time: self
                .compliance
                .time
                .clone()
                .or_else(|| self.created.clone()),
            ..Facts::default()
        };
        let console = self.console(record);
        let console = console.as_ref();
        let resource = &self.resource;
        facts.link(
            "rule",
            console.and_then(|console| Some(console.config_rule(self.rule.name.as_deref()?))),
        );
        facts.link(
            "resource",
            console.and_then(|console| {
                console.config_timeline(resource.kind.as_deref()?, resource.id.as_deref()?)
            }),
        );
        facts
    }

    pub(super) fn members(&self, _record: &Record, values: &mut Values) {
        values.add("rule", &self.rule);
        values.add("resource", &self.resource);
        values.add("compliance", &self.compliance);
    }

    fn title(&self) -> String {
        let compliance = &self.compliance;
        let state = if compliance.resolved && compliance.was_broken() {
            "Resolved"
        } else {
            compliance.state.as_deref().unwrap_or("No result")
        };
        let rule = self.rule.name.as_deref().unwrap_or("a rule of AWS Config");
        match (self.resource.kind.as_deref(), self.resource.id.as_deref()) {
            (Some("AWS::::Account"), Some(id)) => format!("{state}: {rule} on account {id}"),
            (Some(kind), Some(id)) => format!("{state}: {rule} on {kind} {id}"),
            (Some(one), None) | (None, Some(one)) => format!("{state}: {rule} on {one}"),
            (None, None) => format!("{state}: {rule}"),
        }
    }

    /// Of the rule: its ARN names the region also where the resource's is `global`, and the topic may be elsewhere.
    fn console<'r>(&'r self, record: &'r Record) -> Option<Console<'r>> {
        let arn = self.rule.arn.as_deref().and_then(Arn::parse);
        let region = arn.and_then(|arn| arn.region);
        Console::near(region.or(self.region.as_deref()), arn, record.topic())
    }
}

impl Compliance {
    fn from_stream(value: &Node<'_>) -> Self {
        let result = |name| value.member(name).unwrap_or(&Node::Null);
        let (new, old) = (result("newEvaluationResult"), result("oldEvaluationResult"));
        let mut compliance = Self {
            state: new.text("complianceType"),
            old_state: old.text("complianceType"),
            annotation: new.text("annotation"),
            time: new.moment("resultRecordedTime"),
            invoked_time: new.moment("configRuleInvokedTime"),
            ..Self::default()
        };
        let was_broken = compliance.was_broken();
        let state = compliance.state.as_deref();
        let resolved = match state {
            Some("COMPLIANT") => true,
            Some("NOT_APPLICABLE") => was_broken,
            _ => false,
        };
        let headline = match state {
            Some("COMPLIANT") if was_broken => "is COMPLIANT again".to_owned(),
            Some("NOT_APPLICABLE") if was_broken => "is resolved (no longer applicable)".to_owned(),
            Some("INSUFFICIENT_DATA") => "has INSUFFICIENT_DATA".to_owned(),
            Some(other) => format!("is {}", words::one_line(other, 100)),
            None => "has no evaluation result".to_owned(),
        };
        compliance.resolved = resolved;
        compliance.headline = headline;
        compliance
    }

    fn was_broken(&self) -> bool {
        self.old_state.as_deref() == Some("NON_COMPLIANT")
    }
}

/// The rule and the resource are named at the top and again in each result.
fn qualified(value: &Node<'_>, name: &str) -> Option<String> {
    let in_result = |result| {
        let identifier = [
            result,
            "evaluationResultIdentifier",
            "evaluationResultQualifier",
        ];
        value.deep(&identifier)?.text(name)
    };
    value
        .text(name)
        .or_else(|| in_result("newEvaluationResult"))
        .or_else(|| in_result("oldEvaluationResult"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::context::Context;
    use crate::notification::mutation::{context, record, survives};

    const GROUP: (&str, &str) = ("AWS::EC2::SecurityGroup", "sg-0c1d2e3f4a5b6c7d8");

    fn result(state: &str, annotation: Option<&str>, (kind, id): (&str, &str)) -> Value {
        json!({
            "evaluationResultIdentifier": {
                "evaluationResultQualifier": {
                    "configRuleName": "restricted-ssh",
                    "resourceType": kind,
                    "resourceId": id,
                    "evaluationMode": "DETECTIVE",
                },
                "orderingTimestamp": "2026-03-11T09:42:40.251Z",
            },
            "complianceType": state,
            "resultRecordedTime": "2026-03-11T09:42:44.741Z",
            "configRuleInvokedTime": "2026-03-11T09:42:43.332Z",
            "annotation": annotation,
            "resultToken": null,
        })
    }

    fn document(old: Option<&str>, new: &str, resource: (&str, &str)) -> Value {
        let old = old.map(|old| result(old, None, resource));
        json!({
            "awsAccountId": "123456789012",
            "configRuleName": "restricted-ssh",
            "configRuleARN": "arn:aws:config:eu-central-1:123456789012:config-rule/config-rule-4kz1qe",
            "resourceType": resource.0,
            "resourceId": resource.1,
            "awsRegion": "eu-central-1",
            "newEvaluationResult": result(new, Some("SSH is open to 0.0.0.0/0."), resource),
            "oldEvaluationResult": old,
            "notificationCreationTime": "2026-03-11T09:42:45.751Z",
            "messageType": "ComplianceChangeNotification",
            "recordVersion": "1.0",
        })
    }

    /// As EventBridge delivers it: members that are null are left out.
    fn event(mut document: Value) -> Value {
        for result in ["newEvaluationResult", "oldEvaluationResult"] {
            if let Some(result) = document[result].as_object_mut() {
                result.retain(|_, value| !value.is_null());
            }
        }
        document
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        json!({
            "version": "0",
            "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
            "detail-type": "Config Rules Compliance Change",
            "source": "aws.config",
            "account": "123456789012",
            "time": "2026-03-11T09:42:46Z",
            "region": "eu-central-1",
            "resources": [],
            "detail": document,
        })
    }

    fn of(body: &Value) -> Context {
        let context = context(&record(body));
        assert_eq!(context.text("kind"), Some("config_rule"), "{body}");
        context
    }

    #[test]
    fn the_headline_and_the_title_follow_both_states() {
        let on = "restricted-ssh on AWS::EC2::SecurityGroup sg-0c1d2e3f4a5b6c7d8";
        for (old, new, headline, resolved, title) in [
            (
                Some("COMPLIANT"),
                "NON_COMPLIANT",
                "is NON_COMPLIANT",
                false,
                "NON_COMPLIANT",
            ),
            (
                None,
                "NON_COMPLIANT",
                "is NON_COMPLIANT",
                false,
                "NON_COMPLIANT",
            ),
            (None, "COMPLIANT", "is COMPLIANT", true, "COMPLIANT"),
            (
                Some("NON_COMPLIANT"),
                "COMPLIANT",
                "is COMPLIANT again",
                true,
                "Resolved",
            ),
            (
                Some("NON_COMPLIANT"),
                "NOT_APPLICABLE",
                "is resolved (no longer applicable)",
                true,
                "Resolved",
            ),
            (
                Some("COMPLIANT"),
                "NOT_APPLICABLE",
                "is NOT_APPLICABLE",
                false,
                "NOT_APPLICABLE",
            ),
            (
                Some("NON_COMPLIANT"),
                "INSUFFICIENT_DATA",
                "has INSUFFICIENT_DATA",
                false,
                "INSUFFICIENT_DATA",
            ),
            (
                None,
                "SOMETHING_NEW",
                "is SOMETHING_NEW",
                false,
                "SOMETHING_NEW",
            ),
        ] {
            let body = document(old, new, GROUP);
            for context in [of(&body), of(&event(body))] {
                assert_eq!(context.text("compliance.headline"), Some(headline));
                assert_eq!(context.json("compliance.resolved"), Some(json!(resolved)));
                assert_eq!(context.text("compliance.old_state"), old);
                assert_eq!(context.text("state"), Some(new));
                assert_eq!(
                    context.text("title"),
                    Some(format!("{title}: {on}").as_str())
                );
            }
        }
    }

    #[test]
    fn both_ways_tell_the_same() {
        let body = document(Some("COMPLIANT"), "NON_COMPLIANT", GROUP);
        let context = of(&body);
        assert_eq!(context, of(&event(body)));
        for (path, expected) in [
            ("name", "restricted-ssh"),
            ("source", "aws.config"),
            ("account", "123456789012"),
            ("region", "eu-central-1"),
            ("time", "2026-03-11T09:42:44Z"),
            ("compliance.time", "2026-03-11T09:42:44Z"),
            ("compliance.invoked_time", "2026-03-11T09:42:43Z"),
            ("compliance.annotation", "SSH is open to 0.0.0.0/0."),
            ("rule.name", "restricted-ssh"),
            (
                "rule.arn",
                "arn:aws:config:eu-central-1:123456789012:config-rule/config-rule-4kz1qe",
            ),
            ("resource.type", "AWS::EC2::SecurityGroup"),
            ("resource.id", "sg-0c1d2e3f4a5b6c7d8"),
            (
                "links.rule",
                "https://eu-central-1.console.aws.amazon.com/config/home?region=eu-central-1#/rules/details?configRuleName=restricted-ssh",
            ),
            (
                "links.resource",
                "https://eu-central-1.console.aws.amazon.com/config/home?region=eu-central-1#/resources/timeline?resourceId=sg-0c1d2e3f4a5b6c7d8&resourceType=AWS%3A%3AEC2%3A%3ASecurityGroup",
            ),
        ] {
            assert_eq!(context.text(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn the_global_region_is_that_of_the_rule() {
        let user = ("AWS::IAM::User", "AIDAQ7EXAMPLE3WBCD5FG");
        let mut body = document(None, "NON_COMPLIANT", user);
        body["awsRegion"] = json!("global");
        body["configRuleARN"] = json!(
            "arn:aws-us-gov:config:us-gov-west-1:123456789012:config-rule/config-rule-4kz1qe"
        );
        let context = of(&body);
        assert_eq!(context.text("region"), Some("us-gov-west-1"));
        let link = context.text("links.resource").unwrap();
        assert!(
            link.starts_with("https://us-gov-west-1.console.amazonaws-us-gov.com/"),
            "{link}"
        );
    }

    #[test]
    fn without_the_rule_s_arn_the_topic_tells_where() {
        let mut body = document(None, "NON_COMPLIANT", GROUP);
        body["awsRegion"] = json!("global");
        body["configRuleARN"] = Value::Null;
        let context = of(&body);
        assert_eq!(context.text("region"), Some("eu-west-1"));
        assert!(
            context
                .text("links.rule")
                .unwrap()
                .contains("region=eu-west-1")
        );
    }

    #[test]
    fn the_account_itself_has_no_timeline() {
        let account = ("AWS::::Account", "123456789012");
        let context = of(&document(None, "NON_COMPLIANT", account));
        assert_eq!(context.json("links.resource"), Some(Value::Null));
        assert!(context.text("links.rule").is_some());
        assert_eq!(
            context.text("title"),
            Some("NON_COMPLIANT: restricted-ssh on account 123456789012")
        );
    }

    #[test]
    fn a_missing_result_is_still_of_this_kind() {
        let mut body = document(Some("NON_COMPLIANT"), "COMPLIANT", GROUP);
        body["newEvaluationResult"] = Value::Null;
        let context = of(&body);
        assert_eq!(context.json("state"), Some(Value::Null));
        assert_eq!(
            context.text("compliance.headline"),
            Some("has no evaluation result")
        );
        assert_eq!(context.text("time"), Some("2026-03-11T09:42:45Z"));
    }

    #[test]
    fn survives_any_member_missing_or_of_another_type() {
        let body = document(Some("COMPLIANT"), "NON_COMPLIANT", GROUP);
        let names = ["rule", "resource", "compliance"];
        survives(&body, &names);
        survives(&event(body), &names);
    }
}
