//! Writing a report card: what its rows become, and what of it a subject's teacher may not write.

use resource::{ApiError, FieldErrors, Resource, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};
use serde_json::{Map, Value, json};

use super::{ReportCardInput, Reports};
use crate::{
    entities::{
        report_card::{Column, Entity, Model},
        student,
    },
    scale::Scale,
    services::{
        head_remark, marking, own,
        publish::{Cards, set_published},
        report_rows::{self, Line},
        row_edit::Sheet,
    },
};

/// Said of what a subject's teacher does not write.
const CLASS_TEACHERS: &str = "Only the class teacher writes this.";

/// The rows of a card before and after a write, and what they are graded by.
pub(super) struct Edited {
    held: Vec<Line>,
    pub lines: Vec<Line>,
    scale: Scale,
}

impl Reports {
    /// The rows of `card`, or of one to be created, after `input`; whoever asks holds the rules.
    pub(super) async fn edited(
        scope: &Scope,
        input: &ReportCardInput,
        card: Option<&Model>,
    ) -> Result<Edited, ApiError> {
        let held = match card {
            Some(card) => report_rows::held(scope, card.id).await?,
            None => Vec::new(),
        };
        let Some(rows) = &input.rows else {
            return Ok(Edited {
                lines: held.clone(),
                held,
                scale: Scale::default(),
            });
        };
        let rules = marking::rules(scope).await?;
        let names: Vec<&str> = rows.iter().map(|row| row.subject.as_str()).collect();
        let class_id = input.class_id.0;
        let (keys, errors) = report_rows::subjects(scope, class_id, &held, &names).await?;
        let changes: Vec<_> = rows
            .iter()
            .zip(&keys)
            .enumerate()
            .map(|(n, (row, key))| row.change(n, *key))
            .collect();
        let card_id = card.map(|card| card.id);
        let sheet = Sheet::of(scope, class_id, &input.session, card_id, &rules).await?;
        let mut lines = sheet.edited(scope, &held, &changes, errors).await?;
        if input.replace_rows == Some(true) {
            lines.retain(|line| keys.contains(&line.subject_id));
        }
        Ok(Edited {
            held,
            lines,
            scale: rules.scale,
        })
    }

    pub(super) async fn write(
        scope: &Scope,
        before: &Model,
        input: &ReportCardInput,
    ) -> Result<Model, ApiError> {
        let edited = Self::edited(scope, input, Some(before)).await?;
        let mut row = before.clone().into_active_model();
        Self::assign(input, &mut row);
        if !head_remark::is_head(scope) {
            row.head_teacher_remark = Set(before.head_teacher_remark.clone());
        }
        report_rows::sum_up(&edited.lines, &mut row);
        let after = scope.update::<Entity, _>(before, row).await?;
        if edited.save(scope, before.id).await? {
            return Ok(scope.advance::<Entity>(before, after).await?);
        }
        Ok(after)
    }

    pub(super) async fn publish(
        scope: &Scope,
        id: i64,
        published: bool,
    ) -> Result<Model, ApiError> {
        set_published(scope, &Cards::Ids(vec![id]), published).await?;
        scope
            .get::<Entity>(id)
            .await?
            .ok_or_else(ApiError::not_found)
    }

    /// The pupil's card of the term, held against other writers. The pupil is held first, so that two
    /// writers cannot both find no card.
    pub(super) async fn found(
        scope: &Scope,
        input: &ReportCardInput,
    ) -> Result<Option<Model>, ApiError> {
        scope.lock::<student::Entity>(input.student_id.0).await?;
        let query = scope
            .find::<Entity>()
            .filter(Column::StudentId.eq(input.student_id.0))
            .filter(Column::Session.eq(input.session.as_str()))
            .filter(Column::Term.eq(input.term.as_str()));
        match scope.one(query).await? {
            Some(card) => Ok(scope.lock::<Entity>(card.id).await?),
            None => Ok(None),
        }
    }

