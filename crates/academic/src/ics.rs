//! Events as an iCalendar object (RFC 5545): days as dates without a zone, moments in UTC, and moments that
//! come again by the clock of a zone, which goes with them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::{Component, Event, EventLike, EventStatus, Property, ValueType};

use crate::{
    entities::{cancelled_event, event},
    services::occurrences::excluded,
    when::When,
    zones,
};

/// Years to come that a zone is told for.
const YEARS_TOLD: i64 = 5;

/// One event of a calendar, planned or cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it goes by everywhere and always.
    pub uid: String,
    /// How many times it has changed.
    pub sequence: u32,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// Title.
    pub title: String,
    /// What there is to know.
    pub description: String,
    /// When it starts.
    pub start: When,
    /// When it ends; a day still belongs to it.
    pub end: Option<When>,
    /// Rule by which it takes place again; empty where it does not.
    pub recurrence: String,
    /// Days on which it does not start though the rule says so.
    pub excluded: Vec<NaiveDate>,
    /// Whether it was deleted.
    pub cancelled: bool,
}

fn uid(school: i64, id: i64) -> String {
    format!("event-{school}-{id}@termbook")
}

impl From<event::Model> for Entry {
    fn from(row: event::Model) -> Self {
        let excluded = excluded(&row);
        Self {
            uid: uid(row.school_id, row.id),
            sequence: u32::try_from(row.row_version - 1).unwrap_or(u32::MAX),
            changed_at: row.updated_at,
            title: row.title,
            description: row.description,
            start: When::kept(row.starts_at, row.all_day),
            end: row.ends_at.map(|at| When::kept(at, row.all_day)),
            recurrence: row.recurrence,
            excluded,
            cancelled: false,
        }
    }
}

impl From<cancelled_event::Model> for Entry {
    fn from(row: cancelled_event::Model) -> Self {
        Self {
            uid: uid(row.school_id, row.event_id),
            sequence: u32::try_from(row.sequence).unwrap_or(u32::MAX),
            changed_at: row.created_at,
            title: row.title,
            description: String::new(),
            start: When::kept(row.starts_at, row.all_day),
            end: row.ends_at.map(|at| When::kept(at, row.all_day)),
            recurrence: String::new(),
            excluded: Vec::new(),
            cancelled: true,
        }
    }
}

/// An iCalendar object in the making.
#[derive(Debug)]
pub struct Calendar {
    inner: icalendar::Calendar,
    zone: Tz,
    /// Start of the earliest moment told by the clock of the zone.
    local_since: Option<DateTime<Utc>>,
}

impl Calendar {
    /// An empty calendar that readers show under `name`, of a school that lives in `zone`.
    #[must_use]
    pub fn named(name: &str, zone: Tz) -> Self {
        let mut calendar = icalendar::Calendar::empty();
        calendar
            .append_property(Property::new("VERSION", "2.0"))
            .append_property(Property::new("PRODID", "-//Termbook//Termbook//EN"))
            .append_property(Property::new("CALSCALE", "GREGORIAN"))
            .append_property(Property::new("METHOD", "PUBLISH"))
            .name(&on_one_line(name));
        Self {
            inner: calendar,
            zone,
            local_since: None,
        }
    }

    /// Adds an event.
    pub fn add(&mut self, entry: &Entry) {
        let mut event = Event::with_uid(&entry.uid);
        event
            .timestamp(entry.changed_at)
            .last_modified(entry.changed_at)
            .sequence(entry.sequence)
            .summary(&on_one_line(&entry.title));
        if !entry.description.is_empty() {
            event.description(&printable(&entry.description));
        }
        if entry.cancelled {
            event.status(EventStatus::Cancelled);
        } else {
            event.status(EventStatus::Confirmed);
        }
        match entry.start {
            When::Moment(start) if !entry.recurrence.is_empty() => {
                let since = self.local_since.unwrap_or(start);
                self.local_since = Some(since.min(start));
                local_span(&mut event, start, entry, self.zone);
            }
            _ => span(&mut event, entry),
        }
        repeat(&mut event, entry, self.zone);
        self.inner.push(event);
    }

