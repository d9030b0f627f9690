//! What the server computes of marks, held against whoever would do it on paper.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{REPORTS, Room, SCORES, SESSION, at, created, hundredths, read, seen};
use crate::harness::App;

pub(super) const SUBJECTS: &[&str] = &["Biology", "Chemistry", "History", "Latin"];
const PARTS: [(&str, u64); 3] = [("ca1", 20), ("ca2", 20), ("exam", 60)];
const TERMS: [&str; 2] = ["First Term", "Second Term"];

/// Throws the same numbers for the same seed (Marsaglia's xorshift).
pub(super) struct Dice(u64);

impl Dice {
    /// Of a seed, which is not 0.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// No mark, a whole one of few, so that sums tie, or any at all, in hundredths.
    fn mark(&mut self, most: u64) -> Option<i64> {
        let mark = match self.below(5) {
            0 => return None,
            1 => self.below(most * 100 + 1),
            _ => most * 100 - 500 * self.below(3),
        };
        i64::try_from(mark).ok()
    }
}

/// The marks of a card on paper: subject, to part.
pub(super) type Marked = BTreeMap<usize, [Option<i64>; 3]>;

/// The cards on paper, by term and pupil.
type Paper = BTreeMap<(usize, usize), Marked>;

fn wire(mark: Option<i64>) -> Value {
    let text = |mark: i64| format!("{}.{:02}", mark / 100, mark % 100);
    mark.map_or(Value::Null, |mark| {
        json!(text(mark).parse::<f64>().unwrap())
    })
}

pub(super) fn total(marks: &[Option<i64>; 3]) -> Option<i64> {
    let known: Vec<i64> = marks.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

fn grade(total: Option<i64>) -> &'static str {
    match total {
        None => "",
        Some(total) if total >= 7_500 => "A",
        Some(total) if total >= 6_500 => "B",
        Some(total) if total >= 5_000 => "C",
        Some(total) if total >= 4_000 => "D",
        Some(_) => "F",
    }
}

/// Sum, and mean half up, of the subjects that have a mark.
fn summary(subjects: &Marked) -> Option<(i64, i64)> {
    let totals: Vec<i64> = subjects.values().filter_map(total).collect();
    let (sum, count) = (
        totals.iter().sum::<i64>(),
        i64::try_from(totals.len()).unwrap(),
    );
    let mean = (0..=10_000).find(|mean| 2 * sum < (2 * mean + 1) * count);
    mean.map(|mean| (sum, mean))
}

/// One more than those of the same term with a better mean.
fn position(paper: &Paper, term: usize, own: i64) -> usize {
    let of_term = paper.iter().filter(|((of, _), _)| *of == term);
    1 + of_term
        .filter(|(_, subjects)| summary(subjects).is_some_and(|(_, mean)| mean > own))
        .count()
}

/// Throws a card and writes it, whole or mark by mark.
pub(super) async fn thrown(room: &Room, dice: &mut Dice, term: usize, pupil: usize) -> Marked {
    let mut subjects = BTreeMap::new();
    let mut rows = Vec::new();
    for (subject, name) in SUBJECTS.iter().enumerate() {
        if dice.below(5) > 0 {
            let marks = PARTS.map(|(_, most)| dice.mark(most));
            let [ca1, ca2, exam] = marks.map(wire);
            rows.push(json!({"subject": name, "ca1": ca1, "ca2": ca2, "exam": exam}));
            subjects.insert(subject, marks);
        }
    }
    let mut body = room.body(pupil, &json!(rows));
    body["term"] = json!(TERMS[term]);
    let card = room.admin.post(REPORTS, &body).await.expect(201);
    for row in card["rows"].as_array().unwrap() {
        if dice.below(3) == 0 {
            let part = usize::try_from(dice.below(3)).unwrap();
            let mark = dice.mark(PARTS[part].1);
            let change = json!({PARTS[part].0: wire(mark)});
            room.admin
                .patch(&format!("{SCORES}{}/", row["id"]), &change)
                .await
                .expect(200);
            let subject = SUBJECTS
                .iter()
                .position(|name| row["subject"] == *name)
                .unwrap();
            subjects.get_mut(&subject).unwrap()[part] = mark;
        }
    }
    subjects
}

