//! Entity tags of single rows: the row's version, then a digest of the representation.

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
};
use sea_orm::{ModelTrait, Value};
use sha2::{Digest, Sha256};
use tenant_guard::TenantEntity;

use crate::ApiError;

/// The version of a row.
#[must_use]
pub fn row_version<E: TenantEntity>(row: &E::Model) -> i64 {
    match row.get(E::ROW_VERSION) {
        Value::BigInt(Some(version)) => version,
        _ => 0,
    }
}

/// The key of a row.
pub(crate) fn row_id<E: TenantEntity>(row: &E::Model) -> i64 {
    match row.get(E::ID) {
        Value::BigInt(Some(id)) => id,
        _ => 0,
    }
}

/// A strong tag for `body`, the representation of a row at `version`.
#[must_use]
pub fn detail_tag(version: i64, body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let begins = digest.get(..8).unwrap_or_default();
    format!("\"{version}-{}\"", hex::encode(begins))
}

/// Holds `If-Match` against the row's version.
///
/// Only the version decides: a class renamed in the meantime changes a pupil's representation, and
/// yet no pupil's row moved on.
///
/// # Errors
/// 412 when the row moved on.
pub fn precondition(request: &HttpRequest, version: i64) -> Result<(), ApiError> {
    let Some(asked) = request.headers().get(header::IF_MATCH) else {
        return Ok(());
    };
    let matches = asked.to_str().unwrap_or_default().split(',').any(|tag| {
        let tag = tag.trim();
        tag == "*"
            || tag
                .strip_prefix('"')
                .and_then(|tag| tag.split('-').next())
                .and_then(|tag| tag.trim_end_matches('"').parse::<i64>().ok())
                .is_some_and(|asked| asked == version)
    });
    if matches {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::PRECONDITION_FAILED,
        "precondition_failed",
        "The row has changed since it was read; read it again.",
    ))
}

/// Whether `If-None-Match` already has the representation of `tag` (weak comparison, RFC 9110 §13.1.2).
#[must_use]
pub fn unchanged(request: &HttpRequest, tag: &str) -> bool {
    let asked = request.headers().get_all(header::IF_NONE_MATCH);
    let mut tags = asked
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    tags.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
