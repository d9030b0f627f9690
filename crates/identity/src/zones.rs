//! Time zones: the moment of an hour of a wall clock.

use chrono::{DateTime, Days, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The moment of a time of the wall clock. A time that comes twice is its first; one that the clock
/// leaps over is read by the offset before the leap (RFC 5545 §3.3.5).
#[must_use]
pub fn to_utc(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    if let Some(at) = zone.from_local_datetime(&local).earliest() {
        return at.to_utc();
    }
    // No clock leaps twice in a day, nor over a whole one to which a school holds.
    let before = zone.offset_from_utc_datetime(&(local - Days::new(1))).fix();
    (local - TimeDelta::seconds(before.local_minus_utc().into())).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_that_comes_twice_is_the_first_and_one_leapt_over_is_read_as_before() {
        for (zone, local, utc) in [
            (
                Tz::America__New_York,
                "2026-11-01T01:30:00",
                "2026-11-01T05:30:00Z",
            ),
            (
                Tz::America__New_York,
                "2026-03-08T02:30:00",
                "2026-03-08T07:30:00Z",
            ),
            (
                Tz::America__New_York,
                "2026-07-01T08:00:00",
                "2026-07-01T12:00:00Z",
            ),
            (
                Tz::Africa__Lagos,
                "2026-07-01T08:00:00",
                "2026-07-01T07:00:00Z",
            ),
        ] {
            assert_eq!(to_utc(local.parse().unwrap(), zone), at(utc), "{local}");
        }
    }
}
