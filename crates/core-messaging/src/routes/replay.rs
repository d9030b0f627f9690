//! `outbox/replay/` and `outbox/{id}/replay/`.

use actix_web::{HttpRequest, HttpResponse};
use resource::{ApiError, Body, Ctx, Problem, path_key, tenant_guard::Verb, write};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{resources::outbox::Channel, services::replay};

/// Which of the parcels that were given up are meant.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReplayMeant {
    /// What they are about; left out, whatever it is.
    #[serde(default)]
    #[schema(max_length = 50)]
    pub kind: Option<String>,
    /// How they are delivered; left out, either way.
    #[serde(default)]
    #[schema(value_type = Option<Channel>)]
    pub channel: Option<String>,
}

/// What is tried anew.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replayed {
    /// How many parcels.
    pub replayed: u64,
}

/// Try anew what was given up.
///
/// All of it, or that of one kind or channel. Whoever takes it knows what comes twice by its dedupe key,
/// which stays.
///
/// # Errors
/// 400 naming bad fields; 503 or 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/outbox/replay/",
    operation_id = "replay_outbox",
    tag = "outbox",
    request_body = ReplayMeant,
    responses(
        (status = 200, description = "How many parcels wait again.", body = Replayed),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "Bad fields."),
    ),
)]
pub async fn replay_all(ctx: Ctx, body: Body<ReplayMeant>) -> Result<HttpResponse, ApiError> {
    ctx.reach("outbox/replay", Verb::Write)?;
    let ReplayMeant { kind, channel } = body.0;
    let replayed = write(&ctx, async |scope| {
        replay::replay_all(scope, kind.as_deref(), channel.as_deref()).await
    })
    .await?;
    Ok(HttpResponse::Ok().json(Replayed { replayed }))
}

/// Try one parcel anew that was given up.
///
/// It waits again, under the same dedupe key; one that waits already stays as it is.
///
/// # Errors
/// 404 for an unknown parcel, 409 for one that was sent or is not wanted; 503 or 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/outbox/{id}/replay/",
    operation_id = "replay_parcel",
    tag = "outbox",
    params(("id" = i64, Path, description = "Id of the parcel.")),
    responses(
        (status = 204, description = "It waits."),
        (status = 404, description = "No such parcel.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It was sent, or is not wanted.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn replay_one(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    ctx.reach("outbox/replay", Verb::Write)?;
    let id = path_key(&request, "id")?;
    write(&ctx, async |scope| replay::replay(scope, id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
