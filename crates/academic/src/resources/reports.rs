//! `reports/`: report cards, one for each pupil and term. A POST finds the pupil's card of that term
//! or creates it; marks are merged by subject; published cards are locked.

mod body;
#[cfg(test)]
mod tests;
mod writing;

use std::collections::HashMap;

use actix_web::{HttpRequest, http::Method, web};
use resource::{
    ApiError, Ctx, Dependent, FieldErrors, Pk, Reference, Resource,
    pagination::{Kind, Listing},
    tenant_guard::{Role, Rows, Scope, Verb, matrix},
};
use sea_orm::{
    ActiveValue::Set, Condition, JoinType, QuerySelect, RelationTrait, Select, sea_query::Expr,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    entities::{
        class,
        report_card::{ActiveModel, Column, Entity, Model, Relation},
        student,
    },
    report_row::{ReportRow, RowOfCard, rows_of},
    scale::Scale,
    services::{head_remark, marking, own, positions, report_rows, versions},
};

pub(crate) use body::letter;
pub use body::{Rating, ReportCard, ReportCardInput, ReportCardRow, ReportRowInput};
use writing::{attendance, over};

/// Query of a write.
#[derive(Deserialize)]
struct Asked {
    replace_rows: Option<bool>,
}

/// The collection.
#[derive(Debug)]
pub struct Reports;

impl Reports {
    /// The cards with their rows and with the positions that follow from the marks as they are now; and
    /// whether the school shows positions to families, where any of the cards has a row.
    pub(crate) async fn marked(
        scope: &Scope,
        rows: Vec<ReportCardRow>,
    ) -> Result<(Vec<ReportCard>, bool), ApiError> {
        let ids: Vec<i64> = rows.iter().map(|row| row.card.id).collect();
        let mut to_families = false;
        let mut by_card: HashMap<i64, (Option<i64>, Vec<ReportRow>)> = HashMap::new();
        for row in positions::rows(scope, &ids).await? {
            let (position, marks) = by_card.entry(row.score.report_card_id).or_default();
            *position = row.position;
            to_families = row.shown;
            marks.push(RowOfCard::from(row).into());
        }
        let shown = |row: ReportCardRow| {
            let (position, marks) = by_card.remove(&row.card.id).unwrap_or_default();
            row.shown(position, marks)
        };
        Ok((rows.into_iter().map(shown).collect(), to_families))
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
        "report_card_versions",
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

    const DEPENDENTS: &'static [Dependent] = &[Dependent {
        table: "report_card_versions",
        column: "report_card_id",
        name: "published versions",
    }];

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
            .expr_as(Expr::cust(versions::LATEST), "published_version")
            .expr_as(Expr::cust(versions::POSITION), "published_position")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        own::report_cards(scope, rows)
    }

    async fn output(scope: &Scope, rows: Vec<ReportCardRow>) -> Result<Vec<ReportCard>, ApiError> {
        let kept: Vec<_> = rows.iter().map(ReportCardRow::kept_position).collect();
        let (mut cards, to_families) = Self::marked(scope, rows).await?;
        let is_family = matches!(scope.principal().role, Role::Parent | Role::Student);
        for (card, (keeps, position)) in cards.iter_mut().zip(kept) {
            let position = if keeps { position } else { card.position };
            card.position = position.filter(|_| to_families || !is_family);
        }
        Ok(cards)
    }

    async fn input(scope: &Scope, row: &Model) -> Result<ReportCardInput, ApiError> {
        let rows = rows_of(scope, vec![row.id]).await?.into_iter();
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
        own::marking(scope, input.class_id.0, &input.session).await?;
        let publishes =
            before.is_some_and(|card| input.is_passed.is_some_and(|now| now != card.is_passed));
        if publishes && !matrix::rows(scope.principal().role, Verb::Write, "reports/publish").some()
        {
            return Err(ApiError::forbidden());
        }
        let mut errors = attendance(input);
        if let Some(card) = before {
            errors.merge(head_remark::errors(scope, &card.head_teacher_remark, input));
        }
        Ok(errors)
    }

    async fn lock_first(scope: &Scope, _: i64) -> Result<(), ApiError> {
        marking::hold(scope).await
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
        marking::hold(scope).await?;
        if let Some(before) = Self::found(scope, &input).await? {
            own::marking(scope, before.class_id, &before.session).await?;
            let input = over(&Self::input(scope, &before).await?, &input)?;
            let mut errors = attendance(&input);
            errors.merge(head_remark::errors(
                scope,
                &before.head_teacher_remark,
                &input,
            ));
            if !errors.is_empty() {
                return Err(ApiError::invalid(errors));
            }
            return Ok((Self::update(scope, &before, input).await?, false));
        }
        Self::marks_alone(scope, None, &input).await?;
        let errors = head_remark::errors(scope, "", &input);
        if !errors.is_empty() {
            return Err(ApiError::invalid(errors));
        }
        let edited = Self::edited(scope, &input, None).await?;
        let mut row = ActiveModel {
            is_passed: Set(false),
            ..Default::default()
        };
        Self::assign(&input, &mut row);
        report_rows::sum_up(&edited.lines, &mut row);
        let card = scope.insert::<Entity, _>(row).await?;
        edited.save(scope, card.id).await?;
        Ok((card, true))
    }

    async fn update(
        scope: &Scope,
        before: &Model,
        input: ReportCardInput,
    ) -> Result<Model, ApiError> {
        let published = input.is_passed.unwrap_or(before.is_passed);
        if before.is_passed && published {
            return if Self::same(scope, before, &input).await? {
                Ok(before.clone())
            } else {
                Err(locked())
            };
        }
        Self::marks_alone(scope, Some(before), &input).await?;
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
        if !own::marking(scope, row.class_id, &row.session)
            .await?
            .is_whole()
        {
            return Err(ApiError::forbidden());
        }
        if row.is_passed {
            return Err(locked());
        }
        // The database would let the marks go too, but neither caches nor their history would learn of it.
        let held = report_rows::held(scope, row.id).await?;
        report_rows::write(scope, row.id, &held, &[], &Scale::default()).await?;
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
