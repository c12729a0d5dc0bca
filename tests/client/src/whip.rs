//! The publisher: one video track, Opus, and the `control` channel, by WHIP (RFC 9725).

use crate::codec::{self, Codec};
use crate::feedback;
pub use crate::feedback::KeyframeRequest;
use crate::frame::starts_decoding;
use crate::peer::{Connected, Error, Peer, State, Transport};
use crate::session::Session;
use crate::wire::Tap;
use bytes::{Bytes, BytesMut};
use rtc::media_stream::MediaStreamTrack;
use rtc::rtp::codec::av1::Av1Payloader;
use rtc::rtp::codec::h264::H264Payloader;
use rtc::rtp::codec::vp8::Vp8Payloader;
use rtc::rtp::codec::vp9::Vp9Payloader;
use rtc::rtp::packetizer::Payloader;
use rtc::rtp::{Header, Packet};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Mutex, mpsc, watch};
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{Registry, configure_nack, configure_rtcp_reports};

/// Label of the channel that offers, manifests and notices come on.
pub const CONTROL: &str = "control";
/// Payload bytes of an RTP packet; browsers stay below 1,200 as well.
const PAYLOAD: usize = 1160;
/// Control messages that wait to be read; a test that never reads loses the newest.
const WAITING: usize = 1024;

/// A connected publisher. Dropping it leaves the connection to time out; see the ways to end one below.
#[derive(Debug)]
pub struct Publisher {
    /// The HTTP session.
    pub session: Session,
    /// The server's SDP answer.
    pub answer: String,
    /// When the offer was posted.
    pub posted_at: Instant,
    /// When the connection stood.
    pub connected_at: Instant,
    peer: Peer,
    video: Mutex<Sender>,
    audio: Mutex<Sender>,
    codec: Codec,
    channel: Channel,
    extra: Mutex<Extra>,
    keyframe_requests: std::sync::Mutex<mpsc::Receiver<KeyframeRequest>>,
}

impl Publisher {
    /// Offers `codec` and Opus, sendonly, and the control channel; returns when media can flow.
    pub async fn connect(endpoint: &str, bearer: Option<&str>, codec: Codec) -> Result<Self, Error> {
        Self::connect_by(Transport::Udp, endpoint, bearer, codec).await
    }

    /// The same from a network that lets no more than `transport` through.
    pub async fn connect_by(
        transport: Transport,
        endpoint: &str,
        bearer: Option<&str>,
        codec: Codec,
    ) -> Result<Self, Error> {
        let mut engine = codec::engine(&[codec])?;
        let interceptors = configure_rtcp_reports(configure_nack(Registry::new(), &mut engine));
        let (interceptors, keyframe_requests) = feedback::configure(interceptors);
        let (peer, _) = Peer::new(endpoint, engine, interceptors, transport).await?;
        let payloader: Box<dyn Payloader + Send> = match codec {
            Codec::H264 => Box::new(H264Payloader::default()),
            Codec::Vp8 => Box::new(vp8_payloader()),
            Codec::Vp9 => Box::new(Vp9::default()),
            Codec::Av1 => Box::new(Av1Payloader::default()),
        };
        let video = Sender::add(
            &peer,
            RtpCodecKind::Video,
            codec.capability(),
            codec.payload_type(),
            Some(payloader),
        )
        .await?;
        let audio = Sender::add(&peer, RtpCodecKind::Audio, codec::opus(), codec::OPUS, None).await?;
        let channel = Channel::open(&peer).await?;
        let Connected {
            peer,
            session,
            answer,
            posted_at,
            connected_at,
        } = peer.connect(endpoint, bearer).await?;
        Ok(Self {
            session,
            answer,
            posted_at,
            connected_at,
            peer,
            video: Mutex::new(video),
            audio: Mutex::new(audio),
            codec,
            channel,
            extra: Mutex::default(),
            keyframe_requests: std::sync::Mutex::new(keyframe_requests),
        })
    }

    /// Sends an access unit in Annex B, or a frame of another codec; `rtp_time` counts 90,000 a second.
    pub async fn send_video(&self, frame: impl Into<Bytes>, rtp_time: u32) -> Result<(), Error> {
        self.video.lock().await.send(frame.into(), rtp_time).await
    }

