//! The broadsheet of a class in one term.

use std::io::Read;

use flate2::read::GzDecoder;
use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{Room, SESSION, TERM, at, created, seen};
use crate::harness::{Answer, App, Caller};

const SUBJECTS: &[&str] = &["Biology", "History"];
const DEMO: &str = include_str!("../../data/broadsheet/gp-age-17-third-term.json");

fn path(class: &Value) -> String {
    format!(
        "/api/broadsheet/?class={}&session={SESSION}&term={TERM}",
        class["id"]
    )
    .replace(' ', "%20")
}

async fn sheet(caller: &Caller, class: &Value) -> Value {
    caller.get(&path(class)).await.expect(200)
}

/// The line of a pupil.
fn line<'a>(sheet: &'a Value, pupil: &Value) -> Option<&'a Value> {
    let mut lines = sheet["pupils"].as_array().unwrap().iter();
    lines.find(|line| line["student_id"] == pupil["id"])
}

/// The sheet as the fixture has it: without ids and names, marks by name of the subject, pupils by number.
fn without_ids(mut sheet: Value) -> Value {
    let subjects = sheet["subjects"].as_array().unwrap().clone();
    for line in sheet["pupils"].as_array_mut().unwrap() {
        let line = line.as_object_mut().unwrap();
        for own in ["student_id", "names", "card_id"] {
            assert!(!line.remove(own).unwrap().is_null());
        }
        let mut by_id = line["marks"].take();
        let named = subjects.iter().filter_map(|subject| {
            let marks = by_id
                .as_object_mut()
                .unwrap()
                .remove(&subject["id"].to_string())?;
            Some((subject["name"].as_str().unwrap().to_owned(), marks))
        });
        line["marks"] = Value::Object(named.collect());
        assert_eq!(by_id, json!({}), "marks of a subject that is no column");
    }
    let pupils = sheet["pupils"].as_array_mut().unwrap();
    pupils.sort_by_key(|line| line["student_no"].to_string());
    for subject in sheet["subjects"].as_array_mut().unwrap() {
        subject.as_object_mut().unwrap().remove("id");
    }
    sheet.as_object_mut().unwrap().remove("class");
    sheet
}

/// The answer that had to be worked out.
fn loaded(answer: &Answer) -> u32 {
    answer.expect(200);
    assert_eq!(answer.cache(), Some("miss"));
    answer.statements()
}

/// Two pupils with marks and one without a card.
async fn marked(app: &App) -> Room {
    let room = Room::of(app, SUBJECTS, 3).await;
    room.card(0, &json!([{"subject": "Biology", "ca1": 12.5, "exam": 40}, {"subject": "History", "exam": 30}])).await;
    room.card(
        1,
        &json!([{"subject": "Biology", "exam": 20}, {"subject": "History"}]),
    )
    .await;
    room
}

