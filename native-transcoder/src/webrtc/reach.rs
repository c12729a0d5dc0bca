//! By which addresses is this node reached?

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use str0m::Candidate;
use str0m::net::TcpType;

/// How much of ICE the node does (RFC 8445 §2.4, §2.5). Written `lite` or `full`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ice {
    /// Answers checks and makes none: for nodes with an address that everybody reaches. FFmpeg's WHIP takes nothing else.
    #[default]
    Lite,
    /// Makes checks too, which opens the way through a NAT in front of the node.
    Full,
}

impl FromStr for Ice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "lite" => Ok(Self::Lite),
            "full" => Ok(Self::Full),
            _ => Err("write lite or full"),
        }
    }
}

/// Where ICE-TCP listens. Written `like-udp`, `off`, or an address and port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tcp {
    /// On the UDP port's address and number; on another number where that is taken.
    #[default]
    LikeUdp,
    /// There.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

impl fmt::Display for Tcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LikeUdp => f.write_str("like-udp"),
            Self::At(address) => address.fmt(f),
            Self::Off => f.write_str("off"),
        }
    }
}

impl FromStr for Tcp {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "like-udp" => Ok(Self::LikeUdp),
            "off" => Ok(Self::Off),
            _ => text
                .parse()
                .map(Self::At)
                .map_err(|_| "write like-udp, off, or an address and port as 0.0.0.0:3478"),
        }
    }
}

/// The node's addresses as answers name them. Clones share what is learned later.
#[derive(Clone, Debug)]
pub struct Reach {
    udp: SocketAddr,
    tcp: Option<SocketAddr>,
    ice: Ice,
    /// What a STUN server sees the UDP port as.
    reflexive: Arc<Mutex<Option<SocketAddr>>>,
}

impl Reach {
    /// A node that is reached at `udp` and, by ICE-TCP (RFC 6544), at `tcp`.
    #[must_use]
    pub fn new(udp: SocketAddr, tcp: Option<SocketAddr>, ice: Ice) -> Self {
        Self {
            udp,
            tcp,
            ice,
            reflexive: Arc::default(),
        }
    }

    pub(super) fn udp(&self) -> SocketAddr {
        self.udp
    }

    pub(super) fn tcp(&self) -> Option<SocketAddr> {
        self.tcp
    }

    pub(super) fn is_lite(&self) -> bool {
        self.ice == Ice::Lite
    }

    /// Sets what the UDP port is seen as from outside; whether that is news.
    pub(super) fn learn(&self, reflexive: SocketAddr) -> bool {
        let mut known = self.reflexive.lock().unwrap_or_else(PoisonError::into_inner);
        known.replace(reflexive) != Some(reflexive)
    }

    /// What answers name, best first: UDP before TCP, which waits for what was lost.
    pub(super) fn candidates(&self) -> Vec<Candidate> {
        let udp = Candidate::host(self.udp, "udp").ok();
        let tcp = self.tcp.and_then(|tcp| {
            Candidate::builder()
                .tcp()
                .host(tcp)
                .tcptype(TcpType::Passive)
                .build()
                .ok()
        });
        let known = *self.reflexive.lock().unwrap_or_else(PoisonError::into_inner);
        let reflexive = known
            .filter(|seen| *seen != self.udp)
            .and_then(|seen| Candidate::server_reflexive(seen, self.udp, "udp").ok());
        udp.into_iter().chain(tcp).chain(reflexive).collect()
    }

    /// Whether checks may be sent to a candidate of a client's. Full ICE sends them to any address that a client names, so
    /// those that lead back to the node's own machine or network devices are left out, unless it is itself reached there.
    pub(super) fn may_check(&self, candidate: IpAddr) -> bool {
        if self.is_lite() || candidate == self.udp.ip() {
            return true;
        }
        let inside = match candidate {
            IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast() || ip.is_loopback(),
            IpAddr::V6(ip) => ip.is_unicast_link_local() || ip.is_loopback(),
        };
        let own_loopback = self.udp.ip().is_loopback() && candidate.is_loopback();
        own_loopback || !(inside || candidate.is_unspecified() || candidate.is_multicast())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(udp: &str, ice: Ice) -> Reach {
        Reach::new(udp.parse().unwrap(), None, ice)
    }

    #[test]
    fn answers_name_udp_then_tcp_then_what_a_stun_server_sees() {
        let reach = Reach::new(
            "10.0.0.2:3478".parse().unwrap(),
            Some("10.0.0.2:3479".parse().unwrap()),
            Ice::Full,
        );
        assert!(reach.learn("203.0.113.5:40000".parse().unwrap()));
        assert!(!reach.clone().learn("203.0.113.5:40000".parse().unwrap()));
        let sdp: Vec<String> = reach.candidates().iter().map(Candidate::to_sdp_string).collect();
        assert_eq!(sdp.len(), 3, "{sdp:?}");
        assert!(
            sdp[0].contains(" udp ") && sdp[0].contains("10.0.0.2 3478 typ host"),
            "{sdp:?}"
        );
        assert!(
            sdp[1].contains(" tcp ") && sdp[1].contains("10.0.0.2 3479 typ host tcptype passive"),
            "{sdp:?}"
        );
        assert!(sdp[2].contains("203.0.113.5 40000 typ srflx"), "{sdp:?}");
        let priority = |line: &str| line.split(' ').nth(3).unwrap().parse::<u32>().unwrap();
        assert!(priority(&sdp[0]) > priority(&sdp[1]), "{sdp:?}");
    }

    #[test]
    fn full_ice_sends_no_checks_to_the_nodes_own_surroundings() {
        let public = reach("203.0.113.5:3478", Ice::Full);
        for inside in [
            "127.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "224.0.0.1",
            "::1",
            "fe80::1",
        ] {
            assert!(!public.may_check(inside.parse().unwrap()), "{inside}");
        }
        for fine in ["198.51.100.7", "192.168.1.20", "2001:db8::1", "203.0.113.5"] {
            assert!(public.may_check(fine.parse().unwrap()), "{fine}");
        }
        assert!(reach("127.0.0.1:9", Ice::Full).may_check("127.0.0.1".parse().unwrap()));
        assert!(
            reach("203.0.113.5:9", Ice::Lite).may_check("127.0.0.1".parse().unwrap()),
            "lite makes no checks"
        );
    }
}
