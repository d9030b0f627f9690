//! Several people at one report card at once.

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{REPORTS, Room, SCORES, TERM, at, hundredths, read, row, seen};
use crate::harness::Caller;

const SUBJECTS: &[&str] = &["Art", "Biology", "Chemistry", "Drama", "English", "French"];
const ROUNDS: i64 = 12;

/// How a writer puts a mark of its subject on the card.
enum Way {
    Score,
    Patch,
    Post,
}

/// One writer of one subject; answers the last mark that was acknowledged.
struct Writer {
    caller: Caller,
    way: Way,
    subject: &'static str,
    place: String,
    body: Value,
}

impl Writer {
    async fn writes(self) -> (&'static str, i64) {
        for mark in 1..=ROUNDS {
            let rows = json!([{"subject": self.subject, "exam": mark}]);
            let mut body = self.body.clone();
            body["rows"] = rows.clone();
            let answer = match self.way {
                Way::Score => self.caller.patch(&self.place, &json!({"exam": mark})).await,
                Way::Patch => self.caller.patch(&self.place, &json!({"rows": rows})).await,
                Way::Post => self.caller.post(REPORTS, &body).await,
            };
            let shown = answer.expect(200);
            let shown = if shown["rows"].is_array() { row(&shown, self.subject) } else { &shown };
            assert_eq!(shown["exam"], mark, "{}", self.subject);
        }
        (self.subject, ROUNDS)
    }
}

/// One writer for each subject of the card, each in one of the three ways.
fn writers(room: &Room, card: &Value) -> Vec<Writer> {
    let of = |(n, subject): (usize, &&'static str)| {
        let way = match n % 3 {
            0 => Way::Score,
            1 => Way::Patch,
            _ => Way::Post,
        };
        let place = match way {
            Way::Score => format!("{SCORES}{}/", row(card, subject)["id"]),
            Way::Patch | Way::Post => at("reports", card),
        };
        let caller = if n % 2 == 0 { &room.admin } else { &room.teacher };
        Writer { caller: caller.clone(), way, subject, place, body: room.body(0, &json!([])) }
    };
    SUBJECTS.iter().enumerate().map(of).collect()
}

fn whole() -> Value {
    SUBJECTS.iter().map(|subject| json!({"subject": subject, "exam": 0})).collect()
}

both! {
    async fn writers_of_different_subjects_of_one_card_lose_nothing(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &whole()).await;
        let all: JoinSet<_> = writers(&room, &card).into_iter().map(Writer::writes).collect();
        let acknowledged = all.join_all().await;
        let now = read(&room.admin, "reports", &card).await;
        for (subject, mark) in &acknowledged {
            assert_eq!(row(&now, subject)["exam"], *mark, "{subject}");
        }
        let sum: i64 = acknowledged.iter().map(|(_, mark)| mark * 100).sum();
        assert_eq!(hundredths(&now["total_score"]), Some(sum));
        assert_eq!(seen(&room.admin, "reports").await, [now]);
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
            let (caller, score) = (room.teacher.clone(), format!("{SCORES}{}/", row(&card, "Art")["id"]));
            // Far more marks than the publication lets through.
            let writer = tokio::spawn(async move {
                let mut last = 0;
                for mark in (1..=60).cycle() {
                    match caller.patch(&score, &json!({"exam": mark})).await.status {
                        200 => last = mark,
                        409 => break,
                        other => panic!("{other}"),
                    }
                }
                last
            });
            let wait = read(&room.admin, "reports", &card).await;
            assert_eq!(wait["term"], TERM);
            room.publish("publish", &card).await;
            let published = read(&room.admin, "reports", &card).await;
            let last = writer.await.unwrap();
            assert_eq!(row(&published, "Art")["exam"], last);
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
