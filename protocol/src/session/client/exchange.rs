//! What a client is told, and what it wants done.

use core::fmt;
use core::time::Duration;

use crate::{Code, Millis};

/// How the peer connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Media can flow.
    Connected,
    /// Interrupted; it may heal by itself.
    Disconnected,
    /// It will not heal.
    Failed,
    /// The other end closed it in order.
    Closed,
}

/// An HTTP answer, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// `Location`, resolved against the request's URL.
    pub location: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u32>,
    /// `ETag`, which names the ICE session.
    pub etag: Option<String>,
    /// The answer SDP, or a problem document.
    pub body: String,
    /// The servers that `Link` names for ICE (RFC 9725, section 4.6).
    pub ice_servers: Vec<IceServer>,
}

/// A STUN or TURN server. TURN servers take credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    /// Such as `turn:turn.example:3478?transport=udp`.
    pub url: String,
    /// Empty for STUN.
    pub username: String,
    /// Empty for STUN.
    pub credential: String,
}

/// Leaves the credential out.
impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// What happens to a client.
#[derive(Clone, Debug)]
pub enum Input {
    /// Begin.
    Start,
    /// The offer that [`Output::CreateOffer`] or [`Output::RestartIce`] asked for.
    Offer(String),
    /// The peer connection could not make an offer, or did not take the answer.
    PeerFailed(String),
    /// ICE found an address of this end, after the offer with that username fragment.
    Candidate {
        /// The offer's `a=ice-ufrag`.
        ufrag: String,
        /// `candidate:…`, as in an SDP attribute.
        candidate: String,
    },
    /// The answer to [`Output::Post`] or [`Output::Patch`].
    Response(Response),
    /// [`Output::Post`] or [`Output::Patch`] got no answer.
    NoResponse,
    /// The peer connection's state changed.
    Transport(Transport),
    /// Nothing has come from the other end for three seconds: longer than the pause between two answers to ICE's checks,
    /// and sooner than a browser says [`Transport::Disconnected`].
    Quiet,
    /// After [`Input::Quiet`], something has.
    Heard,
    /// The platform says that the network changed or came back: look now instead of waiting.
    NetworkChanged,
    /// The server said why it ends this session (on `control`).
    EndedBy(Code),
    /// The user wants out.
    Stop,
    /// The time that [`Output::Wait`] named has come.
    Timeout,
}

/// What a client wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Close any peer connection, make a new one that uses these servers, mostly none, and hand in its offer.
    CreateOffer(Vec<IceServer>),
    /// POST this offer to the endpoint.
    Post(String),
    /// Set this answer on the peer connection: its first, or after [`Output::RestartIce`] another.
    ApplyAnswer(String),
    /// Give the peer connection new ICE credentials and these servers, and hand in its offer; media goes on meanwhile.
    RestartIce(Vec<IceServer>),
    /// PATCH this session with an `application/trickle-ice-sdpfrag` and `If-Match: *`, as RFC 9725 wants it of restarts.
    Patch {
        /// Its URL.
        session: String,
        /// The body.
        fragment: String,
    },
    /// PATCH this session with candidates; nobody waits for the answer.
    Trickle {
        /// Its URL.
        session: String,
        /// For `If-Match`: the ICE session that the candidates are of (RFC 9725, section 4.3.2).
        etag: Option<String>,
        /// The body.
        fragment: String,
    },
    /// DELETE this session; nobody waits for the answer.
    Delete(String),
    /// Close the peer connection.
    ClosePeer,
    /// Tell the application.
    Event(Event),
    /// Nothing more now; come back with [`Input::Timeout`] at this time, or only with other inputs.
    Wait(Option<Millis>),
}

/// What an application learns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An offer is on its way.
    Connecting,
    /// Media flows. `resumed` when it did before.
    Live {
        /// Whether this is a reconnection.
        resumed: bool,
    },
    /// The stream has not begun, or is between two publishers: the viewer asks again by itself.
    Waiting,
    /// Interrupted; trying again after this wait.
    Retrying {
        /// What went wrong.
        code: Code,
        /// Until the next try.
        after: Duration,
        /// Tries so far, from 1.
        attempt: u32,
    },
    /// Over, in order.
    Ended(Code),
    /// Over, with an error and the other end's words about it.
    Failed(Code, String),
}
