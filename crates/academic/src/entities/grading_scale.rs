//! Table `grading_scales`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// A grading scale of the school. Its bands are only ever written as a whole, and so are one document.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "grading_scales")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Name of the scale.
    pub name: String,
    /// Whether the school grades by it; one of its scales at most.
    pub is_active: bool,
    /// Its bands, as [`crate::scale::Band`] writes them.
    pub bands: Json,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("grading_scales");
