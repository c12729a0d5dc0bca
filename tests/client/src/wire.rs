//! The client's socket: when each RTP packet crossed it, and a switch that silences it.

use crate::peer::State;
use socket2::SockRef;
use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::watch;
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, RecvMeta, Runtime,
    TokioRuntime, Transmit,
};

/// Packets received that are remembered: two seconds of 2,000 a second, far more than any rung sends.
const PACKETS: usize = 4096;
/// Frames sent that are remembered, the last packet of each: 100 seconds of video and sound.
const FRAMES: usize = 8192;
/// Frames that may be on their way out at once, of video and sound.
const OPEN: usize = 8;

/// How long the library sleeps while a connection is being made.
const HURRY: Duration = Duration::from_millis(2);
/// Content types, the first byte of a DTLS 1.2 record (RFC 5246 §6.2.1).
const DTLS_CHANGE_CIPHER: u8 = 20;
const DTLS_ALERT: u8 = 21;
const DTLS_HANDSHAKE: u8 = 22;

/// A keyframe comes as a burst of a hundred packets and more, each of which counts double against the buffer; the
/// usual 208 KiB lose some of them whenever this task is not scheduled at once.
const RECEIVE_BUFFER: usize = 4 << 20;

/// Sees every datagram of one connection. RTP headers travel in the clear (RFC 3711 §3.1), so packets are told
/// apart before decryption, and their times hold no cost of this client.
#[derive(Debug, Default)]
pub struct Tap {
    muted: AtomicBool,
    hurried: AtomicBool,
    sent: Mutex<VecDeque<Packet>>,
    received: Mutex<VecDeque<Packet>>,
}

#[derive(Debug, Clone, Copy)]
struct Packet {
    ssrc: u32,
    sequence: u16,
    payload_type: u8,
    rtp_time: u32,
    at: Instant,
}

impl Tap {
    /// When the last packet sent so far with this payload type and RTP time was handed to the kernel.
    pub fn sent_at(&self, payload_type: u8, rtp_time: u32) -> Option<Instant> {
        let sent = lock(&self.sent);
        sent.iter()
            .rev()
            .find(|p| p.payload_type == payload_type && p.rtp_time == rtp_time)
            .map(|p| p.at)
    }

    /// When the kernel received this packet, `None` if it is too long ago or came as a retransmission.
    pub fn received_at(&self, ssrc: u32, sequence: u16) -> Option<Instant> {
        let received = lock(&self.received);
        received
            .iter()
            .rev()
            .find(|p| p.ssrc == ssrc && p.sequence == sequence)
            .map(|p| p.at)
    }

    /// Drops everything in both directions while `true`, as if the network were gone.
    pub fn mute(&self, muted: bool) {
        self.muted.store(muted, Ordering::Relaxed);
    }

    /// While `true`, the library looks around every few milliseconds. It goes from ICE to DTLS, and from DTLS to
    /// SCTP, only when ICE's timer wakes it, which would add 400 ms to every first message.
    pub(crate) fn hurry(&self, hurried: bool) {
        self.hurried.store(hurried, Ordering::Relaxed);
    }

    fn is_muted(&self) -> bool {
        self.muted.load(Ordering::Relaxed)
    }
}

fn note_sent(log: &Mutex<VecDeque<Packet>>, datagrams: &[u8], stride: usize, at: Instant) {
    for packet in datagrams
        .chunks(stride.max(1))
        .filter_map(|datagram| Packet::parse(datagram, at))
    {
        let mut log = lock(log);
        let same = |p: &&mut Packet| p.payload_type == packet.payload_type && p.rtp_time == packet.rtp_time;
        if let Some(frame) = log.iter_mut().rev().take(OPEN).find(same) {
            *frame = packet;
        } else {
            push(&mut log, packet, FRAMES);
        }
    }
}

fn note_received(log: &Mutex<VecDeque<Packet>>, datagrams: &[u8], stride: usize, at: Instant) {
    for packet in datagrams
        .chunks(stride.max(1))
        .filter_map(|datagram| Packet::parse(datagram, at))
    {
        push(&mut lock(log), packet, PACKETS);
    }
}

fn push(log: &mut VecDeque<Packet>, packet: Packet, limit: usize) {
    if log.len() == limit {
        log.pop_front();
    }
    log.push_back(packet);
}

