//! Money.

use std::{fmt, iter::Sum, ops::Add};

/// An amount of US dollars, in millionths of a millionth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PicoDollars(u128);

/// A dollar.
const DOLLAR: u128 = 1_000_000_000_000;
/// How many digits of a small amount are shown.
const SHOWN_DIGITS: usize = 3;

impl PicoDollars {
    /// A price for a million units, in hundredths of a cent: `250_000` is $25.
    pub(super) const fn per_million(hundredths_of_cents: u128) -> Self {
        Self(hundredths_of_cents * DOLLAR / 10_000 / 1_000_000)
    }

    pub(super) const fn new(picodollars: u128) -> Self {
        Self(picodollars)
    }

    #[must_use]
    pub(super) const fn times(self, count: u64) -> Self {
        Self(self.0 * count as u128)
    }

    /// The price of a part, rounded down to a whole picodollar.
    #[must_use]
    pub(super) const fn divided_by(self, parts: u128) -> Self {
        Self(self.0 / parts)
    }
}

impl Add for PicoDollars {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for PicoDollars {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

/// Whole cents from a dollar on, and three digits below it: `$12.30`, `$0.000215`.
impl fmt::Display for PicoDollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(amount) = *self;
        if amount == 0 {
            return f.write_str("$0");
        }
        if amount >= DOLLAR {
            let cents = (amount + DOLLAR / 200) / (DOLLAR / 100);
            return write!(f, "${}.{:02}", cents / 100, cents % 100);
        }
        let digits = amount.ilog10() as usize + 1;
        let unit = 10_u128.pow(u32::try_from(digits.saturating_sub(SHOWN_DIGITS)).unwrap_or(0));
        let rounded = (amount + unit / 2) / unit * unit;
        let fraction = format!("{:012}", rounded % DOLLAR);
        write!(f, "${}.{:0<2}", rounded / DOLLAR, fraction.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_the_digits_that_matter() {
        let texts =
            [0, 1, 25_000_000, 215_416_700, 107_708_350, 999_999_999_999, 12_295_000_000_000]
                .map(|amount| PicoDollars::new(amount).to_string());
        let expected =
            ["$0", "$0.000000000001", "$0.000025", "$0.000215", "$0.000108", "$1.00", "$12.30"];
        assert_eq!(texts, expected);
        assert_eq!(PicoDollars::per_million(250_000).times(1_000_000).to_string(), "$25.00");
    }
}
