//! Billing runs: what they charge, whom they skip, and that they may be made again and undone.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{SESSION, TERM, created, owed};
use crate::harness::{App, Caller, School};

const RUNS: &str = "/api/billing-runs/";

fn body() -> Value {
    json!({"session": SESSION, "term": TERM})
}

/// Two pupils of one class and one who has left, what they are charged, and who keeps the money.
struct Term {
    school: School,
    bursar: Caller,
    class: Value,
    pupils: Vec<Value>,
    tuition: Value,
    bus: Value,
}

impl Term {
    async fn of(app: &App) -> Self {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        let class = created(&admin, "classes", &json!({"name": "Age 15"})).await["id"].clone();
        let mut pupils = Vec::new();
        for (name, status) in [("Ada", "active"), ("Ben", "active"), ("Cem", "withdrawn")] {
            let pupil = json!({"student_no": name, "names": name, "gender": "Female", "class_id": class, "status": status});
            pupils.push(created(&admin, "students", &pupil).await["id"].clone());
        }
        let fee = |name: &str, amount: &str, optional: bool| json!({"name": name, "amount": amount, "session": SESSION, "term": TERM, "is_optional": optional});
        let tuition =
            created(&bursar, "fee-items", &fee("Tuition", "500.00", false)).await["id"].clone();
        let bus = created(&bursar, "fee-items", &fee("Bus", "100.00", true)).await["id"].clone();
        Self {
            school,
            bursar,
            class,
            pupils,
            tuition,
            bus,
        }
    }

    async fn bill(&self) -> Value {
        self.bursar.post(RUNS, &body()).await.expect(201)
    }

    async fn undo(&self, run: &Value) -> crate::harness::Answer {
        let path = format!("{RUNS}{}/undo/", run["id"]);
        self.bursar
            .post(&path, &json!({"reason": "Wrong fees."}))
            .await
    }

    async fn outcomes(&self, run: &Value) -> Vec<Value> {
        let path = format!("{RUNS}{}/outcome/", run["id"]);
        let told = self.bursar.get(&path).await.expect(200);
        told["pupils"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["outcome"].clone())
            .collect()
    }

    async fn owe(&self) -> [String; 2] {
        [
            owed(&self.bursar, &self.pupils[0]).await,
            owed(&self.bursar, &self.pupils[1]).await,
        ]
    }

    async fn assign(&self, pupil: usize, fee: &Value, more: Value) -> Value {
        let mut body = json!({"student": self.pupils[pupil], "fee_item": fee});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        created(&self.bursar, "student-fees", &body).await
    }
}

