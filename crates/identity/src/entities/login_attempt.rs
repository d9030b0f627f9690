//! Table `login_attempts`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// How often something that is limited was tried of late.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempts")]
pub struct Model {
    /// Digest of what is counted: an account or an address. What people typed is not kept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Attempts since `since` that did not succeed.
    pub attempts: i64,
    /// When the first of them was made.
    pub since: DateTimeUtc,
}

tenant_guard::platform_entity!("login_attempts");
