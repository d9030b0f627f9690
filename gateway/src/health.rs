//! Whether the process lives, and whether it can serve.

use actix_web::{HttpResponse, web};
use resource::{ApiError, Kernel, tenant_guard::Database};
use serde_json::json;

pub(crate) fn mount(config: &mut web::ServiceConfig) {
    config
        .route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// A cache that is away makes answers slower and never wrong, so it leaves the gateway in service; a
/// database that is away does not.
async fn ready(
    database: web::Data<Database>,
    kernel: web::Data<Kernel>,
) -> Result<HttpResponse, ApiError> {
    if database.ping().await.is_err() {
        return Err(ApiError::unavailable());
    }
    let (status, cache) = match kernel.cache.ping().await {
        Ok(()) => ("ready", "ok"),
        Err(_) => ("degraded", "away"),
    };
    Ok(HttpResponse::Ok().json(json!({ "status": status, "database": "ok", "cache": cache })))
}
