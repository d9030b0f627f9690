//! What a school subscribed to. Its people's tokens carry the modules, so a change holds for each of them
//! from the next token, within the life of an access token.

use chrono::{DateTime, NaiveDate, Utc};
use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::{Module, Platform, Principal, SchoolId},
};
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    entities::subscription::{ActiveModel, Entity, Model},
    services::{school_year::school_time_zone, schools},
};

/// What a school subscribes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the plan.
    pub plan_name: String,
    /// Modules it opens; none for all.
    pub allowed_modules: Option<Vec<Module>>,
    /// Its last day; none without end.
    pub expires_on: Option<NaiveDate>,
}

impl Plan {
    /// The plan of a row.
    ///
    /// # Errors
    /// 500 for a module this version does not know.
    pub fn of(row: &Model) -> Result<Self, ApiError> {
        let modules = row.allowed_modules.clone().map(serde_json::from_value);
        Ok(Self {
            plan_name: row.plan_name.clone(),
            allowed_modules: modules.transpose().map_err(ApiError::internal)?,
            expires_on: row.expires_on,
        })
    }
}

/// Subscribes a school, in place of what it had.
///
/// # Errors
/// 404 for a school there is not.
pub async fn subscribe(
    platform: &Platform,
    by: &Principal,
    school: i64,
    plan: &Plan,
) -> Result<(), ApiError> {
    let transaction = platform.begin().await?;
    schools::school(transaction.platform(), school).await?;
    let scope = transaction.platform().scope(SchoolId(school), by.clone());
    let before = scope.one(scope.find::<Entity>()).await?;
    let modules = plan.allowed_modules.as_ref().map(|modules| json!(modules));
    let fill = |mut row: ActiveModel| {
        row.plan_name = Set(plan.plan_name.clone());
        row.allowed_modules = Set(modules);
        row.expires_on = Set(plan.expires_on);
        row
    };
    if let Some(before) = &before {
        let row = fill(before.clone().into_active_model());
        scope.update::<Entity, _>(before, row).await?;
    } else {
        let row = fill(ActiveModel::default());
        scope.insert::<Entity, _>(row).await?;
    }
    let was = before.as_ref().map(Plan::of).transpose()?;
    let act = Act {
        action: "subscribe",
        resource: "schools",
        id: Some(school),
        before: was.map(|plan| json!(plan)),
        after: Some(json!(plan)),
    };
    audit::record(&scope, act).await?;
    drop(scope);
    Ok(transaction.commit().await?)
}

/// Whether a subscription that ends with `last` is over, by the day it is where the school lives.
///
/// # Errors
/// When the database fails.
pub async fn is_over(
    platform: &Platform,
    school: SchoolId,
    last: NaiveDate,
    now: DateTime<Utc>,
) -> Result<bool, ApiError> {
    // No zone is a whole day from UTC, so most days need no question.
    let apart = (now.date_naive() - last).num_days();
    if apart.abs() > 1 {
        return Ok(apart > 0);
    }
    let scope = platform.scope(school, Principal::system(school));
    let zone = school_time_zone(&scope).await?;
    Ok(now.with_timezone(&zone).date_naive() > last)
}
