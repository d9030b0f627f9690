//! Table `guardianships`, which comes with the pupils it points to.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// A parent's account linked to a pupil.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "guardianships")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Account of the parent.
    pub user_id: i64,
    /// The pupil.
    pub student_id: i64,
    /// What the parent is to the pupil; at most 50 characters.
    pub relationship: String,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `users`.
    #[sea_orm(belongs_to, from = "(SchoolId, UserId)", to = "(SchoolId, Id)")]
    pub user: HasOne<super::user::Entity>,
}

tenant_guard::tenant_entity!("guardianships");
