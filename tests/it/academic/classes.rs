//! Classes, the subjects they take by name, and how many pupils they have.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{at, created, read, seen};
use crate::harness::Caller;

async fn subjects(admin: &Caller) -> Vec<Value> {
    let all = seen(admin, "subjects").await;
    let mut names: Vec<Value> = all.iter().map(|subject| subject["name"].clone()).collect();
    names.sort_unstable_by_key(ToString::to_string);
    names
}

both! {
    async fn subjects_are_named_and_those_the_school_does_not_know_are_created(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        created(&admin, "subjects", &json!({"name": "Biology"})).await;
        let body = json!({"name": "Age 15", "subjects": ["History", "biology", "HISTORY"]});
        let class = created(&admin, "classes", &body).await;
        assert_eq!(class["subjects"], json!(["Biology", "History"]));
        assert_eq!(subjects(&admin).await, ["Biology", "History"]);
        let more = json!({"subjects": ["Chemistry", "Biology"]});
        let class = admin.patch(&at("classes", &class), &more).await.expect(200);
        assert_eq!(class["subjects"], json!(["Biology", "Chemistry"]));
        assert_eq!(subjects(&admin).await, ["Biology", "Chemistry", "History"]);
        assert_eq!(read(&admin, "classes", &class).await, class);
    }

    async fn an_empty_list_clears_and_an_absent_one_leaves_the_subjects(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let class = created(&admin, "classes", &json!({"name": "Age 15", "subjects": ["Biology"]})).await;
        let place = at("classes", &class);
        for (answer, name) in [
            (admin.patch(&place, &json!({"name": "Patched"})).await, "Patched"),
            (admin.put(&place, &json!({"name": "Put"})).await, "Put"),
        ] {
            let now = answer.expect(200);
            assert_eq!((&now["name"], &now["subjects"]), (&json!(name), &json!(["Biology"])));
        }
        assert_eq!(admin.patch(&place, &json!({"subjects": []})).await.expect(200)["subjects"], json!([]));
        assert_eq!(subjects(&admin).await, ["Biology"], "the school still teaches it");
        let none = created(&admin, "classes", &json!({"name": "Age 16"})).await;
        assert_eq!(none["subjects"], json!([]));
    }

    async fn a_subject_renamed_shows_in_its_classes_at_once(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let class = created(&admin, "classes", &json!({"name": "Age 15", "subjects": ["Biology"]})).await;
        assert_eq!(read(&admin, "classes", &class).await, class);
        let subject = seen(&admin, "subjects").await.remove(0);
        admin.patch(&at("subjects", &subject), &json!({"name": "Life Science"})).await.expect(200);
        assert_eq!(read(&admin, "classes", &class).await["subjects"], json!(["Life Science"]));
    }

    async fn classes_that_name_one_new_subject_at_once_share_it(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        admin.token().await;
        for round in 0..5 {
            let name = format!("Subject {round}");
            let class = async |n: usize| {
                let body = json!({"name": format!("Class {round} {n}"), "subjects": [name]});
                created(&admin, "classes", &body).await
            };
            let made = tokio::join!(class(0), class(1), class(2), class(3));
            for class in [made.0, made.1, made.2, made.3] {
                assert_eq!(class["subjects"], json!([name]));
            }
            assert_eq!(seen(&admin, "subjects").await.len(), round + 1);
        }
    }

    async fn the_number_of_pupils_follows_them(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let one = created(&admin, "classes", &json!({"name": "One"})).await;
        let two = created(&admin, "classes", &json!({"name": "Two"})).await;
        let counts = async || {
            let all = seen(&admin, "classes").await;
            let each = [read(&admin, "classes", &one).await, read(&admin, "classes", &two).await];
            let of = |rows: &[Value]| rows.iter().map(|class| class["student_count"].as_i64().unwrap()).collect::<Vec<_>>();
            assert_eq!(of(&all), of(&each));
            of(&each)
        };
        assert_eq!(counts().await, [0, 0]);
        let mut pupils = Vec::new();
        for n in 0..3 {
            let body = json!({"student_no": n, "names": "Ada", "gender": "Female", "class_id": one["id"].to_string()});
            pupils.push(created(&admin, "students", &body).await);
            assert_eq!(counts().await, [n + 1, 0]);
        }
        admin.patch(&at("students", &pupils[0]), &json!({"class_id": two["id"]})).await.expect(200);
        assert_eq!(counts().await, [2, 1]);
        admin.patch(&at("students", &pupils[0]), &json!({"class_id": ""})).await.expect(200);
        assert_eq!(counts().await, [2, 0]);
        admin.delete(&at("students", &pupils[1])).await.expect(204);
        assert_eq!(counts().await, [1, 0]);
        let promotions = json!({"promotions": {pupils[2]["id"].to_string(): two["id"]}});
        admin.post("/api/students/bulk-promote/", &promotions).await.expect(200);
        assert_eq!(counts().await, [0, 1]);
    }

    async fn the_class_teacher_is_named_and_let_go(app: App) {
        let admin = app.school().await.as_(Role::SchoolAdmin);
        let teacher = created(&admin, "teachers", &json!({"name": "Before"})).await;
        let class = created(&admin, "classes", &json!({"name": "Age 15", "class_teacher_id": teacher["id"]})).await;
        assert_eq!((&class["class_teacher"], &class["class_teacher_id"]), (&json!("Before"), &teacher["id"]));
        admin.patch(&at("teachers", &teacher), &json!({"name": "After"})).await.expect(200);
        assert_eq!(read(&admin, "classes", &class).await["class_teacher"], "After");
        for none in [json!(null), json!("")] {
            let now = admin.patch(&at("classes", &class), &json!({"class_teacher_id": none})).await.expect(200);
            assert_eq!((&now["class_teacher"], &now["class_teacher_id"]), (&Value::Null, &Value::Null));
        }
    }
}
