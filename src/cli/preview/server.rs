//! The page on 127.0.0.1, for browsers of this machine that come to it by its own address.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream;
use tokio::net::TcpListener;
use url::form_urlencoded;

use super::Preview;
use super::cases::Case;
use super::page;
use super::view::View;

/// What the page may load: style and script of its own, and nothing of anybody else. Scripts and styles within the markup
/// are not run at all.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     base-uri 'none'; form-action 'self'";

/// Only of use in a header.
const NO_FRAMES: &str = "; frame-ancestors 'none'";

type Shared = State<Arc<Preview>>;

/// Listens on a port of 127.0.0.1; 0 for any that is free.
pub(super) async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|error| {
        format!("cannot listen on 127.0.0.1:{port}: {error}\n  take another --port, or leave it out for any that is free")
    })?;
    let address = listener.local_addr();
    let address = address.map_err(|error| format!("cannot listen: {error}"))?;
    Ok((listener, address))
}

/// Answers for as long as the process lives.
pub(super) async fn serve(
    preview: Arc<Preview>,
    listener: TcpListener,
    address: SocketAddr,
) -> Result<(), String> {
    let app = Router::new()
        .route("/", get(index))
        .route("/case/{slug}", get(case))
        .route("/paste", get(paste))
        .route("/event/", post(pasted))
        .route("/event/{slug}", post(edited))
        .route("/changes", get(changes))
        .route("/page.css", get(css))
        .route("/page.js", get(js))
        // Six megabytes of a queue's records, every sign of them written as three.
        .layer(DefaultBodyLimit::max(24 << 20))
        .with_state(preview)
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            own_visitors(address.port(), request, next)
        }))
        .layer(middleware::from_fn(headers));
    let served = axum::serve(listener, app).await;
    served.map_err(|error| format!("cannot go on: {error}"))
}

async fn index(State(preview): Shared, RawQuery(query): RawQuery) -> Response {
    let (view, search) = asked(query);
    let case = preview.first();
    Html(preview.page(case.as_deref(), None, view, &search)).into_response()
}

async fn case(
    State(preview): Shared,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let (view, search) = asked(query);
    match preview.case(&slug) {
        Some(case) => Html(preview.page(Some(&case), None, view, &search)).into_response(),
        None => no_case(&preview, slug, None, view, &search),
    }
}

async fn paste(State(preview): Shared, RawQuery(query): RawQuery) -> Response {
    let (view, search) = asked(query);
    Html(preview.page(None, None, view, &search)).into_response()
}

async fn pasted(State(preview): Shared, RawQuery(query): RawQuery, body: String) -> Response {
    let (view, search) = asked(query);
    Html(preview.page(None, Some(&event(&body)), view, &search)).into_response()
}

async fn edited(
    State(preview): Shared,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    body: String,
) -> Response {
    let (view, search) = asked(query);
    let event = event(&body);
    match preview.case(&slug) {
        Some(case) => Html(preview.page(Some(&case), Some(&event), view, &search)).into_response(),
        None => no_case(&preview, slug, Some(&event), view, &search),
    }
}

/// A page like the others, so that it can show the case when there is one.
fn no_case(
    preview: &Preview,
    slug: String,
    edited: Option<&str>,
    view: View,
    search: &str,
) -> Response {
    let gone = Case {
        name: slug.clone(),
        slug,
        kind: "",
        text: String::new(),
    };
    let page = preview.page(Some(&gone), edited, view, search);
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}

/// Says the version at once, and each new one.
async fn changes(State(preview): Shared) -> impl IntoResponse {
    let versions = preview.versions();
    let events = stream::unfold((versions, true), |(mut versions, first)| async move {
        if !first && versions.changed().await.is_err() {
            return None;
        }
        let event = Event::default().data(versions.borrow_and_update().as_str());
        Some((Ok::<_, Infallible>(event), (versions, false)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

async fn css() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        page::css(),
    )
}

async fn js() -> impl IntoResponse {
    let kind = "text/javascript; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], page::JS)
}

/// How it is to be looked at, and what the list is searched for.
fn asked(query: Option<String>) -> (View, String) {
    let query = query.unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let search = pairs.find(|(name, _)| name == "q");
    let search = search.map_or_else(String::new, |(_, value)| value.into_owned());
    (View::of(&query), search)
}

/// The text box of the form. Browsers send its line breaks as two characters.
fn event(body: &str) -> String {
    let mut pairs = form_urlencoded::parse(body.as_bytes());
    let event = pairs.find(|(name, _)| name == "event");
    event.map_or_else(String::new, |(_, value)| value.replace("\r\n", "\n"))
}

/// Refuses who comes by another name: a page of somebody else whose name now leads to this machine (DNS rebinding). And who
/// sends a form from elsewhere.
async fn own_visitors(port: u16, request: Request, next: Next) -> Response {
    let own = ["127.0.0.1", "localhost"].map(|name| match port {
        // The port of the web, which browsers leave out.
        80 => name.to_owned(),
        _ => format!("{name}:{port}"),
    });
    let headers = request.headers();
    let host = text(headers, &header::HOST);
    let origin = text(headers, &header::ORIGIN);
    let from_here = |origin: &str| {
        let mut own = own.iter();
        own.any(|host| origin.strip_prefix("http://") == Some(host))
    };
    let known = host.is_some_and(|host| own.iter().any(|it| it == host));
    if !known || origin.is_some_and(|origin| !from_here(origin)) {
        let text = format!(
            "This page is for http://{} only.\n",
            own.join(" and http://")
        );
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    next.run(request).await
}

/// Empty when it is not a text, which no name of ours is.
fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let value = headers.get(name)?;
    Some(value.to_str().unwrap_or_default())
}

async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(&format!("{POLICY}{NO_FRAMES}"));
    if let Ok(policy) = policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        // With `no-referrer` a browser without the script would not say where its form comes from.
        ("referrer-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}
