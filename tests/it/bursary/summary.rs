//! What the books add up to, and that it is what pupils owe.

use chrono::{DateTime, Utc};
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::{SESSION, TERM, created};
use crate::harness::{App, Caller, PASSWORD, School};

const SECOND: &str = "Second Term";

/// Two pupils who were billed, one of whom has something taken off, and what they paid.
struct Books {
    school: School,
    bursar: Caller,
    pupils: Vec<Value>,
    run: Value,
}

impl Books {
    async fn of(app: &App) -> Self {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        let mut pupils = Vec::new();
        for name in ["Ada", "Ben"] {
            let pupil = json!({"student_no": name, "names": name, "gender": "Female"});
            pupils.push(created(&admin, "students", &pupil).await["id"].clone());
        }
        let fee = json!({"name": "Tuition", "amount": "500", "session": SESSION, "term": TERM});
        let fee = created(&bursar, "fee-items", &fee).await;
        let less = json!({"student": pupils[1], "fee_item": fee["id"], "discount_amount": "50"});
        created(&bursar, "student-fees", &less).await;
        let run = json!({"session": SESSION, "term": TERM, "effective_date": "2025-09-01"});
        let run = created(&bursar, "billing-runs", &run).await;
        Self {
            school,
            bursar,
            pupils,
            run,
        }
    }

    async fn pay(&self, pupil: usize, amount: &str, method: &str, on: &str) -> Value {
        let payment = json!({
            "student_id": self.pupils[pupil], "amount": amount, "method": method, "date": on, "session": SESSION, "term": TERM,
        });
        created(&self.bursar, "payments", &payment).await["id"].clone()
    }

    async fn spend(&self, amount: &str, category: &str, on: &str) -> Value {
        let expense = json!({
            "title": "Bought", "amount": amount, "category": category, "date": on, "session": SESSION, "term": TERM,
        });
        created(&self.bursar, "expenses", &expense).await["id"].clone()
    }

    async fn act(&self, path: &str, body: Value) {
        self.bursar
            .post(&format!("/api/{path}/"), &body)
            .await
            .expect(200);
    }

    async fn summary(&self, query: &str) -> Value {
        let path = format!("/api/bursary/summary/{query}");
        self.bursar.get(&path).await.expect(200)
    }

    /// The summary of everything, which must agree with the balances and with its own series.
    async fn reconciled(&self) -> Value {
        let whole = self.summary("").await;
        let balances = self.bursar.get("/api/balances/").await.expect(200);
        assert_eq!(whole["outstanding"], balances["totals"]);
        assert_eq!(whole["owed"], balances["totals"]["amount"]);
        // What was taken back since then counted on that day, and does when it is looked back to.
        let (then, owed) = (
            self.summary("?to=2025-12-31").await,
            self.bursar.get("/api/balances/?as_of=2025-12-31").await,
        );
        assert_eq!(then["owed"], owed.expect(200)["totals"]["amount"]);
        let term = "?session=2025%2F2026&term=First%20Term";
        let (part, open) = (
            self.summary(term).await,
            self.bursar.get(&format!("/api/balances/{term}")).await,
        );
        assert_eq!(part["outstanding"], open.expect(200)["totals"]);
        for by in ["day", "month"] {
            let series = self.summary(&format!("?by={by}")).await;
            for field in [
                "billed",
                "discounted",
                "credited",
                "collected",
                "refunded",
                "owed",
                "expenses",
                "net",
            ] {
                let steps = series["series"].as_array().unwrap().iter();
                let sum: i64 = steps.map(|step| minor(&step[field])).sum();
                assert_eq!(sum, minor(&whole[field]), "{by} {field}");
            }
        }
        whole
    }
}

fn minor(amount: &Value) -> i64 {
    let amount: bursary::Money = amount.as_str().unwrap().parse().unwrap();
    amount.minor()
}

/// Some fields of a row.
fn told<const N: usize>(row: &Value, fields: [&str; N]) -> [String; N] {
    fields.map(|field| row[field].as_str().unwrap().to_owned())
}

const MAIN: [&str; 6] = [
    "billed",
    "discounted",
    "collected",
    "refunded",
    "expenses",
    "net",
];

