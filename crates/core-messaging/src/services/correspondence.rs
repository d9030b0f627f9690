//! Who sees which message, and who may write to whom.

use identity::{entities::user, services::directory};
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use crate::entities::message::{Column, Entity, Model};

/// The messages the caller sent or received and has not put away.
#[must_use]
pub fn visible(scope: &Scope) -> Condition {
    let me = scope.principal().user_id;
    let sent = Condition::all()
        .add(Column::SenderId.eq(me))
        .add(Column::HiddenBySender.eq(false));
    let received = Condition::all()
        .add(Column::RecipientId.eq(me))
        .add(Column::HiddenByRecipient.eq(false));
    Condition::any().add(sent).add(received)
}

/// Why the caller may not write to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// It is the caller's own.
    Oneself,
    /// It is of neither person of the message that is answered.
    Outside,
    /// There is none, or none that the caller may know of.
    Unknown,
    /// It is closed: nobody would ever read the message.
    Closed,
}

/// Whether the caller may write to `recipient`: to any open account that the directory shows the
/// caller, and in any case to whoever wrote the message `answered`, where the caller received it. An
/// answer goes to the other person of its message.
///
/// # Errors
/// When the database fails.
pub async fn reach(
    scope: &Scope,
    recipient: i64,
    answered: Option<&Model>,
) -> Result<Option<Unreachable>, ApiError> {
    let me = scope.principal().user_id;
    if recipient == me {
        return Ok(Some(Unreachable::Oneself));
    }
    let between = |one: &Model| [one.sender_id, one.recipient_id].contains(&recipient);
    if answered.is_some_and(|one| !between(one)) {
        return Ok(Some(Unreachable::Outside));
    }
    let mut query = scope
        .find::<user::Entity>()
        .filter(user::Column::Id.eq(recipient));
    if answered.is_none_or(|one| one.recipient_id != me) {
        query = query.filter(directory::addressable(scope));
    }
    Ok(match scope.one(query).await? {
        None => Some(Unreachable::Unknown),
        Some(account) => (!account.is_active).then_some(Unreachable::Closed),
    })
}

/// Message `id`, where the caller sees it and so may answer it.
///
/// # Errors
/// When the database fails.
pub async fn seen(scope: &Scope, id: i64) -> Result<Option<Model>, ApiError> {
    let query = scope
        .find::<Entity>()
        .filter(Column::Id.eq(id))
        .filter(visible(scope));
    Ok(scope.one(query).await?)
}
