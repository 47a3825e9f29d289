//! The Lambda: builds everything once, then hands every invocation over.

use std::cell::Cell;
use std::env;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Context, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use sns_to_slack::aws;
use sns_to_slack::delivery::Sender;
use sns_to_slack::envelope::Payload;
use sns_to_slack::handler::Forwarder;
use sns_to_slack::log;
use sns_to_slack::retry::RetryQueue;
use sns_to_slack::secrets::{Secrets, Webhooks};
use sns_to_slack::settings::Settings;
use sns_to_slack::slack::webhook::Client;
use sns_to_slack::template::Templates;
use tokio::net::lookup_host;
use tokio::time::{Instant, timeout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    log::hide_panic_messages();
    let forwarder = match start().await {
        Ok(forwarder) => forwarder,
        Err(error) => {
            // The log may not be set up yet, and a person must read this.
            eprintln!("cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let forwarder = &forwarder;
    let payload = &Cell::new(None);
    let handler = service_fn(move |event: LambdaEvent<Payload>| {
        let deadline = deadline(&event.context);
        forwarder.handle(payload.take().unwrap_or(event.payload), deadline)
    });
    // Read here first, which costs a third of what the runtime's reading does. It finds null in the place of what has been read,
    // and calls the handler at once; of what has not been read it says what is wrong.
    let reading = MapRequestLayer::new(|mut invocation: LambdaInvocation| {
        let read = Payload::read(&invocation.body);
        if read.is_some() {
            invocation.body = b"null".as_slice().into();
        }
        payload.set(read);
        invocation
    });
    match Runtime::new(handler).layer(reading).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the runtime has stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<Forwarder<Client>, String> {
    let variable = |name: &str| env::var(name).ok();
    for name in ["AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME"] {
        if variable(name).is_none() {
            return Err(format!(
                "{name} is not set: this is the function, which runs inside AWS Lambda only; `sns-to-slack forward` does the same here"
            ));
        }
    }
    log::set_up(
        variable("LOG_LEVEL").as_deref(),
        variable("AWS_LAMBDA_FUNCTION_NAME"),
    )?;
    let settings = Settings::from_environment(variable).map_err(|error| error.to_string())?;
    let mut templates = Templates::built_in().map_err(|error| error.to_string())?;
    if let Some(directory) = &settings.templates {
        templates = templates
            .with_directory(directory)
            .map_err(|error| format!("TEMPLATES_DIR `{}`: {error}", directory.display()))?;
    }
    for broken in templates.broken() {
        tracing::error!("{broken}; the built-in template is used");
    }
    let delivery = &settings.delivery;
    let client = Client::with(delivery.timeout, delivery.proxy.as_ref())?;
    let retry_queue = settings.retry_queue.clone().map(|url| {
        let aws = aws::Client::from_environment(&client, variable);
        RetryQueue::new(aws, url)
    });
    let secrets = || Secrets::from_environment(&client, variable);
    let webhooks = Webhooks::fetch(&settings, secrets).await;
    report(&settings, &templates, &webhooks).await;
    let sender = Sender::new(client, webhooks).with_ledger();
    let forwarder = Forwarder::new(settings, templates, sender).with_retry_queue(retry_queue);
    forwarder.rehearse();
    resolve_a_name().await;
    Ok(forwarder)
}

/// The first name takes a thread, and what the system reads about names. That of this machine asks nobody, and where it does,
/// nobody is waited for.
async fn resolve_a_name() {
    let _ = timeout(Duration::from_millis(50), lookup_host(("localhost", 443))).await;
}

/// Says at start what does not prevent it: not only the record that meets it later.
async fn report(settings: &Settings, templates: &Templates, webhooks: &Webhooks) {
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    for (name, why) in webhooks.missing(settings).await {
        tracing::error!("receiver \"{name}\" gets nothing for now: {why}");
    }
    for missing in settings.missing_templates(|name| templates.has(name)) {
        tracing::error!("{missing}");
    }
}

/// The moment at which AWS ends the invocation, on the clock that waiting uses. Bounded, because the two clocks may differ.
fn deadline(context: &Context) -> Instant {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let left = Duration::from_millis(context.deadline).saturating_sub(now);
    // The longest that an invocation may take (page "Configure Lambda function timeout").
    Instant::now() + left.min(Duration::from_secs(900))
}
