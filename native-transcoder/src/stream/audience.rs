//! Who watches what: viewers come, select, switch and go, and each frame finds those it is for.

use std::time::{Duration, Instant};

use headwater_protocol::Code;
use headwater_protocol::session::registry::SessionId;

use super::events::Topic;
use super::layer::{Key, SelectRefused, Selection, Unavailable};
use super::rendition::Rendition;
use super::viewer::{Taken, Viewer, Wish};
use super::{Effect, Live};
use crate::media::{Frame, VideoCodec};

/// How often viewers are told how many they are: a crowd that comes at once is one event.
const COUNT_EVERY: Duration = Duration::from_secs(1);

impl Live {
    /// What a viewer would get, and the codecs to negotiate for it: one for a single rendition, any that it may meet if it
    /// is to switch. Its keyframe is asked for, so that it is there when the viewer's connection is.
    pub(crate) fn prepare(
        &mut self,
        now: Instant,
        wish: &Wish,
        decodes: &[VideoCodec],
    ) -> Result<(Vec<VideoCodec>, Vec<Effect>), Unavailable> {
        let key = self.wished(wish, decodes)?;
        let mut effects = self.encode(key);
        effects.extend(self.keyframe(now, key));
        let codecs = match wish {
            Wish::Rendition(_) => self.codec_of(key).into_iter().collect(),
            Wish::Layers(_) => decodes.to_vec(),
        };
        Ok((codecs, effects))
    }

    /// Whether sound alone may be had by this wish.
    pub(crate) fn prepare_sound(&self, wish: &Wish) -> Result<(), Unavailable> {
        match self.wished(wish, &self.codecs()) {
            Err(Unavailable::Unknown) => Err(Unavailable::Unknown),
            _ => Ok(()),
        }
    }

    /// Adds a viewer with whom `decodes` were negotiated.
    pub(crate) fn add_viewer(
        &mut self,
        now: Instant,
        session: SessionId,
        wish: Wish,
        decodes: Vec<VideoCodec>,
    ) -> Vec<Effect> {
        let key = self.wished(&wish, &decodes);
        self.viewers.insert(session, Viewer::new(wish, decodes));
        match key {
            Ok(key) => self.send_to(now, session, key),
            // Sound alone, or a stream that changed meanwhile: the next change finds a place for it.
            Err(_) => Vec::new(),
        }
    }

    pub(crate) fn remove_viewer(&mut self, session: SessionId) {
        let Some(viewer) = self.viewers.remove(&session) else {
            return;
        };
        for key in [viewer.on, viewer.next].into_iter().flatten() {
            self.forget(key, session);
        }
    }

    /// A viewer's connection is up: it begins with what is there since the last keyframe.
    pub(crate) fn viewer_connected(&mut self, now: Instant, session: SessionId) -> Vec<Effect> {
        let Some(viewer) = self.viewers.get_mut(&session) else {
            return Vec::new();
        };
        viewer.connected = true;
        self.begin(now, session)
    }

    /// A viewer's decoder asks for a keyframe.
    pub(crate) fn viewer_wants_keyframe(&mut self, now: Instant, session: SessionId) -> Vec<Effect> {
        let Some(viewer) = self.viewers.get_mut(&session) else {
            return Vec::new();
        };
        let key = viewer.on.filter(|_| viewer.may_ask(now));
        key.map_or_else(Vec::new, |key| self.keyframe(now, key))
    }

    /// A viewer selects a layer.
    pub(crate) fn select(
        &mut self,
        now: Instant,
        session: SessionId,
        selection: Selection,
    ) -> Result<Vec<Effect>, SelectRefused> {
        let viewer = self.viewers.get(&session).ok_or(SelectRefused::NoSession)?;
        if !matches!(viewer.wish, Wish::Layers(_)) || viewer.decodes.is_empty() {
            return Err(SelectRefused::NoSession);
        }
        let on = viewer.next.or(viewer.on);
        let key = self.settled(self.selected(&selection, &viewer.decodes)?, on);
        if let Some(viewer) = self.viewers.get_mut(&session) {
            viewer.wish = Wish::Layers(selection);
        }
        Ok(self.send_to(now, session, key))
    }

    /// Does what is due with time: encodings that nobody watches stop, nobody waits for ever, viewers learn how many they are.
    pub(crate) fn tick(&mut self, now: Instant) -> Vec<Effect> {
        let mut effects = self.stop_idle(now);
        effects.extend(self.end_ramp(now));
        let (counted, at) = self.counted;
        if counted != self.viewers.len() && now.saturating_duration_since(at) >= COUNT_EVERY {
            self.counted = (self.viewers.len(), now);
            effects.push(Effect::Announce(Topic::ViewerCount));
        }
        effects
    }

    /// The viewers, those without a connection yet included.
    pub(crate) fn sessions(&self) -> impl Iterator<Item = SessionId> {
        self.viewers.keys().copied()
    }

