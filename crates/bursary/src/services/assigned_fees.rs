//! The fees assigned to a pupil, as `students/` shows and takes them.

use std::collections::BTreeSet;

use academic::pupil_fees::PupilFees;
use resource::{
    ApiError, FieldErrors, Money, Resource,
    fields::unknown_pk,
    tenant_guard::{Scope, Verb, matrix},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, QueryFilter, QueryOrder, sea_query::Expr};

use super::billing::resting_on;
use crate::{
    entities::{
        fee_item,
        student_fee::{ActiveModel, Column, Entity},
    },
    resources::student_fees::StudentFees,
};

/// Keeps them as rows of `student-fees/`, under the permissions of that collection.
#[derive(Debug)]
pub struct AssignedFees;

fn may(scope: &Scope, verb: Verb) -> bool {
    matrix::rows(scope.principal().role, verb, StudentFees::PATH).some()
}

impl PupilFees for AssignedFees {
    fn ids() -> Expr {
        // Written by hand, for the builder knows no aggregate that both engines spell alike.
        Expr::cust(
            "(SELECT string_agg(CAST(t.fee_item_id AS text), ',') FROM student_fees t \
             WHERE t.school_id = students.school_id AND t.student_id = students.id)",
        )
    }

    fn readable(scope: &Scope) -> bool {
        may(scope, Verb::Read)
    }

    async fn of(scope: &Scope, pupil: i64) -> Result<Vec<i64>, ApiError> {
        let query = scope
            .find::<Entity>()
            .filter(Column::StudentId.eq(pupil))
            .order_by_asc(Column::FeeItemId);
        let assigned = scope.all(query).await?;
        Ok(assigned.into_iter().map(|row| row.fee_item_id).collect())
    }

    async fn check(
        scope: &Scope,
        field: &str,
        pupil: Option<i64>,
        fees: &[i64],
    ) -> Result<FieldErrors, ApiError> {
        let before = match pupil {
            Some(pupil) => Self::of(scope, pupil).await?.into_iter().collect(),
            None => BTreeSet::new(),
        };
        let mut new: BTreeSet<i64> = fees.iter().copied().collect();
        let mut errors = FieldErrors::default();
        if new == before {
            return Ok(errors);
        }
        if !may(scope, Verb::Write) {
            return Err(ApiError::forbidden());
        }
        let query = scope
            .find::<fee_item::Entity>()
            .filter(fee_item::Column::Id.is_in(new.iter().copied()));
        for known in scope.all(query).await? {
            new.remove(&known.id);
        }
        for unknown in new {
            errors.add(field, unknown_pk(unknown));
        }
        Ok(errors)
    }

    async fn assign(scope: &Scope, pupil: i64, fees: &[i64]) -> Result<bool, ApiError> {
        let before: BTreeSet<i64> = Self::of(scope, pupil).await?.into_iter().collect();
        let after: BTreeSet<i64> = fees.iter().copied().collect();
        let gone: Vec<i64> = before.difference(&after).copied().collect();
        let new: Vec<i64> = after.difference(&before).copied().collect();
        take_off(scope, pupil, &gone).await?;
        if new.is_empty() {
            return Ok(!gone.is_empty());
        }
        let rows = new.iter().map(|fee| ActiveModel {
            student_id: Set(pupil),
            fee_item_id: Set(*fee),
            scholarship_id: Set(None),
            discount: Set(Money::of_minor(0)),
            ..Default::default()
        });
        scope.insert_many::<Entity, _>(rows.collect()).await?;
        Ok(true)
    }
}

async fn take_off(scope: &Scope, pupil: i64, fees: &[i64]) -> Result<(), ApiError> {
    if fees.is_empty() {
        return Ok(());
    }
    let entries = resting_on(scope, pupil, fees).await?;
    if entries > 0 {
        return Err(ApiError::conflict(format!(
            "A fee cannot be taken off this pupil. What relies on it: ledger entries ({entries})."
        )));
    }
    let which = Condition::all()
        .add(Column::StudentId.eq(pupil))
        .add(Column::FeeItemId.is_in(fees.iter().copied()));
    scope.delete_where::<Entity>(which).await?;
    Ok(())
}
