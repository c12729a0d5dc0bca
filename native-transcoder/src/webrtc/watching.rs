//! What viewers ask of the shard: sessions, layers, events, and answers to offers of ours.

use headwater_protocol::stream;
use tokio::sync::{mpsc, oneshot};

use super::negotiate::Countered;
use super::offer::{self, Endpoint, Refused};
use super::{Command, Handle, Made, Offer, Session, WatchRefused, made};
use crate::limit::Permit;
use crate::media::VideoCodec;
use crate::secret;
use crate::stream::{SelectRefused, Selection, Topic, Unavailable, Wish};

/// A viewer's request to the shard.
pub(crate) enum Request {
    Prepare {
        stream: stream::Id,
        wish: Wish,
        /// The codecs it decodes; none if it wants sound alone.
        decodes: Option<Vec<VideoCodec>>,
        token: Option<String>,
        reply: oneshot::Sender<Result<Vec<VideoCodec>, WatchRefused>>,
    },
    Watch {
        viewer: Viewer,
        made: Made,
        reply: oneshot::Sender<Result<(), WatchRefused>>,
    },
    /// Keeps an offer of ours until its answer is here; `false` if too many wait for theirs.
    Counter {
        secret: String,
        offered: Box<Offered>,
        reply: oneshot::Sender<bool>,
    },
    TakeCounter {
        secret: String,
        reply: oneshot::Sender<Result<Box<Offered>, AnswerRefused>>,
    },
    Select {
        secret: String,
        selection: Selection,
        reply: oneshot::Sender<Result<(), SelectRefused>>,
    },
    Subscribe {
        secret: String,
        topics: Vec<Topic>,
        reply: oneshot::Sender<Result<String, SubscribeRefused>>,
    },
    Unsubscribe {
        secret: String,
        id: String,
        reply: oneshot::Sender<bool>,
    },
    Listen {
        secret: String,
        id: String,
        reply: oneshot::Sender<Option<mpsc::Receiver<Event>>>,
    },
}

/// Who watches what.
pub(crate) struct Viewer {
    pub(crate) stream: stream::Id,
    pub(crate) wish: Wish,
    pub(crate) token: Option<String>,
}

/// An offer of ours that waits for its answer.
pub(crate) struct Offered {
    pub(crate) viewer: Viewer,
    pub(super) countered: Countered,
    /// Its place among the sessions that are not connected yet.
    permit: Permit,
}

/// A server-sent event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it is about.
    pub topic: Topic,
    /// One line of JSON.
    pub data: String,
}

/// What a viewer's offer came to.
#[derive(Debug)]
pub enum Watching {
    /// A session; its SDP is the answer.
    Session(Session),
    /// An offer of ours in place of one that cannot be met; its SDP is that offer.
    Countered(Session),
}

/// Why there is no event stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscribeRefused {
    /// No such session, or a publisher's.
    #[error("there is no such session; start one with POST to a WHEP endpoint")]
    NoSession,
    /// This session has enough.
    #[error("the session has as many event streams as it may; DELETE one first")]
    TooMany,
    /// The node has enough.
    #[error("this node has no room for another event stream; ask again later")]
    Busy,
}

/// Why an answer to an offer of ours is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerRefused {
    /// No such offer, or not any more.
    #[error("no offer of this node waits for an answer here; it waits for 30 s and takes one")]
    Unknown,
    /// A session whose offer was the client's.
    #[error("this session has its answer; PATCH takes application/trickle-ice-sdpfrag")]
    Answered,
    /// As any viewer's session.
    #[error(transparent)]
    Watch(#[from] WatchRefused),
}

impl Handle {
    /// Makes a viewer's session, or an offer of ours where the viewer's cannot be met.
    ///
    /// # Errors
    /// [`WatchRefused`]; then no session is left behind.
    pub async fn watch(
        &self,
        stream: stream::Id,
        wish: Wish,
        token: Option<String>,
        offer: Offer,
    ) -> Result<Watching, WatchRefused> {
        let wrong = match offer::check(&offer.sdp, Endpoint::Whep) {
            Err(refused @ Refused::Direction(_)) => Some(refused),
            checked => checked.map(|()| None)?,
        };
        let viewer = Viewer { stream, wish, token };
        let decodes = match wrong {
            // What it could be offered instead.
            Some(_) => Some(VideoCodec::ALL.to_vec()),
            None => offer::video(&offer.sdp).map(|video| video.codecs),
        };
        let prepared = self.prepare(&viewer, decodes).await;
        let permit = self.half_open.enter(offer.from).map_err(WatchRefused::Crowded);
        let (codecs, permit) = match prepared {
            Ok(codecs) => (codecs, permit?),
            Err(WatchRefused::Rendition(Unavailable::Codec(wanted))) => {
                let refused = Unavailable::Codec(wanted.clone()).into();
                return self.counter(viewer, wanted, refused, permit?).await;
            }
            Err(refused) => return Err(refused),
        };
        if let Some(refused) = wrong {
            return self.counter(viewer, codecs, refused.into(), permit).await;
        }
        let negotiator = self.negotiator.clone();
        let wanted = codecs.clone();
        let sdp = offer.sdp;
        let (negotiated, sdp) = tokio::task::spawn_blocking(move || (negotiator.viewer(&sdp, &wanted), sdp))
            .await
            .map_err(|_| WatchRefused::Gone)?;
        let negotiated = match negotiated {
            Ok(negotiated) => negotiated,
            Err(refused @ Refused::NoCommonCodec { .. }) => {
                return self.counter(viewer, codecs, refused.into(), permit).await;
            }
            Err(refused) => return Err(refused.into()),
        };
        let (session, made) = made(negotiated, sdp, permit);
        self.admit(viewer, made).await?;
        Ok(Watching::Session(session))
    }

