//! The rows of a report card: merged by subject, written in as few statements as there are kinds of
//! change, each change in the history, and summed up on the card.

use std::collections::BTreeMap;

use resource::{ApiError, FieldErrors, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, QueryFilter, Value};

use super::{
    marking::{self, Rules},
    score_history::{self, Edit},
};
use crate::{
    entities::{class_subject, report_card, score},
    marks::{self, Assessment, Mark, Marks},
    scale::Scale,
};

/// What a writer says of one subject. In a mark, none leaves it and `Some(None)` clears it.
#[derive(Debug, Clone, Default)]
#[allow(
    clippy::option_option,
    reason = "a merge patch tells absent from null (RFC 7396)"
)]
pub struct Change {
    /// Where in the body its errors are told: `rows.3.`, or nothing.
    pub at: String,
    /// The subject.
    pub subject_id: i64,
    /// Version of the row that the writer saw, 0 for no row; none overwrites whatever there is.
    pub row_version: Option<i64>,
    /// First continuous assessment.
    pub ca1: Option<Option<Mark>>,
    /// Second continuous assessment.
    pub ca2: Option<Option<Mark>>,
    /// Examination.
    pub exam: Option<Option<Mark>>,
    /// The assessments missed, of all three; none leaves them.
    pub absent: Option<Vec<Assessment>>,
    /// Remark of the teacher; none leaves it.
    pub comment: Option<String>,
    /// Letter instead of the computed one.
    pub grade_override: Option<Option<String>>,
    /// Why.
    pub grade_override_reason: Option<String>,
}

impl Change {
    /// What it says of one mark.
    #[must_use]
    #[allow(
        clippy::option_option,
        reason = "a merge patch tells absent from null (RFC 7396)"
    )]
    pub fn mark(&self, which: Assessment) -> Option<Option<Mark>> {
        match which {
            Assessment::Ca1 => self.ca1,
            Assessment::Ca2 => self.ca2,
            Assessment::Exam => self.exam,
        }
    }
}

/// One subject's row of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Version of the row; 0 while there is none.
    pub row_version: i64,
    /// The subject.
    pub subject_id: i64,
    /// Its marks.
    pub marks: Marks,
    /// Remark of the teacher.
    pub comment: String,
    /// Letter instead of the computed one; blank for none.
    pub grade_override: String,
    /// Why.
    pub grade_override_reason: String,
}

impl Line {
    /// The row of a subject that has none yet.
    #[must_use]
    pub fn blank(subject_id: i64) -> Self {
        Self {
            subject_id,
            ..Self::default()
        }
    }
}

impl From<score::Model> for Line {
    fn from(row: score::Model) -> Self {
        Self {
            row_version: row.row_version,
            subject_id: row.subject_id,
            marks: row.marks(),
            comment: row.comment,
            grade_override: row.grade_override,
            grade_override_reason: row.grade_override_reason,
        }
    }
}

/// Puts the sum and the mean of `lines` on a card being written.
pub fn sum_up(lines: &[Line], card: &mut report_card::ActiveModel) {
    let (total, average) = marks::summary(lines.iter().map(|line| line.marks.total())).unzip();
    card.total_score = Set(total);
    card.average = Set(average);
}

/// The rows a card has.
///
/// # Errors
/// When the database fails.
pub async fn held(scope: &Scope, card_id: i64) -> Result<Vec<Line>, ApiError> {
    let query = scope
        .find::<score::Entity>()
        .filter(score::Column::ReportCardId.eq(card_id));
    let rows = scope.all(query).await?;
    Ok(rows.into_iter().map(Line::from).collect())
}

/// Makes the rows of a card those of `lines`, which were `held`; answers whether that changed any.
/// Four statements at most, whatever the number of rows.
///
/// # Errors
/// When the database fails.
pub async fn write(
    scope: &Scope,
    card_id: i64,
    held: &[Line],
    lines: &[Line],
    scale: &Scale,
) -> Result<bool, ApiError> {
    let of = |lines: &[Line], subject: i64| {
        let found = lines.iter().find(|line| line.subject_id == subject);
        found.cloned().unwrap_or_else(|| Line::blank(subject))
    };
    let written: Vec<&Line> = lines.iter().filter(|line| !held.contains(line)).collect();
    let dropped: Vec<&Line> = held
        .iter()
        .filter(|line| lines.iter().all(|one| one.subject_id != line.subject_id))
        .collect();
    if !dropped.is_empty() {
        drop_rows(scope, card_id, &dropped).await?;
    }
    if !written.is_empty() {
        upsert(scope, card_id, &written, scale).await?;
        let edits: Vec<Edit> = written
            .iter()
            .flat_map(|line| score_history::edits(&of(held, line.subject_id), line))
            .collect();
        score_history::record(scope, card_id, &edits, 0).await?;
    }
    Ok(!(written.is_empty() && dropped.is_empty()))
}

