//! `reports/`: report cards, one for each pupil and term. A POST finds the pupil's card of that term
//! or creates it; marks are merged by subject; published cards are locked.

mod body;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use actix_web::{HttpRequest, http::Method, web};
use resource::{
    ApiError, Ctx, FieldErrors, Pk, Reference, Resource,
    pagination::{Kind, Listing},
    tenant_guard::{Role, Rows, Scope, Verb, matrix},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, IntoActiveModel, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Select,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    entities::{
        class,
        report_card::{ActiveModel, Column, Entity, Model, Relation},
        score, student, subject,
    },
    services::{
        own, positions,
        publish::{Cards, set_published},
        report_rows::{self, Line},
    },
};

use body::RowOfCard;
pub use body::{Rating, ReportCard, ReportCardInput, ReportCardRow, ReportRow, ReportRowInput};

/// Query of a write.
#[derive(Deserialize)]
struct Asked {
    replace_rows: Option<bool>,
}

/// The collection.
#[derive(Debug)]
pub struct Reports;

impl Reports {
    /// The rows of the card after `input`.
    async fn lines(
        scope: &Scope,
        input: &ReportCardInput,
        held: &[Line],
    ) -> Result<Vec<Line>, ApiError> {
        let Some(rows) = &input.rows else {
            return Ok(held.to_vec());
        };
        let names: Vec<&str> = rows.iter().map(|row| row.subject.as_str()).collect();
        let keys = report_rows::subjects(scope, input.class_id.0, held, &names).await?;
        let changes: Vec<_> = rows
            .iter()
            .zip(keys)
            .map(|(row, key)| row.change(key))
            .collect();
        Ok(report_rows::merge(
            held,
            &changes,
            input.replace_rows == Some(true),
        ))
    }

