//! The publisher: one video track, Opus, and the `control` channel, by WHIP (RFC 9725).

mod channel;
mod sender;

use crate::codec::{self, Codec};
use crate::feedback;
pub use crate::feedback::KeyframeRequest;
use crate::peer::{Connected, Error, Peer, State, Transport};
use crate::session::Session;
use crate::wire::Tap;
use bytes::Bytes;
use channel::{Channel, Extra};
use sender::Sender;
use std::time::Instant;
use tokio::sync::{Mutex, mpsc, watch};
use webrtc::peer_connection::{Registry, configure_nack, configure_rtcp_reports};

/// Label of the channel that offers, manifests and notices come on.
pub const CONTROL: &str = "control";

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
        let video = Sender::video(&peer, codec).await?;
        let audio = Sender::opus(&peer).await?;
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
        let mut video = self.video.lock().await;
        video.send(frame.into(), rtp_time, |payload| payload).await
    }

    /// The same, each RTP payload as `damage` leaves it: no packetiser would cut a frame that is damaged already.
    pub async fn send_damaged(
        &self,
        frame: impl Into<Bytes>,
        rtp_time: u32,
        mut damage: impl FnMut(&[u8]) -> Vec<u8>,
    ) -> Result<(), Error> {
        let mut video = self.video.lock().await;
        let damage = |payload: Bytes| damage(&payload).into();
        video.send(frame.into(), rtp_time, damage).await
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
        self.extra.lock().await.open(&self.peer, label).await
    }

    /// Sends an Opus packet; `rtp_time` counts 48,000 a second.
    pub async fn send_audio(&self, packet: impl Into<Bytes>, rtp_time: u32) -> Result<(), Error> {
        let mut audio = self.audio.lock().await;
        audio.send(packet.into(), rtp_time, |payload| payload).await
    }

    /// When the last packet of the video frame with this RTP time left, once it has.
    pub fn video_sent_at(&self, rtp_time: u32) -> Option<Instant> {
        self.peer.tap.sent_at(self.codec.payload_type(), rtp_time)
    }

    /// Sends a message on the control channel, as soon as it is open.
    pub async fn send_control(&self, message: &str) -> Result<(), Error> {
        let mut state = self.peer.state();
        tokio::select! {
            biased;
            () = self.channel.is_open() => {}
            ended = state.wait_for(is_over) => return Err(Error::Ended(ended.map_or(State::Closed, |state| *state))),
        }
        self.channel.send(message).await
    }

    /// The next message on the control channel, `None` when the connection is over.
    pub async fn next_control(&self) -> Option<String> {
        let mut state = self.peer.state();
        tokio::select! {
            biased;
            message = self.channel.next() => message,
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

pub(crate) fn is_over(state: &State) -> bool {
    matches!(state, State::Closed | State::Failed)
}
