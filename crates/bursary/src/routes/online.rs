//! `payments/initialise/`, `payments/verify-online/` and `payments/webhooks/paystack/`.

use academic::{entities::student, services::own};
use actix_web::{HttpRequest, HttpResponse, web};
use identity::{
    entities::user,
    services::{SchoolYear, save_settings, school_year},
};
use resource::{
    ApiError, Body, Ctx, FieldErrors, Kernel, Money, Pk, Problem,
    fields::unknown_pk,
    tenant_guard::{Principal, Rows, Scope, Verb},
    write,
};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    entities::{fee_category, payment_intent},
    error::{payment_mismatch, payment_not_confirmed, signature_not_valid},
    gateways::{Asked, Event, Gateway, GatewayError, Online, Told, paystack::SIGNATURE},
    resources::payments::{Payment, shown},
    services::{
        ledger::lock_account,
        online::{
            NewIntent, Outcome, Settled, adopt, conclude, intent_of, receive, recorded, school_of,
            settle, store,
        },
    },
};

const REQUIRED: &str = "This field is required.";

/// A payment to be made online.
#[derive(Debug, Deserialize, ToSchema)]
pub struct InitialiseInput {
    /// The pupil to be paid for; a parent pays for linked pupils, a pupil for itself.
    pub student_id: Pk,
    /// Amount above zero, in the school's currency.
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
    /// School year; none is that of the settings.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub session: String,
    /// Term; none is that of the settings.
    #[serde(default)]
    #[schema(max_length = 50)]
    pub term: String,
    /// The kind of fee it is meant for.
    #[serde(default)]
    pub category: Option<Pk>,
    /// E-mail of the payer; none is that of the caller's account, else that of the pupil's parent.
    #[serde(default)]
    #[schema(max_length = 254)]
    pub email: String,
}

/// Where to pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct Initialised {
    /// The page of the gateway on which the payer pays.
    pub authorization_url: String,
    /// What the gateway's own widget wants to know.
    pub access_code: String,
    /// The reference to verify the payment by.
    pub reference: String,
    /// Amount.
    pub amount: Money,
    /// Currency, by ISO 4217.
    pub currency: String,
}

/// A payment made online.
#[derive(Debug, Deserialize, ToSchema)]
pub struct VerifyInput {
    /// Its reference at the gateway.
    #[schema(min_length = 1, max_length = 100)]
    pub reference: String,
    /// The pupil paid for.
    pub student_id: Pk,
    /// Amount above zero.
    #[schema(schema_with = Money::above_zero)]
    pub amount: Money,
}

/// The pupil, where the caller reaches it.
async fn pupil(scope: &Scope, rows: Rows, id: i64) -> Result<student::Model, ApiError> {
    let query = scope
        .find::<student::Entity>()
        .filter(student::Column::Id.eq(id))
        .filter(own::students(scope, rows));
    let pupil = scope.one(query).await?;
    pupil.ok_or_else(|| ApiError::field("student_id", unknown_pk(id)))
}

/// Start a payment at the gateway
///
/// What is asked is stored before the gateway is; money it is once the gateway confirms it.
///
/// # Errors
/// 400 with every field error; 502 when the gateway does not answer; 503 where there is none.
#[utoipa::path(
    post,
    path = "/api/payments/initialise/",
    operation_id = "initialise_payment",
    tag = "payments",
    request_body = InitialiseInput,
    responses(
        (status = 201, body = Initialised, description = "Where to pay."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "Every field that is wrong."),
        (status = 502, body = Problem, content_type = "application/problem+json", description = "The gateway did not answer as it should."),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "The server has no gateway."),
    )
)]
pub async fn initialise(
    ctx: Ctx,
    online: web::Data<Online>,
    body: Body<InitialiseInput>,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("payments/initialise", Verb::Write)?;
    let gateway = online.gateway()?;
    let reference = format!("tb-{}", Uuid::now_v7().simple());
    let (intent, email, domain) = write(&ctx, async |scope| {
        let pupil = pupil(scope, rows, body.0.student_id.0).await?;
        let (new, email) = sound(scope, &body.0, &pupil).await?;
        let intent = store(scope, gateway.name(), &reference, new).await?;
        Ok((intent, email, domain(scope).await?))
    })
    .await?;
    let asked = Asked {
        reference: &intent.reference,
        email: &email,
        amount: intent.amount,
        currency: &intent.currency,
        metadata: json!({ "school": domain, "student_id": intent.student_id }),
    };
    let started = gateway
        .initialise(&asked)
        .await
        .map_err(|error| match error {
            GatewayError::Unknown => GatewayError::Refused("not found".into()),
            other => other,
        })?;
    Ok(HttpResponse::Created().json(Initialised {
        authorization_url: started.authorization_url,
        access_code: started.access_code,
        reference: intent.reference,
        amount: intent.amount,
        currency: intent.currency,
    }))
}

