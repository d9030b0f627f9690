//! `events/occurrences/`.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Datelike, NaiveDate};
use identity::services::school_time_zone;
use resource::{
    ApiError, Ctx, FieldErrors, Viewer, cached_json, fields::NON_FIELD, tenant_guard::Verb,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    resources::events::EventType,
    services::{
        audience::Audience,
        occurrences::{self as service, Occurrence, Planned, Window},
    },
};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 600;
/// Most days of one answer.
const DAYS: i64 = 366;

/// One time that an event takes place.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventOccurrence {
    /// Id of the event.
    pub event: i64,
    /// Title.
    pub title: String,
    /// First day of an event that lasts whole days; else the moment it starts, in UTC.
    pub start: String,
    /// Last day, which still belongs to it, or the moment it ends, in UTC.
    pub end: Option<String>,
    /// Whether it lasts whole days, which are the same days in every time zone.
    pub all_day: bool,
    /// Whether the event takes place more than once.
    pub recurring: bool,
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
}

impl From<(Occurrence, Planned)> for EventOccurrence {
    fn from((time, Planned { event, class_name }): (Occurrence, Planned)) -> Self {
        Self {
            event: event.id,
            title: event.title,
            start: time.start.to_string(),
            end: time.end.map(|end| end.to_string()),
            all_day: event.all_day,
            recurring: !event.recurrence.is_empty(),
            event_type: event.event_type,
            target_audience: event.target_audience,
            class_id: event.class_id,
            class_name,
        }
    }
}

/// When events take place.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventOccurrences {
    /// IANA name of the time zone whose days were asked for, the school's.
    pub time_zone: String,
    /// Every time, by its start.
    pub results: Vec<EventOccurrence>,
}

/// Tell every time that an event takes place within some days of the school, as far as the caller is concerned.
///
/// An event that repeats keeps its hour by the clock on the school's wall: the hour in UTC moves with it.
/// What began before the first day and is not over is there too.
///
/// # Errors
/// 400 naming a bad parameter, and `to` when more than 1 000 would be told; 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/events/occurrences/",
    operation_id = "events_occurrences",
    tag = "events",
    params(
        ("from" = NaiveDate, Query, description = "First day."),
        ("to" = NaiveDate, Query, description = "Last day, which is told too; at most 366 days in all."),
    ),
    responses(
        (status = 200, description = "The times, by their start.", body = EventOccurrences),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "A bad parameter, or more than 1 000 times."),
    )
)]
pub async fn occurrences(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("events/occurrences", Verb::Read)?;
    let given: BTreeMap<String, String> = web::Query::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|error| ApiError::field(NON_FIELD, error.to_string()))?;
    let window = window(given).map_err(ApiError::invalid)?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} events/occurrences {} {}", window.from, window.to);
    let reads = &[
        "events",
        "classes",
        "teachers",
        "students",
        "guardianships",
        "school_settings",
    ];
    cached_json(&ctx, &request, reads, TTL, &key, async || {
        let zone = school_time_zone(&ctx.scope).await?;
        let found = service::occurrences(&ctx.scope, zone, window).await?;
        let results = found.into_iter().map(EventOccurrence::from).collect();
        let answer = EventOccurrences {
            time_zone: zone.name().to_owned(),
            results,
        };
        serde_json::to_vec(&answer).map_err(ApiError::internal)
    })
    .await
}

fn window(mut given: BTreeMap<String, String>) -> Result<Window, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut day = |name: &str| {
        let Some(text) = given.remove(name) else {
            errors.add(name, "This field is required.");
            return None;
        };
        let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .ok()
            .filter(|day| text.len() == 10 && (1..=9999).contains(&day.year()));
        if day.is_none() {
            errors.add(
                name,
                "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
            );
        }
        day
    };
    let (from, to) = (day("from"), day("to"));
    for name in given.into_keys() {
        errors.add(name, "Unknown query parameter.");
    }
    if let (Some(from), Some(to)) = (from, to) {
        if to < from {
            errors.add("to", "Must not be before from.");
        }
        if (to - from).num_days() >= DAYS {
            errors.add("to", format!("Ask for {DAYS} days at most."));
        }
    }
    match (from, to) {
        (Some(from), Some(to)) if errors.is_empty() => Ok(Window { from, to }),
        _ => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Window, FieldErrors> {
        let given = web::Query::from_query(query).unwrap();
        window(web::Query::into_inner(given))
    }

    #[test]
    fn both_days_are_required_in_order_and_a_year_apart_at_most() {
        read("from=2026-01-01&to=2026-12-31").unwrap();
        read("from=2027-09-01&to=2028-08-31").unwrap();
        for (query, fields) in [
            ("", &["from", "to"][..]),
            ("from=2026-01-01", &["to"]),
            ("from=2026-1-1&to=soon&page=1", &["from", "page", "to"]),
            ("from=2026-01-02&to=2026-01-01", &["to"]),
            ("from=2026-01-01&to=2027-01-02", &["to"]),
        ] {
            let errors = read(query).unwrap_err();
            assert_eq!(errors.0.into_keys().collect::<Vec<_>>(), fields, "{query}");
        }
    }
}
