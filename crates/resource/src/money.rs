//! Money: a whole number of minor units, written as decimal text, and never a float.

use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Object, ObjectBuilder, RefOr, Schema, SchemaFormat,
        schema::{SchemaType, Type},
    },
};

/// An amount of the school's currency in minor units (kobo, cents); JSON is text such as `"50000.00"`.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
#[serde(try_from = "String", into = "String")]
pub struct Money(i64);

/// Why a text is no amount; the words are the field's message.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum MoneyError {
    /// Not digits, a point and digits.
    #[error("A valid amount is required.")]
    Malformed,
    /// More than two decimals.
    #[error("Ensure that there are no more than 2 decimal places.")]
    Decimals,
    /// Beyond [`Money::MAX`] either way.
    #[error("Ensure that there are no more than 13 digits before the decimal point.")]
    Digits,
}

impl Money {
    /// The largest amount taken from a client: fifteen digits in all, so that a JSON number, which
    /// many clients keep as a double, still names it exactly.
    pub const MAX: Self = Self(999_999_999_999_999);

    /// An amount of `minor` units.
    #[must_use]
    pub const fn of_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The amount in minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Schema of an amount in a body that may be zero, and not less: text or a number, two decimals at most.
    #[must_use]
    pub fn not_below_zero() -> Object {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
            .format(Some(SchemaFormat::Custom("money".into())))
            .description(Some(
                "Amount of zero or more as text or a number, at most two decimals.",
            ))
            .minimum(Some(0.0))
            .examples([serde_json::json!("5000.00")])
            .build()
    }

    /// Schema of an amount in a body that must be above zero: text or a number, two decimals at most.
    #[must_use]
    pub fn above_zero() -> Object {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
            .format(Some(SchemaFormat::Custom("money".into())))
            .description(Some(
                "Amount above zero as text or a number, at most two decimals.",
            ))
            .minimum(Some(0.01))
            .examples([serde_json::json!("50000.00")])
            .build()
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        for part in [whole, decimals] {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(MoneyError::Malformed);
            }
        }
        if decimals.len() > 2 {
            return Err(MoneyError::Decimals);
        }
        let minor: i64 = format!("{whole}{decimals:0<2}")
            .parse()
            .map_err(|_| MoneyError::Digits)?;
        if minor > Self::MAX.0 {
            return Err(MoneyError::Digits);
        }
        Ok(Self(if negative { -minor } else { minor }))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let minor = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", minor / 100, minor % 100)
    }
}

impl TryFrom<String> for Money {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Money> for String {
    fn from(money: Money) -> Self {
        money.to_string()
    }
}

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("money".into())))
            .pattern(Some(r"^-?\d+\.\d{2}$"))
            .description(Some("Amount of the school's currency, with two decimals."))
            .examples([serde_json::json!("50000.00")])
            .into()
    }
}

impl ToSchema for Money {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bounded() -> impl Strategy<Value = Money> {
        (-Money::MAX.0..=Money::MAX.0).prop_map(Money)
    }

    proptest! {
        #[test]
        fn text_and_json_give_the_amount_back(money in bounded()) {
            prop_assert_eq!(money.to_string().parse(), Ok(money));
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        }

        #[test]
        fn a_json_number_names_the_same_amount_as_its_text(money in bounded()) {
            let number: serde_json::Number = serde_json::from_str(&money.to_string()).unwrap();
            prop_assert_eq!(number.to_string().parse(), Ok(money));
        }

        #[test]
        fn no_text_is_read_as_an_amount_it_does_not_spell(text in "-?[0-9]{0,17}[.,e]?[0-9]{0,4}") {
            if let Ok(money) = text.parse::<Money>() {
                let plain = money.to_string();
                let (whole, decimals) = plain.split_once('.').unwrap();
                let given = text.trim_start_matches('-').trim_start_matches('0');
                let (given, rest) = given.split_once('.').unwrap_or((given, ""));
                prop_assert_eq!(given, whole.trim_start_matches('-').trim_start_matches('0'));
                prop_assert_eq!(format!("{rest:0<2}"), decimals);
            }
        }
    }

    #[test]
    fn what_is_no_amount_says_why() {
        for text in [
            "", "-", ".", "5.", ".5", "+5", "5,00", "1e3", "--5", "5 0", "NaN",
        ] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError::Malformed), "{text}");
        }
        assert_eq!("0.001".parse::<Money>(), Err(MoneyError::Decimals));
        assert_eq!(
            "10000000000000.00".parse::<Money>(),
            Err(MoneyError::Digits)
        );
        assert_eq!(
            "99999999999999999999".parse::<Money>(),
            Err(MoneyError::Digits)
        );
    }

    #[derive(ToSchema)]
    #[allow(dead_code, reason = "its schema is all that is looked at")]
    struct Priced {
        #[schema(schema_with = Money::above_zero)]
        amount: Money,
    }

    #[test]
    fn a_body_may_give_an_amount_as_text_or_number_and_above_zero_only() {
        let shape = crate::shape::Shape::of::<Priced>();
        let mut body = serde_json::json!({ "amount": 50_000.1 });
        assert!(shape.check(&mut body).is_empty());
        assert_eq!(body, serde_json::json!({ "amount": "50000.10" }));
        for (amount, message) in [
            (
                serde_json::json!("-5.00"),
                "Ensure this value is greater than or equal to 0.01.",
            ),
            (
                serde_json::json!(0),
                "Ensure this value is greater than or equal to 0.01.",
            ),
            (
                serde_json::json!(0.125),
                "Ensure that there are no more than 2 decimal places.",
            ),
            (serde_json::json!(1e40), "A valid amount is required."),
            (serde_json::json!(true), "A valid amount is required."),
            (serde_json::json!(null), "This field may not be null."),
        ] {
            let errors = shape.check(&mut serde_json::json!({ "amount": amount.clone() }));
            assert_eq!(
                errors.0.get("amount").map(Vec::as_slice),
                Some(&[message.to_owned()][..]),
                "{amount}"
            );
        }
    }
}
