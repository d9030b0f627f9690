//! Table `class_subjects`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// A subject that a class takes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "class_subjects")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The class.
    pub class_id: i64,
    /// The subject.
    pub subject_id: i64,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `classes`.
    #[sea_orm(belongs_to, from = "(SchoolId, ClassId)", to = "(SchoolId, Id)")]
    pub class: HasOne<super::class::Entity>,
    /// Relation to `subjects`.
    #[sea_orm(belongs_to, from = "(SchoolId, SubjectId)", to = "(SchoolId, Id)")]
    pub subject: HasOne<super::subject::Entity>,
}

tenant_guard::tenant_entity!("class_subjects");
