//! Writes the report cards of a term for many pupils at once, as an import or the demo has them.

use std::collections::HashMap;

use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, ColumnTrait, FromQueryResult, QueryFilter, QuerySelect};
use serde_json::json;

use crate::{
    entities::{report_card, score},
    marks::Assessment,
    scale::Scale,
    services::{
        marking,
        report_rows::{Line, sum_up},
    },
};

/// One card to write; the pupil has none of this term yet.
#[derive(Debug, Clone)]
pub struct NewCard {
    /// The pupil.
    pub student_id: i64,
    /// The class the card was earned in.
    pub class_id: i64,
    /// Its rows, no subject twice.
    pub lines: Vec<Line>,
}

#[derive(FromQueryResult)]
struct Key {
    id: i64,
    student_id: i64,
}

/// Writes `cards` of one session and term; the number of statements grows with their number by
/// batches only. What is imported is where a mark's history begins, and is not itself in it.
///
/// # Errors
/// When a pupil has a card of that term already, a key or a mark is unsound, or the database fails.
pub async fn import_cards(
    scope: &Scope,
    session: &str,
    term: &str,
    cards: &[NewCard],
) -> Result<(), ApiError> {
    let scale = marking::rules(scope).await?.scale;
    let rows = cards
        .iter()
        .map(|card| new_card(card, session, term))
        .collect();
    scope.insert_many::<report_card::Entity, _>(rows).await?;
    let query = scope
        .find::<report_card::Entity>()
        .filter(report_card::Column::Session.eq(session))
        .filter(report_card::Column::Term.eq(term))
        .select_only()
        .columns([report_card::Column::Id, report_card::Column::StudentId]);
    let keys: Vec<Key> = scope.rows(query).await?;
    let keys: HashMap<i64, i64> = keys
        .into_iter()
        .map(|key| (key.student_id, key.id))
        .collect();
    let scores = cards
        .iter()
        .filter_map(|card| keys.get(&card.student_id).map(|key| (*key, card)))
        .flat_map(|(key, card)| {
            let scale = &scale;
            card.lines
                .iter()
                .map(move |line| new_score(key, line, scale))
        });
    scope
        .insert_many::<score::Entity, _>(scores.collect())
        .await?;
    Ok(())
}

fn new_card(card: &NewCard, session: &str, term: &str) -> report_card::ActiveModel {
    let mut row = report_card::ActiveModel {
        student_id: Set(card.student_id),
        class_id: Set(card.class_id),
        session: Set(session.into()),
        term: Set(term.into()),
        affective: Set(json!({})),
        psychomotor: Set(json!({})),
        teacher_remark: Set(String::new()),
        head_teacher_remark: Set(String::new()),
        promoted_to: Set(String::new()),
        is_passed: Set(false),
        ..Default::default()
    };
    sum_up(&card.lines, &mut row);
    row
}

fn new_score(card_id: i64, line: &Line, scale: &Scale) -> score::ActiveModel {
    let total = line.marks.total();
    let band = scale.of(total);
    let absent = |which| Set(line.marks.absent().contains(&which));
    score::ActiveModel {
        report_card_id: Set(card_id),
        subject_id: Set(line.subject_id),
        ca1: Set(line.marks.ca1.mark()),
        ca2: Set(line.marks.ca2.mark()),
        exam: Set(line.marks.exam.mark()),
        total: Set(total),
        grade: Set(band.map_or_else(String::new, |band| band.letter.clone())),
        comment: Set(line.comment.clone()),
        ca1_absent: absent(Assessment::Ca1),
        ca2_absent: absent(Assessment::Ca2),
        exam_absent: absent(Assessment::Exam),
        grade_remark: Set(band.map_or_else(String::new, |band| band.remark.clone())),
        grade_points: Set(band.and_then(|band| band.points)),
        grade_override: Set(line.grade_override.clone()),
        grade_override_reason: Set(line.grade_override_reason.clone()),
        ..Default::default()
    }
}
