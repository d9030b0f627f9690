//! `events/`: the calendar of the school, each event for the part of the school it concerns.

mod repeating;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use identity::{entities::user, services::school_time_zone};
use resource::{
    ApiError, FieldErrors, Pk, Reference, Resource,
    pagination::{Kind, Listing},
    tenant_guard::{Role, Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, IntoActiveModel, JoinType,
    QuerySelect, RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::{
        class,
        event::{ActiveModel, Column, Entity, Model, Relation},
    },
    services::{
        audience::{self, AUDIENCES, Audience},
        feed, occurrences,
    },
    when::{NEITHER, When},
};

const TYPES: &[&str] = &[
    "academic", "holiday", "exam", "meeting", "sports", "cultural", "other",
];

/// What kind of event it is.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum EventType {
    /// Of the school year: terms begin and end.
    Academic,
    /// The school is closed.
    Holiday,
    /// Examinations.
    Exam,
    /// People meet.
    Meeting,
    /// Matches and sports days.
    Sports,
    /// Plays, concerts, feasts.
    Cultural,
    /// Anything else.
    Other,
}

fn other() -> String {
    "other".into()
}

fn all() -> String {
    "all".into()
}

/// An event to announce.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventInput {
    /// Title.
    #[schema(min_length = 1, max_length = 255)]
    pub title: String,
    /// What there is to know.
    #[serde(default)]
    #[schema(max_length = 5_000)]
    pub description: String,
    /// First day, `YYYY-MM-DD`, of an event that lasts whole days; else the moment it starts, by RFC 3339.
    #[schema(min_length = 1, max_length = 40, example = "2026-03-20")]
    pub start_date: String,
    /// Last day, which still belongs to it, or the moment it ends: a day where `start_date` is one, a
    /// moment where that is a moment, and not before it. None is one day, or an end nobody knows.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, example = "2026-03-21")]
    pub end_date: Option<String>,
    /// Rule by which it takes place again, without the words `RRULE:` (RFC 5545 §3.3.10), as
    /// `FREQ=WEEKLY;BYDAY=MO`; "" is none. It names days, never hours; its first day is `start_date`, and the
    /// hour stays what it is by the clock on the school's wall. COUNT is 1 000 at most, and UNTIL a
    /// date where `start_date` is one, else a moment in UTC. Without either it has no end.
    #[serde(default)]
    #[schema(max_length = 300, example = "FREQ=WEEKLY;BYDAY=FR")]
    pub recurrence: String,
    /// Days on which it does not start though the rule says so, in the school's time zone.
    #[serde(default)]
    #[schema(max_items = 366)]
    pub excluded_dates: Vec<NaiveDate>,
    /// What kind of event it is.
    #[serde(default = "other")]
    #[schema(value_type = EventType)]
    pub event_type: String,
    /// The part of the school it is for.
    #[serde(default = "all")]
    #[schema(value_type = Audience)]
    pub target_audience: String,
    /// The class it is for: its pupils, their parents and its teachers; none is the whole school.
    #[serde(default)]
    pub class_id: Option<Pk>,
}

/// The days or moments of an event, sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: When,
    end: Option<When>,
}

