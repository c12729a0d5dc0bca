//! What HTTP asks for.

use std::time::Instant;

use tracing::info;

use super::{OnAir, Shard, Toll};
use crate::intake::Intake;
use crate::stream::Live;
use crate::webrtc::{Command, Status};

impl Shard {
    pub(super) fn command(&mut self, now: Instant, command: Command) {
        match command {
            Command::MayPublish { token, reply } => {
                let _ = reply.send(self.registry.may_publish(token.signer(), token.document()));
            }
            Command::Publish {
                token,
                ladder,
                orchestrator,
                made,
                reply,
            } => {
                let session = self.next_session();
                let admitted = self.registry.publish(session, token.signer(), token.document());
                if admitted.is_ok() {
                    let id = token.document().stream.clone();
                    let wanted = ladder.clone();
                    if let Some(lost) = self.streams.get_mut(&id).and_then(|on_air| on_air.lost.take()) {
                        self.forget(lost);
                    }
                    let effects = match self.streams.get_mut(&id) {
                        Some(on_air) => on_air.live.replace_publisher(session, orchestrator),
                        None => {
                            let live =
                                Live::new(id.clone(), session, ladder, self.encoders(), orchestrator, now);
                            let on_air = OnAir {
                                live,
                                intake: Intake::default(),
                                signer: token.signer(),
                                transcoder: None,
                                toll: Toll::new(false),
                                lost: None,
                            };
                            self.streams.insert(id.clone(), on_air);
                            Vec::new()
                        }
                    };
                    info!(stream = %id, session = session.0, "publishing");
                    self.add_peer(now, session, made);
                    self.begin_toll(&id, session, &wanted);
                    self.carry_out(now, &id, effects);
                }
                let _ = reply.send(admitted);
            }
            Command::Viewer(request) => self.viewer_request(now, *request),
            Command::Patch { secret, patch, reply } => {
                let _ = reply.send(self.patch(now, &secret, &patch));
            }
            Command::Close { secret, reply } => {
                let session = self.secrets.get(&secret).copied();
                if let Some(session) = session {
                    self.hang_up(now, session);
                    self.leave(session);
                }
                let declined = self.offers.take(now, &secret).is_some();
                let _ = reply.send(session.is_some() || declined);
            }
            Command::Status { reply } => {
                let _ = reply.send(Status {
                    streams: self.streams.len(),
                    sessions: self.peers.len(),
                    sandbox: self.confined.clone(),
                });
            }
            Command::Manifest { stream, reply } => {
                let manifest = self
                    .streams
                    .get(&stream)
                    .and_then(|on_air| on_air.live.manifest());
                let _ = reply.send(manifest.map(|signed| signed.text().to_owned()));
            }
        }
    }
}