    /// Takes the answer to an offer of ours.
    ///
    /// # Errors
    /// [`AnswerRefused`]; the offer is spent either way.
    pub async fn answer(&self, secret: String, answer: String) -> Result<(), AnswerRefused> {
        let reply = |reply| Request::TakeCounter {
            secret: secret.clone(),
            reply,
        };
        let offered = self.request(reply).await.ok_or(AnswerRefused::Unknown)??;
        let Offered {
            viewer,
            countered,
            permit,
        } = *offered;
        let (negotiated, description) =
            tokio::task::spawn_blocking(move || (countered.accept(&answer), answer))
                .await
                .map_err(|_| WatchRefused::Gone)?;
        let made = Made {
            secret,
            negotiated: negotiated.map_err(WatchRefused::from)?,
            description,
            permit,
        };
        Ok(self.admit(viewer, made).await?)
    }

    /// Selects a viewer's layer.
    ///
    /// # Errors
    /// [`SelectRefused`].
    pub async fn select(&self, secret: String, selection: Selection) -> Result<(), SelectRefused> {
        let request = |reply| Request::Select {
            secret,
            selection,
            reply,
        };
        self.request(request)
            .await
            .unwrap_or(Err(SelectRefused::NoSession))
    }

    /// Makes an event stream for a viewer; its name.
    ///
    /// # Errors
    /// [`SubscribeRefused`].
    pub async fn subscribe(&self, secret: String, topics: Vec<Topic>) -> Result<String, SubscribeRefused> {
        let request = |reply| Request::Subscribe {
            secret,
            topics,
            reply,
        };
        self.request(request).await.unwrap_or(Err(SubscribeRefused::Busy))
    }

    /// Ends an event stream; whether there was one.
    pub async fn unsubscribe(&self, secret: String, id: String) -> bool {
        let request = |reply| Request::Unsubscribe { secret, id, reply };
        self.request(request).await.unwrap_or(false)
    }

    /// The events of a stream from now on, what is so now first; `None` if there is no such stream.
    pub async fn listen(&self, secret: String, id: String) -> Option<mpsc::Receiver<Event>> {
        self.request(|reply| Request::Listen { secret, id, reply })
            .await
            .flatten()
    }

    async fn prepare(
        &self,
        viewer: &Viewer,
        decodes: Option<Vec<VideoCodec>>,
    ) -> Result<Vec<VideoCodec>, WatchRefused> {
        let request = |reply| Request::Prepare {
            stream: viewer.stream.clone(),
            wish: viewer.wish.clone(),
            decodes,
            token: viewer.token.clone(),
            reply,
        };
        self.request(request).await.ok_or(WatchRefused::Gone)?
    }

    async fn admit(&self, viewer: Viewer, made: Made) -> Result<(), WatchRefused> {
        let request = |reply| Request::Watch { viewer, made, reply };
        self.request(request).await.ok_or(WatchRefused::Gone)?
    }

    /// Offers `codecs` to a viewer, or refuses it with `refused` where even that cannot be done.
    async fn counter(
        &self,
        viewer: Viewer,
        codecs: Vec<VideoCodec>,
        refused: WatchRefused,
        permit: Permit,
    ) -> Result<Watching, WatchRefused> {
        let negotiator = self.negotiator.clone();
        let countered = tokio::task::spawn_blocking(move || negotiator.counter(&codecs)).await;
        let Ok(Some(countered)) = countered else {
            return Err(refused);
        };
        let session = Session {
            secret: secret::hex::<16>(),
            sdp: countered.offer.clone(),
            etag: countered.etag(),
        };
        let secret = session.secret.clone();
        let offered = Box::new(Offered {
            viewer,
            countered,
            permit,
        });
        let request = |reply| Request::Counter {
            secret,
            offered,
            reply,
        };
        if self.request(request).await == Some(true) {
            Ok(Watching::Countered(session))
        } else {
            Err(refused)
        }
    }

    async fn request<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Option<T> {
        self.ask(|reply| Command::Viewer(Box::new(request(reply)))).await
    }
}
