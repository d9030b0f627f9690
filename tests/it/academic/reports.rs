//! Writing report cards: found or created, rows merged by subject.

use serde_json::{Value, json};

use super::{REPORTS, Room, SCORES, at, created, read, row, seen};

const SUBJECTS: &[&str] = &["Biology", "Chemistry", "History"];

fn marks(row: &Value) -> Value {
    json!([
        row["ca1"],
        row["ca2"],
        row["exam"],
        row["total"],
        row["comment"]
    ])
}

both! {
    async fn a_post_creates_the_card_of_the_term_and_then_finds_it(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let body = room.body(0, &json!([{"subject": "Biology", "ca1": 12.5, "exam": 40}]));
        let card = room.admin.post(REPORTS, &body).await.expect(201);
        assert_eq!((&card["student_name"], &card["class_name"]), (&json!("S-0"), &json!("Age 15")));
        assert_eq!((&card["total_score"], &card["average"], &card["position"]), (&json!(52.5), &json!(52.5), &json!(1)));
        let mut again = room.body(0, &json!([{"subject": "Chemistry", "exam": 50}]));
        again["teacher_remark"] = json!("Reads well.");
        let now = room.admin.post(REPORTS, &again).await.expect(200);
        assert_eq!((&now["id"], &now["teacher_remark"]), (&card["id"], &json!("Reads well.")));
        assert_eq!(marks(row(&now, "Biology")), marks(row(&card, "Biology")));
        assert_eq!((&now["total_score"], &now["average"]), (&json!(102.5), &json!(51.25)));
        assert_eq!(seen(&room.admin, "reports").await, std::slice::from_ref(&now));
        // What it leaves out stays, as the remark does.
        let last = room.admin.post(REPORTS, &body).await.expect(200);
        assert_eq!(last, now);
        let mut next_term = body.clone();
        next_term["term"] = json!("Second Term");
        let next = room.admin.post(REPORTS, &next_term).await.expect(201);
        assert_ne!(next["id"], card["id"]);
    }

    async fn rows_merge_by_subject_whatever_its_case(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let rows = json!([
            {"subject": "Biology", "ca1": 10, "ca2": 11, "exam": 30, "comment": "Steady"},
            {"subject": "History", "exam": 20},
        ]);
        let card = room.card(0, &rows).await;
        let place = at("reports", &card);
        let change = json!({"rows": [{"subject": " BIOLOGY ", "ca1": null, "exam": 0}]});
        let now = room.admin.patch(&place, &change).await.expect(200);
        assert_eq!(marks(row(&now, "Biology")), json!([null, 11, 0, 11, "Steady"]));
        assert_eq!(row(&now, "History"), row(&card, "History"));
        assert_eq!((&now["total_score"], &now["average"]), (&json!(31), &json!(15.5)));
        let ids = |card: &Value| [row(card, "Biology")["id"].clone(), row(card, "History")["id"].clone()];
        assert_eq!(ids(&now), ids(&card));
        let cleared = json!({"rows": [{"subject": "biology", "ca2": null, "exam": null, "comment": ""}]});
        let now = room.admin.patch(&place, &cleared).await.expect(200);
        assert_eq!(marks(row(&now, "Biology")), json!([null, null, null, null, ""]));
        assert_eq!((&row(&now, "Biology")["grade"], &now["average"]), (&json!(""), &json!(20)));
        assert_eq!(read(&room.admin, "reports", &card).await, now);
    }

    async fn rows_not_named_go_only_when_the_rows_are_replaced(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let all = json!([{"subject": "Biology", "exam": 10}, {"subject": "Chemistry", "exam": 20}, {"subject": "History", "exam": 30}]);
        let card = room.card(0, &all).await;
        let one = room.body(0, &json!([{"subject": "Chemistry", "ca1": 5}]));
        let kept = room.admin.put(&at("reports", &card), &one).await.expect(200);
        assert_eq!((kept["rows"].as_array().unwrap().len(), &kept["total_score"]), (3, &json!(65)));
        room.admin.post(&format!("{REPORTS}?replace_rows=maybe"), &one).await.problem(400, "invalid");
        let replaced = room.admin.post(&format!("{REPORTS}?replace_rows=true"), &one).await.expect(200);
        assert_eq!((replaced["rows"].as_array().unwrap().len(), &replaced["total_score"]), (1, &json!(25)));
        assert_eq!(marks(row(&replaced, "Chemistry")), json!([5, null, 20, 25, ""]));
        assert_eq!(seen(&room.admin, "scores").await.len(), 1);
        let empty = json!({"rows": []});
        room.admin.patch(&at("reports", &card), &empty).await.expect(200);
        assert_eq!(read(&room.admin, "reports", &card).await["rows"].as_array().unwrap().len(), 1);
        let bare = room.admin.patch(&format!("{}?replace_rows=true", at("reports", &card)), &empty).await.expect(200);
        assert_eq!((&bare["rows"], &bare["total_score"], &bare["average"], &bare["position"]), (&json!([]), &Value::Null, &Value::Null, &Value::Null));
    }

    async fn every_bad_mark_is_told_at_once_by_its_row_and_nothing_is_written(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let card = room.card(0, &json!([{"subject": "Biology", "exam": 10}])).await;
        let rows = json!([
            {"subject": "Biology", "ca1": 100.01, "exam": 60},
            {"subject": "Chemistry", "ca2": 1.234, "exam": 101},
            {"subject": "History", "ca1": -1, "ca2": "ten", "exam": true},
            {"exam": 10},
            {"subject": "Biology", "comment": "x".repeat(256)},
        ]);
        let expected = ["rows.0.ca1", "rows.1.ca2", "rows.1.exam", "rows.2.ca1", "rows.2.ca2", "rows.2.exam", "rows.3.subject", "rows.4.comment"];
        for answer in [
            room.admin.post(REPORTS, &room.body(0, &rows)).await,
            room.admin.post(REPORTS, &room.body(1, &rows)).await,
            room.admin.patch(&at("reports", &card), &json!({"rows": rows})).await,
            room.admin.put(&at("reports", &card), &room.body(0, &rows)).await,
        ] {
            assert_eq!(answer.field_errors().keys().collect::<Vec<_>>(), expected);
        }
        assert_eq!(seen(&room.admin, "reports").await, [card]);
        assert_eq!(seen(&room.admin, "scores").await.len(), 1);
    }

    async fn every_wrong_subject_is_told_at_once_by_its_row(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        created(&room.admin, "subjects", &json!({"name": "Latin"})).await;
        let rows = json!([
            {"subject": "Biology", "exam": 1}, {"subject": "Alchemy", "exam": 1}, {"subject": "latin", "exam": 1},
            {"subject": "biology", "exam": 2},
        ]);
        let errors = room.admin.post(REPORTS, &room.body(0, &rows)).await.field_errors();
        let expected = json!({
            "rows.1.subject": ["The school has no subject \"Alchemy\"."],
            "rows.2.subject": ["The class does not take \"Latin\"."],
            "rows.3.subject": ["\"Biology\" is given more than once."],
        });
        assert_eq!(json!(errors), expected);
        assert!(seen(&room.admin, "reports").await.is_empty());
        // A class that declares no subjects takes any.
        room.admin.patch(&at("classes", &room.class), &json!({"subjects": []})).await.expect(200);
        room.card(0, &json!([{"subject": "latin", "exam": 1}])).await;
    }

    async fn one_mark_moves_its_card(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let card = room.card(0, &json!([{"subject": "Biology", "exam": 40}, {"subject": "History", "exam": 20}])).await;
        let other = room.card(1, &json!([{"subject": "Biology", "exam": 50}])).await;
        assert_eq!((&card["average"], &read(&room.admin, "reports", &card).await["position"]), (&json!(30), &json!(2)));
        let score = format!("{SCORES}{}/", row(&card, "Biology")["id"]);
        let before = room.admin.get(&at("reports", &card)).await;
        let mark = room.teacher.patch(&score, &json!({"ca1": 19.5, "ca2": 20, "exam": 60})).await.expect(200);
        assert_eq!((&mark["total"], &mark["grade"], &mark["subject_name"]), (&json!(99.5), &json!("A"), &json!("Biology")));
        let now = read(&room.admin, "reports", &card).await;
        assert_eq!((&now["total_score"], &now["average"], &now["position"]), (&json!(119.5), &json!(59.75), &json!(1)));
        assert_eq!(read(&room.admin, "reports", &other).await["position"], 2);
        // Whoever read the card before holds a version that is over.
        let stale = room.admin.with("If-Match", before.header("etag").unwrap());
        stale.patch(&at("reports", &card), &json!({"teacher_remark": "Late"})).await.problem(412, "precondition_failed");
        let chemistry = seen(&room.admin, "subjects").await.iter().find(|subject| subject["name"] == "Chemistry").unwrap()["id"].clone();
        let new = json!({"report_card": card["id"], "subject": chemistry, "exam": 30.25});
        let made = room.teacher.post(SCORES, &new).await.expect(201);
        let now = read(&room.admin, "reports", &card).await;
        assert_eq!((&now["total_score"], &row(&now, "Chemistry")["id"]), (&json!(149.75), &made["id"]));
        assert!(room.teacher.post(SCORES, &new).await.field_errors().contains_key("non_field_errors"));
        for (mark, wrong) in [(json!({"ca1": 20.5}), "ca1"), (json!({"ca2": -1}), "ca2"), (json!({"exam": 1.005}), "exam"), (json!({"subject": chemistry}), "subject")] {
            assert_eq!(room.admin.patch(&score, &mark).await.field_errors().keys().collect::<Vec<_>>(), [wrong]);
        }
        room.admin.delete(&score).await.expect(405);
        assert_eq!(read(&room.admin, "reports", &card).await, now);
    }

    async fn a_pupil_is_not_present_on_more_days_than_there_were(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let mut body = room.body(0, &json!([]));
        (body["attendance_present"], body["attendance_total"]) = (json!(60), json!(60));
        (body["affective"], body["psychomotor"]) = (json!({"Neatness": 5}), json!({"Drawing": 1}));
        let card = room.admin.post(REPORTS, &body).await.expect(201);
        assert_eq!((&card["affective"], &card["psychomotor"]), (&body["affective"], &body["psychomotor"]));
        // The days counted stand on the card, not in the body.
        let fewer = json!({"student_id": body["student_id"], "class_id": body["class_id"], "session": body["session"], "term": body["term"], "attendance_total": 59});
        let errors = room.admin.post(REPORTS, &fewer).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["attendance_present"]);
        let errors = room.admin.patch(&at("reports", &card), &json!({"affective": {"Neatness": 6}, "psychomotor": {"Drawing": 0}})).await.field_errors();
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert_eq!(read(&room.admin, "reports", &card).await, card);
    }
}
