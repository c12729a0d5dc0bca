use alloy_primitives::{B256, U256};
use serde_json::json;

use super::*;

/// A chain that can be rewritten: each block's name tells its height and its history.
struct Fake {
    blocks: Vec<Header>,
}

impl Fake {
    fn new(length: u64) -> Self {
        let mut fake = Self { blocks: Vec::new() };
        fake.grow(length, 0);
        fake
    }

    fn grow(&mut self, blocks: u64, history: u8) {
        for _ in 0..blocks {
            let number = self.blocks.len() as u64;
            let mut hash = B256::repeat_byte(history);
            hash[..8].copy_from_slice(&number.to_be_bytes());
            self.blocks.push(Header {
                number,
                hash,
                parent_hash: self.blocks.last().map_or(B256::ZERO, |last| last.hash),
                timestamp: number,
                base_fee_per_gas: U256::ZERO,
            });
        }
    }

    fn rewrite(&mut self, blocks: usize, grow: u64, history: u8) {
        self.blocks.truncate(self.blocks.len() - blocks);
        self.grow(grow, history);
    }

    fn head(&self) -> Header {
        self.blocks.last().unwrap().clone()
    }

    /// Every tenth block has one.
    fn logs(&self, from: u64, to: u64) -> Vec<Log> {
        (from..=to)
            .filter(|number| number % 10 == 0)
            .map(|number| log(&self.blocks[number as usize]))
            .collect()
    }

    fn answer(&self, follow: &mut Follow) {
        while let Some(need) = follow.need() {
            match need {
                Need::Headers { from, to } => {
                    assert!((to - from) <= DEEPEST as u64, "{need:?}");
                    follow.headers(self.blocks[from as usize..=to as usize].to_vec());
                }
                Need::Logs { from, to } => {
                    assert!((to - from) < WIDEST, "{need:?}");
                    follow.logs(self.logs(from, to));
                }
            }
        }
    }

    /// The newest block is reported, and what that leads to.
    fn tell(&self, follow: &mut Follow) -> Vec<Event> {
        follow.head(self.head());
        self.answer(follow);
        std::iter::from_fn(|| follow.poll()).collect()
    }
}

fn log(header: &Header) -> Log {
    serde_json::from_value(json!({
        "address": alloy_primitives::Address::ZERO, "topics": [], "data": "0x",
        "blockNumber": alloy_primitives::U64::from(header.number), "blockHash": header.hash,
        "transactionHash": B256::ZERO,
    }))
    .unwrap()
}

fn logged(events: &[Event]) -> Vec<u64> {
    let number = |event: &Event| match event {
        Event::Log(log) => Some(log.block_number),
        _ => None,
    };
    events.iter().filter_map(number).collect()
}

fn head(events: &[Event]) -> (u64, u64) {
    match events.last() {
        Some(Event::Head { header, last_final }) => (header.number, *last_final),
        other => panic!("no head: {other:?}"),
    }
}

fn undone(events: &[Event]) -> Vec<u64> {
    let numbers = |event: &Event| match event {
        Event::Undone(headers) => Some(headers.iter().map(|header| header.number).collect()),
        _ => None,
    };
    events.iter().find_map(numbers).unwrap_or_default()
}

#[test]
fn heads_are_told_once_with_what_is_final_below_them() {
    let mut chain = Fake::new(100);
    let mut follow = Follow::new(None, 3);
    assert_eq!(head(&chain.tell(&mut follow)), (99, 96));
    assert_eq!(chain.tell(&mut follow), [], "nothing new");
    chain.grow(1, 0);
    let events = chain.tell(&mut follow);
    assert_eq!((head(&events), logged(&events)), ((100, 97), vec![100]));
}

#[test]
fn a_gap_loses_no_log_however_wide() {
    let mut chain = Fake::new(15);
    let mut follow = Follow::new(Some(0), 0);
    assert_eq!(logged(&chain.tell(&mut follow)), [0, 10]);
    chain.grow(5_000, 0);
    let events = chain.tell(&mut follow);
    assert_eq!(undone(&events), [0u64; 0]);
    assert_eq!(
        logged(&events),
        (20..5_015).step_by(10).collect::<Vec<_>>(),
        "each once, in order"
    );
    assert_eq!(head(&events), (5_014, 5_014));
}