    /// What there is to watch has changed: finds everybody a place again, and closes with `code` those who have none.
    pub(super) fn rearrange(&mut self, now: Instant, code: Code) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut gone = Vec::new();
        let sessions: Vec<_> = self.viewers.keys().copied().collect();
        for session in sessions {
            let viewer = &self.viewers[&session];
            if viewer.decodes.is_empty() {
                continue;
            }
            let on = viewer.next.or(viewer.on);
            match self.wished(&viewer.wish, &viewer.decodes) {
                Ok(key) => {
                    let key = self.settled(key, on);
                    if on != Some(key) {
                        effects.extend(self.send_to(now, session, key));
                    }
                }
                Err(Unavailable::NotYet) => {}
                Err(_) => gone.push(session),
            }
        }
        if !gone.is_empty() {
            effects.insert(0, Effect::Close(gone, code));
        }
        effects
    }

    /// Sends a frame to those who take it, and keeps it for those who join.
    pub(super) fn deliver(&mut self, key: Key, frame: &Frame) -> Vec<Effect> {
        let Some(codec) = self.codec_of(key) else {
            return Vec::new();
        };
        let Some(rendition) = self.rendition_mut(key) else {
            return Vec::new();
        };
        rendition.keep(frame);
        let takers: Vec<_> = rendition.takers().collect();
        let mut to = Vec::with_capacity(takers.len());
        let mut effects = Vec::new();
        for session in takers {
            let viewer = self.viewers.get_mut(&session);
            let Some(Taken { time, left }) = viewer.and_then(|viewer| viewer.take(key, frame)) else {
                continue;
            };
            if let Some(left) = left {
                self.forget(left, session);
            }
            if time == frame.time {
                to.push(session);
            } else {
                let frame = Frame {
                    time,
                    ..frame.clone()
                };
                effects.push(self.picture(vec![session], codec, frame));
            }
        }
        if !to.is_empty() {
            effects.push(self.picture(to, codec, frame.clone()));
        }
        effects
    }

    /// Frames were lost: nobody gets another before the next keyframe.
    pub(super) fn interrupt(&mut self, key: Key) {
        let Some(rendition) = self.rendition_mut(key) else {
            return;
        };
        rendition.interrupt();
        for viewer in self.viewers.values_mut() {
            viewer.interrupt(key);
        }
    }

    pub(super) fn anyone_waits_for(&self, key: Key) -> bool {
        self.rendition(key)
            .into_iter()
            .flat_map(Rendition::takers)
            .any(|session| self.viewers.get(&session).is_some_and(|v| v.waits_for(key)))
    }

    pub(super) fn rendition(&self, key: Key) -> Option<&Rendition> {
        match key {
            Key::Source => Some(&self.source),
            Key::Rung(rung, codec) => self.rungs[rung].rendition(codec),
        }
    }

    fn rendition_mut(&mut self, key: Key) -> Option<&mut Rendition> {
        match key {
            Key::Source => Some(&mut self.source),
            Key::Rung(rung, codec) => self.rungs[rung].rendition_mut(codec),
        }
    }

    fn codec_of(&self, key: Key) -> Option<VideoCodec> {
        match key {
            Key::Source => self.codec,
            Key::Rung(_, codec) => Some(codec),
        }
    }

    fn wished(&self, wish: &Wish, decodes: &[VideoCodec]) -> Result<Key, Unavailable> {
        match wish {
            Wish::Rendition(name) => self.named(name, decodes),
            Wish::Layers(selection) => self.selected(selection, decodes).or_else(|unavailable| {
                // What was selected once may be gone; then the node chooses.
                self.selected(&Selection::default(), decodes)
                    .map_err(|_| unavailable)
            }),
        }
    }

    /// Puts a viewer on `key`: at once if it has nothing to lose, else from its next keyframe on.
    fn send_to(&mut self, now: Instant, session: SessionId, key: Key) -> Vec<Effect> {
        let Some(viewer) = self.viewers.get_mut(&session) else {
            return Vec::new();
        };
        let before = (viewer.on, viewer.next);
        let switches = viewer.flowing() && viewer.on.is_some();
        if viewer.on == Some(key) {
            viewer.next = None;
        } else if switches {
            viewer.next = Some(key);
        } else {
            viewer.place(key);
        }
        let after = [viewer.on, viewer.next];
        for old in [before.0, before.1].into_iter().flatten() {
            if !after.contains(&Some(old)) {
                self.forget(old, session);
            }
        }
        let mut effects = self.encode(key);
        if let Some(rendition) = self.rendition_mut(key) {
            rendition.add(session);
        }
        if before.0 == Some(key) {
            return effects;
        }
        if switches {
            effects.extend(self.keyframe(now, key));
        } else {
            effects.extend(self.begin(now, session));
        }
        effects
    }

    /// What a connected viewer that has nothing yet is sent first.
    fn begin(&mut self, now: Instant, session: SessionId) -> Vec<Effect> {
        let Some(key) = self
            .viewers
            .get(&session)
            .filter(|viewer| viewer.connected)
            .and_then(|viewer| viewer.on)
        else {
            return Vec::new();
        };
        let (Some(codec), Some(rendition)) = (self.codec_of(key), self.rendition(key)) else {
            return Vec::new();
        };
        let frames = rendition.beginning();
        if frames.is_empty() {
            return self.keyframe(now, key);
        }
        let mut effects = Vec::with_capacity(frames.len());
        for frame in frames {
            let viewer = self.viewers.get_mut(&session);
            if let Some(Taken { time, .. }) = viewer.and_then(|viewer| viewer.take(key, &frame)) {
                effects.push(self.picture(vec![session], codec, Frame { time, ..frame }));
            }
        }
        effects
    }

    fn picture(&self, to: Vec<SessionId>, codec: VideoCodec, frame: Frame) -> Effect {
        let wallclock = self.timeline.wallclock_video(frame.time);
        Effect::Video {
            to,
            codec,
            frame,
            wallclock,
        }
    }

    fn forget(&mut self, key: Key, session: SessionId) {
        if let Some(rendition) = self.rendition_mut(key) {
            rendition.remove(session);
        }
    }
}
