//! Streams: what peers and workers report, and what follows from it.

use std::time::Instant;

use headwater_protocol::control::Message;
use headwater_protocol::ladder::{Ladder, Rung};
use headwater_protocol::session::registry::{Output, SessionId};
use headwater_protocol::{Code, stream};
use tracing::{debug, info, warn};

use super::{OnAir, Shard};
use crate::intake;
use crate::media::{Frame, Kind, VideoCodec};
use crate::stream::Effect;
use crate::transcoder::{self, Flow, Transcoder, Unit};
use crate::webrtc::peer::{Event, Peer};

impl Shard {
    pub(super) fn handle_events(&mut self, now: Instant) {
        while let Some((session, event)) = self.events.pop_front() {
            self.handle_event(now, session, event);
        }
    }

    pub(super) fn handle_event(&mut self, now: Instant, session: SessionId, event: Event) {
        let Some(id) = self.registry.stream_of(session).cloned() else {
            if matches!(event, Event::Closed) {
                self.disconnect(session);
            }
            return;
        };
        let Some(on_air) = self.streams.get_mut(&id) else {
            return;
        };
        let publishes = on_air.live.publisher() == session;
        let effects = match event {
            Event::Connected if publishes => Vec::new(),
            // Nothing is taken before it is paid for.
            Event::Video { .. } | Event::Audio { .. } if publishes && !on_air.toll.takes() => Vec::new(),
            Event::Connected => on_air.live.viewer_connected(now, session),
            Event::Video {
                codec,
                frame,
                contiguous,
                arrived,
                switched,
            } if publishes => match on_air.intake.video(now, codec, &frame.data) {
                Ok(follows) => {
                    if switched {
                        on_air.live.source_switched();
                    }
                    let whole = contiguous && follows && !on_air.toll.gap();
                    on_air.live.video(codec, frame, whole, arrived)
                }
                Err(refused) => complaint(on_air, now, refused),
            },
            Event::KeyframeNeeded(rid) if publishes => {
                self.with_peer(now, session, |peer| peer.request_keyframe_of(Some(rid)));
                Vec::new()
            }
            Event::Audio { frame, arrived } if publishes => match on_air.intake.sound(now, &frame.data) {
                Ok(()) => on_air.live.audio(frame, arrived),
                Err(refused) => complaint(on_air, now, refused),
            },
            Event::Control(bytes) if publishes => {
                let answer = match control_answer(on_air, &bytes) {
                    Answer::Pass(message) => self.toll_message(session, message),
                    Answer::Send(message) => Some(message),
                    Answer::Nothing => None,
                };
                answer.map(Effect::Control).into_iter().collect()
            }
            Event::KeyframeWanted if !publishes => on_air.live.viewer_wants_keyframe(now, session),
            Event::Closed => {
                let heard = self.peers.get(&session).map_or(now, Peer::heard);
                if publishes {
                    // Only DELETE ends a stream: a page that reloads closes its connection too, and comes back.
                    on_air.lost = Some(session);
                    self.disconnect(session);
                    let since = self.millis(heard);
                    self.registry.lost(since, session);
                } else {
                    self.forget(session);
                    self.leave(session);
                }
                Vec::new()
            }
            // Viewers send no media and publishers get no keyframe requests.
            _ => Vec::new(),
        };
        self.carry_out(now, &id, effects);
    }

