//! Amounts as people read them: exact, and nothing rounded away.

use alloy_primitives::U256;

/// Below this many wei a decimal fraction is only zeros to the eye.
const SMALL: u64 = 1_000_000_000;

/// `wei` in units of 10^18, exact: `0.5 ETH`. What is smaller than a billionth, or ends there, is said in wei, too.
#[must_use]
pub fn amount(wei: U256, unit: &str) -> String {
    let decimals = decimals(wei);
    if (wei % U256::from(SMALL)).is_zero() {
        [&decimals, " ", unit].concat()
    } else {
        [&decimals, " ", unit, " (", &wei.to_string(), " × 10^-18)"].concat()
    }
}

/// `wei` ÷ 10^18 without zeros at the end.
#[must_use]
pub fn decimals(wei: U256) -> String {
    let (whole, rest) = wei.div_rem(U256::from(10_u64.pow(18)));
    if rest.is_zero() {
        return whole.to_string();
    }
    let digits = rest.to_string();
    let zeros = "0".repeat(18 - digits.len());
    [
        whole.to_string().as_str(),
        ".",
        &zeros,
        digits.trim_end_matches('0'),
    ]
    .concat()
}

/// Millionths as per cent, exact: `12.5 %`.
#[must_use]
pub fn percent(millionths: U256) -> String {
    let (whole, rest) = millionths.div_rem(U256::from(10_000));
    if rest.is_zero() {
        return [&whole.to_string(), " %"].concat();
    }
    let digits = rest.to_string();
    let zeros = "0".repeat(4 - digits.len());
    [
        whole.to_string().as_str(),
        ".",
        &zeros,
        digits.trim_end_matches('0'),
        " %",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_tiny_ones_are_said_twice() {
        let eth = |wei: u128| amount(U256::from(wei), "ETH");
        assert_eq!(eth(0), "0 ETH");
        assert_eq!(eth(500_000_000_000_000_000), "0.5 ETH");
        assert_eq!(eth(12_000_000_000_000_000_000), "12 ETH");
        assert_eq!(eth(1_000_000_000), "0.000000001 ETH");
        assert_eq!(eth(7), "0.000000000000000007 ETH (7 × 10^-18)");
        assert_eq!(
            eth(1_000_000_000_000_000_001),
            "1.000000000000000001 ETH (1000000000000000001 × 10^-18)"
        );
        assert!(amount(U256::MAX, "ETH").starts_with("1157920892373161954235709850086879078532699846656"));
    }

    #[test]
    fn shares_are_exact() {
        let shares = [
            (0, "0 %"),
            (1, "0.0001 %"),
            (125_000, "12.5 %"),
            (1_000_000, "100 %"),
        ];
        for (millionths, text) in shares {
            assert_eq!(percent(U256::from(millionths)), text);
        }
    }
}
