//! Calls' bytes, as Solidity's ABI writes them.
//!
//! By hand, since alloy's writers, one for each call, would be 30 KB of what each visitor of a page downloads. Tests hold
//! every call to alloy's and to viem's.

use alloy_primitives::{Address, U256};

/// An argument. A struct of these kinds but the last two is written as its fields are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Word<'a> {
    Number(U256),
    One(Address),
    Flag(bool),
    Addresses(&'a [Address]),
    /// `bytes`, or a string.
    Bytes(&'a [u8]),
}

/// A call of the function with this selector.
pub(super) fn call(selector: [u8; 4], words: &[Word<'_>]) -> Vec<u8> {
    let mut head = selector.to_vec();
    let mut tail = Vec::new();
    for word in words {
        match *word {
            Word::Number(number) => head.extend(number.to_be_bytes::<32>()),
            Word::One(address) => one(address, &mut head),
            Word::Flag(flag) => length(usize::from(flag), &mut head),
            Word::Addresses(list) => {
                length(words.len() * 32 + tail.len(), &mut head);
                length(list.len(), &mut tail);
                list.iter().for_each(|&address| one(address, &mut tail));
            }
            Word::Bytes(bytes) => {
                length(words.len() * 32 + tail.len(), &mut head);
                length(bytes.len(), &mut tail);
                tail.extend(bytes);
                tail.resize(tail.len().next_multiple_of(32), 0);
            }
        }
    }
    head.append(&mut tail);
    head
}

fn one(address: Address, out: &mut Vec<u8>) {
    out.extend([0; 12]);
    out.extend(address.0.0);
}

fn length(length: usize, out: &mut Vec<u8>) {
    out.extend(U256::from(length).to_be_bytes::<32>());
}
