//! Payment plans: what is paid and overdue of them, told by the ledger alone.

use chrono::{DateTime, Utc};
use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::{SESSION, TERM, created};
use crate::harness::{App, Caller, PASSWORD, School};

const PLANS: &str = "/api/payment-plans/";
const SECOND: &str = "Second Term";

/// A pupil who was billed 500.00, due on 15 September 2031.
struct Family {
    school: School,
    bursar: Caller,
    ada: Value,
}

impl Family {
    async fn of(app: &App) -> Self {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        let pupil = json!({"student_no": "Ada", "names": "Ada", "gender": "Female"});
        let ada = created(&admin, "students", &pupil).await["id"].clone();
        let family = Self {
            school,
            bursar,
            ada,
        };
        family.charge("500", TERM).await;
        family
    }

    async fn charge(&self, amount: &str, term: &str) -> Value {
        let charge = json!({
            "student": self.ada, "kind": "charge", "amount": amount, "description": "Tuition", "session": SESSION, "term": term,
            "effective_date": "2031-09-01", "due_date": "2031-09-15",
        });
        created(&self.bursar, "ledger-entries", &charge).await
    }

    async fn pay(&self, amount: &str) -> Value {
        let payment =
            json!({"student_id": self.ada, "amount": amount, "session": SESSION, "term": TERM});
        created(&self.bursar, "payments", &payment).await["id"].clone()
    }

    async fn void(&self, payment: &Value) {
        let path = format!("/api/payments/{payment}/void/");
        self.bursar
            .post(&path, &json!({"reason": "Bounced."}))
            .await
            .expect(200);
    }

    fn plan(&self, term: &str, parts: &[(&str, &str)]) -> Value {
        json!({"student": self.ada, "session": SESSION, "term": term, "parts": dated(parts)})
    }

    async fn agree(&self, term: &str, parts: &[(&str, &str)]) -> String {
        let plan = created(&self.bursar, "payment-plans", &self.plan(term, parts)).await;
        format!("{PLANS}{}/", plan["id"])
    }

    /// Ages of what is owed, as of a day: not due, up to 30, 60 and 90 days, and older.
    async fn ages(&self, day: &str) -> [String; 5] {
        let page = self.bursar.get(&format!("/api/debtors/?as_of={day}")).await;
        let totals = page.expect(200)["totals"].clone();
        [
            "current",
            "days_1_30",
            "days_31_60",
            "days_61_90",
            "over_90",
        ]
        .map(|age| totals[age].as_str().unwrap().to_owned())
    }
}

fn dated(parts: &[(&str, &str)]) -> Value {
    let parts = parts
        .iter()
        .map(|(day, amount)| json!({"due_date": day, "amount": amount}));
    parts.collect()
}

/// What is paid of each part.
async fn paid(caller: &Caller, plan: &str) -> Vec<String> {
    let plan = caller.get(plan).await.expect(200);
    let parts = plan["parts"].as_array().unwrap().iter();
    parts
        .map(|part| part["paid"].as_str().unwrap().to_owned())
        .collect()
}

/// Two parts, of 1 October and 1 December 2031.
const TWO: &[(&str, &str)] = &[("2031-10-01", "200.00"), ("2031-12-01", "300.00")];

