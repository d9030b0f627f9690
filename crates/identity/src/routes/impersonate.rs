//! An operator acting as a user of a school.

use actix_web::{HttpResponse, http::header::CACHE_CONTROL, web};
use resource::{
    ApiError, Body, Ctx, Pk, Problem,
    tenant_guard::{Role, Tokens},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error,
    services::{accounts::Account, families, impersonate},
};

/// Whom to act as.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Impersonation {
    /// A user of the school chosen by `X-Tenant-ID`.
    pub user_id: Pk,
}

/// An access token of the user, with the operator as its actor (RFC 8693).
#[derive(Debug, Serialize, ToSchema)]
pub struct ImpersonationToken {
    /// Access token; there is no refresh token, so it ends with its hour.
    pub access: String,
    /// What the user is.
    #[schema(value_type = String, example = "TEACHER")]
    pub role: Role,
    /// Id of the school.
    pub school_id: Option<i64>,
}

/// Act as a user of the chosen school
///
/// The audit trail keeps who acted as whom, here and in everything written with the token.
///
/// # Errors
/// 400 for a user the school does not have, 403 without `X-Tenant-ID`.
#[utoipa::path(
    post,
    path = "/api/users/impersonate/",
    operation_id = "impersonate",
    tag = "users",
    params(("X-Tenant-ID" = String, Header, description = "Domain of the school.")),
    request_body = Impersonation,
    responses(
        (status = 200, description = "The token.", body = ImpersonationToken),
        (status = 400, description = "No such active user.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn impersonate(
    ctx: Ctx,
    tokens: web::Data<Tokens>,
    body: Body<Impersonation>,
) -> Result<HttpResponse, ApiError> {
    let id = body.0.user_id.0;
    let actor = resource::write(&ctx, async |scope| {
        impersonate::impersonate(scope, id).await
    })
    .await?;
    let account = Account::get(
        &ctx.kernel.database.platform(),
        Some(ctx.scope.school()),
        id,
    )
    .await?;
    let account = account.ok_or_else(error::no_active_account)?;
    let session = &ctx.scope.principal().session;
    let token = ImpersonationToken {
        access: families::access(&tokens, &account, session, Some(actor), ctx.scope.now())?,
        role: account.role()?,
        school_id: account.school_id,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(token))
}
