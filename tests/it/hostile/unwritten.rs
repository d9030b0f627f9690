//! A write that is refused leaves nothing of itself behind.

use resource::tenant_guard::Role;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};

use super::{
    document::{Operation, operations},
    rows::rows,
    world::{NEW_PASSWORD, World},
};
use crate::harness::{Answer, App};

/// An id that no table has.
const UNKNOWN: i64 = 1 << 50;

fn operation(method: &str, path: &str) -> Operation {
    let found = operations()
        .into_iter()
        .find(|one| one.method == method && one.path == path);
    found.unwrap_or_else(|| panic!("{method} {path}"))
}

/// Sends `body`, which must be refused for `field`, and leave no row behind.
async fn refused(
    app: &App,
    world: &World,
    (method, path): (&str, &str),
    body: Value,
    field: &str,
) -> Answer {
    let before = rows(app, world.school.id).await;
    let admin = world.school.as_(Role::SchoolAdmin);
    let answer = admin.send(method.parse().unwrap(), path, Some(&body)).await;
    let errors = answer.field_errors();
    assert!(errors.contains_key(field), "{method} {path}: {errors:?}");
    assert_eq!(
        rows(app, world.school.id).await,
        before,
        "{method} {path} {body}"
    );
    answer
}

#[derive(FromQueryResult)]
struct Number {
    n: i64,
}

