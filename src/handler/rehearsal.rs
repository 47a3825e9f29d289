//! The first record, before it comes: whatever is done slowly the first time is done at the start, when AWS gives the function a
//! whole processor. The smallest function handles its first record with a fourteenth of one (page "Configure Lambda function
//! memory").

use std::hint;
use std::panic::{self, AssertUnwindSafe};

use super::{Decided, Forwarder, render};
use crate::envelope::Payload;

/// An alarm that never was.
const EVENT: &str = include_str!("rehearsal.json");

impl<P, F, Q> Forwarder<P, F, Q> {
    /// Makes the message of a made-up alarm, and forgets it: nothing is posted, said or remembered.
    pub fn rehearse(&self) {
        // What fails here fails again with a record, and is reported then.
        let message = panic::catch_unwind(AssertUnwindSafe(|| self.rehearsed()));
        hint::black_box(message.ok());
    }

    /// `None` where a route says that nobody gets such a record.
    pub(super) fn rehearsed(&self) -> Option<String> {
        let payload = Payload::read(EVENT.as_bytes())?;
        let record = payload.open().ok()?.records.into_iter().next()?;
        let Decided::Post(_, context, targets) = self.decide(1, record.ok()?) else {
            return None;
        };
        let target = targets.first()?;
        let rendered = render(&self.templates, &context, target.template, target.mentions);
        Some(rendered.message.to_json())
    }
}
