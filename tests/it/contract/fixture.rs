//! A school with what the bodies refer to.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::bodies;
use crate::harness::{App, Caller, School};

/// Most rows a claim makes of one collection.
pub const SIZE: usize = 12;
/// School year of every row that has one.
pub const SESSION: &str = "2025/2026";
/// Term of every row that has one, but for the card that is filled by `scores/`.
pub const TERM: &str = "First Term";

/// Keys of rows that others refer to.
pub struct Fixture {
    /// The school they are of.
    pub school: School,
    /// Account of its administrator.
    pub admin: i64,
    /// Account of a parent.
    pub parent: i64,
    /// A teacher with an account.
    pub teacher: i64,
    /// A teacher without one.
    pub colleague: i64,
    /// A class that takes every subject here.
    pub class: i64,
    /// Its subjects.
    pub subjects: Vec<i64>,
    /// Name of one of them.
    pub subject_name: String,
    /// Its pupils.
    pub pupils: Vec<i64>,
    /// A report card without marks.
    pub card: i64,
    /// A register without marks.
    pub register: i64,
    /// A fee that was billed to nobody.
    pub fee: i64,
    /// Kind of another, which was billed to every pupil here.
    pub category: i64,
    /// A scholarship.
    pub scholarship: i64,
}

impl Fixture {
    /// Those of a new school.
    pub async fn of(app: &App) -> Self {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let names: Vec<String> = (0..SIZE).map(|n| format!("Subject {n:02}")).collect();
        let teacher = json!({"name": "Class teacher", "user": school.user(Role::Teacher)});
        let teacher = made(&admin, "teachers", &teacher).await;
        let class = json!({"name": "Age 15", "class_teacher_id": teacher, "subjects": names});
        let class = made(&admin, "classes", &class).await;
        let mut fixture = Self {
            admin: school.user(Role::SchoolAdmin),
            parent: school.user(Role::Parent),
            teacher,
            colleague: made(&admin, "teachers", &json!({"name": "Colleague"})).await,
            class,
            subjects: keys(&admin.get("/api/subjects/").await.expect(200)),
            subject_name: names[0].clone(),
            pupils: Vec::new(),
            card: 0,
            register: 0,
            fee: 0,
            category: 0,
            scholarship: 0,
            school,
        };
        for n in 0..SIZE {
            let mut pupil = bodies::student(&fixture, n);
            pupil["student_no"] = json!(format!("F{n:02}"));
            fixture.pupils.push(made(&admin, "students", &pupil).await);
        }
        let mut card = bodies::report(&fixture, 0);
        card["term"] = json!("Third Term");
        card["rows"] = json!([]);
        fixture.card = made(&admin, "reports", &card).await;
        let mut register = bodies::attendance_session(&fixture, 0);
        register["date"] = json!("2025-09-30");
        fixture.register = made(&admin, "attendance-sessions", &register).await;
        fixture.owe(&admin).await;
        fixture
    }

    /// Makes what bodies about money refer to.
    async fn owe(&mut self, admin: &Caller) {
        let scholarship = bodies::scholarship(self, 0);
        self.scholarship = made(admin, "scholarships", &scholarship).await;
        self.fee = made(admin, "fee-items", &bodies::fee_item(self, 0)).await;
        let billed =
            json!({"name": "Billed", "amount": "90.00", "session": "2024/2025", "term": TERM});
        let billed = admin.post("/api/fee-items/", &billed).await.expect(201);
        self.category = billed["category"].as_i64().unwrap();
        let run = json!({"session": "2024/2025", "term": TERM, "effective_date": "2024-09-02"});
        made(admin, "billing-runs", &run).await;
    }

    /// A value of a filter that the rows meet without showing it.
    pub fn hidden(&self, filter: &str) -> Value {
        match filter {
            "class_id" => json!(self.class),
            "session" => json!(SESSION),
            "term" => json!("Third Term"),
            "expired" => json!(false),
            "from" | "to" => json!("2026-03-10"),
            _ => panic!("rows of no collection are known to meet ?{filter}="),
        }
    }
}

async fn made(admin: &Caller, collection: &str, body: &Value) -> i64 {
    let row = admin.post(&format!("/api/{collection}/"), body).await;
    row.expect(201)["id"].as_i64().unwrap()
}

/// Keys of the rows of a page.
pub fn keys(page: &Value) -> Vec<i64> {
    let rows = page["results"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_i64().unwrap()).collect()
}
