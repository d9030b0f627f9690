//! `messages/group/`.

use actix_web::{HttpRequest, HttpResponse, web};
use resource::{ApiError, Ctx, Problem, checked_body, idempotency::act, tenant_guard::Verb};

use crate::{
    groups::{GroupMessage, GroupSent},
    services::group_send,
};

/// Write to each of one or several groups.
///
/// # Errors
/// 400 with every field error at once, 403 for a group that is not the caller's to write to; 503 or
/// 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/messages/group/",
    operation_id = "send_to_groups",
    tag = "messages",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body answers the first response again.")),
    request_body = GroupMessage,
    responses(
        (status = 200, description = "How many received it, and who did not.", body = GroupSent),
        (status = 400, description = "Every field that is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A request with this key is still running.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "The key was used for another request.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn send_to_groups(
    ctx: Ctx,
    request: HttpRequest,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    ctx.reach("messages/group", Verb::Write)?;
    let message: GroupMessage = checked_body(&ctx.kernel, &request, &bytes)?;
    if message.to.is_none() {
        return Err(ApiError::field("to", "Name at least one group."));
    }
    act(&ctx, &request, &bytes, async |scope| {
        group_send::send(scope, &message).await
    })
    .await
}
