//! Rows written by people who saw different versions of them, and the history of every cell.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{REPORTS, Room, SCORES, at, created, read, row, seen};

const SUBJECTS: &[&str] = &["Biology", "Chemistry"];

fn place(card: &Value, subject: &str) -> String {
    let subject = &row(card, subject)["subject_id"];
    format!("{REPORTS}{}/rows/{subject}/", card["id"])
}

fn history_of(card: &Value, subject: &str) -> String {
    format!("{SCORES}{}/history/", row(card, subject)["id"])
}

/// The changes of a row, oldest first: cell, before, after, version, reason.
fn told(page: &Value) -> Vec<Value> {
    let changes = page["results"].as_array().unwrap().iter().rev();
    changes
        .map(|one| {
            json!([
                one["cell"],
                one["before"],
                one["after"],
                one["row_version"],
                one["reason"]
            ])
        })
        .collect()
}

both! {
    async fn different_cells_merge_and_one_cell_that_moved_on_is_told(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &json!([{"subject": "Biology", "ca1": 10, "exam": 30}, {"subject": "Chemistry", "exam": 5}])).await;
        let (place, shown) = (place(&card, "Biology"), row(&card, "Biology").clone());
        assert_eq!(shown["row_version"], 1);
        room.admin.patch(&place, &json!({"ca1": 11})).await.expect(200);
        // The teacher's phone still shows version 1 and sends the row whole.
        let whole = json!({"row_version": 1, "ca1": 10, "ca2": 7, "exam": 30});
        let now = room.teacher.put(&place, &whole).await.expect(200);
        assert_eq!(json!([now["ca1"], now["ca2"], now["exam"], now["row_version"]]), json!([11, 7, 30, 3]));
        // The answer was lost: the same again is no edit.
        let again = room.teacher.put(&place, &whole).await.expect(200);
        assert_eq!(again, now);
        let late = json!({"row_version": 1, "ca1": 12, "exam": 31});
        let problem = room.teacher.patch(&place, &late).await.problem(409, "conflict");
        assert_eq!(problem["current"], json!([now]));
        let score = format!("{SCORES}{}/", shown["id"]);
        assert_eq!(room.teacher.patch(&score, &late).await.problem(409, "conflict")["current"], json!([now]));
        let rows = json!([{"subject": "Chemistry", "exam": 6}, {"subject": "Biology", "row_version": 2, "ca2": 8}]);
        let problem = room.teacher.post(REPORTS, &room.body(0, &rows)).await.problem(409, "conflict");
        assert_eq!((&problem["current"][0]["subject"], problem["current"].as_array().unwrap().len()), (&json!("Biology"), 1));
        assert_eq!(row(&read(&room.admin, "reports", &card).await, "Chemistry")["exam"], 5, "nothing was written");
        // Who saw the newest version, or says nothing of it, overwrites.
        room.teacher.patch(&place, &json!({"row_version": 3, "ca1": 12})).await.expect(200);
        let last = room.teacher.patch(&place, &json!({"ca1": 13})).await.expect(200);
        let future = json!({"row_version": 6, "ca1": 1});
        assert_eq!(room.teacher.patch(&place, &future).await.field_errors().keys().collect::<Vec<_>>(), ["row_version"]);
        assert_eq!((&last["ca1"], &last["row_version"]), (&json!(13), &json!(5)));
    }

    async fn two_who_saw_no_row_do_not_overwrite_each_other(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &json!([{"subject": "Biology"}])).await;
        let chemistry = seen(&room.admin, "subjects").await.remove(1)["id"].clone();
        let place = format!("{REPORTS}{}/rows/{chemistry}/", card["id"]);
        room.admin.get(&place).await.problem(404, "not_found");
        let first = json!({"row_version": 0, "ca1": 9});
        let made = room.admin.patch(&place, &first).await;
        assert_eq!(made.expect(200)["row_version"], 1);
        assert_eq!(room.admin.get(&place).await.header("etag"), made.header("etag"));
        let merged = room.teacher.patch(&place, &json!({"row_version": 0, "exam": 40})).await.expect(200);
        assert_eq!((&merged["ca1"], &merged["exam"]), (&json!(9), &json!(40)));
        room.teacher.patch(&place, &json!({"row_version": 0, "ca1": 8})).await.problem(409, "conflict");
        assert_eq!(room.admin.patch(&place, &first).await.expect(200), merged);
    }

    async fn a_row_is_written_by_itself_as_a_row_of_a_collection(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &json!([{"subject": "Biology", "ca1": 10, "exam": 30, "comment": "Steady"}])).await;
        let place = place(&card, "Biology");
        let shown = room.teacher.get(&place).await;
        assert_eq!(shown.expect(200), *row(&card, "Biology"));
        let holder = room.teacher.with("If-Match", shown.header("etag").unwrap());
        let now = holder.put(&place, &json!({"exam": 31})).await;
        assert_eq!(json!([now.expect(200)["ca1"], now.json()["exam"], now.json()["comment"]]), json!([null, 31, ""]));
        holder.patch(&place, &json!({"exam": 32})).await.problem(412, "precondition_failed");
        let card = read(&room.admin, "reports", &card).await;
        assert_eq!((&card["total_score"], row(&card, "Biology")), (&json!(31), &now.json()));
        for path in [format!("{REPORTS}{}/rows/999999/", card["id"]), format!("{REPORTS}999999/rows/{}/", row(&card, "Biology")["subject_id"]), format!("{REPORTS}x/rows/y/")] {
            room.admin.patch(&path, &json!({"exam": 1})).await.problem(404, "not_found");
            room.admin.get(&path).await.problem(404, "not_found");
        }
        let latin = created(&room.admin, "subjects", &json!({"name": "Latin"})).await;
        let errors = room.admin.patch(&format!("{REPORTS}{}/rows/{}/", card["id"], latin["id"]), &json!({})).await.field_errors();
        assert_eq!(errors["subject"], ["The class does not take this subject."]);
        room.publish("publish", &card).await;
        room.admin.patch(&place, &json!({"exam": 1})).await.problem(409, "conflict");
        assert_eq!(room.admin.get(&place).await.expect(200)["exam"], 31);
    }

    async fn the_history_of_a_mark_is_whole_whichever_way_it_was_written(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &json!([{"subject": "Biology", "ca1": 10.5}])).await;
        let (place, history) = (place(&card, "Biology"), history_of(&card, "Biology"));
        let body = room.body(0, &json!([{"subject": "Biology", "ca1": 10.5, "absent": ["exam"]}]));
        room.teacher.post(REPORTS, &body).await.expect(200);
        room.teacher.patch(&place, &json!({"comment": "Ill", "grade_override": "C", "grade_override_reason": "Ill"})).await.expect(200);
        room.admin.patch(&format!("{SCORES}{}/", row(&card, "Biology")["id"]), &json!({"exam": 0})).await.expect(200);
        let page = room.admin.get(&history).await.expect(200);
        assert_eq!(told(&page), [
            json!(["ca1", null, 10.5, 1, ""]), json!(["exam", null, "absent", 2, ""]),
            json!(["comment", null, "Ill", 3, ""]), json!(["grade_override", null, "C", 3, "Ill"]),
            json!(["exam", "absent", 0, 4, ""]),
        ]);
        let who: Vec<_> = page["results"].as_array().unwrap().iter().map(|one| json!([one["changed_by"], one["changed_by_name"]])).collect();
        let (admin, teacher) = (room.school.user(Role::SchoolAdmin), room.school.user(Role::Teacher));
        assert_eq!((&who[0], &who[1]), (&json!([admin, "SCHOOL_ADMIN"]), &json!([teacher, "TEACHER"])));
        assert_eq!((&page["count"], &page["current_page"], &page["next"]), (&json!(5), &json!(1), &Value::Null));
        let second = room.admin.get(&format!("{history}?page_size=2&page=2")).await.expect(200);
        assert_eq!(second["results"], json!(page["results"].as_array().unwrap()[2..4]));
        let first = room.admin.get(&format!("{history}?page_size=2&cursor=")).await.expect(200);
        assert_eq!(first["results"], json!(page["results"].as_array().unwrap()[..2]));
        // The row goes and comes again, and its history with it.
        let none = room.body(0, &json!([{"subject": "Chemistry"}]));
        room.admin.post(&format!("{REPORTS}?replace_rows=true"), &none).await.expect(200);
        room.admin.get(&history).await.problem(404, "not_found");
        let card = room.admin.post(REPORTS, &room.body(0, &json!([{"subject": "Biology", "ca1": 3}]))).await.expect(200);
        assert_eq!(row(&card, "Biology")["row_version"], 6);
        let page = room.admin.get(&history_of(&card, "Biology")).await.expect(200);
        assert_eq!(told(&page)[5..], [
            json!(["ca1", 10.5, null, 5, ""]), json!(["exam", 0, null, 5, ""]), json!(["comment", "Ill", null, 5, ""]),
            json!(["grade_override", "C", null, 5, ""]), json!(["ca1", null, 3, 6, ""]),
        ]);
        room.publish("publish", &card).await;
        for role in [Role::Parent, Role::Student, Role::Bursar] {
            room.school.as_(role).get(&history_of(&card, "Biology")).await.problem(403, "permission_denied");
        }
        room.teacher.get(&history_of(&card, "Biology")).await.expect(200);
        room.admin.patch(&at("classes", &room.class), &json!({"class_teacher_id": null})).await.expect(200);
        room.teacher.get(&history_of(&card, "Biology")).await.problem(404, "not_found");
    }

    async fn a_card_of_twenty_subjects_takes_as_many_statements_as_one_of_two(app: App) {
        let names: Vec<String> = (0..20).map(|n| format!("Subject {n:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let room = Room::of(&app, &names, 2).await;
        let rows = |count: usize, mark: i64, version: i64| -> Value {
            names[..count].iter().map(|name| json!({"subject": name, "row_version": version, "exam": mark})).collect()
        };
        let mut counts = Vec::new();
        for (pupil, count) in [(0, 2), (1, 20)] {
            let made = room.admin.post(REPORTS, &room.body(pupil, &rows(count, 1, 0))).await;
            let card = made.expect(201);
            let changed = room.admin.post(REPORTS, &room.body(pupil, &rows(count, 2, 1))).await;
            changed.expect(200);
            let again = room.admin.patch(&at("reports", &card), &json!({"rows": rows(count, 2, 1)})).await;
            again.expect(200);
            counts.push([made.statements(), changed.statements(), again.statements()]);
        }
        assert_eq!(counts[0], counts[1]);
        assert_eq!(seen(&room.admin, "scores").await.len(), 22);
    }
}
