//! Accounts: finding them, opening them, and what must hold of them.

use resource::{
    ApiError,
    fields::NON_FIELD,
    tenant_guard::{Platform, Role, Scope},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait, Func},
};

use crate::{
    entities::{operator, user},
    error,
    services::families,
};

pub use super::account::Account;

/// A user to be opened.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// User name.
    pub username: &'a str,
    /// E-mail, or nothing.
    pub email: &'a str,
    /// Full name.
    pub name: &'a str,
    /// A role of a school.
    pub role: Role,
    /// Hash of the password, or nothing for an account nobody signs in to yet.
    pub password_hash: &'a str,
}

/// Opens a user's account.
///
/// # Errors
/// 409 when the school has the user name or e-mail already.
pub async fn create_user(scope: &Scope, new: &NewUser<'_>) -> Result<user::Model, ApiError> {
    let row = user::ActiveModel {
        username: Set(new.username.into()),
        email: Set(new.email.into()),
        name: Set(new.name.into()),
        role: Set(new.role.as_str().into()),
        password_hash: Set(new.password_hash.into()),
        is_active: Set(true),
        ..Default::default()
    };
    Ok(scope.insert::<user::Entity, _>(row).await?)
}

/// Opens the account of an operator, who signs in by e-mail.
///
/// # Errors
/// 400 for what is no e-mail, 409 when there is an operator of it already.
pub async fn create_operator(
    platform: &Platform,
    email: &str,
    name: &str,
    password_hash: &str,
) -> Result<operator::Model, ApiError> {
    if !is_email(email) {
        return Err(ApiError::field("email", NO_EMAIL));
    }
    let now = platform.database().clock().now();
    let row = operator::ActiveModel {
        email: Set(email.to_lowercase()),
        name: Set(name.into()),
        password_hash: Set(password_hash.into()),
        is_active: Set(true),
        created_at: Set(now),
        updated_at: Set(now),
        row_version: Set(1),
        ..Default::default()
    };
    Ok(platform.insert::<operator::Entity, _>(row).await?)
}

/// Creates a login, or makes the login `existing` be of this name and password; answers its key.
///
/// # Errors
/// 400 when another account of the school has the user name.
pub async fn save_login(
    scope: &Scope,
    existing: Option<i64>,
    username: &str,
    name: &str,
    role: Role,
    password_hash: &str,
) -> Result<i64, ApiError> {
    refuse_taken(scope, username, existing.unwrap_or_default()).await?;
    let held = match existing {
        Some(id) => scope.lock::<user::Entity>(id).await?,
        None => None,
    };
    let Some(before) = held else {
        let new = NewUser {
            username,
            email: "",
            name,
            role,
            password_hash,
        };
        return Ok(create_user(scope, &new).await?.id);
    };
    let mut row = before.clone().into_active_model();
    row.username = Set(username.into());
    row.name = Set(name.into());
    row.role = Set(role.as_str().into());
    row.password_hash = Set(password_hash.into());
    scope.update::<user::Entity, _>(&before, row).await?;
    families::end_all_of(scope, before.id, None).await?;
    Ok(before.id)
}

/// Lets the login `id` follow whoever it belongs to: it takes the `name`, and the user name `now` where
/// it went by `before`; a user name of another origin stays.
///
/// # Errors
/// 400 when another account of the school has the user name.
pub async fn rename_login(
    scope: &Scope,
    id: i64,
    (before, now): (&str, &str),
    name: &str,
) -> Result<(), ApiError> {
    let Some(held) = scope.lock::<user::Entity>(id).await? else {
        return Ok(());
    };
    let mut row = held.clone().into_active_model();
    row.name = Set(name.into());
    if held.username == before && before != now {
        refuse_taken(scope, now, id).await?;
        row.username = Set(now.into());
    }
    scope.update::<user::Entity, _>(&held, row).await?;
    Ok(())
}

async fn refuse_taken(scope: &Scope, username: &str, own: i64) -> Result<(), ApiError> {
    // The engine folds both sides: it and Rust need not agree on the case of every letter.
    let same = Expr::expr(Func::lower(Expr::col(user::Column::Username)))
        .eq(Func::lower(Expr::val(username)));
    let others = scope
        .find::<user::Entity>()
        .filter(same)
        .filter(user::Column::Id.ne(own));
    if scope.one(others).await?.is_none() {
        return Ok(());
    }
    let message = format!("Another account of this school has the user name \"{username}\".");
    Err(ApiError::field(NON_FIELD, message))
}

