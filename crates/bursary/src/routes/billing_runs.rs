//! `billing-runs/preview/`, `billing-runs/{id}/outcome/` and `billing-runs/{id}/undo/`.

use academic::entities::class;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use identity::services::school_today;
use resource::{
    ApiError, Body, Ctx, Money, Problem, Resource, Viewer, cached_json,
    fields::unknown_pk,
    path_key,
    tenant_guard::{Scope, Verb},
    write,
};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;

use super::ledger_entries::ReversalReason;
use crate::{
    entities::billing_run::{Column, Entity, Model},
    resources::billing_runs::{BillingRun, BillingRunInput, BillingRunRow, BillingRuns},
    services::billing::{self, FeeBilled, PupilBilled, fees_billed, pupils_billed},
};

/// What a billing run did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct BillingOutcome {
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The class billed; null is every class.
    pub class_id: Option<i64>,
    /// The day from which the charges count.
    pub effective_date: NaiveDate,
    /// The last day to pay.
    pub due_date: NaiveDate,
    /// Fees charged.
    pub charged: Money,
    /// Taken off them.
    pub discounted: Money,
    /// Moved here from earlier terms.
    pub carried_forward: Money,
    /// Settled at once by what pupils had to their credit.
    pub credit_used: Money,
    /// Every fee charged, by name.
    pub fees: Vec<FeeBilled>,
    /// Every pupil looked at, by name.
    pub pupils: Vec<PupilBilled>,
}

impl BillingOutcome {
    async fn of(scope: &Scope, run: Model) -> Result<Self, ApiError> {
        let fees = fees_billed(scope, &run).await?;
        let pupils = pupils_billed(scope, &run).await?;
        let sum = |of: fn(&PupilBilled) -> Money| {
            Money::of_minor(pupils.iter().map(|pupil| of(pupil).minor()).sum())
        };
        Ok(Self {
            charged: sum(|pupil| pupil.charged),
            discounted: sum(|pupil| pupil.discounted),
            carried_forward: sum(|pupil| pupil.carried_forward),
            credit_used: sum(|pupil| pupil.credit_used),
            session: run.session,
            term: run.term,
            class_id: run.class_id,
            effective_date: run.effective_date,
            due_date: run.due_date,
            fees,
            pupils,
        })
    }
}

/// Preview a billing run
///
/// Answers what the run would do to each pupil, and who would be skipped and why. Nothing is written: the
/// run is made and taken back.
///
/// # Errors
/// 400 for a bad body; 503 or 500 when the database fails.
#[utoipa::path(
    post,
    path = "/api/billing-runs/preview/",
    operation_id = "preview_billing_run",
    tag = "billing-runs",
    request_body = BillingRunInput,
    responses(
        (status = 200, body = BillingOutcome, description = "What the run would do."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad body."),
    )
)]
pub async fn preview(ctx: Ctx, body: Body<BillingRunInput>) -> Result<HttpResponse, ApiError> {
    if let Some(class) = body.0.class_id
        && ctx.scope.get::<class::Entity>(class.0).await?.is_none()
    {
        return Err(ApiError::field("class_id", unknown_pk(class.0)));
    }
    let transaction = ctx.scope.begin().await?;
    let scope = transaction.scope().clone();
    let outcome = async {
        let run = billing::run(&scope, &body.0.into()).await?;
        BillingOutcome::of(&scope, run).await
    }
    .await;
    drop(scope);
    transaction.rollback().await?;
    Ok(HttpResponse::Ok().json(outcome?))
}

/// Read what a billing run did
///
/// Pupil by pupil and fee by fee, with who was skipped and why.
///
/// # Errors
/// 404; 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/billing-runs/{id}/outcome/",
    operation_id = "billing_run_outcome",
    tag = "billing-runs",
    params(("id" = i64, Path, description = "Id of the billing run.")),
    responses(
        (status = 200, body = BillingOutcome, description = "What the run did."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such billing run."),
    )
)]
pub async fn outcome(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach(BillingRuns::PATH, Verb::Read)?;
    let id = path_key(&request, "id")?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} /api/billing-runs/{id}/outcome");
    let reads = &[
        "billing_runs",
        "billing_run_pupils",
        "ledger_entries",
        "allocations",
        "students",
        "fee_items",
        "fee_categories",
    ];
    cached_json(&ctx, &request, reads, BillingRuns::TTL, &key, async || {
        let run = ctx.scope.get::<Entity>(id).await?;
        let run = run.ok_or_else(ApiError::not_found)?;
        let outcome = BillingOutcome::of(&ctx.scope, run).await?;
        serde_json::to_vec(&outcome).map_err(ApiError::internal)
    })
    .await
}

/// Undo a billing run
///
/// Reverses everything it posted, as long as nothing was paid against it; what it settled of the pupils'
/// credits is open again. The same run may then be made anew.
///
/// # Errors
/// 400 without a reason; 404; 409 when it is undone already, or something was paid against it.
#[utoipa::path(
    post,
    path = "/api/billing-runs/{id}/undo/",
    operation_id = "undo_billing_run",
    tag = "billing-runs",
    params(("id" = i64, Path, description = "Id of the billing run.")),
    request_body = ReversalReason,
    responses(
        (status = 200, body = BillingRun, description = "The run as it is now."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "No reason."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such billing run."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "It is undone already, or something was paid against it; the pupils are named."),
    )
)]
pub async fn undo(
    ctx: Ctx,
    request: HttpRequest,
    body: Body<ReversalReason>,
) -> Result<HttpResponse, ApiError> {
    let id = path_key(&request, "id")?;
    let run = write(&ctx, async |scope| {
        let today = school_today(scope).await?;
        billing::undo(scope, id, &body.0.reason, today).await?;
        shown(scope, id).await
    });
    Ok(HttpResponse::Ok().json(run.await?))
}

async fn shown(scope: &Scope, id: i64) -> Result<BillingRun, ApiError> {
    let query = scope.find::<Entity>().filter(Column::Id.eq(id));
    let mut rows: Vec<BillingRunRow> = scope.rows(BillingRuns::select(query)).await?;
    rows.pop().map(Into::into).ok_or_else(ApiError::not_found)
}
