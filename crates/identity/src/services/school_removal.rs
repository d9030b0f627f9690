//! Asking for a school to be removed, and calling that off.

use std::time::Duration;

use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::{Platform, Principal, SchoolId},
};
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use serde_json::json;

use super::schools::school;
use crate::entities::school;

/// How long a school stays once its removal is asked for.
#[derive(Debug, Clone, Copy)]
pub struct RemovalDelay(pub Duration);

/// Lets a suspended school be removed when the delay is over; asked again, it stays as it was. Who runs the
/// platform removes it then, from the command line and only as it was archived.
///
/// # Errors
/// 404; 409 for a school that is not suspended.
pub async fn ask_for_removal(
    platform: &Platform,
    by: &Principal,
    id: i64,
    delay: RemovalDelay,
) -> Result<school::Model, ApiError> {
    let transaction = platform.begin().await?;
    let before = school(transaction.platform(), id).await?;
    if before.status != "suspended" {
        return Err(ApiError::conflict("Only a suspended school is removed."));
    }
    if before.removal_due_at.is_some() {
        return Ok(before);
    }
    let now = platform.database().clock().now();
    let mut row = before.clone().into_active_model();
    row.removal_due_at = Set(Some(now + delay.0));
    row.updated_at = Set(now);
    row.row_version = Set(before.row_version + 1);
    let after = transaction
        .platform()
        .update::<school::Entity, _>(row)
        .await?;
    let act = Act {
        action: "ask_for_removal",
        resource: "schools",
        id: Some(id),
        before: None,
        after: Some(json!({ "removal_due_at": after.removal_due_at })),
    };
    let scope = transaction.platform().scope(SchoolId(id), by.clone());
    audit::record(&scope, act).await?;
    drop(scope);
    transaction.commit().await?;
    Ok(after)
}
