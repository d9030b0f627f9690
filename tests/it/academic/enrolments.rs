//! The classes of a pupil, session by session, and who would move up from one.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{Room, SESSION, at, created, seen};
use crate::harness::{Caller, PASSWORD};

const PROMOTE: &str = "/api/students/bulk-promote/";
const PREVIEW: &str = "/api/students/promotion-preview/";

async fn current(admin: &Caller, settings: &Value) {
    admin.patch("/api/settings/", settings).await.expect(200);
}

/// Sessions and classes of a pupil.
async fn history(caller: &Caller, pupil: &Value) -> Vec<(String, String)> {
    let answer = caller
        .get(&format!("{}enrolments/", at("students", pupil)))
        .await
        .expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = answer["results"].as_array().unwrap();
    rows.iter()
        .map(|row| (text(&row["session"]), text(&row["class_name"])))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(session, class): &(&str, &str)| ((*session).to_owned(), (*class).to_owned());
    expected.iter().map(owned).collect()
}

both! {
    async fn a_class_of_the_past_stays_when_the_pupil_moves_on(app: App) {
        let room = Room::of(&app, &[], 0).await;
        current(&room.admin, &json!({"current_session": ""})).await;
        let before = room.pupil("before any session").await;
        current(&room.admin, &json!({"current_session": "2025/2026"})).await;
        let pupil = room.pupil("within it").await;
        assert_eq!(history(&room.admin, &before).await, []);
        assert_eq!(history(&room.admin, &pupil).await, pairs(&[("2025/2026", "Age 15")]));
        let next = created(&room.admin, "classes", &json!({"name": "Age 16"})).await;
        let promotions = json!({before["id"].to_string(): next["id"], pupil["id"].to_string(): next["id"]});
        let body = json!({"promotions": promotions, "session": "2026/2027"});
        room.admin.post(PROMOTE, &body).await.expect(200);
        for one in [&before, &pupil] {
            assert_eq!(history(&room.admin, one).await, pairs(&[("2026/2027", "Age 16"), ("2025/2026", "Age 15")]));
        }
        // Sent again it says the same, and a graduate is in no class to be written down.
        room.admin.post(PROMOTE, &body).await.expect(200);
        let leave = json!({"promotions": {pupil["id"].to_string(): "graduate"}, "session": "2027/2028"});
        room.admin.post(PROMOTE, &leave).await.expect(200);
        assert_eq!(history(&room.admin, &pupil).await.len(), 2);
        for session in [json!("x".repeat(21)), json!([])] {
            let bad = json!({"promotions": {}, "session": session});
            assert!(room.admin.post(PROMOTE, &bad).await.field_errors().contains_key("session"), "{session}");
        }
    }

    async fn whoever_puts_a_pupil_into_a_class_writes_it_down(app: App) {
        let room = Room::of(&app, &[], 0).await;
        current(&room.admin, &json!({"current_session": ""})).await;
        let pupil = &room.pupil("S-0").await;
        current(&room.admin, &json!({"current_session": "2025/2026"})).await;
        let other = created(&room.admin, "classes", &json!({"name": "Age 16"})).await;
        let path = at("students", pupil);
        room.admin.patch(&path, &json!({"names": "Renamed"})).await.expect(200);
        assert_eq!(history(&room.admin, pupil).await, []);
        room.admin.patch(&path, &json!({"class_id": other["id"]})).await.expect(200);
        assert_eq!(history(&room.admin, pupil).await, pairs(&[("2025/2026", "Age 16")]));
        let whole = json!({"student_no": "S-0", "names": "S-0", "gender": "Male", "class_id": room.class["id"]});
        room.admin.put(&path, &whole).await.expect(200);
        assert_eq!(history(&room.admin, pupil).await, pairs(&[("2025/2026", "Age 15")]));
        room.admin.patch(&path, &json!({"class_id": null})).await.expect(200);
        assert_eq!(history(&room.admin, pupil).await, pairs(&[("2025/2026", "Age 15")]));
        let kept = room.admin.delete(&at("classes", &room.class)).await;
        assert_eq!(kept.problem(409, "conflict")["detail"], "This class cannot be deleted. What relies on it: enrolments (1).");
        room.admin.delete(&path).await.expect(204);
        room.admin.delete(&at("classes", &room.class)).await.expect(204);
    }

    async fn a_pupil_and_a_parent_read_their_own_classes(app: App) {
        let room = Room::of(&app, &[], 1).await;
        current(&room.admin, &json!({"current_session": "2025/2026"})).await;
        let body = json!({"student_no": "own", "names": "Own", "gender": "Female", "class_id": room.class["id"], "password": PASSWORD});
        let own = created(&room.admin, "students", &body).await;
        let link = json!({"user": room.school.user(Role::Parent), "student": own["id"]});
        created(&room.admin, "guardianships", &link).await;
        let pupil = app.anonymous().signed_in("own", PASSWORD, Some(&room.school.domain));
        for caller in [&pupil, &room.school.as_(Role::Parent)] {
            assert_eq!(history(caller, &own).await, pairs(&[("2025/2026", "Age 15")]));
            let stranger = format!("{}enrolments/", at("students", &room.pupils[0]));
            caller.get(&stranger).await.problem(404, "not_found");
        }
        let elsewhere = app.school().await.as_(Role::SchoolAdmin);
        elsewhere.get(&format!("{}enrolments/", at("students", &own))).await.problem(404, "not_found");
    }

    async fn a_preview_says_who_moves_up_and_why_and_can_be_sent_back(app: App) {
        let room = Room::of(&app, &["Biology"], 4).await;
        let settings = json!({"current_session": SESSION, "promotion_rules": "auto", "promotion_threshold": 50});
        current(&room.admin, &settings).await;
        // Averages of 60 and 39.99, half up 50; of 49.99; none in the third; the fourth has left.
        for (pupil, term, exam) in [(0, "First Term", 60.0), (0, "Second Term", 39.99), (1, "First Term", 49.99)] {
            let mut card = room.body(pupil, &json!([{"subject": "Biology", "exam": exam}]));
            card["term"] = json!(term);
            created(&room.admin, "reports", &card).await;
        }
        room.admin.patch(&at("students", &room.pupils[3]), &json!({"status": "withdrawn"})).await.expect(200);
        let next = created(&room.admin, "classes", &json!({"name": "Age 16"})).await;
        let path = format!("{PREVIEW}?class_id={}&to={}", room.class["id"], next["id"]);
        let answer = room.admin.get(&path).await;
        assert!(answer.statements() <= 3, "{}", answer.statements());
        let preview = answer.expect(200);
        let said: Vec<_> = preview["results"].as_array().unwrap().iter()
            .map(|one| json!([one["average"], one["terms"], one["unpublished"], one["suggestion"]])).collect();
        assert_eq!(said, [json!([50, 2, 2, "promote"]), json!([49.99, 1, 1, "repeat"]), json!([null, 0, 0, "undecided"])]);
        assert_eq!(preview["results"][1]["reason"], "An average of 49.99 is below 50.00.");
        let promotions = json!({room.pupils[0]["id"].to_string(): next["id"], room.pupils[1]["id"].to_string(): room.class["id"]});
        assert_eq!(preview["promotions"], promotions);
        let body = json!({"promotions": preview["promotions"], "session": "2026/2027"});
        let done = room.admin.post(PROMOTE, &body).await.expect(200);
        assert_eq!((&done["processed"], &done["errors"]), (&json!(2), &json!({})));
        let classes: Vec<_> = seen(&room.admin, "students").await.iter().map(|pupil| pupil["class_name"].clone()).collect();
        assert_eq!(classes, ["Age 16", "Age 15", "Age 15", "Age 15"]);
    }

    async fn by_hand_nothing_is_suggested_and_nobody_else_may_ask(app: App) {
        let room = Room::of(&app, &["Biology"], 1).await;
        room.card(0, &json!([{"subject": "Biology", "exam": 60}])).await;
        let path = format!("{PREVIEW}?class_id={}&to=graduate&session=2025%2F2026", room.class["id"]);
        let preview = room.admin.get(&path).await.expect(200);
        assert_eq!((&preview["results"][0]["suggestion"], &preview["promotions"]), (&json!("undecided"), &json!({})));
        current(&room.admin, &json!({"promotion_rules": "auto"})).await;
        let preview = room.admin.get(&path).await.expect(200);
        assert_eq!(preview["promotions"], json!({room.pupils[0]["id"].to_string(): "graduate"}));
        let other = Room::of(&app, &[], 0).await;
        let foreign = format!("{PREVIEW}?class_id={0}&to={0}", other.class["id"]);
        let errors = room.admin.get(&foreign).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["class_id", "to"]);
        for role in [Role::Teacher, Role::Parent, Role::Student, Role::Bursar] {
            room.school.as_(role).get(&path).await.problem(403, "permission_denied");
        }
    }
}
