//! RTP packets back into frames: order, gaps, depacketizing. No jitter buffer: a frame is out with its last packet.

use crate::codec::{self, Codec};
use bytes::{Buf, Bytes, BytesMut};
use rtc::rtp::Packet;
use rtc::rtp::codec::av1::Av1Depacketizer;
use rtc::rtp::codec::h264::H264Packet;
use rtc::rtp::codec::vp9::Vp9Packet;
use rtc::rtp::extension::playout_delay_extension::PlayoutDelayExtension;
use rtc::rtp::packetizer::Depacketizer;
use rtc::shared::marshal::Unmarshal;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Packets kept behind a gap: a keyframe of 256 × 1,200 bytes may come in while one packet is sent again.
const HELD: usize = 256;
/// A video packet this late is not coming: NACK repairs within a few round trips. Audio is not sent again.
const PATIENCE: Duration = Duration::from_millis(500);

/// What a frame is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One access unit of video.
    Video(Codec),
    /// One Opus packet.
    Audio,
}

/// A frame as it came.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Video or audio.
    pub kind: Kind,
    /// RTP timestamp: 90 kHz for video, 48 kHz for audio.
    pub rtp_time: u32,
    /// Whether decoding can start here; always true for audio.
    pub keyframe: bool,
    /// `false` when packets between the frame before and this one are missing for good.
    pub contiguous: bool,
    /// H.264 with Annex B start codes, a VP8 or VP9 frame, AV1 units with their sizes, or an Opus packet.
    pub data: Bytes,
    /// How many RTP packets it came in.
    pub packets: usize,
    /// When its first packet arrived.
    pub first_packet_at: Instant,
    /// When its last packet arrived.
    pub last_packet_at: Instant,
    /// Shortest and longest playout delay that its first packet asks for, where the extension was negotiated.
    pub playout_delay: Option<(Duration, Duration)>,
}

/// Puts the packets of one RTP stream together.
#[derive(Debug)]
pub(crate) struct Assembler {
    playout_delay_id: Option<u8>,
    /// Extended sequence number of the packet that is due.
    next: Option<u64>,
    held: BTreeMap<u64, (Packet, Instant)>,
    partial: Vec<(Packet, Instant)>,
    /// RTP time of a frame of which packets are lost.
    broken: Option<u32>,
    gap: bool,
}

impl Assembler {
    /// `playout_delay_id` is the negotiated id of the playout-delay extension.
    pub(crate) fn new(playout_delay_id: Option<u8>) -> Self {
        Self {
            playout_delay_id,
            next: None,
            held: BTreeMap::new(),
            partial: Vec::new(),
            broken: None,
            gap: false,
        }
    }

    /// Takes a packet, returns the frames that it completes.
    pub(crate) fn push(&mut self, packet: Packet, at: Instant) -> Vec<Frame> {
        let sequence = packet.header.sequence_number;
        // Starts one cycle up, so that what was sent before the first packet seen does not go below zero.
        let next = self.next.unwrap_or_else(|| {
            let starts = packet.header.payload_type == codec::OPUS || may_start(&packet);
            (self.broken, self.gap) = ((!starts).then_some(packet.header.timestamp), !starts);
            0x1_0000 + u64::from(sequence)
        });
        let ahead = i64::from(sequence.wrapping_sub(next as u16) as i16);
        let extended = next.saturating_add_signed(ahead);
        self.next = Some(next);
        let mut frames = Vec::new();
        if extended >= next {
            self.held.insert(extended, (packet, at));
            self.drain(at, &mut frames);
        }
        frames
    }

    fn drain(&mut self, now: Instant, frames: &mut Vec<Frame>) {
        while let (Some(next), Some(entry)) = (self.next, self.held.first_entry()) {
            let (first, (packet, at)) = (*entry.key(), entry.get());
            if first != next {
                let is_audio = packet.header.payload_type == codec::OPUS;
                let late = is_audio || now.saturating_duration_since(*at) > PATIENCE;
                let broken = (!is_audio).then_some(packet.header.timestamp);
                if self.held.len() < HELD && !late {
                    return;
                }
                self.partial.clear();
                (self.broken, self.gap, self.next) = (broken, true, Some(first));
                continue;
            }
            let (packet, at) = entry.remove();
            self.next = Some(next + 1);
            self.take(packet, at, frames);
        }
    }

    /// Takes the packet that is due.
    fn take(&mut self, packet: Packet, at: Instant, frames: &mut Vec<Frame>) {
        let rtp_time = packet.header.timestamp;
        if packet.payload.is_empty() || self.broken == Some(rtp_time) {
            return; // padding that probes the bandwidth, or the rest of a frame that lost packets
        }
        self.broken = None;
        let is_audio = packet.header.payload_type == codec::OPUS;
        if self
            .partial
            .first()
            .is_some_and(|(first, _)| first.header.timestamp != rtp_time)
        {
            self.finish(frames);
        }
        let last = packet.header.marker || is_audio;
        self.partial.push((packet, at));
        if last {
            self.finish(frames);
        }
    }

