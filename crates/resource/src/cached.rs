//! Answers from the cache: validated, compressed once, and 304 where the caller has them already.

use std::time::Duration;

use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    http::header::{self, ContentEncoding, HeaderValue},
    web::Bytes,
};
use caching::{Entry, Outcome};
use tenant_guard::{Principal, Rows};

use crate::{ApiError, Ctx, etag};

const CACHE_CONTROL: &str = "private, no-cache";
const VARY: &str = "accept-encoding, authorization, x-tenant-id";

/// Who shares an answer: a role that reaches every row shares it, a caller with rows of its own does not.
#[derive(Debug, Clone, Copy)]
pub struct Viewer {
    role: &'static str,
    user: Option<i64>,
}

impl Viewer {
    /// The viewer of an answer over `rows`.
    #[must_use]
    pub fn of(principal: &Principal, rows: Rows) -> Self {
        Self {
            role: principal.role.as_str(),
            user: (rows != Rows::All).then_some(principal.user_id),
        }
    }

    /// The part of a cache key that keeps viewers apart.
    #[must_use]
    pub fn key(self) -> String {
        match self.user {
            Some(user) => format!("{} {user}", self.role),
            None => self.role.to_owned(),
        }
    }
}

/// Fetches an answer: from the cache while no table of `reads` changed, else from `load`.
pub(crate) async fn fetch(
    ctx: &Ctx,
    reads: &'static [&'static str],
    seconds: u64,
    key: &str,
    load: impl AsyncFnOnce() -> Result<Vec<u8>, ApiError>,
) -> Result<(std::sync::Arc<Entry>, Outcome), ApiError> {
    ctx.kernel
        .cache
        .fetch(
            ctx.scope.school().0,
            reads,
            key,
            Duration::from_secs(seconds),
            || async { load().await.map(Bytes::from) },
        )
        .await
}

/// Answers `load`'s JSON through the cache, for one viewer and one canonical address.
///
/// # Errors
/// Those of `load`.
pub async fn cached_json(
    ctx: &Ctx,
    request: &HttpRequest,
    reads: &'static [&'static str],
    seconds: u64,
    key: &str,
    load: impl AsyncFnOnce() -> Result<Vec<u8>, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let (entry, outcome) = fetch(ctx, reads, seconds, key, load).await?;
    request.extensions_mut().insert(outcome);
    let compressed = if accepts_gzip(request) {
        entry.gzip()
    } else {
        None
    };
    let tag = match compressed {
        // A strong tag names one sequence of bytes, so the compressed one has its own.
        Some(_) => format!("{}-gzip\"", entry.etag().trim_end_matches('"')),
        None => entry.etag().to_owned(),
    };
    if etag::unchanged(request, &tag) {
        return Ok(not_modified(&tag));
    }
    let mut response = HttpResponse::Ok();
    if compressed.is_some() {
        response.insert_header(ContentEncoding::Gzip);
    }
    Ok(with_headers(&mut response, &tag).body(compressed.unwrap_or_else(|| entry.body())))
}

/// Answers one row, whose entity tag carries the version `load` answers beside the JSON: the cached
/// bytes start with the version and a line feed.
///
/// # Errors
/// Those of `load`.
pub async fn cached_row(
    ctx: &Ctx,
    request: &HttpRequest,
    reads: &'static [&'static str],
    seconds: u64,
    key: &str,
    load: impl AsyncFnOnce() -> Result<(i64, Vec<u8>), ApiError>,
) -> Result<HttpResponse, ApiError> {
    let load = async || {
        let (version, body) = load().await?;
        let mut bytes = format!("{version}\n").into_bytes();
        bytes.extend_from_slice(&body);
        Ok(bytes)
    };
    let (entry, outcome) = fetch(ctx, reads, seconds, key, load).await?;
    request.extensions_mut().insert(outcome);
    let bytes = entry.body();
    let line = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or_default();
    let version = std::str::from_utf8(&bytes.slice(..line))
        .ok()
        .and_then(|text| text.parse().ok());
    let body = bytes.slice(line + 1..);
    let tag = etag::detail_tag(version.unwrap_or_default(), &body);
    if etag::unchanged(request, &tag) {
        return Ok(not_modified(&tag));
    }
    Ok(with_headers(&mut HttpResponse::Ok(), &tag).body(body))
}

fn with_headers<'a>(
    response: &'a mut actix_web::HttpResponseBuilder,
    tag: &str,
) -> &'a mut actix_web::HttpResponseBuilder {
    let json = HeaderValue::from_static("application/json");
    revalidated(response.insert_header((header::CONTENT_TYPE, json)), tag)
}

/// Adds the headers that tell when an answer may be used again.
fn revalidated<'a>(
    response: &'a mut actix_web::HttpResponseBuilder,
    tag: &str,
) -> &'a mut actix_web::HttpResponseBuilder {
    response
        .insert_header((header::ETAG, tag))
        .insert_header((
            header::CACHE_CONTROL,
            HeaderValue::from_static(CACHE_CONTROL),
        ))
        .insert_header((header::VARY, HeaderValue::from_static(VARY)))
}

fn not_modified(tag: &str) -> HttpResponse {
    revalidated(&mut HttpResponse::NotModified(), tag).finish()
}

/// Whether the caller takes gzip (RFC 9110 §12.5.3).
#[must_use]
pub fn accepts_gzip(request: &HttpRequest) -> bool {
    request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value.split(',').any(|coding| {
                let mut parts = coding.split(';');
                let named = parts
                    .next()
                    .is_some_and(|name| matches!(name.trim(), "gzip" | "*"));
                let refused = parts.any(|part| {
                    part.trim()
                        .strip_prefix("q=")
                        .is_some_and(|q| q.trim().parse() == Ok(0.0_f32))
                });
                named && !refused
            })
        })
}
