//! The school's day and terms, by which money is dated.

use chrono::NaiveDate;
use chrono_tz::Tz;
use identity::{entities::school_settings, settings::Settings};
use resource::{ApiError, tenant_guard::Scope};

/// Where the school stands in time, and what it says of its terms.
#[derive(Debug, Clone)]
pub struct SchoolYear {
    /// The day it is in the school.
    pub today: NaiveDate,
    /// The settings; `school_name` is left blank.
    pub settings: Settings,
}

/// Reads it. One statement.
///
/// # Errors
/// 404 for a school without settings; else when the database fails.
pub async fn school_year(scope: &Scope) -> Result<SchoolYear, ApiError> {
    let query = scope.find::<school_settings::Entity>();
    let row = scope.one(query).await?.ok_or_else(ApiError::not_found)?;
    let settings: Settings = serde_json::from_value(row.keys).map_err(ApiError::internal)?;
    let today = day_of(scope, &settings);
    Ok(SchoolYear { today, settings })
}

/// The day it is in the school. One statement.
///
/// # Errors
/// As [`school_year`].
pub async fn today(scope: &Scope) -> Result<NaiveDate, ApiError> {
    Ok(school_year(scope).await?.today)
}

/// The day it is in a school of these settings.
#[must_use]
pub fn day_of(scope: &Scope, settings: &Settings) -> NaiveDate {
    let zone: Tz = settings.time_zone.parse().unwrap_or(Tz::UTC);
    scope.now().with_timezone(&zone).date_naive()
}

/// Which quarter of an hour it is. Every time zone's day begins with one, so an answer that rests on the
/// school's day is kept under the quarter it was made in: without asking where the school is, it never
/// outlives the day.
#[must_use]
pub fn turn(scope: &Scope) -> i64 {
    scope.now().timestamp().div_euclid(900)
}
