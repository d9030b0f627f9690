//! Personal calendar feeds: who holds which, and the events that go into one.

use chrono::TimeDelta;
use identity::services::school_time_zone;
use resource::{
    ApiError,
    tenant_guard::{Database, Principal, Role, SchoolId, Scope},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func},
};
use sha2::{Digest, Sha256};

use super::{audience::concerned, occurrences::lasts_until};
use crate::{
    entities::{cancelled_event, event, event_feed},
    ics::{Calendar, Entry},
};

/// Days that an event stays in the feed after its end.
const DAYS_KEPT: i64 = 366;
/// Most events of a feed, and most cancellations, those that start last.
const MOST: u64 = 1_000;

/// Makes the caller's feed, or moves it to a new secret; answers the secret, which is kept nowhere.
///
/// # Errors
/// When the database or the system's source of randomness fails.
pub async fn issue(scope: &Scope) -> Result<String, ApiError> {
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(ApiError::internal)?;
    let secret = hex::encode(secret);
    let user_id = scope.principal().user_id;
    let hash = Set(hash_of(&secret));
    let query = scope.find::<event_feed::Entity>();
    let query = query.filter(event_feed::Column::UserId.eq(user_id));
    if let Some(feed) = scope.one(query).await? {
        let mut row = feed.clone().into_active_model();
        row.secret_hash = hash;
        scope.update::<event_feed::Entity, _>(&feed, row).await?;
    } else {
        let row = event_feed::ActiveModel {
            user_id: Set(user_id),
            secret_hash: hash,
            ..Default::default()
        };
        scope.insert::<event_feed::Entity, _>(row).await?;
    }
    Ok(secret)
}

/// Ends the caller's feed; `false` when there was none.
///
/// # Errors
/// When the database fails.
pub async fn revoke(scope: &Scope) -> Result<bool, ApiError> {
    let theirs = Condition::all().add(event_feed::Column::UserId.eq(scope.principal().user_id));
    Ok(scope.delete_where::<event_feed::Entity>(theirs).await? > 0)
}

#[derive(FromQueryResult)]
struct Holder {
    school_id: i64,
    user_id: i64,
    role: String,
    school: String,
}

/// The rows as the holder of a feed reaches them, and the name of the school; none for a secret that
/// was never issued or was revoked, a closed account and a school that is not active.
///
/// # Errors
/// When the database fails.
pub async fn holder(
    database: &Database,
    secret: &str,
) -> Result<Option<(Scope, String)>, ApiError> {
    let sql = "SELECT f.school_id, f.user_id, u.role, s.name AS school FROM event_feeds f \
               JOIN users u ON u.school_id = f.school_id AND u.id = f.user_id JOIN schools s ON s.id = f.school_id \
               WHERE f.secret_hash = $1 AND u.is_active AND s.status = 'active'";
    let found: Vec<Holder> = database
        .platform()
        .query(sql, vec![hash_of(secret).into()])
        .await?;
    Ok(found.into_iter().next().and_then(|holder| {
        let school = SchoolId(holder.school_id);
        let principal = Principal {
            user_id: holder.user_id,
            role: holder.role.parse::<Role>().ok()?,
            ..Principal::system(school)
        };
        Some((database.scope(school, principal), holder.school))
    }))
}

/// The calendar of whoever `scope` is of, under the name of the school.
///
/// # Errors
/// When the database fails.
pub async fn calendar(scope: &Scope, name: &str) -> Result<String, ApiError> {
    let since = scope.now() - TimeDelta::days(DAYS_KEPT);
    let events = scope
        .find::<event::Entity>()
        .filter(concerned(
            scope,
            event::Column::TargetAudience,
            event::Column::ClassId,
        ))
        .filter(lasts_until(since))
        .order_by_desc(event::Column::StartsAt)
        .order_by_desc(event::Column::Id)
        .limit(MOST);
    let last = Func::coalesce([
        Expr::col(cancelled_event::Column::EndsAt),
        Expr::col(cancelled_event::Column::StartsAt),
    ]);
    // One that repeated began long ago, and is missed from when it was deleted.
    let lately = Condition::any()
        .add(Expr::expr(last).gte(since))
        .add(cancelled_event::Column::CreatedAt.gte(since));
    let cancelled = scope
        .find::<cancelled_event::Entity>()
        .filter(concerned(
            scope,
            cancelled_event::Column::TargetAudience,
            cancelled_event::Column::ClassId,
        ))
        .filter(lately)
        .order_by_desc(cancelled_event::Column::StartsAt)
        .order_by_desc(cancelled_event::Column::Id)
        .limit(MOST);
    let zone = school_time_zone(scope).await?;
    let mut calendar = Calendar::named(name, zone);
    for event in scope.all(events).await? {
        calendar.add(&Entry::from(event));
    }
    for event in scope.all(cancelled).await? {
        calendar.add(&Entry::from(event));
    }
    Ok(calendar.text(scope.now()))
}

/// Keeps what feeds must still say of an event that is about to go.
///
/// # Errors
/// When the database fails.
pub async fn cancel(scope: &Scope, event: &event::Model) -> Result<(), ApiError> {
    let row = cancelled_event::ActiveModel {
        event_id: Set(event.id),
        title: Set(event.title.clone()),
        starts_at: Set(event.starts_at),
        ends_at: Set(event.ends_at),
        all_day: Set(event.all_day),
        target_audience: Set(event.target_audience.clone()),
        class_id: Set(event.class_id),
        sequence: Set(event.row_version),
        ..Default::default()
    };
    scope.insert::<cancelled_event::Entity, _>(row).await?;
    Ok(())
}

fn hash_of(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
