//! Step 4: who gets a record.

use crate::context::Context;
use crate::settings::{Receiver, Settings};

/// Who gets a record.
#[derive(Debug)]
pub enum Decision<'s> {
    /// These receivers; never empty.
    Post(Vec<Target<'s>>),
    /// Nobody, and why.
    Ignore {
        /// For the log line: what decided so, and how to change it.
        note: &'static str,
    },
}

/// One receiver of a record.
#[derive(Debug)]
pub struct Target<'s> {
    /// Where it goes.
    pub receiver: &'s Receiver,
    /// The template that the route names, without the suffix.
    pub template: Option<&'s str>,
}

/// Decides by the context alone.
pub fn route<'s>(settings: &'s Settings, context: &Context) -> Decision<'s> {
    if settings.ignore_config_notices && context.text("kind") == Some("config_notice") {
        return Decision::Ignore {
            note: "with SLACK_WEBHOOK_URL alone only compliance changes of an AWS Config stream are posted",
        };
    }
    Decision::Post(vec![Target {
        receiver: &settings.receiver,
        template: None,
    }])
}
