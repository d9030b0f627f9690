//! Table `announcements`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One announcement to a part of the school.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "announcements")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Title; at most 255 characters.
    pub title: String,
    /// Text, never empty.
    pub content: String,
    /// `all`, `teachers`, `students`, `parents` or `staff`.
    pub target: String,
    /// `low`, `normal`, `high` or `urgent`.
    pub priority: String,
    /// The class it concerns; none concerns the whole school.
    pub class_id: Option<i64>,
    /// Whether it comes before those that are not.
    pub is_pinned: bool,
    /// When its readers stop seeing it; none is never.
    pub expires_at: Option<DateTimeUtc>,
    /// The account that wrote it; none where that was no user of the school.
    pub created_by: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `users`.
    #[sea_orm(
        belongs_to,
        relation_enum = "Creator",
        from = "(SchoolId, CreatedBy)",
        to = "(SchoolId, Id)"
    )]
    pub creator: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("announcements");
