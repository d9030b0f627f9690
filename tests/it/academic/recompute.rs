//! Computing a class anew.

use resource::tenant_guard::{Principal, Role, SchoolId};
use serde_json::{Value, json};

use super::{Room, SESSION, TERM, read, row};
use crate::harness::App;

const SUBJECTS: &[&str] = &["Biology", "History"];
const RECOMPUTE: &str = "/api/reports/recompute/";

fn sheet(room: &Room) -> Value {
    json!({"class_id": room.class["id"], "session": SESSION, "term": TERM})
}

fn marks(biology: u32, history: u32) -> Value {
    json!([{"subject": "Biology", "exam": biology}, {"subject": "History", "exam": history}])
}

/// Spoils every letter, sum and mean of a school, as no request can.
async fn spoil(app: &App, school: i64) {
    app.beside(move |state| async move {
        let id = SchoolId(school);
        let scope = state.database.scope(id, Principal::system(id));
        let letters = "UPDATE scores SET grade = 'Z', grade_remark = 'Spoilt' WHERE school_id = $1";
        scope
            .execute(&["scores"], letters, Vec::new())
            .await
            .unwrap();
        let sums = "UPDATE report_cards SET total_score = 1, average = 1 WHERE school_id = $1";
        scope
            .execute(&["report_cards"], sums, Vec::new())
            .await
            .unwrap();
    })
    .await;
}

both! {
    async fn a_sheet_is_computed_anew_and_what_is_published_stays(app: App) {
        let room = Room::of(&app, SUBJECTS, 3).await;
        let mut cards = Vec::new();
        for (pupil, biology) in [(0, 40), (1, 60), (2, 50)] {
            cards.push(room.card(pupil, &marks(biology, 50)).await);
        }
        room.publish("publish", &cards[2]).await;
        let before = [read(&room.admin, "reports", &cards[0]).await, read(&room.admin, "reports", &cards[1]).await];
        spoil(&app, room.school.id).await;
        let done = room.admin.post(RECOMPUTE, &sheet(&room)).await.expect(200);
        // The published card was spoilt behind the back of everything, and nobody may mend it.
        let line = |card: &Value, total: Value, average: Value, position: u32| json!({
            "id": card["id"], "student_id": card["student_id"], "total_score": total, "average": average, "position": position,
        });
        assert_eq!(done, json!({"processed": 3, "cards": [
            line(&cards[1], json!(110), json!(55), 1), line(&cards[0], json!(90), json!(45), 2),
            line(&cards[2], json!(0.01), json!(0.01), 3),
        ]}));
        for card in &before {
            let now = read(&room.admin, "reports", card).await;
            for name in ["total_score", "average"] {
                assert_eq!(now[name], card[name]);
            }
            for subject in SUBJECTS {
                let shown = |of: &Value| ["grade", "grade_remark", "total"].map(|name| row(of, subject)[name].clone());
                assert_eq!(shown(&now), shown(card));
            }
        }
        assert_eq!(row(&read(&room.admin, "reports", &cards[2]).await, "Biology")["grade"], "Z");
        // What is right already does not move.
        let still = read(&room.admin, "reports", &cards[0]).await;
        room.admin.post(RECOMPUTE, &sheet(&room)).await.expect(200);
        assert_eq!(read(&room.admin, "reports", &cards[0]).await, still);
    }

    async fn it_takes_six_statements_whatever_the_size_of_the_class(app: App) {
        for pupils in [1, 9] {
            let room = Room::of(&app, SUBJECTS, pupils).await;
            for pupil in 0..pupils {
                room.card(pupil, &marks(30, 40)).await;
            }
            spoil(&app, room.school.id).await;
            let done = room.admin.post(RECOMPUTE, &sheet(&room)).await;
            assert_eq!(done.expect(200)["processed"], pupils);
            assert!(done.statements() <= 6, "{}", done.statements());
        }
    }

    async fn only_a_head_computes_and_only_a_class_of_the_school(app: App) {
        let (room, other) = (Room::of(&app, SUBJECTS, 1).await, Room::of(&app, SUBJECTS, 1).await);
        other.card(0, &marks(30, 40)).await;
        for role in [Role::Teacher, Role::Bursar, Role::Staff, Role::Parent, Role::Student] {
            room.school.as_(role).post(RECOMPUTE, &sheet(&room)).await.problem(403, "permission_denied");
        }
        let errors = room.admin.post(RECOMPUTE, &sheet(&other)).await.field_errors();
        assert_eq!(errors["class_id"], [format!("Invalid pk \"{}\" - object does not exist.", other.class["id"])]);
        let empty = room.admin.post(RECOMPUTE, &sheet(&room)).await.expect(200);
        assert_eq!(empty, json!({"processed": 0, "cards": []}));
    }
}
