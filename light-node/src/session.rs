//! What a page holds of a broadcast or a view.

use std::rc::Rc;

use headwater_protocol::session::client::Input;
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::MediaStreamTrack;

use crate::driver::Driver;
use crate::end::End;
use crate::{payer, stats};

/// A broadcast or a view, until it is stopped.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Session(Rc<Driver>);

#[wasm_bindgen]
impl Session {
    /// Ends it: the server is told, the peer connection is closed.
    pub fn stop(&self) {
        self.0.input(Input::Stop);
    }

    /// The network came back or changed: a waiting session tries at once, a live one looks for a better path.
    #[wasm_bindgen(js_name = networkChanged)]
    pub fn network_changed(&self) {
        self.0.input(Input::NetworkChanged);
    }

    /// The page is looked at again, or runs again: if it slept, the connection is seen to at once.
    pub fn look(&self) {
        self.0.input(Input::Timeout);
    }

    /// Sends `track` in place of the one of its kind, now and after every reconnection.
    ///
    /// # Errors
    /// `{code, detail}`: `invalid_argument` where the browser cannot send it on this connection, or nothing is sent.
    #[wasm_bindgen(js_name = replaceTrack)]
    pub async fn replace_track(&self, track: MediaStreamTrack) -> Result<(), JsValue> {
        let driver = Rc::clone(&self.0);
        if let End::Publish(publisher) = &driver.end {
            publisher.replace_track(&track).await?;
        }
        Ok(())
    }

    /// What the wallet has on chain now: `Funds` in the package's `types.ts`. Where nobody is paid, nothing happens.
    ///
    /// # Errors
    /// `{code, detail}`: `invalid_argument`.
    pub fn funds(&self, funds: JsValue) -> Result<(), JsValue> {
        if let (Some(payer), Some(funds)) = (self.0.payer(), payer::read(funds)?) {
            payer.funds(&self.0, funds);
        }
        Ok(())
    }

    /// Has the server send another layer in the same session. Resolves with `false` where it does not switch layers.
    ///
    /// # Errors
    /// `{code, detail}`: `unknown_rendition`, or why the server refuses.
    pub async fn select(&self, layer: String) -> Result<bool, JsValue> {
        let driver = Rc::clone(&self.0);
        let End::Watch(viewer) = &driver.end else {
            return Ok(false);
        };
        Ok(viewer.layers.select(&layer, viewer.bearer().as_deref()).await?)
    }

    /// Whether the server of the current session switches layers.
    #[must_use]
    pub fn switches(&self) -> bool {
        matches!(&self.0.end, End::Watch(viewer) if viewer.layers.available())
    }

    /// How many video frames were decoded on the current connection.
    #[wasm_bindgen(js_name = framesDecoded)]
    pub async fn frames_decoded(&self) -> f64 {
        let driver = Rc::clone(&self.0);
        let Some(peer) = driver.peer() else { return 0.0 };
        stats::frames_decoded(&peer.stats().await.unwrap_or_default())
    }
}

impl Session {
    /// Starts the session for `end`; `emit` learns of everything.
    pub(crate) fn start(orchestrator: &str, end: End, emit: Function) -> Self {
        Self(Driver::start(orchestrator, end, emit))
    }
}

impl Drop for Session {
    /// The package keeps the handle for as long as the session lasts, so this only comes after its end, or by mistake.
    fn drop(&mut self) {
        self.stop();
    }
}
