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
        .filter(|_| right)
        .ok_or_else(error::no_active_account)?;
    account.open()?;
    let transaction = platform.begin().await?;
    limits::forgive(transaction.platform(), &limits).await?;
    let pair = families::open(transaction.platform(), tokens, &account).await?;
    transaction.commit().await?;
    Ok((account, pair))
}
