//! Signing in, staying signed in, and signing out.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web};
use resource::{
    ApiError, Body, Kernel, Problem,
    tenant_guard::{Role, Tokens, guard::tenant_header},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    client_address,
    password::Hasher,
    services::{
        accounts::Account,
        demo_accounts::DemoAccounts,
        families::Pair,
        refresh,
        sign_in::{self, Credentials},
        sign_out,
    },
};

/// Whom to sign in.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SignIn {
    /// User name or e-mail.
    #[schema(min_length = 1, max_length = 254)]
    pub username: String,
    /// Password.
    #[schema(format = Password, min_length = 1, max_length = 128)]
    pub password: String,
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RefreshToken {
    /// The `refresh` of the last answer.
    #[schema(min_length = 1, max_length = 4096)]
    pub refresh: String,
}

/// A pair of tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenPair {
    /// Goes into `Authorization: Bearer …`; good for an hour unless configured otherwise.
    pub access: String,
    /// Renews the pair once; good for a week unless configured otherwise.
    pub refresh: String,
    /// What the holder is.
    #[schema(value_type = String, example = "SCHOOL_ADMIN")]
    pub role: Role,
    /// Id of the holder's school; null for an operator of the platform.
    pub school_id: Option<i64>,
}

/// A pair, which no cache on the way may keep (RFC 6749 §5.1).
fn answer((account, pair): (Account, Pair)) -> Result<HttpResponse, ApiError> {
    let body = TokenPair {
        access: pair.access,
        refresh: pair.refresh,
        role: account.role()?,
        school_id: account.school_id,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(body))
}

/// Sign in
///
/// By user name or e-mail. `X-Tenant-ID` names the school; without it the name must be one that only
/// one school has. Too many failures in 15 minutes, of one account or from one address, answer 429.
///
/// # Errors
/// 401, 429, 503.
#[utoipa::path(
    post,
    path = "/api/token/",
    operation_id = "sign_in",
    tag = "token",
    params(("X-Tenant-ID" = Option<String>, Header, description = "Domain of the school.")),
    request_body = SignIn,
    responses(
        (status = 200, description = "Signed in.", body = TokenPair),
        (status = 401, description = "No such active account, or a school that is not active.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many attempts; see Retry-After.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many sign-ins at once; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn sign_in(
    request: HttpRequest,
    kernel: web::Data<Kernel>,
    tokens: web::Data<Tokens>,
    hasher: web::Data<Hasher>,
    demo: web::Data<DemoAccounts>,
    body: Body<SignIn>,
) -> Result<HttpResponse, ApiError> {
    let credentials = Credentials {
        name: body.0.username,
        password: body.0.password,
        domain: tenant_header(request.headers()),
        address: client_address(&request),
    };
    let platform = kernel.database.platform();
    answer(sign_in::sign_in(&platform, &tokens, &hasher, **demo, credentials).await?)
}

/// Renew the pair of tokens
///
/// The token sent is used up; sent again, it ends the whole session.
///
/// # Errors
/// 401.
#[utoipa::path(
    post,
    path = "/api/token/refresh/",
    operation_id = "refresh_token",
    tag = "token",
    request_body = RefreshToken,
    responses(
        (status = 200, description = "The new pair.", body = TokenPair),
        (status = 401, description = "Forged, expired, used or revoked; or no longer active.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn refresh(
    kernel: web::Data<Kernel>,
    tokens: web::Data<Tokens>,
    demo: web::Data<DemoAccounts>,
    body: Body<RefreshToken>,
) -> Result<HttpResponse, ApiError> {
    answer(
        refresh::refresh(
            &kernel.database.platform(),
            &tokens,
            **demo,
            &body.0.refresh,
        )
        .await?,
    )
}

/// Sign out
///
/// Ends the session: its refresh tokens are no longer good. An access token lives out its time.
///
/// # Errors
/// 401.
#[utoipa::path(
    post,
    path = "/api/token/logout/",
    operation_id = "sign_out",
    tag = "token",
    request_body = RefreshToken,
    responses(
        (status = 204, description = "Signed out."),
        (status = 401, description = "No refresh token of this service.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn sign_out(
    kernel: web::Data<Kernel>,
    tokens: web::Data<Tokens>,
    body: Body<RefreshToken>,
) -> Result<HttpResponse, ApiError> {
    sign_out::sign_out(&kernel.database.platform(), &tokens, &body.0.refresh).await?;
    Ok(HttpResponse::NoContent().finish())
}
