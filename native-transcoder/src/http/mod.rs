//! HTTP: WHIP (RFC 9725), WHEP, manifests and the pages.
//!
//! | path | what |
//! |---|---|
//! | `/whip/{address}/{name}` | publish |
//! | `/whep/{address}/{name}[/{rendition}]` | watch; without a rendition, a layer that can be switched |
//! | `/session/{secret}` | a running session: PATCH trickles candidates, DELETE ends it |
//! | `/session/{secret}/layer` | which layer a viewer is sent |
//! | `/session/{secret}/events[/{id}]` | what a viewer is told meanwhile |
//! | `/manifest/{address}/{name}` | what its publisher signed about a stream |
//! | `/status` | how much the node carries |
//! | `/offer` | what its work costs, and whom to pay; 204 where it is free |
//! | anything else | the pages, if the node serves them |
//!
//! Handlers check and translate; every decision is the shard's. What is the operator's alone is on another port (`admin`).

pub(crate) mod admin;
mod body;
mod cors;
mod layers;
mod manifest;
mod payment;
mod problem;
pub mod sdpfrag;
pub(crate) mod serve;
mod session;
mod throttle;
mod whep;
mod whip;

use std::path::PathBuf;

use axum::extract::State as Extract;
use axum::http::{HeaderMap, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use headwater_protocol::ladder::Ladder;
use tower_http::services::ServeDir;

use self::throttle::Throttle;
use crate::limit::Rate;
use crate::payment::Desk;
use crate::turn::Turn;
use crate::webrtc::{Handle, Status};

/// What the handlers know.
#[derive(Clone, Debug)]
pub struct State {
    /// The way to the shard.
    pub handle: Handle,
    /// For publishers that name no ladder.
    pub ladder: Ladder,
    /// `http` or `https`, as clients reach this node.
    pub scheme: &'static str,
    /// STUN or TURN URLs for `Link` headers.
    pub ice_servers: Vec<String>,
    /// TURN servers, for `Link` headers with credentials.
    pub turn: Option<Turn>,
    /// How often one source may POST, PATCH or DELETE.
    pub requests: Rate,
    /// Whether requests come through a proxy that adds `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// How the node is paid, if it is.
    pub payment: Option<Desk>,
}

impl State {
    /// The base URL by which a request reached this node.
    fn base(&self, headers: &HeaderMap) -> String {
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or("localhost");
        format!("{}://{host}", self.scheme)
    }
}

/// The routes; `pages` is a folder to serve at `/`.
pub fn router(state: State, pages: Option<PathBuf>) -> Router {
    let throttle = Throttle::new(state.requests, state.behind_proxy);
    let session = get(session::get)
        .head(session::get)
        .patch(session::patch)
        .delete(session::delete);
    let router = Router::new()
        .route(
            "/whip/{address}/{name}",
            post(whip::post)
                .get(whip::get)
                .options(whip::options)
                .fallback(problem::method),
        )
        .route("/whep/{address}/{name}", whep_methods())
        .route("/whep/{address}/{name}/{rendition}", whep_methods())
        .route(
            "/session/{secret}",
            session.options(session::options).fallback(problem::method),
        )
        .route(
            "/manifest/{address}/{name}",
            get(manifest::get).fallback(problem::method),
        )
        .merge(layers::routes())
        .route("/status", get(status).fallback(problem::method))
        .route("/offer", get(payment::offer).fallback(problem::method))
        .with_state(state);
    let router = match pages {
        Some(folder) => router.fallback_service(ServeDir::new(folder)),
        None => router.fallback(any(problem::not_found)),
    };
    router
        .layer(from_fn_with_state(throttle, throttle::limit))
        .layer(from_fn(cors::allow))
}

async fn status(Extract(state): Extract<State>) -> Json<Status> {
    Json(state.handle.status().await)
}

fn whep_methods() -> axum::routing::MethodRouter<State> {
    post(whep::post)
        .head(whep::head)
        .get(whep::head)
        .options(whep::options)
        .fallback(problem::method)
}
