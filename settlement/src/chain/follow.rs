//! From the heads that a node reports to what happened: blocks that came, blocks that were undone, logs without gaps.
//! Sans-IO: it says what it needs next, and is given it.

use std::collections::VecDeque;

use super::{Header, Log};

/// A reorganisation that is deeper is not followed block by block: Ethereum's finality is 64 blocks, and no chain that
/// pays anybody should undo more.
pub const DEEPEST: usize = 64;
/// Logs are asked for in ranges of at most so many blocks: what every provider grants, and halved where one does not.
const WIDEST: u64 = 1_000;

/// What happened, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// These blocks, the newest first, are no longer of the chain.
    Undone(Vec<Header>),
    /// More was undone than is known: whatever was read from this block on is to be read again.
    Resync {
        /// The first block in doubt.
        from: u64,
    },
    /// The contracts told this.
    Log(Log),
    /// All logs up to this block were told.
    Head {
        /// The newest block.
        header: Header,
        /// The newest block that is final: so many confirmations below.
        last_final: u64,
    },
}

/// What is to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The headers of these blocks, both included: [`Follow::headers`].
    Headers {
        /// The first.
        from: u64,
        /// The last; at most [`DEEPEST`] and one in all.
        to: u64,
    },
    /// The logs of these blocks, both included: [`Follow::logs`], or [`Follow::too_wide`].
    Logs {
        /// The first.
        from: u64,
        /// The last.
        to: u64,
    },
}

/// The chain as far as it is known.
#[derive(Debug)]
pub struct Follow {
    confirmations: u64,
    /// Each the parent of the next.
    known: VecDeque<Header>,
    /// Taken from `known` on the way to `target`.
    undone: Vec<Header>,
    target: Option<Header>,
    /// The last of `known` is of `target`'s chain.
    joined: bool,
    /// The first block whose logs were not told.
    next_log: Option<u64>,
    widest: u64,
    events: VecDeque<Event>,
}

impl Follow {
    /// From the block after the head at first, or from `since` on. A block is final once `confirmations` are above it.
    #[must_use]
    pub fn new(since: Option<u64>, confirmations: u64) -> Self {
        Self {
            confirmations,
            known: VecDeque::new(),
            undone: Vec::new(),
            target: None,
            joined: false,
            next_log: since,
            widest: WIDEST,
            events: VecDeque::new(),
        }
    }

    /// A node says that this is the newest block. Ignored while the last one is still being followed up, and from a node
    /// that lags behind.
    pub fn head(&mut self, head: Header) {
        let behind = self.known.iter().any(|known| known.hash == head.hash);
        // A node that lags by more than is known cannot be told from a deep reorganisation, except that it is lower.
        let lower = self.known.front().is_some_and(|first| head.number < first.number);
        if self.target.is_some() || behind || lower {
            return;
        }
        self.joined = self.known.is_empty();
        self.target = Some(head);
        self.step();
    }

    /// What is to be fetched next; nothing: wait for another head.
    #[must_use]
    pub fn need(&self) -> Option<Need> {
        let target = self.target.as_ref()?;
        let tip = self.known.back();
        if !self.joined {
            let number = tip?.number;
            return Some(Need::Headers {
                from: number,
                to: number,
            });
        }
        if tip.is_none_or(|tip| tip.number < target.number) {
            // The last that stands below the deepest reorganisation, too.
            let reach = target.number.saturating_sub(DEEPEST as u64);
            let from = tip.map_or(0, |tip| tip.number + 1).max(reach);
            return Some(Need::Headers {
                from,
                to: target.number,
            });
        }
        let from = self.next_log.filter(|next| *next <= target.number)?;
        Some(Need::Logs {
            from,
            to: target.number.min(from + self.widest - 1),
        })
    }

    /// The headers that were needed, in order. Others than those drop the head: a node's view changed under way, and
    /// the next head tells.
    pub fn headers(&mut self, headers: Vec<Header>) {
        let Some(Need::Headers { from, to }) = self.need() else {
            return;
        };
        let asked = (from..=to).eq(headers.iter().map(|header| header.number));
        if !asked {
            return self.drop_target();
        }
        if self.joined {
            self.extend(headers);
        } else {
            let canonical = headers[0].hash;
            self.compare(canonical);
        }
        self.step();
    }

