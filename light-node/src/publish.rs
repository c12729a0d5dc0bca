//! A broadcaster's end: WHIP, the publish token, and `control`.

use core::cell::{Cell, RefCell};
use core::fmt;
use core::time::Duration;
use std::rc::Rc;

use headwater_protocol::control::{self, Message};
use headwater_protocol::key::SessionKey;
use headwater_protocol::ladder::{Ladder, Profile, SOURCE, Size};
use headwater_protocol::manifest::{Manifest, Rendition};
use headwater_protocol::signed::Signed;
use headwater_protocol::token::{Publish, WatchHash};
use headwater_protocol::{Code, Millis, stream};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{MediaStream, MediaStreamTrack, MessageEvent, RtcRtpSender};

use crate::driver::Driver;
use crate::error::Failure;
use crate::payer::{self, Payer};
use crate::peer::{self, Direction, Peer};
use crate::sending::Manner;
use crate::{clock, js};

/// How long a publish token is good for: it is signed anew for every request.
const TOKEN_LIFE: Duration = Duration::from_secs(300);

/// How long a manifest is good for: longer than any one broadcast, short enough that an old one is not proof of much.
const MANIFEST_LIFE: Duration = Duration::from_secs(24 * 3600);

/// What [`crate::Node::publish`] takes: the package's `BroadcastOptions`, and `sequence`.
pub(crate) struct Options {
    /// The stream's name.
    pub(crate) name: String,
    /// What to make of it.
    ladder: Option<Ladder>,
    /// A secret that viewers must show.
    watch_token: Option<String>,
    /// How video is sent.
    manner: Manner,
    /// The highest sequence that the page knows this stream's manifests to have had.
    sequence: u64,
    /// How the orchestrator is paid, if it is.
    payment: Option<payer::Terms>,
}

impl Options {
    pub(crate) fn read(options: &JsValue) -> Result<Self, Failure> {
        Ok(Self {
            name: js::text(options, "name")?.ok_or_else(|| invalid("the stream needs a name"))?,
            ladder: ladder(&js::get(options, "ladder"))?,
            watch_token: js::text(options, "watchToken")?,
            manner: Manner::read(options)?,
            sequence: js::whole(options, "sequence")?.unwrap_or_default(),
            payment: payer::read(js::get(options, "payment"))?,
        })
    }
}

/// Tokens are left out: they are secrets.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// The rungs that are asked for: an array of presets' names and of rungs in numbers.
fn ladder(value: &JsValue) -> Result<Option<Ladder>, Failure> {
    if value.is_null() || value.is_undefined() {
        return Ok(None);
    }
    if !Array::is_array(value) {
        return Err(invalid("a ladder is an array"));
    }
    let profiles = Array::from(value)
        .iter()
        .map(|wish| profile(&wish))
        .collect::<Result<_, _>>()?;
    Ladder::new(profiles)
        .map(Some)
        .map_err(|e| invalid(e.to_string()))
}

fn profile(wish: &JsValue) -> Result<Profile, Failure> {
    let profile = if let Some(preset) = wish.as_string() {
        preset.parse()
    } else {
        let number = |name| js::whole(wish, name).map(Option::unwrap_or_default);
        Profile::new(
            &js::text(wish, "name")?.unwrap_or_default(),
            Size::new(number("width")?, number("height")?),
            number("bitrate")?,
            js::whole(wish, "fps")?.unwrap_or(30),
        )
    };
    profile.map_err(|e| invalid(e.to_string()))
}

fn invalid(detail: impl Into<String>) -> Failure {
    Failure::new(Code::InvalidArgument, detail)
}

/// A broadcast: what is sent, and who vouches for it.
#[derive(Debug)]
pub(crate) struct Publisher {
    key: SessionKey,
    stream: stream::Id,
    ladder: Option<Ladder>,
    watch: Option<WatchHash>,
    manner: Manner,
    sources: RefCell<Sources>,
    pub(crate) payer: Option<Payer>,
    sequence: Cell<u64>,
    /// Where media time zero lies: the start of the first session, for all of them.
    epoch: u64,
}