async fn domain(scope: &Scope) -> Result<String, ApiError> {
    Ok(save_settings::stored(scope, false).await?.domain)
}

/// What is asked, and the payer's e-mail; or every field error.
async fn sound(
    scope: &Scope,
    body: &InitialiseInput,
    pupil: &student::Model,
) -> Result<(NewIntent, String), ApiError> {
    let SchoolYear { settings, .. } = school_year(scope).await?;
    let given = |given: &str, else_: &str| if given.is_empty() { else_ } else { given }.to_owned();
    let session = given(&body.session, &settings.current_session);
    let term = given(&body.term, &settings.current_term);
    let account = scope.get::<user::Entity>(scope.principal().user_id).await?;
    let account = account.map_or(String::new(), |account| account.email);
    let email = given(&body.email, &given(&account, &pupil.parent_email));
    let mut errors = FieldErrors::default();
    for (field, missing) in [
        ("session", session.is_empty()),
        ("term", term.is_empty()),
        ("email", email.is_empty()),
    ] {
        if missing {
            errors.add(field, REQUIRED);
        }
    }
    if let Some(category) = body.category
        && scope
            .get::<fee_category::Entity>(category.0)
            .await?
            .is_none()
    {
        errors.add("category", unknown_pk(category.0));
    }
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    let new = NewIntent {
        student_id: pupil.id,
        amount: body.amount,
        currency: settings.currency,
        session,
        term,
        category_id: body.category.map(|category| category.0),
    };
    Ok((new, email))
}

/// Confirm a payment made online
///
/// The gateway is asked; what the client says is only held against its answer. A reference is credited
/// once: whoever asks again gets the same payment.
///
/// # Errors
/// 400 for a pupil or a reference that is not known; 409 `payment_not_confirmed`, and
/// `payment_mismatch` when pupil, amount or currency differ; 502; 503 where there is no gateway.
#[utoipa::path(
    post,
    path = "/api/payments/verify-online/",
    operation_id = "verify_online_payment",
    tag = "payments",
    request_body = VerifyInput,
    responses(
        (status = 200, body = Payment, description = "The payment, credited now or before."),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "Every field that is wrong."),
        (status = 409, body = Problem, content_type = "application/problem+json", description = "Not confirmed, or not what was asked; nothing is credited."),
        (status = 502, body = Problem, content_type = "application/problem+json", description = "The gateway did not answer as it should."),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "The server has no gateway."),
    )
)]
pub async fn verify_online(
    ctx: Ctx,
    online: web::Data<Online>,
    body: Body<VerifyInput>,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("payments/verify-online", Verb::Write)?;
    let gateway = online.gateway()?;
    let said = &body.0;
    pupil(&ctx.scope, rows, said.student_id.0).await?;
    if let Some(payment) = recorded(&ctx.scope, &said.reference).await? {
        agrees(said, payment.student_id, payment.amount)?;
        return Ok(HttpResponse::Ok().json(shown(&ctx.scope, payment.id).await?));
    }
    let intent = intent_of(&ctx.scope, &said.reference).await?;
    if let Some(intent) = &intent {
        agrees(said, intent.student_id, intent.amount)?;
    }
    let told = gateway.verify(&said.reference).await?;
    let settled = write(&ctx, async |scope| {
        let id = match &intent {
            Some(intent) => intent.id,
            None => adopted(scope, gateway, said, &told).await?.id,
        };
        settle(scope, id, &told).await
    })
    .await?;
    match settled {
        Settled::Paid(id) => Ok(HttpResponse::Ok().json(shown(&ctx.scope, id).await?)),
        Settled::Mismatch(what) => Err(payment_mismatch(what)),
        Settled::Failed | Settled::Waiting => Err(payment_not_confirmed()),
    }
}

