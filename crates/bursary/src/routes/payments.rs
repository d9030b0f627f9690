//! `payments/{id}/void/` and `payments/{id}/refund/`.

use actix_web::{HttpRequest, HttpResponse, web};
use resource::{
    ApiError, Body, Ctx, Money, Problem, checked_body, idempotency::act, path_key, write,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::expenses::Reason;
use crate::{
    resources::payments::{Payment, shown},
    services::payments,
};

/// Money to be given back.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RefundInput {
    /// Amount above zero, at most what is left of the payment.
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
    /// Why, kept with the refund and in the audit trail.
    #[schema(min_length = 1, max_length = 255)]
    pub reason: String,
}

/// Void a payment
///
/// A reversal takes it back: what it settled is open again. The row and the number of its receipt stay.
/// DELETE does the same without a reason.
///
/// # Errors
/// 400 without a reason; 404; 409 when it is voided already, or a part of it was given back.
#[utoipa::path(
    post,
    path = "/api/payments/{id}/void/",
    operation_id = "void_payment",
    tag = "payments",
    params(("id" = i64, Path, description = "Id of the payment.")),
    request_body = Reason,
    responses(
        (status = 200, body = Payment, description = "The payment as it is now."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "No reason."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such payment."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is voided already, or a part of it was given back."),
    )
)]
pub async fn void(
    ctx: Ctx,
    request: HttpRequest,
    body: Body<Reason>,
) -> Result<HttpResponse, ApiError> {
    let id = path_key(&request, "id")?;
    let payment = write(&ctx, async |scope| {
        payments::void(scope, id, &body.0.reason).await?;
        shown(scope, id).await
    });
    Ok(HttpResponse::Ok().json(payment.await?))
}

/// Give a payment back, or a part of it
///
/// What it settled last is open again as far as it must be. A payment of which nothing is left is
/// `refunded`.
///
/// # Errors
/// 400 when less is left of it; 404; 409 when it is voided, or nothing is left of it.
#[utoipa::path(
    post,
    path = "/api/payments/{id}/refund/",
    operation_id = "refund_payment",
    tag = "payments",
    params(
        ("id" = i64, Path, description = "Id of the payment."),
        ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body answers the first response again."),
    ),
    request_body = RefundInput,
    responses(
        (status = 200, body = Payment, description = "The payment as it is now."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "Less is left of it."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such payment."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is voided, or nothing is left of it."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The key was used for another request."),
    )
)]
pub async fn refund(
    ctx: Ctx,
    request: HttpRequest,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let RefundInput { amount, reason } = checked_body(&ctx.kernel, &request, &bytes)?;
    let id = path_key(&request, "id")?;
    act(&ctx, &request, &bytes, async |scope| {
        payments::refund(scope, id, amount, &reason).await?;
        shown(scope, id).await
    })
    .await
}
