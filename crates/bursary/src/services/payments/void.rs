//! Voiding a payment.

use identity::services::school_today;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::{VOIDED, held, news, remember};
use crate::{
    entities::{
        payment::{Entity, Model},
        payment_refund,
    },
    services::ledger::{recorder, reverse},
};

/// Voids a payment: a reversal takes its entry back, what it settled is open again, and the row and the
/// number of its receipt stay.
///
/// # Errors
/// 404; 409 when it is voided already, or a part of it was given back.
pub async fn void(scope: &Scope, id: i64, reason: &str) -> Result<Model, ApiError> {
    let before = held(scope, id).await?;
    if before.status == VOIDED {
        return Err(ApiError::conflict("This payment is voided already."));
    }
    let query = scope
        .find::<payment_refund::Entity>()
        .filter(payment_refund::Column::PaymentId.eq(id));
    if scope.one(query).await?.is_some() {
        return Err(ApiError::conflict(
            "A part of this payment was given back; give the rest back instead.",
        ));
    }
    let today = school_today(scope).await?;
    reverse(scope, before.entry_id, reason, today, today).await?;
    let mut row = before.clone().into_active_model();
    row.status = Set(VOIDED.into());
    row.voided_by = Set(recorder(scope));
    row.voided_at = Set(Some(scope.now()));
    row.void_reason = Set(reason.into());
    let after = scope.update::<Entity, _>(&before, row).await?;
    let (was, is) = (
        json!({ "status": before.status }),
        json!({ "status": after.status, "void_reason": after.void_reason }),
    );
    remember(scope, "void", id, was, is).await?;
    news::voided(scope, &after).await?;
    Ok(after)
}
