//! `student-fees/`: the fees that are a pupil's own.

use academic::entities::student;
use chrono::{DateTime, Utc};
use identity::services::{school_today, standing::pupils};
use resource::{
    ApiError, FieldErrors, Money, Pk, Reference, Resource,
    fields::NON_FIELD,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, IntoActiveModel, JoinType,
    QueryFilter, QuerySelect, RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::{
        fee_category, fee_item, scholarship,
        student_fee::{self, Column, Relation},
    },
    ledger::Benefit,
    services::{
        billing::{net, rediscount, resting_on},
        ledger::lock_account,
    },
};

/// Says that a field is as it was first written.
pub(super) const FIXED: &str = "This field does not change after creation.";

/// A fee of a pupil to be written.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct StudentFeeInput {
    /// Id of the pupil; it does not change.
    pub student: Pk,
    /// Id of the fee item; it does not change.
    pub fee_item: Pk,
    /// Id of the scholarship that lowers it.
    #[serde(default)]
    pub scholarship: Option<Pk>,
    /// What is taken off beside the scholarship, at most what that leaves.
    #[serde(default = "nothing")]
    #[schema(schema_with = Money::not_below_zero)]
    pub discount_amount: Money,
}

fn nothing() -> Money {
    Money::of_minor(0)
}

