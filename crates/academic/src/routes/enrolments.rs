//! `students/{id}/enrolments/`.

use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use resource::{ApiError, Ctx, Problem, Viewer, cached_json, path_key, tenant_guard::Verb};
use serde::Serialize;
use utoipa::ToSchema;

use crate::services::enrolments::{self as service, Enrolled};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 600;

/// The class of a pupil in one school year.
#[derive(Debug, Serialize, ToSchema)]
pub struct Enrolment {
    /// School year.
    pub session: String,
    /// Id of the class, the last of that year where there were several.
    pub class_id: i64,
    /// Name of the class.
    pub class_name: String,
    /// The day the pupil came into it.
    pub since: NaiveDate,
}

impl From<Enrolled> for Enrolment {
    fn from(row: Enrolled) -> Self {
        Self {
            session: row.session,
            class_id: row.class_id,
            class_name: row.class_name,
            since: row.since,
        }
    }
}

/// The classes a pupil was in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Enrolments {
    /// By school year, the latest first.
    pub results: Vec<Enrolment>,
}

/// Tell which class a pupil was in, school year by school year.
///
/// # Errors
/// 404 for a pupil the caller does not see; 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/students/{id}/enrolments/",
    operation_id = "students_enrolments",
    tag = "students",
    params(("id" = i64, Path, description = "Id of the pupil.")),
    responses(
        (status = 200, description = "The classes.", body = Enrolments),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such pupil."),
    )
)]
pub async fn enrolments(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("students/enrolments", Verb::Read)?;
    let id = path_key(&request, "id")?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} students/{id}/enrolments");
    let reads = &["enrolments", "students", "classes", "guardianships"];
    cached_json(&ctx, &request, reads, TTL, &key, async || {
        let found = service::enrolments(&ctx.scope, rows, id).await?;
        let found = found.ok_or_else(ApiError::not_found)?;
        let results = found.into_iter().map(Enrolment::from).collect();
        serde_json::to_vec(&Enrolments { results }).map_err(ApiError::internal)
    })
    .await
}
