//! Who writes which marks, and what marks are held against: maxima, absences, scales, overrides.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{REPORTS, Room, SCORES, SESSION, TERM, at, created, read, row, seen};
use crate::harness::App;

const SUBJECTS: &[&str] = &["Biology", "Chemistry", "History"];

/// Path of the row of a subject on a card.
fn place(card: &Value, subject: &str) -> String {
    let subject = &row(card, subject)["subject_id"];
    format!("{REPORTS}{}/rows/{subject}/", card["id"])
}

/// The room of a teacher who has Biology there this school year and is not its class teacher.
async fn biologist(app: &App) -> (Room, Value) {
    let room = Room::of(app, SUBJECTS, 2).await;
    room.admin
        .patch(
            &at("classes", &room.class),
            &json!({"class_teacher_id": null}),
        )
        .await
        .expect(200);
    let teacher = seen(&room.admin, "teachers").await.remove(0);
    let biology = seen(&room.admin, "subjects").await.remove(0);
    let lesson = json!({"teacher": teacher["id"], "class": room.class["id"], "subject": biology["id"], "session": SESSION});
    let lesson = created(&room.admin, "subject-teachers", &lesson).await;
    (room, lesson)
}

fn scale(name: &str, bands: &Value) -> Value {
    json!({"name": name, "is_active": true, "bands": bands})
}

fn pass() -> Value {
    json!([
        {"min": 50, "max": 100, "letter": "P", "remark": "Pass", "points": 4.5},
        {"min": 0, "max": 49.99, "letter": "N", "remark": "Not yet"},
    ])
}

