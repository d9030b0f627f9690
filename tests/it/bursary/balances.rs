//! What every pupil owes, and for how long.

use chrono::{Days, NaiveDate};
use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{SESSION, TERM, created};
use crate::harness::{App, Caller, School};

/// Ada owes much, Ben little, Cem has a credit, and Dan neither owes nor has anything.
struct Accounts {
    school: School,
    bursar: Caller,
    classes: [Value; 2],
    categories: [Value; 2],
    pupils: Vec<Value>,
}

impl Accounts {
    async fn of(app: &App) -> Self {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        let (mut classes, mut categories, mut pupils) = (Vec::new(), Vec::new(), Vec::new());
        for name in ["Age 15", "Age 16"] {
            classes.push(created(&admin, "classes", &json!({"name": name})).await["id"].clone());
        }
        for name in ["Tuition", "Bus"] {
            categories.push(
                created(&bursar, "fee-categories", &json!({"name": name})).await["id"].clone(),
            );
        }
        for (n, name) in ["Ada", "Ben", "Cem", "Dan"].into_iter().enumerate() {
            let pupil = json!({"student_no": name, "names": name, "gender": "Male", "class_id": classes[n % 2]});
            pupils.push(created(&admin, "students", &pupil).await["id"].clone());
        }
        Self {
            school,
            bursar,
            classes: classes.try_into().unwrap(),
            categories: categories.try_into().unwrap(),
            pupils,
        }
    }

    async fn post(&self, pupil: usize, kind: &str, amount: &str, more: Value) -> Value {
        let mut body = json!({
            "student": self.pupils[pupil], "kind": kind, "amount": amount, "description": "As agreed.",
            "session": SESSION, "term": TERM,
        });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        created(&self.bursar, "ledger-entries", &body).await
    }

    async fn filled(app: &App) -> Self {
        let accounts = Self::of(app).await;
        let [tuition, bus] = accounts.categories.clone();
        accounts
            .post(
                0,
                "charge",
                "500",
                json!({"category": tuition, "effective_date": "2025-09-01"}),
            )
            .await;
        accounts
            .post(
                0,
                "charge",
                "80",
                json!({"category": bus, "effective_date": "2025-09-15", "term": "Second Term"}),
            )
            .await;
        accounts
            .post(0, "credit", "100", json!({"effective_date": "2025-10-01"}))
            .await;
        accounts
            .post(
                1,
                "charge",
                "30",
                json!({"category": bus, "effective_date": "2025-09-01"}),
            )
            .await;
        accounts
            .post(2, "credit", "70", json!({"effective_date": "2025-09-01"}))
            .await;
        accounts
    }

    async fn balances(&self, query: &str) -> Value {
        self.bursar
            .get(&format!("/api/balances/{query}"))
            .await
            .expect(200)
    }

    async fn debtors(&self, query: &str) -> Value {
        self.bursar
            .get(&format!("/api/debtors/{query}"))
            .await
            .expect(200)
    }
}

/// Name and amount of each row.
fn told(page: &Value) -> Vec<(String, String)> {
    let rows = page["results"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["student_name"]), text(&row["amount"])))
        .collect()
}

fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .map(|(name, amount)| ((*name).to_owned(), (*amount).to_owned()))
        .collect()
}

