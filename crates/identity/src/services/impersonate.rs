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

#[cfg(test)]
mod tests {
    use resource::tenant_guard::{Principal, Role};

    use super::*;
    use crate::testing;

    #[actix_web::test]
    async fn the_trail_names_the_actor_and_the_subject_and_other_schools_users_are_unknown() {
        let world = testing::world().await;
        let (gp, ms) = (world.school("gp").await, world.school("ms").await);
        let ada = world.user(gp, "ada", Role::Teacher).await;
        let bola = world.user(ms, "bola", Role::Teacher).await;
        let operator = Principal {
            user_id: 41,
            ..Principal::system(gp)
        };
        let scope = world.database.scope(gp, operator);
        assert_eq!(
            impersonate(&scope, ada.id).await.unwrap(),
            Actor { sub: 41 }
        );
        assert_eq!(
            impersonate(&scope, bola.id).await.unwrap_err().status(),
            400
        );
        let acts = scope
            .all(scope.find::<audit::entity::Entity>())
            .await
            .unwrap();
        let seen: Vec<_> = acts
            .iter()
            .map(|act| (act.actor_id, act.resource_id))
            .collect();
        assert_eq!(seen, [(Some(41), Some(ada.id))]);
    }
}
