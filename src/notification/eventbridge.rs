//! Kind `eventbridge`: an event of any source that has no kind of its own.
//!
//! Comes from an EventBridge rule (page "AWS service events in Amazon EventBridge") or from a notification rule of the
//! developer tools, which spells one key differently and adds attributes (page "Monitoring CodePipeline events"). The files
//! below this one know how to say what some sources report; every other source is described from what events have in
//! common.

mod codepipeline;
mod guardduty;
mod health;
mod securityhub;

use serde::Serialize;

use self::securityhub::Finding;
use super::members::{self, Member};
use super::{Facts, Field, hidden, words};
use crate::arn::Arn;
use crate::context::Values;
use crate::envelope::Record;
use crate::loose::Loose;
use crate::time;
use crate::tree::{Arena, Document, Node};

/// How many members of the detail the summary has.
const SUMMARY_LENGTH: usize = 10;
/// The longest path and the longest value in the summary, in characters.
const LONGEST: usize = 200;

/// An event. In the context: `event`.
///
/// What routes match on: `name` is the detail type, `state` what the source calls its state or severity. `account` and
/// `region` are those of the thing that is reported where the source tells them apart from its own.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Eventbridge {
    /// `aws.health`, `aws.guardduty`, or a source of your own.
    pub source: String,
    /// For example `AWS Health Event`. A notification rule of the developer tools spells the key `detailType`.
    pub detail_type: String,
    /// The event's own id; null when it came by a notification rule.
    pub id: Option<String>,
    /// Twelve digits.
    pub account: Option<String>,
    /// Where it happened.
    pub region: Option<String>,
    /// When, RFC 3339.
    pub time: Option<String>,
    /// ARNs of what it is about; may be empty.
    pub resources: Vec<String>,
    /// What the source says, as it came; but a member named like a token or a password reads `(hidden)`, as in `json`. Its
    /// members differ from source to source and from event to event: read them with
    /// `pick(from=event.detail, path="a.b")`, which is null where there is no such member.
    pub detail: Document,
    /// Only from notification rules: what the rule adds (custom data, the reason of a failure). Hidden and read as `detail`.
    pub additional_attributes: Document,
    /// The ten members of the detail that tell most, for a message about a source that nobody wrote a template for: `name`
    /// is the path (`type.category`, `findings.0.Title`), `value` is on one line of up to 200 characters. May be empty.
    pub summary: Vec<Field>,
    /// Why an action or a pipeline of CodePipeline failed; null for anything else, and when AWS does not say.
    pub failure: Option<String>,
    /// The ten worst findings of Security Hub; empty for any other source, and for an event without findings.
    pub findings: Vec<Finding>,
    /// How many findings there are beyond those.
    pub more_findings: usize,
}

/// What a source says of its event in its own way; for what it leaves out there is an answer for all sources.
#[derive(Debug, Default)]
struct Told {
    title: Option<String>,
    state: Option<String>,
    account: Option<String>,
    region: Option<String>,
}

impl Eventbridge {
    /// As it came, for the kinds that look into events; see [`Self::completed`].
    pub(super) fn from_event(value: &Node<'_>) -> Option<Self> {
        let source = value.string("source")?;
        let detail_type = value
            .string("detail-type")
            .or_else(|| value.string("detailType"))?;
        let detail = value.member("detail").filter(|it| it.is_object())?;
        Some(Self {
            source: source.to_owned(),
            detail_type: detail_type.to_owned(),
            id: value.text("id"),
            account: value.text("account"),
            region: value.text("region"),
            time: value.moment("time"),
            resources: value.texts("resources"),
            detail: Document::of(detail),
            additional_attributes: value
                .get("additionalAttributes")
                .map(Document::of)
                .unwrap_or_default(),
            ..Self::default()
        })
    }

    /// Ready to show, once no other kind has taken it.
    pub(super) fn completed(mut self) -> Self {
        for shown in [&mut self.detail, &mut self.additional_attributes] {
            let arena = Arena::new();
            let hidden = hidden::in_part(shown.node(), &arena).map(|it| Document::of(&it));
            if let Some(hidden) = hidden {
                *shown = hidden;
            }
        }
        self.summary = summary(self.detail.node());
        if self.source == codepipeline::SOURCE {
            self.failure = codepipeline::failure(&self);
        }
        if self.source == securityhub::SOURCE {
            self.findings = securityhub::findings(self.detail.node());
            self.more_findings = self
                .findings
                .len()
                .saturating_sub(securityhub::FINDINGS_LENGTH);
            self.findings.truncate(securityhub::FINDINGS_LENGTH);
        }
        self
    }

