//! The command line: previews and checks what the function would do.
//!
//! Exit codes: 0 all is well, 1 something was not posted or a check failed, 2 wrong usage or unreadable input. What a
//! command is asked for goes to standard output, everything else to standard error.

mod bundle;
mod check;
mod doctor;
mod drawing;
mod explain;
mod forward;
mod init;
mod input;
mod paths;
mod preview;
mod redrive;
mod render;
mod rendering;
mod sources;
mod stand_in;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::settings::{References, Settings};
use crate::template::Templates;

#[derive(Debug, Parser)]
#[command(
    name = "sns-to-slack",
    version,
    about = "Turns SNS records into Slack messages: try here what the Lambda function will post",
    long_about = "Turns SNS records (CodePipeline approvals, CloudWatch alarms, AWS Config results and everything else) into \
                  Slack messages. The Lambda function does it in AWS; this command does the same on your machine, so that \
                  you see every message before a deploy. Nothing is posted to Slack but by `forward --live` and by `doctor`.",
    after_help = "Start here:\n  sns-to-slack forward fixtures/*/event.json    see every kind of message\n  \
                  sns-to-slack render my-alarm.json             see what becomes of a message of yours\n  \
                  sns-to-slack preview --templates mine         see on a page what you change, as you save it\n  \
                  sns-to-slack doctor --settings mine.toml      see whether your webhooks work\n  \
                  sns-to-slack redrive dead-letters --list      see what could not be posted\n\n\
                  Exit codes: 0 all is well, 1 something was not posted or a check failed, 2 wrong usage or unreadable input"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Do all that the function does, and show what arrives in Slack
    ///
    /// Posts to a stand-in for Slack inside this command, which refuses what Slack is known to refuse. With --live it posts
    /// to the webhook in SLACK_WEBHOOK_URL, for real.
    Forward(forward::Options),
    /// Show the messages without posting them
    Render(render::Options),
    /// Show them on a page in the browser, and show them anew whenever a template, the settings or an event is saved
    ///
    /// Prints the address of the page, which only this machine can reach. With --export it writes the pages as files instead.
    Preview(preview::Options),
    /// Say what kind a message is and why, which routes were tried, and who gets it
    Explain(explain::Options),
    /// Find what is wrong with settings and templates before a deploy
    ///
    /// Renders every built-in example (and yours) with every template, and looks for values that no message has, texts beyond
    /// Slack's limits, templates that nobody uses, and routes that nothing reaches.
    Check(check::Options),
    /// Pack the function, or templates and settings after checking them, into a zip for Lambda
    ///
    /// Without --function the zip is a layer. With it, it is the function itself, for the runtime provided.al2023: the program
    /// becomes `bootstrap`, and templates and settings go beside it, where the function looks first; the last lines are for the
    /// Terraform module. The same files always give the same zip.
    Bundle(bundle::Options),
    /// Find out why nothing arrives: post a test message to every receiver
    ///
    /// Says what is wrong with each, and what to do about it. Posts to Slack for real, unless you say --dry-run; the message says
    /// that it is a test, and mentions nobody. Webhooks are fetched from where they are kept with the AWS credentials of the
    /// environment; the function has those of its role.
    Doctor(doctor::Options),
    /// Bring back what has ended up in a dead-letter queue, or show what is there
    ///
    /// Moves the messages back to the queue that they came from, where the function reads them again. With --list it shows what
    /// each of them is, who has not got it and why, and moves nothing. Takes the AWS credentials and AWS_REGION of the
    /// environment. Needs the permissions sqs:GetQueueUrl, sqs:GetQueueAttributes, sqs:ListDeadLetterSourceQueues,
    /// sqs:ReceiveMessage and sqs:ChangeMessageVisibility to show them; sqs:StartMessageMoveTask, sqs:ListMessageMoveTasks and
    /// sqs:DeleteMessage as well, and sqs:SendMessage on the queue that gets them, to move them.
    Redrive(redrive::Options),
    /// Write settings and a template to start from
    Init(init::Options),
}

/// What the commands have in common.
#[derive(Debug, Args)]
struct Common {
    /// Files: a Lambda event (SNS or SQS), an SNS envelope, or anything else, which is taken as the body of a message; `-`
    /// is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    setup: Setup,
}

/// What a deployment consists of, beside the function itself.
#[derive(Debug, Args)]
struct Setup {
    /// Settings as TOML (or JSON); without them one receiver `default` gets everything
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// A directory of templates, laid over the built-in ones
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
}

impl Setup {
    /// With webhooks as they are written: looking at messages needs no secrets.
    fn settings(&self) -> Result<Settings, String> {
        let settings = match &self.settings {
            None => return Ok(Settings::for_preview()),
            Some(path) => {
                Settings::from_file(path, |name| env::var(name).ok(), References::AsWritten)
            }
        };
        let settings = settings.map_err(|error| error.to_string())?;
        for warning in &settings.warnings {
            warn(&warning.to_string());
        }
        Ok(settings)
    }

    fn templates(&self) -> Result<Templates, String> {
        let templates = Templates::built_in().map_err(|error| error.to_string())?;
        let Some(directory) = &self.templates else {
            return Ok(templates);
        };
        let templates = templates
            .with_directory(directory)
            .map_err(|error| format!("--templates {}: {error}", directory.display()))?;
        for broken in templates.broken() {
            warn(&format!("{broken}\n  the built-in template is used"));
        }
        Ok(templates)
    }
}

/// Runs the command of the process's arguments.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = match (runtime, cli.command) {
        (Err(error), _) => Err(format!("cannot start: {error}")),
        (Ok(runtime), Command::Forward(options)) => runtime.block_on(forward::run(&options)),
        (Ok(_), Command::Render(options)) => render::run(&options),
        (Ok(runtime), Command::Preview(options)) => runtime.block_on(preview::run(&options)),
        (Ok(_), Command::Explain(options)) => explain::run(&options),
        (Ok(_), Command::Check(options)) => check::run(&options),
        (Ok(_), Command::Bundle(options)) => bundle::run(&options),
        (Ok(runtime), Command::Doctor(options)) => runtime.block_on(doctor::run(&options)),
        (Ok(runtime), Command::Redrive(options)) => runtime.block_on(redrive::run(&options)),
        (Ok(_), Command::Init(options)) => init::run(&options),
    };
    match result {
        Ok(Verdict::Fine) => ExitCode::SUCCESS,
        Ok(Verdict::Failed) => ExitCode::from(1),
        Err(message) => {
            error(&message);
            ExitCode::from(2)
        }
    }
}

/// How a command ended that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fine,
    Failed,
}

fn error(message: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    anstream::eprintln!("{style}error:{style:#} {message}");
}

fn warn(message: &str) {
    let style = anstyle::AnsiColor::Yellow.on_default().bold();
    anstream::eprintln!("{style}warning:{style:#} {message}");
}
