//! What was published of a card stays as it was.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{REPORTS, Room, SESSION, TERM, at, created, read, row, seen};
use crate::harness::Caller;

const SUBJECTS: &[&str] = &["Biology", "History"];
const PUBLISH: &str = "/api/reports/publish/";

fn biology(exam: u32) -> Value {
    json!([{"subject": "Biology", "exam": exam}])
}

fn versions(card: &Value) -> String {
    format!("{}versions/", at("reports", card))
}

async fn kept(caller: &Caller, card: &Value, version: u32) -> Value {
    let path = format!("{}{version}/", versions(card));
    caller.get(&path).await.expect(200)
}

async fn numbers(caller: &Caller, card: &Value) -> Vec<Value> {
    let page = caller.get(&versions(card)).await.expect(200);
    let rows = page["results"].as_array().unwrap().iter();
    rows.map(|version| version["version"].clone()).collect()
}

/// The parent of the first pupil of a class.
async fn parent(room: &Room) -> Caller {
    let link = json!({"user": room.school.user(Role::Parent), "student": room.pupils[0]["id"]});
    created(&room.admin, "guardianships", &link).await;
    room.school.as_(Role::Parent)
}

both! {
    async fn publishing_keeps_the_card_as_it_is_shown_and_publishing_again_makes_the_next_version(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let card = room.card(0, &biology(40)).await;
        room.card(1, &biology(50)).await;
        assert_eq!(card["published_version"], Value::Null);
        assert!(numbers(&room.admin, &card).await.is_empty());
        room.publish("publish", &card).await;
        let first = read(&room.admin, "reports", &card).await;
        assert_eq!((&first["published_version"], &first["position"]), (&json!(1), &json!(2)));
        let version = kept(&room.admin, &card, 1).await;
        assert_eq!(version["card"], first);
        let about = ["version", "position", "published_at", "published_by", "published_by_name"].map(|name| version[name].clone());
        let by = room.school.user(Role::SchoolAdmin);
        assert_eq!(about, [json!(1), json!(2), first["passed_at"].clone(), json!(by), json!("SCHOOL_ADMIN")]);
        // What is published already is left alone.
        let again = room.admin.post(PUBLISH, &json!({"ids": [card["id"]]})).await.expect(200);
        assert_eq!((&again["processed"], &again["incomplete"]), (&json!(0), &json!(0)));
        assert_eq!(numbers(&room.admin, &card).await, [json!(1)]);

        room.publish("unpublish", &card).await;
        let open = read(&room.admin, "reports", &card).await;
        assert_eq!((&open["is_passed"], &open["published_version"]), (&json!(false), &json!(1)));
        room.admin.patch(&at("reports", &card), &json!({"rows": biology(60)})).await.expect(200);
        let second = room.admin.patch(&at("reports", &card), &json!({"is_passed": true})).await.expect(200);
        assert_eq!((&second["published_version"], &second["position"]), (&json!(2), &json!(1)));
        assert_eq!(numbers(&room.admin, &card).await, [json!(2), json!(1)]);
        assert_eq!(kept(&room.admin, &card, 1).await, version, "the first version stays");
        let now = kept(&room.teacher, &card, 2).await;
        assert_eq!((&now["card"], &row(&now["card"], "Biology")["exam"]), (&second, &json!(60)));
    }

    async fn a_published_position_stays_whatever_becomes_of_the_class(app: App) {
        let room = Room::of(&app, SUBJECTS, 3).await;
        let parent = parent(&room).await;
        let card = room.card(0, &biology(40)).await;
        let other = room.card(1, &biology(30)).await;
        room.publish("publish", &card).await;
        let published = read(&room.admin, "reports", &card).await;
        assert_eq!(published["position"], 1);
        let unmoved = async || {
            for reader in [&parent, &room.admin, &room.teacher] {
                assert_eq!(read(reader, "reports", &card).await, published);
            }
            assert_eq!(seen(&parent, "reports").await, std::slice::from_ref(&published));
        };
        unmoved().await;
        let better = json!({"rows": biology(60)});
        let moved = room.admin.patch(&at("reports", &other), &better).await.expect(200);
        assert_eq!(moved["position"], 1, "an open card is ranked by the marks there are");
        unmoved().await;
        room.card(2, &biology(50)).await;
        room.admin.patch("/api/settings/", &json!({"position_missing": "unranked"})).await.expect(200);
        unmoved().await;
        room.admin.patch("/api/settings/", &json!({"position_missing": "ranked"})).await.expect(200);
        // The broadsheet tells what a publication would say now.
        let path = format!("/api/broadsheet/?class={}&session={SESSION}&term=First%20Term", room.class["id"]);
        let sheet = room.admin.get(&path).await.expect(200);
        let places: Vec<&Value> = sheet["pupils"].as_array().unwrap().iter().map(|line| &line["position"]).collect();
        assert_eq!(places, [&json!(3), &json!(1), &json!(2)]);
        room.publish("unpublish", &card).await;
        assert_eq!(read(&room.admin, "reports", &card).await["position"], 3);
        room.publish("publish", &card).await;
        assert_eq!(read(&parent, "reports", &card).await["position"], 3);
    }

    async fn publishing_tells_how_many_marks_the_cards_lack_and_refuses_none(app: App) {
        let room = Room::of(&app, SUBJECTS, 4).await;
        let full = json!([{"subject": "Biology", "exam": 40}, {"subject": "History", "exam": 0}]);
        let whole = room.card(0, &full).await;
        // One of two subjects, a row without a mark, and a card without any row.
        for (pupil, rows) in [(1, biology(40)), (2, json!([{"subject": "Biology", "exam": 1}, {"subject": "History"}])), (3, json!([]))] {
            room.card(pupil, &rows).await;
        }
        let one = room.admin.post(PUBLISH, &json!({"ids": [whole["id"]]})).await.expect(200);
        assert_eq!((&one["ids"], &one["incomplete"]), (&json!([whole["id"]]), &json!(0)));
        let sheet = json!({"class_id": room.class["id"], "session": SESSION, "term": TERM});
        let rest = room.admin.post(PUBLISH, &sheet).await.expect(200);
        assert_eq!((&rest["processed"], &rest["incomplete"]), (&json!(3), &json!(4)));
        let back = room.admin.post("/api/reports/unpublish/", &sheet).await.expect(200);
        assert_eq!((&back["processed"], back.get("incomplete")), (&json!(4), None));
    }

    async fn a_sheet_is_published_in_as_many_statements_as_a_card(app: App) {
        let room = Room::of(&app, SUBJECTS, 12).await;
        for pupil in 0..12 {
            room.card(pupil, &biology(40)).await;
        }
        let cards = seen(&room.admin, "reports").await;
        let one = room.admin.post(PUBLISH, &json!({"ids": [cards[0]["id"]]})).await;
        let sheet = json!({"class_id": room.class["id"], "session": SESSION, "term": TERM});
        let rest = room.admin.post(PUBLISH, &sheet).await;
        assert_eq!((&one.expect(200)["processed"], &rest.expect(200)["processed"]), (&json!(1), &json!(11)));
        assert_eq!(one.statements(), rest.statements());
    }

    async fn a_card_that_was_ever_published_stays(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &biology(40)).await;
        room.publish("publish", &card).await;
        room.publish("unpublish", &card).await;
        let problem = room.admin.delete(&at("reports", &card)).await.problem(409, "conflict");
        assert_eq!(problem["detail"], "This report card cannot be deleted. What relies on it: published versions (1).");
        assert_eq!(numbers(&room.admin, &card).await, [json!(1)]);
        assert_eq!(read(&room.admin, "reports", &card).await["rows"].as_array().unwrap().len(), 1);
    }

    async fn versions_are_read_by_staff_who_read_cards_and_by_nobody_else(app: App) {
        let (room, elsewhere) = (Room::of(&app, SUBJECTS, 1).await, Room::of(&app, SUBJECTS, 0).await);
        let card = room.card(0, &biology(40)).await;
        let parent = parent(&room).await;
        room.publish("publish", &card).await;
        let paths = [versions(&card), format!("{}1/", versions(&card))];
        for path in &paths {
            room.teacher.get(path).await.expect(200);
            for reader in [&parent, &room.school.as_(Role::Student), &room.school.as_(Role::Bursar)] {
                reader.get(path).await.problem(403, "permission_denied");
            }
            elsewhere.admin.get(path).await.problem(404, "not_found");
        }
        for path in ["2/", "0/", "x/", "99999999999999999999/"] {
            room.admin.get(&format!("{}{path}", versions(&card))).await.problem(404, "not_found");
        }
        for id in ["x", "999999999"] {
            room.admin.get(&format!("{REPORTS}{id}/versions/")).await.problem(404, "not_found");
        }
    }

    async fn versions_come_in_pages(app: App) {
        let room = Room::of(&app, SUBJECTS, 1).await;
        let card = room.card(0, &biology(40)).await;
        for _ in 0..3 {
            room.publish("publish", &card).await;
            room.publish("unpublish", &card).await;
        }
        let page = async |query: &str| room.admin.get(&format!("{}{query}", versions(&card))).await.expect(200);
        let of = |page: &Value| -> Vec<i64> {
            page["results"].as_array().unwrap().iter().map(|one| one["version"].as_i64().unwrap()).collect()
        };
        let first = page("?page_size=2").await;
        assert_eq!((&first["count"], &first["total_pages"], of(&first)), (&json!(3), &json!(2), vec![3, 2]));
        let next = first["next"].as_str().unwrap().strip_prefix(&app.base()).unwrap().to_owned();
        assert_eq!(of(&room.admin.get(&next).await.expect(200)), [1]);
        assert_eq!(of(&page("?ordering=version").await), [1, 2, 3]);
        let start = page("?cursor=&page_size=2").await;
        assert_eq!((start.get("count"), of(&start)), (None, vec![3, 2]));
        let next = start["next"].as_str().unwrap().strip_prefix(&app.base()).unwrap().to_owned();
        assert_eq!(of(&room.admin.get(&next).await.expect(200)), [1]);
        room.admin.get(&format!("{}?page=3", versions(&card))).await.problem(404, "not_found");
        let errors = room.admin.get(&format!("{}?nothing=1", versions(&card))).await.field_errors();
        assert!(errors.contains_key("nothing"));
    }

    async fn the_head_alone_writes_the_heads_remark_and_only_before_it_is_published(app: App) {
        let room = Room::of(&app, SUBJECTS, 2).await;
        let mut body = room.body(0, &biology(40));
        body["head_teacher_remark"] = json!("Well done.");
        let refused = async |answer: crate::harness::Answer| {
            let errors = answer.field_errors();
            assert_eq!(errors.into_keys().collect::<Vec<_>>(), ["head_teacher_remark"]);
        };
        refused(room.teacher.post(REPORTS, &body).await).await;
        let card = room.teacher.post(REPORTS, &room.body(0, &biology(40))).await.expect(201);
        let place = at("reports", &card);
        refused(room.teacher.post(REPORTS, &body).await).await;
        refused(room.teacher.put(&place, &body).await).await;
        refused(room.teacher.patch(&place, &json!({"head_teacher_remark": "Well done."})).await).await;
        room.admin.patch(&place, &json!({"head_teacher_remark": "Well done."})).await.expect(200);
        // What was read may be sent back, and what is left out stays.
        body["teacher_remark"] = json!("Reads well.");
        room.teacher.post(REPORTS, &body).await.expect(200);
        room.teacher.put(&place, &body).await.expect(200);
        let silent = room.body(0, &biology(41));
        for answer in [room.teacher.put(&place, &silent).await, room.teacher.post(REPORTS, &silent).await] {
            assert_eq!(answer.expect(200)["head_teacher_remark"], "Well done.");
        }
        let null = json!({"head_teacher_remark": null});
        assert_eq!(room.teacher.patch(&place, &null).await.expect(200)["head_teacher_remark"], "Well done.");
        room.publish("publish", &card).await;
        let late = json!({"head_teacher_remark": "Too late."});
        room.admin.patch(&place, &late).await.problem(409, "conflict");
        assert_eq!(room.admin.put(&place, &room.body(0, &biology(41))).await.status, 409);
        room.publish("unpublish", &card).await;
        room.admin.patch(&place, &late).await.expect(200);
        // A head who leaves it out of a PUT clears it, as everything else.
        assert_eq!(room.admin.put(&place, &silent).await.expect(200)["head_teacher_remark"], "");
    }
}
