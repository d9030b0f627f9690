//! Answers 401 and 403 before a body is read, and puts the [`Principal`] on the request.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{AUTHORIZATION, HeaderMap},
    },
    middleware::Next,
    web,
};

use crate::{AccessClaims, Database, Module, Principal, Role, SchoolId, Tokens, Verb, matrix};

/// Why a request did not get through.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum Refusal {
    /// No `Authorization` header.
    #[error("Authentication credentials were not provided.")]
    Missing,
    /// A token that is forged, altered or expired.
    #[error("Given token not valid for any token type")]
    Invalid,
    /// `X-Tenant-ID` names another school than the token.
    #[error("X-Tenant-ID does not agree with the school of the token.")]
    OtherSchool,
    /// An operator asked for a school's rows without choosing one.
    #[error("Choose a school by X-Tenant-ID.")]
    NoSchool,
    /// The role may not do this.
    #[error("You do not have permission to perform this action.")]
    Forbidden,
    /// The school did not subscribe to this part.
    #[error("The school's subscription does not include {0}.")]
    Module(Module),
    /// The database could not be asked.
    #[error("The service is not available; try again shortly.")]
    Unavailable,
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Missing | Self::Invalid => StatusCode::UNAUTHORIZED,
            Self::OtherSchool | Self::NoSchool | Self::Forbidden | Self::Module(_) => {
                StatusCode::FORBIDDEN
            }
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

impl FromRequest for Principal {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            request
                .extensions()
                .get::<Self>()
                .cloned()
                .ok_or(Refusal::Missing),
        )
    }
}

/// Who may call an operation at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone: sign-in and sign-up.
    Public,
    /// Anyone reads, the signed-in write.
    OpenRead,
    /// The signed-in.
    Guarded,
}

/// The line and column of the permission matrix that one method of a path needs.
#[derive(Debug, Clone)]
pub struct Permission {
    /// Method of the request.
    pub method: Method,
    /// Line of the matrix.
    pub resource: String,
    /// Column of the matrix.
    pub verb: Verb,
}

/// Middleware of one path: puts the [`Principal`] on a request that carries a good access token and
/// whose role reaches any row at all; refuses every other before its body is read.
///
/// A read of an [`Access::OpenRead`] path without a token passes with no principal.
///
/// # Errors
/// Whatever the service behind fails with; a refusal is an answer.
pub async fn guard<B: MessageBody>(
    access: Access,
    permissions: &[Permission],
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    match admit(access, permissions, &request).await {
        Ok(principal) => {
            if let Some(principal) = principal {
                request.extensions_mut().insert(principal);
            }
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(refusal) => Ok(request.error_response(refusal).map_into_right_body()),
    }
}

async fn admit(
    access: Access,
    permissions: &[Permission],
    request: &ServiceRequest,
) -> Result<Option<Principal>, Refusal> {
    let method = match request.method() {
        &Method::HEAD => &Method::GET,
        method => method,
    };
    let anonymous = !request.headers().contains_key(AUTHORIZATION);
    let open = match access {
        Access::Public => true,
        Access::OpenRead => *method == Method::GET && anonymous,
        Access::Guarded => false,
    };
    if open {
        return Ok(None);
    }
    let (principal, modules) = authenticate(request).await?;
    let needed = permissions.iter().find(|one| one.method == *method);
    if needed.is_some_and(|one| !matrix::rows(principal.role, one.verb, &one.resource).some()) {
        return Err(Refusal::Forbidden);
    }
    let module = needed.and_then(|one| Module::of(&one.resource));
    if let (Some(module), Some(modules)) = (module, modules)
        && !modules.contains(&module)
    {
        return Err(Refusal::Module(module));
    }
    Ok(Some(principal))
}

/// The caller, and the modules of its school where it has not all of them.
async fn authenticate(
    request: &ServiceRequest,
) -> Result<(Principal, Option<Vec<Module>>), Refusal> {
    let tokens = request
        .app_data::<web::Data<Tokens>>()
        .ok_or(Refusal::Unavailable)?;
    let database = request
        .app_data::<web::Data<Database>>()
        .ok_or(Refusal::Unavailable)?;
    let token = bearer(request.headers())?;
    let claims = tokens
        .read_access(token, database.clock().now())
        .map_err(|_| Refusal::Invalid)?;
    let school = chosen_school(&claims, request.headers(), database).await?;
    let principal = Principal {
        user_id: claims.sub.parse().map_err(|_| Refusal::Invalid)?,
        role: claims.role,
        school,
        session: claims.sid,
        actor: claims.act,
    };
    Ok((principal, claims.modules))
}

/// The access token of a request, not read yet.
///
/// # Errors
/// [`Refusal::Missing`] or [`Refusal::Invalid`].
pub fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let header = headers.get(AUTHORIZATION).ok_or(Refusal::Missing)?;
    // Whole bytes at once: a token is long, and `to_str` looks at each of its characters.
    let (scheme, token) = std::str::from_utf8(header.as_bytes())
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or(Refusal::Invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(Refusal::Missing)
    }
}

/// The `X-Tenant-ID` of a request: a school's domain, in lower case.
#[must_use]
pub fn tenant_header(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("x-tenant-id")?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.to_lowercase())
}

async fn chosen_school(
    claims: &AccessClaims,
    headers: &HeaderMap,
    database: &Database,
) -> Result<Option<SchoolId>, Refusal> {
    // A header that is present but unreadable must not pass as absent.
    let Some(asked) = headers.get("x-tenant-id") else {
        return Ok(claims.school_id);
    };
    let asked = asked
        .to_str()
        .map_err(|_| Refusal::OtherSchool)?
        .trim()
        .to_lowercase();
    if claims.role != Role::SuperAdmin {
        let agrees = claims.domain.as_deref() == Some(asked.as_str());
        return agrees
            .then_some(claims.school_id)
            .ok_or(Refusal::OtherSchool);
    }
    let found = database.platform().school_of(&asked).await;
    match found {
        Ok(Some(school)) => Ok(Some(school)),
        Ok(None) => Err(Refusal::NoSchool),
        Err(error) => {
            tracing::error!(%error, "looking up a school by its domain");
            Err(Refusal::Unavailable)
        }
    }
}
