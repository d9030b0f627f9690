//! The errors of files' own, beside the kernel's.

use actix_web::http::StatusCode;
use resource::ApiError;

/// Every code of this crate with its status and title; `docs/API.md` prints this table.
pub const CODES: &[(&str, u16, &str)] = &[("link_expired", 410, "Gone")];

/// 410 for a link that was good once.
pub(crate) fn link_expired() -> ApiError {
    ApiError::new(
        StatusCode::GONE,
        "link_expired",
        "The link has expired; what named the file gives a fresh one.",
    )
}

/// 413 for what is larger than this server accepts.
pub(crate) fn too_large() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too_large",
        "The file is larger than this server accepts.",
    )
}
