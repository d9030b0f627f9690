//! What a school takes up, for whoever runs the platform.

use chrono::{DateTime, Utc};
use resource::{ApiError, tenant_guard::Platform};
use sea_orm::FromQueryResult;

use crate::services::schools;

/// What a school takes up at this moment.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Usage {
    /// Pupils on the rolls: neither graduated nor withdrawn.
    pub students: i64,
    /// Accounts that may sign in.
    pub users: i64,
    /// Files it keeps.
    pub files: i64,
    /// What they take up, in bytes.
    pub file_bytes: i64,
    /// When something was last written that the trail remembers.
    pub last_write: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Counted {
    held: i64,
}

/// What one school takes up, and how many rows all its tables have.
///
/// # Errors
/// 404 for a school there is not.
pub async fn usage(platform: &Platform, school: i64) -> Result<(Usage, i64), ApiError> {
    schools::school(platform, school).await?;
    let sql = "SELECT (SELECT count(*) FROM students WHERE school_id = $1 AND status = 'active') AS students, \
               (SELECT count(*) FROM users WHERE school_id = $1 AND is_active) AS users, \
               (SELECT count(*) FROM files WHERE school_id = $1) AS files, \
               (SELECT CAST(coalesce(sum(bytes), 0) AS bigint) FROM files WHERE school_id = $1) AS file_bytes, \
               (SELECT at FROM activity_logs WHERE school_id = $1 ORDER BY at DESC, id DESC LIMIT 1) AS last_write";
    let usage: Vec<Usage> = platform.query(sql, vec![school.into()]).await?;
    let usage = usage.into_iter().next().ok_or_else(ApiError::unavailable)?;
    let tables = platform.school_tables().await?;
    let counts = tables.iter().map(|table| {
        format!(
            "SELECT count(*) AS held FROM {} WHERE school_id = $1",
            table.name
        )
    });
    let sql = counts.collect::<Vec<_>>().join(" UNION ALL ");
    let counted: Vec<Counted> = platform.query(&sql, vec![school.into()]).await?;
    Ok((usage, counted.iter().map(|one| one.held).sum()))
}
