//! Changing one's own password.

use resource::{
    ApiError, FieldErrors,
    audit::{self, Act},
    tenant_guard::{Platform, Scope},
};
use sea_orm::{ActiveValue::Set, IntoActiveModel};

use crate::{
    entities::user,
    password::{Hasher, weaknesses},
    services::{
        accounts::Account,
        families,
        limits::{self, Limit},
    },
};

/// The hash of `new`, when `old` is the account's password and `new` is no weak one.
///
/// # Errors
/// 400 naming both fields at once, 429 after too many wrong guesses, 503 when too many wait.
pub async fn checked(
    platform: &Platform,
    hasher: &Hasher,
    account: &Account,
    old: String,
    new: String,
) -> Result<String, ApiError> {
    let limit = [Limit::old_password(account.school_id, account.id)];
    limits::spend(platform, &limit).await?;
    let mut errors = FieldErrors::default();
    if hasher
        .verify(old, Some(account.password_hash.clone()))
        .await?
    {
        limits::forgive(platform, &limit).await?;
    } else {
        errors.add(
            "old_password",
            "Your old password was entered incorrectly. Please enter it again.",
        );
    }
    for weakness in weaknesses(&new, &[&account.username, &account.email, &account.name]) {
        errors.add("new_password", weakness);
    }
    if errors.is_empty() {
        hasher.hash(new).await
    } else {
        Err(ApiError::invalid(errors))
    }
}

/// Keeps the hash for a user, and ends every session but the one of the family `session`.
///
/// # Errors
/// 404 when the account is gone.
pub async fn keep_for_user(scope: &Scope, hash: &str, session: &str) -> Result<(), ApiError> {
    let id = scope.principal().user_id;
    let before = scope
        .lock::<user::Entity>(id)
        .await?
        .ok_or_else(ApiError::not_found)?;
    let mut row = before.clone().into_active_model();
    row.password_hash = Set(hash.into());
    scope.update::<user::Entity, _>(&before, row).await?;
    families::end_all_of(scope, id, Some(session)).await?;
    let act = Act {
        action: "change-password",
        resource: "users",
        id: Some(id),
        before: None,
        after: None,
    };
    audit::record(scope, act).await
}

/// The same for an operator.
///
/// # Errors
/// When the database fails.
pub async fn keep_for_operator(
    platform: &Platform,
    id: i64,
    hash: &str,
    session: &str,
) -> Result<(), ApiError> {
    let transaction = platform.begin().await?;
    let now = platform.database().clock().now();
    let sql = "UPDATE operators SET password_hash = $1, updated_at = $2, row_version = row_version + 1 \
               WHERE id = $3";
    transaction
        .platform()
        .execute(sql, vec![hash.into(), now.into(), id.into()])
        .await?;
    families::end_all_of_operator(transaction.platform(), id, session).await?;
    Ok(transaction.commit().await?)
}

#[cfg(test)]
mod tests {
    use resource::tenant_guard::{Principal, Role};

    use super::*;
    use crate::{
        services::{DemoAccounts, refresh::refresh},
        testing,
    };

    #[actix_web::test]
    async fn a_changed_password_ends_every_session_but_the_callers() {
        let world = testing::world().await;
        let gp = world.school("gp").await;
        let ada = world.user(gp, "ada", Role::Teacher).await;
        let (account, mine) = world.sign_in("ada", testing::PASSWORD).await.unwrap();
        let (_, other) = world.sign_in("ada", testing::PASSWORD).await.unwrap();
        let session = world
            .tokens
            .read_refresh(&mine.refresh, world.database.clock().now())
            .unwrap()
            .sid;
        let (platform, hasher) = (world.platform(), &world.hasher);
        let wrong = checked(
            &platform,
            hasher,
            &account,
            "a guess".into(),
            "short".into(),
        )
        .await
        .unwrap_err();
        let errors = wrong.errors().unwrap();
        assert!(errors.concerns("old_password") && errors.concerns("new_password"));
        let new = "another fine one";
        let hash = checked(
            &platform,
            hasher,
            &account,
            testing::PASSWORD.into(),
            new.into(),
        )
        .await
        .unwrap();
        let principal = Principal {
            user_id: ada.id,
            role: Role::Teacher,
            session: session.clone(),
            ..Principal::system(gp)
        };
        keep_for_user(&world.database.scope(gp, principal), &hash, &session)
            .await
            .unwrap();
        let demo = DemoAccounts::Welcome;
        assert!(
            refresh(&platform, &world.tokens, demo, &other.refresh)
                .await
                .is_err()
        );
        assert!(
            refresh(&platform, &world.tokens, demo, &mine.refresh)
                .await
                .is_ok()
        );
        assert!(world.sign_in("ada", testing::PASSWORD).await.is_err());
        assert!(world.sign_in("ada", new).await.is_ok());
    }
}