impl EventInput {
    /// When the event is, or what is wrong with that by field.
    fn span(&self) -> Result<Span, FieldErrors> {
        let mut errors = FieldErrors::default();
        let start = When::read(&self.start_date);
        if start.is_none() {
            errors.add("start_date", NEITHER);
        }
        let end = self.end_date.as_deref().map(When::read);
        match (start, end) {
            (_, Some(None)) => errors.add("end_date", NEITHER),
            (Some(start), Some(Some(end))) if start.is_day() != end.is_day() => {
                errors.add(
                    "end_date",
                    "Must be a date where start_date is one, and a moment where that is one.",
                );
            }
            (Some(start), Some(Some(end))) if end.at() < start.at() => {
                errors.add("end_date", "Must not be before start_date.");
            }
            _ => {}
        }
        match start {
            Some(start) if errors.is_empty() => Ok(Span {
                start,
                end: end.flatten(),
            }),
            _ => Err(errors),
        }
    }
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// Id.
    pub id: i64,
    /// Title.
    pub title: String,
    /// What there is to know.
    pub description: String,
    /// First day of an event that lasts whole days; else the moment it starts, in UTC.
    pub start_date: String,
    /// Last day, which still belongs to it, or the moment it ends, in UTC.
    pub end_date: Option<String>,
    /// Whether it lasts whole days, which are the same days in every time zone.
    pub all_day: bool,
    /// Rule by which it takes place again (RFC 5545 §3.3.10); "" where it does not.
    pub recurrence: String,
    /// Days on which it does not start though the rule says so.
    pub excluded_dates: Vec<NaiveDate>,
    /// What kind of event it is.
    #[schema(value_type = EventType)]
    pub event_type: String,
    /// The part of the school it is for.
    #[schema(value_type = Audience)]
    pub target_audience: String,
    /// Id of the class it is for.
    pub class_id: Option<i64>,
    /// Name of the class it is for.
    pub class_name: Option<String>,
    /// Id of the account that announced it.
    pub created_by: Option<i64>,
    /// Name of who announced it.
    pub created_by_name: Option<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// An event with the names of its class and of who announced it.
#[derive(Debug, FromQueryResult)]
pub struct EventRow {
    #[sea_orm(nested)]
    event: Model,
    class_name: Option<String>,
    created_by_name: Option<String>,
}

impl From<EventRow> for Event {
    fn from(
        EventRow {
            event,
            class_name,
            created_by_name,
        }: EventRow,
    ) -> Self {
        let [start_date, end_date] = dates(&event);
        let excluded_dates = occurrences::excluded(&event);
        Self {
            id: event.id,
            title: event.title,
            description: event.description,
            start_date: start_date.unwrap_or_default(),
            end_date,
            all_day: event.all_day,
            recurrence: event.recurrence,
            excluded_dates,
            event_type: event.event_type,
            target_audience: event.target_audience,
            class_id: event.class_id,
            class_name,
            created_by: event.created_by,
            created_by_name,
            created_at: event.created_at,
            updated_at: event.updated_at,
        }
    }
}

/// Start and end as the wire spells them.
fn dates(event: &Model) -> [Option<String>; 2] {
    [Some(event.starts_at), event.ends_at]
        .map(|at| at.map(|at| When::kept(at, event.all_day).to_string()))
}

/// The collection.
#[derive(Debug)]
pub struct Events;

impl Resource for Events {
    const PATH: &'static str = "events";
    const ITEM: &'static str = "event";
    const READS: &'static [&'static str] = &[
        "events",
        "users",
        "classes",
        "teachers",
        "students",
        "guardianships",
    ];
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "class_id",
        table: "classes",
    }];

    type Entity = Entity;
    type Input = EventInput;
    type Row = EventRow;
    type Output = Event;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("start_date", Column::StartsAt)
            .ordering("title", Column::Title)
            .default_order("start_date")
            .search([Column::Title, Column::Description])
            .filter("event_type", Column::EventType, Kind::Choice(TYPES))
            .filter(
                "target_audience",
                Column::TargetAudience,
                Kind::Choice(AUDIENCES),
            )
            .filter("class_id", Column::ClassId, Kind::Pk)
            .custom(
                "from",
                Kind::Date,
                "Events that last until this day or start later; one that repeats, when its last time does. Days of moments are those of UTC: `events/occurrences/` knows those of the school.",
                from,
            )
            .custom(
                "to",
                Kind::Date,
                "Events that start, for the first time where they repeat, on this day or earlier; days of moments are those of UTC.",
                to,
            )
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::LeftJoin, Relation::Class.def())
            .join(JoinType::LeftJoin, Relation::Creator.def())
            .column_as(class::Column::Name, "class_name")
            .column_as(user::Column::Name, "created_by_name")
    }

    fn visible(scope: &Scope, _: Rows) -> Condition {
        audience::concerned(scope, Column::TargetAudience, Column::ClassId)
    }

    async fn output(_: &Scope, rows: Vec<EventRow>) -> Result<Vec<Event>, ApiError> {
        Ok(rows.into_iter().map(Event::from).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<EventInput, ApiError> {
        let [start_date, end_date] = dates(row);
        Ok(EventInput {
            title: row.title.clone(),
            description: row.description.clone(),
            start_date: start_date.unwrap_or_default(),
            end_date,
            recurrence: row.recurrence.clone(),
            excluded_dates: occurrences::excluded(row),
            event_type: row.event_type.clone(),
            target_audience: row.target_audience.clone(),
            class_id: row.class_id.map(Pk),
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &EventInput,
        _: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let repeats = !input.recurrence.trim().is_empty() || !input.excluded_dates.is_empty();
        match input.span() {
            Err(errors) => Ok(errors),
            Ok(span) if repeats => {
                let zone = school_time_zone(scope).await?;
                Ok(input.repeated(span, zone).err().unwrap_or_default())
            }
            Ok(_) => Ok(FieldErrors::default()),
        }
    }

    fn assign(input: &EventInput, row: &mut ActiveModel) {
        // Held against `check` by now.
        if let Ok(span) = input.span() {
            row.starts_at = Set(span.start.at());
            row.ends_at = Set(span.end.map(When::at));
            row.all_day = Set(span.start.is_day());
        }
        row.title = Set(input.title.clone());
        row.description = Set(input.description.clone());
        row.event_type = Set(input.event_type.clone());
        row.target_audience = Set(input.target_audience.clone());
        row.class_id = Set(input.class_id.map(|class| class.0));
    }

    async fn create(scope: &Scope, input: EventInput) -> Result<(Model, bool), ApiError> {
        // An operator is no user of the school.
        let principal = scope.principal();
        let by = (principal.role != Role::SuperAdmin).then_some(principal.user_id);
        let mut row = ActiveModel {
            created_by: Set(by),
            ..Default::default()
        };
        Self::assign(&input, &mut row);
        input.repeat(scope, &mut row).await?;
        Ok((scope.insert::<Entity, _>(row).await?, true))
    }

    async fn update(scope: &Scope, before: &Model, input: EventInput) -> Result<Model, ApiError> {
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        input.repeat(scope, &mut row).await?;
        Ok(scope.update::<Entity, _>(before, row).await?)
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        feed::cancel(scope, row).await?;
        scope.delete::<Entity>(row.id).await?;
        Ok(())
    }
}

/// Midnight in UTC of a day that is sound by now.
fn midnight(day: &str) -> Result<DateTime<Utc>, String> {
    let day: NaiveDate = day.parse().map_err(|_| NEITHER.to_owned())?;
    Ok(day.and_time(NaiveTime::MIN).and_utc())
}

fn from(day: &str, _: i64) -> Result<Condition, String> {
    Ok(occurrences::lasts_until(midnight(day)?))
}

fn to(day: &str, _: i64) -> Result<Condition, String> {
    // The last microsecond of the day: the next day may lie beyond the year 9999, where text no longer sorts.
    let end = midnight(day)? + TimeDelta::days(1) - TimeDelta::microseconds(1);
    Ok(Condition::all().add(Column::StartsAt.lte(end)))
}
