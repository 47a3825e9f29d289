//! The program from outside, and its promises over every fixture.

mod contract;
mod fixtures;
mod hostile;
mod mutations;
mod size;
mod templates;
