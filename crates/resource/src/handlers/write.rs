//! Create, replace, change and delete.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use sea_orm::{ColumnTrait, DbBackend, QueryFilter, QuerySelect};
use serde_json::Value;
use tenant_guard::{Rows, Scope, TenantEntity, Verb};

use super::{Mounted, rules_of, shown};
use crate::{
    ApiError, Ctx, FieldErrors, Resource,
    audit::{self, Act},
    body::json_body,
    etag::{self, row_id, row_version},
    idempotency::{Claim, Kept, once},
    path::path_key,
    rules,
    shape::Shape,
    traits::ModelOf,
    unit,
};

pub(crate) async fn create<R: Resource>(
    ctx: Ctx,
    request: HttpRequest,
    mounted: web::Data<Mounted<R>>,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach(R::PATH, Verb::Write)?;
    let mut body = json_body(&request, &bytes)?;
    let claim = Claim::of(&ctx, &request, &bytes)?;
    let mut errors = mounted.shape.check(&mut body);
    errors.merge(R::prepare(&ctx, &request, &mut body).await?);
    let kept = once(&ctx, claim, async |scope| {
        let input = sound::<R>(scope, rows, body, errors, None).await?;
        let (row, new) = R::create(scope, input).await?;
        created::<R>(scope, &row, new).await
    })
    .await?;
    Ok(answer_created(&mounted.path, &kept))
}

async fn created<R: Resource>(
    scope: &Scope,
    row: &ModelOf<R>,
    new: bool,
) -> Result<Kept, ApiError> {
    let action = if new { "create" } else { "update" };
    remember::<R>(scope, action, row_id::<R::Entity>(row), None, Some(row)).await?;
    let body = shown::<R>(scope, row).await?;
    Ok(Kept {
        status: if new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        },
        body: String::from_utf8(body).map_err(ApiError::internal)?,
        replayed: false,
    })
}

fn answer_created(path: &str, kept: &Kept) -> HttpResponse {
    let mut response = kept.response();
    let id = serde_json::from_str::<Value>(&kept.body)
        .ok()
        .and_then(|body| body.get("id").and_then(Value::as_i64));
    if let Some(id) = id {
        response.insert_header((header::LOCATION, format!("{path}{id}/")));
    }
    response.body(kept.body.clone())
}

/// The body as typed input, or every field error of schema, declared rules and the collection's own.
async fn sound<R: Resource>(
    scope: &Scope,
    rows: Rows,
    body: Value,
    mut errors: FieldErrors,
    before: Option<&ModelOf<R>>,
) -> Result<R::Input, ApiError> {
    let own_id = before.map(row_id::<R::Entity>);
    let broken = rules_of::<R>().check(scope, &body, &errors, own_id).await?;
    errors.merge(broken);
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    let input: R::Input = Shape::read(body)?;
    let errors = R::check(scope, rows, &input, before).await?;
    if errors.is_empty() {
        Ok(input)
    } else {
        Err(ApiError::invalid(errors))
    }
}

async fn remember<R: Resource>(
    scope: &Scope,
    action: &str,
    id: i64,
    before: Option<Value>,
    after: Option<&ModelOf<R>>,
) -> Result<(), ApiError> {
    let after = match after {
        Some(row) => Some(written::<R>(scope, row).await?),
        None => None,
    };
    let act = Act {
        action,
        resource: R::PATH,
        id: Some(id),
        before,
        after,
    };
    audit::record(scope, act).await
}

/// The row as the body that would write it.
async fn written<R: Resource>(scope: &Scope, row: &ModelOf<R>) -> Result<Value, ApiError> {
    serde_json::to_value(R::input(scope, row).await?).map_err(ApiError::internal)
}

/// The row to change, held against other writers.
async fn held<R: Resource>(scope: &Scope, rows: Rows, id: i64) -> Result<ModelOf<R>, ApiError> {
    R::lock_first(scope, id).await?;
    let mut query = scope
        .find::<R::Entity>()
        .filter(<R::Entity as TenantEntity>::ID.eq(id));
    if rows != Rows::All {
        query = query.filter(R::visible(scope, rows));
    }
    if scope.backend() == DbBackend::Postgres {
        query = query.lock_exclusive();
    }
    scope.one(query).await?.ok_or_else(ApiError::not_found)
}

pub(crate) async fn replace<R: Resource>(
    ctx: Ctx,
    request: HttpRequest,
    mounted: web::Data<Mounted<R>>,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let mut body = json_body(&request, &bytes)?;
    let mut errors = mounted.shape.check(&mut body);
    errors.merge(R::prepare(&ctx, &request, &mut body).await?);
    change::<R>(&ctx, &request, async |_, _| Ok((body, errors))).await
}

pub(crate) async fn update<R: Resource>(
    ctx: Ctx,
    request: HttpRequest,
    mounted: web::Data<Mounted<R>>,
    bytes: web::Bytes,
) -> Result<HttpResponse, ApiError> {
    let mut patch = json_body(&request, &bytes)?;
    if !patch.is_object() {
        return Err(ApiError::field(
            crate::fields::NON_FIELD,
            "Invalid data. Expected a dictionary.",
        ));
    }
    let prepared = R::prepare(&ctx, &request, &mut patch).await?;
    change::<R>(&ctx, &request, async |scope, row| {
        let mut body = written::<R>(scope, row).await?;
        json_patch::merge(&mut body, &patch);
        let mut errors = mounted.shape.check(&mut body);
        errors.merge(prepared);
        Ok((body, errors))
    })
    .await
}

async fn change<R: Resource>(
    ctx: &Ctx,
    request: &HttpRequest,
    body: impl AsyncFnOnce(&Scope, &ModelOf<R>) -> Result<(Value, FieldErrors), ApiError>,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach(R::PATH, Verb::Write)?;
    let id = path_key(request, "id")?;
    let (version, shown) = unit::write(ctx, async |scope| {
        let before = held::<R>(scope, rows, id).await?;
        etag::precondition(request, row_version::<R::Entity>(&before))?;
        let was = written::<R>(scope, &before).await?;
        let (body, errors) = body(scope, &before).await?;
        let input = sound::<R>(scope, rows, body, errors, Some(&before)).await?;
        let after = R::update(scope, &before, input).await?;
        let version = row_version::<R::Entity>(&after);
        if version != row_version::<R::Entity>(&before) {
            remember::<R>(scope, "update", id, Some(was), Some(&after)).await?;
        }
        Ok((version, shown::<R>(scope, &after).await?))
    })
    .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::ETAG, etag::detail_tag(version, &shown)))
        .body(shown))
}

pub(crate) async fn delete<R: Resource>(
    ctx: Ctx,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach(R::PATH, Verb::Write)?;
    let id = path_key(&request, "id")?;
    unit::write(&ctx, async |scope| {
        let row = held::<R>(scope, rows, id).await?;
        etag::precondition(&request, row_version::<R::Entity>(&row))?;
        rules::unused(scope, R::ITEM, R::DEPENDENTS, id).await?;
        let was = written::<R>(scope, &row).await?;
        R::delete(scope, &row).await?;
        if R::VOIDS {
            return Ok(());
        }
        remember::<R>(scope, "delete", id, Some(was), None).await
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
