//! The program from outside, and its promises over every fixture.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test may stop it"
)]

#[cfg(feature = "cli")]
mod command_line;
mod contract;
mod fixtures;
mod hostile;
mod mutations;
#[cfg(feature = "cli")]
mod recipes;
mod size;
mod templates;
