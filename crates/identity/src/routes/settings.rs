//! `settings/`: one object a school.

use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, http::header, web};
use resource::{
    ApiError, Ctx, FieldErrors, Kernel, Problem, cached_row, detail_tag, json_body, precondition,
    shape::Shape,
    tenant_guard::{Principal, Refusal, Scope, guard::tenant_header},
    write,
};
use serde_json::Value;

use crate::{
    services::save_settings::{self, Stored},
    settings::{MEDIA, SchoolSettings, Settings, SettingsRules, is_branding},
};

const READS: &[&str] = &["school_settings", "schools"];
/// Longest life of a cached answer, in seconds.
const TTL: u64 = 300;

/// The settings of the school
///
/// Without a token, `X-Tenant-ID` names the school and the answer is its branding only: `school_name`,
/// `school_tagline`, `logo_media` and the `landing_…` keys.
///
/// # Errors
/// 401 without token and school, 404 for a school there is not.
#[utoipa::path(
    get,
    path = "/api/settings/",
    operation_id = "retrieve_settings",
    tag = "settings",
    params(("X-Tenant-ID" = Option<String>, Header, description = "Domain of the school.")),
    responses(
        (status = 200, description = "The settings.", body = SchoolSettings),
        (status = 404, description = "No such school.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn retrieve(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let signed_in = request.extensions().get::<Principal>().is_some();
    let ctx = if signed_in {
        Ctx::extract(&request).await?
    } else {
        visitor(&request).await?
    };
    let key = if signed_in {
        "signed in /api/settings/"
    } else {
        "anyone /api/settings/"
    };
    cached_row(&ctx, &request, READS, TTL, key, async || {
        let stored = save_settings::stored(&ctx.scope, false).await?;
        let (version, mut body) = (stored.row.row_version, shown(&ctx.scope, stored)?);
        if let (false, Value::Object(keys)) = (signed_in, &mut body) {
            keys.retain(|key, _| is_branding(key));
        }
        Ok((
            version,
            serde_json::to_vec(&body).map_err(ApiError::internal)?,
        ))
    })
    .await
}

/// The context of someone without a token, at the school of the header.
async fn visitor(request: &HttpRequest) -> Result<Ctx, ApiError> {
    let kernel = request
        .app_data::<web::Data<Kernel>>()
        .ok_or_else(ApiError::unavailable)?;
    let domain = tenant_header(request.headers()).ok_or(Refusal::Missing)?;
    let school = kernel
        .database
        .platform()
        .school_of(&domain)
        .await?
        .ok_or_else(ApiError::not_found)?;
    Ok(Ctx {
        scope: kernel.database.scope(school, Principal::system(school)),
        kernel: kernel.clone(),
    })
}

fn shown(scope: &Scope, stored: Stored) -> Result<Value, ApiError> {
    let settings = SchoolSettings {
        id: stored.row.id,
        subscription_status: stored.status,
        school_domain: stored.domain,
        settings: stored.settings.linked(scope),
    };
    serde_json::to_value(settings).map_err(ApiError::internal)
}

/// Replace the settings of the school
///
/// What is left out starts anew.
///
/// # Errors
/// 400 with every field error at once, 412.
#[utoipa::path(
    put,
    path = "/api/settings/",
    operation_id = "replace_settings",
    tag = "settings",
    params(("If-Match" = Option<String>, Header, description = "Entity tag the settings must still have; 412 when they moved on.")),
    request_body = Settings,
    responses(
        (status = 200, description = "The settings as they are now.", body = SchoolSettings),
        (status = 400, description = "Every field that is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The settings moved on.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn replace(
    ctx: Ctx,
    request: HttpRequest,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let mut body = json_body(&request, &bytes)?;
    let errors = files::take_in(&ctx, &request, &mut body, &MEDIA).await?;
    change(&ctx, &request, errors, |_| Ok(body)).await
}

/// Change settings of the school by JSON merge patch (RFC 7396)
///
/// # Errors
/// 400 with every field error at once, 412.
#[utoipa::path(
    patch,
    path = "/api/settings/",
    operation_id = "update_settings",
    tag = "settings",
    params(("If-Match" = Option<String>, Header, description = "Entity tag the settings must still have; 412 when they moved on.")),
    request_body = Settings,
    responses(
        (status = 200, description = "The settings as they are now.", body = SchoolSettings),
        (status = 400, description = "Every field that is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The settings moved on.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    ctx: Ctx,
    request: HttpRequest,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let mut patch = json_body(&request, &bytes)?;
    let errors = files::take_in(&ctx, &request, &mut patch, &MEDIA).await?;
    change(&ctx, &request, errors, |before| {
        let mut body = serde_json::to_value(before).map_err(ApiError::internal)?;
        json_patch::merge(&mut body, &patch);
        Ok(body)
    })
    .await
}

async fn change(
    ctx: &Ctx,
    request: &HttpRequest,
    errors: FieldErrors,
    body: impl FnOnce(&Settings) -> Result<Value, ApiError>,
) -> Result<HttpResponse, ApiError> {
    let shape = ctx.kernel.shapes.get::<Settings>();
    let rules = request
        .app_data::<web::Data<SettingsRules>>()
        .ok_or_else(ApiError::unavailable)?;
    let after = write(ctx, async |scope| {
        let before = save_settings::stored(scope, true).await?;
        precondition(request, before.row.row_version)?;
        let settings = sound(&shape, body(&before.settings)?, errors)?;
        rules.check(scope, &before.settings, &settings).await?;
        let unknown = settings.claim_media(scope, &before.settings).await?;
        if !unknown.is_empty() {
            return Err(ApiError::invalid(unknown));
        }
        save_settings::save(scope, &before, settings).await
    })
    .await?;
    let version = after.row.row_version;
    let body = serde_json::to_vec(&shown(&ctx.scope, after)?).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::ETAG, detail_tag(version, &body)))
        .body(body))
}

/// The settings of a body, or every error of schema and rules at once, after those found already.
fn sound(shape: &Shape, mut body: Value, mut errors: FieldErrors) -> Result<Settings, ApiError> {
    errors.merge(shape.check(&mut body));
    let Value::Object(keys) = &mut body else {
        return Err(ApiError::invalid(errors));
    };
    // The rules look at what is left; a key that is wrong already has its message.
    keys.retain(|key, _| !errors.concerns(key));
    let settings: Settings = Shape::read(body)?;
    errors.merge(settings.rules());
    if errors.is_empty() {
        Ok(settings)
    } else {
        Err(ApiError::invalid(errors))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schema_and_rules_answer_together() {
        let body = json!({ "invoice_due_days": "soon", "currency": "naira", "time_zone": "Mars" });
        let none = FieldErrors::default;
        let refused = sound(&Shape::of::<Settings>(), body, none()).unwrap_err();
        let fields: Vec<_> = refused.errors().unwrap().0.keys().cloned().collect();
        assert_eq!(fields, ["currency", "invoice_due_days", "time_zone"]);
        assert!(sound(&Shape::of::<Settings>(), json!([]), none()).is_err());
    }
}
