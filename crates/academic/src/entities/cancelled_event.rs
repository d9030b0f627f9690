//! Table `cancelled_events`: what feeds say of events that were deleted.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One event as it was when it was deleted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cancelled_events")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Key of the event.
    pub event_id: i64,
    /// Its title.
    pub title: String,
    /// When it was to start.
    pub starts_at: DateTimeUtc,
    /// When it was to end.
    pub ends_at: Option<DateTimeUtc>,
    /// Whether it was to last whole days.
    pub all_day: bool,
    /// The part of the school it was for.
    pub target_audience: String,
    /// The class it was for.
    pub class_id: Option<i64>,
    /// How many times it had changed, its cancellation included.
    pub sequence: i64,
    /// When it was deleted.
    pub created_at: DateTimeUtc,
    /// Never later than `created_at`.
    pub updated_at: DateTimeUtc,
    /// Always 1.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("cancelled_events");