/// A panic while noting a packet leaves the log usable: at worst it misses that packet.
fn lock(log: &Mutex<VecDeque<Packet>>) -> MutexGuard<'_, VecDeque<Packet>> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Packet {
    /// Tells RTP from STUN, DTLS and RTCP by its first two bytes (RFC 7983 §7, RFC 5761 §4).
    fn parse(datagram: &[u8], at: Instant) -> Option<Self> {
        let &[first, second, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3, ..] = datagram else {
            return None;
        };
        let payload_type = second & 0x7f;
        if first >> 6 != 2 || (64..96).contains(&payload_type) {
            return None;
        }
        Some(Self {
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            sequence: u16::from_be_bytes([s0, s1]),
            payload_type,
            rtp_time: u32::from_be_bytes([t0, t1, t2, t3]),
            at,
        })
    }
}

/// Tokio, with a tap on every UDP socket.
#[derive(Debug, Default)]
pub(crate) struct TappedRuntime {
    pub(crate) tap: Arc<Tap>,
    pub(crate) state: watch::Sender<State>,
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Runtime for TappedRuntime {
    fn spawn(&self, future: Boxed<'static, ()>) -> Box<dyn JoinHandle> {
        TokioRuntime.spawn(future)
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        // Best effort: the system may allow less.
        let _ = SockRef::from(&socket).set_recv_buffer_size(RECEIVE_BUFFER);
        Ok(Arc::new(TappedSocket {
            inner: TokioRuntime.wrap_udp_socket(socket)?,
            tap: Arc::clone(&self.tap),
            state: self.state.clone(),
            pause: AtomicBool::new(false),
        }))
    }

    fn wrap_tcp_listener(&self, listener: std::net::TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        TokioRuntime.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(&'a self, remote_addr: SocketAddr) -> Boxed<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        TokioRuntime.connect_tcp(remote_addr)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> Boxed<'a, io::Result<Vec<SocketAddr>>> {
        TokioRuntime.resolve_host(host)
    }

    fn sleep(&self, duration: Duration) -> Boxed<'static, ()> {
        let hurried = self.tap.hurried.load(Ordering::Relaxed);
        TokioRuntime.sleep(if hurried { duration.min(HURRY) } else { duration })
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        TokioRuntime.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        TokioRuntime.block_on(future);
    }

    fn yield_now(&self) -> Boxed<'static, ()> {
        TokioRuntime.yield_now()
    }

    fn name(&self) -> &'static str {
        "tapped tokio"
    }
}

#[derive(Debug)]
struct TappedSocket {
    inner: Arc<dyn AsyncUdpSocket>,
    tap: Arc<Tap>,
    state: watch::Sender<State>,
    /// The next receive finds nothing.
    pause: AtomicBool,
}

impl AsyncUdpSocket for TappedSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn max_gso_segments(&self) -> usize {
        self.inner.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.inner.max_gro_segments()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        let len = transmit.contents.len();
        if self.tap.is_muted() {
            return Poll::Ready(Ok(len));
        }
        // Before the system call: on loopback the packet has arrived by the time it returns.
        let now = Instant::now();
        let sent = self.inner.poll_send(cx, transmit);
        if matches!(sent, Poll::Ready(Ok(_))) {
            note_sent(
                &self.tap.sent,
                transmit.contents,
                transmit.segment_size.unwrap_or(len),
                now,
            );
        }
        sent
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        if self.pause.swap(false, Ordering::Relaxed) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            let received = self.inner.poll_recv(cx, bufs, meta);
            let Poll::Ready(Ok(count)) = received else {
                return received;
            };
            if self.tap.is_muted() {
                continue;
            }
            for (buf, meta) in bufs.iter().zip(meta.iter()).take(count) {
                note_received(&self.tap.received, &buf[..meta.len], meta.stride, arrival(meta));
                let first = buf[..meta.len].first().copied().unwrap_or_default();
                if first == DTLS_ALERT {
                    self.state.send_if_modified(end);
                }
                // The library takes datagrams in bursts and looks at what they mean afterwards. Media right behind the
                // end of the handshake would be thrown away for want of keys, so a handshake ends the burst.
                self.pause.fetch_or(
                    first == DTLS_CHANGE_CIPHER || first == DTLS_HANDSHAKE,
                    Ordering::Relaxed,
                );
            }
            return received;
        }
    }
}

/// The peer's goodbye. The library keeps "connected" after close_notify, as W3C wants, until ICE notices 25 seconds
/// later; on an established connection no other alert is to be expected.
fn end(state: &mut State) -> bool {
    let over = *state == State::Connected;
    if over {
        *state = State::Closed;
    }
    over
}

/// The kernel's own stamp where it gives one: this task may have been scheduled much later than the packet came.
fn arrival(meta: &RecvMeta) -> Instant {
    let now = Instant::now();
    let age = meta
        .timestamp
        .and_then(|stamp| (SystemTime::UNIX_EPOCH + stamp).elapsed().ok());
    age.and_then(|age| now.checked_sub(age)).unwrap_or(now)
}
