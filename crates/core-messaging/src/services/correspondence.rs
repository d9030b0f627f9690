//! Who sees which message, and who may write to whom.

use identity::entities::user;
use resource::{
    ApiError,
    tenant_guard::{Role, Scope},
};
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use crate::entities::message::{Column, Entity};

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
    /// There is none, or none that the caller may know of.
    Unknown,
    /// It is closed: nobody would ever read the message.
    Closed,
}

/// Whether the caller may write to `recipient`: anybody to any open account of the school, save
/// that parents and pupils reach its staff only, the same people the directory shows them.
///
/// # Errors
/// When the database fails.
pub async fn reach(scope: &Scope, recipient: i64) -> Result<Option<Unreachable>, ApiError> {
    let Some(account) = scope.get::<user::Entity>(recipient).await? else {
        return Ok(Some(Unreachable::Unknown));
    };
    let outside = |role: &str| {
        [Role::Parent, Role::Student]
            .iter()
            .any(|one| one.as_str() == role)
    };
    let hidden = outside(scope.principal().role.as_str()) && outside(&account.role);
    Ok(match (hidden, account.is_active) {
        (true, _) => Some(Unreachable::Unknown),
        (false, false) => Some(Unreachable::Closed),
        (false, true) => None,
    })
}

/// Whether the caller sees message `id`, and so may answer it.
///
/// # Errors
/// When the database fails.
pub async fn sees(scope: &Scope, id: i64) -> Result<bool, ApiError> {
    let query = scope
        .find::<Entity>()
        .filter(Column::Id.eq(id))
        .filter(visible(scope));
    Ok(scope.one(query).await?.is_some())
}
