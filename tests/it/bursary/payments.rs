//! Payments: what they settle, their receipts, and how they are taken and given back.

use resource::tenant_guard::{Clock, Role};
use serde_json::{Value, json};

use super::books::{PAYMENTS, category, charge, link, paying, pupil, settled, sums};
use crate::harness::{Caller, PASSWORD};

fn at(payment: &Value, action: &str) -> String {
    format!("{PAYMENTS}{}/{action}", payment["id"])
}

fn owned(pairs: &[(i64, &str)]) -> Vec<(i64, String)> {
    let owned = |(id, amount): &(i64, &str)| (*id, (*amount).to_owned());
    pairs.iter().map(owned).collect()
}

async fn read(caller: &Caller, payment: &Value) -> Value {
    caller.get(&at(payment, "")).await.expect(200)
}

both! {
    async fn a_payment_settles_what_its_lines_name_and_then_the_oldest(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let ada = pupil(&school, "1").await;
        let (tuition, bus) = (category(&school, "Tuition").await, category(&school, "Bus").await);
        let old = charge(&app, &school, ada, tuition, (300, "2025-09-01")).await;
        let new = charge(&app, &school, ada, bus, (200, "2025-10-01")).await;
        let mut body = paying(ada, 150);
        body["lineItems"] = json!([{"purpose": "bus", "amount": 120}, {"purpose": "A gift", "amount": "30.00"}]);
        let named = bursar.post(PAYMENTS, &body).await.expect(201);
        assert_eq!(settled(&named), owned(&[(old, "30.00"), (new, "120.00")]));
        assert_eq!(named["lineItems"], json!([{"purpose": "bus", "amount": "120.00"}, {"purpose": "A gift", "amount": "30.00"}]));
        let mut body = paying(ada, 100);
        body["category"] = json!(bus);
        let of_kind = bursar.post(PAYMENTS, &body).await.expect(201);
        assert_eq!(settled(&of_kind), owned(&[(old, "20.00"), (new, "80.00")]));
        assert_eq!((&of_kind["category_name"], &of_kind["allocations"][1]["description"]), (&json!("Bus"), &json!("Bus")));
        let over = bursar.post(PAYMENTS, &paying(ada, 1_000)).await.expect(201);
        assert_eq!(settled(&over), owned(&[(old, "250.00")]));
        let books = sums(&app, &school).await;
        assert_eq!((books.owed, books.allocated), (-75_000, 50_000));
    }

    async fn a_payment_says_who_when_and_under_which_number(app: App) {
        let school = app.school().await;
        let late = "2031-02-03T23:30:00Z".parse().unwrap();
        let gateway = app.another(&[], Clock::by(move || late));
        let bursar = gateway.anonymous().signed_in("bursar", PASSWORD, Some(&school.domain));
        let class = school.as_(Role::SchoolAdmin).post("/api/classes/", &json!({"name": "Age 15"})).await.expect(201);
        let ada = json!({"student_no": "P7", "names": "Ada", "gender": "Female", "class_id": class["id"]});
        let ada = school.as_(Role::SchoolAdmin).post("/api/students/", &ada).await.expect(201);
        let mut body = paying(0, 70);
        body.as_object_mut().unwrap().remove("student_id");
        body["student"] = ada["id"].clone();
        body["reference"] = json!("BANK-9");
        let made = bursar.post(PAYMENTS, &body).await.expect(201);
        assert_eq!((&made["reference"], &made["external_reference"]), (&json!("RCP-2031-000001"), &json!("BANK-9")));
        // Half past midnight in Lagos.
        assert_eq!((&made["date"], &made["method"], &made["status"]), (&json!("2031-02-04"), &json!("cash"), &json!("completed")));
        assert_eq!((&made["student_name"], &made["student_no"], &made["class_name"]), (&json!("Ada"), &json!("P7"), &json!("Age 15")));
        assert_eq!((&made["student"], &made["student_id"], &made["class_id"]), (&ada["id"], &ada["id"], &class["id"]));
        assert_eq!((&made["recorded_by"], &made["recorded_by_name"]), (&json!(school.user(Role::Bursar)), &json!("BURSAR")));
        for found in ["search=bank-9", "search=P7", "search=rcp-2031-000001", &format!("class_id={}", class["id"]), "date__gte=2031-02-04"] {
            assert_eq!(bursar.get(&format!("{PAYMENTS}?{found}")).await.expect(200)["results"], json!([made]), "{found}");
        }
    }

    async fn receipts_are_numbered_as_the_school_says_and_without_the_year_count_on(app: App) {
        let school = app.school().await;
        let (admin, bursar) = (school.as_(Role::SchoolAdmin), school.as_(Role::Bursar));
        let ada = pupil(&school, "1").await;
        for wrong in ["", "RCP", "{number}{number}", "{number}-{year}-{year}", "{number}/{year}", "{number}+", "{month}-{number}"] {
            let errors = admin.patch("/api/settings/", &json!({"receipt_pattern": wrong})).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["receipt_pattern"], "{wrong}");
        }
        admin.patch("/api/settings/", &json!({"receipt_pattern": "GP.{number}"})).await.expect(200);
        let numbers = async |day: &'static str| {
            let now = day.parse().unwrap();
            let gateway = app.another(&[], Clock::by(move || now));
            let bursar = gateway.anonymous().signed_in("bursar", PASSWORD, Some(&school.domain));
            bursar.post(PAYMENTS, &paying(ada, 5)).await.expect(201)["reference"].clone()
        };
        assert_eq!(numbers("2030-12-31T12:00:00Z").await, "GP.000001");
        assert_eq!(numbers("2031-01-01T12:00:00Z").await, "GP.000002");
        admin.patch("/api/settings/", &json!({"receipt_pattern": "{year}-{number}"})).await.expect(200);
        assert_eq!(numbers("2030-12-31T12:00:00Z").await, "2030-000001");
        assert_eq!(numbers("2031-01-01T12:00:00Z").await, "2031-000001");
        assert_eq!(numbers("2031-01-02T12:00:00Z").await, "2031-000002");
        // A refused payment uses no number up.
        bursar.post(PAYMENTS, &paying(ada, 0)).await.field_errors();
        assert_eq!(numbers("2031-01-03T12:00:00Z").await, "2031-000003");
    }

    async fn of_a_payment_only_remark_and_kind_change(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let (ada, ben, bus) = (pupil(&school, "1").await, pupil(&school, "2").await, category(&school, "Bus").await);
        let mut body = paying(ada, 50);
        body["lineItems"] = json!([{"purpose": "Bus", "amount": 50}]);
        let made = bursar.post(PAYMENTS, &body).await.expect(201);
        let before = sums(&app, &school).await;
        for change in [
            json!({"student_id": ben}), json!({"student": ben}), json!({"date": "2020-01-01"}), json!({"method": "pos"}),
            json!({"session": "2020/2021"}), json!({"term": "Third Term"}), json!({"gateway_reference": "g"}), json!({"lineItems": []}),
            json!({"lineItems": [{"purpose": "Book", "amount": 50}]}), json!({"amount": 51, "lineItems": []}),
        ] {
            bursar.patch(&at(&made, ""), &change).await.problem(409, "conflict");
        }
        let changed = bursar.patch(&at(&made, ""), &json!({"remark": "By an aunt", "category": bus})).await.expect(200);
        assert_eq!((&changed["remark"], &changed["category"], &changed["reference"]), (&json!("By an aunt"), &json!(bus), &made["reference"]));
        assert_eq!(sums(&app, &school).await, before);
    }

    async fn a_voided_payment_opens_what_it_settled_and_keeps_its_number(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let (ada, tuition) = (pupil(&school, "1").await, category(&school, "Tuition").await);
        let fee = charge(&app, &school, ada, tuition, (300, "2025-09-01")).await;
        let first = bursar.post(PAYMENTS, &paying(ada, 300)).await.expect(201);
        let second = bursar.post(PAYMENTS, &paying(ada, 80)).await.expect(201);
        assert_eq!(settled(&second), owned(&[]));
        let voided = bursar.post(&at(&first, "void/"), &json!({"reason": "The cheque bounced"})).await.expect(200);
        assert_eq!((&voided["status"], &voided["void_reason"], &voided["amount"]), (&json!("voided"), &json!("The cheque bounced"), &json!("300.00")));
        assert_eq!((settled(&voided), &voided["reference"]), (owned(&[]), &first["reference"]));
        assert_eq!(voided["voided_by"], school.user(Role::Bursar));
        // The credit that was left settles what is open again.
        assert_eq!(settled(&read(&bursar, &second).await), owned(&[(fee, "80.00")]));
        let books = sums(&app, &school).await;
        assert_eq!((books.owed, books.paid, books.payments), (22_000, 8_000, 2));
        bursar.post(&at(&first, "void/"), &json!({"reason": "Again"})).await.problem(409, "conflict");
        bursar.delete(&at(&first, "")).await.problem(409, "conflict");
        bursar.patch(&at(&first, ""), &json!({"remark": "Too late"})).await.problem(409, "conflict");
        bursar.post(&at(&first, "refund/"), &json!({"amount": 1, "reason": "No"})).await.problem(409, "conflict");
        assert_eq!(sums(&app, &school).await, books);
        let third = bursar.post(PAYMENTS, &paying(ada, 1)).await.expect(201);
        assert!(third["reference"].as_str().unwrap().ends_with("-000003"));
    }

    async fn a_refund_takes_no_more_than_is_left_and_frees_the_latest_first(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let (ada, tuition) = (pupil(&school, "1").await, category(&school, "Tuition").await);
        let old = charge(&app, &school, ada, tuition, (100, "2025-09-01")).await;
        let new = charge(&app, &school, ada, tuition, (100, "2025-10-01")).await;
        let made = bursar.post(PAYMENTS, &paying(ada, 250)).await.expect(201);
        let refund = |amount: Value| json!({"amount": amount, "reason": "Moved away"});
        // First what settles nothing.
        let partly = bursar.post(&at(&made, "refund/"), &refund(json!(50))).await.expect(200);
        assert_eq!((settled(&partly), &partly["status"]), (owned(&[(old, "100.00"), (new, "100.00")]), &json!("completed")));
        assert_eq!((&partly["refunds"][0]["amount"], &partly["refunds"][0]["reason"]), (&json!("50.00"), &json!("Moved away")));
        let more = bursar.post(&at(&made, "refund/"), &refund(json!("120.50"))).await.expect(200);
        assert_eq!(settled(&more), owned(&[(old, "79.50")]));
        let errors = bursar.post(&at(&made, "refund/"), &refund(json!("79.51"))).await.field_errors();
        assert_eq!(errors["amount"], ["No more than 79.50 is left of this payment."]);
        bursar.post(&at(&made, "void/"), &json!({"reason": "No"})).await.problem(409, "conflict");
        let all = bursar.post(&at(&made, "refund/"), &refund(json!("79.5"))).await.expect(200);
        assert_eq!((settled(&all), &all["status"]), (owned(&[]), &json!("refunded")));
        bursar.post(&at(&made, "refund/"), &refund(json!("0.01"))).await.problem(409, "conflict");
        let books = sums(&app, &school).await;
        assert_eq!((books.owed, books.paid), (20_000, 0));
        assert_eq!(read(&bursar, &made).await["refunds"].as_array().unwrap().len(), 3);
    }

    async fn a_refund_repeated_under_its_key_is_given_once(app: App) {
        let school = app.school().await;
        let ada = pupil(&school, "1").await;
        let bursar = school.as_(Role::Bursar).with("Idempotency-Key", "give-back");
        let made = school.as_(Role::Bursar).post(PAYMENTS, &paying(ada, 100)).await.expect(201);
        let body = json!({"amount": 30, "reason": "Moved away"});
        let once = bursar.post(&at(&made, "refund/"), &body).await;
        let twice = bursar.post(&at(&made, "refund/"), &body).await;
        assert_eq!(once.expect(200), twice.expect(200));
        assert_eq!(twice.header("idempotency-replayed"), Some("true"));
        assert_eq!(sums(&app, &school).await.paid, 7_000);
    }

    async fn refunds_and_a_void_at_once_give_the_payment_back_once(app: App) {
        let school = app.school().await;
        let (bursar, ada) = (school.as_(Role::Bursar), pupil(&school, "1").await);
        let made = bursar.post(PAYMENTS, &paying(ada, 100)).await.expect(201);
        let body = json!({"amount": 60, "reason": "Moved away"});
        let (path, row) = (at(&made, "refund/"), at(&made, ""));
        let all = tokio::join!(bursar.post(&path, &body), bursar.post(&path, &body), bursar.post(&path, &body), bursar.delete(&row));
        let given = [&all.0, &all.1, &all.2].iter().filter(|answer| answer.status == 200).count();
        assert_eq!(given + usize::from(all.3.status == 204), 1, "{all:?}");
        sums(&app, &school).await;
    }

    async fn who_has_left_may_still_pay_and_stays_for_the_money(app: App) {
        let school = app.school().await;
        let (admin, ada) = (school.as_(Role::SchoolAdmin), pupil(&school, "1").await);
        let promotions = json!({"promotions": {ada.to_string(): "graduate"}});
        admin.post("/api/students/bulk-promote/", &promotions).await.expect(200);
        admin.post(PAYMENTS, &paying(ada, 5)).await.expect(201);
        let problem = admin.delete(&format!("/api/students/{ada}/")).await.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("payments (1)"), "{problem}");
    }

    async fn families_see_their_own_and_only_those_who_keep_the_money_write(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let (ada, ben) = (pupil(&school, "1").await, pupil(&school, "2").await);
        link(&school, ada).await;
        let own = bursar.post(PAYMENTS, &paying(ada, 5)).await.expect(201);
        let other = bursar.post(PAYMENTS, &paying(ben, 6)).await.expect(201);
        let parent = school.as_(Role::Parent);
        assert_eq!(parent.get(PAYMENTS).await.expect(200)["results"], json!([own]));
        parent.get(&at(&other, "")).await.problem(404, "not_found");
        for role in [Role::Parent, Role::Student, Role::Teacher, Role::Staff] {
            school.as_(role).post(PAYMENTS, &paying(ada, 5)).await.problem(403, "permission_denied");
            school.as_(role).post(&at(&own, "refund/"), &json!({"amount": 1, "reason": "x"})).await.problem(403, "permission_denied");
        }
        school.as_(Role::Teacher).get(PAYMENTS).await.problem(403, "permission_denied");
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        operator.get(PAYMENTS).await.expect(200);
        operator.post(PAYMENTS, &paying(ada, 5)).await.problem(403, "permission_denied");
    }

    async fn a_list_of_a_hundred_takes_three_statements_and_then_none(app: App) {
        let school = app.school().await;
        let (bursar, tuition) = (school.as_(Role::Bursar), category(&school, "Tuition").await);
        let pupils = [pupil(&school, "1").await, pupil(&school, "2").await, pupil(&school, "3").await];
        for n in 0..101 {
            let ada = pupils[n % 3];
            charge(&app, &school, ada, tuition, (3, "2025-09-01")).await;
            let mut body = paying(ada, 5);
            body["category"] = json!(tuition);
            body["lineItems"] = json!([{"purpose": "Tuition", "amount": 3}, {"purpose": "Bus", "amount": 2}]);
            bursar.post(PAYMENTS, &body).await.expect(201);
        }
        let path = format!("{PAYMENTS}?page_size=100");
        let cold = bursar.get(&path).await;
        let page = cold.expect(200);
        assert_eq!((&page["count"], page["results"].as_array().unwrap().len()), (&json!(101), 100));
        assert_eq!(page["results"][99]["lineItems"].as_array().unwrap().len(), 2);
        assert!(cold.statements() <= 3, "{}", cold.statements());
        assert_eq!(bursar.get(&path).await.statements(), 0);
    }
}
