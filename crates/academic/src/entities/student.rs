//! Table `students`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One pupil.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "students")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Number the school gave, unique in it; at most 50 characters.
    pub student_no: String,
    /// Full name; at most 255 characters.
    pub names: String,
    /// `Male` or `Female`.
    pub gender: String,
    /// The class at present.
    pub class_id: Option<i64>,
    /// Date of birth.
    pub dob: Option<Date>,
    /// Name of a parent.
    pub parent_name: String,
    /// E-mail of a parent.
    pub parent_email: String,
    /// Telephone of a parent.
    pub parent_phone: String,
    /// Postal address.
    pub address: String,
    /// Where the portrait is.
    pub passport_url: String,
    /// Discounts as the bursary agreed them, a list of objects.
    pub discounts: Json,
    /// `active`, `graduated` or `withdrawn`.
    pub status: String,
    /// The pupil's own account.
    pub user_id: Option<i64>,
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

tenant_guard::tenant_entity!("students");
