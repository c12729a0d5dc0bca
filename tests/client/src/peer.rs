//! One peer connection to a server: offer, answer, and the way to connected.

use crate::restart;
use crate::session::{self, Session};
use crate::wire::{Tap, TappedRuntime};
use rtc::ice::network_type::NetworkType;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;
use webrtc::media_stream::track_remote::TrackRemote;
pub use webrtc::peer_connection::RTCPeerConnectionState as State;
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceCandidateInit,
    RTCIceGatheringState, RTCSessionDescription, Registry, SettingEngineBuilder,
};

/// From the answer to connected; a healthy server on loopback needs a fraction of a second.
const CONNECT: Duration = Duration::from_secs(10);
/// Host candidates come at once; an ICE-lite server does not need them, so nothing waits longer.
const GATHER: Duration = Duration::from_millis(500);
/// The library checks only every 200 ms, which is all that a connection on loopback would then take. RFC 8445 §14.2
/// allows 5 ms.
const CHECK_INTERVAL: Duration = Duration::from_millis(10);
/// Checks of one pair before it counts as failed: five seconds of them.
const CHECKS: u16 = 500;
/// One audio and one video track is all that WHEP allows.
const TRACKS: usize = 2;

/// Why a peer could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The HTTP half failed.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// The WebRTC stack refused.
    #[error("the webrtc stack refused: {0}")]
    WebRtc(#[from] webrtc::error::Error),
    /// The answer was taken, but no connection came of it.
    #[error("not connected {CONNECT:?} after the answer, state {0}: is the candidate in it reachable?")]
    Unreachable(State),
    /// The connection is over.
    #[error("the connection is {0}")]
    Ended(State),
    /// The other side has not sent any media of this kind yet.
    #[error("nothing was received yet, wait for the first frame")]
    NothingReceived,
}

/// What a client's network lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// TCP alone, by ICE-TCP (RFC 6544).
    Tcp,
}

/// A connection that is being made or is made.
pub(crate) struct Peer {
    connection: Box<dyn PeerConnection>,
    events: Arc<Events>,
    pub(crate) tap: Arc<Tap>,
    transport: Transport,
}

/// A peer with its session.
pub(crate) struct Connected {
    pub(crate) peer: Peer,
    pub(crate) session: Session,
    pub(crate) answer: String,
    pub(crate) posted_at: Instant,
    pub(crate) connected_at: Instant,
}

struct Events {
    state: watch::Sender<State>,
    gathered: Notify,
    tracks: mpsc::Sender<Arc<dyn TrackRemote>>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Events {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.notify_one();
        }
    }

    async fn on_connection_state_change(&self, state: State) {
        // Closed is final, though the library goes on to notice that ICE has lost its peer too.
        self.state.send_if_modified(|current| {
            let changed = *current != state && *current != State::Closed;
            if changed {
                *current = state;
            }
            changed
        });
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        // A third track is against WHEP; it stays unread.
        let _ = self.tracks.try_send(track);
    }
}

impl Peer {
    /// An unconnected peer for `endpoint`, and the tracks that the other side will open.
    pub(crate) async fn new(
        endpoint: &str,
        engine: MediaEngine,
        interceptors: Registry,
        transport: Transport,
    ) -> Result<(Self, mpsc::Receiver<Arc<dyn TrackRemote>>), Error> {
        let (tracks, tracks_rx) = mpsc::channel(TRACKS);
        let state = watch::Sender::new(State::New);
        let events = Arc::new(Events {
            state: state.clone(),
            gathered: Notify::new(),
            tracks,
        });
        let tap = Arc::new(Tap::default());
        tap.hurry(true);
        let settings = SettingEngineBuilder::new()
            .with_multicast_dns_mode(rtc::ice::mdns::MulticastDnsMode::Disabled)
            .with_include_loopback_candidate(true)
            .with_ice_connection_attempts(Some(CHECK_INTERVAL), Some(CHECKS))
            .with_network_types(match transport {
                Transport::Udp => vec![NetworkType::Udp4, NetworkType::Udp6],
                Transport::Tcp => vec![NetworkType::Tcp4, NetworkType::Tcp6],
            })
            .build();
        let (udp, tcp) = match transport {
            Transport::Udp => (vec![bind_address(endpoint)], vec![]),
            Transport::Tcp => (vec![], vec![bind_address(endpoint)]),
        };
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_interceptor_registry(interceptors)
            .with_setting_engine(settings)
            .with_runtime(Arc::new(TappedRuntime {
                tap: Arc::clone(&tap),
                state,
            }))
            .with_handler(Arc::clone(&events) as Arc<dyn PeerConnectionEventHandler>)
            .with_udp_addrs(udp)
            .with_tcp_addrs(tcp)
            .build()
            .await?;
        Ok((
            Self {
                connection: Box::new(connection),
                events,
                tap,
                transport,
            },
            tracks_rx,
        ))
    }

