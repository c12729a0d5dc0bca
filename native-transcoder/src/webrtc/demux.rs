//! One port for all: whose datagram is this?
//!
//! A STUN request finds its peer by our username fragment. An address is bound to a peer only after the peer has
//! verified a STUN message from it, so nobody can aim another's traffic by spoofing.

use std::collections::HashMap;
use std::net::SocketAddr;

use headwater_protocol::session::registry::SessionId;
use str0m::ice::StunMessage;
use str0m::net::Protocol;

/// Addresses that a peer may use in its life: network changes, not scans.
const ADDRESSES_PER_PEER: usize = 8;

/// Where a datagram came from.
pub(super) type Source = (Protocol, SocketAddr);

/// Who may know what to do with a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// A check by the newest credentials: its acceptance proves the address.
    Check(SessionId),
    /// A check by credentials that a restart is about to replace.
    Former(SessionId),
    /// Anything else, from an address that was proven.
    Bound(SessionId),
}

#[derive(Debug, Default)]
pub(super) struct Demux {
    by_ufrag: HashMap<String, SessionId>,
    by_source: HashMap<Source, SessionId>,
    known: HashMap<SessionId, Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// The newest last.
    ufrags: Vec<String>,
    sources: Vec<Source>,
}

impl Demux {
    /// A username fragment of ours by which `session` is found from now on, too.
    pub(super) fn add_ufrag(&mut self, session: SessionId, ufrag: String) {
        self.by_ufrag.insert(ufrag.clone(), session);
        self.known.entry(session).or_default().ufrags.push(ufrag);
    }

    pub(super) fn drop_ufrag(&mut self, session: SessionId, ufrag: &str) {
        if let Some(known) = self.known.get_mut(&session) {
            known.ufrags.retain(|other| other != ufrag);
            self.by_ufrag.remove(ufrag);
        }
    }

    /// Forgets a session; where it came from.
    pub(super) fn remove(&mut self, session: SessionId) -> Vec<Source> {
        let Some(known) = self.known.remove(&session) else {
            return Vec::new();
        };
        for ufrag in known.ufrags {
            self.by_ufrag.remove(&ufrag);
        }
        for source in &known.sources {
            self.by_source.remove(source);
        }
        known.sources
    }

    /// Forgets an address that is nobody's any more.
    pub(super) fn unbind(&mut self, source: Source) {
        let owner = self.by_source.remove(&source);
        if let Some(known) = owner.and_then(|owner| self.known.get_mut(&owner)) {
            known.sources.retain(|other| *other != source);
        }
    }

    pub(super) fn find(&self, source: Source, datagram: &[u8]) -> Option<Whose> {
        if is_stun(datagram)
            && let Ok(message) = StunMessage::parse(datagram)
            && let Some((local, _)) = message.split_username()
        {
            let session = *self.by_ufrag.get(local)?;
            let newest = self.known.get(&session)?.ufrags.last()?;
            return Some(if newest == local {
                Whose::Check(session)
            } else {
                Whose::Former(session)
            });
        }
        self.by_source.get(&source).map(|session| Whose::Bound(*session))
    }

    /// Whether a check from here was verified before.
    pub(super) fn is_bound(&self, source: Source) -> bool {
        self.by_source.contains_key(&source)
    }

    /// Notes that `session` has verified a check from `source`.
    pub(super) fn bind(&mut self, session: SessionId, source: Source) {
        let old = self.by_source.get(&source).copied();
        if old == Some(session) {
            return;
        }
        let Some(known) = self.known.get_mut(&session) else {
            return;
        };
        if known.sources.len() == ADDRESSES_PER_PEER {
            self.by_source.remove(&known.sources.remove(0));
        }
        known.sources.push(source);
        self.by_source.insert(source, session);
        // A NAT has given the address to somebody else.
        if let Some(known) = old.and_then(|old| self.known.get_mut(&old)) {
            known.sources.retain(|other| *other != source);
        }
    }
}

/// RFC 7983 §7: what starts with 0 to 3 is STUN.
pub(super) fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| *first < 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: SessionId = SessionId(1);
    const TWO: SessionId = SessionId(2);
    const MEDIA: [u8; 12] = [0x80; 12];

    fn source(port: u16) -> Source {
        (Protocol::Udp, SocketAddr::from(([192, 0, 2, 1], port)))
    }

    fn check(username: &str) -> Vec<u8> {
        let provider = str0m::crypto::from_feature_flags();
        let request = StunMessage::binding_request(username, str0m::ice::TransId::new(), true, 1, 1, false);
        let mut bytes = vec![0; 256];
        let length = request
            .to_bytes(Some(b"any"), &mut bytes, |key, parts| {
                provider.sha1_hmac_provider.sha1_hmac(key, parts)
            })
            .unwrap();
        bytes.truncate(length);
        bytes
    }

    #[test]
    fn a_check_finds_its_peer_and_media_only_after_the_peer_has_verified_one() {
        let mut demux = Demux::default();
        demux.add_ufrag(ONE, "node".to_owned());
        assert_eq!(demux.find(source(1), &check("node:x")), Some(Whose::Check(ONE)));
        assert_eq!(demux.find(source(1), &check("else:x")), None);
        assert_eq!(demux.find(source(1), &MEDIA), None, "finding is not binding");
        demux.bind(ONE, source(1));
        assert_eq!(demux.find(source(1), &MEDIA), Some(Whose::Bound(ONE)));
        let other = (Protocol::Tcp, source(1).1);
        assert_eq!(
            demux.find(other, &MEDIA),
            None,
            "the same numbers by TCP are another place"
        );
        demux.remove(ONE);
        assert_eq!(demux.find(source(1), &MEDIA), None);
        assert_eq!(demux.find(source(1), &check("node:x")), None);
    }

    #[test]
    fn after_a_restart_both_fragments_lead_to_the_peer_and_only_the_new_one_proves() {
        let mut demux = Demux::default();
        demux.add_ufrag(ONE, "old".to_owned());
        demux.add_ufrag(ONE, "new".to_owned());
        assert_eq!(demux.find(source(1), &check("new:x")), Some(Whose::Check(ONE)));
        assert_eq!(demux.find(source(1), &check("old:x")), Some(Whose::Former(ONE)));
        demux.drop_ufrag(ONE, "old");
        assert_eq!(demux.find(source(1), &check("old:x")), None);
    }

    #[test]
    fn a_peer_that_wanders_keeps_its_newest_addresses_alone() {
        let mut demux = Demux::default();
        demux.add_ufrag(ONE, "node".to_owned());
        for port in 0..100 {
            demux.bind(ONE, source(port));
        }
        assert_eq!(demux.by_source.len(), ADDRESSES_PER_PEER);
        assert!(demux.is_bound(source(99)) && !demux.is_bound(source(0)));
    }

    #[test]
    fn an_address_that_changes_hands_is_taken_from_its_former_owner() {
        let mut demux = Demux::default();
        demux.add_ufrag(ONE, "one".to_owned());
        demux.add_ufrag(TWO, "two".to_owned());
        demux.bind(ONE, source(1));
        demux.bind(TWO, source(1));
        demux.remove(ONE);
        assert_eq!(demux.find(source(1), &MEDIA), Some(Whose::Bound(TWO)));
    }
}
