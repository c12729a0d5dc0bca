//! One UDP port for all: whose datagram is this?
//!
//! A STUN request finds its peer by our username fragment. An address is bound to a peer only after the peer has
//! verified a STUN message from it, so nobody can aim another's traffic by spoofing.

use std::collections::HashMap;
use std::net::SocketAddr;

use headwater_protocol::session::registry::SessionId;
use str0m::ice::StunMessage;

/// Addresses that a peer may use in its life: network changes, not scans.
const ADDRESSES_PER_PEER: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Demux {
    by_ufrag: HashMap<String, SessionId>,
    by_address: HashMap<SocketAddr, SessionId>,
    bound: HashMap<SessionId, (String, Vec<SocketAddr>)>,
}

impl Demux {
    pub(super) fn add(&mut self, session: SessionId, ufrag: String) {
        self.by_ufrag.insert(ufrag.clone(), session);
        self.bound.insert(session, (ufrag, Vec::new()));
    }

    pub(super) fn remove(&mut self, session: SessionId) {
        let Some((ufrag, addresses)) = self.bound.remove(&session) else {
            return;
        };
        self.by_ufrag.remove(&ufrag);
        for address in addresses {
            self.by_address.remove(&address);
        }
    }

    /// The peer that may know what to do with `datagram`; `true` beside it if its acceptance proves the address.
    pub(super) fn find(&self, source: SocketAddr, datagram: &[u8]) -> Option<(SessionId, bool)> {
        // RFC 7983: STUN starts with 0 to 3.
        if datagram.first().is_some_and(|first| *first < 4)
            && let Ok(message) = StunMessage::parse(datagram)
            && let Some((local, _)) = message.split_username()
        {
            return self.by_ufrag.get(local).map(|session| (*session, true));
        }
        self.by_address.get(&source).map(|session| (*session, false))
    }

    pub(super) fn bind(&mut self, session: SessionId, source: SocketAddr) {
        if self.by_address.get(&source) == Some(&session) {
            return;
        }
        let Some((_, addresses)) = self.bound.get_mut(&session) else {
            return;
        };
        if addresses.len() == ADDRESSES_PER_PEER {
            self.by_address.remove(&addresses.remove(0));
        }
        addresses.push(source);
        self.by_address.insert(source, session);
    }
}
