//! The events of an account, in the order of their places.

use resource::{ApiError, tenant_guard::Scope};
use sea_orm::FromQueryResult;
use serde_json::Value as Json;

/// Events read at once.
const MOST: i64 = 200;

/// One event.
#[derive(Debug, FromQueryResult)]
pub struct Event {
    /// Its place among those of the school.
    pub place: i64,
    /// What happened.
    pub kind: String,
    /// The row it is about.
    pub payload: Json,
}

#[derive(FromQueryResult)]
struct Latest {
    place: i64,
}

/// The caller's first events after `place`, at most 200.
///
/// # Errors
/// When the database fails.
pub async fn after(scope: &Scope, place: i64) -> Result<Vec<Event>, ApiError> {
    let sql = "SELECT place, kind, payload FROM outbox WHERE school_id = $1 AND recipient_id = $2 \
        AND place > $3 ORDER BY place LIMIT $4";
    let me = scope.principal().user_id;
    let values = vec![me.into(), place.into(), MOST.into()];
    Ok(scope.query(sql, values).await?)
}

/// The place to begin from for who was never here: after everything placed so far.
///
/// # Errors
/// When the database fails.
pub async fn latest(scope: &Scope) -> Result<i64, ApiError> {
    let sql = "SELECT coalesce(max(place), 0) AS place FROM outbox WHERE school_id = $1 AND recipient_id = $2";
    let me = scope.principal().user_id;
    let latest: Vec<Latest> = scope.query(sql, vec![me.into()]).await?;
    Ok(latest.first().map_or(0, |one| one.place))
}
