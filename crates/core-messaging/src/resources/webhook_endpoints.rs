//! `webhook-endpoints/`: the programs that a school has told of what happens in it.

use actix_web::{HttpRequest, web};
use chrono::{DateTime, Utc};
use resource::{
    ApiError, Ctx, FieldErrors, Resource,
    outbox::Event,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::ActiveValue::Set;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    delivery::Hooks,
    entities::webhook_endpoint::{ActiveModel, Column, Entity, Model},
    services::webhooks,
};

const fn yes() -> bool {
    true
}

/// A webhook endpoint to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct WebhookEndpointInput {
    /// Where it is called, by `https://` and on the public network.
    #[schema(
        min_length = 1,
        max_length = 2_000,
        example = "https://school.example/hooks"
    )]
    pub url: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub description: String,
    /// The events it is told of; at least one.
    #[schema(max_items = 50)]
    pub events: Vec<Event>,
    /// Whether it is told of anything. What waits for one that is switched off is given up.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
}

/// A webhook endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEndpoint {
    /// Id.
    pub id: i64,
    /// Where it is called.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// The events it is told of.
    pub events: Vec<Event>,
    /// Whether it is told of anything.
    pub is_active: bool,
    /// Whether it has a secret; until then it is told of nothing.
    pub has_secret: bool,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl WebhookEndpoint {
    fn of(row: Model) -> Result<Self, ApiError> {
        Ok(Self {
            id: row.id,
            url: row.url,
            description: row.description,
            events: events_of(row.events)?,
            is_active: row.is_active,
            has_secret: !row.secret.is_empty(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

fn events_of(kept: Value) -> Result<Vec<Event>, ApiError> {
    serde_json::from_value(kept).map_err(ApiError::internal)
}

/// The collection.
#[derive(Debug)]
pub struct WebhookEndpoints;

impl Resource for WebhookEndpoints {
    const PATH: &'static str = "webhook-endpoints";
    const ITEM: &'static str = "webhook endpoint";
    const READS: &'static [&'static str] = &["webhook_endpoints"];

    type Entity = Entity;
    type Input = WebhookEndpointInput;
    type Row = Model;
    type Output = WebhookEndpoint;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("created_at", Column::CreatedAt)
            .default_order("-created_at")
            .search([Column::Url, Column::Description])
            .filter("is_active", Column::IsActive, Kind::Boolean)
    }

    async fn output(_: &Scope, rows: Vec<Model>) -> Result<Vec<WebhookEndpoint>, ApiError> {
        rows.into_iter().map(WebhookEndpoint::of).collect()
    }

    async fn input(_: &Scope, row: &Model) -> Result<WebhookEndpointInput, ApiError> {
        Ok(WebhookEndpointInput {
            url: row.url.clone(),
            description: row.description.clone(),
            events: events_of(row.events.clone())?,
            is_active: row.is_active,
        })
    }

    async fn prepare(
        _: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        let hooks = request.app_data::<web::Data<Hooks>>();
        let hooks = hooks.ok_or_else(ApiError::unavailable)?;
        let url = body.get("url").and_then(Value::as_str);
        // One that is empty was told so by the schema.
        if let Some(url) = url.filter(|url| !url.is_empty())
            && let Err(reason) = hooks.address(url)
        {
            errors.add("url", reason);
        }
        Ok(errors)
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &WebhookEndpointInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        if input.events.is_empty() {
            errors.add("events", "Name at least one event.");
        }
        if before.is_none() {
            webhooks::room(scope).await?;
        }
        Ok(errors)
    }

    fn assign(input: &WebhookEndpointInput, row: &mut ActiveModel) {
        let WebhookEndpointInput {
            url,
            description,
            events,
            is_active,
        } = input;
        let mut events = events.clone();
        events.sort_unstable();
        events.dedup();
        row.url = Set(url.clone());
        row.description = Set(description.clone());
        row.events = Set(json!(events));
        row.is_active = Set(*is_active);
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        webhooks::forget_parcels(scope, row.id).await?;
        scope.delete::<Entity>(row.id).await?;
        Ok(())
    }
}
