//! Keyframe requests among the RTCP that comes in. The library keeps RTCP to its interceptors, so this is one.

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::sansio::Protocol;
use std::collections::VecDeque;
use std::time::Instant;
use tokio::sync::mpsc;
use webrtc::error::Error;
use webrtc::peer_connection::{Registry, Slot};

/// Requests that wait to be read; a test that never reads loses the newest.
const WAITING: usize = 1024;

/// How a peer asked for a keyframe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyframeRequest {
    /// Picture loss indication (RFC 4585 §6.3.1).
    Pli,
    /// Full intra request (RFC 5104 §4.3.1).
    Fir,
}

/// Adds the interceptor where the RTCP of all others has passed.
pub(crate) fn configure(registry: Registry) -> (Registry, mpsc::Receiver<KeyframeRequest>) {
    let (requests, receiver) = mpsc::channel(WAITING);
    let listener = Listener {
        requests,
        read: VecDeque::new(),
        written: VecDeque::new(),
    };
    (registry.with(Slot::from(20_000), listener), receiver)
}

/// Passes everything on. Its queues hold what the chain puts in and takes out within one call.
struct Listener {
    requests: mpsc::Sender<KeyframeRequest>,
    read: VecDeque<TaggedPacket>,
    written: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Listener {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &tagged.message.packet {
            for packet in packets {
                let packet = packet.as_any();
                if packet.is::<PictureLossIndication>() {
                    let _ = self.requests.try_send(KeyframeRequest::Pli);
                } else if packet.is::<FullIntraRequest>() {
                    let _ = self.requests.try_send(KeyframeRequest::Fir);
                }
            }
        }
        self.read.push_back(tagged);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.read.pop_front()
    }

    fn handle_write(&mut self, tagged: TaggedPacket) -> Result<(), Error> {
        self.written.push_back(tagged);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.written.pop_front()
    }
}

impl Interceptor for Listener {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}