    async fn write(
        scope: &Scope,
        before: &Model,
        input: &ReportCardInput,
    ) -> Result<Model, ApiError> {
        let held = report_rows::held(scope, before.id).await?;
        let lines = Self::lines(scope, input, &held).await?;
        let mut row = before.clone().into_active_model();
        Self::assign(input, &mut row);
        report_rows::sum_up(&lines, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        if report_rows::write(scope, before.id, &held, &lines).await? {
            return Ok(scope.advance::<Entity>(before, after).await?);
        }
        Ok(after)
    }

    async fn publish(scope: &Scope, id: i64, published: bool) -> Result<Model, ApiError> {
        set_published(scope, &Cards::Ids(vec![id]), published).await?;
        scope
            .get::<Entity>(id)
            .await?
            .ok_or_else(ApiError::not_found)
    }

    /// The pupil's card of the term, held against other writers. The pupil is held first, so that two
    /// writers cannot both find no card.
    async fn found(scope: &Scope, input: &ReportCardInput) -> Result<Option<Model>, ApiError> {
        scope.lock::<student::Entity>(input.student_id.0).await?;
        let query = scope
            .find::<Entity>()
            .filter(Column::StudentId.eq(input.student_id.0))
            .filter(Column::Session.eq(input.session.as_str()))
            .filter(Column::Term.eq(input.term.as_str()));
        match scope.one(query).await? {
            Some(card) => Ok(scope.lock::<Entity>(card.id).await?),
            None => Ok(None),
        }
    }

    async fn rows_of(scope: &Scope, cards: Vec<i64>) -> Result<Vec<RowOfCard>, ApiError> {
        if cards.is_empty() {
            return Ok(Vec::new());
        }
        let query = scope
            .find::<score::Entity>()
            .filter(score::Column::ReportCardId.is_in(cards))
            .join(JoinType::InnerJoin, score::Relation::Subject.def())
            .column_as(subject::Column::Name, "subject")
            .order_by_asc(subject::Column::Name)
            .order_by_asc(score::Column::Id);
        Ok(scope.rows(query).await?)
    }
}

/// Whether `input` would leave the card that `now` describes as it is.
fn same(mut now: ReportCardInput, input: &ReportCardInput) -> bool {
    now.is_passed = input.is_passed;
    now.replace_rows = input.replace_rows;
    if input.rows.is_none() {
        now.rows = None;
    }
    serde_json::to_value(now).ok() == serde_json::to_value(input).ok()
}

/// `input` with what it leaves out taken from `now`.
fn over(now: &ReportCardInput, input: &ReportCardInput) -> Result<ReportCardInput, ApiError> {
    let mut merged = serde_json::to_value(now).map_err(ApiError::internal)?;
    let given = serde_json::to_value(input).map_err(ApiError::internal)?;
    if let (Value::Object(merged), Value::Object(given)) = (&mut merged, given) {
        merged.extend(given);
    }
    serde_json::from_value(merged).map_err(ApiError::internal)
}

/// What is wrong with the days counted.
fn attendance(input: &ReportCardInput) -> FieldErrors {
    match (input.attendance_present, input.attendance_total) {
        (Some(present), Some(total)) if present > total => FieldErrors::of(
            "attendance_present",
            "A pupil cannot be present on more days than the school was open.",
        ),
        _ => FieldErrors::default(),
    }
}

impl Resource for Reports {
    const PATH: &'static str = "reports";
    const ITEM: &'static str = "report card";
    const READS: &'static [&'static str] = &[
        "report_cards",
        "scores",
        "students",
        "classes",
        "subjects",
        "teachers",
        "guardianships",
        "class_subjects",
        "school_settings",
    ];
    const TTL: u64 = 600;
    const UPSERTS: bool = true;
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "student_id",
            table: "students",
        },
        Reference {
            field: "class_id",
            table: "classes",
        },
    ];

    type Entity = Entity;
    type Input = ReportCardInput;
    type Row = ReportCardRow;
    type Output = ReportCard;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .ordering("average", Column::Average)
            .search([student::Column::Names, student::Column::StudentNo])
            .filter("student_id", Column::StudentId, Kind::Pk)
            .filter("class_id", Column::ClassId, Kind::Pk)
            .filter("session", Column::Session, Kind::Text)
            .filter("term", Column::Term, Kind::Text)
            .filter("is_passed", Column::IsPassed, Kind::Boolean)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::InnerJoin, Relation::Student.def())
            .join(JoinType::InnerJoin, Relation::Class.def())
            .column_as(student::Column::Names, "student_name")
            .column_as(student::Column::StudentNo, "student_no")
            .column_as(class::Column::Name, "class_name")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        own::report_cards(scope, rows)
    }

    async fn output(scope: &Scope, rows: Vec<ReportCardRow>) -> Result<Vec<ReportCard>, ApiError> {
        let ids: Vec<i64> = rows.iter().map(|row| row.card.id).collect();
        let is_family = matches!(scope.principal().role, Role::Parent | Role::Student);
        let mut by_card: HashMap<i64, (Option<i64>, Vec<ReportRow>)> = HashMap::new();
        for row in positions::rows(scope, &ids).await? {
            let (position, marks) = by_card.entry(row.score.report_card_id).or_default();
            *position = row.position.filter(|_| row.shown || !is_family);
            marks.push(RowOfCard::from(row).into());
        }
        let shown = |row: ReportCardRow| {
            let (position, marks) = by_card.remove(&row.card.id).unwrap_or_default();
            row.shown(position, marks)
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    async fn input(scope: &Scope, row: &Model) -> Result<ReportCardInput, ApiError> {
        let rows = Self::rows_of(scope, vec![row.id]).await?.into_iter();
        Ok(ReportCardInput {
            student_id: Pk(row.student_id),
            class_id: Pk(row.class_id),
            session: row.session.clone(),
            term: row.term.clone(),
            attendance_present: row.attendance_present,
            attendance_total: row.attendance_total,
            affective: serde_json::from_value(row.affective.clone()).map_err(ApiError::internal)?,
            psychomotor: serde_json::from_value(row.psychomotor.clone())
                .map_err(ApiError::internal)?,
            teacher_remark: Some(row.teacher_remark.clone()),
            head_teacher_remark: Some(row.head_teacher_remark.clone()),
            next_term_begins: row.next_term_begins,
            promoted_to: Some(row.promoted_to.clone()),
            rows: Some(
                rows.map(|row| ReportRowInput::of(row.subject, row.score.into()))
                    .collect(),
            ),
            replace_rows: None,
            is_passed: Some(row.is_passed),
        })
    }

    async fn prepare(
        _: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        let Some(body) = body.as_object_mut() else {
            return Ok(errors);
        };
        match web::Query::<Asked>::from_query(request.query_string()) {
            Ok(asked) => {
                if let Some(replace) = asked.replace_rows {
                    body.insert("replace_rows".into(), replace.into());
                }
            }
            Err(_) => errors.add("replace_rows", "Must be a valid boolean."),
        }
        if request.method() != Method::PATCH {
            body.remove("is_passed");
        } else if body.contains_key("is_passed") && body.contains_key("rows") {
            errors.add(
                "is_passed",
                "Publishing is an act of its own and carries no marks.",
            );
        }
        Ok(errors)
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &ReportCardInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        own::may_mark(scope, input.class_id.0).await?;
        let publishes =
            before.is_some_and(|card| input.is_passed.is_some_and(|now| now != card.is_passed));
        if publishes && !matrix::rows(scope.principal().role, Verb::Write, "reports/publish").some()
        {
            return Err(ApiError::forbidden());
        }
        Ok(attendance(input))
    }

    fn assign(input: &ReportCardInput, row: &mut ActiveModel) {
        row.student_id = Set(input.student_id.0);
        row.class_id = Set(input.class_id.0);
        row.session = Set(input.session.clone());
        row.term = Set(input.term.clone());
        row.attendance_present = Set(input.attendance_present);
        row.attendance_total = Set(input.attendance_total);
        row.affective = Set(json!(input.affective.clone().unwrap_or_default()));
        row.psychomotor = Set(json!(input.psychomotor.clone().unwrap_or_default()));
        row.teacher_remark = Set(input.teacher_remark.clone().unwrap_or_default());
        row.head_teacher_remark = Set(input.head_teacher_remark.clone().unwrap_or_default());
        row.next_term_begins = Set(input.next_term_begins);
        row.promoted_to = Set(input.promoted_to.clone().unwrap_or_default());
    }

    async fn create(scope: &Scope, input: ReportCardInput) -> Result<(Model, bool), ApiError> {
        if let Some(before) = Self::found(scope, &input).await? {
            own::may_mark(scope, before.class_id).await?;
            let input = over(&Self::input(scope, &before).await?, &input)?;
            let errors = attendance(&input);
            if !errors.is_empty() {
                return Err(ApiError::invalid(errors));
            }
            return Ok((Self::update(scope, &before, input).await?, false));
        }
        let lines = Self::lines(scope, &input, &[]).await?;
        let mut row = ActiveModel {
            is_passed: Set(false),
            ..Default::default()
        };
        Self::assign(&input, &mut row);
        report_rows::sum_up(&lines, &mut row);
        let card = scope.insert::<Entity, _>(row).await?;
        report_rows::write(scope, card.id, &[], &lines).await?;
        Ok((card, true))
    }

    async fn update(
        scope: &Scope,
        before: &Model,
        input: ReportCardInput,
    ) -> Result<Model, ApiError> {
        let published = input.is_passed.unwrap_or(before.is_passed);
        if before.is_passed && published {
            let now = Self::input(scope, before).await?;
            return if same(now, &input) {
                Ok(before.clone())
            } else {
                Err(locked())
            };
        }
        if before.is_passed {
            let open = Self::publish(scope, before.id, false).await?;
            return Self::write(scope, &open, &input).await;
        }
        let after = Self::write(scope, before, &input).await?;
        if published {
            Self::publish(scope, after.id, true).await
        } else {
            Ok(after)
        }
    }

    async fn delete(scope: &Scope, row: &Model) -> Result<(), ApiError> {
        if row.is_passed {
            return Err(locked());
        }
        // The database would let the marks go too, but caches would not learn of it.
        let marks = Condition::all().add(score::Column::ReportCardId.eq(row.id));
        scope.delete_where::<score::Entity>(marks).await?;
        scope.delete::<Entity>(row.id).await?;
        Ok(())
    }
}

/// 409 for a write on a published card.
pub(crate) fn locked() -> ApiError {
    ApiError::conflict(
        "This report card is published; its marks are locked until it is taken back.",
    )
}