async fn drop_rows(scope: &Scope, card_id: i64, dropped: &[&Line]) -> Result<(), ApiError> {
    let edits: Vec<Edit> = dropped
        .iter()
        .flat_map(|line| score_history::edits(line, &Line::blank(line.subject_id)))
        .collect();
    score_history::record(scope, card_id, &edits, 1).await?;
    let subjects = dropped.iter().map(|line| line.subject_id);
    let which = Condition::all()
        .add(score::Column::ReportCardId.eq(card_id))
        .add(score::Column::SubjectId.is_in(subjects));
    scope.delete_where::<score::Entity>(which).await?;
    Ok(())
}

/// A row that comes again goes on counting where its history ended: a version is never two states.
const FIRST_VERSION: &str = "(SELECT COALESCE(MAX(version), 0) + 1 FROM score_changes \
    WHERE school_id = $1 AND report_card_id = $2 AND subject_id = ";

async fn upsert(
    scope: &Scope,
    card_id: i64,
    lines: &[&Line],
    scale: &Scale,
) -> Result<(), ApiError> {
    let mut values: Vec<Value> = vec![card_id.into(), scope.now().into()];
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let at = values.len() + 2;
        let places: Vec<String> = (at..at + 14).map(|place| format!("${place}")).collect();
        rows.push(format!(
            "($1, $2, {}, $3, $3, {FIRST_VERSION}${at}))",
            places.join(", ")
        ));
        let row = stored(line, scale);
        values.push(line.subject_id.into());
        values.extend(row);
    }
    let set: Vec<String> = STORED
        .iter()
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    let sql = format!(
        "INSERT INTO scores (school_id, report_card_id, subject_id, {}, created_at, updated_at, row_version) \
         VALUES {} ON CONFLICT (school_id, report_card_id, subject_id) DO UPDATE SET {}, \
         updated_at = excluded.updated_at, row_version = scores.row_version + 1",
        STORED.join(", "),
        rows.join(", "),
        set.join(", ")
    );
    scope.execute(&["scores"], &sql, values).await?;
    Ok(())
}

/// The columns that a row's line decides, in the order of [`stored`].
const STORED: [&str; 13] = [
    "ca1",
    "ca2",
    "exam",
    "ca1_absent",
    "ca2_absent",
    "exam_absent",
    "total",
    "grade",
    "grade_remark",
    "grade_points",
    "grade_override",
    "grade_override_reason",
    "comment",
];

fn stored(line: &Line, scale: &Scale) -> [Value; 13] {
    let total = line.marks.total();
    let [ca1, ca2, exam] = Assessment::ALL.map(|which| line.marks.cell(which));
    let absent = |which: Assessment| line.marks.absent().contains(&which).into();
    let computed = scale.of(total);
    let shown = if line.grade_override.is_empty() {
        computed
    } else {
        scale.named(&line.grade_override)
    };
    [
        ca1.mark().into(),
        ca2.mark().into(),
        exam.mark().into(),
        absent(Assessment::Ca1),
        absent(Assessment::Ca2),
        absent(Assessment::Exam),
        total.into(),
        computed.map_or("", |band| band.letter.as_str()).into(),
        shown.map_or("", |band| band.remark.as_str()).into(),
        shown.and_then(|band| band.points).into(),
        line.grade_override.as_str().into(),
        line.grade_override_reason.as_str().into(),
        line.comment.as_str().into(),
    ]
}