both! {
    async fn a_summary_tells_what_was_billed_received_and_spent(app: App) {
        let books = Books::of(&app).await;
        books.pay(0, "200", "cash", "2025-09-05").await;
        books.pay(1, "100", "transfer", "2025-09-20").await;
        books.pay(1, "30", "cash", "2025-10-01").await;
        books.spend("40", "supplies", "2025-09-20").await;
        books.spend("7", "salary", "2025-10-02").await;
        let whole = books.reconciled().await;
        assert_eq!(told(&whole, MAIN), ["1000.00", "50.00", "330.00", "0.00", "47.00", "283.00"]);
        assert_eq!(told(&whole["outstanding"], ["open", "credit", "amount"]), ["620.00", "0.00", "620.00"]);
        assert_eq!(whole["methods"], json!([
            {"method": "cash", "payments": 2, "collected": "230.00", "refunded": "0.00"},
            {"method": "transfer", "payments": 1, "collected": "100.00", "refunded": "0.00"},
            {"method": "pos", "payments": 0, "collected": "0.00", "refunded": "0.00"},
            {"method": "online", "payments": 0, "collected": "0.00", "refunded": "0.00"},
        ]));
        let spent: Vec<_> = whole["expense_categories"].as_array().unwrap().iter().map(|one| told(one, ["category", "amount"])).collect();
        let expected = [["salary", "7.00"], ["maintenance", "0.00"], ["supplies", "40.00"], ["utilities", "0.00"], ["other", "0.00"]];
        assert_eq!(spent, expected);
        let months: Vec<_> = whole["series"].as_array().unwrap().iter().map(|one| told(one, ["date", "collected", "net"])).collect();
        assert_eq!(months, [["2025-09-01", "300.00", "260.00"], ["2025-10-01", "30.00", "23.00"]]);
        let days = books.summary("?by=day").await;
        let days: Vec<_> = days["series"].as_array().unwrap().iter().map(|one| told(one, ["date", "billed", "collected"])).collect();
        assert_eq!(days, [
            ["2025-09-01", "1000.00", "0.00"], ["2025-09-05", "0.00", "200.00"], ["2025-09-20", "0.00", "100.00"],
            ["2025-10-01", "0.00", "30.00"], ["2025-10-02", "0.00", "0.00"],
        ]);
    }

    async fn what_was_voided_given_back_or_undone_counts_as_it_stands(app: App) {
        let books = Books::of(&app).await;
        let bounced = books.pay(0, "200", "cash", "2025-09-05").await;
        let kept = books.pay(0, "600", "pos", "2025-09-06").await;
        let (wrong, _) = (books.spend("40", "other", "2025-09-20").await, books.spend("1", "other", "2025-09-20").await);
        books.reconciled().await;
        books.act(&format!("payments/{bounced}/void"), json!({"reason": "Bounced."})).await;
        books.act(&format!("expenses/{wrong}/void"), json!({"reason": "Twice."})).await;
        let voided = books.reconciled().await;
        assert_eq!(told(&voided, MAIN), ["1000.00", "50.00", "600.00", "0.00", "1.00", "599.00"]);
        books.act(&format!("payments/{kept}/refund"), json!({"amount": "600", "reason": "Left."})).await;
        let refunded = books.reconciled().await;
        assert_eq!(told(&refunded, MAIN), ["1000.00", "50.00", "600.00", "600.00", "1.00", "-1.00"]);
        assert_eq!(refunded["methods"][2], json!({"method": "pos", "payments": 1, "collected": "600.00", "refunded": "600.00"}));
        let credit = json!({
            "student": books.pupils[1], "kind": "credit", "amount": "10", "description": "Won a prize.", "session": SESSION, "term": TERM,
        });
        created(&books.bursar, "ledger-entries", &credit).await;
        assert_eq!(books.reconciled().await["credited"], "10.00");
        let credit = books.bursar.get("/api/ledger-entries/?kind=credit").await.expect(200)["results"][0]["id"].clone();
        books.act(&format!("ledger-entries/{credit}/reverse"), json!({"reason": "It was another's."})).await;
        books.act(&format!("billing-runs/{}/undo", books.run["id"]), json!({"reason": "Wrong fees."})).await;
        let undone = books.reconciled().await;
        assert_eq!(told(&undone, MAIN), ["0.00", "0.00", "600.00", "600.00", "1.00", "-1.00"]);
        assert_eq!(undone["outstanding"]["amount"], "0.00");
    }

    async fn a_summary_is_of_the_days_and_the_term_asked_for(app: App) {
        let books = Books::of(&app).await;
        books.pay(0, "200", "cash", "2025-09-05").await;
        books.spend("40", "other", "2025-09-20").await;
        let days = books.summary("?from=2025-09-05&to=2025-09-19").await;
        assert_eq!(told(&days, MAIN), ["0.00", "0.00", "200.00", "0.00", "0.00", "200.00"]);
        let then = books.bursar.get("/api/balances/?as_of=2025-09-19").await.expect(200);
        assert_eq!((&days["outstanding"], &days["from"], &days["to"]), (&then["totals"], &json!("2025-09-05"), &json!("2025-09-19")));
        assert_eq!(books.summary("?to=2025-08-31").await["outstanding"]["amount"], "0.00");
        let run = json!({"session": SESSION, "term": SECOND, "effective_date": "2026-01-12"});
        created(&books.bursar, "billing-runs", &run).await;
        books.reconciled().await;
        let first = books.summary("?term=First%20Term").await;
        assert_eq!(told(&first, ["billed", "carried_forward", "owed", "expenses"]), ["1000.00", "-750.00", "0.00", "40.00"]);
        let second = books.summary("?term=Second%20Term").await;
        assert_eq!(told(&second, ["billed", "carried_forward", "owed", "expenses"]), ["0.00", "750.00", "750.00", "0.00"]);
        assert_eq!(second["outstanding"]["open"], "750.00");
    }

    async fn an_expense_that_waits_is_not_spent_yet(app: App) {
        let books = Books::of(&app).await;
        let admin = books.school.as_(Role::SchoolAdmin);
        admin.patch("/api/settings/", &json!({"expense_approval_limit": "100"})).await.expect(200);
        let waits = books.spend("101", "salary", "2025-09-30").await;
        assert_eq!(books.reconciled().await["expenses"], "0.00");
        admin.post(&format!("/api/expenses/{waits}/approve/"), &json!({})).await.expect(200);
        assert_eq!(books.reconciled().await["expenses"], "101.00");
    }

    async fn the_last_day_is_the_schools_own(app: App) {
        let books = Books::of(&app).await;
        let charge = json!({
            "student": books.pupils[0], "kind": "charge", "amount": "5", "description": "A window.", "session": SESSION, "term": TERM,
            "effective_date": "2031-02-04",
        });
        created(&books.bursar, "ledger-entries", &charge).await;
        // 22:50 and 23:10 in UTC are ten minutes before and after midnight in Lagos.
        for (at, billed) in [("2031-02-03T22:50:00Z", "1000.00"), ("2031-02-03T23:10:00Z", "1005.00")] {
            let at: DateTime<Utc> = at.parse().unwrap();
            let gateway = app.another(&[("TERMBOOK_ACCESS_MINUTES", "1440")], Clock::by(move || at));
            let bursar = gateway.anonymous().signed_in("bursar", PASSWORD, Some(&books.school.domain));
            assert_eq!(bursar.get("/api/bursary/summary/").await.expect(200)["billed"], billed);
        }
    }

    async fn a_summary_takes_three_statements_and_none_when_it_is_known(app: App) {
        let books = Books::of(&app).await;
        for day in 1..=5 {
            books.pay(0, "10", "cash", &format!("2025-09-0{day}")).await;
        }
        let cold = books.bursar.get("/api/bursary/summary/?by=day").await;
        let warm = books.bursar.get("/api/bursary/summary/?by=day").await;
        assert_eq!((cold.statements(), warm.statements(), warm.cache()), (3, 0, Some("hit")));
        assert_eq!(cold.expect(200), warm.expect(200));
    }

    async fn nobody_but_the_bursary_reads_the_books(app: App) {
        let books = Books::of(&app).await;
        for role in [Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            books.school.as_(role).get("/api/bursary/summary/").await.problem(403, "permission_denied");
        }
        assert_eq!(books.school.as_(Role::SchoolAdmin).get("/api/bursary/summary/").await.expect(200)["billed"], "1000.00");
        assert_eq!(app.school().await.as_(Role::Bursar).get("/api/bursary/summary/").await.expect(200)["billed"], "0.00");
        let bad = books.bursar.get("/api/bursary/summary/?by=year&from=2026-01-02&to=2026-01-01&page=1").await;
        assert_eq!(bad.field_errors().keys().collect::<Vec<_>>(), ["by", "page", "to"]);
    }
}
