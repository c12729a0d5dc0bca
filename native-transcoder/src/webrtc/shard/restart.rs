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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use str0m::change::SdpAnswer;
    use str0m::net::Receive;
    use str0m::{Candidate, Event, Input, Output, RtcConfig};

    use super::*;
    use crate::media::VideoCodec;
    use crate::webrtc::negotiate::Negotiator;
    use crate::webrtc::reach::{self, Reach};

    /// Carries datagrams between two connections, on a clock of its own, until each has said that it is `done`.
    fn carry(now: &mut Instant, ends: [&mut Rtc; 2], done: fn(&Event) -> bool) {
        let [node, viewer] = ends;
        let mut said = [false; 2];
        for _ in 0..2_000 {
            for own in [0, 1] {
                loop {
                    let end = if own == 0 { &mut *node } else { &mut *viewer };
                    match end.poll_output().unwrap() {
                        Output::Timeout(_) => break,
                        Output::Event(event) => said[own] |= done(&event),
                        Output::Transmit(sent) => {
                            let received =
                                Receive::new(sent.proto, sent.source, sent.destination, &sent.contents);
                            let other = if own == 0 { &mut *viewer } else { &mut *node };
                            let input = Input::Receive(*now, received.unwrap());
                            if other.accepts(&input) {
                                other.handle_input(input).unwrap();
                            }
                        }
                    }
                }
            }
            if said == [true; 2] {
                return;
            }
            *now += Duration::from_millis(5);
            node.handle_input(Input::Timeout(*now)).unwrap();
            viewer.handle_input(Input::Timeout(*now)).unwrap();
        }
        panic!("only {said:?} got there");
    }

    /// The value of the first line of an SDP that begins so.
    fn value<'a>(sdp: &'a str, name: &str) -> &'a str {
        sdp.lines().find_map(|line| line.strip_prefix(name)).unwrap()
    }

    fn a_counter_offer_and_a_restart(kind: reach::Ice) {
        let mut now = Instant::now();
        let reach = Reach::new("127.0.0.1:9".parse().unwrap(), None, kind);
        let negotiator = Negotiator::new(reach, VideoCodec::ALL.to_vec());
        let countered = negotiator.counter(&[VideoCodec::Vp8]).unwrap();
        let ours = countered.offer.clone();
        let mut viewer = RtcConfig::new().build(now);
        viewer.add_local_candidate(Candidate::host("127.0.0.1:10".parse().unwrap(), "udp").unwrap());
        let parsed = SdpOffer::from_sdp_string(&ours).unwrap();
        let answer = viewer.sdp_api().accept_offer(parsed).unwrap().to_sdp_string();
        let mut node = countered.accept(&answer).unwrap().rtc;
        let connected = |event: &Event| matches!(event, Event::Connected);
        carry(&mut now, [&mut node, &mut viewer], connected);

        let mut ice = Ice::new(node.direct_api().local_ice_credentials(), &answer);
        let mut change = viewer.sdp_api();
        change.ice_restart(true);
        let (offer, pending) = change.apply().unwrap();
        let offer = offer.to_sdp_string();
        let (ufrag, pwd) = (value(&offer, "a=ice-ufrag:"), value(&offer, "a=ice-pwd:"));
        let patch = Patch {
            candidates: Vec::new(),
            ufrag: Some(ufrag.to_owned()),
            pwd: Some(pwd.to_owned()),
            if_match: Some("*".to_owned()),
        };
        assert_eq!(ice.read(&patch), Ok(Asked::Restart));
        let (local, remote) = (
            negotiate::credentials(),
            IceCreds {
                ufrag: ufrag.to_owned(),
                pass: pwd.to_owned(),
            },
        );
        let repeated = SdpOffer::from_sdp_string(&ice.offer_with(ufrag, pwd).unwrap()).unwrap();
        ice.restart(local.clone(), remote);
        replace(&mut node, repeated, local.clone()).unwrap();
        // Full ICE has lost the viewer's candidates with its credentials; a PATCH brings them again.
        node.add_remote_candidate(Candidate::host("127.0.0.1:10".parse().unwrap(), "udp").unwrap());

        // What a viewer makes of the node's fragment: the description that it has, with the new credentials.
        let answer = ours
            .replace(value(&ours, "a=ice-ufrag:"), &local.ufrag)
            .replace(value(&ours, "a=ice-pwd:"), &local.pass)
            .replace("a=setup:actpass", "a=setup:passive");
        let answer = SdpAnswer::from_sdp_string(&answer).unwrap();
        viewer.sdp_api().accept_answer(pending, answer).unwrap();
        let reachable =
            |event: &Event| matches!(event, Event::IceConnectionStateChange(state) if state.is_connected());
        carry(&mut now, [&mut node, &mut viewer], reachable);
        assert!(node.is_alive() && viewer.is_alive());
    }

    #[test]
    fn a_session_that_began_with_an_offer_of_ours_restarts_ice_like_any_other() {
        a_counter_offer_and_a_restart(reach::Ice::Lite);
        a_counter_offer_and_a_restart(reach::Ice::Full);
    }
}
