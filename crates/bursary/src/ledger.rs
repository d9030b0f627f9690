//! The words of the ledger: what an entry is, and what a scholarship is worth.

use resource::Money;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an entry of a pupil's account is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A fee, or another debt; above zero.
    Charge,
    /// What is taken off a charge; below zero.
    Discount,
    /// Money received; below zero.
    Payment,
    /// Takes another entry back.
    Reversal,
    /// Money given back; above zero.
    Refund,
    /// What the school owes the pupil for another reason; below zero.
    Credit,
    /// A debt moved to another term: below zero where it leaves, above zero where it arrives.
    CarriedForward,
    /// What is charged for paying late; above zero.
    LateFee,
}

impl EntryKind {
    /// Every kind, as the wire and the database spell it.
    pub const WORDS: &'static [&'static str] = &[
        "charge",
        "discount",
        "payment",
        "reversal",
        "refund",
        "credit",
        "carried_forward",
        "late_fee",
    ];

    /// The kind as the wire and the database spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Discount => "discount",
            Self::Payment => "payment",
            Self::Reversal => "reversal",
            Self::Refund => "refund",
            Self::Credit => "credit",
            Self::CarriedForward => "carried_forward",
            Self::LateFee => "late_fee",
        }
    }
}

/// How a scholarship lowers a fee.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Benefit {
    /// By a part of it in a hundred.
    Percentage,
    /// By an amount, at most the fee.
    Fixed,
}

impl Benefit {
    /// What a benefit of `value` takes off `fee`: a percentage rounds half a minor unit up, and no
    /// benefit exceeds the fee.
    #[must_use]
    pub fn of(self, value: Money, fee: Money) -> Money {
        let off = match self {
            Self::Fixed => i128::from(value.minor()),
            // Hundredths of a percent: ten thousand are the whole.
            Self::Percentage => {
                (i128::from(fee.minor()) * i128::from(value.minor()) + 5_000) / 10_000
            }
        };
        let capped = off.clamp(0, i128::from(fee.minor().max(0)));
        Money::of_minor(i64::try_from(capped).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sea_orm::{ActiveEnum, Iterable};

    use super::*;

    proptest! {
        #[test]
        fn a_benefit_is_exact_to_half_a_minor_unit_and_never_exceeds_the_fee(
            fee in 0..=Money::MAX.minor(), value in 0_i64..=10_000, fixed in 0..=Money::MAX.minor(),
        ) {
            let (fee, value) = (Money::of_minor(fee), Money::of_minor(value));
            let off = Benefit::Percentage.of(value, fee);
            prop_assert!(Money::of_minor(0) <= off && off <= fee);
            let error = i128::from(off.minor()) * 10_000 - i128::from(fee.minor()) * i128::from(value.minor());
            prop_assert!((-5_000 < error) && (error <= 5_000), "{error}");
            let fixed = Money::of_minor(fixed);
            prop_assert_eq!(Benefit::Fixed.of(fixed, fee), fixed.min(fee));
        }
    }

    #[test]
    fn half_a_minor_unit_is_taken_off() {
        let half = Benefit::Percentage.of(Money::of_minor(5_000), Money::of_minor(101));
        assert_eq!(half, Money::of_minor(51));
    }

    #[test]
    fn every_kind_is_spelt_alike_everywhere() {
        let words: Vec<String> = EntryKind::iter().map(|kind| kind.to_value()).collect();
        assert_eq!(words, EntryKind::WORDS);
        for kind in EntryKind::iter() {
            assert_eq!(kind.as_str(), kind.to_value());
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
