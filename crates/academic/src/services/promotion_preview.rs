//! Who would move up from a class, and why.

use std::collections::BTreeMap;

use identity::settings::{PromotionRules, Settings};
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::FromQueryResult;

use crate::marks::Mark;

/// What is suggested for a pupil.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suggestion {
    /// To move up.
    Promote,
    /// To stay for another session.
    Repeat,
    /// Nothing: people decide.
    Undecided,
}

/// The marks of a pupil over a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The pupil.
    pub student: i64,
    /// Number the school gave.
    pub student_no: String,
    /// Full name.
    pub student_name: String,
    /// Averages of the terms that have marks, in hundredths.
    pub averages: Vec<i64>,
    /// How many of those are not published.
    pub unpublished: usize,
}

impl Record {
    /// Mean of the terms' averages, half up; none without any.
    #[must_use]
    pub fn average(&self) -> Option<Mark> {
        let terms = i64::try_from(self.averages.len()).ok()?;
        let sum: i64 = self.averages.iter().sum();
        (terms > 0).then(|| Mark((2 * sum + terms) / (2 * terms)))
    }
}

/// By what pupils move up.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Average from which they do.
    pub threshold: Mark,
    /// Whether that is what decides.
    pub by_average: bool,
}

impl Policy {
    /// The policy of a school.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        // A threshold finer than marks are is met by the next mark above it.
        let threshold = settings.promotion_threshold;
        let exact = Mark::from_number(threshold);
        let above = || Mark::from_number((threshold * 100.0).ceil() / 100.0);
        Self {
            threshold: exact.or_else(above).unwrap_or(Mark(0)),
            by_average: matches!(settings.promotion_rules, PromotionRules::Auto),
        }
    }

    /// What it suggests for a record, and why.
    #[must_use]
    pub fn suggest(self, record: &Record) -> (Suggestion, String) {
        let Some(average) = record.average() else {
            return (Suggestion::Undecided, "No marks in this session.".into());
        };
        if !self.by_average {
            return (Suggestion::Undecided, "The school decides by hand.".into());
        }
        let (said, threshold) = (decimal(average), decimal(self.threshold));
        if average >= self.threshold {
            let reason = format!("An average of {said} reaches {threshold}.");
            (Suggestion::Promote, reason)
        } else {
            let reason = format!("An average of {said} is below {threshold}.");
            (Suggestion::Repeat, reason)
        }
    }
}

fn decimal(mark: Mark) -> String {
    format!("{}.{:02}", mark.0 / 100, mark.0 % 100)
}

#[derive(FromQueryResult)]
struct Term {
    student: i64,
    student_no: String,
    student_name: String,
    average: Option<i64>,
    is_passed: Option<bool>,
}

/// The records of the pupils who attend a class, over a session, by name. One statement.
///
/// # Errors
/// When the database fails.
pub async fn records(scope: &Scope, class_id: i64, session: &str) -> Result<Vec<Record>, ApiError> {
    let sql = "SELECT s.id AS student, s.student_no, s.names AS student_name, r.average, r.is_passed FROM students s \
               LEFT JOIN report_cards r ON r.school_id = s.school_id AND r.student_id = s.id AND r.session = $3 \
               WHERE s.school_id = $1 AND s.class_id = $2 AND s.status = 'active' ORDER BY s.names, s.id, r.id";
    let values = vec![class_id.into(), session.into()];
    let terms: Vec<Term> = scope.query(sql, values).await?;
    let mut records: Vec<Record> = Vec::new();
    for term in terms {
        if records
            .last()
            .is_none_or(|last| last.student != term.student)
        {
            records.push(Record {
                student: term.student,
                student_no: term.student_no,
                student_name: term.student_name,
                averages: Vec::new(),
                unpublished: 0,
            });
        }
        if let (Some(record), Some(average)) = (records.last_mut(), term.average) {
            record.averages.push(average);
            record.unpublished += usize::from(term.is_passed == Some(false));
        }
    }
    Ok(records)
}

#[derive(FromQueryResult)]
struct Named {
    id: i64,
    name: String,
}

/// Names of those of `classes` that the school has, by id. One statement.
///
/// # Errors
/// When the database fails.
pub async fn names(
    scope: &Scope,
    one: i64,
    other: Option<i64>,
) -> Result<BTreeMap<i64, String>, ApiError> {
    let sql = "SELECT id, name FROM classes WHERE school_id = $1 AND id IN ($2, $3)";
    let values = vec![one.into(), other.unwrap_or(one).into()];
    let found: Vec<Named> = scope.query(sql, values).await?;
    Ok(found.into_iter().map(|row| (row.id, row.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(averages: &[i64]) -> Record {
        Record {
            student: 1,
            student_no: String::new(),
            student_name: String::new(),
            averages: averages.to_vec(),
            unpublished: 0,
        }
    }

    #[test]
    fn an_average_of_terms_rounds_half_up_and_is_held_against_the_threshold() {
        let policy = Policy::of(&Settings {
            promotion_rules: PromotionRules::Auto,
            ..Settings::default()
        });
        for (averages, average, suggestion) in [
            (&[][..], None, Suggestion::Undecided),
            (&[5_000], Some(5_000), Suggestion::Promote),
            (&[4_999, 5_000], Some(5_000), Suggestion::Promote),
            (&[4_999, 4_999, 5_000], Some(4_999), Suggestion::Repeat),
        ] {
            let record = record(averages);
            assert_eq!(record.average(), average.map(Mark), "{averages:?}");
            assert_eq!(policy.suggest(&record).0, suggestion, "{averages:?}");
        }
    }

    #[test]
    fn by_hand_nobody_is_suggested() {
        let settings = Settings {
            promotion_threshold: 45.005,
            ..Settings::default()
        };
        let policy = Policy::of(&settings);
        assert_eq!(policy.threshold, Mark(4_501));
        let (suggestion, _) = policy.suggest(&record(&[9_000]));
        assert_eq!(suggestion, Suggestion::Undecided);
    }
}
