//! What is no sound money is refused as documented, and the books stay as they were.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use super::books::{PAYMENTS, category, charge, paying, pupil, sums};

/// Amounts that nobody pays.
fn amounts() -> Vec<Value> {
    vec![
        json!(-1),
        json!("-0.01"),
        json!(0),
        json!("0.00"),
        json!("1.234"),
        json!(0.001),
        json!(1_000_000_000_000_000_i64),
        json!("10000000000000.00"),
        json!(1e300),
        json!("NaN"),
        json!("Infinity"),
        json!("1e3"),
        json!("0x10"),
        json!("1,000"),
        json!(""),
        json!(null),
        json!(true),
        json!([5]),
        json!({"amount": 5}),
    ]
}

both! {
    async fn a_payment_of_no_sound_amount_is_a_field_error(app: App) {
        let school = app.school().await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let tuition = category(&school, "Tuition").await;
        charge(&app, &school, ada, tuition, (500, "2025-09-01")).await;
        let made = bursar.post(PAYMENTS, &paying(ada, 100)).await.expect(201);
        let refund = format!("{PAYMENTS}{}/refund/", made["id"]);
        let before = sums(&app, &school).await;
        for amount in amounts() {
            let mut body = paying(ada, 5);
            body["amount"] = amount.clone();
            let errors = bursar.post(PAYMENTS, &body).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["amount"], "{amount}");
            body = paying(ada, 5);
            body["lineItems"] = json!([{"purpose": "Tuition", "amount": amount}]);
            let errors = bursar.post(PAYMENTS, &body).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["lineItems.0.amount"], "{amount}");
            let errors = bursar.post(&refund, &json!({"amount": amount, "reason": "No"})).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["amount"], "{amount}");
            let online = json!({"student_id": ada, "amount": amount, "session": "2025/2026", "term": "First Term"});
            let errors = bursar.post("/api/payments/initialise/", &online).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["amount"], "{amount}");
        }
        assert_eq!(sums(&app, &school).await, before);
    }

    async fn a_trillion_is_money_and_counted_to_the_last_unit(app: App) {
        let school = app.school().await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        for amount in ["1000000000000.00", "9999999999999.99"] {
            let mut body = paying(ada, 0);
            body["amount"] = json!(amount);
            let made = bursar.post(PAYMENTS, &body).await.expect(201);
            assert_eq!(made["amount"], amount);
        }
        assert_eq!(sums(&app, &school).await.paid, 100_000_000_000_000 + 999_999_999_999_999);
    }

    async fn what_does_not_fit_together_is_a_field_error(app: App) {
        let school = app.school().await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let stranger = pupil(&app.school().await, "1").await;
        let (line, huge) = (|amount: Value| json!({"purpose": "Tuition", "amount": amount}), json!("9999999999999.99"));
        let before = sums(&app, &school).await;
        for (field, value, named) in [
            ("lineItems", json!([line(json!(2)), line(json!(2))]), "lineItems"),
            ("lineItems", json!([line(json!("5.01"))]), "lineItems"),
            ("lineItems", json!(vec![line(huge.clone()); 100]), "lineItems"),
            ("lineItems", json!([{"purpose": "", "amount": 5}]), "lineItems.0.purpose"),
            ("lineItems", json!([{"amount": 5}]), "lineItems.0.purpose"),
            ("lineItems", json!(vec![line(json!("0.05")); 101]), "lineItems"),
            ("student_id", json!(stranger), "student_id"),
            ("student_id", json!(999_999_999), "student_id"),
            ("student_id", Value::Null, "student_id"),
            ("category", json!(999_999_999), "category"),
            ("method", json!("cheque"), "method"),
            ("date", json!("2999-01-01"), "date"),
            ("date", json!("2025-02-30"), "date"),
        ] {
            let mut body = paying(ada, 5);
            body[field] = value.clone();
            let answer = bursar.post(PAYMENTS, &body).await;
            assert_eq!(answer.field_errors().keys().collect::<Vec<_>>(), [named], "{value:.80}");
        }
        assert_eq!(sums(&app, &school).await, before);
    }

    async fn what_cannot_be_done_to_a_payment_leaves_the_books_as_they_were(app: App) {
        let school = app.school().await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let made = bursar.post(PAYMENTS, &paying(ada, 100)).await.expect(201);
        let voided = bursar.post(PAYMENTS, &paying(ada, 50)).await.expect(201);
        let reason = json!({"reason": "Twice"});
        let at = |payment: &Value, action: &str| format!("{PAYMENTS}{}/{action}", payment["id"]);
        bursar.post(&at(&voided, "void/"), &reason).await.expect(200);
        let elsewhere = app.school().await;
        let theirs = pupil(&elsewhere, "1").await;
        let theirs = elsewhere.as_(Role::Bursar).post(PAYMENTS, &paying(theirs, 9)).await.expect(201);
        let before = sums(&app, &school).await;
        let refund = |amount: Value| json!({"amount": amount, "reason": "No"});
        bursar.post(&at(&made, "refund/"), &refund(json!("100.01"))).await.field_errors();
        bursar.post(&at(&made, "refund/"), &json!({"amount": 5})).await.field_errors();
        bursar.post(&at(&made, "void/"), &json!({"reason": " "})).await.field_errors();
        bursar.post(&at(&voided, "void/"), &reason).await.problem(409, "conflict");
        bursar.post(&at(&voided, "refund/"), &refund(json!(1))).await.problem(409, "conflict");
        bursar.delete(&at(&voided, "")).await.problem(409, "conflict");
        for foreign in [at(&theirs, "void/"), PAYMENTS.to_owned() + "999999999/void/", PAYMENTS.to_owned() + "x/void/"] {
            bursar.post(&foreign, &reason).await.problem(404, "not_found");
        }
        bursar.post(&at(&theirs, "refund/"), &refund(json!(1))).await.problem(404, "not_found");
        bursar.delete(&at(&theirs, "")).await.problem(404, "not_found");
        assert_eq!(sums(&app, &school).await, before);
    }
}
