//! The outermost layer: the request's id, canonical slashes, problem+json for every failure, and
//! the headers every answer carries.

use std::{fmt::Write, panic::AssertUnwindSafe, sync::Arc};

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::{InternalError, JsonPayloadError, PayloadError},
    http::{
        StatusCode, Uri,
        header::{
            CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
            SERVER,
        },
    },
    middleware::Next,
};
use caching::Outcome;
use futures::FutureExt;
use tenant_guard::{Refusal, statements};
use uuid::Uuid;

use crate::ApiError;

/// Longest `X-Request-ID` taken from a caller, in bytes.
const REQUEST_ID_BOUND: usize = 64;

/// Id of a request: the caller's `X-Request-ID` where it is sound, else a fresh UUID (v7).
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

const SECURITY: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-site"),
];

/// Middleware around the whole application: every failure becomes a problem here.
///
/// # Errors
/// Carries a finished answer where a layer further in failed or a handler panicked: the request is
/// gone by then, and the server sends what the error holds.
pub async fn edge<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    add_slash(&mut request);
    let call = AssertUnwindSafe(next.call(request)).catch_unwind();
    let (outcome, seen) = statements::counted(async { (call.await, statements::so_far()) }).await;
    let failed = match outcome {
        Ok(Ok(response)) => {
            let mut response = render(response, &id);
            let timing = server_timing(response.request().extensions().get(), seen);
            stamp(response.headers_mut(), &id, &timing);
            return Ok(response);
        }
        Ok(Err(error)) => error,
        Err(_panic) => {
            tracing::error!(request_id = %id, "a handler panicked");
            ApiError::internal(std::io::Error::other("panic")).into()
        }
    };
    let mut answer = problem(&failed, &id);
    stamp(answer.headers_mut(), &id, &server_timing(None, seen));
    Err(InternalError::from_response("failed", answer).into())
}

fn request_id(headers: &HeaderMap) -> Arc<str> {
    let sound = |text: &&str| {
        !text.is_empty()
            && text.len() <= REQUEST_ID_BOUND
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    headers
        .get("x-request-id")
        .and_then(|value| value.to_str().ok())
        .filter(sound)
        .map_or_else(|| Uuid::now_v7().to_string().into(), Into::into)
}

/// A missing slash at the end is served the same, not redirected; the viewer's assets keep their names.
fn add_slash(request: &mut ServiceRequest) {
    let path = request.path();
    if !path.starts_with("/api/") || path.ends_with('/') || path.starts_with("/api/docs/") {
        return;
    }
    let query = request.query_string();
    let target = if query.is_empty() {
        format!("{path}/")
    } else {
        format!("{path}/?{query}")
    };
    let Ok(uri) = target.parse::<Uri>() else {
        return;
    };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

fn render<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    id: &str,
) -> ServiceResponse<EitherBody<B>> {
    let status = response.status();
    let rendered = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"));
    if !(status.is_client_error() || status.is_server_error())
        || (rendered && response.response().error().is_none())
    {
        return response.map_into_left_body();
    }
    let mut answer = match response.response().error() {
        Some(error) => problem(error, id),
        None => of_status(status, response.request()).respond(id),
    };
    // What a layer further in said of the answer, as CORS or 405 does, holds for the problem too.
    for (name, value) in response.headers() {
        let of_the_body = [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING].contains(name);
        if !of_the_body && !answer.headers().contains_key(name) {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, answer).map_into_right_body()
}

fn problem(error: &actix_web::Error, id: &str) -> HttpResponse {
    let error = if let Some(error) = error.as_error::<ApiError>() {
        error.clone()
    } else if let Some(refusal) = error.as_error::<Refusal>() {
        refusal.clone().into()
    } else if let Some(error) = error.as_error::<PayloadError>() {
        of_payload(error)
    } else if let Some(JsonPayloadError::Payload(error)) = error.as_error::<JsonPayloadError>() {
        of_payload(error)
    } else {
        of_status(error.as_response_error().status_code(), error)
    };
    if error.status() == StatusCode::INTERNAL_SERVER_ERROR {
        let cause = error.cause().map(ToString::to_string).unwrap_or_default();
        tracing::error!(request_id = %id, cause, "server error");
    }
    error.respond(id)
}

fn of_payload(error: &PayloadError) -> ApiError {
    match error {
        PayloadError::Overflow => ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "The body is larger than this server accepts.",
        ),
        _ => ApiError::parse("The body could not be read."),
    }
}

fn of_status(status: StatusCode, context: &dyn std::any::Any) -> ApiError {
    match status {
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => {
            let method = context
                .downcast_ref::<HttpRequest>()
                .map_or("This method", |request| request.method().as_str());
            ApiError::new(
                status,
                "method_not_allowed",
                format!("Method \"{method}\" not allowed."),
            )
        }
        StatusCode::PAYLOAD_TOO_LARGE => of_payload(&PayloadError::Overflow),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::new(
            status,
            "unsupported_media_type",
            "Unsupported media type in request.",
        ),
        status if status.is_client_error() => ApiError::new(
            status,
            "parse_error",
            "The request could not be understood.",
        ),
        _ => ApiError::internal(std::io::Error::other(status.to_string())),
    }
}

fn server_timing(cache: Option<&Outcome>, seen: statements::Statements) -> String {
    let plural = if seen.count == 1 { "query" } else { "queries" };
    let micros = seen.elapsed.as_secs() * 1_000_000 + u64::from(seen.elapsed.subsec_micros());
    let (millis, hundredths) = (micros / 1_000, micros % 1_000 / 10);
    let count = seen.count;
    let mut timing = format!("db;dur={millis}.{hundredths:02};desc=\"{count} {plural}\"");
    if let Some(outcome) = cache {
        // Writing to a String cannot fail.
        let _ = write!(timing, ", cache;desc={}", outcome.as_str());
    }
    timing
}

fn stamp(headers: &mut HeaderMap, id: &str, timing: &str) {
    for (name, value) in SECURITY {
        // What an answer says of itself is for that answer.
        if !headers.contains_key(name) {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
    }
    headers.remove(SERVER);
    for (name, value) in [("x-request-id", id), ("server-timing", timing)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}
