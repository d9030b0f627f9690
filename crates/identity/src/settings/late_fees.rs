//! What a school charges for paying late.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a late fee is reckoned.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LateFeeKind {
    /// There is none.
    #[default]
    None,
    /// The same for everybody.
    Fixed,
    /// So much in a hundred of what is late.
    Percentage,
}
