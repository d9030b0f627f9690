//! Table `events`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One event of the calendar.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Title; at most 255 characters.
    pub title: String,
    /// What there is to know.
    pub description: String,
    /// When it starts; midnight in UTC of the first day where it lasts whole days.
    pub starts_at: DateTimeUtc,
    /// When it ends, not before it starts; midnight in UTC of the last day where it lasts whole days.
    pub ends_at: Option<DateTimeUtc>,
    /// Whether it lasts whole days.
    pub all_day: bool,
    /// Rule by which it takes place again (RFC 5545 §3.3.10), at most 300 characters; empty where it does not.
    pub recurrence: String,
    /// Days on which it does not take place though the rule says so, a list of dates.
    pub excluded_dates: Json,
    /// When the last time it takes place ends; none where it does not repeat, or without end.
    pub repeats_until: Option<DateTimeUtc>,
    /// `academic`, `holiday`, `exam`, `meeting`, `sports`, `cultural` or `other`.
    pub event_type: String,
    /// `all`, `teachers`, `students`, `parents` or `staff`.
    pub target_audience: String,
    /// The class it concerns; none concerns the whole school.
    pub class_id: Option<i64>,
    /// The account that announced it; none where that was no user of the school.
    pub created_by: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `classes`.
    #[sea_orm(belongs_to, from = "(SchoolId, ClassId)", to = "(SchoolId, Id)")]
    pub class: HasOne<super::class::Entity>,
    /// Relation to `users`.
    #[sea_orm(
        belongs_to,
        relation_enum = "Creator",
        from = "(SchoolId, CreatedBy)",
        to = "(SchoolId, Id)"
    )]
    pub creator: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("events");
