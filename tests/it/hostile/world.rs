//! A school whose rows are made as they are needed, each by the body that a client would send.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{Days, NaiveDate};
use reqwest::Method;
use resource::tenant_guard::Role;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::document::Operation;
use crate::harness::{App, Caller, Paystack, School};

/// Good for any account.
pub const NEW_PASSWORD: &str = "violet-harbour-lantern";

pub struct World {
    pub school: School,
    admin: Caller,
    operator: Caller,
    anonymous: Caller,
    made: AtomicU32,
    room: OnceCell<i64>,
}

impl World {
    pub async fn open(app: &App) -> Self {
        let school = app.school().await;
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        let world = Self {
            admin: school.as_(Role::SchoolAdmin),
            anonymous: app.anonymous().with("X-Tenant-ID", &school.domain),
            operator,
            school,
            made: AtomicU32::new(0),
            room: OnceCell::new(),
        };
        // Signing in is itself a write, and must not be taken for another.
        world.admin.token().await;
        world.operator.token().await;
        world
    }

    /// Someone who may call an operation.
    pub fn caller(&self, operation: &Operation) -> &Caller {
        match operation.collection() {
            "schools" | "users/impersonate" => &self.operator,
            "schools/register" | "token" | "token/refresh" | "token/logout" => &self.anonymous,
            _ => &self.admin,
        }
    }

