//! Amounts as people read them: exact, and nothing rounded away.

use alloy_primitives::U256;

/// Decimal places that an eye can still count.
const READABLE: usize = 9;

/// `wei` in units of 10^18, exact: `0.5 ETH`. What is smaller than a billionth, or ends there, is said in wei, too.
#[must_use]
pub fn amount(wei: U256, unit: &str) -> String {
    let decimals = decimals(wei);
    let fine = decimals
        .split_once('.')
        .is_some_and(|(_, fraction)| fraction.len() > READABLE);
    if fine {
        [&decimals, " ", unit, " (", &wei.to_string(), " × 10^-18)"].concat()
    } else {
        [&decimals, " ", unit].concat()
    }
}

/// `wei` ÷ 10^18 without zeros at the end.
#[must_use]
pub fn decimals(wei: U256) -> String {
    shifted(wei, 18)
}

/// What [`decimals`] would write so, in units of 10^-18; nothing for anything but digits with a point and 18 decimals at most.
#[must_use]
pub fn parse(text: &str) -> Option<U256> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    let good = !whole.is_empty() && is_number(whole) && is_number(fraction) && fraction.len() <= 18;
    let digits = [
        whole,
        fraction,
        &"0".repeat(18usize.saturating_sub(fraction.len())),
    ]
    .concat();
    good.then(|| digits.parse().ok()).flatten()
}

/// Millionths as per cent, exact: `12.5 %`.
#[must_use]
pub fn percent(millionths: U256) -> String {
    [&shifted(millionths, 4), " %"].concat()
}

/// `number` ÷ 10^`places`, by its digits: they are exact, and there is no division.
fn shifted(number: U256, places: usize) -> String {
    let digits = number.to_string();
    let padded = ["0".repeat((places + 1).saturating_sub(digits.len())), digits].concat();
    let (whole, fraction) = padded.split_at(padded.len() - places);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => [whole, ".", fraction].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_that_is_read_is_the_one_that_was_written() {
        for wei in [0, 7, 10u128.pow(18), 12_500_000_000_000_000_001] {
            assert_eq!(parse(&decimals(U256::from(wei))), Some(U256::from(wei)));
        }
        let wrong = [
            "",
            ".5",
            "1e3",
            "-1",
            "0x1",
            "1.0000000000000000001",
            "1.2.3",
            " 1",
        ];
        assert!(wrong.iter().all(|text| parse(text).is_none()));
        assert_eq!(parse(&"9".repeat(80)), None, "more than there can be");
    }

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
