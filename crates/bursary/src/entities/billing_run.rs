//! Table `billing_runs`.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One billing of a term.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_runs")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// School year billed.
    pub session: String,
    /// Term billed.
    pub term: String,
    /// The class billed; none is every class.
    pub class_id: Option<i64>,
    /// The day from which the charges count.
    pub effective_date: Date,
    /// The last day to pay them.
    pub due_date: Date,
    /// Who billed; none is an operator or the system.
    pub recorded_by: Option<i64>,
    /// When it was undone.
    pub undone_at: Option<DateTimeUtc>,
    /// Who undid it.
    pub undone_by: Option<i64>,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
    /// Relation to `classes`.
    #[sea_orm(belongs_to, from = "(SchoolId, ClassId)", to = "(SchoolId, Id)")]
    pub class: HasOne<academic::entities::class::Entity>,
    /// Relation to `users`.
    #[sea_orm(belongs_to, from = "(SchoolId, RecordedBy)", to = "(SchoolId, Id)")]
    pub recorder: HasOne<identity::entities::user::Entity>,
}

tenant_guard::tenant_entity!("billing_runs");