both! {
    async fn one_bad_row_among_good_ones_writes_no_card(app: App) {
        let world = World::open(&app).await;
        let mut body = world.base(&operation("POST", "/api/reports/")).await;
        world.school.as_(Role::SchoolAdmin).post("/api/subjects/", &json!({"name": "Latin"})).await.expect(201);
        for (rows, field) in [
            (json!([{"subject": "Latin", "ca1": 10}, {"subject": "Latin", "ca1": 21}]), "rows.1.ca1"),
            (json!([{"subject": "Latin", "ca1": 10}, {"subject": "Alchemy", "ca1": 2}]), "rows.1.subject"),
            (json!([{"subject": "Latin", "ca1": 10}, {"subject": "latin", "ca1": 2}]), "rows.1.subject"),
            (json!([{"subject": "Latin", "ca1": 10}, {"ca1": 2}]), "rows.1.subject"),
        ] {
            body["rows"] = rows;
            refused(&app, &world, ("POST", "/api/reports/"), body.clone(), field).await;
        }
        body["rows"] = json!([{"subject": "Latin", "ca1": 10}]);
        let card = world.school.as_(Role::SchoolAdmin).post("/api/reports/", &body).await.expect(201);
        let path = format!("/api/reports/{}/", card["id"]);
        let marks = json!({"rows": [{"subject": "Latin", "ca1": 5}, {"subject": "Alchemy"}], "teacher_remark": "Good"});
        refused(&app, &world, ("PATCH", &path), marks, "rows.1.subject").await;
        let days = json!({"rows": [{"subject": "Latin", "ca1": 5}], "attendance_present": 2, "attendance_total": 1});
        refused(&app, &world, ("PATCH", &path), days, "attendance_present").await;
    }

    async fn a_refused_class_leaves_no_subject_behind(app: App) {
        let world = World::open(&app).await;
        let admin = world.school.as_(Role::SchoolAdmin);
        admin.post("/api/classes/", &json!({"name": "Age 15"})).await.expect(201);
        let class = ("POST", "/api/classes/");
        refused(&app, &world, class, json!({"name": "Age 16", "subjects": ["Latin", "x".repeat(101)]}), "subjects.1").await;
        refused(&app, &world, class, json!({"name": "Age 16", "subjects": ["Latin", " "]}), "subjects.1").await;
        refused(&app, &world, class, json!({"name": "age 15", "subjects": ["Latin"]}), "name").await;
        refused(&app, &world, class, json!({"name": "Age 16", "class_teacher_id": UNKNOWN, "subjects": ["Latin"]}), "class_teacher_id").await;
    }

    async fn a_refused_pupil_leaves_no_account_behind(app: App) {
        let world = World::open(&app).await;
        let admin = world.school.as_(Role::SchoolAdmin);
        let pupil = json!({"student_no": "S1", "names": "Pupil", "gender": "Male", "password": NEW_PASSWORD});
        admin.post("/api/students/", &pupil).await.expect(201);
        let with = |field: &str, value: Value| {
            let mut body = pupil.clone();
            body["student_no"] = json!("S2");
            body[field] = value;
            body
        };
        let students = ("POST", "/api/students/");
        refused(&app, &world, students, pupil.clone(), "student_no").await;
        refused(&app, &world, students, with("class_id", json!(UNKNOWN)), "class_id").await;
        refused(&app, &world, students, with("password", json!("short")), "password").await;
        refused(&app, &world, students, with("gender", json!("Unknown")), "gender").await;
        // The login's name would be another account's.
        refused(&app, &world, students, with("student_no", json!("teacher")), "non_field_errors").await;
    }

    async fn a_refused_fee_leaves_no_category_behind(app: App) {
        let world = World::open(&app).await;
        let mut body = world.base(&operation("POST", "/api/fee-items/")).await;
        body["class_id"] = json!(UNKNOWN);
        refused(&app, &world, ("POST", "/api/fee-items/"), body, "class_id").await;
    }

    async fn one_unknown_card_among_good_ones_publishes_none(app: App) {
        let world = World::open(&app).await;
        let card = world.fresh("reports").await;
        refused(&app, &world, ("POST", "/api/reports/publish/"), json!({"ids": [card, UNKNOWN]}), "ids").await;
    }

    async fn too_many_promotions_move_nobody(app: App) {
        let world = World::open(&app).await;
        let pupil = world.fresh("students").await;
        let mut promotions: serde_json::Map<_, _> = (1..=10_000).map(|n| ((UNKNOWN + n).to_string(), json!("graduate"))).collect();
        promotions.insert(pupil.to_string(), json!("graduate"));
        refused(&app, &world, ("POST", "/api/students/bulk-promote/"), json!({"promotions": promotions}), "promotions").await;
    }

    async fn one_bad_setting_among_good_ones_changes_none(app: App) {
        let world = World::open(&app).await;
        for method in ["PUT", "PATCH"] {
            let settings = json!({"school_tagline": "Onward", "current_term": "Fourth Term", "invoice_due_days": 7});
            refused(&app, &world, (method, "/api/settings/"), settings, "current_term").await;
        }
        assert_ne!(world.school.as_(Role::Teacher).get("/api/settings/").await.expect(200)["school_tagline"], "Onward");
    }

    async fn a_school_without_a_sound_administrator_is_not_founded(app: App) {
        let domain = format!("{}-x", app.school().await.domain);
        let body = json!({"name": "New", "domain": domain, "administrator": {"username": "head", "email": "head", "name": "Head", "password": NEW_PASSWORD}});
        let founded = async |app: &App| {
            let domain = domain.clone();
            app.beside(move |state| async move {
                let sql = "SELECT count(*) AS n FROM schools WHERE domain = $1";
                let found: Vec<Number> = state.database.platform().query(sql, vec![domain.into()]).await.unwrap();
                found[0].n
            }).await
        };
        for (caller, path) in [(app.anonymous(), "/api/schools/register/"), (app.operator().await, "/api/schools/")] {
            let errors = caller.post(path, &body).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["administrator.email"]);
            assert_eq!(founded(&app).await, 0);
        }
    }

    async fn a_refused_write_does_not_use_up_its_idempotency_key(app: App) {
        let world = World::open(&app).await;
        let admin = world.school.as_(Role::SchoolAdmin).with("Idempotency-Key", "one-and-the-same");
        let before = rows(&app, world.school.id).await;
        admin.post("/api/subjects/", &json!({"name": ""})).await.field_errors();
        assert_eq!(rows(&app, world.school.id).await, before);
        admin.post("/api/subjects/", &json!({"name": "Latin"})).await.expect(201);
    }
}
