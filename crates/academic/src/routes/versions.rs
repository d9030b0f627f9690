//! `reports/{id}/versions/`: what was published of a card.

use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use identity::entities::user;
use resource::{
    ApiError, Ctx, ListWithin, PageOf, Problem, Resource, Viewer, cached_json, list_within,
    pagination::Listing,
    path_key,
    tenant_guard::{Rows, Verb},
};
use sea_orm::{
    ColumnTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect, RelationTrait, Select,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    entities::{
        report_card,
        report_card_version::{Column, Entity, Relation},
    },
    resources::reports::Reports,
};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 600;
const READS: &[&str] = &[
    "report_card_versions",
    "report_cards",
    "classes",
    "teachers",
    "users",
];

/// One publication of a card.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct CardVersion {
    /// Its number, from 1.
    pub version: i64,
    /// The position the card was published with.
    pub position: Option<i64>,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Id of the user who published it; none when an operator did.
    pub published_by: Option<i64>,
    /// Name of that user.
    pub published_by_name: Option<String>,
}

/// One publication of a card, with the card.
#[derive(Debug, Serialize, FromQueryResult, ToSchema)]
pub struct PublishedCard {
    /// What is known of the publication.
    #[sea_orm(nested)]
    #[serde(flatten)]
    pub version: CardVersion,
    /// The card as `reports/` showed it at that moment.
    #[schema(value_type = Object)]
    pub card: Value,
}

/// A page of versions.
type CardVersionPage = PageOf<CardVersion>;

/// The versions of a card.
fn of_card(ctx: &Ctx, card: i64) -> Select<Entity> {
    let query = ctx.scope.find::<Entity>();
    query
        .filter(Column::ReportCardId.eq(card))
        .join(JoinType::LeftJoin, Relation::Publisher.def())
        .select_only()
        .columns([
            Column::Version,
            Column::Position,
            Column::PublishedAt,
            Column::PublishedBy,
        ])
        .column_as(user::Column::Name, "published_by_name")
}

/// Refuses a card that the caller does not see.
async fn visible(ctx: &Ctx, rows: Rows, card: i64) -> Result<(), ApiError> {
    let mut query = ctx.scope.find::<report_card::Entity>();
    if rows != Rows::All {
        query = query.filter(Reports::visible(&ctx.scope, rows));
    }
    let found = ctx
        .scope
        .one(query.filter(report_card::Column::Id.eq(card)));
    found.await?.map(|_| ()).ok_or_else(ApiError::not_found)
}

/// List the versions of a report card, one for each time it was published, the last first.
///
/// # Errors
/// 400 naming a bad parameter; 404 for a card the caller does not see, and a page there is not; 503 or
/// 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/reports/{id}/versions/",
    operation_id = "list_report_card_versions",
    tag = "reports",
    params(
        ("id" = i64, Path, description = "Id of the report card."),
        ("page" = Option<i64>, Query, description = "Number of the page, from 1."),
        ("page_size" = Option<i64>, Query, description = "Versions of a page, 50 unless told, at most 200."),
        ("cursor" = Option<String>, Query, description = "Blank to start, then as `next` has it: pages without a count."),
        ("ordering" = Option<String>, Query, description = "`version`, `-version`, `id` or `-id`."),
    ),
    responses(
        (status = 200, description = "One page.", body = CardVersionPage),
        (status = 400, body = Problem, content_type = "application/problem+json", description = "A bad parameter."),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such card or page."),
    )
)]
pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("reports/versions", Verb::Read)?;
    let card = path_key(&request, "id")?;
    let place = ListWithin {
        path: format!("/api/reports/{card}/versions/"),
        reads: READS,
        ttl: TTL,
    };
    let listing = Listing::standard()
        .ordering("version", Column::Version)
        .default_order("-version");
    list_within::<Entity, CardVersion, CardVersion>(
        &ctx,
        &request,
        rows,
        (place, listing),
        async || {
            visible(&ctx, rows, card).await?;
            Ok(of_card(&ctx, card))
        },
    )
    .await
}

/// Show a report card as it was published.
///
/// # Errors
/// 404 for a card the caller does not see, and a version it does not have; 503 or 500 when the
/// database fails.
#[utoipa::path(
    get,
    path = "/api/reports/{id}/versions/{version}/",
    operation_id = "retrieve_report_card_version",
    tag = "reports",
    params(
        ("id" = i64, Path, description = "Id of the report card."),
        ("version" = i64, Path, description = "Number of the version, from 1."),
    ),
    responses(
        (status = 200, description = "The card as it was published.", body = PublishedCard),
        (status = 404, body = Problem, content_type = "application/problem+json", description = "No such card or version."),
    )
)]
pub async fn retrieve(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("reports/versions", Verb::Read)?;
    let (card, version) = (path_key(&request, "id")?, path_key(&request, "version")?);
    let reader = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{reader} /api/reports/{card}/versions/{version}/");
    cached_json(&ctx, &request, READS, TTL, &key, async || {
        visible(&ctx, rows, card).await?;
        let query = of_card(&ctx, card)
            .column_as(Column::Document, "card")
            .filter(Column::Version.eq(version));
        let found: Vec<PublishedCard> = ctx.scope.rows(query).await?;
        let found = found.first().ok_or_else(ApiError::not_found)?;
        serde_json::to_vec(found).map_err(ApiError::internal)
    })
    .await
}
