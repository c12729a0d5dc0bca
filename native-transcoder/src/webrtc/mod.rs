//! WebRTC: the only place that names str0m.
//!
//! | file | question |
//! |---|---|
//! | [`offer`] | is this an offer that we answer at all? |
//! | `negotiate` | what is the answer? |
//! | `demux` | whose datagram is this? |
//! | `peer` | what does one connection do? |
//! | `simulcast` | which of a publisher's encoders is taken? |
//! | `watching` | what may viewers ask for? |
//! | `shard` | what happens next, over all connections on this port? |
//!
//! HTTP handlers talk to the shard through [`Handle`]; the shard owns every connection, stream and worker, on one
//! thread, so that a frame goes from socket to worker to viewers without a lock or a hop.

mod demux;
mod negotiate;
pub mod offer;
mod peer;
mod shard;
mod simulcast;
mod watching;

use headwater_protocol::session::registry::{PublishError, WatchError};
use headwater_protocol::signed::Signed;
use headwater_protocol::token::Publish;
use headwater_protocol::{ladder::Ladder, stream};
use tokio::sync::{mpsc, oneshot};

use self::negotiate::Negotiated;
pub use self::negotiate::Negotiator;
use self::offer::Refused;
pub use self::shard::{Config, Shard};
use self::watching::Request;
pub use self::watching::{AnswerRefused, Event, SubscribeRefused, Watching};
use crate::secret;
use crate::stream::Unavailable;

/// Requests that wait for the shard. Each is answered within a loop turn; more waiting than this means that the node
/// is past serving anyone.
pub(crate) const COMMANDS: usize = 256;

/// A way to talk to the shard.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    negotiator: Negotiator,
}

/// A session that was made.
#[derive(Debug)]
pub struct Session {
    /// Its unguessable name, for its URL.
    pub secret: String,
    /// The answer.
    pub sdp: String,
    /// Changes with the ICE session; for `ETag`.
    pub etag: String,
}

/// A request to the shard.
pub(crate) enum Command {
    MayPublish {
        token: Signed<Publish>,
        reply: oneshot::Sender<Result<(), PublishError>>,
    },
    Publish {
        token: Box<Signed<Publish>>,
        ladder: Ladder,
        orchestrator: String,
        made: Made,
        reply: oneshot::Sender<Result<(), PublishError>>,
    },
    Viewer(Box<Request>),
    Patch {
        secret: String,
        patch: Patch,
        reply: oneshot::Sender<Result<(), PatchRefused>>,
    },
    Close {
        secret: String,
        reply: oneshot::Sender<bool>,
    },
    Manifest {
        stream: stream::Id,
        reply: oneshot::Sender<Option<String>>,
    },
    Status {
        reply: oneshot::Sender<Status>,
    },
}

/// A negotiated connection on its way to the shard.
pub(crate) struct Made {
    secret: String,
    negotiated: Negotiated,
}

/// A trickle ICE fragment (RFC 8840), as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// `a=candidate` values, without the `a=`.
    pub candidates: Vec<String>,
    /// The client's username fragment.
    pub ufrag: Option<String>,
    /// `If-Match`.
    pub if_match: Option<String>,
}

/// How much a node carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Status {
    /// Streams that are live or wait for their publisher.
    pub streams: usize,
    /// Connections, half-open ones included.
    pub sessions: usize,
    /// Which layers of their sandbox the workers have on; none before the first stream.
    pub sandbox: Option<String>,
}

/// Why a publisher gets no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishRefused {
    /// By its offer.
    #[error(transparent)]
    Offer(#[from] Refused),
    /// By its token, or for want of room.
    #[error(transparent)]
    Registry(#[from] PublishError),
    /// The node is shutting down.
    #[error("this node is shutting down; use another")]
    Gone,
}

/// Why a viewer gets no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchRefused {
    /// By its offer.
    #[error(transparent)]
    Offer(#[from] Refused),
    /// By the stream's state, its token, or for want of room.
    #[error(transparent)]
    Registry(#[from] WatchError),
    /// By the rendition.
    #[error(transparent)]
    Rendition(#[from] Unavailable),
    /// The node is shutting down.
    #[error("this node is shutting down; use another")]
    Gone,
}

/// Why a PATCH is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchRefused {
    /// No such session.
    #[error("there is no such session; start one with POST")]
    Unknown,
    /// `If-Match` names another ICE session.
    #[error("If-Match does not name this ICE session; it is the ETag of the answer")]
    Stale,
    /// New credentials.
    #[error(
        "this session does not restart ICE; start a new one with POST, the same key replaces the old at once"
    )]
    Restart,
    /// More candidates than any host has; the session is closed.
    #[error("the session sent more candidates than any host has and was closed; start a new one with POST")]
    TooMany,
}

impl Handle {
    pub(crate) fn new(commands: mpsc::Sender<Command>, negotiator: Negotiator) -> Self {
        Self { commands, negotiator }
    }

    /// Makes a publisher's session.
    ///
    /// # Errors
    /// [`PublishRefused`]; then no session is left behind.
    pub async fn publish(
        &self,
        token: Signed<Publish>,
        ladder: Ladder,
        orchestrator: String,
        offer: String,
    ) -> Result<Session, PublishRefused> {
        // Asked first, so that a stranger's offer costs no negotiation.
        self.ask(|reply| Command::MayPublish {
            token: token.clone(),
            reply,
        })
        .await
        .ok_or(PublishRefused::Gone)??;
        let negotiator = self.negotiator.clone();
        let negotiated = tokio::task::spawn_blocking(move || negotiator.publisher(&offer))
            .await
            .map_err(|_| PublishRefused::Gone)??;
        let (session, made) = made(negotiated);
        let token = Box::new(token);
        self.ask(|reply| Command::Publish {
            token,
            ladder,
            orchestrator,
            made,
            reply,
        })
        .await
        .ok_or(PublishRefused::Gone)??;
        Ok(session)
    }

    /// Applies a trickle ICE fragment.
    ///
    /// # Errors
    /// [`PatchRefused`].
    pub async fn patch(&self, secret: String, patch: Patch) -> Result<(), PatchRefused> {
        self.ask(|reply| Command::Patch { secret, patch, reply })
            .await
            .unwrap_or(Err(PatchRefused::Unknown))
    }

    /// Ends a session; whether there was one.
    pub async fn close(&self, secret: String) -> bool {
        self.ask(|reply| Command::Close { secret, reply })
            .await
            .unwrap_or(false)
    }

    /// The stream's newest signed manifest, if its publisher sent one.
    pub async fn manifest(&self, stream: stream::Id) -> Option<String> {
        self.ask(|reply| Command::Manifest { stream, reply })
            .await
            .flatten()
    }

    /// How much this node carries now; nothing once it is shutting down.
    pub async fn status(&self) -> Status {
        self.ask(|reply| Command::Status { reply })
            .await
            .unwrap_or_default()
    }

    /// `None` once the shard is gone.
    async fn ask<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(command(reply)).await.ok()?;
        answer.await.ok()
    }
}

fn made(negotiated: Negotiated) -> (Session, Made) {
    let session = Session {
        secret: secret::hex::<16>(),
        sdp: negotiated.answer.clone(),
        etag: format!("\"{}\"", negotiated.ufrag),
    };
    let made = Made {
        secret: session.secret.clone(),
        negotiated,
    };
    (session, made)
}
