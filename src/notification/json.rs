//! Kind `json`.

use serde::Serialize;
use serde_json::Value;

use super::{Eventbridge, Facts};
use crate::envelope::{Control, Record};

/// In the context: `json`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Json {
    /// Placeholder.
    pub text: String,
}

impl Json {
    pub(super) fn from_sns(_value: &Value) -> Option<Self> {
        None
    }
    pub(super) fn from_stream(_value: &Value) -> Option<Self> {
        None
    }
    pub(super) fn from_event(_event: &Eventbridge) -> Option<Self> {
        None
    }
    pub(super) fn from_value(value: Value) -> Self {
        Self {
            text: value.to_string(),
        }
    }
    pub(super) fn from_body(body: &str, _record: &Record) -> Self {
        Self {
            text: body.to_owned(),
        }
    }
    pub(super) fn from_control(_control: Control, _record: &Record) -> Self {
        Self::default()
    }
    pub(super) fn facts(&self, _record: &Record) -> Facts {
        Facts::default()
    }
    pub(super) fn members(&self, _record: &Record) -> Vec<(&'static str, Value)> {
        vec![("json", serde_json::to_value(self).unwrap_or_default())]
    }
}
