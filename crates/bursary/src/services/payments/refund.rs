//! Giving a payment back, or a part of it.

use chrono::NaiveDate;
use identity::services::school_today;
use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::{COMPLETED, REFUNDED, VOIDED, held, news, remember};
use crate::{
    entities::{
        payment::{Entity, Model},
        payment_refund,
    },
    ledger::EntryKind,
    services::ledger::{
        Accounts, NewEntry, Share, allocate_named, allocate_oldest_first, post, recorder, release,
        rest,
    },
};

/// Gives `amount` of a payment back: it leaves what it settled as far as it must, the latest first, and
/// settles the refund instead.
///
/// # Errors
/// 404; 409 when the payment is voided or nothing is left of it; 400 when less is left than `amount`.
pub async fn refund(
    scope: &Scope,
    id: i64,
    amount: Money,
    reason: &str,
) -> Result<Model, ApiError> {
    let before = held(scope, id).await?;
    let left = left_of(scope, &before).await?;
    if amount > left {
        let message = format!("No more than {left} is left of this payment.");
        return Err(ApiError::field("amount", message));
    }
    let today = school_today(scope).await?;
    let date = today.max(before.date);
    let entry_id = take(scope, &before, amount, (date, today), reason).await?;
    let row = payment_refund::ActiveModel {
        payment_id: Set(id),
        entry_id: Set(entry_id),
        amount: Set(amount),
        date: Set(date),
        reason: Set(reason.into()),
        recorded_by: Set(recorder(scope)),
        ..Default::default()
    };
    scope.insert::<payment_refund::Entity, _>(row).await?;
    let mut row = before.clone().into_active_model();
    row.status = Set(if amount == left { REFUNDED } else { COMPLETED }.into());
    let after = scope.update::<Entity, _>(&before, row).await?;
    // The payment's own row may be as it was; its entity tag must tell all the same.
    let after = scope.advance::<Entity>(&before, after).await?;
    let was = json!({ "status": before.status, "left": left });
    let is = json!({ "status": after.status, "refunded": amount, "reason": reason });
    remember(scope, "refund", id, was, is).await?;
    news::refunded(scope, &after, entry_id).await?;
    Ok(after)
}

/// What was not given back yet.
async fn left_of(scope: &Scope, payment: &Model) -> Result<Money, ApiError> {
    if payment.status == VOIDED {
        return Err(ApiError::conflict("A voided payment is not given back."));
    }
    let query = scope
        .find::<payment_refund::Entity>()
        .filter(payment_refund::Column::PaymentId.eq(payment.id));
    let refunds = scope.all(query).await?;
    let given: i64 = refunds.iter().map(|one| one.amount.minor()).sum();
    match payment.amount.minor() - given {
        ..=0 => Err(ApiError::conflict("Nothing is left of this payment.")),
        left => Ok(Money::of_minor(left)),
    }
}

/// Posts the refund and lets the payment settle it; answers the key of the entry.
async fn take(
    scope: &Scope,
    payment: &Model,
    amount: Money,
    (date, today): (NaiveDate, NaiveDate),
    reason: &str,
) -> Result<i64, ApiError> {
    let used = amount.minor() - rest(scope, payment.entry_id).await?;
    if used > 0 {
        release(scope, payment.entry_id, used, today).await?;
    }
    let entry = NewEntry {
        student_id: payment.student_id,
        kind: EntryKind::Refund,
        amount,
        effective_date: date,
        due_date: None,
        session: payment.session.clone(),
        term: payment.term.clone(),
        fee_item_id: None,
        category_id: payment.category_id,
        charge_id: None,
        description: reason.into(),
    };
    let entries = post(scope, &[entry]).await?;
    let entry_id = entries.first().copied().unwrap_or_default();
    let share = Share {
        credit_id: payment.entry_id,
        charge_id: entry_id,
        amount: amount.minor(),
    };
    allocate_named(scope, &[share], today).await?;
    // What the payment left open, another credit of the pupil may settle.
    allocate_oldest_first(scope, Accounts::Of(&[payment.student_id]), today).await?;
    Ok(entry_id)
}