/// What is sent, and by what on the current connection.
#[derive(Debug)]
struct Sources {
    video: MediaStreamTrack,
    audio: Option<MediaStreamTrack>,
    senders: Option<Senders>,
}

#[derive(Debug)]
struct Senders {
    video: RtcRtpSender,
    audio: RtcRtpSender,
    /// Whether the connection is up and video flows.
    flowing: bool,
}

impl Publisher {
    pub(crate) fn new(
        key: SessionKey,
        stream: stream::Id,
        options: Options,
        media: &MediaStream,
    ) -> Result<Self, Failure> {
        let first = |tracks: Array| tracks.iter().next().map(JsCast::unchecked_into);
        let video =
            first(media.get_video_tracks()).ok_or_else(|| invalid("the media stream has no video track"))?;
        let audio = first(media.get_audio_tracks());
        let payer = options.payment.map(|terms| {
            let ladder = options.ladder.clone().unwrap_or_else(Ladder::standard);
            Payer::new(terms, key.clone(), stream.clone(), ladder.pixels_per_second())
        });
        Ok(Self {
            key,
            payer,
            stream,
            ladder: options.ladder,
            watch: options.watch_token.as_deref().map(WatchHash::of),
            manner: options.manner,
            sources: RefCell::new(Sources {
                video,
                audio,
                senders: None,
            }),
            sequence: Cell::new(options.sequence),
            epoch: clock::wall().0,
        })
    }

    pub(crate) fn endpoint(&self, orchestrator: &str) -> String {
        format!("{orchestrator}/whip/{}", self.stream)
    }

    /// A publish token that is good from `wall` on.
    pub(crate) fn bearer(&self, wall: Millis) -> String {
        let token = Publish {
            stream: self.stream.clone(),
            ladder: self.ladder.clone(),
            not_before: wall.0,
            expiry: (wall + TOKEN_LIFE).0,
            watch: self.watch,
        };
        Signed::new(&self.key, token).text().to_owned()
    }

    pub(crate) fn prepare(&self, driver: &Rc<Driver>, attempt: u32) -> Result<Peer, JsValue> {
        let peer = Peer::new(driver, attempt)?;
        control(&peer, driver, attempt)?;
        let mut sources = self.sources.borrow_mut();
        let video = peer
            .add(
                "video",
                None,
                Direction::SendOnly,
                &self.manner.encodings(&sources.video),
            )?
            .sender();
        // Audio has its section even when there is none yet, so that it can be added without a new offer.
        let audio = peer
            .add(
                "audio",
                sources.audio.as_ref(),
                Direction::SendOnly,
                &Array::new(),
            )?
            .sender();
        self.manner.apply(&video, &sources.video);
        sources.senders = Some(Senders {
            video,
            audio,
            flowing: false,
        });
        Ok(peer)
    }

    /// Whether an answer is of the node that the chain names, where the stream is paid for.
    pub(crate) fn trusts(&self, answer: &str) -> bool {
        self.payer.as_ref().is_none_or(|payer| payer.trusts(answer))
    }

    /// Lets video flow, now that the connection is up. Frames that come before a bandwidth is known are judged by a
    /// default of 300 kbit/s: Chromium then starts at half the size, and takes many seconds to dare the whole.
    pub(crate) fn connected(&self) {
        let mut sources = self.sources.borrow_mut();
        let video = sources.video.clone();
        if let Some(senders) = &mut sources.senders {
            senders.flowing = true;
            if let Ok(replaced) = js::call(&senders.video, "replaceTrack", &[&video]) {
                wasm_bindgen_futures::spawn_local(async move {
                    // Refused only by a connection that was closed meanwhile.
                    let _ = peer::wait(replaced).await;
                });
            }
        }
    }

    /// Sends `track` in place of the one of its kind.
    pub(crate) async fn replace_track(&self, track: &MediaStreamTrack) -> Result<(), Failure> {
        let sender = {
            let mut sources = self.sources.borrow_mut();
            let is_video = track.kind() == "video";
            if is_video {
                sources.video = track.clone();
            } else {
                sources.audio = Some(track.clone());
            }
            if let Some(senders) = &sources.senders
                && is_video
            {
                self.manner.apply(&senders.video, track);
            }
            match &sources.senders {
                Some(senders) if !is_video => senders.audio.clone(),
                Some(senders) if senders.flowing => senders.video.clone(),
                // It will be sent once the connection is up.
                _ => return Ok(()),
            }
        };
        let refused = |e: JsValue| Failure::thrown(Code::InvalidArgument, &e);
        let replaced = js::call(&sender, "replaceTrack", &[track]).map_err(refused)?;
        peer::wait(replaced).await.map_err(refused)?;
        Ok(())
    }

