//! What the database refuses by itself, whatever a program sends it.

use sea_orm::{ConnectionTrait, SqlErr, Statement, TransactionTrait};
use serde_json::{Value, json};

use super::read::Schema;
use crate::harness::{App, Caller};

/// Columns and values that no row may have.
const UNSOUND: &[(&str, &str)] = &[
    ("schools", "status = 'closed'"),
    ("schools", "domain = 'GP'"),
    ("users", "role = 'SUPER_ADMIN'"),
    ("users", "username = ''"),
    ("subjects", "name = ''"),
    ("teachers", "kind = 'robot'"),
    ("students", "gender = 'unknown'"),
    ("students", "status = 'expelled'"),
    ("students", "student_no = ''"),
    ("report_cards", "is_passed = NOT is_passed"),
    ("report_cards", "average = 10001"),
    (
        "report_cards",
        "attendance_present = 2, attendance_total = 1",
    ),
    ("scores", "ca1 = 2001, total = 2001 + ca2 + exam"),
    ("scores", "exam = -1, total = ca1 + ca2 - 1"),
    ("scores", "total = total + 1"),
    ("events", "event_type = 'party'"),
    ("events", "target_audience = 'nobody'"),
    ("events", "ends_at = '2006-05-19 00:00:00+00:00'"),
    ("attendance_sessions", "term = ''"),
    ("attendance_records", "status = 'asleep'"),
    ("fee_items", "amount_minor = 0"),
    ("fee_items", "amount_minor = -5000000"),
    ("fee_items", "session = ''"),
    ("expenses", "amount_minor = 0"),
    ("expenses", "category = 'party'"),
    ("expenses", "status = 'voided'"),
    ("expenses", "approved_by = recorded_by"),
];

/// The demo, with a fee and a letter in each school, so that no table of references is empty.
async fn furnished(app: &App) -> App {
    let app = app.alone().await;
    assert!(app.load_demo().await);
    for domain in ["gp", "ms"] {
        let person = |name: &str| {
            let email = format!("{name}@{domain}.demo");
            app.anonymous()
                .signed_in(&email, gateway::demo::PASSWORD, None)
        };
        let admin = person("admin");
        let class = admin.get("/api/classes/").await.expect(200)["results"][0]["id"].clone();
        let fee = json!({"name": "Tuition", "amount": "1", "session": "2005/2006", "term": "First Term", "class_id": class});
        admin.post("/api/fee-items/", &fee).await.expect(201);
        let event = json!({"title": "Open day", "start_date": "2006-05-20", "class_id": class});
        admin.post("/api/events/", &event).await.expect(201);
        taught(&admin, &class).await;
        let feed = admin.post("/api/events/feed/", &json!({})).await;
        feed.expect(201);
        let bought = json!({"title": "Chalk", "amount": 1, "category": "supplies", "session": "2005/2006", "term": "First Term"});
        admin.post("/api/expenses/", &bought).await.expect(201);
        let me = admin.get("/api/users/me/").await.expect(200)["id"].clone();
        let letter = json!({"recipient": me, "body": "Good morning."});
        let sent = person("bursar").post("/api/messages/", &letter).await;
        let parent = sent.expect(201)["id"].clone();
        let reply = json!({"recipient": me, "body": "And you.", "parent": parent});
        person("bursar")
            .post("/api/messages/", &reply)
            .await
            .expect(201);
    }
    app
}

/// A register of a class, and somebody who teaches something in another.
async fn taught(admin: &Caller, class: &Value) {
    let first = async |path: &str| admin.get(path).await.expect(200)["results"][0]["id"].clone();
    let pupil = first(&format!("/api/students/?class_id={class}")).await;
    let register = json!({
        "date": "2006-05-19", "class_id": class, "session": "2005/2006", "term": "Third Term",
        "records": [{"student_id": pupil, "status": "present"}],
    });
    admin.post("/api/attendance/", &register).await.expect(201);
    let other = json!({"name": "Without subjects of its own"});
    let other = admin.post("/api/classes/", &other).await.expect(201);
    let who = json!({"teacher": first("/api/teachers/").await, "class": other["id"], "subject": first("/api/subjects/").await});
    admin.post("/api/subject-teachers/", &who).await.expect(201);
}