    pub(super) fn transcoded(&mut self, now: Instant, key: transcoder::Key, event: transcoder::Event) {
        let Some(id) = self.by_key.get(&key).cloned() else {
            return;
        };
        let Some(on_air) = self.streams.get_mut(&id) else {
            return;
        };
        let live = &mut on_air.live;
        let effects = match event {
            transcoder::Event::Ladder { source, rungs } => {
                for encoded in &rungs {
                    info!(stream = %id, rung = encoded.rung.name, size = %encoded.rung.size, encoder = encoded.encoder);
                }
                let rungs: Vec<_> = rungs.into_iter().map(|encoded| encoded.rung).collect();
                let ladder = live.ladder().clone();
                let effects = live.rungs_fixed(now, source, rungs.clone());
                self.rate_toll(&id, &ladder, &rungs);
                effects
            }
            transcoder::Event::Frame {
                rung,
                codec,
                time,
                keyframe,
                data,
            } => {
                if let Some(rung) = live.rung(rung) {
                    on_air.toll.count(rung, codec);
                }
                live.rung_frame(rung, codec, Frame { time, keyframe, data })
            }
            transcoder::Event::NeedKeyframe => live.transcoder_wants_keyframe(now),
            transcoder::Event::Replaced { reason } => {
                warn!(stream = %id, reason, "the worker was replaced");
                vec![live.transcoder_replaced(reason)]
            }
            transcoder::Event::Refused { rung, codec, reason } => {
                warn!(stream = %id, rung, ?codec, reason, "an encoding was refused");
                live.encoding_refused(now, rung, codec)
            }
            transcoder::Event::Notice { message } => {
                warn!(stream = %id, message, "worker");
                Vec::new()
            }
            transcoder::Event::Failed { reason } => {
                warn!(stream = %id, reason, "transcoding failed");
                on_air.transcoder = None;
                live.transcoder_failed(now, reason)
            }
            transcoder::Event::Confined { layers } => {
                if self.confined.as_deref() != Some(&layers) {
                    // The same for every worker of a machine, so it is said once.
                    info!(sandbox = layers, "workers are confined");
                    self.confined = Some(layers);
                }
                return;
            }
            transcoder::Event::Started { pid } => {
                debug!(stream = %id, pid, "worker");
                Vec::new()
            }
            // Only a source that says so is finished, and publishers do not.
            transcoder::Event::Finished => Vec::new(),
            transcoder::Event::Stats(stats) => {
                debug!(stream = %id, ?stats, "transcoder");
                Vec::new()
            }
        };
        self.carry_out(now, &id, effects);
    }

