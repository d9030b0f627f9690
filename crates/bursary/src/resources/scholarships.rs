//! `scholarships/`: reasons to charge a pupil less.

use chrono::{DateTime, Utc};
use resource::{
    ApiError, Dependent, FieldErrors, Money, Resource,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{ActiveValue::Set, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::scholarship::{self, Column},
    ledger::Benefit,
};

/// A scholarship to be written.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct ScholarshipInput {
    /// Name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// Who it is for.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub description: String,
    /// How it lowers a fee.
    pub benefit_type: Benefit,
    /// A percentage from 0 to 100, or an amount; two decimals at most.
    #[schema(schema_with = Money::not_below_zero)]
    pub value: Money,
    /// Whether bills to come take it off; what was billed stays.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
}

fn yes() -> bool {
    true
}

/// A scholarship.
#[derive(Debug, Serialize, ToSchema, FromQueryResult)]
pub struct Scholarship {
    /// Id of the scholarship.
    pub id: i64,
    /// Id of the school.
    #[sea_orm(from_alias = "school_id")]
    pub school: i64,
    /// Name.
    pub name: String,
    /// Who it is for.
    pub description: String,
    /// How it lowers a fee.
    pub benefit_type: Benefit,
    /// A percentage, or an amount.
    #[sea_orm(from_alias = "value_hundredths")]
    pub value: Money,
    /// Whether bills to come take it off.
    pub is_active: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The collection.
pub struct Scholarships;

impl Resource for Scholarships {
    const PATH: &'static str = "scholarships";
    const ITEM: &'static str = "scholarship";
    const READS: &'static [&'static str] = &["scholarships"];
    const DEPENDENTS: &'static [Dependent] = &[Dependent {
        table: "student_fees",
        column: "scholarship_id",
        name: "assigned fees",
    }];

    type Entity = scholarship::Entity;
    type Input = ScholarshipInput;
    type Row = Scholarship;
    type Output = Scholarship;

    fn listing() -> Listing<scholarship::Entity> {
        Listing::standard()
            .ordering("name", Column::Name)
            .ordering("created_at", Column::CreatedAt)
            .default_order("name")
            .search([Column::Name, Column::Description])
            .filter(
                "benefit_type",
                Column::BenefitType,
                Kind::Choice(&["percentage", "fixed"]),
            )
            .filter("is_active", Column::IsActive, Kind::Boolean)
    }

    async fn output(_: &Scope, rows: Vec<Scholarship>) -> Result<Vec<Scholarship>, ApiError> {
        Ok(rows)
    }

    async fn input(_: &Scope, row: &scholarship::Model) -> Result<ScholarshipInput, ApiError> {
        Ok(ScholarshipInput {
            name: row.name.clone(),
            description: row.description.clone(),
            benefit_type: row.benefit_type,
            value: row.value,
            is_active: row.is_active,
        })
    }

    async fn check(
        _: &Scope,
        _: Rows,
        input: &ScholarshipInput,
        _: Option<&scholarship::Model>,
    ) -> Result<FieldErrors, ApiError> {
        let whole = Money::of_minor(10_000);
        if input.benefit_type == Benefit::Percentage && input.value > whole {
            let message = "Ensure this value is less than or equal to 100.";
            return Ok(FieldErrors::of("value", message));
        }
        Ok(FieldErrors::default())
    }

    fn assign(input: &ScholarshipInput, row: &mut scholarship::ActiveModel) {
        let ScholarshipInput {
            name,
            description,
            benefit_type,
            value,
            is_active,
        } = input;
        row.name = Set(name.clone());
        row.description = Set(description.clone());
        row.benefit_type = Set(*benefit_type);
        row.value = Set(*value);
        row.is_active = Set(*is_active);
    }
}
