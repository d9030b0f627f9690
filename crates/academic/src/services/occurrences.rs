//! The times that events take place within some days, those that repeat included.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{
    ColumnTrait, Condition, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
    sea_query::{Expr, ExprTrait, Func},
};

use super::audience::concerned;
use crate::{
    entities::{
        class,
        event::{Column, Entity, Model, Relation},
    },
    recurrence::{self, Recurrence},
    when::When,
    zones,
};

/// Most times of one answer, and most events looked into for it.
pub const MOST: usize = 1_000;

/// The days asked for, in the school's time zone, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first.
    pub from: NaiveDate,
    /// The last.
    pub to: NaiveDate,
}

/// An event and the name of its class.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Planned {
    /// The event.
    #[sea_orm(nested)]
    pub event: Model,
    /// Name of the class it is for.
    pub class_name: Option<String>,
}

/// One time that an event takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When it starts.
    pub start: When,
    /// When it ends; a day still belongs to it. None is one day, or an end nobody knows.
    pub end: Option<When>,
}

/// Every time within the window that an event takes place which concerns the caller, by its start and then by
/// the event. One statement, whatever their number.
///
/// # Errors
/// 400 on `to` when there are more than [`MOST`]; else when the database fails.
pub async fn occurrences(
    scope: &Scope,
    zone: Tz,
    window: Window,
) -> Result<Vec<(Occurrence, Planned)>, ApiError> {
    let limit = u64::try_from(MOST + 1).unwrap_or(u64::MAX);
    let query = scope
        .find::<Entity>()
        .filter(concerned(scope, Column::TargetAudience, Column::ClassId))
        .filter(within(window))
        .join(JoinType::LeftJoin, Relation::Class.def())
        .column_as(class::Column::Name, "class_name")
        .order_by_asc(Column::StartsAt)
        .order_by_asc(Column::Id)
        .limit(limit);
    let planned: Vec<Planned> = scope.rows(query).await?;
    if planned.len() > MOST {
        return Err(too_many());
    }
    let mut found = Vec::new();
    for (n, planned) in planned.iter().enumerate() {
        let times = times(&planned.event, zone, window);
        found.extend(times.into_iter().map(|time| (time, n)));
        if found.len() > MOST {
            return Err(too_many());
        }
    }
    found.sort_by_key(|(time, n)| (time.start.at(), *n));
    let given = |(time, n): (Occurrence, usize)| Some((time, planned.get(n)?.clone()));
    Ok(found.into_iter().filter_map(given).collect())
}

fn too_many() -> ApiError {
    ApiError::field(
        "to",
        format!("More than {MOST} events take place in these days; ask for fewer."),
    )
}

/// Keeps the events that may take place within a window, and few others: a day more on either side, since no time zone is
/// further than that from UTC.
fn within(window: Window) -> Condition {
    let from = midnight(window.from) - TimeDelta::days(1);
    // The last microsecond of a day: the next one may lie beyond the year 9999, where text no longer sorts.
    let to = midnight(window.to) + TimeDelta::days(1) - TimeDelta::microseconds(1);
    let to = to + slack(window.to);
    Condition::all()
        .add(Column::StartsAt.lte(to))
        .add(lasts_until(from))
}

/// One day, unless that lies beyond the year 9999.
fn slack(day: NaiveDate) -> TimeDelta {
    let last = NaiveDate::from_ymd_opt(9999, 12, 30).unwrap_or(NaiveDate::MAX);
    TimeDelta::days(i64::from(day < last))
}

/// The events that last until a moment or start later, at any of their times.
#[must_use]
pub fn lasts_until(from: DateTime<Utc>) -> Condition {
    let once = Func::coalesce([
        Expr::col((Entity, Column::EndsAt)),
        Expr::col((Entity, Column::StartsAt)),
    ]);
    let repeats = Condition::all().add(Column::Recurrence.ne("")).add(
        Condition::any()
            .add(Column::RepeatsUntil.is_null())
            .add(Column::RepeatsUntil.gte(from)),
    );
    Condition::any()
        .add(Expr::expr(once).gte(from))
        .add(repeats)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// The times of one event that touch the window.
fn times(event: &Model, zone: Tz, window: Window) -> Vec<Occurrence> {
    let length = event.ends_at.map(|end| end - event.starts_at);
    let at = |start: DateTime<Utc>| Occurrence {
        start: When::kept(start, event.all_day),
        end: length.map(|length| When::kept(start + length, event.all_day)),
    };
    let Some(starts) = starts(event, zone, window, length.unwrap_or_default()) else {
        return Vec::new();
    };
    let (from, to) = bounds(event.all_day, zone, window);
    starts
        .into_iter()
        .filter(|start| *start < to)
        .map(at)
        .filter(|one| touches(one, from))
        .collect()
}

/// Whether a time is not over when the window opens. A moment is over when it ends; a day is not.
fn touches(one: &Occurrence, from: DateTime<Utc>) -> bool {
    let start = one.start.at();
    match one.end {
        Some(When::Moment(end)) if end > start => end > from,
        Some(end) => end.at() >= from,
        None => start >= from,
    }
}

/// The window as moments, the second exclusive.
fn bounds(all_day: bool, zone: Tz, window: Window) -> (DateTime<Utc>, DateTime<Utc>) {
    let after = window.to + Days::new(1);
    if all_day {
        (midnight(window.from), midnight(after))
    } else {
        (
            zones::midnight(window.from, zone),
            zones::midnight(after, zone),
        )
    }
}

/// The starts of one event that may lie close enough to the window.
fn starts(
    event: &Model,
    zone: Tz,
    window: Window,
    length: TimeDelta,
) -> Option<Vec<DateTime<Utc>>> {
    if event.recurrence.is_empty() {
        return Some(vec![event.starts_at]);
    }
    let rule = Recurrence::read(&event.recurrence).ok()?;
    let local = local_start(event, zone);
    let last = event.repeats_until.map(|end| {
        let start = end - length;
        if event.all_day {
            start.date_naive()
        } else {
            start.with_timezone(&zone).date_naive()
        }
    });
    let early = Days::new(u64::try_from(length.num_days() + 1).unwrap_or_default());
    let from = window.from.checked_sub_days(early).unwrap_or(window.from);
    let excluded = excluded(event);
    let days = rule.between(local.date(), last, from, window.to);
    let start = |day: NaiveDate| {
        if event.all_day {
            midnight(day)
        } else {
            recurrence::moment(day, local.time(), zone)
        }
    };
    Some(
        days.into_iter()
            .filter(|day| !excluded.contains(day))
            .map(start)
            .collect(),
    )
}

/// The start of an event as the school's calendar and clock show it.
#[must_use]
pub fn local_start(event: &Model, zone: Tz) -> chrono::NaiveDateTime {
    if event.all_day {
        event.starts_at.naive_utc()
    } else {
        event.starts_at.with_timezone(&zone).naive_local()
    }
}

/// The days on which an event does not take place though its rule says so.
#[must_use]
pub fn excluded(event: &Model) -> Vec<NaiveDate> {
    serde_json::from_value(event.excluded_dates.clone()).unwrap_or_default()
}