    fn next(&self) -> u32 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }

    /// Key of the class that every pupil is in.
    async fn room(&self) -> i64 {
        *self.room.get_or_init(|| self.fresh("classes")).await
    }

    /// A day of its own, long past.
    fn day(&self) -> NaiveDate {
        let last = NaiveDate::from_ymd_opt(2025, 9, 30).unwrap();
        last - Days::new(self.next().into())
    }

    /// Key of a new row.
    pub async fn fresh(&self, collection: &str) -> i64 {
        if collection == "schools" {
            return self.school.id;
        }
        if collection == "activity-logs" {
            Box::pin(self.fresh("subjects")).await;
            let trail = self.admin.get("/api/activity-logs/").await.expect(200);
            return trail["results"][0]["id"].as_i64().unwrap();
        }
        let body = Box::pin(self.body(collection)).await;
        let made = self.admin.post(&format!("/api/{collection}/"), &body).await;
        made.expect(201)["id"].as_i64().unwrap()
    }

    /// The path of an operation, at a row of its own where it is of one, with what it must be asked.
    pub async fn address(&self, operation: &Operation) -> String {
        if operation.collection().starts_with("events/feed") {
            let feed = self.admin.post("/api/events/feed/", &json!({})).await;
            let url = feed.expect(201)["url"].to_string();
            let secret = url.rsplit('/').next().unwrap().split('.').next().unwrap();
            return operation.path.replace("{secret}", secret);
        }
        if operation.collection().starts_with("receipts") {
            let payment = self.fresh("payments").await;
            let payment = self
                .admin
                .get(&format!("/api/payments/{payment}/"))
                .await
                .expect(200);
            let reference = payment["reference"].as_str().unwrap();
            let receipt = format!("/api/receipts/{reference}/");
            if operation.path.contains("{reference}") {
                return receipt;
            }
            let receipt = self.admin.get(&receipt).await.expect(200);
            let url = receipt["verification_url"].as_str().unwrap();
            return url[url.find("/api/").unwrap()..].to_owned();
        }
        if !operation.is_of_a_row() {
            return match operation.collection() {
                "attendance/summary" => format!("{}?class={}", operation.path, self.room().await),
                "broadsheet" => {
                    let sheet = "session=2025%2F2026&term=First%20Term";
                    format!("{}?class={}&{sheet}", operation.path, self.room().await)
                }
                "events/occurrences" => {
                    format!("{}?from=2026-03-01&to=2026-03-31", operation.path)
                }
                "students/promotion-preview" => {
                    format!("{0}?class_id={1}&to={1}", operation.path, self.room().await)
                }
                "stream" => format!("{}?wait=false", operation.path),
                "attendance/missing" => format!("{}?date={}", operation.path, self.day()),
                _ => operation.path.clone(),
            };
        }
        let id = self.fresh(operation.collection()).await;
        let path = operation.path.replace("{id}", &id.to_string());
        if path.contains("{subject}") {
            let subject = self.fresh("subjects").await;
            let path = path.replace("{subject}", &subject.to_string());
            self.admin.patch(&path, &json!({})).await.expect(200);
            return path;
        }
        if path.contains("{version}") {
            let card = json!({"ids": [id]});
            let publish = "/api/reports/publish/";
            self.admin.post(publish, &card).await.expect(200);
            return path.replace("{version}", "1");
        }
        path
    }

    /// A body that an operation takes.
    pub async fn base(&self, operation: &Operation) -> Value {
        if operation.path.contains("{subject}") {
            return json!({});
        }
        let sent_once = operation.collection() == "messages" && operation.is_of_a_row();
        if operation.method == Method::PATCH && operation.collection() == "attendance" {
            return json!({"records": self.marked().await});
        }
        if operation.method == Method::PATCH || sent_once {
            return json!({});
        }
        if operation.path.ends_with("{id}/refund/") {
            return json!({"amount": "1.00", "reason": "Left the school"});
        }
        if ["/undo/", "/reverse/"]
            .iter()
            .any(|end| operation.path.ends_with(end))
        {
            return json!({"reason": "A mistake."});
        }
        if operation.path.ends_with("{id}/subscription/") {
            return json!({"plan_name": "Whole"});
        }
        if operation.path.ends_with("{id}/void/") {
            return json!({"reason": "Written down twice"});
        }
        self.body(operation.collection()).await
    }

    async fn body(&self, collection: &str) -> Value {
        let n = self.next();
        match collection {
            "token" => json!({"username": "teacher", "password": "not-this-one"}),
            "token/refresh" | "token/logout" => json!({"refresh": "never.was.one"}),
            "users" => {
                json!({"username": format!("user-{n}"), "role": "PARENT", "password": NEW_PASSWORD})
            }
            "users/me/password" => {
                json!({"old_password": "not-this-one", "new_password": NEW_PASSWORD})
            }
            "users/impersonate" => json!({"user_id": self.school.user(Role::Teacher)}),
            "guardianships" => {
                json!({"user": self.school.user(Role::Parent), "student": self.fresh("students").await})
            }
            "settings" => json!({"school_tagline": format!("Line {n}")}),
            "schools" | "schools/register" => json!({
                "name": "Another", "domain": format!("{}-{n}", self.school.domain),
                "administrator": {"email": "head@another.test", "name": "Head", "password": NEW_PASSWORD},
            }),
            "students/bulk-promote" => {
                let (pupil, class) = (self.fresh("students").await, self.fresh("classes").await);
                json!({"promotions": {pupil.to_string(): class}})
            }
            "students" => {
                json!({"student_no": format!("{n}"), "names": "Pupil", "gender": "Female", "class_id": self.room().await})
            }
            "fee-items" | "fees" => {
                json!({"name": format!("Fee {n}"), "amount": "10.00", "session": "2025/2026", "term": "First Term"})
            }
            "expenses" => json!({
                "title": format!("Expense {n}"), "amount": "10.00", "category": "other", "session": "2025/2026", "term": "First Term",
            }),
            "payments" | "payments/initialise" | "payments/verify-online" => {
                self.body_of_money(collection).await
            }
            "events" => json!({"title": format!("Event {n}"), "start_date": "2026-03-20"}),
            _ => self.body_of_letters(collection).await,
        }
    }

    async fn body_of_money(&self, collection: &str) -> Value {
        let pupil = self.fresh("students").await;
        let (session, term) = ("2025/2026", "First Term");
        match collection {
            "payments/initialise" => {
                json!({"student_id": pupil, "amount": "10.00", "session": session, "term": term})
            }
            "payments/verify-online" => {
                let online = json!({"student_id": pupil, "amount": "10.00", "session": session, "term": term});
                let begun = self
                    .admin
                    .post("/api/payments/initialise/", &online)
                    .await
                    .expect(201);
                Paystack::shared().pay(begun["reference"].as_str().unwrap());
                json!({"reference": begun["reference"], "student_id": pupil, "amount": "10.00"})
            }
            _ => json!({
                "student_id": pupil, "amount": "10.00", "session": session, "term": term,
                "lineItems": [{"purpose": "Tuition", "amount": "10.00"}],
            }),
        }
    }

    async fn body_of_letters(&self, collection: &str) -> Value {
        match collection {
            "messages" => {
                json!({"recipient": self.school.user(Role::Teacher), "body": "Good morning"})
            }
            "messages/group" => json!({"to": {"all_teachers": true}, "body": "Good morning"}),
            "announcements" => {
                json!({"title": format!("Announcement {}", self.next()), "content": "Good morning"})
            }
            "newsletters" => json!({"title": format!("Newsletter {}", self.next())}),
            _ => self.body_of_marks(collection).await,
        }
    }

    async fn body_of_marks(&self, collection: &str) -> Value {
        match collection {
            "reports" => json!({
                "student_id": self.fresh("students").await, "class_id": self.fresh("classes").await,
                "session": "2025/2026", "term": "First Term",
            }),
            "grading-scales" => json!({
                "name": format!("Scale {}", self.next()), "is_active": true,
                "bands": [{"min": 0, "max": 100, "letter": "P"}],
            }),
            "reports/publish" | "reports/recompute" | "reports/unpublish" => json!({
                "class_id": self.fresh("classes").await, "session": "2025/2026", "term": "First Term",
            }),
            "scores" => {
                json!({"report_card": self.fresh("reports").await, "subject": self.fresh("subjects").await})
            }
            "subject-teachers" | "subject_teachers" => json!({
                "teacher": self.fresh("teachers").await, "class": self.fresh("classes").await,
                "subject": self.fresh("subjects").await,
            }),
            _ => self.body_of_registers(collection).await,
        }
    }

    /// Lines of a register.
    async fn marked(&self) -> Value {
        json!([{"student_id": self.fresh("students").await, "status": "late"}])
    }

    async fn body_of_registers(&self, collection: &str) -> Value {
        let (session, term) = ("2025/2026", "First Term");
        match collection {
            "attendance-sessions" => {
                json!({"date": self.day(), "student_class": self.room().await, "session": session, "term": term})
            }
            "attendance-records" => json!({
                "attendance_session": self.fresh("attendance-sessions").await,
                "student": self.fresh("students").await, "status": "present",
            }),
            "attendance" => json!({
                "date": self.day(), "class_id": self.room().await, "session": session, "term": term,
                "records": self.marked().await,
            }),
            _ => self.body_of_accounts(collection).await,
        }
    }

    async fn body_of_accounts(&self, collection: &str) -> Value {
        let (session, term) = ("2025/2026", "First Term");
        match collection {
            "scholarships" => {
                json!({"name": "Merit", "benefit_type": "percentage", "value": "12.50"})
            }
            "student-fees" => {
                json!({"student": self.fresh("students").await, "fee_item": self.fresh("fee-items").await})
            }
            "ledger-entries" => json!({
                "student": self.fresh("students").await, "kind": "charge", "amount": "10.00",
                "description": "A broken window.", "session": session, "term": term,
            }),
            "late-fees" | "late-fees/preview" => {
                let rule = json!({"late_fee_kind": "fixed", "late_fee_value": "5.00"});
                self.admin.patch("/api/settings/", &rule).await.expect(200);
                json!({"session": session, "term": term})
            }
            "payment-plans" => {
                let charge = self.fresh("ledger-entries").await;
                let path = format!("/api/ledger-entries/{charge}/");
                let charge = self.admin.get(&path).await.expect(200);
                json!({
                    "student": charge["student"], "session": session, "term": term,
                    "parts": [{"due_date": "2026-03-20", "amount": "10.00"}],
                })
            }
            "billing-runs" | "billing-runs/preview" => json!({"session": session, "term": term}),
            // One that takes more says so here: making a row of it fails until it does.
            _ => json!({"name": format!("Name {}", self.next())}),
        }
    }
}