    pub(super) fn carry_out(&mut self, now: Instant, id: &stream::Id, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Video {
                    to,
                    codec,
                    frame,
                    wallclock,
                } => {
                    for session in to {
                        self.with_peer(now, session, |peer| {
                            peer.write(Kind::Video, Some(codec), &frame, wallclock)
                        });
                    }
                }
                Effect::Audio { to, frame, wallclock } => {
                    for session in to {
                        self.with_peer(now, session, |peer| {
                            peer.write(Kind::Audio, None, &frame, wallclock)
                        });
                    }
                }
                Effect::StartTranscoder { codec, ladder, rungs } => {
                    self.start_transcoder(id, codec, ladder, rungs);
                }
                Effect::Transcode { frame, contiguous } => {
                    if let Some(transcoder) = self.transcoder(id) {
                        transcoder.video(Unit {
                            time: frame.time,
                            keyframe: frame.keyframe,
                            contiguous,
                            data: frame.data,
                        });
                    }
                }
                Effect::TranscodeAudio(frame) => {
                    if let Some(transcoder) = self.transcoder(id) {
                        transcoder.audio(frame.time, frame.data);
                    }
                }
                Effect::Encode { rung, codec, on } => {
                    if let Some(transcoder) = self.transcoder(id) {
                        debug!(stream = %id, rung, ?codec, on, "an encoding for who needs it");
                        transcoder.encode(rung, codec, on);
                    }
                }
                Effect::RungKeyframe { rung, codec } => {
                    if let Some(transcoder) = self.transcoder(id) {
                        transcoder.request_keyframe(rung, codec);
                    }
                }
                Effect::SourceKeyframe => {
                    if let Some(publisher) = self.streams.get(id).map(|on_air| on_air.live.publisher()) {
                        self.with_peer(now, publisher, Peer::request_keyframe);
                    }
                }
                Effect::Control(message) => {
                    if let Some(publisher) = self.streams.get(id).map(|on_air| on_air.live.publisher()) {
                        self.tell(now, publisher, &message);
                    }
                }
                Effect::Announce(topic) => self.announce(id, topic),
                Effect::Close(sessions, code) => {
                    for session in sessions {
                        if code == Code::ConnectionLost {
                            self.send_back(session);
                        }
                        debug!(session = session.0, %code, "closing a viewer");
                        self.hang_up(now, session);
                        self.leave(session);
                    }
                }
            }
        }
    }

    pub(super) fn transcoder(&self, id: &stream::Id) -> Option<&Transcoder> {
        self.streams
            .get(id)?
            .transcoder
            .as_ref()
            .map(|(_, transcoder)| transcoder)
    }

    fn start_transcoder(&mut self, id: &stream::Id, codec: VideoCodec, ladder: Ladder, rungs: Vec<Rung>) {
        self.next_id += 1;
        let key = transcoder::Key(self.next_id);
        let config = transcoder::Config {
            codec,
            ladder,
            rungs,
            preset: self.config.preset,
            flow: Flow::Live,
            encoders: self.config.capabilities.encoders.clone(),
            devices: self.devices.clone(),
        };
        let transcoder = Transcoder::start(&self.workers, config, key, self.transcoded_sender.clone());
        if let Some(on_air) = self.streams.get_mut(id) {
            if let Some((old, _)) = on_air.transcoder.replace((key, transcoder)) {
                self.by_key.remove(&old);
            }
            self.by_key.insert(key, id.clone());
        }
    }

    fn active(&mut self, now: Instant, id: &stream::Id, active: bool) {
        let effect = self
            .streams
            .get_mut(id)
            .and_then(|on_air| on_air.live.set_active(active));
        self.carry_out(now, id, effect.into_iter().collect());
    }

    /// Does what is due with time on every stream.
    pub(super) fn tick(&mut self, now: Instant) {
        let due: Vec<_> = self
            .streams
            .iter_mut()
            .map(|(id, on_air)| (id.clone(), on_air.live.tick(now)))
            .filter(|(_, effects)| !effects.is_empty())
            .collect();
        for (id, effects) in due {
            self.carry_out(now, &id, effects);
        }
    }

    /// What this node encodes.
    pub(super) fn encoders(&self) -> Vec<VideoCodec> {
        let encoders = &self.config.capabilities.encoders;
        encoders.iter().map(|(codec, _)| *codec).collect()
    }

    /// Does what the registry decided.
    pub(super) fn settle(&mut self, now: Instant) {
        loop {
            match self.registry.poll_output() {
                Output::Live { stream, publisher } => {
                    debug!(%stream, session = publisher.0, "live");
                    self.active(now, &stream, true);
                }
                Output::Waiting(stream) => {
                    info!(%stream, "its publisher fell silent");
                    self.active(now, &stream, false);
                }
                Output::Ended(stream) => {
                    info!(%stream, "ended");
                    if let Some(on_air) = self.streams.remove(&stream) {
                        if let Some((key, _)) = on_air.transcoder {
                            self.by_key.remove(&key);
                        }
                        if let Some(lost) = on_air.lost {
                            self.forget(lost);
                        }
                    }
                }
                Output::Close(session, code) => {
                    let message = Message::Error {
                        code,
                        message: code.message().to_owned(),
                    };
                    self.tell(now, session, &message);
                    self.hang_up(now, session);
                }
                Output::Wait(_) => return,
            }
        }
    }
}

/// What the publisher hears about a unit that was refused, if it is time to say so again.
fn complaint(on_air: &mut OnAir, now: Instant, refused: intake::Refused) -> Vec<Effect> {
    if !on_air.intake.tells(now) {
        return Vec::new();
    }
    let message = Message::Notice {
        code: Code::SourceRefused,
        message: refused.to_string(),
    };
    vec![Effect::Control(message)]
}

/// What follows from a control message.
enum Answer {
    Nothing,
    Send(Message),
    /// It is about payment.
    Pass(Message),
}

fn control_answer(on_air: &mut OnAir, bytes: &[u8]) -> Answer {
    let complaint = match Message::decode(bytes) {
        Ok(Some(Message::Manifest { signed })) => on_air
            .live
            .take_manifest(&signed, on_air.signer)
            .err()
            .map(|e| e.to_string()),
        Ok(Some(message @ (Message::Ask { .. } | Message::Payment { .. }))) => return Answer::Pass(message),
        // A newer client's message, or one that says nothing we act on.
        Ok(_) => None,
        Err(unreadable) => Some(unreadable.to_string()),
    };
    complaint.map_or(Answer::Nothing, |message| {
        Answer::Send(Message::Error {
            code: Code::BadControl,
            message,
        })
    })
}
