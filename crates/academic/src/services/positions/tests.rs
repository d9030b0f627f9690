use std::collections::{BTreeMap, BTreeSet};

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{RngSeed, TestRunner},
};
use serde_json::json;

use super::*;
use crate::testing::{class, student, subjects, world};

const SHEETS: usize = 10_000;
const PUPILS: usize = 6;
const SUBJECTS: [&str; 5] = ["Biology", "Chemistry", "History", "Latin", "Music"];
/// The first subjects are those that a class declares, where it declares any.
const DECLARED: usize = 3;

/// No row, a row without a mark, or a total in hundredths.
type Cell = Option<Option<i64>>;

#[derive(Debug, Clone)]
struct Sheet {
    declares: bool,
    cards: Vec<[Cell; 5]>,
}

#[derive(Debug, Clone, Copy)]
struct Policy {
    ties: &'static str,
    by: &'static str,
    missing: &'static str,
}

fn policies() -> Vec<Policy> {
    let mut all = Vec::new();
    for ties in ["1-1-3", "1-1-2"] {
        for by in ["average", "total"] {
            for missing in ["ranked", "unranked", "as_zero"] {
                all.push(Policy { ties, by, missing });
            }
        }
    }
    all
}

/// Few different totals, so that equals are common, and sometimes any at all.
fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(None)),
        5 => (0_i64..4).prop_map(|mark| Some(Some(mark * 1_500))),
        1 => (0_i64..=6_000).prop_map(|mark| Some(Some(mark))),
    ]
}

fn sheet() -> impl Strategy<Value = Sheet> {
    let cards = prop::collection::vec(prop::array::uniform5(cell()), 1..=PUPILS);
    (any::<bool>(), cards).prop_map(|(declares, cards)| Sheet { declares, cards })
}

fn half_up(sum: i64, count: i64) -> i64 {
    sum / count + i64::from(2 * (sum % count) >= count)
}

/// Sum, number and mean of the marks of a card; none while it has none.
fn marked(card: &[Cell; 5]) -> Option<(i64, i64, i64)> {
    let marks: Vec<i64> = card.iter().flatten().flatten().copied().collect();
    let (sum, count) = (marks.iter().sum(), i64::try_from(marks.len()).unwrap());
    (count > 0).then(|| (sum, count, half_up(sum, count)))
}

/// What a card is ranked by on paper.
fn standing(sheet: &Sheet, card: &[Cell; 5], policy: Policy) -> Option<i64> {
    let (sum, count, mean) = marked(card)?;
    let is_taken = |subject: &usize| {
        let had = sheet.cards.iter().any(|card| card[*subject].is_some());
        if sheet.declares {
            *subject < DECLARED
        } else {
            had
        }
    };
    let lacks = |subject: &usize| !matches!(card[*subject], Some(Some(_)));
    let taken = (0..SUBJECTS.len()).filter(is_taken);
    let missing = i64::try_from(taken.filter(lacks).count()).unwrap();
    match (policy.missing, policy.by) {
        ("unranked", _) if missing > 0 => None,
        (_, "total") => Some(sum),
        ("as_zero", _) => Some(half_up(sum, count + missing)),
        _ => Some(mean),
    }
}

/// Positions on paper: the better ones are counted, or the different standings among them.
fn on_paper(sheet: &Sheet, policy: Policy) -> Vec<Option<i64>> {
    let of = |card| standing(sheet, card, policy);
    let all: Vec<Option<i64>> = sheet.cards.iter().map(of).collect();
    let place = |own: i64| {
        let better: Vec<i64> = all
            .iter()
            .flatten()
            .filter(|one| **one > own)
            .copied()
            .collect();
        let different: BTreeSet<i64> = better.iter().copied().collect();
        let before = if policy.ties == "1-1-2" {
            different.len()
        } else {
            better.len()
        };
        i64::try_from(before + 1).unwrap()
    };
    all.iter().map(|own| own.map(place)).collect()
}

/// The keys that rows of the world have.
struct Keys {
    declaring: i64,
    other: i64,
    pupils: Vec<i64>,
    subjects: Vec<i64>,
}

impl Keys {
    async fn of(scope: &Scope) -> Self {
        let (declaring, other) = (class(scope, "Age 15").await, class(scope, "Age 16").await);
        let subjects = subjects(scope, &SUBJECTS).await;
        let mut pupils = Vec::new();
        for number in 1..=PUPILS {
            pupils.push(student(scope, number, declaring).await);
        }
        let taken = subjects.iter().take(DECLARED);
        let rows = taken.map(|subject| format!("($1, $2, $2, {declaring}, {subject})"));
        let sql =
            "INSERT INTO class_subjects (school_id, created_at, updated_at, class_id, subject_id)";
        insert(scope, sql, rows.collect()).await;
        let sql = "INSERT INTO school_settings (school_id, created_at, updated_at, keys)";
        insert(scope, sql, vec!["($1, $2, $2, '{}')".into()]).await;
        Self {
            declaring,
            other,
            pupils,
            subjects,
        }
    }
}

async fn insert(scope: &Scope, into: &str, rows: Vec<String>) {
    for batch in rows.chunks(1_000) {
        let sql = format!("{into} VALUES {}", batch.join(", "));
        scope
            .execute(&[], &sql, vec![scope.now().into()])
            .await
            .unwrap();
    }
}

