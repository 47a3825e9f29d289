//! The least that a Lambda in Rust can do to post to Slack: for each event the same message, and the answer null.
//!
//! `benches/process.rs` runs it beside the forwarder. What the forwarder takes beyond it is the forwarder's own doing.

use std::env;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use reqwest::header::CONTENT_TYPE;
use rustls::crypto::ring;
use serde_json::Value;

/// What the forwarder makes of the event that both get.
const MESSAGE: &str = include_str!("../../../fixtures/cloudwatch_alarm-alb-4xx/message.json");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // An error only if there is one already.
    let _ = ring::default_provider().install_default();
    let client = reqwest::Client::builder().build()?;
    let webhook = env::var("SLACK_WEBHOOK_URL")?;
    let (client, webhook) = (&client, &webhook);
    let post = move |_: LambdaEvent<Value>| async move {
        let request = client
            .post(webhook)
            .header(CONTENT_TYPE, "application/json")
            .body(MESSAGE);
        request.send().await?.error_for_status()?.bytes().await?;
        Ok::<_, Error>(Value::Null)
    };
    lambda_runtime::run(service_fn(post)).await
}