    /// Whether `input` would leave a card as it is.
    pub(super) async fn same(
        scope: &Scope,
        card: &Model,
        input: &ReportCardInput,
    ) -> Result<bool, ApiError> {
        let now = Self::input(scope, card).await?;
        if !differences(Some(&now), input)?.is_empty() {
            return Ok(false);
        }
        let edited = Self::edited(scope, input, Some(card)).await;
        Ok(edited.is_ok_and(|edited| edited.held == edited.lines))
    }

    /// Refuses what a teacher who has only subjects of the class writes beside their marks.
    pub(super) async fn marks_alone(
        scope: &Scope,
        before: Option<&Model>,
        input: &ReportCardInput,
    ) -> Result<(), ApiError> {
        let (class_id, session) = match before {
            Some(card) => (card.class_id, card.session.as_str()),
            None => (input.class_id.0, input.session.as_str()),
        };
        if own::marking(scope, class_id, session).await?.is_whole() {
            return Ok(());
        }
        let now = match before {
            Some(card) => Some(Self::input(scope, card).await?),
            None => None,
        };
        let mut errors = FieldErrors::default();
        for field in differences(now.as_ref(), input)? {
            errors.add(field, CLASS_TEACHERS);
        }
        if input.replace_rows == Some(true) {
            errors.add("replace_rows", CLASS_TEACHERS);
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ApiError::invalid(errors))
        }
    }
}

impl Edited {
    /// Writes the rows of a card; answers whether that changed any.
    pub(super) async fn save(&self, scope: &Scope, card_id: i64) -> Result<bool, ApiError> {
        report_rows::write(scope, card_id, &self.held, &self.lines, &self.scale).await
    }
}

/// The fields of a card, its rows and its publication aside, that `input` does not leave as they are in
/// `now`, or as they are on a card that says nothing yet.
fn differences(
    now: Option<&ReportCardInput>,
    input: &ReportCardInput,
) -> Result<Vec<String>, ApiError> {
    const APART: [&str; 3] = ["rows", "replace_rows", "is_passed"];
    const WHOSE: [&str; 4] = ["student_id", "class_id", "session", "term"];
    let fields = |input: &ReportCardInput| match serde_json::to_value(input) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Map::new()),
        Err(error) => Err(ApiError::internal(error)),
    };
    let said = |value: Option<&Value>| {
        let blank = |value: &Value| *value == json!("") || *value == json!({}) || value.is_null();
        value.filter(|value| !blank(value)).cloned()
    };
    let given = fields(input)?;
    let known = match now {
        Some(now) => fields(now)?,
        None => Map::new(),
    };
    let names = known
        .keys()
        .chain(given.keys().filter(|name| !known.contains_key(*name)));
    let differs = |name: &&String| {
        let apart =
            APART.contains(&name.as_str()) || (now.is_none() && WHOSE.contains(&name.as_str()));
        !apart && said(known.get(*name)) != said(given.get(*name))
    };
    Ok(names.filter(differs).cloned().collect())
}

/// `input` with what it leaves out taken from `now`.
pub(super) fn over(
    now: &ReportCardInput,
    input: &ReportCardInput,
) -> Result<ReportCardInput, ApiError> {
    let mut merged = serde_json::to_value(now).map_err(ApiError::internal)?;
    let given = serde_json::to_value(input).map_err(ApiError::internal)?;
    if let (Value::Object(merged), Value::Object(given)) = (&mut merged, given) {
        merged.extend(given);
    }
    serde_json::from_value(merged).map_err(ApiError::internal)
}

/// What is wrong with the days counted.
pub(super) fn attendance(input: &ReportCardInput) -> FieldErrors {
    match (input.attendance_present, input.attendance_total) {
        (Some(present), Some(total)) if present > total => FieldErrors::of(
            "attendance_present",
            "A pupil cannot be present on more days than the school was open.",
        ),
        _ => FieldErrors::default(),
    }
}
