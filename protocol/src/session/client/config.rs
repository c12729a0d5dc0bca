//! Which end a client is, and how patient.

use core::time::Duration;

/// Which end of a stream this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// WHIP.
    Publish,
    /// WHEP.
    Watch,
}

/// What a client needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which end it is.
    pub role: Role,
    /// How long to try at first, before any sign that this can work: a person is looking at a spinner, and a wrong
    /// address stays wrong.
    pub start: Duration,
    /// How long without media before it gives up, once it was live or was told that the stream is merely early; counted
    /// from the last such moment.
    pub give_up: Duration,
    /// How long ICE and DTLS may take. A connection that works is up in one or two hundred milliseconds plus round
    /// trips; one that a firewall drops never comes.
    pub connect: Duration,
    /// How long a connection may take before the servers that the other end named for ICE are tried, too. Whoever does
    /// not need a relay is connected by then and asks none for its resources.
    pub direct: Duration,
    /// How long an interrupted connection may take to heal, by itself or by an ICE restart, before a new session is made.
    pub heal: Duration,
    /// Entropy for spreading retries.
    pub seed: u64,
}

impl Config {
    /// Defaults for `role`: give up after 10 s at first and 60 s later, connect within 10 s, look for a
    /// relay after 1 s, heal within 1.5 s (publisher) or 2 s (viewer). A viewer waits for a stream that is not live without giving up.
    #[must_use]
    pub fn new(role: Role, seed: u64) -> Self {
        Self {
            role,
            start: Duration::from_secs(10),
            give_up: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            // Three round trips, for ICE and DTLS, of a third of a second each: more than between any two places on earth.
            direct: Duration::from_secs(1),
            heal: match role {
                // With the three to four seconds until silence is noticed, this is all that the grace leaves a publisher.
                Role::Publish => Duration::from_millis(1500),
                Role::Watch => Duration::from_secs(2),
            },
            seed,
        }
    }
}
