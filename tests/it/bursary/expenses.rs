//! Expenses: recorded, approved by somebody else above the school's limit, voided, and never edited away.

use chrono::{DateTime, Utc};
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use crate::harness::School;

const EXPENSES: &str = "/api/expenses/";

fn chalk(amount: &Value) -> Value {
    json!({"title": "Chalk", "amount": amount, "category": "supplies", "session": "2025/2026", "term": "First Term"})
}

fn at(expense: &Value, action: &str) -> String {
    format!("{EXPENSES}{}/{action}", expense["id"])
}

async fn limit(school: &School, limit: Value) {
    let settings = json!({"expense_approval_limit": limit});
    let admin = school.as_(Role::SchoolAdmin);
    admin.patch("/api/settings/", &settings).await.expect(200);
}

both! {
    async fn an_expense_without_a_day_is_of_today_where_the_school_is(app: App) {
        let school = app.school().await;
        // 23:30 in UTC is half past midnight in Lagos.
        let late: DateTime<Utc> = "2031-02-03T23:30:00Z".parse().unwrap();
        let gateway = app.another(&[("TERMBOOK_ACCESS_MINUTES", "1440")], Clock::by(move || late));
        let bursar = gateway.anonymous().signed_in("bursar", crate::harness::PASSWORD, Some(&school.domain));
        let made = bursar.post(EXPENSES, &chalk(&json!("1250.5"))).await.expect(201);
        assert_eq!((&made["date"], &made["amount"]), (&json!("2031-02-04"), &json!("1250.50")));
        assert_eq!((&made["recorded_by"], &made["recorded_by_name"]), (&json!(school.user(Role::Bursar)), &json!("BURSAR")));
        assert_eq!((&made["status"], &made["approved_by"]), (&json!("approved"), &Value::Null));
    }

    async fn above_the_limit_an_expense_waits_for_another_administrator(app: App) {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        limit(&school, json!("100.00")).await;
        let at_it = bursar.post(EXPENSES, &chalk(&json!(100))).await.expect(201);
        assert_eq!(at_it["status"], "approved");
        let above = bursar.post(EXPENSES, &chalk(&json!("100.01"))).await.expect(201);
        assert_eq!(above["status"], "pending");
        bursar.post(&at(&above, "approve/"), &json!({})).await.problem(403, "permission_denied");
        let approved = admin.post(&at(&above, "approve/"), &json!({})).await.expect(200);
        assert_eq!((&approved["status"], &approved["approved_by"]), (&json!("approved"), &json!(school.user(Role::SchoolAdmin))));
        assert_eq!(admin.post(&at(&above, "approve/"), &json!({})).await.expect(200), approved);
        let own = admin.post(EXPENSES, &chalk(&json!(500))).await.expect(201);
        let problem = admin.post(&at(&own, "approve/"), &json!({})).await.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("somebody else"), "{problem}");
        assert_eq!(admin.get(&at(&own, "")).await.expect(200)["status"], "pending");
        let waiting = bursar.get("/api/expenses/?status=pending").await.expect(200);
        assert_eq!((&waiting["count"], &waiting["results"][0]["id"]), (&json!(1), &own["id"]));
        limit(&school, Value::Null).await;
        assert_eq!(bursar.post(EXPENSES, &chalk(&json!("9999999"))).await.expect(201)["status"], "approved");
    }

    async fn a_limit_is_no_less_than_nothing(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        let errors = admin.patch("/api/settings/", &json!({"expense_approval_limit": -1})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["expense_approval_limit"]);
        limit(&school, json!(0)).await;
        let least = school.as_(Role::Bursar).post(EXPENSES, &chalk(&json!("0.01"))).await;
        assert_eq!(least.expect(201)["status"], "pending");
    }

    async fn a_voided_expense_stays_with_its_reason_and_never_changes_again(app: App) {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        let made = bursar.post(EXPENSES, &chalk(&json!(70))).await.expect(201);
        assert_eq!(bursar.post(&at(&made, "void/"), &json!({})).await.field_errors().keys().collect::<Vec<_>>(), ["reason"]);
        let voided = bursar.post(&at(&made, "void/"), &json!({"reason": "Booked twice"})).await.expect(200);
        assert_eq!((&voided["status"], &voided["void_reason"], &voided["amount"]), (&json!("voided"), &json!("Booked twice"), &json!("70.00")));
        assert_eq!(voided["voided_by"], school.user(Role::Bursar));
        assert_eq!(bursar.get(&at(&made, "")).await.expect(200), voided);
        bursar.post(&at(&made, "void/"), &json!({"reason": "Again"})).await.problem(409, "conflict");
        bursar.delete(&at(&made, "")).await.problem(409, "conflict");
        admin.post(&at(&made, "approve/"), &json!({})).await.problem(409, "conflict");
        bursar.patch(&at(&made, ""), &json!({"title": "Paper"})).await.problem(409, "conflict");
        bursar.patch(&at(&made, ""), &json!({})).await.expect(200);
    }

    async fn amount_and_day_stay_and_the_words_may_be_put_right(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let made = bursar.post(EXPENSES, &chalk(&json!(70))).await.expect(201);
        for change in [json!({"amount": 7}), json!({"date": "2020-01-01"})] {
            bursar.patch(&at(&made, ""), &change).await.problem(409, "conflict");
        }
        let changed = bursar.patch(&at(&made, ""), &json!({"title": "Paper", "category": "other", "date": ""})).await.expect(200);
        assert_eq!((&changed["title"], &changed["category"], &changed["date"]), (&json!("Paper"), &json!("other"), &made["date"]));
    }

    async fn an_amount_is_exact_and_above_zero_or_a_field_error(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        for amount in [json!(0), json!(-5), json!("1.234"), json!("NaN"), json!("99999999999999999999"), json!(null)] {
            let errors = bursar.post(EXPENSES, &chalk(&amount)).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["amount"], "{amount}");
        }
        assert_eq!(bursar.get(EXPENSES).await.expect(200)["count"], 0);
    }

    async fn only_those_who_keep_the_money_see_what_is_spent(app: App) {
        let school = app.school().await;
        for role in [Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            school.as_(role).get(EXPENSES).await.problem(403, "permission_denied");
            school.as_(role).post(EXPENSES, &chalk(&json!(1))).await.problem(403, "permission_denied");
        }
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        operator.get(EXPENSES).await.expect(200);
        operator.post(EXPENSES, &chalk(&json!(1))).await.problem(403, "permission_denied");
    }
}
