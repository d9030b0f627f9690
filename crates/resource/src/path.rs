//! Keys in a path.

use actix_web::HttpRequest;

use crate::ApiError;

/// The key that the path of a request has at `name`.
///
/// # Errors
/// 404 for what is no key: it finds nothing.
pub fn path_key(request: &HttpRequest, name: &str) -> Result<i64, ApiError> {
    request
        .match_info()
        .get(name)
        .and_then(|key| key.parse().ok())
        .ok_or_else(ApiError::not_found)
}
