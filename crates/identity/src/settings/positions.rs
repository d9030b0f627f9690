//! How a school ranks the cards of a class.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How equals share a position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum PositionTies {
    /// The positions that equals fill are skipped after them: 1, 1, 3.
    #[default]
    #[serde(rename = "1-1-3")]
    Skip,
    /// The next position follows at once: 1, 1, 2.
    #[serde(rename = "1-1-2")]
    Follow,
}

/// What cards are ranked by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PositionBy {
    /// The mean of the subjects marked.
    #[default]
    Average,
    /// The sum of all marks.
    Total,
}

/// What becomes of a pupil without a mark in some subject that the class takes. One without any mark
/// has no position whatever is chosen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissingMarks {
    /// Ranked by the marks there are.
    #[default]
    Ranked,
    /// Has no position, and takes nobody else's.
    Unranked,
    /// Ranked with nought in the subjects missing.
    AsZero,
}