/// Runs one statement and takes it back; answers how many rows it changed, or why it was refused.
async fn attempt(app: &App, sql: String) -> Result<u64, (Option<SqlErr>, String)> {
    let done = app.beside(move |state| async move {
        let database = state.database.for_migrations();
        let transaction = database.begin().await.unwrap();
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let done = transaction.execute_raw(statement).await;
        transaction.rollback().await.unwrap();
        done.map(|done| done.rows_affected())
            .map_err(|error| (error.sql_err(), error.to_string()))
    });
    done.await
}

/// Changes `column` of one row of GP to the key of a row that `school` has in `target`.
fn pointing(table: &str, column: &str, target: &str, school: &str) -> String {
    let of = |domain: &str| format!("(SELECT id FROM schools WHERE domain = '{domain}')");
    let (own, other) = (of("gp"), of(school));
    format!(
        "UPDATE {table} SET {column} = (SELECT max(id) FROM {target} WHERE school_id = {other}) \
         WHERE school_id = {own} AND id = (SELECT max(id) FROM {table} WHERE school_id = {own})"
    )
}

both! {
    async fn no_reference_reaches_into_another_school(app: App) {
        let app = furnished(&app).await;
        let schema = Schema::of(&app).await;
        let tenant = schema.tenant_tables();
        let mut tried = 0;
        for reference in schema.references() {
            let [_, column] = reference.columns.as_slice() else {
                assert!(!tenant.contains(&reference.target), "{reference:?}");
                continue;
            };
            let (table, target) = (&reference.table, &reference.target);
            if table == "activity_logs" {
                continue;
            }
            let foreign = attempt(&app, pointing(table, column, target, "ms")).await;
            let refused = matches!(&foreign, Err((Some(SqlErr::ForeignKeyConstraintViolation(_)), _)));
            // A card that is not published has no publisher, and says so first.
            let earlier = column == "passed_by" && matches!(&foreign, Err((_, text)) if text.to_lowercase().contains("check"));
            assert!(refused || earlier, "{table}.{column} → {target}: {foreign:?}");
            tried += 1;
        }
        assert!(tried >= 15, "{tried} references");
        // The same statements within the school do what they say.
        for (table, column, target) in [("students", "class_id", "classes"), ("fee_items", "class_id", "classes"), ("messages", "recipient_id", "users")] {
            assert_eq!(attempt(&app, pointing(table, column, target, "gp")).await, Ok(1), "{table}.{column}");
        }
    }

    async fn unsound_values_are_refused_by_the_database_itself(app: App) {
        let app = furnished(&app).await;
        for (table, values) in UNSOUND {
            let one = format!("UPDATE {table} SET {values} WHERE id = (SELECT max(id) FROM {table})");
            let (_, text) = attempt(&app, one).await.expect_err(values);
            assert!(text.to_lowercase().contains("check"), "{table} {values}: {text}");
        }
        let sound = "UPDATE fee_items SET amount_minor = 1 WHERE id = (SELECT max(id) FROM fee_items)";
        assert_eq!(attempt(&app, sound.to_owned()).await, Ok(1));
    }
}

#[tokio::test]
async fn the_audit_trail_of_an_embedded_database_is_only_added_to() {
    let app = App::on(crate::harness::Engine::Embedded);
    let school = app.school().await;
    let admin = school.as_(resource::tenant_guard::Role::SchoolAdmin);
    admin
        .post("/api/subjects/", &json!({"name": "Physics"}))
        .await
        .expect(201);
    for sql in [
        "DELETE FROM activity_logs",
        "UPDATE activity_logs SET action = 'nothing'",
    ] {
        let (_, text) = attempt(&app, sql.to_owned())
            .await
            .expect_err("the trail changed");
        assert!(text.contains("only added to"), "{text}");
    }
}