/// A fee that is a pupil's own: an optional one taken, or any at another price.
#[derive(Debug, Serialize, ToSchema)]
pub struct StudentFee {
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
    /// Id of the fee item.
    pub fee_item: i64,
    /// Name of the kind of fee.
    pub fee_item_name: String,
    /// What the fee costs.
    pub fee_amount: Money,
    /// School year of the fee.
    pub session: String,
    /// Term of the fee.
    pub term: String,
    /// Id of the scholarship.
    pub scholarship: Option<i64>,
    /// Name of the scholarship.
    pub scholarship_name: Option<String>,
    /// What is taken off beside the scholarship.
    pub discount_amount: Money,
    /// What the pupil is to pay: the fee less scholarship and discount, never below zero. A percentage
    /// rounds half a minor unit up; a scholarship that is not active takes nothing off.
    pub net_amount: Money,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A fee of a pupil with what it is made of.
#[derive(Debug, FromQueryResult)]
pub struct StudentFeeRow {
    #[sea_orm(nested)]
    own: student_fee::Model,
    student_name: String,
    student_no: String,
    fee_item_name: String,
    fee_amount: Money,
    session: String,
    term: String,
    scholarship_name: Option<String>,
    benefit_type: Option<Benefit>,
    benefit_value: Option<Money>,
    benefit_active: Option<bool>,
}

impl From<StudentFeeRow> for StudentFee {
    fn from(row: StudentFeeRow) -> Self {
        let active = row.benefit_active == Some(true);
        let scholarship = row.benefit_type.zip(row.benefit_value).filter(|_| active);
        let net = net(row.fee_amount, scholarship, row.own.discount);
        Self {
            id: row.own.id,
            school: row.own.school_id,
            student: row.own.student_id,
            student_name: row.student_name,
            student_no: row.student_no,
            fee_item: row.own.fee_item_id,
            fee_item_name: row.fee_item_name,
            fee_amount: row.fee_amount,
            session: row.session,
            term: row.term,
            scholarship: row.own.scholarship_id,
            scholarship_name: row.scholarship_name,
            discount_amount: row.own.discount,
            net_amount: net.amount,
            created_at: row.own.created_at,
            updated_at: row.own.updated_at,
        }
    }
}

/// The collection.
pub struct StudentFees;

impl Resource for StudentFees {
    const PATH: &'static str = "student-fees";
    const ITEM: &'static str = "student fee";
    const READS: &'static [&'static str] = &[
        "student_fees",
        "students",
        "fee_items",
        "fee_categories",
        "scholarships",
        "guardianships",
    ];
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "student",
            table: "students",
        },
        Reference {
            field: "fee_item",
            table: "fee_items",
        },
        Reference {
            field: "scholarship",
            table: "scholarships",
        },
    ];

    type Entity = student_fee::Entity;
    type Input = StudentFeeInput;
    type Row = StudentFeeRow;
    type Output = StudentFee;

    fn listing() -> Listing<student_fee::Entity> {
        Listing::standard()
            .ordering("created_at", Column::CreatedAt)
            .default_order("-created_at")
            .search([student::Column::Names, student::Column::StudentNo])
            .filter("student", Column::StudentId, Kind::Pk)
            .filter("fee_item", Column::FeeItemId, Kind::Pk)
            .filter("scholarship", Column::ScholarshipId, Kind::Pk)
            .filter("class_id", student::Column::ClassId, Kind::Pk)
            .filter("session", fee_item::Column::Session, Kind::Text)
            .filter("term", fee_item::Column::Term, Kind::Text)
    }

    fn select(query: Select<student_fee::Entity>) -> Select<student_fee::Entity> {
        query
            .join(JoinType::InnerJoin, Relation::Student.def())
            .join(JoinType::InnerJoin, Relation::FeeItem.def())
            .join(JoinType::InnerJoin, fee_item::Relation::FeeCategory.def())
            .join(JoinType::LeftJoin, Relation::Scholarship.def())
            .column_as(student::Column::Names, "student_name")
            .column_as(student::Column::StudentNo, "student_no")
            .column_as(fee_category::Column::Name, "fee_item_name")
            .column_as(fee_item::Column::Amount, "fee_amount")
            .column_as(fee_item::Column::Session, "session")
            .column_as(fee_item::Column::Term, "term")
            .column_as(scholarship::Column::Name, "scholarship_name")
            .column_as(scholarship::Column::BenefitType, "benefit_type")
            .column_as(scholarship::Column::Value, "benefit_value")
            .column_as(scholarship::Column::IsActive, "benefit_active")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        match rows {
            Rows::Own => Condition::all().add(Column::StudentId.in_subquery(pupils(scope))),
            Rows::All => Condition::all(),
            Rows::Assigned | Rows::None => resource::pagination::nothing(),
        }
    }

    async fn output(_: &Scope, rows: Vec<StudentFeeRow>) -> Result<Vec<StudentFee>, ApiError> {
        Ok(rows.into_iter().map(StudentFee::from).collect())
    }

    async fn input(_: &Scope, row: &student_fee::Model) -> Result<StudentFeeInput, ApiError> {
        Ok(StudentFeeInput {
            student: Pk(row.student_id),
            fee_item: Pk(row.fee_item_id),
            scholarship: row.scholarship_id.map(Pk),
            discount_amount: row.discount,
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &StudentFeeInput,
        before: Option<&student_fee::Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        if let Some(before) = before {
            for (field, is, was) in [
                ("student", input.student, before.student_id),
                ("fee_item", input.fee_item, before.fee_item_id),
            ] {
                if is.0 != was {
                    errors.add(field, FIXED);
                }
            }
            return Ok(errors);
        }
        let query = scope
            .find::<student_fee::Entity>()
            .filter(Column::StudentId.eq(input.student.0))
            .filter(Column::FeeItemId.eq(input.fee_item.0));
        if scope.one(query).await?.is_some() {
            errors.add(
                NON_FIELD,
                "The fields student, fee_item must make a unique set.",
            );
        }
        Ok(errors)
    }

    async fn lock_first(scope: &Scope, id: i64) -> Result<(), ApiError> {
        let row = scope.get::<student_fee::Entity>(id).await?;
        let row = row.ok_or_else(ApiError::not_found)?;
        lock_account(scope, row.student_id).await
    }

    fn assign(input: &StudentFeeInput, row: &mut student_fee::ActiveModel) {
        let StudentFeeInput {
            student,
            fee_item,
            scholarship,
            discount_amount,
        } = input;
        row.student_id = Set(student.0);
        row.fee_item_id = Set(fee_item.0);
        row.scholarship_id = Set(scholarship.map(|pk| pk.0));
        row.discount = Set(*discount_amount);
    }

    async fn create(
        scope: &Scope,
        input: StudentFeeInput,
    ) -> Result<(student_fee::Model, bool), ApiError> {
        lock_account(scope, input.student.0).await?;
        let mut row = student_fee::ActiveModel::default();
        Self::assign(&input, &mut row);
        let row = scope.insert::<student_fee::Entity, _>(row).await?;
        rediscount(
            scope,
            (row.student_id, row.fee_item_id),
            school_today(scope).await?,
        )
        .await?;
        Ok((row, true))
    }

    async fn update(
        scope: &Scope,
        before: &student_fee::Model,
        input: StudentFeeInput,
    ) -> Result<student_fee::Model, ApiError> {
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let row = scope.update::<student_fee::Entity, _>(before, row).await?;
        if row.row_version != before.row_version {
            rediscount(
                scope,
                (row.student_id, row.fee_item_id),
                school_today(scope).await?,
            )
            .await?;
        }
        Ok(row)
    }

    async fn delete(scope: &Scope, row: &student_fee::Model) -> Result<(), ApiError> {
        let entries = resting_on(scope, row.student_id, &[row.fee_item_id]).await?;
        if entries > 0 {
            return Err(ApiError::conflict(format!(
                "This {} cannot be deleted. What relies on it: ledger entries ({entries}).",
                Self::ITEM
            )));
        }
        scope.delete::<student_fee::Entity>(row.id).await?;
        Ok(())
    }
}
