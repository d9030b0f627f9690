//! Positions in class: the rows of cards read together with the place of each card on its sheet, the
//! cards of one class in one session and term.
//!
//! This is the one definition of a position. It ranks every sheet that the cards asked for are on,
//! each once, by the school's settings `position_ties`, `position_by` and `position_missing`; lists,
//! single cards, broadsheets and publications all read it.

#[cfg(test)]
mod tests;

use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{FromQueryResult, Value};

use super::publish::Sheet;
use crate::entities::score;

/// One subject's row of a card, and where its card stands.
#[derive(Debug, Clone, FromQueryResult)]
pub struct PlacedRow {
    /// The row.
    #[sea_orm(nested)]
    pub score: score::Model,
    /// Name of the subject.
    pub subject: String,
    /// Position of the card; none while nothing is marked, and where the school ranks no card with
    /// missing subjects.
    pub position: Option<i64>,
    /// Whether the school shows positions to pupils and parents.
    pub shown: bool,
}

/// The rows of the cards `ids` by the names of their subjects, in one statement. A card without rows
/// has no position.
///
/// # Errors
/// When the database fails.
pub async fn rows(scope: &Scope, ids: &[i64]) -> Result<Vec<PlacedRow>, ApiError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ranked = ranked(&of_cards(ids.len()));
    let cards = places(ids.len());
    let sql = format!(
        "{ranked} SELECT scores.*, subjects.name AS subject, place.position AS position, policy.shown AS shown \
         FROM policy CROSS JOIN scores \
         JOIN subjects ON subjects.school_id = scores.school_id AND subjects.id = scores.subject_id \
         LEFT JOIN place ON place.id = scores.report_card_id \
         WHERE scores.school_id = $1 AND scores.report_card_id IN ({cards}) \
         ORDER BY subjects.name, scores.id"
    );
    Ok(scope.query(&sql, keys(ids)).await?)
}

/// How many marks the cards `ids` lack: a subject that the class takes and a card has no mark in. What the
/// pupil missed is not lacking.
///
/// # Errors
/// When the database fails.
pub async fn missing(scope: &Scope, ids: &[i64]) -> Result<i64, ApiError> {
    if ids.is_empty() {
        return Ok(0);
    }
    let cards = places(ids.len());
    let sql = format!(
        "{POLICY}, {}, {} SELECT CAST(COALESCE(SUM(missing), 0) AS bigint) AS missing FROM gap \
         WHERE card_id IN ({cards})",
        sheets(&of_cards(ids.len())),
        gaps("policy.missing IS NOT NULL")
    );
    let found: Vec<Lack> = scope.query(&sql, keys(ids)).await?;
    Ok(found.first().map_or(0, |lack| lack.missing))
}

/// Where a card stands on its sheet.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Standing {
    /// The card.
    pub id: i64,
    /// Its pupil.
    pub student_id: i64,
    /// Sum of its rows, in hundredths of a mark.
    pub total_score: Option<i64>,
    /// Their mean, in hundredths, half up.
    pub average: Option<i64>,
    /// Its position by the marks as they are now.
    pub position: Option<i64>,
}

/// Every card of a sheet, the best first, those without a position last, in one statement.
///
/// # Errors
/// When the database fails.
pub async fn standings(scope: &Scope, sheet: &Sheet) -> Result<Vec<Standing>, ApiError> {
    let sql = format!(
        "{} SELECT card.id, card.student_id, card.total_score, card.average, place.position AS position \
         FROM card LEFT JOIN place ON place.id = card.id \
         ORDER BY place.position IS NULL, place.position, card.id",
        ranked(ONE)
    );
    let values = vec![
        sheet.class_id.into(),
        sheet.session.as_str().into(),
        sheet.term.as_str().into(),
    ];
    Ok(scope.query(&sql, values).await?)
}

#[derive(FromQueryResult)]
struct Lack {
    missing: i64,
}

fn keys(ids: &[i64]) -> Vec<Value> {
    ids.iter().map(|id| (*id).into()).collect()
}

