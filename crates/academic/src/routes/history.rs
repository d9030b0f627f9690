//! `scores/{id}/history/`: who changed which cell of a row, from what to what.

use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use resource::{
    ApiError, Ctx, ListWithin, PageOf, Problem, list_within, pagination::Listing, path_key,
    tenant_guard::Verb,
};
use sea_orm::{ColumnTrait, FromQueryResult, QueryFilter, QuerySelect, sea_query::Expr};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    entities::{
        score,
        score_change::{Column, Entity, Model},
    },
    marks::{Cell, Mark},
    services::own,
};

/// Every table that decides what an answer says.
const READS: &[&str] = &[
    "score_changes",
    "scores",
    "report_cards",
    "users",
    "classes",
    "teachers",
    "subject_teachers",
];
/// Longest life of a cached answer, in seconds.
const TTL: u64 = 300;

/// An operator is no user of the school.
const ACTOR_NAME: &str = "(SELECT u.name FROM users u WHERE u.school_id = score_changes.school_id \
    AND u.id = score_changes.actor_id AND score_changes.actor_role <> 'SUPER_ADMIN')";

/// What a cell held.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum CellValue {
    /// A mark.
    Mark(Mark),
    /// `absent`, a letter, or the text of a comment.
    Text(String),
}

/// One cell that took another value.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoreChange {
    /// Id.
    pub id: i64,
    /// When.
    pub changed_at: DateTime<Utc>,
    /// Id of the user who changed it; none for an operator or the system itself.
    pub changed_by: Option<i64>,
    /// Name of that user.
    pub changed_by_name: Option<String>,
    /// What that user was, as `TEACHER`.
    pub changed_by_role: String,
    /// `ca1`, `ca2`, `exam`, `comment` or `grade_override`.
    pub cell: String,
    /// What it held; none for nothing.
    pub before: Option<CellValue>,
    /// What it holds since; none for nothing.
    pub after: Option<CellValue>,
    /// Why a grade was overridden; blank elsewhere.
    pub reason: String,
    /// Version that the row reached by it.
    pub row_version: i64,
}

/// One page of changes.
type ScoreChangePage = PageOf<ScoreChange>;

/// A change with the name of who made it.
#[derive(Debug, FromQueryResult)]
struct Row {
    #[sea_orm(nested)]
    change: Model,
    actor_name: Option<String>,
}

impl From<Row> for ScoreChange {
    fn from(row: Row) -> Self {
        let change = row.change;
        let marks = ["ca1", "ca2", "exam"].contains(&change.cell.as_str());
        let shown = |text: Option<String>| match Cell::read(text.as_deref()) {
            Cell::Marked(mark) if marks => Some(CellValue::Mark(Mark(mark))),
            _ => text.map(CellValue::Text),
        };
        Self {
            id: change.id,
            changed_at: change.created_at,
            changed_by: row.actor_name.is_some().then_some(change.actor_id),
            changed_by_name: row.actor_name,
            changed_by_role: change.actor_role,
            before: shown(change.before),
            after: shown(change.after),
            cell: change.cell,
            reason: change.reason,
            row_version: change.version,
        }
    }
}

/// The history of a row of marks, newest first
///
/// It goes on where a row was removed from its card and made again.
///
/// # Errors
/// 404 for a row whose marks the caller does not write.
#[utoipa::path(
    get,
    path = "/api/scores/{id}/history/",
    operation_id = "list_score_changes",
    tag = "scores",
    params(
        ("id" = i64, Path, description = "Id of the row."),
        ("page" = Option<i64>, Query, description = "Number of the page, from 1."),
        ("page_size" = Option<i64>, Query, description = "Rows of a page: 50, at most 200."),
        ("cursor" = Option<String>, Query, description = "Pages in constant time: blank to start, then as `next` says."),
    ),
    responses(
        (status = 200, description = "One page.", body = ScoreChangePage),
        (status = 400, description = "A bad parameter.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such row or page.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn history(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("scores/history", Verb::Read)?;
    let id = path_key(&request, "id")?;
    let place = ListWithin {
        path: format!("/api/scores/{id}/history/"),
        reads: READS,
        ttl: TTL,
    };
    let listing = Listing::standard().default_order("-id");
    list_within::<Entity, Row, ScoreChange>(&ctx, &request, rows, (place, listing), async || {
        let of_row = ctx
            .scope
            .find::<score::Entity>()
            .filter(score::Column::Id.eq(id))
            .filter(own::scores(&ctx.scope, rows));
        let score = ctx.scope.one(of_row).await?;
        let score = score.ok_or_else(ApiError::not_found)?;
        Ok(ctx
            .scope
            .find::<Entity>()
            .filter(Column::ReportCardId.eq(score.report_card_id))
            .filter(Column::SubjectId.eq(score.subject_id))
            .expr_as(Expr::cust(ACTOR_NAME), "actor_name"))
    })
    .await
}
