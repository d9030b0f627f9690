//! Table `token_families`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// The refresh tokens that descend from one sign-in, of which only the newest is good.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_families")]
pub struct Model {
    /// A UUID: `sid` of its tokens.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// School of the holder; none for an operator.
    pub school_id: Option<i64>,
    /// The user of that school, or the operator.
    pub holder_id: i64,
    /// A UUID: `jti` of the newest token.
    pub current: String,
    /// When the holder signed in.
    pub created_at: DateTimeUtc,
    /// When the newest token expires.
    pub expires_at: DateTimeUtc,
    /// When the family was ended before its time.
    pub revoked_at: Option<DateTimeUtc>,
}

tenant_guard::platform_entity!("token_families");
