//! What the node says about payments to everybody: its offer.

use axum::extract::State as Extract;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::State;

/// The terms, signed; nothing where nothing is paid.
pub(super) async fn offer(Extract(state): Extract<State>) -> Response {
    match &state.payment {
        Some(desk) => ([(header::CACHE_CONTROL, "no-store")], desk.offer()).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}
