//! What comes in on the port, and who may make how much work of it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use str0m::net::Protocol;
use tokio::net::UdpSocket;
use tracing::info;

use super::Shard;
use crate::limit::{PerSource, Rate};
use crate::secret;
use crate::webrtc::demux::{self, Source, Whose};
use crate::webrtc::stun;
use crate::webrtc::tcp::{Connections, Incoming};

/// Datagrams taken before commands and timers get their turn: a keyframe of 100 KiB is about 90.
const BURST: usize = 128;

/// Checks of one source's that has no connection yet. Browsers make 20 a second and candidate pair; a crowd behind one
/// address, that connects at once, makes them together.
const CHECKS: Rate = Rate::new(2000, 4000);

/// Binding requests without credentials, of one source and of all. A client makes a handful; a crowd behind one address
/// some hundred at once.
const REFLECTIONS: Rate = Rate::new(20, 200);
const ALL_REFLECTIONS: Rate = Rate::new(1000, 2000);

/// What those may ask who have no connection.
pub(super) struct Strangers {
    checks: PerSource,
    reflections: PerSource,
    all_reflections: PerSource,
}

impl Default for Strangers {
    fn default() -> Self {
        Self {
            checks: PerSource::new(CHECKS),
            reflections: PerSource::new(REFLECTIONS),
            all_reflections: PerSource::new(ALL_REFLECTIONS),
        }
    }
}

/// Without waiting: UDP's buffers lose what does not fit, and so do TCP's queues.
pub(super) fn send(
    socket: &UdpSocket,
    tcp: &Connections,
    protocol: Protocol,
    destination: SocketAddr,
    datagram: &[u8],
) {
    if protocol == Protocol::Tcp {
        tcp.send(destination, datagram);
    } else {
        drop(socket.try_send_to(datagram, destination));
    }
}

impl Strangers {
    fn may_reflect(&self, source: IpAddr) -> bool {
        let everybody = Ipv4Addr::UNSPECIFIED.into();
        self.reflections.take(source).is_ok() && self.all_reflections.take(everybody).is_ok()
    }
}

impl Shard {
    pub(super) fn receive(&mut self, buffer: &mut [u8]) {
        for _ in 0..BURST {
            let Ok((length, source)) = self.socket.try_recv_from(buffer) else {
                return;
            };
            let now = Instant::now();
            let (source, datagram) = ((Protocol::Udp, source), &buffer[..length]);
            if demux::is_stun(datagram) && !self.admit(now, source, datagram) {
                continue;
            }
            self.datagram(now, source, self.config.reach.udp(), datagram);
        }
    }

    /// Takes what came by TCP, at most a burst of it.
    pub(super) fn receive_tcp(&mut self, first: Incoming) {
        self.take(first);
        for _ in 1..BURST {
            let Some(next) = self.tcp.try_next() else {
                return;
            };
            self.take(next);
        }
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Frame(source, frame) => self.frame(source, &frame),
            Incoming::Closed(source) => {
                self.tcp.close(source);
                self.demux.unbind((Protocol::Tcp, source));
            }
        }
    }

    /// A connection whose first frame is not a check of one of our connections' is closed: it is nobody's.
    fn frame(&mut self, address: SocketAddr, frame: &[u8]) {
        let (now, source) = (Instant::now(), (Protocol::Tcp, address));
        let Some(destination) = self.config.reach.tcp() else {
            return;
        };
        if !demux::is_stun(frame) || self.admit(now, source, frame) {
            self.datagram(now, source, destination, frame);
        }
        if !self.demux.is_bound(source) {
            self.tcp.close(address);
        }
    }

    /// Whether a STUN message may be a check of a connection's. Before any is looked up or computed for it, so that a
    /// flood costs little.
    fn admit(&mut self, now: Instant, source: Source, datagram: &[u8]) -> bool {
        let (_, address) = source;
        if let Some(transaction) = stun::plain_request(datagram) {
            if self.strangers.may_reflect(address.ip()) {
                let mut response = [0; stun::LONGEST_RESPONSE];
                let length = stun::respond(transaction, address, &mut response);
                self.send(source, &response[..length]);
            }
            return false;
        }
        if let Some(seen) = self
            .seeker
            .as_mut()
            .and_then(|seeker| seeker.answer(now, address, datagram))
        {
            if self.config.reach.learn(seen) {
                info!(address = %seen, "seen from outside as");
            }
            return false;
        }
        self.demux.is_bound(source) || self.strangers.checks.take(address.ip()).is_ok()
    }

    /// Asks for the port's outside address, if that is due.
    pub(super) fn seek(&mut self, now: Instant) {
        if let Some(seeker) = &mut self.seeker
            && let Some((server, request)) = seeker.ask(now, secret::bytes())
        {
            drop(self.socket.try_send_to(&request, server));
        }
    }

    pub(super) fn datagram(
        &mut self,
        now: Instant,
        source: Source,
        destination: SocketAddr,
        datagram: &[u8],
    ) {
        let Some(whose) = self.demux.find(source, datagram) else {
            return;
        };
        let (Whose::Check(session) | Whose::Bound(session) | Whose::Former(session)) = whose;
        let is_check = !matches!(whose, Whose::Bound(_));
        if !self
            .ice
            .get(&session)
            .is_some_and(|ice| ice.may_receive(is_check))
        {
            return;
        }
        if let Whose::Former(session) = whose {
            return self.check_former(now, session, source, datagram);
        }
        let mut accepted = false;
        self.with_peer(now, session, |peer| {
            accepted = peer.receive(now, source, destination, datagram)?;
            Ok(())
        });
        if accepted && is_check {
            self.demux.bind(session, source);
        }
        self.handle_events(now);
    }

    /// A full send buffer loses the datagram, as networks do; NACK repairs it.
    pub(super) fn send(&self, (protocol, destination): Source, datagram: &[u8]) {
        send(&self.socket, &self.tcp, protocol, destination, datagram);
    }
}
