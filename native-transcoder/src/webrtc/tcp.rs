//! ICE-TCP (RFC 6544), passive: for clients whose network lets no UDP through.
//!
//! Each connection has two tasks on the shard's thread: one takes frames (RFC 4571) off it, one puts frames on it. Between
//! them and the shard are bounded queues, so that a connection that is slow costs frames of its own and nobody's time.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::demux::is_stun;
use crate::limit::{Gate, Places};

/// Connections of one source and of all. Each holds 600 KiB in its queue if it stops reading amid a film.
const CONNECTIONS: Places = Places::new(128, 512);

/// Frames that wait for a slow connection: a second of 5 Mbit/s. What does not fit is lost, as on a network.
const OUTGOING: usize = 512;

/// Frames that wait for the shard, of all connections. Beyond it, their senders are slowed down by TCP itself.
const INCOMING: usize = 256;

/// No frame of ours or of a browser's is longer.
const FRAME: usize = 2048;

/// A client makes its first check at once.
const FIRST_WITHIN: Duration = Duration::from_secs(5);

/// A client checks every few seconds; one from which nothing comes for this long is gone.
const IDLE: Duration = Duration::from_secs(40);

/// A connection that takes no byte for this long is given up.
const STALLED: Duration = Duration::from_secs(5);

/// What a connection brings.
#[derive(Debug)]
pub(super) enum Incoming {
    /// One frame.
    Frame(SocketAddr, Vec<u8>),
    /// No more of them.
    Closed(SocketAddr),
}

/// The connections of a shard.
pub(super) struct Connections {
    listener: Option<TcpListener>,
    gate: Gate,
    open: HashMap<SocketAddr, Connection>,
    incoming: mpsc::Receiver<Incoming>,
    sender: mpsc::Sender<Incoming>,
}

struct Connection {
    outgoing: mpsc::Sender<Arc<[u8]>>,
    tasks: [AbortHandle; 2],
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.tasks[0].abort();
        // The writer ends by itself, once it has sent what is left, such as a goodbye.
    }
}

impl Connections {
    pub(super) fn new(listener: Option<TcpListener>) -> Self {
        let (sender, incoming) = mpsc::channel(INCOMING);
        Self {
            listener,
            gate: Gate::new(CONNECTIONS),
            open: HashMap::new(),
            incoming,
            sender,
        }
    }

    /// The next frame or end of a connection. Takes new connections meanwhile.
    pub(super) async fn next(&mut self) -> Incoming {
        loop {
            tokio::select! {
                Some(incoming) = self.incoming.recv() => return incoming,
                accepted = accept(self.listener.as_ref()) => {
                    if let Ok((stream, source)) = accepted {
                        self.open(stream, source);
                    }
                }
            }
        }
    }

    fn open(&mut self, stream: TcpStream, source: SocketAddr) {
        let Ok(permit) = self.gate.enter(source.ip()) else {
            return;
        };
        // Frames are datagrams: each leaves at once.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let (reading, writing) = stream.into_split();
        let (outgoing, queue) = mpsc::channel(OUTGOING);
        let sender = self.sender.clone();
        let reader = tokio::spawn(async move {
            // However it ends, the shard hears of it.
            let _ = read(reading, source, &sender).await;
            let _ = sender.send(Incoming::Closed(source)).await;
        });
        let sender = self.sender.clone();
        let writer = tokio::spawn(async move {
            let _place = permit;
            if write(writing, queue).await.is_err() {
                let _ = sender.send(Incoming::Closed(source)).await;
            }
        });
        let tasks = [reader.abort_handle(), writer.abort_handle()];
        self.open.insert(source, Connection { outgoing, tasks });
    }

    /// The next, if there is one at once.
    pub(super) fn try_next(&mut self) -> Option<Incoming> {
        self.incoming.try_recv().ok()
    }

    /// Puts a frame on its way; a full queue loses it.
    pub(super) fn send(&self, destination: SocketAddr, frame: &[u8]) {
        if let Some(connection) = self.open.get(&destination) {
            drop(connection.outgoing.try_send(frame.into()));
        }
    }

    /// Ends a connection, after what is on its way.
    pub(super) fn close(&mut self, source: SocketAddr) {
        self.open.remove(&source);
    }
}

/// The next connection; never, without a listener.
async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => {
            let accepted = listener.accept().await;
            if accepted.is_err() {
                // Out of descriptors, mostly: asking again at once would keep the shard busy.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            accepted
        }
        None => std::future::pending().await,
    }
}

