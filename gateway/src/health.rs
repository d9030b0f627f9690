//! Whether the process lives, and whether it can serve.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use files::Files;
use resource::{ApiError, Kernel, tenant_guard::Database};
use serde_json::json;
use tokio::time::timeout;

/// Longest wait for the store of files.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn mount(config: &mut web::ServiceConfig) {
    config
        .route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// A cache that is away makes answers slower and never wrong, and a store of files that is away leaves all
/// but images and newsletters: both leave the gateway in service. A database that is away does not.
async fn ready(
    database: web::Data<Database>,
    kernel: web::Data<Kernel>,
    files: web::Data<Files>,
) -> Result<HttpResponse, ApiError> {
    if database.ping().await.is_err() {
        return Err(ApiError::unavailable());
    }
    let store = timeout(PATIENCE, files.store.ping());
    let (cache, store) = tokio::join!(kernel.cache.ping(), store);
    let (cache, store) = (cache.is_ok(), matches!(store, Ok(Ok(()))));
    let word = |ok: bool| if ok { "ok" } else { "away" };
    let status = if cache && store { "ready" } else { "degraded" };
    Ok(HttpResponse::Ok().json(json!({
        "status": status, "database": "ok", "cache": word(cache), "files": word(store),
    })))
}
