//! Sending anew what was given up.

use resource::{
    ApiError, Resource,
    audit::{self, Act},
    outbox::entity::{Column, Entity},
    tenant_guard::Scope,
};
use sea_orm::{ColumnTrait, Condition, sea_query::Expr};
use serde_json::json;

use crate::resources::outbox::Outbox;

/// Puts a parcel that was given up back among those that wait, under the same dedupe key; one that waits
/// already, or is on its way, stays as it is.
///
/// # Errors
/// 404 for an unknown parcel, 409 for one that was sent or is not wanted; else when the database fails.
pub async fn replay(scope: &Scope, id: i64) -> Result<(), ApiError> {
    let found = scope.lock::<Entity>(id).await?;
    let parcel = found.filter(|one| one.channel != "live");
    match parcel.ok_or_else(ApiError::not_found)?.state.as_str() {
        "dead" => {}
        "sent" => return Err(ApiError::conflict("This parcel was sent already.")),
        "skipped" => return Err(ApiError::conflict("Its reader does not want this parcel.")),
        _ => return Ok(()),
    }
    revive(scope, Condition::all().add(Column::Id.eq(id))).await?;
    let act = Act {
        action: "replay",
        resource: Outbox::PATH,
        id: Some(id),
        before: Some(json!({ "state": "dead" })),
        after: Some(json!({ "state": "pending" })),
    };
    audit::record(scope, act).await
}

/// As [`replay`], of every parcel that was given up, of a kind and of a channel where they are named;
/// answers how many there were. One statement, and one for the trail.
///
/// # Errors
/// When the database fails.
pub async fn replay_all(
    scope: &Scope,
    kind: Option<&str>,
    channel: Option<&str>,
) -> Result<u64, ApiError> {
    let which = Condition::all()
        .add(Column::State.eq("dead"))
        .add_option(kind.map(|kind| Column::Kind.eq(kind)))
        .add_option(channel.map(|channel| Column::Channel.eq(channel)));
    let replayed = revive(scope, which).await?;
    if replayed > 0 {
        let act = Act {
            action: "replay",
            resource: Outbox::PATH,
            id: None,
            before: None,
            after: Some(json!({ "kind": kind, "channel": channel, "replayed": replayed })),
        };
        audit::record(scope, act).await?;
    }
    Ok(replayed)
}

async fn revive(scope: &Scope, which: Condition) -> Result<u64, ApiError> {
    let columns = vec![
        (Column::State, Expr::value("pending")),
        (Column::DueAt, Expr::value(scope.now())),
        (Column::Attempts, Expr::value(0_i64)),
    ];
    Ok(scope.update_where::<Entity>(columns, which).await?)
}
