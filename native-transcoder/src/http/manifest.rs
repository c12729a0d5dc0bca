//! What a publisher signed about its stream.

use axum::Json;
use axum::extract::{Path, State as Extract};
use axum::http::header;
use axum::response::IntoResponse;

use super::problem::Problem;
use super::{State, body};

pub(super) async fn get(
    Extract(state): Extract<State>,
    Path((address, name)): Path<(String, String)>,
) -> Result<impl IntoResponse, Problem> {
    let stream = body::stream(&address, &name)?;
    let signed = state
        .handle
        .manifest(stream)
        .await
        .ok_or_else(|| Problem::not_live("the stream has no manifest now; ask again in a moment"))?;
    Ok((
        [(header::CACHE_CONTROL, "no-store")],
        Json(serde_json::json!({ "signed": signed })),
    ))
}
