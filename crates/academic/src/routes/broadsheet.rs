//! `broadsheet/`: the marks of a class in one term, pupils by subjects.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse};
use resource::{ApiError, Ctx, FieldErrors, Viewer, cached_json, tenant_guard::Verb};
use serde::Serialize;
use utoipa::ToSchema;

use super::query::Parameters;
use crate::{
    broadsheet::Spread,
    marks::Mark,
    services::{
        broadsheet::{self as service, Broadsheet as Sheeted, Pupil},
        positions::PlacedRow,
        publish::Sheet,
    },
};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 600;
const READS: &[&str] = &[
    "classes",
    "class_subjects",
    "subjects",
    "students",
    "report_cards",
    "scores",
    "school_settings",
    "teachers",
    "subject_teachers",
];

/// A subject of a broadsheet, and what the totals in it add up to.
#[derive(Debug, Serialize, ToSchema)]
pub struct BroadsheetSubject {
    /// Id of the subject.
    pub id: i64,
    /// Name of the subject.
    pub name: String,
    /// How many pupils have a mark in it.
    pub marked: usize,
    /// Mean of their totals, half up; none while nobody has a mark.
    pub mean: Option<Mark>,
    /// The highest total.
    pub highest: Option<Mark>,
    /// The lowest total.
    pub lowest: Option<Mark>,
}

/// A pupil's marks in one subject.
#[derive(Debug, Serialize, ToSchema)]
pub struct BroadsheetMarks {
    /// First continuous assessment.
    pub ca1: Option<Mark>,
    /// Second continuous assessment.
    pub ca2: Option<Mark>,
    /// Examination.
    pub exam: Option<Mark>,
    /// Sum of the three; none while nothing is marked.
    pub total: Option<Mark>,
    /// Letter of the total.
    pub grade: String,
}

/// A pupil's line of a broadsheet.
#[derive(Debug, Serialize, ToSchema)]
pub struct BroadsheetPupil {
    /// Id of the pupil.
    pub student_id: i64,
    /// Number of the pupil.
    pub student_no: String,
    /// Full name of the pupil.
    pub names: String,
    /// Id of the report card; none where the pupil has none of this class and term.
    pub card_id: Option<i64>,
    /// Whether the card is published; none without one.
    pub is_passed: Option<bool>,
    /// Marks by id of the subject; a subject without a row is absent.
    pub marks: BTreeMap<i64, BroadsheetMarks>,
    /// Sum of the totals; none while nothing is marked.
    pub total: Option<Mark>,
    /// Their mean, half up; subjects without a mark do not count.
    pub average: Option<Mark>,
    /// Position by the marks as they are now; a published card keeps the one it was published with.
    pub position: Option<i64>,
}

/// The marks of a class in one term.
#[derive(Debug, Serialize, ToSchema)]
pub struct Broadsheet {
    /// Id of the class.
    pub class: i64,
    /// Name of the class.
    pub class_name: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// The subjects that the class takes and those that a card has, by name.
    pub subjects: Vec<BroadsheetSubject>,
    /// The pupils of the class, and those who have moved on and left a card, by name.
    pub pupils: Vec<BroadsheetPupil>,
    /// Mean of the pupils' averages, half up; none while nothing is marked.
    pub mean: Option<Mark>,
    /// The average in the middle; of an even number the mean of the two in the middle, half up.
    pub median: Option<Mark>,
    /// The highest average.
    pub highest: Option<Mark>,
    /// The lowest average.
    pub lowest: Option<Mark>,
}

impl From<PlacedRow> for BroadsheetMarks {
    fn from(PlacedRow { score, .. }: PlacedRow) -> Self {
        Self {
            ca1: score.ca1.map(Mark),
            ca2: score.ca2.map(Mark),
            exam: score.exam.map(Mark),
            total: score.total.map(Mark),
            grade: score.shown_grade().to_owned(),
        }
    }
}

fn line(pupil: Pupil, rows: Vec<PlacedRow>) -> BroadsheetPupil {
    let position = rows.first().and_then(|row| row.position);
    let marks = rows
        .into_iter()
        .map(|row| (row.score.subject_id, row.into()));
    BroadsheetPupil {
        student_id: pupil.student_id,
        student_no: pupil.student_no,
        names: pupil.names,
        card_id: pupil.card_id,
        is_passed: pupil.is_passed,
        marks: marks.collect(),
        total: pupil.total_score.map(Mark),
        average: pupil.average.map(Mark),
        position,
    }
}

fn column(id: i64, name: String, pupils: &[BroadsheetPupil]) -> BroadsheetSubject {
    let totals = pupils
        .iter()
        .filter_map(|pupil| pupil.marks.get(&id)?.total);
    let spread = Spread::of(totals.map(|total| total.0));
    BroadsheetSubject {
        id,
        name,
        marked: spread.count,
        mean: spread.mean.map(Mark),
        highest: spread.highest.map(Mark),
        lowest: spread.lowest.map(Mark),
    }
}

fn shown(sheet: &Sheet, mut found: Sheeted) -> Broadsheet {
    let pupils: Vec<BroadsheetPupil> = found
        .pupils
        .into_iter()
        .map(|pupil| {
            let rows = pupil.card_id.and_then(|card| found.rows.remove(&card));
            line(pupil, rows.unwrap_or_default())
        })
        .collect();
    let averages = pupils.iter().filter_map(|pupil| pupil.average);
    let spread = Spread::of(averages.map(|average| average.0));
    let subjects = found.subjects.into_iter();
    Broadsheet {
        class: sheet.class_id,
        class_name: found.class_name,
        session: sheet.session.clone(),
        term: sheet.term.clone(),
        subjects: subjects
            .map(|(id, name)| column(id, name, &pupils))
            .collect(),
        pupils,
        mean: spread.mean.map(Mark),
        median: spread.median.map(Mark),
        highest: spread.highest.map(Mark),
        lowest: spread.lowest.map(Mark),
    }
}

fn asked(mut given: Parameters) -> Result<Sheet, FieldErrors> {
    let class = given.required_pk("class");
    let (session, term) = (given.required_text("session"), given.required_text("term"));
    let asked = class.zip(session).zip(term);
    given.finish(asked.map(|((class_id, session), term)| Sheet {
        class_id,
        session,
        term,
    }))
}

/// Show the marks of a class in one term, pupils by subjects, with what they add up to.
///
/// # Errors
/// 400 naming a bad parameter or a class that does not exist, 403 for a teacher of another class; 503
/// or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/broadsheet/",
    operation_id = "broadsheet",
    tag = "broadsheet",
    params(
        ("class" = i64, Query, description = "Id of the class."),
        ("session" = String, Query, description = "School year, as `2025/2026`."),
        ("term" = String, Query, description = "Term, as `First Term`."),
    ),
    responses(
        (status = 200, description = "The broadsheet.", body = Broadsheet),
        (status = 304, description = "The caller has it already."),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "A bad parameter, or a class that does not exist."),
        (status = 403, body = resource::Problem, content_type = "application/problem+json", description = "A class in which the caller teaches nothing."),
    )
)]
pub async fn broadsheet(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("broadsheet", Verb::Read)?;
    let sheet = asked(Parameters::of(&request)?).map_err(ApiError::invalid)?;
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    let key = format!("{viewer} broadsheet {sheet:?}");
    cached_json(&ctx, &request, READS, TTL, &key, async || {
        let found = service::broadsheet(&ctx.scope, rows, &sheet).await?;
        serde_json::to_vec(&shown(&sheet, found)).map_err(ApiError::internal)
    })
    .await
}
