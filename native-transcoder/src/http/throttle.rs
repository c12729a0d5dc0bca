//! Who asks, and how often they may (RFC 9725 §5: endpoints and sessions are worth limiting).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::limit::{PerSource, Rate};

/// Where a proxy says whom it speaks for.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address that a request is counted to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client(pub(super) IpAddr);

#[derive(Clone, Debug)]
pub(super) struct Throttle {
    changes: Arc<PerSource>,
    /// Whether the last address in `X-Forwarded-For`, the one that the node's own proxy added, is the client's.
    behind_proxy: bool,
}

impl Throttle {
    pub(super) fn new(changes: Rate, behind_proxy: bool) -> Self {
        Self {
            changes: Arc::new(PerSource::new(changes)),
            behind_proxy,
        }
    }

    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded = || {
            let value = headers.get_all(FORWARDED_FOR).iter().next_back()?;
            value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
        };
        self.behind_proxy.then(forwarded).flatten().unwrap_or(peer)
    }
}

/// Refuses what changes something, and costs accordingly, if its source asks for that too often.
pub(super) async fn limit(
    State(throttle): State<Throttle>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = throttle.client(peer.ip(), request.headers());
    let changes = matches!(*request.method(), Method::POST | Method::PATCH | Method::DELETE);
    if changes && let Err(wait) = throttle.changes.take(client) {
        return Problem::too_often(wait).into_response();
    }
    request.extensions_mut().insert(Client(client));
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_behind_a_proxy_is_a_client_who_its_last_word_says() {
        let peer = IpAddr::from([127, 0, 0, 1]);
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, "203.0.113.9, 192.0.2.7".parse().unwrap());
        let throttle = |behind_proxy| Throttle::new(Rate::new(1, 1), behind_proxy);
        assert_eq!(throttle(false).client(peer, &headers), peer);
        assert_eq!(
            throttle(true).client(peer, &headers),
            IpAddr::from([192, 0, 2, 7])
        );
        headers.insert(FORWARDED_FOR, "unknown".parse().unwrap());
        assert_eq!(throttle(true).client(peer, &headers), peer);
    }
}
