use std::fmt;

use serde::{Deserialize, Serialize};

/// A currency we settle in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// South Korean won, which has no minor unit.
    Krw,
}

impl Currency {
    /// ISO 4217 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Krw => "KRW",
        }
    }

    /// The currency of an ISO 4217 code.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for one we do not settle in.
    pub fn from_code(code: &str) -> Result<Self, MoneyError> {
        match code {
            "KRW" => Ok(Self::Krw),
            _ => Err(MoneyError::UnknownCurrency),
        }
    }
}

/// An amount in the smallest unit of its currency. Arithmetic never wraps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Currency of the amount.
    pub currency: Currency,
    /// Minor units; for won, won.
    pub minor: i64,
}

/// Why an amount cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The result does not fit.
    #[error("the amount is too large")]
    Overflow,
    /// The two amounts are in different currencies.
    #[error("the amounts are in different currencies")]
    CurrencyMismatch,
    /// We do not settle in this currency.
    #[error("the currency is not supported; use KRW")]
    UnknownCurrency,
}

impl Money {
    /// This many won.
    pub const fn won(won: i64) -> Self {
        Self {
            currency: Currency::Krw,
            minor: won,
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// Different currencies, or a sum that does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference; may be below zero.
    ///
    /// # Errors
    /// Different currencies, or a difference that does not fit.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// This amount `count` times.
    ///
    /// # Errors
    /// A product that does not fit.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    fn combine(self, other: Self, with: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let minor = with(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.minor, self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_overflow_is_an_error() {
        assert_eq!(
            Money::won(i64::MAX).plus(Money::won(1)),
            Err(MoneyError::Overflow)
        );
        assert_eq!(Money::won(i64::MAX).times(2), Err(MoneyError::Overflow));
    }

    proptest! {
        #[test]
        fn what_was_added_can_be_taken_off_again(a in -1_000_000_000_000i64..1_000_000_000_000, b in -1_000_000_000_000i64..1_000_000_000_000) {
            let sum = Money::won(a).plus(Money::won(b)).expect("it fits");
            prop_assert_eq!(sum.minus(Money::won(b)), Ok(Money::won(a)));
        }
    }
}
