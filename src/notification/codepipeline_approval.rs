//! Kind `codepipeline_approval`: somebody must approve before a pipeline goes on.
//!
//! Comes from the action's own SNS topic (page "JSON data format for manual approval notifications in CodePipeline"), from a
//! notification rule or from an EventBridge rule (page "Monitoring CodePipeline events"). Only the first has a token, and
//! so a link to the review.

use serde::Serialize;
use url::Url;

use super::{Eventbridge, Facts, hidden};
use crate::arn::Arn;
use crate::console_link::{self, Console};
use crate::context::Values;
use crate::envelope::Record;
use crate::loose::Loose;
use crate::time;
use crate::tree::Node;

/// An approval that is needed. In the context: `approval`.
///
/// The token of an approval is a capability: who has it can approve. It has no field here and appears nowhere but inside
/// AWS's own review link.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CodepipelineApproval {
    /// The pipeline's name.
    pub pipeline: Option<String>,
    /// The stage that waits.
    pub stage: Option<String>,
    /// The approval action.
    pub action: Option<String>,
    /// What the pipeline's author wrote for the reviewer, up to 1,000 characters; null when unset, and when the event came
    /// by an EventBridge rule.
    pub custom_data: Option<String>,
    /// When the approval expires, RFC 3339; null when it did not come from the action's own topic. Seven days is only the
    /// default: the action may set from 5 minutes to 60 days.
    pub expires: Option<String>,
    /// How long is left until then, counted from the record's own time, so that rendering the same record twice gives the
    /// same message: `6 days 23 hours`. Null when it has expired, and when either time is unknown.
    pub time_left: Option<String>,
    /// True when it had expired by the record's own time: nobody can approve any more. False when either time is unknown.
    pub expired: bool,
    /// The pipeline execution that waits; null when it came from the action's own topic.
    pub execution_id: Option<String>,
    #[serde(skip)]
    review_link: Option<String>,
    #[serde(skip)]
    console_link: Option<String>,
    #[serde(skip)]
    external_link: Option<String>,
    #[serde(skip)]
    region: Option<String>,
    #[serde(skip)]
    account: Option<String>,
    #[serde(skip)]
    arn: Option<String>,
    #[serde(skip)]
    time: Option<String>,
}

impl CodepipelineApproval {
    /// From the message that the action itself sends. A copy without the token (a forwarder may have taken it out) is an
    /// approval all the same.
    pub(super) fn from_action(value: &Node<'_>) -> Option<Self> {
        let approval = value.object("approval")?;
        approval.string("pipelineName")?;
        let token = approval.text("token").unwrap_or_default();
        let shown = |name| approval.text(name).map(|text| without(&text, &token));
        Some(Self {
            pipeline: shown("pipelineName"),
            stage: shown("stageName"),
            action: shown("actionName"),
            custom_data: shown("customData"),
            expires: approval.moment("expires"),
            review_link: approval
                .text("approvalReviewLink")
                .filter(|url| is_review(url)),
            // The link to a review leads to the pipeline too, and would carry the token along.
            console_link: value
                .text("consoleLink")
                .filter(|url| without(url, &token) == *url),
            external_link: shown("externalEntityLink"),
            region: value.text("region"),
            ..Self::default()
        })
    }

    /// From an event of a notification rule or an EventBridge rule: an action of category `Approval` that has started.
    pub(super) fn from_event(event: &Eventbridge) -> Option<Self> {
        let detail = event.detail.node();
        let category = detail.deep(&["type", "category"])?.as_str()?;
        if event.source != "aws.codepipeline"
            || category != "Approval"
            || detail.string("state") != Some("STARTED")
        {
            return None;
        }
        let attributes = event.additional_attributes.node().as_object();
        let attribute = |name| attributes.and_then(|attributes| attributes.text(name));
        Some(Self {
            pipeline: detail.text("pipeline"),
            stage: detail.text("stage"),
            action: detail.text("action"),
            custom_data: attribute("customData"),
            external_link: attribute("externalEntityLink"),
            execution_id: detail.text("execution-id"),
            region: event.region.clone(),
            account: event.account.clone(),
            arn: event.resources.first().cloned(),
            time: event.time.clone(),
            ..Self::default()
        })
    }

    pub(super) fn facts(&self, record: &Record) -> Facts {
        let mut facts = Facts {
            title: self.title(),
            name: self.pipeline.clone(),
            source: Some("aws.codepipeline".to_owned()),
            account: self.account.clone(),
            region: self.region.clone(),
            time: self.time.clone(),
            ..Facts::default()
        };
        let arn = self.arn.as_deref().and_then(Arn::parse);
        let console = Console::near(self.region.as_deref(), arn, record.topic());
        let pipeline = self
            .console_link
            .as_deref()
            .and_then(console_link::trusted)
            .or_else(|| Some(console.as_ref()?.pipeline(self.pipeline.as_deref()?)));
        let execution = console.as_ref().and_then(|console| {
            let (pipeline, execution) = (self.pipeline.as_ref()?, self.execution_id.as_ref()?);
            Some(console.pipeline_execution(pipeline, execution))
        });
        facts.link(
            "review",
            self.review_link.as_deref().and_then(console_link::trusted),
        );
        facts.link("pipeline", pipeline);
        facts.link("execution", execution);
        facts.link(
            "external",
            self.external_link
                .as_deref()
                .and_then(console_link::foreign),
        );
        facts
    }

    pub(super) fn members(&self, record: &Record, values: &mut Values) {
        let from = record.timestamp.as_deref().and_then(time::parse);
        let until = self.expires.as_deref().and_then(time::parse);
        let times = from.zip(until);
        let approval = Self {
            time_left: times.and_then(|(from, until)| time::left_between(from, until)),
            expired: times.is_some_and(|(from, until)| until <= from),
            ..self.clone()
        };
        values.add("approval", &approval);
    }

    /// `Approval needed: storefront / Production / Release`, or what of it is known.
    fn title(&self) -> String {
        let place: Vec<&str> = [&self.pipeline, &self.stage, &self.action]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if place.is_empty() {
            return "Approval needed".to_owned();
        }
        format!("Approval needed: {}", place.join(" / "))
    }
}

/// The text without the token, wherever somebody has copied it to.
fn without(text: &str, token: &str) -> String {
    // AWS's tokens are UUIDs; what is short is none, and would be found in any text.
    if token.len() < 16 {
        return hidden::in_text(text).into_owned();
    }
    let (lower, token) = (text.to_ascii_lowercase(), token.to_ascii_lowercase());
    let mut shown = String::new();
    let mut done = 0;
    for (at, found) in lower.match_indices(&token) {
        shown.push_str(text.get(done..at).unwrap_or_default());
        shown.push_str(hidden::HIDDEN);
        done = at + found.len();
    }
    shown.push_str(text.get(done..).unwrap_or_default());
    hidden::in_text(&shown).into_owned()
}

/// Does it lead to CodePipeline? Others of the console's pages do things of their own at one click.
fn is_review(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| {
        ["/codesuite/codepipeline/", "/codepipeline/"]
            .iter()
            .any(|path| url.path().starts_with(path))
    })
}

#[cfg(test)]
mod tests;
