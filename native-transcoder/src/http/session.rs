//! A running session, at the unguessable URL that POST returned.

use axum::body::Body;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use headwater_protocol::Code;

use super::problem::Problem;
use super::{State, body, sdpfrag, whep};
use crate::turn::Turn;
use crate::webrtc::Session;

pub(super) const SDP: &str = "application/sdp";
const SDPFRAG: &str = "application/trickle-ice-sdpfrag";

/// 201, as RFC 9725 wants it.
pub(super) fn created(state: &State, session: Session) -> Response {
    let mut response = (StatusCode::CREATED, session.sdp).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(SDP));
    headers.insert("accept-patch", HeaderValue::from_static(SDPFRAG));
    let mut set = |name, value: String| {
        // Both are made of hexadecimal digits and the operator's URLs; one that is no header value is left out.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(name, value);
        }
    };
    set(header::LOCATION, format!("/session/{}", session.secret));
    set(header::ETAG, session.etag);
    for url in &state.ice_servers {
        set(header::LINK, format!("<{url}>; rel=\"ice-server\""));
    }
    // Here alone: whoever gets this far was admitted.
    for link in state.turn.iter().flat_map(Turn::links) {
        set(header::LINK, link);
    }
    response
}

/// RFC 9725: reading a session tells nothing.
pub(super) async fn get() -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [(header::CACHE_CONTROL, "no-store")])
}

pub(super) async fn patch(
    Extract(state): Extract<State>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Result<Response, Problem> {
    if body::is(&headers, SDP) {
        let answer = body::text(&headers, request, SDP).await?;
        return Ok(whep::answer(state, secret, answer).await?.into_response());
    }
    let text = body::text(&headers, request, SDPFRAG).await?;
    let bad = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            Code::BadRequest,
            "the body has no candidate lines",
        )
    };
    let mut patch = sdpfrag::parse(&text).ok_or_else(bad)?;
    patch.if_match = headers
        .get(header::IF_MATCH)
        .and_then(|v| v.to_str().ok())
        .map(ToOwned::to_owned);
    let Some(restarted) = state.handle.patch(secret, patch).await? else {
        // Candidates change no ICE session, so there is no new tag to tell (RFC 9725 §4.3.2).
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let headers = [
        (header::CONTENT_TYPE, SDPFRAG.to_owned()),
        (header::ETAG, restarted.etag),
    ];
    Ok((StatusCode::OK, headers, restarted.fragment).into_response())
}

pub(super) async fn delete(
    Extract(state): Extract<State>,
    Path(secret): Path<String>,
) -> Result<StatusCode, Problem> {
    if state.handle.close(secret).await {
        return Ok(StatusCode::OK);
    }
    let detail = "there is no such session; it may have ended already";
    Err(Problem::new(StatusCode::NOT_FOUND, Code::UnknownSession, detail))
}

pub(super) async fn options() -> impl IntoResponse {
    let accept = header::HeaderName::from_static("accept-patch");
    (
        StatusCode::OK,
        [
            (accept, SDPFRAG),
            (header::ALLOW, "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ],
    )
}
