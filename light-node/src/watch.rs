//! A viewer's end: WHEP, and the manifest that says what there is.

use core::fmt;
use std::rc::Rc;

use headwater_protocol::manifest::Manifest;
use headwater_protocol::{Code, stream};
use js_sys::Array;
use serde::Deserialize;
use wasm_bindgen::prelude::*;
use web_sys::RtcTrackEvent;

use crate::driver::Driver;
use crate::error::Failure;
use crate::layer::Layers;
use crate::peer::{Direction, Peer};
use crate::{clock, http, js};

/// What [`crate::Node::watch`] takes: `{rendition?, layer?, token?}`.
pub(crate) struct Options {
    /// The one rendition to be sent, `source` or one of the manifest's; none: the session that can switch.
    rendition: Option<String>,
    /// What that is to begin with; none: the server's choice.
    layer: Option<String>,
    /// The watch token, where the stream takes one.
    token: Option<String>,
}

impl Options {
    pub(crate) fn read(options: &JsValue) -> Result<Self, Failure> {
        Ok(Self {
            rendition: js::text(options, "rendition")?,
            layer: js::text(options, "layer")?,
            token: js::text(options, "token")?,
        })
    }
}

/// The token is left out: it is a secret.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("rendition", &self.rendition)
            .finish_non_exhaustive()
    }
}

/// One view. Its tracks are told as `track`.
#[derive(Debug)]
pub(crate) struct Viewer {
    stream: stream::Id,
    options: Options,
    pub(crate) layers: Layers,
}

impl Viewer {
    pub(crate) fn new(stream: stream::Id, options: Options) -> Self {
        Self {
            stream,
            layers: Layers::wanting(options.layer.clone()),
            options,
        }
    }

    pub(crate) fn endpoint(&self, orchestrator: &str) -> String {
        let mut endpoint = format!("{orchestrator}/whep/{}", self.stream);
        if let Some(rendition) = &self.options.rendition {
            // The page may name any; only the stream's id is known to need no escaping.
            endpoint.push('/');
            endpoint.push_str(&String::from(js_sys::encode_uri_component(rendition)));
        }
        endpoint
    }

    pub(crate) fn bearer(&self) -> Option<String> {
        self.options.token.clone()
    }

    pub(crate) fn prepare(&self, driver: &Rc<Driver>, attempt: u32) -> Result<Peer, JsValue> {
        let peer = Peer::new(driver, attempt)?;
        for kind in ["video", "audio"] {
            let transceiver = peer.add(kind, None, Direction::RecvOnly, &Array::new())?;
            // The server asks for no delay in every packet; this asks too where it is not negotiated.
            js::set(&transceiver.receiver(), "jitterBufferTarget", &0.into());
        }
        let emitter = driver.emitter.clone();
        peer.listen(peer.connection(), "ontrack", move |event| {
            let event: RtcTrackEvent = event.unchecked_into();
            emitter.emit("track", &event.track());
        });
        Ok(peer)
    }
}

/// Fetches the manifest of `stream` and checks that its owner says it.
pub(crate) async fn manifest(orchestrator: &str, stream: &stream::Id) -> Result<Manifest, Failure> {
    #[derive(Deserialize)]
    struct Body {
        signed: String,
    }
    let response = http::get(&format!("{orchestrator}/manifest/{stream}")).await?;
    match response.status {
        200..=299 => {}
        404 | 409 => return Err(Failure::new(Code::NotLive, "")),
        status => {
            return Err(Failure::new(
                Code::ServerUnreachable,
                format!("the manifest's status is {status}"),
            ));
        }
    }
    let bad = |e: String| Failure::new(Code::BadManifest, e);
    let body: Body = serde_json::from_slice(response.body.as_bytes()).map_err(|e| bad(e.to_string()))?;
    Manifest::verify(&body.signed, stream, clock::wall())
        .map(|manifest| manifest.document().clone())
        .map_err(|e| bad(e.to_string()))
}
