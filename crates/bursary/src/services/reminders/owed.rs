//! What is owed of each pupil, and who pays for it.

use chrono::NaiveDate;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::FromQueryResult;

use crate::services::owing::{CREDIT, OPEN, Owing, Statement};

/// A pupil beside one account that may be written to, or none.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Owed {
    pub student: i64,
    pub student_name: String,
    pub parent_name: String,
    pub parent_email: String,
    /// In minor units; what is not above zero is not owed.
    pub amount: i64,
    /// The day the oldest of it is due.
    pub due: Option<NaiveDate>,
    pub account: Option<i64>,
    pub account_name: Option<String>,
    pub account_email: Option<String>,
}

/// Every attending pupil and everyone who owes, by name, once for each account. One statement.
pub(super) async fn owed(scope: &Scope, owing: &Owing) -> Result<Vec<Owed>, ApiError> {
    let mut statement = Statement::default();
    let entries = owing.entries(&mut statement, !owing.is_of_some_charges());
    let class = owing.class_id.map_or(String::new(), |class| {
        format!(" AND s.class_id = {}", statement.bind(class))
    });
    let sql = format!(
        "WITH RECURSIVE {entries}, sums AS MATERIALIZED (SELECT student_id, \
         CAST(SUM({OPEN} - {CREDIT}) AS bigint) AS amount, \
         MIN(CASE WHEN amount_minor > 0 AND rest > 0 THEN due END) AS due FROM entries GROUP BY student_id) \
         SELECT s.id AS student, s.names AS student_name, s.parent_name, s.parent_email, \
         COALESCE(o.amount, 0) AS amount, o.due, u.id AS account, u.name AS account_name, u.email AS account_email \
         FROM students s LEFT JOIN sums o ON o.student_id = s.id \
         LEFT JOIN guardianships g ON g.school_id = s.school_id AND g.student_id = s.id \
         LEFT JOIN users u ON u.school_id = g.school_id AND u.id = g.user_id AND u.is_active = true AND u.email <> '' \
         WHERE s.school_id = $1 AND (s.status = 'active' OR o.amount > 0){class} ORDER BY s.names, s.id, u.id"
    );
    Ok(scope.query(&sql, statement.values).await?)
}
