//! Several nodes as one transport: who fails is passed over, who is on another chain is never believed.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use alloy_json_rpc::{Id, Request, RequestPacket, ResponsePacket, SerializedRequest};
use alloy_primitives::U64;
use alloy_transport::{RpcError, TransportError, TransportErrorKind, TransportFut};
use alloy_transport_http::{Client, Http};
use reqwest::Url;
use tokio::time::{Instant, sleep, timeout};
use tower::Service;

use super::endpoints::{Choice, Endpoints, Failure, Policy};

/// How long a node may take for an answer: longer than any that still works, shorter than a block or two.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a request waits for its turn; nodes that rest for longer count as gone.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// No node may be asked now.
#[derive(Debug, thiserror::Error)]
#[error(
    "none of {nodes} chain nodes answers; the next is asked in {wait:?}: check their addresses and limits"
)]
struct NoneLeft {
    nodes: usize,
    wait: Duration,
}

/// A node follows another chain.
#[derive(Debug, thiserror::Error)]
#[error("the node follows chain {found} instead of {wanted}: give the address of one of chain {wanted}")]
struct OtherChain {
    found: u64,
    wanted: u64,
}

/// The nodes. Clones are of the same.
#[derive(Clone)]
pub(super) struct Pool(Arc<Shared>);

struct Shared {
    chain_id: u64,
    nodes: Vec<Http<Client>>,
    endpoints: Mutex<Endpoints>,
    since: Instant,
}

impl Pool {
    pub(super) fn new(urls: &[Url], chain_id: u64, policy: Policy) -> Self {
        let client = Client::new();
        let nodes = urls
            .iter()
            .map(|url| Http::with_client(client.clone(), url.clone()))
            .collect();
        Self(Arc::new(Shared {
            chain_id,
            nodes,
            endpoints: Mutex::new(Endpoints::new(urls.len(), policy)),
            since: Instant::now(),
        }))
    }

    /// Asks each node once at most: who waits for longer asks again.
    async fn ask(self, request: RequestPacket) -> Result<ResponsePacket, TransportError> {
        let count = u32::try_from(request.len()).unwrap_or(u32::MAX);
        let mut tried = Vec::new();
        let mut last = None;
        while tried.len() < self.0.nodes.len() {
            let choice = self.endpoints(|endpoints, now| endpoints.choose(now, count, &tried, LONGEST_WAIT));
            let (node, check) = match choice {
                Choice::Ask { endpoint, check, at } => {
                    sleep(Duration::from_millis(at.saturating_sub(self.now()))).await;
                    (endpoint, check)
                }
                Choice::Wait(until) => {
                    let wait = Duration::from_millis(until.saturating_sub(self.now()));
                    let nodes = self.0.nodes.len();
                    return Err(last.unwrap_or_else(|| TransportErrorKind::custom(NoneLeft { nodes, wait })));
                }
            };
            match self.ask_one(node, check, request.clone()).await {
                Ok(response) => {
                    self.endpoints(|endpoints, _| endpoints.answered(node));
                    return Ok(response);
                }
                Err((failure, error)) => {
                    tracing::warn!(node, %error, "a chain node fails");
                    self.endpoints(|endpoints, now| endpoints.failed(now, node, failure, fastrand::f64()));
                    tried.push(node);
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| TransportErrorKind::custom_str("no chain node is configured: name one")))
    }

    async fn ask_one(
        &self,
        node: usize,
        check: bool,
        request: RequestPacket,
    ) -> Result<ResponsePacket, (Failure, TransportError)> {
        if check {
            self.check(node).await?;
        }
        let response = self.post(node, request).await?;
        // A refusal to answer at all; any other error is an answer.
        if let Some(error) = response.iter_errors().find(|error| error.is_retry_err()) {
            return Err((Failure::Limited(None), TransportError::ErrorResp(error.clone())));
        }
        Ok(response)
    }

    async fn check(&self, node: usize) -> Result<(), (Failure, TransportError)> {
        let request = Request::new("eth_chainId", Id::Number(0), ());
        let request: SerializedRequest = request
            .serialize()
            .map_err(|error| (Failure::Unreachable, TransportError::ser_err(error)))?;
        let response = self.post(node, RequestPacket::Single(request)).await?;
        let unread = || {
            (
                Failure::Unreachable,
                TransportErrorKind::custom_str("the node does not tell its chain"),
            )
        };
        let payload = response.first_payload().ok_or_else(unread)?;
        let found: U64 = payload.try_success_as().and_then(Result::ok).ok_or_else(unread)?;
        let (found, wanted) = (found.to::<u64>(), self.0.chain_id);
        if found != wanted {
            let error = TransportErrorKind::custom(OtherChain { found, wanted });
            return Err((Failure::OtherChain, error));
        }
        self.endpoints(|endpoints, _| endpoints.checked(node));
        Ok(())
    }

    async fn post(
        &self,
        node: usize,
        request: RequestPacket,
    ) -> Result<ResponsePacket, (Failure, TransportError)> {
        let mut http = self.0.nodes[node].clone();
        match timeout(PATIENCE, http.call(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err((failure(&error), without_address(error))),
            Err(_) => Err((
                Failure::Unreachable,
                TransportErrorKind::custom_str("the node takes too long to answer"),
            )),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn endpoints<T>(&self, act: impl FnOnce(&mut Endpoints, u64) -> T) -> T {
        let now = self.now();
        let mut endpoints = self.0.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut endpoints, now)
    }
}

fn failure(error: &TransportError) -> Failure {
    match error {
        RpcError::Transport(TransportErrorKind::HttpErrorWithRetryAfter { retry_after, .. }) => {
            Failure::Limited(Some(*retry_after))
        }
        RpcError::Transport(TransportErrorKind::HttpError(http)) if http.status == 429 => {
            Failure::Limited(None)
        }
        _ => Failure::Unreachable,
    }
}

/// Addresses may carry a provider's key, and errors are shown.
fn without_address(error: TransportError) -> TransportError {
    match error {
        RpcError::Transport(TransportErrorKind::Custom(cause)) => match cause.downcast::<reqwest::Error>() {
            Ok(cause) => TransportErrorKind::custom(cause.without_url()),
            Err(cause) => RpcError::Transport(TransportErrorKind::Custom(cause)),
        },
        other => other,
    }
}

impl Service<RequestPacket> for Pool {
    type Response = ResponsePacket;
    type Error = TransportError;
    type Future = TransportFut<'static>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: RequestPacket) -> Self::Future {
        Box::pin(self.clone().ask(request))
    }
}

/// By their number: addresses may carry a provider's key.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("chain_id", &self.0.chain_id)
            .field("nodes", &self.0.nodes.len())
            .finish_non_exhaustive()
    }
}
