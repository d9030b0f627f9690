//! What values a parameter takes, and a cursor carries.

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use sea_orm::{
    ColumnTrait, ColumnType, DbErr, ExprTrait, QueryResult, TryGetable, Value,
    sea_query::{Alias, Expr},
};

/// Kind of a value in a query string. It decides what text is sound and which suffixes a filter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, equal to the letter; `__in`.
    Text,
    /// Id of a row, in digits; `__in`.
    Pk,
    /// One of these words; `__in`.
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A whole number of 64 bits; `__gte`, `__lte`.
    Integer,
    /// A finite number; `__gte`, `__lte`.
    Real,
    /// `YYYY-MM-DD`, years 1 to 9999; `__gte`, `__lte`.
    Date,
    /// RFC 3339, years 1 to 9999 in UTC; `__gte`, `__lte`.
    DateTime,
}

impl Kind {
    /// The kind that a column's values sort as.
    pub(crate) fn of(column: &impl ColumnTrait) -> Self {
        match column.def().get_column_type() {
            ColumnType::TinyInteger
            | ColumnType::SmallInteger
            | ColumnType::Integer
            | ColumnType::BigInteger => Self::Integer,
            ColumnType::Float | ColumnType::Double | ColumnType::Decimal(_) => Self::Real,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Date => Self::Date,
            ColumnType::DateTime | ColumnType::Timestamp | ColumnType::TimestampWithTimeZone => {
                Self::DateTime
            }
            _ => Self::Text,
        }
    }

    /// Reads text from outside; the message says what would be sound.
    pub(crate) fn read(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text if text.contains('\0') => Err("Null characters are not allowed.".into()),
            Self::Text => Ok(text.into()),
            Self::Pk => digits(text)
                .map(Value::from)
                .ok_or_else(|| format!("\"{text}\" is not an id.")),
            Self::Choice(words) if words.contains(&text) => Ok(text.into()),
            Self::Choice(words) => Err(format!(
                "\"{text}\" is not a valid choice. Choose from: {}.",
                words.join(", ")
            )),
            Self::Boolean => boolean(text)
                .map(Value::from)
                .ok_or_else(|| "Must be a valid boolean.".into()),
            Self::Integer => integer(text)
                .map(Value::from)
                .ok_or_else(|| "A valid integer is required.".into()),
            Self::Real => real(text)
                .map(Value::from)
                .ok_or_else(|| "A valid number is required.".into()),
            Self::Date => date(text).map(Value::from).ok_or_else(|| {
                "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.".into()
            }),
            Self::DateTime => moment(text).map(Value::from).ok_or_else(|| {
                "Datetime has wrong format. Use RFC 3339: YYYY-MM-DDThh:mm:ssZ.".into()
            }),
        }
    }

    /// The letter this kind has in a row that carries its own ordering keys.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Text | Self::Choice(_) => 't',
            Self::Pk | Self::Integer => 'i',
            Self::Real => 'r',
            Self::Boolean => 'b',
            Self::Date => 'd',
            Self::DateTime => 'm',
        }
    }

    /// An expression of this kind, as [`fetch`] reads it: numbers in their widest type.
    pub(crate) fn widest(self, expr: Expr) -> Expr {
        match self {
            Self::Pk | Self::Integer => expr.cast_as(Alias::new("bigint")),
            Self::Real => expr.cast_as(Alias::new("double precision")),
            _ => expr,
        }
    }
}

/// Reads one column of the kind that `letter` stands for.
pub(crate) fn fetch(row: &QueryResult, letter: char, column: &str) -> Result<Value, DbErr> {
    fn get<T: TryGetable>(row: &QueryResult, column: &str) -> Result<Value, DbErr>
    where
        Option<T>: Into<Value>,
    {
        row.try_get::<Option<T>>("", column).map(Into::into)
    }
    match letter {
        'i' => get::<i64>(row, column),
        'r' => get::<f64>(row, column),
        'b' => get::<bool>(row, column),
        'd' => get::<NaiveDate>(row, column),
        'm' => get::<DateTime<Utc>>(row, column),
        _ => get::<String>(row, column),
    }
}

/// The one text of a value, which its kind reads back; nothing for NULL.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.clone(),
        Value::BigInt(number) => number.map(|number| number.to_string()),
        Value::Double(number) => number.map(|number| number.to_string()),
        Value::Bool(flag) => flag.map(|flag| flag.to_string()),
        Value::ChronoDate(date) => date.map(|date| date.to_string()),
        Value::ChronoDateTimeUtc(moment) => {
            moment.map(|moment| moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        }
        _ => None,
    }
}

fn digits(text: &str) -> Option<i64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

fn real(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

// Both engines hold these years, and as text they sort as they follow each other.
fn is_sound_year(year: i32) -> bool {
    (1..=9999).contains(&year)
}

fn date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (text.len() == 10 && is_sound_year(date.year())).then_some(date)
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    is_sound_year(moment.year()).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_text_is_read_and_written_back_in_one_spelling() {
        for (kind, text, canonical) in [
            (Kind::Pk, "007", "7"),
            (Kind::Integer, "-12", "-12"),
            (Kind::Real, "0.10", "0.1"),
            (Kind::Boolean, "True", "true"),
            (Kind::Date, "2008-02-29", "2008-02-29"),
            (
                Kind::DateTime,
                "2025-09-01T09:00:00.250+01:00",
                "2025-09-01T08:00:00.250Z",
            ),
            (Kind::Choice(&["Male", "Female"]), "Male", "Male"),
            (Kind::Text, "Adé", "Adé"),
        ] {
            let value = kind.read(text).unwrap();
            assert_eq!(text_of(&value).as_deref(), Some(canonical));
            assert_eq!(kind.read(canonical).unwrap(), value);
        }
    }

    #[test]
    fn unsound_text_is_refused() {
        for (kind, text) in [
            (Kind::Pk, "-1"),
            (Kind::Pk, "+1"),
            (Kind::Pk, ""),
            (Kind::Pk, "9223372036854775808"),
            (Kind::Integer, "1.0"),
            (Kind::Real, "NaN"),
            (Kind::Real, "inf"),
            (Kind::Real, "1e999"),
            (Kind::Boolean, "yes"),
            (Kind::Date, "2007-02-29"),
            (Kind::Date, "2007-2-3"),
            (Kind::Date, "-4713-01-01"),
            (Kind::Date, "0000-01-01"),
            (Kind::DateTime, "2025-09-01"),
            (Kind::DateTime, "0001-01-01T00:00:00+01:00"),
            (Kind::Choice(&["Male", "Female"]), "male"),
            (Kind::Text, "a\0b"),
        ] {
            assert!(kind.read(text).is_err(), "{kind:?} took {text:?}");
        }
    }
}
