//! Lines of pupils' accounts: adjustments, reversals, and who may touch them.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::{SESSION, TERM, created, owed};
use crate::harness::{Caller, School};

const ENTRIES: &str = "/api/ledger-entries/";

async fn pupil(school: &School, name: &str) -> Value {
    let body = json!({"student_no": name, "names": name, "gender": "Female"});
    created(&school.as_(Role::SchoolAdmin), "students", &body).await["id"].clone()
}

fn adjustment(pupil: &Value, kind: &str, amount: &str) -> Value {
    json!({"student": pupil, "kind": kind, "amount": amount, "description": "As agreed.", "session": SESSION, "term": TERM})
}

async fn reverse(caller: &Caller, entry: &Value) -> crate::harness::Answer {
    let path = format!("{ENTRIES}{}/reverse/", entry["id"]);
    caller.post(&path, &json!({"reason": "A mistake."})).await
}

both! {
    async fn an_adjustment_goes_the_way_its_kind_says_and_settles_the_oldest_debt(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let ada = pupil(&school, "Ada").await;
        let charge = created(&bursar, "ledger-entries", &adjustment(&ada, "charge", "100")).await;
        let credit = created(&bursar, "ledger-entries", &adjustment(&ada, "credit", "30.5")).await;
        assert_eq!((&charge["amount"], &credit["amount"]), (&json!("100.00"), &json!("-30.50")));
        assert_eq!((&credit["open"], &credit["recorded_by_name"]), (&json!("0.00"), &json!("BURSAR")));
        let charge = bursar.get(&format!("{ENTRIES}{}/", charge["id"])).await.expect(200);
        assert_eq!(charge["open"], "69.50");
        assert_eq!(owed(&bursar, &ada).await, "69.50");
        let mut dated = adjustment(&ada, "credit", "1");
        dated["due_date"] = json!("2026-01-01");
        let errors = bursar.post(ENTRIES, &dated).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["due_date"]);
    }

    async fn a_reversal_closes_what_it_takes_back_and_nothing_is_reversed_twice(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let ada = pupil(&school, "Ada").await;
        let charge = created(&bursar, "ledger-entries", &adjustment(&ada, "charge", "100")).await;
        let credit = created(&bursar, "ledger-entries", &adjustment(&ada, "credit", "100")).await;
        let reversed = reverse(&bursar, &credit).await.expect(200);
        assert_eq!((&reversed["open"], reversed["reversed_by"].is_i64()), (&json!("0.00"), true));
        assert_eq!(owed(&bursar, &ada).await, "100.00");
        reverse(&bursar, &credit).await.problem(409, "conflict");
        let reversal = json!({"id": reversed["reversed_by"]});
        reverse(&bursar, &reversal).await.problem(409, "conflict");
        reverse(&bursar, &json!({"id": 999_999_999})).await.problem(404, "not_found");
        let (one, two) = tokio::join!(reverse(&bursar, &charge), reverse(&bursar, &charge));
        let mut answers = [one.status, two.status];
        answers.sort_unstable();
        assert_eq!(answers, [200, 409]);
        assert_eq!(owed(&bursar, &ada).await, "0.00");
    }

    async fn bad_amounts_are_field_errors_and_leave_the_sums(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let ada = pupil(&school, "Ada").await;
        created(&bursar, "ledger-entries", &adjustment(&ada, "charge", "100")).await;
        for amount in [json!("0"), json!(-5), json!("1.234"), json!("NaN"), json!("99999999999999"), json!(null), json!(true)] {
            let mut body = adjustment(&ada, "charge", "1");
            body["amount"] = amount.clone();
            let errors = bursar.post(ENTRIES, &body).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["amount"], "{amount}");
        }
        let mut body = adjustment(&ada, "payment", "1");
        assert_eq!(bursar.post(ENTRIES, &body).await.field_errors().keys().collect::<Vec<_>>(), ["kind"]);
        body["kind"] = json!("charge");
        body["student"] = pupil(&app.school().await, "Ada").await;
        assert_eq!(bursar.post(ENTRIES, &body).await.field_errors().keys().collect::<Vec<_>>(), ["student"]);
        assert_eq!(owed(&bursar, &ada).await, "100.00");
    }

    async fn an_entry_is_neither_changed_nor_deleted(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let ada = pupil(&school, "Ada").await;
        let charge = created(&bursar, "ledger-entries", &adjustment(&ada, "charge", "100")).await;
        let at = format!("{ENTRIES}{}/", charge["id"]);
        bursar.patch(&at, &json!({"amount": "1"})).await.problem(405, "method_not_allowed");
        bursar.put(&at, &adjustment(&ada, "charge", "1")).await.problem(405, "method_not_allowed");
        bursar.delete(&at).await.problem(405, "method_not_allowed");
    }

    async fn adjustments_at_once_never_settle_more_than_there_is(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let ada = pupil(&school, "Ada").await;
        created(&bursar, "ledger-entries", &adjustment(&ada, "charge", "100")).await;
        let credit = adjustment(&ada, "credit", "40");
        let post = || bursar.post(ENTRIES, &credit);
        let (one, two, three, four) = tokio::join!(post(), post(), post(), post());
        for made in [one, two, three, four] {
            made.expect(201);
        }
        let page = bursar.get(&format!("{ENTRIES}?student={ada}")).await.expect(200);
        let open: Vec<f64> = page["results"].as_array().unwrap().iter().map(|one| one["open"].as_str().unwrap().parse().unwrap()).collect();
        assert!((open.iter().sum::<f64>() - 60.0).abs() < 0.001, "{open:?}");
        assert_eq!(owed(&bursar, &ada).await, "-60.00");
    }

    async fn the_account_of_a_pupil_is_the_bursarys_alone(app: App) {
        let school = app.school().await;
        for role in [Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            let caller = school.as_(role);
            for path in [ENTRIES, "/api/billing-runs/", "/api/scholarships/"] {
                caller.get(path).await.problem(403, "permission_denied");
                caller.post(path, &json!({})).await.problem(403, "permission_denied");
            }
            caller.post("/api/student-fees/", &json!({})).await.problem(403, "permission_denied");
        }
    }
}
