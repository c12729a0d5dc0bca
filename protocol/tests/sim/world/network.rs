//! What lies between a page and the server: delay, loss and outages.

use std::time::Duration;

/// How long every leg takes, and how many get lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// One way.
    pub(crate) latency: Duration,
    /// At most so much is added to the latency.
    pub(crate) jitter: Duration,
    /// The share of requests, answers and unrepeated datagrams that never arrive, 0 to 1.
    pub(crate) loss: f64,
}

impl Weather {
    /// A country's width away, nothing lost.
    pub(crate) const CALM: Self = Self {
        latency: Duration::from_millis(20),
        jitter: Duration::ZERO,
        loss: 0.0,
    };
}

/// Something that is sent once, so that it can be lost for good. Media and ICE repeat themselves and need no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leg {
    /// A POST or a PATCH on its way to the server.
    Request,
    /// Its answer.
    Answer,
    /// A DELETE.
    Delete,
    /// The page's DTLS close.
    Goodbye,
    /// The server's DTLS close.
    Close,
    /// The server's last words on `control`.
    Notice,
}

/// What an outage takes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    /// UDP, old connections and new: a firewall.
    Media,
    /// The path that stands, and it for good; another one works: a NAT that forgot, another network.
    Flow,
    /// UDP and HTTP: no network.
    Everything,
}

/// One page's way to the server.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    pub(crate) media: bool,
    pub(crate) http: bool,
    /// Legs that will be lost, each once.
    doomed: Vec<Leg>,
}

impl Path {
    pub(crate) const fn clear() -> Self {
        Self {
            media: true,
            http: true,
            doomed: Vec::new(),
        }
    }

    pub(crate) fn doom(&mut self, leg: Leg) {
        self.doomed.push(leg);
    }

    /// How long `leg` takes; `None` if it is lost.
    pub(crate) fn carry(&mut self, leg: Leg, weather: Weather, dice: &mut fastrand::Rng) -> Option<Duration> {
        let up = match leg {
            Leg::Request | Leg::Answer | Leg::Delete => self.http,
            Leg::Goodbye | Leg::Close | Leg::Notice => self.media,
        };
        // Rolled whether needed or not, so that an outage does not shift every later throw.
        let (lost, jitter) = (dice.f64() < weather.loss, dice.f64());
        if let Some(doomed) = self.doomed.iter().position(|other| *other == leg) {
            self.doomed.remove(doomed);
            return None;
        }
        (up && !lost).then(|| weather.latency + weather.jitter.mul_f64(jitter))
    }
}
