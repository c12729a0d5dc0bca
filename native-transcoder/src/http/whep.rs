//! Watching.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{Extension, Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::throttle::Client;
use super::{State, body, layers, session};
use crate::stream::{Selection, Wish};
use crate::webrtc::{Offer, Watching};

pub(super) async fn post(
    Extract(state): Extract<State>,
    Path(path): Path<HashMap<String, String>>,
    RawQuery(query): RawQuery,
    Extension(Client(from)): Extension<Client>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Problem> {
    let part = |name: &str| path.get(name).map_or("", String::as_str);
    let stream = body::stream(part("address"), part("name"))?;
    let wish = match path.get("rendition") {
        Some(name) => Wish::Rendition(name.clone()),
        None => Wish::Layers(Selection::default()),
    };
    let switches = matches!(wish, Wish::Layers(_));
    let sdp = body::text(&headers, request, session::SDP).await?;
    let token = body::bearer(&headers, query.as_deref());
    let (made, status) = match state
        .handle
        .watch(stream, wish, token, Offer { sdp, from })
        .await?
    {
        Watching::Session(made) => (made, StatusCode::CREATED),
        Watching::Countered(made) => (made, StatusCode::NOT_ACCEPTABLE),
    };
    let secret = made.secret.clone();
    let mut response = session::created(&state, made);
    *response.status_mut() = status;
    if status == StatusCode::NOT_ACCEPTABLE {
        // The ICE session begins with the answer; until then there is nothing to restart.
        response.headers_mut().remove(header::ETAG);
    }
    layers::advertise(&mut response, &secret, switches);
    Ok(response)
}

/// Takes the answer to an offer of ours.
pub(super) async fn answer(state: State, secret: String, answer: String) -> Result<StatusCode, Problem> {
    state.handle.answer(secret, answer).await?;
    Ok(StatusCode::NO_CONTENT)
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
