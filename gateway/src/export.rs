//! One school as an archive of JSON lines: a head, every row of every table in the order in which they
//! could be written again, what is in its files, and a tail that counts them. The same rows give the same bytes.
//!
//! Tables come from the schema, so that a new one cannot be forgotten. What opens doors is left out, and
//! the head says so: hashes of passwords and of secrets, sessions, and answers kept for repeated requests.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use files::{Store, StoreError};
use futures::TryStreamExt;
use resource::tenant_guard::{
    Database, Platform, SchoolId, Table,
    sea_orm::{DbBackend, DbErr, FromQueryResult},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Version of this form of archive.
pub const FORM: u32 = 1;
/// Tables of a school that are not the school's to take along.
pub const LEFT_OUT: [&str; 2] = ["idempotency_keys", "token_families"];
/// Rows read at once.
const BATCH: i64 = 1_000;

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No school has this domain.
    #[error("there is no school {0}")]
    Unknown(String),
    /// The database refused.
    #[error("the database: {0}")]
    Database(#[from] DbErr),
    /// The archive could not be written.
    #[error("the archive: {0}")]
    File(#[from] io::Error),
    /// The store of files refused, or is away.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A row is no JSON.
    #[error("a row cannot be read: {0}")]
    Row(#[from] serde_json::Error),
}

#[derive(FromQueryResult)]
struct School {
    id: i64,
    name: String,
    domain: String,
    status: String,
}

#[derive(FromQueryResult)]
struct Kept {
    digest: String,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    said: String,
}

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// Counts in what is written to another.
struct Digested<W> {
    out: W,
    digest: Sha256,
}

impl<W: Write> Write for Digested<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.digest.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes the archive of the school of `domain`, all of it as of one moment; a suspended school remembers
/// it, for its removal.
///
/// # Errors
/// [`ExportError`]; what was written by then is no archive, for it has no tail.
pub async fn export(
    database: &Database,
    store: &Store,
    domain: &str,
    out: &mut impl Write,
) -> Result<Archive, ExportError> {
    let transaction = database.platform().begin().await?;
    let platform = transaction.platform();
    if platform.backend() == DbBackend::Postgres {
        let one_moment = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        platform.execute(one_moment, Vec::new()).await?;
    }
    let archive = archive(platform, store, domain, out).await?;
    transaction.commit().await?;
    let sql = "UPDATE schools SET archived_at = $1, archive_sha256 = $2, updated_at = $1, \
               row_version = row_version + 1 WHERE domain = $3 AND status = 'suspended'";
    let (now, domain) = (database.clock().now(), domain.to_lowercase());
    let values = vec![now.into(), archive.sha256.as_str().into(), domain.into()];
    database.platform().execute(sql, values).await?;
    Ok(archive)
}

/// The archive of a school as this transaction sees it.
///
/// # Errors
/// [`ExportError`].
pub(crate) async fn archive(
    platform: &Platform,
    store: &Store,
    domain: &str,
    out: &mut impl Write,
) -> Result<Archive, ExportError> {
    let mut out = Digested {
        out,
        digest: Sha256::new(),
    };
    let sql = "SELECT id, name, domain, status FROM schools WHERE domain = $1";
    let found: Vec<School> = platform
        .query(sql, vec![domain.to_lowercase().into()])
        .await?;
    let school = found.into_iter().next();
    let school = school.ok_or_else(|| ExportError::Unknown(domain.to_owned()))?;
    let tables = platform.school_tables().await?;
    line(&mut out, &head(&school, &tables))?;
    let mut counts = BTreeMap::new();
    for table in tables.iter().filter(|table| is_taken(table)) {
        counts.insert(
            table.name.clone(),
            rows(platform, school.id, table, &mut out).await?,
        );
    }
    let lost = contents(platform, store, school.id, &mut out).await?;
    line(&mut out, &json!({ "rows": counts, "lost_files": lost }))?;
    out.flush()?;
    Ok(Archive {
        rows: counts,
        sha256: hex::encode(out.digest.finalize()),
    })
}

fn is_taken(table: &Table) -> bool {
    !LEFT_OUT.contains(&table.name.as_str())
}

/// Whether a column holds what opens a door, by the words its name is made of.
fn is_secret(column: &str) -> bool {
    let words = ["hash", "secret", "token", "password"];
    column.split('_').any(|word| words.contains(&word))
}

fn head(school: &School, tables: &[Table]) -> Value {
    let (taken, left): (Vec<&Table>, Vec<&Table>) =
        tables.iter().partition(|table| is_taken(table));
    let names = |tables: &[&Table]| {
        tables
            .iter()
            .map(|table| table.name.clone())
            .collect::<Vec<_>>()
    };
    let secrets: Vec<String> = taken
        .iter()
        .flat_map(|table| {
            let secret = table.columns.keys().filter(|column| is_secret(column));
            secret.map(|column| format!("{}.{column}", table.name))
        })
        .collect();
    json!({
        "termbook_export": FORM,
        "school": { "id": school.id, "name": school.name, "domain": school.domain, "status": school.status },
        "tables": names(&taken),
        "left_out": { "tables": names(&left), "columns": secrets },
    })
}

fn line(out: &mut impl Write, value: &Value) -> Result<(), ExportError> {
    serde_json::to_writer(&mut *out, value)?;
    Ok(out.write_all(b"\n")?)
}

/// What is in each file of the school, by its digest; answers those that the store has not.
async fn contents(
    platform: &Platform,
    store: &Store,
    school: i64,
    out: &mut impl Write,
) -> Result<Vec<String>, ExportError> {
    let sql = "SELECT digest FROM files WHERE school_id = $1 ORDER BY digest";
    let kept: Vec<Kept> = platform.query(sql, vec![school.into()]).await?;
    let mut lost = Vec::new();
    for Kept { digest } in kept {
        let Some(opened) = store.get(SchoolId(school), &digest).await? else {
            lost.push(digest);
            continue;
        };
        let read = opened.content.try_fold(Vec::new(), async |mut all, part| {
            all.extend_from_slice(&part);
            Ok(all)
        });
        let content = read.await.map_err(StoreError::from)?;
        line(
            out,
            &json!({ "file": digest, "base64": STANDARD.encode(content) }),
        )?;
    }
    Ok(lost)
}

async fn rows(
    platform: &Platform,
    school: i64,
    table: &Table,
    out: &mut impl Write,
) -> Result<u64, ExportError> {
    let sql = select(platform.backend(), table);
    let (mut last, mut count) = (i64::MIN, 0);
    loop {
        let found: Vec<Row> = platform
            .query(&sql, vec![school.into(), last.into(), BATCH.into()])
            .await?;
        let Some(end) = found.last() else {
            return Ok(count);
        };
        last = end.id;
        count += found.len() as u64;
        for row in found {
            let row: Value = serde_json::from_str(&row.said)?;
            line(out, &json!({ "table": table.name, "row": row }))?;
        }
    }
}

/// The rows of a table as JSON objects; names come from the schema, never from a client.
fn select(backend: DbBackend, table: &Table) -> String {
    let told = table
        .columns
        .iter()
        .filter(|(column, _)| !is_secret(column));
    let fields =
        told.map(|(column, kind)| format!("'{column}', {}", spelled(backend, column, kind)));
    let fields = fields.collect::<Vec<_>>().join(", ");
    let build = match backend {
        DbBackend::Postgres => "json_build_object",
        _ => "json_object",
    };
    format!(
        "SELECT id, CAST({build}({fields}) AS text) AS said FROM {} WHERE school_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        table.name
    )
}

/// A column as JSON spells it: SQLite keeps truth as a number and JSON as text, PostgreSQL spells times by
/// the session's zone.
fn spelled(backend: DbBackend, column: &str, kind: &str) -> String {
    match (backend, kind) {
        (DbBackend::Postgres, "timestamp with time zone") => {
            format!("to_char(\"{column}\" AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
        }
        (DbBackend::Sqlite, "boolean") => {
            format!(
                "json(CASE \"{column}\" WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE 'null' END)"
            )
        }
        (DbBackend::Sqlite, "json_text") => format!("json(coalesce(\"{column}\", 'null'))"),
        _ => format!("\"{column}\""),
    }
}
