//! `events/feed/`: the personal iCalendar feed of an account.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use resource::{
    ApiError, Ctx, Kernel, Problem,
    audit::{self, Act},
    detail_tag,
    tenant_guard::Scope,
    unchanged, write,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::services::feed;

/// Where a feed is.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedAddress {
    /// Its address, which is told this once. Whoever has it reads the calendar, so it is a secret.
    pub url: String,
}

async fn remember(scope: &Scope, action: &str) -> Result<(), ApiError> {
    let act = Act {
        action,
        resource: "events/feed",
        id: None,
        before: None,
        after: None,
    };
    audit::record(scope, act).await
}

/// Make the caller's calendar feed, or move it to a new address; the address before ends.
///
/// # Errors
/// 403 for an operator who acts as somebody: the address would outlive that; 503 or 500 when the
/// database fails.
#[utoipa::path(
    post,
    path = "/api/events/feed/",
    tag = "events",
    responses((status = 201, body = FeedAddress, description = "Where the feed is from now on.")),
)]
pub async fn issue(ctx: Ctx) -> Result<HttpResponse, ApiError> {
    if ctx.scope.principal().actor.is_some() {
        return Err(ApiError::forbidden());
    }
    let secret = write(&ctx, async |scope| {
        remember(scope, "create").await?;
        feed::issue(scope).await
    })
    .await?;
    let url = format!("{}/api/events/feed/{secret}.ics", ctx.kernel.public_url);
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(FeedAddress { url }))
}

/// End the caller's calendar feed.
///
/// # Errors
/// 404 when there is none; 503 or 500 when the database fails.
#[utoipa::path(
    delete,
    path = "/api/events/feed/",
    tag = "events",
    responses(
        (status = 204, description = "The address answers 404 from now on."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no feed."),
    ),
)]
pub async fn revoke(ctx: Ctx) -> Result<HttpResponse, ApiError> {
    write(&ctx, async |scope| {
        if !feed::revoke(scope).await? {
            return Err(ApiError::not_found());
        }
        remember(scope, "delete").await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The calendar behind a secret address, for programs that subscribe to it.
///
/// # Errors
/// 404 for an address that never was or has ended, a closed account and a school that is not active;
/// 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/events/feed/{secret}.ics/",
    tag = "events",
    params(("secret" = String, Path, description = "The secret of the address.")),
    responses(
        (status = 200, body = String, content_type = "text/calendar; charset=utf-8",
            description = "The events that concern the holder, of the last year and to come (RFC 5545)."),
        (status = 304, description = "The caller has them already."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such feed."),
    ),
)]
pub async fn read(
    request: HttpRequest,
    secret: web::Path<String>,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    let (scope, school) = feed::holder(&kernel.database, &secret)
        .await?
        .ok_or_else(ApiError::not_found)?;
    let text = feed::calendar(&scope, &school).await?;
    let tag = detail_tag(0, text.as_bytes());
    let (mut response, body) = if unchanged(&request, &tag) {
        (HttpResponse::NotModified(), String::new())
    } else {
        (HttpResponse::Ok(), text)
    };
    Ok(response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .content_type("text/calendar; charset=utf-8")
        .body(body))
}
