//! Any page may use a node: what protects streams is tokens, not origins.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Adds CORS headers to every response, and answers preflights.
pub(super) async fn allow(request: Request, next: Next) -> Response {
    let options = request.method() == Method::OPTIONS;
    let preflight = options
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    set(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        "Location, ETag, Link, Accept-Patch, Accept-Post, Retry-After, Access-Control-Allow-Methods",
    );
    if options {
        // Not of preflights alone: Eyevinn's client asks by itself, and trickles where PATCH is among them.
        set(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET, HEAD, POST, PATCH, DELETE, OPTIONS",
        );
    }
    if preflight {
        set(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            // ETag is an answer's, but the same client sends it.
            "Authorization, Content-Type, ETag, If-Match",
        );
        // A day: browsers cut it to their own limit.
        set(header::ACCESS_CONTROL_MAX_AGE, "86400");
    }
    response
}
