//! `schools/{id}/usage/`: what a school takes up, to the operators of the platform.

use actix_web::{HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web};
use chrono::{DateTime, Utc};
use resource::{ApiError, Kernel, Problem, path_key};
use serde::Serialize;
use utoipa::ToSchema;

use crate::services::usage;

/// What a school takes up at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct SchoolUsage {
    /// Pupils on the rolls: neither graduated nor withdrawn.
    pub students: i64,
    /// Accounts that may sign in.
    pub users: i64,
    /// Files it keeps: portraits, logos, newsletters.
    pub files: i64,
    /// What they take up, in bytes.
    pub file_bytes: i64,
    /// Rows of all tables of the school, its audit trail among them.
    pub rows: i64,
    /// When something was last written that the audit trail remembers; null while nothing was.
    pub last_write: Option<DateTime<Utc>>,
}

/// What a school takes up
///
/// # Errors
/// 404.
#[utoipa::path(
    get,
    path = "/api/schools/{id}/usage/",
    operation_id = "retrieve_school_usage",
    tag = "schools",
    params(("id" = i64, Path, description = "Id of the school.")),
    responses(
        (status = 200, description = "The figures.", body = SchoolUsage),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn retrieve(
    request: HttpRequest,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    let school = path_key(&request, "id")?;
    let (usage, rows) = usage::usage(&kernel.database.platform(), school).await?;
    let figures = SchoolUsage {
        students: usage.students,
        users: usage.users,
        files: usage.files,
        file_bytes: usage.file_bytes,
        rows,
        last_write: usage.last_write,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .json(figures))
}
