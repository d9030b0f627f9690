//! One log line a request: ids and figures, never names, marks or bodies. The path is logged as its
//! pattern, because a query may hold a pupil's name.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use resource::{RequestId, tenant_guard::Principal};

pub(crate) async fn access_log(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !tracing::enabled!(tracing::Level::INFO) {
        return next.call(request).await;
    }
    let start = Instant::now();
    let response = next.call(request).await?;
    let request = response.request();
    let extensions = request.extensions();
    let principal = extensions.get::<Principal>();
    tracing::info!(
        request_id = extensions.get::<RequestId>().map(|id| &*id.0),
        method = %request.method(),
        route = request.match_pattern().as_deref().unwrap_or("unmatched"),
        status = response.status().as_u16(),
        ms = start.elapsed().as_secs_f64() * 1_000.0,
        school = principal.and_then(|one| one.school).map(|school| school.0),
        user = principal.map(|one| one.user_id),
        "request"
    );
    drop(extensions);
    Ok(response)
}
