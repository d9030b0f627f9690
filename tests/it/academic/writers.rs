//! Several people at one report card at once.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{REPORTS, Room, SCORES, at, read, row, seen};
use crate::harness::Caller;

const SUBJECTS: &[&str] = &["Art", "Biology", "Chemistry", "Drama", "English", "French"];
const ROUNDS: usize = 24;

/// How a writer puts a mark of its subject on the card.
#[derive(Clone, Copy)]
enum Way {
    Score,
    Patch,
    Post,
}

/// In one round everybody writes alike, in the next each in its own way.
fn way(round: usize, writer: usize) -> Way {
    let turn = if round.is_multiple_of(2) {
        round / 2
    } else {
        writer
    };
    match turn % 3 {
        0 => Way::Score,
        1 => Way::Patch,
        _ => Way::Post,
    }
}

/// The mark of a subject, written in one of the ways; it must be acknowledged as it was sent.
async fn written(caller: Caller, way: Way, card: Value, body: Value, subject: &str, mark: usize) {
    let rows = json!([{"subject": subject, "exam": mark}]);
    let answer = match way {
        Way::Score => {
            let place = format!("{SCORES}{}/", row(&card, subject)["id"]);
            caller.patch(&place, &json!({"exam": mark})).await
        }
        Way::Patch => {
            let place = at("reports", &card);
            caller.patch(&place, &json!({"rows": rows})).await
        }
        Way::Post => {
            let mut body = body;
            body["rows"] = rows;
            caller.post(REPORTS, &body).await
        }
    };
    let shown = answer.expect(200);
    let shown = match way {
        Way::Score => &shown,
        Way::Patch | Way::Post => row(&shown, subject),
    };
    assert_eq!(shown["exam"], mark, "{subject}");
}

/// Marks a subject until the card is locked; answers the last mark that was acknowledged.
async fn marked(caller: Caller, score: String) -> usize {
    let mut last = 0;
    for mark in (1..=60).cycle() {
        match caller.patch(&score, &json!({"exam": mark})).await.status {
            200 => last = mark,
            409 => break,
            other => panic!("{other}"),
        }
    }
    last
}

fn whole() -> Value {
    let zero = |subject| json!({"subject": subject, "exam": 0});
    SUBJECTS.iter().map(zero).collect()
}

both! {
    async fn writers_of_different_subjects_of_one_card_lose_nothing(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &whole()).await;
        room.admin.token().await;
        room.teacher.token().await;
        for round in 1..=ROUNDS {
            let write = |(n, subject): (usize, &&'static str)| {
                let caller = if n % 2 == 0 { &room.admin } else { &room.teacher };
                written(caller.clone(), way(round, n), card.clone(), room.body(0, &json!([])), subject, round + n)
            };
            let all: JoinSet<_> = SUBJECTS.iter().enumerate().map(write).collect();
            all.join_all().await;
            let now = read(&room.admin, "reports", &card).await;
            let shown: Vec<_> = SUBJECTS.iter().map(|subject| row(&now, subject)["exam"].clone()).collect();
            assert_eq!(shown, (0..SUBJECTS.len()).map(|n| round + n).collect::<Vec<_>>());
            let sum: usize = (0..SUBJECTS.len()).map(|n| round + n).sum();
            assert_eq!(now["total_score"], sum, "round {round}");
        }
        assert_eq!(seen(&room.admin, "reports").await.len(), 1);
    }

    async fn of_first_writers_at_once_one_creates_the_card_and_all_are_on_it(app: App) {
        let room = Room::of(&app, SUBJECTS, 5).await;
        room.admin.token().await;
        room.teacher.token().await;
        for pupil in 0..room.pupils.len() {
            let write = |(n, subject): (usize, &&str)| {
                let caller = if n % 2 == 0 { room.admin.clone() } else { room.teacher.clone() };
                let body = room.body(pupil, &json!([{"subject": subject, "exam": 10}]));
                async move { caller.post(REPORTS, &body).await.status }
            };
            let all: JoinSet<_> = SUBJECTS.iter().enumerate().map(write).collect();
            let mut statuses = all.join_all().await;
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
            let found = room.admin.get(&format!("{REPORTS}?student_id={}", room.pupils[pupil]["id"])).await.expect(200);
            assert_eq!((&found["count"], &found["results"][0]["total_score"]), (&json!(1), &json!(60)));
        }
    }

    async fn a_mark_acknowledged_is_on_the_published_card_and_none_comes_after(app: App) {
        let room = Room::of(&app, SUBJECTS, 6).await;
        room.teacher.token().await;
        for pupil in 0..room.pupils.len() {
            let card = room.card(pupil, &whole()).await;
            let score = |subject: &&str| format!("{SCORES}{}/", row(&card, subject)["id"]);
            let writers = SUBJECTS.iter().map(|subject| tokio::spawn(marked(room.teacher.clone(), score(subject))));
            let writers: Vec<_> = writers.collect();
            // The writers are at it by the time this is answered.
            read(&room.teacher, "reports", &card).await;
            room.publish("publish", &card).await;
            let published = read(&room.admin, "reports", &card).await;
            for (subject, writer) in SUBJECTS.iter().zip(writers) {
                assert_eq!(row(&published, subject)["exam"], writer.await.unwrap(), "{subject}");
            }
            assert_eq!(read(&room.admin, "reports", &card).await, published);
        }
    }

    async fn writers_of_two_pupils_leave_both_positions_right(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let cards = [room.card(0, &whole()).await, room.card(1, &whole()).await];
        room.admin.token().await;
        room.teacher.token().await;
        for round in 1..=10 {
            let patch = |caller: &Caller, card: &Value, mark: i64| {
                let (caller, place) = (caller.clone(), format!("{SCORES}{}/", row(card, "Art")["id"]));
                async move { caller.patch(&place, &json!({"exam": mark})).await.expect(200) }
            };
            let (first, second) = if round % 2 == 0 { (round, round - 1) } else { (round - 1, round) };
            tokio::join!(patch(&room.admin, &cards[0], first), patch(&room.teacher, &cards[1], second));
            let places: Vec<_> = seen(&room.admin, "reports").await.iter().map(|card| card["position"].clone()).collect();
            assert_eq!(places, if round % 2 == 0 { [1, 2] } else { [2, 1] });
        }
    }
}
