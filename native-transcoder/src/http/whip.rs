//! Publishing.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{Extension, Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use headwater_protocol::Millis;
use headwater_protocol::token::Publish;

use super::problem::Problem;
use super::throttle::Client;
use super::{State, body, session};
use crate::webrtc::Offer;

pub(super) async fn post(
    Extract(state): Extract<State>,
    Path((address, name)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(Client(from)): Extension<Client>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Problem> {
    let stream = body::stream(&address, &name)?;
    let sdp = body::text(&headers, request, session::SDP).await?;
    let token = body::bearer(&headers, query.as_deref())
        .ok_or_else(|| Problem::unauthorized("publishing takes a bearer token signed for this stream"))?;
    let token = Publish::verify(&token, &stream, wall())?;
    let ladder = token
        .document()
        .ladder
        .clone()
        .unwrap_or_else(|| state.ladder.clone());
    let made = state
        .handle
        .publish(token, ladder, state.base(&headers), Offer { sdp, from })
        .await?;
    Ok(session::created(&state, made))
}

/// RFC 9725 §4.1: reading an endpoint tells nothing.
pub(super) async fn get() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")])
}

pub(super) async fn options() -> impl IntoResponse {
    (
        StatusCode::OK,
        [
            (header::HeaderName::from_static("accept-post"), session::SDP),
            (header::ALLOW, "GET, HEAD, POST, OPTIONS"),
        ],
    )
}

/// The time since the Unix epoch, which tokens are valid in.
fn wall() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
