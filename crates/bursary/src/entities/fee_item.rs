//! Table `fee_items`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// One fee of one term, for a class or for all.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fee_items")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The kind of fee.
    pub category_id: i64,
    /// The class charged; none charges every class.
    pub class_id: Option<i64>,
    /// Amount, above zero.
    #[sea_orm(column_name = "amount_minor")]
    pub amount: Money,
    /// School year, as `2025/2026`.
    pub session: String,
    /// Term, as `First Term`.
    pub term: String,
    /// Whether it is charged at present.
    pub active: bool,
    /// Whether a family may decline it.
    pub is_optional: bool,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `fee_categories`.
    #[sea_orm(belongs_to, from = "(SchoolId, CategoryId)", to = "(SchoolId, Id)")]
    pub category: HasOne<super::fee_category::Entity>,
    /// Relation to `classes`.
    #[sea_orm(belongs_to, from = "(SchoolId, ClassId)", to = "(SchoolId, Id)")]
    pub class: HasOne<academic::entities::class::Entity>,
}

tenant_guard::tenant_entity!("fee_items");
