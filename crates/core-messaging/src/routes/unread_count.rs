//! How many messages wait for the caller.

use actix_web::{HttpRequest, HttpResponse};
use resource::{ApiError, Ctx, Viewer, cached_json, tenant_guard::Verb};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    entities::message::{Column, Entity},
    resources::messages::TTL,
};

/// Number of messages received and not yet read.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnreadCount {
    /// Messages received, not put away and not yet read.
    pub unread_count: u64,
}

/// Count the caller's unread messages.
///
/// # Errors
/// 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/messages/unread-count/",
    operation_id = "unread_count",
    tag = "messages",
    responses((status = 200, description = "The count.", body = UnreadCount)),
)]
pub async fn unread_count(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("messages/unread-count", Verb::Read)?;
    let key = format!(
        "{} {}",
        Viewer::of(ctx.scope.principal(), rows).key(),
        request.path()
    );
    cached_json(&ctx, &request, &["messages"], TTL, &key, async || {
        let query = ctx
            .scope
            .find::<Entity>()
            .filter(Column::RecipientId.eq(ctx.scope.principal().user_id))
            .filter(Column::IsRead.eq(false))
            .filter(Column::HiddenByRecipient.eq(false));
        let count = UnreadCount {
            unread_count: ctx.scope.count(query).await?,
        };
        serde_json::to_vec(&count).map_err(ApiError::internal)
    })
    .await
}
