//! `fee-items/`, also `fees/`: what a term costs.

use academic::entities::class;
use actix_web::{HttpRequest, http::Method};
use chrono::{DateTime, Utc};
use resource::{
    ApiError, Ctx, Dependent, FieldErrors, Money, Pk, Reference, Resource,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, Condition, FromQueryResult, IntoActiveModel, JoinType, QuerySelect,
    RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    entities::{
        fee_category,
        fee_item::{self, Column},
    },
    services::{billing::is_billed, category_named::category_named, fee_spelling, fees_owed},
};

/// Says that a field has made bills.
const BILLED: &str =
    "This fee has been billed, and does not change; undo its billing run or make another.";

/// A fee to be written.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct FeeItemInput {
    /// Kind of fee; required unless `name` tells it.
    pub category: Option<Pk>,
    /// Name of the kind of fee, found or created; `category` wins where both are given.
    #[schema(min_length = 1, max_length = 100)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Amount above zero.
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
    /// Class charged; none charges every class.
    pub class_id: Option<Pk>,
    /// Another spelling of `class_id`, which wins where both are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_class: Option<Pk>,
    /// Whether it is charged at present.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// Whether a family may decline it.
    #[serde(default)]
    pub is_optional: bool,
}

fn yes() -> bool {
    true
}

/// A fee of one term.
#[derive(Debug, Serialize, ToSchema, FromQueryResult)]
pub struct FeeItem {
    /// Id of the fee item.
    pub id: i64,
    /// Id of the school.
    #[sea_orm(from_alias = "school_id")]
    pub school: i64,
    /// Kind of fee.
    #[sea_orm(from_alias = "category_id")]
    pub category: i64,
    /// Name of the kind of fee.
    pub category_name: String,
    /// The same as `category_name`.
    #[sea_orm(from_alias = "category_name")]
    pub name: String,
    /// Amount.
    #[sea_orm(from_alias = "amount_minor")]
    pub amount: Money,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Class charged; null charges every class.
    pub class_id: Option<i64>,
    /// The same as `class_id`.
    #[sea_orm(from_alias = "class_id")]
    pub target_class: Option<i64>,
    /// Name of the class charged.
    pub target_class_name: Option<String>,
    /// Whether it is charged at present.
    pub active: bool,
    /// Whether a family may decline it.
    pub is_optional: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The collection.
pub struct FeeItems;

impl Resource for FeeItems {
    const PATH: &'static str = "fee-items";
    const ITEM: &'static str = "fee item";
    const READS: &'static [&'static str] = &[
        "fee_items",
        "fee_categories",
        "classes",
        "students",
        "guardianships",
    ];
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "category",
            table: "fee_categories",
        },
        Reference {
            field: "class_id",
            table: "classes",
        },
    ];
    const DEPENDENTS: &'static [Dependent] = &[
        Dependent {
            table: "student_fees",
            column: "fee_item_id",
            name: "assigned fees",
        },
        Dependent {
            table: "ledger_entries",
            column: "fee_item_id",
            name: "ledger entries",
        },
    ];

    type Entity = fee_item::Entity;
    type Input = FeeItemInput;
    type Row = FeeItem;
    type Output = FeeItem;

    fn listing() -> Listing<fee_item::Entity> {
        Listing::standard()
            .ordering("created_at", Column::CreatedAt)
            .ordering("amount", Column::Amount)
            .default_order("-created_at")
            .search([fee_category::Column::Name])
            .filter("category", Column::CategoryId, Kind::Pk)
            .filter("class_id", Column::ClassId, Kind::Pk)
            .filter("session", Column::Session, Kind::Text)
            .filter("term", Column::Term, Kind::Text)
            .filter("active", Column::Active, Kind::Boolean)
            .filter("is_optional", Column::IsOptional, Kind::Boolean)
    }

    fn select(query: Select<fee_item::Entity>) -> Select<fee_item::Entity> {
        query
            .join(JoinType::InnerJoin, fee_item::Relation::FeeCategory.def())
            .join(JoinType::LeftJoin, fee_item::Relation::Class.def())
            .column_as(fee_category::Column::Name, "category_name")
            .column_as(class::Column::Name, "target_class_name")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        fees_owed::visible(scope, rows)
    }

    async fn output(_: &Scope, rows: Vec<FeeItem>) -> Result<Vec<FeeItem>, ApiError> {
        Ok(rows)
    }

    async fn input(_: &Scope, row: &fee_item::Model) -> Result<FeeItemInput, ApiError> {
        Ok(FeeItemInput {
            category: Some(Pk(row.category_id)),
            name: None,
            amount: row.amount,
            session: row.session.clone(),
            term: row.term.clone(),
            class_id: row.class_id.map(Pk),
            target_class: None,
            active: row.active,
            is_optional: row.is_optional,
        })
    }

    async fn prepare(
        _: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        Ok(fee_spelling::settle(
            request.method() == Method::PATCH,
            body,
        ))
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &FeeItemInput,
        before: Option<&fee_item::Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        let Some(before) = before else {
            return Ok(errors);
        };
        let changed = [
            ("amount", input.amount != before.amount),
            ("session", input.session != before.session),
            ("term", input.term != before.term),
            ("class_id", input.class_id.map(|pk| pk.0) != before.class_id),
        ];
        if changed.iter().any(|(_, changed)| *changed) && is_billed(scope, before.id).await? {
            for (field, _) in changed.into_iter().filter(|(_, changed)| *changed) {
                errors.add(field, BILLED);
            }
        }
        Ok(errors)
    }

    fn assign(input: &FeeItemInput, row: &mut fee_item::ActiveModel) {
        let FeeItemInput {
            category,
            name: _,
            amount,
            session,
            term,
            class_id,
            target_class: _,
            active,
            is_optional,
        } = input;
        if let Some(category) = category {
            row.category_id = Set(category.0);
        }
        row.amount = Set(*amount);
        row.session = Set(session.clone());
        row.term = Set(term.clone());
        row.class_id = Set(class_id.map(|pk| pk.0));
        row.active = Set(*active);
        row.is_optional = Set(*is_optional);
    }

    async fn create(
        scope: &Scope,
        input: FeeItemInput,
    ) -> Result<(fee_item::Model, bool), ApiError> {
        let mut row = fee_item::ActiveModel::default();
        Self::assign(&categorised(scope, input).await?, &mut row);
        Ok((scope.insert::<fee_item::Entity, _>(row).await?, true))
    }

    async fn update(
        scope: &Scope,
        before: &fee_item::Model,
        input: FeeItemInput,
    ) -> Result<fee_item::Model, ApiError> {
        let mut row = before.clone().into_active_model();
        Self::assign(&categorised(scope, input).await?, &mut row);
        Ok(scope.update::<fee_item::Entity, _>(before, row).await?)
    }
}

/// The input with the key of its category, where it came with a name.
async fn categorised(scope: &Scope, mut input: FeeItemInput) -> Result<FeeItemInput, ApiError> {
    if let (None, Some(name)) = (input.category, &input.name) {
        input.category = Some(Pk(category_named(scope, name).await?));
    }
    Ok(input)
}
