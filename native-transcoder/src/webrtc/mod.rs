//! WebRTC: the only place that names str0m.
//!
//! | file | question |
//! |---|---|
//! | [`offer`] | is this an offer that we answer at all? |
//! | `negotiate` | what is the answer? |
//! | `demux` | whose datagram is this? |
//! | `ice` | which credentials count, and what does a PATCH ask for? |
//! | `keyframe` | can decoding start with this frame? |
//! | `peer` | what does one connection do? |
//! | `simulcast` | which of a publisher's encoders is taken? |
//! | `watching` | what may viewers ask for? |
//! | `reach` | by which addresses is this node reached? |
//! | `tcp` | how do clients come in without UDP? |
//! | `stun` | what do strangers ask, and what do we ask a server? |
//! | `shard` | what happens next, over all connections on this port? |
//!
//! HTTP handlers talk to the shard through [`Handle`]; the shard owns every connection, stream and worker, on one
//! thread, so that a frame goes from socket to worker to viewers without a lock or a hop.

mod demux;
mod ice;
mod identity;
mod keyframe;
mod negotiate;
pub mod offer;
mod peer;
mod reach;
mod shard;
mod simulcast;
mod stun;
mod tcp;
mod trickle;
mod watching;

use std::net::IpAddr;

use headwater_protocol::session::registry::{PublishError, WatchError};
use headwater_protocol::signed::Signed;
use headwater_protocol::token::Publish;
use headwater_protocol::{ladder::Ladder, stream};
use tokio::sync::{mpsc, oneshot};

pub use self::identity::Identity;
use self::negotiate::Negotiated;
pub use self::negotiate::{Negotiator, rehearse};
use self::offer::Refused;
pub use self::reach::{Ice, Reach, Tcp};
pub use self::shard::{Config, Paying, Shard};
pub use self::trickle::{Patch, PatchRefused, Restarted};
use self::watching::Request;
pub use self::watching::{AnswerRefused, Event, SubscribeRefused, Watching};
use crate::limit::{Full, Gate, Permit};
use crate::secret;
pub use crate::stream::{SelectRefused, Selection, Unavailable};

/// Requests that wait for the shard. Each is answered within a loop turn; more waiting than this means that the node
/// is past serving anyone.
pub(crate) const COMMANDS: usize = 256;

/// A way to talk to the shard.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    negotiator: Negotiator,
    half_open: Gate,
}

/// A client's offer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// As it came.
    pub sdp: String,
    /// Who sent it.
    pub from: IpAddr,
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
        reply: oneshot::Sender<Result<Option<Restarted>, PatchRefused>>,
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
    /// The client's description.
    description: String,
    /// Its place among the sessions that are not connected yet.
    permit: Permit,
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
    /// Too many sessions are not connected yet.
    #[error("too many sessions are being made; try again in a moment")]
    Crowded(Full),
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
    /// Too many sessions are not connected yet.
    #[error("too many sessions are being made; try again in a moment")]
    Crowded(Full),
    /// The node is shutting down.
    #[error("this node is shutting down; use another")]
    Gone,
}

impl Handle {
    pub(crate) fn new(commands: mpsc::Sender<Command>, negotiator: Negotiator, half_open: Gate) -> Self {
        Self {
            commands,
            negotiator,
            half_open,
        }
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
        offer: Offer,
    ) -> Result<Session, PublishRefused> {
        // Asked first, so that a stranger's offer costs no negotiation.
        self.ask(|reply| Command::MayPublish {
            token: token.clone(),
            reply,
        })
        .await
        .ok_or(PublishRefused::Gone)??;
        let permit = self
            .half_open
            .enter(offer.from)
            .map_err(PublishRefused::Crowded)?;
        let negotiator = self.negotiator.clone();
        let (negotiated, offer) =
            tokio::task::spawn_blocking(move || negotiator.publisher(&offer.sdp).map(|made| (made, offer)))
                .await
                .map_err(|_| PublishRefused::Gone)??;
        let (session, made) = made(negotiated, offer.sdp, permit);
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

    /// Applies a trickle ICE fragment; the new ICE session, if it asks for one.
    ///
    /// # Errors
    /// [`PatchRefused`].
    pub async fn patch(&self, secret: String, patch: Patch) -> Result<Option<Restarted>, PatchRefused> {
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

fn made(negotiated: Negotiated, description: String, permit: Permit) -> (Session, Made) {
    let session = Session {
        secret: secret::hex::<16>(),
        sdp: negotiated.answer.clone(),
        etag: ice::etag(&negotiated.ufrag),
    };
    let made = Made {
        secret: session.secret.clone(),
        negotiated,
        description,
        permit,
    };
    (session, made)
}