both! {
    async fn a_subjects_teacher_writes_its_marks_in_every_way(app: App) {
        let (room, _) = biologist(&app).await;
        let card = room.teacher.post(REPORTS, &room.body(0, &json!([{"subject": "Biology", "exam": 40}]))).await.expect(201);
        let now = room.teacher.post(REPORTS, &room.body(0, &json!([{"subject": "biology", "ca1": 10}]))).await.expect(200);
        assert_eq!(row(&now, "Biology")["total"], 50);
        let rows = json!({"rows": [{"subject": "Biology", "ca2": 5}]});
        room.teacher.patch(&at("reports", &card), &rows).await.expect(200);
        let score = format!("{SCORES}{}/", row(&card, "Biology")["id"]);
        room.teacher.patch(&score, &json!({"exam": 41})).await.expect(200);
        let shown = room.teacher.patch(&place(&card, "Biology"), &json!({"exam": 42})).await.expect(200);
        assert_eq!(shown["total"], 57);
        let other = room.card(1, &json!([])).await;
        let new = json!({"report_card": other["id"], "subject": row(&card, "Biology")["subject_id"], "exam": 7});
        room.teacher.post(SCORES, &new).await.expect(201);
    }

    async fn a_subjects_teacher_writes_nothing_else_of_a_card(app: App) {
        let (room, lesson) = biologist(&app).await;
        let mut body = room.body(0, &json!([{"subject": "Biology", "exam": 40}, {"subject": "History", "exam": 30}]));
        body["teacher_remark"] = json!("Reads well.");
        let errors = room.teacher.post(REPORTS, &body).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["teacher_remark"]);
        let card = room.admin.post(REPORTS, &body).await.expect(201);
        // What a phone read it may send back, with its own mark changed.
        let mut whole = card.clone();
        whole["rows"][0]["exam"] = json!(41);
        let now = room.teacher.post(REPORTS, &whole).await.expect(200);
        assert_eq!((&row(&now, "Biology")["exam"], &row(&now, "History")["exam"]), (&json!(41), &json!(30)));
        whole["rows"][1]["exam"] = json!(31);
        let errors = room.teacher.patch(&at("reports", &card), &json!({"rows": whole["rows"]})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["rows.1.subject"]);
        let errors = room.teacher.patch(&at("reports", &card), &json!({"teacher_remark": "", "attendance_total": 3})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["attendance_total", "teacher_remark"]);
        let mut bare = room.body(0, &json!([{"subject": "Biology", "exam": 42}]));
        bare["replace_rows"] = json!(true);
        let errors = room.teacher.post(REPORTS, &bare).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["replace_rows"]);
        let letter = json!({"grade_override": "A", "grade_override_reason": "Ill"});
        let errors = room.teacher.patch(&place(&card, "Biology"), &letter).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["grade_override"]);
        let history = format!("{SCORES}{}/", row(&card, "History")["id"]);
        room.teacher.patch(&history, &json!({"exam": 31})).await.problem(404, "not_found");
        room.teacher.patch(&place(&card, "History"), &json!({"exam": 31})).await.problem(404, "not_found");
        room.teacher.delete(&at("reports", &card)).await.problem(403, "permission_denied");
        let chemistry = seen(&room.admin, "subjects").await.remove(1);
        let new = json!({"report_card": card["id"], "subject": chemistry["id"]});
        room.teacher.post(SCORES, &new).await.problem(403, "permission_denied");
        assert_eq!(read(&room.admin, "reports", &card).await, now);
        // The year after, somebody else has the subject.
        room.admin.patch(&at("subject-teachers", &lesson), &json!({"session": "2026/2027"})).await.expect(200);
        room.teacher.patch(&place(&card, "Biology"), &json!({"exam": 1})).await.problem(404, "not_found");
        room.teacher.post(REPORTS, &room.body(0, &json!([]))).await.problem(403, "permission_denied");
    }

    async fn an_absence_counts_nothing_and_is_not_a_zero(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &json!([
            {"subject": "Biology", "ca1": 10, "exam": 40, "absent": ["ca2"]},
            {"subject": "Chemistry", "absent": ["ca1", "ca2", "exam"]},
            {"subject": "History", "exam": 0},
        ])).await;
        let shown = |card: &Value, subject: &str| json!([row(card, subject)["ca2"], row(card, subject)["absent"], row(card, subject)["total"], row(card, subject)["grade"]]);
        assert_eq!(shown(&card, "Biology"), json!([null, ["ca2"], 50, "C"]));
        assert_eq!(shown(&card, "Chemistry"), json!([null, ["ca1", "ca2", "exam"], null, ""]));
        assert_eq!((&card["total_score"], &card["average"]), (&json!(50), &json!(25)));
        let both = json!({"rows": [{"subject": "Biology", "ca1": 3, "absent": ["ca1", "exam"], "exam": 0}]});
        let errors = room.admin.patch(&at("reports", &card), &both).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["rows.0.ca1", "rows.0.exam"]);
        // A client that knows of no absences sends back the null it was shown.
        let old = json!({"rows": [{"subject": "Biology", "ca1": 10, "ca2": null, "exam": 41}]});
        let now = room.admin.patch(&at("reports", &card), &old).await.expect(200);
        assert_eq!(shown(&now, "Biology"), json!([null, ["ca2"], 51, "C"]));
        let score = format!("{SCORES}{}/", row(&card, "Biology")["id"]);
        let now = room.admin.patch(&score, &json!({"ca2": 9})).await.expect(200);
        assert_eq!((&now["ca2"], &now["absent"], &now["total"]), (&json!(9), &json!([]), &json!(60)));
        let now = room.admin.patch(&place(&card, "Chemistry"), &json!({"absent": ["exam"]})).await.expect(200);
        assert_eq!((&now["absent"], &now["total"]), (&json!(["exam"]), &Value::Null));
    }

    async fn a_mark_is_held_against_the_schools_own_maximum(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let card = room.card(0, &json!([{"subject": "Biology", "ca1": 20, "exam": 60}])).await;
        room.card(1, &json!([{"subject": "Biology", "ca1": 19.5, "exam": 50}])).await;
        let high = json!({"rows": [{"subject": "Biology", "ca1": 20.01, "ca2": 21}, {"subject": "History", "exam": 60.5}]});
        let errors = room.admin.patch(&at("reports", &card), &high).await.field_errors();
        assert_eq!(errors["rows.0.ca1"], ["Ensure this value is less than or equal to 20."]);
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["rows.0.ca1", "rows.0.ca2", "rows.1.exam"]);
        let settings = async |ca1: i32, ca2: i32, exam: i32| {
            room.admin.patch("/api/settings/", &json!({"ca1_max": ca1, "ca2_max": ca2, "exam_max": exam})).await
        };
        let errors = settings(10, 20, 60).await.field_errors();
        assert_eq!(errors["non_field_errors"], ["The fields ca1_max, ca2_max, exam_max must add up to 100."]);
        let errors = settings(19, 26, 55).await.field_errors();
        assert_eq!(json!(errors), json!({
            "ca1_max": ["Marks of open report cards that stand above this: 2."],
            "exam_max": ["Marks of open report cards that stand above this: 1."],
        }));
        settings(30, 10, 60).await.expect(200);
        let now = room.teacher.patch(&place(&card, "Biology"), &json!({"ca1": 30})).await.expect(200);
        assert_eq!(now["total"], 90);
        assert!(room.teacher.patch(&place(&card, "Biology"), &json!({"ca2": 10.5})).await.field_errors().contains_key("ca2"));
        // What is published stands, and is open again when it is taken back.
        room.publish("publish", &card).await;
        settings(20, 20, 60).await.expect(200);
        room.publish("unpublish", &card).await;
        room.admin.patch(&place(&card, "Biology"), &json!({"comment": "Well"})).await.expect(200);
        let errors = room.admin.patch(&place(&card, "Biology"), &json!({"ca2": 11})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["total"]);
        room.admin.patch(&place(&card, "Biology"), &json!({"ca1": 20, "ca2": 20})).await.expect(200);
    }

    async fn a_scale_with_a_hole_or_an_overlap_is_refused_at_its_band(app: App) {
        let room = Room::of(&app, SUBJECTS, 0).await;
        let bands = json!([
            {"min": 70, "max": 100, "letter": "A"}, {"min": 60, "max": 69.5, "letter": "B"},
            {"min": 40, "max": 60, "letter": "a"}, {"min": 0.01, "max": 39.99, "letter": "F"},
        ]);
        let errors = room.admin.post("/api/grading-scales/", &scale("Holes", &bands)).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["bands.0.min", "bands.1.min", "bands.2.letter", "bands.3.min"]);
        for bands in [json!([]), json!([{"min": 0, "max": 99.99, "letter": "P"}]), json!([{"min": 0, "max": 100.5, "letter": "P"}])] {
            room.admin.post("/api/grading-scales/", &scale("Short", &bands)).await.field_errors();
        }
        assert!(seen(&room.admin, "grading-scales").await.is_empty());
        for role in [Role::Teacher, Role::Bursar] {
            room.school.as_(role).post("/api/grading-scales/", &scale("Mine", &pass())).await.problem(403, "permission_denied");
        }
    }

    async fn a_scale_grades_what_is_open_as_soon_as_it_is_active(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let (open, published) = (room.card(0, &json!([{"subject": "Biology", "exam": 60}, {"subject": "History", "exam": 30}])).await, room.card(1, &json!([{"subject": "Biology", "exam": 60}])).await);
        room.publish("publish", &published).await;
        let kept = read(&room.admin, "reports", &published).await;
        let before = room.admin.get(&at("reports", &open)).await;
        let grades = async || {
            let card = read(&room.teacher, "reports", &open).await;
            let of = |subject: &str| json!([row(&card, subject)["grade"], row(&card, subject)["grade_remark"], row(&card, subject)["grade_points"]]);
            [of("Biology"), of("History")]
        };
        let defaults = [json!(["C", "", null]), json!(["F", "", null])];
        assert_eq!(grades().await, defaults);
        let made = created(&room.admin, "grading-scales", &scale("Pass or not", &pass())).await;
        assert_eq!(grades().await, [json!(["P", "Pass", 4.5]), json!(["N", "Not yet", null])]);
        let stale = room.admin.with("If-Match", before.header("etag").unwrap());
        stale.patch(&at("reports", &open), &json!({"teacher_remark": "Late"})).await.problem(412, "precondition_failed");
        let now = room.teacher.patch(&place(&open, "History"), &json!({"exam": 50})).await.expect(200);
        assert_eq!((&now["grade"], &now["grade_points"]), (&json!("P"), &json!(4.5)));
        // Another takes its place.
        let one = json!([{"min": 0, "max": 100, "letter": "All", "remark": "Here"}]);
        let other = created(&room.admin, "grading-scales", &scale("Everybody", &one)).await;
        assert_eq!(grades().await, [json!(["All", "Here", null]), json!(["All", "Here", null])]);
        assert_eq!(read(&room.admin, "grading-scales", &made).await["is_active"], false);
        room.admin.patch(&at("grading-scales", &other), &json!({"bands": [{"min": 0, "max": 100, "letter": "Any"}]})).await.expect(200);
        assert_eq!(grades().await[0], json!(["Any", "", null]));
        room.admin.patch(&at("grading-scales", &made), &json!({"is_active": true})).await.expect(200);
        assert_eq!(grades().await[0], json!(["P", "Pass", 4.5]));
        room.admin.delete(&at("grading-scales", &made)).await.expect(204);
        assert_eq!(grades().await, [json!(["C", "", null]), json!(["C", "", null])]);
        assert_eq!(read(&room.admin, "reports", &published).await, kept);
    }

    async fn a_grade_is_overridden_with_a_reason_and_stays_so(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &json!([{"subject": "Biology", "exam": 45}])).await;
        let place = place(&card, "Biology");
        for (body, wrong) in [
            (json!({"grade_override": "A"}), "grade_override_reason"), (json!({"grade_override": "Z", "grade_override_reason": "Ill"}), "grade_override"),
            (json!({"grade_override_reason": "Ill"}), "grade_override_reason"),
        ] {
            assert_eq!(room.teacher.patch(&place, &body).await.field_errors().keys().collect::<Vec<_>>(), [wrong]);
        }
        let shown = |row: &Value| json!([row["grade"], row["computed_grade"], row["grade_override"], row["grade_override_reason"]]);
        let now = room.teacher.patch(&place, &json!({"grade_override": "B", "grade_override_reason": "Ill on the day"})).await.expect(200);
        assert_eq!(shown(&now), json!(["B", "D", "B", "Ill on the day"]));
        let now = room.teacher.put(&place, &json!({"exam": 60, "ca1": 20})).await.expect(200);
        assert_eq!(shown(&now), json!(["B", "A", "B", "Ill on the day"]));
        created(&room.admin, "grading-scales", &scale("Pass or not", &pass())).await;
        let now = room.teacher.get(&place).await.expect(200);
        assert_eq!(shown(&now), json!(["B", "P", "B", "Ill on the day"]));
        // Sent back as it is, a letter of a scale that was is no edit.
        room.teacher.patch(&place, &json!({"grade_override": "B", "comment": "x"})).await.expect(200);
        let now = room.teacher.patch(&place, &json!({"grade_override": null})).await.expect(200);
        assert_eq!((shown(&now), &now["grade_points"]), (json!(["P", "P", null, ""]), &json!(4.5)));
        let sheet = json!({"class_id": room.class["id"], "session": SESSION, "term": TERM});
        room.admin.post("/api/reports/publish/", &sheet).await.expect(200);
        room.admin.patch(&place, &json!({"grade_override": "N", "grade_override_reason": "Late"})).await.problem(409, "conflict");
    }

    async fn what_a_pupil_missed_is_not_a_missing_mark(app: App) {
        let room = Room::of(&app, &["Biology", "History"], 2).await;
        room.admin.patch("/api/settings/", &json!({"position_missing": "unranked"})).await.expect(200);
        let card = room.card(0, &json!([{"subject": "Biology", "exam": 40}, {"subject": "History", "absent": ["exam"]}])).await;
        let lacking = room.card(1, &json!([{"subject": "Biology", "exam": 50}])).await;
        let position = async |card: &Value| read(&room.admin, "reports", card).await["position"].clone();
        assert_eq!((position(&card).await, position(&lacking).await), (json!(1), Value::Null));
    }
}
