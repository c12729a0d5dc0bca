//! The driver: one [`Client`] from the core, and the browser that does what it says.
//!
//! Every input goes through [`Driver::input`], which hands it to the machine and then carries out outputs until there are
//! none. Whatever takes time (an offer, a request) comes back as a later input, marked with the attempt it belongs to,
//! so that what a given-up attempt still delivers is dropped, or, if it is a session on the server, deleted.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::time::Duration;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use headwater_protocol::control::Message;
use headwater_protocol::session::client::{Client, Config, Event, IceServer, Input, Output, Role};
use headwater_protocol::{Code, Millis};
use js_sys::Function;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::clock::{self, Timer};
use crate::ear::Ear;
use crate::end::End;
use crate::event::Emitter;
use crate::payer::Payer;
use crate::peer::Peer;
use crate::stats::{self, Meter};
use crate::{http, js, key, layer};

/// How often statistics are told: once a second. Browsers let the timers of a hidden page fire on whole seconds only; one
/// that is set for a second after it fired comes a second late, and silence is then heard too late for the grace.
const STATS_EVERY: Duration = Duration::from_millis(950);

/// Runs one session. See the module.
pub(crate) struct Driver {
    own: Weak<Self>,
    machine: RefCell<Client>,
    /// Inputs that came while outputs were carried out: a listener that calls `stop()`, mostly.
    inputs: RefCell<VecDeque<Input>>,
    draining: Cell<bool>,
    endpoint: String,
    pub(crate) end: End,
    pub(crate) emitter: Emitter,
    /// Which peer connection is meant.
    attempt: Cell<u32>,
    peer: RefCell<Option<Rc<Peer>>>,
    timer: RefCell<Option<Timer>>,
    ticker: RefCell<Option<Timer>>,
    /// What the current connection's statistics were last.
    meter: RefCell<Meter>,
    ear: Ear,
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("endpoint", &self.endpoint)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

impl Driver {
    /// Starts the session of `end`.
    pub(crate) fn start(orchestrator: &str, end: End, emit: Function) -> Rc<Self> {
        let driver = Rc::new_cyclic(|own| Self {
            own: own.clone(),
            machine: RefCell::new(Client::new(Config::new(end.role(), key::seed()))),
            inputs: RefCell::default(),
            draining: Cell::new(false),
            endpoint: end.endpoint(orchestrator),
            end,
            emitter: Emitter::new(emit),
            attempt: Cell::new(0),
            peer: RefCell::default(),
            timer: RefCell::default(),
            ticker: RefCell::default(),
            meter: RefCell::default(),
            ear: Ear::default(),
        });
        driver.input(Input::Start);
        driver
    }

    /// Hands `input` to the machine and does what it says.
    pub(crate) fn input(&self, input: Input) {
        self.inputs.borrow_mut().push_back(input);
        if self.draining.replace(true) {
            return;
        }
        loop {
            let input = self.inputs.borrow_mut().pop_front();
            let Some(input) = input else { break };
            self.machine.borrow_mut().handle_input(clock::now(), input);
            loop {
                // Not in the loop's head: a listener that is told of an event may come back here.
                let output = self.machine.borrow_mut().poll_output();
                if let Output::Wait(until) = output {
                    self.wait(until);
                    break;
                }
                self.carry_out(output);
            }
        }
        self.draining.set(false);
    }

    /// The same, unless it belongs to an attempt that was given up.
    pub(crate) fn input_of(&self, attempt: u32, input: Input) {
        if self.attempt.get() == attempt {
            self.input(input);
        }
    }

    /// The current peer connection.
    pub(crate) fn peer(&self) -> Option<Rc<Peer>> {
        self.peer.borrow().clone()
    }

    /// Who pays, if anybody does.
    pub(crate) fn payer(&self) -> Option<&Payer> {
        match &self.end {
            End::Publish(publisher) => publisher.payer.as_ref(),
            End::Watch(_) => None,
        }
    }

    fn carry_out(&self, output: Output) {
        match output {
            Output::CreateOffer(servers) => self.create_offer(&servers),
            Output::Post(sdp) => self.post(sdp),
            Output::ApplyAnswer(sdp) => self.apply_answer(sdp),
            Output::RestartIce(servers) => self.restart_ice(servers),
            Output::Patch { session, fragment } => self.patch(session, fragment),
            Output::Trickle {
                session,
                etag,
                fragment,
            } => http::trickle(&session, self.end.bearer().as_deref(), etag.as_deref(), &fragment),
            Output::Delete(url) => http::delete(&url, self.end.bearer().as_deref()),
            Output::ClosePeer => _ = self.close_peer(),
            Output::Event(event) => self.tell(event),
            Output::Wait(_) => {}
        }
    }

    fn tell(&self, event: Event) {
        let live = matches!(event, Event::Live { .. });
        *self.ticker.borrow_mut() = live.then(|| self.tick());
        if let End::Publish(publisher) = &self.end
            && live
        {
            publisher.connected();
        }
        self.emitter.state(event);
    }

    fn wait(&self, until: Option<Millis>) {
        let own = self.own.clone();
        *self.timer.borrow_mut() = until.map(|until| {
            Timer::after(until.since(clock::now()), move || {
                if let Some(driver) = own.upgrade() {
                    driver.input(Input::Timeout);
                }
            })
        });
    }

