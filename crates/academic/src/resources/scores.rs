//! `scores/`: the rows of report cards one by one, for mark sheets of a subject.
//!
//! A row goes only with its card or by `reports/`: a client of the system Termbook replaces sends a
//! card's id to `DELETE scores/`, and must not hit another pupil's mark.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use resource::{
    ApiError, FieldErrors, Pk, Reference, Resource, Verbs,
    fields::NON_FIELD,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, IntoActiveModel, JoinType,
    QueryFilter, QuerySelect, RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reports::locked;
use crate::{
    entities::{
        report_card,
        score::{ActiveModel, Column, Entity, Model, Relation},
        student, subject,
    },
    marks::{self, Mark, Marks},
    services::{own, report_rows},
};

/// One subject's marks to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ScoreInput {
    /// The report card; it does not change afterwards.
    pub report_card: Pk,
    /// The subject; it does not change afterwards.
    pub subject: Pk,
    /// First continuous assessment.
    #[serde(default)]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 20)]
    pub ca1: Option<Mark>,
    /// Second continuous assessment.
    #[serde(default)]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 20)]
    pub ca2: Option<Mark>,
    /// Examination.
    #[serde(default)]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 60)]
    pub exam: Option<Mark>,
    /// Remark of the teacher.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub comment: String,
}

/// One subject's marks on a report card.
#[derive(Debug, Serialize, ToSchema)]
pub struct Score {
    /// Id.
    pub id: i64,
    /// How many times the row was written.
    pub row_version: i64,
    /// Id of the report card.
    pub report_card: i64,
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Id of the subject.
    pub subject: i64,
    /// Name of the subject.
    pub subject_name: String,
    /// First continuous assessment, of 20.
    pub ca1: Option<Mark>,
    /// Second continuous assessment, of 20.
    pub ca2: Option<Mark>,
    /// Examination, of 60.
    pub exam: Option<Mark>,
    /// Sum of the three, of 100; none while nothing is marked.
    pub total: Option<Mark>,
    /// Letter of the total.
    pub grade: String,
    /// Remark of the teacher.
    pub comment: String,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A row of a card with the names it shows.
#[derive(Debug, FromQueryResult)]
pub struct ScoreRow {
    #[sea_orm(nested)]
    score: Model,
    student: i64,
    student_name: String,
    subject_name: String,
}

impl From<ScoreRow> for Score {
    fn from(row: ScoreRow) -> Self {
        let score = row.score;
        Self {
            id: score.id,
            row_version: score.row_version,
            report_card: score.report_card_id,
            student: row.student,
            student_name: row.student_name,
            subject: score.subject_id,
            subject_name: row.subject_name,
            ca1: score.ca1.map(Mark),
            ca2: score.ca2.map(Mark),
            exam: score.exam.map(Mark),
            total: score.total.map(Mark),
            grade: score.grade,
            comment: score.comment,
            created_at: score.created_at,
            updated_at: score.updated_at,
        }
    }
}

/// The collection.
#[derive(Debug)]
pub struct Scores;

impl Scores {
    /// The card of a mark being written, held against other writers and found open.
    async fn open_card(scope: &Scope, id: i64) -> Result<report_card::Model, ApiError> {
        let card = scope.lock::<report_card::Entity>(id).await?;
        let card = card.ok_or_else(ApiError::not_found)?;
        if card.is_passed {
            Err(locked())
        } else {
            Ok(card)
        }
    }

