//! What the database refuses by itself, whatever a program sends it.

use sea_orm::{ConnectionTrait, DbBackend, SqlErr, Statement, TransactionTrait};
use serde_json::{Value, json};

use super::read::Schema;
use crate::{
    files::{picture, upload},
    harness::{App, Caller, Engine, Paystack},
};

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
    ("report_card_versions", "version = 0"),
    ("report_card_versions", "position = 0"),
    ("scores", "ca1 = 10001, total = 10001 + ca2 + exam"),
    ("scores", "ca1_absent = true"),
    ("scores", "grade_override = 'A'"),
    ("scores", "exam = -1, total = ca1 + ca2 - 1"),
    ("scores", "total = total + 1"),
    ("events", "event_type = 'party'"),
    ("events", "target_audience = 'nobody'"),
    ("events", "ends_at = '2006-05-19 00:00:00+00:00'"),
    ("announcements", "target = 'nobody'"),
    ("announcements", "priority = 'shouted'"),
    ("announcements", "content = ''"),
    ("newsletters", "is_published = true, published_at = NULL"),
    ("enrolments", "session = ''"),
    ("attendance_sessions", "term = ''"),
    ("attendance_records", "status = 'asleep'"),
    ("fee_items", "amount_minor = 0"),
    ("fee_items", "amount_minor = -5000000"),
    ("fee_items", "session = ''"),
    ("payments", "amount_minor = 0"),
    ("payments", "method = 'cheque'"),
    ("payments", "status = 'voided'"),
    ("payment_lines", "amount_minor = -1"),
    ("payment_refunds", "reason = ''"),
    ("receipt_counters", "last = 0"),
    ("payment_intents", "status = 'pending'"),
    ("payment_intents", "currency = 'naira'"),
    ("expenses", "amount_minor = 0"),
    ("expenses", "category = 'party'"),
    ("expenses", "status = 'voided'"),
    ("expenses", "approved_by = recorded_by"),
    ("scholarships", "value_hundredths = 10001"),
    ("scholarships", "value_hundredths = -1"),
    ("student_fees", "discount_minor = -1"),
    ("billing_runs", "due_date = '2006-01-08'"),
    ("ledger_entries", "amount_minor = 0"),
    ("ledger_entries", "kind = 'gift'"),
    ("ledger_entries", "kind = 'charge'"),
    ("ledger_entries", "kind = 'payment', reverses_id = NULL"),
    ("ledger_entries", "occurrence = 1"),
    ("ledger_entries", "due_date = '2006-01-08'"),
    ("allocations", "amount_minor = 0"),
    ("files", "digest = 'abc'"),
    ("files", "media_type = 'image/svg+xml'"),
    ("files", "bytes = 0"),
    ("files", "width = NULL"),
    ("files", "purpose = 'party'"),
    ("payment_plans", "term = ''"),
    ("payment_plan_parts", "amount_minor = 0"),
    ("outbox", "channel = 'pigeon'"),
    ("outbox", "state = 'lost'"),
    ("outbox", "dedupe_key = ''"),
    ("outbox", "attempts = -1"),
    ("fee_reminders", "amount_minor = 0"),
    ("fee_reminders", "address = ''"),
    ("webhook_endpoints", "url = ''"),
    ("user_preferences", "quiet_from = NULL"),
    ("user_preferences", "quiet_to = quiet_from"),
    ("user_preferences", "quiet_from = 1440"),
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
        marked(&admin).await;
        let feed = admin.post("/api/events/feed/", &json!({})).await;
        feed.expect(201);
        upload(&admin, &picture(4, 4)).await.expect(201);
        let bought = json!({"title": "Chalk", "amount": 1, "category": "supplies", "session": "2005/2006", "term": "First Term"});
        admin.post("/api/expenses/", &bought).await.expect(201);
        paid(&admin, &first(&admin, "/api/students/").await).await;
        let night = json!({"quiet_hours": {"from": "21:00", "to": "06:30"}});
        admin
            .patch("/api/users/me/preferences/", &night)
            .await
            .expect(200);
        let hook = json!({"url": "https://school.example/hooks", "events": ["payment.recorded"]});
        admin
            .post("/api/webhook-endpoints/", &hook)
            .await
            .expect(201);
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
    app.beside(|state| async move { owing(&state).await }).await;
    app
}

