//! Paid streams: nothing of a publisher is taken before the cashier opens its gate, and what is encoded is counted.

use std::time::Instant;

use headwater_protocol::control::Message;
use headwater_protocol::ladder::{Ladder, Rung};
use headwater_protocol::session::registry::SessionId;
use headwater_protocol::{Code, stream};
use headwater_settlement::cashier::{Busy, Counter, Event, Order};
use tokio::sync::mpsc;

use super::Shard;
use crate::media::VideoCodec;
use crate::stream::Effect;

/// What a shard needs to be paid.
#[derive(Debug)]
pub struct Paying {
    /// Where to report to.
    pub counter: Counter,
    /// What to do.
    pub orders: mpsc::Receiver<Order>,
}

/// A stream's gate and meter.
#[derive(Debug)]
pub(super) struct Toll {
    open: bool,
    /// Media was left out since the last that was taken.
    gap: bool,
    /// Encoded pixels that are not reported yet, by rung.
    done: Vec<(String, u64)>,
}

impl Toll {
    /// Of a stream that is paid for, or that costs nothing.
    pub(super) const fn new(paid: bool) -> Self {
        Self {
            open: !paid,
            gap: false,
            done: Vec::new(),
        }
    }

    /// Whether media is taken.
    pub(super) const fn takes(&mut self) -> bool {
        if !self.open {
            self.gap = true;
        }
        self.open
    }

    /// Whether media was left out before this.
    pub(super) const fn gap(&mut self) -> bool {
        std::mem::replace(&mut self.gap, false)
    }

    /// Counts an encoded picture. Publishers ask for rungs in H.264 and pay for those; further codecs are made for viewers,
    /// at the node's own choice and cost.
    pub(super) fn count(&mut self, rung: &Rung, codec: VideoCodec) {
        if codec != VideoCodec::H264 {
            return;
        }
        let pixels = u64::from(rung.size.width) * u64::from(rung.size.height);
        match self.done.iter_mut().find(|(name, _)| *name == rung.name) {
            Some((_, sum)) => *sum += pixels,
            None => self.done.push((rung.name.clone(), pixels)),
        }
    }
}

impl Shard {
    /// A session publishes: its gate is shut until it has paid. What its predecessor left is its own.
    pub(super) fn begin_toll(&mut self, id: &stream::Id, session: SessionId, ladder: &Ladder) {
        let Some(paying) = &self.paying else { return };
        if let Some(on_air) = self.streams.get_mut(id) {
            on_air.toll = Toll::new(true);
        }
        self.tolled
            .begin(&paying.counter, session, id, ladder.pixels_per_second());
    }

    /// The rungs are fixed: what they cost is known.
    pub(super) fn rate_toll(&mut self, id: &stream::Id, ladder: &Ladder, rungs: &[Rung]) {
        let (Some(paying), Some(on_air)) = (&self.paying, self.streams.get(id)) else {
            return;
        };
        let fps = |name: &str| {
            let profile = ladder.profiles().iter().find(|profile| profile.name() == name);
            profile.map_or(30, |profile| u64::from(profile.fps()))
        };
        let rate = rungs
            .iter()
            .map(|rung| u64::from(rung.size.width) * u64::from(rung.size.height) * fps(&rung.name))
            .sum();
        let session = on_air.live.publisher();
        self.tolled.rate(&paying.counter, session, rate);
    }

    /// Hands a message to the cashier; what it is not, or what to answer at once, comes back.
    pub(super) fn toll_message(&self, session: SessionId, message: Message) -> Option<Message> {
        let paying = self.paying.as_ref()?;
        let event = match message {
            Message::Ask { sender, signer } => Event::Asked {
                session,
                sender,
                signer,
            },
            Message::Payment { payment } => Event::Paid(session, Box::new(payment)),
            _ => return None,
        };
        let reported = if self.tolled.told(session) {
            paying.counter.report(event)
        } else {
            Err(Busy)
        };
        reported.err().map(|busy| Message::Error {
            code: Code::Busy,
            message: busy.to_string(),
        })
    }

    /// Reports what was encoded, and who left.
    pub(super) fn report_toll(&mut self) {
        let Some(paying) = &self.paying else { return };
        for on_air in self.streams.values_mut() {
            let session = on_air.live.publisher();
            on_air.toll.done.retain(|(rung, pixels)| {
                paying
                    .counter
                    .report(Event::Worked(session, rung.clone(), *pixels))
                    .is_err()
            });
        }
        let (peers, registry) = (&self.peers, &self.registry);
        self.tolled.tell(&paying.counter, |session| {
            peers.contains_key(&session) && registry.stream_of(session).is_some()
        });
    }

    /// The last report of a shard that stops.
    pub(super) async fn end_toll(&mut self) {
        let Some(Paying { counter, orders }) = self.paying.take() else {
            return;
        };
        // The cashier is not to wait for a shard that reads no more.
        drop(orders);
        for on_air in self.streams.values_mut() {
            let session = on_air.live.publisher();
            for (rung, pixels) in std::mem::take(&mut on_air.toll.done) {
                let _ = counter.report_at_last(Event::Worked(session, rung, pixels)).await;
            }
        }
        self.tolled.end(&counter).await;
    }

    pub(super) fn order(&mut self, now: Instant, order: Order) {
        match order {
            Order::Tell(session, message) => self.tell(now, session, &message),
            Order::Gate(session, open) => {
                let Some(id) = self.registry.stream_of(session).cloned() else {
                    return;
                };
                let Some(on_air) = self.streams.get_mut(&id) else {
                    return;
                };
                if on_air.live.publisher() != session {
                    return;
                }
                on_air.toll.open = open;
                if open {
                    self.carry_out(now, &id, vec![Effect::SourceKeyframe]);
                }
            }
        }
    }
}

/// The next order; never, where nobody is paid.
pub(super) async fn next_order(paying: &mut Option<Paying>) -> Order {
    if let Some(Paying { orders, .. }) = paying
        && let Some(order) = orders.recv().await
    {
        return order;
    }
    std::future::pending().await
}
