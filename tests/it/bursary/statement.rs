//! "Why do I owe this?": the statement of a pupil's account.

use chrono::{DateTime, Utc};
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::{SESSION, TERM, created, owed};
use crate::harness::{App, Caller, PASSWORD, School};

/// A pupil who was billed on a day, paid a part, and pays for a second term.
struct Family {
    school: School,
    bursar: Caller,
    ada: Value,
}

const SECOND: &str = "Second Term";

impl Family {
    async fn of(app: &App) -> Self {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let admin = school.as_(Role::SchoolAdmin);
        let pupil =
            json!({"student_no": "Ada", "names": "Ada", "gender": "Female", "password": PASSWORD});
        let ada = created(&admin, "students", &pupil).await["id"].clone();
        for (term, amount) in [(TERM, "500.00"), (SECOND, "300.00")] {
            let fee =
                json!({"name": "Tuition", "amount": amount, "session": SESSION, "term": term});
            created(&bursar, "fee-items", &fee).await;
        }
        Self {
            school,
            bursar,
            ada,
        }
    }

    async fn bill(&self, term: &str, on: &str) {
        let run = json!({"session": SESSION, "term": term, "effective_date": on});
        created(&self.bursar, "billing-runs", &run).await;
    }

    async fn pay(&self, amount: &str, on: &str) -> Value {
        let payment = json!({"student_id": self.ada, "amount": amount, "date": on, "session": SESSION, "term": TERM});
        created(&self.bursar, "payments", &payment).await
    }

    async fn statement(&self, query: &str) -> Value {
        self.read(&self.bursar, query).await.expect(200)
    }

    async fn read(&self, caller: &Caller, query: &str) -> crate::harness::Answer {
        caller
            .get(&format!("/api/students/{}/statement/{query}", self.ada))
            .await
    }
}

