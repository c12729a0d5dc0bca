//! A WHIP and WHEP server in miniature, on the client's own stack: it relays packets and answers control messages.
//! It proves the client by itself; what a second stack makes of it is for the tests of the real server.

use crate::codec::{self, Codec};
use crate::feedback::{self, KeyframeRequest};
use crate::wire::TappedRuntime;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::transport::RTCDtlsRole;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Notify, mpsc};
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::media_stream::track_remote::{TrackRemote, TrackRemoteEvent};
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
    RTCSessionDescription, Registry, SettingEngineBuilder, register_default_interceptors,
};

/// The server, alive as long as the test's runtime.
pub(super) struct Relay {
    pub(super) url: String,
    codec: Codec,
    peers: Mutex<HashMap<String, Box<dyn PeerConnection>>>,
    outputs: Mutex<Vec<(RtpCodecKind, Arc<TrackLocalStaticRTP>)>>,
    source: Mutex<Option<(Arc<dyn TrackRemote>, u32)>>,
}

impl Relay {
    pub(super) async fn start(codec: Codec) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has ports");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (peers, outputs, source) = Default::default();
        let relay = Arc::new(Self {
            url,
            codec,
            peers,
            outputs,
            source,
        });
        let serving = Arc::clone(&relay);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&serving).serve(stream));
            }
        });
        relay
    }

    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        let mut request = Vec::new();
        let (head, body) = loop {
            stream
                .read_buf(&mut request)
                .await
                .expect("the client sends its request");
            let text = String::from_utf8_lossy(&request);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let head = head.to_ascii_lowercase();
            let length = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break (head, body.to_owned());
            }
        };
        let mut words = head.split_whitespace();
        let response = match (words.next(), words.next()) {
            (Some("post"), Some(_)) if !head.contains("bearer secret") => {
                "HTTP/1.1 401 No\r\nContent-Length: 0\r\n".to_owned()
            }
            (Some("post"), Some(path)) => self.clone().answer(path, body).await,
            (Some("patch"), Some(_)) => "HTTP/1.1 204 Done\r\n".to_owned(),
            (Some("delete"), Some(path)) => {
                if let Some(peer) = self.peers.lock().await.remove(path) {
                    peer.close().await.expect("it closes");
                }
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n".to_owned()
            }
            request => panic!("unexpected request {request:?}"),
        };
        let (head, body) = response
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| (response.trim_end(), ""));
        let response = format!("{head}\r\nConnection: close\r\n\r\n{body}");
        stream
            .write_all(response.as_bytes())
            .await
            .expect("the client takes the answer");
    }

    async fn answer(self: Arc<Self>, path: &str, offer: String) -> String {
        let mut engine = codec::engine(&[self.codec]).expect("codecs are valid");
        let (registry, requests) = feedback::configure(Registry::new());
        let interceptors = register_default_interceptors(registry, &mut engine).expect("they fit");
        let settings = SettingEngineBuilder::new()
            .with_lite(true)
            .with_answering_dtls_role(RTCDtlsRole::Server)
            .with_multicast_dns_mode(rtc::ice::mdns::MulticastDnsMode::Disabled)
            .with_include_loopback_candidate(true)
            .build();
        let gathered = Arc::new(Notify::new());
        let events = Arc::new(Events {
            relay: Arc::clone(&self),
            gathered: Arc::clone(&gathered),
        });
        let peer = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_interceptor_registry(interceptors)
            .with_setting_engine(settings)
            .with_runtime(Arc::new(TappedRuntime::default()))
            .with_handler(events as Arc<dyn PeerConnectionEventHandler>)
            .with_udp_addrs(vec!["127.0.0.1:0"])
            .build()
            .await
            .expect("a peer");
        let offer = RTCSessionDescription::offer(offer).expect("the offer parses");
        peer.set_remote_description(offer)
            .await
            .expect("the offer is usable");
        if path.starts_with("/whep/") {
            tokio::spawn(self.clone().pass_requests(requests));
            for kind in [RtpCodecKind::Video, RtpCodecKind::Audio] {
                self.add_output(&peer, kind).await;
            }
        }
        let answer = peer.create_answer(None).await.expect("an answer");
        peer.set_local_description(answer)
            .await
            .expect("the answer is usable");
        gathered.notified().await;
        let sdp = peer.local_description().await.expect("there is one").sdp;
        let mut peers = self.peers.lock().await;
        let location = format!("/session/{}", peers.len());
        peers.insert(location.clone(), Box::new(peer));
        format!(
            "HTTP/1.1 201 Made\r\nContent-Type: application/sdp\r\nLocation: {location}\r\nETag: \"1\"\r\n\
             Content-Length: {}\r\n\r\n{sdp}",
            sdp.len(),
        )
    }

    async fn add_output(&self, peer: &impl PeerConnection, kind: RtpCodecKind) {
        let codec = if kind == RtpCodecKind::Video {
            self.codec.capability()
        } else {
            codec::opus()
        };
        let mut outputs = self.outputs.lock().await;
        let ssrc = Some(100 + outputs.len() as u32);
        let coding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters {
                ssrc,
                ..Default::default()
            },
            codec,
            ..Default::default()
        };
        let media = MediaStreamTrack::new(
            "film".into(),
            kind.to_string(),
            kind.to_string(),
            kind,
            vec![coding],
        );
        let track = Arc::new(TrackLocalStaticRTP::new(media));
        peer.add_track(Arc::clone(&track) as Arc<dyn TrackLocal>)
            .await
            .expect("the offer has room");
        outputs.push((kind, track));
    }

    async fn pass_requests(self: Arc<Self>, mut requests: mpsc::Receiver<KeyframeRequest>) {
        while requests.recv().await.is_some() {
            let source = self.source.lock().await;
            let Some((track, media_ssrc)) = &*source else {
                continue;
            };
            let request = PictureLossIndication {
                sender_ssrc: 1,
                media_ssrc: *media_ssrc,
            };
            track
                .write_rtcp(vec![Box::new(request)])
                .await
                .expect("the publisher is there");
        }
    }

    async fn pass_packets(self: Arc<Self>, track: Arc<dyn TrackRemote>) {
        let kind = track.kind().await;
        while let Some(event) = track.poll().await {
            let TrackRemoteEvent::OnRtpPacket(mut packet) = event else {
                continue;
            };
            if kind == RtpCodecKind::Video {
                *self.source.lock().await = Some((Arc::clone(&track), packet.header.ssrc));
            }
            packet.header.extensions.clear();
            packet.header.extension = false;
            for (_, output) in self
                .outputs
                .lock()
                .await
                .iter()
                .filter(|(other, _)| *other == kind)
            {
                packet.header.ssrc = output.track().await.ssrcs().next().expect("it was made with one");
                // A viewer that has gone takes nothing.
                let _ = output.write_rtp(packet.clone()).await;
            }
        }
    }
}

struct Events {
    relay: Arc<Relay>,
    gathered: Arc<Notify>,
}

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Events {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            self.gathered.notify_one();
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        tokio::spawn(Arc::clone(&self.relay).pass_packets(track));
    }

    async fn on_data_channel(&self, channel: Arc<dyn DataChannel>) {
        tokio::spawn(async move {
            while let Some(event) = channel.poll().await {
                if let DataChannelEvent::OnMessage(message) = event {
                    let text = format!("heard {}", String::from_utf8_lossy(&message.data));
                    channel.send_text(&text).await.expect("the publisher is there");
                }
            }
        });
    }
}
