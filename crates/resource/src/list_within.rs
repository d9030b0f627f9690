//! Lists of rows that belong to a row and are no collection of their own.

use std::{borrow::Cow, fmt, marker::PhantomData};

use actix_web::{HttpRequest, HttpResponse};
use pagination::{Keyed, ListQuery, Listing, page_schema};
use sea_orm::{FromQueryResult, Select};
use serde::Serialize;
use tenant_guard::{Rows, TenantEntity};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema},
};

use crate::{ApiError, Ctx, cached_json, handlers::cache_key};

/// A page of `T`, for the description of a list; named after `T` as the pages of collections are.
pub struct PageOf<T>(PhantomData<T>);

impl<T> fmt::Debug for PageOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageOf")
    }
}

impl<T: ToSchema> PartialSchema for PageOf<T> {
    fn schema() -> RefOr<Schema> {
        page_schema(Ref::from_schema_name(T::name()).into()).into()
    }
}

impl<T: ToSchema> ToSchema for PageOf<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

/// Where a list stands, and what its answers rest on.
#[derive(Debug)]
pub struct ListWithin {
    /// Its path with slashes: `/api/scores/7/history/`.
    pub path: String,
    /// Every table that decides what an answer says.
    pub reads: &'static [&'static str],
    /// Longest life of a cached answer, in seconds.
    pub ttl: u64,
}

/// Answers a page of a list, from the cache while nothing it reads changed. `within` finds the rows, each
/// read as `R` and shown as `O`, once it has seen that the caller may.
///
/// # Errors
/// 400 naming every bad parameter, 404 for a page there is not, and those of `within`.
pub async fn list_within<E, R, O>(
    ctx: &Ctx,
    request: &HttpRequest,
    rows: Rows,
    (place, listing): (ListWithin, Listing<E>),
    within: impl AsyncFnOnce() -> Result<Select<E>, ApiError>,
) -> Result<HttpResponse, ApiError>
where
    E: TenantEntity,
    R: FromQueryResult + Send + Sync,
    O: From<R> + Serialize,
{
    let query = listing.parse(request.query_string(), ctx.viewer())?;
    let ListWithin { path, reads, ttl } = place;
    let key = cache_key(ctx, rows, &format!("{path}?{}", query.canonical()));
    cached_json(ctx, request, reads, ttl, &key, async || {
        let matching = listing.filtered(within().await?, &query);
        page::<E, R, O>(ctx, &listing, &query, &path, matching).await
    })
    .await
}

async fn page<E, R, O>(
    ctx: &Ctx,
    listing: &Listing<E>,
    query: &ListQuery,
    path: &str,
    matching: Select<E>,
) -> Result<Vec<u8>, ApiError>
where
    E: TenantEntity,
    R: FromQueryResult + Send + Sync,
    O: From<R> + Serialize,
{
    let base = &ctx.kernel.public_url;
    let shown = |found: Vec<R>| -> Vec<O> { found.into_iter().map(O::from).collect() };
    let page = listing.paged(matching.clone(), query);
    let bytes = if query.is_cursor() {
        let found: Vec<Keyed<R>> = ctx.scope.rows(page).await?;
        let (found, links) = query.cursor_page_of(base, path, found)?;
        serde_json::to_vec(&links.page(shown(found)))
    } else {
        let found: Vec<R> = ctx.scope.rows(page).await?;
        let count = match query.count_from(found.len()) {
            Some(count) => count,
            None => ctx.scope.count(matching).await?,
        };
        serde_json::to_vec(&query.page_of(base, path, count, shown(found))?)
    };
    bytes.map_err(ApiError::internal)
}
