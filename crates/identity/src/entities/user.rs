//! Table `users`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One account of a school.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// User name, unique in the school whatever its case; at most 150 characters.
    pub username: String,
    /// E-mail, unique in the school whatever its case unless empty; at most 254 characters.
    pub email: String,
    /// Full name; at most 255 characters.
    pub name: String,
    /// A [`tenant_guard::Role`] other than `SUPER_ADMIN`.
    pub role: String,
    /// Argon2id hash in PHC form; empty while the account has no password, and then nobody signs in to it.
    pub password_hash: String,
    /// Whether its holder may sign in.
    pub is_active: bool,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("users");
