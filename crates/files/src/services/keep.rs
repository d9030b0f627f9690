//! Keeps a file that came through the door.

use resource::{
    ApiError, Ctx,
    audit::{self, Act},
    tenant_guard::{Role, Scope},
    write,
};
use serde_json::json;

use crate::{Purpose, Sound, Store, entities::file::Model};

/// Keeps a file of the school, and answers it and whether it is new: the same content is kept once.
///
/// The row is held until its object is kept, so that no sweep takes the object from under it; a file that was
/// known is kept again all the same, and so comes back where it was lost.
///
/// # Errors
/// 503 when the store or the database is away.
pub async fn keep(
    ctx: &Ctx,
    store: &Store,
    sound: Sound,
    purpose: Purpose,
) -> Result<(Model, bool), ApiError> {
    write(ctx, async |scope| {
        keep_within(scope, store, sound, purpose).await
    })
    .await
}

/// As [`keep`], in a transaction of the caller's.
///
/// # Errors
/// 503 when the store or the database is away.
pub async fn keep_within(
    scope: &Scope,
    store: &Store,
    sound: Sound,
    purpose: Purpose,
) -> Result<(Model, bool), ApiError> {
    let row = upsert(scope, &sound, purpose).await?;
    let new = row.row_version == 1;
    if new {
        remember(scope, &row).await?;
    }
    store.put(scope.school(), &row.digest, sound.bytes).await?;
    Ok((row, new))
}

async fn upsert(scope: &Scope, sound: &Sound, purpose: Purpose) -> Result<Model, ApiError> {
    let principal = scope.principal();
    let uploader = (principal.role != Role::SuperAdmin).then_some(principal.user_id);
    let bytes = i64::try_from(sound.bytes.len()).map_err(ApiError::internal)?;
    let (width, height) = match sound.size {
        Some((width, height)) => (Some(i64::from(width)), Some(i64::from(height))),
        None => (None, None),
    };
    let sql = "INSERT INTO files (school_id, created_at, updated_at, used_at, digest, media_type, bytes, width, height, \
               purpose, uploaded_by) VALUES ($1, $2, $2, $2, $3, $4, $5, $6, $7, $8, $9) \
               ON CONFLICT (school_id, digest) DO UPDATE SET used_at = excluded.used_at, \
               updated_at = excluded.updated_at, row_version = files.row_version + 1 RETURNING *";
    let values = vec![
        scope.now().into(),
        sound.digest.as_str().into(),
        sound.media_type.into(),
        bytes.into(),
        width.into(),
        height.into(),
        purpose.as_str().into(),
        uploader.into(),
    ];
    let rows: Vec<Model> = scope.execute_returning(&["files"], sql, values).await?;
    rows.into_iter().next().ok_or_else(ApiError::unavailable)
}

async fn remember(scope: &Scope, row: &Model) -> Result<(), ApiError> {
    let kept = json!({ "digest": row.digest, "media_type": row.media_type, "bytes": row.bytes });
    let act = Act {
        action: "upload",
        resource: "files",
        id: Some(row.id),
        before: None,
        after: Some(kept),
    };
    audit::record(scope, act).await
}
