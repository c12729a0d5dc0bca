//! How much a ticket pays, and how seldom.

use alloy_primitives::{U256, U512};

/// The most that a ticket pays, in wei: TicketBroker keeps no larger deposit (2^80, 1.2 million ETH).
pub const MAX_FACE_VALUE: U256 = U256::from_limbs([u64::MAX, (1 << 16) - 1, 0, 0]);

/// A ticket's face value and its chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Odds {
    /// What it pays if it wins, in wei; at most [`MAX_FACE_VALUE`].
    pub face_value: U256,
    /// Of 2^256 equally likely draws, so many win.
    pub win_prob: U256,
}

/// What face values follow from.
#[derive(Clone, Copy, Debug)]
pub struct Market {
    /// What a redemption costs, in wei: gas as estimated, at the price that it is redeemed at.
    pub redemption: U256,
    /// A winner pays so many redemptions, so that collecting takes a like part of the income: 100 for 1 %.
    pub multiple: u32,
    /// What can be relied on of this sender, in wei: its reserve's allotment less what has won already.
    pub float: U256,
    /// The most that the recipient wants to hold in one ticket, in wei.
    pub limit: U256,
}

impl Odds {
    /// Odds for tickets that are worth `value` wei each, or the least more that there is.
    ///
    /// The face value is `multiple` redemptions, within float and limit. A lower float makes winners smaller and more
    /// frequent, and so the part that redemptions take larger; below the price of one there is nothing to win.
    ///
    /// # Errors
    /// [`Unpayable`].
    pub fn worth(value: U256, market: &Market) -> Result<Self, Unpayable> {
        if value.is_zero() {
            return Err(Unpayable::Worthless);
        }
        let wanted = market
            .redemption
            .saturating_mul(U256::from(market.multiple))
            .max(value);
        let face_value = wanted.min(market.limit).min(market.float).min(MAX_FACE_VALUE);
        if face_value < value {
            return Err(if market.float < value {
                Unpayable::Float {
                    float: market.float,
                    needed: value.max(market.redemption),
                }
            } else {
                Unpayable::Limit {
                    limit: market.limit.min(MAX_FACE_VALUE),
                    value,
                }
            });
        }
        if face_value < market.redemption {
            return Err(if market.float < market.redemption {
                Unpayable::Float {
                    float: market.float,
                    needed: market.redemption,
                }
            } else {
                Unpayable::Redemption {
                    limit: face_value,
                    redemption: market.redemption,
                }
            });
        }
        // Rounded up: never worth less than asked for. A face value that is the value itself has to win always, which is
        // one draw in 2^256 less.
        let chances =
            ((U512::from(value) << 256) + U512::from(face_value) - U512::ONE) / U512::from(face_value);
        Ok(Self {
            face_value,
            win_prob: U256::saturating_from(chances),
        })
    }

    /// What one ticket is worth, in parts of 2^256 of a wei: face value × chance, exactly.
    #[must_use]
    pub fn expected_value(&self) -> U512 {
        U512::from(self.face_value) * U512::from(self.win_prob)
    }
}

/// Why no ticket is worth sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unpayable {
    /// A price of nothing.
    #[error("tickets of no value need not be sent")]
    Worthless,
    /// The sender's reserve, or what is left of it for this recipient.
    #[error(
        "the sender's reserve leaves {float} wei for this recipient, and a ticket takes {needed}; the sender may add to its \
         reserve, or name its recipients"
    )]
    Float {
        /// What there is.
        float: U256,
        /// What a ticket takes.
        needed: U256,
    },
    /// The recipient's own limit is below what one ticket is worth.
    #[error(
        "a ticket is worth {value} wei, and this recipient takes at most {limit}; it may raise its limit, or ask for payment more often"
    )]
    Limit {
        /// The most it takes.
        limit: U256,
        /// What one ticket is worth.
        value: U256,
    },
    /// The recipient's own limit is below the price of a redemption.
    #[error(
        "redeeming costs {redemption} wei, and a ticket pays at most {limit}; the recipient may raise its limit, or wait for cheaper gas"
    )]
    Redemption {
        /// The most a ticket pays.
        limit: U256,
        /// What collecting it costs.
        redemption: U256,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MARKET: Market = Market {
        redemption: U256::from_limbs([1_000, 0, 0, 0]),
        multiple: 100,
        float: U256::from_limbs([1_000_000, 0, 0, 0]),
        limit: U256::MAX,
    };

    fn wei(wei: u64) -> U256 {
        U256::from(wei)
    }

    #[test]
    fn a_winner_pays_a_hundred_redemptions() {
        let odds = Odds::worth(wei(10), &MARKET).unwrap();
        assert_eq!(odds.face_value, wei(100_000));
        // One in ten thousand.
        assert_eq!(odds.win_prob, U256::MAX / wei(10_000) + U256::from(1));
    }

    #[test]
    fn a_small_float_makes_winners_smaller_and_more_frequent() {
        let small = Market {
            float: wei(2_000),
            ..MARKET
        };
        let odds = Odds::worth(wei(10), &small).unwrap();
        assert_eq!(odds.face_value, wei(2_000));
        assert_eq!(odds.win_prob, U256::MAX / wei(200) + U256::from(1));
    }

    #[test]
    fn dear_tickets_always_win() {
        let odds = Odds::worth(wei(500_000), &MARKET).unwrap();
        assert_eq!((odds.face_value, odds.win_prob), (wei(500_000), U256::MAX));
    }

    #[test]
    fn each_reason_not_to_send_one_is_named_with_its_numbers() {
        assert_eq!(Odds::worth(wei(0), &MARKET), Err(Unpayable::Worthless));
        let poor = Market {
            float: wei(999),
            ..MARKET
        };
        let float = |float, needed| {
            Err(Unpayable::Float {
                float: wei(float),
                needed: wei(needed),
            })
        };
        assert_eq!(Odds::worth(wei(10), &poor), float(999, 1_000));
        assert_eq!(Odds::worth(wei(5_000), &poor), float(999, 5_000));
        let shy = Market {
            limit: wei(999),
            ..MARKET
        };
        assert_eq!(
            Odds::worth(wei(10), &shy),
            Err(Unpayable::Redemption {
                limit: wei(999),
                redemption: wei(1_000)
            })
        );
        assert_eq!(
            Odds::worth(wei(5_000), &shy),
            Err(Unpayable::Limit {
                limit: wei(999),
                value: wei(5_000)
            })
        );
    }

    proptest! {
        #[test]
        fn a_ticket_is_worth_what_was_asked_for_and_hardly_more(
            value in 1u128.., redemption in any::<u64>(), multiple in any::<u32>(), float in any::<u128>(), limit in any::<u128>(),
        ) {
            let value = U256::from(value >> 40);
            let market = Market {
                redemption: U256::from(redemption),
                multiple,
                float: U256::from(float),
                limit: U256::from(limit),
            };
            if let Ok(odds) = Odds::worth(value, &market) {
                prop_assert!(odds.face_value <= market.float.min(market.limit).min(MAX_FACE_VALUE));
                prop_assert!(odds.face_value >= market.redemption);
                let asked = U512::from(value) << 256;
                let one = U512::from(odds.face_value);
                prop_assert!(odds.expected_value() + one >= asked && odds.expected_value() < asked + one);
                // Rounded up, wherever a chance can be.
                prop_assert!(odds.expected_value() >= asked || odds.win_prob == U256::MAX);
            }
        }
    }
}
