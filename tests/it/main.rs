//! The program from outside, and its promises over every fixture.
//!
//! `faults` puts the built `forwarder` between a Lambda Runtime API and a Slack that misbehave on command (`support`), and sees
//! what it does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of a test may stop it"
)]

#[cfg(feature = "cli")]
mod command_line;
mod contract;
mod deadlines;
mod faults;
mod fixtures;
mod hostile;
#[cfg(feature = "cli")]
mod localstack;
mod mutations;
#[cfg(feature = "cli")]
mod preview;
#[cfg(feature = "cli")]
mod queues;
#[cfg(feature = "cli")]
mod readme;
#[cfg(feature = "cli")]
mod recipes;
mod safe;
mod simulation;
mod size;
mod templates;
#[cfg(feature = "cli")]
mod terraform;
mod terraform_docs;

mod support;
