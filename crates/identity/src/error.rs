//! The errors of identity's own, beside the kernel's.

use actix_web::http::StatusCode;
use resource::ApiError;

/// Every code of this crate with its status and title; `docs/API.md` prints this table.
pub const CODES: &[(&str, u16, &str)] = &[
    ("no_active_account", 401, "Unauthorized"),
    ("school_not_active", 401, "Unauthorized"),
    ("token_not_valid", 401, "Unauthorized"),
    ("last_administrator", 409, "Conflict"),
];

/// 401, the same for an unknown account, a wrong password and an account that is closed.
pub(crate) fn no_active_account() -> ApiError {
    let detail = "No active account found with the given credentials";
    ApiError::new(StatusCode::UNAUTHORIZED, "no_active_account", detail)
}

/// 401 for someone who has proved who they are, but whose school is not open.
pub(crate) fn school_not_active(status: &str) -> ApiError {
    let detail = match status {
        "pending" => "This school is waiting for its activation.",
        "expired" => "The subscription of this school has expired.",
        _ => "This school is suspended.",
    };
    ApiError::new(StatusCode::UNAUTHORIZED, "school_not_active", detail)
}

/// 401 for a refresh token that is forged, expired, used before or revoked.
pub(crate) fn token_not_valid() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "token_not_valid",
        "Token is invalid or expired",
    )
}

/// 409 for what would leave a school without anyone to run it.
pub(crate) fn last_administrator() -> ApiError {
    let detail = "This is the last active administrator of the school; make another one first.";
    ApiError::new(StatusCode::CONFLICT, "last_administrator", detail)
}
