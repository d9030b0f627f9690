//! Whether the process lives, and whether it can serve.

use actix_web::{HttpResponse, web};
use resource::{Kernel, tenant_guard::Database};
use serde::Serialize;

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    database: &'static str,
    cache: &'static str,
}

pub(crate) fn mount(config: &mut web::ServiceConfig) {
    config
        .route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "live" }))
}

/// A cache that is away makes answers slower and never wrong, so it leaves the gateway in service.
async fn ready(database: web::Data<Database>, kernel: web::Data<Kernel>) -> HttpResponse {
    let database = database.ping().await.is_ok();
    let cache = kernel.cache.ping().await.is_ok();
    let word = |answers| if answers { "ok" } else { "away" };
    let body = Ready {
        status: match (database, cache) {
            (true, true) => "ready",
            (true, false) => "degraded",
            (false, _) => "unavailable",
        },
        database: word(database),
        cache: word(cache),
    };
    if database {
        HttpResponse::Ok().json(body)
    } else {
        HttpResponse::ServiceUnavailable().json(body)
    }
}
