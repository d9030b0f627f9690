//! When something happens: on a day, which is the same day in every time zone, or at a moment.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, Timelike, Utc};

/// What text that is neither a day nor a moment is told.
pub const NEITHER: &str = "Use a date, YYYY-MM-DD, or a moment by RFC 3339, YYYY-MM-DDThh:mm:ssZ, of the years 1 to 9999.";

/// A day or a moment of the years 1 to 9999; moments are kept in UTC, to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// A whole day.
    Day(NaiveDate),
    /// A moment.
    Moment(DateTime<Utc>),
}

impl When {
    /// Reads `YYYY-MM-DD` or RFC 3339; none for anything else.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (when, year) = if text.len() == 10 {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            (Self::Day(day), day.year())
        } else {
            let moment = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
            // A leap second counts up to two thousand million nanoseconds, and has no column to be kept in.
            let micros = moment.nanosecond().min(999_999_999) / 1_000;
            (
                Self::Moment(moment.with_nanosecond(micros * 1_000)?),
                moment.year(),
            )
        };
        (1..=9999).contains(&year).then_some(when)
    }

    /// The day or moment that `at`, a column, stands for.
    #[must_use]
    pub fn kept(at: DateTime<Utc>, all_day: bool) -> Self {
        if all_day {
            Self::Day(at.date_naive())
        } else {
            Self::Moment(at)
        }
    }

    /// How it is kept: a day as its midnight in UTC.
    #[must_use]
    pub fn at(self) -> DateTime<Utc> {
        match self {
            Self::Day(day) => day.and_time(NaiveTime::MIN).and_utc(),
            Self::Moment(moment) => moment,
        }
    }

    /// Whether it is a whole day.
    #[must_use]
    pub fn is_day(self) -> bool {
        matches!(self, Self::Day(_))
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Moment(moment) => {
                f.write_str(&moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_day_comes_back_as_the_day_it_was(days in 1_i32..=3_652_059) {
            let text = NaiveDate::from_num_days_from_ce_opt(days).unwrap().to_string();
            let when = When::read(&text).unwrap();
            prop_assert!(when.is_day());
            prop_assert_eq!(When::kept(when.at(), true).to_string(), text);
        }

        #[test]
        fn a_moment_of_any_zone_is_the_same_moment_in_utc(seconds in 0_i64..=4_000_000_000, minutes in -720_i32..=840) {
            let moment = DateTime::from_timestamp(seconds, 0).unwrap();
            let zone = chrono::FixedOffset::east_opt(60 * minutes).unwrap();
            let when = When::read(&moment.with_timezone(&zone).to_rfc3339()).unwrap();
            prop_assert_eq!(when, When::Moment(moment));
            prop_assert_eq!(When::read(&when.to_string()).unwrap(), when);
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "",
            "soon",
            "2026-02-30",
            "2026-2-03",
            "0000-01-01",
            "-001-01-01",
            "2026-02-03T10:00",
            "2026-02-03T25:00:00Z",
            "9999-12-31T23:00:00-02:00",
        ] {
            assert_eq!(When::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_leap_second_is_the_last_microsecond_that_can_be_kept() {
        let when = When::read("2016-12-31T23:59:60Z").unwrap();
        assert_eq!(when.to_string(), "2016-12-31T23:59:59.999999Z");
    }
}
