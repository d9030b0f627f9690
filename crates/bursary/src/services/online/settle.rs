//! Crediting what a gateway tells of.

use chrono_tz::Tz;
use identity::services::{SchoolYear, school_year};
use resource::{
    ApiError,
    audit::{self, Act},
    tenant_guard::Scope,
};
use sea_orm::{ActiveValue::Set, IntoActiveModel};
use serde_json::json;

use super::recorded;
use crate::{
    entities::payment_intent::{Entity, Model},
    gateways::{Standing, Told},
    services::{
        ledger::lock_account,
        payments::{NewPayment, record_payment},
    },
};

/// What became of what a gateway told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is this payment, credited now or before.
    Paid(i64),
    /// It is not what was asked: this differs. Nothing is credited.
    Mismatch(&'static str),
    /// The gateway refused it.
    Failed,
    /// It may still come.
    Waiting,
}

/// Credits what was asked once the gateway tells that it was paid, and only if amount and currency are
/// those that were asked. Once it is credited, whatever is told later changes nothing.
///
/// # Errors
/// 404 for an intent that is not there.
pub async fn settle(scope: &Scope, id: i64, told: &Told) -> Result<Settled, ApiError> {
    // Its pupil never changes, so it may be read before anything is held.
    let asked = scope.get::<Entity>(id).await?;
    let asked = asked.ok_or_else(ApiError::not_found)?;
    lock_account(scope, asked.student_id).await?;
    let intent = scope.lock::<Entity>(id).await?;
    let intent = intent.ok_or_else(ApiError::not_found)?;
    if let Some(payment) = intent.payment_id {
        return Ok(Settled::Paid(payment));
    }
    match told.standing {
        Standing::Pending => Ok(Settled::Waiting),
        Standing::Failed => {
            move_on(scope, &intent, "failed", None).await?;
            Ok(Settled::Failed)
        }
        Standing::Paid => paid(scope, &intent, told).await,
    }
}

async fn paid(scope: &Scope, intent: &Model, told: &Told) -> Result<Settled, ApiError> {
    if let Some(what) = differs(intent, told) {
        return refuse(scope, intent, told, what).await;
    }
    let payment = match recorded(scope, &intent.reference).await? {
        Some(known) if known.student_id != intent.student_id || known.amount != intent.amount => {
            return refuse(scope, intent, told, "payment recorded under this reference").await;
        }
        Some(known) => known.id,
        None => credit(scope, intent, told).await?,
    };
    move_on(scope, intent, "paid", Some(payment)).await?;
    Ok(Settled::Paid(payment))
}

fn differs(intent: &Model, told: &Told) -> Option<&'static str> {
    let same = [
        ("reference", intent.reference == told.reference),
        ("amount", intent.amount == told.amount),
        (
            "currency",
            intent.currency.eq_ignore_ascii_case(&told.currency),
        ),
    ];
    same.into_iter()
        .find_map(|(what, same)| (!same).then_some(what))
}

async fn credit(scope: &Scope, intent: &Model, told: &Told) -> Result<i64, ApiError> {
    let SchoolYear { today, settings } = school_year(scope).await?;
    let zone: Tz = settings.time_zone.parse().unwrap_or(Tz::UTC);
    let day = told.paid_at.map(|at| at.with_timezone(&zone).date_naive());
    let new = NewPayment {
        student_id: intent.student_id,
        amount: intent.amount,
        date: day.map(|day| day.min(today)),
        method: "online".into(),
        category_id: intent.category_id,
        remark: String::new(),
        session: intent.session.clone(),
        term: intent.term.clone(),
        external_reference: String::new(),
        gateway_reference: Some(intent.reference.clone()),
        lines: Vec::new(),
    };
    let payment = record_payment(scope, new).await?;
    let after = json!({
        "student_id": payment.student_id, "amount": payment.amount, "method": payment.method,
        "reference": payment.reference, "gateway_reference": payment.gateway_reference,
    });
    let act = Act {
        action: "create",
        resource: "payments",
        id: Some(payment.id),
        before: None,
        after: Some(after),
    };
    audit::record(scope, act).await?;
    Ok(payment.id)
}

async fn refuse(
    scope: &Scope,
    intent: &Model,
    told: &Told,
    what: &'static str,
) -> Result<Settled, ApiError> {
    if intent.status != "mismatch" {
        move_on(scope, intent, "mismatch", None).await?;
        let act = Act {
            action: "mismatch",
            resource: "payments/verify-online",
            id: Some(intent.id),
            before: Some(json!({ "amount": intent.amount, "currency": intent.currency })),
            after: Some(
                json!({ "amount": told.amount, "currency": told.currency, "differs": what }),
            ),
        };
        audit::record(scope, act).await?;
    }
    Ok(Settled::Mismatch(what))
}

async fn move_on(
    scope: &Scope,
    intent: &Model,
    status: &str,
    payment: Option<i64>,
) -> Result<(), ApiError> {
    let mut row = intent.clone().into_active_model();
    row.status = Set(status.into());
    row.payment_id = Set(payment);
    scope.update::<Entity, _>(intent, row).await?;
    Ok(())
}