both! {
    async fn a_preview_tells_what_the_run_will_do_and_writes_nothing(app: App) {
        let term = Term::of(&app).await;
        term.assign(1, &term.bus, json!({})).await;
        let path = format!("{RUNS}preview/");
        let told = term.bursar.post(&path, &body()).await.expect(200);
        assert_eq!((&told["charged"], &told["discounted"]), (&json!("1100.00"), &json!("0.00")));
        assert_eq!(term.bursar.get("/api/ledger-entries/").await.expect(200)["count"], 0);
        assert_eq!(term.bursar.get(RUNS).await.expect(200)["count"], 0);
        let run = term.bill().await;
        assert_eq!((&run["charged"], &run["pupils"], &run["pupils_billed"]), (&json!("1100.00"), &json!(3), &json!(2)));
        let done = term.bursar.get(&format!("{RUNS}{}/outcome/", run["id"])).await.expect(200);
        assert_eq!(done, told);
        let fees = json!([
            {"fee_item": term.bus, "category_name": "Bus", "pupils": 1, "charged": "100.00"},
            {"fee_item": term.tuition, "category_name": "Tuition", "pupils": 2, "charged": "1000.00"},
        ]);
        assert_eq!(done["fees"], fees);
        let unknown = json!({"session": SESSION, "term": TERM, "class_id": 999_999_999});
        let errors = term.bursar.post(&path, &unknown).await.field_errors();
        assert_eq!(errors["class_id"], ["Invalid pk \"999999999\" - object does not exist."]);
    }

    async fn who_is_skipped_is_told_why_and_a_second_run_adds_only_what_is_missing(app: App) {
        let term = Term::of(&app).await;
        let run = term.bill().await;
        assert_eq!(term.outcomes(&run).await, ["billed", "billed", "withdrawn"]);
        let again = term.bill().await;
        assert_eq!(term.outcomes(&again).await, ["already_billed", "already_billed", "withdrawn"]);
        assert_eq!((&again["charged"], &again["pupils_billed"]), (&json!("0.00"), &json!(0)));
        term.assign(0, &term.bus, json!({})).await;
        let third = term.bill().await;
        assert_eq!(third["charged"], "100.00");
        assert_eq!(term.outcomes(&third).await, ["billed", "already_billed", "withdrawn"]);
        assert_eq!(term.owe().await, ["600.00", "500.00"]);
        let none = json!({"session": SESSION, "term": "Second Term", "class_id": term.class});
        let none = term.bursar.post(RUNS, &none).await.expect(201);
        // What is owed of the first term is carried into the second.
        assert_eq!((&none["charged"], &none["carried_forward"]), (&json!("0.00"), &json!("1100.00")));
        assert_eq!(term.owe().await, ["600.00", "500.00"]);
    }

    async fn a_run_counts_from_its_day_and_is_due_when_the_settings_say(app: App) {
        let term = Term::of(&app).await;
        let dated = json!({"session": SESSION, "term": TERM, "effective_date": "2026-01-12"});
        let run = term.bursar.post(RUNS, &dated).await.expect(201);
        assert_eq!((&run["effective_date"], &run["due_date"]), (&json!("2026-01-12"), &json!("2026-01-26")));
        let early = json!({"session": SESSION, "term": TERM, "effective_date": "2026-01-12", "due_date": "2026-01-11"});
        let errors = term.bursar.post(RUNS, &early).await.field_errors();
        assert_eq!(errors["due_date"], ["This day is before the effective date."]);
    }

    async fn two_runs_at_once_charge_everybody_once(app: App) {
        let term = Term::of(&app).await;
        let body = body();
        let post = || term.bursar.post(RUNS, &body);
        let (one, two, three) = tokio::join!(post(), post(), post());
        for run in [one, two, three] {
            run.expect(201);
        }
        assert_eq!(term.owe().await, ["500.00", "500.00"]);
        assert_eq!(term.bursar.get("/api/ledger-entries/").await.expect(200)["count"], 2);
    }

    async fn scholarship_and_discount_are_lines_of_their_own_and_the_net_is_exact(app: App) {
        let term = Term::of(&app).await;
        let third = json!({"name": "Third", "benefit_type": "percentage", "value": "33.33"});
        let third = created(&term.bursar, "scholarships", &third).await["id"].clone();
        let own = term.assign(0, &term.tuition, json!({"scholarship": third, "discount_amount": "1000"})).await;
        assert_eq!((&own["net_amount"], &own["fee_amount"], &own["scholarship_name"]), (&json!("0.00"), &json!("500.00"), &json!("Third")));
        let own_path = format!("/api/student-fees/{}/", own["id"]);
        let less = term.bursar.patch(&own_path, &json!({"discount_amount": "0.01"})).await.expect(200);
        assert_eq!(less["net_amount"], "333.34");
        term.bill().await;
        assert_eq!(term.owe().await, ["333.34", "500.00"]);
        let lines = term.bursar.get(&format!("/api/ledger-entries/?student={}&ordering=id", term.pupils[0])).await.expect(200);
        let lines: Vec<_> = lines["results"].as_array().unwrap().iter().map(|one| (one["description"].clone(), one["amount"].clone())).collect();
        assert_eq!(lines, [("Tuition".into(), "500.00".into()), ("Third".into(), "-166.65".into()), ("Discount".into(), "-0.01".into())]);
        // What is agreed after the bill is taken off at once, and what was agreed before is taken back.
        term.bursar.patch(&own_path, &json!({"scholarship": null, "discount_amount": "50"})).await.expect(200);
        assert_eq!(term.owe().await, ["450.00", "500.00"]);
        let problem = term.bursar.delete(&own_path).await.problem(409, "conflict");
        assert_eq!(problem["detail"], "This student fee cannot be deleted. What relies on it: ledger entries (1).");
        term.bursar.patch(&own_path, &json!({"discount_amount": "0"})).await.expect(200);
        term.bursar.delete(&own_path).await.expect(204);
        assert_eq!(term.owe().await, ["500.00", "500.00"]);
    }

    async fn a_fee_that_was_billed_keeps_its_price_and_what_money_rests_on_stays(app: App) {
        let term = Term::of(&app).await;
        let bus = term.assign(0, &term.bus, json!({})).await;
        let run = term.bill().await;
        let fee = format!("/api/fee-items/{}/", term.tuition);
        let errors = term.bursar.patch(&fee, &json!({"amount": "1.00", "term": "Second Term"})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["amount", "term"]);
        term.bursar.patch(&fee, &json!({"active": false})).await.expect(200);
        let admin = term.school.as_(Role::SchoolAdmin);
        for (path, detail) in [
            (fee.clone(), "This fee item cannot be deleted. What relies on it: ledger entries (2)."),
            (format!("/api/student-fees/{}/", bus["id"]), "This student fee cannot be deleted. What relies on it: ledger entries (1)."),
            (format!("/api/students/{}/", term.pupils[0]), "This student cannot be deleted. What relies on it: assigned fees (1), ledger entries (2)."),
            (format!("/api/classes/{}/", term.class), "This class cannot be deleted. What relies on it: students (3), enrolments (3)."),
        ] {
            assert_eq!(admin.delete(&path).await.problem(409, "conflict")["detail"], detail);
        }
        term.undo(&run).await.expect(200);
        term.bursar.patch(&fee, &json!({"amount": "1.00", "active": true})).await.expect(200);
        term.bill().await;
        assert_eq!(term.owe().await, ["101.00", "1.00"]);
        // Nobody was billed for who has left.
        admin.delete(&format!("/api/students/{}/", term.pupils[2])).await.expect(204);
    }

    async fn an_undone_run_leaves_the_sums_before_it_and_one_that_was_paid_is_not_undone(app: App) {
        let term = Term::of(&app).await;
        let credit = json!({"student": term.pupils[0], "kind": "credit", "amount": "70", "description": "Overpaid.", "session": SESSION, "term": TERM});
        created(&term.bursar, "ledger-entries", &credit).await;
        let run = term.bill().await;
        assert_eq!((term.owe().await, &run["credit_used"]), (["430.00".to_owned(), "500.00".to_owned()], &json!("70.00")));
        let undone = term.undo(&run).await.expect(200);
        assert_eq!((&undone["status"], &undone["charged"]), (&json!("undone"), &json!("1000.00")));
        assert_eq!(term.owe().await, ["-70.00", "0.00"]);
        term.undo(&run).await.problem(409, "conflict");
        let run = term.bill().await;
        assert_eq!(term.owe().await, ["430.00", "500.00"]);
        let late = json!({"student": term.pupils[1], "kind": "credit", "amount": "1", "description": "Paid.", "session": SESSION, "term": TERM});
        created(&term.bursar, "ledger-entries", &late).await;
        let problem = term.undo(&run).await.problem(409, "conflict");
        assert_eq!(problem["detail"], "Something was paid against this billing run by 1 pupils: Ben.");
        assert_eq!(term.owe().await, ["430.00", "499.00"]);
        term.bursar.post(&format!("{RUNS}{}/undo/", run["id"]), &json!({})).await.field_errors();
        term.bursar.post(&format!("{RUNS}999999999/undo/"), &json!({"reason": "None."})).await.problem(404, "not_found");
    }

    async fn a_run_takes_as_many_statements_for_many_pupils_as_for_few(app: App) {
        let mut counts = Vec::new();
        for size in [10, 500] {
            let school = app.school().await;
            fill(&app, school.id, size).await;
            let bursar = school.as_(Role::Bursar);
            let run = bursar.post(RUNS, &json!({"session": SESSION, "term": TERM})).await;
            assert_eq!(run.expect(201)["pupils_billed"], size);
            counts.push(run.statements());
            let again = bursar.post(RUNS, &json!({"session": SESSION, "term": TERM})).await;
            assert_eq!(again.expect(201)["pupils_billed"], 0);
            assert_eq!(bursar.get("/api/ledger-entries/").await.expect(200)["count"], size * 10);
        }
        assert_eq!(counts[0], counts[1]);
        assert!(counts[0] <= 12, "{counts:?}");
    }
}

/// Pupils and ten fees, by the set.
async fn fill(app: &App, school: i64, pupils: i64) {
    app.beside(move |state| async move {
        let platform = state.database.platform();
        let series = format!("(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {pupils}) SELECT i FROM n) n");
        let now = || vec![school.into(), state.database.clock().now().into()];
        for sql in [
            format!(
                "INSERT INTO students (school_id, student_no, names, gender, parent_name, parent_email, parent_phone, \
                 address, passport_url, discounts, status, created_at, updated_at) \
                 SELECT $1, 'P' || i, 'Pupil ' || i, 'Male', '', '', '', '', '', '[]', 'active', $2, $2 FROM {series}"
            ),
            "INSERT INTO fee_categories (school_id, name, created_at, updated_at) VALUES ($1, 'Tuition', $2, $2)".to_owned(),
            format!(
                "INSERT INTO fee_items (school_id, category_id, amount_minor, session, term, created_at, updated_at) \
                 SELECT $1, (SELECT max(id) FROM fee_categories WHERE school_id = $1), i * 100, '{SESSION}', '{TERM}', $2, $2 \
                 FROM {series} WHERE i <= 10"
            ),
        ] {
            platform.execute(&sql, now()).await.unwrap();
        }
    })
    .await;
}