/// A pupil in each school with an account of every kind of row. The last entry is a reversal, which
/// may name anything.
const ACCOUNT: &[&str] = &[
    "INSERT INTO scholarships (school_id, name, description, benefit_type, value_hundredths, is_active, \
     created_at, updated_at) SELECT s.id, 'Merit', '', 'percentage', 5000, true, @now, @now FROM schools s",
    "INSERT INTO student_fees (school_id, student_id, fee_item_id, scholarship_id, discount_minor, created_at, \
     updated_at) SELECT s.id, @students, @fee_items, @scholarships, 0, @now, @now FROM schools s",
    "INSERT INTO billing_runs (school_id, session, term, class_id, effective_date, due_date, undone_at, \
     created_at, updated_at) SELECT s.id, '2005/2006', 'First Term', @classes, '2006-01-09', '2006-01-23', @now, @now, @now FROM schools s",
    "INSERT INTO fee_reminders (school_id, address, amount_minor, reminded_at, created_at, updated_at) \
     SELECT s.id, 'address', 1, @now, @now, @now FROM schools s",
    "INSERT INTO billing_run_pupils (school_id, billing_run_id, student_id, status, created_at, updated_at) \
     SELECT s.id, @billing_runs, @students, 'active', @now, @now FROM schools s",
    "INSERT INTO ledger_entries (school_id, student_id, kind, amount_minor, effective_date, session, term, \
     description, created_at, updated_at) SELECT s.id, @students, 'credit', -5, '2006-01-09', '2005/2006', \
     'First Term', '', @now, @now FROM schools s",
    "INSERT INTO ledger_entries (school_id, student_id, kind, amount_minor, effective_date, session, term, \
     reverses_id, description, created_at, updated_at) SELECT s.id, @students, 'reversal', 5, '2006-01-09', \
     '2005/2006', 'First Term', @ledger_entries, '', @now, @now FROM schools s",
    "INSERT INTO allocations (school_id, credit_id, charge_id, amount_minor, effective_date, created_at, updated_at) \
     SELECT s.id, @ledger_entries, @ledger_entries, 5, '2006-01-09', @now, @now FROM schools s",
    "INSERT INTO payment_plans (school_id, student_id, session, term, note, agreed_on, last_entry_id, created_at, \
     updated_at) SELECT s.id, @students, '2005/2006', 'First Term', '', '2006-01-09', @ledger_entries, @now, @now FROM schools s",
    "INSERT INTO payment_plan_parts (school_id, payment_plan_id, due_date, late_from, amount_minor, created_at, updated_at) \
     SELECT s.id, @payment_plans, '2006-01-09', @now, 5, @now, @now FROM schools s",
];

