//! The viewer: one video and one audio track, recvonly, by WHEP.

use crate::codec::{self, Codec};
use crate::frame::{Assembler, Frame};
use crate::peer::{Connected, Error, Peer, State, Transport};
use crate::session::Session;
use crate::whip::is_over;
use crate::wire::Tap;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpHeaderExtensionCapability, RtpCodecKind};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::{Mutex, mpsc, watch};
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    Registry, configure_nack, configure_rtcp_reports, configure_twcc_receiver_only,
};

/// The header extension by which a sender asks for a playout delay; Headwater asks for none.
pub const PLAYOUT_DELAY: &str = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";
/// Frames that wait to be read: 50 seconds of video and sound, so that a test may look elsewhere for a while.
const WAITING: usize = 4096;

/// A connected viewer. Dropping it leaves the connection to time out.
#[derive(Debug)]
pub struct Viewer {
    /// The HTTP session.
    pub session: Session,
    /// The server's SDP answer.
    pub answer: String,
    /// When the offer was posted.
    pub posted_at: Instant,
    /// When the connection stood.
    pub connected_at: Instant,
    peer: Peer,
    frames: Mutex<mpsc::Receiver<Frame>>,
    video: watch::Receiver<Option<Source>>,
    unread: Arc<AtomicU64>,
}

/// Where video comes from: keyframe requests go back there.
#[derive(Clone)]
struct Source {
    track: Arc<dyn TrackRemote>,
    ssrc: u32,
}

impl Viewer {
    /// Offers to receive every codec and Opus; returns when media can flow.
    pub async fn connect(endpoint: &str, bearer: Option<&str>) -> Result<Self, Error> {
        Self::connect_by(Transport::Udp, endpoint, bearer).await
    }

    /// The same from a network that lets no more than `transport` through.
    pub async fn connect_by(
        transport: Transport,
        endpoint: &str,
        bearer: Option<&str>,
    ) -> Result<Self, Error> {
        Self::offering(&Codec::ALL, transport, endpoint, bearer).await
    }

    /// Offers to receive these codecs, the most wanted first, and Opus; returns when media can flow.
    pub async fn decoding(codecs: &[Codec], endpoint: &str, bearer: Option<&str>) -> Result<Self, Error> {
        Self::offering(codecs, Transport::Udp, endpoint, bearer).await
    }

    async fn offering(
        codecs: &[Codec],
        transport: Transport,
        endpoint: &str,
        bearer: Option<&str>,
    ) -> Result<Self, Error> {
        let mut engine = codec::engine(codecs)?;
        let extension = RTCRtpHeaderExtensionCapability {
            uri: PLAYOUT_DELAY.to_owned(),
        };
        engine.register_header_extension(extension, RtpCodecKind::Video, None)?;
        let interceptors = configure_rtcp_reports(configure_nack(Registry::new(), &mut engine));
        let interceptors = configure_twcc_receiver_only(interceptors, &mut engine)?;
        let (peer, tracks) = Peer::new(endpoint, engine, interceptors, transport).await?;
        for kind in [RtpCodecKind::Video, RtpCodecKind::Audio] {
            let init = RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Recvonly,
                streams: vec![],
                send_encodings: vec![],
            };
            peer.connection()
                .add_transceiver_from_kind(kind, Some(init))
                .await?;
        }
        let Connected {
            peer,
            session,
            answer,
            posted_at,
            connected_at,
        } = peer.connect(endpoint, bearer).await?;
        peer.tap.hurry(false);
        let (forward, frames) = mpsc::channel(WAITING);
        let (video, source) = watch::channel(None);
        let reader = Reader {
            tap: Arc::clone(&peer.tap),
            frames: forward,
            video: Arc::new(video),
            unread: Arc::default(),
            playout_delay_id: extension_id(&answer, PLAYOUT_DELAY),
        };
        let unread = Arc::clone(&reader.unread);
        tokio::spawn(reader.read_all(tracks));
        Ok(Self {
            session,
            answer,
            posted_at,
            connected_at,
            peer,
            frames: Mutex::new(frames),
            video: source,
            unread,
        })
    }

    /// The next frame of either kind, in order of arrival; `None` once the connection is over and all is read.
    pub async fn next(&self) -> Option<Frame> {
        let mut frames = self.frames.lock().await;
        let mut state = self.peer.state();
        tokio::select! {
            biased;
            frame = frames.recv() => frame,
            _ = state.wait_for(is_over) => None,
        }
    }

    /// Frames thrown away because nobody read them in time.
    pub fn unread(&self) -> u64 {
        self.unread.load(Ordering::Relaxed)
    }

    /// Asks for a keyframe by picture loss indication, once some video has come.
    pub async fn request_keyframe(&self) -> Result<(), Error> {
        let source = self.video.borrow().clone();
        let Source { track, ssrc } = source.ok_or(Error::NothingReceived)?;
        let request = PictureLossIndication {
            sender_ssrc: 1,
            media_ssrc: ssrc,
        };
        Ok(track.write_rtcp(vec![Box::new(request)]).await?)
    }

    /// The connection's state, now and from now on.
    pub fn state(&self) -> watch::Receiver<State> {
        self.peer.state()
    }

    /// Waits for the end of the stream: the server closed the connection, or it was lost.
    pub async fn ended(&self) -> State {
        self.peer
            .state()
            .wait_for(is_over)
            .await
            .map_or(State::Closed, |state| *state)
    }

    /// Restarts ICE (RFC 9725 §4.3.3), as after a change of network.
    pub async fn restart_ice(&self) -> Result<(), Error> {
        self.peer.restart(&self.session, &self.answer).await
    }

    /// The socket: when packets crossed it, and a switch to silence it for a while.
    pub fn tap(&self) -> &Tap {
        &self.peer.tap
    }

    /// Ends the session as WHEP wants it, by HTTP DELETE, then the connection.
    pub async fn close(self) -> Result<(), Error> {
        let deleted = self.session.delete().await;
        self.peer.close().await?;
        Ok(deleted?)
    }

    /// Stops answering without a word, as a lost network does.
    pub async fn vanish(self) -> Result<(), Error> {
        self.peer.tap.mute(true);
        self.peer.close().await
    }
}

