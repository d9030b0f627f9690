//! Table `announcement_reads`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// That somebody has read an announcement.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "announcement_reads")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The announcement.
    pub announcement_id: i64,
    /// The account of its reader.
    pub user_id: i64,
    /// When it was read.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("announcement_reads");
