//! How often something may be tried, counted in the database so that every gateway counts alike.
//!
//! An attempt is counted before it is judged, so that a thousand at once are a thousand, and taken
//! back when it succeeds. Windows are fixed: the first attempt opens one.

use std::net::IpAddr;

use chrono::{DateTime, Duration, Utc};
use resource::{ApiError, tenant_guard::Platform};
use sea_orm::FromQueryResult;
use sha2::{Digest, Sha256};

use crate::network;

/// Attempts at one account in [`SIGN_IN_WINDOW`].
pub const PER_ACCOUNT: i64 = 10;
/// Attempts from one address in [`SIGN_IN_WINDOW`]: a whole school may sit behind it.
pub const PER_ADDRESS: i64 = 100;
/// Window of sign-in.
pub const SIGN_IN_WINDOW: Duration = Duration::minutes(15);
/// Schools that one address may register in [`REGISTER_WINDOW`].
pub const REGISTRATIONS: i64 = 5;
/// Window of registration.
pub const REGISTER_WINDOW: Duration = Duration::hours(1);
/// Receipts that one address may check in [`RECEIPT_WINDOW`].
pub const RECEIPTS: i64 = 60;
/// Window of checking receipts.
pub const RECEIPT_WINDOW: Duration = Duration::minutes(15);

/// No window is as long; counts older than this are swept.
const OLD: Duration = Duration::days(1);

/// One thing that is counted.
#[derive(Debug, Clone)]
pub struct Limit {
    subject: String,
    most: i64,
    window: Duration,
    clears: bool,
}

impl Limit {
    /// Attempts at the account of `name`, as typed, at the school of `domain`, as chosen.
    #[must_use]
    pub fn account(domain: Option<&str>, name: &str) -> Self {
        let subject = format!(
            "account\n{}\n{}",
            domain.unwrap_or_default(),
            name.to_lowercase()
        );
        Self::of(&subject, PER_ACCOUNT, SIGN_IN_WINDOW, true)
    }

    /// Attempts to sign in from one address.
    #[must_use]
    pub fn address(address: IpAddr) -> Self {
        let subject = format!("address\n{}", network(address));
        Self::of(&subject, PER_ADDRESS, SIGN_IN_WINDOW, false)
    }

    /// Guesses at the old password of one signed-in holder.
    #[must_use]
    pub fn old_password(school: Option<i64>, holder: i64) -> Self {
        let subject = format!("old password\n{}\n{holder}", school.unwrap_or_default());
        Self::of(&subject, PER_ACCOUNT, SIGN_IN_WINDOW, true)
    }

    /// Schools registered from one address; success does not give the attempt back.
    #[must_use]
    pub fn registration(address: IpAddr) -> Self {
        let subject = format!("registration\n{}", network(address));
        Self::of(&subject, REGISTRATIONS, REGISTER_WINDOW, false)
    }

    /// Receipts checked from one address, right or wrong.
    #[must_use]
    pub fn receipts(address: IpAddr) -> Self {
        let subject = format!("receipts\n{}", network(address));
        Self::of(&subject, RECEIPTS, RECEIPT_WINDOW, false)
    }

    fn of(subject: &str, most: i64, window: Duration, clears: bool) -> Self {
        Self {
            subject: hex::encode(Sha256::digest(subject.as_bytes())),
            most,
            window,
            clears,
        }
    }
}

#[derive(FromQueryResult)]
struct Counted {
    attempts: i64,
    since: DateTime<Utc>,
}

/// Counts one attempt against every limit.
///
/// # Errors
/// 429 with the seconds until the fullest window closes; the attempt is then not counted.
pub async fn spend(platform: &Platform, limits: &[Limit]) -> Result<(), ApiError> {
    let now = platform.database().clock().now();
    let transaction = platform.begin().await?;
    for limit in limits {
        let counted = count(transaction.platform(), limit, now).await?;
        if counted.attempts > limit.most {
            let left = (counted.since + limit.window - now).num_seconds().max(1);
            return Err(ApiError::throttled(u32::try_from(left).unwrap_or(u32::MAX)));
        }
        if counted.attempts == 1 {
            let sql = "DELETE FROM login_attempts WHERE since < $1";
            transaction
                .platform()
                .execute(sql, vec![(now - OLD).into()])
                .await?;
        }
    }
    Ok(transaction.commit().await?)
}

async fn count(
    platform: &Platform,
    limit: &Limit,
    now: DateTime<Utc>,
) -> Result<Counted, ApiError> {
    let sql = "INSERT INTO login_attempts (subject, attempts, since) VALUES ($1, 1, $2) \
               ON CONFLICT (subject) DO UPDATE SET \
               attempts = CASE WHEN login_attempts.since <= $3 THEN 1 ELSE login_attempts.attempts + 1 END, \
               since = CASE WHEN login_attempts.since <= $3 THEN $2 ELSE login_attempts.since END \
               RETURNING attempts, since";
    let values = vec![
        limit.subject.as_str().into(),
        now.into(),
        (now - limit.window).into(),
    ];
    let counted = platform.query(sql, values).await?.into_iter().next();
    counted.ok_or_else(ApiError::unavailable)
}

/// Takes the attempt back, now that it succeeded; an account starts from nothing again.
///
/// # Errors
/// When the database fails.
pub async fn forgive(platform: &Platform, limits: &[Limit]) -> Result<(), ApiError> {
    for limit in limits {
        let sql = if limit.clears {
            "DELETE FROM login_attempts WHERE subject = $1"
        } else {
            "UPDATE login_attempts SET attempts = attempts - 1 WHERE subject = $1 AND attempts > 0"
        };
        platform
            .execute(sql, vec![limit.subject.as_str().into()])
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[actix_web::test]
    async fn the_attempt_after_the_last_allowed_one_is_refused_until_the_window_closes() {
        let world = testing::world().await;
        let limit = [Limit::account(Some("gp"), "Ada")];
        let same = [Limit::account(Some("gp"), "ada")];
        for _ in 0..PER_ACCOUNT {
            spend(&world.platform(), &limit).await.unwrap();
        }
        assert_eq!(
            spend(&world.platform(), &same).await.unwrap_err().status(),
            429
        );
        spend(&world.platform(), &[Limit::account(Some("ms"), "ada")])
            .await
            .unwrap();
        world.pass(SIGN_IN_WINDOW);
        spend(&world.platform(), &limit).await.unwrap();
    }

    #[actix_web::test]
    async fn a_success_clears_the_account_and_gives_the_address_its_attempt_back() {
        let world = testing::world().await;
        let limits = [
            Limit::account(None, "ada"),
            Limit::address("192.0.2.7".parse().unwrap()),
        ];
        for _ in 0..PER_ADDRESS + 5 {
            spend(&world.platform(), &limits).await.unwrap();
            forgive(&world.platform(), &limits).await.unwrap();
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        let one = Limit::address("2001:db8::1".parse().unwrap());
        let two = Limit::address("2001:db8::2".parse().unwrap());
        let mapped = Limit::address("::ffff:192.0.2.7".parse().unwrap());
        assert_eq!(one.subject, two.subject);
        assert_eq!(
            mapped.subject,
            Limit::address("192.0.2.7".parse().unwrap()).subject
        );
    }
}