/// Reads tracks into frames.
#[derive(Clone)]
struct Reader {
    tap: Arc<Tap>,
    frames: mpsc::Sender<Frame>,
    video: Arc<watch::Sender<Option<Source>>>,
    unread: Arc<AtomicU64>,
    playout_delay_id: Option<u8>,
}

impl Reader {
    async fn read_all(self, mut tracks: mpsc::Receiver<Arc<dyn TrackRemote>>) {
        while let Some(track) = tracks.recv().await {
            tokio::spawn(self.clone().read(track));
        }
    }

    async fn read(self, track: Arc<dyn TrackRemote>) {
        let is_video = track.kind().await == RtpCodecKind::Video;
        let mut assembler = Assembler::new(self.playout_delay_id);
        let mut known_ssrc = None;
        while let Some(event) = track.poll().await {
            let TrackRemoteEvent::OnRtpPacket(packet) = event else {
                continue;
            };
            let ssrc = packet.header.ssrc;
            if is_video && known_ssrc != Some(ssrc) {
                known_ssrc = Some(ssrc);
                self.video.send_replace(Some(Source {
                    track: Arc::clone(&track),
                    ssrc,
                }));
            }
            let arrived = self.tap.received_at(ssrc, packet.header.sequence_number);
            for frame in assembler.push(packet, arrived.unwrap_or_else(Instant::now)) {
                if self.frames.try_send(frame).is_err() {
                    self.unread.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

/// The id that an answer gives a header extension (RFC 8285 §5).
fn extension_id(answer: &str, uri: &str) -> Option<u8> {
    answer.lines().find_map(|line| {
        let (id, extension) = line.strip_prefix("a=extmap:")?.split_once(' ')?;
        let id = id.split('/').next()?; // a direction may follow
        (extension.split_whitespace().next() == Some(uri)).then(|| id.parse().ok())?
    })
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("ssrc", &self.ssrc)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_playout_delay_id_is_read_from_the_answer() {
        let answer =
            format!("m=video 9\r\na=extmap:3/sendonly urn:x\r\na=extmap:5/sendonly {PLAYOUT_DELAY}\r\n");
        assert_eq!(extension_id(&answer, PLAYOUT_DELAY), Some(5));
        assert_eq!(extension_id("a=extmap:x y\r\n", PLAYOUT_DELAY), None);
    }
}
