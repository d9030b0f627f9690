//! `webhook-endpoints/{id}/secret/`.

use actix_web::{HttpRequest, HttpResponse, http::header};
use resource::{ApiError, Ctx, Problem, path_key, tenant_guard::Verb, write};
use serde::Serialize;
use utoipa::ToSchema;

use crate::services::webhooks;

/// What the calls of an endpoint are signed with.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookSecret {
    /// The secret, which is told this once. Whoever has it can call in the name of this server.
    pub secret: String,
}

/// Give a webhook endpoint a new secret.
///
/// The first one lets its calls begin. Calls are signed with the new one at once, those that wait too: what
/// the receiver refuses until it knows it is tried again.
///
/// # Errors
/// 403 for an operator who acts as somebody: the secret would outlive that; 404 for an unknown endpoint; 503 or
/// 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/webhook-endpoints/{id}/secret/",
    operation_id = "renew_webhook_secret",
    tag = "webhook-endpoints",
    params(("id" = i64, Path, description = "Id of the endpoint.")),
    responses(
        (status = 201, description = "The secret from now on.", body = WebhookSecret),
        (status = 404, description = "No such endpoint.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn renew_secret(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    ctx.reach("webhook-endpoints/secret", Verb::Write)?;
    if ctx.scope.principal().actor.is_some() {
        return Err(ApiError::forbidden());
    }
    let id = path_key(&request, "id")?;
    let secret = write(&ctx, async |scope| webhooks::renew_secret(scope, id).await).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(WebhookSecret { secret }))
}
