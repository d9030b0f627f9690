//! Classes, pupils, and the marks on their report cards.

mod attendance;
mod broadsheet;
mod cells;
mod classes;
mod enrolments;
mod events;
mod feed;
mod feed_reader;
mod locking;
mod marking;
mod merging;
mod policies;
mod promotion;
mod publishing;
mod pupils;
mod ranking;
mod recompute;
mod recurrence;
mod reliance;
mod reports;
mod teachers;
mod versions;
mod writers;

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use crate::harness::{App, Caller, School};

const REPORTS: &str = "/api/reports/";
const SCORES: &str = "/api/scores/";
const SESSION: &str = "2025/2026";
const TERM: &str = "First Term";

/// A row that must come to be.
async fn created(admin: &Caller, collection: &str, body: &Value) -> Value {
    admin
        .post(&format!("/api/{collection}/"), body)
        .await
        .expect(201)
}

/// Path of a row.
fn at(collection: &str, row: &Value) -> String {
    format!("/api/{collection}/{}/", row["id"])
}

/// The row as it is now.
async fn read(caller: &Caller, collection: &str, row: &Value) -> Value {
    caller.get(&at(collection, row)).await.expect(200)
}

/// Every row somebody sees of a collection, in the order of their keys.
async fn seen(caller: &Caller, collection: &str) -> Vec<Value> {
    let path = format!("/api/{collection}/?ordering=id&page_size=200");
    let page = caller.get(&path).await.expect(200);
    page["results"].as_array().unwrap().clone()
}

/// A class whose teacher has an account, its pupils, and whoever writes about them.
struct Room {
    school: School,
    admin: Caller,
    teacher: Caller,
    class: Value,
    pupils: Vec<Value>,
}

impl Room {
    /// A class that takes `subjects`.
    async fn of(app: &App, subjects: &[&str], pupils: usize) -> Self {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let teacher = json!({"name": "Class teacher", "user": school.user(Role::Teacher)});
        let teacher = created(&admin, "teachers", &teacher).await;
        let class =
            json!({"name": "Age 15", "class_teacher_id": teacher["id"], "subjects": subjects});
        let class = created(&admin, "classes", &class).await;
        let mut room = Self {
            teacher: school.as_(Role::Teacher),
            school,
            admin,
            class,
            pupils: Vec::new(),
        };
        for number in 0..pupils {
            let pupil = room.pupil(&format!("S-{number}")).await;
            room.pupils.push(pupil);
        }
        room
    }

    /// One more pupil of the class.
    async fn pupil(&self, number: &str) -> Value {
        let body = json!({"student_no": number, "names": number, "gender": "Male", "class_id": self.class["id"]});
        created(&self.admin, "students", &body).await
    }

    /// The body of a card of one pupil with `rows`.
    fn body(&self, pupil: usize, rows: &Value) -> Value {
        json!({
            "student_id": self.pupils[pupil]["id"], "class_id": self.class["id"],
            "session": SESSION, "term": TERM, "rows": rows,
        })
    }

    /// The card that it makes.
    async fn card(&self, pupil: usize, rows: &Value) -> Value {
        created(&self.admin, "reports", &self.body(pupil, rows)).await
    }

    /// Publishes a card, or takes it back.
    async fn publish(&self, act: &str, card: &Value) {
        let body = json!({"ids": [card["id"]]});
        let done = self
            .admin
            .post(&format!("{REPORTS}{act}/"), &body)
            .await
            .expect(200);
        assert_eq!(done["ids"], body["ids"]);
    }
}

/// The row of a subject on a card.
fn row<'a>(card: &'a Value, subject: &str) -> &'a Value {
    let rows = card["rows"].as_array().unwrap();
    rows.iter()
        .find(|row| row["subject"] == subject)
        .unwrap_or_else(|| panic!("no {subject} on {card}"))
}

/// A mark in hundredths; none for null.
fn hundredths(mark: &Value) -> Option<i64> {
    let mark = mark.as_f64()? * 100.0;
    format!("{mark:.0}").parse().ok()
}
