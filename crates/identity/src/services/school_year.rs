//! The school's day and terms, by which everything it writes down is dated.

use chrono::NaiveDate;
use chrono_tz::Tz;
use resource::{ApiError, tenant_guard::Scope};

use crate::{entities::school_settings, settings::Settings};

/// Where a school stands in its year.
#[derive(Debug, Clone)]
pub struct SchoolYear {
    /// Its settings, without the name of the school.
    pub settings: Settings,
    /// The day it is where the school lives.
    pub today: NaiveDate,
}

/// Where the school stands in its year; by the defaults where it has set nothing. One statement.
///
/// # Errors
/// When the database fails.
pub async fn school_year(scope: &Scope) -> Result<SchoolYear, ApiError> {
    let row = scope.one(scope.find::<school_settings::Entity>()).await?;
    let settings: Settings = match row {
        Some(row) => serde_json::from_value(row.keys).map_err(ApiError::internal)?,
        None => Settings::default(),
    };
    let today = day_of(scope, &settings);
    Ok(SchoolYear { settings, today })
}

/// The day it is where the school lives. One statement.
///
/// # Errors
/// When the database fails.
pub async fn school_today(scope: &Scope) -> Result<NaiveDate, ApiError> {
    Ok(school_year(scope).await?.today)
}

/// The time zone the school lives in, by which its dates default. One statement.
///
/// # Errors
/// When the database fails.
pub async fn school_time_zone(scope: &Scope) -> Result<Tz, ApiError> {
    Ok(zone_of(&school_year(scope).await?.settings))
}

/// The day it is in a school of these settings.
#[must_use]
pub fn day_of(scope: &Scope, settings: &Settings) -> NaiveDate {
    scope.now().with_timezone(&zone_of(settings)).date_naive()
}

fn zone_of(settings: &Settings) -> Tz {
    settings.time_zone.parse().unwrap_or(Tz::UTC)
}
