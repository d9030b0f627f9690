//! Quiet hours: whether it is time for an e-mail, and when it is where it is not.

use chrono::{DateTime, Days, NaiveTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use identity::zones::to_utc;

/// When the quiet hours `from`–`to`, minutes of the day in `zone`, that `now` is in are over; none when it is in
/// none. A time of the clock that comes twice is the one to come; hours that begin after they end go over
/// midnight.
pub(super) fn until(now: DateTime<Utc>, zone: Tz, from: i64, to: i64) -> Option<DateTime<Utc>> {
    let local = now.with_timezone(&zone);
    let minute = i64::from(local.hour() * 60 + local.minute());
    let quiet = if from < to {
        (from..to).contains(&minute)
    } else {
        minute >= from || minute < to
    };
    if !quiet {
        return None;
    }
    let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(to * 60).ok()?, 0)?;
    let ahead = Days::new(u64::from(minute >= to));
    let end = (local.date_naive() + ahead).and_time(time);
    let moments = [
        Some(to_utc(end, zone)),
        zone.from_local_datetime(&end)
            .latest()
            .map(|at| at.to_utc()),
    ];
    moments.into_iter().flatten().find(|at| *at > now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_end_by_the_clock_of_the_school() {
        let (night, noon) = ((21 * 60, 6 * 60 + 30), (12 * 60, 13 * 60));
        for (zone, now, (from, to), end) in [
            (
                Tz::Africa__Lagos,
                "2026-01-05T21:00:00Z",
                night,
                Some("2026-01-06T05:30:00Z"),
            ),
            (
                Tz::Africa__Lagos,
                "2026-01-06T05:29:59Z",
                night,
                Some("2026-01-06T05:30:00Z"),
            ),
            (Tz::Africa__Lagos, "2026-01-06T05:30:00Z", night, None),
            (Tz::Africa__Lagos, "2026-01-06T19:59:59Z", night, None),
            (
                Tz::Africa__Lagos,
                "2026-01-06T11:59:59Z",
                noon,
                Some("2026-01-06T12:00:00Z"),
            ),
            // The night on which the clock leaps is an hour shorter, the one on which it goes back longer.
            (
                Tz::America__New_York,
                "2026-03-08T03:00:00Z",
                night,
                Some("2026-03-08T10:30:00Z"),
            ),
            (
                Tz::America__New_York,
                "2026-11-01T02:00:00Z",
                night,
                Some("2026-11-01T11:30:00Z"),
            ),
            // 01:30 comes twice: in the second of these hours it is the second.
            (
                Tz::America__New_York,
                "2026-11-01T05:10:00Z",
                (1260, 90),
                Some("2026-11-01T05:30:00Z"),
            ),
            (
                Tz::America__New_York,
                "2026-11-01T06:10:00Z",
                (1260, 90),
                Some("2026-11-01T06:30:00Z"),
            ),
            // 02:30 never comes: it is read by the clock before the leap.
            (
                Tz::America__New_York,
                "2026-03-08T06:50:00Z",
                (1260, 150),
                Some("2026-03-08T07:30:00Z"),
            ),
        ] {
            assert_eq!(until(at(now), zone, from, to), end.map(at), "{zone} {now}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quiet_ends_later_and_within_a_day_and_an_hour(
            seconds in 1_700_000_000_i64..1_900_000_000, from in 0_i64..1_440, to in 0_i64..1_440, zone in 0_usize..4
        ) {
            prop_assume!(from != to);
            let zones = [Tz::Africa__Lagos, Tz::America__New_York, Tz::Australia__Lord_Howe, Tz::Europe__London];
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            if let Some(end) = until(now, zones[zone], from, to) {
                prop_assert!(end > now && end - now <= chrono::TimeDelta::hours(25));
            }
        }
    }
}
