//! `receipts/{reference}/` and `receipts/verify/`.

use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use identity::{
    client_address,
    services::limits::{Limit, spend},
};
use resource::{
    ApiError, Ctx, FieldErrors, Kernel, Money, Problem, Resource, Viewer, cached_json,
    fields::NON_FIELD,
    tenant_guard::{Principal, Rows, Scope, Verb},
};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    entities::payment::{Column, Entity, Model},
    resources::payments::{Payment, PaymentStatus, Payments, shown},
    services::receipts::{Facts, Printed, ReceiptKey, printed},
};

const READS: &[&str] = &[
    "payments",
    "payment_lines",
    "payment_refunds",
    "ledger_entries",
    "allocations",
    "fee_items",
    "fee_categories",
    "students",
    "classes",
    "users",
    "guardianships",
    "school_settings",
    "schools",
];
/// Longest life of a cached answer, in seconds.
const TTL: u64 = 300;

/// The school as a receipt's head shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Letterhead {
    /// Name.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// Telephone.
    pub phone: String,
    /// E-mail.
    pub email: String,
    /// Motto.
    pub tagline: String,
    /// Where the logo is.
    pub logo_media: String,
    /// Domain, as the check of a receipt asks for it.
    pub domain: String,
}

/// All there is to print.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// Number of the receipt.
    pub reference: String,
    /// The school.
    pub school: Letterhead,
    /// The payment, with its pupil, its lines and what it settles.
    pub payment: Payment,
    /// Currency of the school, by ISO 4217.
    pub currency: String,
    /// What the pupil owed once the payment was recorded; below zero the school owed the pupil.
    pub balance_after: Money,
    /// By which anybody checks the receipt.
    pub verification_code: String,
    /// Where anybody checks the receipt.
    pub verification_url: String,
}

/// A receipt to be checked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Number of the receipt.
    #[param(max_length = 60)]
    #[serde(default)]
    pub reference: String,
    /// The code printed on it; case, spaces and dashes do not matter.
    #[param(max_length = 20)]
    #[serde(default)]
    pub code: String,
    /// Domain of the school.
    #[param(max_length = 63)]
    #[serde(default)]
    pub school: String,
}

/// What anybody is told of a receipt that is genuine.
#[derive(Debug, Serialize, ToSchema)]
pub struct Genuine {
    /// Always true.
    pub valid: bool,
    /// Number of the receipt.
    pub reference: String,
    /// Where its payment stands.
    #[schema(value_type = PaymentStatus)]
    pub status: String,
    /// Amount.
    pub amount: Money,
    /// Day the money was received.
    pub date: NaiveDate,
}

/// One receipt, all there is to print
///
/// # Errors
/// 404 for a receipt there is not, or whose payment the caller does not reach.
#[utoipa::path(
    get,
    path = "/api/receipts/{reference}/",
    operation_id = "retrieve_receipt",
    tag = "receipts",
    params(("reference" = String, Path, description = "Number of the receipt.")),
    responses(
        (status = 200, body = Receipt, description = "The receipt."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such receipt."),
    )
)]
pub async fn retrieve(
    ctx: Ctx,
    request: HttpRequest,
    reference: web::Path<String>,
    key: web::Data<ReceiptKey>,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("receipts", Verb::Read)?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let address = format!("{viewer} /api/receipts/{reference}/");
    cached_json(&ctx, &request, READS, TTL, &address, async || {
        let payment = found(&ctx.scope, rows, &reference).await?;
        let payment = payment.ok_or_else(ApiError::not_found)?;
        let receipt = receipt(&ctx, &payment, &key).await?;
        serde_json::to_vec(&receipt).map_err(ApiError::internal)
    })
    .await
}

async fn found(scope: &Scope, rows: Rows, reference: &str) -> Result<Option<Model>, ApiError> {
    let query = scope
        .find::<Entity>()
        .filter(Column::Reference.eq(reference))
        .filter(Payments::visible(scope, rows));
    Ok(scope.one(query).await?)
}

async fn receipt(ctx: &Ctx, payment: &Model, key: &ReceiptKey) -> Result<Receipt, ApiError> {
    let Printed {
        settings,
        domain,
        balance,
    } = printed(&ctx.scope, payment).await?;
    let code = key.code(&Facts::of(payment));
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("school", &domain)
        .append_pair("reference", &payment.reference)
        .append_pair("code", &code)
        .finish();
    Ok(Receipt {
        reference: payment.reference.clone(),
        payment: shown(&ctx.scope, payment.id).await?,
        currency: settings.currency,
        balance_after: balance,
        verification_url: format!("{}/api/receipts/verify/?{query}", ctx.kernel.public_url),
        verification_code: code,
        school: Letterhead {
            name: settings.school_name,
            address: settings.school_address,
            phone: settings.school_phone,
            email: settings.school_email,
            tagline: settings.school_tagline,
            logo_media: files::shown(&ctx.scope, settings.logo_media),
            domain,
        },
    })
}

/// Check a receipt
///
/// Anybody may. A wrong code, an unknown number and an unknown school are answered alike.
///
/// # Errors
/// 400 with every field that is missing; 404; 429 after some tries from one address.
#[utoipa::path(
    get,
    path = "/api/receipts/verify/",
    operation_id = "verify_receipt",
    tag = "receipts",
    params(Check),
    responses(
        (status = 200, body = Genuine, description = "The receipt is genuine; whether it still counts, its status says."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "Every field that is missing."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "There is no such receipt, or its code is another."),
        (status = 429, body = Problem, content_type = "application/problem+json", description = "Too many tries."),
    )
)]
pub async fn verify(
    request: HttpRequest,
    kernel: web::Data<Kernel>,
    key: web::Data<ReceiptKey>,
) -> Result<HttpResponse, ApiError> {
    let check = asked(request.query_string())?;
    let platform = kernel.database.platform();
    if let Some(address) = client_address(&request) {
        spend(&platform, &[Limit::receipts(address)]).await?;
    }
    let payment = match platform.school_of(check.school.trim()).await? {
        Some(school) => {
            let scope = kernel.database.scope(school, Principal::system(school));
            found(&scope, Rows::All, check.reference.trim()).await?
        }
        None => None,
    };
    let facts = payment.as_ref().map_or(NOBODYS, Facts::of);
    let is_code = key.is_code(&facts, &check.code);
    let genuine = payment
        .filter(|_| is_code)
        .ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(Genuine {
        valid: true,
        reference: genuine.reference,
        status: genuine.status,
        amount: genuine.amount,
        date: genuine.date,
    }))
}

fn asked(query: &str) -> Result<Check, ApiError> {
    let check = web::Query::<Check>::from_query(query)
        .map_err(|error| ApiError::field(NON_FIELD, error.to_string()))?
        .into_inner();
    let mut errors = FieldErrors::default();
    for (field, given) in [
        ("reference", &check.reference),
        ("code", &check.code),
        ("school", &check.school),
    ] {
        if given.trim().is_empty() || given.contains('\0') {
            errors.add(field, "This field is required.");
        }
    }
    if errors.is_empty() {
        Ok(check)
    } else {
        Err(ApiError::invalid(errors))
    }
}

/// What a code is held against where there is no receipt, so that this takes as long.
const NOBODYS: Facts<'static> = Facts {
    school: 0,
    reference: "",
    amount: Money::of_minor(0),
    date: NaiveDate::MIN,
};
