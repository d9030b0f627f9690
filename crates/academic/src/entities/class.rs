//! Table `classes`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One class.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "classes")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Name, unique in the school whatever its case; at most 100 characters.
    pub name: String,
    /// The class teacher, who writes its registers and marks.
    pub class_teacher_id: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `teachers`.
    #[sea_orm(belongs_to, from = "(SchoolId, ClassTeacherId)", to = "(SchoolId, Id)")]
    pub class_teacher: HasOne<super::teacher::Entity>,
}

tenant_guard::tenant_entity!("classes");
