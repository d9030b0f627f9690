//! `ledger-entries/{id}/reverse/`.

use actix_web::{HttpRequest, HttpResponse};
use resource::{ApiError, Body, Ctx, Problem, Resource, path_key, tenant_guard::Scope, write};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    entities::ledger_entry::{Column, Entity},
    resources::ledger_entries::{LedgerEntries, LedgerEntry},
    services::ledger::reverse_by_hand,
};

/// Why money is taken back.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ReversalReason {
    /// The reason, in words that the family reads on its statement.
    #[schema(min_length = 1, max_length = 255)]
    pub reason: String,
}

/// Reverse a ledger entry
///
/// Posts its opposite from today on, and that of the discounts on it; the entry stays. What paid it
/// settles the pupil's other charges, or stays a credit. A fee whose charge is reversed is not charged
/// again by the next billing run.
///
/// # Errors
/// 400 without a reason; 404; 409 for an entry that is reversed already, or is taken back by what posted it.
#[utoipa::path(
    post,
    path = "/api/ledger-entries/{id}/reverse/",
    operation_id = "reverse_ledger_entry",
    tag = "ledger-entries",
    params(("id" = i64, Path, description = "Id of the entry.")),
    request_body = ReversalReason,
    responses(
        (status = 200, body = LedgerEntry, description = "The entry as it is now."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "No reason."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such entry."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is reversed already, or is taken back by what posted it."),
    )
)]
pub async fn reverse(
    ctx: Ctx,
    request: HttpRequest,
    body: Body<ReversalReason>,
) -> Result<HttpResponse, ApiError> {
    let id = path_key(&request, "id")?;
    let entry = write(&ctx, async |scope| {
        reverse_by_hand(scope, id, &body.0.reason).await?;
        shown(scope, id).await
    });
    Ok(HttpResponse::Ok().json(entry.await?))
}

async fn shown(scope: &Scope, id: i64) -> Result<LedgerEntry, ApiError> {
    let query = scope.find::<Entity>().filter(Column::Id.eq(id));
    let mut rows: Vec<LedgerEntry> = scope.rows(LedgerEntries::select(query)).await?;
    rows.pop().ok_or_else(ApiError::not_found)
}
