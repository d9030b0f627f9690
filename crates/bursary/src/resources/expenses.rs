//! `expenses/`: what the school spends. An expense is voided, never deleted, and its amount and its
//! date stay what they were recorded as.

use chrono::{DateTime, NaiveDate, Utc};
use identity::{entities::user, services::school_today};
use resource::{
    ApiError, Money, Resource,
    pagination::{Kind, Listing},
    tenant_guard::Scope,
};
use sea_orm::{
    ActiveValue::Set, FromQueryResult, IntoActiveModel, JoinType, QuerySelect, RelationTrait,
    Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    entities::expense::{ActiveModel, Column, Entity, Model, Relation},
    services::expenses::{self, CATEGORIES, VOIDED},
};

const STATUSES: &[&str] = &["pending", "approved", "voided"];

/// What money is spent on.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ExpenseCategory {
    /// Wages.
    Salary,
    /// Buildings and grounds.
    Maintenance,
    /// Chalk, paper, books.
    Supplies,
    /// Power, water, network.
    Utilities,
    /// Anything else.
    Other,
}

/// Whether an expense counts.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ExpenseStatus {
    /// It waits for the approval of an administrator who did not record it.
    Pending,
    /// It counts.
    Approved,
    /// It was taken back, and counts no more.
    Voided,
}

/// An expense to be written.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct ExpenseInput {
    /// What was bought.
    #[schema(min_length = 1, max_length = 255)]
    pub title: String,
    /// Amount above zero; it does not change once it is recorded (409).
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
    /// What money is spent on.
    #[schema(value_type = ExpenseCategory)]
    pub category: String,
    /// Day of the expense; none is today where the school is. It does not change once it is recorded (409).
    #[serde(default)]
    pub date: Option<NaiveDate>,
    /// What there is to know.
    #[serde(default)]
    #[schema(max_length = 5_000)]
    pub description: String,
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
}

/// An expense.
#[derive(Debug, Serialize, ToSchema, FromQueryResult)]
pub struct Expense {
    /// Id of the expense.
    pub id: i64,
    /// Id of the school.
    #[sea_orm(from_alias = "school_id")]
    pub school: i64,
    /// What was bought.
    pub title: String,
    /// Amount.
    #[sea_orm(from_alias = "amount_minor")]
    pub amount: Money,
    /// What money is spent on.
    #[schema(value_type = ExpenseCategory)]
    pub category: String,
    /// Day of the expense.
    pub date: NaiveDate,
    /// What there is to know.
    pub description: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Whether it counts.
    #[schema(value_type = ExpenseStatus)]
    pub status: String,
    /// Id of the account that recorded it.
    pub recorded_by: Option<i64>,
    /// Name of who recorded it.
    pub recorded_by_name: Option<String>,
    /// Id of the account that approved it; null where it needed no approval or has none yet.
    pub approved_by: Option<i64>,
    /// When it was approved by somebody.
    pub approved_at: Option<DateTime<Utc>>,
    /// Id of the account that voided it.
    pub voided_by: Option<i64>,
    /// When it was voided.
    pub voided_at: Option<DateTime<Utc>>,
    /// Why it was voided.
    pub void_reason: String,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The collection.
#[derive(Debug)]
pub struct Expenses;

impl Resource for Expenses {
    const PATH: &'static str = "expenses";
    const ITEM: &'static str = "expense";
    const READS: &'static [&'static str] = &["expenses", "users"];
    const VOIDS: bool = true;

    type Entity = Entity;
    type Input = ExpenseInput;
    type Row = Expense;
    type Output = Expense;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("date", Column::Date)
            .ordering("amount", Column::Amount)
            .ordering("title", Column::Title)
            .ordering("created_at", Column::CreatedAt)
            .default_order("-date")
            .search([Column::Title, Column::Description])
            .filter("category", Column::Category, Kind::Choice(&CATEGORIES))
            .filter("status", Column::Status, Kind::Choice(STATUSES))
            .filter("session", Column::Session, Kind::Text)
            .filter("term", Column::Term, Kind::Text)
            .filter("date", Column::Date, Kind::Date)
            .filter("recorded_by", Column::RecordedBy, Kind::Pk)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::LeftJoin, Relation::Recorder.def())
            .column_as(user::Column::Name, "recorded_by_name")
    }

    async fn output(_: &Scope, rows: Vec<Expense>) -> Result<Vec<Expense>, ApiError> {
        Ok(rows)
    }

    async fn input(_: &Scope, row: &Model) -> Result<ExpenseInput, ApiError> {
        Ok(ExpenseInput {
            title: row.title.clone(),
            amount: row.amount,
            category: row.category.clone(),
            date: Some(row.date),
            description: row.description.clone(),
            session: row.session.clone(),
            term: row.term.clone(),
        })
    }

    fn assign(input: &ExpenseInput, row: &mut ActiveModel) {
        let ExpenseInput {
            title,
            amount,
            category,
            date,
            description,
            session,
            term,
        } = input;
        if let Some(date) = date {
            row.date = Set(*date);
        }
        row.title = Set(title.clone());
        row.amount = Set(*amount);
        row.category = Set(category.clone());
        row.description = Set(description.clone());
        row.session = Set(session.clone());
        row.term = Set(term.clone());
    }

    async fn create(scope: &Scope, mut input: ExpenseInput) -> Result<(Model, bool), ApiError> {
        if input.date.is_none() {
            input.date = Some(school_today(scope).await?);
        }
        let status = expenses::first_status(scope, input.amount).await?;
        let mut row = ActiveModel {
            status: Set(status.into()),
            recorded_by: Set(expenses::account(scope)),
            void_reason: Set(String::new()),
            ..Default::default()
        };
        Self::assign(&input, &mut row);
        Ok((scope.insert::<Entity, _>(row).await?, true))
    }

    async fn update(scope: &Scope, before: &Model, input: ExpenseInput) -> Result<Model, ApiError> {
        let moved = input.date.is_some_and(|date| date != before.date);
        if moved || input.amount != before.amount {
            return Err(ApiError::conflict(
                "The amount and the date of an expense stay; void it and record it anew.",
            ));
        }
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        if before.status == VOIDED && after != *before {
            return Err(ApiError::conflict("A voided expense does not change."));
        }
        Ok(after)
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        expenses::void(scope, row.id, "").await?;
        Ok(())
    }
}
