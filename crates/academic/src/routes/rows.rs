//! `reports/{id}/rows/{subject}/`: one subject's row of a card, for a phone on a bad network.

use actix_web::{HttpRequest, HttpResponse, http::header};
use resource::{
    ApiError, Body, Ctx, Problem, Resource, Viewer,
    audit::{self, Act},
    cached_row, detail_tag, path_key, precondition,
    tenant_guard::{Rows, Scope, Verb},
    write,
};
use sea_orm::{ColumnTrait, DbBackend, QueryFilter, QuerySelect, Select};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    entities::{report_card, subject},
    marks::{self, Assessment, Mark},
    report_row::{ReportRow, row_of},
    resources::reports::{Reports, letter, locked},
    services::{
        marking, own,
        report_rows::{self, Change},
    },
};

/// One subject's marks to write. In a PATCH a mark left out stays, and null clears it; in a PUT what is
/// left out is cleared, but for the override of a grade.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[allow(
    clippy::option_option,
    reason = "a merge patch tells absent from null (RFC 7396)"
)]
pub struct MarksInput {
    /// Version of the row that the writer saw, 0 for no row. Cells sent as they were then are no edits;
    /// one that somebody else changed meanwhile to another value answers 409. Left out: what is sent
    /// overwrites what there is.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub row_version: Option<i64>,
    /// First continuous assessment; the school's settings say the most there is to get.
    #[serde(default, deserialize_with = "marks::present")]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub ca1: Option<Option<Mark>>,
    /// Second continuous assessment, likewise.
    #[serde(default, deserialize_with = "marks::present")]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub ca2: Option<Option<Mark>>,
    /// Examination, likewise.
    #[serde(default, deserialize_with = "marks::present")]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub exam: Option<Option<Mark>>,
    /// What the pupil missed, of all three.
    #[serde(default)]
    #[schema(max_items = 3)]
    pub absent: Option<Vec<Assessment>>,
    /// Remark of the teacher.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub comment: Option<String>,
    /// Letter of the school's scale to show instead of the computed one; null takes it back, left out it
    /// stays. For the class teacher and administrators.
    #[serde(default, deserialize_with = "marks::present")]
    #[schema(value_type = Option<String>, max_length = 5)]
    pub grade_override: Option<Option<String>>,
    /// Why; required with `grade_override`.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub grade_override_reason: Option<String>,
}

impl MarksInput {
    /// The same, stating the row whole.
    fn whole(self) -> Self {
        Self {
            ca1: Some(self.ca1.flatten()),
            ca2: Some(self.ca2.flatten()),
            exam: Some(self.exam.flatten()),
            absent: Some(self.absent.unwrap_or_default()),
            comment: Some(self.comment.unwrap_or_default()),
            ..self
        }
    }

    fn change(self, subject_id: i64) -> Change {
        Change {
            at: String::new(),
            subject_id,
            row_version: self.row_version,
            ca1: self.ca1,
            ca2: self.ca2,
            exam: self.exam,
            absent: self.absent,
            comment: self.comment,
            grade_override: self.grade_override.map(letter),
            grade_override_reason: self.grade_override_reason,
        }
    }
}

/// The card and the subject of the path; what is no key finds nothing.
fn place(request: &HttpRequest) -> Result<(i64, i64), ApiError> {
    Ok((path_key(request, "id")?, path_key(request, "subject")?))
}

/// The row of a subject on a report card
///
/// # Errors
/// 404 for a card the caller does not see, or one without a row of the subject.
#[utoipa::path(
    get,
    path = "/api/reports/{id}/rows/{subject}/",
    operation_id = "retrieve_report_row",
    tag = "reports",
    params(
        ("id" = i64, Path, description = "Id of the report card."),
        ("subject" = i64, Path, description = "Id of the subject."),
    ),
    responses(
        (status = 200, description = "The row.", body = ReportRow, headers(("ETag" = String, description = "Entity tag that carries the row's version."))),
        (status = 404, description = "No such card or row.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn retrieve(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach(Reports::PATH, Verb::Read)?;
    let (card_id, subject_id) = place(&request)?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} /api/reports/{card_id}/rows/{subject_id}/");
    cached_row(
        &ctx,
        &request,
        Reports::READS,
        Reports::TTL,
        &key,
        async || {
            let card = ctx.scope.one(card_of(&ctx.scope, rows, card_id)).await?;
            card.ok_or_else(ApiError::not_found)?;
            let row = row_of(&ctx.scope, card_id, subject_id).await?;
            let row = row.ok_or_else(ApiError::not_found)?;
            let body = serde_json::to_vec(&row).map_err(ApiError::internal)?;
            Ok((row.row_version, body))
        },
    )
    .await
}