/// Refuses to lose user `id` as an administrator when the school has no other active one.
///
/// # Errors
/// 409 `last_administrator`.
pub async fn keep_an_administrator(scope: &Scope, id: i64) -> Result<(), ApiError> {
    // Two administrators who demote each other at once must not both succeed: they queue for this row.
    let queue = "UPDATE schools SET row_version = row_version WHERE id = $1";
    scope.execute(&[], queue, Vec::new()).await?;
    let others = scope
        .find::<user::Entity>()
        .filter(user::Column::Role.eq(Role::SchoolAdmin.as_str()))
        .filter(user::Column::IsActive.eq(true))
        .filter(user::Column::Id.ne(id));
    match scope.one(others).await? {
        Some(_) => Ok(()),
        None => Err(error::last_administrator()),
    }
}

pub(crate) const NO_EMAIL: &str = "Enter a valid email address.";

/// Whether `text` has the form of an e-mail address: something, one `@`, and a host with a dot.
#[must_use]
pub fn is_email(text: &str) -> bool {
    let plain = text.len() <= 254
        && !text
            .chars()
            .any(|sign| sign.is_whitespace() || sign.is_control());
    plain
        && text.split_once('@').is_some_and(|(local, host)| {
            let labels = || host.split('.');
            !local.is_empty()
                && !host.contains('@')
                && labels().count() > 1
                && labels().all(|label| !label.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn an_email_has_one_at_and_a_host_with_a_dot() {
        for good in ["admin@gp.demo", "a.b+c@mail.example.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "", "admin", "@gp.demo", "admin@gp", "a@b@c.d", "a b@c.d", "a@.d", "a@c.d\n",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[actix_web::test]
    async fn a_name_that_two_schools_have_needs_the_school() {
        let world = testing::world().await;
        let (gp, ms) = (world.school("gp").await, world.school("ms").await);
        let ada = world.user(gp, "ada", Role::Teacher).await;
        world.user(ms, "ada", Role::Teacher).await;
        let bola = world.user(ms, "bola", Role::Teacher).await;
        let platform = world.platform();
        assert!(
            Account::named(&platform, None, "ada")
                .await
                .unwrap()
                .is_none()
        );
        let found = Account::named(&platform, Some("gp"), "ADA")
            .await
            .unwrap()
            .unwrap();
        assert_eq!((found.id, found.domain.as_deref()), (ada.id, Some("gp")));
        let found = Account::named(&platform, None, "bola@ms.demo")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.id, bola.id);
        assert!(
            Account::named(&platform, Some("gp"), "bola")
                .await
                .unwrap()
                .is_none()
        );
    }

    #[actix_web::test]
    async fn letters_beyond_ascii_sign_in_as_they_were_written() {
        let world = testing::world().await;
        let gp = world.school("gp").await;
        let written = world.user(gp, "Émile", Role::Teacher).await;
        let found = Account::named(&world.platform(), None, "Émile").await;
        assert_eq!(found.unwrap().map(|account| account.id), Some(written.id));
    }

    #[actix_web::test]
    async fn the_last_active_administrator_is_kept() {
        let world = testing::world().await;
        let gp = world.school("gp").await;
        let first = world.user(gp, "first", Role::SchoolAdmin).await;
        let scope = world.scope(gp);
        let refused = keep_an_administrator(&scope, first.id).await.unwrap_err();
        assert_eq!(refused.status(), 409);
        world.user(gp, "second", Role::SchoolAdmin).await;
        keep_an_administrator(&scope, first.id).await.unwrap();
    }

    #[actix_web::test]
    async fn a_login_is_updated_in_place_and_never_takes_anothers_name() {
        let world = testing::world().await;
        let gp = world.school("gp").await;
        world.user(gp, "ada", Role::Teacher).await;
        let scope = world.scope(gp);
        let id = save_login(&scope, None, "GP-0001", "Bola", Role::Student, "hash")
            .await
            .unwrap();
        let same = save_login(&scope, Some(id), "GP-0002", "Bola", Role::Student, "hash")
            .await
            .unwrap();
        assert_eq!(id, same);
        let taken = save_login(&scope, Some(id), "ADA", "Bola", Role::Student, "hash")
            .await
            .unwrap_err();
        assert_eq!(taken.status(), 400);
    }
}
