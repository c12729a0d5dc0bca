//! A network between clients and a node that can change under them, as from Wi-Fi to 5G.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// Where clients find the network's end; the node itself is on 127.0.0.1.
pub(crate) const ENTRANCE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// As large as any datagram here.
const DATAGRAM: usize = 2048;

/// Forwards datagrams. To the node, each client comes from a port of the network's.
pub(crate) struct Network {
    exits: Arc<Mutex<HashMap<SocketAddr, Exit>>>,
    forwarding: JoinHandle<()>,
}

struct Exit {
    socket: Arc<UdpSocket>,
    back: JoinHandle<()>,
}

impl Drop for Exit {
    fn drop(&mut self) {
        self.back.abort();
    }
}

impl Network {
    /// Stands between clients, who know the node as [`ENTRANCE`], and the node's `port`.
    pub(crate) async fn before(port: u16) -> Self {
        let entrance = Arc::new(
            UdpSocket::bind((ENTRANCE, port))
                .await
                .expect("the port is free there"),
        );
        let exits: Arc<Mutex<HashMap<SocketAddr, Exit>>> = Arc::default();
        let known = Arc::clone(&exits);
        let forwarding = tokio::spawn(async move {
            let node = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let mut buffer = [0; DATAGRAM];
            while let Ok((length, client)) = entrance.recv_from(&mut buffer).await {
                let socket = known
                    .lock()
                    .expect("no panics")
                    .entry(client)
                    .or_insert_with(|| exit(&entrance, client))
                    .socket
                    .clone();
                let _ = socket.send_to(&buffer[..length], node).await;
            }
        });
        Self { exits, forwarding }
    }

    /// From now on every client comes from another port, and what is sent to the old ones is lost.
    pub(crate) fn switch(&self) {
        self.exits.lock().expect("no panics").clear();
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.forwarding.abort();
    }
}

fn exit(entrance: &Arc<UdpSocket>, client: SocketAddr) -> Exit {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.set_nonblocking(true).expect("sockets can be polled");
    let socket = Arc::new(UdpSocket::from_std(socket).expect("within a runtime"));
    let (incoming, entrance) = (Arc::clone(&socket), Arc::clone(entrance));
    let back = tokio::spawn(async move {
        let mut buffer = [0; DATAGRAM];
        while let Ok(length) = incoming.recv(&mut buffer).await {
            let _ = entrance.send_to(&buffer[..length], client).await;
        }
    });
    Exit { socket, back }
}
