//! One RTCPeerConnection.

use core::cell::RefCell;
use core::fmt;
use std::rc::Rc;

use headwater_protocol::session::client::{IceServer, Input, Transport};
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStreamTrack, RtcBundlePolicy, RtcConfiguration, RtcPeerConnection, RtcPeerConnectionState,
    RtcRtpTransceiver,
};

use crate::driver::Driver;
use crate::stats::Report;
use crate::{codecs, js};

/// A peer connection and the callbacks that it must not outlive.
pub(crate) struct Peer {
    connection: RtcPeerConnection,
    /// Keeps what the connection calls alive until it is closed.
    callbacks: RefCell<Vec<Callback>>,
    report: Rc<dyn Fn(Transport)>,
}

struct Callback {
    target: JsValue,
    name: &'static str,
    _closure: Closure<dyn FnMut(JsValue)>,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer").finish_non_exhaustive()
    }
}

/// Which way media goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    SendOnly,
    RecvOnly,
}

impl Peer {
    /// A connection for `driver`, which hears how it does as inputs of `attempt`.
    pub(crate) fn new(driver: &Rc<Driver>, attempt: u32) -> Result<Self, JsValue> {
        let configuration = RtcConfiguration::new();
        configuration.set_bundle_policy(RtcBundlePolicy::MaxBundle);
        let connection = RtcPeerConnection::new_with_configuration(&configuration)?;
        let own = Rc::downgrade(driver);
        let report: Rc<dyn Fn(Transport)> = Rc::new(move |transport| {
            if let Some(driver) = own.upgrade() {
                driver.input_of(attempt, Input::Transport(transport));
            }
        });
        let peer = Self {
            connection,
            callbacks: RefCell::default(),
            report,
        };
        let connection = peer.connection.clone();
        let report = Rc::clone(&peer.report);
        peer.listen(
            &peer.connection,
            "onconnectionstatechange",
            move |_| match connection.connection_state() {
                RtcPeerConnectionState::Connected => report(Transport::Connected),
                RtcPeerConnectionState::Disconnected => report(Transport::Disconnected),
                RtcPeerConnectionState::Failed => report(Transport::Failed),
                RtcPeerConnectionState::Closed => report(Transport::Closed),
                _ => {}
            },
        );
        let own = Rc::downgrade(driver);
        peer.listen(&peer.connection, "onicecandidate", move |event| {
            let candidate = js::get(&event, "candidate");
            let text = |name| js::get(&candidate, name).as_string().unwrap_or_default();
            // The last event has none, and older browsers say of none whose it is.
            let (ufrag, candidate) = (text("usernameFragment"), text("candidate"));
            if let Some(driver) = own.upgrade()
                && !candidate.is_empty()
            {
                driver.input_of(attempt, Input::Candidate { ufrag, candidate });
            }
        });
        Ok(peer)
    }

    pub(crate) fn connection(&self) -> &RtcPeerConnection {
        &self.connection
    }

    /// Sets `target[name]` to `callback` until the connection is closed.
    pub(crate) fn listen(
        &self,
        target: &JsValue,
        name: &'static str,
        callback: impl FnMut(JsValue) + 'static,
    ) {
        let closure = Closure::<dyn FnMut(JsValue)>::new(callback);
        js::set(target, name, closure.as_ref());
        self.callbacks.borrow_mut().push(Callback {
            target: target.clone(),
            name,
            _closure: closure,
        });
    }

