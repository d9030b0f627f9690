//! `late-fees/` and `late-fees/preview/`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use resource::{ApiError, Body, Ctx, Money, Problem, checked_body, idempotency::act};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::services::late_fees::{self, Asked, LateFeeOutcome, Outcome, PupilLate};

/// Which debts are looked at.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LateFeesInput {
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
    /// The day from which the fees count, and by which debts are late; not after today, which it is where
    /// none is given.
    #[serde(default)]
    pub date: Option<NaiveDate>,
}

impl From<LateFeesInput> for Asked {
    fn from(input: LateFeesInput) -> Self {
        Self {
            session: input.session,
            term: input.term,
            date: input.date,
        }
    }
}

/// What is charged for paying late, or would be.
#[derive(Debug, Serialize, ToSchema)]
pub struct LateFees {
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The day from which the fees count.
    pub date: NaiveDate,
    /// Pupils charged now.
    pub charged: usize,
    /// What they are charged in all.
    pub amount: Money,
    /// Every pupil who was charged something in the term, by name.
    pub pupils: Vec<PupilLate>,
}

impl LateFees {
    fn of(asked: Asked, outcome: Outcome) -> Self {
        let charged = outcome
            .pupils
            .iter()
            .filter(|one| one.outcome == LateFeeOutcome::Charged);
        Self {
            session: asked.session,
            term: asked.term,
            date: outcome.date,
            charged: charged.clone().count(),
            amount: Money::of_minor(charged.map(|one| one.amount.minor()).sum()),
            pupils: outcome.pupils,
        }
    }
}

/// Preview late fees
///
/// Answers who would be charged how much and why, and who is skipped and why. Nothing is written.
///
/// # Errors
/// 400 for a bad body; 409 where the settings have no rule.
#[utoipa::path(
    post,
    path = "/api/late-fees/preview/",
    operation_id = "preview_late_fees",
    tag = "late-fees",
    request_body = LateFeesInput,
    responses(
        (status = 200, body = LateFees, description = "What would be charged."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad body."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The settings have no rule."),
    )
)]
pub async fn preview(ctx: Ctx, body: Body<LateFeesInput>) -> Result<HttpResponse, ApiError> {
    let asked = Asked::from(body.0);
    let outcome = late_fees::preview(&ctx.scope, &asked).await?;
    Ok(HttpResponse::Ok().json(LateFees::of(asked, outcome)))
}

/// Charge late fees
///
/// Charges every pupil whose debts of the term are late, by `late_fee_kind`, `late_fee_value` and
/// `late_fee_grace_days` of the settings, once a pupil and term: charging again adds those who have
/// become late since. A part of a payment plan that is not yet due is not late. A fee is waived by reversing its
/// entry with a reason, and is then not charged again.
///
/// # Errors
/// 400 for a bad body; 409 where the settings have no rule; 422 for a key used for another request.
#[utoipa::path(
    post,
    path = "/api/late-fees/",
    operation_id = "charge_late_fees",
    tag = "late-fees",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body answers the first response again.")),
    request_body = LateFeesInput,
    responses(
        (status = 200, body = LateFees, description = "What was charged."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad body."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "The settings have no rule."),
        (status = 422, body = Problem, content_type = "application/problem+json", description = "The key was used for another request."),
    )
)]
pub async fn charge(
    ctx: Ctx,
    request: HttpRequest,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let input: LateFeesInput = checked_body(&ctx.kernel, &request, &bytes)?;
    let asked = Asked::from(input);
    act(&ctx, &request, &bytes, async |scope| {
        let outcome = late_fees::charge(scope, &asked).await?;
        Ok(LateFees::of(asked, outcome))
    })
    .await
}
