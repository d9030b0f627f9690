//! Receipts: printed with all there is to say, and told from forgeries by anybody.

use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::books::{PAYMENTS, category, charge, link, paying, pupil};
use crate::harness::App;

async fn receipt(caller: &crate::harness::Caller, payment: &Value) -> Value {
    let path = format!("/api/receipts/{}/", payment["reference"].as_str().unwrap());
    caller.get(&path).await.expect(200)
}

/// The address by which a receipt is checked.
fn check(receipt: &Value) -> String {
    let url = receipt["verification_url"].as_str().unwrap();
    url[url.find("/api/").unwrap()..].to_owned()
}

/// An error but for its request.
async fn refused(app: &App, path: &str) -> Value {
    let mut problem = app
        .elsewhere()
        .anonymous()
        .get(path)
        .await
        .problem(404, "not_found");
    problem["request_id"] = Value::Null;
    problem
}

both! {
    async fn a_receipt_says_what_was_paid_for_and_what_is_owed_after_it(app: App) {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        admin.patch("/api/settings/", &json!({"school_address": "1 High Street", "currency": "GHS"})).await.expect(200);
        let (ada, tuition) = (pupil(&school, "1").await, category(&school, "Tuition").await);
        let fee = charge(&app, &school, ada, tuition, (300, "2025-09-01")).await;
        let mut body = paying(ada, 120);
        body["lineItems"] = json!([{"purpose": "Tuition", "amount": 120}]);
        let first = bursar.post(PAYMENTS, &body).await.expect(201);
        let second = bursar.post(PAYMENTS, &paying(ada, 200)).await.expect(201);
        let printed = receipt(&bursar, &first).await;
        assert_eq!(printed["payment"], first);
        assert_eq!(printed["payment"]["allocations"][0]["charge"], fee);
        assert_eq!((&printed["balance_after"], &printed["currency"]), (&json!("180.00"), &json!("GHS")));
        assert_eq!((&printed["school"]["address"], &printed["school"]["domain"]), (&json!("1 High Street"), &json!(school.domain)));
        assert_eq!(receipt(&bursar, &second).await["balance_after"], "-20.00");
        bursar.get("/api/receipts/RCP-2020-000001/").await.problem(404, "not_found");
        bursar.delete(&format!("{PAYMENTS}{}/", first["id"])).await.expect(204);
        assert_eq!(receipt(&bursar, &first).await["payment"]["status"], "voided");
    }

    async fn families_print_their_own(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let (ada, ben) = (pupil(&school, "1").await, pupil(&school, "2").await);
        link(&school, ada).await;
        let own = bursar.post(PAYMENTS, &paying(ada, 5)).await.expect(201);
        let other = bursar.post(PAYMENTS, &paying(ben, 5)).await.expect(201);
        let parent = school.as_(Role::Parent);
        receipt(&bursar, &other).await;
        receipt(&parent, &own).await;
        let path = format!("/api/receipts/{}/", other["reference"].as_str().unwrap());
        parent.get(&path).await.problem(404, "not_found");
        school.as_(Role::Teacher).get(&path).await.problem(403, "permission_denied");
        let elsewhere = app.school().await;
        elsewhere.as_(Role::Bursar).get(&path).await.problem(404, "not_found");
    }

    async fn anybody_checks_a_receipt_and_learns_no_name(app: App) {
        let school = app.school().await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "Ada").await);
        let payment = bursar.post(PAYMENTS, &paying(ada, 70)).await.expect(201);
        let printed = receipt(&bursar, &payment).await;
        let stranger = app.elsewhere().anonymous();
        let genuine = stranger.get(&check(&printed)).await.expect(200);
        let expected = json!({"valid": true, "reference": payment["reference"], "status": "completed", "amount": "70.00", "date": payment["date"]});
        assert_eq!(genuine, expected);
        let code = printed["verification_code"].as_str().unwrap();
        let typed = check(&printed).replace(code, &code.to_lowercase().replace('-', "+"));
        stranger.get(&typed).await.expect(200);
        bursar.delete(&format!("{PAYMENTS}{}/", payment["id"])).await.expect(204);
        assert_eq!(stranger.get(&check(&printed)).await.expect(200)["status"], "voided");
    }

    async fn a_wrong_code_an_unknown_number_and_an_unknown_school_are_answered_alike(app: App) {
        let school = app.school().await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let payment = bursar.post(PAYMENTS, &paying(ada, 70)).await.expect(201);
        let another = bursar.post(PAYMENTS, &paying(ada, 70)).await.expect(201);
        let printed = receipt(&bursar, &payment).await;
        let path = check(&printed);
        let (number, code) = (payment["reference"].as_str().unwrap(), printed["verification_code"].as_str().unwrap());
        let wrong = refused(&app, &path.replace(code, "0000-0000")).await;
        for other in [
            path.replace(number, another["reference"].as_str().unwrap()), path.replace(number, "RCP-2020-000001"),
            path.replace(&school.domain, "of-no-school"), path.replace(code, &code[1..]), path.replace(code, "%ff"),
        ] {
            assert_eq!(refused(&app, &other).await, wrong, "{other}");
        }
        let errors = app.anonymous().get("/api/receipts/verify/?code=").await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["code", "reference", "school"]);
        app.anonymous().get("/api/receipts/verify/?colour=blue").await.field_errors();
    }

    async fn codes_are_not_guessed_by_trying(app: App) {
        let school = app.school().await;
        let now = Clock::system().now();
        // By a clock that stands still, so that no window closes meanwhile.
        let gateway = app.another(&[], Clock::by(move || now));
        let stranger = gateway.anonymous();
        let path = format!("/api/receipts/verify/?school={}&reference=RCP-2025-000001&code=0000-0000", school.domain);
        for _ in 0..60 {
            stranger.get(&path).await.problem(404, "not_found");
        }
        let limited = stranger.get(&path).await;
        limited.problem(429, "throttled");
        assert!(limited.header("retry-after").is_some());
    }
}
