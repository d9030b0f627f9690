//! Table `enrolments`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// The class of one pupil in one school year, the last where there were several.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "enrolments")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The pupil.
    pub student_id: i64,
    /// The class.
    pub class_id: i64,
    /// School year, as `2025/2026`.
    pub session: String,
    /// The day the pupil came into the class, in the school's time zone.
    pub since: Date,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `classes`.
    #[sea_orm(belongs_to, from = "(SchoolId, ClassId)", to = "(SchoolId, Id)")]
    pub class: HasOne<super::class::Entity>,
}

tenant_guard::tenant_entity!("enrolments");
