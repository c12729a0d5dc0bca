//! One connection: a str0m `Rtc` and what we remember about it.
//!
//! **After every mutation [`Peer::drive`] is called**, which drains str0m until it says how long to wait.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use headwater_protocol::control;
use str0m::channel::ChannelId;
use str0m::format::{Codec, CodecExtra, PayloadParams};
use str0m::media::{Frequency, KeyframeRequestKind, MediaData, MediaKind, MediaTime, Mid, Pt, Rid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event as RtcEvent, Input, Output, Rtc, RtcError};

use super::demux::Source;
use super::keyframe;
use super::reach::Reach;
use super::simulcast::{Simulcast, Verdict};
use crate::media::{Frame, Kind, VideoCodec};

/// ICE and DTLS take a few round trips; a peer that is not there by now never comes, and str0m alone would wait for
/// ever for a client that sends no candidates.
const ESTABLISH_WITHIN: Duration = Duration::from_secs(15);

/// A connection that is not heard of for this long has lost its consent (RFC 7675 §5.1). str0m notices sooner, except
/// while an ICE restart that never came through leaves it without a pair to watch.
const CONSENT: Duration = Duration::from_secs(30);

/// Control messages that wait for the channel to open or drain: an offer, a few notices, an error.
const CONTROL_QUEUE: usize = 32;

/// Candidates a client may send. A laptop with VPN, docking station and virtual machines has about thirty.
const MAX_CANDIDATES: usize = 64;

pub(super) struct Peer {
    rtc: Box<Rtc>,
    video: Option<Track>,
    audio: Option<Track>,
    simulcast: Simulcast<Rid>,
    control: Option<ChannelId>,
    control_queue: VecDeque<String>,
    connected: bool,
    candidates: usize,
    created: Instant,
    /// When the last authentic datagram arrived: media, RTCP or an ICE consent check, which a quiet publisher sends too.
    heard: Instant,
    wake: Instant,
}

struct Track {
    mid: Mid,
    /// What we send each codec with, found at its first frame; none if it was not negotiated.
    pts: Vec<(Codec, Option<Pt>)>,
}

/// What a peer reports.
pub(super) enum Event {
    Connected,
    /// ICE has a way to send, the first or another.
    Reachable,
    /// A video access unit from a publisher, by its own RTP clock.
    Video {
        codec: VideoCodec,
        frame: Frame,
        contiguous: bool,
        arrived: Instant,
        /// It is the first from another of a simulcasting publisher's encoders.
        switched: bool,
    },
    /// A picture is needed that decoding can start with, from a publisher's encoder that is to be switched to.
    KeyframeNeeded(Rid),
    /// An Opus packet from a publisher.
    Audio {
        frame: Frame,
        arrived: Instant,
    },
    /// A viewer's decoder wants a keyframe.
    KeyframeWanted,
    Control(Vec<u8>),
    /// Gone: closed in order by the other end, or failed.
    Closed,
}

/// More candidates than any host has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {MAX_CANDIDATES} candidates; start a new session")]
pub(super) struct TooManyCandidates;

impl Peer {
    pub(super) fn new(rtc: Box<Rtc>, now: Instant) -> Self {
        Self {
            rtc,
            video: None,
            audio: None,
            simulcast: Simulcast::default(),
            control: None,
            control_queue: VecDeque::new(),
            connected: false,
            candidates: 0,
            created: now,
            heard: now,
            wake: now,
        }
    }

    pub(super) fn heard(&self) -> Instant {
        self.heard
    }

    /// Notes that something authentic came that is not for str0m.
    pub(super) fn hear(&mut self, now: Instant) {
        self.heard = now;
    }

    /// For what concerns the connection alone, not its media.
    pub(super) fn rtc(&mut self) -> &mut Rtc {
        &mut self.rtc
    }

    /// When [`Self::timeout`] wants to be called.
    pub(super) fn wake(&self) -> Instant {
        self.wake
    }

    /// Takes the section `mid` for everything of its kind.
    pub(super) fn add_track(&mut self, kind: MediaKind, mid: Mid) {
        let track = Some(Track { mid, pts: Vec::new() });
        match kind {
            MediaKind::Video => self.video = track,
            MediaKind::Audio => self.audio = track,
        }
    }

