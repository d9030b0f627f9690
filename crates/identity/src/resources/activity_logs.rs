//! `activity-logs/`: the audit trail of a school, to its administrators; nothing here writes it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use resource::{
    ApiError, NoBody, Resource, Verbs,
    audit::entity::{ActiveModel, Column, Entity, Model},
    pagination::{Kind, Listing},
    tenant_guard::{Role, Scope},
};
use sea_orm::FromQueryResult;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

const ROLES: &[&str] = &[
    "SUPER_ADMIN",
    "SCHOOL_ADMIN",
    "BURSAR",
    "TEACHER",
    "STAFF",
    "PARENT",
    "STUDENT",
];

/// What a person, or an operator of the platform, is to a school.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ActorRole {
    /// Operator of the platform, or the system itself.
    SuperAdmin,
    /// Head or administrator.
    SchoolAdmin,
    /// Keeps the school's money.
    Bursar,
    /// Teaches.
    Teacher,
    /// Works at the school without teaching.
    Staff,
    /// Guardian of linked pupils.
    Parent,
    /// A pupil.
    Student,
}

/// One act.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityLog {
    /// Id of the act.
    pub id: i64,
    /// Id of the user who acted, or of the operator where the role is `SUPER_ADMIN`; 0 is the system.
    pub actor_id: Option<i64>,
    /// Name of the actor at present; empty for the system, and once the account is gone.
    pub actor_name: String,
    /// What the actor was.
    #[schema(value_type = ActorRole)]
    pub actor_role: String,
    /// Id of the operator who acted as that user.
    pub impersonator_id: Option<i64>,
    /// Name of that operator.
    pub impersonator_name: Option<String>,
    /// `create`, `update`, `delete`, or an action's own verb.
    pub action: String,
    /// The collection.
    pub resource: String,
    /// Id of the row, where the act is about one.
    pub resource_id: Option<i64>,
    /// The row before, as a client would have written it; never a secret.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// The row after.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// Id of the request that asked.
    pub request_id: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The collection.
#[derive(Debug)]
pub struct ActivityLogs;

impl Resource for ActivityLogs {
    const PATH: &'static str = "activity-logs";
    const ITEM: &'static str = "activity log";
    const READS: &'static [&'static str] = &["activity_logs", "users"];
    const VERBS: Verbs = Verbs::READ_ONLY;

    type Entity = Entity;
    type Input = NoBody;
    type Row = Model;
    type Output = ActivityLog;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("at", Column::At)
            .default_order("-at")
            .filter("actor_id", Column::ActorId, Kind::Pk)
            .filter("actor_role", Column::ActorRole, Kind::Choice(ROLES))
            .filter("action", Column::Action, Kind::Text)
            .filter("resource", Column::Resource, Kind::Text)
            .filter("resource_id", Column::ResourceId, Kind::Pk)
            .filter("at", Column::At, Kind::DateTime)
    }

    async fn output(scope: &Scope, rows: Vec<Model>) -> Result<Vec<ActivityLog>, ApiError> {
        let names = Names::of(scope, &rows).await?;
        Ok(rows.into_iter().map(|row| names.shown(row)).collect())
    }

    async fn input(_: &Scope, _: &Model) -> Result<NoBody, ApiError> {
        Ok(NoBody {})
    }

    fn assign(_: &NoBody, _: &mut ActiveModel) {}
}

#[derive(FromQueryResult)]
struct Named {
    operator: i64,
    id: i64,
    name: String,
}

/// Names of the people of some acts; operators and users have ids of their own.
struct Names(BTreeMap<(bool, i64), String>);

impl Names {
    async fn of(scope: &Scope, rows: &[Model]) -> Result<Self, ApiError> {
        let mut people: BTreeSet<(bool, i64)> = BTreeSet::new();
        for row in rows {
            people.extend(row.actor_id.map(|id| (is_operator(row), id)));
            people.extend(row.impersonator_id.map(|id| (true, id)));
        }
        let ids = |operators: bool| {
            let of_kind = people.iter().filter(|(operator, _)| *operator == operators);
            let ids: Vec<String> = of_kind.map(|(_, id)| id.to_string()).collect();
            if ids.is_empty() {
                "NULL".to_owned()
            } else {
                ids.join(", ")
            }
        };
        // Numbers of our own reading stand in the text; nothing a client sent does.
        let sql = format!(
            "SELECT CAST(0 AS bigint) AS operator, id, name FROM users WHERE school_id = $1 AND id IN ({}) \
             UNION ALL SELECT CAST(1 AS bigint), id, name FROM operators WHERE id IN ({})",
            ids(false),
            ids(true)
        );
        let found: Vec<Named> = scope.query(&sql, Vec::new()).await?;
        let keyed = found
            .into_iter()
            .map(|one| ((one.operator == 1, one.id), one.name));
        Ok(Self(keyed.collect()))
    }

    fn shown(&self, row: Model) -> ActivityLog {
        let operator = is_operator(&row);
        let name = |operator, id| self.0.get(&(operator, id)).cloned();
        ActivityLog {
            actor_name: row
                .actor_id
                .and_then(|id| name(operator, id))
                .unwrap_or_default(),
            impersonator_name: row.impersonator_id.and_then(|id| name(true, id)),
            id: row.id,
            actor_id: row.actor_id,
            actor_role: row.actor_role,
            impersonator_id: row.impersonator_id,
            action: row.action,
            resource: row.resource,
            resource_id: row.resource_id,
            before: row.before,
            after: row.after,
            request_id: row.request_id,
            at: row.at,
        }
    }
}

fn is_operator(row: &Model) -> bool {
    row.actor_role == Role::SuperAdmin.as_str()
}
