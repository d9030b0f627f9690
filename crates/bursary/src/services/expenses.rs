//! What happens to an expense after it was recorded: somebody else approves it, or it is voided.

use identity::services::settings;
use resource::{
    ApiError, Money,
    audit::{self, Act},
    tenant_guard::{Role, Scope},
};
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use serde_json::json;

use crate::entities::expense::{Entity, Model};

/// What money is spent on, in the order in which it is told.
pub const CATEGORIES: [&str; 5] = ["salary", "maintenance", "supplies", "utilities", "other"];
/// It waits for the approval of an administrator.
pub const PENDING: &str = "pending";
/// It counts.
pub const APPROVED: &str = "approved";
/// It was taken back, and counts no more.
pub const VOIDED: &str = "voided";

/// The caller's account; an operator is no user of the school.
#[must_use]
pub fn account(scope: &Scope) -> Option<i64> {
    let principal = scope.principal();
    (principal.role != Role::SuperAdmin).then_some(principal.user_id)
}

/// The status that an expense of `amount` begins with: above the limit of the school's settings it
/// waits for approval.
///
/// # Errors
/// When the database fails.
pub async fn first_status(scope: &Scope, amount: Money) -> Result<&'static str, ApiError> {
    let limit = settings(scope).await?.expense_approval_limit;
    let waits = limit.is_some_and(|limit| amount > limit);
    Ok(if waits { PENDING } else { APPROVED })
}

async fn held(scope: &Scope, id: i64) -> Result<Model, ApiError> {
    let row = scope.lock::<Entity>(id).await?;
    row.ok_or_else(ApiError::not_found)
}

/// Approves an expense; one approved already stays as it is.
///
/// # Errors
/// 404, 409 when it is voided or the caller recorded it.
pub async fn approve(scope: &Scope, id: i64) -> Result<Model, ApiError> {
    let before = held(scope, id).await?;
    match before.status.as_str() {
        APPROVED => return Ok(before),
        VOIDED => return Err(ApiError::conflict("A voided expense cannot be approved.")),
        _ => {}
    }
    let by = account(scope);
    if by == before.recorded_by {
        return Err(ApiError::conflict(
            "An expense is approved by somebody else than recorded it.",
        ));
    }
    let mut row = before.clone().into_active_model();
    row.status = Set(APPROVED.into());
    row.approved_by = Set(by);
    row.approved_at = Set(Some(scope.now()));
    let after = scope.update::<Entity, _>(&before, row).await?;
    remember(scope, "approve", &before, &after).await?;
    Ok(after)
}

/// Voids an expense: the row stays and counts no more.
///
/// # Errors
/// 404, 409 when it is voided already.
pub async fn void(scope: &Scope, id: i64, reason: &str) -> Result<Model, ApiError> {
    let before = held(scope, id).await?;
    if before.status == VOIDED {
        return Err(ApiError::conflict("This expense is voided already."));
    }
    let mut row = before.clone().into_active_model();
    row.status = Set(VOIDED.into());
    row.voided_by = Set(account(scope));
    row.voided_at = Set(Some(scope.now()));
    row.void_reason = Set(reason.into());
    let after = scope.update::<Entity, _>(&before, row).await?;
    remember(scope, "void", &before, &after).await?;
    Ok(after)
}

async fn remember(
    scope: &Scope,
    action: &str,
    before: &Model,
    after: &Model,
) -> Result<(), ApiError> {
    let act = Act {
        action,
        resource: "expenses",
        id: Some(before.id),
        before: Some(json!({ "status": before.status })),
        after: Some(json!({ "status": after.status, "void_reason": after.void_reason })),
    };
    audit::record(scope, act).await
}
