//! Report cards on the wire.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use resource::Pk;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    entities::report_card,
    marks::{self, Assessment, Mark},
    report_row::ReportRow,
    services::report_rows::{Change, Line},
};

/// How a trait shows, from 1 (least) to 5.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(minimum = 1, maximum = 5)]
pub struct Rating(pub i64);

/// A report card to write. On a POST that finds the pupil's card of that term, absent fields stay.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportCardInput {
    /// The pupil.
    pub student_id: Pk,
    /// The class the card is earned in.
    pub class_id: Pk,
    /// School year, as `2025/2026`.
    #[schema(min_length = 1, max_length = 20)]
    pub session: String,
    /// Term, as `First Term`.
    #[schema(min_length = 1, max_length = 50)]
    pub term: String,
    /// Days present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 366)]
    pub attendance_present: Option<i32>,
    /// Days the school was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 366)]
    pub attendance_total: Option<i32>,
    /// Behaviour: trait to rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affective: Option<BTreeMap<String, Rating>>,
    /// Skills: trait to rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psychomotor: Option<BTreeMap<String, Rating>>,
    /// Remark of the class teacher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub teacher_remark: Option<String>,
    /// Remark of the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub head_teacher_remark: Option<String>,
    /// First day of the next term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_term_begins: Option<NaiveDate>,
    /// Class promoted to, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub promoted_to: Option<String>,
    /// Marks, merged by subject: rows not named stay as they are. A subject's teacher writes rows of that
    /// subject, and sends everything else of the card as it is or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100)]
    pub rows: Option<Vec<ReportRowInput>>,
    /// Whether rows not named are removed instead; the query parameter `replace_rows` says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replace_rows: Option<bool>,
    /// In a PATCH, publishes the card or takes it back; never together with `rows`. Ignored elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_passed: Option<bool>,
}

/// One subject's marks to write. A mark left out stays, null clears it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[allow(
    clippy::option_option,
    reason = "a merge patch tells absent from null (RFC 7396)"
)]
pub struct ReportRowInput {
    /// Name of the subject, whatever its case.
    #[schema(min_length = 1, max_length = 100)]
    pub subject: String,
    /// Version of the row that the writer saw, 0 for no row. Cells sent as they were then are no edits;
    /// one that somebody else changed meanwhile to another value answers 409. Left out: what is sent
    /// overwrites what there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub row_version: Option<i64>,
    /// First continuous assessment; the school's settings say the most there is to get.
    #[serde(
        default,
        deserialize_with = "marks::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub ca1: Option<Option<Mark>>,
    /// Second continuous assessment, likewise.
    #[serde(
        default,
        deserialize_with = "marks::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub ca2: Option<Option<Mark>>,
    /// Examination, likewise.
    #[serde(
        default,
        deserialize_with = "marks::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<f64>, format = "mark", minimum = 0, maximum = 100)]
    pub exam: Option<Option<Mark>>,
    /// What the pupil missed, of all three; left out, absences stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 3)]
    pub absent: Option<Vec<Assessment>>,
    /// Remark of the teacher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub comment: Option<String>,
    /// Letter of the school's scale to show instead of the computed one; null takes it back. For the class
    /// teacher and administrators.
    #[serde(
        default,
        deserialize_with = "marks::present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, max_length = 5)]
    pub grade_override: Option<Option<String>>,
    /// Why; required with `grade_override`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255)]
    pub grade_override_reason: Option<String>,
}

impl ReportRowInput {
    /// What row `n` asks of the subject whose key its name found.
    pub(super) fn change(&self, n: usize, subject_id: i64) -> Change {
        Change {
            at: format!("rows.{n}."),
            subject_id,
            row_version: self.row_version,
            ca1: self.ca1,
            ca2: self.ca2,
            exam: self.exam,
            absent: self.absent.clone(),
            comment: self.comment.clone(),
            grade_override: self.grade_override.clone().map(letter),
            grade_override_reason: self.grade_override_reason.clone(),
        }
    }