both! {
    async fn what_is_paid_fills_the_parts_in_the_order_of_their_days(app: App) {
        let family = Family::of(&app).await;
        let plan = family.agree(TERM, &[TWO[1], TWO[0]]).await;
        let shown = family.bursar.get(&plan).await.expect(200);
        let days: Vec<_> = shown["parts"].as_array().unwrap().iter().map(|part| part["due_date"].clone()).collect();
        assert_eq!(days, ["2031-10-01", "2031-12-01"]);
        assert_eq!((&shown["amount"], &shown["paid"], &shown["overdue"]), (&json!("500.00"), &json!("0.00"), &json!(false)));
        let first = family.pay("150").await;
        assert_eq!(paid(&family.bursar, &plan).await, ["150.00", "0.00"]);
        let second = family.pay("100").await;
        assert_eq!(paid(&family.bursar, &plan).await, ["200.00", "50.00"]);
        family.void(&first).await;
        assert_eq!(paid(&family.bursar, &plan).await, ["100.00", "0.00"]);
        let path = format!("/api/payments/{second}/refund/");
        family.bursar.post(&path, &json!({"amount": "40", "reason": "Too much."})).await.expect(200);
        assert_eq!(paid(&family.bursar, &plan).await, ["60.00", "0.00"]);
        family.pay("999").await;
        assert_eq!(paid(&family.bursar, &plan).await, ["200.00", "300.00"]);
    }

    async fn the_parts_add_up_to_what_the_pupil_owes_of_the_term(app: App) {
        let family = Family::of(&app).await;
        let refused = async |body: &Value| family.bursar.post(PLANS, body).await.field_errors();
        let wrong = family.plan(TERM, &[("2031-10-01", "200"), ("2031-12-01", "299.99")]);
        assert_eq!(refused(&wrong).await["parts"], ["The parts must add up to 500.00."]);
        for nothing in [family.plan(SECOND, TWO), family.plan(SECOND, &[])] {
            family.bursar.post(PLANS, &nothing).await.problem(409, "conflict");
        }
        let same = family.plan(TERM, &[TWO[0], ("2031-10-01", "300"), ("9999-01-01", "1")]);
        assert_eq!(refused(&same).await.keys().collect::<Vec<_>>(), ["parts", "parts.1.due_date", "parts.2.due_date"]);
        family.pay("100").await;
        assert_eq!(refused(&family.plan(TERM, TWO)).await["parts"], ["The parts must add up to 400.00."]);
        family.agree(TERM, &[("2031-10-01", "400")]).await;
        let another = refused(&family.plan(TERM, &[("2031-11-01", "400")])).await;
        assert_eq!(another["non_field_errors"], ["The fields student, session, term must make a unique set."]);
    }

    async fn a_plan_agreed_anew_keeps_what_was_paid_and_the_trail_what_it_said(app: App) {
        let family = Family::of(&app).await;
        let plan = family.agree(TERM, TWO).await;
        family.pay("250").await;
        family.charge("100", TERM).await;
        assert_eq!(paid(&family.bursar, &plan).await, ["200.00", "50.00"], "what is charged later is none of it");
        family.bursar.patch(&plan, &json!({"note": "The aunt pays."})).await.expect(200);
        let other = json!({"parts": dated(&[TWO[0], ("2032-01-15", "300")])});
        let errors = family.bursar.patch(&plan, &other).await.field_errors();
        assert_eq!(errors["parts"], ["The parts must add up to 600.00."]);
        let other = json!({"parts": dated(&[TWO[0], ("2032-01-15", "400.00")])});
        let after = family.bursar.patch(&plan, &other).await.expect(200);
        assert_eq!((&after["amount"], &after["paid"]), (&json!("600.00"), &json!("250.00")));
        let moved = json!({"term": SECOND});
        assert_eq!(family.bursar.patch(&plan, &moved).await.field_errors()["term"], ["This field does not change after creation."]);
        let admin = family.school.as_(Role::SchoolAdmin);
        let trail = admin.get("/api/activity-logs/?resource=payment-plans&action=update").await.expect(200);
        let act = &trail["results"][0];
        assert_eq!((&act["before"]["parts"], &act["after"]["parts"]), (&dated(TWO), &other["parts"]));
    }

    async fn a_part_is_overdue_when_its_day_is_over_where_the_school_is(app: App) {
        let family = Family::of(&app).await;
        family.agree(TERM, TWO).await;
        // 22:50 and 23:10 in UTC are ten minutes before and after midnight in Lagos.
        // An answer is kept for a minute of the clock on the wall: each is asked for in words of its own.
        for (size, at, overdue) in [(7, "2031-10-01T22:50:00Z", "0.00"), (8, "2031-10-01T23:10:00Z", "200.00"), (9, "2031-12-02T00:00:00Z", "500.00")] {
            let at: DateTime<Utc> = at.parse().unwrap();
            let gateway = app.another(&[("TERMBOOK_ACCESS_MINUTES", "1440")], Clock::by(move || at));
            let bursar = gateway.anonymous().signed_in("bursar", PASSWORD, Some(&family.school.domain));
            let is = overdue != "0.00";
            for asked in [true, false] {
                let page = bursar.get(&format!("{PLANS}?overdue={asked}&page_size={size}")).await.expect(200);
                assert_eq!(page["count"], u32::from(asked == is), "{at} {asked}");
            }
            assert_eq!(bursar.get(&format!("{PLANS}?page_size={size}")).await.expect(200)["results"][0]["overdue_amount"], overdue, "{at}");
        }
    }

    async fn debts_age_by_the_days_of_a_plan(app: App) {
        let family = Family::of(&app).await;
        assert_eq!(family.ages("2031-11-15").await, ["0.00", "0.00", "0.00", "500.00", "0.00"]);
        let plan = family.agree(TERM, TWO).await;
        assert_eq!(family.ages("2031-11-15").await, ["300.00", "0.00", "200.00", "0.00", "0.00"]);
        family.charge("7", TERM).await;
        assert_eq!(family.ages("2031-11-15").await, ["300.00", "0.00", "200.00", "7.00", "0.00"]);
        family.bursar.delete(&plan).await.expect(204);
        assert_eq!(family.ages("2031-11-15").await, ["0.00", "0.00", "0.00", "507.00", "0.00"]);
    }

    async fn a_statement_shows_the_plan_and_goes_by_its_last_day(app: App) {
        let family = Family::of(&app).await;
        let plan = family.agree(TERM, TWO).await;
        let path = format!("/api/students/{}/statement/?as_of=2031-11-15", family.ada);
        let statement = family.bursar.get(&path).await.expect(200);
        let parts = json!([
            {"due_date": "2031-10-01", "amount": "200.00", "paid": "0.00", "overdue": true},
            {"due_date": "2031-12-01", "amount": "300.00", "paid": "0.00", "overdue": false},
        ]);
        let line = &statement["lines"][0];
        assert_eq!((&line["due_date"], &statement["payment_plans"][0]["parts"]), (&json!("2031-12-01"), &parts));
        assert_eq!(plan, format!("{PLANS}{}/", line["payment_plan"]));
        let other = family.bursar.get(&format!("{path}&term=Second%20Term")).await.expect(200);
        assert_eq!(other["payment_plans"], json!([]));
    }

    async fn a_plan_follows_what_billing_carries_forward_until_another_takes_it_over(app: App) {
        let family = Family::of(&app).await;
        let plan = family.agree(TERM, TWO).await;
        let run = json!({"session": SESSION, "term": SECOND, "effective_date": "2032-01-12"});
        let run = created(&family.bursar, "billing-runs", &run).await;
        assert_eq!(run["carried_forward"], "500.00");
        assert_eq!(paid(&family.bursar, &plan).await, ["0.00", "0.00"]);
        assert_eq!(family.ages("2032-02-01").await, ["0.00", "0.00", "0.00", "300.00", "200.00"]);
        family.pay("210").await;
        assert_eq!(paid(&family.bursar, &plan).await, ["200.00", "10.00"]);
        let next = family.agree(SECOND, &[("2032-03-01", "290")]).await;
        assert_eq!(paid(&family.bursar, &plan).await, ["200.00", "300.00"]);
        assert_eq!(paid(&family.bursar, &next).await, ["0.00"]);
        assert_eq!(family.ages("2032-02-01").await, ["290.00", "0.00", "0.00", "0.00", "0.00"]);
    }

    async fn an_earlier_payment_that_is_voided_is_due_with_the_first_part(app: App) {
        let family = Family::of(&app).await;
        let earlier = family.pay("100").await;
        let plan = family.agree(TERM, &[("2031-10-01", "150"), ("2031-12-01", "250")]).await;
        family.void(&earlier).await;
        assert_eq!(paid(&family.bursar, &plan).await, ["0.00", "0.00"]);
        assert_eq!(family.ages("2031-11-15").await, ["250.00", "0.00", "250.00", "0.00", "0.00"]);
        family.pay("100").await;
        assert_eq!(paid(&family.bursar, &plan).await, ["0.00", "0.00"]);
        family.pay("10").await;
        assert_eq!(paid(&family.bursar, &plan).await, ["10.00", "0.00"]);
    }

    async fn a_family_reads_its_own_plan_and_writes_none(app: App) {
        let family = Family::of(&app).await;
        let plan = family.agree(TERM, TWO).await;
        let parent = family.school.as_(Role::Parent);
        parent.get(&plan).await.problem(404, "not_found");
        let link = json!({"user": family.school.user(Role::Parent), "student": family.ada, "relationship": "mother"});
        created(&family.school.as_(Role::SchoolAdmin), "guardianships", &link).await;
        assert_eq!(parent.get(PLANS).await.expect(200)["count"], 1);
        parent.get(&plan).await.expect(200);
        parent.patch(&plan, &json!({"note": "Later."})).await.problem(403, "permission_denied");
        family.school.as_(Role::Teacher).get(PLANS).await.problem(403, "permission_denied");
        app.school().await.as_(Role::Bursar).get(&plan).await.problem(404, "not_found");
    }

    async fn two_plans_of_one_term_at_once_come_to_one(app: App) {
        let family = Family::of(&app).await;
        let body = family.plan(TERM, TWO);
        let post = || family.bursar.post(PLANS, &body);
        let (one, two, three) = tokio::join!(post(), post(), post());
        let made = [one, two, three].iter().filter(|answer| answer.status == 201).count();
        assert_eq!((made, family.bursar.get(PLANS).await.expect(200)["count"].as_u64()), (1, Some(1)));
    }
}
