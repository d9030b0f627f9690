//! The school year of the demo: its terms, its school days, and what is announced of it.
//!
//! The days are those of Portuguese schools in 2005/2006, when the pupils of the data were taught, rounded to
//! whole weeks.

use academic::{
    recurrence,
    resources::events::{EventInput, Events},
};
use chrono::{Datelike, NaiveDate, NaiveTime, SecondsFormat, Weekday};
use chrono_tz::Europe::Lisbon;
use resource::{ApiError, Resource, tenant_guard::Scope};

/// Month and day in 2005 from September on, in 2006 before that.
type Date = (u32, u32);

/// First and last day of each term.
const TERMS: [(&str, Date, Date); 3] = [
    ("First Term", (9, 12), (12, 16)),
    ("Second Term", (1, 3), (4, 7)),
    ("Third Term", (4, 18), (6, 23)),
];
/// Feasts of the Third Term on which schools are closed.
const FEASTS: [(&str, Date); 3] = [
    ("Freedom Day", (4, 25)),
    ("Labour Day", (5, 1)),
    ("Corpus Christi", (6, 15)),
];

/// What lasts whole days: title, type, audience, first and last day.
const DAYS: [(&str, &str, &str, Date, Date); 8] = [
    ("Christmas holidays", "holiday", "all", (12, 19), (1, 2)),
    ("Carnival", "holiday", "all", (2, 27), (3, 1)),
    ("Easter holidays", "holiday", "all", (4, 10), (4, 17)),
    ("Mid-year examinations", "exam", "students", (1, 23), (2, 3)),
    ("Final examinations", "exam", "students", (6, 12), (6, 23)),
    ("Sports week", "sports", "all", (5, 8), (5, 12)),
    ("Spring concert", "cultural", "all", (5, 20), (5, 20)),
    ("Marks due", "academic", "teachers", (6, 21), (6, 21)),
];

/// What takes place again and again: title, type, audience, first day, begin and end in hours and minutes, rule.
type Repeated = (
    &'static str,
    &'static str,
    &'static str,
    Date,
    [(u32, u32); 2],
    &'static str,
);
const REPEATED: [Repeated; 4] = [
    (
        "Assembly",
        "academic",
        "all",
        (9, 12),
        [(8, 30), (9, 0)],
        "FREQ=WEEKLY;BYDAY=MO;UNTIL=20060623T220000Z",
    ),
    (
        "Staff meeting",
        "meeting",
        "staff",
        (9, 14),
        [(16, 0), (17, 30)],
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE;UNTIL=20060623T220000Z",
    ),
    (
        "Meeting with parents",
        "meeting",
        "parents",
        (10, 6),
        [(18, 30), (20, 0)],
        "FREQ=MONTHLY;BYDAY=1TH;COUNT=9",
    ),
    (
        "Football",
        "sports",
        "students",
        (9, 16),
        [(15, 0), (16, 30)],
        "FREQ=WEEKLY;BYDAY=FR;UNTIL=20060623T220000Z",
    ),
];

fn day((month, day): Date) -> NaiveDate {
    let year = if month >= 9 { 2005 } else { 2006 };
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// First day of the school year.
pub(super) fn first_day() -> NaiveDate {
    let [(_, first, _), ..] = TERMS;
    day(first)
}

/// First day of the `place`th term, from 0.
pub(super) fn term_begins(place: usize) -> NaiveDate {
    TERMS.get(place).map_or_else(first_day, |term| day(term.1))
}

/// School days of the Third Term, in order.
pub(super) fn third_term() -> Vec<NaiveDate> {
    let [.., (_, first, last)] = TERMS;
    let closed: Vec<NaiveDate> = FEASTS.iter().map(|(_, feast)| day(*feast)).collect();
    day(first)
        .iter_days()
        .take_while(|one| *one <= day(last))
        .filter(|one| !matches!(one.weekday(), Weekday::Sat | Weekday::Sun))
        .filter(|one| !closed.contains(one))
        .collect()
}

/// Announces the year.
///
/// # Errors
/// When the database fails.
pub(super) async fn announce(scope: &Scope) -> Result<(), ApiError> {
    for (term, first, last) in TERMS {
        for (word, on) in [("begins", first), ("ends", last)] {
            let title = format!("{term} {word}");
            whole(scope, &title, "academic", "all", (on, on)).await?;
        }
    }
    for (title, on) in FEASTS {
        whole(scope, title, "holiday", "all", (on, on)).await?;
    }
    for (title, event_type, audience, first, last) in DAYS {
        whole(scope, title, event_type, audience, (first, last)).await?;
    }
    for (title, event_type, audience, first, hours, rule) in REPEATED {
        let [start, end] = hours.map(|hour| Some(moment(first, hour)));
        let event = EventInput {
            start_date: start.unwrap_or_default(),
            end_date: end,
            recurrence: rule.into(),
            ..event(title, event_type, audience)
        };
        Events::create(scope, event).await?;
    }
    Ok(())
}

async fn whole(
    scope: &Scope,
    title: &str,
    event_type: &str,
    audience: &str,
    (first, last): (Date, Date),
) -> Result<(), ApiError> {
    let event = EventInput {
        start_date: day(first).to_string(),
        end_date: (first != last).then(|| day(last).to_string()),
        ..event(title, event_type, audience)
    };
    Events::create(scope, event).await?;
    Ok(())
}

fn event(title: &str, event_type: &str, audience: &str) -> EventInput {
    EventInput {
        title: title.into(),
        description: String::new(),
        start_date: String::new(),
        end_date: None,
        recurrence: String::new(),
        excluded_dates: Vec::new(),
        event_type: event_type.into(),
        target_audience: audience.into(),
        class_id: None,
    }
}

/// An hour of the clock in Lisbon, by RFC 3339.
fn moment(on: Date, (hour, minute): (u32, u32)) -> String {
    let hour = NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default();
    let at = recurrence::moment(day(on), hour, Lisbon);
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_term_has_forty_six_school_days() {
        let days = third_term();
        assert_eq!(days.len(), 46);
        assert_eq!(first_day().weekday(), Weekday::Mon);
        assert!(!days.contains(&day((4, 25))));
    }
}
