//! Positions by the policy of the school, held against whoever would rank on paper.

use std::collections::{BTreeMap, BTreeSet};

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{
    REPORTS, Room, SESSION, TERM, at, created, hundredths,
    ranking::{Dice, Marked, SUBJECTS, thrown, total},
    read, seen,
};
use crate::harness::{App, PASSWORD};

const SETTINGS: &str = "/api/settings/";

/// One choice of each setting, and a class that declares subjects or does not.
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

/// What a card is ranked by, in hundredths, with `taken` subjects to be marked in.
fn standing(marked: &Marked, taken: &BTreeSet<usize>, policy: &Policy) -> Option<i64> {
    let totals: BTreeMap<usize, i64> = marked
        .iter()
        .filter_map(|(subject, marks)| Some((*subject, total(marks)?)))
        .collect();
    let count = |n: usize| i64::try_from(n).unwrap();
    let sum: i64 = totals.values().sum();
    let missing = count(taken.iter().filter(|one| !totals.contains_key(one)).count());
    let mean = |of: i64| sum / of + i64::from(2 * (sum % of) >= of);
    match (policy.missing, policy.by) {
        _ if totals.is_empty() => None,
        ("unranked", _) if missing > 0 => None,
        (_, "total") => Some(sum),
        ("as_zero", _) => Some(mean(count(totals.len()) + missing)),
        _ => Some(mean(count(totals.len()))),
    }
}

fn places(paper: &[Marked], declares: bool, policy: &Policy) -> Vec<Value> {
    let had: BTreeSet<usize> = paper.iter().flat_map(|card| card.keys().copied()).collect();
    let taken = if declares {
        (0..SUBJECTS.len()).collect()
    } else {
        had
    };
    let all: Vec<Option<i64>> = paper
        .iter()
        .map(|card| standing(card, &taken, policy))
        .collect();
    let place = |own: i64| {
        let better: Vec<i64> = all
            .iter()
            .flatten()
            .filter(|one| **one > own)
            .copied()
            .collect();
        let different: BTreeSet<&i64> = better.iter().collect();
        1 + if policy.ties == "1-1-2" {
            different.len()
        } else {
            better.len()
        }
    };
    all.iter().map(|own| json!(own.map(place))).collect()
}

async fn a_class_ranked(app: &App, seed: u64, declares: bool) {
    let mut dice = Dice::new(seed);
    let room = Room::of(app, if declares { SUBJECTS } else { &[] }, 5).await;
    if !declares {
        for name in SUBJECTS {
            created(&room.admin, "subjects", &json!({"name": name})).await;
        }
    }
    let mut paper = Vec::new();
    for pupil in 0..room.pupils.len() {
        paper.push(thrown(&room, &mut dice, 0, pupil).await);
    }
    for policy in policies() {
        let chosen = json!({"position_ties": policy.ties, "position_by": policy.by, "position_missing": policy.missing});
        room.admin.patch(SETTINGS, &chosen).await.expect(200);
        let cards = seen(&room.admin, "reports").await;
        let shown: Vec<Value> = cards.iter().map(|card| card["position"].clone()).collect();
        let expected = places(&paper, declares, &policy);
        assert_eq!(
            shown, expected,
            "seed {seed}, declares {declares}: {chosen} of {paper:?}"
        );
        assert_eq!(read(&room.admin, "reports", &cards[2]).await, cards[2]);
    }
}

/// A card of each pupil with these marks of the examination in Latin.
async fn sheet(room: &Room, exams: &[i64]) -> Vec<Value> {
    let mut cards = Vec::new();
    for (pupil, exam) in exams.iter().enumerate() {
        let rows = json!([{"subject": "Latin", "exam": exam}]);
        cards.push(room.card(pupil, &rows).await);
    }
    cards
}

