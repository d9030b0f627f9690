//! Signing in. Every failure reads the same and costs the same, until the password has proved who asks.

use std::net::IpAddr;

use resource::{
    ApiError,
    tenant_guard::{Platform, Tokens},
};

use crate::{
    error,
    password::Hasher,
    services::{
        accounts::Account,
        demo_accounts::DemoAccounts,
        families::{self, Pair},
        limits::{self, Limit},
    },
};

/// What someone signs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// User name or e-mail.
    pub name: String,
    /// Password.
    pub password: String,
    /// Domain of the school they chose, where they chose one.
    pub domain: Option<String>,
    /// Address they call from, where the connection has one.
    pub address: Option<IpAddr>,
}

/// Signs in; answers the account and its tokens.
///
/// # Errors
/// 401, with the reason only when the password was right and the school is not open; 429 after too
/// many attempts; 503 when too many passwords wait to be verified.
pub async fn sign_in(
    platform: &Platform,
    tokens: &Tokens,
    hasher: &Hasher,
    demo: DemoAccounts,
    credentials: Credentials,
) -> Result<(Account, Pair), ApiError> {
    let Credentials {
        name,
        password,
        domain,
        address,
    } = credentials;
    let account_limit = Limit::account(domain.as_deref(), &name);
    let limits: Vec<Limit> = [account_limit]
        .into_iter()
        .chain(address.map(Limit::address))
        .collect();
    limits::spend(platform, &limits).await?;
    let account = Account::named(platform, domain.as_deref(), &name).await?;
    let hash = account
        .as_ref()
        .map(|account| account.password_hash.clone());
    let right = hasher.verify(password, hash).await?;
    let account = account
        .filter(|account| right && demo.admit(account))
        .ok_or_else(error::no_active_account)?;
    account.open(platform).await?;
    let transaction = platform.begin().await?;
    limits::forgive(transaction.platform(), &limits).await?;
    let pair = families::open(transaction.platform(), tokens, &account).await?;
    transaction.commit().await?;
    Ok((account, pair))
}

#[cfg(test)]
mod tests {
    use resource::tenant_guard::Role;

    use super::*;
    use crate::testing;

    #[actix_web::test]
    async fn every_failure_reads_the_same() {
        let world = testing::world().await;
        let gp = world.school("gp").await;
        world.user(gp, "ada", Role::Teacher).await;
        let closed = world.user(gp, "bola", Role::Teacher).await;
        let sql = "UPDATE users SET is_active = false WHERE school_id = $1 AND id = $2";
        world
            .scope(gp)
            .execute(&[], sql, vec![closed.id.into()])
            .await
            .unwrap();
        for (name, password) in [
            ("ada", "a wrong one"),
            ("nobody", testing::PASSWORD),
            ("bola", testing::PASSWORD),
        ] {
            let refused = world.sign_in(name, password).await.unwrap_err();
            assert_eq!(refused.to_string(), "401 no_active_account", "{name}");
        }
    }

    #[actix_web::test]
    async fn a_right_password_is_refused_while_its_account_is_locked() {
        let world = testing::world().await;
        let gp = world.school("gp").await;
        world.user(gp, "ada", Role::Teacher).await;
        for _ in 0..limits::PER_ACCOUNT {
            assert_eq!(
                world.sign_in("ada", "a guess").await.unwrap_err().status(),
                401
            );
        }
        assert_eq!(
            world
                .sign_in("ada", testing::PASSWORD)
                .await
                .unwrap_err()
                .status(),
            429
        );
        world.pass(limits::SIGN_IN_WINDOW);
        assert!(world.sign_in("ada", testing::PASSWORD).await.is_ok());
    }
}