/// The places of `count` bound keys, after the school's.
fn places(count: usize) -> String {
    let places: Vec<String> = (2..count + 2).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// Opens a statement with the tables `policy`, of one row, and `place (id, position)`, of every card
/// that has a position on the sheets meant.
fn ranked(which: &str) -> String {
    let gaps = gaps("policy.missing <> 'ranked'");
    format!("{POLICY}, {}, {gaps}, {STANDINGS}", sheets(which))
}

/// The aggregates make it one row in a school without settings too, and keep the engines from reading
/// the settings, which hold whole images, once for every card.
const POLICY: &str = "WITH policy AS MATERIALIZED (SELECT \
    COALESCE(MAX(keys ->> 'position_ties'), '1-1-3') AS ties, \
    COALESCE(MAX(keys ->> 'position_by'), 'average') AS ranked_by, \
    COALESCE(MAX(keys ->> 'position_missing'), 'ranked') AS missing, \
    COALESCE(MAX(CAST(keys ->> 'show_position' AS text)), 'true') NOT IN ('false', '0') AS shown \
    FROM school_settings WHERE school_id = $1)";

/// The sheets that `count` bound cards are on.
fn of_cards(count: usize) -> String {
    format!(
        "SELECT DISTINCT class_id, session, term FROM report_cards WHERE school_id = $1 AND id IN ({})",
        places(count)
    )
}

/// The one sheet that is bound.
const ONE: &str =
    "SELECT CAST($2 AS bigint) AS class_id, CAST($3 AS text) AS session, CAST($4 AS text) AS term";

/// Every card of the sheets meant.
fn sheets(which: &str) -> String {
    format!(
        "card AS MATERIALIZED (SELECT one.id, one.student_id, one.class_id, one.session, one.term, \
         one.total_score, one.average FROM ({which}) sheet \
         JOIN report_cards one ON one.school_id = $1 AND one.class_id = sheet.class_id \
         AND one.session = sheet.session AND one.term = sheet.term)"
    )
}

/// What each card lacks, where `asked`. A class takes the subjects it declares; one that declares none
/// takes those that any card of the sheet has.
fn gaps(asked: &str) -> String {
    format!(
        "declared AS (SELECT class_id, COUNT(*) AS subjects FROM class_subjects \
         WHERE school_id = $1 AND class_id IN (SELECT class_id FROM card) GROUP BY class_id), \
         mark AS MATERIALIZED (SELECT card.id AS card_id, card.class_id, card.session, card.term, \
         scores.subject_id, scores.total, \
         scores.ca1_absent OR scores.ca2_absent OR scores.exam_absent AS is_absent, declared.class_id IS NULL OR taken.id IS NOT NULL AS is_taken \
         FROM policy JOIN card ON {asked} \
         LEFT JOIN scores ON scores.school_id = $1 AND scores.report_card_id = card.id \
         LEFT JOIN declared ON declared.class_id = card.class_id \
         LEFT JOIN class_subjects taken ON taken.school_id = $1 AND taken.class_id = card.class_id \
         AND taken.subject_id = scores.subject_id), \
         sheet AS (SELECT mark.class_id, mark.session, mark.term, \
         COALESCE(MAX(declared.subjects), COUNT(DISTINCT mark.subject_id)) AS subjects \
         FROM mark LEFT JOIN declared ON declared.class_id = mark.class_id \
         GROUP BY mark.class_id, mark.session, mark.term), \
         gap AS (SELECT mark.card_id, COUNT(mark.total) AS marked, \
         MAX(sheet.subjects) - \
         COUNT(CASE WHEN mark.is_taken AND (mark.total IS NOT NULL OR mark.is_absent) THEN 1 END) AS missing \
         FROM mark JOIN sheet ON sheet.class_id = mark.class_id AND sheet.session = mark.session \
         AND sheet.term = mark.term GROUP BY mark.card_id)"
    )
}

/// What each card that has a mark is ranked by, in hundredths, and its place by that. A mean over
/// subjects that count as nought is rounded half up, as every mean is.
const STANDINGS: &str = "standing AS (SELECT card.id, card.class_id, card.session, card.term, \
    CASE WHEN policy.missing = 'unranked' AND gap.missing > 0 THEN NULL \
    WHEN policy.ranked_by = 'total' THEN card.total_score \
    WHEN policy.missing = 'as_zero' THEN (2 * card.total_score + gap.marked + gap.missing) / \
    (2 * (gap.marked + gap.missing)) ELSE card.average END AS ranked \
    FROM policy CROSS JOIN card LEFT JOIN gap ON gap.card_id = card.id WHERE card.average IS NOT NULL), \
    place AS (SELECT standing.id, CASE policy.ties WHEN '1-1-2' THEN DENSE_RANK() OVER best_first \
    ELSE RANK() OVER best_first END AS position FROM policy CROSS JOIN standing \
    WHERE standing.ranked IS NOT NULL WINDOW best_first AS \
    (PARTITION BY standing.class_id, standing.session, standing.term ORDER BY standing.ranked DESC))";
