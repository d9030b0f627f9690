//! The rows of a report card: merged by subject, written in as few statements as there are kinds of
//! change, and summed up on the card.

use std::collections::BTreeMap;

use resource::{ApiError, FieldErrors, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, FromQueryResult, QueryFilter, Value};

use crate::{
    entities::{class_subject, report_card, score},
    marks::{self, Mark, Marks},
};

/// What a writer says of one subject. In a mark, none leaves it and `Some(None)` clears it.
#[derive(Debug, Clone, Default)]
#[allow(
    clippy::option_option,
    reason = "a merge patch tells absent from null (RFC 7396)"
)]
pub struct Change {
    /// The subject.
    pub subject_id: i64,
    /// First continuous assessment.
    pub ca1: Option<Option<Mark>>,
    /// Second continuous assessment.
    pub ca2: Option<Option<Mark>>,
    /// Examination.
    pub exam: Option<Option<Mark>>,
    /// Remark of the teacher; none leaves it.
    pub comment: Option<String>,
}

/// One subject's row of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The subject.
    pub subject_id: i64,
    /// Its marks.
    pub marks: Marks,
    /// Remark of the teacher.
    pub comment: String,
}

impl Line {
    fn changed_by(mut self, change: &Change) -> Self {
        let put = |mark: &mut Option<i64>, change: Option<Option<Mark>>| {
            if let Some(now) = change {
                *mark = now.map(|mark| mark.0);
            }
        };
        put(&mut self.marks.ca1, change.ca1);
        put(&mut self.marks.ca2, change.ca2);
        put(&mut self.marks.exam, change.exam);
        if let Some(comment) = &change.comment {
            self.comment.clone_from(comment);
        }
        self
    }
}

