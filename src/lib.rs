//! From SNS records to Slack messages.

pub mod context;
pub mod envelope;
pub mod notification;

pub mod arn;
pub mod console_link;
pub mod loose;
pub mod time;
