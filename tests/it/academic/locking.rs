//! Publishing report cards, which locks their marks.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{REPORTS, Room, SCORES, SESSION, TERM, at, created, read, row, seen};
use crate::harness::{Answer, PASSWORD};

const SUBJECTS: &[&str] = &["Biology", "History"];

fn biology(exam: &Value) -> Value {
    json!([{"subject": "Biology", "exam": exam}])
}

/// Every kind of write on a card, each of which would change it.
async fn writes(room: &Room, card: &Value) -> Vec<Answer> {
    let (place, score) = (
        at("reports", card),
        format!("{SCORES}{}/", row(card, "Biology")["id"]),
    );
    let body = room.body(0, &biology(&json!(41)));
    let subject = row(card, "Biology")["subject_id"].clone();
    let whole = json!({"report_card": card["id"], "subject": subject, "exam": 41});
    let history = seen(&room.admin, "subjects").await.remove(1);
    let mut answers = Vec::new();
    for writer in [&room.admin, &room.teacher] {
        answers.extend([
            writer
                .patch(&place, &json!({"rows": biology(&json!(41))}))
                .await,
            writer
                .patch(&place, &json!({"teacher_remark": "Late"}))
                .await,
            writer.put(&place, &body).await,
            writer.post(REPORTS, &body).await,
            writer
                .post(&format!("{REPORTS}?replace_rows=true"), &body)
                .await,
            writer.patch(&score, &json!({"exam": 41})).await,
            writer.patch(&score, &json!({"comment": "Late"})).await,
            writer.put(&score, &whole).await,
            writer
                .post(
                    SCORES,
                    &json!({"report_card": card["id"], "subject": history["id"], "exam": 1}),
                )
                .await,
            writer.delete(&place).await,
        ]);
    }
    answers
}