/// Replace the row of a subject on a report card, or make it
///
/// A repeat of the same request after a connection was cut off changes nothing and answers the row.
///
/// # Errors
/// 400 with every field error at once, 404, 409 for a published card and for a cell that moved on, 412.
#[utoipa::path(
    put,
    path = "/api/reports/{id}/rows/{subject}/",
    operation_id = "replace_report_row",
    tag = "reports",
    params(
        ("id" = i64, Path, description = "Id of the report card."),
        ("subject" = i64, Path, description = "Id of the subject."),
        ("If-Match" = Option<String>, Header, description = "Entity tag the row must still have; 412 when it moved on."),
    ),
    request_body = MarksInput,
    responses(
        (status = 200, description = "The row as it is now.", body = ReportRow, headers(("ETag" = String, description = "Entity tag that carries the row's version."))),
        (status = 400, description = "Every field that is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such card or subject that the caller writes on.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The card is published; or a cell moved on from what `row_version` shows to another value than the one sent, and `current` holds the row as it is now. Nothing was written.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The row moved on.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn replace(
    ctx: Ctx,
    request: HttpRequest,
    body: Body<MarksInput>,
) -> Result<HttpResponse, ApiError> {
    change(&ctx, &request, body.0.whole()).await
}

/// Change cells of the row of a subject on a report card
///
/// # Errors
/// As [`replace`].
#[utoipa::path(
    patch,
    path = "/api/reports/{id}/rows/{subject}/",
    operation_id = "update_report_row",
    tag = "reports",
    params(
        ("id" = i64, Path, description = "Id of the report card."),
        ("subject" = i64, Path, description = "Id of the subject."),
        ("If-Match" = Option<String>, Header, description = "Entity tag the row must still have; 412 when it moved on."),
    ),
    request_body = MarksInput,
    responses(
        (status = 200, description = "The row as it is now.", body = ReportRow, headers(("ETag" = String, description = "Entity tag that carries the row's version."))),
        (status = 400, description = "Every field that is wrong.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such card or subject that the caller writes on.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The card is published; or a cell moved on from what `row_version` shows to another value than the one sent, and `current` holds the row as it is now. Nothing was written.", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "The row moved on.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn update(
    ctx: Ctx,
    request: HttpRequest,
    body: Body<MarksInput>,
) -> Result<HttpResponse, ApiError> {
    change(&ctx, &request, body.0).await
}

async fn change(
    ctx: &Ctx,
    request: &HttpRequest,
    input: MarksInput,
) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach(Reports::PATH, Verb::Write)?;
    let (card_id, subject_id) = place(request)?;
    let row = write(ctx, async |scope| {
        marking::hold(scope).await?;
        let card = writable(scope, rows, card_id, subject_id).await?;
        let before = row_of(scope, card_id, subject_id).await?;
        precondition(request, before.as_ref().map_or(0, |row| row.row_version))?;
        if card.is_passed {
            return Err(locked());
        }
        if before.is_none() && !report_rows::takes(scope, card.class_id, subject_id).await? {
            return Err(ApiError::field(
                "subject",
                "The class does not take this subject.",
            ));
        }
        let changed = report_rows::change(scope, &card, &[input.change(subject_id)]).await?;
        let row = row_of(scope, card_id, subject_id).await?;
        let row = row.ok_or_else(ApiError::not_found)?;
        if changed {
            remember(scope, before.as_ref(), &row).await?;
        }
        Ok(row)
    })
    .await?;
    let body = serde_json::to_vec(&row).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::ETAG, detail_tag(row.row_version, &body)))
        .body(body))
}

fn card_of(scope: &Scope, rows: Rows, id: i64) -> Select<report_card::Entity> {
    scope
        .find::<report_card::Entity>()
        .filter(report_card::Column::Id.eq(id))
        .filter(own::report_cards(scope, rows))
}

/// The card, held against other writers, where the caller writes marks of the subject.
async fn writable(
    scope: &Scope,
    rows: Rows,
    card_id: i64,
    subject_id: i64,
) -> Result<report_card::Model, ApiError> {
    let mut query = card_of(scope, rows, card_id);
    if scope.backend() == DbBackend::Postgres {
        query = query.lock_exclusive();
    }
    let card = scope.one(query).await?.ok_or_else(ApiError::not_found)?;
    let known = scope.get::<subject::Entity>(subject_id).await?.is_some();
    let marking = own::marking(scope, card.class_id, &card.session).await?;
    if known && marking.includes(subject_id) {
        Ok(card)
    } else {
        Err(ApiError::not_found())
    }
}

async fn remember(
    scope: &Scope,
    before: Option<&ReportRow>,
    after: &ReportRow,
) -> Result<(), ApiError> {
    let json = |row: &ReportRow| serde_json::to_value(row).map_err(ApiError::internal);
    let act = Act {
        action: if before.is_some() { "update" } else { "create" },
        resource: "scores",
        id: Some(after.id),
        before: before.map(json).transpose()?,
        after: Some(json(after)?),
    };
    audit::record(scope, act).await
}
