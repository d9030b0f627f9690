//! Bodies of `payment-plans/`.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use resource::{FieldErrors, Money, Pk};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::payment_plan::Model,
    resources::student_fees::FIXED,
    services::payment_plans::{Instalment, NewPart},
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
    /// The body that would write `row`.
    pub(super) fn that_writes(row: &Model, parts: Vec<NewPart>) -> Self {
        Self {
            student: Pk(row.student_id),
            session: row.session.clone(),
            term: row.term.clone(),
            note: row.note.clone(),
            parts: parts
                .into_iter()
                .map(|one| PlanPartInput {
                    due_date: one.due_date,
                    amount: one.amount,
                })
                .collect(),
        }
    }

    /// What of `before` it would change and must not.
    pub(super) fn fixed(&self, before: &Model) -> FieldErrors {
        let mut errors = FieldErrors::default();
        for (field, moved) in [
            ("student", self.student.0 != before.student_id),
            ("session", self.session != before.session),
            ("term", self.term != before.term),
        ] {
            if moved {
                errors.add(field, FIXED);
            }
        }
        errors
    }

    /// Pupil, school year and term.
    pub(super) fn of(&self) -> (i64, &str, &str) {
        (self.student.0, &self.session, &self.term)
    }

    /// The parts in the order of their days.
    pub(super) fn parts(&self) -> Vec<NewPart> {
        let parts = self.parts.iter().map(|one| NewPart {
            due_date: one.due_date,
            amount: one.amount,
        });
        let mut parts: Vec<NewPart> = parts.collect();
        parts.sort();
        parts
    }

    /// What is wrong with the days of the parts.
    pub(super) fn days(&self) -> FieldErrors {
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
    pub(super) plan: Model,
    student_name: String,
    student_no: String,
    class_id: Option<i64>,
    class_name: Option<String>,
    recorded_by_name: Option<String>,
}

impl PaymentPlanRow {
    pub(super) fn with(self, parts: &[Instalment]) -> PaymentPlan {
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
