//! What the node says about payments: its offer to everybody, its sums.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use headwater_protocol::Code;
use serde::Serialize;

use super::State;
use super::problem::Problem;

/// The terms, signed; nothing where nothing is paid.
pub(super) async fn offer(Extract(state): Extract<State>) -> Response {
    match &state.payment {
        Some(desk) => ([(header::CACHE_CONTROL, "no-store")], desk.offer()).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// What was paid since the start, and what became of winners.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sums {
    accepted: u64,
    refused: u64,
    /// Wei.
    value: String,
    won: u64,
    redeemed: u64,
    hopeless: u64,
    /// Wei.
    paid: String,
}

pub(super) async fn sums(Extract(state): Extract<State>) -> Result<Json<Sums>, Problem> {
    let Some(desk) = state.payment.clone() else {
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            Code::NotFound,
            "nobody is paid here",
        ));
    };
    let tally = desk.tally();
    let totals = tokio::task::spawn_blocking(move || desk.totals())
        .await
        .map_err(internal)?
        .map_err(internal)?;
    Ok(Json(Sums {
        accepted: tally.accepted,
        refused: tally.refused,
        value: tally.expected.wrapping_shr(256).to_string(),
        won: totals.pending.count + totals.submitted.count + totals.redeemed.count + totals.hopeless.count,
        redeemed: totals.redeemed.count,
        hopeless: totals.hopeless.count,
        paid: totals.paid.to_string(),
    }))
}

fn internal(error: impl ToString) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, Code::Internal, error)
}