    /// Adds `track`, or, without one, a section for something of this kind, its codecs those that the orchestrator takes.
    pub(crate) fn add(
        &self,
        kind: &str,
        track: Option<&MediaStreamTrack>,
        direction: Direction,
        encodings: &Array,
    ) -> Result<RtcRtpTransceiver, JsValue> {
        let way = match direction {
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
        };
        let init = js::record(&[("direction", &way.into()), ("sendEncodings", encodings)]);
        let kind_or_track = track.map_or_else(|| kind.into(), |track| JsValue::from(track.clone()));
        let transceiver = js::call(&self.connection, "addTransceiver", &[&kind_or_track, &init])?;
        if kind == "video" {
            // Left out where the browser lacks it: the server picks from whatever it is offered.
            if let Some(codecs) = codecs::of(direction) {
                let _ = js::call(&transceiver, "setCodecPreferences", &[&codecs]);
            }
        }
        Ok(transceiver.unchecked_into())
    }

    /// Uses `servers` for the candidates that are gathered from now on. A browser that cannot, or does not take one of
    /// them, does without.
    pub(crate) fn use_servers(&self, servers: &[IceServer]) {
        if servers.is_empty() {
            return;
        }
        let Ok(configuration) = js::call(&self.connection, "getConfiguration", &[]) else {
            return;
        };
        let servers: Array = servers.iter().map(described).collect();
        js::set(&configuration, "iceServers", &servers);
        let _ = js::call(&self.connection, "setConfiguration", &[&configuration]);
    }

    /// Makes the offer. It is posted at once: what a server needs of our candidates, it is told as they are found.
    pub(crate) async fn offer(&self) -> Result<String, JsValue> {
        wait(js::call(&self.connection, "setLocalDescription", &[])?).await?;
        self.connection
            .local_description()
            .map(|description| description.sdp())
            .ok_or_else(|| JsValue::from_str("there is no local description"))
    }

    /// Gives ICE new credentials, and makes the offer that has them. Media goes on over the old path.
    pub(crate) async fn restart(&self, servers: &[IceServer]) -> Result<String, JsValue> {
        self.use_servers(servers);
        js::call(&self.connection, "restartIce", &[])?;
        self.offer().await
    }

    /// Takes the answer.
    pub(crate) async fn answer(&self, sdp: &str) -> Result<(), JsValue> {
        let description = js::record(&[("type", &"answer".into()), ("sdp", &sdp.into())]);
        wait(js::call(
            &self.connection,
            "setRemoteDescription",
            &[&description],
        )?)
        .await?;
        self.watch_dtls();
        Ok(())
    }

    /// Statistics as they stand.
    pub(crate) async fn stats(&self) -> Result<Vec<Report>, JsValue> {
        let map = wait(js::call(&self.connection, "getStats", &[])?).await?;
        let reports = Array::from(&js::call(&map, "values", &[])?);
        Ok(reports.iter().map(|report| Report::read(&report)).collect())
    }

    /// Closes the connection; nothing is heard of it any more.
    pub(crate) fn close(&self) {
        for callback in self.callbacks.borrow().iter() {
            js::set(&callback.target, callback.name, &JsValue::NULL);
        }
        self.connection.close();
    }

    /// The other end's DTLS close does not show in `connectionState`.
    fn watch_dtls(&self) {
        let Some(transceiver) = self.connection.get_transceivers().iter().next() else {
            return;
        };
        let transport = js::get(&js::get(&transceiver, "receiver"), "transport");
        if !transport.is_object() {
            return;
        }
        let report = Rc::clone(&self.report);
        let dtls = transport.clone();
        self.listen(&transport, "onstatechange", move |_| {
            if js::get(&dtls, "state").as_string().as_deref() == Some("closed") {
                report(Transport::Closed);
            }
        });
    }
}

/// A server as the browser takes it.
fn described(server: &IceServer) -> JsValue {
    let IceServer {
        url,
        username,
        credential,
    } = server;
    let (urls, username, credential) = (url.into(), username.into(), credential.into());
    let known = [
        ("urls", &urls),
        ("username", &username),
        ("credential", &credential),
    ];
    // A STUN server has no credentials.
    let known = if server.username.is_empty() {
        &known[..1]
    } else {
        &known
    };
    js::record(known)
}

/// Waits for what a call returned.
pub(crate) async fn wait(promise: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::from(promise)).await
}
