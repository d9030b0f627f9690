//! `messages/group/`.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use resource::{
    ApiError, Ctx, FieldErrors, Problem,
    idempotency::{Claim, Kept, once},
    json_body,
    shape::Shape,
    tenant_guard::Verb,
};

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
    let mut body = json_body(&request, &bytes)?;
    let claim = Claim::of(&ctx, &request, &bytes)?;
    let errors = ctx.kernel.shapes.get::<GroupMessage>().check(&mut body);
    let message = read(body, errors)?;
    let kept = once(&ctx, claim, async |scope| {
        Kept::of(StatusCode::OK, &group_send::send(scope, &message).await?)
    })
    .await?;
    Ok(kept.response().body(kept.body))
}

/// The message of a body, or every error of it.
fn read(body: serde_json::Value, errors: FieldErrors) -> Result<GroupMessage, ApiError> {
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    let message: GroupMessage = Shape::read(body)?;
    if message.to.is_none() {
        return Err(ApiError::field("to", "Name at least one group."));
    }
    Ok(message)
}
