//! The two ends of a stream, as far as a session is the same for both.

use std::rc::Rc;

use headwater_protocol::session::client::Role;
use wasm_bindgen::prelude::*;

use crate::clock;
use crate::driver::Driver;
use crate::peer::Peer;
use crate::publish::Publisher;
use crate::watch::Viewer;

/// Which end of a stream a session is.
#[derive(Debug)]
pub(crate) enum End {
    /// Sends.
    Publish(Box<Publisher>),
    /// Receives.
    Watch(Viewer),
}

impl End {
    pub(crate) fn role(&self) -> Role {
        match self {
            Self::Publish(_) => Role::Publish,
            Self::Watch(_) => Role::Watch,
        }
    }

    pub(crate) fn endpoint(&self, orchestrator: &str) -> String {
        match self {
            Self::Publish(publisher) => publisher.endpoint(orchestrator),
            Self::Watch(viewer) => viewer.endpoint(orchestrator),
        }
    }

    /// The token to show now.
    pub(crate) fn bearer(&self) -> Option<String> {
        match self {
            Self::Publish(publisher) => Some(publisher.bearer(clock::wall())),
            Self::Watch(viewer) => viewer.bearer(),
        }
    }

    pub(crate) fn prepare(&self, driver: &Rc<Driver>, attempt: u32) -> Result<Peer, JsValue> {
        match self {
            Self::Publish(publisher) => publisher.prepare(driver, attempt),
            Self::Watch(viewer) => viewer.prepare(driver, attempt),
        }
    }
}
