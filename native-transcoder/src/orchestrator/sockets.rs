//! The sockets that a node binds, and by which addresses others reach them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::StartError;
use crate::webrtc::Tcp;

/// Kernel buffers for the one UDP port: 64 publishers' keyframes at once, 100 KiB each. The kernel may grant less.
const SOCKET_BUFFER: usize = 8 * 1024 * 1024;

pub(super) fn bind_http(address: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    Ok((listener, bound))
}

pub(super) fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // Best effort: a smaller buffer loses more under bursts, which NACK repairs.
    drop(socket.set_recv_buffer_size(SOCKET_BUFFER));
    drop(socket.set_send_buffer_size(SOCKET_BUFFER));
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// The listener for ICE-TCP. By default on the UDP port's number, which operators have opened anyway, or another where
/// that is taken.
pub(super) fn bind_tcp(tcp: Tcp, udp: SocketAddr) -> io::Result<Option<TcpListener>> {
    let listener = match tcp {
        Tcp::Off => return Ok(None),
        Tcp::At(address) => TcpListener::bind(address)?,
        Tcp::LikeUdp => TcpListener::bind(udp).or_else(|_| TcpListener::bind((udp.ip(), 0)))?,
    };
    listener.set_nonblocking(true)?;
    Ok(Some(listener))
}

/// The address by which others reach a socket bound to `bound`: itself, or the one that the default route leaves by.
pub(super) fn reachable(bound: IpAddr) -> IpAddr {
    if !bound.is_unspecified() {
        return bound;
    }
    // Connecting a UDP socket sends nothing; it only asks the routing table. 192.0.2.1 is for documentation.
    let routed = UdpSocket::bind((bound, 0)).and_then(|socket| {
        socket
            .connect(("192.0.2.1", 9))
            .and_then(|()| socket.local_addr())
    });
    routed.map_or_else(|_| Ipv4Addr::LOCALHOST.into(), |address| address.ip())
}

/// The server's first address that a socket on `local` can send to.
pub(super) async fn resolve(server: String, local: SocketAddr) -> Result<SocketAddr, StartError> {
    let mut addresses = tokio::net::lookup_host(server.clone())
        .await
        .map_err(|source| StartError::Stun {
            server: server.clone(),
            source,
        })?;
    addresses
        .find(|address| address.is_ipv4() == local.is_ipv4())
        .ok_or_else(|| StartError::Stun {
            server,
            source: io::Error::other("it has no address of the family that --udp listens on"),
        })
}