    /// Its text as it is to be read at `now`: lines of at most 75 octets, each ended by CRLF.
    #[must_use]
    pub fn text(&self, now: DateTime<Utc>) -> String {
        let text = self.inner.to_string();
        let Some(since) = self.local_since else {
            return text;
        };
        // Whole years, so that the text changes with the events and with the year alone.
        let until = now.max(since) + TimeDelta::days(366 * YEARS_TOLD);
        let until = until.with_month(1).and_then(|at| at.with_day(1));
        let until = until.unwrap_or(now).date_naive();
        let component = zones::component(
            self.zone,
            since - TimeDelta::days(1),
            zones::midnight(until, self.zone),
        );
        text.replacen(FIRST_EVENT, &format!("\r\n{component}BEGIN:VEVENT\r\n"), 1)
    }
}

/// How the first event of a text begins, which no folded or escaped line can.
const FIRST_EVENT: &str = "\r\nBEGIN:VEVENT\r\n";

/// A moment by the clock of a zone, which keeps its hour when that changes; the length is the same each time.
fn local_span(event: &mut Event, start: DateTime<Utc>, entry: &Entry, zone: Tz) {
    event.append_property(local("DTSTART", local_time(start, zone), zone));
    let end = entry.end.map(|end| end.at().trunc_subsecs(0));
    if let Some(end) = end.filter(|end| *end > start.trunc_subsecs(0)) {
        event.append_property(local("DTEND", local_time(end, zone), zone));
    }
}

/// The rule and the days left out, each as the start they would have had.
fn repeat(event: &mut Event, entry: &Entry, zone: Tz) {
    if entry.recurrence.is_empty() {
        return;
    }
    event.append_property(Property::new("RRULE", &entry.recurrence));
    for day in &entry.excluded {
        let left_out = match entry.start {
            When::Day(_) => Property::new("EXDATE", day.format("%Y%m%d").to_string())
                .append_parameter(ValueType::Date)
                .done(),
            When::Moment(start) => {
                let hour = local_time(start, zone).time();
                local("EXDATE", day.and_time(hour), zone)
            }
        };
        event.append_multi_property(left_out);
    }
}

