//! The operator's own port: what came in, as JSON and as a page. It is served nowhere else.
//!
//! | path | what |
//! |---|---|
//! | `/` | the dashboard |
//! | `/payments` | what it shows |
//!
//! Whoever reaches the port sees it all, so requests must name it by an address or as `localhost`: a page of another site,
//! whose name is made to lead here, gets nothing.

mod payments;

use std::net::IpAddr;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use headwater_protocol::Code;

use super::problem::{self, Problem};
use crate::payment::Ledgers;

/// What the page may do: show itself and ask this port.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes; without `ledgers` nobody is paid.
pub(crate) fn router(ledgers: Option<Ledgers>) -> Router {
    let page = |kind: &'static str, body: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, kind)], body) }).fallback(problem::method)
    };
    Router::new()
        .route("/", page("text/html; charset=utf-8", include_str!("index.html")))
        .route(
            "/dashboard.css",
            page("text/css; charset=utf-8", include_str!("dashboard.css")),
        )
        .route(
            "/dashboard.js",
            page("text/javascript; charset=utf-8", include_str!("dashboard.js")),
        )
        .route("/payments", get(payments::get).fallback(problem::method))
        .with_state(ledgers)
        .fallback(any(problem::not_found))
        .layer(from_fn(keep_to_ourselves))
}

async fn keep_to_ourselves(request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    let mut response = if host.is_some_and(is_address) {
        next.run(request).await
    } else {
        let detail = "name this port by its IP address, or as localhost";
        Problem::new(StatusCode::MISDIRECTED_REQUEST, Code::BadRequest, detail).into_response()
    };
    let headers: [(HeaderName, &str); 5] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether a `Host` is what no name server decides about.
fn is_address(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_localhost_are_hosts_of_ours() {
        for ours in [
            "127.0.0.1:9090",
            "127.0.0.1",
            "[::1]:9090",
            "[::1]",
            "LocalHost:1",
            "192.0.2.1:80",
        ] {
            assert!(is_address(ours), "{ours}");
        }
        for theirs in [
            "evil.example:9090",
            "127.0.0.1.evil.example",
            "localhost.evil",
            "",
            ":",
        ] {
            assert!(!is_address(theirs), "{theirs}");
        }
    }
}
