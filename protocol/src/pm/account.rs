//! What one side has paid another, and what of it was worked off.

use alloy_primitives::{U256, U512};
use serde::{Deserialize, Serialize};

use super::odds::{MAX_FACE_VALUE, Odds};
use super::price::Price;

/// One price, what was paid and what was done. Both sums only grow, so what arrives twice or late is counted once by
/// whoever counts, and the balance does not depend on the order.
///
/// In parts of 2^256 × [`Price::pixels`] of a wei, in which tickets and work are whole numbers. A ticket is less than
/// 2^405 of them and [`Account::work`] less than 2^373 at a time, so that neither sum reaches 2^512.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    price: Price,
    paid: U512,
    worked: U512,
}

/// A balance in whole wei; in JSON its decimal digits, with a minus sign for a debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Balance {
    /// So much is paid that is not worked off, rounded down.
    Credit(U256),
    /// So much is worked that is not paid, rounded up, and more than nothing.
    Debt(U256),
}

impl From<Balance> for String {
    fn from(balance: Balance) -> Self {
        match balance {
            Balance::Credit(wei) => wei.to_string(),
            Balance::Debt(wei) => format!("-{wei}"),
        }
    }
}

impl TryFrom<String> for Balance {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (digits, debt) = match text.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (&*text, false),
        };
        // The parser would take other bases, signs and separators.
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let wei = plain.then(|| U256::from_str_radix(digits, 10).ok()).flatten();
        let wei = wei.ok_or("a balance is a number of wei in decimal digits")?;
        Ok(if debt && !wei.is_zero() {
            Self::Debt(wei)
        } else {
            Self::Credit(wei)
        })
    }
}

impl Account {
    /// An empty one.
    #[must_use]
    pub const fn new(price: Price) -> Self {
        Self {
            price,
            paid: U512::ZERO,
            worked: U512::ZERO,
        }
    }

    /// One that begins with a balance.
    #[must_use]
    pub fn with(price: Price, balance: Balance) -> Self {
        let mut account = Self::new(price);
        let unit = account.unit();
        match balance {
            Balance::Credit(wei) => account.paid = U512::from(wei).saturating_mul(unit),
            Balance::Debt(wei) => account.worked = U512::from(wei).saturating_mul(unit),
        }
        account
    }

    /// What work costs here.
    #[must_use]
    pub const fn price(&self) -> Price {
        self.price
    }

    /// Counts a ticket, won or lost, by its expected value.
    pub fn ticket(&mut self, odds: &Odds) {
        self.paid += self.worth(odds);
    }

    /// Takes a ticket back that was counted and is not collected.
    pub fn lose(&mut self, odds: &Odds) {
        self.paid = self.paid.saturating_sub(self.worth(odds));
    }

    /// Counts encoded output pixels.
    pub fn work(&mut self, pixels: u64) {
        self.worked += self.cost(pixels);
    }

    /// What is left, or owed.
    #[must_use]
    pub fn balance(&self) -> Balance {
        let wei = |parts: U512| -> (U512, bool) {
            let unit = self.unit();
            (parts / unit, parts % unit != U512::ZERO)
        };
        if self.paid >= self.worked {
            Balance::Credit(narrow(wei(self.paid - self.worked).0))
        } else {
            let (whole, rest) = wei(self.worked - self.paid);
            Balance::Debt(narrow(whole + U512::from(rest)))
        }
    }

    /// Whether `pixels` more are paid for.
    #[must_use]
    pub fn covers(&self, pixels: u64) -> bool {
        self.paid >= self.worked.saturating_add(self.cost(pixels))
    }

    /// Whether more than `limit` wei would be paid ahead after so many tickets.
    #[must_use]
    pub fn exceeds(&self, limit: U256, tickets: u64, odds: &Odds) -> bool {
        let ahead = self.paid + U512::from(tickets) * self.worth(odds);
        ahead
            > self
                .worked
                .saturating_add(U512::from(limit).saturating_mul(self.unit()))
    }

    /// The same at another price: the balance goes on in whole wei, as [`Self::balance`] rounds them.
    #[must_use]
    pub fn at(&self, price: Price) -> Self {
        if price == self.price {
            return self.clone();
        }
        Self::with(price, self.balance())
    }

    /// How many tickets it takes until `pixels` more are paid for; `None` if no number does.
    #[must_use]
    pub fn tickets_for(&self, pixels: u64, odds: &Odds) -> Option<u64> {
        let wanted = self.worked.saturating_add(self.cost(pixels));
        if self.paid >= wanted {
            return Some(0);
        }
        let worth = self.worth(odds);
        if worth == U512::ZERO {
            return None;
        }
        let missing = wanted - self.paid;
        u64::try_from((missing + worth - U512::ONE) / worth).ok()
    }