    /// Sends one RTP payload of video as it is, which no packetiser needs to have made.
    pub async fn send_payload(
        &self,
        payload: impl Into<Bytes>,
        rtp_time: u32,
        marker: bool,
    ) -> Result<(), Error> {
        let mut video = self.video.lock().await;
        video.write(payload.into(), rtp_time, marker).await
    }

    /// Opens one more data channel, and keeps it.
    pub async fn open_channel(&self, label: &str) -> Result<(), Error> {
        let channel = self.peer.connection().create_data_channel(label, None).await?;
        self.extra.lock().await.push(channel);
        Ok(())
    }

    /// Sends an Opus packet; `rtp_time` counts 48,000 a second.
    pub async fn send_audio(&self, packet: impl Into<Bytes>, rtp_time: u32) -> Result<(), Error> {
        self.audio.lock().await.send(packet.into(), rtp_time).await
    }

    /// When the last packet of the video frame with this RTP time left, once it has.
    pub fn video_sent_at(&self, rtp_time: u32) -> Option<Instant> {
        self.peer.tap.sent_at(self.codec.payload_type(), rtp_time)
    }

    /// Sends a message on the control channel, as soon as it is open.
    pub async fn send_control(&self, message: &str) -> Result<(), Error> {
        let mut open = self.channel.open.clone();
        let mut state = self.peer.state();
        tokio::select! {
            biased;
            _ = open.wait_for(|open| *open) => {}
            ended = state.wait_for(is_over) => return Err(Error::Ended(ended.map_or(State::Closed, |state| *state))),
        }
        Ok(self.channel.inner.send_text(message).await?)
    }

    /// The next message on the control channel, `None` when the connection is over.
    pub async fn next_control(&self) -> Option<String> {
        let mut messages = self.channel.messages.lock().await;
        let mut state = self.peer.state();
        tokio::select! {
            biased;
            message = messages.recv() => message,
            _ = state.wait_for(is_over) => None,
        }
    }

    /// A keyframe request that has come in since the last call.
    pub fn try_keyframe_request(&self) -> Option<KeyframeRequest> {
        let mut requests = self
            .keyframe_requests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        requests.try_recv().ok()
    }

    /// The connection's state, now and from now on.
    pub fn state(&self) -> watch::Receiver<State> {
        self.peer.state()
    }

    /// Waits for the end of the connection, whoever ends it.
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

    /// Ends the session as WHIP wants it, by HTTP DELETE, then the connection.
    pub async fn close(self) -> Result<(), Error> {
        let deleted = self.session.delete().await;
        self.peer.close().await?;
        Ok(deleted?)
    }

    /// Ends the connection by DTLS alone, as a closing page does.
    pub async fn hang_up(self) -> Result<(), Error> {
        self.peer.close().await
    }

    /// Stops sending and answering without a word, as a lost network does.
    pub async fn vanish(self) -> Result<(), Error> {
        self.peer.tap.mute(true);
        self.peer.close().await
    }
}

fn vp8_payloader() -> Vp8Payloader {
    let mut payloader = Vp8Payloader::default();
    payloader.enable_picture_id = true; // as browsers do
    payloader
}

/// VP9 as browsers send it: the library's own descriptors call every frame a keyframe.
#[derive(Debug, Default, Clone)]
struct Vp9(Vp9Payloader);

impl Payloader for Vp9 {
    fn payload(&mut self, mtu: usize, frame: &Bytes) -> rtc::shared::error::Result<Vec<Bytes>> {
        const FLEXIBLE: u8 = 0x10;
        const PREDICTED: u8 = 0x40;
        let predicted = if starts_decoding(Codec::Vp9, frame) {
            0
        } else {
            PREDICTED
        };
        let mut payloads = self.0.payload(mtu, frame)?;
        for payload in &mut payloads {
            let mut bytes = BytesMut::from(&payload[..]);
            bytes[0] = bytes[0] & !FLEXIBLE | predicted;
            *payload = bytes.freeze();
        }
        Ok(payloads)
    }

