//! The one error of the wire: `application/problem+json` (RFC 9457), with every field error at once.

use std::{fmt, sync::Arc};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};
use serde::Serialize;
use serde_json::Value as Json;
use tenant_guard::Refusal;
use utoipa::ToSchema;

use crate::FieldErrors;

/// Why a request failed. Its words are for the caller; what only the operator may know is in `cause`.
#[derive(Debug, Clone)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Option<FieldErrors>,
    retry_after: Option<u32>,
    current: Option<Box<Json>>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Every kernel error code with its status and title; `docs/API.md` prints this table.
pub const CODES: &[(&str, u16, &str)] = &[
    ("parse_error", 400, "Malformed request"),
    ("invalid", 400, "Validation failed"),
    ("not_authenticated", 401, "Not authenticated"),
    ("permission_denied", 403, "Permission denied"),
    ("module_not_allowed", 403, "Not in the subscription"),
    ("not_found", 404, "Not found"),
    ("method_not_allowed", 405, "Method not allowed"),
    ("conflict", 409, "Conflict"),
    ("precondition_failed", 412, "Precondition failed"),
    ("too_large", 413, "Body too large"),
    ("unsupported_media_type", 415, "Unsupported media type"),
    ("idempotency_mismatch", 422, "Unprocessable"),
    ("throttled", 429, "Too many requests"),
    ("error", 500, "Server error"),
    ("unavailable", 503, "Service unavailable"),
];

impl ApiError {
    /// An error of a domain's own `code`.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: None,
            retry_after: None,
            current: None,
            cause: None,
        }
    }

    /// 400 with the messages of each field.
    #[must_use]
    pub fn invalid(errors: FieldErrors) -> Self {
        let mut error = Self::new(StatusCode::BAD_REQUEST, "invalid", "Invalid input.");
        error.errors = Some(errors);
        error
    }

    /// 400 with one message on one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(FieldErrors::of(field, message))
    }

    /// 400 for a body that is no JSON.
    pub fn parse(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "parse_error", detail)
    }

    /// 401 with the reason.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_authenticated", detail)
    }

    /// 403.
    #[must_use]
    pub fn forbidden() -> Self {
        Refusal::Forbidden.into()
    }

    /// 404, the same for an unknown row and another school's.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "Not found.")
    }

    /// 409: what the row's present state refuses.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// The same, with the rows it is about as they are now.
    #[must_use]
    pub fn with_current(mut self, rows: Json) -> Self {
        self.current = Some(Box::new(rows));
        self
    }

    /// 429, to be tried again after `seconds`.
    #[must_use]
    pub fn throttled(seconds: u32) -> Self {
        let detail = format!("Request was throttled. Expected available in {seconds} seconds.");
        let mut error = Self::new(StatusCode::TOO_MANY_REQUESTS, "throttled", detail);
        error.retry_after = Some(seconds);
        error
    }

    /// 500 that tells the caller nothing; `cause` is logged once, at the edge.
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        let detail = "A server error occurred.";
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "error", detail);
        error.cause = Some(Arc::new(cause));
        error
    }

    /// 503: no connection was free in time, or the database is away.
    #[must_use]
    pub fn unavailable() -> Self {
        let detail = "The service is not available; try again shortly.";
        let mut error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        error.retry_after = Some(1);
        error
    }

    /// The status it answers with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The field errors, where it has any.
    #[must_use]
    pub fn errors(&self) -> Option<&FieldErrors> {
        self.errors.as_ref()
    }

    /// What the operator may know and the caller may not.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn std::error::Error + Send + Sync + 'static)> {
        self.cause.as_deref()
    }

    /// The response, with the id of the request it answers.
    #[must_use]
    pub fn respond(&self, request_id: &str) -> HttpResponse {
        let title = CODES
            .iter()
            .find(|(code, ..)| *code == self.code)
            .map(|(_, _, title)| *title)
            .or_else(|| self.status.canonical_reason())
            .unwrap_or("Error");
        let problem = Problem {
            status: self.status.as_u16(),
            title: title.into(),
            code: self.code.into(),
            detail: self.detail.clone(),
            error: self.detail.clone(),
            errors: self.errors.clone().map(|errors| errors.0),
            current: self.current.as_deref().cloned(),
            request_id: request_id.into(),
        };
        let mut response = HttpResponse::build(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header(("WWW-Authenticate", "Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header(("Retry-After", seconds.to_string()));
        }
        response.content_type("application/problem+json");
        response.body(serde_json::to_vec(&problem).unwrap_or_default())
    }
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Name of the kind of error.
    pub title: String,
    /// Stable code of the error, for programs.
    pub code: String,
    /// What went wrong, for people.
    pub detail: String,
    /// The same as `detail`, for the web client of the system Termbook replaces.
    pub error: String,
    /// Messages by field; the key of a nested field is its path, as `rows.3.ca1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<std::collections::BTreeMap<String, Vec<String>>>,
    /// On a 409 because what a writer changed had moved on: the rows as they are now, as the collection
    /// shows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    pub current: Option<Json>,
    /// Id of the request, to quote to the operator.
    pub request_id: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.respond("")
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing | Refusal::Invalid => Self::unauthenticated(refusal.to_string()),
            Refusal::Unavailable => Self::unavailable(),
            Refusal::Module(_) => Self::new(
                StatusCode::FORBIDDEN,
                "module_not_allowed",
                refusal.to_string(),
            ),
            Refusal::OtherSchool | Refusal::NoSchool | Refusal::Forbidden => Self::new(
                StatusCode::FORBIDDEN,
                "permission_denied",
                refusal.to_string(),
            ),
        }
    }
}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                return Self::conflict("A row with these values already exists.");
            }
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                return Self::conflict(
                    "Another row relies on this one, or a row it names is gone.",
                );
            }
            _ => {}
        }
        if is_outage(&error) {
            tracing::warn!(%error, "database away or pool exhausted");
            return Self::unavailable();
        }
        Self::internal(error)
    }
}

fn is_outage(error: &DbErr) -> bool {
    let runtime = match error {
        DbErr::ConnectionAcquire(_) => return true,
        DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => runtime,
        _ => return false,
    };
    let RuntimeErr::SqlxError(error) = runtime else {
        return false;
    };
    match error.as_ref() {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // PostgreSQL class 57 (operator intervention: shutting down) and 53 (insufficient resources);
        // SQLite busy (5) after the whole wait.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("53") || code == "5"),
        _ => false,
    }
}
