//! Table `newsletters`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One newsletter of the school.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "newsletters")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Title; at most 255 characters.
    pub title: String,
    /// What is in it.
    pub description: String,
    /// Where its document is, by https or as `file:` and a digest; at most 2 000 characters, possibly none.
    pub file: String,
    /// Whether its readers see it.
    pub is_published: bool,
    /// When they first did.
    pub published_at: Option<DateTimeUtc>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("newsletters");
