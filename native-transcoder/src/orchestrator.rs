//! The orchestrator: HTTP on one port, WebRTC on another, started and stopped as one thing.

mod sockets;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use headwater_protocol::key::Address;
use headwater_protocol::ladder::Ladder;
use headwater_protocol::session::registry::Limits;
use tokio::sync::mpsc;
use tracing::{info, warn};

use self::sockets::{bind_http, bind_tcp, bind_udp, reachable, resolve};
use crate::http::{self, State};
use crate::limit::{self, Gate, Places};
use crate::payment::{self, Payment};
use crate::tls::{self, Tls};
use crate::transcoder::{self, Capabilities, Codec, Preset, Program};
use crate::turn::Turn;
use crate::webrtc::{self, Handle, Ice, Negotiator, Reach, Shard, Tcp};

/// Connections to the operator's port: a few pages of one person, and a collector of figures.
const OPERATORS: Places = Places::new(32, 64);

/// How long open HTTP requests may take to finish when the node stops.
const DRAIN: Duration = Duration::from_secs(2);

/// What an orchestrator needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where HTTP listens. Port 0 picks a free one.
    pub http: SocketAddr,
    /// Where the operator looks at payments, by HTTP; without, nowhere. Whoever reaches it sees the income.
    pub admin: Option<SocketAddr>,
    /// Where WebRTC listens. Port 0 picks a free one.
    pub udp: SocketAddr,
    /// The address that clients reach `udp` by; needed where that is not the bound one.
    pub advertise: Option<IpAddr>,
    /// Where ICE-TCP listens, for clients whose network lets no UDP through.
    pub tcp: Tcp,
    /// How much of ICE the node does.
    pub ice: Ice,
    /// `host:port` of a STUN server, for a node whose outside address nobody has told it.
    pub stun: Option<String>,
    /// A folder of pages to serve at `/`.
    pub pages: Option<PathBuf>,
    /// HTTPS instead of HTTP.
    pub tls: Option<Tls>,
    /// For publishers that name no ladder.
    pub ladder: Ladder,
    /// How hard software encoders try.
    pub preset: Preset,
    /// How much the node takes on.
    pub limits: Limits,
    /// What one source may cost.
    pub sources: limit::Limits,
    /// Whether requests come through a proxy that adds `X-Forwarded-For`; then its last address is the client's.
    pub behind_proxy: bool,
    /// STUN or TURN URLs that clients are told.
    pub ice_servers: Vec<String>,
    /// TURN servers, which clients that are admitted get credentials for.
    pub turn: Option<Turn>,
    /// How workers are started; by the running binary unless it is another one.
    pub program: Option<Program>,
    /// What work costs, and how it is paid; without, it is free.
    pub payment: Option<payment::Config>,
}

impl Default for Config {
    /// Loopback on free ports, HTTP, the standard ladder.
    fn default() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            http: any,
            admin: None,
            udp: any,
            advertise: None,
            tcp: Tcp::default(),
            ice: Ice::default(),
            stun: None,
            pages: None,
            tls: None,
            ladder: Ladder::standard(),
            preset: Preset::default(),
            limits: Limits::default(),
            sources: limit::Limits::default(),
            behind_proxy: false,
            ice_servers: Vec::new(),
            turn: None,
            program: None,
            payment: None,
        }
    }
}

/// A running orchestrator. [`Orchestrator::stop`] ends it in order; dropping it ends it without goodbyes.
#[derive(Debug)]
pub struct Orchestrator {
    url: String,
    http: SocketAddr,
    admin: Option<SocketAddr>,
    udp: SocketAddr,
    server: axum_server::Handle<SocketAddr>,
    /// The public port, and the operator's.
    serving: Vec<tokio::task::JoinHandle<io::Result<()>>>,
    shard: JoinHandle<()>,
    payment: Option<Payment>,
}

