//! WHEP's extensions (draft-ietf-wish-whep §4.8): a viewer's events, and which layer it is sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_core::Stream;
use headwater_protocol::Code;
use tokio::sync::mpsc;

use super::problem::{self, Problem};
use super::{State, body};
use crate::stream::{Selection, Topic};
use crate::webrtc::Event;

const JSON: &str = "application/json";

/// How the extensions are called in `Link` headers.
const EVENTS: &str = "urn:ietf:params:whep:ext:core:server-sent-events";
const LAYER: &str = "urn:ietf:params:whep:ext:core:layer";

/// The routes under a session's URL.
pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/session/{secret}/layer", post(select).fallback(problem::method))
        .route(
            "/session/{secret}/events",
            post(subscribe).fallback(problem::method),
        )
        .route(
            "/session/{secret}/events/{id}",
            get(listen).delete(unsubscribe).fallback(problem::method),
        )
}

/// Adds the `Link` headers that say what a session can be asked for.
pub(super) fn advertise(response: &mut Response, secret: &str, switches: bool) {
    let topics: Vec<_> = Topic::ALL.iter().map(|topic| topic.as_str()).collect();
    let events = format!(
        "</session/{secret}/events>; rel=\"{EVENTS}\"; events=\"{}\"",
        topics.join(",")
    );
    let layer = format!("</session/{secret}/layer>; rel=\"{LAYER}\"");
    for link in [Some(events), switches.then_some(layer)].into_iter().flatten() {
        // Hexadecimal digits and the names above: always a header value.
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().append(header::LINK, link);
        }
    }
}

async fn select(
    Extract(state): Extract<State>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<StatusCode, Problem> {
    let text = body::text(&headers, request, JSON).await?;
    let selection: Selection = serde_json::from_str(&text).map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            Code::BadRequest,
            format!("the body is no layer selection, such as {{\"rid\":\"480p\"}}: {error}"),
        )
    })?;
    state.handle.select(secret, selection).await?;
    Ok(StatusCode::OK)
}

/// Names that are not known are left out: a newer client may ask for more.
async fn subscribe(
    Extract(state): Extract<State>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Problem> {
    let topics = if headers.contains_key(header::CONTENT_TYPE) {
        let text = body::text(&headers, request, JSON).await?;
        let names: Vec<String> = serde_json::from_str(&text).map_err(|error| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                Code::BadRequest,
                format!("the body is no list of events, such as [\"layers\"]: {error}"),
            )
        })?;
        Topic::ALL
            .into_iter()
            .filter(|topic| names.iter().any(|name| name == topic.as_str()))
            .collect()
    } else {
        Topic::ALL.to_vec()
    };
    let id = state.handle.subscribe(secret.clone(), topics).await?;
    let location = (header::LOCATION, format!("/session/{secret}/events/{id}"));
    Ok((StatusCode::CREATED, [location]).into_response())
}

async fn listen(
    Extract(state): Extract<State>,
    Path((secret, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let events = state.handle.listen(secret, id).await.ok_or_else(unknown)?;
    // A comment every 15 s keeps proxies from closing a stream in which nothing happens.
    let events = Sse::new(Events(events)).keep_alive(KeepAlive::new());
    Ok(([(header::CACHE_CONTROL, "no-store")], events).into_response())
}

async fn unsubscribe(
    Extract(state): Extract<State>,
    Path((secret, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    if state.handle.unsubscribe(secret, id).await {
        Ok(StatusCode::OK)
    } else {
        Err(unknown())
    }
}

fn unknown() -> Problem {
    let detail = "there is no such event stream; it may have ended with its session";
    Problem::new(StatusCode::NOT_FOUND, Code::UnknownSession, detail)
}

/// Events as they come; over when their session is.
struct Events(mpsc::Receiver<Event>);

impl Stream for Events {
    type Item = Result<sse::Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| {
            let Event { topic, data } = event?;
            Some(Ok(sse::Event::default().event(topic.as_str()).data(data)))
        })
    }
}
