//! Holds what somebody writes on a card against the rules, against the writer's rights, and against
//! what others wrote since the writer looked.

use std::collections::BTreeMap;

use resource::{ApiError, FieldErrors, tenant_guard::Scope};

use super::{
    marking::Rules,
    own::{self, Marking},
    report_rows::{Change, Line},
    row_merge::merged,
    score_history,
};
use crate::{
    marks::{Assessment, Cell},
    report_row::moved_on,
    scale::written,
};

/// Highest total of a subject, in hundredths.
const FULL: i64 = 10_000;

/// The card that is written on.
#[derive(Debug)]
pub struct Sheet<'a> {
    rules: &'a Rules,
    marking: Marking,
    /// The card's key; none of one that is to be created.
    card_id: Option<i64>,
}

impl<'a> Sheet<'a> {
    /// The card of a class and school year, as the caller may write on it.
    ///
    /// # Errors
    /// 403 when the caller writes no marks there.
    pub async fn of(
        scope: &Scope,
        class_id: i64,
        session: &str,
        card_id: Option<i64>,
        rules: &'a Rules,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            rules,
            marking: own::marking(scope, class_id, session).await?,
            card_id,
        })
    }

    /// The rows after `changes` of those that are `held`; rows not named stay. `errors` are those found
    /// already.
    ///
    /// # Errors
    /// 400 with every field error at once, among them marks above their maximum and rows of subjects the
    /// caller does not teach; 409 with the rows as they are when a cell moved on that the writer, by
    /// `row_version`, saw otherwise and changed.
    pub async fn edited(
        &self,
        scope: &Scope,
        held: &[Line],
        changes: &[Change],
        mut errors: FieldErrors,
    ) -> Result<Vec<Line>, ApiError> {
        let mut lines: BTreeMap<i64, Line> = held
            .iter()
            .map(|line| (line.subject_id, line.clone()))
            .collect();
        let bases = self.bases(scope, held, changes).await?;
        let mut moved = Vec::new();
        for change in changes {
            let subject = change.subject_id;
            let blank = Line::blank(subject);
            let now = held.iter().find(|line| line.subject_id == subject);
            let now = now.unwrap_or(&blank);
            let base = match change.row_version {
                Some(0) => &blank,
                _ => bases.get(&subject).unwrap_or(now),
            };
            errors.merge(faults(now, change));
            errors.merge(self.override_faults(now, change));
            if let Ok(row) = merged(now, base, change) {
                errors.merge(self.refusals(now, &row, change));
                lines.insert(subject, row);
            } else {
                moved.push(subject);
            }
        }
        if !errors.is_empty() {
            return Err(ApiError::invalid(errors));
        }
        if let (Some(card_id), false) = (self.card_id, moved.is_empty()) {
            return Err(moved_on(scope, card_id, &moved).await?);
        }
        Ok(lines.into_values().collect())
    }

    /// The rows that writers saw at a version which has passed.
    async fn bases(
        &self,
        scope: &Scope,
        held: &[Line],
        changes: &[Change],
    ) -> Result<BTreeMap<i64, Line>, ApiError> {
        let passed = |change: &Change| {
            let seen = change.row_version.filter(|version| *version > 0)?;
            let line = held
                .iter()
                .find(|line| line.subject_id == change.subject_id)?;
            (line.row_version > seen).then_some((change.subject_id, seen))
        };
        let seen: BTreeMap<i64, i64> = changes.iter().filter_map(passed).collect();
        match self.card_id {
            Some(card_id) => score_history::bases(scope, card_id, held, &seen).await,
            None => Ok(BTreeMap::new()),
        }
    }

    /// What is wrong with what a change says of the letter.
    fn override_faults(&self, now: &Line, change: &Change) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let (letter, reason) = (&change.grade_override, &change.grade_override_reason);
        let given = reason.as_ref().map_or("", String::as_str);
        let mut tell = |field: &str, message: String| {
            errors.add(format!("{}{field}", change.at), message);
        };
        let Some(Some(letter)) = letter else {
            if !given.is_empty() && (now.grade_override.is_empty() || letter.is_some()) {
                let message = "There is no override to give a reason for.";
                tell("grade_override_reason", message.into());
            }
            return errors;
        };
        // A letter that is there already has its reason, and may be of a scale the school had before.
        let stands = *letter == now.grade_override;
        if given.is_empty() && !(stands && reason.is_none()) {
            tell("grade_override_reason", "This field is required.".into());
        }
        if !stands && self.rules.scale.named(letter).is_none() {
            let message = format!("The grading scale has no \"{letter}\".");
            tell("grade_override", message);
        }
        errors
    }

    /// What keeps a row from changing from `now` to `row`.
    fn refusals(&self, now: &Line, row: &Line, change: &Change) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let at = |field: &str| format!("{}{field}", change.at);
        for which in Assessment::ALL {
            let (was, is, most) = (
                now.marks.cell(which),
                row.marks.cell(which),
                self.rules.maxima.of(which),
            );
            if is != was && matches!(is, Cell::Marked(mark) if mark > most) {
                let message = format!(
                    "Ensure this value is less than or equal to {}.",
                    written(most)
                );
                errors.add(at(which.as_str()), message);
            }
        }
        if errors.is_empty() && row != now && row.marks.total() > Some(FULL) {
            errors.add(at("total"), "The marks of a subject add up to 100 at most.");
        }
        if change.subject_id > 0 && row != now && !self.marking.includes(row.subject_id) {
            errors.add(
                at("subject"),
                "You do not teach this subject in this class.",
            );
        }
        let overrides = |line: &Line| {
            (
                line.grade_override.clone(),
                line.grade_override_reason.clone(),
            )
        };
        if overrides(row) != overrides(now) && !self.marking.is_whole() {
            errors.add(
                at("grade_override"),
                "Only the class teacher overrides a grade.",
            );
        }
        errors
    }
}

/// What is wrong with a change of marks, whatever it would come to.
fn faults(now: &Line, change: &Change) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let absent = change.absent.as_deref().unwrap_or_default();
    for which in Assessment::ALL {
        if absent.contains(&which) && change.mark(which).flatten().is_some() {
            let field = format!("{}{}", change.at, which.as_str());
            errors.add(field, "What the pupil missed has no mark.");
        }
    }
    if change.row_version > Some(now.row_version) {
        let field = format!("{}row_version", change.at);
        errors.add(field, "The row has not come to this version.");
    }
    errors
}
