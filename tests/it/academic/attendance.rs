//! Registers: one document a class and day, whoever marks it.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{Room, SESSION, TERM, at, created, read, seen};
use crate::harness::PASSWORD;

const ATTENDANCE: &str = "/api/attendance/";

/// The register of the room on a day, with lines by pupil.
fn register(room: &Room, date: &str, lines: &[(usize, &str)]) -> Value {
    let line = |(pupil, status): &(usize, &str)| json!({"student_id": room.pupils[*pupil]["id"], "status": status});
    json!({
        "date": date, "class_id": room.class["id"], "session": SESSION, "term": TERM,
        "records": lines.iter().map(line).collect::<Vec<_>>(),
    })
}

/// How the pupils of a register are marked, in order.
fn statuses(register: &Value) -> Vec<&str> {
    let records = register["records"].as_array().unwrap().iter();
    records.map(|one| one["status"].as_str().unwrap()).collect()
}

both! {
    async fn a_register_sent_again_changes_whom_it_names_and_leaves_the_rest(app: App) {
        let room = Room::of(&app, &[], 3).await;
        let first = room.teacher.post(ATTENDANCE, &register(&room, "2026-01-12", &[(0, "present"), (1, "absent")])).await;
        let first = first.expect(201);
        let again = room.teacher.post(ATTENDANCE, &register(&room, "2026-01-12", &[(1, "late"), (2, "excused")])).await;
        let again = again.expect(200);
        assert_eq!((&again["id"], statuses(&again)), (&first["id"], vec!["present", "late", "excused"]));
        assert_eq!(read(&room.admin, "attendance", &first).await, again);
        let counted = read(&room.admin, "attendance-sessions", &first).await;
        let counts = ["present", "absent", "late", "excused"].map(|status| counted[status].clone());
        assert_eq!(json!(counts), json!([1, 0, 1, 1]));
        let none = room.teacher.post(ATTENDANCE, &register(&room, "2026-01-12", &[])).await.expect(200);
        assert_eq!(none, again);
    }

    async fn a_line_written_alone_shows_in_the_register_and_moves_its_version(app: App) {
        let room = Room::of(&app, &[], 2).await;
        let open = room.teacher.post(ATTENDANCE, &register(&room, "2026-01-12", &[(0, "present")])).await.expect(201);
        let line = json!({"attendance_session": open["id"], "student": room.pupils[1]["id"], "status": "absent"});
        let line = created(&room.teacher, "attendance-records", &line).await;
        let two = read(&room.teacher, "attendance", &open).await;
        assert_eq!((statuses(&two), &two["row_version"]), (vec!["present", "absent"], &json!(2)));
        room.teacher.patch(&at("attendance-records", &line), &json!({"status": "late"})).await.expect(200);
        let changed = read(&room.teacher, "attendance", &open).await;
        assert_eq!((statuses(&changed), &changed["row_version"]), (vec!["present", "late"], &json!(3)));
        let twice = json!({"attendance_session": open["id"], "student": room.pupils[1]["id"], "status": "absent"});
        let errors = room.teacher.post("/api/attendance-records/", &twice).await.field_errors();
        assert_eq!(errors["non_field_errors"], ["The fields attendance_session, student must make a unique set."]);
        room.teacher.delete(&at("attendance-records", &line)).await.expect(204);
        assert_eq!(statuses(&read(&room.teacher, "attendance", &open).await), ["present"]);
        room.teacher.delete(&at("attendance", &open)).await.expect(204);
        assert!(seen(&room.admin, "attendance-records").await.is_empty());
    }

    async fn pupils_of_another_class_are_refused_by_name_and_nothing_is_written(app: App) {
        let room = Room::of(&app, &[], 2).await;
        let other = created(&room.admin, "classes", &json!({"name": "Age 16"})).await;
        let moved = json!({"class_id": other["id"]});
        room.admin.patch(&at("students", &room.pupils[1]), &moved).await.expect(200);
        let foreign = Room::of(&app, &[], 1).await.pupils[0]["id"].clone();
        let mut body = register(&room, "2026-01-12", &[(0, "present"), (1, "present"), (0, "late")]);
        body["records"].as_array_mut().unwrap().push(json!({"student_id": foreign, "status": "present"}));
        let errors = room.admin.post(ATTENDANCE, &body).await.field_errors();
        assert_eq!(json!(errors), json!({
            "records.1.student_id": ["\"S-1\" is not in this class."],
            "records.2.student_id": ["\"S-0\" is given more than once."],
            "records.3.student_id": [format!("Invalid pk \"{foreign}\" - object does not exist.")],
        }));
        assert!(seen(&room.admin, "attendance").await.is_empty());
    }

    async fn a_pupil_who_has_moved_stays_in_the_registers_of_the_old_class(app: App) {
        let room = Room::of(&app, &[], 1).await;
        let body = register(&room, "2026-01-12", &[(0, "present")]);
        let held = room.teacher.post(ATTENDANCE, &body).await.expect(201);
        room.admin.patch(&at("students", &room.pupils[0]), &json!({"class_id": null})).await.expect(200);
        let late = register(&room, "2026-01-12", &[(0, "late")]);
        assert_eq!(statuses(&room.teacher.post(ATTENDANCE, &late).await.expect(200)), ["late"]);
        room.teacher.patch(&at("attendance", &held), &json!({"date": "2026-01-13"})).await.expect(200);
        let fresh = register(&room, "2026-01-14", &[(0, "present")]);
        room.teacher.post(ATTENDANCE, &fresh).await.field_errors();
        let gone = room.admin.delete(&at("students", &room.pupils[0])).await.problem(409, "conflict");
        assert_eq!(gone["detail"], "This student cannot be deleted. What relies on it: attendance records (1).");
    }

    async fn a_class_has_one_register_a_day_and_keeps_it(app: App) {
        let room = Room::of(&app, &[], 1).await;
        let other = created(&room.admin, "classes", &json!({"name": "Age 16"})).await;
        let first = room.admin.post(ATTENDANCE, &register(&room, "2026-01-12", &[])).await.expect(201);
        let second = room.admin.post(ATTENDANCE, &register(&room, "2026-01-13", &[])).await.expect(201);
        let errors = room.admin.patch(&at("attendance", &second), &json!({"date": "2026-01-12"})).await.field_errors();
        assert_eq!(errors["non_field_errors"], ["The fields class_id, date must make a unique set."]);
        let again = json!({"date": "2026-01-12", "student_class": room.class["id"], "session": SESSION, "term": TERM});
        let errors = room.admin.post("/api/attendance-sessions/", &again).await.field_errors();
        assert_eq!(errors["non_field_errors"], ["The fields student_class, date must make a unique set."]);
        let errors = room.admin.patch(&at("attendance", &first), &json!({"class_id": other["id"]})).await.field_errors();
        assert_eq!(errors["class_id"], ["This field does not change after creation."]);
        let kept = room.admin.delete(&at("classes", &room.class)).await.problem(409, "conflict");
        assert_eq!(kept["detail"], "This class cannot be deleted. What relies on it: students (1), enrolments (1), registers (2).");
    }

    async fn a_day_begins_in_the_time_zone_of_the_school(app: App) {
        let room = Room::of(&app, &[], 1).await;
        let zones = ["Pacific/Kiritimati", "Pacific/Pago_Pago"];
        let mut days = Vec::new();
        for (zone, hours) in zones.into_iter().zip([14, -11]) {
            room.admin.patch("/api/settings/", &json!({"time_zone": zone})).await.expect(200);
            let now = app.beside(|state| async move { state.database.clock().now() }).await;
            let today = (now + chrono::TimeDelta::hours(hours)).date_naive();
            let tomorrow = today.succ_opt().unwrap();
            let errors = room.teacher.post(ATTENDANCE, &register(&room, &tomorrow.to_string(), &[])).await.field_errors();
            assert_eq!(errors["date"], ["This day has not begun yet."], "{zone}");
            room.teacher.post(ATTENDANCE, &register(&room, &today.to_string(), &[])).await.expect(201);
            days.push(today);
        }
        assert!(days[0] > days[1]);
    }

    async fn a_register_is_written_by_who_teaches_the_class_that_year(app: App) {
        let room = Room::of(&app, &["Latin"], 1).await;
        let subject = seen(&room.admin, "subjects").await.remove(0);
        let other = created(&room.admin, "classes", &json!({"name": "Age 16"})).await;
        let mut theirs = register(&room, "2026-01-12", &[]);
        theirs["class_id"] = other["id"].clone();
        room.teacher.post(ATTENDANCE, &theirs).await.problem(403, "permission_denied");
        let teacher = seen(&room.admin, "teachers").await.remove(0);
        let lesson = json!({"teacher": teacher["id"], "class": other["id"], "subject": subject["id"], "session": "2024/2025"});
        let lesson = created(&room.admin, "subject-teachers", &lesson).await;
        room.teacher.post(ATTENDANCE, &theirs).await.problem(403, "permission_denied");
        let held = room.admin.post(ATTENDANCE, &theirs).await.expect(201);
        let term = json!({"term": "Second Term"});
        room.teacher.patch(&at("attendance", &held), &term).await.problem(404, "not_found");
        theirs["session"] = json!("2024/2025");
        room.teacher.post(ATTENDANCE, &theirs).await.problem(403, "permission_denied");
        for session in [SESSION, ""] {
            room.admin.patch(&at("subject_teachers", &lesson), &json!({"session": session})).await.expect(200);
            room.teacher.patch(&at("attendance", &held), &term).await.expect(200);
        }
        room.admin.delete(&at("subject-teachers", &lesson)).await.expect(204);
        room.teacher.delete(&at("attendance", &held)).await.problem(404, "not_found");
    }

    async fn a_family_sees_its_own_lines(app: App) {
        let room = Room::of(&app, &[], 2).await;
        let link = json!({"user": room.school.user(Role::Parent), "student": room.pupils[0]["id"]});
        created(&room.admin, "guardianships", &link).await;
        room.admin.patch(&at("students", &room.pupils[1]), &json!({"password": PASSWORD})).await.expect(200);
        let pupil = app.anonymous().signed_in("S-1", PASSWORD, Some(&room.school.domain));
        room.teacher.post(ATTENDANCE, &register(&room, "2026-01-12", &[(0, "absent"), (1, "present")])).await.expect(201);
        let parent = room.school.as_(Role::Parent);
        for (reader, number) in [(&parent, 0), (&pupil, 1)] {
            let lines = seen(reader, "attendance-records").await;
            assert_eq!((lines.len(), &lines[0]["student"]), (1, &room.pupils[number]["id"]));
            reader.get(ATTENDANCE).await.problem(403, "permission_denied");
        }
    }

    async fn a_register_of_sixty_takes_as_many_statements_as_one_of_one(app: App) {
        let room = Room::of(&app, &[], 60).await;
        let everyone: Vec<_> = (0..60).map(|pupil| (pupil, "present")).collect();
        let one = room.admin.post(ATTENDANCE, &register(&room, "2026-01-12", &everyone[..1])).await;
        let sixty = room.admin.post(ATTENDANCE, &register(&room, "2026-01-13", &everyone)).await;
        assert_eq!(statuses(&sixty.expect(201)).len(), 60);
        assert_eq!(sixty.statements(), one.statements());
    }

    async fn who_teaches_what_is_said_once_and_of_what_the_class_takes(app: App) {
        let room = Room::of(&app, &["Latin"], 0).await;
        created(&room.admin, "subjects", &json!({"name": "Alchemy"})).await;
        let subjects = seen(&room.admin, "subjects").await;
        let teacher = seen(&room.admin, "teachers").await.remove(0);
        let of = |subject: &Value| json!({"teacher": teacher["id"], "class": room.class["id"], "subject": subject["id"]});
        let errors = room.admin.post("/api/subject-teachers/", &of(&subjects[1])).await.field_errors();
        assert_eq!(errors["subject"], ["The class does not take this subject."]);
        let made = created(&room.admin, "subject_teachers", &of(&subjects[0])).await;
        assert_eq!((&made["teacher_name"], &made["subject_name"], &made["session"]), (&teacher["name"], &json!("Latin"), &json!("")));
        let errors = room.admin.post("/api/subject-teachers/", &of(&subjects[0])).await.field_errors();
        assert_eq!(errors["non_field_errors"], ["The fields teacher, class, subject, session must make a unique set."]);
        let kept = room.admin.delete(&at("teachers", &teacher)).await.problem(409, "conflict");
        assert_eq!(kept["detail"], "This teacher cannot be deleted. What relies on it: classes (1), subject teachers (1).");
    }

    async fn registers_add_up_by_pupil_class_and_term(app: App) {
        let room = Room::of(&app, &[], 2).await;
        for (date, statuses) in [
            ("2026-01-14", ["absent", "late"]), ("2026-01-12", ["present", "absent"]), ("2026-01-13", ["absent", "excused"]),
        ] {
            let lines = [(0, statuses[0]), (1, statuses[1])];
            room.teacher.post(ATTENDANCE, &register(&room, date, &lines)).await.expect(201);
        }
        let mut second = register(&room, "2026-04-20", &[(0, "present")]);
        second["term"] = json!("Second Term");
        room.teacher.post(ATTENDANCE, &second).await.expect(201);
        let summary = |query: String| format!("{ATTENDANCE}summary/?{query}");
        let of_class = summary(format!("class={}&session=2025/2026&term=First+Term", room.class["id"]));
        let asked = room.admin.get(&of_class).await;
        let rows = asked.expect(200)["results"].clone();
        let shown = |row: &Value| json!([row["student"], row["present"], row["absent"], row["late"], row["excused"], row["days"], row["rate"], row["consecutive_absences"]]);
        assert_eq!([shown(&rows[0]), shown(&rows[1]), rows[2].clone()], [
            json!([room.pupils[0]["id"], 1, 2, 0, 0, 3, 33.33, 2]),
            json!([room.pupils[1]["id"], 0, 1, 1, 1, 3, 33.33, 0]),
            Value::Null,
        ]);
        assert_eq!(asked.statements(), 1);
        let of_pupil = room.admin.get(&summary(format!("student={}", room.pupils[0]["id"]))).await.expect(200);
        let terms: Vec<_> = of_pupil["results"].as_array().unwrap().iter().map(|row| &row["term"]).collect();
        assert_eq!(terms, ["First Term", "Second Term"]);
        let link = json!({"user": room.school.user(Role::Parent), "student": room.pupils[1]["id"]});
        created(&room.admin, "guardianships", &link).await;
        let own = room.school.as_(Role::Parent).get(&of_class).await.expect(200);
        assert_eq!(own["results"], json!([rows[1]]));
        let errors = room.admin.get(&summary("class=x&page=1".into())).await.field_errors();
        assert_eq!(json!(errors), json!({"class": ["\"x\" is not an id."], "page": ["Unknown query parameter."]}));
        let foreign = app.school().await.as_(Role::SchoolAdmin);
        assert_eq!(foreign.get(&of_class).await.expect(200)["results"], json!([]));
    }

    async fn the_classes_without_a_register_of_a_day_are_named(app: App) {
        let room = Room::of(&app, &[], 1).await;
        created(&room.admin, "classes", &json!({"name": "Nobody's"})).await;
        let missing = format!("{ATTENDANCE}missing/?date=2026-01-12");
        let asked = room.admin.get(&missing).await;
        assert_eq!(asked.expect(200), json!({"date": "2026-01-12", "results": [{
            "class_id": room.class["id"], "class_name": "Age 15",
            "class_teacher_id": room.class["class_teacher_id"], "class_teacher": "Class teacher",
        }]}));
        assert_eq!(asked.statements(), 1);
        room.teacher.post(ATTENDANCE, &register(&room, "2026-01-12", &[])).await.expect(201);
        assert_eq!(room.admin.get(&missing).await.expect(200)["results"], json!([]));
        let errors = room.admin.get(&format!("{ATTENDANCE}missing/?date=12.1.2026")).await.field_errors();
        assert_eq!(errors["date"], ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."]);
    }
}
