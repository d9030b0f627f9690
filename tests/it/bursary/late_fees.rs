//! Late fees: who is charged, who is not and why, and that nobody is charged twice.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{SESSION, TERM, created, owed};
use crate::harness::{Answer, App, Caller, School};

const FEES: &str = "/api/late-fees/";
const PREVIEW: &str = "/api/late-fees/preview/";
const PLANS: &str = "payment-plans";

/// A school that charges for paying late, and its pupils.
struct Bursary {
    school: School,
    bursar: Caller,
    pupils: Vec<Value>,
}

impl Bursary {
    async fn of(app: &App, names: &[&str], rule: &Value) -> Self {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        admin.patch("/api/settings/", rule).await.expect(200);
        let mut pupils = Vec::new();
        for name in names {
            let pupil = json!({"student_no": name, "names": name, "gender": "Female"});
            pupils.push(created(&admin, "students", &pupil).await["id"].clone());
        }
        Self {
            school,
            bursar,
            pupils,
        }
    }

    /// A charge that was due on a day.
    async fn charge(&self, pupil: usize, amount: &str, due: &str) {
        let charge = json!({
            "student": self.pupils[pupil], "kind": "charge", "amount": amount, "description": "Tuition", "session": SESSION,
            "term": TERM, "effective_date": "2025-09-01", "due_date": due,
        });
        created(&self.bursar, "ledger-entries", &charge).await;
    }

    async fn pay(&self, pupil: usize, amount: &str) {
        let payment = json!({"student_id": self.pupils[pupil], "amount": amount, "session": SESSION, "term": TERM});
        created(&self.bursar, "payments", &payment).await;
    }

    async fn post(&self, path: &str, more: Value) -> Answer {
        let mut body = json!({"session": SESSION, "term": TERM});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.bursar.post(path, &body).await
    }

    async fn run(&self) -> Value {
        self.post(FEES, json!({})).await.expect(200)
    }

    async fn owe(&self, pupil: usize) -> String {
        owed(&self.bursar, &self.pupils[pupil]).await
    }
}

fn fixed(value: &str, grace: u32) -> Value {
    json!({"late_fee_kind": "fixed", "late_fee_value": value, "late_fee_grace_days": grace})
}

fn percent(value: &str) -> Value {
    json!({"late_fee_kind": "percentage", "late_fee_value": value})
}