    /// The connection is gone; what is replaced now goes into the next one.
    pub(crate) fn disconnected(&self) {
        self.sources.borrow_mut().senders = None;
        if let Some(payer) = &self.payer {
            payer.closed();
        }
    }

    /// The next manifest, for what the orchestrator offers.
    fn manifest(&self, wall: Millis, orchestrator: String, renditions: Vec<Rendition>) -> Signed<Manifest> {
        // The clock keeps sequences rising over reloads and devices that share a key; the counter, within a millisecond
        // and where a clock was set back.
        let sequence = (self.sequence.get() + 1).max(wall.0);
        self.sequence.set(sequence);
        let manifest = Manifest {
            sequence,
            stream: self.stream.clone(),
            orchestrator,
            epoch: self.epoch,
            renditions,
            not_before: wall.0,
            expiry: (wall + MANIFEST_LIFE).0,
        };
        Signed::new(&self.key, manifest)
    }

    /// Answers a frame on `control`: what to send back, if anything.
    pub(crate) fn control(&self, driver: &Rc<Driver>, attempt: u32, frame: &str) -> Option<Message> {
        match Message::decode(frame.as_bytes()) {
            Ok(Some(Message::Offer {
                orchestrator,
                renditions,
            })) => {
                if let Some(payer) = &self.payer {
                    payer.rate(driver, pixels_per_second(&renditions));
                }
                let manifest = self.manifest(clock::wall(), orchestrator, renditions);
                driver.emitter.emit("offer", &js::object(manifest.document()));
                Some(Message::Manifest {
                    signed: manifest.text().to_owned(),
                })
            }
            Ok(Some(Message::Notice { code, message })) => {
                driver.emitter.said("notice", code, &message);
                None
            }
            Ok(Some(Message::Error { code, message })) => {
                driver.told(attempt, code, &message);
                None
            }
            Ok(Some(
                message @ (Message::Params { .. } | Message::Balance { .. } | Message::Receipt { .. }),
            )) => {
                if let Some(payer) = &self.payer {
                    payer.message(driver, message);
                }
                None
            }
            Ok(_) => None,
            Err(e) => Some(Message::Error {
                code: Code::BadControl,
                message: e.to_string(),
            }),
        }
    }
}

/// What is encoded of the source, at thirty pictures a second.
fn pixels_per_second(renditions: &[Rendition]) -> u64 {
    let rungs = renditions.iter().filter(|rendition| rendition.name != SOURCE);
    rungs
        .map(|rung| u64::from(rung.size.width) * u64::from(rung.size.height) * 30)
        .sum()
}

/// Opens `control`; it has to be there before the offer is made, to be in it.
fn control(peer: &Peer, driver: &Rc<Driver>, attempt: u32) -> Result<(), JsValue> {
    // Ordered and reliable is the default.
    let channel = js::call(peer.connection(), "createDataChannel", &[&control::LABEL.into()])?;
    let own = Rc::downgrade(driver);
    let opened = channel.clone();
    peer.listen(&channel, "onopen", move |_| {
        if let Some(driver) = own.upgrade()
            && let Some(payer) = driver.payer()
        {
            payer.opened(&driver, opened.clone());
        }
    });
    let own = Rc::downgrade(driver);
    let sender = channel.clone();
    peer.listen(&channel, "onmessage", move |event| {
        let event: MessageEvent = event.unchecked_into();
        let (Some(driver), Some(frame)) = (own.upgrade(), event.data().as_string()) else {
            return;
        };
        if let Some(answer) = driver.control(attempt, &frame) {
            // A channel that closes meanwhile takes the session with it, which is told elsewhere.
            let _ = js::call(&sender, "send", &[&answer.encode().into()]);
        }
    });
    Ok(())
}
