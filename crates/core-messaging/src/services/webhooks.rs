//! The endpoints of a school: how many there may be, their secrets, and what is left of one that goes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use resource::{
    ApiError, Resource,
    audit::{self, Act},
    outbox::entity as parcel,
    tenant_guard::Scope,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel};

use crate::{entities::webhook_endpoint::Entity, resources::webhook_endpoints::WebhookEndpoints};

/// Most endpoints of a school: each is called for every event it listens for.
const MOST: u64 = 50;

/// Refuses one endpoint more than a school may have.
///
/// # Errors
/// 409; else when the database fails.
pub async fn room(scope: &Scope) -> Result<(), ApiError> {
    if scope.count(scope.find::<Entity>()).await? < MOST {
        return Ok(());
    }
    let detail = format!("A school has at most {MOST} webhook endpoints.");
    Err(ApiError::conflict(detail))
}

/// Gives an endpoint a new secret and answers it; calls are signed with it from then on.
///
/// # Errors
/// 404 for an unknown endpoint; else when the database or the system's source of randomness fails.
pub async fn renew_secret(scope: &Scope, id: i64) -> Result<String, ApiError> {
    let endpoint = scope.lock::<Entity>(id).await?;
    let endpoint = endpoint.ok_or_else(ApiError::not_found)?;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(std::io::Error::other)
        .map_err(ApiError::internal)?;
    let secret = format!("whsec_{}", URL_SAFE_NO_PAD.encode(bytes));
    let mut row = endpoint.clone().into_active_model();
    row.secret = Set(secret.clone());
    scope.update::<Entity, _>(&endpoint, row).await?;
    let act = Act {
        action: "renew_secret",
        resource: WebhookEndpoints::PATH,
        id: Some(id),
        before: None,
        after: None,
    };
    audit::record(scope, act).await?;
    Ok(secret)
}

/// Forgets what an endpoint that is about to go was to be told: the database would let it go too, but
/// caches would not learn of it.
///
/// # Errors
/// When the database fails.
pub async fn forget_parcels(scope: &Scope, id: i64) -> Result<(), ApiError> {
    let theirs = Condition::all().add(parcel::Column::EndpointId.eq(id));
    scope.delete_where::<parcel::Entity>(theirs).await?;
    Ok(())
}
