//! Events as an iCalendar object (RFC 5545): days as dates without a zone, moments in UTC.

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use icalendar::{Component, Event, EventLike, EventStatus, Property};

use crate::{
    entities::{cancelled_event, event},
    when::When,
};

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
    /// Whether it was deleted.
    pub cancelled: bool,
}

fn uid(school: i64, id: i64) -> String {
    format!("event-{school}-{id}@termbook")
}

impl From<event::Model> for Entry {
    fn from(row: event::Model) -> Self {
        Self {
            uid: uid(row.school_id, row.id),
            sequence: u32::try_from(row.row_version - 1).unwrap_or(u32::MAX),
            changed_at: row.updated_at,
            title: row.title,
            description: row.description,
            start: When::kept(row.starts_at, row.all_day),
            end: row.ends_at.map(|at| When::kept(at, row.all_day)),
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
            cancelled: true,
        }
    }
}

/// An iCalendar object in the making.
#[derive(Debug)]
pub struct Calendar(icalendar::Calendar);

impl Calendar {
    /// An empty calendar that readers show under `name`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let mut calendar = icalendar::Calendar::empty();
        calendar
            .append_property(Property::new("VERSION", "2.0"))
            .append_property(Property::new("PRODID", "-//Termbook//Termbook//EN"))
            .append_property(Property::new("CALSCALE", "GREGORIAN"))
            .append_property(Property::new("METHOD", "PUBLISH"))
            .name(&on_one_line(name));
        Self(calendar)
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
        span(&mut event, entry);
        self.0.push(event);
    }

    /// Its text: lines of at most 75 octets, each ended by CRLF.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.to_string()
    }
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
            cancelled: false,
        }
    }

    fn text(entry: &Entry) -> String {
        let mut calendar = Calendar::named("School");
        calendar.add(entry);
        calendar.text()
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
