//! Reading answers: Solidity's words, by the names that a query gives them.

use alloy_primitives::{Address, U256};
use serde_json::{Map, Value};

use Kind::{Addresses, Flag, Number, One, Text};

/// What a word is. Dynamic ones are the only one of their answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Number,
    Flag,
    One,
    Text,
    Addresses,
}

/// The names and kinds of an answer's words in order; those without a name are passed over.
pub(super) type Shape = &'static [(&'static str, Kind)];

/// As long a list or text as an answer may bring: far more than any contract of ours gives.
const MOST: usize = 4096;

/// Puts what `answer` says into `object`; `None` if it is too short or out of range. Words beyond the shape are left alone.
pub(super) fn read(answer: &[u8], shape: Shape, object: &mut Map<String, Value>) -> Option<()> {
    for (index, (name, kind)) in shape.iter().enumerate() {
        let value = match kind {
            Number => word(answer, index)?.to_string().into(),
            Flag => match word(answer, index)? {
                U256::ZERO => false.into(),
                U256::ONE => true.into(),
                _ => return None,
            },
            One => address(answer, index)?,
            Text => text(answer, index)?.into(),
            Addresses => {
                let (start, length) = dynamic(answer, index)?;
                let items = answer.get(start..)?;
                (0..length)
                    .map(|item| address(items, item))
                    .collect::<Option<Value>>()?
            }
        };
        if !name.is_empty() {
            object.insert((*name).to_owned(), value);
        }
    }
    Some(())
}

/// The text that the word at `index` points to.
pub(in crate::wallet) fn text(answer: &[u8], index: usize) -> Option<String> {
    let (start, length) = dynamic(answer, index)?;
    let bytes = answer.get(start..start + length)?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn word(bytes: &[u8], index: usize) -> Option<U256> {
    bytes.get(index * 32..index * 32 + 32).map(U256::from_be_slice)
}

fn address(bytes: &[u8], index: usize) -> Option<Value> {
    let word: [u8; 32] = word(bytes, index)?.to_be_bytes();
    let (zeros, address) = word.split_at(12);
    let none = zeros.iter().any(|&byte| byte != 0);
    (!none).then(|| Address::from_slice(address).to_string().into())
}

/// Where what the word at `index` points to begins, and its length.
fn dynamic(bytes: &[u8], index: usize) -> Option<(usize, usize)> {
    let start = usize::try_from(word(bytes, index)?).ok()?;
    let length = usize::try_from(word(bytes.get(start..)?, 0)?).ok()?;
    (length <= MOST).then_some((start + 32, length))
}