async fn read(
    mut stream: OwnedReadHalf,
    source: SocketAddr,
    sender: &mpsc::Sender<Incoming>,
) -> io::Result<()> {
    let first = timeout(FIRST_WITHIN, frame(&mut stream)).await??;
    if !is_stun(&first) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut next = first;
    while sender.send(Incoming::Frame(source, next)).await.is_ok() {
        next = timeout(IDLE, frame(&mut stream)).await??;
    }
    Ok(())
}

/// One frame: its length in two bytes, then itself (RFC 4571 §2).
async fn frame(stream: &mut OwnedReadHalf) -> io::Result<Vec<u8>> {
    let length = usize::from(stream.read_u16().await?);
    if length > FRAME {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; length];
    stream.read_exact(&mut frame).await?;
    Ok(frame)
}

async fn write(mut stream: OwnedWriteHalf, mut queue: mpsc::Receiver<Arc<[u8]>>) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(2 * FRAME);
    while let Some(frame) = queue.recv().await {
        bytes.clear();
        put(&mut bytes, &frame);
        // A keyframe's packets leave with one system call.
        while bytes.len() < 16 * FRAME
            && let Ok(frame) = queue.try_recv()
        {
            put(&mut bytes, &frame);
        }
        timeout(STALLED, stream.write_all(&bytes)).await??;
    }
    stream.shutdown().await
}

fn put(bytes: &mut Vec<u8>, frame: &[u8]) {
    // None is longer than a datagram.
    if let Ok(length) = u16::try_from(frame.len()) {
        bytes.extend(length.to_be_bytes());
        bytes.extend(frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than anything here takes on a loaded machine.
    const PATIENCE: Duration = Duration::from_secs(20);

    async fn listening() -> (Connections, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (Connections::new(Some(listener)), address)
    }

    async fn next(connections: &mut Connections) -> Incoming {
        timeout(PATIENCE, connections.next())
            .await
            .expect("something comes")
    }

    #[tokio::test]
    async fn frames_come_and_go_whole_however_they_are_cut() {
        let (mut connections, address) = listening().await;
        let client = async {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.set_nodelay(true).unwrap();
            for byte in [0, 3, 0, 1, 2, 0, 2, 0x80, 9] {
                client.write_all(&[byte]).await.unwrap();
                tokio::task::yield_now().await;
            }
            client
        };
        let frames = async {
            let Incoming::Frame(source, first) = next(&mut connections).await else {
                panic!("a frame comes first");
            };
            assert_eq!(first, [0, 1, 2]);
            let Incoming::Frame(_, second) = next(&mut connections).await else {
                panic!("and another");
            };
            assert_eq!(second, [0x80, 9]);
            source
        };
        let (mut client, source) = tokio::join!(client, frames);
        connections.send(source, &[7; 1200]);
        let mut answer = [0; 1202];
        client.read_exact(&mut answer).await.unwrap();
        assert_eq!((&answer[..2], &answer[2..]), (&[4, 176][..], &[7; 1200][..]));
        drop(client);
        assert!(matches!(next(&mut connections).await, Incoming::Closed(gone) if gone == source));
    }

    #[tokio::test]
    async fn a_connection_that_does_not_begin_with_stun_or_claims_a_huge_frame_is_closed() {
        let (mut connections, address) = listening().await;
        for opening in [
            &b"GET / HTTP/1.1\r\n\r\n"[..],
            &[0, 4, 22, 254, 253, 0],
            &[0xff, 0xff, 0, 1],
        ] {
            let mut client = TcpStream::connect(address).await.unwrap();
            client.write_all(opening).await.unwrap();
            let Incoming::Closed(source) = next(&mut connections).await else {
                panic!("{opening:?} is no check");
            };
            connections.close(source);
            let ended = timeout(PATIENCE, client.read(&mut [0; 16])).await.unwrap();
            assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
        }
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_loses_frames_and_then_its_connection() {
        let (mut connections, address) = listening().await;
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(&[0, 1, 0]).await.unwrap();
        let Incoming::Frame(source, _) = next(&mut connections).await else {
            panic!("a frame comes");
        };
        // Far more than the kernel's buffers and the queue hold: the shard is never made to wait.
        for _ in 0..100 {
            for _ in 0..1000 {
                connections.send(source, &[1; 1200]);
            }
            tokio::task::yield_now().await;
        }
        assert!(matches!(next(&mut connections).await, Incoming::Closed(gone) if gone == source));
    }
}
