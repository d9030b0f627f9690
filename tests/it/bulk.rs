//! Rows by the thousand, which no test needs to send one by one.

use gateway::State;
use sea_orm::ConnectionTrait;

/// Columns that every tenant table has, and what they hold in rows made here.
pub const STAMPS: (&str, &str) = (
    "created_at, updated_at",
    "'2026-01-05T08:00:00+00:00', '2026-01-05T08:00:00+00:00'",
);

/// Gives a school `count` pupils, numbered from 1, without a class.
pub async fn pupils(state: &State, school: i64, count: u32) {
    let (stamps, stamped) = STAMPS;
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         INSERT INTO students (school_id, {stamps}, student_no, names, gender, parent_name, parent_email, \
         parent_phone, address, passport_url, discounts, status) \
         SELECT {school}, {stamped}, 'P' || i, 'Pupil ' || i, CASE i % 2 WHEN 0 THEN 'Male' ELSE 'Female' END, \
         '', '', '', '', '', '[]', 'active' FROM n"
    );
    let database = state.database.for_migrations();
    database.execute_unprepared(&sql).await.unwrap();
}

/// Gives a school `count` accounts of a role, which nobody signs in to.
pub async fn users(state: &State, school: i64, role: &'static str, count: u32) {
    let (stamps, stamped) = STAMPS;
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         INSERT INTO users (school_id, {stamps}, username, name, role) \
         SELECT {school}, {stamped}, 'bulk-' || i, 'Account ' || i, '{role}' FROM n"
    );
    let database = state.database.for_migrations();
    database.execute_unprepared(&sql).await.unwrap();
}