both! {
    async fn a_published_card_is_locked_to_every_kind_of_write_until_it_is_taken_back(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let card = room.card(0, &biology(&json!(40))).await;
        room.publish("publish", &card).await;
        let published = read(&room.admin, "reports", &card).await;
        assert_eq!((&published["is_passed"], &published["passed_by"]), (&json!(true), &json!(room.school.user(Role::SchoolAdmin))));
        assert!(published["passed_at"].is_string());
        for answer in writes(&room, &card).await {
            answer.problem(409, "conflict");
        }
        assert_eq!(read(&room.admin, "reports", &card).await, published);
        assert_eq!(seen(&room.admin, "scores").await.len(), 1);
        // What was read and is written back changes nothing.
        assert_eq!(room.admin.put(&at("reports", &card), &published).await.expect(200), published);
        room.publish("unpublish", &card).await;
        let open = read(&room.admin, "reports", &card).await;
        assert_eq!((&open["is_passed"], &open["passed_at"], &open["passed_by"]), (&json!(false), &Value::Null, &Value::Null));
        room.teacher.patch(&at("reports", &card), &json!({"rows": biology(&json!(41))})).await.expect(200);
        let score = format!("{SCORES}{}/", row(&card, "Biology")["id"]);
        assert_eq!(room.teacher.patch(&score, &json!({"exam": 42})).await.expect(200)["exam"], 42);
        // What was published stays; of a card that never was, the marks go with it.
        room.admin.delete(&at("reports", &card)).await.problem(409, "conflict");
        let other = room.card(1, &biology(&json!(40))).await;
        room.admin.delete(&at("reports", &other)).await.expect(204);
        room.admin.get(&format!("{SCORES}{}/", row(&other, "Biology")["id"])).await.problem(404, "not_found");
    }

    async fn a_patch_of_is_passed_is_the_same_act_and_carries_no_marks(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let mut body = room.body(0, &biology(&json!(40)));
        body["is_passed"] = json!(true);
        let card = room.admin.post(REPORTS, &body).await.expect(201);
        assert_eq!(card["is_passed"], false, "a POST publishes nothing");
        let place = at("reports", &card);
        let act = json!({"is_passed": true});
        room.teacher.patch(&place, &act).await.problem(403, "permission_denied");
        let with_marks = json!({"is_passed": true, "rows": biology(&json!(60))});
        let errors = room.admin.patch(&place, &with_marks).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["is_passed"]);
        let published = room.admin.patch(&place, &act).await.expect(200);
        assert_eq!((&published["is_passed"], &row(&published, "Biology")["exam"]), (&json!(true), &json!(40)));
        assert_eq!(room.admin.patch(&place, &act).await.expect(200), published);
        let back = room.admin.patch(&place, &json!({"is_passed": false})).await.expect(200);
        assert_eq!((&back["is_passed"], &back["passed_at"]), (&json!(false), &Value::Null));
        room.teacher.patch(&place, &json!({"rows": biology(&json!(41))})).await.expect(200);
    }

    async fn a_sheet_is_published_whole_and_only_what_was_open_counts(app: App) {
        let room = Room::of(&app, SUBJECTS, 3).await;
        let mut cards = Vec::new();
        for pupil in 0..3 {
            cards.push(room.card(pupil, &biology(&json!(pupil))).await);
        }
        let mut later = room.body(0, &biology(&json!(1)));
        later["term"] = json!("Second Term");
        let later = room.admin.post(REPORTS, &later).await.expect(201);
        room.publish("publish", &cards[1]).await;
        let sheet = json!({"class_id": room.class["id"], "session": SESSION, "term": TERM});
        let done = room.admin.post("/api/reports/publish/", &sheet).await.expect(200);
        let expected = json!({"message": "Successfully published 2 report cards", "processed": 2, "ids": [cards[0]["id"], cards[2]["id"]], "incomplete": 2});
        assert_eq!(done, expected);
        assert_eq!(room.admin.get("/api/reports/?is_passed=true").await.expect(200)["count"], 3);
        assert_eq!(read(&room.admin, "reports", &later).await["is_passed"], false);
        let back = room.admin.post("/api/reports/unpublish/", &sheet).await.expect(200);
        assert_eq!(back["processed"], 3);
        for role in [Role::Teacher, Role::Bursar, Role::Parent] {
            room.school.as_(role).post("/api/reports/publish/", &sheet).await.problem(403, "permission_denied");
        }
    }

    async fn a_card_there_is_not_publishes_none(app: App) {
        let (room, other) = (Room::of(&app, SUBJECTS, 1).await, Room::of(&app, SUBJECTS, 1).await);
        let card = room.card(0, &biology(&json!(40))).await;
        let foreign = other.card(0, &biology(&json!(40))).await;
        let both = json!({"ids": [card["id"], foreign["id"]]});
        let errors = room.admin.post("/api/reports/publish/", &both).await.field_errors();
        assert_eq!(errors["ids"], [format!("Invalid pk \"{}\" - object does not exist.", foreign["id"])]);
        let sheet = json!({"class_id": other.class["id"], "session": SESSION, "term": TERM});
        assert!(room.admin.post("/api/reports/publish/", &sheet).await.field_errors().contains_key("class_id"));
        let errors = room.admin.post("/api/reports/publish/", &json!({})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["class_id", "session", "term"]);
        for (room, card) in [(&room, &card), (&other, &foreign)] {
            assert_eq!(read(&room.admin, "reports", card).await["is_passed"], false);
        }
    }

    async fn a_family_sees_a_card_from_its_publication_until_it_is_taken_back(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let card = room.card(0, &biology(&json!(40))).await;
        room.card(1, &biology(&json!(50))).await;
        let link = json!({"user": room.school.user(Role::Parent), "student": room.pupils[0]["id"]});
        created(&room.admin, "guardianships", &link).await;
        room.admin.patch(&at("students", &room.pupils[0]), &json!({"password": PASSWORD})).await.expect(200);
        let pupil = app.anonymous().signed_in("S-0", PASSWORD, Some(&room.school.domain));
        let family = [room.school.as_(Role::Parent), pupil];
        for _ in 0..3 {
            for reader in &family {
                // Asked twice, so that it may come from the cache.
                for collection in ["reports", "reports", "scores", "scores"] {
                    assert!(seen(reader, collection).await.is_empty());
                }
                reader.get(&at("reports", &card)).await.problem(404, "not_found");
            }
            room.publish("publish", &card).await;
            for reader in &family {
                for _ in 0..2 {
                    let shown = seen(reader, "reports").await;
                    assert_eq!((shown.len(), &shown[0]["id"], &shown[0]["position"]), (1, &card["id"], &json!(2)));
                    assert_eq!(seen(reader, "scores").await.len(), 1);
                }
                assert_eq!(read(reader, "reports", &card).await["total_score"], 40);
            }
            room.publish("unpublish", &card).await;
        }
    }

    async fn a_teacher_writes_only_where_it_teaches(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &biology(&json!(40))).await;
        let (place, score) = (at("reports", &card), format!("{SCORES}{}/", row(&card, "Biology")["id"]));
        room.teacher.patch(&score, &json!({"exam": 41})).await.expect(200);
        // The class is given to somebody else.
        let nobody = json!({"class_teacher_id": null});
        room.admin.patch(&at("classes", &room.class), &nobody).await.expect(200);
        room.teacher.patch(&score, &json!({"exam": 42})).await.problem(404, "not_found");
        room.teacher.patch(&place, &json!({"teacher_remark": "Mine"})).await.problem(404, "not_found");
        room.teacher.post(REPORTS, &room.body(0, &biology(&json!(42)))).await.problem(403, "permission_denied");
        room.teacher.delete(&place).await.problem(404, "not_found");
        assert_eq!(read(&room.teacher, "reports", &card).await["total_score"], 41, "every teacher reads every card");
        let again = json!({"class_teacher_id": room.class["class_teacher_id"]});
        room.admin.patch(&at("classes", &room.class), &again).await.expect(200);
        room.teacher.patch(&score, &json!({"exam": 42})).await.expect(200);
    }
}
