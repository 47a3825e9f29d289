//! Everything that knows Slack: the payload and its limits, the markup of texts, the webhook.

pub mod escape;
pub mod limits;
mod mention;
mod message;
mod path;
pub mod webhook;

pub use mention::{Mention, MentionError, Mentioned};
pub use message::{Message, MessageError};
