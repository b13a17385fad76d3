//! Money: US dollars as exact decimals. Never a float, so that a sum of many small prices is what it should be.

use std::{borrow::Cow, fmt, iter::Sum, ops::Add, str::FromStr};

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, de::Error as _};

/// An amount of US dollars, zero or more. Sums that no account could hold stay at the most that can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money(Decimal);

/// The text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an amount of US dollars: write it like 2.50, with at most 12 places, up to a thousand million")]
pub struct NotMoney;

/// Most that a person or a service may name.
const MOST: i64 = 1_000_000_000;
/// Most places that a person or a service may name.
const PLACES: u32 = 12;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// A product of a price; none: it is negative.
    pub fn of(amount: Decimal) -> Option<Self> {
        (!amount.is_sign_negative() || amount.is_zero()).then(|| Self(amount.normalize()))
    }

    /// The number.
    pub fn amount(self) -> Decimal {
        self.0
    }

    /// Is it nothing?
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// What is left of it after `other`; never below zero.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        if other >= self { Self::ZERO } else { Self((self.0 - other.0).normalize()) }
    }

    /// That many times as much, rounded to a millionth of a cent: for estimates alone.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let factor = Decimal::from_f64_retain(factor.max(0.0)).unwrap_or_default();
        self.0.checked_mul(factor).and_then(|amount| Self::of(amount.round_dp(8))).unwrap_or(self)
    }

    /// What a part is of a whole; for estimates alone. None: of nothing.
    pub fn share_of(self, whole: Self) -> Option<f64> {
        use rust_decimal::prelude::ToPrimitive as _;
        self.0.checked_div(whole.0)?.to_f64()
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0).normalize())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// `$2.50`, `$0.0042`: cents at least, and as many places as there are.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut amount = self.0;
        if amount.scale() < 2 {
            amount.rescale(2);
        }
        f.pad(&format!("${amount}"))
    }
}

impl FromStr for Money {
    type Err = NotMoney;

    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let plain = text.strip_prefix('$').unwrap_or(text);
        if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(NotMoney);
        }
        let amount = Decimal::from_str_exact(plain).map_err(|_| NotMoney)?.normalize();
        if amount > Decimal::from(MOST) || amount.scale() > PLACES {
            return Err(NotMoney);
        }
        Self::of(amount).ok_or(NotMoney)
    }
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.0.normalize())
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(d)?;
        // Also what was computed and written down, with more places than a person may name.
        let amount = Decimal::from_str_exact(&text).map_err(|_| D::Error::custom(NotMoney))?;
        Self::of(amount).ok_or_else(|| D::Error::custom(NotMoney))
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "US dollars as an exact decimal: `\"0.0042\"`.",
            "type": "string",
            "pattern": "^[0-9]+(\\.[0-9]+)?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_written_for_people_and_for_programs() {
        for (text, shown, json) in [
            ("2.5", "$2.50", "\"2.5\""),
            ("$3", "$3.00", "\"3\""),
            ("0.00420", "$0.0042", "\"0.0042\""),
            ("0", "$0.00", "\"0\""),
        ] {
            assert_eq!(money(text).to_string(), shown);
            assert_eq!(serde_json::to_string(&money(text)).unwrap(), json);
            assert_eq!(serde_json::from_str::<Money>(json).unwrap(), money(text));
        }
        for bad in
            ["", "-1", "+1", "1e3", "1,5", "$", "$$1", " 1", "0.0000000000001", "1000000001", "NaN", "1.2.3", "."]
        {
            assert_eq!(bad.parse::<Money>(), Err(NotMoney), "{bad}");
        }
        assert!(serde_json::from_str::<Money>("\"-1\"").is_err() && serde_json::from_str::<Money>("1.5").is_err());
    }

    #[test]
    fn what_is_left_is_never_below_zero() {
        assert_eq!(money("1").less(money("0.25")), money("0.75"));
        assert_eq!(money("1").less(money("2")), Money::ZERO);
        let most = Money(Decimal::MAX);
        assert_eq!(most + most, most);
    }

    proptest! {
        #[test]
        fn sums_are_exact_in_any_order(parts in prop::collection::vec(0u32..2_000_000, 1..60)) {
            let amounts: Vec<Money> = parts.iter().map(|n| Money(Decimal::new(i64::from(*n), 9))).collect();
            let whole: i64 = parts.iter().map(|n| i64::from(*n)).sum();
            prop_assert_eq!(amounts.iter().copied().sum::<Money>(), Money(Decimal::new(whole, 9)));
            prop_assert_eq!(amounts.iter().rev().copied().sum::<Money>(), Money(Decimal::new(whole, 9)));
        }

        #[test]
        fn nothing_that_is_written_panics(text in ".{0,40}") {
            if let Ok(amount) = text.parse::<Money>() {
                let json = serde_json::to_string(&amount).unwrap();
                prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), amount);
            }
        }
    }
}