    fn finish(&mut self, frames: &mut Vec<Frame>) {
        let frame = self.frame();
        self.gap = frame.is_none();
        self.partial.clear();
        frames.extend(frame);
    }

    fn frame(&self) -> Option<Frame> {
        let (first, _) = self.partial.first()?;
        let payload_type = first.header.payload_type;
        let (kind, data) = if payload_type == codec::OPUS {
            (Kind::Audio, first.payload.clone())
        } else {
            let codec = Codec::of(payload_type)?;
            (Kind::Video(codec), self.depacketize(codec)?)
        };
        let delay = self
            .playout_delay_id
            .and_then(|id| first.header.get_extension(id));
        let delay = delay.and_then(|mut bytes| PlayoutDelayExtension::unmarshal(&mut bytes).ok());
        let unit = |ticks: u16| Duration::from_millis(10) * u32::from(ticks);
        Some(Frame {
            kind,
            rtp_time: first.header.timestamp,
            keyframe: is_keyframe(kind, &data),
            contiguous: !self.gap,
            data,
            packets: self.partial.len(),
            first_packet_at: self.partial.iter().map(|(_, at)| *at).min()?,
            last_packet_at: self.partial.iter().map(|(_, at)| *at).max()?,
            playout_delay: delay.map(|delay| (unit(delay.min_delay), unit(delay.max_delay))),
        })
    }

    fn depacketize(&self, codec: Codec) -> Option<Bytes> {
        let mut data = BytesMut::with_capacity(
            self.partial
                .iter()
                .map(|(packet, _)| packet.payload.len() + 4)
                .sum(),
        );
        // Fresh for each frame: it keeps the fragments of a unit that never ended.
        let (mut h264, mut av1) = (H264Packet::default(), Av1Depacketizer::new());
        for (packet, _) in &self.partial {
            match codec {
                Codec::H264 => data.extend_from_slice(&h264.depacketize(&packet.payload).ok()?),
                Codec::Vp8 => data.extend_from_slice(&after_descriptor(packet.payload.clone())?),
                Codec::Vp9 => {
                    data.extend_from_slice(&Vp9Packet::default().depacketize(&packet.payload).ok()?)
                }
                Codec::Av1 => data.extend_from_slice(&av1.depacketize(&packet.payload).ok()?),
            }
        }
        Some(data.freeze())
    }
}

/// Whether a frame may start with this packet: not if it goes on with a unit that another one began.
fn may_start(packet: &Packet) -> bool {
    match Codec::of(packet.header.payload_type) {
        Some(Codec::H264) => H264Packet::default().is_partition_head(&packet.payload),
        Some(Codec::Vp8) => packet
            .payload
            .first()
            .is_some_and(|descriptor| descriptor & 0x17 == 0x10),
        Some(Codec::Vp9) => Vp9Packet::default().is_partition_head(&packet.payload),
        Some(Codec::Av1) => Av1Depacketizer::new().is_partition_head(&packet.payload),
        None => false,
    }
}

/// What follows the VP8 payload descriptor (RFC 7741 §4.2). The library's own parser refuses payloads below four
/// bytes, and the last packet of a frame may well be that short.
fn after_descriptor(mut payload: Bytes) -> Option<Bytes> {
    let extended = payload.try_get_u8().ok()? & 0x80 != 0;
    if extended {
        let flags = payload.try_get_u8().ok()?;
        if flags & 0x80 != 0 && payload.try_get_u8().ok()? & 0x80 != 0 {
            payload.try_get_u8().ok()?; // the second byte of a long picture id
        }
        if flags & 0x40 != 0 {
            payload.try_get_u8().ok()?; // TL0PICIDX
        }
        if flags & 0x30 != 0 {
            payload.try_get_u8().ok()?; // TID, Y and KEYIDX
        }
    }
    Some(payload)
}

fn is_keyframe(kind: Kind, data: &[u8]) -> bool {
    match kind {
        Kind::Audio => true,
        Kind::Video(codec) => starts_decoding(codec, data),
    }
}

/// Whether decoding can start with this frame.
pub(crate) fn starts_decoding(codec: Codec, data: &[u8]) -> bool {
    match codec {
        Codec::H264 => has_idr(data),
        Codec::Vp8 => data.first().is_some_and(|tag| tag & 1 == 0),
        // Marker 2, profile 0, nothing shown again, a key frame (VP9 bitstream §6.2).
        Codec::Vp9 => data.first().is_some_and(|header| header & 0xfc == 0x80),
        Codec::Av1 => has_sequence_header(data),
    }
}

/// Whether a sequence header stands first, but for a temporal delimiter (AV1 bitstream §7.5).
fn has_sequence_header(units: &[u8]) -> bool {
    const DELIMITER: u8 = 2;
    const SEQUENCE_HEADER: u8 = 1;
    let kind = |header: &u8| header >> 3 & 0xf;
    match units.first().map(kind) {
        Some(DELIMITER) => units.get(2).map(kind) == Some(SEQUENCE_HEADER),
        first => first == Some(SEQUENCE_HEADER),
    }
}

