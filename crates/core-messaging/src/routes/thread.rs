//! `messages/{id}/thread/`.

use actix_web::{HttpRequest, HttpResponse};
use resource::{ApiError, Ctx, Problem, Viewer, cached_json, path_key, tenant_guard::Verb, write};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    resources::messages::{Message, TTL},
    services::threads,
};

/// A message, and all that answers it or one of its answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Thread {
    /// Id of the first message.
    pub thread: i64,
    /// How many messages are shown: those the caller sees, the last 1 000 of them.
    pub count: usize,
    /// The messages, in the order they were sent.
    pub results: Vec<Message>,
}

/// Read the thread of a message.
///
/// It holds what the caller sees of it: neither what others wrote each other nor what was put away.
///
/// # Errors
/// 404 for a message the caller does not see; 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/messages/{id}/thread/",
    operation_id = "retrieve_thread",
    tag = "messages",
    params(("id" = i64, Path, description = "Id of any message of the thread.")),
    responses(
        (status = 200, description = "The thread.", body = Thread),
        (status = 404, description = "No such message.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn thread(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("messages", Verb::Read)?;
    let id = path_key(&request, "id")?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} /api/messages/{id}/thread/");
    cached_json(
        &ctx,
        &request,
        &["messages", "users"],
        TTL,
        &key,
        async || {
            let (thread, results) = threads::messages(&ctx.scope, id).await?;
            let thread = Thread {
                thread,
                count: results.len(),
                results,
            };
            serde_json::to_vec(&thread).map_err(ApiError::internal)
        },
    )
    .await
}

/// Put the thread of a message away, for the caller alone.
///
/// # Errors
/// As [`thread`].
#[utoipa::path(
    delete,
    path = "/api/messages/{id}/thread/",
    operation_id = "delete_thread",
    tag = "messages",
    params(("id" = i64, Path, description = "Id of any message of the thread.")),
    responses(
        (status = 204, description = "It is put away."),
        (status = 404, description = "No such message.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn put_away(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    ctx.reach("messages", Verb::Write)?;
    let id = path_key(&request, "id")?;
    write(&ctx, async |scope| threads::put_away(scope, id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
