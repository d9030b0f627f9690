//! Removes the files that no row names.

use chrono::{DateTime, Utc};
use resource::{
    ApiError, Ctx,
    audit::{self, Act},
    tenant_guard::Scope,
    write,
};
use sea_orm::FromQueryResult;
use serde_json::json;

use crate::{Mention, Store, reference::SCHEME};

/// Files of one school that one sweep removes at most.
const BATCH: u32 = 100;

#[derive(FromQueryResult)]
struct Unnamed {
    digest: String,
}

#[derive(FromQueryResult)]
struct Gone {
    id: i64,
}

/// Removes up to a hundred files of a school that were last sent or claimed before `since` and that nothing
/// of `mentions` names; answers how many there were. What it did not get to, or failed at, the next one does.
///
/// # Errors
/// 503 when the store or the database is away; every file removed until then is wholly removed.
pub async fn sweep(
    ctx: &Ctx,
    store: &Store,
    mentions: &[Mention],
    since: DateTime<Utc>,
) -> Result<u64, ApiError> {
    let unnamed = unnamed(mentions);
    let sql = format!(
        "SELECT f.digest FROM files AS f WHERE f.school_id = $1 AND f.used_at < $2 AND {unnamed} \
         ORDER BY f.used_at, f.id LIMIT {BATCH}"
    );
    let found: Vec<Unnamed> = ctx.scope.query(&sql, vec![since.into()]).await?;
    let mut removed = 0;
    for file in found {
        // One file a transaction: it waits for nobody while it holds another.
        let gone = write(ctx, async |scope| {
            remove(scope, store, &file.digest, since, &unnamed).await
        });
        removed += u64::from(gone.await?);
    }
    Ok(removed)
}

/// Asks again, now with the row held: a file that was claimed meanwhile has another `used_at` and stays. The
/// object goes before the commit, so that whoever sends the same content anew waits and keeps it anew.
async fn remove(
    scope: &Scope,
    store: &Store,
    digest: &str,
    since: DateTime<Utc>,
    unnamed: &str,
) -> Result<bool, ApiError> {
    let sql = format!(
        "DELETE FROM files AS f WHERE f.school_id = $1 AND f.used_at < $2 AND f.digest = $3 AND {unnamed} RETURNING id"
    );
    let values = vec![since.into(), digest.into()];
    let gone: Vec<Gone> = scope.execute_returning(&["files"], &sql, values).await?;
    let Some(file) = gone.first() else {
        return Ok(false);
    };
    store.delete(scope.school(), digest).await?;
    let act = Act {
        action: "delete",
        resource: "files",
        id: Some(file.id),
        before: Some(json!({ "digest": digest })),
        after: None,
    };
    audit::record(scope, act).await?;
    Ok(true)
}

/// That nothing names the file `f`; tables and columns are of this program, never of a client.
fn unnamed(mentions: &[Mention]) -> String {
    let none = mentions.iter().map(|mention| {
        let Mention {
            table,
            column,
            document,
        } = mention;
        let names = if *document {
            format!("CAST(x.{column} AS text) LIKE '%{SCHEME}' || f.digest || '%'")
        } else {
            format!("x.{column} = '{SCHEME}' || f.digest")
        };
        format!("NOT EXISTS (SELECT 1 FROM {table} AS x WHERE x.school_id = $1 AND {names})")
    });
    ["1 = 1".to_owned()]
        .into_iter()
        .chain(none)
        .collect::<Vec<_>>()
        .join(" AND ")
}