#[test]
fn a_reorganisation_says_which_blocks_are_undone_and_tells_their_logs_anew() {
    let mut chain = Fake::new(102);
    let mut follow = Follow::new(None, 0);
    chain.tell(&mut follow);
    chain.rewrite(5, 6, 1);
    let events = chain.tell(&mut follow);
    assert_eq!(undone(&events), [101, 100, 99, 98, 97]);
    assert_eq!(logged(&events), [100]);
    assert_eq!(head(&events), (102, 102));
    // One that ends lower, and one that was met over a gap.
    chain.rewrite(3, 1, 2);
    assert_eq!(undone(&chain.tell(&mut follow)), [102, 101, 100]);
    chain.rewrite(2, 40, 3);
    let events = chain.tell(&mut follow);
    assert_eq!(undone(&events), [100, 99]);
    assert_eq!(logged(&events), [100, 110, 120, 130]);
}

#[test]
fn one_that_is_deeper_than_any_should_be_asks_to_begin_anew() {
    let mut chain = Fake::new(300);
    let mut follow = Follow::new(None, 10);
    chain.tell(&mut follow);
    chain.rewrite(64, 65, 1);
    assert_eq!(undone(&chain.tell(&mut follow)).len(), 64, "the deepest");
    chain.rewrite(100, 101, 2);
    let events = chain.tell(&mut follow);
    let Event::Resync { from } = events[0] else {
        panic!("{events:?}")
    };
    assert!((200..=237).contains(&from), "{from}");
    assert_eq!(
        logged(&events),
        (from.next_multiple_of(10)..=301).step_by(10).collect::<Vec<_>>()
    );
    assert_eq!(head(&events), (301, 291));
}

#[test]
fn a_node_that_lags_undoes_nothing() {
    let mut chain = Fake::new(100);
    let mut follow = Follow::new(None, 0);
    chain.tell(&mut follow);
    for behind in [1, 50, 80] {
        follow.head(chain.blocks[99 - behind].clone());
        assert_eq!(
            (follow.need(), follow.poll()),
            (None, None),
            "{behind} blocks behind"
        );
    }
    chain.grow(1, 0);
    assert_eq!(head(&chain.tell(&mut follow)).0, 100);
}

#[test]
fn a_chain_that_changes_while_it_is_read_is_read_again() {
    let mut chain = Fake::new(100);
    let mut follow = Follow::new(None, 0);
    chain.tell(&mut follow);
    chain.grow(20, 0);
    follow.head(chain.head());
    chain.rewrite(5, 6, 1);
    // The head that was reported is no more.
    chain.answer(&mut follow);
    assert_eq!(follow.poll(), None, "of a chain that is not");
    let events = chain.tell(&mut follow);
    assert_eq!(
        (head(&events), logged(&events)),
        ((120, 120), vec![100, 110, 120])
    );

    // Logs of blocks that are not of this chain.
    chain.grow(10, 1);
    follow.head(chain.head());
    while let Some(Need::Headers { from, to }) = follow.need() {
        follow.headers(chain.blocks[from as usize..=to as usize].to_vec());
    }
    let mut other = chain.logs(121, 130);
    other[0].block_hash = B256::repeat_byte(9);
    follow.logs(other);
    assert_eq!((follow.need(), follow.poll()), (None, None));
    chain.grow(1, 1);
    assert_eq!(logged(&chain.tell(&mut follow)), [130]);
}

#[test]
fn logs_that_are_too_many_for_a_node_are_asked_for_in_smaller_parts() {
    let chain = Fake::new(5_000);
    let mut follow = Follow::new(Some(0), 0);
    follow.head(chain.head());
    let Some(Need::Headers { from, to }) = follow.need() else {
        panic!("no headers needed")
    };
    follow.headers(chain.blocks[from as usize..=to as usize].to_vec());
    assert_eq!(follow.need(), Some(Need::Logs { from: 0, to: 999 }));
    follow.too_wide();
    assert_eq!(follow.need(), Some(Need::Logs { from: 0, to: 499 }));
    for _ in 0..20 {
        follow.too_wide();
    }
    assert_eq!(follow.need(), Some(Need::Logs { from: 0, to: 0 }));
    chain.answer(&mut follow);
    let events: Vec<_> = std::iter::from_fn(|| follow.poll()).collect();
    assert_eq!(logged(&events).len(), 500);
}
