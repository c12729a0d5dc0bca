//! PATCH: candidates taken, ICE restarted.

use std::time::Instant;

use headwater_protocol::session::registry::SessionId;
use str0m::change::SdpOffer;
use str0m::{IceCreds, Rtc, RtcError};

use super::Shard;
use crate::webrtc::demux::Source;
use crate::webrtc::ice::{Asked, Ice};
use crate::webrtc::{Patch, PatchRefused, Restarted, negotiate};

impl Shard {
    pub(super) fn patch(
        &mut self,
        now: Instant,
        secret: &str,
        patch: &Patch,
    ) -> Result<Option<Restarted>, PatchRefused> {
        let session = *self.secrets.get(secret).ok_or(PatchRefused::Unknown)?;
        let asked = self.ice.get(&session).ok_or(PatchRefused::Unknown)?.read(patch)?;
        if asked == Asked::Restart {
            self.restart(now, session, patch)?;
        }
        let reach = self.config.reach.clone();
        for candidate in &patch.candidates {
            let mut taken = Ok(());
            self.with_peer(now, session, |peer| {
                taken = peer.add_candidate(candidate, &reach);
                Ok(())
            });
            if taken.is_err() {
                self.hang_up(now, session);
                self.leave(session);
                return Err(PatchRefused::TooMany);
            }
        }
        self.handle_events(now);
        match asked {
            Asked::Candidates => Ok(None),
            Asked::Restart | Asked::Again => self.restarted(session).map(Some),
        }
    }

    /// Gives a connection new credentials on both ends.
    fn restart(&mut self, now: Instant, session: SessionId, patch: &Patch) -> Result<(), PatchRefused> {
        let ice = self.ice.get_mut(&session).ok_or(PatchRefused::Unknown)?;
        let (Some(ufrag), Some(pwd)) = (&patch.ufrag, &patch.pwd) else {
            return Err(PatchRefused::Credentials);
        };
        let offer = ice.offer_with(ufrag, pwd).ok_or(PatchRefused::Restart)?;
        let offer = SdpOffer::from_sdp_string(&offer).map_err(|_| PatchRefused::Restart)?;
        if !self.peers.contains_key(&session) {
            return Err(PatchRefused::Unknown);
        }
        let local = negotiate::credentials();
        let remote = IceCreds {
            ufrag: ufrag.clone(),
            pass: pwd.clone(),
        };
        let old = ice.restart(local.clone(), remote);
        if let Some(ufrag) = old {
            self.demux.drop_ufrag(session, &ufrag);
        }
        self.demux.add_ufrag(session, local.ufrag.clone());
        self.with_peer(now, session, |peer| replace(peer.rtc(), offer, local));
        Ok(())
    }

    /// The node's half of the newest restart.
    fn restarted(&self, session: SessionId) -> Result<Restarted, PatchRefused> {
        let ice = self.ice.get(&session).ok_or(PatchRefused::Unknown)?;
        Ok(Restarted {
            etag: ice.etag(),
            fragment: ice.fragment(&self.config.reach),
        })
    }

    /// A check made with the newest credentials came through.
    pub(super) fn proven(&mut self, session: SessionId) {
        if let Some(ufrag) = self.ice.get_mut(&session).and_then(Ice::proven) {
            self.demux.drop_ufrag(session, &ufrag);
        }
    }

    /// A check made with the credentials of a path that is about to be replaced.
    pub(super) fn check_former(&mut self, now: Instant, session: SessionId, source: Source, datagram: &[u8]) {
        let response = self
            .ice
            .get(&session)
            .and_then(|ice| ice.answer_former(source.1, datagram));
        if let Some(response) = response {
            self.send(source, &response);
            self.with_peer(now, session, |peer| {
                peer.hear(now);
                Ok(())
            });
        }
    }
}

/// Replaces the credentials of both ends. To str0m, an offer with other credentials is a restart: it forgets every
/// candidate pair but goes on sending where it sent until another pair is nominated.
fn replace(rtc: &mut Rtc, offer: SdpOffer, local: IceCreds) -> Result<(), RtcError> {
    rtc.sdp_api().accept_offer(offer)?;
    // Its own choice of credentials would be short enough to collide with another connection's on this port.
    rtc.direct_api().set_local_ice_credentials(local);
    Ok(())
}