    pub(crate) fn connection(&self) -> &dyn PeerConnection {
        &*self.connection
    }

    pub(crate) fn state(&self) -> watch::Receiver<State> {
        self.events.state.subscribe()
    }

    /// Makes the offer, complete with candidates.
    async fn offer(&self) -> Result<String, Error> {
        let offer = self.connection.create_offer(None).await?;
        self.connection.set_local_description(offer.clone()).await?;
        let _ = timeout(GATHER, self.events.gathered.notified()).await;
        Ok(self.connection.local_description().await.unwrap_or(offer).sdp)
    }

    /// Exchanges descriptions with `endpoint` and waits until media can flow.
    pub(crate) async fn connect(self, endpoint: &str, bearer: Option<&str>) -> Result<Connected, Error> {
        let offer = self.offer().await?;
        let posted_at = Instant::now();
        let (session, answer) = match Session::create(endpoint, bearer, offer).await {
            Ok(created) => created,
            Err(refused) => {
                self.close().await?;
                return Err(refused.into());
            }
        };
        match self.transport {
            Transport::Udp => {
                let answer = RTCSessionDescription::answer(answer.clone())?;
                self.connection.set_remote_description(answer).await?;
            }
            Transport::Tcp => self.take_tcp_alone(&answer).await?,
        }
        let mut states = self.state();
        let settled =
            states.wait_for(|state| matches!(state, State::Connected | State::Failed | State::Closed));
        let state = match timeout(CONNECT, settled).await {
            Ok(Ok(state)) => *state,
            Ok(Err(_)) | Err(_) => *self.events.state.borrow(),
        };
        if state != State::Connected {
            self.close().await?;
            return Err(Error::Unreachable(state));
        }
        Ok(Connected {
            peer: self,
            session,
            answer,
            posted_at,
            connected_at: Instant::now(),
        })
    }

    /// Takes an answer's TCP candidates, and none other.
    async fn take_tcp_alone(&self, answer: &str) -> Result<(), Error> {
        let is_candidate = |line: &&str| line.starts_with("a=candidate:");
        let rest: String = answer
            .lines()
            .filter(|line| !is_candidate(line))
            .map(|line| format!("{}\r\n", line.trim_end()))
            .collect();
        self.connection
            .set_remote_description(RTCSessionDescription::answer(rest)?)
            .await?;
        // One of them: every section of a bundle repeats it.
        let tcp = answer
            .lines()
            .filter(is_candidate)
            .find(|line| line.contains(" tcp "));
        if let Some(line) = tcp {
            let candidate = RTCIceCandidateInit {
                candidate: line.trim_start_matches("a=").trim_end().to_owned(),
                sdp_mline_index: Some(0),
                ..RTCIceCandidateInit::default()
            };
            self.connection.add_ice_candidate(candidate).await?;
        }
        Ok(())
    }

    /// Restarts ICE; media goes on meanwhile.
    pub(crate) async fn restart(&self, session: &Session, answer: &str) -> Result<(), Error> {
        self.connection.restart_ice().await?;
        let offer = self.offer().await?;
        let remote = session.restart(&restart::fragment(&offer)).await?;
        let answer = restart::answer(answer, &remote);
        self.connection
            .set_remote_description(RTCSessionDescription::answer(answer)?)
            .await?;
        Ok(())
    }

    /// Says goodbye (DTLS close_notify) and stops.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        self.tap.hurry(false); // the library's own patience with a goodbye is one of its sleeps
        Ok(self.connection.close().await?)
    }
}

/// Loopback for a server on loopback, else every interface.
fn bind_address(endpoint: &str) -> &'static str {
    let url = reqwest::Url::parse(endpoint).ok();
    match url.as_ref().and_then(reqwest::Url::host_str) {
        Some("127.0.0.1" | "localhost") => "127.0.0.1:0",
        Some("[::1]") => "[::1]:0",
        _ => "0.0.0.0:0",
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer")
            .field("state", &*self.events.state.borrow())
            .finish_non_exhaustive()
    }
}
