//! A stand-in for Slack on this machine: one channel per receiver, and it refuses what Slack is known to refuse.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::slack::limits;
use crate::slack::webhook::{Loopback, WebhookUrl, WebhookUrlError};

type Arrived = Arc<Mutex<Vec<(String, Value)>>>;

/// Listens on loopback for as long as it lives.
pub(super) struct StandIn {
    address: SocketAddr,
    arrived: Arrived,
    server: tokio::task::JoinHandle<()>,
}

impl StandIn {
    pub(super) async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let arrived = Arrived::default();
        let app = Router::new()
            .route("/{channel}", post(receive))
            .with_state(Arc::clone(&arrived));
        let server = tokio::spawn(async move {
            // Ends with the task.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self {
            address,
            arrived,
            server,
        })
    }

    /// The webhook of a channel.
    pub(super) fn webhook(&self, channel: &str) -> Result<WebhookUrl, WebhookUrlError> {
        WebhookUrl::parse(
            &format!("http://{}/{channel}", self.address),
            Loopback::Allowed,
        )
    }

    /// What has arrived since the last call: channel and payload.
    pub(super) fn take(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.arrived.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(
    State(arrived): State<Arrived>,
    Path(channel): Path<String>,
    body: String,
) -> (StatusCode, &'static str) {
    let Ok(payload) = serde_json::from_str::<Value>(&body) else {
        return (StatusCode::BAD_REQUEST, "invalid_payload");
    };
    if !limits::check(&payload).is_empty() {
        return (StatusCode::BAD_REQUEST, "invalid_blocks");
    }
    arrived
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((channel, payload));
    (StatusCode::OK, "ok")
}