async fn owing(state: &gateway::State) {
    let database = state.database.for_migrations();
    for line in ACCOUNT {
        let mut sql = line.replace("@now", "'2006-01-09 08:00:00+00:00'");
        while let Some((before, rest)) = sql.clone().split_once('@') {
            let end = rest.find([',', ' ']).unwrap();
            let (table, after) = rest.split_at(end);
            sql = format!("{before}(SELECT max(id) FROM {table} WHERE school_id = s.id){after}");
        }
        let done = database.execute_unprepared(&sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}

/// Takes SQLite's triggers away from a transaction that will be taken back, so that its keys are asked.
async fn disarm(transaction: &impl ConnectionTrait) {
    if transaction.get_database_backend() != DbBackend::Sqlite {
        return;
    }
    let guarded = [
        "activity_logs",
        "ledger_entries",
        "allocations",
        "report_card_versions",
    ];
    for (table, act) in guarded
        .iter()
        .flat_map(|table| [(table, "update"), (table, "delete")])
    {
        let sql = format!("DROP TRIGGER {table}_no_{act}");
        transaction.execute_unprepared(&sql).await.unwrap();
    }
}

async fn first(caller: &Caller, path: &str) -> Value {
    caller.get(path).await.expect(200)["results"][0]["id"].clone()
}

/// A payment with a line, a part of which was given back, and one made online.
async fn paid(admin: &Caller, pupil: &Value) {
    let payment = json!({
        "student_id": pupil, "amount": 3, "session": "2005/2006", "term": "First Term",
        "lineItems": [{"purpose": "Tuition", "amount": 3}],
    });
    let payment = admin.post("/api/payments/", &payment).await.expect(201);
    let refund = json!({"amount": 1, "reason": "Paid too much"});
    let path = format!("/api/payments/{}/refund/", payment["id"]);
    admin.post(&path, &refund).await.expect(200);
    let online =
        json!({"student_id": pupil, "amount": 2, "session": "2005/2006", "term": "First Term"});
    let begun = admin.post("/api/payments/initialise/", &online).await;
    let begun = begun.expect(201);
    Paystack::shared().pay(begun["reference"].as_str().unwrap());
    let verify = json!({"reference": begun["reference"], "student_id": pupil, "amount": 2});
    let verified = admin.post("/api/payments/verify-online/", &verify).await;
    verified.expect(200);
}

/// A register of a class, and somebody who teaches something in another.
async fn taught(admin: &Caller, class: &Value) {
    let first = async |path: &str| admin.get(path).await.expect(200)["results"][0]["id"].clone();
    let pupil = first(&format!("/api/students/?class_id={class}")).await;
    let register = json!({
        "date": "2006-07-03", "class_id": class, "session": "2005/2006", "term": "Third Term",
        "records": [{"student_id": pupil, "status": "present"}],
    });
    admin.post("/api/attendance/", &register).await.expect(201);
    let other = json!({"name": "Without subjects of its own"});
    let other = admin.post("/api/classes/", &other).await.expect(201);
    let who = json!({"teacher": first("/api/teachers/").await, "class": other["id"], "subject": first("/api/subjects/").await});
    admin.post("/api/subject-teachers/", &who).await.expect(201);
}

/// A mark of an open card that has a history.
async fn marked(admin: &Caller) {
    let scores = admin.get("/api/scores/?term=Third%20Term").await;
    let score = scores.expect(200)["results"][0]["id"].clone();
    let path = format!("/api/scores/{score}/");
    let comment = json!({"comment": "Steady"});
    admin.patch(&path, &comment).await.expect(200);
}

/// Runs one statement and takes it back; answers how many rows it changed, or why it was refused.
async fn attempt(app: &App, guarded: bool, sql: String) -> Result<u64, (Option<SqlErr>, String)> {
    let done = app.beside(move |state| async move {
        let database = state.database.for_migrations();
        let transaction = database.begin().await.unwrap();
        if !guarded {
            disarm(&transaction).await;
        }
        let statement = Statement::from_string(database.get_database_backend(), sql);
        let done = transaction.execute_raw(statement).await;
        transaction.rollback().await.unwrap();
        done.map(|done| done.rows_affected())
            .map_err(|error| (error.sql_err(), error.to_string()))
    });
    done.await
}

/// Changes `column` of one row of GP to the `key` of a row that `school` has in `target`.
fn pointing(table: &str, column: &str, (target, key): (&str, &str), school: &str) -> String {
    let of = |domain: &str| format!("(SELECT id FROM schools WHERE domain = '{domain}')");
    let (own, other) = (of("gp"), of(school));
    format!(
        "UPDATE {table} SET {column} = (SELECT max({key}) FROM {target} WHERE school_id = {other}) \
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
            let ([_, column, ..], [_, key, ..]) = (reference.columns.as_slice(), reference.keys.as_slice()) else {
                assert!(!tenant.contains(&reference.target), "{reference:?}");
                continue;
            };
            let (table, target) = (&reference.table, &reference.target);
            // The pupil of an entry that no run posted, which PostgreSQL works out.
            let column = if column == "hand_student_id" { "student_id" } else { column };
            if table == "activity_logs" {
                continue;
            }
            let foreign = attempt(&app, false, pointing(table, column, (target, key), "ms")).await;
            let refused = matches!(&foreign, Err((Some(SqlErr::ForeignKeyConstraintViolation(_)), _)));
            // A card that is not published has no publisher, and says so first.
            let earlier = column == "passed_by" && matches!(&foreign, Err((_, text)) if text.to_lowercase().contains("check"));
            assert!(refused || earlier, "{table}.{column} → {target}: {foreign:?}");
            tried += 1;
        }
        assert!(tried >= 15, "{tried} references");
        // The same statements within the school do what they say.
        for (table, column, target) in [("students", "class_id", "classes"), ("fee_items", "class_id", "classes"), ("messages", "recipient_id", "users")] {
            assert_eq!(attempt(&app, false, pointing(table, column, (target, "id"), "gp")).await, Ok(1), "{table}.{column}");
        }
    }

    async fn unsound_values_are_refused_by_the_database_itself(app: App) {
        let app = furnished(&app).await;
        for (table, values) in UNSOUND {
            let one = format!("UPDATE {table} SET {values} WHERE id = (SELECT max(id) FROM {table})");
            let (_, text) = attempt(&app, false, one).await.expect_err(values);
            assert!(text.to_lowercase().contains("check"), "{table} {values}: {text}");
        }
        let sound = "UPDATE fee_items SET amount_minor = 1 WHERE id = (SELECT max(id) FROM fee_items)";
        assert_eq!(attempt(&app, true, sound.to_owned()).await, Ok(1));
    }
}

#[tokio::test]
async fn an_embedded_database_lets_the_trail_the_ledger_and_the_history_of_marks_be_added_to_alone()
{
    let app = furnished(&App::on(Engine::Embedded)).await;
    for table in [
        "activity_logs",
        "ledger_entries",
        "allocations",
        "score_changes",
        "report_card_versions",
    ] {
        for sql in [
            format!("DELETE FROM {table}"),
            format!("UPDATE {table} SET updated_at = created_at"),
        ] {
            let (_, text) = attempt(&app, true, sql).await.expect_err(table);
            assert!(text.contains("only added to"), "{text}");
        }
    }
}

#[tokio::test]
async fn on_postgres_the_documented_grants_let_them_be_added_to_alone() {
    let app = furnished(&App::on(Engine::Production)).await;
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ARCHITECTURE.md");
    let document = std::fs::read_to_string(document).unwrap();
    let (_, grants) = document.split_once("<!-- grants -->").unwrap();
    let grants = grants
        .split("```")
        .nth(1)
        .unwrap()
        .trim_start_matches("sql");
    let script = format!("CREATE ROLE termbook_gateway; {grants} SET LOCAL ROLE termbook_gateway;");
    for (sql, allowed) in [
        ("UPDATE fee_items SET active = false", true),
        (
            "INSERT INTO allocations (school_id, credit_id, charge_id, amount_minor, effective_date, created_at, updated_at) \
          SELECT school_id, credit_id, charge_id, 1, effective_date, created_at, updated_at FROM allocations",
            true,
        ),
        ("SELECT id FROM students FOR NO KEY UPDATE", true),
        ("UPDATE ledger_entries SET updated_at = created_at", false),
        ("UPDATE score_changes SET updated_at = created_at", false),
        ("DELETE FROM score_changes", false),
        (
            "UPDATE report_card_versions SET updated_at = created_at",
            false,
        ),
        ("DELETE FROM report_card_versions", false),
        ("DELETE FROM ledger_entries", false),
        ("UPDATE allocations SET updated_at = created_at", false),
        ("DELETE FROM allocations", false),
        ("UPDATE activity_logs SET updated_at = created_at", false),
        ("DELETE FROM activity_logs", false),
        ("UPDATE audit_seals SET updated_at = created_at", false),
        ("DELETE FROM audit_seals", false),
        ("CREATE TABLE loose (id bigint)", false),
    ] {
        let script = script.clone();
        let done = app.beside(move |state| async move {
            let transaction = state.database.for_migrations().begin().await.unwrap();
            transaction.execute_unprepared(&script).await.unwrap();
            let done = transaction.execute_unprepared(sql).await;
            transaction.rollback().await.unwrap();
            done.map(|_| ()).map_err(|error| error.to_string())
        });
        match (done.await, allowed) {
            (Ok(()), true) => {}
            (Err(text), false) => assert!(text.contains("permission denied"), "{sql}: {text}"),
            (other, _) => panic!("{sql}: {other:?}"),
        }
    }
}
