//! The command line `sns-to-slack`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sns_to_slack::cli::run()
}
