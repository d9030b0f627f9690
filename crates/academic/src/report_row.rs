//! One subject's row of a report card, as it is shown wherever a row is shown.

use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{
    ColumnTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    entities::{score, subject},
    marks::{Assessment, Mark},
    services::positions::PlacedRow,
};

/// One subject's marks on a card.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportRow {
    /// Id, as in `scores/`.
    pub id: i64,
    /// How many times the row was written; sent back with an edit, it says what the writer saw.
    pub row_version: i64,
    /// Name of the subject.
    pub subject: String,
    /// Id of the subject.
    pub subject_id: i64,
    /// First continuous assessment.
    pub ca1: Option<Mark>,
    /// Second continuous assessment.
    pub ca2: Option<Mark>,
    /// Examination.
    pub exam: Option<Mark>,
    /// What the pupil missed: it counts nothing, and is not missing.
    pub absent: Vec<Assessment>,
    /// Sum of the three, of 100; none while nothing is marked.
    pub total: Option<Mark>,
    /// Letter: the override, where there is one, else the computed one.
    pub grade: String,
    /// Letter of the total by the school's scale.
    pub computed_grade: String,
    /// Letter somebody decided on instead.
    pub grade_override: Option<String>,
    /// Why.
    pub grade_override_reason: String,
    /// What the scale says of the letter.
    pub grade_remark: String,
    /// Points of the letter.
    pub grade_points: Option<Mark>,
    /// Remark of the teacher.
    pub comment: String,
}

/// A row of a card with the name of its subject.
#[derive(Debug, FromQueryResult)]
pub struct RowOfCard {
    /// The row.
    #[sea_orm(nested)]
    pub score: score::Model,
    /// Name of its subject.
    pub subject: String,
}

impl From<PlacedRow> for RowOfCard {
    fn from(row: PlacedRow) -> Self {
        Self {
            score: row.score,
            subject: row.subject,
        }
    }
}

impl From<RowOfCard> for ReportRow {
    fn from(RowOfCard { score, subject }: RowOfCard) -> Self {
        let grade = score.shown_grade().to_owned();
        Self {
            id: score.id,
            row_version: score.row_version,
            subject,
            subject_id: score.subject_id,
            ca1: score.ca1.map(Mark),
            ca2: score.ca2.map(Mark),
            exam: score.exam.map(Mark),
            absent: score.marks().absent(),
            total: score.total.map(Mark),
            grade,
            computed_grade: score.grade,
            grade_override: Some(score.grade_override).filter(|letter| !letter.is_empty()),
            grade_override_reason: score.grade_override_reason,
            grade_remark: score.grade_remark,
            grade_points: score.grade_points.map(Mark),
            comment: score.comment,
        }
    }
}

/// The rows of cards, by name of the subject.
///
/// # Errors
/// When the database fails.
pub async fn rows_of(scope: &Scope, cards: Vec<i64>) -> Result<Vec<RowOfCard>, ApiError> {
    if cards.is_empty() {
        return Ok(Vec::new());
    }
    let query = scope
        .find::<score::Entity>()
        .filter(score::Column::ReportCardId.is_in(cards))
        .join(JoinType::InnerJoin, score::Relation::Subject.def())
        .column_as(subject::Column::Name, "subject")
        .order_by_asc(subject::Column::Name)
        .order_by_asc(score::Column::Id);
    Ok(scope.rows(query).await?)
}

/// The row of one subject on a card.
///
/// # Errors
/// When the database fails.
pub async fn row_of(
    scope: &Scope,
    card_id: i64,
    subject_id: i64,
) -> Result<Option<ReportRow>, ApiError> {
    let rows = rows_of(scope, vec![card_id]).await?;
    let mut of_subject = rows
        .into_iter()
        .filter(|row| row.score.subject_id == subject_id);
    Ok(of_subject.next().map(ReportRow::from))
}

/// 409 for cells that moved on since their writer saw them, with the rows of `subjects` as they are.
///
/// # Errors
/// When the database fails.
pub async fn moved_on(scope: &Scope, card_id: i64, subjects: &[i64]) -> Result<ApiError, ApiError> {
    let rows = rows_of(scope, vec![card_id]).await?;
    let current: Vec<ReportRow> = rows
        .into_iter()
        .filter(|row| subjects.contains(&row.score.subject_id))
        .map(ReportRow::from)
        .collect();
    let current = serde_json::to_value(current).map_err(ApiError::internal)?;
    let detail = "What you changed was changed by somebody else since you read it; nothing was written. \
                  `current` holds the rows as they are now.";
    Ok(ApiError::conflict(detail).with_current(current))
}
