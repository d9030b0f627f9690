//! What a run did, pupil by pupil and fee by fee.

use resource::{ApiError, Money, tenant_guard::Scope};
use sea_orm::FromQueryResult;
use serde::Serialize;
use utoipa::ToSchema;

use crate::entities::billing_run::Model;

/// How a run came out for a pupil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something was posted.
    Billed,
    /// Skipped: all that applies was billed before.
    AlreadyBilled,
    /// Skipped: no fee applies.
    NothingApplies,
    /// Skipped: has left at the end of the last class.
    Graduated,
    /// Skipped: has left before.
    Withdrawn,
}

/// What a run did to one pupil.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PupilBilled {
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number the school gave.
    pub student_no: String,
    /// How it came out, and why where nothing was posted.
    pub outcome: Outcome,
    /// Fees charged.
    pub charged: Money,
    /// Taken off them.
    pub discounted: Money,
    /// Moved here from earlier terms.
    pub carried_forward: Money,
    /// Settled at once by what the pupil had to its credit.
    pub credit_used: Money,
}

#[derive(FromQueryResult)]
struct Row {
    student: i64,
    student_name: String,
    student_no: String,
    status: String,
    entries: i64,
    charged: i64,
    discounted: i64,
    carried: i64,
    used: i64,
    billed_before: bool,
}

impl From<Row> for PupilBilled {
    fn from(row: Row) -> Self {
        let outcome = match (row.status.as_str(), row.entries, row.billed_before) {
            ("graduated", ..) => Outcome::Graduated,
            ("withdrawn", ..) => Outcome::Withdrawn,
            (_, 1.., _) => Outcome::Billed,
            (.., true) => Outcome::AlreadyBilled,
            _ => Outcome::NothingApplies,
        };
        Self {
            student: row.student,
            student_name: row.student_name,
            student_no: row.student_no,
            outcome,
            charged: Money::of_minor(row.charged),
            discounted: Money::of_minor(row.discounted),
            carried_forward: Money::of_minor(row.carried),
            credit_used: Money::of_minor(row.used),
        }
    }
}

const PUPILS: &str = "\
    SELECT s.id AS student, s.names AS student_name, s.student_no, p.status, \
    CAST(COALESCE(n.entries, 0) AS bigint) AS entries, CAST(COALESCE(n.charged, 0) AS bigint) AS charged, \
    CAST(COALESCE(n.discounted, 0) AS bigint) AS discounted, CAST(COALESCE(n.carried, 0) AS bigint) AS carried, \
    CAST(COALESCE(u.used, 0) AS bigint) AS used, EXISTS (SELECT 1 FROM ledger_entries e WHERE e.school_id = p.school_id \
    AND e.student_id = p.student_id AND e.occurrence IS NOT NULL AND e.session = $3 AND e.term = $4 \
    AND e.billing_run_id < $2) AS billed_before \
    FROM billing_run_pupils p JOIN students s ON s.school_id = p.school_id AND s.id = p.student_id \
    LEFT JOIN (SELECT e.student_id, COUNT(*) AS entries, \
    SUM(CASE WHEN e.kind = 'charge' THEN e.amount_minor ELSE 0 END) AS charged, \
    SUM(CASE WHEN e.kind = 'discount' THEN -e.amount_minor ELSE 0 END) AS discounted, \
    SUM(CASE WHEN e.kind = 'carried_forward' AND e.amount_minor > 0 THEN e.amount_minor ELSE 0 END) AS carried \
    FROM ledger_entries e WHERE e.school_id = $1 AND e.billing_run_id = $2 AND e.kind <> 'reversal' \
    GROUP BY e.student_id) n ON n.student_id = p.student_id \
    LEFT JOIN (SELECT c.student_id, SUM(a.amount_minor) AS used FROM allocations a \
    JOIN ledger_entries c ON c.school_id = a.school_id AND c.id = a.credit_id \
    WHERE a.school_id = $1 AND a.billing_run_id = $2 AND (c.billing_run_id IS NULL OR c.billing_run_id <> $2) \
    GROUP BY c.student_id) u ON u.student_id = p.student_id \
    WHERE p.school_id = $1 AND p.billing_run_id = $2 ORDER BY s.names, s.id";

/// What a run did to every pupil it looked at, by name; what was taken back since is told all the same.
/// One statement.
///
/// # Errors
/// When the database fails.
pub async fn pupils_billed(scope: &Scope, run: &Model) -> Result<Vec<PupilBilled>, ApiError> {
    let values = vec![
        run.id.into(),
        run.session.as_str().into(),
        run.term.as_str().into(),
    ];
    let rows: Vec<Row> = scope.query(PUPILS, values).await?;
    Ok(rows.into_iter().map(PupilBilled::from).collect())
}

/// What a run charged of one fee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, FromQueryResult)]
pub struct FeeBilled {
    /// Id of the fee item.
    pub fee_item: i64,
    /// Name of the kind of fee.
    pub category_name: String,
    /// Pupils charged.
    pub pupils: i64,
    /// Charged in all.
    pub charged: Money,
}

/// What a run charged of every fee, by name. One statement.
///
/// # Errors
/// When the database fails.
pub async fn fees_billed(scope: &Scope, run: &Model) -> Result<Vec<FeeBilled>, ApiError> {
    let sql = "SELECT f.id AS fee_item, c.name AS category_name, COUNT(*) AS pupils, \
               CAST(SUM(e.amount_minor) AS bigint) AS charged FROM ledger_entries e \
               JOIN fee_items f ON f.school_id = e.school_id AND f.id = e.fee_item_id \
               JOIN fee_categories c ON c.school_id = f.school_id AND c.id = f.category_id \
               WHERE e.school_id = $1 AND e.billing_run_id = $2 AND e.kind = 'charge' \
               GROUP BY f.id, c.name ORDER BY c.name, f.id";
    Ok(scope.query(sql, vec![run.id.into()]).await?)
}
