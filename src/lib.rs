//! From SNS records to Slack messages.
//!
//! The flow, in the order of the modules; [`handler`] reads the same:
//!
//! | step | from, to | module |
//! |---|---|---|
//! | 1 open | payload to records, each on its own | [`envelope`] |
//! | 2 classify | record to [`notification::Notification`], total | [`notification`] |
//! | 3 context | what a template sees | [`context`] |
//! | 4 route | who gets it | [`route`] |
//! | 5 render | template and context to a [`slack::Message`] | [`template`] |
//! | 6 deliver | message and receiver to a [`delivery::Outcome`] | [`delivery`] |
//! | 7 answer | outcomes to the function's answer | [`handler`] |
//!
//! Everything from envelope to message is a function of its arguments. The network is reached in
//! [`slack::webhook`] and [`aws`] only, files and the environment in [`settings`], [`template`] and the binaries.

pub mod handler;

pub mod context;
pub mod delivery;
pub mod digest;
pub mod envelope;
pub mod notification;
pub mod retry;
pub mod route;
pub mod template;

pub mod log;
pub mod secrets;
pub mod settings;
pub mod slack;

pub mod arn;
pub mod aws;
pub mod console_link;
pub mod loose;
pub mod time;

mod scan;
pub mod tree;

#[cfg(feature = "cli")]
pub mod cli;
