//! Table `operators`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One operator of the platform, who belongs to no school.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operators")]
pub struct Model {
    /// The operator's key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// E-mail the operator signs in by, unique whatever its case; at most 254 characters.
    pub email: String,
    /// Full name; at most 255 characters.
    pub name: String,
    /// Argon2id hash in PHC form.
    pub password_hash: String,
    /// Whether the operator may sign in.
    pub is_active: bool,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::platform_entity!("operators");
