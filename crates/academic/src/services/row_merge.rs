//! What becomes of a row when somebody writes who saw an older one: cells that the writer left as they
//! were stay as they are, cells that only the writer changed are changed, and a cell that both changed,
//! each to another value, is refused.

use super::report_rows::{Change, Line};
use crate::marks::{Assessment, Cell};

/// A cell moved on that the writer changed too.
#[derive(Debug, PartialEq, Eq)]
pub struct MovedOn;

fn settled<T: PartialEq>(now: T, base: &T, sent: Option<T>) -> Result<T, MovedOn> {
    match sent {
        None => Ok(now),
        Some(sent) if sent == *base || sent == now => Ok(now),
        Some(sent) if *base == now => Ok(sent),
        Some(_) => Err(MovedOn),
    }
}

/// What `change` puts in a cell that held `base` when its writer saw it; none leaves the cell.
fn sent(change: &Change, which: Assessment, base: Cell) -> Option<Cell> {
    let listed = change.absent.as_ref().map(|absent| absent.contains(&which));
    match (change.mark(which), listed) {
        (Some(Some(mark)), _) => Some(Cell::Marked(mark.0)),
        (_, Some(true)) => Some(Cell::Absent),
        (Some(None), Some(false)) => Some(Cell::Unmarked),
        // An absent cell shows null, so a null that comes back alone leaves it; so does a client that
        // knows of no absences.
        (Some(None), None) => (base != Cell::Absent).then_some(Cell::Unmarked),
        (None, Some(false)) => (base == Cell::Absent).then_some(Cell::Unmarked),
        (None, None) => None,
    }
}

/// The row after `change`, whose writer saw `base` where there is `now`.
///
/// # Errors
/// When both the writer and somebody else since changed a cell, each to another value.
pub fn merged(now: &Line, base: &Line, change: &Change) -> Result<Line, MovedOn> {
    let mut row = now.clone();
    for which in Assessment::ALL {
        let held = base.marks.cell(which);
        *row.marks.cell_mut(which) =
            settled(now.marks.cell(which), &held, sent(change, which, held))?;
    }
    row.comment = settled(now.comment.clone(), &base.comment, change.comment.clone())?;
    let letter = change.grade_override.clone().map(Option::unwrap_or_default);
    let shown = letter.clone();
    row.grade_override = settled(now.grade_override.clone(), &base.grade_override, letter)?;
    let ours = shown.is_none_or(|letter| letter == row.grade_override);
    match &change.grade_override_reason {
        _ if row.grade_override.is_empty() => row.grade_override_reason = String::new(),
        Some(reason) if ours && !reason.is_empty() => row.grade_override_reason.clone_from(reason),
        // A reason is of a letter: somebody else's letter keeps its own.
        _ => {}
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::marks::{Mark, Marks};

    fn cell() -> impl Strategy<Value = Cell> {
        prop_oneof![
            Just(Cell::Unmarked),
            Just(Cell::Absent),
            (0..3_i64).prop_map(Cell::Marked)
        ]
    }

    fn line() -> impl Strategy<Value = Line> {
        (cell(), cell(), cell(), "[ab]?").prop_map(|(ca1, ca2, exam, comment)| Line {
            marks: Marks { ca1, ca2, exam },
            comment,
            ..Line::default()
        })
    }

    /// The change that states `line` whole.
    fn whole(line: &Line) -> Change {
        let mark = |cell: Cell| Some(cell.mark().map(Mark));
        Change {
            ca1: mark(line.marks.ca1),
            ca2: mark(line.marks.ca2),
            exam: mark(line.marks.exam),
            absent: Some(line.marks.absent()),
            comment: Some(line.comment.clone()),
            ..Change::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn every_cell_is_that_of_whoever_changed_it(base in line(), now in line(), mine in line()) {
            let cells = |line: &Line| {
                let mut cells: Vec<Option<String>> = Assessment::ALL.iter().map(|which| line.marks.cell(*which).text()).collect();
                cells.push(Some(line.comment.clone()));
                cells
            };
            let (then, current, sent) = (cells(&base), cells(&now), cells(&mine));
            let moved = (0..4).any(|n| sent[n] != then[n] && current[n] != then[n] && sent[n] != current[n]);
            match merged(&now, &base, &whole(&mine)) {
                Err(MovedOn) => prop_assert!(moved),
                Ok(row) => {
                    prop_assert!(!moved);
                    let expected: Vec<_> = (0..4).map(|n| if sent[n] == then[n] { current[n].clone() } else { sent[n].clone() }).collect();
                    prop_assert_eq!(cells(&row), expected);
                }
            }
        }

        #[test]
        fn what_was_written_once_may_be_sent_again(base in line(), mine in line()) {
            let row = merged(&base, &base, &whole(&mine)).unwrap();
            prop_assert_eq!(merged(&row, &base, &whole(&mine)), Ok(row.clone()));
            prop_assert_eq!(row, mine);
        }

        #[test]
        fn a_client_that_knows_of_no_absence_takes_none_away(now in line()) {
            let shown = Change { absent: None, ..whole(&now) };
            prop_assert_eq!(merged(&now, &now, &shown), Ok(now));
        }
    }
}