    /// Closes the peer connection; what still comes from it is nobody's. The number of the next attempt.
    fn close_peer(&self) -> u32 {
        let attempt = self.attempt.get().wrapping_add(1);
        self.attempt.set(attempt);
        if let Some(peer) = self.peer.borrow_mut().take() {
            peer.close();
        }
        *self.meter.borrow_mut() = Meter::default();
        self.ear.reset();
        if let End::Publish(publisher) = &self.end {
            publisher.disconnected();
        }
        attempt
    }

    fn create_offer(&self, servers: &[IceServer]) {
        let attempt = self.close_peer();
        let Some(driver) = self.own.upgrade() else { return };
        match self.end.prepare(&driver, attempt) {
            Ok(peer) => {
                peer.use_servers(servers);
                let peer = Rc::new(peer);
                *self.peer.borrow_mut() = Some(Rc::clone(&peer));
                spawn_local(async move {
                    driver.input_of(attempt, described(peer.offer().await));
                });
            }
            Err(e) => self.input(Input::PeerFailed(js::words(&e))),
        }
    }

    fn restart_ice(&self, servers: Vec<IceServer>) {
        let attempt = self.attempt.get();
        let (Some(driver), Some(peer)) = (self.own.upgrade(), self.peer()) else {
            return;
        };
        spawn_local(async move {
            driver.input_of(attempt, described(peer.restart(&servers).await));
        });
    }

    fn patch(&self, session: String, fragment: String) {
        let attempt = self.attempt.get();
        let Some(driver) = self.own.upgrade() else { return };
        spawn_local(async move {
            let bearer = driver.end.bearer();
            let answer = http::patch(&session, bearer.as_deref(), &fragment).await;
            driver.input_of(attempt, answer.map_or(Input::NoResponse, Input::Response));
        });
    }

    fn post(&self, sdp: String) {
        let attempt = self.attempt.get();
        let Some(driver) = self.own.upgrade() else { return };
        spawn_local(async move {
            let bearer = driver.end.bearer();
            let input = match http::post(&driver.endpoint, bearer.as_deref(), "application/sdp", &sdp).await {
                Ok(answer) => {
                    driver.choose_layer(attempt, &answer);
                    let response = answer.response;
                    if driver.attempt.get() != attempt
                        && let Some(session) = &response.location
                    {
                        http::delete(session, bearer.as_deref());
                    }
                    Input::Response(response)
                }
                Err(_) => Input::NoResponse,
            };
            driver.input_of(attempt, input);
        });
    }

    /// Asks a fresh session for the layer that is wanted, before its first frame comes. In vain, another one is shown.
    fn choose_layer(&self, attempt: u32, answer: &http::Answer) {
        let End::Watch(viewer) = &self.end else { return };
        if self.attempt.get() != attempt || answer.response.location.is_none() {
            return;
        }
        if let Some((url, wanted)) = viewer.layers.answered(answer) {
            let bearer = viewer.bearer();
            spawn_local(async move {
                let _ = layer::select(&url, &wanted, bearer.as_deref()).await;
            });
        }
    }

    fn apply_answer(&self, sdp: String) {
        let attempt = self.attempt.get();
        let (Some(driver), Some(peer)) = (self.own.upgrade(), self.peer()) else {
            return;
        };
        spawn_local(async move {
            if let End::Publish(publisher) = &driver.end
                && !publisher.trusts(&sdp)
            {
                driver.input_of(attempt, Input::EndedBy(Code::NodeUnverified));
                return;
            }
            if let Err(e) = peer.answer(&sdp).await {
                driver.input_of(attempt, Input::PeerFailed(js::words(&e)));
            }
        });
    }

    /// Tells statistics after a second, and so on.
    fn tick(&self) -> Timer {
        let own = self.own.clone();
        let attempt = self.attempt.get();
        Timer::after(STATS_EVERY, move || {
            let Some(driver) = own.upgrade() else { return };
            spawn_local(async move {
                let Some(peer) = driver.peer() else { return };
                if driver.attempt.get() != attempt {
                    return;
                }
                // Before anything that takes time, or ends the session and with it the ticker.
                let next = driver.tick();
                if driver.ticker.borrow().is_some() {
                    *driver.ticker.borrow_mut() = Some(next);
                }
                if let Ok(reports) = peer.stats().await
                    && driver.attempt.get() == attempt
                {
                    let stats = match driver.end.role() {
                        Role::Publish => js::object(&driver.meter.borrow_mut().sent(&reports)),
                        Role::Watch => js::object(&driver.meter.borrow_mut().received(&reports)),
                    };
                    driver.emitter.emit("stats", &stats);
                    if let Some(input) = driver.ear.hear(stats::arrived(&reports)) {
                        driver.input_of(attempt, input);
                    }
                }
            });
        })
    }

    /// Answers a frame on `control`: what to send back, if anything.
    pub(crate) fn control(self: &Rc<Self>, attempt: u32, frame: &str) -> Option<Message> {
        match &self.end {
            End::Publish(publisher) => publisher.control(self, attempt, frame),
            End::Watch(_) => None,
        }
    }

    /// The server said why it ends this session, or that something failed.
    pub(crate) fn told(&self, attempt: u32, code: Code, message: &str) {
        if matches!(code, Code::StreamEnded | Code::Replaced) {
            self.input_of(attempt, Input::EndedBy(code));
        } else {
            self.emitter.said("error", code, message);
        }
    }
}

/// What became of an offer.
fn described(offer: Result<String, JsValue>) -> Input {
    match offer {
        Ok(sdp) => Input::Offer(sdp),
        Err(e) => Input::PeerFailed(js::words(&e)),
    }
}
