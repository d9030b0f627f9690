//! Table `webhook_endpoints`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One program of the school that is told of events.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Where it is called; at most 2 000 characters.
    pub url: String,
    /// What it is for; at most 255 characters, possibly none.
    pub description: String,
    /// The events it is told of, as webhooks spell them.
    pub events: Json,
    /// What its calls are signed with; empty until the first is issued, and then it is told of nothing.
    pub secret: String,
    /// Whether it is told of anything.
    pub is_active: bool,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("webhook_endpoints");
