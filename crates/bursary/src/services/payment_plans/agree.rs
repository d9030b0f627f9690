//! Agreeing on a plan, and agreeing anew.

use academic::zones::midnight;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use identity::services::school_time_zone;
use resource::{ApiError, FieldErrors, Money, tenant_guard::Scope};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, IntoActiveModel, QueryFilter,
    QueryOrder,
};

use super::instalments::instalments_of;
use crate::{
    entities::{
        payment_plan::{ActiveModel, Entity, Model},
        payment_plan_part as part,
    },
    services::ledger::recorder,
};

/// A part to be paid by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewPart {
    /// The last day to pay it.
    pub due_date: NaiveDate,
    /// How much, above zero.
    pub amount: Money,
}

/// What a pupil owes of a term.
#[derive(FromQueryResult)]
struct Owed {
    amount: i64,
    last_entry_id: Option<i64>,
}

/// What is left of the debts that a pupil has of a term, those newer than an entry.
const OWED: &str = "WITH debts AS MATERIALIZED (SELECT e.id, e.amount_minor FROM ledger_entries e \
     WHERE e.school_id = $1 AND e.student_id = $2 AND e.session = $3 AND e.term = $4 AND e.id > $5 \
     AND e.amount_minor > 0 AND e.kind IN ('charge', 'late_fee', 'carried_forward')), \
     settled AS MATERIALIZED (SELECT CAST(COALESCE(SUM(a.amount_minor), 0) AS bigint) AS amount FROM debts d \
     JOIN allocations a ON a.school_id = $1 AND a.charge_id = d.id) \
     SELECT CAST(COALESCE(SUM(d.amount_minor), 0) AS bigint) - (SELECT s.amount FROM settled s) AS amount, \
     MAX(d.id) AS last_entry_id FROM debts d";

async fn owed(
    scope: &Scope,
    (student_id, session, term): (i64, &str, &str),
    after: i64,
) -> Result<Owed, ApiError> {
    let values = vec![student_id.into(), session.into(), term.into(), after.into()];
    let found: Vec<Owed> = scope.query(OWED, values).await?;
    found.into_iter().next().ok_or_else(ApiError::not_found)
}

/// What is wrong with how parts add up: of a new plan to what the pupil owes of the term; of one that is
/// agreed anew to what was paid of it and what is still owed, what was charged since among it. The caller
/// holds the account.
///
/// # Errors
/// 409 when there is nothing to be paid; else when the database fails.
pub async fn expected(
    scope: &Scope,
    of: (i64, &str, &str),
    before: Option<&Model>,
    parts: &[NewPart],
) -> Result<FieldErrors, ApiError> {
    let mut whole = 0;
    if let Some(before) = before {
        let stand = instalments_of(scope, &[before.id]).await?;
        let stand = stand.into_values().flatten();
        whole += stand.map(|one| one.paid().minor() + one.rest).sum::<i64>();
    }
    whole += owed(scope, of, before.map_or(0, |plan| plan.last_entry_id))
        .await?
        .amount;
    let sum: i64 = parts.iter().map(|one| one.amount.minor()).sum();
    if whole == 0 {
        return Err(ApiError::conflict("The pupil owes nothing of this term."));
    }
    if sum != whole {
        let message = format!("The parts must add up to {}.", Money::of_minor(whole));
        return Ok(FieldErrors::of("parts", message));
    }
    Ok(FieldErrors::default())
}

/// Writes a new plan, `row` with its pupil, term and note, of everything the pupil owes of the term.
///
/// # Errors
/// 404 when nothing was ever charged; else when the database fails.
pub async fn agree(
    scope: &Scope,
    mut row: ActiveModel,
    of: (i64, &str, &str),
    parts: &[NewPart],
) -> Result<Model, ApiError> {
    let newest = owed(scope, of, 0).await?.last_entry_id;
    let zone = school_time_zone(scope).await?;
    row.agreed_on = Set(scope.now().with_timezone(&zone).date_naive());
    row.last_entry_id = Set(newest.ok_or_else(ApiError::not_found)?);
    row.recorded_by = Set(recorder(scope));
    let row = scope.insert::<Entity, _>(row).await?;
    write(scope, row.id, parts, zone).await?;
    Ok(row)
}

/// Writes other parts for a plan, which then is of everything the pupil owes of the term.
///
/// # Errors
/// When the database fails.
pub async fn rearrange(scope: &Scope, plan: Model, parts: &[NewPart]) -> Result<Model, ApiError> {
    let of = (plan.student_id, plan.session.as_str(), plan.term.as_str());
    let newest = owed(scope, of, plan.last_entry_id).await?.last_entry_id;
    let mut row = plan.clone().into_active_model();
    row.last_entry_id = Set(newest.unwrap_or(plan.last_entry_id));
    let after = scope.update::<Entity, _>(&plan, row).await?;
    forget(scope, plan.id).await?;
    let zone = school_time_zone(scope).await?;
    write(scope, plan.id, parts, zone).await?;
    Ok(scope.advance::<Entity>(&plan, after).await?)
}

/// The parts of a plan, in the order of their days.
///
/// # Errors
/// When the database fails.
pub async fn parts_of(scope: &Scope, plan: i64) -> Result<Vec<NewPart>, ApiError> {
    let query = scope
        .find::<part::Entity>()
        .filter(part::Column::PaymentPlanId.eq(plan))
        .order_by_asc(part::Column::DueDate);
    let parts = scope.all(query).await?.into_iter();
    Ok(parts
        .map(|one| NewPart {
            due_date: one.due_date,
            amount: one.amount,
        })
        .collect())
}

/// Deletes the parts of a plan.
///
/// # Errors
/// When the database fails.
pub async fn forget(scope: &Scope, plan: i64) -> Result<(), ApiError> {
    let which = Condition::all().add(part::Column::PaymentPlanId.eq(plan));
    scope.delete_where::<part::Entity>(which).await?;
    Ok(())
}

async fn write(scope: &Scope, plan: i64, parts: &[NewPart], zone: Tz) -> Result<(), ApiError> {
    let row = |one: &NewPart| {
        let next = one.due_date.checked_add_days(Days::new(1));
        part::ActiveModel {
            payment_plan_id: Set(plan),
            due_date: Set(one.due_date),
            late_from: Set(midnight(next.unwrap_or(one.due_date), zone)),
            amount: Set(one.amount),
            ..Default::default()
        }
    };
    let rows = parts.iter().map(row).collect();
    scope.insert_many::<part::Entity, _>(rows).await?;
    Ok(())
}
