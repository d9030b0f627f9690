//! `fee-categories/`: the kinds of fee a school charges.

use chrono::{DateTime, Utc};
use resource::{
    ApiError, Dependent, Resource, Unique,
    pagination::{Kind, Listing},
    tenant_guard::Scope,
};
use sea_orm::{ActiveValue::Set, FromQueryResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::entities::fee_category::{self, Column};

/// A kind of fee to be written.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct FeeCategoryInput {
    /// Name, unique in the school whatever its case.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it pays for.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub description: String,
    /// Whether a family may decline it.
    #[serde(default)]
    pub is_optional: bool,
}

/// A kind of fee.
#[derive(Debug, Serialize, ToSchema, FromQueryResult)]
pub struct FeeCategory {
    /// Id of the category.
    pub id: i64,
    /// Id of the school.
    #[sea_orm(from_alias = "school_id")]
    pub school: i64,
    /// Name.
    pub name: String,
    /// What it pays for.
    pub description: String,
    /// Whether a family may decline it.
    pub is_optional: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The collection.
pub struct FeeCategories;

impl Resource for FeeCategories {
    const PATH: &'static str = "fee-categories";
    const ITEM: &'static str = "fee category";
    const READS: &'static [&'static str] = &["fee_categories"];
    const TTL: u64 = 3_600;
    const UNIQUES: &'static [Unique] = &[Unique {
        field: "name",
        column: "name",
    }];
    const DEPENDENTS: &'static [Dependent] = &[
        Dependent {
            table: "fee_items",
            column: "category_id",
            name: "fee items",
        },
        Dependent {
            table: "ledger_entries",
            column: "category_id",
            name: "ledger entries",
        },
        Dependent {
            table: "payments",
            column: "category_id",
            name: "payments",
        },
        Dependent {
            table: "payment_intents",
            column: "category_id",
            name: "online payments",
        },
    ];

    type Entity = fee_category::Entity;
    type Input = FeeCategoryInput;
    type Row = FeeCategory;
    type Output = FeeCategory;

    fn listing() -> Listing<fee_category::Entity> {
        Listing::standard()
            .ordering("name", Column::Name)
            .ordering("created_at", Column::CreatedAt)
            .default_order("name")
            .search([Column::Name, Column::Description])
            .filter("is_optional", Column::IsOptional, Kind::Boolean)
    }

    async fn output(_: &Scope, rows: Vec<FeeCategory>) -> Result<Vec<FeeCategory>, ApiError> {
        Ok(rows)
    }

    async fn input(_: &Scope, row: &fee_category::Model) -> Result<FeeCategoryInput, ApiError> {
        Ok(FeeCategoryInput {
            name: row.name.clone(),
            description: row.description.clone(),
            is_optional: row.is_optional,
        })
    }

    fn assign(input: &FeeCategoryInput, row: &mut fee_category::ActiveModel) {
        let FeeCategoryInput {
            name,
            description,
            is_optional,
        } = input;
        row.name = Set(name.clone());
        row.description = Set(description.clone());
        row.is_optional = Set(*is_optional);
    }
}
