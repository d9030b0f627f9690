//! The caller's own account.

use std::collections::BTreeMap;

use actix_web::{FromRequest, HttpRequest, HttpResponse, http::header::CACHE_CONTROL, web};
use chrono::NaiveDate;
use resource::{
    ApiError, Body, Ctx, Kernel, Problem,
    tenant_guard::{Module, Principal, Role},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error,
    password::Hasher,
    routes::subscriptions::ModuleName,
    services::{accounts::Account, change_password, profile, subscriptions::Plan},
};

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Id of the user, or of the operator.
    pub id: i64,
    /// User name.
    pub username: String,
    /// E-mail.
    pub email: String,
    /// Full name.
    pub name: String,
    /// What the caller is.
    #[schema(value_type = String, example = "TEACHER")]
    pub role: Role,
    /// Name of the school; null for an operator who chose none.
    pub school: Option<String>,
    /// Id of the school.
    pub school_id: Option<i64>,
    /// The school's subscription; null while it has none.
    pub subscription: Option<Subscription>,
    /// Id of the caller as a member of staff.
    pub teacher_id: Option<i64>,
    /// Id of the caller as a pupil.
    pub student_id: Option<i64>,
    /// Ids of the pupils a parent is linked to.
    pub student_ids: Vec<i64>,
    /// What the role may do: each resource it reaches, to the rows (`all`, `assigned` or `own`) it may
    /// `read` and `write` of it.
    pub permissions: BTreeMap<&'static str, BTreeMap<&'static str, &'static str>>,
}

/// What a school subscribed to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Subscription {
    /// Name of the plan.
    pub plan_name: String,
    /// Status of the school.
    pub status: String,
    /// Parts of Termbook the plan opens; null for all of them.
    #[schema(value_type = Option<Vec<ModuleName>>)]
    pub allowed_modules: Option<Vec<Module>>,
    /// Last day on which the school's people sign in; null for no end.
    pub expires_on: Option<NaiveDate>,
}

impl Subscription {
    /// A plan, at a school of that status.
    #[must_use]
    pub fn of(plan: Plan, status: String) -> Self {
        Self {
            plan_name: plan.plan_name,
            status,
            allowed_modules: plan.allowed_modules,
            expires_on: plan.expires_on,
        }
    }
}

/// The old password and the new one.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PasswordChange {
    /// Password at present.
    #[schema(format = Password, min_length = 1, max_length = 128)]
    pub old_password: String,
    /// Password from now on: at least 8 characters, neither a name of the account nor a common one.
    #[schema(format = Password, min_length = 1, max_length = 128)]
    pub new_password: String,
}

/// The caller's own account
///
/// # Errors
/// 401 when it was closed.
#[utoipa::path(
    get,
    path = "/api/users/me/",
    operation_id = "me",
    tag = "users",
    responses((status = 200, description = "The caller.", body = Me)),
)]
pub async fn me(principal: Principal, kernel: web::Data<Kernel>) -> Result<HttpResponse, ApiError> {
    let profile = profile::profile(&kernel.database, &principal).await?;
    let role = profile.account.role()?;
    let status = profile.account.status.clone().unwrap_or_default();
    let plan = profile.account.plan()?;
    let me = Me {
        id: profile.account.id,
        username: profile.account.username,
        email: profile.account.email,
        name: profile.account.name,
        role,
        school: profile.school,
        school_id: profile.school_id,
        subscription: plan.map(|plan| Subscription::of(plan, status)),
        teacher_id: profile.teacher_id,
        student_id: profile.student_id,
        student_ids: profile.student_ids,
        permissions: profile::permissions(role),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .json(me))
}

/// Change one's own password
///
/// Ends every other session of the caller. Not for an operator acting as someone else.
///
/// # Errors
/// 400, 403, 429, 503.
#[utoipa::path(
    post,
    path = "/api/users/me/password/",
    operation_id = "change_password",
    tag = "users",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed."),
        (status = 400, description = "The old one is wrong, or the new one too weak.", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "Too many wrong guesses; see Retry-After.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn change_password(
    request: HttpRequest,
    principal: Principal,
    kernel: web::Data<Kernel>,
    hasher: web::Data<Hasher>,
    body: Body<PasswordChange>,
) -> Result<HttpResponse, ApiError> {
    if principal.actor.is_some() {
        return Err(ApiError::forbidden());
    }
    let platform = kernel.database.platform();
    let is_operator = principal.role == Role::SuperAdmin;
    let home = if is_operator { None } else { principal.school };
    let account = Account::get(&platform, home, principal.user_id).await?;
    let account = account.ok_or_else(error::no_active_account)?;
    let PasswordChange {
        old_password,
        new_password,
    } = body.0;
    let hash =
        change_password::checked(&platform, &hasher, &account, old_password, new_password).await?;
    if is_operator {
        change_password::keep_for_operator(&platform, account.id, &hash, &principal.session)
            .await?;
    } else {
        let ctx = Ctx::extract(&request).await?;
        resource::write(&ctx, async |scope| {
            change_password::keep_for_user(scope, &hash, &principal.session).await
        })
        .await?;
    }
    Ok(HttpResponse::NoContent().finish())
}
