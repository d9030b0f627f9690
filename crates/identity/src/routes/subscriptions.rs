//! `schools/{id}/subscription/`: what a school has, as the operators of the platform set it.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use resource::{
    ApiError, Body, Kernel, Problem, path_key,
    tenant_guard::{Module, Principal},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    routes::me::Subscription,
    services::{
        schools,
        subscriptions::{self, Plan},
    },
};

/// A part of Termbook.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum ModuleName {
    /// Marks, report cards, attendance, the calendar.
    Academic,
    /// Fees, payments, expenses.
    Bursary,
    /// Messages.
    Messaging,
}

/// What a school subscribes to.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SubscriptionInput {
    /// Name of the plan.
    #[schema(min_length = 1, max_length = 100)]
    pub plan_name: String,
    /// Modules the plan opens; null, or left out, for all of them.
    #[serde(default)]
    #[schema(max_items = 10, value_type = Option<Vec<ModuleName>>)]
    pub allowed_modules: Option<Vec<Module>>,
    /// Last day, by the school's own calendar, on which its people sign in; null for no end.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
}

/// Set what a school subscribed to
///
/// Its people's tokens carry it: it holds for each of them from the next token on, and after the last day no
/// token is given.
///
/// # Errors
/// 400, 404.
#[utoipa::path(
    put,
    path = "/api/schools/{id}/subscription/",
    operation_id = "replace_school_subscription",
    tag = "schools",
    params(("id" = i64, Path, description = "Id of the school.")),
    request_body = SubscriptionInput,
    responses(
        (status = 200, description = "The subscription as it is now.", body = Subscription),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn replace(
    request: HttpRequest,
    principal: Principal,
    kernel: web::Data<Kernel>,
    body: Body<SubscriptionInput>,
) -> Result<HttpResponse, ApiError> {
    let id = path_key(&request, "id")?;
    let mut modules = body.0.allowed_modules;
    if let Some(modules) = &mut modules {
        modules.sort_unstable();
        modules.dedup();
    }
    let plan = Plan {
        plan_name: body.0.plan_name,
        allowed_modules: modules,
        expires_on: body.0.expires_on,
    };
    let platform = kernel.database.platform();
    // The school's trail tells of it, and is cached.
    let written = ["subscriptions", "activity_logs"];
    let lease = kernel.cache.begin_write(id, &written.into()).await;
    let done = subscriptions::subscribe(&platform, &principal, id, &plan).await;
    lease.finish().await;
    done?;
    let status = schools::school(&platform, id).await?.status;
    Ok(HttpResponse::Ok().json(Subscription::of(plan, status)))
}