    fn clone_to(&self) -> Box<dyn Payloader> {
        Box::new(self.clone())
    }
}

pub(crate) fn is_over(state: &State) -> bool {
    matches!(state, State::Closed | State::Failed)
}

/// One outgoing track.
struct Sender {
    track: Arc<TrackLocalStaticRTP>,
    payloader: Option<Box<dyn Payloader + Send>>,
    header: Header,
}

impl Sender {
    async fn add(
        peer: &Peer,
        kind: RtpCodecKind,
        codec: RTCRtpCodec,
        payload_type: u8,
        payloader: Option<Box<dyn Payloader + Send>>,
    ) -> Result<Self, Error> {
        // The standard library's keys are random; an SSRC needs no better (RFC 3550 §8.1).
        let ssrc = RandomState::new().hash_one(payload_type) as u32;
        let coding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc: Some(ssrc),
                ..Default::default()
            },
            codec,
            ..Default::default()
        };
        let stream = "film".to_owned();
        let media = MediaStreamTrack::new(
            stream.clone(),
            kind.to_string(),
            kind.to_string(),
            kind,
            vec![coding],
        );
        let track = Arc::new(TrackLocalStaticRTP::new(media));
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendonly,
            streams: vec![stream],
            send_encodings: vec![],
        };
        let local = Arc::clone(&track) as Arc<dyn TrackLocal>;
        peer.connection()
            .add_transceiver_from_track(local, Some(init))
            .await?;
        let header = Header {
            version: 2,
            payload_type,
            ssrc,
            ..Header::default()
        };
        Ok(Self {
            track,
            payloader,
            header,
        })
    }

    async fn send(&mut self, frame: Bytes, rtp_time: u32) -> Result<(), Error> {
        let payloads = match &mut self.payloader {
            Some(payloader) => payloader.payload(PAYLOAD, &frame)?,
            None => vec![frame],
        };
        let last = payloads.len().saturating_sub(1);
        for (n, payload) in payloads.into_iter().enumerate() {
            let marker = n == last && self.payloader.is_some();
            self.write(payload, rtp_time, marker).await?;
        }
        Ok(())
    }

    async fn write(&mut self, payload: Bytes, rtp_time: u32, marker: bool) -> Result<(), Error> {
        self.header.timestamp = rtp_time;
        self.header.marker = marker;
        let header = self.header.clone();
        self.header.sequence_number = self.header.sequence_number.wrapping_add(1);
        Ok(self.track.write_rtp(Packet { header, payload }).await?)
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender")
            .field("next", &self.header)
            .finish_non_exhaustive()
    }
}

/// Channels beside control, kept open.
#[derive(Default)]
struct Extra(Vec<Arc<dyn DataChannel>>);

impl Extra {
    fn push(&mut self, channel: Arc<dyn DataChannel>) {
        self.0.push(channel);
    }
}

impl std::fmt::Debug for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} channels", self.0.len())
    }
}

/// The control channel, reliable and ordered.
struct Channel {
    inner: Arc<dyn DataChannel>,
    open: watch::Receiver<bool>,
    messages: Mutex<mpsc::Receiver<String>>,
}

impl Channel {
    async fn open(peer: &Peer) -> Result<Self, Error> {
        let inner = peer.connection().create_data_channel(CONTROL, None).await?;
        let (opened, open) = watch::channel(false);
        let (forward, messages) = mpsc::channel(WAITING);
        let (channel, tap) = (Arc::clone(&inner), Arc::clone(&peer.tap));
        tokio::spawn(async move {
            while let Some(event) = channel.poll().await {
                match event {
                    DataChannelEvent::OnOpen => {
                        tap.hurry(false);
                        opened.send_replace(true);
                    }
                    DataChannelEvent::OnMessage(message) => {
                        let _ = forward.try_send(String::from_utf8_lossy(&message.data).into_owned());
                    }
                    DataChannelEvent::OnClose => break,
                    _ => {}
                }
            }
        });
        Ok(Self {
            inner,
            open,
            messages: Mutex::new(messages),
        })
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Channel")
            .field("open", &*self.open.borrow())
            .finish_non_exhaustive()
    }
}
