//! A session's ICE credentials: what a PATCH asks for, and which credentials still count.
//!
//! ICE restarts without a new offer (RFC 9725 §4.3.3): the client sends new credentials, the node answers with its own,
//! and everything else that was negotiated stays. Until a check with the new credentials has come through, media takes
//! the old path, and checks of it are still answered, so that neither end gives it up.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Instant;

use governor::clock::MonotonicClock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use str0m::IceCreds;
use str0m::crypto;
use str0m::ice::StunMessage;

use super::reach::Reach;
use super::trickle::{Patch, PatchRefused};

/// The longest offer that is kept, for the restarts of its session: Chromium's with every codec is under 16 KiB. 4,096
/// sessions then keep at most 96 MiB.
const KEPT_OFFER: usize = 24 * 1024;

/// A binding response with its address, integrity and fingerprint: 20 + 24 + 24 + 8 bytes.
const RESPONSE: usize = 128;

/// Checks a second: browsers make 20 a candidate pair while they connect, and one every few seconds later.
const CHECKS: u32 = 500;

/// Other datagrams a second: 80 Mbit/s, several times what the best of cameras sends.
const DATAGRAMS: u32 = 8000;

/// The credentials of one session.
pub(super) struct Ice {
    local: IceCreds,
    remote: Option<IceCreds>,
    /// The client's offer, or its answer to one of ours: a restart offers it with other credentials.
    offer: Option<Box<str>>,
    /// What the path in use was made with, while a restart is under way.
    former: Option<Former>,
    restarted: bool,
    checks: Budget,
    datagrams: Budget,
}

type Budget = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<Instant>>;

struct Former {
    local: IceCreds,
    remote_ufrag: Option<String>,
}

/// What a PATCH asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// More candidates of this ICE session.
    Candidates,
    /// A new ICE session.
    Restart,
    /// The last restart's answer once more: it was lost on its way.
    Again,
}

impl Ice {
    /// The credentials of a new session, by the client's description.
    pub(super) fn new(local: IceCreds, description: &str) -> Self {
        Self {
            local,
            remote: credentials(description),
            offer: (description.len() <= KEPT_OFFER).then(|| description.into()),
            former: None,
            restarted: false,
            checks: budget(CHECKS),
            datagrams: budget(DATAGRAMS),
        }
    }

    /// Names the ICE session (RFC 9725 §4.3.1): a strong entity tag that changes with each restart.
    pub(super) fn etag(&self) -> String {
        etag(&self.local.ufrag)
    }

    /// Whether a datagram of this connection's, a check or another, is within what a connection needs.
    pub(super) fn may_receive(&self, is_check: bool) -> bool {
        let budget = if is_check { &self.checks } else { &self.datagrams };
        budget.check().is_ok()
    }

    /// What `patch` asks for.
    ///
    /// # Errors
    /// [`PatchRefused`], by RFC 9725 §4.3.1 to §4.3.3.
    pub(super) fn read(&self, patch: &Patch) -> Result<Asked, PatchRefused> {
        // RFC 9110 writes the star bare; RFC 9725's examples, and clients that follow them, put it in quotes.
        let any = matches!(patch.if_match.as_deref(), Some("*" | "\"*\""));
        if let Some(tag) = &patch.if_match
            && !any
            && *tag != self.etag()
        {
            return Err(PatchRefused::Stale);
        }
        let same = |given: &str| self.remote.as_ref().is_some_and(|remote| remote.ufrag == given);
        match (&patch.ufrag, &patch.if_match) {
            (Some(ufrag), _) if same(ufrag) && any && self.restarted => Ok(Asked::Again),
            // The fragment itself says which ICE session its candidates are of.
            (Some(ufrag), _) if same(ufrag) => Ok(Asked::Candidates),
            (_, None) => Err(PatchRefused::Unconditional),
            (None, Some(_)) => Ok(Asked::Candidates),
            (Some(_), Some(_)) if self.offer.is_none() => Err(PatchRefused::Restart),
            (Some(ufrag), Some(_)) if !is_credential(ufrag, 4) => Err(PatchRefused::Credentials),
            (Some(_), Some(_)) => match &patch.pwd {
                Some(pwd) if is_credential(pwd, 22) => Ok(Asked::Restart),
                _ => Err(PatchRefused::Credentials),
            },
        }
    }

    /// The offer that a restart with these credentials of the client's stands for.
    pub(super) fn offer_with(&self, ufrag: &str, pwd: &str) -> Option<String> {
        let mut text = String::with_capacity(self.offer.as_ref()?.len() + 256);
        for line in self.offer.as_ref()?.lines() {
            if line.starts_with("a=ice-ufrag:") {
                text += &format!("a=ice-ufrag:{ufrag}\r\n");
            } else if line.starts_with("a=ice-pwd:") {
                text += &format!("a=ice-pwd:{pwd}\r\n");
            } else if !line.starts_with("a=candidate:") {
                text += line.trim_end();
                text += "\r\n";
            }
        }
        Some(text)
    }