    pub(super) fn facts(&self, record: &Record) -> Facts {
        let told = match self.source.as_str() {
            codepipeline::SOURCE => codepipeline::tell(self),
            guardduty::SOURCE => guardduty::tell(self),
            health::SOURCE => health::tell(self),
            securityhub::SOURCE => securityhub::tell(self),
            _ => Told::default(),
        };
        let state = told.state.or_else(|| self.state());
        let title = told
            .title
            .filter(|title| !title.trim().is_empty())
            .unwrap_or_else(|| self.title(state.as_deref()));
        let mut facts = Facts {
            title: words::title(&title),
            name: Some(self.detail_type.clone()),
            state,
            source: Some(self.source.clone()),
            account: told.account.or_else(|| self.account.clone()),
            region: told.region.or_else(|| self.region.clone()),
            time: self.time.clone(),
            ..Facts::default()
        };
        let (pipeline, execution) = match self.source.as_str() {
            codepipeline::SOURCE => codepipeline::links(self, record),
            _ => (None, None),
        };
        facts.link("pipeline", pipeline);
        facts.link("execution", execution);
        facts
    }

    pub(super) fn members(&self, _record: &Record, values: &mut Values) {
        values.add("event", self);
    }

    /// The members in which most sources put what routes want to match on.
    fn state(&self) -> Option<String> {
        ["state", "status", "severity"]
            .into_iter()
            .find_map(|name| self.detail.node().string(name))
            .or_else(|| self.some_status())
            .map(str::to_owned)
    }

    /// `build-status` of CodeBuild, `lastStatus` of Amazon ECS, the status in `status-details` of CloudFormation; not what
    /// was or shall be.
    fn some_status(&self) -> Option<&str> {
        const NOT_NOW: [&str; 4] = ["desired", "old", "previous", "target"];
        let mut names: Vec<&str> = self
            .detail
            .node()
            .as_object()?
            .names()
            .filter(|name| {
                let name = name.to_lowercase();
                name.ends_with("status") && !NOT_NOW.iter().any(|word| name.starts_with(word))
            })
            .collect();
        names.sort_by_key(|name| !name.starts_with("last"));
        names
            .iter()
            .find_map(|name| self.detail.node().string(name))
            .or_else(|| {
                self.detail
                    .node()
                    .deep(&["status-details", "status"])?
                    .as_str()
            })
            .filter(|status| !status.is_empty())
    }

