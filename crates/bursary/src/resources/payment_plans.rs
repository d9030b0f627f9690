//! `payment-plans/`: what families agreed to pay of a term, by dated parts. A pupil has one of a term; what
//! it said before is in the audit trail.

mod body;

use academic::entities::{class, student};
use identity::{entities::user, services::standing};
use resource::{
    ApiError, FieldErrors, Reference, Resource,
    fields::NON_FIELD,
    pagination::{Kind, Listing, Viewer, nothing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel, JoinType, QueryFilter, QuerySelect,
    RelationTrait, Select,
};

pub use body::{PaymentPlan, PaymentPlanInput, PaymentPlanRow, PlanPart, PlanPartInput};

use crate::{
    entities::payment_plan::{ActiveModel, Column, Entity, Model, Relation},
    services::{
        ledger::lock_account,
        payment_plans::{
            agree, expected, forget, instalments_of, overdue_plans, parts_of, rearrange,
        },
    },
};

/// The collection.
#[derive(Debug)]
pub struct PaymentPlans;

impl Resource for PaymentPlans {
    const PATH: &'static str = "payment-plans";
    const ITEM: &'static str = "payment plan";
    const READS: &'static [&'static str] = &[
        "payment_plans",
        "payment_plan_parts",
        "ledger_entries",
        "allocations",
        "students",
        "classes",
        "users",
        "guardianships",
    ];
    // A day that is over makes a part overdue, which no write tells.
    const TTL: u64 = 60;
    const REFERENCES: &'static [Reference] = &[Reference {
        field: "student",
        table: "students",
    }];

    type Entity = Entity;
    type Input = PaymentPlanInput;
    type Row = PaymentPlanRow;
    type Output = PaymentPlan;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("created_at", Column::CreatedAt)
            .default_order("-created_at")
            .search([student::Column::Names, student::Column::StudentNo])
            .filter("student", Column::StudentId, Kind::Pk)
            .filter("class_id", student::Column::ClassId, Kind::Pk)
            .filter("session", Column::Session, Kind::Text)
            .filter("term", Column::Term, Kind::Text)
            .personal(
                "overdue",
                Kind::Boolean,
                "Those with a part that is overdue, or without.",
                overdue,
            )
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::InnerJoin, Relation::Student.def())
            .join(JoinType::LeftJoin, student::Relation::Class.def())
            .join(JoinType::LeftJoin, Relation::User.def())
            .column_as(student::Column::Names, "student_name")
            .column_as(student::Column::StudentNo, "student_no")
            .column_as(class::Column::Id, "class_id")
            .column_as(class::Column::Name, "class_name")
            .column_as(user::Column::Name, "recorded_by_name")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        match rows {
            Rows::All => Condition::all(),
            Rows::Own => {
                Condition::all().add(Column::StudentId.in_subquery(standing::pupils(scope)))
            }
            Rows::Assigned | Rows::None => nothing(),
        }
    }

    async fn output(
        scope: &Scope,
        rows: Vec<PaymentPlanRow>,
    ) -> Result<Vec<PaymentPlan>, ApiError> {
        let ids: Vec<i64> = rows.iter().map(|row| row.plan.id).collect();
        let parts = instalments_of(scope, &ids).await?;
        let shown = rows.into_iter().map(|row| {
            let parts = parts.get(&row.plan.id);
            row.with(parts.map_or(&[], Vec::as_slice))
        });
        Ok(shown.collect())
    }

    async fn input(scope: &Scope, row: &Model) -> Result<PaymentPlanInput, ApiError> {
        let parts = parts_of(scope, row.id).await?;
        Ok(PaymentPlanInput::that_writes(row, parts))
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &PaymentPlanInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = input.days();
        if let Some(before) = before {
            errors.merge(input.fixed(before));
            if !errors.is_empty() || parts_of(scope, before.id).await? == input.parts() {
                return Ok(errors);
            }
        } else {
            // Another plan of the term may be under way: who comes second sees the first.
            lock_account(scope, input.student.0).await?;
            if is_taken(scope, input).await? {
                errors.add(
                    NON_FIELD,
                    "The fields student, session, term must make a unique set.",
                );
                return Ok(errors);
            }
        }
        errors.merge(expected(scope, input.of(), before, &input.parts()).await?);
        Ok(errors)
    }

    async fn lock_first(scope: &Scope, id: i64) -> Result<(), ApiError> {
        // The pupil of a plan never changes, so it may be read before anything is held.
        match scope.get::<Entity>(id).await? {
            Some(plan) => lock_account(scope, plan.student_id).await,
            None => Ok(()),
        }
    }

    fn assign(input: &PaymentPlanInput, row: &mut ActiveModel) {
        row.student_id = Set(input.student.0);
        row.session = Set(input.session.clone());
        row.term = Set(input.term.clone());
        row.note = Set(input.note.clone());
    }

    async fn create(scope: &Scope, input: PaymentPlanInput) -> Result<(Model, bool), ApiError> {
        let mut row = ActiveModel::default();
        Self::assign(&input, &mut row);
        let plan = agree(scope, row, input.of(), &input.parts()).await?;
        Ok((plan, true))
    }

    async fn update(
        scope: &Scope,
        before: &Model,
        input: PaymentPlanInput,
    ) -> Result<Model, ApiError> {
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        let parts = input.parts();
        if parts_of(scope, before.id).await? == parts {
            return Ok(after);
        }
        rearrange(scope, after, &parts).await
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        forget(scope, row.id).await?;
        scope.delete::<Entity>(row.id).await?;
        Ok(())
    }
}

/// Whether the pupil has a plan of the term.
async fn is_taken(scope: &Scope, input: &PaymentPlanInput) -> Result<bool, ApiError> {
    let (student, session, term) = input.of();
    let query = scope
        .find::<Entity>()
        .filter(Column::StudentId.eq(student))
        .filter(Column::Session.eq(session))
        .filter(Column::Term.eq(term));
    Ok(scope.one(query).await?.is_some())
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "the listing asks for this signature; the value is sound by then"
)]
fn overdue(is: &str, viewer: &Viewer) -> Result<Condition, String> {
    let plans = overdue_plans(viewer.school_id, viewer.now);
    let condition = if is == "true" {
        Column::Id.in_subquery(plans)
    } else {
        Column::Id.not_in_subquery(plans)
    };
    Ok(Condition::all().add(condition))
}
