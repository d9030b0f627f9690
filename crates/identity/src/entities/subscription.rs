//! Table `subscriptions`, at most one row a school.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// What one school subscribed to; a school without a row has everything, without end.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "subscriptions")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Name of the plan; 1 to 100 characters.
    pub plan_name: String,
    /// Modules it opens, as a list of their names; none for all.
    pub allowed_modules: Option<Json>,
    /// Its last day, by the school's own calendar; none without end.
    pub expires_on: Option<Date>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("subscriptions");