impl Orchestrator {
    /// Binds both ports and starts serving.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let (listener, http) = bind_http(config.http).map_err(|source| StartError::Http {
            address: config.http,
            source,
        })?;
        let admin = config
            .admin
            .map(|address| bind_http(address).map_err(|source| StartError::Admin { address, source }));
        let admin = admin.transpose()?;
        let socket = bind_udp(config.udp).map_err(|source| StartError::Udp {
            address: config.udp,
            source,
        })?;
        let udp = socket.local_addr().map_err(|source| StartError::Udp {
            address: config.udp,
            source,
        })?;
        let advertised = SocketAddr::new(
            config.advertise.unwrap_or_else(|| reachable(udp.ip())),
            udp.port(),
        );

        let program = match config.program {
            Some(program) => program,
            None => Program::current().map_err(StartError::Program)?,
        };
        let capabilities = Arc::new(capabilities(&program).await);

        let tcp = bind_tcp(config.tcp, udp).map_err(|source| StartError::Tcp {
            tcp: config.tcp,
            source,
        })?;
        let tcp_port = match &tcp {
            Some(listener) => Some(listener.local_addr().map_err(|source| StartError::Tcp {
                tcp: config.tcp,
                source,
            })?),
            None => None,
        };
        let tcp_advertised = tcp_port.map(|port| SocketAddr::new(advertised.ip(), port.port()));
        let reach = Reach::new(advertised, tcp_advertised, config.ice);
        let stun = match config.stun {
            Some(server) => Some(resolve(server, udp).await?),
            None => None,
        };
        let (payment, paying) = match config.payment {
            Some(config) => {
                let (payment, paying) = payment::start(config).await?;
                (Some(payment), Some(paying))
            }
            None => (None, None),
        };
        let mut negotiator = Negotiator::new(reach.clone(), taken(&capabilities));
        if let Some(payment) = &payment {
            negotiator = negotiator.known_by(payment.identity.clone());
        }
        let warm = negotiator.clone();
        drop(tokio::task::spawn_blocking(move || warm.warm_up()).await);
        let desk = payment.as_ref().map(|payment| payment.desk.clone());
        let ledgers = payment.as_ref().map(|payment| payment.ledgers.clone());

        let (commands, receiver) = mpsc::channel(webrtc::COMMANDS);
        let shard_config = webrtc::Config {
            reach,
            stun,
            limits: config.limits,
            program,
            preset: config.preset,
            capabilities,
            paying,
        };
        let shard = std::thread::Builder::new()
            .name("webrtc".to_owned())
            .spawn(move || run_shard(shard_config, socket, tcp, receiver))
            .map_err(StartError::Thread)?;

        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let state = State {
            handle: Handle::new(commands, negotiator, Gate::new(config.sources.half_open)),
            ladder: config.ladder,
            scheme,
            ice_servers: config.ice_servers,
            turn: config.turn,
            requests: config.sources.requests,
            behind_proxy: config.behind_proxy,
            payment: desk,
        };
        let app = http::router(state, config.pages);
        let server = axum_server::Handle::new();
        let tls = match &config.tls {
            Some(tls) => Some(tls::load(tls, advertised.ip()).await?),
            None => None,
        };
        let gate = Gate::new(config.sources.connections);
        let mut serving = Vec::with_capacity(2);
        let admin = admin.map(|(listener, address)| {
            if !address.ip().is_loopback() {
                warn!(%address, "whoever reaches the admin port sees this node's income");
            }
            let app = http::admin::router(ledgers);
            let gate = Gate::new(OPERATORS);
            let serve = http::serve::serve(listener, None, app, gate, server.clone());
            serving.push(tokio::spawn(serve));
            address
        });
        let serve = http::serve::serve(listener, tls, app, gate, server.clone());
        serving.push(tokio::spawn(serve));
        let host = SocketAddr::new(
            if http.ip().is_unspecified() {
                advertised.ip()
            } else {
                http.ip()
            },
            http.port(),
        );
        let host = match &config.tls {
            // The certificate is for the name.
            Some(Tls::Acme(acme)) => format!("{}:{}", acme.domains[0], http.port()),
            _ => host.to_string(),
        };
        Ok(Self {
            url: format!("{scheme}://{host}"),
            http,
            admin,
            udp: advertised,
            server,
            serving,
            shard,
            payment,
        })
    }

    /// The base URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where HTTP listens.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where the operator looks at payments, if anywhere.
    #[must_use]
    pub fn admin(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// The address of the key that signs offers and receipts, of a node that is paid.
    #[must_use]
    pub fn key(&self) -> Option<Address> {
        self.payment.as_ref().map(|payment| payment.desk.node())
    }

    /// The address that answers name.
    #[must_use]
    pub fn udp(&self) -> SocketAddr {
        self.udp
    }

    /// Stops: finishes open requests, says goodbye to every peer, ends every worker, writes down what payers have left.
    pub async fn stop(self) {
        self.server.graceful_shutdown(Some(DRAIN));
        for serving in self.serving {
            if let Err(error) = serving.await {
                warn!(%error, "an HTTP server did not end in order");
            }
        }
        // The server held the last handle to the shard, which ends with it.
        drop(tokio::task::spawn_blocking(move || self.shard.join()).await);
        if let Some(payment) = self.payment {
            payment.stop().await;
        }
    }
}