    /// Takes a datagram; whether it was this peer's.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        (protocol, source): Source,
        destination: SocketAddr,
        datagram: &[u8],
    ) -> Result<bool, RtcError> {
        let Ok(receive) = Receive::new(protocol, source, destination, datagram) else {
            return Ok(false);
        };
        let input = Input::Receive(now, receive);
        if !self.rtc.accepts(&input) {
            return Ok(false);
        }
        self.heard = now;
        self.rtc.handle_input(input)?;
        Ok(true)
    }

    pub(super) fn timeout(&mut self, now: Instant) -> Result<(), RtcError> {
        self.rtc.handle_input(Input::Timeout(now))
    }

    /// Sends what str0m wants sent and collects what it reports.
    pub(super) fn drive(
        &mut self,
        now: Instant,
        mut send: impl FnMut(Protocol, SocketAddr, &[u8]),
        events: &mut Vec<Event>,
    ) -> Result<(), RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => {
                    self.wake = at;
                    break;
                }
                Output::Transmit(datagram) => send(datagram.proto, datagram.destination, &datagram.contents),
                Output::Event(event) => self.event(event, events),
            }
        }
        if !self.connected {
            let deadline = self.created + ESTABLISH_WITHIN;
            if now >= deadline {
                events.push(Event::Closed);
            }
            self.wake = self.wake.min(deadline);
        }
        let consent_ends = self.heard + CONSENT;
        if now >= consent_ends || !self.rtc.is_alive() {
            events.push(Event::Closed);
        }
        self.wake = self.wake.min(consent_ends);
        Ok(())
    }

    fn event(&mut self, event: RtcEvent, events: &mut Vec<Event>) {
        match event {
            RtcEvent::Connected => {
                self.connected = true;
                events.push(Event::Connected);
            }
            RtcEvent::MediaAdded(media) => self.add_track(media.kind, media.mid),
            RtcEvent::MediaData(data) => self.media(data, events),
            RtcEvent::KeyframeRequest(_) => events.push(Event::KeyframeWanted),
            RtcEvent::ChannelOpen(id, label) if label == control::LABEL => {
                self.control = Some(id);
                self.flush_control();
            }
            RtcEvent::ChannelData(data) if Some(data.id) == self.control => {
                events.push(Event::Control(data.data));
            }
            RtcEvent::ChannelClose(id) if Some(id) == self.control => self.control = None,
            RtcEvent::IceConnectionStateChange(str0m::IceConnectionState::Disconnected) => {
                events.push(Event::Closed);
            }
            RtcEvent::IceConnectionStateChange(state) if state.is_connected() => {
                events.push(Event::Reachable);
            }
            RtcEvent::Closed => events.push(Event::Closed),
            _ => {}
        }
    }

    fn media(&mut self, data: MediaData, events: &mut Vec<Event>) {
        let arrived = data.network_time;
        let Some(codec) = video_codec(&data) else {
            if data.params.spec().codec == Codec::Opus {
                let frame = Frame {
                    time: data.time.numer(),
                    keyframe: false,
                    data: data.data,
                };
                events.push(Event::Audio { frame, arrived });
            }
            return;
        };
        let keyframe = keyframe::starts(codec, data.is_keyframe(), &data.data);
        let mut switched = false;
        if let Some(rid) = data.rid {
            match self.simulcast.picture(rid, data.data.len(), keyframe, arrived) {
                Verdict::Take => {}
                Verdict::Switch => switched = true,
                Verdict::Drop => return,
                Verdict::Ask => return events.push(Event::KeyframeNeeded(rid)),
            }
        }
        let frame = Frame {
            time: data.time.numer(),
            keyframe,
            data: data.data,
        };
        events.push(Event::Video {
            codec,
            frame,
            contiguous: data.contiguous,
            arrived,
            switched,
        });
    }

    /// Sends a frame to a viewer. Without an effect until connected, or if the viewer did not ask for this kind.
    pub(super) fn write(
        &mut self,
        kind: Kind,
        codec: Option<VideoCodec>,
        frame: &Frame,
        wallclock: Instant,
    ) -> Result<(), RtcError> {
        let (track, clock) = match kind {
            Kind::Video => (&mut self.video, Frequency::NINETY_KHZ),
            Kind::Audio => (&mut self.audio, Frequency::FORTY_EIGHT_KHZ),
        };
        let Some(track) = track.as_mut().filter(|_| self.connected) else {
            return Ok(());
        };
        let Some(writer) = self.rtc.writer(track.mid) else {
            return Ok(());
        };
        let wanted = codec.map_or(Codec::Opus, codec_of);
        let known = track.pts.iter().find(|(codec, _)| *codec == wanted);
        let pt = known.map_or_else(|| preferred(writer.payload_params(), wanted), |(_, pt)| *pt);
        if known.is_none() {
            track.pts.push((wanted, pt));
        }
        let Some(pt) = pt else { return Ok(()) };
        let time = MediaTime::new(frame.time, clock);
        let writer = match kind {
            // 0/0 asks the receiver to show pictures at once instead of growing a jitter buffer.
            Kind::Video => writer.playout_delay(MediaTime::ZERO, MediaTime::ZERO),
            Kind::Audio => writer,
        };
        writer.write(pt, wallclock, time, frame.data.clone())
    }

    /// Asks a publisher for a keyframe, of the encoder whose pictures are taken.
    pub(super) fn request_keyframe(&mut self) -> Result<(), RtcError> {
        self.request_keyframe_of(self.simulcast.taken())
    }

    /// Asks a publisher for a keyframe of one of its encoders.
    pub(super) fn request_keyframe_of(&mut self, rid: Option<Rid>) -> Result<(), RtcError> {
        let Some(track) = self.video.as_ref().filter(|_| self.connected) else {
            return Ok(());
        };
        match self.rtc.writer(track.mid) {
            Some(mut writer) if writer.is_request_keyframe_possible(KeyframeRequestKind::Pli) => {
                // Fails only before the first packet, when a keyframe is on its way anyway.
                writer.request_keyframe(rid, KeyframeRequestKind::Pli).or(Ok(()))
            }
            _ => Ok(()),
        }
    }

    /// Queues a control message; the oldest gives way if the client does not read.
    pub(super) fn send_control(&mut self, message: &control::Message) {
        if self.control_queue.len() == CONTROL_QUEUE {
            self.control_queue.pop_front();
        }
        self.control_queue.push_back(message.encode());
        self.flush_control();
    }

    fn flush_control(&mut self) {
        let Some(mut channel) = self.control.and_then(|id| self.rtc.channel(id)) else {
            return;
        };
        while let Some(message) = self.control_queue.front() {
            // `Ok(false)`: the buffer is full; the rest goes with the next message.
            if !channel.write(false, message.as_bytes()).unwrap_or(false) {
                return;
            }
            self.control_queue.pop_front();
        }
    }

    pub(super) fn add_candidate(&mut self, candidate: &str, reach: &Reach) -> Result<(), TooManyCandidates> {
        self.candidates += 1;
        if self.candidates > MAX_CANDIDATES {
            return Err(TooManyCandidates);
        }
        // mDNS names and the like cannot be resolved here; RFC 9725 says to skip what cannot.
        if let Ok(candidate) = Candidate::from_sdp_string(candidate)
            && reach.may_check(candidate.addr().ip())
        {
            self.rtc.add_remote_candidate(candidate);
        }
        Ok(())
    }

    /// Says goodbye; one more [`Self::drive`] sends it.
    pub(super) fn close(&mut self) -> Result<(), RtcError> {
        self.rtc.close()
    }
}