/// The rows of a card after `changes`: merged by subject; those not named stay, unless `replace`.
#[must_use]
pub fn merge(held: &[Line], changes: &[Change], replace: bool) -> Vec<Line> {
    let mut rows: BTreeMap<i64, Line> = held
        .iter()
        .filter(|line| {
            !replace
                || changes
                    .iter()
                    .any(|change| change.subject_id == line.subject_id)
        })
        .map(|line| (line.subject_id, line.clone()))
        .collect();
    for change in changes {
        let line = rows.remove(&change.subject_id).unwrap_or_else(|| Line {
            subject_id: change.subject_id,
            ..Line::default()
        });
        rows.insert(change.subject_id, line.changed_by(change));
    }
    rows.into_values().collect()
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

impl From<score::Model> for Line {
    fn from(row: score::Model) -> Self {
        Self {
            subject_id: row.subject_id,
            marks: row.marks(),
            comment: row.comment,
        }
    }
}

/// Makes the rows of a card those of `lines`, which were `held`; answers whether that changed any.
/// Two statements at most, whatever the number of rows.
///
/// # Errors
/// When the database fails.
pub async fn write(
    scope: &Scope,
    card_id: i64,
    held: &[Line],
    lines: &[Line],
) -> Result<bool, ApiError> {
    let written: Vec<&Line> = lines.iter().filter(|line| !held.contains(line)).collect();
    let dropped: Vec<i64> = held
        .iter()
        .map(|line| line.subject_id)
        .filter(|subject| lines.iter().all(|line| line.subject_id != *subject))
        .collect();
    let changed = !(written.is_empty() && dropped.is_empty());
    if !dropped.is_empty() {
        let which = Condition::all()
            .add(score::Column::ReportCardId.eq(card_id))
            .add(score::Column::SubjectId.is_in(dropped));
        scope.delete_where::<score::Entity>(which).await?;
    }
    if !written.is_empty() {
        upsert(scope, card_id, &written).await?;
    }
    Ok(changed)
}

async fn upsert(scope: &Scope, card_id: i64, lines: &[&Line]) -> Result<(), ApiError> {
    let mut values: Vec<Value> = vec![card_id.into(), scope.now().into()];
    let mut rows = Vec::with_capacity(lines.len());
    for line in lines {
        let at = values.len() + 2;
        let places: Vec<String> = (at..at + 7).map(|place| format!("${place}")).collect();
        rows.push(format!("($1, $2, {}, $3, $3, 1)", places.join(", ")));
        let total = line.marks.total();
        values.extend([
            line.subject_id.into(),
            line.marks.ca1.into(),
            line.marks.ca2.into(),
            line.marks.exam.into(),
            total.into(),
            marks::grade(total).into(),
            line.comment.as_str().into(),
        ]);
    }
    let sql = format!(
        "INSERT INTO scores (school_id, report_card_id, subject_id, ca1, ca2, exam, total, grade, comment, \
         created_at, updated_at, row_version) VALUES {} \
         ON CONFLICT (school_id, report_card_id, subject_id) DO UPDATE SET ca1 = excluded.ca1, \
         ca2 = excluded.ca2, exam = excluded.exam, total = excluded.total, grade = excluded.grade, \
         comment = excluded.comment, updated_at = excluded.updated_at, row_version = scores.row_version + 1",
        rows.join(", ")
    );
    scope.execute(&["scores"], &sql, values).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Known {
    id: i64,
    name: String,
    taken: bool,
}

/// Keys of the subjects named, in the same order; names are compared whatever their case.
///
/// # Errors
/// Field errors `rows.N.subject` for a name the school does not have, one the class does not take
/// (where it declares any, and the card does not hold it already), and one that is named twice; else
/// when the database fails.
pub async fn subjects(
    scope: &Scope,
    class_id: i64,
    held: &[Line],
    names: &[&str],
) -> Result<Vec<i64>, ApiError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT s.id, s.name, cs.id IS NOT NULL AS taken FROM subjects s LEFT JOIN class_subjects cs \
               ON cs.school_id = s.school_id AND cs.subject_id = s.id AND cs.class_id = $2 \
               WHERE s.school_id = $1";
    let known: Vec<Known> = scope.query(sql, vec![class_id.into()]).await?;
    resolve(&known, held, names).map_err(ApiError::invalid)
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

fn resolve(known: &[Known], held: &[Line], names: &[&str]) -> Result<Vec<i64>, FieldErrors> {
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
        errors.add(format!("rows.{n}.subject"), message);
    }
    if errors.is_empty() {
        Ok(keys)
    } else {
        Err(errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(subject_id: i64, ca1: Option<i64>, exam: Option<i64>) -> Line {
        Line {
            subject_id,
            marks: Marks {
                ca1,
                ca2: None,
                exam,
            },
            comment: "steady".into(),
        }
    }

    #[test]
    fn an_absent_mark_stays_and_a_null_one_is_cleared() {
        let held = [line(1, Some(1_000), Some(3_000))];
        let change = Change {
            subject_id: 1,
            exam: Some(None),
            ca2: Some(Some(Mark(1_500))),
            ..Change::default()
        };
        let merged = merge(&held, &[change], false);
        let expected = Line {
            marks: Marks {
                ca1: Some(1_000),
                ca2: Some(1_500),
                exam: None,
            },
            ..held[0].clone()
        };
        assert_eq!(merged, [expected]);
    }

    #[test]
    fn rows_not_named_stay_unless_the_rows_are_replaced() {
        let held = [line(1, Some(1_000), None), line(2, Some(900), None)];
        let change = [Change {
            subject_id: 2,
            ..Change::default()
        }];
        assert_eq!(merge(&held, &change, false), held);
        assert_eq!(merge(&held, &change, true), held[1..]);
        assert_eq!(merge(&held, &[], true), []);
    }

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
        assert_eq!(
            resolve(&school, &[], &["PORTUGUESE", " mathematics"]).unwrap(),
            [2, 1]
        );
    }

    #[test]
    fn every_bad_subject_is_named_at_its_row() {
        let school = [known(1, "Mathematics", true), known(2, "Portuguese", false)];
        let names = ["Mathematics", "Alchemy", "Portuguese", "mathematics"];
        let errors = resolve(&school, &[], &names).unwrap_err();
        let fields: Vec<&String> = errors.0.keys().collect();
        assert_eq!(
            fields,
            ["rows.1.subject", "rows.2.subject", "rows.3.subject"]
        );
    }
}
