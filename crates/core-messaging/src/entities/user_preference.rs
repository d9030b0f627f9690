//! Table `user_preferences`, at most one row an account.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// What one account wants to be told by e-mail.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_preferences")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The account.
    pub user_id: i64,
    /// Kinds of e-mail it does not want.
    pub muted: Json,
    /// Minute of the school's day from which it wants none; together with `quiet_to` or not at all.
    pub quiet_from: Option<i64>,
    /// Minute of the school's day from which it wants some again; before `quiet_from` it is the next day's.
    pub quiet_to: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("user_preferences");