both! {
    async fn that_of_the_demo_is_what_another_program_makes_of_the_published_data(app: App) {
        let app = app.demo().await;
        let admin = app.anonymous().signed_in("admin@gp.demo", gateway::demo::PASSWORD, None);
        let classes = admin.get("/api/classes/?search=Age%2017").await.expect(200);
        let class = &classes["results"][0]["id"];
        let path = format!("/api/broadsheet/?class={class}&session=2005/2006&term=Third%20Term");
        let shown = without_ids(admin.get(&path).await.expect(200));
        let expected: Value = serde_json::from_str(DEMO).unwrap();
        let pupils = |sheet: &Value| sheet["pupils"].as_array().unwrap().clone();
        for (shown, expected) in pupils(&shown).iter().zip(&pupils(&expected)) {
            assert_eq!(shown, expected);
        }
        assert_eq!(shown, expected);
    }

    async fn it_shows_every_pupil_every_subject_and_what_they_add_up_to(app: App) {
        let room = marked(&app).await;
        let shown = sheet(&room.admin, &room.class).await;
        assert_eq!((&shown["class"], &shown["class_name"]), (&room.class["id"], &json!("Age 15")));
        assert_eq!((&shown["session"], &shown["term"]), (&json!(SESSION), &json!(TERM)));
        let subjects = seen(&room.admin, "subjects").await;
        let (biology, history) = (subjects[0]["id"].clone(), subjects[1]["id"].clone());
        assert_eq!(shown["subjects"], json!([
            {"id": biology, "name": "Biology", "marked": 2, "mean": 36.25, "highest": 52.5, "lowest": 20},
            {"id": history, "name": "History", "marked": 1, "mean": 30, "highest": 30, "lowest": 30},
        ]));
        let first = line(&shown, &room.pupils[0]).unwrap();
        assert_eq!(first["marks"], json!({
            biology.to_string(): {"ca1": 12.5, "ca2": null, "exam": 40, "total": 52.5, "grade": "C"},
            history.to_string(): {"ca1": null, "ca2": null, "exam": 30, "total": 30, "grade": "F"},
        }));
        assert_eq!((&first["total"], &first["average"], &first["position"]), (&json!(82.5), &json!(41.25), &json!(1)));
        assert_eq!((&first["student_no"], &first["names"], &first["is_passed"]), (&json!("S-0"), &json!("S-0"), &json!(false)));
        let second = line(&shown, &room.pupils[1]).unwrap();
        assert_eq!(second["marks"][history.to_string()], json!({"ca1": null, "ca2": null, "exam": null, "total": null, "grade": ""}));
        assert_eq!((&second["average"], &second["position"]), (&json!(20), &json!(2)));
        let third = json!({
            "student_id": room.pupils[2]["id"], "student_no": "S-2", "names": "S-2", "card_id": null, "is_passed": null,
            "marks": {}, "total": null, "average": null, "position": null,
        });
        assert_eq!(line(&shown, &room.pupils[2]), Some(&third));
        let figures = ["mean", "median", "highest", "lowest"].map(|name| shown[name].clone());
        assert_eq!(figures, [json!(30.63), json!(30.63), json!(41.25), json!(20)]);
    }

    async fn who_has_moved_on_stays_with_a_card_and_goes_without(app: App) {
        let room = marked(&app).await;
        let other = created(&room.admin, "classes", &json!({"name": "Age 16"})).await;
        let moved = json!({"class_id": other["id"]});
        for pupil in [0, 2] {
            room.admin.patch(&at("students", &room.pupils[pupil]), &moved).await.expect(200);
        }
        let newcomer = room.pupil("S-3").await;
        let elsewhere = json!({
            "student_id": newcomer["id"], "class_id": other["id"], "session": SESSION, "term": TERM,
            "rows": [{"subject": "Biology", "exam": 60}],
        });
        created(&room.admin, "reports", &elsewhere).await;
        let here = sheet(&room.admin, &room.class).await;
        assert_eq!(line(&here, &room.pupils[0]).unwrap()["position"], 1, "a card that was earned here");
        assert!(line(&here, &room.pupils[2]).is_none(), "neither of the class nor with a card of it");
        let blank = line(&here, &newcomer).unwrap();
        assert_eq!((&blank["card_id"], &blank["marks"]), (&Value::Null, &json!({})), "the card is of another class");
        let there = sheet(&room.admin, &other).await;
        assert_eq!(there["pupils"].as_array().unwrap().len(), 3);
        assert_eq!(there["subjects"].as_array().unwrap().len(), 1, "a class that declares none shows what its cards have");
        assert_eq!(line(&there, &newcomer).unwrap()["position"], 1);
    }

    async fn it_costs_three_statements_whatever_the_class_and_none_while_nothing_changes(app: App) {
        let room = marked(&app).await;
        let path = path(&room.class);
        assert_eq!(loaded(&room.admin.get(&path).await), 3);
        for number in 3..9 {
            let pupil = room.pupil(&format!("S-{number}")).await;
            let body = json!({
                "student_id": pupil["id"], "class_id": room.class["id"], "session": SESSION, "term": TERM,
                "rows": [{"subject": "Biology", "exam": number}, {"subject": "History", "exam": number}],
            });
            created(&room.admin, "reports", &body).await;
        }
        assert_eq!(loaded(&room.admin.get(&path).await), 3);
        // A teacher's right to it is asked for in the same statements.
        assert_eq!(loaded(&room.teacher.get(&path).await), 3);
        let again = room.admin.get(&path).await;
        assert_eq!((again.cache(), again.statements()), (Some("hit"), 0));
        let as_zero = json!({"position_missing": "as_zero"});
        room.admin.patch("/api/settings/", &as_zero).await.expect(200);
        assert_eq!(loaded(&room.admin.get(&path).await), 3);
    }

    async fn whatever_it_shows_shows_at_once(app: App) {
        let room = marked(&app).await;
        let cards = seen(&room.admin, "reports").await;
        let mut before = sheet(&room.admin, &room.class).await;
        let second = json!({"rows": [{"subject": "History", "exam": 60}]});
        let changes = [
            ("PATCH", at("reports", &cards[1]), second),
            ("PATCH", at("scores", &cards[1]["rows"][1]), json!({"exam": 59})),
            ("PATCH", at("students", &room.pupils[0]), json!({"names": "Renamed"})),
            ("PATCH", at("classes", &room.class), json!({"name": "Renamed"})),
            ("PATCH", at("classes", &room.class), json!({"subjects": ["Biology", "History", "Music"]})),
            ("PATCH", "/api/settings/".into(), json!({"position_missing": "unranked"})),
            ("POST", "/api/reports/publish/".into(), json!({"ids": [cards[0]["id"]]})),
        ];
        for (method, path, body) in changes {
            let done = room.admin.send(method.parse().unwrap(), &path, Some(&body)).await;
            done.expect(200);
            let now = sheet(&room.admin, &room.class).await;
            assert_ne!(now, before, "{path} {body}");
            before = now;
        }
    }

    async fn it_is_read_by_administrators_and_by_who_teaches_the_class(app: App) {
        let room = marked(&app).await;
        let other = created(&room.admin, "classes", &json!({"name": "Age 16", "subjects": SUBJECTS})).await;
        sheet(&room.teacher, &room.class).await;
        room.teacher.get(&path(&other)).await.problem(403, "permission_denied");
        let subject = seen(&room.admin, "subjects").await.remove(0);
        let teaches = json!({
            "teacher": room.class["class_teacher_id"], "class": other["id"], "subject": subject["id"], "session": "2024/2025",
        });
        let teaches = created(&room.admin, "subject-teachers", &teaches).await;
        room.teacher.get(&path(&other)).await.problem(403, "permission_denied");
        let this_year = json!({"session": SESSION});
        room.admin.patch(&at("subject-teachers", &teaches), &this_year).await.expect(200);
        sheet(&room.teacher, &other).await;
        room.admin.delete(&at("subject-teachers", &teaches)).await.expect(204);
        room.teacher.get(&path(&other)).await.problem(403, "permission_denied");
        for role in [Role::Bursar, Role::Staff, Role::Parent, Role::Student] {
            room.school.as_(role).get(&path(&room.class)).await.problem(403, "permission_denied");
        }
        let operator = app.operator().await.with("X-Tenant-ID", &room.school.domain);
        sheet(&operator, &room.class).await;
    }

    async fn what_it_is_asked_wrongly_is_named(app: App) {
        let (room, elsewhere) = (marked(&app).await, Room::of(&app, &[], 0).await);
        let named = async |query: &str| {
            let errors = room.admin.get(&format!("/api/broadsheet/{query}")).await.field_errors();
            errors.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(named("").await, ["class", "session", "term"]);
        assert_eq!(named("?class=x&session=%00&term=a&page=1").await, ["class", "page", "session"]);
        let unknown = async |class: &Value, id: &str| {
            let errors = room.admin.get(&path(class)).await.field_errors();
            assert_eq!(errors["class"], [format!("Invalid pk \"{id}\" - object does not exist.")]);
        };
        unknown(&elsewhere.class, &elsewhere.class["id"].to_string()).await;
        unknown(&json!({"id": 999_999_999}), "999999999").await;
        let empty = format!("/api/broadsheet/?class={}&session=1900/1901&term=None", room.class["id"]);
        let empty = room.admin.get(&empty).await.expect(200);
        assert_eq!((&empty["mean"], empty["pupils"].as_array().unwrap().len()), (&Value::Null, 3));
    }

    async fn it_is_sent_compressed_and_only_when_it_is_new(app: App) {
        let room = marked(&app).await;
        for number in 3..15 {
            room.pupil(&format!("S-{number}")).await;
        }
        let path = path(&room.class);
        let plain = room.admin.get(&path).await;
        let packed = room.admin.with("Accept-Encoding", "gzip").get(&path).await;
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body);
        let holder = room.admin.with("If-None-Match", plain.header("etag").unwrap());
        holder.get(&path).await.expect(304);
        room.admin.patch(&at("students", &room.pupils[0]), &json!({"names": "Renamed"})).await.expect(200);
        holder.get(&path).await.expect(200);
    }
}
