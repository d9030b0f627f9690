//! What a handler works with: the caller's scope, the cache, and the request's own facts.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web};
use caching::Cache;
use pagination::Viewer;
use tenant_guard::{Database, Principal, Refusal, Rows, Scope, Verb, matrix};
use tokio::sync::watch;

use crate::{ApiError, RequestId, idempotency::Running, shape::Shapes};

/// What every handler of one worker shares.
#[derive(Clone)]
pub struct Kernel {
    /// The database.
    pub database: Database,
    /// The cache, with this worker's own connection.
    pub cache: Cache,
    /// Base of absolute links, without a slash at its end.
    pub public_url: Arc<str>,
    /// Compiled schemas.
    pub shapes: Arc<Shapes>,
    /// Idempotency keys being worked on in this process.
    pub running: Running,
    /// Wakes whoever delivers the outbox of this process, once something was put in it.
    pub posted: watch::Sender<()>,
}

impl Kernel {
    /// A kernel over `database` and `cache`; `public_url` is the base of absolute links.
    #[must_use]
    pub fn new(database: Database, cache: Cache, public_url: &str) -> Self {
        Self {
            database,
            cache,
            public_url: public_url.trim_end_matches('/').into(),
            shapes: Arc::default(),
            running: Running::default(),
            posted: watch::Sender::default(),
        }
    }

    /// The same kernel for another worker.
    #[must_use]
    pub fn for_worker(&self) -> Self {
        Self {
            cache: self.cache.for_worker(),
            ..self.clone()
        }
    }
}

/// The context of one request by a caller who has a school.
#[derive(Clone)]
pub struct Ctx {
    /// The rows the caller may reach.
    pub scope: Scope,
    /// What the worker shares.
    pub kernel: web::Data<Kernel>,
}

impl Ctx {
    /// The caller, as lists know one.
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        Viewer {
            user_id: self.scope.principal().user_id,
            school_id: self.scope.school().0,
            now: self.scope.now(),
        }
    }

    /// The rows the matrix lets the caller reach with `verb` on `resource`.
    ///
    /// # Errors
    /// 403 when it lets none.
    pub fn reach(&self, resource: &str, verb: Verb) -> Result<Rows, ApiError> {
        let rows = matrix::rows(self.scope.principal().role, verb, resource);
        if rows.some() {
            Ok(rows)
        } else {
            Err(ApiError::forbidden())
        }
    }
}

impl FromRequest for Ctx {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(of(request))
    }
}

fn of(request: &HttpRequest) -> Result<Ctx, ApiError> {
    let kernel = request
        .app_data::<web::Data<Kernel>>()
        .ok_or_else(ApiError::unavailable)?;
    let principal = request
        .extensions()
        .get::<Principal>()
        .cloned()
        .ok_or(Refusal::Missing)?;
    let school = principal.school.ok_or(Refusal::NoSchool)?;
    let scope = kernel.database.scope(school, principal);
    let scope = match request.extensions().get::<RequestId>() {
        Some(id) => scope.of_request(id.0.clone()),
        None => scope,
    };
    Ok(Ctx {
        scope,
        kernel: kernel.clone(),
    })
}
