//! Removing a school for good: every row of it, from every table the schema has.
//!
//! Nobody removes a school in one step. An operator suspends it and asks for its removal; it is archived;
//! the delay passes; and it goes only while it is, byte for byte, what was archived.

use chrono::{DateTime, Utc};
use files::{Store, StoreError};
use resource::tenant_guard::{
    Database, Platform, SchoolId,
    sea_orm::{DbBackend, DbErr, FromQueryResult},
};

use crate::export::{Archive, ExportError, archive};

/// Why a school stays.
#[derive(Debug, thiserror::Error)]
pub enum RemovalError {
    /// No school has this domain.
    #[error("there is no school {0}")]
    Unknown(String),
    /// Nobody asked for it.
    #[error("nobody asked for {0} to be removed: suspend it and POST schools/{{id}}/remove/")]
    Unasked(String),
    /// The delay is not over.
    #[error("{0} stays until {1}")]
    Early(String, DateTime<Utc>),
    /// There is no archive of it since it was suspended.
    #[error("{0} is not archived since it was suspended: run `termbook export`")]
    Unarchived(String),
    /// Something was written since.
    #[error("{0} is not what was archived any more: run `termbook export` again")]
    Changed(String),
    /// It cannot be read.
    #[error("{0}")]
    Unread(#[from] ExportError),
    /// The store of files refused, or is away.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The database refused.
    #[error("the database, where the owner of the tables alone may remove a school: {0}")]
    Database(#[from] DbErr),
}

#[derive(FromQueryResult)]
struct School {
    id: i64,
    archive_sha256: Option<String>,
    removal_due_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Trigger {
    name: String,
    sql: String,
}

/// Removes the school of `domain` in one transaction, and its files; answers what went. That it was here stays known, by
/// its domain and its archive's digest. On PostgreSQL only who owns the tables may, for the ledger and the
/// audit trail are no one else's to delete from.
///
/// # Errors
/// [`RemovalError`]; then nothing is removed.
pub async fn remove(
    database: &Database,
    store: &Store,
    domain: &str,
) -> Result<Archive, RemovalError> {
    let transaction = database.platform().begin().await?;
    let platform = transaction.platform();
    let school = held(platform, domain).await?;
    let named = || domain.to_owned();
    let due = school
        .removal_due_at
        .ok_or_else(|| RemovalError::Unasked(named()))?;
    let now = database.clock().now();
    if due > now {
        return Err(RemovalError::Early(named(), due));
    }
    let kept = school
        .archive_sha256
        .ok_or_else(|| RemovalError::Unarchived(named()))?;
    let archive = archive(platform, store, domain, &mut std::io::sink()).await?;
    if archive.sha256 != kept {
        return Err(RemovalError::Changed(named()));
    }
    let removed = rows(platform, school.id).await?;
    let sql = "INSERT INTO removed_schools (domain, archive_sha256, rows_removed, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, $4)";
    let values = vec![
        domain.to_lowercase().into(),
        kept.into(),
        removed.into(),
        now.into(),
    ];
    platform.execute(sql, values).await?;
    // Before the commit, so that no file of a pupil outlives the school.
    store.clear(SchoolId(school.id)).await?;
    transaction.commit().await?;
    Ok(archive)
}

/// The school, held so that nothing is written to it meanwhile.
async fn held(platform: &Platform, domain: &str) -> Result<School, RemovalError> {
    let hold = match platform.backend() {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    };
    let sql =
        format!("SELECT id, archive_sha256, removal_due_at FROM schools WHERE domain = $1{hold}");
    let found: Vec<School> = platform
        .query(&sql, vec![domain.to_lowercase().into()])
        .await?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| RemovalError::Unknown(domain.to_owned()))
}

/// Deletes every row of a school, those that refer to others first; answers how many.
async fn rows(platform: &Platform, school: i64) -> Result<i64, DbErr> {
    let guards = lifted(platform).await?;
    let mut removed = 0;
    for table in platform.school_tables().await?.iter().rev() {
        let sql = format!("DELETE FROM {} WHERE school_id = $1", table.name);
        removed += platform.execute(&sql, vec![school.into()]).await?;
    }
    platform
        .execute("DELETE FROM schools WHERE id = $1", vec![school.into()])
        .await?;
    for guard in guards {
        platform.execute(&guard.sql, Vec::new()).await?;
    }
    Ok(i64::try_from(removed).unwrap_or(i64::MAX))
}

/// Lifts the triggers by which SQLite keeps what is only added to, and answers them, to be put back before
/// anyone else sees the tables.
async fn lifted(platform: &Platform) -> Result<Vec<Trigger>, DbErr> {
    if platform.backend() != DbBackend::Sqlite {
        return Ok(Vec::new());
    }
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name";
    let triggers: Vec<Trigger> = platform.query(sql, Vec::new()).await?;
    for trigger in &triggers {
        platform
            .execute(&format!("DROP TRIGGER {}", trigger.name), Vec::new())
            .await?;
    }
    Ok(triggers)
}