    /// The logs that were needed.
    pub fn logs(&mut self, logs: Vec<Log>) {
        let Some(Need::Logs { from, to }) = self.need() else {
            return;
        };
        let first = self.known.front().map_or(0, |first| first.number);
        let of_this_chain = |log: &Log| {
            (from..=to).contains(&log.block_number)
                && (log.block_number < first || self.known.iter().any(|known| known.hash == log.block_hash))
        };
        if !logs.iter().all(of_this_chain) {
            return self.drop_target();
        }
        self.events.extend(logs.into_iter().map(Event::Log));
        self.next_log = Some(to + 1);
        // What a provider once could not give it may give again where less happened.
        self.widest = (self.widest * 2).min(WIDEST);
        self.step();
    }

    /// The node gives fewer blocks' logs at once, or fails at them: fewer are needed next.
    pub fn too_wide(&mut self) {
        self.widest = (self.widest / 2).max(1);
    }

    /// What happened since.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Does what needs nothing to be fetched.
    fn step(&mut self) {
        while let (Some(target), Some(tip), false) = (&self.target, self.known.back(), self.joined) {
            if tip.number + 1 == target.number {
                let canonical = target.parent_hash;
                self.compare(canonical);
            } else if tip.number >= target.number {
                self.undo();
            } else {
                break;
            }
        }
        let Some(target) = self.target.clone() else { return };
        let tip = self.known.back();
        if self.joined
            && tip.is_some_and(|tip| tip.hash == target.parent_hash && tip.number + 1 == target.number)
        {
            self.known.push_back(target.clone());
        }
        self.finish(target);
    }

    /// Tells the head once nothing is missing.
    fn finish(&mut self, target: Header) {
        if !self.joined || self.known.back() != Some(&target) {
            return;
        }
        if self.next_log.is_none() {
            self.next_log = Some(target.number + 1);
        }
        if self.need().is_some() {
            return;
        }
        let keep = DEEPEST + 1 + usize::try_from(self.confirmations).unwrap_or(DEEPEST);
        while self.known.len() > keep {
            self.known.pop_front();
        }
        let last_final = target.number.saturating_sub(self.confirmations);
        self.events.push_back(Event::Head {
            header: target,
            last_final,
        });
        self.target = None;
    }

    /// Whether the tip is the block that the chain has at its height.
    fn compare(&mut self, canonical: alloy_primitives::B256) {
        if self.known.back().is_some_and(|tip| tip.hash == canonical) {
            self.join();
        } else {
            self.undo();
        }
    }

    fn undo(&mut self) {
        let Some(tip) = self.known.pop_back() else { return };
        self.undone.push(tip);
        if self.undone.len() > DEEPEST || self.known.is_empty() {
            let from = self.undone.last().map_or(0, |last| last.number);
            self.known.clear();
            self.undone.clear();
            self.next_log = self.next_log.map(|next| next.min(from));
            self.events.push_back(Event::Resync { from });
            self.joined = true;
        }
    }

    fn join(&mut self) {
        self.joined = true;
        let undone = std::mem::take(&mut self.undone);
        if let Some(last) = undone.last() {
            self.next_log = self.next_log.map(|next| next.min(last.number));
            self.events.push_back(Event::Undone(undone));
        }
    }

    /// Blocks that follow the tip, or from a later one on where too many are missing.
    fn extend(&mut self, headers: Vec<Header>) {
        let linked = headers.windows(2).all(|pair| pair[1].parent_hash == pair[0].hash);
        let ends = headers.last() == self.target.as_ref();
        let first = &headers[0];
        let follows = self
            .known
            .back()
            .is_none_or(|tip| tip.number + 1 != first.number || tip.hash == first.parent_hash);
        if !(linked && ends && follows) {
            return self.drop_target();
        }
        if self
            .known
            .back()
            .is_some_and(|tip| tip.number + 1 != first.number)
        {
            self.known.clear();
        }
        self.known.extend(headers);
    }

    /// Puts back what was taken: the next head begins anew.
    fn drop_target(&mut self) {
        self.known.extend(self.undone.drain(..).rev());
        self.target = None;
    }
}

#[cfg(test)]
mod tests;