    /// Puts the sum of its rows on a card that is held.
    async fn sum_up(scope: &Scope, card: &report_card::Model) -> Result<(), ApiError> {
        let lines = report_rows::held(scope, card.id).await?;
        let mut row = card.clone().into_active_model();
        report_rows::sum_up(&lines, &mut row);
        let after = scope.update::<report_card::Entity, _>(card, row).await?;
        // The card shows the row, so its version moves even where its sum stays.
        scope.advance::<report_card::Entity>(card, after).await?;
        Ok(())
    }
}

impl Resource for Scores {
    const PATH: &'static str = "scores";
    const ITEM: &'static str = "score";
    const READS: &'static [&'static str] = &[
        "scores",
        "report_cards",
        "students",
        "subjects",
        "classes",
        "teachers",
        "guardianships",
    ];
    const TTL: u64 = 600;
    const VERBS: Verbs = Verbs {
        delete: false,
        ..Verbs::ALL
    };
    const REFERENCES: &'static [Reference] = &[
        Reference {
            field: "report_card",
            table: "report_cards",
        },
        Reference {
            field: "subject",
            table: "subjects",
        },
    ];

    type Entity = Entity;
    type Input = ScoreInput;
    type Row = ScoreRow;
    type Output = Score;

    fn listing() -> Listing<Entity> {
        Listing::standard()
            .filter("report_card", Column::ReportCardId, Kind::Pk)
            .filter("subject", Column::SubjectId, Kind::Pk)
            .filter("student", report_card::Column::StudentId, Kind::Pk)
            .filter("class_id", report_card::Column::ClassId, Kind::Pk)
            .filter("session", report_card::Column::Session, Kind::Text)
            .filter("term", report_card::Column::Term, Kind::Text)
    }

    fn select(query: Select<Entity>) -> Select<Entity> {
        query
            .join(JoinType::InnerJoin, Relation::ReportCard.def())
            .join(JoinType::InnerJoin, Relation::Subject.def())
            .join(JoinType::InnerJoin, report_card::Relation::Student.def())
            .column_as(report_card::Column::StudentId, "student")
            .column_as(student::Column::Names, "student_name")
            .column_as(subject::Column::Name, "subject_name")
    }

    fn visible(scope: &Scope, rows: Rows) -> Condition {
        Condition::all().add(Column::ReportCardId.in_subquery(own::cards(scope, rows)))
    }

    async fn output(_: &Scope, rows: Vec<ScoreRow>) -> Result<Vec<Score>, ApiError> {
        Ok(rows.into_iter().map(Score::from).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<ScoreInput, ApiError> {
        Ok(ScoreInput {
            report_card: Pk(row.report_card_id),
            subject: Pk(row.subject_id),
            ca1: row.ca1.map(Mark),
            ca2: row.ca2.map(Mark),
            exam: row.exam.map(Mark),
            comment: row.comment.clone(),
        })
    }

    async fn check(
        scope: &Scope,
        _: Rows,
        input: &ScoreInput,
        before: Option<&Model>,
    ) -> Result<FieldErrors, ApiError> {
        let mut errors = FieldErrors::default();
        if let Some(before) = before {
            for (field, is, was) in [
                ("report_card", input.report_card.0, before.report_card_id),
                ("subject", input.subject.0, before.subject_id),
            ] {
                if is != was {
                    errors.add(field, "This field does not change after creation.");
                }
            }
            return Ok(errors);
        }
        let card = scope
            .get::<report_card::Entity>(input.report_card.0)
            .await?;
        let card = card.ok_or_else(ApiError::not_found)?;
        own::may_mark(scope, card.class_id).await?;
        if !report_rows::takes(scope, card.class_id, input.subject.0).await? {
            errors.add("subject", "The class does not take this subject.");
        }
        let held = report_rows::held(scope, card.id).await?;
        if held.iter().any(|line| line.subject_id == input.subject.0) {
            errors.add(
                NON_FIELD,
                "The fields report_card, subject must make a unique set.",
            );
        }
        Ok(errors)
    }

    async fn lock_first(scope: &Scope, id: i64) -> Result<(), ApiError> {
        let query = scope.find::<Entity>().filter(Column::Id.eq(id));
        if let Some(row) = scope.one(query).await? {
            scope
                .lock::<report_card::Entity>(row.report_card_id)
                .await?;
        }
        Ok(())
    }

    fn assign(input: &ScoreInput, row: &mut ActiveModel) {
        let ScoreInput {
            report_card,
            subject,
            ca1,
            ca2,
            exam,
            comment,
        } = input;
        let [ca1, ca2, exam] = [ca1, ca2, exam].map(|mark| mark.map(|mark| mark.0));
        let total = Marks { ca1, ca2, exam }.total();
        row.report_card_id = Set(report_card.0);
        row.subject_id = Set(subject.0);
        row.ca1 = Set(ca1);
        row.ca2 = Set(ca2);
        row.exam = Set(exam);
        row.total = Set(total);
        row.grade = Set(marks::grade(total).into());
        row.comment = Set(comment.clone());
    }

    async fn create(scope: &Scope, input: ScoreInput) -> Result<(Model, bool), ApiError> {
        let card = Self::open_card(scope, input.report_card.0).await?;
        let mut row = ActiveModel::default();
        Self::assign(&input, &mut row);
        let row = scope.insert::<Entity, _>(row).await?;
        Self::sum_up(scope, &card).await?;
        Ok((row, true))
    }

    async fn update(scope: &Scope, before: &Model, input: ScoreInput) -> Result<Model, ApiError> {
        let card = Self::open_card(scope, before.report_card_id).await?;
        let mut row = before.clone().into_active_model();
        Self::assign(&input, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        if after.row_version != before.row_version {
            Self::sum_up(scope, &card).await?;
        }
        Ok(after)
    }
}
