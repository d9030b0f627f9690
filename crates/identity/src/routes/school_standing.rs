//! `schools/{id}/activate/`, `schools/{id}/suspend/` and `schools/{id}/remove/`.

use actix_web::{HttpRequest, HttpResponse, web};
use resource::{ApiError, Kernel, Problem, path_key, tenant_guard::Principal};

use super::schools::School;
use crate::{
    entities::school::Model,
    services::{
        school_removal::{RemovalDelay, ask_for_removal},
        schools,
    },
};

/// Activate a school
///
/// A removal that was asked for is called off.
///
/// # Errors
/// 404.
#[utoipa::path(
    post,
    path = "/api/schools/{id}/activate/",
    operation_id = "activate_school",
    tag = "schools",
    params(("id" = i64, Path, description = "Id of the school.")),
    responses(
        (status = 200, description = "The school as it is now.", body = School),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn activate(
    request: HttpRequest,
    principal: Principal,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    set_status(&kernel, &principal, path_key(&request, "id")?, "active").await
}

/// Suspend a school
///
/// Nobody signs in to it any more, and no session of it is renewed.
///
/// # Errors
/// 404.
#[utoipa::path(
    post,
    path = "/api/schools/{id}/suspend/",
    operation_id = "suspend_school",
    tag = "schools",
    params(("id" = i64, Path, description = "Id of the school.")),
    responses(
        (status = 200, description = "The school as it is now.", body = School),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn suspend(
    request: HttpRequest,
    principal: Principal,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    set_status(&kernel, &principal, path_key(&request, "id")?, "suspended").await
}

/// Ask for a school to be removed
///
/// Only a suspended school; when the delay is over, whoever runs the platform may remove it from the command
/// line, once it is archived. Activating it calls that off.
///
/// # Errors
/// 404, 409.
#[utoipa::path(
    post,
    path = "/api/schools/{id}/remove/",
    operation_id = "remove_school",
    tag = "schools",
    params(("id" = i64, Path, description = "Id of the school.")),
    responses(
        (status = 200, description = "The school as it is now.", body = School),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The school is not suspended.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn remove(
    request: HttpRequest,
    principal: Principal,
    kernel: web::Data<Kernel>,
    delay: web::Data<RemovalDelay>,
) -> Result<HttpResponse, ApiError> {
    let (id, platform) = (path_key(&request, "id")?, kernel.database.platform());
    written(
        &kernel,
        id,
        ask_for_removal(&platform, &principal, id, **delay),
    )
    .await
}

async fn set_status(
    kernel: &Kernel,
    by: &Principal,
    id: i64,
    status: &str,
) -> Result<HttpResponse, ApiError> {
    let platform = kernel.database.platform();
    written(kernel, id, schools::set_status(&platform, by, id, status)).await
}

/// Writes under a lease, as the school's settings show its status, its trail tells of it, and both are cached.
async fn written(
    kernel: &Kernel,
    id: i64,
    write: impl Future<Output = Result<Model, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    let tables = ["schools", "activity_logs"].into();
    let lease = kernel.cache.begin_write(id, &tables).await;
    let done = write.await;
    lease.finish().await;
    Ok(HttpResponse::Ok().json(School::from(done?)))
}
