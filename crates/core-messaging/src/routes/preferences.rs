//! `users/me/preferences/`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use resource::{
    ApiError, Ctx, Problem, Viewer, cached_row, detail_tag, fields::NON_FIELD, json_body,
    precondition, shape::Shape, tenant_guard::Verb, write,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::services::preferences;

/// Every table that decides what an answer says.
const READS: &[&str] = &["user_preferences"];
/// Longest life of a cached answer, in seconds.
const TTL: u64 = 300;

const fn yes() -> bool {
    true
}

/// Kinds of e-mail that an account may do without. What is not among them, as receipts and whatever keeps an
/// account safe, is sent in any case and at any hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EmailKinds {
    /// That a message waits.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub message: bool,
    /// That a report card was published.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub result: bool,
    /// That fees are due.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub reminder: bool,
}

impl Default for EmailKinds {
    fn default() -> Self {
        Self {
            message: true,
            result: true,
            reminder: true,
        }
    }
}

/// Hours of the day in which those e-mails wait, by the clock of the school. Hours that begin after they end go
/// over midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuietHours {
    /// When they begin, as `21:30`.
    #[schema(min_length = 5, max_length = 5, example = "21:30")]
    pub from: String,
    /// When they end: what waited is sent then.
    #[schema(min_length = 5, max_length = 5, example = "06:30")]
    pub to: String,
}

/// What the caller wants to be told by e-mail, and when not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    /// Kinds of e-mail: `true` where it is wanted.
    #[serde(default)]
    pub email: EmailKinds,
    /// When none of them is sent; null for never.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
}

/// What the caller wants to be told by e-mail
///
/// # Errors
/// 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/users/me/preferences/",
    operation_id = "preferences",
    tag = "users",
    responses((status = 200, description = "The caller's preferences.", body = Preferences)),
)]
pub async fn retrieve(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("users/me/preferences", Verb::Read)?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} /api/users/me/preferences/");
    cached_row(&ctx, &request, READS, TTL, &key, async || {
        let (kept, version) = preferences::of_caller(&ctx.scope).await?;
        Ok((
            version,
            serde_json::to_vec(&kept).map_err(ApiError::internal)?,
        ))
    })
    .await
}

/// Change what the caller wants to be told by e-mail
///
/// A JSON merge patch (RFC 7396). It holds for what waits already too.
///
/// # Errors
/// 400 with every field error at once, 412 when `If-Match` names other preferences than there are; 503 or 500 when
/// the database fails.
#[utoipa::path(
    patch,
    path = "/api/users/me/preferences/",
    operation_id = "change_preferences",
    tag = "users",
    request_body = Preferences,
    responses(
        (status = 200, description = "The caller's preferences as they are now.", body = Preferences),
        (status = 400, description = "Every field that is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "They were changed meanwhile.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn change(
    ctx: Ctx,
    request: HttpRequest,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    ctx.reach("users/me/preferences", Verb::Write)?;
    let patch = json_body(&request, &bytes)?;
    if !patch.is_object() {
        let message = "Invalid data. Expected a dictionary.";
        return Err(ApiError::field(NON_FIELD, message));
    }
    let shape = ctx.kernel.shapes.get::<Preferences>();
    let (kept, version) = write(&ctx, async |scope| {
        preferences::hold(scope).await?;
        let (before, version) = preferences::of_caller(scope).await?;
        precondition(&request, version)?;
        let mut body = serde_json::to_value(&before).map_err(ApiError::internal)?;
        json_patch::merge(&mut body, &patch);
        let errors = shape.check(&mut body);
        if !errors.is_empty() {
            return Err(ApiError::invalid(errors));
        }
        let after: Preferences = Shape::read(body)?;
        let version = preferences::save(scope, &before, &after).await?;
        Ok((after, version))
    })
    .await?;
    let body = serde_json::to_vec(&kept).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::ETAG, detail_tag(version, &body)))
        .body(body))
}
