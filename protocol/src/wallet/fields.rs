//! Reading the objects that a page hands over.

use alloy_primitives::{Address, Bytes, U256};
use serde_json::{Map, Value};

use crate::{hex, key};

/// What a page asked for cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A field is missing, of another kind, or out of range.
    #[error("\"{0}\" has to be {1}")]
    Field(&'static str, &'static str),
    /// The network has no such contract.
    #[error("this network's description lacks the address of its {0}: add it to \"contracts\"")]
    Contract(&'static str),
    /// An answer of the chain is no answer to what was asked.
    #[error("the chain's answer to {0} cannot be read: the network's description may name another contract")]
    Answer(&'static str),
}

/// An object's fields. Read by hand, because derived readers of tagged unions cost a page more than all that they read.
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Result<Self, Invalid> {
        value
            .as_object()
            .map(Self)
            .ok_or(Invalid::Field("the argument", "an object"))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    pub(super) fn text(&self, name: &'static str) -> Result<&'a str, Invalid> {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .ok_or(Invalid::Field(name, "text"))
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Invalid> {
        self.0
            .get(name)
            .and_then(Value::as_bool)
            .ok_or(Invalid::Field(name, "true or false"))
    }

    pub(super) fn address(&self, name: &'static str) -> Result<Address, Invalid> {
        self.text(name)
            .ok()
            .and_then(address)
            .ok_or(Invalid::Field(name, "an address: 0x and 40 digits"))
    }

    pub(super) fn addresses(&self, name: &'static str) -> Result<Vec<Address>, Invalid> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.and_then(|list| list.iter().map(|item| address(item.as_str()?)).collect())
            .ok_or(Invalid::Field(name, "a list of addresses"))
    }

    /// Decimal or `0x…` text, or a number that JavaScript holds exactly.
    pub(super) fn number(&self, name: &'static str) -> Result<U256, Invalid> {
        self.0
            .get(name)
            .and_then(number)
            .ok_or(Invalid::Field(name, "a whole number, as decimal text"))
    }

    /// As [`Self::number`], where there is one.
    pub(super) fn maybe(&self, name: &'static str) -> Result<Option<U256>, Invalid> {
        self.has(name).then(|| self.number(name)).transpose()
    }

    pub(super) fn bytes(&self, name: &'static str) -> Result<Bytes, Invalid> {
        self.text(name)
            .ok()
            .and_then(hex::bytes)
            .map(Bytes::from)
            .ok_or(Invalid::Field(name, "0x and hexadecimal digits"))
    }
}

fn address(text: &str) -> Option<Address> {
    text.parse::<key::Address>().ok().map(Address::from)
}

fn number(value: &Value) -> Option<U256> {
    let Some(text) = value.as_str() else {
        // However the shell brought JavaScript's number here, it was a float once.
        let float = value.as_f64()?;
        let exact = float.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&float);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, not negative, below 2^53"
        )]
        return exact.then(|| U256::from(float as u64));
    };
    let (radix, digits) = match text.strip_prefix("0x") {
        Some(digits) => (16, digits),
        None => (10, text),
    };
    // No signs, spaces or underscores, which parsers of numbers differ about.
    let plain = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
    plain.then(|| U256::from_str_radix(digits, radix.into()).ok())?
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_exact_or_refused() {
        let good =
            json!({ "n": "115792089237316195423570985008687907853269984665640564039457584007913129639935" });
        assert_eq!(Fields::of(&good).unwrap().number("n"), Ok(U256::MAX));
        assert_eq!(number(&json!("0xff")), Some(U256::from(255)));
        assert_eq!(number(&json!(7)), Some(U256::from(7)));
        assert_eq!(number(&json!(7.0)), Some(U256::from(7)));
        let bad = [
            json!("1.5"),
            json!("-1"),
            json!(""),
            json!("0x"),
            json!(" 1"),
            json!("1_000"),
            json!("1e18"),
            json!(-1),
            json!(0.5),
            json!(9_007_199_254_740_992_u64),
            json!(null),
            json!("115792089237316195423570985008687907853269984665640564039457584007913129639936"),
        ];
        for value in bad {
            assert_eq!(number(&value), None, "{value}");
        }
    }
}
