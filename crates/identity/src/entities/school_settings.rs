//! Table `school_settings`, one row a school.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// The settings of one school.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "school_settings")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Every setting by its key, as [`crate::settings::Settings`] writes them.
    pub keys: Json,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("school_settings");