fn local_time(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

fn local(name: &str, at: NaiveDateTime, zone: Tz) -> Property {
    Property::new(name, at.format("%Y%m%dT%H%M%S").to_string())
        .add_parameter("TZID", zone.name())
        .done()
}

/// The end is exclusive, and later than the start where there is one (RFC 5545 §3.6.1).
fn span(event: &mut Event, entry: &Entry) {
    match entry.start {
        When::Day(first) => {
            event.starts(first);
            let last = entry.end.map_or(first, |end| end.at().date_naive());
            // Without an end a day is one day, which is all there is to say of the last one.
            if let Some(after) = last.succ_opt().filter(|day| day.year() <= 9999) {
                event.ends(after);
            }
        }
        When::Moment(start) => {
            event.starts(start);
            let end = entry.end.map(|end| end.at().trunc_subsecs(0));
            if let Some(end) = end.filter(|end| *end > start.trunc_subsecs(0)) {
                event.ends(end);
            }
        }
    }
}

/// Text without control characters, which a content line cannot carry; line ends become line feeds.
fn printable(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .filter(|letter| *letter == '\n' || *letter == '\t' || !letter.is_control())
        .collect()
}

fn on_one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(start: &str, end: Option<&str>) -> Entry {
        Entry {
            uid: "event-1-2@termbook".into(),
            sequence: 3,
            changed_at: DateTime::from_timestamp(1_000_000_000, 0).unwrap(),
            title: "Open day".into(),
            description: String::new(),
            start: When::read(start).unwrap(),
            end: end.map(|end| When::read(end).unwrap()),
            recurrence: String::new(),
            excluded: Vec::new(),
            cancelled: false,
        }
    }

    fn text(entry: &Entry) -> String {
        let mut calendar = Calendar::named("School", Tz::America__New_York);
        calendar.add(entry);
        calendar.text(entry.changed_at)
    }

    fn lines(entry: &Entry) -> Vec<String> {
        let text = text(entry);
        text.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn days_have_no_zone_and_end_on_the_day_after() {
        let of = |end| lines(&entry("2026-12-30", end));
        assert!(of(None).contains(&"DTSTART;VALUE=DATE:20261230".to_owned()));
        assert!(of(None).contains(&"DTEND;VALUE=DATE:20261231".to_owned()));
        assert!(of(Some("2026-12-31")).contains(&"DTEND;VALUE=DATE:20270101".to_owned()));
        let last = lines(&entry("9999-12-31", None));
        assert!(!last.iter().any(|line| line.starts_with("DTEND")));
    }

    #[test]
    fn moments_are_in_utc_and_end_later_or_not_at_all() {
        let of = |end| lines(&entry("2026-03-20T23:30:00-05:00", Some(end)));
        assert!(of("2026-03-21T05:00:00Z").contains(&"DTSTART:20260321T043000Z".to_owned()));
        assert!(of("2026-03-21T05:00:00Z").contains(&"DTEND:20260321T050000Z".to_owned()));
        let at_once = of("2026-03-21T04:30:00.5Z");
        assert!(!at_once.iter().any(|line| line.starts_with("DTEND")));
    }

    #[test]
    fn a_deleted_event_is_cancelled_under_its_old_name() {
        let cancelled = Entry {
            cancelled: true,
            ..entry("2026-12-30", None)
        };
        for line in [
            "STATUS:CANCELLED",
            "UID:event-1-2@termbook",
            "SEQUENCE:3",
            "DTSTAMP:20010909T014640Z",
        ] {
            assert!(lines(&cancelled).contains(&line.to_owned()), "{line}");
        }
    }

    #[test]
    fn what_comes_again_says_its_rule_by_the_clock_of_the_school() {
        let again = Entry {
            recurrence: "FREQ=WEEKLY;BYDAY=FR".into(),
            excluded: vec!["2026-11-06".parse().unwrap()],
            ..entry("2026-10-30T12:00:00Z", Some("2026-10-30T13:00:00Z"))
        };
        let said = lines(&again);
        for line in [
            "DTSTART;TZID=America/New_York:20261030T080000",
            "DTEND;TZID=America/New_York:20261030T090000",
            "RRULE:FREQ=WEEKLY;BYDAY=FR",
            "EXDATE;TZID=America/New_York:20261106T080000",
            "TZID:America/New_York",
        ] {
            assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
        }
        assert_eq!(text(&again).matches("BEGIN:VTIMEZONE").count(), 1);
        let days = Entry {
            start: When::read("2026-10-30").unwrap(),
            end: None,
            ..again
        };
        let said = lines(&days);
        for line in ["DTSTART;VALUE=DATE:20261030", "EXDATE;VALUE=DATE:20261106"] {
            assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
        }
        assert!(!text(&days).contains("VTIMEZONE"));
    }

    proptest! {
        #[test]
        fn any_text_is_folded_into_lines_of_75_octets_and_adds_no_line(title in any::<String>(), description in any::<String>()) {
            let text = text(&Entry { title, description: description.clone(), ..entry("2026-12-30", None) });
            prop_assert!(text.ends_with("\r\n"));
            for line in text.split("\r\n") {
                prop_assert!(line.len() <= 75, "{}", line);
                prop_assert!(!line.contains(['\r', '\n']));
            }
            let unfolded = text.replace("\r\n ", "");
            let names: Vec<&str> = unfolded.lines().filter_map(|line| line.split([':', ';']).next()).collect();
            prop_assert_eq!(names.iter().filter(|name| **name == "BEGIN").count(), 2);
            prop_assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')));
        }
    }
}
