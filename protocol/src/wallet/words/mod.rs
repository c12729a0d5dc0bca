//! An intent in plain English: everything that stands in its bytes, what it means, and what takes it back.

mod payments;
mod stake;

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use payments::leave;

use super::fields::{Fields, Invalid};
use super::{Intent, Network, amount};

/// What a page shows before the wallet opens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// In a few words, for a dialog's head and its button.
    pub title: String,
    /// All of it, in order; the last says where it goes.
    pub sentences: Vec<String>,
    /// What a visitor may regret.
    pub warns: Vec<String>,
}

/// What is known besides, so that words can say when and how much. Nothing of it is needed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Value")]
pub struct Context {
    /// `round`: the current one.
    pub round: Option<U256>,
    /// `unlockPeriod`, in rounds.
    pub unlock_period: Option<U256>,
    /// `unbondingPeriod`, in rounds.
    pub unbonding_period: Option<U256>,
    /// `amount`: what the lock, or the account, that the intent names has.
    pub amount: Option<U256>,
    /// `account`: whose wallet it is.
    pub account: Option<Address>,
}

impl TryFrom<Value> for Context {
    type Error = Invalid;

    fn try_from(value: Value) -> Result<Self, Invalid> {
        let fields = Fields::of(&value)?;
        Ok(Self {
            round: fields.maybe("round")?,
            unlock_period: fields.maybe("unlockPeriod")?,
            unbonding_period: fields.maybe("unbondingPeriod")?,
            amount: fields.maybe("amount")?,
            account: fields
                .has("account")
                .then(|| fields.address("account"))
                .transpose()?,
        })
    }
}

impl Intent {
    /// What it says and does, in words.
    ///
    /// # Errors
    /// Those of [`Intent::transaction`].
    pub fn words(&self, network: &Network, context: &Context) -> Result<Words, Invalid> {
        let value = self.value()?;
        let mut words = Words::default();
        let told = payments::tell(self, network, context, &mut words)?;
        if !told {
            stake::tell(self, network, context, &mut words)?;
        }
        let sent = if value.is_zero() {
            "No".to_owned()
        } else {
            amount::amount(value, network.currency())
        };
        let (contract, address) = (self.contract(), network.contract(self.contract())?);
        words.say(&[
            &sent,
            " ",
            if value.is_zero() { network.currency() } else { "" },
            if value.is_zero() {
                " goes along. "
            } else {
                "goes along. "
            },
            "The transaction is for the network's ",
            contract,
            ", ",
            &address.to_string(),
            ", on ",
            &network.title(),
            "; the wallet adds a fee for the chain.",
        ]);
        Ok(words)
    }
}

impl Words {
    /// What a title and its first sentences say.
    pub(super) fn begin(&mut self, title: &str, sentence: &[&str]) {
        self.title = title.to_owned();
        self.say(sentence);
    }

    pub(super) fn say(&mut self, parts: &[&str]) {
        self.sentences.push(parts.concat());
    }

    pub(super) fn warn(&mut self, parts: &[&str]) {
        self.warns.push(parts.concat());
    }
}

/// `2 rounds`, or that it is the network's to say.
fn period(rounds: Option<U256>, name: &str) -> String {
    match rounds {
        Some(rounds) if rounds == U256::ONE => "1 round".to_owned(),
        Some(rounds) => [&rounds.to_string(), " rounds"].concat(),
        None => ["the network's ", name].concat(),
    }
}

/// ` (round 14)`: when a period that begins now is over.
fn ends(context: &Context, rounds: Option<U256>) -> String {
    match (context.round, rounds) {
        (Some(now), Some(rounds)) => [" (round ", &now.saturating_add(rounds).to_string(), ")"].concat(),
        _ => String::new(),
    }
}
