//! `payment-plans/`: what families agreed to pay of a term, by dated parts. A pupil has one of a term; what
//! it said before is in the audit trail.

use academic::entities::{class, student};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use identity::{entities::user, services::standing};
use resource::{
    ApiError, FieldErrors, Money, Pk, Reference, Resource,
    fields::NON_FIELD,
    pagination::{Kind, Listing, Viewer, nothing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, IntoActiveModel, JoinType,
    QueryFilter, QuerySelect, RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::student_fees::FIXED;
use crate::{
    entities::payment_plan::{ActiveModel, Column, Entity, Model, Relation},
    services::{
        ledger::lock_account,
        payment_plans::{
            Instalment, NewPart, agree, expected, forget, instalments_of, overdue_plans, parts_of,
            rearrange,
        },
    },
};

/// A part to be paid by a day.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct PlanPartInput {
    /// The last day to pay it; of a year to 9998, and no two parts share one.
    pub due_date: NaiveDate,
    /// Amount above zero.
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
}

/// A payment plan to be written.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct PaymentPlanInput {
    /// Id of the pupil; it does not change.
    pub student: Pk,
    /// School year, as `2025/2026`; it does not change.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`; it does not change.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
    /// What there is to know.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: String,
    /// Its parts. They add up to what the pupil owes of the term; where they change, to what was paid of
    /// the plan and what the pupil still owes.
    #[schema(max_items = 24)]
    pub parts: Vec<PlanPartInput>,
}

impl PaymentPlanInput {
    fn of(&self) -> (i64, &str, &str) {
        (self.student.0, &self.session, &self.term)
    }

    /// The parts in the order of their days.
    fn parts(&self) -> Vec<NewPart> {
        let parts = self.parts.iter().map(|one| NewPart {
            due_date: one.due_date,
            amount: one.amount,
        });
        let mut parts: Vec<NewPart> = parts.collect();
        parts.sort();
        parts
    }

    /// What is wrong with the days of the parts.
    fn days(&self) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for (place, part) in self.parts.iter().enumerate() {
            let field = format!("parts.{place}.due_date");
            let earlier = self.parts.iter().take(place);
            if earlier.clone().any(|one| one.due_date == part.due_date) {
                errors.add(field, "Another part is due on this day.");
            } else if part.due_date.year() > 9998 {
                // The moment it is over must be of a year that both engines sort.
                errors.add(field, "Must be of the years to 9998.");
            }
        }
        errors
    }
}

/// A part of a payment plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanPart {
    /// The last day to pay it.
    pub due_date: NaiveDate,
    /// How much is to be paid.
    pub amount: Money,
    /// What of it is settled: by payments, by what was taken off since, or by a plan of a later term that
    /// took it over. The earlier part is settled first.
    pub paid: Money,
    /// Whether its day is over and it is not wholly settled.
    pub overdue: bool,
}

/// What a family agreed to pay of a term.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentPlan {
    /// Id.
    pub id: i64,
    /// Id of the school.
    pub school: i64,
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// Id of the pupil's class at present.
    pub class_id: Option<i64>,
    /// Name of the pupil's class at present.
    pub class_name: Option<String>,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// What there is to know.
    pub note: String,
    /// The day it was agreed.
    pub agreed_on: NaiveDate,
    /// All of its parts.
    pub amount: Money,
    /// What of it is settled.
    pub paid: Money,
    /// What is overdue of it.
    pub overdue_amount: Money,
    /// Whether any part is overdue.
    pub overdue: bool,
    /// Its parts, in the order of their days.
    pub parts: Vec<PlanPart>,
    /// Id of the account that recorded it.
    pub recorded_by: Option<i64>,
    /// Name of who recorded it.
    pub recorded_by_name: Option<String>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A plan with the names of its pupil and of who recorded it.
#[derive(Debug, FromQueryResult)]
pub struct PaymentPlanRow {
    #[sea_orm(nested)]
    plan: Model,
    student_name: String,
    student_no: String,
    class_id: Option<i64>,
    class_name: Option<String>,
    recorded_by_name: Option<String>,
}

impl PaymentPlanRow {
    fn with(self, parts: &[Instalment]) -> PaymentPlan {
        let plan = self.plan;
        let sum = |of: &dyn Fn(&Instalment) -> Money| {
            Money::of_minor(parts.iter().map(|part| of(part).minor()).sum())
        };
        let overdue = sum(&Instalment::overdue);
        PaymentPlan {
            id: plan.id,
            school: plan.school_id,
            student: plan.student_id,
            student_name: self.student_name,
            student_no: self.student_no,
            class_id: self.class_id,
            class_name: self.class_name,
            session: plan.session,
            term: plan.term,
            note: plan.note,
            agreed_on: plan.agreed_on,
            amount: sum(&|part| part.amount),
            paid: sum(&Instalment::paid),
            overdue_amount: overdue,
            overdue: overdue.minor() > 0,
            parts: parts.iter().map(PlanPart::from).collect(),
            recorded_by: plan.recorded_by,
            recorded_by_name: self.recorded_by_name,
            created_at: plan.created_at,
            updated_at: plan.updated_at,
        }
    }
}

impl From<&Instalment> for PlanPart {
    fn from(part: &Instalment) -> Self {
        Self {
            due_date: part.due_date,
            amount: part.amount,
            paid: part.paid(),
            overdue: part.overdue().minor() > 0,
        }
    }
}

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
        let parts = parts_of(scope, row.id).await?.into_iter();
        Ok(PaymentPlanInput {
            student: Pk(row.student_id),
            session: row.session.clone(),
            term: row.term.clone(),
            note: row.note.clone(),
            parts: parts
                .map(|one| PlanPartInput {
                    due_date: one.due_date,
                    amount: one.amount,
                })
                .collect(),
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &PaymentPlanInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = input.days();
        let (student, session, term) = input.of();
        if let Some(before) = before {
            for (field, moved) in [
                ("student", student != before.student_id),
                ("session", session != before.session),
                ("term", term != before.term),
            ] {
                if moved {
                    errors.add(field, FIXED);
                }
            }
            if !errors.is_empty() || parts_of(scope, before.id).await? == input.parts() {
                return Ok(errors);
            }
        } else {
            // Another plan of the term may be under way: who comes second sees the first.
            lock_account(scope, student).await?;
            let query = scope
                .find::<Entity>()
                .filter(Column::StudentId.eq(student))
                .filter(Column::Session.eq(session))
                .filter(Column::Term.eq(term));
            if scope.one(query).await?.is_some() {
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