/// Holds what the client says against what is known here.
fn agrees(said: &VerifyInput, student_id: i64, amount: Money) -> Result<(), ApiError> {
    if said.student_id.0 != student_id {
        return Err(payment_mismatch("pupil"));
    }
    if said.amount != amount {
        return Err(payment_mismatch("amount"));
    }
    Ok(())
}

/// Stores what a client began at the gateway by itself: whose it is, the gateway must say.
async fn adopted(
    scope: &Scope,
    gateway: &dyn Gateway,
    said: &VerifyInput,
    told: &Told,
) -> Result<payment_intent::Model, ApiError> {
    if !adopt(scope, told, said.student_id.0).await? {
        return Err(payment_mismatch("pupil"));
    }
    if told.amount != said.amount {
        return Err(payment_mismatch("amount"));
    }
    // Of two who ask at once, the second finds what the first stored.
    lock_account(scope, said.student_id.0).await?;
    if let Some(intent) = intent_of(scope, &said.reference).await? {
        return Ok(intent);
    }
    let SchoolYear { settings, .. } = school_year(scope).await?;
    if settings.current_session.is_empty() {
        let message = "The settings must name the present session first.";
        return Err(ApiError::conflict(message));
    }
    let new = NewIntent {
        student_id: said.student_id.0,
        amount: said.amount,
        currency: settings.currency,
        session: settings.current_session,
        term: settings.current_term,
        category_id: None,
    };
    store(scope, gateway.name(), &said.reference, new).await
}

/// What Paystack sends of its own accord
///
/// Signed by `x-paystack-signature`, the HMAC-SHA512 of the raw body. What was received before is
/// answered as it was then; what is of no payment asked here is written down and left at that.
///
/// # Errors
/// 401 for a wrong signature; 503 where there is no gateway.
#[utoipa::path(
    post,
    path = "/api/payments/webhooks/paystack/",
    operation_id = "paystack_webhook",
    tag = "payments",
    params(("x-paystack-signature" = String, Header, description = "HMAC-SHA512 of the raw body under the secret key, in hex.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The event, as Paystack spells it in JSON."),
    responses(
        (status = 200, description = "Received."),
        (status = 401, body = Problem, content_type = "application/problem+json", description = "Not signed by Paystack."),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "The server has no gateway."),
    )
)]
pub async fn paystack(
    request: HttpRequest,
    bytes: web::Bytes,
    kernel: web::Data<Kernel>,
    online: web::Data<Online>,
) -> Result<HttpResponse, ApiError> {
    let gateway = online.gateway()?;
    let signature = request.headers().get(SIGNATURE);
    let signature = signature.and_then(|value| value.to_str().ok());
    if !signature.is_some_and(|signature| gateway.signed(&bytes, signature)) {
        return Err(signature_not_valid());
    }
    let event = gateway.event(&bytes).unwrap_or(Event {
        kind: String::new(),
        told: None,
    });
    let platform = kernel.database.platform();
    let received = receive(&platform, gateway.name(), &bytes, &event).await?;
    if !received.done {
        let outcome = match &event.told {
            Some(told) => credited(&kernel, told).await?,
            None => Outcome::Ignored,
        };
        conclude(&platform, received.id, outcome).await?;
    }
    // Paystack sends again what is answered by anything but 200.
    Ok(HttpResponse::Ok().finish())
}

async fn credited(kernel: &web::Data<Kernel>, told: &Told) -> Result<Outcome, ApiError> {
    let platform = kernel.database.platform();
    let Some((school, id)) = school_of(&platform, &told.reference).await? else {
        tracing::warn!("a gateway told of a payment that nobody asked for");
        return Ok(Outcome::UnknownReference);
    };
    let ctx = Ctx {
        scope: kernel.database.scope(school, Principal::system(school)),
        kernel: kernel.clone(),
    };
    let settled = write(&ctx, async |scope| settle(scope, id, told).await).await?;
    Ok(match settled {
        Settled::Paid(_) => Outcome::Credited,
        Settled::Mismatch(_) => Outcome::Mismatch,
        Settled::Failed | Settled::Waiting => Outcome::Ignored,
    })
}
