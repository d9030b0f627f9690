//! List and retrieve.

use actix_web::{HttpRequest, HttpResponse, web};
use pagination::{Keyed, ListQuery};
use sea_orm::{ColumnTrait, QueryFilter, Select};
use tenant_guard::{Rows, TenantEntity, Verb};

use super::{Mounted, cache_key};
use crate::{ApiError, Ctx, FieldErrors, Resource, cached, etag, path::path_key};

impl From<pagination::QueryError> for ApiError {
    fn from(error: pagination::QueryError) -> Self {
        match error {
            pagination::QueryError::Invalid(errors) => Self::invalid(FieldErrors(errors)),
            pagination::QueryError::Page => Self::new(
                actix_web::http::StatusCode::NOT_FOUND,
                "not_found",
                "Invalid page.",
            ),
        }
    }
}

pub(crate) async fn list<R: Resource>(
    ctx: Ctx,
    request: HttpRequest,
    mounted: web::Data<Mounted<R>>,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach(R::PATH, Verb::Read)?;
    let query = mounted
        .listing
        .parse(request.query_string(), ctx.viewer())?;
    let address = format!("{}?{}", mounted.path, query.canonical());
    let key = cache_key(&ctx, rows, &address);
    cached::cached_json(&ctx, &request, R::READS, R::TTL, &key, async || {
        if query.is_cursor() {
            by_cursor(&ctx, &mounted, rows, &query).await
        } else {
            by_page(&ctx, &mounted, rows, &query).await
        }
    })
    .await
}

fn reachable<R: Resource>(ctx: &Ctx, rows: Rows) -> Select<R::Entity> {
    let query = ctx.scope.find::<R::Entity>();
    match rows {
        Rows::All => query,
        _ => query.filter(R::visible(&ctx.scope, rows)),
    }
}

async fn by_page<R: Resource>(
    ctx: &Ctx,
    mounted: &Mounted<R>,
    rows: Rows,
    query: &ListQuery,
) -> Result<Vec<u8>, ApiError> {
    let matching = mounted
        .listing
        .filtered(R::select(reachable::<R>(ctx, rows)), query);
    let found: Vec<R::Row> = ctx
        .scope
        .rows(mounted.listing.paged(matching.clone(), query))
        .await?;
    let count = match query.count_from(found.len()) {
        Some(count) => count,
        None => counted::<R>(ctx, mounted, rows, query, matching).await?,
    };
    let output = R::output(&ctx.scope, found).await?;
    let page = query.page_of(&ctx.kernel.public_url, &mounted.path, count, output)?;
    serde_json::to_vec(&page).map_err(ApiError::internal)
}

/// The count of a list, which all of its pages share.
async fn counted<R: Resource>(
    ctx: &Ctx,
    mounted: &Mounted<R>,
    rows: Rows,
    query: &ListQuery,
    matching: Select<R::Entity>,
) -> Result<u64, ApiError> {
    let address = format!("{}#count?{}", mounted.path, query.count_key());
    let key = cache_key(ctx, rows, &address);
    let (entry, _) = cached::fetch(ctx, R::READS, R::TTL, &key, async || {
        Ok(ctx.scope.count(matching).await?.to_string().into_bytes())
    })
    .await?;
    let text = entry.body();
    let count = std::str::from_utf8(&text)
        .ok()
        .and_then(|text| text.parse().ok());
    count.ok_or_else(|| ApiError::internal(std::io::Error::other("a cached count is no number")))
}

async fn by_cursor<R: Resource>(
    ctx: &Ctx,
    mounted: &Mounted<R>,
    rows: Rows,
    query: &ListQuery,
) -> Result<Vec<u8>, ApiError> {
    let matching = mounted
        .listing
        .filtered(R::select(reachable::<R>(ctx, rows)), query);
    let found: Vec<Keyed<R::Row>> = ctx
        .scope
        .rows(mounted.listing.paged(matching, query))
        .await?;
    let (found, links) = query.cursor_page_of(&ctx.kernel.public_url, &mounted.path, found)?;
    let page = links.page(R::output(&ctx.scope, found).await?);
    serde_json::to_vec(&page).map_err(ApiError::internal)
}

pub(crate) async fn retrieve<R: Resource>(
    ctx: Ctx,
    request: HttpRequest,
    mounted: web::Data<Mounted<R>>,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach(R::PATH, Verb::Read)?;
    let id = path_key(&request, "id")?;
    let key = cache_key(&ctx, rows, &format!("{}{id}/", mounted.path));
    cached::cached_row(&ctx, &request, R::READS, R::TTL, &key, async || {
        let query = reachable::<R>(&ctx, rows).filter(<R::Entity as TenantEntity>::ID.eq(id));
        let row = ctx
            .scope
            .one(query.clone())
            .await?
            .ok_or_else(ApiError::not_found)?;
        let version = etag::row_version::<R::Entity>(&row);
        Ok((version, super::shown::<R>(&ctx.scope, &row).await?))
    })
    .await
}
