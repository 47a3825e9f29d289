//! The built function between a Lambda Runtime API and a Slack that misbehave on command (`support`).

mod bounds;
mod custom_templates;
mod delivery;
mod envelope;
mod ledger;
mod log;
mod peers;
mod retries;
mod secrets;
mod start;
