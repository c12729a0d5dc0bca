//! The loop that owns a UDP port, its connections, their streams and workers.

mod commands;
mod connections;
mod datagrams;
mod listeners;
mod paying;
mod restart;
mod streams;
mod tolled;
mod watching;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater_protocol::key::Address;
use headwater_protocol::session::registry::{Limits, Registry, SessionId};
use headwater_protocol::{Millis, stream};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tracing::warn;

use self::datagrams::Strangers;
use self::listeners::Listeners;
pub use self::paying::Paying;
use self::paying::{Toll, next_order};
use self::tolled::Tolled;
use self::watching::Offers;
use super::Command;
use super::demux::Demux;
use super::ice::Ice;
use super::peer::{Event, Peer};
use super::reach::Reach;
use super::stun::Seeker;
use super::tcp::Connections;
use crate::intake::Intake;
use crate::limit::Permit;
use crate::stream::Live;
use crate::transcoder::{self, Capabilities, Devices, Preset, Program, Transcoder, Workers};

/// Larger than any datagram of ours; what is longer is cut and then fails its checks.
const DATAGRAM: usize = 2048;

/// A publisher that sends nothing for this long is noticed: a little more than the 2.5 s between a quiet browser's ICE
/// consent checks.
const SILENCE: Duration = Duration::from_secs(3);

/// How often publishers are listened to: a small part of [`SILENCE`], and of no weight.
const LISTEN_EVERY: Duration = Duration::from_millis(100);

/// Frames from workers that wait for the loop: a tenth of a second of eight rungs at 60 frames a second. Beyond it the
/// workers' own queues fill and drop.
const TRANSCODED: usize = 64;

/// What a shard needs.
#[derive(Debug)]
pub struct Config {
    /// The addresses that answers name.
    pub reach: Reach,
    /// A STUN server that tells what the UDP port looks like from outside.
    pub stun: Option<SocketAddr>,
    /// How much it takes on.
    pub limits: Limits,
    /// How workers are started.
    pub program: Program,
    /// What they are to do.
    pub preset: Preset,
    /// What the machine decodes and encodes.
    pub capabilities: Arc<Capabilities>,
    /// Who counts what publishers pay; without, nothing costs anything.
    pub paying: Option<Paying>,
}

/// The loop's state.
pub struct Shard {
    config: Config,
    socket: UdpSocket,
    tcp: Connections,
    commands: mpsc::Receiver<Command>,
    epoch: Instant,
    registry: Registry,
    workers: Workers,
    devices: Devices,
    peers: HashMap<SessionId, Peer>,
    /// When peers want to be woken, soonest first.
    wakes: BTreeSet<(Instant, SessionId)>,
    demux: Demux,
    strangers: Strangers,
    seeker: Option<Seeker>,
    secrets: HashMap<String, SessionId>,
    ice: HashMap<SessionId, Ice>,
    half_open: HashMap<SessionId, Permit>,
    secret_of: HashMap<SessionId, String>,
    streams: HashMap<stream::Id, OnAir>,
    by_key: HashMap<transcoder::Key, stream::Id>,
    transcoded: mpsc::Receiver<(transcoder::Key, transcoder::Event)>,
    transcoded_sender: mpsc::Sender<(transcoder::Key, transcoder::Event)>,
    offers: Offers,
    listeners: Listeners,
    next_id: u64,
    /// Which layers of the sandbox workers run in, once one has said so.
    confined: Option<String>,
    /// When publishers were last listened to.
    listened: Instant,
    /// Peers' events that wait to be handled.
    events: VecDeque<(SessionId, Event)>,
    paying: Option<Paying>,
    tolled: Tolled,
}

struct OnAir {
    live: Live,
    intake: Intake,
    signer: Address,
    transcoder: Option<(transcoder::Key, Transcoder)>,
    toll: Toll,
    /// A publisher whose connection is gone and whose URL still takes a DELETE.
    lost: Option<SessionId>,
}