    /// The row that would write `line` as it is.
    pub(super) fn of(subject: String, line: Line) -> Self {
        let mark = |which| Some(line.marks.cell(which).mark().map(Mark));
        Self {
            subject,
            row_version: None,
            ca1: mark(Assessment::Ca1),
            ca2: mark(Assessment::Ca2),
            exam: mark(Assessment::Exam),
            absent: Some(line.marks.absent()),
            comment: Some(line.comment),
            grade_override: Some(letter(Some(line.grade_override))),
            grade_override_reason: Some(line.grade_override_reason),
        }
    }
}

/// A blank letter is none.
pub(crate) fn letter(letter: Option<String>) -> Option<String> {
    letter.filter(|letter| !letter.is_empty())
}

/// A pupil's report card of one term.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportCard {
    /// Id.
    pub id: i64,
    /// Id of the pupil.
    pub student_id: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Number of the pupil.
    pub student_no: String,
    /// Id of the class the card was earned in.
    pub class_id: i64,
    /// Name of that class.
    pub class_name: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Days present.
    pub attendance_present: Option<i32>,
    /// Days the school was open.
    pub attendance_total: Option<i32>,
    /// Behaviour: trait to rating.
    #[schema(value_type = BTreeMap<String, Rating>)]
    pub affective: Value,
    /// Skills: trait to rating.
    #[schema(value_type = BTreeMap<String, Rating>)]
    pub psychomotor: Value,
    /// Remark of the class teacher.
    pub teacher_remark: String,
    /// Remark of the head.
    pub head_teacher_remark: String,
    /// First day of the next term.
    pub next_term_begins: Option<NaiveDate>,
    /// Class promoted to, in words.
    pub promoted_to: String,
    /// Whether the card is published: pupil and parents see it, and its marks are locked.
    pub is_passed: bool,
    /// When it was published.
    pub passed_at: Option<DateTime<Utc>>,
    /// Id of the user who published it; none when an operator did.
    pub passed_by: Option<i64>,
    /// Number of the version that was published last, as in `reports/{id}/versions/`; none while the card
    /// never was. While `is_passed`, it is the one that pupils and parents see.
    pub published_version: Option<i64>,
    /// Sum of the rows' totals; none while nothing is marked.
    pub total_score: Option<Mark>,
    /// Mean of the rows' totals, half up; subjects without a mark do not count.
    pub average: Option<Mark>,
    /// Place among the cards of class, session and term, by the settings `position_ties`, `position_by`
    /// and `position_missing`; a published card keeps the one it was published with. Pupils and parents
    /// see it where `show_position` says so.
    pub position: Option<i64>,
    /// Its rows, by name of the subject.
    pub rows: Vec<ReportRow>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A card with the names it shows.
#[derive(Debug, FromQueryResult)]
pub struct ReportCardRow {
    #[sea_orm(nested)]
    pub(super) card: report_card::Model,
    student_name: String,
    student_no: String,
    class_name: String,
    published_version: Option<i64>,
    published_position: Option<i64>,
}

impl ReportCardRow {
    /// Whether the card keeps a position, and which: that of its publication, while it is published. A card
    /// published before versions were kept has none to keep.
    pub(super) fn kept_position(&self) -> (bool, Option<i64>) {
        let keeps = self.card.is_passed && self.published_version.is_some();
        (keeps, self.published_position)
    }

    pub(super) fn shown(self, position: Option<i64>, rows: Vec<ReportRow>) -> ReportCard {
        let card = self.card;
        ReportCard {
            id: card.id,
            student_id: card.student_id,
            student_name: self.student_name,
            student_no: self.student_no,
            class_id: card.class_id,
            class_name: self.class_name,
            session: card.session,
            term: card.term,
            attendance_present: card.attendance_present,
            attendance_total: card.attendance_total,
            affective: card.affective,
            psychomotor: card.psychomotor,
            teacher_remark: card.teacher_remark,
            head_teacher_remark: card.head_teacher_remark,
            next_term_begins: card.next_term_begins,
            promoted_to: card.promoted_to,
            is_passed: card.is_passed,
            passed_at: card.passed_at,
            passed_by: card.passed_by,
            published_version: self.published_version,
            total_score: card.total_score.map(Mark),
            average: card.average.map(Mark),
            position,
            rows,
            created_at: card.created_at,
            updated_at: card.updated_at,
        }
    }
}
