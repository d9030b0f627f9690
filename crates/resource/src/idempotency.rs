//! `Idempotency-Key`: a create that is repeated answers what it answered first.
//!
//! The key is kept with its answer in the transaction of the create, so there is never an answer
//! without its row or a row without its answer.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::StatusCode};
use sea_orm::{ActiveValue::Set, Condition, DbBackend, FromQueryResult, entity::prelude::*};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tenant_guard::Scope;

use crate::{ApiError, Ctx, unit};

/// Longest key, in bytes.
const KEY_BOUND: usize = 255;
/// How long a key is remembered.
const KEPT: chrono::Duration = chrono::Duration::hours(24);

/// Rows of `idempotency_keys`.
#[allow(
    clippy::disallowed_methods,
    reason = "SeaORM's macro writes the relations by its own entrances"
)]
pub mod entity {
    use sea_orm::entity::prelude::*;

    /// One key and its answer.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_keys")]
    pub struct Model {
        /// The school.
        #[sea_orm(primary_key, auto_increment = false)]
        pub school_id: i64,
        /// The row's own key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        /// Who sent it; keys of different users never meet.
        pub user_id: i64,
        /// The key as sent.
        pub key: String,
        /// Digest of method, path, query and body.
        pub request_hash: String,
        /// Status answered.
        pub status: i32,
        /// Body answered.
        pub body: String,
        /// When the row was written.
        pub created_at: DateTimeUtc,
        /// Never later than `created_at`.
        pub updated_at: DateTimeUtc,
        /// Always 1.
        pub row_version: i64,
    }

    tenant_guard::tenant_entity!("idempotency_keys");
}

/// Keys this process works on at present.
#[derive(Debug, Clone, Default)]
pub struct Running(Arc<Mutex<HashSet<(i64, i64, String)>>>);

/// An answer worth repeating.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Status.
    pub status: StatusCode,
    /// JSON body.
    pub body: String,
    /// Whether it is a repeat.
    pub replayed: bool,
}

/// A key this request holds; letting go of it frees the key.
pub(crate) struct Claim {
    running: Running,
    place: (i64, i64, String),
    hash: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.running
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.place);
    }
}

#[derive(FromQueryResult)]
struct Lock {
    free: bool,
}

impl Kept {
    /// The answer that shows `body`.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn of(status: StatusCode, body: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self {
            status,
            body: serde_json::to_string(body).map_err(ApiError::internal)?,
            replayed: false,
        })
    }

    /// The response with its headers; `body` is still to be put in.
    #[must_use]
    pub fn response(&self) -> HttpResponseBuilder {
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/json");
        if self.replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        response
    }
}

/// Answers 200 with what `work` tells, done in one transaction, and once for the key of the request.
///
/// # Errors
/// Those of `work`; 400 for an unsound key, 409 while the same key is being worked on, 422 when it was used
/// for another request.
pub async fn act<T: Serialize>(
    ctx: &Ctx,
    request: &HttpRequest,
    body: &[u8],
    work: impl AsyncFnOnce(&Scope) -> Result<T, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let claim = Claim::of(ctx, request, body)?;
    let kept = once(ctx, claim, async |scope| {
        Kept::of(StatusCode::OK, &work(scope).await?)
    })
    .await?;
    Ok(kept.response().body(kept.body))
}

/// Does `work` in one transaction, and once for the key that is claimed, if any: a repeat answers what was
/// answered first.
///
/// # Errors
/// Those of `work`; 409 while another gateway works on the key, 422 when it was used for another request.
pub(crate) async fn once(
    ctx: &Ctx,
    claim: Option<Claim>,
    work: impl AsyncFnOnce(&Scope) -> Result<Kept, ApiError>,
) -> Result<Kept, ApiError> {
    unit::write(ctx, async |scope| {
        if let Some(claim) = &claim
            && let Some(kept) = claim.replayed(scope).await?
        {
            return Ok(kept);
        }
        let kept = work(scope).await?;
        if let Some(claim) = &claim {
            claim.keep(scope, &kept).await?;
        }
        Ok(kept)
    })
    .await
}

impl Claim {
    /// Claims the key of a request, where it sent one.
    ///
    /// # Errors
    /// 400 for an unsound key, 409 while the same key is being worked on.
    pub fn of(ctx: &Ctx, request: &HttpRequest, body: &[u8]) -> Result<Option<Self>, ApiError> {
        let Some(header) = request.headers().get("idempotency-key") else {
            return Ok(None);
        };
        let key = header.to_str().unwrap_or_default().trim();
        if key.is_empty() || key.len() > KEY_BOUND {
            let message =
                format!("An Idempotency-Key is 1 to {KEY_BOUND} visible ASCII characters.");
            return Err(ApiError::field("Idempotency-Key", message));
        }
        let mut digest = Sha256::new();
        for part in [
            request.method().as_str(),
            request.path(),
            request.query_string(),
        ] {
            digest.update(part);
            digest.update("\n");
        }
        digest.update(body);
        let hash = hex::encode(digest.finalize());
        let place = (
            ctx.scope.school().0,
            ctx.scope.principal().user_id,
            key.to_owned(),
        );
        let running = ctx.kernel.running.clone();
        let fresh = running
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(place.clone());
        if !fresh {
            return Err(still_running());
        }
        Ok(Some(Self {
            running,
            place,
            hash,
        }))
    }

    /// The answer kept for this key, if it was used before.
    ///
    /// # Errors
    /// 409 while another gateway works on the key, 422 when it was used for another request.
    async fn replayed(&self, scope: &Scope) -> Result<Option<Kept>, ApiError> {
        let (_, user, key) = &self.place;
        if scope.backend() == DbBackend::Postgres {
            let sql =
                "SELECT pg_try_advisory_xact_lock(hashtextextended($2 || ' ' || $3, $1)) AS free";
            let lock: Vec<Lock> = scope
                .query(sql, vec![user.to_string().into(), key.clone().into()])
                .await?;
            if !lock.first().is_some_and(|lock| lock.free) {
                return Err(still_running());
            }
        }
        let stale = Condition::all()
            .add(entity::Column::UserId.eq(*user))
            .add(entity::Column::CreatedAt.lt(scope.now() - KEPT));
        scope.delete_where::<entity::Entity>(stale).await?;
        let query = scope
            .find::<entity::Entity>()
            .filter(entity::Column::UserId.eq(*user))
            .filter(entity::Column::Key.eq(key.as_str()));
        let Some(kept) = scope.one(query).await? else {
            return Ok(None);
        };
        if kept.request_hash != self.hash {
            return Err(ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_mismatch",
                "This Idempotency-Key was used for another request.",
            ));
        }
        let status = u16::try_from(kept.status)
            .ok()
            .and_then(|code| StatusCode::from_u16(code).ok());
        Ok(Some(Kept {
            status: status.unwrap_or(StatusCode::CREATED),
            body: kept.body,
            replayed: true,
        }))
    }

    /// Keeps the answer, in the transaction of `scope`.
    ///
    /// # Errors
    /// When the database fails.
    async fn keep(&self, scope: &Scope, answer: &Kept) -> Result<(), ApiError> {
        let (_, user, key) = &self.place;
        let row = entity::ActiveModel {
            user_id: Set(*user),
            key: Set(key.clone()),
            request_hash: Set(self.hash.clone()),
            status: Set(i32::from(answer.status.as_u16())),
            body: Set(answer.body.clone()),
            ..Default::default()
        };
        scope.insert_many::<entity::Entity, _>(vec![row]).await?;
        Ok(())
    }
}

fn still_running() -> ApiError {
    ApiError::conflict("A request with this Idempotency-Key is still running.")
}
