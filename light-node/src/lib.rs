//! Headwater's node for web pages: the browser's shell around [`headwater_protocol`].
//!
//! It owns what the core must not know: the peer connection, `fetch`, timers and the page's randomness. It decides
//! nothing that the core's machines can decide, and it never touches an element: the npm package in `pkg/` puts tracks
//! into videos and gives all this its typed face.
//!
//! Read `driver.rs` first: one driver for broadcasters (`publish.rs`) and viewers (`watch.rs`).

mod clock;
mod codecs;
mod driver;
mod ear;
mod end;
mod error;
mod event;
mod http;
mod js;
mod key;
mod layer;
mod link;
mod payer;
mod peer;
mod publish;
mod sending;
mod session;
mod stats;
pub mod wallet;
mod watch;

use headwater_protocol::key::SessionKey;
use headwater_protocol::offer::Offer;
use headwater_protocol::{Code, stream};
use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::MediaStream;

use end::End;
use error::Failure;
pub use session::Session;

/// A session key and the orchestrator it talks to.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Node {
    key: SessionKey,
    orchestrator: String,
}

#[wasm_bindgen]
impl Node {
    /// A node with this secret key (32 bytes; none: a fresh one), for an orchestrator's base URL without its slash.
    ///
    /// # Errors
    /// `{code, detail}`: `invalid_argument` for a secret that is no key.
    #[wasm_bindgen(constructor)]
    pub fn new(orchestrator: String, secret: Option<Vec<u8>>) -> Result<Self, JsValue> {
        let key = match secret {
            Some(secret) => key::restore(&secret)?,
            None => key::fresh()?,
        };
        Ok(Self { key, orchestrator })
    }

    /// The key's address, `0x…`.
    #[must_use]
    pub fn address(&self) -> String {
        self.key.address().to_string()
    }

    /// The secret key, for the page's store.
    #[must_use]
    pub fn secret(&self) -> Vec<u8> {
        self.key.to_bytes().to_vec()
    }

    /// The public id of this node's stream `name`.
    ///
    /// # Errors
    /// `{code, detail}`: `invalid_argument` for what cannot be a name.
    #[wasm_bindgen(js_name = streamId)]
    pub fn stream_id(&self, name: &str) -> Result<String, JsValue> {
        Ok(self.own(name)?.to_string())
    }

    /// Starts broadcasting `media`; `options` are `publish.rs`'s, and what `emit(type, detail)` is told is written down in
    /// the package's `session.ts`.
    ///
    /// # Errors
    /// `{code, detail}`: `invalid_argument`.
    pub fn publish(
        &self,
        media: &MediaStream,
        options: &JsValue,
        emit: Function,
    ) -> Result<Session, JsValue> {
        let options = publish::Options::read(options)?;
        let stream = self.own(&options.name)?;
        let publisher = publish::Publisher::new(self.key.clone(), stream, options, media)?;
        Ok(Session::start(
            &self.orchestrator,
            End::Publish(Box::new(publisher)),
            emit,
        ))
    }

    /// Starts watching one rendition of `stream`; `options` are `watch.rs`'s.
    ///
    /// # Errors
    /// `{code, detail}`: `invalid_argument`.
    pub fn watch(&self, stream: &str, options: &JsValue, emit: Function) -> Result<Session, JsValue> {
        let viewer = watch::Viewer::new(id(stream)?, watch::Options::read(options)?);
        Ok(Session::start(&self.orchestrator, End::Watch(viewer), emit))
    }

    /// The stream's manifest, checked against the address in its id.
    ///
    /// # Errors
    /// `{code, detail}`: `not_live` where the orchestrator has none, `bad_manifest`, `server_unreachable`.
    pub async fn manifest(&self, stream: String) -> Result<JsValue, JsValue> {
        let stream = id(&stream)?;
        let manifest = watch::manifest(&self.orchestrator, &stream).await?;
        Ok(js::object(&manifest))
    }
}

impl Node {
    fn own(&self, name: &str) -> Result<stream::Id, Failure> {
        let name = name
            .parse()
            .map_err(|e: stream::Invalid| Failure::new(Code::InvalidArgument, e.to_string()))?;
        Ok(stream::Id::new(self.key.address(), name))
    }
}

/// What an orchestrator's signed offer says, with the key that signed it as `node`.
///
/// # Errors
/// `{code, detail}`: `node_unverified` for what is no offer, or has expired.
#[wasm_bindgen]
pub fn offer(text: &str) -> Result<JsValue, JsValue> {
    let (offer, node) =
        Offer::verify(text, clock::wall()).map_err(|e| Failure::new(Code::NodeUnverified, e.to_string()))?;
    let offer = js::object(&offer);
    js::set(&offer, "node", &node.to_string().into());
    Ok(offer)
}

/// The version of this crate, which is the package's.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn id(stream: &str) -> Result<stream::Id, Failure> {
    stream
        .parse()
        .map_err(|e: stream::Invalid| Failure::new(Code::InvalidArgument, e.to_string()))
}
