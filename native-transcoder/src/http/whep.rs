//! Watching.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use headwater_protocol::ladder::SOURCE;

use super::problem::Problem;
use super::{State, body, session};

pub(super) async fn post(
    Extract(state): Extract<State>,
    Path(path): Path<HashMap<String, String>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Problem> {
    let part = |name: &str| path.get(name).map_or("", String::as_str);
    let stream = body::stream(part("address"), part("name"))?;
    let rendition = path.get("rendition").map_or(SOURCE, String::as_str).to_owned();
    let offer = body::text(&headers, request, session::SDP).await?;
    let token = body::bearer(&headers, query.as_deref());
    let made = state.handle.watch(stream, rendition, token, offer).await?;
    Ok(session::created(&state, made))
}

/// Says that this is a WHEP endpoint, live or not.
pub(super) async fn head() -> impl IntoResponse {
    (StatusCode::OK, [(header::CONTENT_TYPE, session::SDP)])
}

pub(super) async fn options() -> impl IntoResponse {
    let allow = "GET, HEAD, POST, OPTIONS";
    (
        StatusCode::OK,
        [
            (header::HeaderName::from_static("accept-post"), session::SDP),
            (header::ALLOW, allow),
        ],
    )
}
