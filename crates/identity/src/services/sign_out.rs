//! Signing out.

use resource::{
    ApiError,
    tenant_guard::{Platform, TokenError, Tokens},
};

use crate::{error, services::families};

/// Ends the family of a refresh token; one that expired has ended already.
///
/// # Errors
/// 401 for what is no refresh token of ours.
pub async fn sign_out(platform: &Platform, tokens: &Tokens, token: &str) -> Result<(), ApiError> {
    match tokens.read_refresh(token, platform.database().clock().now()) {
        Ok(claims) => families::end(platform, &claims.sid).await,
        Err(TokenError::Expired) => Ok(()),
        Err(_) => Err(error::token_not_valid()),
    }
}
