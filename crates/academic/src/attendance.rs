//! How pupils are marked in registers.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a pupil is marked in a register.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize, ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In class.
    Present,
    /// Away without leave.
    Absent,
    /// In class, after it began.
    Late,
    /// Away with leave.
    Excused,
}
