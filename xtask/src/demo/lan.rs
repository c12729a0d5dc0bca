//! How other devices on this network reach this one.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use anyhow::{Context, Result, bail};

/// The address that this machine's default route goes out from. No packet is sent.
pub(super) fn address() -> Result<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).context("cannot open a UDP socket")?;
    // A documentation address (RFC 5737): only the route to it counts.
    let routed = socket
        .connect(SocketAddr::from(([192, 0, 2, 1], 9)))
        .and_then(|()| socket.local_addr());
    let address = routed
        .context("this machine has no network that others could reach it by")?
        .ip();
    if address.is_loopback() || address.is_unspecified() {
        bail!("this machine has no network that others could reach it by");
    }
    Ok(address)
}

/// The server's own link with the address that others use.
pub(super) fn link(http: &str, address: IpAddr) -> String {
    let (scheme, rest) = http.split_once("://").unwrap_or(("https", http));
    let port = rest
        .trim_end_matches('/')
        .rsplit_once(':')
        .map_or("", |(_, port)| port);
    format!(
        "{scheme}://{}",
        SocketAddr::new(address, port.parse().unwrap_or(443))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_carries_the_address_that_others_use() {
        let address = IpAddr::from([192, 168, 1, 7]);
        assert_eq!(link("https://0.0.0.0:8080", address), "https://192.168.1.7:8080");
        assert_eq!(
            link("https://[::]:9/", IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, 1])),
            "https://[fd00::1]:9"
        );
    }
}