fn literal(value: Option<i64>) -> String {
    value.map_or("NULL".into(), |value| value.to_string())
}

/// Writes `sheets`, each a session of its own; the keys of the cards count on from `first`.
async fn write(scope: &Scope, keys: &Keys, sheets: &[Sheet], first: i64) {
    let (mut cards, mut scores) = (Vec::new(), Vec::new());
    let mut id = first;
    for (n, sheet) in sheets.iter().enumerate() {
        let class = if sheet.declares {
            keys.declaring
        } else {
            keys.other
        };
        for (card, pupil) in sheet.cards.iter().zip(&keys.pupils) {
            let (sum, mean) = marked(card).map(|(sum, _, mean)| (sum, mean)).unzip();
            let (sum, mean) = (literal(sum), literal(mean));
            cards.push(format!(
                "($1, {id}, $2, $2, {pupil}, {class}, '{first} {n}', 'First Term', '{{}}', '{{}}', '', '', '', {sum}, {mean})"
            ));
            for (cell, subject) in card.iter().zip(&keys.subjects) {
                if let Some(total) = cell.map(literal) {
                    scores.push(format!(
                        "($1, $2, $2, {id}, {subject}, {total}, {total}, '', '')"
                    ));
                }
            }
            id += 1;
        }
    }
    let sql = "INSERT INTO report_cards (school_id, id, created_at, updated_at, student_id, class_id, session, term, \
               affective, psychomotor, teacher_remark, head_teacher_remark, promoted_to, total_score, average)";
    insert(scope, sql, cards).await;
    let sql = "INSERT INTO scores (school_id, created_at, updated_at, report_card_id, subject_id, exam, total, grade, comment)";
    insert(scope, sql, scores).await;
}

async fn choose(scope: &Scope, policy: Policy) {
    let keys = json!({
        "position_ties": policy.ties, "position_by": policy.by, "position_missing": policy.missing,
    });
    let sql = "UPDATE school_settings SET keys = $2 WHERE school_id = $1";
    scope.execute(&[], sql, vec![keys.into()]).await.unwrap();
}

/// Positions of the cards with these keys; a few sheets fall apart between statements.
async fn ranked_by_the_server(scope: &Scope, ids: &[i64]) -> BTreeMap<i64, i64> {
    let mut positions = BTreeMap::new();
    for batch in ids.chunks(997) {
        for row in rows(scope, batch).await.unwrap() {
            positions.extend(row.position.map(|place| (row.score.report_card_id, place)));
        }
    }
    positions
}

#[tokio::test]
async fn positions_of_ten_thousand_sheets_are_those_of_paper() {
    let world = world().await;
    let scope = &world.scope;
    let keys = Keys::of(scope).await;
    let config = proptest::test_runner::Config {
        rng_seed: RngSeed::Fixed(20_052_006),
        ..Default::default()
    };
    let mut runner = TestRunner::new(config);
    let (mut next, mut held, mut equals) = (1, 0, 0);
    let policies = policies();
    for policy in &policies {
        choose(scope, *policy).await;
        let drawn: Vec<Sheet> = (0..SHEETS.div_ceil(policies.len()))
            .map(|_| sheet().new_tree(&mut runner).unwrap().current())
            .collect();
        write(scope, &keys, &drawn, next).await;
        let count: usize = drawn.iter().map(|sheet| sheet.cards.len()).sum();
        let ids: Vec<i64> = (next..).take(count).collect();
        let positions = ranked_by_the_server(scope, &ids).await;
        for sheet in &drawn {
            let own = ids.iter().skip(usize::try_from(next - ids[0]).unwrap());
            let shown: Vec<Option<i64>> = own
                .take(sheet.cards.len())
                .map(|id| positions.get(id).copied())
                .collect();
            let paper = on_paper(sheet, *policy);
            assert_eq!(shown, paper, "{policy:?}: {sheet:#?}");
            let places: BTreeSet<i64> = paper.iter().flatten().copied().collect();
            equals += usize::from(places.len() < paper.iter().flatten().count());
            next += i64::try_from(sheet.cards.len()).unwrap();
        }
        held += drawn.len();
    }
    assert!(held >= SHEETS, "{held} sheets");
    assert!(equals > SHEETS / 20, "only {equals} sheets have equals");
}

#[tokio::test]
async fn missing_marks_are_those_of_the_subjects_taken() {
    let world = world().await;
    let scope = &world.scope;
    let keys = Keys::of(scope).await;
    let declaring = Sheet {
        declares: true,
        // Lacks the second and third of three; the last is nobody's concern.
        cards: vec![
            [Some(Some(4_000)), None, Some(None), None, Some(None)],
            [None; 5],
        ],
    };
    let open = Sheet {
        declares: false,
        // Of the two subjects that the sheet has, one lacks both, the other one.
        cards: vec![
            [Some(None), Some(None), None, None, None],
            [Some(Some(0)), None, None, None, None],
        ],
    };
    write(scope, &keys, &[declaring, open], 1).await;
    for (ids, lacking) in [
        (&[1][..], 2),
        (&[1, 2], 5),
        (&[3], 2),
        (&[4], 1),
        (&[3, 4], 3),
        (&[], 0),
    ] {
        assert_eq!(missing(scope, ids).await.unwrap(), lacking, "{ids:?}");
    }
}
