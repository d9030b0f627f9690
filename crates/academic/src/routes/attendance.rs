//! `attendance/summary/` and `attendance/missing/`.

use actix_web::{HttpRequest, HttpResponse};
use chrono::{Datelike, NaiveDate};
use resource::{
    ApiError, Ctx, FieldErrors, Viewer, cached_json,
    fields::NON_FIELD,
    tenant_guard::{Rows, Verb},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::query::Parameters;
use crate::{
    attendance::Tally,
    marks::Mark,
    services::attendance_summary::{self as service, Asked, Place, Unmarked},
};

/// Longest life of a cached answer, in seconds.
const TTL: u64 = 600;

/// What registers say of one pupil in one class and term.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceTally {
    /// Id of the pupil.
    pub student: i64,
    /// Full name of the pupil.
    pub student_name: String,
    /// Id of the class.
    pub class: i64,
    /// Name of the class.
    pub class_name: String,
    /// School year.
    pub session: String,
    /// Term.
    pub term: String,
    /// Days marked present.
    pub present: i64,
    /// Days marked absent.
    pub absent: i64,
    /// Days marked late.
    pub late: i64,
    /// Days marked excused.
    pub excused: i64,
    /// Days marked.
    pub days: i64,
    /// Days in class, late or not, of a hundred days marked.
    pub rate: Option<Mark>,
    /// Absences since the pupil was last in class; a day excused neither adds to them nor ends them.
    pub consecutive_absences: i64,
}

impl From<(Place, Tally)> for AttendanceTally {
    fn from((place, tally): (Place, Tally)) -> Self {
        Self {
            student: place.student,
            student_name: place.student_name,
            class: place.class,
            class_name: place.class_name,
            session: place.session,
            term: place.term,
            present: tally.present,
            absent: tally.absent,
            late: tally.late,
            excused: tally.excused,
            days: tally.days(),
            rate: tally.rate(),
            consecutive_absences: tally.running,
        }
    }
}

/// What registers add up to.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttendanceSummary {
    /// Pupils by name, each once for every class and term.
    pub results: Vec<AttendanceTally>,
}

/// A class without a register.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissingRegister {
    /// Id of the class.
    pub class_id: i64,
    /// Name of the class.
    pub class_name: String,
    /// Id of the class teacher.
    pub class_teacher_id: Option<i64>,
    /// Name of the class teacher.
    pub class_teacher: Option<String>,
}

impl From<Unmarked> for MissingRegister {
    fn from(class: Unmarked) -> Self {
        Self {
            class_id: class.class_id,
            class_name: class.class_name,
            class_teacher_id: class.class_teacher_id,
            class_teacher: class.class_teacher,
        }
    }
}

/// Registers still missing for a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissingRegisters {
    /// The day.
    pub date: NaiveDate,
    /// Classes that have pupils and no register, by name.
    pub results: Vec<MissingRegister>,
}

/// Count how pupils were marked, by pupil, class and term.
///
/// # Errors
/// 400 naming a bad parameter; 503 or 500 when the database fails.
#[utoipa::path(
    get,
    path = "/api/attendance/summary/",
    operation_id = "attendance_summary",
    tag = "attendance",
    params(
        ("student" = Option<i64>, Query, description = "Id of a pupil; this or `class` is required."),
        ("class" = Option<i64>, Query, description = "Id of a class; this or `student` is required."),
        ("session" = Option<String>, Query, description = "School year."),
        ("term" = Option<String>, Query, description = "Term."),
    ),
    responses(
        (status = 200, description = "The counts.", body = AttendanceSummary),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "A bad parameter."),
    )
)]
pub async fn summary(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("attendance/summary", Verb::Read)?;
    let asked = asked(Parameters::of(&request)?).map_err(ApiError::invalid)?;
    let key = key(&ctx, &request, rows, &format!("{asked:?}"));
    let reads = &[
        "attendance_records",
        "attendance_sessions",
        "students",
        "classes",
        "guardianships",
    ];
    cached_json(&ctx, &request, reads, TTL, &key, async || {
        let tallies = service::summary(&ctx.scope, rows, &asked).await?;
        let results = tallies.into_iter().map(AttendanceTally::from).collect();
        serde_json::to_vec(&AttendanceSummary { results }).map_err(ApiError::internal)
    })
    .await
}

/// Name the classes whose register of a day is missing.
///
/// # Errors
/// As [`summary`].
#[utoipa::path(
    get,
    path = "/api/attendance/missing/",
    operation_id = "attendance_missing",
    tag = "attendance",
    params(("date" = NaiveDate, Query, description = "The day.")),
    responses(
        (status = 200, description = "The classes.", body = MissingRegisters),
        (status = 400, body = resource::Problem, content_type = "application/problem+json", description = "A bad parameter."),
    )
)]
pub async fn missing(ctx: Ctx, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let rows = ctx.reach("attendance/missing", Verb::Read)?;
    let date = day(Parameters::of(&request)?).map_err(ApiError::invalid)?;
    let key = key(&ctx, &request, rows, &date.to_string());
    let reads = &["classes", "students", "teachers", "attendance_sessions"];
    cached_json(&ctx, &request, reads, TTL, &key, async || {
        let classes = service::missing(&ctx.scope, date).await?;
        let results = classes.into_iter().map(MissingRegister::from).collect();
        serde_json::to_vec(&MissingRegisters { date, results }).map_err(ApiError::internal)
    })
    .await
}

fn key(ctx: &Ctx, request: &HttpRequest, rows: Rows, asked: &str) -> String {
    let viewer = Viewer::of(ctx.scope.principal(), rows).key();
    format!("{viewer} {} {asked}", request.path().trim_end_matches('/'))
}

fn asked(mut given: Parameters) -> Result<Asked, FieldErrors> {
    let (student, class) = (given.pk("student"), given.pk("class"));
    if student.is_none() && class.is_none() && given.is_sound() {
        given.wrong(NON_FIELD, "One of student, class is required.");
    }
    let (session, term) = (given.text("session"), given.text("term"));
    given.finish(Some(Asked {
        student,
        class,
        session,
        term,
    }))
}

fn day(mut given: Parameters) -> Result<NaiveDate, FieldErrors> {
    let date = given.required_text("date");
    let read = date.as_deref().and_then(|text| {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        (text.len() == 10 && day.year() > 0).then_some(day)
    });
    if date.is_some() && read.is_none() {
        given.wrong(
            "date",
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
        );
    }
    given.finish(read)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Parameters {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let given: BTreeMap<String, String> = pairs.iter().map(owned).collect();
        given.into()
    }

    #[test]
    fn every_bad_parameter_is_named() {
        let bad = [
            ("student", "x"),
            ("class", "-1"),
            ("term", "\0"),
            ("page", "1"),
        ];
        let errors = asked(given(&bad)).unwrap_err();
        assert_eq!(
            errors.0.into_keys().collect::<Vec<_>>(),
            ["class", "page", "student", "term"]
        );
        let nobody = asked(given(&[("term", "First Term")])).unwrap_err();
        assert!(nobody.concerns(NON_FIELD));
        assert!(day(given(&[("date", "2026-01-12")])).is_ok());
        for pairs in [
            &[("date", "12/01/2026")][..],
            &[],
            &[("date", "2026-1-12")],
            &[("date", "+262142-01-01")],
            &[("date", "2026-01-12"), ("a", "")],
        ] {
            day(given(pairs)).unwrap_err();
        }
    }
}