    /// Takes new credentials; those of the path in use are kept until [`Self::proven`]. Returns our username fragment that
    /// is of no more use, where a restart that never came through is replaced by another.
    pub(super) fn restart(&mut self, local: IceCreds, remote: IceCreds) -> Option<String> {
        let old = std::mem::replace(&mut self.local, local);
        let old_remote = self.remote.replace(remote);
        self.restarted = true;
        if self.former.is_some() {
            return Some(old.ufrag);
        }
        self.former = Some(Former {
            local: old,
            remote_ufrag: old_remote.map(|remote| remote.ufrag),
        });
        None
    }

    /// A check with the newest credentials came through; returns our username fragment that is of no more use.
    pub(super) fn proven(&mut self) -> Option<String> {
        self.former.take().map(|former| former.local.ufrag)
    }

    /// The response to a check of the path in use, made with credentials that a restart is about to replace.
    pub(super) fn answer_former(&self, source: SocketAddr, datagram: &[u8]) -> Option<Vec<u8>> {
        let former = self.former.as_ref()?;
        let message = StunMessage::parse(datagram).ok()?;
        if !message.is_binding_request() {
            return None;
        }
        let (_, remote) = message.split_username()?;
        if former
            .remote_ufrag
            .as_ref()
            .is_some_and(|expected| expected != remote)
        {
            return None;
        }
        let provider = crypto::from_feature_flags();
        let hmac = |key: &[u8], parts: &[&[u8]]| provider.sha1_hmac_provider.sha1_hmac(key, parts);
        let password = former.local.pass.as_bytes();
        if !message.verify(password, hmac) {
            return None;
        }
        let mut response = vec![0; RESPONSE];
        let reply = StunMessage::binding_reply(message.trans_id(), source);
        let length = reply.to_bytes(Some(password), &mut response, hmac).ok()?;
        response.truncate(length);
        Some(response)
    }

    /// The node's half of a restart (RFC 8840 §4.4): credentials and candidates.
    pub(super) fn fragment(&self, reach: &Reach) -> String {
        let mut text = String::new();
        if reach.is_lite() {
            text += "a=ice-lite\r\n";
        }
        text += &format!(
            "a=ice-ufrag:{}\r\na=ice-pwd:{}\r\n",
            self.local.ufrag, self.local.pass
        );
        let (media, mid) = self
            .offer
            .as_deref()
            .and_then(first_section)
            .unwrap_or(("audio", "0"));
        text += &format!("m={media} 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{mid}\r\n");
        for candidate in reach.candidates() {
            text += &format!("a={}\r\n", candidate.to_sdp_string());
        }
        text += "a=end-of-candidates\r\n";
        text
    }
}

/// That many a second, and twice as many at once.
fn budget(per_second: u32) -> Budget {
    let per_second = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
    let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(1));
    RateLimiter::direct_with_clock(Quota::per_second(per_second).allow_burst(burst), MonotonicClock)
}

/// The entity tag of the ICE session with this username fragment of ours.
pub(super) fn etag(ufrag: &str) -> String {
    format!("\"{ufrag}\"")
}

/// The credentials in an offer: with everything bundled, the first are everybody's.
fn credentials(offer: &str) -> Option<IceCreds> {
    let value = |name: &str| {
        let line = offer.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim().to_owned())
    };
    Some(IceCreds {
        ufrag: value("a=ice-ufrag:")?,
        pass: value("a=ice-pwd:")?,
    })
}

/// The kind and the name of the section that everything is bundled on.
fn first_section(offer: &str) -> Option<(&str, &str)> {
    let value = |name: &str| {
        offer
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .map(str::trim)
    };
    Some((value("m=")?.split(' ').next()?, value("a=mid:")?))
}

