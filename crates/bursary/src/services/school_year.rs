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
    let zone: Tz = settings.time_zone.parse().unwrap_or(Tz::UTC);
    let today = scope.now().with_timezone(&zone).date_naive();
    Ok(SchoolYear { today, settings })
}

/// The day it is in the school. One statement.
///
/// # Errors
/// As [`school_year`].
pub async fn today(scope: &Scope) -> Result<NaiveDate, ApiError> {
    Ok(school_year(scope).await?.today)
}
