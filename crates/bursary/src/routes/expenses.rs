//! `expenses/{id}/approve/` and `expenses/{id}/void/`.

use actix_web::{HttpRequest, HttpResponse};
use resource::{ApiError, Body, Ctx, Problem, Resource, path_key, tenant_guard::Scope, write};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    entities::expense::{Column, Entity, Model},
    resources::expenses::{Expense, Expenses},
    services::expenses,
};

/// Why something is taken back.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Reason {
    /// The reason, kept with the row and in the audit trail.
    #[schema(min_length = 1, max_length = 255)]
    pub reason: String,
}

/// Approve an expense
///
/// An expense above `expense_approval_limit` of the settings counts from then on. One that is approved
/// already is answered as it is.
///
/// # Errors
/// 404; 409 when it is voided, or the caller recorded it.
#[utoipa::path(
    post,
    path = "/api/expenses/{id}/approve/",
    operation_id = "approve_expense",
    tag = "expenses",
    params(("id" = i64, Path, description = "Id of the expense.")),
    responses(
        (status = 200, body = Expense, description = "The expense as it is now."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such expense."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is voided, or the caller recorded it."),
    )
)]
pub async fn approve(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let id = path_key(&request, "id")?;
    let expense = write(&ctx, async |scope| {
        shown(scope, &expenses::approve(scope, id).await?).await
    });
    Ok(HttpResponse::Ok().json(expense.await?))
}

/// Void an expense
///
/// The row stays, and counts no more; DELETE does the same without a reason.
///
/// # Errors
/// 400 without a reason; 404; 409 when it is voided already.
#[utoipa::path(
    post,
    path = "/api/expenses/{id}/void/",
    operation_id = "void_expense",
    tag = "expenses",
    params(("id" = i64, Path, description = "Id of the expense.")),
    request_body = Reason,
    responses(
        (status = 200, body = Expense, description = "The expense as it is now."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "No reason."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such expense."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is voided already."),
    )
)]
pub async fn void(
    ctx: Ctx,
    request: HttpRequest,
    body: Body<Reason>,
) -> Result<HttpResponse, ApiError> {
    let id = path_key(&request, "id")?;
    let expense = write(&ctx, async |scope| {
        shown(scope, &expenses::void(scope, id, &body.0.reason).await?).await
    });
    Ok(HttpResponse::Ok().json(expense.await?))
}

async fn shown(scope: &Scope, row: &Model) -> Result<Expense, ApiError> {
    let query = scope.find::<Entity>().filter(Column::Id.eq(row.id));
    let mut rows: Vec<Expense> = scope.rows(Expenses::select(query)).await?;
    rows.pop().ok_or_else(ApiError::not_found)
}