fn assert_computed(card: &Value, subjects: &Marked, seed: u64) {
    let rows = card["rows"].as_array().unwrap();
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["subject"].as_str().unwrap())
        .collect();
    let expected: Vec<&str> = subjects.keys().map(|subject| SUBJECTS[*subject]).collect();
    assert_eq!(names, expected, "seed {seed}");
    for (row, marks) in rows.iter().zip(subjects.values()) {
        let shown = PARTS.map(|(part, _)| hundredths(&row[part]));
        assert_eq!(shown, *marks, "seed {seed}: {row}");
        assert_eq!(
            hundredths(&row["total"]),
            total(marks),
            "seed {seed}: {row}"
        );
        assert_eq!(row["grade"], grade(total(marks)), "seed {seed}: {row}");
    }
    let shown = (
        hundredths(&card["total_score"]),
        hundredths(&card["average"]),
    );
    assert_eq!(shown, summary(subjects).unzip(), "seed {seed}: {card}");
}

async fn a_class_computed(app: &App, seed: u64) {
    let mut dice = Dice(seed);
    let pupils = usize::try_from(3 + dice.below(4)).unwrap();
    let room = Room::of(app, SUBJECTS, pupils).await;
    // Elsewhere are better cards of the same term, which count in no other class.
    let elsewhere = created(&room.admin, "classes", &json!({"name": "Elsewhere"})).await;
    let best = json!({"student_id": room.pupil("best").await["id"], "class_id": elsewhere["id"], "session": SESSION, "term": TERMS[0], "rows": [{"subject": "Latin", "ca1": 20, "ca2": 20, "exam": 60}]});
    let best = room.admin.post(REPORTS, &best).await.expect(201);
    let mut paper = Paper::new();
    for term in 0..TERMS.len() {
        for pupil in 0..pupils {
            let subjects = thrown(&room, &mut dice, term, pupil).await;
            paper.insert((term, pupil), subjects);
        }
    }
    let cards = seen(&room.admin, "reports").await;
    assert_eq!(cards.len(), paper.len() + 1);
    for card in cards.iter().filter(|card| card["id"] != best["id"]) {
        let pupil = room
            .pupils
            .iter()
            .position(|pupil| pupil["id"] == card["student_id"])
            .unwrap();
        let term = TERMS.iter().position(|term| card["term"] == *term).unwrap();
        let subjects = &paper[&(term, pupil)];
        assert_computed(card, subjects, seed);
        let place = summary(subjects).map(|(_, mean)| position(&paper, term, mean));
        assert_eq!(card["position"], json!(place), "seed {seed}: {card}");
        assert_eq!(
            read(&room.admin, "reports", card).await,
            *card,
            "seed {seed}"
        );
    }
}

both! {
    async fn totals_grades_means_and_positions_are_those_of_paper(app: App) {
        for seed in 1..=12 {
            a_class_computed(&app, 0x9E37_79B9_u64 * seed).await;
        }
    }

    async fn equals_share_a_position_and_the_next_one_is_skipped(app: App) {
        let room = Room::of(&app, SUBJECTS, 4).await;
        for (pupil, exam) in [(0, json!(50)), (1, json!(60)), (2, json!(50)), (3, Value::Null)] {
            room.card(pupil, &json!([{"subject": "Latin", "exam": exam}])).await;
        }
        let positions = async || {
            let cards = seen(&room.admin, "reports").await;
            cards.iter().map(|card| card["position"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(positions().await, [json!(2), json!(1), json!(2), Value::Null]);
        // A card that moves moves the others, the cache notwithstanding.
        room.admin.post(REPORTS, &room.body(3, &json!([{"subject": "Latin", "exam": 55}]))).await.expect(200);
        assert_eq!(positions().await, [json!(3), json!(1), json!(3), json!(2)]);
        let first = seen(&room.admin, "reports").await.remove(1);
        room.admin.delete(&at("reports", &first)).await.expect(204);
        assert_eq!(positions().await, [json!(2), json!(2), json!(1)]);
    }
}