/// Whether a NAL unit of type 5, a slice of an IDR picture, starts anywhere (ITU-T H.264 table 7-1).
fn has_idr(unit: &[u8]) -> bool {
    unit.windows(4)
        .any(|bytes| bytes[..3] == [0, 0, 1] && bytes[3] & 0x1f == 5)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rtc::rtp::Header;

    fn vp8(sequence: u16, rtp_time: u32, marker: bool, payload: &'static [u8]) -> Packet {
        let header = Header {
            version: 2,
            marker,
            payload_type: Codec::Vp8.payload_type(),
            sequence_number: sequence,
            timestamp: rtp_time,
            ..Header::default()
        };
        Packet {
            header,
            payload: Bytes::from_static(payload),
        }
    }

    fn push_all(assembler: &mut Assembler, packets: impl IntoIterator<Item = Packet>) -> Vec<Frame> {
        let now = Instant::now();
        packets
            .into_iter()
            .flat_map(|packet| assembler.push(packet, now))
            .collect()
    }

    #[test]
    fn packets_out_of_order_make_one_frame_in_order() {
        let frames = push_all(
            &mut Assembler::new(None),
            [
                vp8(u16::MAX, 1, true, &[0x10, 0]),
                vp8(1, 2, true, &[0, 5]),
                vp8(0, 2, false, &[0x10, 1, 4]),
                vp8(0, 2, false, &[0x10, 1, 4]),
            ],
        );
        let data: Vec<_> = frames.iter().map(|frame| frame.data.to_vec()).collect();
        assert_eq!(data, [vec![0], vec![1, 4, 5]]);
        assert_eq!((frames[0].keyframe, frames[1].keyframe), (true, false));
        assert!(frames.iter().all(|frame| frame.contiguous));
    }

    #[test]
    fn a_frame_behind_a_gap_says_so_and_the_broken_one_is_dropped() {
        let mut assembler = Assembler::new(None);
        let before = push_all(
            &mut assembler,
            [vp8(7, 1, true, &[0x10, 0]), vp8(8, 2, false, &[0x10, 0])],
        );
        assert_eq!(before.len(), 1);
        let now = Instant::now();
        assert!(assembler.push(vp8(10, 2, true, &[0, 1]), now).is_empty());
        let after = assembler.push(vp8(11, 3, true, &[0x10, 1]), now + PATIENCE * 2);
        assert_eq!(after.iter().map(|frame| frame.rtp_time).collect::<Vec<_>>(), [3]);
        assert!(!after[0].contiguous);
        let healed = assembler.push(vp8(12, 4, true, &[0x10, 1]), now + PATIENCE * 2);
        assert!(healed[0].contiguous);
    }

    #[test]
    fn a_frame_joined_in_the_middle_is_dropped() {
        let mut assembler = Assembler::new(None);
        let frames = push_all(
            &mut assembler,
            [
                vp8(5, 1, false, &[0, 9]),
                vp8(6, 1, true, &[0, 9]),
                vp8(7, 2, true, &[0x10, 0]),
            ],
        );
        assert_eq!(
            frames
                .iter()
                .map(|frame| (frame.rtp_time, frame.contiguous))
                .collect::<Vec<_>>(),
            [(2, false)]
        );
    }

    #[test]
    fn sound_does_not_wait_for_what_is_lost() {
        let mut assembler = Assembler::new(None);
        let opus = |sequence: u16| {
            let mut packet = vp8(sequence, u32::from(sequence) * 960, false, &[1]);
            packet.header.payload_type = codec::OPUS;
            packet
        };
        let frames = push_all(&mut assembler, [opus(1), opus(3), opus(4)]);
        assert_eq!(
            frames.iter().map(|frame| frame.contiguous).collect::<Vec<_>>(),
            [true, false, true]
        );
    }

    #[test]
    fn a_flood_behind_a_gap_is_not_kept() {
        let mut assembler = Assembler::new(None);
        let mut frames = push_all(&mut assembler, [vp8(0, 0, true, &[0x10, 0])]);
        frames.extend(push_all(
            &mut assembler,
            (2..600).map(|n| vp8(n, u32::from(n), true, &[0x10, 1])),
        ));
        assert!(assembler.held.len() < HELD);
        assert_eq!(frames.len(), 1 + 597);
    }

    #[test]
    fn descriptors_of_every_length_are_stripped_and_short_ones_refused() {
        let strip =
            |bytes: &'static [u8]| after_descriptor(Bytes::from_static(bytes)).map(|rest| rest.to_vec());
        assert_eq!(strip(&[0x10, 9]), Some(vec![9]));
        assert_eq!(strip(&[0x80, 0x80, 0x01, 9]), Some(vec![9]));
        assert_eq!(strip(&[0x80, 0xf0, 0x81, 0x02, 3, 4, 9]), Some(vec![9]));
        assert_eq!(strip(&[0x80, 0xf0, 0x81]), None);
        assert_eq!(strip(&[]), None);
    }
}