impl Shard {
    /// A shard on `socket`, and `tcp` if it has one, that obeys `commands`. Within a runtime: it starts a spare worker.
    #[must_use]
    pub(crate) fn new(
        mut config: Config,
        socket: UdpSocket,
        tcp: Option<TcpListener>,
        commands: mpsc::Receiver<Command>,
    ) -> Self {
        let (transcoded_sender, transcoded) = mpsc::channel(TRANSCODED);
        let seeker = config.stun.map(|server| Seeker::new(server, Instant::now()));
        Self {
            paying: config.paying.take(),
            tolled: Tolled::default(),
            registry: Registry::new(config.limits),
            workers: Workers::new(if config.capabilities.devices.is_empty() {
                config.program.clone()
            } else {
                config.program.clone().for_gpu()
            }),
            devices: Devices::new(config.capabilities.devices.iter().cloned()),
            config,
            socket,
            tcp: Connections::new(tcp),
            commands,
            epoch: Instant::now(),
            peers: HashMap::new(),
            wakes: BTreeSet::new(),
            demux: Demux::default(),
            strangers: Strangers::default(),
            seeker,
            secrets: HashMap::new(),
            ice: HashMap::new(),
            half_open: HashMap::new(),
            secret_of: HashMap::new(),
            streams: HashMap::new(),
            by_key: HashMap::new(),
            transcoded,
            transcoded_sender,
            offers: Offers::default(),
            listeners: Listeners::default(),
            next_id: 1,
            confined: None,
            listened: Instant::now(),
            events: VecDeque::new(),
        }
    }

    /// Runs until every [`super::Handle`] is gone, then says goodbye to all peers.
    pub async fn run(mut self) {
        let mut buffer = vec![0; DATAGRAM];
        loop {
            let deadline = self.deadline();
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.command(Instant::now(), command),
                    None => break,
                },
                order = next_order(&mut self.paying) => self.order(Instant::now(), order),
                Some((key, event)) = self.transcoded.recv() => self.transcoded(Instant::now(), key, event),
                incoming = self.tcp.next() => {
                    self.receive_tcp(incoming);
                    // So that those who come by TCP leave the others their turn.
                    self.receive(&mut buffer);
                }
                ready = self.socket.readable() => {
                    if let Err(error) = ready {
                        warn!(%error, "the UDP socket failed");
                        break;
                    }
                    self.receive(&mut buffer);
                }
                () = tokio::time::sleep_until(deadline.into()) => {}
            }
            self.wake(Instant::now());
            self.settle(Instant::now());
        }
        let sessions: Vec<_> = self.peers.keys().copied().collect();
        for session in sessions {
            self.send_back(session);
            self.hang_up(Instant::now(), session);
        }
        self.end_toll().await;
    }

    fn deadline(&self) -> Instant {
        let now = Instant::now();
        let peer = self
            .wakes
            .first()
            .map_or(now + Duration::from_secs(1), |(at, _)| *at);
        let registry = self
            .registry
            .poll_timeout()
            .map_or(peer, |at| self.epoch + Duration::from_millis(at.0));
        let seeker = self.seeker.as_ref().map_or(peer, Seeker::wake);
        peer.min(registry)
            .min(seeker)
            .min(now + Duration::from_millis(500))
    }

    fn millis(&self, at: Instant) -> Millis {
        Millis(u64::try_from(at.saturating_duration_since(self.epoch).as_millis()).unwrap_or(u64::MAX))
    }

    /// Lets peers whose time has come do what they must, and notices silent publishers.
    fn wake(&mut self, now: Instant) {
        // Each once: one that wants to be woken again at once gets its turn after the sockets'.
        let due: Vec<SessionId> = self
            .wakes
            .iter()
            .take_while(|(at, _)| *at <= now)
            .map(|(_, session)| *session)
            .collect();
        for session in due {
            self.with_peer(now, session, |peer| peer.timeout(now));
            self.handle_events(now);
        }
        self.seek(now);
        self.registry.handle_timeout(self.millis(now));
        if now.saturating_duration_since(self.listened) >= LISTEN_EVERY {
            self.listened = now;
            self.listen(now);
            self.tick(now);
            self.report_toll();
        }
    }

    fn listen(&mut self, now: Instant) {
        for on_air in self.streams.values() {
            let session = on_air.live.publisher();
            let Some(peer) = self.peers.get(&session) else {
                continue;
            };
            if now.saturating_duration_since(peer.heard()) >= SILENCE {
                let since = self.millis(peer.heard());
                self.registry.silent(since, session);
            } else {
                self.registry.heard(session);
            }
        }
    }
}

impl std::fmt::Debug for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shard")
            .field("peers", &self.peers.len())
            .field("streams", &self.streams.len())
            .finish()
    }
}
