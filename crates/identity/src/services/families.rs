//! Refresh-token families: all that descends from one sign-in, of which only the newest token is good.

use chrono::{DateTime, Utc};
use resource::{
    ApiError,
    tenant_guard::{AccessClaims, Actor, Platform, RefreshClaims, SchoolId, Scope, Tokens},
};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::{entities::token_family, services::accounts::Account};

/// A signed access token and the refresh token that renews it.
#[derive(Debug)]
pub struct Pair {
    /// Access token.
    pub access: String,
    /// Refresh token.
    pub refresh: String,
}

/// Opens a family for `account` and signs its first pair.
///
/// # Errors
/// When the database fails.
pub async fn open(
    platform: &Platform,
    tokens: &Tokens,
    account: &Account,
) -> Result<Pair, ApiError> {
    let now = platform.database().clock().now();
    let expired = "DELETE FROM token_families WHERE expires_at < $1 AND holder_id = $2";
    platform
        .execute(expired, vec![now.into(), account.id.into()])
        .await?;
    let row = token_family::ActiveModel {
        id: Set(Uuid::now_v7().to_string()),
        school_id: Set(account.school_id),
        holder_id: Set(account.id),
        current: Set(Uuid::now_v7().to_string()),
        created_at: Set(now),
        expires_at: Set(now + tokens.refresh_life()),
        revoked_at: Set(None),
    };
    let family = platform.insert::<token_family::Entity, _>(row).await?;
    sign(tokens, account, &family.id, &family.current, now)
}

/// Puts a new token in the place of `used` and signs the pair; none when `used` is not the newest
/// token of a family still good, which is then revoked whole.
///
/// # Errors
/// When the database fails.
pub async fn rotate(
    platform: &Platform,
    tokens: &Tokens,
    account: &Account,
    used: &RefreshClaims,
) -> Result<Option<Pair>, ApiError> {
    let now = platform.database().clock().now();
    let next = Uuid::now_v7().to_string();
    // One statement decides, so of two requests with the same token one alone goes on.
    let sql = "UPDATE token_families SET current = $1, expires_at = $2 \
               WHERE id = $3 AND current = $4 AND revoked_at IS NULL AND expires_at > $5 AND holder_id = $6";
    let values = vec![
        next.as_str().into(),
        (now + tokens.refresh_life()).into(),
        used.sid.as_str().into(),
        used.jti.as_str().into(),
        now.into(),
        account.id.into(),
    ];
    if platform.execute(sql, values).await? == 0 {
        end(platform, &used.sid).await?;
        return Ok(None);
    }
    Ok(Some(sign(tokens, account, &used.sid, &next, now)?))
}

/// Ends one family.
///
/// # Errors
/// When the database fails.
pub async fn end(platform: &Platform, family: &str) -> Result<(), ApiError> {
    let now = platform.database().clock().now();
    let sql = "UPDATE token_families SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    platform
        .execute(sql, vec![now.into(), family.into()])
        .await?;
    Ok(())
}

/// Ends every family of a user, but for the one to `keep`.
///
/// # Errors
/// When the database fails.
pub async fn end_all_of(scope: &Scope, user: i64, keep: Option<&str>) -> Result<(), ApiError> {
    let sql = "UPDATE token_families SET revoked_at = $2 \
               WHERE school_id = $1 AND holder_id = $3 AND id <> $4 AND revoked_at IS NULL";
    let values = vec![
        scope.now().into(),
        user.into(),
        keep.unwrap_or_default().into(),
    ];
    // No answer is made of these rows, so no cache needs to hear of them.
    scope.execute(&[], sql, values).await?;
    Ok(())
}

/// Ends every family of an operator, but for the one to `keep`.
///
/// # Errors
/// When the database fails.
pub async fn end_all_of_operator(
    platform: &Platform,
    operator: i64,
    keep: &str,
) -> Result<(), ApiError> {
    let now = platform.database().clock().now();
    let sql = "UPDATE token_families SET revoked_at = $1 \
               WHERE school_id IS NULL AND holder_id = $2 AND id <> $3 AND revoked_at IS NULL";
    platform
        .execute(sql, vec![now.into(), operator.into(), keep.into()])
        .await?;
    Ok(())
}

/// An access token for `account`, of the family `sid`, for `actor` behind it.
///
/// # Errors
/// 500 when the configured key does not sign.
pub fn access(
    tokens: &Tokens,
    account: &Account,
    sid: &str,
    actor: Option<Actor>,
    now: DateTime<Utc>,
) -> Result<String, ApiError> {
    let claims = AccessClaims {
        sub: account.id.to_string(),
        role: account.role()?,
        school_id: account.school_id.map(SchoolId),
        domain: account.domain.clone(),
        sid: sid.to_owned(),
        act: actor,
        modules: account.modules()?,
    };
    tokens.access(claims, now).map_err(ApiError::internal)
}

fn sign(
    tokens: &Tokens,
    account: &Account,
    sid: &str,
    jti: &str,
    now: DateTime<Utc>,
) -> Result<Pair, ApiError> {
    let claims = RefreshClaims {
        sub: account.id.to_string(),
        school_id: account.school_id.map(SchoolId),
        sid: sid.to_owned(),
        jti: jti.to_owned(),
    };
    Ok(Pair {
        access: access(tokens, account, sid, None, now)?,
        refresh: tokens.refresh(claims, now).map_err(ApiError::internal)?,
    })
}
