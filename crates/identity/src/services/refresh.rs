//! Renewing a pair of tokens.

use resource::{
    ApiError,
    tenant_guard::{Platform, Tokens},
};

use crate::{
    error,
    services::{
        accounts::Account,
        demo_accounts::DemoAccounts,
        families::{self, Pair},
    },
};

/// Exchanges a refresh token for a new pair, after asking again whether its holder and school are
/// active and what the holder's role is.
///
/// # Errors
/// 401 for a token that is forged, expired or revoked, or was used before, which ends its family;
/// 401 with the reason when the holder or the school is no longer active, which ends it too.
pub async fn refresh(
    platform: &Platform,
    tokens: &Tokens,
    demo: DemoAccounts,
    token: &str,
) -> Result<(Account, Pair), ApiError> {
    let now = platform.database().clock().now();
    let used = tokens
        .read_refresh(token, now)
        .map_err(|_| error::token_not_valid())?;
    let id = used.sub.parse().map_err(|_| error::token_not_valid())?;
    let account = Account::get(platform, used.school_id, id).await?;
    let Some(account) = account.filter(|account| demo.admit(account)) else {
        return Err(error::no_active_account());
    };
    if let Err(closed) = account.open(platform).await {
        families::end(platform, &used.sid).await?;
        return Err(closed);
    }
    let pair = families::rotate(platform, tokens, &account, &used).await?;
    Ok((account, pair.ok_or_else(error::token_not_valid)?))
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use resource::tenant_guard::Role;

    use super::*;
    use crate::testing::{self, World};

    async fn signed_in(world: &World) -> (Account, Pair) {
        let gp = world.school("gp").await;
        world.user(gp, "ada", Role::Teacher).await;
        world.sign_in("ada", testing::PASSWORD).await.unwrap()
    }

    async fn again(world: &World, token: &str) -> Result<(Account, Pair), ApiError> {
        refresh(
            &world.platform(),
            &world.tokens,
            DemoAccounts::Welcome,
            token,
        )
        .await
    }

    #[actix_web::test]
    async fn a_demo_account_stays_signed_in_only_where_the_demo_is_welcome() {
        let world = testing::world().await;
        let (_, pair) = signed_in(&world).await;
        let demo = DemoAccounts::Refused;
        let refused = refresh(&world.platform(), &world.tokens, demo, &pair.refresh)
            .await
            .unwrap_err();
        assert_eq!(refused.status(), 401);
        again(&world, &pair.refresh).await.unwrap();
    }

    #[actix_web::test]
    async fn a_used_token_presented_again_revokes_the_whole_family() {
        let world = testing::world().await;
        let (_, first) = signed_in(&world).await;
        let (_, second) = again(&world, &first.refresh).await.unwrap();
        assert_eq!(
            again(&world, &first.refresh).await.unwrap_err().status(),
            401
        );
        assert_eq!(
            again(&world, &second.refresh).await.unwrap_err().status(),
            401
        );
    }

    #[actix_web::test]
    async fn of_two_refreshes_at_once_one_wins_and_the_family_ends() {
        let world = testing::world().await;
        let (_, first) = signed_in(&world).await;
        let both = tokio::join!(again(&world, &first.refresh), again(&world, &first.refresh));
        let won: Vec<_> = [both.0, both.1]
            .into_iter()
            .filter_map(Result::ok)
            .collect();
        assert_eq!(won.len(), 1);
        assert!(again(&world, &won[0].1.refresh).await.is_err());
    }

    #[actix_web::test]
    async fn a_token_dies_of_old_age_and_each_rotation_makes_it_young_again() {
        let world = testing::world().await;
        let (_, first) = signed_in(&world).await;
        world.pass(Duration::days(6));
        let (_, second) = again(&world, &first.refresh).await.unwrap();
        world.pass(Duration::days(6));
        let (_, third) = again(&world, &second.refresh).await.unwrap();
        world.pass(Duration::days(8));
        assert!(again(&world, &third.refresh).await.is_err());
    }

    #[actix_web::test]
    async fn a_school_that_is_suspended_ends_the_family_with_the_reason() {
        let world = testing::world().await;
        let (account, first) = signed_in(&world).await;
        let school = account.school_id.unwrap();
        world.set_status(school, "suspended").await;
        assert_eq!(
            again(&world, &first.refresh).await.unwrap_err().status(),
            401
        );
        let refused = world.sign_in("ada", testing::PASSWORD).await.unwrap_err();
        assert_eq!(refused.to_string(), "401 school_not_active");
        let refused = world.sign_in("ada", "something else").await.unwrap_err();
        assert_eq!(refused.to_string(), "401 no_active_account");
        world.set_status(school, "active").await;
        assert!(again(&world, &first.refresh).await.is_err());
    }
}
