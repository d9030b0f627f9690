//! Table `event_feeds`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// The personal calendar feed of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_feeds")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Whose feed it is.
    pub user_id: i64,
    /// SHA-256 of the secret in its address, in 64 hexadecimal digits.
    pub secret_hash: String,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("event_feeds");
