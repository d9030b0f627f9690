//! Table `scholarships`.

use resource::{Money, tenant_guard};
use sea_orm::entity::prelude::*;

use crate::ledger::Benefit;

/// A reason to charge a pupil less.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scholarships")]
pub struct Model {
    /// The school.
    #[sea_orm(primary_key, auto_increment = false)]
    pub school_id: i64,
    /// The row's own key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    /// Name, at most 100 characters.
    pub name: String,
    /// Who it is for; at most 1000 characters.
    pub description: String,
    /// What `value` means.
    pub benefit_type: Benefit,
    /// Hundredths of a percent, at most 100 of them, or an amount in minor units.
    #[sea_orm(column_name = "value_hundredths")]
    pub value: Money,
    /// Whether bills to come take it off.
    pub is_active: bool,
    /// When the row was created.
    pub created_at: DateTimeUtc,
    /// When the row last changed.
    pub updated_at: DateTimeUtc,
    /// How many times the row was written.
    pub row_version: i64,
}

tenant_guard::tenant_entity!("scholarships");
