//! Table `student_fees`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

/// A fee that is a pupil's own: an optional one taken, or any at another price.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "student_fees")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The pupil.
    pub student_id: i64,
    /// The fee.
    pub fee_item_id: i64,
    /// The scholarship that lowers it.
    pub scholarship_id: Option<i64>,
    /// What is taken off beside the scholarship.
    #[sea_orm(column_name = "discount_minor")]
    pub discount: Money,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `students`.
    #[sea_orm(belongs_to, from = "(SchoolId, StudentId)", to = "(SchoolId, Id)")]
    pub student: HasOne<academic::entities::student::Entity>,
    /// Relation to `fee_items`.
    #[sea_orm(belongs_to, from = "(SchoolId, FeeItemId)", to = "(SchoolId, Id)")]
    pub fee_item: HasOne<super::fee_item::Entity>,
    /// Relation to `scholarships`.
    #[sea_orm(belongs_to, from = "(SchoolId, ScholarshipId)", to = "(SchoolId, Id)")]
    pub scholarship: HasOne<super::scholarship::Entity>,
}

tenant_guard::tenant_entity!("student_fees");
