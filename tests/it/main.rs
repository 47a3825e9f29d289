//! The program from outside, and its promises over every fixture.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of a test may stop it"
)]

mod contract;
mod fixtures;
mod hostile;
mod mutations;
mod size;
mod templates;