/// Name, outcome, what is late and what is charged of each pupil.
fn told(run: &Value) -> Vec<[String; 4]> {
    let pupils = run["pupils"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    pupils
        .map(|one| ["student_name", "outcome", "overdue", "amount"].map(|field| text(&one[field])))
        .collect()
}

fn row(name: &str, outcome: &str, overdue: &str, amount: &str) -> [String; 4] {
    [name.into(), outcome.into(), overdue.into(), amount.into()]
}

both! {
    async fn who_is_late_is_charged_and_who_is_not_is_told_why(app: App) {
        let bursary = Bursary::of(&app, &["Ada", "Ben", "Cem", "Dan"], &fixed("25", 0)).await;
        bursary.charge(0, "500", "2025-09-15").await;
        bursary.charge(0, "80", "9998-01-01").await;
        bursary.charge(1, "500", "2025-09-15").await;
        bursary.pay(1, "500").await;
        bursary.charge(2, "500", "9998-01-01").await;
        let expected = [
            row("Ada", "charged", "500.00", "25.00"), row("Ben", "nothing_owed", "0.00", "0.00"),
            row("Cem", "not_late", "0.00", "0.00"),
        ];
        let preview = bursary.post(PREVIEW, json!({})).await.expect(200);
        assert_eq!((told(&preview), bursary.owe(0).await), (expected.to_vec(), "580.00".into()));
        let run = bursary.run().await;
        assert_eq!((told(&run), &run["charged"], &run["amount"]), (expected.to_vec(), &json!(1), &json!("25.00")));
        assert_eq!(["605.00", "0.00", "500.00", "0.00"], [bursary.owe(0).await, bursary.owe(1).await, bursary.owe(2).await, bursary.owe(3).await].each_ref().map(String::as_str));
        let entry = bursary.bursar.get(&format!("/api/ledger-entries/{}/", run["pupils"][0]["entry"])).await.expect(200);
        assert_eq!((&entry["kind"], &entry["amount"], &entry["term"], &entry["description"]), (&json!("late_fee"), &json!("25.00"), &json!(TERM), &json!("Late fee")));
        let summary = bursary.bursar.get("/api/bursary/summary/").await.expect(200);
        assert_eq!((&summary["late_fees"], &summary["billed"]), (&json!("25.00"), &json!("1605.00")));
    }

    async fn charging_again_adds_those_alone_who_became_late_since(app: App) {
        let bursary = Bursary::of(&app, &["Ada", "Ben"], &fixed("25", 0)).await;
        bursary.charge(0, "500", "2025-09-15").await;
        bursary.run().await;
        let again = bursary.run().await;
        assert_eq!((told(&again), &again["charged"]), (vec![row("Ada", "already_charged", "500.00", "0.00")], &json!(0)));
        bursary.charge(1, "100", "2025-09-15").await;
        let third = bursary.run().await;
        assert_eq!(told(&third), [row("Ada", "already_charged", "500.00", "0.00"), row("Ben", "charged", "100.00", "25.00")]);
        assert_eq!((bursary.owe(0).await, bursary.owe(1).await), ("525.00".into(), "125.00".into()));
    }

    async fn a_fee_that_was_waived_is_not_charged_again(app: App) {
        let bursary = Bursary::of(&app, &["Ada"], &fixed("25", 0)).await;
        bursary.charge(0, "500", "2025-09-15").await;
        let run = bursary.run().await;
        let path = format!("/api/ledger-entries/{}/reverse/", run["pupils"][0]["entry"]);
        bursary.bursar.post(&path, &json!({})).await.field_errors();
        bursary.bursar.post(&path, &json!({"reason": "The bank was closed."})).await.expect(200);
        assert_eq!(bursary.owe(0).await, "500.00");
        assert_eq!(told(&bursary.run().await), [row("Ada", "waived", "500.00", "0.00")]);
        assert_eq!(bursary.owe(0).await, "500.00");
    }

    async fn a_percentage_is_of_what_is_late_and_rounds_half_a_unit_up(app: App) {
        let bursary = Bursary::of(&app, &["Ada", "Ben", "Cem"], &percent("2.5")).await;
        bursary.charge(0, "500", "2025-09-15").await;
        bursary.pay(0, "100").await;
        bursary.charge(1, "1.00", "2025-09-15").await;
        bursary.charge(2, "0.10", "2025-09-15").await;
        let expected = [
            row("Ada", "charged", "400.00", "10.00"), row("Ben", "charged", "1.00", "0.03"), row("Cem", "too_little", "0.10", "0.00"),
        ];
        assert_eq!(told(&bursary.run().await), expected);
    }

    async fn days_of_grace_are_over_first(app: App) {
        let bursary = Bursary::of(&app, &["Ada"], &fixed("25", 7)).await;
        bursary.charge(0, "500", "2025-09-15").await;
        for (day, outcome) in [("2025-09-15", "not_late"), ("2025-09-22", "not_late"), ("2025-09-23", "charged")] {
            let run = bursary.post(FEES, json!({"date": day})).await.expect(200);
            assert_eq!((&run["pupils"][0]["outcome"], &run["date"]), (&json!(outcome), &json!(day)));
        }
        let fee = bursary.bursar.get("/api/ledger-entries/?kind=late_fee").await.expect(200)["results"][0].clone();
        assert_eq!((&fee["effective_date"], &fee["due_date"]), (&json!("2025-09-23"), &json!("2025-10-07")));
    }

    async fn an_instalment_that_is_not_yet_due_is_not_late(app: App) {
        let bursary = Bursary::of(&app, &["Ada", "Ben"], &percent("10")).await;
        for (pupil, first) in [(0, "9997-01-01"), (1, "2025-10-01")] {
            bursary.charge(pupil, "500", "2025-09-15").await;
            let plan = json!({
                "student": bursary.pupils[pupil], "session": SESSION, "term": TERM,
                "parts": [{"due_date": first, "amount": "200"}, {"due_date": "9998-01-01", "amount": "300"}],
            });
            created(&bursary.bursar, PLANS, &plan).await;
        }
        bursary.pay(1, "50").await;
        let expected = [row("Ada", "not_late", "0.00", "0.00"), row("Ben", "charged", "150.00", "15.00")];
        assert_eq!(told(&bursary.run().await), expected);
    }

    async fn six_statements_do_for_any_number_of_pupils_and_three_at_once_charge_once(app: App) {
        let names: Vec<String> = (0..12).map(|n| format!("Pupil {n:02}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let bursary = Bursary::of(&app, &names, &fixed("5", 0)).await;
        bursary.charge(0, "500", "2025-09-15").await;
        let one = bursary.post(FEES, json!({})).await;
        one.expect(200);
        for pupil in 1..12 {
            bursary.charge(pupil, "500", "2025-09-15").await;
        }
        let many = bursary.post(FEES, json!({"date": "2025-09-30"})).await;
        assert_eq!(many.expect(200)["charged"], 11);
        assert!(one.statements() == many.statements() && many.statements() <= 6, "{} {}", one.statements(), many.statements());
        let other = Bursary::of(&app, &["Ada", "Ben"], &fixed("5", 0)).await;
        other.charge(0, "500", "2025-09-15").await;
        other.charge(1, "500", "2025-09-15").await;
        let (one, two, three) = tokio::join!(other.run(), other.run(), other.run());
        let charged: u64 = [one, two, three].iter().map(|run| run["charged"].as_u64().unwrap()).sum();
        assert_eq!((charged, other.owe(0).await, other.owe(1).await), (2, "505.00".into(), "505.00".into()));
    }

    async fn a_repeat_under_its_key_answers_the_first_answer(app: App) {
        let bursary = Bursary::of(&app, &["Ada"], &fixed("25", 0)).await;
        bursary.charge(0, "500", "2025-09-15").await;
        let keyed = bursary.bursar.with("Idempotency-Key", "late-once");
        let body = json!({"session": SESSION, "term": TERM});
        let first = keyed.post(FEES, &body).await.expect(200);
        let again = keyed.post(FEES, &body).await;
        assert_eq!((again.expect(200), again.header("idempotency-replayed")), (first, Some("true")));
        let trail = bursary.school.as_(Role::SchoolAdmin).get("/api/activity-logs/?resource=late-fees").await.expect(200);
        assert_eq!((&trail["count"], &trail["results"][0]["after"]["amount"]), (&json!(1), &json!("25.00")));
    }

    async fn without_a_rule_or_before_its_day_nobody_is_charged(app: App) {
        let bursary = Bursary::of(&app, &["Ada"], &json!({})).await;
        bursary.charge(0, "500", "2025-09-15").await;
        for path in [FEES, PREVIEW] {
            bursary.post(path, json!({})).await.problem(409, "conflict");
        }
        let admin = bursary.school.as_(Role::SchoolAdmin);
        for (rule, field) in [
            (percent("100.01"), "late_fee_value"), (percent("0"), "late_fee_value"), (fixed("-1", 0), "late_fee_value"),
            (fixed("1", 366), "late_fee_grace_days"), (json!({"late_fee_kind": "cruel"}), "late_fee_kind"),
        ] {
            let errors = admin.patch("/api/settings/", &rule).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), [field], "{rule}");
        }
        admin.patch("/api/settings/", &fixed("25", 0)).await.expect(200);
        let errors = bursary.post(FEES, json!({"date": "9000-01-01"})).await.field_errors();
        assert_eq!(errors["date"], ["This day has not begun yet."]);
        for role in [Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            for path in [FEES, PREVIEW] {
                bursary.school.as_(role).post(path, &json!({})).await.problem(403, "permission_denied");
            }
        }
        assert_eq!(bursary.owe(0).await, "500.00");
    }
}
