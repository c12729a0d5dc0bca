//! What viewers are told while they watch: WHEP's server-sent events.

use headwater_protocol::ladder::SOURCE;
use headwater_protocol::session::registry::SessionId;
use serde_json::{Value, json};

use super::Live;
use super::layer::Unavailable;

/// An event that a viewer may subscribe to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The publisher is there.
    Active,
    /// The publisher has fallen silent.
    Inactive,
    /// What can be selected has changed.
    Layers,
    /// More or fewer watch.
    ViewerCount,
    /// The session ends, and a new one is worth asking for.
    Reconnect,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Inactive,
        Self::Layers,
        Self::ViewerCount,
        Self::Reconnect,
    ];

    /// The event's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Layers => "layers",
            Self::ViewerCount => "viewercount",
            Self::Reconnect => "reconnect",
        }
    }

    /// The topic of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.as_str() == name)
    }
}

impl Live {
    /// What is so now, for a viewer that begins to listen.
    pub(crate) fn state(&self) -> [Topic; 3] {
        let there = if self.active {
            Topic::Active
        } else {
            Topic::Inactive
        };
        [there, Topic::Layers, Topic::ViewerCount]
    }

    /// The event's data for one viewer, whose video is section `section` of its SDP.
    pub(crate) fn data(&self, topic: Topic, session: SessionId, section: usize) -> Value {
        match topic {
            Topic::Active | Topic::Inactive | Topic::Reconnect => json!({}),
            Topic::ViewerCount => json!({ "viewercount": self.viewers.len() }),
            Topic::Layers => json!({ section.to_string(): self.layers(session) }),
        }
    }

    /// What the viewer may select, from the largest down. `encodingId` repeats `rid` for clients of earlier drafts.
    fn layers(&self, session: SessionId) -> Vec<Value> {
        let Some(viewer) = self.viewers.get(&session) else {
            return Vec::new();
        };
        let can = |name: &str| match self.named(name, &viewer.decodes) {
            Ok(_) | Err(Unavailable::Busy) => true,
            Err(_) => false,
        };
        let mut layers = Vec::new();
        if let Some(size) = self.source_size.filter(|_| can(SOURCE)) {
            layers.push(json!({
                "rid": SOURCE, "encodingId": SOURCE,
                "width": size.width, "height": size.height,
                "bitrate": self.source.bitrate(),
            }));
        }
        for rung in self.made().filter(|rung| can(&rung.name)) {
            layers.push(json!({
                "rid": rung.name, "encodingId": rung.name,
                "width": rung.size.width, "height": rung.size.height,
                "bitrate": rung.bitrate, "targetBitrate": rung.bitrate,
            }));
        }
        layers
    }
}