/// RFC 8839 §5.4: ice-chars, up to 256 of them.
fn is_credential(text: &str, least: usize) -> bool {
    (least..=256).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\nm=video 9 X 96\r\na=mid:v\r\na=ice-ufrag:abcd\r\n\
        a=ice-pwd:aaaabbbbccccddddeeeeffff\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
    const PWD: &str = "0123456789012345678901";

    fn creds(ufrag: &str, pass: &str) -> IceCreds {
        IceCreds {
            ufrag: ufrag.to_owned(),
            pass: pass.to_owned(),
        }
    }

    fn ice() -> Ice {
        Ice::new(creds("node", "nodenodenodenodenodenode"), OFFER)
    }

    fn former(ice: &Ice) -> Option<&str> {
        ice.former.as_ref().map(|former| &*former.local.ufrag)
    }

    fn patch(ufrag: Option<&str>, pwd: Option<&str>, if_match: Option<&str>) -> Patch {
        let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
        Patch {
            candidates: Vec::new(),
            ufrag: owned(ufrag),
            pwd: owned(pwd),
            if_match: owned(if_match),
        }
    }

    #[test]
    fn what_a_patch_asks_for_is_read_from_its_credentials_and_its_precondition() {
        let (ice, tag) = (ice(), Some("\"node\""));
        let cases = [
            (patch(Some("abcd"), None, tag), Ok(Asked::Candidates)),
            (patch(Some("abcd"), None, None), Ok(Asked::Candidates)),
            (patch(Some("abcd"), None, Some("*")), Ok(Asked::Candidates)),
            (patch(None, None, tag), Ok(Asked::Candidates)),
            (patch(None, None, None), Err(PatchRefused::Unconditional)),
            (patch(None, None, Some("\"old\"")), Err(PatchRefused::Stale)),
            (patch(Some("efgh"), Some(PWD), Some("*")), Ok(Asked::Restart)),
            (patch(Some("efgh"), Some(PWD), Some("\"*\"")), Ok(Asked::Restart)),
            (patch(Some("efgh"), Some(PWD), tag), Ok(Asked::Restart)),
            (
                patch(Some("efgh"), Some(PWD), None),
                Err(PatchRefused::Unconditional),
            ),
            (
                patch(Some("efgh"), Some(PWD), Some("\"old\"")),
                Err(PatchRefused::Stale),
            ),
            (
                patch(Some("efgh"), None, Some("*")),
                Err(PatchRefused::Credentials),
            ),
            (
                patch(Some("efgh"), Some("short"), Some("*")),
                Err(PatchRefused::Credentials),
            ),
            (
                patch(Some("e:gh"), Some(PWD), Some("*")),
                Err(PatchRefused::Credentials),
            ),
        ];
        for (patch, expected) in cases {
            assert_eq!(ice.read(&patch), expected, "{patch:?}");
        }
        let endless = Ice::new(creds("node", PWD), &OFFER.repeat(KEPT_OFFER));
        assert_eq!(
            endless.read(&patch(Some("efgh"), Some(PWD), Some("*"))),
            Err(PatchRefused::Restart)
        );
    }

    #[test]
    fn a_restart_changes_the_tag_and_can_be_asked_for_again_when_its_answer_was_lost() {
        let mut ice = ice();
        let before = ice.etag();
        assert_eq!(
            ice.restart(creds("node2", PWD), creds("efgh", PWD)),
            None,
            "the old path is in use"
        );
        assert_ne!(ice.etag(), before);
        assert_eq!(
            ice.read(&patch(Some("efgh"), Some(PWD), Some("*"))),
            Ok(Asked::Again)
        );
        assert_eq!(
            ice.read(&patch(None, None, Some(&before))),
            Err(PatchRefused::Stale)
        );
    }

    #[test]
    fn the_path_in_use_keeps_its_credentials_until_a_restart_has_come_through() {
        let mut ice = ice();
        ice.restart(creds("node2", PWD), creds("efgh", PWD));
        assert_eq!(former(&ice), Some("node"));
        let replaced = ice.restart(creds("node3", PWD), creds("ijkl", PWD));
        assert_eq!(
            replaced.as_deref(),
            Some("node2"),
            "the one that never came through goes"
        );
        assert_eq!(former(&ice), Some("node"));
        assert_eq!(ice.proven().as_deref(), Some("node"));
        assert_eq!(former(&ice), None);
    }

    #[test]
    fn checks_with_former_credentials_are_answered_only_if_they_are_authentic() {
        let mut ice = ice();
        ice.restart(creds("node2", PWD), creds("efgh", PWD));
        let provider = crypto::from_feature_flags();
        let hmac = |key: &[u8], parts: &[&[u8]]| provider.sha1_hmac_provider.sha1_hmac(key, parts);
        let check = |username: &str, password: &str| {
            let request =
                StunMessage::binding_request(username, str0m::ice::TransId::new(), true, 1, 1, false);
            let mut bytes = vec![0; 256];
            let length = request
                .to_bytes(Some(password.as_bytes()), &mut bytes, hmac)
                .unwrap();
            bytes.truncate(length);
            bytes
        };
        let source = "192.0.2.1:9".parse().unwrap();
        let right = check("node:abcd", "nodenodenodenodenodenode");
        let answer = ice.answer_former(source, &right).unwrap();
        assert!(answer.len() <= right.len(), "no amplification");
        let answer = StunMessage::parse(&answer).unwrap();
        assert_eq!(answer.mapped_address(), Some(source));
        assert!(answer.verify(b"nodenodenodenodenodenode", hmac));
        assert!(ice.answer_former(source, &check("node:abcd", PWD)).is_none());
        assert!(
            ice.answer_former(source, &check("node:efgh", "nodenodenodenodenodenode"))
                .is_none()
        );
        ice.proven();
        assert!(ice.answer_former(source, &right).is_none());
    }

    #[test]
    fn a_restart_repeats_the_offer_with_other_credentials_and_without_candidates() {
        let offer = ice().offer_with("efgh", PWD).unwrap();
        assert!(
            offer.contains("a=ice-ufrag:efgh\r\na=ice-pwd:0123456789012345678901\r\n"),
            "{offer}"
        );
        assert!(!offer.contains("abcd") && !offer.contains("candidate"), "{offer}");
    }
}
