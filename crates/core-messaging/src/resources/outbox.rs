//! `outbox/`: what was put in to be delivered and what became of it, to administrators.
//!
//! It shows to whom and about what, never where to nor what is said. Events of the live stream are not
//! among it: they are placed, not delivered, and nobody waits for them.

use chrono::{DateTime, Utc};
use resource::{
    ApiError, NoBody, Resource, Verbs,
    outbox::entity::{ActiveModel, Column, Entity, Model},
    pagination::{Kind, Listing},
    tenant_guard::Scope,
};
use sea_orm::{QueryFilter, Select, sea_query::Expr};
use serde::Serialize;
use utoipa::ToSchema;

const STATES: &[&str] = &["pending", "sending", "sent", "skipped", "dead"];
const CHANNELS: &[&str] = &["email", "webhook"];

/// What became of a parcel.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ParcelState {
    /// It waits, for the first time or to be tried again.
    Pending,
    /// It is on its way.
    Sending,
    /// It was taken.
    Sent,
    /// Its reader does not want it.
    Skipped,
    /// It was given up.
    Dead,
}

/// How a parcel is delivered.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By a call of a webhook.
    Webhook,
}

/// One thing to deliver.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutboxParcel {
    /// Id.
    pub id: i64,
    /// What it is about: `message`, `result`, …
    pub kind: String,
    /// How it is delivered.
    #[schema(value_type = Channel)]
    pub channel: String,
    /// What became of it.
    #[schema(value_type = ParcelState)]
    pub state: String,
    /// Id of the account it is for; null where it is for nobody's account.
    pub recipient_id: Option<i64>,
    /// How many times it was tried.
    pub attempts: i64,
    /// Not sent before this; of `sending`, when its sender is taken for gone. Null once there is nothing more to do.
    pub due_at: Option<DateTime<Utc>>,
    /// Why the last try failed; it repeats no address and no name.
    pub last_error: Option<String>,
    /// When it was put in.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<Model> for OutboxParcel {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            channel: row.channel,
            state: row.state,
            recipient_id: row.recipient_id,
            attempts: row.attempts,
            due_at: row.due_at,
            last_error: row.last_error,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The collection.
#[derive(Debug)]
pub struct Outbox;

impl Resource for Outbox {
    const PATH: &'static str = "outbox";
    const ITEM: &'static str = "parcel";
    const READS: &'static [&'static str] = &["outbox"];
    const VERBS: Verbs = Verbs::READ_ONLY;

    type Entity = Entity;
    type Input = NoBody;
    type Row = Model;
    type Output = OutboxParcel;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("created_at", Column::CreatedAt)
            .default_order("-created_at")
            .filter("state", Column::State, Kind::Choice(STATES))
            .filter("channel", Column::Channel, Kind::Choice(CHANNELS))
            .filter("kind", Column::Kind, Kind::Text)
            .filter("created_at", Column::CreatedAt, Kind::DateTime)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query.filter(Expr::cust("outbox.channel <> 'live'"))
    }

    async fn output(_: &Scope, rows: Vec<Model>) -> Result<Vec<OutboxParcel>, ApiError> {
        Ok(rows.into_iter().map(OutboxParcel::from).collect())
    }

    async fn input(_: &Scope, _: &Model) -> Result<NoBody, ApiError> {
        Ok(NoBody {})
    }

    fn assign(_: &NoBody, _: &mut ActiveModel) {}
}