    fn worth(&self, odds: &Odds) -> U512 {
        debug_assert!(odds.face_value <= MAX_FACE_VALUE);
        odds.expected_value() * U512::from(self.price.pixels())
    }

    fn cost(&self, pixels: u64) -> U512 {
        U512::from(u128::from(pixels) * u128::from(self.price.wei())) << 256
    }

    fn unit(&self) -> U512 {
        U512::from(self.price.pixels()) << 256
    }
}

/// Sums of wei that exist fit.
fn narrow(wei: U512) -> U256 {
    U256::saturating_from(wei)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn odds(face_value: u64, win_prob: U256) -> Odds {
        Odds {
            face_value: U256::from(face_value),
            win_prob,
        }
    }

    #[test]
    fn a_ticket_pays_for_as_many_pixels_as_it_is_worth_and_not_one_more() {
        // 30 wei with a chance of a third, less one part of 2^256: hardly less than 10 wei, at 2 wei for 3 pixels.
        let third = U256::MAX / U256::from(3);
        let mut account = Account::new(Price::new(2, 3).unwrap());
        account.ticket(&odds(30, third));
        assert!(account.covers(14) && !account.covers(15));
        account.ticket(&odds(1, U256::from(1) << 200));
        assert!(account.covers(15) && !account.covers(16));
        account.work(15);
        assert_eq!(account.balance(), Balance::Credit(U256::ZERO));
        account.work(1);
        assert_eq!(account.balance(), Balance::Debt(U256::from(1)));
    }

    #[test]
    fn tickets_that_are_worth_nothing_pay_for_nothing() {
        let account = Account::new(Price::new(1, 1).unwrap());
        assert_eq!(account.tickets_for(1, &odds(1, U256::ZERO)), None);
        assert_eq!(account.tickets_for(0, &odds(1, U256::ZERO)), Some(0));
        let free = Account::new(Price::new(0, 1).unwrap());
        assert_eq!(free.tickets_for(u64::MAX, &odds(1, U256::ZERO)), Some(0));
    }

    #[test]
    fn the_largest_amounts_are_counted_exactly() {
        let mut account =
            Account::new(Price::new(super::super::price::MAX, super::super::price::MAX).unwrap());
        let sure = Odds {
            face_value: MAX_FACE_VALUE,
            win_prob: U256::MAX,
        };
        for _ in 0..1000 {
            account.ticket(&sure);
            account.work(u64::MAX);
        }
        let paid = (U512::from(1000u64) * sure.expected_value()) >> 256;
        let worked = U512::from(1000u64) * U512::from(u64::MAX);
        assert_eq!(account.balance(), Balance::Credit(narrow(paid - worked)));
    }

    #[test]
    fn another_price_takes_the_balance_over_in_whole_wei() {
        let (old, new) = (Price::new(2, 3).unwrap(), Price::new(5, 1).unwrap());
        let mut account = Account::new(old);
        account.ticket(&odds(10, U256::MAX));
        assert_eq!(account.at(new).balance(), Balance::Credit(U256::from(9)));
        assert!(account.at(new).covers(1) && !account.at(new).covers(2));
        account.work(15);
        account.work(1);
        assert_eq!(account.at(new).balance(), Balance::Debt(U256::from(1)));
        assert_eq!(account.at(old), account);
    }

    proptest! {
        #[test]
        fn the_order_of_payments_and_work_does_not_matter(
            wei in 0..1_000_000u64, per in 1..1_000_000u64,
            events in prop::collection::vec((any::<bool>(), any::<u32>(), any::<[u8; 32]>()), 0..40),
        ) {
            let price = Price::new(wei, per).unwrap();
            let run = |events: &[(bool, u32, [u8; 32])]| {
                let mut account = Account::new(price);
                for (pays, amount, chance) in events {
                    if *pays {
                        account.ticket(&odds(u64::from(*amount), U256::from_be_bytes(*chance)));
                    } else {
                        account.work(u64::from(*amount));
                    }
                }
                account
            };
            let backwards: Vec<_> = events.iter().rev().copied().collect();
            prop_assert_eq!(run(&events), run(&backwards));
        }

        #[test]
        fn as_many_tickets_as_it_says_are_enough_and_one_less_is_not(
            wei in 1..1_000_000u64, per in 1..1_000u64, pixels in 1..1_000_000u64,
            face in 1..1_000_000_000u64, chance in 1u128.., worked in 0..1_000_000u64,
        ) {
            let odds = odds(face, U256::from(chance) << 128);
            let mut account = Account::new(Price::new(wei, per).unwrap());
            account.work(worked);
            let needed = account.tickets_for(pixels, &odds);
            prop_assume!(needed.is_some_and(|n| n < 10_000));
            for _ in 1..needed.unwrap() {
                account.ticket(&odds);
            }
            prop_assert!(!account.covers(pixels));
            account.ticket(&odds);
            prop_assert!(account.covers(pixels));
        }
    }
}
