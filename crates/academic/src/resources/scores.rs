//! `scores/`: the rows of report cards one by one, for mark sheets of a subject.
//!
//! A row goes only with its card or by `reports/`: a client of the system Termbook replaces sends a
//! card's id to `DELETE scores/`, and must not hit another pupil's mark.

#[cfg(test)]
mod tests;

use actix_web::{HttpRequest, http::Method};
use chrono::{DateTime, Utc};
use resource::{
    ApiError, Ctx, FieldErrors, Pk, Reference, Resource, Verbs,
    fields::NON_FIELD,
    pagination::{Kind, Listing},
    tenant_guard::{Rows, Scope},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, JoinType, QueryFilter, QuerySelect,
    RelationTrait, Select,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::reports::{letter, locked};
use crate::{
    entities::{
        report_card,
        score::{ActiveModel, Column, Entity, Model, Relation},
        student, subject,
    },
    marks::{self, Assessment, Mark},
    services::{
        marking, own,
        report_rows::{self, Change},
    },
};

/// One subject's marks to write.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ScoreInput {
    /// The report card; it does not change afterwards.
    pub report_card: Pk,
    /// The subject; it does not change afterwards.
    pub subject: Pk,
    /// Version of the row that the writer saw, 0 for no row. Cells sent as they were then are no edits;
    /// one that somebody else changed meanwhile to another value answers 409. Left out: what is sent
    /// overwrites what there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub row_version: Option<i64>,
    /// First continuous assessment; the school's settings say the most there is to get.
    #[serde(default)]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub ca1: Option<Mark>,
    /// Second continuous assessment, likewise.
    #[serde(default)]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub ca2: Option<Mark>,
    /// Examination, likewise.
    #[serde(default)]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub exam: Option<Mark>,
    /// What the pupil missed, of all three; left out of a PATCH, absences stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 3)]
    pub absent: Option<Vec<Assessment>>,
    /// Remark of the teacher.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub comment: String,
    /// Letter of the school's scale to show instead of the computed one; null takes it back, left out it
    /// stays. For the class teacher and administrators.
    #[serde(
        default,
        deserialize_with = "marks::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, max_length = 5)]
    #[allow(
        clippy::option_option,
        reason = "a merge patch tells absent from null (RFC 7396)"
    )]
    pub grade_override: Option<Option<String>>,
    /// Why; required with `grade_override`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub grade_override_reason: Option<String>,
}

impl ScoreInput {
    fn change(&self) -> Change {
        Change {
            at: String::new(),
            subject_id: self.subject.0,
            row_version: self.row_version,
            ca1: Some(self.ca1),
            ca2: Some(self.ca2),
            exam: Some(self.exam),
            absent: self.absent.clone(),
            comment: Some(self.comment.clone()),
            grade_override: self.grade_override.clone().map(letter),
            grade_override_reason: self.grade_override_reason.clone(),
        }
    }
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
    /// First continuous assessment.
    pub ca1: Option<Mark>,
    /// Second continuous assessment.
    pub ca2: Option<Mark>,
    /// Examination.
    pub exam: Option<Mark>,
    /// What the pupil missed: it counts nothing, and is not missing.
    pub absent: Vec<Assessment>,
    /// Sum of the three, of 100; none while nothing is marked.
    pub total: Option<Mark>,
    /// Letter: the override, where there is one, else the computed one.
    pub grade: String,
    /// Letter of the total by the school's scale.
    pub computed_grade: String,
    /// Letter somebody decided on instead.
    pub grade_override: Option<String>,
    /// Why.
    pub grade_override_reason: String,
    /// What the scale says of the letter.
    pub grade_remark: String,
    /// Points of the letter.
    pub grade_points: Option<Mark>,
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
        let (grade, absent) = (score.shown_grade().to_owned(), score.marks().absent());
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
            absent,
            total: score.total.map(Mark),
            grade,
            computed_grade: score.grade,
            grade_override: letter(Some(score.grade_override)),
            grade_override_reason: score.grade_override_reason,
            grade_remark: score.grade_remark,
            grade_points: score.grade_points.map(Mark),
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

    /// Writes the row of a card and sums the card up; answers the row as it is now.
    async fn write(scope: &Scope, input: &ScoreInput) -> Result<Model, ApiError> {
        let card = Self::open_card(scope, input.report_card.0).await?;
        report_rows::change(scope, &card, &[input.change()]).await?;
        let query = scope
            .find::<Entity>()
            .filter(Column::ReportCardId.eq(card.id))
            .filter(Column::SubjectId.eq(input.subject.0));
        scope.one(query).await?.ok_or_else(ApiError::not_found)
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
        own::scores(scope, rows)
    }

    async fn output(_: &Scope, rows: Vec<ScoreRow>) -> Result<Vec<Score>, ApiError> {
        Ok(rows.into_iter().map(Score::from).collect())
    }

    async fn input(_: &Scope, row: &Model) -> Result<ScoreInput, ApiError> {
        Ok(ScoreInput {
            report_card: Pk(row.report_card_id),
            subject: Pk(row.subject_id),
            row_version: None,
            ca1: row.ca1.map(Mark),
            ca2: row.ca2.map(Mark),
            exam: row.exam.map(Mark),
            // A PATCH that gives an absent pupil a mark would else say both.
            absent: None,
            comment: row.comment.clone(),
            grade_override: None,
            grade_override_reason: None,
        })
    }

    async fn prepare(
        _: &Ctx,
        request: &HttpRequest,
        body: &mut Value,
    ) -> Result<FieldErrors, ApiError> {
        if let (true, Some(body)) = (request.method() == Method::PUT, body.as_object_mut()) {
            body.entry("absent").or_insert_with(|| json!([]));
        }
        Ok(FieldErrors::default())
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
        let marking = own::marking(scope, card.class_id, &card.session).await?;
        if !marking.includes(input.subject.0) {
            return Err(ApiError::forbidden());
        }
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
        marking::hold(scope).await?;
        let query = scope.find::<Entity>().filter(Column::Id.eq(id));
        if let Some(row) = scope.one(query).await? {
            scope
                .lock::<report_card::Entity>(row.report_card_id)
                .await?;
        }
        Ok(())
    }

    /// What a row says of itself; its cells are written by their history's own path.
    fn assign(input: &ScoreInput, row: &mut ActiveModel) {
        row.report_card_id = Set(input.report_card.0);
        row.subject_id = Set(input.subject.0);
    }

    async fn create(scope: &Scope, input: ScoreInput) -> Result<(Model, bool), ApiError> {
        marking::hold(scope).await?;
        Ok((Self::write(scope, &input).await?, true))
    }

    async fn update(scope: &Scope, _: &Model, input: ScoreInput) -> Result<Model, ApiError> {
        Self::write(scope, &input).await
    }
}
