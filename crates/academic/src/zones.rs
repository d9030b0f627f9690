//! Time zones: the moment a day begins, and a zone as calendars carry it (RFC 5545 §3.6.5).

use std::fmt::Write;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetComponents, OffsetName, Tz};
use identity::zones::to_utc;

/// The moment a day begins.
#[must_use]
pub fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    to_utc(day.and_time(NaiveTime::MIN), zone)
}

/// One rule of a zone's clock, from a moment on.
struct Observance {
    from: DateTime<Utc>,
    before: FixedOffset,
    after: FixedOffset,
    summer: bool,
    name: String,
}

fn observance(zone: Tz, from: DateTime<Utc>, before: FixedOffset) -> Observance {
    let offset = zone.offset_from_utc_datetime(&from.naive_utc());
    Observance {
        from,
        before,
        after: offset.fix(),
        summer: !offset.dst_offset().is_zero(),
        name: offset.abbreviation().unwrap_or_default().to_owned(),
    }
}

/// The component `VTIMEZONE` of a zone, true between two moments.
#[must_use]
pub fn component(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    write(&mut text, &observance(zone, from, offset(from)));
    let week = TimeDelta::days(7);
    let mut at = from;
    while at < to {
        let next = at + week;
        if offset(at) != offset(next) {
            let change = change(at, next, offset);
            write(&mut text, &observance(zone, change, offset(at)));
        }
        at = next;
    }
    text.push_str("END:VTIMEZONE\r\n");
    text
}

/// The second between two moments at which the offset changes.
fn change(
    mut before: DateTime<Utc>,
    mut after: DateTime<Utc>,
    offset: impl Fn(DateTime<Utc>) -> FixedOffset,
) -> DateTime<Utc> {
    let old = offset(before);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if offset(middle) == old {
            before = middle;
        } else {
            after = middle;
        }
    }
    after
}

fn write(text: &mut String, one: &Observance) {
    let kind = if one.summer { "DAYLIGHT" } else { "STANDARD" };
    // A change is told by the clock as it was before it.
    let start = one.from.with_timezone(&one.before).format("%Y%m%dT%H%M%S");
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "BEGIN:{kind}\r\nDTSTART:{start}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\nTZNAME:{}\r\nEND:{kind}\r\n",
        digits(one.before),
        digits(one.after),
        one.name
    );
}

/// `+hhmm`, with seconds where there are some (RFC 5545 §3.3.14).
fn digits(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match rest {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        rest => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_zone_names_every_change_of_its_clock_once() {
        let text = component(
            Tz::America__New_York,
            at("2026-01-01T00:00:00Z"),
            at("2027-01-01T00:00:00Z"),
        );
        for lines in [
            "BEGIN:DAYLIGHT\r\nDTSTART:20260308T020000\r\nTZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nTZNAME:EDT\r\nEND:DAYLIGHT",
            "BEGIN:STANDARD\r\nDTSTART:20261101T020000\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nTZNAME:EST\r\nEND:STANDARD",
        ] {
            assert!(text.contains(lines), "{text}");
        }
        assert_eq!(text.matches("TZOFFSETTO").count(), 3);
        let still = component(
            Tz::Africa__Lagos,
            at("2026-01-01T00:00:00Z"),
            at("2031-01-01T00:00:00Z"),
        );
        assert_eq!(still.matches("TZOFFSETTO:+0100").count(), 1);
    }
}
