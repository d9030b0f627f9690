//! Fee categories and fee items.

use resource::tenant_guard::Role;
use serde_json::{Value, json};

use crate::harness::School;

const CATEGORIES: &str = "/api/fee-categories/";
const FEES: &str = "/api/fee-items/";

fn tuition(amount: &Value) -> Value {
    json!({"name": "Tuition", "amount": amount, "session": "2025/2026", "term": "First Term"})
}

async fn class(school: &School, name: &str) -> Value {
    let made = school
        .as_(Role::SchoolAdmin)
        .post("/api/classes/", &json!({"name": name}))
        .await;
    made.expect(201)["id"].clone()
}

fn at(fee: &Value) -> String {
    format!("{FEES}{}/", fee["id"])
}

both! {
    async fn a_fee_named_anew_creates_its_category_and_the_next_one_finds_it(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let first = bursar.post(FEES, &tuition(&json!("50000"))).await.expect(201);
        let second = bursar.post("/api/fees/", &tuition(&json!(250.5))).await.expect(201);
        assert_eq!((&first["amount"], &second["amount"]), (&json!("50000.00"), &json!("250.50")));
        assert_eq!(first["category"], second["category"]);
        assert_eq!((&first["name"], &first["category_name"]), (&json!("Tuition"), &json!("Tuition")));
        assert_eq!((&first["active"], &first["is_optional"]), (&json!(true), &json!(false)));
        assert_eq!(bursar.get(CATEGORIES).await.expect(200)["count"], 1);
        assert_eq!(bursar.get("/api/fees/?ordering=amount").await.expect(200)["results"], json!([second, first]));
        let renamed = bursar.patch(&at(&second), &json!({"name": "Sports"})).await.expect(200);
        assert_eq!(renamed["category_name"], "Sports");
        let moved = bursar.patch(&at(&second), &json!({"category": first["category"]})).await.expect(200);
        assert_eq!(moved["category_name"], "Tuition");
    }

    async fn fees_of_one_new_name_at_once_share_its_category(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let fee = tuition(&json!("1.00"));
        let post = || bursar.post(FEES, &fee);
        let (one, two, three, four) = tokio::join!(post(), post(), post(), post());
        for made in [one, two, three, four] {
            made.expect(201);
        }
        assert_eq!(bursar.get(CATEGORIES).await.expect(200)["count"], 1);
    }

    async fn an_amount_is_exact_and_above_zero_or_a_field_error(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        for amount in [json!("0.00"), json!(-5), json!("1.234"), json!(1.234), json!("ten"), json!("99999999999999999999"), json!(true), json!(null)] {
            let errors = bursar.post(FEES, &tuition(&amount)).await.field_errors();
            assert_eq!(errors.keys().collect::<Vec<_>>(), ["amount"], "{amount}");
        }
        assert_eq!(bursar.get(CATEGORIES).await.expect(200)["count"], 0, "a refused fee left its category behind");
        let largest = bursar.post(FEES, &tuition(&json!("9999999999999.99"))).await.expect(201);
        assert_eq!(largest["amount"], "9999999999999.99");
    }

    async fn a_fee_names_its_class_in_both_spellings(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let class = class(&school, "Age 15").await;
        let mut body = tuition(&json!("1.00"));
        body["target_class"] = class.clone();
        let fee = bursar.post(FEES, &body).await.expect(201);
        assert_eq!((&fee["class_id"], &fee["target_class"]), (&class, &class));
        assert_eq!(fee["target_class_name"], "Age 15");
        let every = bursar.patch(&at(&fee), &json!({"class_id": ""})).await.expect(200);
        assert_eq!((&every["class_id"], &every["target_class_name"]), (&Value::Null, &Value::Null));
        assert_eq!(bursar.put(&at(&fee), &fee).await.expect(200)["class_id"], class);
    }

    async fn every_missing_field_is_reported_at_once(app: App) {
        let school = app.school().await;
        let errors = school.as_(Role::Bursar).post(FEES, &json!({})).await.field_errors();
        assert_eq!(errors.keys().collect::<Vec<_>>(), ["amount", "category", "session", "term"]);
    }

    async fn a_category_with_fees_stays_and_says_why(app: App) {
        let school = app.school().await;
        let bursar = school.as_(Role::Bursar);
        let fee = bursar.post(FEES, &tuition(&json!("1.00"))).await.expect(201);
        let category = format!("{CATEGORIES}{}/", fee["category"]);
        let problem = bursar.delete(&category).await.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("fee items (1)"), "{problem}");
        bursar.delete(&at(&fee)).await.expect(204);
        bursar.delete(&category).await.expect(204);
    }

    async fn a_category_name_is_taken_whatever_its_case(app: App) {
        let school = app.school().await;
        let admin = school.as_(Role::SchoolAdmin);
        admin.post(CATEGORIES, &json!({"name": "Tuition"})).await.expect(201);
        let errors = admin.post(CATEGORIES, &json!({"name": "tuition"})).await.field_errors();
        assert_eq!(errors["name"], ["fee category with this name already exists."]);
        let other = app.school().await;
        other.as_(Role::SchoolAdmin).post(CATEGORIES, &json!({"name": "Tuition"})).await.expect(201);
    }

    async fn teachers_and_staff_see_no_money_and_families_read_only(app: App) {
        let school = app.school().await;
        for role in [Role::Teacher, Role::Staff] {
            school.as_(role).get(FEES).await.problem(403, "permission_denied");
            school.as_(role).get(CATEGORIES).await.problem(403, "permission_denied");
        }
        for role in [Role::Teacher, Role::Staff, Role::Parent, Role::Student] {
            school.as_(role).post(FEES, &tuition(&json!("1.00"))).await.problem(403, "permission_denied");
        }
        let operator = app.operator().await.with("X-Tenant-ID", &school.domain);
        operator.post(FEES, &tuition(&json!("1.00"))).await.problem(403, "permission_denied");
    }

    async fn a_family_sees_what_is_charged_to_everyone_or_to_its_own_class(app: App) {
        let school = app.school().await;
        let (bursar, parent) = (school.as_(Role::Bursar), school.as_(Role::Parent));
        let (own, others) = (class(&school, "Age 15").await, class(&school, "Age 16").await);
        let pupil = json!({"student_no": "1", "names": "Ada", "gender": "Female", "class_id": own});
        let pupil = school.as_(Role::SchoolAdmin).post("/api/students/", &pupil).await.expect(201);
        for (name, class, active) in [("All", Value::Null, true), ("Own", own, true), ("Others", others, true), ("Old", Value::Null, false)] {
            let fee = json!({"name": name, "amount": 1, "session": "2025/2026", "term": "First Term", "class_id": class, "active": active});
            bursar.post(FEES, &fee).await.expect(201);
        }
        let seen = async || {
            let page = parent.get("/api/fee-items/?ordering=id").await.expect(200);
            let names = page["results"].as_array().unwrap().iter().map(|fee| fee["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        assert_eq!(seen().await, ["All"]);
        let link = json!({"user": school.user(Role::Parent), "student": pupil["id"], "relationship": "mother"});
        school.as_(Role::SchoolAdmin).post("/api/guardianships/", &link).await.expect(201);
        assert_eq!(seen().await, ["All", "Own"]);
    }
}
