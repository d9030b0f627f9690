//! An operator acting as a user of a school, to see what the user sees.

use resource::{
    ApiError,
    audit::{self, Act},
    fields::unknown_pk,
    tenant_guard::{Actor, Scope},
};
use serde_json::json;

use crate::entities::user;

/// Writes down that the operator of `scope` acts as `user_id` from now on; answers the actor to put
/// into the token.
///
/// # Errors
/// 400 for a user this school does not have, or one whose account is closed.
pub async fn impersonate(scope: &Scope, user_id: i64) -> Result<Actor, ApiError> {
    let Some(subject) = scope.get::<user::Entity>(user_id).await? else {
        return Err(ApiError::field("user_id", unknown_pk(user_id)));
    };
    if !subject.is_active {
        return Err(ApiError::field("user_id", "This account is not active."));
    }
    let actor = Actor {
        sub: scope.principal().user_id,
    };
    let act = Act {
        action: "impersonate",
        resource: "users",
        id: Some(user_id),
        before: None,
        after: Some(json!({ "actor": actor.sub, "subject": user_id })),
    };
    audit::record(scope, act).await?;
    Ok(actor)
}
