//! Table `schools`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One school, the tenant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schools")]
pub struct Model {
    /// The school's key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name; 1 to 255 characters.
    pub name: String,
    /// Domain, unique on the platform, in lower case; 1 to 63 characters of `a-z`, `0-9` and `-`.
    pub domain: String,
    /// `pending`, `active`, `suspended` or `expired`; only an active school's people sign in.
    pub status: String,
    /// When the archive was made that a removal would rest on; none since the school last opened or closed.
    pub archived_at: Option<DateTimeUtc>,
    /// SHA-256 of that archive, in 64 hexadecimal digits.
    pub archive_sha256: Option<String>,
    /// From when it may be removed; only of a suspended school.
    pub removal_due_at: Option<DateTimeUtc>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::platform_entity!("schools");
