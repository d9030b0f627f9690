//! The errors of bursary's own, beside the kernel's.

use actix_web::http::StatusCode;
use resource::ApiError;

/// Every code of this crate with its status and title; `docs/API.md` prints this table.
pub const CODES: &[(&str, u16, &str)] = &[
    ("signature_not_valid", 401, "Unauthorized"),
    ("payment_not_confirmed", 409, "Conflict"),
    ("payment_mismatch", 409, "Conflict"),
    ("gateway_unavailable", 502, "Bad Gateway"),
    ("gateway_not_configured", 503, "Service Unavailable"),
];

/// 401 for a call that the gateway did not sign.
pub(crate) fn signature_not_valid() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "signature_not_valid",
        "The signature does not belong to this body.",
    )
}

/// 409 for a payment that the gateway does not say was made.
pub(crate) fn payment_not_confirmed() -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "payment_not_confirmed",
        "The gateway has not confirmed this payment.",
    )
}

/// 409 for a payment that is not what it is said to be.
pub(crate) fn payment_mismatch(what: &str) -> ApiError {
    ApiError::new(
        StatusCode::CONFLICT,
        "payment_mismatch",
        format!("The {what} is not that of the payment at the gateway; nothing was credited."),
    )
}

/// 502 for a gateway that refuses or does not answer.
pub(crate) fn gateway_unavailable() -> ApiError {
    ApiError::new(
        StatusCode::BAD_GATEWAY,
        "gateway_unavailable",
        "The payment gateway did not answer as it should; try again shortly.",
    )
}

/// 503 where the operator has configured no gateway.
pub(crate) fn gateway_not_configured() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "gateway_not_configured",
        "This server takes no payments online.",
    )
}
