//! `announcements/{id}/read/`.

use actix_web::{HttpRequest, HttpResponse};
use resource::{ApiError, Ctx, Problem, path_key, tenant_guard::Verb, write};

use crate::services::noticeboard;

/// Note that the caller has read an announcement.
///
/// A second time changes nothing.
///
/// # Errors
/// 404 for an announcement the caller does not see; 503 or 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/announcements/{id}/read/",
    operation_id = "read_announcement",
    tag = "announcements",
    params(("id" = i64, Path, description = "Id of the announcement.")),
    responses(
        (status = 204, description = "It is read."),
        (status = 404, description = "No such announcement.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn read_announcement(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    ctx.reach("announcements/read", Verb::Write)?;
    let id = path_key(&request, "id")?;
    write(&ctx, async |scope| noticeboard::mark_read(scope, id).await).await?;
    Ok(HttpResponse::NoContent().finish())
}
