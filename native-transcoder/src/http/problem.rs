//! Errors as RFC 9457 problem documents, each with one of the protocol's stable codes.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use headwater_protocol::Code;
use headwater_protocol::session::registry::{PublishError, WatchError};
use headwater_protocol::token::Refused as TokenRefused;

use crate::limit::Full;
use crate::stream::{SelectRefused, Unavailable};
use crate::webrtc::offer::Refused;
use crate::webrtc::{AnswerRefused, PatchRefused, PublishRefused, SubscribeRefused, WatchRefused};

/// Seconds until a stream that is about to begin is worth asking for again.
const SOON: &str = "1";

/// Seconds until a full node is worth asking again.
const LATER: &str = "10";

/// An error response.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: Code,
    detail: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: Code, detail: impl ToString) -> Self {
        Self {
            status,
            code,
            detail: detail.to_string(),
            headers: Vec::new(),
        }
    }

    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    pub(super) fn unauthorized(detail: impl ToString) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, detail)
            .with(header::WWW_AUTHENTICATE, "Bearer")
    }

    pub(super) fn not_live(detail: impl ToString) -> Self {
        Self::new(StatusCode::CONFLICT, Code::NotLive, detail).with(header::RETRY_AFTER, SOON)
    }

    /// For a source that asks for more than its share; `wait` until it may again.
    pub(super) fn too_often(wait: Duration) -> Self {
        let seconds = wait.as_secs() + 1;
        let detail = format!("too many requests from this address; wait {seconds} s");
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, detail);
        problem.headers.push((header::RETRY_AFTER, seconds.into()));
        problem
    }

    pub(super) fn too_slow() -> Self {
        let detail = "the request came too slowly; send it in one go";
        Self::new(StatusCode::REQUEST_TIMEOUT, Code::BadRequest, detail)
    }

    fn busy(detail: impl ToString) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::Busy, detail).with(header::RETRY_AFTER, LATER)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::json!({
            "type": format!("urn:headwater:problem:{}", self.code),
            "title": self.code.message(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
        });
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let (status, code) = match refused {
            Refused::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge),
            Refused::Malformed(_) => (StatusCode::BAD_REQUEST, Code::MalformedSdp),
            Refused::NoCommonCodec { .. } => (StatusCode::UNPROCESSABLE_ENTITY, Code::NoCommonCodec),
            Refused::Sections(_) | Refused::Tracks { .. } | Refused::NoMedia | Refused::Direction(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Code::UnacceptableOffer)
            }
        };
        Self::new(status, code, refused)
    }
}

impl From<Full> for Problem {
    fn from(full: Full) -> Self {
        match full {
            Full::Source => Self::too_often(Duration::ZERO),
            Full::Total => Self::busy("too many sessions are being made right now; try again in a moment"),
        }
    }
}

impl From<TokenRefused> for Problem {
    fn from(refused: TokenRefused) -> Self {
        match refused {
            TokenRefused::OtherStream(_) | TokenRefused::NotOwner(_) => {
                Self::new(StatusCode::FORBIDDEN, Code::Unauthorized, refused)
            }
            _ => Self::unauthorized(refused),
        }
    }
}

impl From<PublishRefused> for Problem {
    fn from(refused: PublishRefused) -> Self {
        match refused {
            PublishRefused::Offer(offer) => offer.into(),
            PublishRefused::Registry(error) => match error {
                PublishError::NameTaken => Self::new(StatusCode::CONFLICT, Code::NameTaken, error),
                PublishError::NotOwner => Self::new(StatusCode::FORBIDDEN, Code::Unauthorized, error),
                _ => Self::busy(error),
            },
            PublishRefused::Crowded(full) => full.into(),
            PublishRefused::Gone => Self::busy(refused),
        }
    }
}

impl From<WatchRefused> for Problem {
    fn from(refused: WatchRefused) -> Self {
        match refused {
            WatchRefused::Offer(offer) => offer.into(),
            WatchRefused::Registry(error) => match error {
                WatchError::NotLive => Self::not_live(error),
                WatchError::Unauthorized => Self::unauthorized(error),
                _ => Self::busy(error),
            },
            WatchRefused::Rendition(error) => error.into(),
            WatchRefused::Crowded(full) => full.into(),
            WatchRefused::Gone => Self::busy(refused),
        }
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::Unknown => Self::new(StatusCode::NOT_FOUND, Code::UnknownRendition, unavailable),
            Unavailable::TooSmall => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                Code::UnknownRendition,
                unavailable,
            ),
            Unavailable::NotYet => Self::not_live(unavailable),
            Unavailable::Codec(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::NoCommonCodec, unavailable)
            }
            Unavailable::Busy => Self::busy(unavailable),
        }
    }
}

impl From<SelectRefused> for Problem {
    fn from(refused: SelectRefused) -> Self {
        match refused {
            SelectRefused::NoSession => Self::new(StatusCode::NOT_FOUND, Code::UnknownSession, refused),
            SelectRefused::Layer(unavailable) => unavailable.into(),
        }
    }
}

impl From<SubscribeRefused> for Problem {
    fn from(refused: SubscribeRefused) -> Self {
        match refused {
            SubscribeRefused::NoSession => Self::new(StatusCode::NOT_FOUND, Code::UnknownSession, refused),
            SubscribeRefused::TooMany => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, Code::Busy, refused).with(header::RETRY_AFTER, LATER)
            }
            SubscribeRefused::Busy => Self::busy(refused),
        }
    }
}

impl From<AnswerRefused> for Problem {
    fn from(refused: AnswerRefused) -> Self {
        match refused {
            AnswerRefused::Unknown => Self::new(StatusCode::NOT_FOUND, Code::UnknownSession, refused),
            AnswerRefused::Answered => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Code::UnsupportedMediaType,
                refused,
            ),
            AnswerRefused::Watch(watch) => watch.into(),
        }
    }
}

impl From<PatchRefused> for Problem {
    fn from(refused: PatchRefused) -> Self {
        let (status, code) = match refused {
            PatchRefused::Unknown => (StatusCode::NOT_FOUND, Code::UnknownSession),
            PatchRefused::Stale => (StatusCode::PRECONDITION_FAILED, Code::BadRequest),
            PatchRefused::Unconditional => (StatusCode::PRECONDITION_REQUIRED, Code::BadRequest),
            PatchRefused::Credentials => (StatusCode::BAD_REQUEST, Code::BadRequest),
            PatchRefused::Restart => (StatusCode::UNPROCESSABLE_ENTITY, Code::IceRestartUnsupported),
            PatchRefused::TooMany => (StatusCode::UNPROCESSABLE_ENTITY, Code::TooManyCandidates),
        };
        Self::new(status, code, refused)
    }
}

/// For methods that a path does not have. axum adds `Allow`.
pub(super) async fn method(method: axum::http::Method) -> Problem {
    let detail = format!("{method} is not had here");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, detail)
}

pub(super) async fn not_found(uri: Uri) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        Code::NotFound,
        format!("there is nothing at {}", uri.path()),
    )
}
