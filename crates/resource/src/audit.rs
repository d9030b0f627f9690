//! The audit trail: who did what to which row, before and after, written in the transaction of the act.

mod proof;
pub mod seal;
pub mod verify;

use sea_orm::ActiveValue::Set;
use serde_json::Value as Json;
use tenant_guard::Scope;

use crate::ApiError;

/// Rows of `activity_logs`, which are only ever added.
#[allow(
    clippy::disallowed_methods,
    reason = "SeaORM's macro writes the relations by its own entrances"
)]
pub mod entity {
    use sea_orm::entity::prelude::*;

    /// One act.
    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "activity_logs")]
    pub struct Model {
        /// The school.
        #[sea_orm(primary_key, auto_increment = false)]
        pub school_id: i64,
        /// The act's own key.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        /// The user, or the operator when the role is `SUPER_ADMIN`; 0 is the system itself.
        pub actor_id: Option<i64>,
        /// What the actor was.
        pub actor_role: String,
        /// The operator behind an impersonation.
        pub impersonator_id: Option<i64>,
        /// `create`, `update`, `delete`, or an action's own verb.
        pub action: String,
        /// The collection.
        pub resource: String,
        /// The row.
        pub resource_id: Option<i64>,
        /// The row before, as a client would have written it; never a secret.
        pub before: Option<Json>,
        /// The row after.
        pub after: Option<Json>,
        /// The request that asked.
        pub request_id: Option<String>,
        /// When.
        pub at: DateTimeUtc,
        /// Signature of all of the above; empty in rows older than signatures.
        pub proof: String,
        /// When the row was written.
        pub created_at: DateTimeUtc,
        /// Never later than `created_at`.
        pub updated_at: DateTimeUtc,
        /// Always 1.
        pub row_version: i64,
    }

    tenant_guard::tenant_entity!("activity_logs");
}

/// One act to be remembered.
#[derive(Debug)]
pub struct Act<'a> {
    /// `create`, `update`, `delete`, or an action's own verb.
    pub action: &'a str,
    /// The collection.
    pub resource: &'a str,
    /// The row, where the act is about one.
    pub id: Option<i64>,
    /// The row before.
    pub before: Option<Json>,
    /// The row after.
    pub after: Option<Json>,
}

/// Writes `act` down, in the transaction of `scope`.
///
/// # Errors
/// When the database fails; the act is then taken back with it.
pub async fn record(scope: &Scope, act: Act<'_>) -> Result<(), ApiError> {
    let principal = scope.principal();
    let impersonator = principal.actor.as_ref().map(|actor| actor.sub);
    let facts = proof::Facts {
        school: scope.school().0,
        actor_id: Some(principal.user_id),
        actor_role: principal.role.as_str(),
        impersonator_id: impersonator,
        action: act.action,
        resource: act.resource,
        resource_id: act.id,
        before: act.before.as_ref(),
        after: act.after.as_ref(),
        request_id: scope.request_id(),
        at: scope.now(),
    };
    let (proof, at) = (facts.prove(scope.trail_key()), facts.at);
    let row = entity::ActiveModel {
        actor_id: Set(Some(principal.user_id)),
        actor_role: Set(principal.role.as_str().into()),
        impersonator_id: Set(impersonator),
        action: Set(act.action.into()),
        resource: Set(act.resource.into()),
        resource_id: Set(act.id),
        before: Set(act.before),
        after: Set(act.after),
        request_id: Set(scope.request_id().map(Into::into)),
        at: Set(at),
        proof: Set(proof),
        ..Default::default()
    };
    scope.insert_many::<entity::Entity, _>(vec![row]).await?;
    Ok(())
}