both! {
    async fn balances_come_with_the_sums_of_everybody_whatever_the_page(app: App) {
        let accounts = Accounts::filled(&app).await;
        let page = accounts.balances("").await;
        assert_eq!(told(&page), rows(&[("Ada", "480.00"), ("Ben", "30.00"), ("Cem", "-70.00")]));
        let totals = json!({"open": "510.00", "credit": "70.00", "amount": "440.00"});
        assert_eq!((&page["totals"], &page["count"], &page["next"]), (&totals, &json!(3), &Value::Null));
        let one = accounts.balances("?page_size=1&ordering=amount").await;
        assert_eq!((told(&one), &one["totals"], &one["total_pages"]), (rows(&[("Cem", "-70.00")]), &totals, &json!(3)));
        let next = one["next"].as_str().unwrap();
        let next = accounts.bursar.get(&next[next.find("/api/").unwrap()..]).await.expect(200);
        assert_eq!((told(&next), &next["current_page"]), (rows(&[("Ben", "30.00")]), &json!(2)));
        let beyond = accounts.bursar.get("/api/balances/?page=9").await.problem(404, "not_found");
        assert_eq!(beyond["detail"], "Invalid page.");
        assert_eq!(accounts.balances("?class_id=999999999").await["totals"]["amount"], "0.00");
    }

    async fn balances_are_asked_by_class_category_term_and_who_owes(app: App) {
        let accounts = Accounts::filled(&app).await;
        let [tuition, bus] = accounts.categories.clone();
        for (query, expected) in [
            ("?owing=true".to_owned(), rows(&[("Ada", "480.00"), ("Ben", "30.00")])),
            ("?owing=false".to_owned(), rows(&[("Cem", "-70.00")])),
            (format!("?class_id={}", accounts.classes[0]), rows(&[("Ada", "480.00"), ("Cem", "-70.00")])),
            (format!("?category={tuition}"), rows(&[("Ada", "400.00")])),
            (format!("?category={bus}"), rows(&[("Ada", "80.00"), ("Ben", "30.00")])),
            ("?term=Second%20Term".to_owned(), rows(&[("Ada", "80.00")])),
            ("?session=2024%2F2025".to_owned(), rows(&[])),
            ("?ordering=student_name&owing=true".to_owned(), rows(&[("Ada", "480.00"), ("Ben", "30.00")])),
            ("?as_of=2025-09-30".to_owned(), rows(&[("Ada", "580.00"), ("Ben", "30.00"), ("Cem", "-70.00")])),
            ("?as_of=2025-09-01".to_owned(), rows(&[("Ada", "500.00"), ("Ben", "30.00"), ("Cem", "-70.00")])),
            ("?as_of=2025-08-31".to_owned(), rows(&[])),
        ] {
            assert_eq!(told(&accounts.balances(&query).await), expected, "{query}");
        }
    }

    async fn debts_age_from_the_day_they_were_due(app: App) {
        let accounts = Accounts::of(&app).await;
        let as_of: NaiveDate = "2026-06-30".parse().unwrap();
        for (late, amount) in [(0, "1"), (1, "2"), (30, "4"), (31, "8"), (60, "16"), (61, "32"), (90, "64"), (91, "128")] {
            let due = as_of - Days::new(late);
            let dates = json!({"effective_date": "2026-01-01", "due_date": due});
            accounts.post(0, "charge", amount, dates).await;
        }
        accounts.post(1, "credit", "5", json!({"effective_date": "2026-01-01"})).await;
        let page = accounts.debtors(&format!("?as_of={as_of}")).await;
        let ages = json!({
            "current": "1.00", "days_1_30": "6.00", "days_31_60": "24.00", "days_61_90": "96.00", "over_90": "128.00",
            "credit": "0.00", "amount": "255.00",
        });
        assert_eq!((&page["totals"], &page["count"]), (&ages, &json!(1)));
        for (age, amount) in ages.as_object().unwrap() {
            assert_eq!(page["results"][0][age], *amount, "{age}");
        }
        // A credit that came later settles the oldest first.
        accounts.post(0, "credit", "130", json!({"effective_date": "2026-06-01"})).await;
        let now = accounts.debtors("?as_of=2031-01-01").await;
        assert_eq!((&now["totals"]["over_90"], &now["totals"]["amount"]), (&json!("125.00"), &json!("125.00")));
    }

    async fn what_was_paid_since_is_no_debt_and_each_answer_takes_two_statements(app: App) {
        let accounts = Accounts::filled(&app).await;
        assert_eq!(told(&accounts.debtors("").await), rows(&[("Ada", "480.00"), ("Ben", "30.00")]));
        let paid = json!({"student_id": accounts.pupils[0], "amount": "480", "session": SESSION, "term": TERM});
        created(&accounts.bursar, "payments", &paid).await;
        for path in ["/api/debtors/", "/api/balances/?owing=true"] {
            let cold = accounts.bursar.get(path).await;
            assert_eq!(told(&cold.expect(200)), rows(&[("Ben", "30.00")]));
            let warm = accounts.bursar.get(path).await;
            assert_eq!((cold.statements(), warm.statements(), warm.cache()), (2, 0, Some("hit")), "{path}");
        }
    }

    async fn nobody_but_the_bursary_reads_what_others_owe(app: App) {
        let accounts = Accounts::of(&app).await;
        for role in [Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            for path in ["/api/balances/", "/api/debtors/"] {
                accounts.school.as_(role).get(path).await.problem(403, "permission_denied");
            }
        }
        let bad = accounts.bursar.get("/api/balances/?owing=perhaps&ordering=size&class_id=x&nonsense=1").await;
        assert_eq!(bad.field_errors().keys().collect::<Vec<_>>(), ["class_id", "nonsense", "ordering", "owing"]);
        let bad = accounts.bursar.get("/api/debtors/?owing=true").await;
        assert_eq!(bad.field_errors().keys().collect::<Vec<_>>(), ["owing"]);
    }
}
