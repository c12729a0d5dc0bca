//! The flood: everything that the hostile tests do one by one, mixed, from one thread on one core.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use headwater_test_client::hostile;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, UdpSocket};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::node::Node;

/// Where it comes from: another address of the loopback network than the streams'.
const SOURCE: &str = "127.0.0.9";

/// How often a volley is sent.
const TICK: Duration = Duration::from_millis(5);

/// HTTP connections at once; the rest of an HTTP flood waits in line, as it would at one machine's end.
const CONNECTIONS: usize = 256;

/// How long one is kept.
const KEPT: Duration = Duration::from_secs(2);

/// One in so many requests is HTTP, one of these slow for ever.
const HTTP: u32 = 10;

/// A running attack.
#[derive(Debug)]
pub(super) struct Attack {
    over: Arc<AtomicBool>,
    started: Instant,
    thread: JoinHandle<Result<u64>>,
}

impl Attack {
    /// Starts `rate` requests a second against `node`; `victim` is a connection's name that the attacker has seen.
    pub(super) fn start(node: &Node, victim: &str, rate: u32) -> Result<Self> {
        let (udp, victim) = (node.udp(), victim.to_owned());
        let http: SocketAddr = node.url().replace("http://", "").parse()?;
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let thread = std::thread::Builder::new()
            .name("attack".to_owned())
            .spawn(move || {
                pin()?;
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                runtime.block_on(flood(&ended, udp, http, &victim, rate))
            })?;
        Ok(Self {
            over,
            started: Instant::now(),
            thread,
        })
    }

    /// Ends it; how many requests a second there were.
    pub(super) fn stop(self) -> Result<f64> {
        let length = self.started.elapsed();
        self.over.store(true, Ordering::Relaxed);
        let sent = self.thread.join().ok().context("the attack panicked")??;
        Ok(sent as f64 / length.as_secs_f64())
    }
}

/// Keeps this thread on the machine's last core.
fn pin() -> Result<()> {
    let last = std::thread::available_parallelism()?.get() - 1;
    let mut cores = CpuSet::new();
    cores.set(last)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &cores)?)
}

async fn flood(over: &AtomicBool, udp: SocketAddr, http: SocketAddr, victim: &str, rate: u32) -> Result<u64> {
    let socket = UdpSocket::bind((SOURCE, 0)).await?;
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let volley = (rate as u128 * TICK.as_millis() / 1000).max(1);
    let (mut sent, mut number) = (0, 0u32);
    while !over.load(Ordering::Relaxed) {
        ticks.tick().await;
        for _ in 0..volley {
            number = number.wrapping_add(1);
            if number.is_multiple_of(HTTP) {
                let Ok(permit) = connections.clone().try_acquire_owned() else {
                    continue;
                };
                tokio::spawn(async move {
                    let _permit = permit;
                    // A server may refuse, hang up or keep silent; all of that is an answer to an attack.
                    let _ = timeout(KEPT, request(http, number / HTTP)).await;
                });
                sent += 1;
            } else {
                let datagram = match number % HTTP {
                    0..=3 => hostile::stun(&format!("nobody{number}:x"), number),
                    4 => hostile::stun("", number),
                    5 | 6 => hostile::stun(&format!("{victim}:x"), number),
                    7 | 8 => hostile::client_hello(number),
                    _ => hostile::noise(number),
                };
                sent += u64::from(socket.send_to(&datagram, udp).await.is_ok());
            }
        }
    }
    Ok(sent)
}

/// One HTTP request of several kinds.
async fn request(http: SocketAddr, number: u32) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(SOURCE.parse()?, 0))?;
    let mut stream = socket.connect(http).await?;
    let owner = "0x0000000000000000000000000000000000000001";
    let post = |path: String, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/sdp\r\n\
             authorization: Bearer a.b\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let text = match number % 5 {
        0 => post(format!("/whip/{owner}/x"), &"v=0\r\na=b\r\n".repeat(500)),
        1 => post(
            format!("/whep/{owner}/x/240p"),
            "v=0\r\nm=video 9 X 1\r\na=recvonly\r\n",
        ),
        2 => format!("DELETE /session/{number:032x} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        3 => "\0\u{1}\u{2} nonsense\r\n\r\n".repeat(20),
        // Never ends its headers, and waits.
        _ => "GET /status HTTP/1.1\r\nhost: x\r\nx-slow: ".to_owned(),
    };
    stream.write_all(text.as_bytes()).await?;
    let mut answer = [0; 512];
    while stream.read(&mut answer).await? > 0 {}
    Ok(())
}