/// Kind, amount and running balance of each line.
fn told(statement: &Value) -> Vec<[String; 3]> {
    let lines = statement["lines"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    lines
        .map(|line| {
            [
                text(&line["kind"]),
                text(&line["amount"]),
                text(&line["balance"]),
            ]
        })
        .collect()
}

fn line(kind: &str, amount: &str, balance: &str) -> [String; 3] {
    [kind.into(), amount.into(), balance.into()]
}

both! {
    async fn a_statement_explains_the_balance_line_by_line_and_what_each_payment_settled(app: App) {
        let family = Family::of(&app).await;
        family.bill(TERM, "2025-09-01").await;
        let paid = family.pay("200", "2025-09-10").await;
        family.bill(SECOND, "2026-01-12").await;
        let whole = family.statement("").await;
        assert_eq!(told(&whole), [
            line("charge", "500.00", "500.00"), line("payment", "-200.00", "300.00"),
            line("charge", "300.00", "600.00"), line("carried_forward", "-300.00", "300.00"),
            line("carried_forward", "300.00", "600.00"),
        ]);
        assert_eq!((&whole["opening_balance"], &whole["closing_balance"], &whole["currency"]), (&json!("0.00"), &json!("600.00"), &json!("NGN")));
        assert_eq!(owed(&family.bursar, &family.ada).await, "600.00");
        let payment = &whole["lines"][1];
        assert_eq!((&payment["receipt"], &payment["open"]), (&paid["reference"], &json!("0.00")));
        let charge = json!({"entry": whole["lines"][0]["entry"], "description": "Tuition", "session": SESSION, "term": TERM, "receipt": null});
        let mut settled = charge.clone();
        settled["amount"] = json!("200.00");
        assert_eq!(payment["allocations"], json!([settled]));
        let by = &whole["lines"][0]["allocations"][0];
        assert_eq!((&by["receipt"], &by["amount"]), (&paid["reference"], &json!("200.00")));
        // What arrives in a term says which term it was owed of.
        assert_eq!((&whole["lines"][4]["charge"], &whole["lines"][0]["charge"]), (&charge, &json!(null)));
        assert_eq!(whole["lines"][4]["due_date"], whole["lines"][0]["due_date"]);
    }

    async fn a_terms_statement_shows_what_came_before_it_and_what_was_carried_into_it(app: App) {
        let family = Family::of(&app).await;
        family.bill(TERM, "2025-09-01").await;
        let query = "?session=2025%2F2026&term=Second%20Term";
        let before = family.statement(query).await;
        assert_eq!((&before["opening_balance"], &before["closing_balance"], told(&before)), (&json!("500.00"), &json!("500.00"), Vec::new()));
        family.bill(SECOND, "2026-01-12").await;
        let after = family.statement(query).await;
        assert_eq!(told(&after), [line("charge", "300.00", "300.00"), line("carried_forward", "500.00", "800.00")]);
        assert_eq!(after["opening_balance"], "0.00");
        let first = family.statement("?session=2025%2F2026&term=First%20Term").await;
        assert_eq!((&first["closing_balance"], told(&first).len()), (&json!("0.00"), 2));
    }

    async fn a_day_looked_back_to_shows_the_account_as_it_was(app: App) {
        let family = Family::of(&app).await;
        family.bill(TERM, "2025-09-01").await;
        family.pay("200", "2025-09-10").await;
        for (day, closing) in [("2025-08-31", "0.00"), ("2025-09-01", "500.00"), ("2025-09-09", "500.00"), ("2025-09-10", "300.00")] {
            let then = family.statement(&format!("?as_of={day}")).await;
            assert_eq!((&then["closing_balance"], &then["as_of"]), (&json!(closing), &json!(day)));
        }
    }

    async fn a_voided_payment_and_what_takes_it_back_are_both_told(app: App) {
        let family = Family::of(&app).await;
        family.bill(TERM, "2025-09-01").await;
        let paid = family.pay("500", "2025-09-10").await;
        assert_eq!(family.statement("").await["closing_balance"], "0.00");
        family.bursar.post(&format!("/api/payments/{}/void/", paid["id"]), &json!({"reason": "Bounced."})).await.expect(200);
        let statement = family.statement("").await;
        assert_eq!(told(&statement)[1..], [line("payment", "-500.00", "0.00"), line("reversal", "500.00", "500.00")]);
        assert_eq!((&statement["lines"][0]["open"], &statement["lines"][1]["open"]), (&json!("500.00"), &json!("0.00")));
    }

    async fn today_is_the_schools_own_and_a_cached_statement_does_not_outlive_it(app: App) {
        let family = Family::of(&app).await;
        family.bill(TERM, "2031-02-04").await;
        // 22:50 and 23:10 in UTC are ten minutes before and after midnight in Lagos.
        for (at, closing) in [("2031-02-03T22:50:00Z", "0.00"), ("2031-02-03T23:10:00Z", "500.00")] {
            let at: DateTime<Utc> = at.parse().unwrap();
            let gateway = app.another(&[("TERMBOOK_ACCESS_MINUTES", "1440")], Clock::by(move || at));
            let bursar = gateway.anonymous().signed_in("bursar", PASSWORD, Some(&family.school.domain));
            assert_eq!(family.read(&bursar, "").await.expect(200)["closing_balance"], closing);
        }
    }

    async fn a_statement_takes_four_statements_and_none_when_it_is_known(app: App) {
        let family = Family::of(&app).await;
        for day in 1..=5 {
            family.pay("10", &format!("2025-09-0{day}")).await;
        }
        let cold = family.read(&family.bursar, "").await;
        cold.expect(200);
        let warm = family.read(&family.bursar, "").await;
        assert_eq!((cold.statements(), warm.statements(), warm.cache()), (4, 0, Some("hit")));
        assert_eq!(cold.body, warm.body);
    }

    async fn a_family_reads_its_own_statement_and_no_other(app: App) {
        let family = Family::of(&app).await;
        family.bill(TERM, "2025-09-01").await;
        let parent = family.school.as_(Role::Parent);
        family.read(&parent, "").await.problem(404, "not_found");
        let link = json!({"user": family.school.user(Role::Parent), "student": family.ada, "relationship": "mother"});
        created(&family.school.as_(Role::SchoolAdmin), "guardianships", &link).await;
        assert_eq!(family.read(&parent, "").await.expect(200)["closing_balance"], "500.00");
        let ada = app.anonymous().signed_in("Ada", PASSWORD, Some(&family.school.domain));
        assert_eq!(family.read(&ada, "").await.expect(200)["closing_balance"], "500.00");
        family.read(&family.school.as_(Role::Student), "").await.problem(404, "not_found");
        family.read(&family.school.as_(Role::Teacher), "").await.problem(403, "permission_denied");
        family.read(&app.school().await.as_(Role::Bursar), "").await.problem(404, "not_found");
        let errors = family.read(&parent, "?as_of=yesterday&page=2").await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["as_of", "page"]);
    }
}