fn video_codec(data: &MediaData) -> Option<VideoCodec> {
    match data.codec_extra {
        CodecExtra::H264(_) => Some(VideoCodec::H264),
        CodecExtra::Vp8(_) => Some(VideoCodec::Vp8),
        CodecExtra::Vp9(_) => Some(VideoCodec::Vp9),
        CodecExtra::Av1(_) => Some(VideoCodec::Av1),
        CodecExtra::H265(_) => Some(VideoCodec::Hevc),
        _ => None,
    }
}

fn codec_of(codec: VideoCodec) -> Codec {
    match codec {
        VideoCodec::H264 => Codec::H264,
        VideoCodec::Vp8 => Codec::Vp8,
        VideoCodec::Vp9 => Codec::Vp9,
        VideoCodec::Av1 => Codec::Av1,
        VideoCodec::Hevc => Codec::H265,
    }
}

/// The payload type to send with: for H.264 the one with fragmentation (packetization-mode 1) and, among those, the
/// constrained baseline that every browser decodes.
fn preferred<'a>(params: impl Iterator<Item = &'a PayloadParams>, codec: Codec) -> Option<Pt> {
    params
        .filter(|p| p.spec().codec == codec)
        .max_by_key(|p| {
            let format = p.spec().format;
            let baseline = format.profile_level_id.is_some_and(|id| id >> 16 == 0x42);
            (format.packetization_mode == Some(1), baseline)
        })
        .map(PayloadParams::pt)
}