/// Writes changes of a card that is held and open, and sums it up; answers whether anything changed.
///
/// # Errors
/// As [`super::row_edit::Sheet::edited`].
pub async fn change(
    scope: &Scope,
    card: &report_card::Model,
    changes: &[Change],
) -> Result<bool, ApiError> {
    use sea_orm::IntoActiveModel;
    let rules: Rules = marking::rules(scope).await?;
    let held = held(scope, card.id).await?;
    let sheet =
        super::row_edit::Sheet::of(scope, card.class_id, &card.session, Some(card.id), &rules)
            .await?;
    let lines = sheet
        .edited(scope, &held, changes, FieldErrors::default())
        .await?;
    let mut row = card.clone().into_active_model();
    sum_up(&lines, &mut row);
    let after = scope.update::<report_card::Entity, _>(card, row).await?;
    let written = write(scope, card.id, &held, &lines, &rules.scale).await?;
    if written {
        // The card shows the row, so its version moves even where its sum stays.
        scope.advance::<report_card::Entity>(card, after).await?;
    }
    Ok(written)
}

#[derive(FromQueryResult)]
struct Known {
    id: i64,
    name: String,
    taken: bool,
}

/// Keys of the subjects named, in the same order; names are compared whatever their case. A name that
/// finds none has the key 0 and a field error `rows.N.subject`: one the school does not have, one the
/// class does not take (where it declares any, and the card does not hold it already), and one that is
/// named twice.
///
/// # Errors
/// When the database fails.
pub async fn subjects(
    scope: &Scope,
    class_id: i64,
    held: &[Line],
    names: &[&str],
) -> Result<(Vec<i64>, FieldErrors), ApiError> {
    if names.is_empty() {
        return Ok((Vec::new(), FieldErrors::default()));
    }
    let sql = "SELECT s.id, s.name, cs.id IS NOT NULL AS taken FROM subjects s LEFT JOIN class_subjects cs \
               ON cs.school_id = s.school_id AND cs.subject_id = s.id AND cs.class_id = $2 \
               WHERE s.school_id = $1";
    let known: Vec<Known> = scope.query(sql, vec![class_id.into()]).await?;
    Ok(resolve(&known, held, names))
}

/// Whether a class takes a subject of the school; one that declares none takes any.
///
/// # Errors
/// When the database fails.
pub async fn takes(scope: &Scope, class_id: i64, subject_id: i64) -> Result<bool, ApiError> {
    let query = scope
        .find::<class_subject::Entity>()
        .filter(class_subject::Column::ClassId.eq(class_id));
    let taken = scope.all(query).await?;
    Ok(taken.is_empty() || taken.iter().any(|row| row.subject_id == subject_id))
}

fn resolve(known: &[Known], held: &[Line], names: &[&str]) -> (Vec<i64>, FieldErrors) {
    let declares = known.iter().any(|subject| subject.taken);
    let open = |subject: &Known| {
        !declares || subject.taken || held.iter().any(|line| line.subject_id == subject.id)
    };
    let by_name: BTreeMap<String, &Known> = known
        .iter()
        .map(|subject| (subject.name.to_lowercase(), subject))
        .collect();
    let mut errors = FieldErrors::default();
    let mut keys: Vec<i64> = Vec::with_capacity(names.len());
    for (n, name) in names.iter().enumerate() {
        let message = match by_name.get(&name.trim().to_lowercase()) {
            None => format!("The school has no subject \"{name}\"."),
            Some(subject) if !open(subject) => {
                format!("The class does not take \"{}\".", subject.name)
            }
            Some(subject) if keys.contains(&subject.id) => {
                format!("\"{}\" is given more than once.", subject.name)
            }
            Some(subject) => {
                keys.push(subject.id);
                continue;
            }
        };
        keys.push(0);
        errors.add(format!("rows.{n}.subject"), message);
    }
    (keys, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: i64, name: &str, taken: bool) -> Known {
        Known {
            id,
            name: name.into(),
            taken,
        }
    }

    #[test]
    fn a_class_without_subjects_of_its_own_takes_any_of_the_school() {
        let school = [
            known(1, "Mathematics", false),
            known(2, "Portuguese", false),
        ];
        let (keys, errors) = resolve(&school, &[], &["PORTUGUESE", " mathematics"]);
        assert_eq!(keys, [2, 1]);
        assert!(errors.is_empty());
    }

    #[test]
    fn every_bad_subject_is_named_at_its_row() {
        let school = [known(1, "Mathematics", true), known(2, "Portuguese", false)];
        let names = ["Mathematics", "Alchemy", "Portuguese", "mathematics"];
        let (keys, errors) = resolve(&school, &[], &names);
        let fields: Vec<&String> = errors.0.keys().collect();
        assert_eq!(
            fields,
            ["rows.1.subject", "rows.2.subject", "rows.3.subject"]
        );
        assert_eq!(keys, [1, 0, 0, 0]);
    }
}
