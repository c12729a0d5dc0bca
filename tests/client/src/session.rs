//! The HTTP half of WHIP (RFC 9725) and WHEP: one resource per session.

pub use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, IF_MATCH, LINK, LOCATION, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Url};

/// Why the server did not do what it was asked for over HTTP.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server answered with another status than the one that means success.
    #[error("{method} {url} was answered {status}: {body}")]
    Refused {
        /// Method of the request.
        method: Method,
        /// Target of the request.
        url: Url,
        /// Status of the answer.
        status: StatusCode,
        /// Headers of the answer.
        headers: Box<HeaderMap>,
        /// Body of the answer, a problem+json document if the server behaves.
        body: String,
    },
    /// The endpoint is not a URL.
    #[error("{0:?} is not an http URL")]
    Url(String),
    /// The answer lacks what RFC 9725 §4.2 and §4.3 demand of it.
    #[error("the server's answer has no usable {0} header")]
    Missing(&'static str),
    /// No answer at all.
    #[error("no answer from the server, is it running? {0}")]
    Http(#[from] reqwest::Error),
}

impl Error {
    /// The status of a refusal.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The seconds of a refusal's `Retry-After`.
    pub fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Refused { headers, .. } => header(headers, RETRY_AFTER.as_str())?.parse().ok(),
            _ => None,
        }
    }
}

/// A session as HTTP knows it.
#[derive(Clone)]
pub struct Session {
    /// The session URL from `Location`, absolute.
    pub location: Url,
    /// The entity tag of the ICE session, needed to restart it.
    pub etag: Option<String>,
    /// Every `Link` header, in order: ICE servers and extensions.
    pub links: Vec<String>,
    http: reqwest::Client,
    bearer: Option<String>,
}

impl Session {
    /// Posts an offer to an endpoint; the answer is its second half.
    pub async fn create(
        endpoint: &str,
        bearer: Option<&str>,
        offer: String,
    ) -> Result<(Self, String), Error> {
        let endpoint = Url::parse(endpoint).map_err(|_| Error::Url(endpoint.to_owned()))?;
        let http = reqwest::Client::new();
        let request = http
            .post(endpoint.clone())
            .header(CONTENT_TYPE, "application/sdp")
            .body(offer);
        let (headers, answer) = send(
            authorize(request, bearer),
            Method::POST,
            &endpoint,
            StatusCode::CREATED,
        )
        .await?;
        let location = header(&headers, LOCATION.as_str()).ok_or(Error::Missing("Location"))?;
        let session = Self {
            location: endpoint.join(&location).map_err(|_| Error::Missing("Location"))?,
            etag: header(&headers, ETAG.as_str()),
            links: headers
                .get_all(LINK)
                .iter()
                .filter_map(|link| link.to_str().ok().map(str::to_owned))
                .collect(),
            http,
            bearer: bearer.map(str::to_owned),
        };
        Ok((session, answer))
    }

    /// Sends an SDP fragment of candidates (RFC 8840), as trickle ICE does.
    pub async fn trickle(&self, fragment: &str) -> Result<(), Error> {
        let mut request = self.http.patch(self.location.clone());
        if let Some(etag) = &self.etag {
            request = request.header(IF_MATCH, etag);
        }
        let request = request
            .header(CONTENT_TYPE, "application/trickle-ice-sdpfrag")
            .body(fragment.to_owned());
        let request = authorize(request, self.bearer.as_deref());
        send(request, Method::PATCH, &self.location, StatusCode::NO_CONTENT)
            .await
            .map(drop)
    }

    /// Restarts ICE (RFC 9725 §4.3.3) with a fragment of credentials and candidates; the server's half of it.
    pub async fn restart(&self, fragment: &str) -> Result<String, Error> {
        let request = self
            .http
            .patch(self.location.clone())
            .header(IF_MATCH, "*")
            .header(CONTENT_TYPE, "application/trickle-ice-sdpfrag")
            .body(fragment.to_owned());
        let request = authorize(request, self.bearer.as_deref());
        let (headers, fragment) = send(request, Method::PATCH, &self.location, StatusCode::OK).await?;
        header(&headers, ETAG.as_str()).ok_or(Error::Missing("ETag"))?;
        Ok(fragment)
    }

    /// Where an extension of WHEP is had, by its `rel` (draft-ietf-wish-whep §4.8).
    pub fn extension(&self, rel: &str) -> Option<Url> {
        let wanted = format!("rel=\"{rel}\"");
        let link = self.links.iter().find(|link| link.contains(&wanted))?;
        let target = link.strip_prefix('<')?.split('>').next()?;
        self.location.join(target).ok()
    }

    /// Selects the layer called `rid`.
    pub async fn select(&self, rid: &str) -> Result<(), Error> {
        let url = self
            .extension("urn:ietf:params:whep:ext:core:layer")
            .ok_or(Error::Missing("Link to layers"))?;
        let request = self
            .http
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(format!("{{\"rid\":\"{rid}\"}}"));
        let request = authorize(request, self.bearer.as_deref());
        send(request, Method::POST, &url, StatusCode::OK).await.map(drop)
    }

    /// Ends the session.
    pub async fn delete(&self) -> Result<(), Error> {
        let request = authorize(self.http.delete(self.location.clone()), self.bearer.as_deref());
        send(request, Method::DELETE, &self.location, StatusCode::OK)
            .await
            .map(drop)
    }
}

/// Leaves the token out: test output is kept.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut session = f.debug_struct("Session");
        session
            .field("location", &self.location.as_str())
            .field("etag", &self.etag)
            .field("links", &self.links);
        session.finish_non_exhaustive()
    }
}

fn authorize(request: RequestBuilder, bearer: Option<&str>) -> RequestBuilder {
    match bearer {
        Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}

async fn send(
    request: RequestBuilder,
    method: Method,
    url: &Url,
    success: StatusCode,
) -> Result<(HeaderMap, String), Error> {
    let response = request.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.text().await?;
    if status == success {
        return Ok((headers, body));
    }
    Err(Error::Refused {
        method,
        url: url.clone(),
        status,
        headers: Box::new(headers),
        body,
    })
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