/// What publishers may send: no browser sends HEVC without hardware of its own.
fn taken(capabilities: &Capabilities) -> Vec<Codec> {
    let decoders = capabilities.decoders.iter().copied();
    decoders.filter(|codec| *codec != Codec::Hevc).collect()
}

/// What this machine decodes and encodes. A node that cannot find out still does what every build can.
async fn capabilities(program: &Program) -> Capabilities {
    match transcoder::probe(program).await {
        Ok(capabilities) => {
            info!(?capabilities, "this machine");
            capabilities
        }
        Err(error) => {
            warn!(%error, "going on with H.264 and VP8 in, H.264 out");
            Capabilities {
                decoders: vec![Codec::H264, Codec::Vp8],
                ..Capabilities::default()
            }
        }
    }
}

fn run_shard(
    config: webrtc::Config,
    socket: UdpSocket,
    tcp: Option<TcpListener>,
    commands: mpsc::Receiver<webrtc::Command>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return warn!(%error, "no runtime for WebRTC"),
    };
    runtime.block_on(async {
        let tcp = tcp.map(tokio::net::TcpListener::from_std).transpose();
        match (tokio::net::UdpSocket::from_std(socket), tcp) {
            (Ok(socket), Ok(tcp)) => Shard::new(config, socket, tcp, commands).run().await,
            (Err(error), _) | (_, Err(error)) => warn!(%error, "WebRTC's sockets cannot be polled"),
        }
    });
}

/// Why an orchestrator does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The HTTP port.
    #[error("cannot listen for HTTP on {address}; choose another with --http")]
    Http {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The operator's port.
    #[error("cannot listen for the operator on {address}; choose another with --admin")]
    Admin {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The UDP port.
    #[error("cannot listen for WebRTC on {address}; choose another with --udp")]
    Udp {
        /// What was asked for.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The TCP port.
    #[error("cannot listen for ICE-TCP ({tcp}); choose another address with --tcp, or off")]
    Tcp {
        /// What was asked for.
        tcp: Tcp,
        /// Why not.
        source: io::Error,
    },
    /// The STUN server.
    #[error("cannot use the STUN server {server}; write --stun as host:port")]
    Stun {
        /// What was asked for.
        server: String,
        /// Why not.
        source: io::Error,
    },
    /// Payments.
    #[error(transparent)]
    Payment(#[from] payment::StartError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// No worker.
    #[error("the system does not say where this program is, which workers are started from: {0}")]
    Program(io::Error),
    /// No thread.
    #[error("the system gives no thread for WebRTC: {0}")]
    Thread(io::Error),
}
