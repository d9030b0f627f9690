//! Writes the registers of a term for whole classes at once, as an import or the demo has them.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use resource::{ApiError, tenant_guard::Scope};
use sea_orm::{ActiveValue::Set, ColumnTrait, FromQueryResult, QueryFilter, QuerySelect};

use crate::{
    attendance::Status,
    entities::{attendance_record, attendance_session},
};

/// The term that registers are of, and its school days in order.
#[derive(Debug, Clone, Copy)]
pub struct Term<'a> {
    /// School year.
    pub session: &'a str,
    /// Term.
    pub term: &'a str,
    /// School days.
    pub days: &'a [NaiveDate],
}

/// A pupil and how often they were away.
#[derive(Debug, Clone, Copy)]
pub struct Absentee {
    /// The pupil.
    pub student_id: i64,
    /// The pupil's class.
    pub class_id: i64,
    /// Days absent; more than the term has school days count as all of them.
    pub absences: usize,
}

#[derive(FromQueryResult)]
struct Key {
    id: i64,
    class_id: i64,
    date: NaiveDate,
}

/// Writes a register for every class of `pupils` and every day, in which each pupil is absent as often as
/// said, on days spread over the term, and present on the others. None of them is there yet. The number of
/// statements grows with that of absences by batches only.
///
/// # Errors
/// When a class has a register of one of the days, a key is unsound, or the database fails.
pub async fn import_registers(
    scope: &Scope,
    term: Term<'_>,
    pupils: &[Absentee],
) -> Result<(), ApiError> {
    let classes: BTreeSet<i64> = pupils.iter().map(|pupil| pupil.class_id).collect();
    let registers = classes.iter().flat_map(|class_id| {
        term.days.iter().map(|day| attendance_session::ActiveModel {
            class_id: Set(*class_id),
            date: Set(*day),
            session: Set(term.session.into()),
            term: Set(term.term.into()),
            ..Default::default()
        })
    });
    scope
        .insert_many::<attendance_session::Entity, _>(registers.collect())
        .await?;
    let keys = keys(scope, term).await?;
    let absences = pupils.iter().enumerate().flat_map(|(place, pupil)| {
        let days = spread(pupil.absences, term.days.len(), place);
        days.into_iter()
            .filter_map(|day| term.days.get(day))
            .filter_map(|day| keys.get(&(pupil.class_id, *day)))
            .map(|register| absence(*register, pupil.student_id))
    });
    scope
        .insert_many::<attendance_record::Entity, _>(absences.collect())
        .await?;
    // Whoever is in the class and not marked yet was there.
    let sql = "INSERT INTO attendance_records (school_id, attendance_session_id, student_id, status, remark, \
               created_at, updated_at, row_version) \
               SELECT a.school_id, a.id, s.id, 'present', '', $2, $2, 1 FROM attendance_sessions a \
               JOIN students s ON s.school_id = a.school_id AND s.class_id = a.class_id \
               WHERE a.school_id = $1 AND a.session = $3 AND a.term = $4 \
               ON CONFLICT (school_id, attendance_session_id, student_id) DO NOTHING";
    let values = vec![scope.now().into(), term.session.into(), term.term.into()];
    scope.execute(&["attendance_records"], sql, values).await?;
    Ok(())
}

async fn keys(scope: &Scope, term: Term<'_>) -> Result<HashMap<(i64, NaiveDate), i64>, ApiError> {
    use attendance_session::{Column, Entity};
    let query = scope
        .find::<Entity>()
        .filter(Column::Session.eq(term.session))
        .filter(Column::Term.eq(term.term))
        .select_only()
        .columns([Column::Id, Column::ClassId, Column::Date]);
    let keys: Vec<Key> = scope.rows(query).await?;
    let keys = keys
        .into_iter()
        .map(|key| ((key.class_id, key.date), key.id));
    Ok(keys.collect())
}

fn absence(register_id: i64, student_id: i64) -> attendance_record::ActiveModel {
    attendance_record::ActiveModel {
        attendance_session_id: Set(register_id),
        student_id: Set(student_id),
        status: Set(Status::Absent),
        remark: Set(String::new()),
        ..Default::default()
    }
}

/// `count` different places of `all`, evenly apart, the first of them `from`; all of them where `count` is more.
fn spread(count: usize, all: usize, from: usize) -> Vec<usize> {
    let count = count.min(all);
    (0..count).map(|n| (n * all / count + from) % all).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn absences_fall_on_as_many_different_days_as_there_are(count in 0_usize..100, all in 1_usize..60, from in 0_usize..1_000) {
            let places: BTreeSet<usize> = spread(count, all, from).into_iter().collect();
            prop_assert_eq!(places.len(), count.min(all));
            prop_assert!(places.iter().all(|place| *place < all));
        }
    }
}