    /// `EC2 Instance State-change Notification: i-0abc (terminated)`; without a resource the source has to tell where the
    /// event comes from.
    fn title(&self, state: Option<&str>) -> String {
        let Self {
            detail_type,
            source,
            resources,
            ..
        } = self;
        let more = match resources.len() {
            0 | 1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        match (resources.first(), state) {
            (Some(arn), Some(state)) => {
                format!("{detail_type}: {}{more} ({state})", resource_name(arn))
            }
            (Some(arn), None) => format!("{detail_type}: {}{more}", resource_name(arn)),
            (None, Some(state)) => format!("{detail_type}: {state} ({source})"),
            (None, None) => format!("{detail_type} ({source})"),
        }
    }
}

/// What follows the type in an ARN's resource: `i-0abc` of `instance/i-0abc`. Some sources send bare ids.
fn resource_name(arn: &str) -> &str {
    let Some(arn) = Arn::parse(arn) else {
        return arn;
    };
    match arn.resource.split_once(['/', ':']) {
        Some((_, name)) if !name.is_empty() => name,
        _ => arn.resource,
    }
}

/// The members that tell most; of a list of objects only the first one's.
fn summary(detail: &Node<'_>) -> Vec<Field> {
    let Some(members) = detail.as_object() else {
        return Vec::new();
    };
    let (mut found, _) = members::flat(members);
    found.extend(members::of_first_items(members));
    members::sort(&mut found);
    // After all others, in the same order.
    found.sort_by_cached_key(|member| members::says_where_or_when(member.name));
    found
        .iter()
        .filter_map(|Member { of, name, text }| {
            let path = match of {
                Some(of) => format!("{of}.{name}"),
                None => (*name).to_owned(),
            };
            let value = words::one_line(&time::normalise(text), LONGEST);
            Field::new(words::one_line(&path, LONGEST), &value)
        })
        .take(SUMMARY_LENGTH)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::notification::mutation::{context, record, survives};

    fn event(source: &str, resources: &[&str], detail: &Value) -> Value {
        json!({
            "version": "0",
            "id": "2f6d1f5c-7a1e-4b3c-8d9e-0a1b2c3d4e5f",
            "detail-type": "Thing Changed",
            "source": source,
            "account": "210987654321",
            "time": "2026-03-11T09:42:14Z",
            "region": "eu-central-1",
            "resources": resources,
            "detail": detail,
        })
    }

    #[test]
    fn any_source_gets_a_title_and_what_routes_match_on() {
        let instance = "arn:aws:ec2:eu-central-1:210987654321:instance/i-0abc";
        let build = "arn:aws:codebuild:eu-central-1:210987654321:build/shop:8f1ee69b";
        for (resources, detail, title, state) in [
            (vec![], json!({}), "Thing Changed (my.shop)", None),
            (
                vec![],
                json!({"status": "FAILED"}),
                "Thing Changed: FAILED (my.shop)",
                Some("FAILED"),
            ),
            (
                vec![instance],
                json!({"state": "terminated", "status": "x"}),
                "Thing Changed: i-0abc (terminated)",
                Some("terminated"),
            ),
            (
                vec![instance, build],
                json!({"severity": 5}),
                "Thing Changed: i-0abc and 1 more",
                None,
            ),
            (
                vec![build],
                json!({"state": {"value": "x"}}),
                "Thing Changed: shop:8f1ee69b",
                None,
            ),
            (
                vec!["arn:aws:s3:::acme"],
                json!({}),
                "Thing Changed: acme",
                None,
            ),
            (vec!["i-0abc"], json!({}), "Thing Changed: i-0abc", None),
            (
                vec![build],
                json!({"build-status": "FAILED"}),
                "Thing Changed: shop:8f1ee69b (FAILED)",
                Some("FAILED"),
            ),
            (
                vec![],
                json!({"desiredStatus": "STOPPED", "healthStatus": "UNKNOWN", "lastStatus": "RUNNING"}),
                "Thing Changed: RUNNING (my.shop)",
                Some("RUNNING"),
            ),
            (
                vec![],
                json!({"previousStatus": "a", "statusless": "b", "status-details": {"status": "UPDATE_COMPLETE"}}),
                "Thing Changed: UPDATE_COMPLETE (my.shop)",
                Some("UPDATE_COMPLETE"),
            ),
        ] {
            let body = event("my.shop", &resources, &detail);
            let context = context(&record(body));
            assert_eq!(context.text("kind"), Some("eventbridge"));
            assert_eq!(context.text("title"), Some(title));
            assert_eq!(context.text("state"), state);
            assert_eq!(context.text("name"), Some("Thing Changed"));
            assert_eq!(context.text("source"), Some("my.shop"));
            assert_eq!(context.text("account"), Some("210987654321"));
            assert_eq!(context.text("region"), Some("eu-central-1"));
            assert_eq!(
                context.json("links"),
                Some(json!({"pipeline": null, "execution": null}))
            );
            assert_eq!(context.json("event.failure"), Some(Value::Null));
        }
    }

    #[test]
    fn the_summary_has_the_telling_members_first_and_is_short() {
        let summary_of = |detail: &Value| -> Vec<String> {
            summary(&detail.into())
                .into_iter()
                .map(|field| format!("{}: {}", field.name, field.value))
                .collect()
        };
        let detail = json!({
            "a": {"deep": {"deeper": 1}, "x": true},
            "awsRegion": "eu-west-1",
            "b": ["one", "two"],
            "containers": [{"exitCode": 137, "networks": []}, {"exitCode": 0}],
            "empty": [],
            "nothing": null,
            "number": 12.0,
            "stoppedAt": "Wed, 11 Mar 2026 09:42:00 GMT",
            "stoppedReason": "two\nlines",
            "taskArn": "arn:aws:ecs:eu-west-1:123456789012:task/shop/1",
            "written": "[]",
        });
        assert_eq!(
            summary_of(&detail),
            [
                "stoppedReason: two lines",
                "containers.0.exitCode: 137",
                "b: one, two",
                "number: 12",
                "a.x: true",
                "taskArn: arn:aws:ecs:eu-west-1:123456789012:task/shop/1",
                "awsRegion: eu-west-1",
                "stoppedAt: 2026-03-11T09:42:00Z",
            ]
        );
        for nothing in [json!({}), json!({"a": {}, "b": []}), json!([]), json!(null)] {
            assert!(summary(&(&nothing).into()).is_empty(), "{nothing}");
        }

        let many: Value = (0..30)
            .map(|n| (format!("m{n}"), json!("ü".repeat(500))))
            .collect();
        let many = summary(&(&many).into());
        assert_eq!(many.len(), 10);
        assert!(many.iter().all(|field| field.value.chars().count() == 200));
    }

    #[test]
    fn what_opens_a_door_is_hidden_wherever_a_template_may_look() {
        const UUID: &str = "1a2b3c4d-5e6f-4a1b-8c2d-3e4f5a6b7c8d";
        let link = format!("https://console.aws.amazon.com/c#/Prod/Ok/approve/{UUID}");
        let detail = json!({
            "token": UUID,
            "link": link,
            "responseElements": {"sessionToken": UUID, "user": "jo"},
            "list": [{"db-password": UUID, "deep": [{"Authorization": {"x": UUID}}]}],
            "text": json!({"secret": UUID}).to_string(),
        });
        let mut body = event("my.shop", &[], &detail);
        body["additionalAttributes"] = json!({"apiKey": UUID, "customData": link});
        let context = context(&record(body));
        let seen = Value::Object(context.to_json()).to_string();
        assert!(!seen.contains(&UUID[..9]), "{seen}");
        for (path, expected) in [
            ("event.detail.token", "(hidden)"),
            ("event.detail.responseElements.user", "jo"),
            ("event.additional_attributes.apiKey", "(hidden)"),
        ] {
            assert_eq!(context.text(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn survives_any_member_missing_or_of_another_type() {
        let detail = json!({"state": "x", "a": {"b": [1, {"c": null}]}, "l": ["x", {}]});
        let resource = "arn:aws:ec2:eu-central-1:210987654321:instance/i-0abc";
        survives(&event("my.shop", &[resource], &detail), &["event"]);
    }
}
