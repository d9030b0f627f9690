//! Who sees which announcement, who writes it, and who has read it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use identity::services::{audience, standing};
use resource::{
    ApiError,
    audit::{self, Act},
    pagination,
    tenant_guard::{Role, Rows, Scope},
};
use sea_orm::{
    ColumnTrait, Condition, QueryFilter,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use crate::entities::{
    announcement::{Column, Entity},
    announcement_read,
};

/// Leaves a mark that is there as it is.
const MARK: &str = "INSERT INTO announcement_reads \
                    (school_id, created_at, updated_at, announcement_id, user_id) \
                    VALUES ($1, $2, $2, $3, $4) ON CONFLICT DO NOTHING";

/// The announcements that were over by `now`.
#[must_use]
pub fn expired(now: DateTime<Utc>) -> Condition {
    Condition::all().add(Column::ExpiresAt.lte(now))
}

/// The announcements that were not over by `now`.
#[must_use]
pub fn current(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(Column::ExpiresAt.is_null())
        .add(Column::ExpiresAt.gt(now))
}

/// The announcements among `rows`: administrators reach every one; others read what concerns them
/// until it is over and what they wrote at any time, and a teacher changes what that teacher wrote for a
/// class of the teacher's own.
#[must_use]
pub fn visible(scope: &Scope, rows: Rows) -> Condition {
    let principal = scope.principal();
    let written = || Column::CreatedBy.eq(principal.user_id);
    match (rows, principal.role) {
        (Rows::All, _) | (Rows::Own, Role::SuperAdmin | Role::SchoolAdmin) => Condition::all(),
        (Rows::Own, _) => {
            let told = audience::concerned(scope, Column::Target, Column::ClassId);
            Condition::any()
                .add(told.add(current(scope.now())))
                .add(written())
        }
        (Rows::Assigned, _) => Condition::all()
            .add(written())
            .add(standing::in_own_class(scope, &Column::ClassId.into_expr())),
        (Rows::None, _) => pagination::nothing(),
    }
}

/// Refuses a caller who may not announce anything to a class, or to the whole school where it is none.
///
/// # Errors
/// 403 when the class is not theirs; else when the database fails.
pub async fn may_announce(scope: &Scope, rows: Rows, class: Option<i64>) -> Result<(), ApiError> {
    match (rows, class) {
        (Rows::All, _) => Ok(()),
        (Rows::Assigned, Some(class)) => standing::teaches(scope, &[class]).await,
        _ => Err(ApiError::forbidden()),
    }
}

/// Keys of the announcements that a user of a school has read.
pub(crate) fn read_by(school: i64, user: i64) -> SelectStatement {
    use announcement_read::Column;
    Query::select()
        .column(Column::AnnouncementId)
        .from(announcement_read::Entity)
        .and_where(Column::SchoolId.eq(school))
        .and_where(Column::UserId.eq(user))
        .to_owned()
}

/// Which of `announcements` the caller has read; an operator reads none, being no user of the school.
///
/// # Errors
/// When the database fails.
pub async fn read_by_caller(
    scope: &Scope,
    announcements: impl Iterator<Item = i64>,
) -> Result<BTreeSet<i64>, ApiError> {
    use announcement_read::Column;
    let announcements: Vec<i64> = announcements.collect();
    let principal = scope.principal();
    if principal.role == Role::SuperAdmin || announcements.is_empty() {
        return Ok(BTreeSet::new());
    }
    let query = scope
        .find::<announcement_read::Entity>()
        .filter(Column::UserId.eq(principal.user_id))
        .filter(Column::AnnouncementId.is_in(announcements));
    let marks = scope.all(query).await?;
    Ok(marks.into_iter().map(|mark| mark.announcement_id).collect())
}

/// Notes that the caller has read an announcement; a second time changes nothing.
///
/// # Errors
/// 404 for an announcement the caller does not see; else when the database fails.
pub async fn mark_read(scope: &Scope, id: i64) -> Result<(), ApiError> {
    let seen = scope
        .find::<Entity>()
        .filter(Column::Id.eq(id))
        .filter(visible(scope, Rows::Own));
    if scope.one(seen).await?.is_none() {
        return Err(ApiError::not_found());
    }
    let values = vec![
        scope.now().into(),
        id.into(),
        scope.principal().user_id.into(),
    ];
    if scope.execute(&["announcement_reads"], MARK, values).await? == 0 {
        return Ok(());
    }
    let act = Act {
        action: "read",
        resource: "announcements",
        id: Some(id),
        before: None,
        after: None,
    };
    audit::record(scope, act).await
}

/// Forgets who has read an announcement, which is about to go: the database would let the marks go
/// too, but caches would not learn of it.
///
/// # Errors
/// When the database fails.
pub async fn forget_readers(scope: &Scope, id: i64) -> Result<(), ApiError> {
    let marks = Condition::all().add(Expr::col(announcement_read::Column::AnnouncementId).eq(id));
    scope
        .delete_where::<announcement_read::Entity>(marks)
        .await?;
    Ok(())
}