both! {
    async fn positions_follow_the_policy_of_the_school(app: App) {
        for seed in 1..=4 {
            for declares in [true, false] {
                a_class_ranked(&app, 0x51_7CC1_B727_u64 * seed, declares).await;
            }
        }
    }

    async fn a_policy_that_is_none_is_named_and_changes_nothing(app: App) {
        let room = Room::of(&app, SUBJECTS, 0).await;
        let before = room.admin.get(SETTINGS).await.expect(200);
        let chosen = [&before["position_ties"], &before["position_by"], &before["position_missing"]];
        assert_eq!(chosen, ["1-1-3", "average", "ranked"]);
        let nonsense = json!({"position_ties": "1-2-3", "position_by": "name", "position_missing": "zero"});
        let errors = room.admin.patch(SETTINGS, &nonsense).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["position_by", "position_missing", "position_ties"]);
        assert_eq!(room.admin.get(SETTINGS).await.expect(200), before);
    }

    async fn families_see_positions_where_the_school_shows_them_and_staff_always(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let link = json!({"user": room.school.user(Role::Parent), "student": room.pupils[0]["id"]});
        created(&room.admin, "guardianships", &link).await;
        room.admin.patch(&at("students", &room.pupils[0]), &json!({"password": PASSWORD})).await.expect(200);
        let pupil = app.anonymous().signed_in("S-0", PASSWORD, Some(&room.school.domain));
        let card = sheet(&room, &[40, 50]).await.remove(0);
        room.publish("publish", &card).await;
        for (shows, position) in [(true, json!(2)), (false, Value::Null), (true, json!(2))] {
            room.admin.patch(SETTINGS, &json!({"show_position": shows})).await.expect(200);
            for reader in [&room.school.as_(Role::Parent), &pupil] {
                // Asked twice, so that it may come from the cache.
                for _ in 0..2 {
                    assert_eq!(seen(reader, "reports").await[0]["position"], position);
                    assert_eq!(read(reader, "reports", &card).await["position"], position);
                }
            }
            for reader in [&room.admin, &room.teacher] {
                assert_eq!(read(reader, "reports", &card).await["position"], 2);
            }
        }
    }

    async fn a_list_of_cards_costs_two_statements_whatever_the_policy_and_the_number(app: App) {
        let room = Room::of(&app, SUBJECTS, 6).await;
        let costs = async |number: usize, chosen: &Value| {
            room.admin.patch(SETTINGS, chosen).await.expect(200);
            let list = room.admin.get(REPORTS).await;
            assert_eq!(list.expect(200)["count"], number);
            (list.cache().map(str::to_owned), list.statements())
        };
        let policies = [
            json!({"position_missing": "as_zero", "position_by": "total"}),
            json!({"position_missing": "unranked", "position_ties": "1-1-2"}),
            json!({"position_missing": "ranked", "position_by": "average"}),
        ];
        sheet(&room, &[40, 41]).await;
        for policy in &policies {
            assert_eq!(costs(2, policy).await, (Some("miss".into()), 2));
        }
        for pupil in 2..6 {
            room.card(pupil, &json!([{"subject": "Latin", "exam": 9}, {"subject": "History", "exam": 8}])).await;
        }
        for policy in &policies {
            assert_eq!(costs(6, policy).await, (Some("miss".into()), 2));
        }
    }

    async fn a_subject_that_the_class_takes_up_moves_those_who_lack_it(app: App) {
        let room = Room::of(&app, &["Latin"], 2).await;
        created(&room.admin, "subjects", &json!({"name": "Music"})).await;
        let cards = sheet(&room, &[40, 50]).await;
        room.admin.patch(SETTINGS, &json!({"position_missing": "unranked"})).await.expect(200);
        let positions = async || {
            let shown = seen(&room.admin, "reports").await;
            shown.iter().map(|card| card["position"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(positions().await, [json!(2), json!(1)]);
        let takes = json!({"subjects": ["Latin", "Music"]});
        room.admin.patch(&at("classes", &room.class), &takes).await.expect(200);
        assert_eq!(positions().await, [Value::Null, Value::Null]);
        let music = json!({"rows": [{"subject": "Music", "exam": 0}]});
        let now = room.admin.patch(&at("reports", &cards[0]), &music).await.expect(200);
        assert_eq!((&now["position"], hundredths(&now["average"])), (&json!(1), Some(2_000)));
        assert_eq!(positions().await, [json!(1), Value::Null]);
        assert_eq!((&now["session"], &now["term"]), (&json!(SESSION), &json!(TERM)));
    }
}
