//! What one source may cost: tokens by rate, places by number.
//!
//! | file | question |
//! |---|---|
//! | `rate` | how often? |
//! | `gate` | how many at once? |
//!
//! A source is an IPv4 address or an IPv6 /64, the least that a network hands out.

mod gate;
mod rate;

use std::net::{IpAddr, Ipv6Addr};

pub use self::gate::{Full, Gate, Permit, Places};
pub use self::rate::{PerSource, Rate};

/// Who is counted as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(ip) => {
                let network = ip.to_bits() & !u128::from(u64::MAX);
                Self(Ipv6Addr::from_bits(network).into())
            }
            v4 => Self(v4),
        }
    }
}

/// What a node lets one source, and all together, ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// POST, PATCH and DELETE requests of one source.
    pub requests: Rate,
    /// Sessions that are not connected yet. Each holds its negotiated connection, about 100 KiB, until it connects or
    /// the time for that is over.
    pub half_open: Places,
    /// HTTP connections. Each holds buffers, and a descriptor.
    pub connections: Places,
}

impl Default for Limits {
    /// A crowd behind one address may join at once, and no address alone can fill the node.
    fn default() -> Self {
        Self {
            requests: Rate::new(50, 500),
            half_open: Places::new(128, 1024),
            connections: Places::new(256, 2048),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_one_source_and_mapped_addresses_are_ipv4() {
        let source = |text: &str| Source::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(source("2001:db8::1"), source("2001:db8::ffff:1"));
        assert_ne!(source("2001:db8::1"), source("2001:db8:0:1::1"));
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }
}
