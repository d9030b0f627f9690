//! Table `billing_run_pupils`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// A pupil whom a billing run looked at.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_run_pupils")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The run.
    pub billing_run_id: i64,
    /// The pupil.
    pub student_id: i64,
    /// Where the pupil stood with the school then.
    pub status: String,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// Always 1.
    pub row_version: i64,
    /// Relation to `billing_runs`.
    #[sea_orm(belongs_to, from = "(SchoolId, BillingRunId)", to = "(SchoolId, Id)")]
    pub billing_run: HasOne<super::billing_run::Entity>,
    /// Relation to `students`.
    #[sea_orm(belongs_to, from = "(SchoolId, StudentId)", to = "(SchoolId, Id)")]
    pub student: HasOne<academic::entities::student::Entity>,
}

tenant_guard::tenant_entity!("billing_run_pupils");
