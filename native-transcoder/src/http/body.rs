//! Reading what requests bring: bodies with their type and size checked, stream ids, bearer tokens.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};
use headwater_protocol::{Code, stream};
use tokio::time::timeout;

use super::problem::Problem;
use crate::webrtc::offer::MAX_BYTES;

/// A description is a few KiB, sent in one go.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// The body as text, if it is of `media_type` and not too large.
pub(super) async fn text(headers: &HeaderMap, body: Body, media_type: &str) -> Result<String, Problem> {
    if !is(headers, media_type) {
        let detail = format!("the body is {}; send {media_type}", given(headers));
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::UnsupportedMediaType,
            detail,
        ));
    }
    let too_large = || {
        let detail = format!("send at most {MAX_BYTES} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, detail)
    };
    let bytes = timeout(BODY_WITHIN, to_bytes(body, MAX_BYTES))
        .await
        .map_err(|_| Problem::too_slow())?
        .map_err(|_| too_large())?;
    String::from_utf8(bytes.to_vec()).map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            Code::BadRequest,
            "the body is not UTF-8 text",
        )
    })
}

/// Whether the body is of `media_type`. Parameters such as charset are allowed.
pub(super) fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let bare = given(headers).split(';').next().unwrap_or_default();
    bare.trim().eq_ignore_ascii_case(media_type)
}

fn given(headers: &HeaderMap) -> &str {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("none")
}

/// The stream in a path.
pub(super) fn stream(address: &str, name: &str) -> Result<stream::Id, Problem> {
    let invalid = |error: stream::Invalid| Problem::new(StatusCode::NOT_FOUND, Code::NotFound, error);
    format!("{address}/{name}").parse().map_err(invalid)
}

/// The bearer token, from the header or, for players that cannot set one, from `?token=`.
pub(super) fn bearer(headers: &HeaderMap, query: Option<&str>) -> Option<String> {
    let header = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    header.or_else(|| {
        query?
            .split('&')
            .find_map(|pair| pair.strip_prefix("token="))
            .map(ToOwned::to_owned)
    })
}
