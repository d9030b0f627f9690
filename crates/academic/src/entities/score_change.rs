//! Table `score_changes`, whose rows are only ever added.

use resource::tenant_guard;
use sea_orm::entity::prelude::*;

/// One cell of a card that took another value.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "score_changes")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The change's own key; of one card, in the order of the changes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// The card, which may be gone.
    pub report_card_id: i64,
    /// The subject.
    pub subject_id: i64,
    /// The row of marks, which may be gone.
    pub score_id: i64,
    /// `ca1`, `ca2`, `exam`, `comment` or `grade_override`.
    pub cell: String,
    /// What it held: none for nothing, `absent`, a mark in hundredths, or the text.
    pub before: Option<String>,
    /// What it holds since, likewise.
    pub after: Option<String>,
    /// Why a grade was overridden; blank elsewhere.
    pub reason: String,
    /// Version that the row reached by it.
    pub version: i64,
    /// The user, or the operator when the role is `SUPER_ADMIN`; 0 is the system itself.
    pub actor_id: i64,
    /// What the actor was.
    pub actor_role: String,
    /// When.
    pub created_at: DateTimeUtc,
    /// Never later than `created_at`.
    pub updated_at: DateTimeUtc,
    /// Always 1.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("score_changes");
